"""One claim, from its folder to its end in the store; knows nothing of Ray.

The story is rendered on an event loop; a thread beside it sends heartbeats and progress and keeps
the deadlines, so that neither waits for the other. Whatever happens, the claim ends in the store
once: committed, failed, cancelled, given back, or refused because it is not ours any more.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, Protocol

import uvloop
from pydantic import JsonValue

from raypipe.errors import DiskFullError, RaypipeError, WorkerLostError
from raypipe.logs import log_fields
from raypipe.progress import ProgressEvent, ProgressSink
from raypipe_cluster.jobs.backend import FaultHook, no_fault
from raypipe_cluster.jobs.deadlines import StageWatch
from raypipe_cluster.jobs.errors import (
    CancelRequestedError,
    StaleClaimError,
    job_timeout,
    stage_stalled,
)
from raypipe_cluster.jobs.ledger import Ledger
from raypipe_cluster.jobs.model import Claim, Job, JobError, JobResult, Parcel, Step
from raypipe_cluster.jobs.outputs import JobOutputs
from raypipe_cluster.jobs.rules import LEASE_MS

logger = logging.getLogger(__name__)

SHOW_TOPIC: Final = "show"
"""The parcel that has a committed result shown under its story's name."""

StopReason = Literal["cancelled", "stale", "timeout", "stalled", "handover"]
End = Literal["committed", "failed", "cancelled", "stale", "released", "no room"]
"""How a claim ended; after ``no room`` it was given back because a disk is full."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a render left in its folder: ``degraded`` and ``facts`` as in `JobResult`."""

    degraded: tuple[str, ...] = ()
    facts: dict[str, JsonValue] = field(default_factory=dict)


class Render(Protocol):
    """Renders the story of a claim into an empty folder, one folder in it for each format."""

    def __call__(self, claim: Claim, folder: Path, on_event: ProgressSink) -> Awaitable[Made]:
        """Render it; told to stop by being cancelled."""
        ...


@dataclass(frozen=True, slots=True)
class RunLimits:
    """Times of a run, in seconds.

    Attributes:
        job_s: how long one attempt may take, and
        stage_s: how long it may go on without progress.
        beat_s: between heartbeats, a third of a lease.
        flush_s: between notes of progress.
        grace_s: how long a run that was told to stop still renews its lease.
        patience_s: how long the end of a claim is tried again while the store does not answer.
    """

    job_s: float = 600.0
    stage_s: float = 300.0
    beat_s: float = LEASE_MS / 3000
    flush_s: float = 0.5
    grace_s: float = 30.0
    patience_s: float = 600.0


