"""What does a call of a pool cost over a bare call of its engine, and where does the time go?

On one node, as a render has it, with an engine that takes no time and pictures of 6 MB. Client,
dispatcher and worker note the time at each step; their clocks are one, for they are on one machine.
"""

from __future__ import annotations

import itertools
import os
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import ray
from stand_in import StandIn, StandInDispatcher, StandInWorker, ticket, with_pool

from raypipe.images.engine import ImageRequest
from raypipe_actors.dispatcher import Dispatcher
from raypipe_actors.messages import Batch, Reply, Ticket
from raypipe_actors.packing import Packed, unpack
from raypipe_actors.pools import Pool
from raypipe_cluster.session import object_store_bytes

SIZE = (1080, 1920)
"""Width and height of a picture, in pixels."""
CALLS, FIRST_CALLS = 200, 20
"""Calls that count, after as many that warm everything."""
PARTS = (
    "client to dispatcher",
    "queue and decision",
    "dispatcher to worker",
    "before the engine",
    "engine",
    "checking the picture",
    "object store and focus, worker to dispatcher",
    "answering",
    "dispatcher to client",
    "fetching",
)
"""What lies between two of a call's times."""


class TimedEngine(StandIn):
    """Knows from when to when its latest call ran."""

    span = (0.0, 0.0)

    def generate(self, requests: Sequence[ImageRequest]) -> list[np.ndarray]:
        """As a `StandIn`."""
        began = time.monotonic()
        pictures = super().generate(requests)
        self.span = (began, time.monotonic())
        return pictures


class TimedWorker(StandInWorker):
    """Notes when each call came, when its engine ran, and when it was done."""

    def _warm_up(self) -> None:
        self._engine = TimedEngine(0.0, 0.0, 1)
        self._times: dict[str, tuple[float, ...]] = {}

    def run(self, packed: Packed) -> Any:
        """As an `ImageWorker`."""
        came = time.monotonic()
        drawn = super().run(packed)
        done = time.monotonic()
        self._times[unpack(packed, Batch).jobs[0].key] = (came, *self._engine.span, done)
        return drawn

    @ray.method(concurrency_group="control")
    def times(self) -> dict[str, tuple[float, ...]]:
        """Return what was noted, by the key of the job."""
        return self._times


class TimedDispatcher(StandInDispatcher):
    """Notes when each request came, and when its reply left."""

    worker_classes = {**Dispatcher.worker_classes, "image": TimedWorker}  # noqa: RUF012 - as there

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._times: dict[str, tuple[float, float]] = {}

    async def submit(self, packed: Packed) -> Packed:
        """As a `Dispatcher`."""
        came = time.monotonic()
        reply = await super().submit(packed)
        left = time.monotonic()
        self._times[unpack(packed, Ticket).request_id] = (came, left)
        return reply

    async def times(self) -> dict[str, tuple[float, float]]:
        """Return what was noted, by request."""
        return self._times


class Painter:
    """What a pool call cannot do without: an actor that returns a picture beside a small result."""

    def run(self) -> tuple[int, np.ndarray]:
        """Return 1 and a picture of 6 MB."""
        return 1, np.full((SIZE[1], SIZE[0], 3), 7, np.uint8)

    def time_put(self) -> float:
        """Return the seconds in which a new picture is copied into the object store."""
        picture = self.run()[1]
        began = time.monotonic()
        ray.put(picture)
        return time.monotonic() - began


class Relay:
    """An actor between a caller and a painter, as a dispatcher is."""

    def __init__(self, painter: Any) -> None:
        self._painter = painter

    async def submit(self) -> list[Any]:
        """Return the reference to a new picture once it is there."""
        small, picture = self._painter.run.options(num_returns=2).remote()
        await small
        return [picture]


@contextmanager
def one_node() -> Iterator[None]:
    """Run the body on a Ray of its own with this machine as its only node."""
    ray.init(
        address="local",
        namespace="raypipe",
        num_cpus=os.cpu_count(),
        object_store_memory=object_store_bytes(),
        include_dashboard=False,
        log_to_driver=False,
    )
    try:
        yield
    finally:
        ray.shutdown()


