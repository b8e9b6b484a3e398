"""Where clients hand in jobs and ask for them.

`JobStore` is a desk itself; on a cluster the desk is the service that alone opens the store.
"""

from __future__ import annotations

from typing import Protocol

from raypipe_cluster.jobs.model import (
    EVERY_JOB,
    Changes,
    Job,
    JobFilter,
    Page,
    Submission,
    Submitted,
)
from raypipe_cluster.jobs.rules import State


class JobDesk(Protocol):
    """The verbs of a client; each blocks until it is done, and may be called again if it failed.

    All raise `StoreUnavailableError` where the store does not answer now, and `ClusterError` where
    the service that opens it does not.
    """

    def submit(self, submission: Submission, *, replace: bool = False) -> Submitted:
        """Queue a story, or return the job it has already; see `JobStore.submit`.

        Raises:
            StoryConflictError: the story has a job of other content and not ``replace``.
        """
        ...

    def get(self, job_id: str) -> Job:
        """Return a job.

        Raises:
            UnknownJobError: there is none of that id.
        """
        ...

    def document(self, job_id: str) -> str:
        """Return the story or plan of a job, as JSON.

        Raises:
            UnknownJobError: there is none of that id.
        """
        ...

    def page(
        self, wanted: JobFilter = EVERY_JOB, *, limit: int = 100, before: str | None = None
    ) -> Page:
        """Return up to ``limit`` jobs, newest first; ``before`` is the last page's ``older``."""
        ...

    def changes(self, since: int = 0, *, limit: int = 1000) -> Changes:
        """Return what changed after version ``since``: each job once, as it is now."""
        ...

    def counts(self) -> dict[State, int]:
        """Return how many jobs are in each state, zeros included."""
        ...

    def cancel(self, job_id: str) -> Job:
        """Cancel a job: at once if it waits; what renders a running one is told at once.

        Raises:
            UnknownJobError: there is none of that id.
            JobStateError: it has ended otherwise.
        """
        ...

    def retry(self, job_id: str) -> Job:
        """Queue a failed, cancelled or degraded job again, with all its attempts.

        Raises:
            UnknownJobError: there is none of that id.
            JobStateError: it has not ended so, or its story was replaced.
        """
        ...