class JobRun:
    """Works on one claim. Make one for each.

    Args:
        claim: what to work on.
        ledger: where to write.
        outputs: where its folders are.
        render: what to do.
        limits: how long it may take.
        fault: called at each point between changes.
    """

    def __init__(
        self,
        claim: Claim,
        ledger: Ledger,
        outputs: JobOutputs,
        render: Render,
        *,
        limits: RunLimits = RunLimits(),
        fault: FaultHook = no_fault,
    ) -> None:
        self._claim = claim
        self._ledger = ledger
        self._outputs = outputs
        self._render = render
        self._limits = limits
        self._fault = fault
        self._began_s = time.monotonic()
        self._watch = StageWatch(self._began_s, limits.stage_s)
        self._lock = threading.Lock()
        self._steps: dict[str, Step] = {}
        self._over = threading.Event()
        self._stop: StopReason | None = None
        self._stopped_s = 0.0
        self._stalled_stage = "start"
        self._cancel_task: Callable[[], None] | None = None
        self._log = {"job_id": claim.job.job_id, "story_id": claim.job.story_id}

    @property
    def job(self) -> Job:
        """The job as it was claimed."""
        return self._claim.job

    def stop(self, reason: StopReason) -> None:
        """Have the work stopped at once, from any thread; the first reason counts."""
        with self._lock:
            if self._stop is not None:
                return
            self._stop, self._stopped_s = reason, time.monotonic()
            cancel = self._cancel_task
        logger.info("job told to stop", extra={**self._log, "reason": reason})
        if cancel is not None:
            cancel()

    def run(self) -> End:
        """Work on the claim to its end, and return how it ended."""
        pulse = threading.Thread(target=self._pulse, name="pulse", daemon=True)
        pulse.start()
        try:
            with log_fields(**self._log):
                end = self._settle(self._work())
        finally:
            self._over.set()
        pulse.join(timeout=self._limits.beat_s)
        logger.info("claim ended", extra={**self._log, "end": end, "epoch": self.job.epoch})
        return end

    # -- the work ------------------------------------------------------------------------------

    def _work(self) -> JobResult | BaseException:
        """Return the result in its place, or what kept it from getting there."""
        try:
            self._fault("run.claimed")
            folder = self._outputs.stage(self.job)
            self._fault("run.staged")
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                made = runner.run(self._cancellable(folder))
            self._fault("run.rendered")
            self._flush()
            pointer = self._outputs.keep(self.job)
            self._fault("run.kept")
            return JobResult(pointer=pointer, degraded=made.degraded, facts=made.facts)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - the boundary of a job
            return error

    async def _cancellable(self, folder: Path) -> Made:
        loop = asyncio.get_running_loop()
        task = asyncio.ensure_future(self._render(self._claim, folder, self._note))
        with self._lock:
            self._cancel_task = lambda: _call_soon(loop, task.cancel)
            if self._stop is not None:
                task.cancel()
        try:
            return await task
        finally:
            with self._lock:
                self._cancel_task = None

    def _note(self, event: ProgressEvent) -> None:
        step = Step.of(event)
        with self._lock:
            self._watch.note(event, time.monotonic())
            self._steps[step.key] = step

    # -- the end -------------------------------------------------------------------------------

    def _settle(self, made: JobResult | BaseException) -> End:
        """Write the end into the store, as often as it takes, and clear up behind it."""
        try:
            if isinstance(made, JobResult):
                return self._commit(made)
            return self._give_up(made)
        except StaleClaimError:
            self._outputs.discard(self.job)
            return "stale"

    def _commit(self, result: JobResult) -> End:
        show = Parcel(topic=SHOW_TOPIC, body={"pointer": result.pointer})
        try:
            self._until_answered(lambda: self._ledger.commit(self._claim, result, parcels=[show]))
        except CancelRequestedError:
            return self._confirm_cancel()
        self._fault("run.committed")
        return "committed"

    def _give_up(self, error: BaseException) -> End:
        self._outputs.discard(self.job)
        self._fault("run.discarded")
        if self._stop == "stale":
            return "stale"
        try:
            return self._end_attempt(error)
        except CancelRequestedError:
            return self._confirm_cancel()

    def _end_attempt(self, error: BaseException) -> End:
        if self._stop == "cancelled":
            return self._confirm_cancel()
        if self._stop == "handover" or isinstance(error, DiskFullError):
            # A full disk is not the job's fault: it waits, uncounted, until there is room again.
            logger.warning("job given back", extra={**self._log, "error": str(error)})
            self._until_answered(lambda: self._ledger.release(self._claim))
            self._fault("run.released")
            return "released" if self._stop == "handover" else "no room"
        reason = JobError.of(self._reason(error))
        logger.warning("attempt failed", extra={**self._log, "error": reason.message})
        self._until_answered(lambda: self._ledger.fail(self._claim, reason))
        self._fault("run.failed")
        return "failed"

    def _confirm_cancel(self) -> End:
        self._outputs.discard(self.job)
        self._until_answered(lambda: self._ledger.confirm_cancel(self._claim))
        self._fault("run.cancelled")
        return "cancelled"

    def _reason(self, error: BaseException) -> BaseException:
        if self._stop == "timeout":
            return job_timeout(self.job.job_id, self._limits.job_s)
        if self._stop == "stalled":
            return stage_stalled(self.job.job_id, self._stalled_stage, self._limits.stage_s)
        if isinstance(error, asyncio.CancelledError):
            return WorkerLostError("the work was cut off", where=self.job.job_id)
        return error

    def _until_answered(self, write: Callable[[], Job]) -> None:
        """Make a write that must not be lost, again while the store cannot be reached or is full.

        The lease may run out meanwhile; then whoever takes the job decides, and this is refused.

        Raises:
            StaleClaimError, CancelRequestedError: as the store answered.
        """
        until_s, wait_s = time.monotonic() + self._limits.patience_s, self._limits.flush_s
        while True:
            try:
                write()
            except (StaleClaimError, CancelRequestedError):
                raise
            except RaypipeError as error:
                if time.monotonic() > until_s:
                    raise
                logger.warning("store not reached", extra={**self._log, "error": str(error)})
            else:
                return
            time.sleep(wait_s)
            wait_s = min(wait_s * 2, self._limits.beat_s)

    # -- beside the work -----------------------------------------------------------------------

    def _pulse(self) -> None:
        """Keep the lease, note progress and watch the deadlines, until the claim has ended."""
        beat_s = time.monotonic() + self._limits.beat_s
        while not self._over.wait(self._limits.flush_s):
            now_s = time.monotonic()
            self._watch_deadlines(now_s)
            self._flush()
            # A run that was told to stop and does not loses its lease, so that others may go on.
            obeys = self._stop is None or now_s < self._stopped_s + self._limits.grace_s
            if now_s >= beat_s and obeys:
                beaten = self._write(lambda: self._ledger.heartbeat(self._claim))
                beat_s = now_s + (self._limits.beat_s if beaten else self._limits.flush_s)

    def _watch_deadlines(self, now_s: float) -> None:
        with self._lock:
            rendering, stage = self._cancel_task is not None, self._watch.stalled(now_s)
        if not rendering:  # what is finished is committed, however long the store takes
            return
        if now_s - self._began_s > self._limits.job_s:
            self.stop("timeout")
        elif stage is not None:
            self._stalled_stage = stage
            self.stop("stalled")

    def _flush(self) -> None:
        with self._lock:
            steps, self._steps = self._steps, {}
        if not steps:
            return
        taken = self._write(lambda: self._ledger.progress(self._claim, tuple(steps.values())))
        if not taken:
            with self._lock:
                self._steps = {**steps, **self._steps}

    def _write(self, write: Callable[[], Job]) -> bool:
        """Make a write that comes again anyway, and see whether the work is still wanted."""
        try:
            if write().cancel_requested:
                self.stop("cancelled")
        except StaleClaimError:
            self.stop("stale")
        except RaypipeError as error:
            logger.warning("store not reached", extra={**self._log, "error": str(error)})
            return False
        return True


def _call_soon(loop: asyncio.AbstractEventLoop, call: Callable[[], object]) -> None:
    try:
        loop.call_soon_threadsafe(call)
    except RuntimeError:
        return  # the loop has ended, and with it what was to be stopped
