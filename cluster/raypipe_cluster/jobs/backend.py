"""What a store must be able to do; `JobStore` makes every verb of these few."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from raypipe_cluster.jobs.changes import Change
from raypipe_cluster.jobs.model import (
    Changes,
    Claim,
    Job,
    JobFilter,
    Outcome,
    Page,
    PostedParcel,
    Submission,
)
from raypipe_cluster.jobs.rules import State

Clock = Callable[[], int]
"""Returns milliseconds since 1970, UTC."""

FaultHook = Callable[[str], None]
"""Called at every point between changes of state, with its name; tests kill the process there."""


def wall_ms() -> int:
    """Return the time of this machine, in milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


def no_fault(point: str) -> None:
    """Let ``point`` pass."""


class Backend(Protocol):
    """Jobs kept somewhere. Each method is one transaction, safe from any thread and process.

    All raise `StoreUnavailableError` where the store does not answer, `DiskFullError` where it has
    no space, and `JobStoreError` where it is broken. Nothing is half done then; a write whose
    answer was lost can be made again.
    """

    where: str

    def submit(
        self, submissions: Sequence[Submission], *, replace: bool, keep_going: bool
    ) -> Sequence[Outcome]:
        """Add a job for each submission, or find the one of equal content, all in one step.

        One whose story has a job of other content is refused, unless ``replace``. If one is
        refused none is added, and only the refusals are returned, unless ``keep_going``.
        """
        ...

    def claim(self, owner: str, *, lease_ms: int) -> Claim | None:
        """Start the most urgent job that is due: attempt and epoch grow by one."""
        ...

    def apply(self, change: Change) -> Job:
        """Make ``change`` and return the job after it.

        Raises:
            UnknownJobError: there is no such job.
            StaleClaimError, CancelRequestedError, JobStateError: as `changes.refusal`.
        """
        ...

    def get(self, job_id: str) -> Job | None:
        """Return the job."""
        ...

    def document(self, job_id: str) -> str | None:
        """Return the story or plan of the job, as JSON."""
        ...

    def page(self, wanted: JobFilter, *, limit: int, before: str | None) -> Page:
        """Return jobs, newest first, from ``before`` on."""
        ...

    def changes(self, since: int, *, limit: int) -> Changes:
        """Return the jobs whose last change is after version ``since``."""
        ...

    def counts(self) -> dict[State, int]:
        """Return how many jobs are in each state."""
        ...

    def expired(self, *, limit: int) -> Sequence[Job]:
        """Return running jobs whose lease has run out."""
        ...

    def prune(self, *, older_ms: int, limit: int) -> Sequence[str]:
        """Delete jobs that ended so long ago and have no parcel left; return their ids."""
        ...

    def outbox(self, *, limit: int) -> Sequence[PostedParcel]:
        """Return parcels that nobody has reported done, oldest first."""
        ...

    def acknowledge(self, parcel_ids: Sequence[int]) -> None:
        """Take parcels out of the outbox."""
        ...

    def close(self) -> None:
        """Give up files and connections."""
        ...
