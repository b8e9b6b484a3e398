"""What a pool has accepted and not yet answered.

Equal requests share one piece of work and one future. A request is settled once, whatever comes:
its reply, a failure for good, its deadline, or that nobody wants it any more.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from raypipe.errors import CancelledError, DeadlineError, RaypipeError
from raypipe_actors.deadlines import Deadlines
from raypipe_actors.decisions import BatchDecision, PoolLimits, Waiting, fill_batch
from raypipe_actors.figures import Call, Figures, work_of
from raypipe_actors.fleet import Worker
from raypipe_actors.messages import Reply, Ticket
from raypipe_actors.metrics import PoolMetrics
from raypipe_actors.pool_config import PoolConfig
from raypipe_actors.waitlist import Waitlist

logger = logging.getLogger(__name__)

_MAX_DEATHS = 5
"""Worker deaths that one request may see before it is taken for their cause."""


@dataclass(slots=True)
class Pending:
    """A request that was accepted; times are of `time.monotonic`."""

    ticket: Ticket
    submitted_s: float
    future: asyncio.Future[Reply]
    stories: set[str]
    attempts: int = 0
    deaths: int = 0
    not_before_s: float = 0.0
    alone: bool = False
    call: Running | None = None
    """The call of a worker that it is in."""

    def join(self, ticket: Ticket) -> None:
        """Let ``ticket`` share this work, which becomes as urgent as the more urgent of both."""
        self.stories.add(ticket.story)
        if ticket.priority < self.ticket.priority:
            self.ticket = dataclasses.replace(self.ticket, priority=ticket.priority)

    def leave(self) -> Running | None:
        """Be in no call any more, and return the one it was in.

        Each knows the other: what a request holds, pictures and segments among it, would be held
        until the garbage collector comes by, which may be never in a video.
        """
        call, self.call = self.call, None
        return call

    def waiting(self) -> Waiting:
        """Return what decisions know of it."""
        key = f"alone:{self.ticket.request_id}" if self.alone else self.ticket.batch_key
        return Waiting(
            request_id=self.ticket.request_id,
            priority=self.ticket.priority,
            submitted_s=self.submitted_s,
            order=self.ticket.order,
            batch_key=key,
            not_before_s=self.not_before_s,
            story_since_s=self.ticket.story_since_s,
        )


@dataclass(slots=True)
class Running:
    """A call of a worker under way, by the name that `stop` knows it."""

    name: str
    worker: Worker
    batch: Sequence[Pending]
    started_s: float = 0.0

    def begin(self, now_s: float) -> None:
        """Note that the worker is called now, which counts as an attempt."""
        self.started_s = now_s
        for pending in self.batch:
            pending.attempts += 1
            pending.call = self

    def is_wanted(self) -> bool:
        """Return whether anybody waits for anything in it."""
        return not all(pending.future.done() for pending in self.batch)

    @property
    def request_ids(self) -> tuple[str, ...]:
        """The ids of its requests."""
        return tuple(pending.ticket.request_id for pending in self.batch)


class Requests:
    """The requests of a pool, from their acceptance to their end; counts what came of them."""

    def __init__(self, config: PoolConfig, figures: Figures, metrics: PoolMetrics) -> None:
        self._config = config
        self._figures = figures
        self._metrics = metrics
        self._active: dict[str, Pending] = {}
        self._queue = Waitlist()
        self._deadlines = Deadlines()
        self._progress: dict[str, int] = {}

    @property
    def queued(self) -> int:
        """How many wait for a worker."""
        return len(self._queue)

    @property
    def running(self) -> int:
        """How many a worker has."""
        return len(self._active) - len(self._queue)

    def accept(self, ticket: Ticket, now_s: float) -> tuple[asyncio.Future[Reply], bool]:
        """Return the future of ``ticket``'s reply, and whether nobody had asked for it before."""
        request_id, due_s = ticket.request_id, _due_s(ticket, now_s)
        known = self._active.get(request_id)
        if known is None:
            future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
            known = self._active[request_id] = Pending(ticket, now_s, future, {ticket.story})
            self._queue.add(known.waiting())
            self._deadlines.put(request_id, due_s)
            return future, True
        known.join(ticket)
        if request_id in self._queue:
            self._queue.add(known.waiting())
        self._deadlines.put(request_id, max(self._deadlines[request_id], due_s))
        return known.future, False

    # -- those that wait -----------------------------------------------------------------------

    def eldest_wait_s(self, now_s: float) -> float:
        """Return how long the one that has waited the longest waits; 0 if none does."""
        eldest_s = self._queue.eldest_s()
        return 0.0 if eldest_s is None else now_s - eldest_s

    def near_node(self, now_s: float) -> str:
        """Return the node that the most urgent one is best done on, empty if it is all the same."""
        leader = self._queue.best(now_s, 1)
        return self._active[leader[0].request_id].ticket.near_node if leader else ""

    def next_batch(self, limits: PoolLimits, now_s: float) -> BatchDecision:
        """Choose what an idle worker does next; what is chosen goes on waiting until `take`."""
        best = self._queue.best(now_s, limits.max_batch)
        return fill_batch(best, limits, now_s, next_due_s=self._queue.next_due_s())

    def take(self, request_ids: Sequence[str]) -> list[Pending]:
        """Take requests out of the queue, for a worker."""
        for request_id in request_ids:
            self._queue.remove(request_id)
        return [self._active[request_id] for request_id in request_ids]

    # -- how far they are ----------------------------------------------------------------------

    def note_progress(self, request_id: str, done: int) -> None:
        """Note that ``done`` steps (frames) of a request are finished."""
        if request_id in self._active:
            self._progress[request_id] = done

    def progress(self, story: str) -> dict[str, int]:
        """Return the steps done of each running request of ``story``."""
        return {
            request_id: done
            for request_id, done in self._progress.items()
            if request_id in self._active and story in self._active[request_id].stories
        }

    # -- their end -----------------------------------------------------------------------------

    def succeed(
        self, call: Running, done: Sequence[Any], refs: Sequence[Any], now_s: float
    ) -> None:
        """Answer the requests of ``call`` with what a worker has ``done``, in their order."""
        count, run_s = len(call.batch), now_s - call.started_s
        each = len(refs) // count
        self._figures.calls.append(Call(call.started_s, now_s, count, work_of(done)))
        self._metrics.count_batch(count)
        for index, (pending, result) in enumerate(zip(call.batch, done, strict=True)):
            if pending.future.done():  # dropped in the meantime
                continue
            pending.leave()
            waited_s = now_s - pending.submitted_s
            self._figures.done += 1
            self._figures.waits_s.append(waited_s)
            self._metrics.count_request("done")
            self._metrics.time_request(waited_s)
            reply = Reply(
                done=result,
                refs=tuple(refs[index * each : (index + 1) * each]),
                worker_id=call.worker.worker_id,
                attempts=pending.attempts,
                queue_s=call.started_s - pending.submitted_s,
                run_s=run_s,
                gpu_s=run_s * self._config.num_gpus / count,
            )
            self._forget(pending)
            pending.future.set_result(reply)

    def fail(self, call: Running, error: RaypipeError, now_s: float, *, death: bool) -> None:
        """Let the requests of ``call`` wait again, or end them with ``error``."""
        batch = call.batch
        wanted = [pending for pending in batch if not pending.future.done()]
        for pending in wanted:
            pending.leave()
            pending.deaths += death
            pending.alone = pending.alone or len(batch) > 1
            # One bad request in a batch must not use up the attempts of its neighbours.
            innocent = death or len(batch) > 1
            pending.attempts -= innocent
            spent = pending.attempts >= self._config.max_attempts or pending.deaths >= _MAX_DEATHS
            if spent or not (error.retryable or innocent):
                self._end(pending, error)
                continue
            self._figures.retried += 1
            self._metrics.count_request("retried")
            if not innocent:
                step = self._config.backoff_s * 2 ** (pending.attempts - 1)
                pending.not_before_s = now_s + step * random.uniform(0.75, 1.25)  # noqa: S311
            self._queue.add(pending.waiting())
        if wanted:  # else cancelled or overdue in the meantime
            logger.warning(
                "request failed",
                extra={"pool": self._config.name, "error": str(error), "death": death},
            )

    def expire(self, now_s: float) -> None:
        """End what is overdue, also where a worker has it: nobody waits for its result."""
        for request_id, due_s in self._deadlines.overdue(now_s):
            pending = self._active[request_id]
            given = due_s - pending.submitted_s
            problem = f"not done within the {given:.3g} s that it was given"
            remedy = "start more workers, or allow more time"
            where = f"{self._config.name}, {pending.ticket.story}"
            self._end(pending, DeadlineError(problem, remedy=remedy, where=where))

    def cancel(self, story: str) -> int:
        """Drop what was asked for by ``story`` alone and return how many requests that were."""
        dropped = []
        for pending in self._active.values():
            pending.stories.discard(story)
            if not pending.stories:
                dropped.append(pending)
        for pending in dropped:
            self._end(pending, CancelledError("the story was cancelled", where=story))
        return len(dropped)

    def end_waiting(self, error: RaypipeError) -> None:
        """End all that wait for a worker with ``error``."""
        for request_id in self._queue:
            self._end(self._active[request_id], error)

    def end_all(self, error: RaypipeError) -> None:
        """End all with ``error``."""
        for pending in list(self._active.values()):
            self._end(pending, error)

    def _end(self, pending: Pending, error: RaypipeError) -> None:
        if pending.future.done():
            return  # settled before; its id may by now stand for a newer request
        self._forget(pending)
        if isinstance(error, CancelledError):
            self._figures.cancelled += 1
            self._metrics.count_request("cancelled")
        else:
            self._figures.failed += 1
            self._metrics.count_request("failed")
        pending.future.set_exception(error)
        # Nobody may be left to ask; an unread failure is not an error of the event loop.
        pending.future.exception()
        _stop_unwanted(pending.leave())

    def _forget(self, pending: Pending) -> None:
        request_id = pending.ticket.request_id
        self._active.pop(request_id, None)
        self._queue.remove(request_id)
        self._deadlines.forget(request_id)
        self._progress.pop(request_id, None)


def _due_s(ticket: Ticket, now_s: float) -> float:
    return now_s + ticket.timeout_s if ticket.timeout_s else math.inf


def _stop_unwanted(call: Running | None) -> None:
    """Tell a worker to stop, if nobody waits for anything that it works on in ``call``."""
    if call is not None and not call.is_wanted():
        call.worker.handle.stop.remote(call.name)
