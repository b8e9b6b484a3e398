"""The dispatcher: one detached actor a pool, between the stories that ask and the workers.

It makes the calls, so it owns the results, and a story's driver may come and go. It decides
nothing itself: `raypipe_actors.decisions` does. Equal requests share one piece of work. After a
restart it finds its workers by name and goes on; callers retry by themselves.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import math
import random
import secrets
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, get_args

import ray
from ray.util import list_named_actors

from raypipe.errors import (
    CancelledError,
    ClusterError,
    DeadlineError,
    RaypipeError,
    WorkerLostError,
)
from raypipe.logs import configure_wanted_logging
from raypipe_actors import room
from raypipe_actors.deadlines import Deadlines
from raypipe_actors.decisions import (
    Load,
    PoolLimits,
    Waiting,
    WorkerState,
    WorkerView,
    decide_scale,
    fill_batch,
    pick_worker,
)
from raypipe_actors.faults import as_raypipe_error, is_death
from raypipe_actors.figures import WORK_UNITS, Call, Figures, work_of
from raypipe_actors.messages import (
    NAMESPACE,
    PoolKind,
    PoolStatus,
    Reply,
    Ticket,
    WorkerInfo,
    WorkerMemory,
    WorkerStatus,
)
from raypipe_actors.metrics import PoolMetrics
from raypipe_actors.ray_private import draining_nodes
from raypipe_actors.room import Offer, Share
from raypipe_actors.waitlist import Waitlist
from raypipe_actors.workers import ImageWorker, RenderWorker, SpeechWorker

logger = logging.getLogger(__name__)

_REFS_PER_JOB: dict[PoolKind, int] = {"image": 1, "speech": 0, "render": 1}
_MOST_STREAMS = 16
"""Calls that a render worker may be given at once; it says itself how many are useful."""
_TICK_S = 0.5
_PING_TIMEOUT_S = 5.0
_MAX_DEATHS = 5
"""Worker deaths that one request may see before it is taken for their cause."""


@dataclass(frozen=True, slots=True)
class PoolConfig:
    """What a pool is made of; small, for it is a constructor argument of a restartable actor."""

    name: str
    kind: PoolKind
    engine: str
    limits: PoolLimits
    num_cpus: float
    num_gpus: float = 0.0
    max_attempts: int = 3
    backoff_s: float = 1.0
    request_timeout_s: float = 600.0
    worker: Mapping[str, Any] = field(default_factory=dict)
    """Further arguments of the worker's class."""


@dataclass(slots=True)
class _Pending:
    ticket: Ticket
    submitted_s: float
    future: asyncio.Future[Reply]
    stories: set[str]
    attempts: int = 0
    deaths: int = 0
    not_before_s: float = 0.0
    alone: bool = False
    call: _Running | None = None
    """The call of a worker that it is in."""

    def join(self, ticket: Ticket) -> None:
        """Let ``ticket`` share this work, which becomes as urgent as the more urgent of both."""
        self.stories.add(ticket.story)
        if ticket.priority < self.ticket.priority:
            self.ticket = dataclasses.replace(self.ticket, priority=ticket.priority)

    def waiting(self) -> Waiting:
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


def _due_s(ticket: Ticket, now_s: float) -> float:
    return now_s + ticket.timeout_s if ticket.timeout_s else math.inf


@dataclass(slots=True)
class _Running:
    """A call of a worker under way, by the name that `stop` knows it."""

    name: str
    worker: _Worker
    batch: list[_Pending]

    def is_wanted(self) -> bool:
        """Return whether anybody waits for anything in it."""
        return not all(pending.future.done() for pending in self.batch)


@dataclass(slots=True)
class _Worker:
    worker_id: str
    handle: Any
    state: str
    since_s: float
    info: WorkerInfo | None = None
    running: tuple[str, ...] = ()

    def view(self) -> WorkerView:
        node = self.info.node_id if self.info else ""
        free = self.info.streams - len(self.running) if self.info else 0
        state: Any = self.state
        return WorkerView(self.worker_id, node, state, self.since_s, max(free, 0))


