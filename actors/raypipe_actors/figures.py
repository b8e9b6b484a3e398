"""What a dispatcher counts: outcomes for ever, times and speed of the latest calls."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from raypipe.speech.engine import Speech
from raypipe_actors.messages import ImageDone, PoolKind, RenderDone

KEPT = 200
"""Latest requests and calls whose times are kept."""
SPEED_WINDOW_S = 60.0
"""A pool's speed is that of the calls that ended within this time."""
WORK_UNITS: dict[PoolKind, str] = {"image": "images", "speech": "s of speech", "render": "frames"}


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a worker that came back: how many requests it served, and its `work_of` them."""

    started_s: float
    ended_s: float
    requests: int
    work: float


@dataclass(slots=True)
class Figures:
    """Counts of one pool; times are seconds of one clock."""

    done: int = 0
    failed: int = 0
    retried: int = 0
    cancelled: int = 0
    waits_s: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))
    """Of the latest requests that were done: from their submission to their end."""
    calls: deque[Call] = field(default_factory=lambda: deque(maxlen=KEPT))

    def quantile_s(self, share: float) -> float:
        """Return the time that ``share`` of the latest requests took at most; 0 if there is none.

        The nearest rank is taken, so it is the time of a real request.
        """
        ordered = sorted(self.waits_s)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0

    def batch(self) -> float:
        """Return how many requests the latest calls served, their mean; 0 if there is none."""
        return sum(call.requests for call in self.calls) / len(self.calls) if self.calls else 0.0

    def speed(self, now_s: float) -> float:
        """Return the work done a second while at work, in the last `SPEED_WINDOW_S`."""
        since_s = now_s - SPEED_WINDOW_S
        recent = [call for call in self.calls if call.ended_s > since_s]
        busy_s = covered_s((call.started_s, call.ended_s) for call in recent)
        return sum(call.work for call in recent) / busy_s if busy_s else 0.0


def work_of(results: Sequence[object]) -> float:
    """Return pictures, seconds of speech or frames in what a call brought, see `WORK_UNITS`."""
    return sum(_work_of(result) for result in results)


def _work_of(result: object) -> float:
    match result:
        case ImageDone():
            return 1.0
        case Speech():
            return result.duration_s
        case RenderDone():
            return float(result.frame_count)
    raise TypeError(f"expected what a worker of a pool makes, got {type(result).__name__}")


def covered_s(spans: Iterable[tuple[float, float]]) -> float:
    """Return the length of the union of ``spans`` (start, end)."""
    covered, reached = 0.0, float("-inf")
    for start, end in sorted(spans):
        covered += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return covered
