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
    CancelledError
    `-- CancelRequestedError       somebody asked to cancel the job that is worked on
"""

from __future__ import annotations

from raypipe.errors import CancelledError, InputError, StorageError


class JobStoreError(StorageError):
    """The job store cannot be read or written."""


class StoreUnavailableError(JobStoreError):
    """The job store does not answer now."""

    retryable = True


class StoreVersionError(JobStoreError):
    """The store was written by a newer raypipe."""


class StaleClaimError(StorageError):
    """A write under a claim that no longer holds; the work it belongs to must stop."""


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


def newer_schema(where: str, found: int, known: int) -> StoreVersionError:
    """Return the error for a store that a newer raypipe wrote."""
    return StoreVersionError(
        f"expected a job store of schema {known} or older, found schema {found}",
        remedy="upgrade raypipe, or use another store",
        where=where,
    )
