"""The service of jobs: one detached actor a cluster, the only process that opens the store.

Clients call its desk, runners its ledger; a thread makes the foreman's rounds. It may be killed at
any moment: Ray starts it again, and it goes on from what the store holds.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
import time
from collections.abc import Sequence
from typing import Final

import ray

import raypipe
from raypipe.errors import RaypipeError
from raypipe.logs import configure_wanted_logging
from raypipe.settings import Settings
from raypipe.store.keys import code_revision
from raypipe_actors.messages import NAMESPACE
from raypipe_actors.metrics import count_job
from raypipe_cluster.jobs.crew import JobsConfig, RayCrew
from raypipe_cluster.jobs.errors import StoreUnavailableError
from raypipe_cluster.jobs.foreman import Foreman
from raypipe_cluster.jobs.log_files import LogPart
from raypipe_cluster.jobs.logged_store import LoggedStore
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
from raypipe_cluster.jobs.open import jobs_url, logs_of, store_of
from raypipe_cluster.jobs.outputs import JobOutputs
from raypipe_cluster.jobs.rules import ENDED, LEASE_MS, State
from raypipe_cluster.jobs.service_calls import (
    JOBS_ACTOR,
    ServiceCalls,
    ServiceDesk,
    ServiceInfo,
)

logger = logging.getLogger(__name__)

_ROUND_S: Final = 0.5
_HANDOVER_S: Final = 30.0
_CALLS_AT_ONCE: Final = 64
_START_PATIENCE_S: Final = 30.0
_HEAD_SHARE: Final = {"node:__internal_head__": 0.001}


class JobService:
    """The actor. Its verbs are those of `JobDesk` and `Ledger`."""

    def __init__(self, config: JobsConfig) -> None:
        configure_wanted_logging()
        self._config = config
        self._wake = threading.Event()
        self._opening = threading.Lock()
        self._opened: tuple[LoggedStore, Foreman] | None = None
        self._closed = False
        self._crew = RayCrew(config, on_end=self._wake.set)
        # A store that does not answer must not end the constructor: Ray would not call it again.
        threading.Thread(target=self._rounds, name="rounds", daemon=True).start()

    def info(self) -> ServiceInfo:
        """Return the service as it is now."""
        store, foreman = self._open()
        return ServiceInfo(
            version=raypipe.__version__,
            revision=jobs_revision(),
            pid=os.getpid(),
            store=store.where,
            outputs=str(self._config.settings.storage.output_dir),
            places=self._crew.places(),
            working=len(self._crew.working()),
            paused=foreman.paused,
        )

    def waits_for_another(self, url: str) -> bool:
        """Tell whether this service has not opened its store yet, and another is at ``url``."""
        return self._opened is None and self._config.settings.storage.jobs_url != url

    def hand_over(self) -> int:
        """Begin nothing more, have runners give back their jobs, and return how many still work.

        Once there are none the store is closed.
        """
        store, foreman = self._open()
        foreman.hand_over()
        left = len(self._crew.working())
        if not left:
            self._closed = True
            store.close()
        return left

    # -- the desk ------------------------------------------------------------------------------

    def submit_many(
        self, submissions: Sequence[Submission], *, replace: bool = False, keep_going: bool = False
    ) -> tuple[Outcome, ...]:
        """See `JobDesk.submit_many`."""
        store, _ = self._open()
        outcomes = store.submit_many(submissions, replace=replace, keep_going=keep_going)
        self._wake.set()
        return outcomes

    def get(self, job_id: str) -> Job:
        """See `JobDesk.get`."""
        return self._settled().get(job_id)

    def document(self, job_id: str) -> str:
        """See `JobDesk.document`."""
        return self._open()[0].document(job_id)

    def page(
        self, wanted: JobFilter = EVERY_JOB, *, limit: int = 100, before: str | None = None
    ) -> Page:
        """See `JobDesk.page`."""
        return self._settled().page(wanted, limit=limit, before=before)

    def changes(self, since: int = 0, *, limit: int = 1000) -> Changes:
        """See `JobDesk.changes`."""
        return self._settled().changes(since, limit=limit)

    def counts(self) -> dict[State, int]:
        """See `JobDesk.counts`."""
        return self._settled().counts()

    def cancel(self, job_id: str) -> Job:
        """See `JobDesk.cancel`."""
        job = _counted(self._open()[0].cancel(job_id))
        for claim in self._crew.working():
            if claim.job.job_id == job_id and job.state == "running":
                self._crew.stop(claim, "cancelled")
        return job

    def retry(self, job_id: str) -> Job:
        """See `JobDesk.retry`."""
        job = self._open()[0].retry(job_id)
        self._wake.set()
        return job

    def log(self, job_id: str, *, offset: int = 0, limit_bytes: int = 1_000_000) -> LogPart:
        """See `KeepsLogs.log`."""
        return self._open()[0].log(job_id, offset=offset, limit_bytes=limit_bytes)

    # -- the ledger ----------------------------------------------------------------------------

    def heartbeat(self, claim: Claim) -> Job:
        """See `Ledger.heartbeat`."""
        return self._open()[0].heartbeat(claim)

    def progress(self, claim: Claim, steps: Sequence[Step]) -> Job:
        """See `Ledger.progress`."""
        return self._open()[0].progress(claim, steps)

    def commit(self, claim: Claim, result: JobResult, *, parcels: Sequence[Parcel] = ()) -> Job:
        """See `Ledger.commit`."""
        return _counted(self._open()[1].commit(claim, result, parcels=parcels))

    def fail(self, claim: Claim, error: JobError) -> Job:
        """See `Ledger.fail`."""
        return _counted(self._open()[0].fail(claim, error))

    def release(self, claim: Claim) -> Job:
        """See `Ledger.release`."""
        return self._open()[0].release(claim)

    def confirm_cancel(self, claim: Claim) -> Job:
        """See `Ledger.confirm_cancel`."""
        return _counted(self._open()[0].confirm_cancel(claim))

    def add_log(self, job_id: str, lines: Sequence[str]) -> None:
        """See `LoggedStore.add_log`."""
        self._open()[0].add_log(job_id, lines)

    # -- inside --------------------------------------------------------------------------------

    def _open(self) -> tuple[LoggedStore, Foreman]:
        """Return store and foreman, opened when first needed; an earlier life is cleared up."""
        with self._opening:
            if self._closed:
                raise StoreUnavailableError("another service takes over", remedy="ask again")
            if self._opened is None:
                settings = self._config.settings
                store = store_of(settings.storage, lease_ms=self._config.lease_ms)
                logs_of(settings.storage).attach()
                foreman = Foreman(
                    store,
                    JobOutputs(settings.storage.output_dir),
                    self._crew,
                    owner=self._config.service_id,
                    history_s=settings.storage.jobs_ttl_s,
                    on_taken=_counted,
                )
                foreman.recover()
                self._opened = store, foreman
            return self._opened

    def _settled(self) -> LoggedStore:
        """Return the store at a moment when every committed result has its folder."""
        store, foreman = self._open()
        foreman.settled()
        return store

    def _rounds(self) -> None:
        while not self._closed:
            try:
                self._open()[1].round()
            except RaypipeError as error:
                logger.warning("round broken off", extra={"error": str(error)})
            except Exception:
                logger.exception("round broken off")  # whatever it was, the next may go on
            self._wake.wait(_ROUND_S)
            self._wake.clear()


def _counted(job: Job) -> Job:
    """Tell the metrics of ``job`` if it has ended, and return it."""
    if job.state in ENDED and job.finished_ms is not None:
        count_job(job.state, (job.finished_ms - job.submitted_ms) / 1000)
    return job


def jobs_revision() -> str:
    """Return the revision of the code that serves and renders jobs."""
    return code_revision("raypipe", "raypipe_actors", "raypipe_cluster")


def open_service(settings: Settings, *, lease_ms: int = LEASE_MS) -> ServiceDesk:
    """Return the desk of this cluster's service, which is started if there is none.

    This process is connected to the cluster. ``settings`` count only where it is started: its
    limits and its storage. A service of other code, not of a newer version, hands over first, and
    one that never could open its store makes way for one with another.

    Raises:
        ClusterError: the service cannot be started.
        StorageError: it cannot open its store.
    """
    start_service(settings, lease_ms=lease_ms)
    desk = ServiceDesk(ServiceCalls(patience_s=_START_PATIENCE_S))
    try:
        info = desk.info()
    except RaypipeError:
        if not _end_one_without_store(jobs_url(settings.storage)):
            raise
        start_service(settings, lease_ms=lease_ms)
        info = desk.info()
    if info.revision != jobs_revision() and _not_newer(info.version):
        _retire()
        start_service(settings, lease_ms=lease_ms)
        desk = ServiceDesk(ServiceCalls(patience_s=_START_PATIENCE_S))
        desk.info()
    return desk


def start_service(settings: Settings, *, lease_ms: int = LEASE_MS) -> None:
    """Have the service started if there is none, without waiting for it or its store."""
    storage = settings.storage
    url = jobs_url(storage)
    own = storage.model_copy(update={"output_dir": storage.output_dir.absolute(), "jobs_url": url})
    config = JobsConfig(
        settings=Settings(processing=settings.processing, storage=own),
        service_id=_service_id(url),
        lease_ms=lease_ms,
    )
    (
        ray.remote(JobService)
        .options(
            name=JOBS_ACTOR,
            namespace=NAMESPACE,
            get_if_exists=True,
            lifetime="detached",
            num_cpus=0,
            max_restarts=-1,
            max_task_retries=0,
            max_concurrency=_CALLS_AT_ONCE,
            # A file is on one machine: the service must find it again when it is started anew.
            resources=_HEAD_SHARE if url.startswith("sqlite:") else None,
        )
        .remote(config)
    )


def _service_id(url: str) -> str:
    """Return the name under which a service claims jobs.

    A file has one service: whoever starts, perhaps after a loss of power, takes back at once what
    the one before had claimed. A Redis server may have several, each of a cluster.
    """
    return "service" if url.startswith("sqlite:") else f"service-{secrets.token_hex(4)}"


def _not_newer(version: str) -> bool:
    def parts(text: str) -> list[int]:
        return [int(part) for part in text.split(".") if part.isdecimal()]

    return parts(version) <= parts(raypipe.__version__)


def _end_one_without_store(url: str) -> bool:
    """End the service if it has never opened its store, and that is not the one at ``url``.

    Otherwise a mistyped address would keep everybody else from the jobs of this cluster.
    """
    try:
        handle = ray.get_actor(JOBS_ACTOR, namespace=NAMESPACE)
        asked: ray.ObjectRef[bool] = handle.waits_for_another.remote(url)
        useless = ray.get(asked, timeout=_START_PATIENCE_S)
        if useless:
            ray.kill(handle)
    except (ray.exceptions.RayError, AttributeError, ValueError) as error:
        logger.info("the earlier service was gone", extra={"error": str(error)})
        return False
    return useless


def _retire() -> None:
    """Have the service that runs finish or give back its jobs, and end it."""
    try:
        handle = ray.get_actor(JOBS_ACTOR, namespace=NAMESPACE)
        until_s = time.monotonic() + _HANDOVER_S
        while ray.get(handle.hand_over.remote(), timeout=_HANDOVER_S):
            if time.monotonic() > until_s:
                break  # what has not stopped by now is taken back by the next service
            time.sleep(_ROUND_S)
        ray.kill(handle)
    except (ray.exceptions.RayError, ValueError) as error:
        logger.info("the earlier service was gone", extra={"error": str(error)})
