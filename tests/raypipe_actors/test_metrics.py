"""Metrics as Prometheus reads them: from the metrics port of a node of Ray."""

import asyncio
import re
import subprocess
import sys
import urllib.request
import uuid
from dataclasses import replace

from raypipe.errors import RaypipeError
from raypipe.images.engine import ImageRequest, SceneFacts
from raypipe.store.content import StoreConfig
from raypipe_actors.messages import ImageJob, Ticket
from raypipe_actors.metrics import add_stages, count_job, count_products
from raypipe_actors.pools import open_pool, pool_config
from raypipe_actors.shares import share_out

_SAMPLE = re.compile(r"^ray_(raypipe_\w+)\{(.*)\} (\S+)$", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="([^"]*)"')


def read_metrics():
    """Return {(name, (values of the labels that are ours)): sum over processes}."""
    import ray

    (node,) = ray.nodes()
    url = f"http://{node['NodeManagerAddress']}:{node['MetricsExportPort']}/metrics"
    with urllib.request.urlopen(url, timeout=30) as answer:
        text = answer.read().decode()
    found = {}
    for name, labels, value in _SAMPLE.findall(text):
        ours = {k: v for k, v in _LABEL.findall(labels) if k in OURS}
        key = name, tuple(ours[label] for label in OURS if label in ours)
        found[key] = found.get(key, 0.0) + float(value)
    return found


OURS = ("pool", "engine", "outcome", "source", "state", "stage", "le")


async def until(condition):
    """Read metrics until ``condition`` holds of them; they are told once a second."""
    while not condition(found := await asyncio.to_thread(read_metrics)):
        pass
    return found


def test_a_pool_tells_what_came_of_its_requests(ray_cluster):  # noqa: ARG001 - Ray must run
    engine = "card"
    shares = share_out(2, 0, image_on_gpu=False, speech_on_gpu=False)
    config = pool_config("image", engine, shares)
    pool = open_pool(replace(config, name=f"{config.name}-{uuid.uuid4().hex[:8]}"))

    def ticket(n, width):
        request = ImageRequest("", "", width, 64, n, SceneFacts(text=f"Scene {n}."))
        job = ImageJob(f"image/{n}", request, StoreConfig(url=""))
        return Ticket(job.key, "story", n, job)

    async def draw():
        before = await asyncio.to_thread(read_metrics)
        tickets = [*(ticket(n, 64) for n in range(3)), ticket(9, 0)]
        done = await asyncio.gather(*map(pool.submit, tickets), return_exceptions=True)
        assert isinstance(done[-1], RaypipeError)

        def grown(found, *key):
            return found.get(key, 0.0) - before.get(key, 0.0)

        def is_complete(found):
            outcomes = (("image", engine, outcome) for outcome in ("done", "failed"))
            counts = [grown(found, "raypipe_requests_total", labels) for labels in outcomes]
            idle = found.get(("raypipe_workers", ("image", engine, "idle")), 0)
            return counts == [3, 1] and idle >= 1

        found = await until(is_complete)
        assert grown(found, "raypipe_request_seconds_count", ("image", engine)) == 3
        assert grown(found, "raypipe_batch_size_bucket", ("image", engine, "1.0")) == 3
        assert found["raypipe_queue_length", ("image", engine)] == 0
        await pool._handle.close.remote()

    import ray

    asyncio.run(draw())
    ray.kill(pool._handle)


def test_stories_and_jobs_are_counted_where_they_are_run(ray_cluster):  # noqa: ARG001 - Ray must run
    engine = f"diffusers:{uuid.uuid4().hex}"
    count_products("image", f"{engine}?steps=4", cached=5, made=2)
    count_products("image", engine, cached=1, made=0)
    count_job(engine, 42.0)  # a state of our own, that no other test counts
    add_stages({engine: 3.0})

    expected = {
        ("raypipe_products_total", ("image", engine, "cache")): 6,
        ("raypipe_products_total", ("image", engine, "pool")): 2,
        ("raypipe_jobs_total", (engine,)): 1,
        ("raypipe_stage_seconds_count", (engine,)): 1,
        ("raypipe_job_seconds_bucket", (engine, "30.0")): 0,
        ("raypipe_job_seconds_bucket", (engine, "60.0")): 1,
    }

    def is_told(found):  # they may be told one after the other
        return all(found.get(key) == value for key, value in expected.items())

    asyncio.run(until(is_told))


def test_without_ray_nothing_is_recorded_and_nothing_fails():
    program = """
from raypipe_actors.metrics import add_stages, count_job, count_products
count_products("image", "card", cached=1, made=1)
count_job("succeeded", 1.0)
add_stages({"render": 1.0})
import ray
assert not ray.is_initialized()
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
