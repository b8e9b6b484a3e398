"""Counts and times for Prometheus, through Ray: each node tells them at its metrics port.

Ray puts ``ray_`` before each name, adds a label for the process, and forgets what a process
counted when it ends. Labels have few values: the kind of a pool, its engine without options, an
outcome. See docs/metrics.md for how to read them.

Who renders stories calls `count_products` once for each; who runs jobs calls `count_job` for each
that has ended, and `add_stages` with the seconds of its stages. Nothing is recorded, and no error
raised, in a process that is not connected to Ray.
"""

from __future__ import annotations

import sys
from collections import Counter as TallyOf
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Literal

from raypipe.engine_name import split_options
from raypipe_actors.messages import PoolKind

if TYPE_CHECKING:
    from ray.util.metrics import Counter, Gauge, Histogram

Outcome = Literal["done", "failed", "cancelled", "retried"]

_REQUEST_S = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 60.0, 150.0, 600.0)
_STAGE_S = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 150.0, 600.0)
_JOB_S = (5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
_BATCHES = (1.0, 2.0, 4.0, 8.0, 16.0)


class PoolMetrics:
    """What a dispatcher tells of its pool: noted at once, told to Ray by `show`.

    Telling Ray takes a fraction of a millisecond each time, for which no request should wait.

    Args:
        kind: of the pool.
        engine: its name; options are left out.
    """

    def __init__(self, kind: PoolKind, engine: str) -> None:
        self._tags = {"pool": kind, "engine": split_options(engine)[0]}
        self._outcomes: TallyOf[Outcome] = TallyOf()
        self._seconds: list[float] = []
        self._batches: list[int] = []

    def count_request(self, outcome: Outcome) -> None:
        """Count a request that came to its end, or (``retried``) is made again."""
        self._outcomes[outcome] += 1

    def time_request(self, seconds: float) -> None:
        """Note how long a request took, from its submission to its end."""
        self._seconds.append(seconds)

    def count_batch(self, requests: int) -> None:
        """Note how many requests a call of a worker served."""
        self._batches.append(requests)

    def show(self, *, queued: int, workers: Mapping[str, int]) -> None:
        """Tell what was noted, how many requests wait now, and how many workers are in each state.

        Called often, so that little is lost with the process.
        """
        requests = _counter("requests_total", "requests of pools by what came of them", _OUTCOME)
        for outcome, count in self._outcomes.items():
            requests.inc(count, tags={**self._tags, "outcome": outcome})
        took = _histogram("request_seconds", "from asking a pool to having", _POOL, _REQUEST_S)
        for seconds in self._seconds:
            took.observe(seconds, tags=self._tags)
        served = _histogram(
            "batch_size", "requests that a call of a worker served", _POOL, _BATCHES
        )
        for size in self._batches:
            served.observe(size, tags=self._tags)
        self._outcomes.clear()
        self._seconds.clear()
        self._batches.clear()
        _gauge("queue_length", "requests that wait for a worker", _POOL).set(queued, self._tags)
        for state, count in workers.items():
            _gauge("workers", "workers of pools by state", _STATE).set(
                count, {**self._tags, "state": state}
            )


def count_products(pool: PoolKind, engine: str, *, cached: int, made: int) -> None:
    """Count products of a story that its store had, and those that a pool made."""
    if not _is_connected():
        return
    counter = _counter("products_total", "products of stories by where they came from", _SOURCE)
    tags = {"pool": pool, "engine": split_options(engine)[0]}
    for source, count in (("cache", cached), ("pool", made)):
        if count:
            counter.inc(count, tags={**tags, "source": source})


def count_job(state: str, seconds: float) -> None:
    """Count a job that ended in ``state``, ``seconds`` after it was submitted.

    Gives ``raypipe_jobs_total{state}`` and the histogram ``raypipe_job_seconds{state}``.
    """
    if _is_connected():
        tags = {"state": state}
        _counter("jobs_total", "jobs by the state in which they ended", ("state",)).inc(tags=tags)
        _histogram("job_seconds", "from submitting a job to its end", ("state",), _JOB_S).observe(
            seconds, tags=tags
        )


def add_stages(seconds: Mapping[str, float]) -> None:
    """Note the seconds that each stage of a story took: ``raypipe_stage_seconds{stage}``."""
    if _is_connected():
        told = _histogram("stage_seconds", "stages of stories", ("stage",), _STAGE_S)
        for stage, spent in seconds.items():
            told.observe(spent, tags={"stage": stage})


def _is_connected() -> bool:
    """Tell whether Ray runs for this process, which it does not where nobody imported it."""
    ray = sys.modules.get("ray")
    return ray is not None and bool(ray.is_initialized())


_POOL = ("pool", "engine")
_OUTCOME, _STATE, _SOURCE = (*_POOL, "outcome"), (*_POOL, "state"), (*_POOL, "source")


@cache
def _counter(name: str, description: str, tags: tuple[str, ...]) -> Counter:
    from ray.util.metrics import Counter

    return Counter(f"raypipe_{name}", description, tag_keys=tags)


@cache
def _gauge(name: str, description: str, tags: tuple[str, ...]) -> Gauge:
    from ray.util.metrics import Gauge

    return Gauge(f"raypipe_{name}", description, tag_keys=tags)


@cache
def _histogram(
    name: str, description: str, tags: tuple[str, ...], boundaries: tuple[float, ...]
) -> Histogram:
    from ray.util.metrics import Histogram

    return Histogram(f"raypipe_{name}", description, boundaries=list(boundaries), tag_keys=tags)