def _worker_status(worker: _Worker, memory: WorkerMemory) -> WorkerStatus:
    info = worker.info
    return WorkerStatus(
        worker_id=worker.worker_id,
        state=worker.state,
        node_id=info.node_id if info else "",
        pid=info.pid if info else 0,
        started_s=info.started_s if info else 0.0,
        device=info.device if info else "",
        memory=memory,
    )


class Dispatcher:
    """Queues requests, batches them, hands them to workers, retries, scales, and counts."""

    worker_classes: ClassVar[dict[PoolKind, type]] = {
        "image": ImageWorker,
        "speech": SpeechWorker,
        "render": RenderWorker,
    }

    def __init__(self, config: PoolConfig) -> None:
        configure_wanted_logging()
        self._config = config
        self._limits = config.limits
        self._queue = Waitlist()
        self._deadlines = Deadlines()
        self._active: dict[str, _Pending] = {}
        self._workers: dict[str, _Worker] = {}
        self._progress: dict[str, int] = {}
        self._figures = Figures()
        self._metrics = PoolMetrics(config.kind, config.engine)
        self._scaled_s = float("-inf")
        self._seeking_room = False
        self._draining_nodes: frozenset[str] = frozenset()
        self._start_failure: RaypipeError | None = None
        self._start_failures = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._ready = asyncio.Event()
        self._wake_handle: asyncio.TimerHandle | None = None
        self._started = False

    async def submit(self, ticket: Ticket) -> Reply:
        """Do the work of ``ticket`` and return its reply; equal tickets share one reply.

        Raises:
            DeadlineError: it was not done within the ticket's ``timeout_s``.
            RaypipeError: the engine refused, or all attempts failed.
        """
        self._start()
        now = time.monotonic()
        known = self._active.get(ticket.request_id)
        if known is not None:
            known.join(ticket)
            if ticket.request_id in self._queue:
                self._queue.add(known.waiting())
            due_s = max(self._deadlines[ticket.request_id], _due_s(ticket, now))
            self._deadlines.put(ticket.request_id, due_s)
        else:
            future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
            known = _Pending(ticket, now, future, {ticket.story})
            self._active[ticket.request_id] = known
            self._queue.add(known.waiting())
            self._deadlines.put(ticket.request_id, _due_s(ticket, now))
            self._pump()
        return await asyncio.shield(known.future)

    async def describe(self) -> WorkerInfo:
        """Return what a warm worker of this pool is, starting one if there is none.

        Raises:
            RaypipeError: no worker can be started; the reason is the engine's own.
        """
        self._start()
        while True:
            for worker in self._workers.values():
                if worker.info is not None:
                    return worker.info
            if self._start_failure is not None and not self._workers:
                failure, self._start_failure = self._start_failure, None
                raise failure
            if not self._workers:
                self._add_worker()
            self._ready.clear()
            await self._ready.wait()

    async def warm(self, workers: int) -> WorkerInfo:
        """Keep at least ``workers`` workers from now on, and return when the first is warm."""
        count = min(workers, self._limits.max_workers)
        self._limits = dataclasses.replace(self._limits, min_workers=count)
        self._start()
        self._pump()
        return await self.describe()

    async def prepare(self, workers: int) -> None:
        """Start workers up to ``workers`` now, for requests that are about to come."""
        self._start()
        for _ in range(min(workers, self._limits.max_workers) - len(self._workers)):
            self._add_worker()

    async def placed(self, worker_id: str) -> None:
        """Note that a node had room for a worker, which now warms up."""
        worker = self._workers.get(worker_id)
        if worker is not None and worker.state == "pending":
            self._enter(worker, "starting")

    async def offer(self) -> Offer | None:
        """Return what this pool could do without, or None where all of it is needed."""
        worker = self._longest_idle()
        if worker is None:
            return None
        return Offer(self._config.name, time.monotonic() - worker.since_s, self._share())

    async def give_up(self) -> bool:
        """End the worker that has been idle the longest, for a pool whose own finds no room.

        The pool keeps one worker fewer from now on; its next request asks for one again.
        """
        worker = self._longest_idle()
        if worker is None:
            return False
        count = min(self._limits.min_workers, len(self._workers) - 1)
        self._limits = dataclasses.replace(self._limits, min_workers=count)
        self._enter(worker, "draining")
        await self._end(worker)
        return True

    async def retire(self) -> None:
        """Finish what was accepted, then hold no workers: newer code has taken over."""
        self._limits = dataclasses.replace(self._limits, min_workers=0, idle_s=0.0, cool_down_s=0.0)
        self._start()
        self._pump()

    async def report(self, request_id: str, done: int) -> None:
        """Note that ``done`` steps (frames) of a running request are finished."""
        if request_id in self._active:
            self._progress[request_id] = done

    async def progress(self, story: str) -> dict[str, int]:
        """Return the steps done of each running request of ``story``."""
        return {
            request_id: done
            for request_id, done in self._progress.items()
            if request_id in self._active and story in self._active[request_id].stories
        }

    async def cancel(self, story: str) -> int:
        """Drop what was asked for by ``story`` alone and return how many requests that were.

        Workers stop at their next step where all that they work on was dropped.
        """
        dropped = []
        for pending in self._active.values():
            pending.stories.discard(story)
            if not pending.stories:
                dropped.append(pending)
        for pending in dropped:
            self._settle(pending, error=CancelledError("the story was cancelled", where=story))
        return len(dropped)

    async def status(self) -> PoolStatus:
        """Return the pool's figures at this moment."""
        workers = list(self._workers.values())
        memory = await asyncio.gather(*(self._memory(worker) for worker in workers))
        info = next((worker.info for worker in workers if worker.info), None)
        figures, limits = self._figures, self._limits
        return PoolStatus(
            kind=self._config.kind,
            engine=self._config.engine,
            revision=info.revision if info else "",
            detail=info.detail if info else "",
            queued=len(self._queue),
            running=len(self._active) - len(self._queue),
            done=figures.done,
            failed=figures.failed,
            retried=figures.retried,
            cancelled=figures.cancelled,
            p50_s=figures.quantile_s(0.5),
            p95_s=figures.quantile_s(0.95),
            batch=figures.batch(),
            max_batch=min(limits.max_batch, info.max_batch) if info else limits.max_batch,
            speed=figures.speed(time.monotonic()),
            unit=WORK_UNITS[self._config.kind],
            gpus=self._config.num_gpus,
            workers=tuple(map(_worker_status, workers, memory)),
        )

    async def flush(self) -> None:
        """Return once the products of all workers are in the store, or cannot get there."""
        await asyncio.gather(
            *(worker.handle.flush.remote() for worker in self._workers.values() if worker.info),
            return_exceptions=True,
        )

    async def close(self) -> None:
        """Close and end all workers; what still waits fails with a clear error."""
        # Or those that were to be kept would be started anew, and outlive this dispatcher.
        self._limits = dataclasses.replace(self._limits, min_workers=0)
        for pending in list(self._active.values()):
            self._settle(pending, error=ClusterError("the pool was closed"))
        for worker in list(self._workers.values()):
            await self._end(worker)

    # -- the loop ------------------------------------------------------------------------------

    def _start(self) -> None:
        if self._started:
            return
        self._started = True
        self._adopt()
        self._spawn(self._tick())

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            await self._leave_draining_nodes()
            self._expire()
            self._pump()
            self._seek_room()
            states = Counter(worker.state for worker in self._workers.values())
            # Also the states that nobody is in any more.
            workers = {state: states[state] for state in get_args(WorkerState)}
            self._metrics.show(queued=len(self._queue), workers=workers)

    def _spawn(self, coroutine: Any) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _leave_draining_nodes(self) -> None:
        """Give no new work to workers whose node is about to go; others are started elsewhere."""
        self._draining_nodes = await asyncio.to_thread(draining_nodes)
        for worker in list(self._workers.values()):
            if worker.state == "idle" and self._is_leaving(worker):
                self._drain(worker)

    def _is_leaving(self, worker: _Worker) -> bool:
        return worker.info is not None and worker.info.node_id in self._draining_nodes

    def _drain(self, worker: _Worker) -> None:
        self._enter(worker, "draining")
        self._spawn(self._end(worker))

    def _expire(self) -> None:
        """Fail what is overdue, also where a worker has it: nobody waits for its result."""
        for request_id, due_s in self._deadlines.overdue(time.monotonic()):
            pending = self._active[request_id]
            given = due_s - pending.submitted_s
            problem = f"not done within the {given:.3g} s that it was given"
            remedy = "start more workers, or allow more time"
            where = f"{self._config.name}, {pending.ticket.story}"
            self._settle(pending, error=DeadlineError(problem, remedy=remedy, where=where))

    def _pump(self) -> None:
        now = time.monotonic()
        while self._queue:
            leader = self._queue.best(now, 1)
            near = self._active[leader[0].request_id].ticket.near_node if leader else ""
            worker = self._idle_worker(near)
            if worker is None or worker.info is None:
                break
            limits = dataclasses.replace(
                self._limits, max_batch=min(self._limits.max_batch, worker.info.max_batch)
            )
            best = self._queue.best(now, limits.max_batch)
            batch = fill_batch(best, limits, now, next_due_s=self._queue.next_due_s())
            if not batch.request_ids:
                self._look_again(batch.look_again_s)
                break
            for request_id in batch.request_ids:
                self._queue.remove(request_id)
            worker.running += batch.request_ids
            self._enter(worker, "busy")
            pending = [self._active[request_id] for request_id in batch.request_ids]
            self._spawn(self._run(worker, pending))
        self._scale(now)

    def _idle_worker(self, near_node: str) -> _Worker | None:
        staying = [worker for worker in self._workers.values() if not self._is_leaving(worker)]
        view = pick_worker([worker.view() for worker in staying], near_node=near_node)
        return self._workers[view.worker_id] if view else None

    def _look_again(self, after_s: float | None) -> None:
        if self._wake_handle is not None:
            self._wake_handle.cancel()
        if after_s is not None and after_s < _TICK_S:
            loop = asyncio.get_running_loop()
            self._wake_handle = loop.call_later(max(after_s, 0.001), self._pump)

    def _scale(self, now: float) -> None:
        eldest_s = self._queue.eldest_s()
        waited_s = 0.0 if eldest_s is None else now - eldest_s
        decision = decide_scale(
            Load(len(self._queue), eldest_wait_s=waited_s, scaled_s=self._scaled_s),
            [worker.view() for worker in self._workers.values()],
            self._limits,
            now,
        )
        for _ in range(decision.start):
            self._add_worker()
        for worker_id in decision.stop:
            self._drain(self._workers[worker_id])
        if decision.start or decision.stop:
            self._scaled_s = now
            logger.info("pool scaled", extra={"pool": self._config.name, "why": decision.reason})

    def _longest_idle(self) -> _Worker | None:
        if self._queue:
            return None
        idle = [worker for worker in self._workers.values() if worker.state == "idle"]
        return min(idle, key=lambda worker: worker.since_s, default=None)

    def _share(self) -> Share:
        return Share(self._config.num_cpus, self._config.num_gpus)

    def _seek_room(self) -> None:
        """Ask the other pools for room where a worker has waited too long for its place."""
        now = time.monotonic()
        stuck = any(
            worker.state == "pending" and now - worker.since_s >= room.WAIT_S
            for worker in self._workers.values()
        )
        if stuck and not self._seeking_room:
            self._seeking_room = True
            self._spawn(self._make_room())

    async def _make_room(self) -> None:
        try:
            gave = await room.make_room(self._config.name, self._share())
        finally:
            self._seeking_room = False
        if not gave:
            return
        logger.info("room made", extra={"pool": self._config.name, "given_up_by": gave})
        for worker in self._workers.values():
            if worker.state == "pending":  # time to move in before more is asked for
                self._enter(worker, "pending")

    # -- one batch -----------------------------------------------------------------------------

    async def _run(self, worker: _Worker, batch: list[_Pending]) -> None:
        started = time.monotonic()
        call = _Running(secrets.token_hex(4), worker, batch)
        for pending in batch:
            pending.attempts += 1
            pending.call = call
        per_job = _REFS_PER_JOB[self._config.kind]
        count = 1 + per_job * len(batch)
        try:
            returned = worker.handle.run.options(num_returns=count).remote(
                [pending.ticket.job for pending in batch], call.name
            )
            *refs, head = returned if per_job else [returned]
            async with asyncio.timeout(self._config.request_timeout_s):
                done = await head
        except TimeoutError:
            # A worker that hangs cannot be told to stop; ending it is the only sure way.
            await self._lose(worker, kill=True)
            problem = f"no answer within {self._config.request_timeout_s:.0f} s"
            self._failed(batch, WorkerLostError(problem, where=self._config.name), death=True)
        except Exception as error:  # noqa: BLE001 - the actor's boundary: everything is told apart
            death = is_death(error)
            if isinstance(error, ray.exceptions.ActorUnavailableError):
                self._enter(worker, "quarantined")
                self._spawn(self._probe(worker))
            elif death:
                await self._lose(worker)
            else:
                self._release(worker, batch)
            self._failed(batch, as_raypipe_error(error, where=self._config.name), death=death)
        else:
            self._release(worker, batch)
            results = done if per_job else done[0]
            self._succeeded(worker, batch, results, refs, started)
        self._pump()

    def _succeeded(
        self, worker: _Worker, batch: list[_Pending], done: Any, refs: list[Any], started: float
    ) -> None:
        ended = time.monotonic()
        self._figures.calls.append(Call(started, ended, len(batch), work_of(done)))
        self._metrics.count_batch(len(batch))
        for index, (pending, result) in enumerate(zip(batch, done, strict=True)):
            if pending.future.done():  # dropped in the meantime
                continue
            self._figures.done += 1
            self._figures.waits_s.append(ended - pending.submitted_s)
            self._metrics.count_request("done")
            self._metrics.time_request(ended - pending.submitted_s)
            reply = Reply(
                done=result,
                refs=(refs[index],) if refs else (),
                worker_id=worker.worker_id,
                attempts=pending.attempts,
                queue_s=started - pending.submitted_s,
                run_s=ended - started,
                gpu_s=(ended - started) * self._config.num_gpus / len(batch),
            )
            self._settle(pending, reply=reply)

    def _failed(self, batch: list[_Pending], error: RaypipeError, *, death: bool) -> None:
        now = time.monotonic()
        wanted = [pending for pending in batch if not pending.future.done()]
        for pending in wanted:
            pending.call = None
            pending.deaths += death
            pending.alone = pending.alone or len(batch) > 1
            # One bad request in a batch must not use up the attempts of its neighbours.
            innocent = death or len(batch) > 1
            pending.attempts -= innocent
            spent = pending.attempts >= self._config.max_attempts or pending.deaths >= _MAX_DEATHS
            if spent or not (error.retryable or innocent):
                self._settle(pending, error=error)
                continue
            self._figures.retried += 1
            self._metrics.count_request("retried")
            if not innocent:
                step = self._config.backoff_s * 2 ** (pending.attempts - 1)
                pending.not_before_s = now + step * random.uniform(0.75, 1.25)  # noqa: S311
            self._queue.add(pending.waiting())
        if wanted:  # else cancelled or overdue in the meantime
            logger.warning(
                "request failed",
                extra={"pool": self._config.name, "error": str(error), "death": death},
            )

    def _settle(
        self, pending: _Pending, *, reply: Reply | None = None, error: RaypipeError | None = None
    ) -> None:
        if pending.future.done():
            return  # settled before; its id may by now stand for a newer request
        request_id = pending.ticket.request_id
        self._active.pop(request_id, None)
        self._queue.remove(request_id)
        self._deadlines.forget(request_id)
        self._progress.pop(request_id, None)
        if reply is not None:
            pending.future.set_result(reply)
        elif error is not None:
            if isinstance(error, CancelledError):
                self._figures.cancelled += 1
                self._metrics.count_request("cancelled")
            else:
                self._figures.failed += 1
                self._metrics.count_request("failed")
            pending.future.set_exception(error)
            # Nobody may be left to ask; an unread failure is not an error of the event loop.
            pending.future.exception()
            self._stop_unwanted(pending.call)

    def _stop_unwanted(self, call: _Running | None) -> None:
        """Tell a worker to stop, if nobody waits for anything that it works on in ``call``."""
        if call is not None and not call.is_wanted():
            call.worker.handle.stop.remote(call.name)

    # -- workers -------------------------------------------------------------------------------

    def _enter(self, worker: _Worker, state: str) -> None:
        worker.state, worker.since_s = state, time.monotonic()
        if state == "idle":
            worker.running = ()

    def _release(self, worker: _Worker, batch: list[_Pending]) -> None:
        """Note that a worker is done with ``batch``, though perhaps not with others."""
        ended = {pending.ticket.request_id for pending in batch}
        worker.running = tuple(name for name in worker.running if name not in ended)
        if worker.state == "busy" and not worker.running:
            self._enter(worker, "idle")

    def _add_worker(self) -> None:
        worker_id = secrets.token_hex(4)
        handle: Any = (
            # Ray's annotations do not know concurrency groups, its documentation does.
            ray.remote(concurrency_groups={"control": 1})(  # type: ignore[call-overload]
                self.worker_classes[self._config.kind]
            )
            .options(
                name=self._worker_name(worker_id),
                namespace=NAMESPACE,
                lifetime="detached",
                num_cpus=self._config.num_cpus,
                num_gpus=self._config.num_gpus,
                max_restarts=0,
                max_task_retries=0,
                max_concurrency=_MOST_STREAMS if self._config.kind == "render" else 1,
            )
            .remote(worker_id, self._config.engine, self._config.name, **self._config.worker)
        )
        worker = _Worker(worker_id, handle, "pending", time.monotonic())
        self._workers[worker_id] = worker
        self._spawn(self._await_ready(worker))

    async def _await_ready(self, worker: _Worker) -> None:
        try:
            worker.info = await worker.handle.ready.remote()
        except Exception as error:  # noqa: BLE001 - the actor's boundary: everything is told apart
            self._start_failures += 1
            self._start_failure = as_raypipe_error(error, where=self._config.name)
            await self._lose(worker, kill=True)
            self._give_up_if_hopeless(self._start_failure)
        else:
            self._start_failure, self._start_failures = None, 0
            self._enter(worker, "idle")
        self._ready.set()
        self._pump()

    def _give_up_if_hopeless(self, failure: RaypipeError) -> None:
        """Fail what waits when no worker can be had: at once if trying again cannot help."""
        others = any(worker.info for worker in self._workers.values())
        if others or (failure.retryable and self._start_failures < self._config.max_attempts):
            return
        for request_id in self._queue:
            self._settle(self._active[request_id], error=failure)

    async def _lose(self, worker: _Worker, *, kill: bool = False) -> None:
        self._workers.pop(worker.worker_id, None)
        if kill:
            with contextlib.suppress(ray.exceptions.RayError, ValueError):
                ray.kill(worker.handle)

    async def _probe(self, worker: _Worker) -> None:
        """Ask a worker that did not answer whether it lives; use it again or replace it."""
        try:
            async with asyncio.timeout(_PING_TIMEOUT_S):
                worker.info = await worker.handle.ready.remote()
        except (TimeoutError, ray.exceptions.RayError, RaypipeError):
            await self._lose(worker, kill=True)
        else:
            self._enter(worker, "idle")
        self._pump()

    async def _end(self, worker: _Worker) -> None:
        with contextlib.suppress(TimeoutError, ray.exceptions.RayError):
            async with asyncio.timeout(_PING_TIMEOUT_S):
                await worker.handle.close.remote()
        await self._lose(worker, kill=True)

    async def _memory(self, worker: _Worker) -> WorkerMemory:
        if worker.info is None:
            return WorkerMemory()
        try:
            async with asyncio.timeout(_PING_TIMEOUT_S):
                memory: WorkerMemory = await worker.handle.memory.remote()
                return memory
        except (TimeoutError, ray.exceptions.RayError):
            return WorkerMemory()

    def _worker_name(self, worker_id: str) -> str:
        return f"{self._config.name}#{worker_id}"

    def _adopt(self) -> None:
        """Take over the workers that an earlier life of this dispatcher started."""
        prefix = self._worker_name("")
        for name in list_named_actors():
            if not name.startswith(prefix):
                continue
            with contextlib.suppress(ValueError):
                handle = ray.get_actor(name, namespace=NAMESPACE)
                worker = _Worker(name.removeprefix(prefix), handle, "starting", time.monotonic())
                self._workers[worker.worker_id] = worker
                self._spawn(self._await_ready(worker))
