"""What a dispatcher decides, as pure functions: who is next, on which worker, how many workers.

Everything goes in frozen and comes out with its reason; nothing here knows Ray or the clock.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

AGEING_S = 30.0
"""A request gains one priority level for each such span that it has waited, so none starves."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request in the queue.

    ``priority`` 0 is high, 1 normal, 2 low; ``story_since_s`` is when its story was submitted and
    ``order`` its place in it. Requests of equal ``batch_key`` may run together. ``not_before_s``
    holds a retry back.
    """

    request_id: str
    priority: int
    submitted_s: float
    order: int
    batch_key: str
    not_before_s: float = 0.0
    story_since_s: float = 0.0


WorkerState = Literal["pending", "starting", "idle", "busy", "quarantined", "draining"]


@dataclass(frozen=True, slots=True)
class WorkerView:
    """A worker as the dispatcher sees it; ``since_s`` is when it entered ``state``.

    A worker is ``pending`` until a node has room for it, and ``starting`` while it warms up.
    Where it takes several calls at once, ``free`` more would find it ready, also if it is busy.
    """

    worker_id: str
    node_id: str
    state: WorkerState
    since_s: float
    free: int = 0


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """What a pool may do.

    ``max_batch`` requests at once per worker, waiting at most ``max_wait_s`` for a batch to fill;
    between ``min_workers`` and ``max_workers``. While a worker is there, another is started only
    once the eldest request has waited ``patience_s``, for a model that takes half a minute to load
    does not help a queue that is gone in two seconds. A worker idle for ``idle_s`` is given up,
    but never within ``cool_down_s`` of the last time that the pool grew or shrank.
    """

    min_workers: int = 0
    max_workers: int = 1
    max_batch: int = 1
    max_wait_s: float = 0.02
    idle_s: float = 300.0
    patience_s: float = 0.0
    cool_down_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Load:
    """What asks for workers: requests that nobody works on, and how long the eldest has waited.

    ``scaled_s`` is when the pool last grew or shrank, on the same clock as ``now_s``.
    """

    queued: int
    eldest_wait_s: float = 0.0
    scaled_s: float = float("-inf")


@dataclass(frozen=True, slots=True)
class BatchDecision:
    """The requests to run now, best first; or none, and in how many seconds to look again."""

    request_ids: tuple[str, ...]
    look_again_s: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class ScaleDecision:
    """How many workers to start, which to stop, and why."""

    start: int
    stop: tuple[str, ...]
    reason: str


def ages_at(request: Waiting, step: int) -> float:
    """Return when a request gains its ``step``-th level, the first being 1."""
    return request.submitted_s + AGEING_S * step


def level(request: Waiting, now_s: float) -> int:
    """Return the priority that a request has gained by waiting, 0 at best."""
    steps = range(1, request.priority + 1)
    return request.priority - sum(now_s >= ages_at(request, step) for step in steps)


def urgency(request: Waiting, now_s: float) -> tuple[int, float, int, str]:
    """Return the sort key of a request: smaller is more urgent, older stories first."""
    return level(request, now_s), request.story_since_s, request.order, request.request_id


def fill_batch(
    best: Sequence[Waiting], limits: PoolLimits, now_s: float, *, next_due_s: float | None = None
) -> BatchDecision:
    """Choose what an idle worker does next.

    A batch that is not full waits until its eldest has waited ``max_wait_s``.

    Args:
        best: the most urgent request that is due, and at least as many of those of its batch key
            as fill a batch, in order of urgency.
        limits: of the pool.
        now_s: the time.
        next_due_s: when the next request is due, where none is.
    """
    if not best:
        wait = None if next_due_s is None else max(0.0, next_due_s - now_s)
        return BatchDecision((), wait, "nothing is due")
    batch = best[: limits.max_batch]
    eldest = min(request.submitted_s for request in batch)
    # The due time is computed once and compared as is: `now - eldest` may round below the wait.
    due_s = eldest + limits.max_wait_s
    if len(batch) < limits.max_batch and now_s < due_s:
        return BatchDecision((), due_s - now_s, "the batch may still fill")
    ids = tuple(request.request_id for request in batch)
    return BatchDecision(ids, None, f"{len(ids)} of at most {limits.max_batch}")


def pick_worker(workers: Sequence[WorkerView], *, near_node: str = "") -> WorkerView | None:
    """Return the worker to use: on ``near_node`` if one is there, the least loaded, the last used.

    The last used is the warmest; the others may then fall idle long enough to be given up.
    """
    ready = [
        worker
        for worker in workers
        if worker.state == "idle" or (worker.state == "busy" and worker.free > 0)
    ]
    near = [worker for worker in ready if worker.node_id == near_node]
    return max(
        near or ready,
        key=lambda worker: (worker.free, worker.since_s, worker.worker_id),
        default=None,
    )


def decide_scale(
    load: Load, workers: Sequence[WorkerView], limits: PoolLimits, now_s: float
) -> ScaleDecision:
    """Choose how many workers to start, or which to stop: never both, never past the limits."""
    useful = [worker for worker in workers if worker.state not in ("quarantined", "draining")]
    spare = sum(max(worker.free, worker.state != "busy") for worker in useful)
    wanted = math.ceil(load.queued / limits.max_batch) - spare
    if useful and load.eldest_wait_s < limits.patience_s:
        wanted = 0
    room = max(limits.max_workers - len(useful), 0)
    start = min(max(wanted, limits.min_workers - len(useful), 0), room)
    if start:
        reason = f"{load.queued} waiting, the eldest for {load.eldest_wait_s:.1f} s, {spare} spare"
        return ScaleDecision(start, (), f"{reason}, room for {room}")
    removable = len(useful) - limits.min_workers
    if load.queued or removable <= 0:
        return ScaleDecision(0, (), "as it is")
    if now_s - load.scaled_s < limits.cool_down_s:
        return ScaleDecision(0, (), f"changed less than {limits.cool_down_s:.0f} s ago")
    stale = sorted(
        (worker.since_s, worker.worker_id)
        for worker in workers
        if worker.state == "idle" and now_s - worker.since_s >= limits.idle_s
    )
    stop = tuple(worker_id for _, worker_id in stale[:removable])
    return ScaleDecision(0, stop, f"idle for {limits.idle_s:.0f} s or more" if stop else "in use")
