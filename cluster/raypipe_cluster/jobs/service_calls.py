"""Calling the service of jobs on a cluster: Ray's errors as raypipe's, restarts waited for."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import ray

from raypipe_actors.faults import as_raypipe_error
from raypipe_actors.messages import NAMESPACE
from raypipe_cluster.jobs.errors import StoreUnavailableError
from raypipe_cluster.jobs.log_files import LogPart
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
    Step,
    Submission,
)
from raypipe_cluster.jobs.rules import State

JOBS_ACTOR: Final = "raypipe-jobs"
"""The name of the service's actor; one a cluster."""

_ANSWER_S: Final = 30.0
_AGAIN_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class ServiceInfo:
    """The service at one moment.

    Attributes:
        version: of raypipe, and
        revision: of its code.
        pid: its process.
        store: where jobs are, without a password.
        outputs: the folder of finished videos.
        places: how many stories may run at once.
        working: how many run.
        paused: why none is begun now, or nothing.
    """

    version: str
    revision: str
    pid: int
    store: str
    outputs: str
    places: int
    working: int
    paused: str


class ServiceCalls:
    """Calls verbs of the service, again for ``patience_s`` while it is away.

    All its verbs may be called twice.

    Raises:
        StoreUnavailableError: it did not answer for so long.
    """

    def __init__(self, *, patience_s: float) -> None:
        self._patience_s = patience_s
        self._handle: Any = None

    def ask(self, verb: str, *args: Any, **named: Any) -> Any:
        """Return what ``verb`` returns, or raise what it raises."""
        until_s = time.monotonic() + self._patience_s
        while True:
            try:
                return self._ask(verb, args, named)
            except StoreUnavailableError:
                if time.monotonic() >= until_s:
                    raise
                time.sleep(_AGAIN_S)

    def _ask(self, verb: str, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        try:
            if self._handle is None:
                self._handle = ray.get_actor(JOBS_ACTOR, namespace=NAMESPACE)
            return ray.get(getattr(self._handle, verb).remote(*args, **named), timeout=_ANSWER_S)
        except ray.exceptions.RayTaskError as error:
            raise as_raypipe_error(error, where=JOBS_ACTOR) from error
        except (ray.exceptions.RayError, ValueError) as error:
            self._handle = None
            raise StoreUnavailableError(
                f"the service of jobs does not answer ({type(error).__name__})",
                remedy="it is restarted by itself; look at: raypipe status",
                where=JOBS_ACTOR,
            ) from error


class ServiceDesk:
    """The desk of a cluster's service; see `raypipe_cluster.jobs.desk.JobDesk`."""

    def __init__(self, calls: ServiceCalls) -> None:
        self._calls = calls

    def info(self) -> ServiceInfo:
        """Return the service as it is now."""
        return cast("ServiceInfo", self._calls.ask("info"))

    def submit_many(
        self, submissions: Sequence[Submission], *, replace: bool = False, keep_going: bool = False
    ) -> tuple[Outcome, ...]:
        """See `JobDesk.submit_many`."""
        given = tuple(submissions)
        asked = self._calls.ask("submit_many", given, replace=replace, keep_going=keep_going)
        return cast("tuple[Outcome, ...]", asked)

    def get(self, job_id: str) -> Job:
        """See `JobDesk.get`."""
        return cast("Job", self._calls.ask("get", job_id))

    def document(self, job_id: str) -> str:
        """See `JobDesk.document`."""
        return cast("str", self._calls.ask("document", job_id))

    def page(
        self, wanted: JobFilter = EVERY_JOB, *, limit: int = 100, before: str | None = None
    ) -> Page:
        """See `JobDesk.page`."""
        return cast("Page", self._calls.ask("page", wanted, limit=limit, before=before))

    def changes(self, since: int = 0, *, limit: int = 1000) -> Changes:
        """See `JobDesk.changes`."""
        return cast("Changes", self._calls.ask("changes", since, limit=limit))

    def counts(self) -> dict[State, int]:
        """See `JobDesk.counts`."""
        return cast("dict[State, int]", self._calls.ask("counts"))

    def cancel(self, job_id: str) -> Job:
        """See `JobDesk.cancel`."""
        return cast("Job", self._calls.ask("cancel", job_id))

    def retry(self, job_id: str) -> Job:
        """See `JobDesk.retry`."""
        return cast("Job", self._calls.ask("retry", job_id))

    def log(self, job_id: str, *, offset: int = 0, limit_bytes: int = 1_000_000) -> LogPart:
        """See `raypipe_cluster.jobs.log_files.KeepsLogs.log`."""
        return cast(
            "LogPart", self._calls.ask("log", job_id, offset=offset, limit_bytes=limit_bytes)
        )


class ServiceLedger:
    """The ledger of a cluster's service; see `raypipe_cluster.jobs.ledger.Ledger`."""

    def __init__(self, calls: ServiceCalls) -> None:
        self._calls = calls

    def heartbeat(self, claim: Claim) -> Job:
        """See `Ledger.heartbeat`."""
        return self._write("heartbeat", claim)

    def progress(self, claim: Claim, steps: Sequence[Step]) -> Job:
        """See `Ledger.progress`."""
        return self._write("progress", claim, steps)

    def commit(self, claim: Claim, result: JobResult, *, parcels: Sequence[Parcel] = ()) -> Job:
        """See `Ledger.commit`."""
        return self._write("commit", claim, result, parcels=parcels)

    def fail(self, claim: Claim, error: JobError) -> Job:
        """See `Ledger.fail`."""
        return self._write("fail", claim, error)

    def release(self, claim: Claim) -> Job:
        """See `Ledger.release`."""
        return self._write("release", claim)

    def confirm_cancel(self, claim: Claim) -> Job:
        """See `Ledger.confirm_cancel`."""
        return self._write("confirm_cancel", claim)

    def _write(self, verb: str, claim: Claim, *args: Any, **named: Any) -> Job:
        # The story itself need not travel with every heartbeat.
        bare = Claim(claim.job, "")
        return cast("Job", self._calls.ask(verb, bare, *args, **named))
