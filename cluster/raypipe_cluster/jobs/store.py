"""The job store: durable jobs that survive whatever happens to their workers."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from raypipe_cluster.jobs import changes
from raypipe_cluster.jobs.backend import Backend
from raypipe_cluster.jobs.changes import Change
from raypipe_cluster.jobs.errors import (
    CancelRequestedError,
    JobStateError,
    StaleClaimError,
    StoryConflictError,
    unknown_job,
)
from raypipe_cluster.jobs.model import (
    EVERY_JOB,
    Changes,
    Claim,
    Job,
    JobError,
    JobFilter,
    JobResult,
    Outcome,
    Page,
    Parcel,
    PostedParcel,
    Step,
    Submission,
    Submitted,
)
from raypipe_cluster.jobs.rules import ENDED, LEASE_MS, RUNNING, State

_RACES = 10
"""How often a cancel looks again because the job moved between looking and writing."""
_RUNNING_JOBS = JobFilter(states=RUNNING)
_MOST_RUNNING = 1000


class JobStore:
    """Every verb of jobs, over a backend.

    A job is worked on under a `Claim`. What its holder writes is taken only while the claim's
    epoch is the job's and the job is running; else `StaleClaimError` tells the holder to stop.

    Args:
        backend: where jobs are kept.
        lease_ms: how long a claim holds without a heartbeat.
    """

    def __init__(self, backend: Backend, *, lease_ms: int = LEASE_MS) -> None:
        self._backend = backend
        self.lease_ms = lease_ms

    @property
    def where(self) -> str:
        """The store's place, as messages name it, without a password."""
        return self._backend.where

    # What a client asks for.

    def submit(self, submission: Submission, *, replace: bool = False) -> Submitted:
        """Queue a story, or return the job it has already, whatever its state.

        Args:
            submission: the story and how to render it.
            replace: give up the story's job of other content: it is cancelled if it waits, asked
                to stop if it runs, left in the history if it has ended.

        Raises:
            StoryConflictError: the story has a job of other content and not ``replace``.
        """
        (outcome,) = self.submit_many([submission], replace=replace)
        if isinstance(outcome, StoryConflictError):
            raise outcome
        return outcome

    def submit_many(
        self, submissions: Sequence[Submission], *, replace: bool = False, keep_going: bool = False
    ) -> tuple[Outcome, ...]:
        """Queue stories in one transaction, so that many cost little more than one.

        Args:
            submissions: the stories, in their order in the queue.
            replace: as for `submit`.
            keep_going: queue what is not refused, too.

        Returns:
            A job or a refusal for each, in order. If one was refused, and not ``keep_going``,
            nothing was queued and only the refusals are returned.
        """
        return tuple(self._backend.submit(submissions, replace=replace, keep_going=keep_going))

    def get(self, job_id: str) -> Job:
        """Return a job.

        Raises:
            UnknownJobError: the store has none of that id.
        """
        job = self._backend.get(job_id)
        if job is None:
            raise unknown_job(job_id)
        return job

    def document(self, job_id: str) -> str:
        """Return the story or plan of a job, as JSON.

        Raises:
            UnknownJobError: the store has none of that id.
        """
        document = self._backend.document(job_id)
        if document is None:
            raise unknown_job(job_id)
        return document

    def page(
        self, wanted: JobFilter = EVERY_JOB, *, limit: int = 100, before: str | None = None
    ) -> Page:
        """Return up to ``limit`` jobs, newest first; ``before`` is the last page's ``older``."""
        return self._backend.page(wanted, limit=limit, before=before)

    def changes(self, since: int = 0, *, limit: int = 1000) -> Changes:
        """Return what changed after version ``since``: each job once, as it is now.

        Called again with the version it returned, it follows all jobs at the cost of what changed.
        """
        return self._backend.changes(since, limit=limit)

    def counts(self) -> dict[State, int]:
        """Return how many jobs are in each state, zeros included."""
        return self._backend.counts()

    def cancel(self, job_id: str) -> Job:
        """Cancel a job: at once if it waits; a running one is told with its next heartbeat.

        Raises:
            UnknownJobError: the store has none of that id.
            JobStateError: it has ended otherwise.
        """
        for _ in range(_RACES):
            job = self.get(job_id)
            if job.state == "cancelled" or job.cancel_requested:
                return job
            if job.state in ENDED:
                raise JobStateError(
                    f"expected a job that waits or runs, got one that has {job.state}",
                    remedy="there is nothing left to cancel",
                    where=job_id,
                )
            try:
                return self._backend.apply(changes.cancel(job))
            except StaleClaimError as error:
                last = error
        raise last

    def retry(self, job_id: str) -> Job:
        """Queue a failed, cancelled or degraded job again, with all its attempts.

        Raises:
            UnknownJobError: the store has none of that id.
            JobStateError: it has not ended so, or its story was replaced.
        """
        job = self.get(job_id)
        try:
            return self._backend.apply(changes.retry(job))
        except StaleClaimError as error:
            raise JobStateError(
                f"expected a failed, cancelled or degraded job, got one that is {job.state}",
                remedy="its video is there: 'raypipe jobs show' names it"
                if job.state in ENDED
                else "wait until it has ended",
                where=job_id,
            ) from error

    # What a worker does.

    def claim(self, owner: str) -> Claim | None:
        """Take the most urgent job that is due, or None. This counts as an attempt."""
        return self._backend.claim(owner, lease_ms=self.lease_ms)

    def heartbeat(self, claim: Claim) -> Job:
        """Renew the lease; the job returned says whether somebody asked to cancel it.

        Raises:
            StaleClaimError: the claim is over. So for all that follow.
        """
        return self._backend.apply(changes.heartbeat(claim.job, lease_ms=self.lease_ms))

    def progress(self, claim: Claim, steps: Sequence[Step]) -> Job:
        """Note progress. It does not renew the lease, and a heartbeat is no progress."""
        return self._backend.apply(changes.progress(claim.job, steps))

    def commit(self, claim: Claim, result: JobResult, *, parcels: Sequence[Parcel] = ()) -> Job:
        """End the job with its result, and post ``parcels``, in one transaction.

        Raises:
            CancelRequestedError: somebody asked to cancel it; see `confirm_cancel`.
        """
        return self._backend.apply(changes.commit(claim.job, result, parcels))

    def fail(self, claim: Claim, error: JobError) -> Job:
        """End the attempt: the job is tried again if the error says so and attempts are left.

        Raises:
            CancelRequestedError: somebody asked to cancel it; see `confirm_cancel`.
        """
        chance = random.random()  # noqa: S311 - spreads retries, guards nothing
        return self._backend.apply(changes.fail(claim.job, error, chance=chance))

    def release(self, claim: Claim) -> Job:
        """Give the job back, its attempt not counted, because this worker must stop.

        Raises:
            CancelRequestedError: somebody asked to cancel it; see `confirm_cancel`.
        """
        return self._backend.apply(changes.release(claim.job))

    def confirm_cancel(self, claim: Claim) -> Job:
        """End the job as cancelled: its work has stopped."""
        return self._backend.apply(changes.confirm_cancel(claim.job))

    # What keeps the store in order.

    def lose(self, claim: Claim) -> Job:
        """Take the job from its holder, who was seen to die: it waits for its next attempt.

        Raises:
            StaleClaimError: the claim is over already.
        """
        return self._taken(claim.job.job_id, claim.job.epoch, changes.lose)

    def interrupt(self, owners: str) -> tuple[Job, ...]:
        """Take all jobs from holders whose names begin with ``owners``: they died together.

        None of these attempts is counted, for what ended them was not the job.
        """
        taken = []
        for job in self._backend.page(_RUNNING_JOBS, limit=_MOST_RUNNING, before=None).jobs:
            if job.owner.startswith(owners):
                with suppress(StaleClaimError):
                    taken.append(self._taken(job.job_id, job.epoch, changes.interrupt))
        return tuple(taken)

    def _taken(self, job_id: str, epoch: int, change: Callable[[Job], Change]) -> Job:
        """Apply ``change`` to the job as it is now, if it is still claimed under ``epoch``."""
        for _ in range(_RACES):
            job = self.get(job_id)
            if job.epoch != epoch or job.state != "running":
                break
            try:
                return self._backend.apply(change(job))
            except CancelRequestedError:
                continue  # asked for between looking and writing
        raise StaleClaimError(
            f"expected a job that runs under epoch {epoch}, found it {job.state} under {job.epoch}",
            where=job_id,
        )

    def reap(self, *, limit: int = 100) -> tuple[Job, ...]:
        """Take jobs from holders whose leases ran out, and return them as they are now.

        They wait for their next attempt; without one left they fail and stay (quarantine).
        """
        taken = []
        for job in self._backend.expired(limit=limit):
            try:
                taken.append(self._backend.apply(changes.expire(job)))
            except (StaleClaimError, CancelRequestedError):
                continue  # its holder, another reaper or a cancel was quicker; look again next time
        return tuple(taken)

    def prune(self, *, older_ms: int, limit: int = 1000) -> tuple[str, ...]:
        """Forget up to ``limit`` jobs that ended ``older_ms`` ago; return their ids.

        A job stays as long as one of its parcels is in the outbox.
        """
        return tuple(self._backend.prune(older_ms=older_ms, limit=limit))

    def outbox(self, *, limit: int = 100) -> tuple[PostedParcel, ...]:
        """Return parcels of committed jobs that nobody has reported done, oldest first."""
        return tuple(self._backend.outbox(limit=limit))

    def acknowledge(self, parcel_ids: Sequence[int]) -> None:
        """Take parcels out of the outbox, for what they ask is done."""
        self._backend.acknowledge(parcel_ids)

    def close(self) -> None:
        """Give up files and connections."""
        self._backend.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
