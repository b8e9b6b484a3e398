"""The dispatcher: one detached actor a pool, between the stories that ask and the workers.

It makes the calls, so it owns the results, and a story's driver may come and go. It decides
nothing itself: `raypipe_actors.decisions` does. What it has accepted is in
`raypipe_actors.pending`, its workers in `raypipe_actors.fleet`. After a restart it finds its
workers by name and goes on; callers retry by themselves.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import secrets
import time
from typing import Any, ClassVar

import ray

from raypipe.errors import ClusterError, DeviceLostError, WorkerLostError
from raypipe.logs import configure_wanted_logging
from raypipe_actors import room
from raypipe_actors.background import Background
from raypipe_actors.decisions import Load, decide_scale
from raypipe_actors.faults import as_raypipe_error, is_death
from raypipe_actors.figures import WORK_UNITS, Figures
from raypipe_actors.fleet import Fleet, Worker
from raypipe_actors.messages import Batch, PoolKind, PoolStatus, Reply, Ticket, WorkerInfo
from raypipe_actors.metrics import PoolMetrics
from raypipe_actors.packing import Packed, pack, unpack
from raypipe_actors.pending import Requests, Running
from raypipe_actors.pool_config import PoolConfig
from raypipe_actors.room import Offer, Share
from raypipe_actors.workers import ImageWorker, RenderWorker, SpeechWorker

logger = logging.getLogger(__name__)

_REFS_PER_JOB: dict[PoolKind, int] = {"image": 1, "speech": 0, "render": 2}
_TICK_S = 0.5


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
        self._figures = Figures()
        self._metrics = PoolMetrics(config.kind, config.engine)
        self._requests = Requests(config, self._figures, self._metrics)
        self._background = Background()
        self._fleet = Fleet(
            config,
            self.worker_classes[config.kind],
            self._background,
            changed=self._pump,
            hopeless=self._requests.end_waiting,
        )
        self._scaled_s = float("-inf")
        self._seeking_room = False
        self._wake_handle: asyncio.TimerHandle | None = None
        self._started = False

    async def submit(self, packed: Packed) -> Packed:
        """Unpack a `Ticket`, `serve` it, and return its `Reply` packed."""
        return pack(await self.serve(unpack(packed, Ticket)))

    async def serve(self, ticket: Ticket) -> Reply:
        """Do the work of ``ticket`` and return its reply; equal tickets share one reply.

        Raises:
            DeadlineError: it was not done within the ticket's ``timeout_s``.
            RaypipeError: the engine refused, or all attempts failed.
        """
        self._start()
        future, is_new = self._requests.accept(ticket, time.monotonic())
        if is_new:
            self._pump()
        return await asyncio.shield(future)

    async def describe(self) -> WorkerInfo:
        """Return what a warm worker of this pool is, starting one if there is none.

        Raises:
            RaypipeError: no worker can be started; the reason is the engine's own.
        """
        self._start()
        return await self._fleet.first_info()

    async def warm(self, workers: int) -> WorkerInfo:
        """Keep at least ``workers`` workers from now on, and return when the first is warm."""
        self._keep(min(workers, self._limits.max_workers))
        self._start()
        self._pump()
        return await self.describe()

    async def prepare(self, workers: int) -> None:
        """Start workers up to ``workers`` now, for requests that are about to come."""
        self._start()
        for _ in range(min(workers, self._limits.max_workers) - len(self._fleet)):
            self._fleet.add()

    async def placed(self, worker_id: str) -> None:
        """Note that a node had room for a worker, which now warms up."""
        worker = self._fleet.get(worker_id)
        if worker is not None and worker.state == "pending":
            worker.enter("starting")

    async def offer(self) -> Offer | None:
        """Return what this pool could do without, or None where all of it is needed."""
        worker = self._spare()
        if worker is None:
            return None
        return Offer(self._config.name, time.monotonic() - worker.since_s, self._share())

    async def give_up(self) -> bool:
        """End the worker that has been idle the longest, for a pool whose own finds no room.

        The pool keeps one worker fewer from now on; its next request asks for one again.
        """
        worker = self._spare()
        if worker is None:
            return False
        self._keep(min(self._limits.min_workers, len(self._fleet) - 1))
        await self._fleet.end(worker)
        return True

    async def retire(self) -> None:
        """Finish what was accepted, then hold no workers: newer code has taken over."""
        self._limits = dataclasses.replace(self._limits, min_workers=0, idle_s=0.0, cool_down_s=0.0)
        self._start()
        self._pump()

    async def report(self, request_id: str, done: int) -> None:
        """Note that ``done`` steps (frames) of a running request are finished."""
        self._requests.note_progress(request_id, done)

    async def progress(self, story: str) -> dict[str, int]:
        """Return the steps done of each running request of ``story``."""
        return self._requests.progress(story)

    async def cancel(self, story: str) -> int:
        """Drop what was asked for by ``story`` alone and return how many requests that were.

        Workers stop at their next step where all that they work on was dropped.
        """
        return self._requests.cancel(story)

    async def status(self) -> PoolStatus:
        """Return the pool's figures at this moment."""
        workers = await asyncio.gather(*(worker.status() for worker in self._fleet))
        info = self._fleet.any_info()
        figures, limits = self._figures, self._limits
        return PoolStatus(
            kind=self._config.kind,
            engine=self._config.engine,
            revision=info.revision if info else "",
            detail=info.detail if info else "",
            queued=self._requests.queued,
            running=self._requests.running,
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
            workers=tuple(workers),
        )

    async def flush(self) -> None:
        """Return once the products of all workers are in the store, or cannot get there."""
        await self._fleet.flush()

    async def close(self) -> None:
        """Close and end all workers; what still waits fails with a clear error."""
        # Or those that were to be kept would be started anew, and outlive this dispatcher.
        self._keep(0)
        self._requests.end_all(ClusterError("the pool was closed"))
        for worker in self._fleet:
            await self._fleet.end(worker)

    def _keep(self, workers: int) -> None:
        self._limits = dataclasses.replace(self._limits, min_workers=workers)

    # -- the loop ------------------------------------------------------------------------------

    def _start(self) -> None:
        if not self._started:
            self._started = True
            self._fleet.adopt()
            self._background.spawn(self._tick())

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            await self._fleet.leave_draining_nodes()
            self._requests.expire(time.monotonic())
            self._pump()
            self._seek_room()
            await self._fleet.replace_unplaced()
            self._metrics.show(queued=self._requests.queued, workers=self._fleet.count_states())

    def _pump(self) -> None:
        """Give work to all workers that are free, and fit their number to what waits."""
        now = time.monotonic()
        while self._requests.queued:
            worker = self._fleet.free(self._requests.near_node(now))
            if worker is None or worker.info is None:
                break
            limits = dataclasses.replace(
                self._limits, max_batch=min(self._limits.max_batch, worker.info.max_batch)
            )
            batch = self._requests.next_batch(limits, now)
            if not batch.request_ids:
                self._look_again(batch.look_again_s)
                break
            worker.take(batch.request_ids)
            pending = self._requests.take(batch.request_ids)
            self._background.spawn(self._run(Running(secrets.token_hex(4), worker, pending)))
        self._scale(now)

    def _look_again(self, after_s: float | None) -> None:
        if self._wake_handle is not None:
            self._wake_handle.cancel()
        if after_s is not None and after_s < _TICK_S:
            loop = asyncio.get_running_loop()
            self._wake_handle = loop.call_later(max(after_s, 0.001), self._pump)

    def _scale(self, now: float) -> None:
        waited_s = self._requests.eldest_wait_s(now)
        decision = decide_scale(
            Load(self._requests.queued, eldest_wait_s=waited_s, scaled_s=self._scaled_s),
            [worker.view() for worker in self._fleet],
            self._limits,
            now,
        )
        for _ in range(decision.start):
            self._fleet.add()
        for worker_id in decision.stop:
            self._fleet.drain(self._fleet[worker_id])
        if decision.start or decision.stop:
            self._scaled_s = now
            logger.info("pool scaled", extra={"pool": self._config.name, "why": decision.reason})

    # -- room for other pools, and from them ---------------------------------------------------

    def _spare(self) -> Worker | None:
        return None if self._requests.queued else self._fleet.longest_idle()

    def _share(self) -> Share:
        return Share(self._config.num_cpus, self._config.num_gpus)

    def _seek_room(self) -> None:
        """Ask the other pools for room where a worker has waited too long for its place."""
        if not self._seeking_room and self._fleet.waits_for_room(room.WAIT_S):
            self._seeking_room = True
            self._background.spawn(self._make_room())

    async def _make_room(self) -> None:
        try:
            gave = await room.make_room(self._config.name, self._share())
        finally:
            self._seeking_room = False
        if gave:
            logger.info("room made", extra={"pool": self._config.name, "given_up_by": gave})
            self._fleet.wait_anew()

    # -- one call of a worker ------------------------------------------------------------------

    async def _run(self, call: Running) -> None:
        worker, name = call.worker, self._config.name
        call.begin(time.monotonic())
        try:
            done, refs = await self._ask(call)
        except TimeoutError:
            # A worker that hangs cannot be told to stop; ending it is the only sure way.
            self._fleet.lose(worker, kill=True)
            problem = f"no answer within {self._config.request_timeout_s:.0f} s"
            lost = WorkerLostError(problem, where=name)
            self._requests.fail(call, lost, time.monotonic(), death=True)
        except Exception as error:  # noqa: BLE001 - the actor's boundary: everything is told apart
            failure = as_raypipe_error(error, where=name)
            is_broken = isinstance(failure, DeviceLostError)  # it lives, and can do nothing more
            death = is_broken or is_death(error)
            if isinstance(error, ray.exceptions.ActorUnavailableError):
                self._fleet.quarantine(worker)
            elif death:
                self._fleet.lose(worker, kill=is_broken)
            else:
                worker.release(call.request_ids)
            self._requests.fail(call, failure, time.monotonic(), death=death)
        else:
            worker.release(call.request_ids)
            self._requests.succeed(call, done, refs, time.monotonic())
        self._pump()

    async def _ask(self, call: Running) -> tuple[list[Any], list[Any]]:
        """Have a worker do its work; return what it tells, and references to what it made."""
        per_job = _REFS_PER_JOB[self._config.kind]
        batch = Batch(call.name, tuple(pending.ticket.job for pending in call.batch))
        run = call.worker.handle.run.options(num_returns=1 + per_job * len(batch.jobs))
        returned = run.remote(pack(batch))
        *refs, told = returned if per_job else [returned]
        async with asyncio.timeout(self._config.request_timeout_s):
            done = unpack(await told, list)
        return done, refs
