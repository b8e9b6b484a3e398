"""Does a pool of warm models keep them busy, and lose nothing when workers and nodes die?

On a cluster of several nodes on this machine, with an engine that stands in for a model: it sleeps
200 ms for a picture and 260 ms for a batch of four, so that what is measured is the pool and not
the processor. What a pool call costs over a bare call of the engine is measured with an engine
that takes no time and pictures of 6 MB. Run it on a calm machine::

    .venv/bin/python benchmarks/model_pool.py --kills 100

Of the kills, one in five hits the only worker of a pool; at the others a warm worker is idle beside
the victim. Prints how far it is on stderr, a table on stdout, and writes JSON (--json FILE) with
commit, hardware, versions, median and spread.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import statistics
import sys
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
from raypipe_actors.ray_private import divert_cluster_messages  # noqa: E402
from raypipe_actors.workers import ImageWorker  # noqa: E402

NODES, CPUS_A_NODE = 4, 4
FIRST_S, NEXT_S = 0.2, 0.02
SMALL, LARGE = (256, 256), (1080, 1920)
NO_STORE = StoreConfig(url="")
BEGAN_S = time.perf_counter()


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
    divert_cluster_messages()  # that a worker died is what is asked for here
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
    tell("overhead of a call")
    result: dict[str, Any] = {"overhead": await overhead()}
    tell("throughput of one worker, of eight, and of batches")
    single = await throughput(workers=1, batch=1, requests=25, repeats=repeats)
    eight = await throughput(workers=8, batch=1, requests=200, repeats=repeats)
    batched = await throughput(workers=1, batch=4, requests=60, repeats=repeats)
    result["throughput"] = {
        "one_worker_per_s": spread(single),
        "eight_workers_per_s": spread(eight),
        "one_worker_batches_of_4_per_s": spread(batched),
        "eight_over_one": spread([b / a for a, b in zip(single, eight, strict=True)]),
        "batches_over_single": spread([b / a for a, b in zip(single, batched, strict=True)]),
    }
    tell("overtaking by high priority")
    result["priority"] = await overtaking()
    tell("scaling from 0 to 8 and back")
    result["scaling"] = await scaling()
    alone = max(1, kills // 5)
    result["kills"] = {
        "with_a_spare_worker": await chaos(kills - alone, workers=4, at_work=2),
        "without_a_spare_worker": await chaos(alone, workers=1, at_work=1),
    }
    tell("killing the dispatcher")
    result["dispatcher_killed"] = await dispatcher_killed()
    tell("removing a node")
    result["node_removed"] = await node_removed(cluster)
    return result


def tell(what: str) -> None:
    """Print what is measured now, with the seconds since the program began."""
    print(f"{time.perf_counter() - BEGAN_S:6.0f} s  {what}", file=sys.stderr, flush=True)


async def with_pool(
    work: Callable[[Pool], Awaitable[Any]],
    *,
    engine: str = "200-20-4",
    num_cpus: float = 1,
    **limits: Any,
) -> Any:
    """Return what ``work`` gives on a fresh pool, which is closed afterwards."""
    config = pool_config("image", engine, share_out(2, 0, image_on_gpu=False, speech_on_gpu=False))
    limits = {"max_batch": 1, "max_wait_s": 0.02, "cool_down_s": 0.0, **limits}
    config = replace(
        config,
        name=f"{config.name}-{random.randrange(10**9)}",  # noqa: S311 - a name
        limits=replace(config.limits, **limits),
        num_cpus=num_cpus,
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


async def throughput(*, workers: int, batch: int, requests: int, repeats: int) -> list[float]:
    """Return pictures a second with ``workers`` warm workers and a full queue, of each repeat."""

    async def run(pool: Pool) -> list[float]:
        await all_warm(pool, workers)
        found = []
        for _ in range(repeats):
            started = time.perf_counter()
            await asyncio.gather(*(pool.submit(ticket(number)) for number in range(requests)))
            found.append(requests / (time.perf_counter() - started))
        return found

    limits = {"min_workers": workers, "max_workers": workers, "max_batch": batch}
    found: list[float] = await with_pool(run, **limits)
    return found


async def all_warm(pool: Pool, workers: int) -> None:
    """Return when ``workers`` workers are idle; the pool keeps as many or more."""
    if pool.config.limits.min_workers < workers:
        await pool.warm(workers)
    else:
        await pool.describe()  # a pool starts its workers when it is first asked for something
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


async def chaos(kills: int, *, workers: int, at_work: int) -> dict[str, Any]:
    """Kill a busy worker ``kills`` times and return what was lost, doubled, and how it went on.

    Before each kill all but one of ``workers`` are warm, or the only one; ``at_work`` of them then
    get a request each. Recovery is from the kill until all requests are done.
    """

    async def run(pool: Pool) -> dict[str, Any]:
        recovered: list[float] = []
        lost = doubled = number = 0
        for kill in range(kills):
            if kill % 10 == 0:
                tell(f"kill {kill + 1} of {kills}, {workers - at_work} spare")
            await all_warm(pool, max(workers - 1, at_work))
            numbers = range(number, number + at_work)
            number += at_work
            asked = [asyncio.create_task(pool.submit(ticket(n))) for n in numbers]
            victim = await busy_worker(pool)
            os.kill(victim, signal.SIGKILL)
            killed = time.perf_counter()
            replies: list[Reply] = await asyncio.gather(*asked)
            recovered.append(time.perf_counter() - killed)
            keys = [reply.done.key for reply in replies]
            lost += at_work - len(set(keys))
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
            "retried": status.retried,
            "recovery_p50_s": statistics.median(recovered) if recovered else 0.0,
            "recovery_max_s": max(recovered, default=0.0),
        }

    limits = {"min_workers": workers, "max_workers": workers}
    result: dict[str, Any] = await with_pool(run, **limits)
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
        await all_warm(pool, NODES + 1)
        asked = [asyncio.create_task(pool.submit(ticket(n))) for n in range(100)]
        await asked[0]
        started = time.perf_counter()
        cluster.remove_node(node, allow_graceful=False)
        replies = await asyncio.gather(*asked)
        return {
            "requests": 100,
            "lost": 100 - len({reply.done.key for reply in replies}),
            "all_done_after_s": time.perf_counter() - started,
        }

    # A worker a node, so that one must be on the fifth.
    result: dict[str, Any] = await with_pool(run, num_cpus=CPUS_A_NODE, max_workers=NODES + 1)
    return result


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return median, least and most of ``values``."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def as_table(result: dict[str, Any]) -> str:
    """Return the figures as Markdown, the targets beside them."""
    speed, cost = result["throughput"], result["overhead"]
    scale = result["scaling"]
    kills = [
        (
            f"{of['kills']} kills {name.replace('_', ' ')}",
            "{lost} lost, {doubled} doubled, {failed} failed; done after {recovery_p50_s:.1f} s, "
            "{recovery_max_s:.1f} s at most".format(**of),
            "0, 0, 0; 5 s" if name.startswith("with_") else "0, 0, 0",
        )
        for name, of in result["kills"].items()
    ]
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
        *kills,
        (
            "dispatcher killed",
            f"{result['dispatcher_killed']['lost']} of 40 lost",
            "0",
        ),
        ("node removed", f"{result['node_removed']['lost']} of 100 lost", "0"),
    ]
    lines = ["| question | measured | must be |", "|---|---|---|"]
    return "\n".join(lines + [f"| {a} | {b} | {c} |" for a, b, c in rows])


if __name__ == "__main__":
    main()
