"""Where clients hand in jobs and ask for them.

`JobStore` is a desk itself; on a cluster the desk is the service that alone opens the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from raypipe.errors import ClusterError
from raypipe.settings import Settings
from raypipe_cluster.jobs.model import (
    EVERY_JOB,
    Changes,
    Job,
    JobFilter,
    Outcome,
    Page,
    Submission,
)
from raypipe_cluster.jobs.rules import State
from raypipe_cluster.session import RaySession

if TYPE_CHECKING:
    from raypipe_cluster.jobs.service_calls import ServiceDesk


class JobDesk(Protocol):
    """The verbs of a client; each blocks until it is done, and may be called again if it failed.

    All raise `StoreUnavailableError` where the store does not answer now, and `ClusterError` where
    the service that opens it does not.
    """

    def submit_many(
        self, submissions: Sequence[Submission], *, replace: bool = False, keep_going: bool = False
    ) -> tuple[Outcome, ...]:
        """Queue stories, in one step; see `JobStore.submit_many`."""
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


def open_desk(where: RaySession | str | None, settings: Settings) -> ServiceDesk:
    """Return the desk of a cluster, whose service is started if there is none yet.

    Args:
        where: a session, connected if it is not; or the address of a running cluster, None for
            that of `raypipe up`.
        settings: limits and storage of a service that is started.

    Raises:
        ClusterError: there is no such cluster.
        StorageError: the service cannot open its store.
    """
    from raypipe_cluster.app import session_for

    session = where if isinstance(where, RaySession) else session_for(where)
    if session.address is None:
        raise ClusterError(
            "no cluster is running that could keep jobs",
            remedy="start one with 'raypipe up', or give --address",
        )
    session.connect()
    from raypipe_cluster.jobs.service import open_service

    return open_service(settings)