async def overhead() -> dict[str, Any]:
    """Return ms of a pool call, picture fetched, over a bare call of the same engine.

    Beside it, in turn with it: the same way through two actors of Ray without anything of ours.
    """
    result: dict[str, Any] = await with_pool(
        _measure, engine="0-0-1", dispatcher=TimedDispatcher, max_workers=1
    )
    return result


async def _measure(pool: Pool) -> dict[str, Any]:
    await pool.warm(1)
    engine = StandIn(0.0, 0.0, 1)
    painter = ray.remote(Painter).remote()
    relay = ray.remote(Relay).remote(painter)
    bare, least, puts, calls = [], [], [], []
    for number in range(FIRST_CALLS + CALLS):
        wanted = ticket(number, SIZE)
        began = time.monotonic()
        engine.generate([wanted.job.request])  # type: ignore[union-attr]
        bare.append(time.monotonic() - began)
        calls.append(await _call(pool, wanted))
        began = time.monotonic()
        (ref,) = await relay.submit.remote()
        await ref
        least.append(time.monotonic() - began - bare[-1])
        puts.append(await painter.time_put.remote())
    times = await _all_times(pool, calls)
    over = [each[-1] - each[0] - less for each, less in zip(times, bare, strict=True)][FIRST_CALLS:]
    return {
        "picture_bytes": SIZE[0] * SIZE[1] * 3,
        "calls": len(over),
        "p50_ms": statistics.median(over) * 1e3,
        "p99_ms": statistics.quantiles(over, n=100)[98] * 1e3,
        "bare_p50_ms": statistics.median(bare[FIRST_CALLS:]) * 1e3,
        "two_hops_of_ray_p50_ms": statistics.median(least[FIRST_CALLS:]) * 1e3,
        "put_p50_ms": statistics.median(puts[FIRST_CALLS:]) * 1e3,
        "parts_p50_ms": _parts_ms(times[FIRST_CALLS:]),
        "copied_beyond_the_object_store": False,  # or `_call` would have raised
    }


async def _call(pool: Pool, wanted: Ticket) -> tuple[Reply, tuple[float, float, float]]:
    """Return the reply, and when the call began, answered, and had the picture."""
    began = time.monotonic()
    reply = await pool.submit(wanted)
    answered = time.monotonic()
    picture = await reply.refs[0]
    had = time.monotonic()
    if not _in_object_store(picture):
        raise RuntimeError("expected a view of the object store, got a copy of the picture")
    return replace(reply, refs=()), (began, answered, had)  # or all pictures would stay


def _in_object_store(picture: np.ndarray) -> bool:
    """Tell whether ``picture`` lies in the memory that this process shares with the store."""
    first = picture.__array_interface__["data"][0]
    for line in Path("/proc/self/maps").read_text(errors="replace").splitlines():
        span, _, rest = line.partition(" ")
        begin, end = (int(bound, 16) for bound in span.split("-"))
        if begin <= first and first + picture.nbytes <= end:
            return "plasma" in rest
    return False


async def _all_times(
    pool: Pool, calls: Sequence[tuple[Reply, tuple[float, float, float]]]
) -> list[list[float]]:
    """Return for each call the times between which its `PARTS` lie."""
    dispatcher = ray.get_actor(pool.config.name)
    worker = ray.get_actor(f"{pool.config.name}#{calls[0][0].worker_id}")
    there, made = await dispatcher.times.remote(), await worker.times.remote()
    found = []
    for reply, (began, answered, had) in calls:
        came, left = there[reply.done.key]
        called = came + reply.queue_s
        times = (came, called, *made[reply.done.key], called + reply.run_s, left)
        found.append([began, *times, answered, had])
    return found


def _parts_ms(times: Sequence[Sequence[float]]) -> dict[str, float]:
    """Return the median length of each part, in ms."""
    spans = [[after - before for before, after in itertools.pairwise(call)] for call in times]
    return {
        part: statistics.median(of) * 1e3
        for part, of in zip(PARTS, zip(*spans, strict=True), strict=True)
    }
