"""How a client's requests get to a desk: on this machine, on this network, or by Ray's job API."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from raypipe.errors import ClusterError
from raypipe.settings import Settings
from raypipe_cluster import local_cluster
from raypipe_cluster.app import session_for
from raypipe_cluster.jobs.answers import answer, find_job
from raypipe_cluster.jobs.desk import JobDesk
from raypipe_cluster.jobs.rules import ENDED
from raypipe_cluster.jobs.wire import Logs, Reply, Request, Retry, Submit, Watch
from raypipe_cluster.session import RaySession

Carry = Callable[[Request], Iterator[Reply]]
"""Sends a request and yields the replies, the last with ``end``."""


@dataclass(frozen=True, slots=True)
class Reaching:
    """What may be done to reach a desk.

    Attributes:
        start: a local cluster may be started where none runs and there is work for it.
        say: told in a sentence of what is started.
    """

    start: bool = True
    say: Callable[[str], None] = lambda _: None


def reach(
    address: str | None, settings: Settings, reaching: Reaching
) -> tuple[Carry, Callable[[], None]]:
    """Return what carries requests to the desk at ``address``, and what ends the connection.

    Args:
        address: as in `JobClient`.
        settings: of this process; a service that is started gets them.
        reaching: what may be started.

    Raises:
        ClusterError: nothing answers there, or it refuses our token.
    """
    if address is not None and address.startswith(("http://", "https://")):
        from raypipe_cluster.jobs.remote import RemoteDesk

        return RemoteDesk(address).carry, _nothing
    near = _Near(address, settings, reaching)
    return near.carry, near.close


@contextmanager
def service_here(settings: Settings) -> Iterator[JobDesk]:
    """Give the job service of the cluster on which this process runs as a job's driver.

    Raises:
        ClusterError: there is no cluster, or its service does not answer.
    """
    with _service(RaySession("auto"), settings) as desk:
        yield desk


@contextmanager
def _service(session: RaySession, settings: Settings) -> Iterator[JobDesk]:
    from raypipe_cluster.jobs.desk import open_desk

    try:
        yield open_desk(session, settings)
    finally:
        session.close()


class _Near:
    """A desk that this process can call: the service of a cluster, or the local store itself.

    Where no local cluster runs, requests go to the store: a list of yesterday's jobs starts
    nothing, and what was accepted is safe before anything is started for it.
    """

    def __init__(self, address: str | None, settings: Settings, reaching: Reaching) -> None:
        self._address = address
        self._settings = settings
        self._reaching = reaching
        self._stack = ExitStack()
        self._desk: JobDesk | None = None

    def carry(self, request: Request) -> Iterator[Reply]:
        if self._desk is None and self._address is None and local_cluster.find() is None:
            yield from self._from_store(request)
        else:
            yield from answer(self._service(), request)

    def close(self) -> None:
        self._desk = None
        self._stack.close()

    def _service(self) -> JobDesk:
        if self._desk is None:
            session = session_for(self._address)
            self._desk = self._stack.enter_context(_service(session, self._settings))
        return self._desk

    def _from_store(self, request: Request) -> Iterator[Reply]:
        from raypipe_cluster.jobs.open import logs_of, store_of

        with store_of(self._settings.storage) as store:
            if isinstance(request, Watch):
                _refuse_to_wait(store, request.names)
            elif isinstance(request, Logs) and request.follow:
                _refuse_to_wait(store, [request.name])
            logs = logs_of(self._settings.storage)
            logs.attach()
            try:
                replies = list(answer(store, request))
            finally:
                logs.detach()
        wanted = isinstance(request, Submit | Retry) and self._reaching.start
        if wanted and any(reply.job and reply.job.state not in ENDED for reply in replies):
            self._reaching.say("starting a local cluster; it stays until 'raypipe down'")
            local_cluster.start(self._reaching.say)
            self._service()
        yield from replies


def _refuse_to_wait(store: JobDesk, names: Sequence[str]) -> None:
    """Refuse to wait for the end of what nobody works on.

    Raises:
        ClusterError: a job is open, and no cluster runs.
    """
    still = [
        job.job_id for job in (find_job(store, name) for name in names) if job.state not in ENDED
    ]
    if still:
        raise ClusterError(
            f"expected a cluster that works on {still[0]}, none is running",
            remedy="start it with 'raypipe up'; the job then goes on",
        )


def _nothing() -> None:
    """Leave all as it is: there is no connection to end."""
