"""A job store that logs what happens to each job, where it is decided."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager

from raypipe.logs import log_fields
from raypipe_cluster.jobs.backend import Backend
from raypipe_cluster.jobs.log_files import JobLogs, LogPart, log_step
from raypipe_cluster.jobs.model import (
    Claim,
    Job,
    JobError,
    JobResult,
    Outcome,
    Parcel,
    Step,
    Submission,
    Submitted,
)
from raypipe_cluster.jobs.rules import LEASE_MS
from raypipe_cluster.jobs.store import JobStore

logger = logging.getLogger(__name__)


class LoggedStore(JobStore):
    """A `JobStore` whose every change is a log record of its job, kept in ``logs``.

    Args:
        backend: where jobs are kept.
        logs: where their records are kept; attached by whoever makes it.
        lease_ms: how long a claim holds without a heartbeat.
    """

    def __init__(self, backend: Backend, *, logs: JobLogs, lease_ms: int = LEASE_MS) -> None:
        super().__init__(backend, lease_ms=lease_ms)
        self._logs = logs

    def log(self, job_id: str, *, offset: int = 0, limit_bytes: int = 1_000_000) -> LogPart:
        """See `KeepsLogs.log`."""
        return self._logs.log(self.get(job_id).job_id, offset=offset, limit_bytes=limit_bytes)

    def add_log(self, job_id: str, lines: Sequence[str]) -> None:
        """Keep what the process that works on a job has logged of it, lines of JSON.

        Raises:
            UnknownJobError: the store has none of that id.
        """
        self._logs.add(self.get(job_id).job_id, lines)

    def submit_many(
        self, submissions: Sequence[Submission], *, replace: bool = False, keep_going: bool = False
    ) -> tuple[Outcome, ...]:
        """See `JobStore.submit_many`."""
        outcomes = super().submit_many(submissions, replace=replace, keep_going=keep_going)
        for outcome in outcomes:
            if isinstance(outcome, Submitted):
                _note(
                    outcome.job,
                    "submitted" if outcome.created else "submitted again",
                    priority=outcome.job.priority,
                    fingerprint=outcome.job.fingerprint,
                )
        return outcomes

    def cancel(self, job_id: str) -> Job:
        """See `JobStore.cancel`."""
        return _note(super().cancel(job_id), "cancel asked for")

    def retry(self, job_id: str) -> Job:
        """See `JobStore.retry`."""
        return _note(super().retry(job_id), "queued again")

    def claim(self, owner: str) -> Claim | None:
        """See `JobStore.claim`."""
        claim = super().claim(owner)
        if claim is not None:
            _note(claim.job, "claimed", owner=owner)
        return claim

    def progress(self, claim: Claim, steps: Sequence[Step]) -> Job:
        """See `JobStore.progress`."""
        job = super().progress(claim, steps)
        with _about(job):
            for step in steps:
                log_step(step)
        return job

    def commit(self, claim: Claim, result: JobResult, *, parcels: Sequence[Parcel] = ()) -> Job:
        """See `JobStore.commit`."""
        job = super().commit(claim, result, parcels=parcels)
        return _note(job, "committed", pointer=result.pointer, degraded=list(result.degraded))

    def fail(self, claim: Claim, error: JobError) -> Job:
        """See `JobStore.fail`."""
        return _ended_badly(super().fail(claim, error), "attempt failed")

    def release(self, claim: Claim) -> Job:
        """See `JobStore.release`."""
        return _note(super().release(claim), "given back")

    def confirm_cancel(self, claim: Claim) -> Job:
        """See `JobStore.confirm_cancel`."""
        return _note(super().confirm_cancel(claim), "cancelled")

    def lose(self, claim: Claim) -> Job:
        """See `JobStore.lose`."""
        return _ended_badly(super().lose(claim), "worker lost")

    def interrupt(self, owners: str) -> tuple[Job, ...]:
        """See `JobStore.interrupt`."""
        return tuple(_note(job, "interrupted") for job in super().interrupt(owners))

    def reap(self, *, limit: int = 100) -> tuple[Job, ...]:
        """See `JobStore.reap`."""
        return tuple(_ended_badly(job, "lease ran out") for job in super().reap(limit=limit))

    def prune(self, *, older_ms: int, limit: int = 1000) -> tuple[str, ...]:
        """See `JobStore.prune`."""
        forgotten = super().prune(older_ms=older_ms, limit=limit)
        self._logs.forget(forgotten)
        return forgotten


def _note(job: Job, message: str, *, level: int = logging.INFO, **fields: object) -> Job:
    with _about(job):
        extra = {"state": job.state, "attempt": job.attempt, "epoch": job.epoch, **fields}
        logger.log(level, message, extra=extra)
    return job


def _ended_badly(job: Job, message: str) -> Job:
    fields = {} if job.error is None else {"error": job.error.type, "reason": job.error.message}
    return _note(job, message, level=logging.WARNING, **fields)


def _about(job: Job) -> AbstractContextManager[None]:
    return log_fields(job_id=job.job_id, story_id=job.story_id)
