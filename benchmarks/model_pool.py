"""Does a pool of warm models keep them busy, and lose nothing when workers and nodes die?

On a cluster of several nodes on this machine, with an engine that stands in for a model: it sleeps
200 ms for a picture and 260 ms for a batch of four, so that what is measured is the pool and not
the processor. What a pool call costs over a bare call of the engine is measured before that, on one
node (see `pool_call`); ``--part call`` measures nothing else. Run it on a calm machine::

    .venv/bin/python benchmarks/model_pool.py --kills 100

Of the kills, one in five hits the only worker of a pool; at the others a warm worker is idle beside
the victim. Prints how far it is on stderr, tables on stdout, and writes JSON (--json FILE) with
commit, hardware, versions, median and spread.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from machine import machine

from raypipe_cluster.ray_environment import prepare_ray

prepare_ray(own_cluster=True)

import ray  # noqa: E402 - Ray reads its environment when it is imported
from pool_call import one_node, overhead  # noqa: E402
from ray.cluster_utils import Cluster  # noqa: E402
from stand_in import ticket, with_pool  # noqa: E402

from raypipe_actors.messages import Reply  # noqa: E402
from raypipe_actors.pools import Pool  # noqa: E402
from raypipe_actors.ray_private import divert_cluster_messages  # noqa: E402

NODES, CPUS_A_NODE = 4, 4
BEGAN_S = time.perf_counter()


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=20, help="workers to kill in mid-request")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--part", choices=("call", "all"), default="all")
    parser.add_argument("--json", type=Path, default=None)
    args = parser.parse_args()
    divert_cluster_messages()  # that a worker died is what is asked for here
    result: dict[str, Any] = {"machine": machine(("ray", "numpy", "raypipe")), "nodes": NODES}
    result["load_before"] = os.getloadavg()[0]
    tell("overhead of a call")
    with one_node():
        result["overhead"] = asyncio.run(overhead())
    if args.part == "all":
        with many_nodes() as cluster:
            result |= asyncio.run(measure(cluster, args.repeats, args.kills))
    print(as_table(result))
    if args.json:
        args.json.write_text(json.dumps(result, indent=2) + "\n")


@contextmanager
def many_nodes() -> Iterator[Cluster]:
    """Run the body on a cluster of `NODES` nodes, all of them on this machine."""
    cluster = Cluster()
    for _ in range(NODES):
        cluster.add_node(num_cpus=CPUS_A_NODE, object_store_memory=300_000_000)
    ray.init(address=cluster.address, namespace="raypipe", log_to_driver=False)
    try:
        yield cluster
    finally:
        ray.shutdown()
        cluster.shutdown()


async def measure(cluster: Cluster, repeats: int, kills: int) -> dict[str, Any]:
    """Return all figures but those of a single call."""
    result: dict[str, Any] = {}
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
    """Return the figures as Markdown: what a call's time goes into, then targets and figures."""
    cost = result["overhead"]
    parts = [(part, f"{spent_ms:.2f} ms") for part, spent_ms in cost["parts_p50_ms"].items()]
    of_ray = (
        f"{cost['p50_ms']:.1f} ms; two hops of Ray alone {cost['two_hops_of_ray_p50_ms']:.1f}, "
        f"of which the copy into the object store {cost['put_p50_ms']:.1f}"
    )
    rows = [
        ("pool call over a bare call, 6 MB, p50", of_ray, "at most 10 ms"),
        *(_pool_rows(result) if "throughput" in result else ()),
    ]
    return "\n\n".join(
        (
            _markdown(("a call on one node", "p50"), parts),
            _markdown(("question", "measured", "must be"), rows),
        )
    )


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def _pool_rows(result: dict[str, Any]) -> list[tuple[str, str, str]]:
    speed, scale = result["throughput"], result["scaling"]
    kills = [
        (
            f"{of['kills']} kills {name.replace('_', ' ')}",
            "{lost} lost, {doubled} doubled, {failed} failed; done after {recovery_p50_s:.1f} s, "
            "{recovery_max_s:.1f} s at most".format(**of),
            "0, 0, 0; 5 s" if name.startswith("with_") else "0, 0, 0",
        )
        for name, of in result["kills"].items()
    ]
    return [
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
        ("dispatcher killed", f"{result['dispatcher_killed']['lost']} of 40 lost", "0"),
        ("node removed", f"{result['node_removed']['lost']} of 100 lost", "0"),
    ]


if __name__ == "__main__":
    main()
