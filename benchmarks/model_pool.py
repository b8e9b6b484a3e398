"""Does a pool of warm models keep them busy, and lose nothing when workers and nodes die?

On a cluster of several nodes on this machine, with an engine that stands in for a model: it sleeps
200 ms for a picture and 260 ms for a batch of four, so that what is measured is the pool and not
the processor. What a pool call costs over a bare call of the engine is measured with an engine
that takes no time and pictures of 6 MB. Run it on a calm machine::

    .venv/bin/python benchmarks/model_pool.py --kills 100

Prints a table and writes JSON (--json FILE) with commit, hardware, versions, median and spread.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from machine import machine

from raypipe.images.engine import ImageRequest, SceneFacts
from raypipe.store.content import StoreConfig
from raypipe_actors.messages import ImageJob, Reply, Ticket
from raypipe_actors.shares import share_out
from raypipe_cluster.ray_environment import prepare_ray

prepare_ray(own_cluster=True)

import ray  # noqa: E402 - Ray reads its environment when it is imported
from ray.cluster_utils import Cluster  # noqa: E402

from raypipe_actors.dispatcher import Dispatcher  # noqa: E402
from raypipe_actors.pools import Pool, open_pool, pool_config  # noqa: E402
from raypipe_actors.workers import ImageWorker  # noqa: E402

NODES, CPUS_A_NODE = 4, 4
FIRST_S, NEXT_S = 0.2, 0.02
SMALL, LARGE = (256, 256), (1080, 1920)
NO_STORE = StoreConfig(url="")


class StandIn:
    """Sleeps as long as a model would compute, and gives plain pictures."""

    name, revision = "stand-in", "1"

    def __init__(self, first_s: float, next_s: float, max_batch: int) -> None:
        self.first_s, self.next_s, self.max_batch = first_s, next_s, max_batch

    def generate(self, requests: Sequence[ImageRequest]) -> list[np.ndarray]:
        """uint8 (h, w, 3) for each request, filled with its seed modulo 256."""
        time.sleep(self.first_s + self.next_s * (len(requests) - 1))
        return [np.full((r.height, r.width, 3), r.seed % 256, np.uint8) for r in requests]

    def close(self) -> None:
        """Nothing is held."""


class StandInWorker(ImageWorker):
    """A worker whose engine is written into its name: first ms, next ms, largest batch."""

    def _warm_up(self) -> None:
        first, following, most = (float(part) for part in self.engine_name.split("-"))
        self._engine = StandIn(first / 1000, following / 1000, int(most))


class Painter:
    """What a pool call cannot do without: an actor that returns a picture beside a small result."""

    def run(self) -> tuple[int, np.ndarray]:
        """Return 1 and a picture of 6 MB."""
        return 1, np.full((LARGE[1], LARGE[0], 3), 7, np.uint8)


class Relay:
    """An actor between a caller and a painter, as a dispatcher is."""

    def __init__(self, painter: Any) -> None:
        self._painter = painter

    async def submit(self) -> list[Any]:
        """Return the reference to a new picture once it is there."""
        small, picture = self._painter.run.options(num_returns=2).remote()
        await small
        return [picture]


class StandInDispatcher(Dispatcher):
    """The real dispatcher with stand-in workers."""

    worker_classes = {**Dispatcher.worker_classes, "image": StandInWorker}  # noqa: RUF012 - as there


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=20, help="workers to kill in mid-request")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", type=Path, default=None)
    args = parser.parse_args()
    cluster = Cluster()
    for _ in range(NODES):
        cluster.add_node(num_cpus=CPUS_A_NODE, object_store_memory=300_000_000)
    ray.init(address=cluster.address, namespace="raypipe", log_to_driver=False)
    try:
        result = {"machine": machine(("ray", "numpy", "raypipe")), "nodes": NODES}
        result |= asyncio.run(measure(cluster, args.repeats, args.kills))
    finally:
        ray.shutdown()
        cluster.shutdown()
    print(as_table(result))
    if args.json:
        args.json.write_text(json.dumps(result, indent=2) + "\n")


async def measure(cluster: Cluster, repeats: int, kills: int) -> dict[str, Any]:
    """Return all figures."""
    result: dict[str, Any] = {"overhead": await overhead()}
    single, eight, batched = [], [], []
    for _ in range(repeats):
        single.append(await throughput(workers=1, batch=1, requests=25))
        eight.append(await throughput(workers=8, batch=1, requests=200))
        batched.append(await throughput(workers=1, batch=4, requests=60))
    result["throughput"] = {
        "one_worker_per_s": spread(single),
        "eight_workers_per_s": spread(eight),
        "one_worker_batches_of_4_per_s": spread(batched),
        "eight_over_one": spread([b / a for a, b in zip(single, eight, strict=True)]),
        "batches_over_single": spread([b / a for a, b in zip(single, batched, strict=True)]),
    }
    result["priority"] = await overtaking()
    result["scaling"] = await scaling()
    result["kills"] = await chaos(kills)
    result["dispatcher_killed"] = await dispatcher_killed()
    result["node_removed"] = await node_removed(cluster)
    return result


async def with_pool(
    work: Callable[[Pool], Awaitable[Any]], *, engine: str = "200-20-4", **limits: Any
) -> Any:
    """Return what ``work`` gives on a fresh pool, which is closed afterwards."""
    config = pool_config("image", engine, share_out(2, 0, image_on_gpu=False, speech_on_gpu=False))
    limits = {"max_batch": 1, "max_wait_s": 0.02, "cool_down_s": 0.0, **limits}
    config = replace(
        config,
        name=f"{config.name}-{random.randrange(10**9)}",  # noqa: S311 - a name
        limits=replace(config.limits, **limits),
        num_cpus=1,
    )
    pool = open_pool(config, dispatcher=StandInDispatcher)
    handle = ray.get_actor(config.name)
    try:
        return await work(pool)
    finally:
        await handle.close.remote()
        ray.kill(handle)


def ticket(number: int, size: tuple[int, int] = SMALL, **changes: Any) -> Ticket:
    """Return a request for picture ``number``."""
    request = ImageRequest("", "", *size, number, SceneFacts(text=""))
    base = Ticket(
        f"image/{number}", "story", number, ImageJob(f"image/{number}", request, NO_STORE)
    )
    return replace(base, **changes)


async def overhead() -> dict[str, Any]:
    """Return ms of a pool call, array fetched, over a bare call of the same engine: 6 MB.

    Beside it, in turn with it: the same way through two actors of Ray without anything of ours.
    """
    engine = StandIn(0.0, 0.0, 1)
    relay = ray.remote(Relay).remote(ray.remote(Painter).remote())

    async def calls(pool: Pool) -> tuple[list[float], list[float]]:
        await pool.warm(1)
        spent, least = [], []
        for number in range(220):
            started = time.perf_counter()
            engine.generate([ticket(number, LARGE).job.request])  # type: ignore[union-attr]
            bare = time.perf_counter() - started
            started = time.perf_counter()
            reply = await pool.submit(ticket(number, LARGE))
            picture = await reply.refs[0]
            spent.append(time.perf_counter() - started - bare)
            if picture.flags.owndata or picture.flags.writeable:
                raise RuntimeError("the picture was copied out of the object store")
            started = time.perf_counter()
            (ref,) = await relay.submit.remote()
            await ref
            least.append(time.perf_counter() - started - bare)
        return spent[20:], least[20:]

    spent, least = await with_pool(calls, engine="0-0-1", max_workers=1)
    return {
        "picture_bytes": LARGE[0] * LARGE[1] * 3,
        "calls": len(spent),
        "p50_ms": statistics.median(spent) * 1e3,
        "p99_ms": statistics.quantiles(spent, n=100)[98] * 1e3,
        "two_hops_of_ray_p50_ms": statistics.median(least) * 1e3,
        "copied_beyond_the_object_store": False,
    }


async def throughput(*, workers: int, batch: int, requests: int) -> float:
    """Return pictures a second with ``workers`` warm workers and a full queue."""

    async def run(pool: Pool) -> float:
        await all_warm(pool, workers)
        started = time.perf_counter()
        await asyncio.gather(*(pool.submit(ticket(number)) for number in range(requests)))
        return requests / (time.perf_counter() - started)

    return float(await with_pool(run, min_workers=workers, max_workers=workers, max_batch=batch))


async def all_warm(pool: Pool, workers: int) -> None:
    """Return when ``workers`` workers are idle."""
    await pool.warm(workers)
    while sum(w.state == "idle" for w in (await pool.status()).workers) < workers:  # noqa: ASYNC110 - another process starts them
        await asyncio.sleep(0.1)


async def overtaking() -> dict[str, Any]:
    """Return how many batches of a queue of 200 normal run after a high request has come."""

    async def run(pool: Pool) -> dict[str, Any]:
        await all_warm(pool, 1)
        order: list[int] = []

        async def ask(number: int, priority: int) -> None:
            await pool.submit(ticket(number, priority=priority))
            order.append(number)

        normal = [asyncio.create_task(ask(number, 1)) for number in range(200)]
        while len(order) < 8:  # noqa: ASYNC110, PLR2004 - the queue runs, in another process
            await asyncio.sleep(0.01)
        before = len(order)
        high = asyncio.create_task(ask(1000, 0))
        await high
        overtaken = order.index(1000) - before
        for task in normal:
            task.cancel()
        return {"queued": 200 - before, "normal_done_before_high": overtaken, "batch": 4}

    result: dict[str, Any] = await with_pool(run, max_workers=1, max_batch=4)
    return result


async def scaling() -> dict[str, Any]:
    """Return how a pool grows from 0 to 8 workers under load and goes back, losing nothing."""

    async def run(pool: Pool) -> dict[str, Any]:
        started, most = time.perf_counter(), 0
        asked = asyncio.gather(*(pool.submit(ticket(number)) for number in range(400)))
        while not asked.done():
            most = max(most, len((await pool.status()).workers))
            await asyncio.sleep(0.2)
        replies = asked.result()
        busy_s = time.perf_counter() - started
        while (await pool.status()).workers:  # noqa: ASYNC110 - another process ends them
            await asyncio.sleep(0.2)
        return {
            "requests": 400,
            "lost": 400 - len({reply.done.key for reply in replies}),
            "most_workers": most,
            "busy_s": busy_s,
            "back_to_zero_s": time.perf_counter() - started - busy_s,
        }

    result: dict[str, Any] = await with_pool(run, max_workers=8, idle_s=2.0)
    return result


async def chaos(kills: int) -> dict[str, Any]:
    """Kill a busy worker ``kills`` times and return what was lost, doubled, and how it went on."""

    async def run(pool: Pool) -> dict[str, Any]:
        await all_warm(pool, 3)
        recovered: list[float] = []
        lost = doubled = number = 0
        for _ in range(kills):
            numbers = range(number, number + 6)
            number += 6
            asked = [asyncio.create_task(pool.submit(ticket(n))) for n in numbers]
            victim = await busy_worker(pool)
            os.kill(victim, signal.SIGKILL)
            killed = time.perf_counter()
            replies: list[Reply] = await asyncio.gather(*asked)
            recovered.append(time.perf_counter() - killed)
            keys = [reply.done.key for reply in replies]
            lost += 6 - len(set(keys))
            doubled += len(keys) - len(set(keys))
            for reply, asked_for in zip(replies, numbers, strict=True):
                picture = await reply.refs[0]
                lost += int(picture[0, 0, 0]) != asked_for % 256
        status = await pool.status()
        return {
            "kills": kills,
            "requests": number,
            "lost": lost,
            "doubled": doubled,
            "failed": status.failed,
            "six_requests_done_after_s": spread(recovered),
        }

    result: dict[str, Any] = await with_pool(run, min_workers=3, max_workers=3)
    return result


async def busy_worker(pool: Pool) -> int:
    """Return the process id of a worker that is at work, the first that is seen."""
    while True:
        for worker in (await pool.status()).workers:
            if worker.state == "busy":
                return worker.pid
        await asyncio.sleep(0.005)


async def dispatcher_killed() -> dict[str, Any]:
    """Kill the dispatcher with 40 requests in its hands; callers must not notice."""

    async def run(pool: Pool) -> dict[str, Any]:
        await all_warm(pool, 2)
        asked = [asyncio.create_task(pool.submit(ticket(n))) for n in range(40)]
        await asked[0]
        handle = ray.get_actor(pool.config.name)
        started = time.perf_counter()
        ray.kill(handle, no_restart=False)
        replies = await asyncio.gather(*asked)
        return {
            "requests": 40,
            "lost": 40 - len({reply.done.key for reply in replies}),
            "all_done_after_s": time.perf_counter() - started,
        }

    result: dict[str, Any] = await with_pool(run, min_workers=2, max_workers=2)
    return result


async def node_removed(cluster: Cluster) -> dict[str, Any]:
    """Add a node, let workers spread to it, take it away in mid-request."""
    node = cluster.add_node(num_cpus=CPUS_A_NODE, object_store_memory=300_000_000)

    async def run(pool: Pool) -> dict[str, Any]:
        await all_warm(pool, NODES * CPUS_A_NODE + 1)
        asked = [asyncio.create_task(pool.submit(ticket(n))) for n in range(200)]
        await asked[0]
        started = time.perf_counter()
        cluster.remove_node(node, allow_graceful=False)
        replies = await asyncio.gather(*asked)
        return {
            "requests": 200,
            "lost": 200 - len({reply.done.key for reply in replies}),
            "all_done_after_s": time.perf_counter() - started,
        }

    # One worker more than the other nodes have room for, so that one must be on the fifth.
    most = NODES * CPUS_A_NODE + 1
    result: dict[str, Any] = await with_pool(run, max_workers=most)
    return result


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return median, least and most of ``values``."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def as_table(result: dict[str, Any]) -> str:
    """Return the figures as Markdown, the targets beside them."""
    speed, cost = result["throughput"], result["overhead"]
    chaos_result, scale = result["kills"], result["scaling"]
    recovered_s = chaos_result["six_requests_done_after_s"]["median"]
    lost = "{lost} lost, {doubled} doubled, {failed} failed".format(**chaos_result)
    lost += f"; next six done after {recovered_s:.1f} s"
    rows = [
        (
            "pool call over a bare call, 6 MB, p50",
            f"{cost['p50_ms']:.1f} ms, of which Ray {cost['two_hops_of_ray_p50_ms']:.1f}",
            "at most 10 ms",
        ),
        ("8 workers over 1", f"{speed['eight_over_one']['median']:.2f}", "at least 7"),
        ("batches of 4 over 1", f"{speed['batches_over_single']['median']:.2f}", "at least 2.5"),
        (
            "normal requests before a high one",
            str(result["priority"]["normal_done_before_high"]),
            "at most one batch, beside the one that runs: 8",
        ),
        (
            f"0 to {scale['most_workers']} workers and back to 0",
            f"{scale['lost']} of {scale['requests']} lost",
            "0",
        ),
        (
            f"{chaos_result['kills']} workers killed",
            lost,
            "0, 0, 0; 5 s",
        ),
        (
            "dispatcher killed",
            f"{result['dispatcher_killed']['lost']} of 40 lost",
            "0",
        ),
        ("node removed", f"{result['node_removed']['lost']} of 200 lost", "0"),
    ]
    lines = ["| question | measured | must be |", "|---|---|---|"]
    return "\n".join(lines + [f"| {a} | {b} | {c} |" for a, b, c in rows])


if __name__ == "__main__":
    main()
