"""A day in figures, summed from the jobs that ended in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from raypipe_cluster.jobs.desk import JobDesk
from raypipe_cluster.jobs.model import Job, JobFilter
from raypipe_cluster.jobs.rules import ENDED

_PAGE: Final = 500
_HOUR_MS: Final = 3_600_000
_MADE: Final = frozenset({"done", "cached"})
_MISSED: Final = frozenset({"degraded", "failed"})


class _Figures(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Spread(_Figures):
    """How long something took, seconds."""

    p50_s: float
    p95_s: float
    longest_s: float


class StageFigures(_Figures):
    """One stage over all scenes of all jobs.

    ``made`` counts those done or found in the cache, ``missed`` those degraded or failed;
    ``mean_s`` is the mean of a whole job, where it was told.
    """

    made: int
    missed: int
    mean_s: float | None

    @property
    def success_rate(self) -> float | None:
        """Share that was made, 0 to 1."""
        return _share(self.made, self.missed)


class DaySummary(_Figures):
    """Jobs that ended from ``since_ms`` until ``until_ms``.

    ``by_hour`` counts them by full hours since ``since_ms``. Cancelled jobs are no failures and
    no successes. ``gpu_s`` are seconds of a whole GPU, ``video_s`` of finished video.
    """

    since_ms: int
    until_ms: int
    outcomes: dict[str, int]
    by_hour: tuple[int, ...]
    jobs_per_hour: float
    processing: Spread | None
    waiting: Spread | None
    success_rate: float | None
    stages: dict[str, StageFigures]
    errors: dict[str, int]
    further_attempts: int
    cache_hits: int
    cache_misses: int
    engine_calls: dict[str, int]
    cloud_calls: int
    gpu_s: float
    video_s: float

    @property
    def ended(self) -> int:
        """How many jobs ended."""
        return sum(self.outcomes.values())

    @property
    def cache_hit_rate(self) -> float | None:
        """Share of products that were found made, 0 to 1."""
        return _share(self.cache_hits, self.cache_misses)


def day_of(desk: JobDesk, *, since_ms: int, until_ms: int) -> DaySummary:
    """Return the summary of what ``desk`` has of that span.

    Raises:
        StorageError: the desk's store does not answer. So does `JobDesk`.
    """
    jobs: list[Job] = []
    before: str | None = None
    while True:
        page = desk.page(JobFilter(finished_since_ms=since_ms), limit=_PAGE, before=before)
        jobs += page.jobs
        before = page.older
        if before is None:
            return sum_up(jobs, since_ms=since_ms, until_ms=until_ms)


def sum_up(jobs: Iterable[Job], *, since_ms: int, until_ms: int) -> DaySummary:
    """Return the summary of those of ``jobs`` that ended from ``since_ms`` until ``until_ms``."""
    ended = [
        job for job in jobs if job.state in ENDED and since_ms <= (job.finished_ms or -1) < until_ms
    ]
    outcomes = Counter(job.state for job in ended)
    hours = max(1, -(-(until_ms - since_ms) // _HOUR_MS))
    by_hour = Counter(((job.finished_ms or 0) - since_ms) // _HOUR_MS for job in ended)
    rendered = [job for job in ended if job.result is not None and job.state != "cancelled"]
    facts = [job.result.facts for job in rendered if job.result is not None]
    calls: Counter[str] = Counter()
    for each in facts:
        calls.update({name: int(n) for name, n in _numbers(each.get("engine_calls")).items()})
    good = outcomes["succeeded"] + outcomes["degraded"]
    return DaySummary(
        since_ms=since_ms,
        until_ms=until_ms,
        outcomes={state: outcomes[state] for state in sorted(ENDED)},
        by_hour=tuple(by_hour[hour] for hour in range(hours)),
        jobs_per_hour=round(len(ended) * _HOUR_MS / max(until_ms - since_ms, 1), 3),
        processing=_spread(
            [(job.finished_ms or 0) - job.started_ms for job in rendered if job.started_ms]
        ),
        waiting=_spread(
            [job.started_ms - job.submitted_ms for job in ended if job.started_ms is not None]
        ),
        success_rate=_share(good, outcomes["failed"]),
        stages=_stages(ended, facts),
        errors=dict(
            Counter(job.error.type for job in ended if job.error and job.state == "failed")
        ),
        further_attempts=sum(max(0, job.attempt - 1) for job in ended),
        cache_hits=int(_sum(facts, "cache_hits")),
        cache_misses=int(_sum(facts, "cache_misses")),
        engine_calls=dict(sorted(calls.items())),
        cloud_calls=int(_sum(facts, "cloud_calls")),
        gpu_s=round(_sum(facts, "gpu_s"), 3),
        video_s=round(_sum(facts, "duration_s"), 3),
    )


def _stages(jobs: Sequence[Job], facts: Sequence[Mapping[str, Any]]) -> dict[str, StageFigures]:
    made: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for job in jobs:
        made.update(step.stage for step in job.steps if step.state in _MADE)
        missed.update(step.stage for step in job.steps if step.state in _MISSED)
    seconds: dict[str, list[float]] = {}
    for each in facts:
        for name, took_s in _numbers(each.get("stages")).items():
            seconds.setdefault(name, []).append(took_s)
    return {
        name: StageFigures(
            made=made[name],
            missed=missed[name],
            mean_s=round(sum(seconds[name]) / len(seconds[name]), 3) if name in seconds else None,
        )
        for name in sorted({*made, *missed, *seconds})
    }


def _numbers(value: object) -> dict[str, float]:
    """Return the numbers in a fact; one that another version wrote otherwise counts as none."""
    if not isinstance(value, Mapping):
        return {}
    return {str(name): float(n) for name, n in value.items() if _is_number(n)}


def _sum(facts: Sequence[Mapping[str, Any]], name: str) -> float:
    return sum(float(each[name]) for each in facts if _is_number(each.get(name)))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _share(good: int, bad: int) -> float | None:
    return round(good / (good + bad), 6) if good + bad else None


def _spread(times_ms: Sequence[int]) -> Spread | None:
    if not times_ms:
        return None
    ordered = sorted(max(0, ms) for ms in times_ms)
    return Spread(
        p50_s=_quantile(ordered, 0.5) / 1000,
        p95_s=_quantile(ordered, 0.95) / 1000,
        longest_s=ordered[-1] / 1000,
    )


def _quantile(ordered: Sequence[int], share: float) -> float:
    """Interpolate between the two nearest (method 7 of Hyndman and Fan, as NumPy does)."""
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return round(ordered[low] + (ordered[high] - ordered[low]) * (place - low), 3)
