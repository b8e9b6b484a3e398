"""What can go wrong with jobs.

::

    StorageError
    |-- JobStoreError              the store cannot be used
    |   |-- StoreUnavailableError  busy or gone; may be retried, nothing is lost
    |   `-- StoreVersionError      written by a newer raypipe
    `-- StaleClaimError            the claim is over: another worker has the job, or nobody
    InputError
    |-- UnknownJobError
    |-- JobStateError              the job is not in a state for that
    `-- StoryConflictError         other content under the same story id
    ClusterError
    |-- JobTimeoutError            an attempt took longer than a story may
    `-- StageStalledError          a stage made no progress; may be retried
    CancelledError
    `-- CancelRequestedError       somebody asked to cancel the job that is worked on
"""

from __future__ import annotations

from raypipe.errors import CancelledError, ClusterError, DeadlineError, InputError, StorageError


class JobStoreError(StorageError):
    """The job store cannot be read or written."""


class StoreUnavailableError(JobStoreError):
    """The job store does not answer now."""

    retryable = True


class StoreVersionError(JobStoreError):
    """The store was written by a newer raypipe."""


class StaleClaimError(StorageError):
    """A write under a claim that no longer holds; the work it belongs to must stop."""


class JobTimeoutError(DeadlineError):
    """An attempt was not finished within the time of one story."""


class StageStalledError(ClusterError):
    """A running story made no progress for too long; what it has finished is not made again."""

    retryable = True


class CancelRequestedError(CancelledError):
    """The result of a job is not taken because somebody asked to cancel it."""


class UnknownJobError(InputError):
    """There is no job of that id."""


class JobStateError(InputError):
    """The job is in a state in which that cannot be done."""


class StoryConflictError(InputError):
    """Another content was submitted under the same story id."""


def unknown_job(job_id: str) -> UnknownJobError:
    """Return the error for an id that the store does not have."""
    return UnknownJobError(
        f"expected the id of a job in this store, got {job_id!r}",
        remedy="see the ids with: raypipe jobs list",
    )


def story_conflict(story_id: str, known: str, given: str) -> StoryConflictError:
    """Return the error for ``given`` content where ``known`` is queued or done already."""
    return StoryConflictError(
        f"expected the content submitted before (fingerprint {known}), "
        f"got other content or options (fingerprint {given})",
        remedy="give the story another id, or submit it with --replace",
        where=story_id,
    )


def job_timeout(job_id: str, limit_s: float) -> JobTimeoutError:
    """Return the error for an attempt that took longer than ``limit_s``."""
    return JobTimeoutError(
        f"expected the story within {limit_s:g} s, it is not finished",
        remedy=f"raise processing.job_timeout_s, then: raypipe jobs retry {job_id} "
        "(what is finished is not made again)",
        where=job_id,
    )


def stage_stalled(job_id: str, stage: str, limit_s: float) -> StageStalledError:
    """Return the error for a story that made no progress for ``limit_s``."""
    return StageStalledError(
        f"expected progress within {limit_s:g} s, the stage {stage!r} made none",
        remedy="raise processing.stage_timeout_s if its engine is that slow",
        where=job_id,
    )


def newer_schema(where: str, found: int, known: int) -> StoreVersionError:
    """Return the error for a store that a newer raypipe wrote."""
    return StoreVersionError(
        f"expected a job store of schema {known} or older, found schema {found}",
        remedy="upgrade raypipe, or use another store",
        where=where,
    )
