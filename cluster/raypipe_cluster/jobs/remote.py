"""Requests that travel as Ray jobs, for a client that reaches only a cluster's dashboard."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import queue
import secrets
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from raypipe.errors import ClusterError, InputError
from raypipe_cluster.jobs.dashboard import look_at
from raypipe_cluster.jobs.deliver import MAX_REQUEST_BYTES, REQUEST_FILE, pack
from raypipe_cluster.jobs.wire import Reply, Request, Submit, request_json
from raypipe_cluster.ray_environment import prepare_ray, without_ray_address

if TYPE_CHECKING:
    from ray.job_submission import JobSubmissionClient

_ENTRYPOINT: Final = "python -m raypipe_cluster.jobs.deliver"
_LONGEST_WORD: Final = 16_000
"""Characters on the job's command line, which Ray keeps and shows; longer requests are uploaded."""
_NO_AGENT: Final = "No available agent"
"""What a head says as long as the process beside it that starts jobs is not there."""
_START_S: Final = 60.0
_AGAIN_S: Final = 0.5
_AGAIN: Final = 20
"""Ids in a row for the same submission, looked at one after the other."""
_RECONNECTS: Final = 10
_RECONNECT_S: Final = 2.0
_LAST_LINES: Final = 5
_TALKATIVE: Final = (
    "ray",
    "ray.dashboard.modules.dashboard_sdk",
    "ray.dashboard.modules.job.sdk",
)
"""Loggers of Ray that tell each upload and each closed connection, and set their own level."""


class RemoteDesk:
    """The job service of the cluster at ``address``, ``http://HEAD:8265``.

    Raises:
        InputError: ``address`` is no such URL.
        ClusterError: see `look_at`.
    """

    def __init__(self, address: str) -> None:
        prepare_ray(own_cluster=False)
        self._dashboard = look_at(address)
        from ray.job_submission import JobSubmissionClient

        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.ERROR)
        with _typed(self._dashboard.url), without_ray_address():
            self._client = JobSubmissionClient(
                self._dashboard.url, headers=dict(self._dashboard.headers)
            )

    def carry(self, request: Request) -> Iterator[Reply]:
        """Send ``request`` and yield the replies.

        A submission that is sent again finds its Ray job, if that still runs.

        Raises:
            ClusterError: the job could not be started or ended without an answer.
            RaypipeError: what the service refused.
        """
        with _typed(self._dashboard.url):
            job_id = self._start(request)
        ended = False
        try:
            for reply in _Replies(self._client, self._dashboard.url, job_id):
                if reply.fatal and reply.error is not None:
                    ended = True
                    raise reply.error.error()
                ended = reply.end
                yield reply
                if reply.end:
                    return
            raise self._cut_off(job_id)
        finally:
            if not ended and not isinstance(request, Submit):
                self._stop(job_id)

    def _start(self, request: Request) -> str:
        """Start the job of ``request``, or find the one that runs, and return its id.

        An id that has been used is not used again: Ray would append to the old job's log.
        """
        with contextlib.ExitStack() as stack:
            more: dict[str, Any] = {}
            word = pack(request)
            entrypoint = f"{_ENTRYPOINT} {word}"
            if len(word) > _LONGEST_WORD:
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="raypipe-"))
                _write_request(Path(folder), request)
                more["runtime_env"] = {"working_dir": folder}
                entrypoint = _ENTRYPOINT
            if self._dashboard.others_than is not None:
                head = f"!{self._dashboard.others_than}"
                more["entrypoint_label_selector"] = {"ray.io/node-id": head}
            for job_id in submission_ids(request):
                status = self._status(job_id)
                if status is None:
                    more |= {"metadata": {"raypipe": request.verb}}
                    self._submit(entrypoint=entrypoint, submission_id=job_id, **more)
                elif status.is_terminal():
                    continue
                return job_id
        raise AssertionError("ids never end")

    def _submit(self, **job: Any) -> None:
        """Submit a Ray job; a head that has just come up needs some seconds before it takes one."""
        until_s = time.monotonic() + _START_S
        while True:
            try:
                self._client.submit_job(**job)
            except RuntimeError as error:
                if _NO_AGENT in str(error) and time.monotonic() < until_s:
                    time.sleep(_AGAIN_S)
                    continue
                # Another client may have sent the same a moment ago: its job will do.
                if self._status(job["submission_id"]) is None:
                    raise
            return

    def _status(self, job_id: str) -> Any:
        try:
            return self._client.get_job_status(job_id)
        except RuntimeError as error:
            if "404" in str(error):
                return None
            raise

    def _cut_off(self, job_id: str) -> ClusterError:
        """Return the error for a job that said no last word, with the best reason to be had."""
        reason, log = "", ""
        with contextlib.suppress(Exception):  # the better error is the one about the job itself
            reason = self._client.get_job_info(job_id).message or ""
            log = self._client.get_job_logs(job_id)
        if "No module named raypipe_cluster" in log or "No module named 'raypipe_cluster" in log:
            return ClusterError(
                f"expected raypipe on the nodes of {self._dashboard.url}, it is not installed",
                remedy="build it into their image, see k8s/",
                where="--address",
            )
        lines = deque((line for line in log.splitlines() if line.strip()), maxlen=_LAST_LINES)
        said = " ".join([reason, *lines])[-400:]
        return ClusterError(
            f"expected an answer from Ray job {job_id}, it ended without one ({said or 'no log'})",
            remedy="run it again; nothing that was accepted is lost",
            where="--address",
        )

    def _stop(self, job_id: str) -> None:
        # Whoever stopped watching waits for no answer; the job ends with its cluster at the latest.
        with contextlib.suppress(Exception):
            self._client.stop_job(job_id)


def submission_ids(request: Request) -> Iterator[str]:
    """Yield ids for the Ray job of ``request``: for equal submissions the same, in the same order.

    So a client that sends its stories again finds the job that delivers them, while it runs; the
    next id is for when that one has ended.
    """
    if not isinstance(request, Submit):
        yield f"raypipe-{request.verb}-{secrets.token_hex(8)}"
        return
    digest = hashlib.sha256(request_json(request).encode()).hexdigest()[:24]
    yield f"raypipe-submit-{digest}"
    for number in range(2, _AGAIN):
        yield f"raypipe-submit-{digest}-{number}"
    while True:
        yield f"raypipe-submit-{digest}-{secrets.token_hex(8)}"


def _write_request(folder: Path, request: Request) -> None:
    text = request_json(request)
    if len(text) > MAX_REQUEST_BYTES:
        raise InputError(
            f"expected stories of at most {MAX_REQUEST_BYTES / 1e6:.0f} MB at once, "
            f"got {len(text) / 1e6:.0f} MB",
            remedy="submit them in parts",
        )
    (folder / REQUEST_FILE).write_text(text, encoding="utf-8")


class _Replies:
    """The replies in a job's log, as they come; a connection that breaks is made again."""

    def __init__(self, client: JobSubmissionClient, url: str, job_id: str) -> None:
        self._client = client
        self._url = url
        self._job_id = job_id
        self._found: queue.Queue[Reply | BaseException | None] = queue.Queue()
        self._stop = threading.Event()

    def __iter__(self) -> Iterator[Reply]:
        thread = threading.Thread(target=self._follow, name="job log", daemon=True)
        thread.start()
        try:
            while True:
                found = self._found.get()
                if found is None:
                    return
                if isinstance(found, BaseException):
                    raise found
                yield found
        finally:
            self._stop.set()

    def _follow(self) -> None:
        try:
            asyncio.run(self._tail())
        except BaseException as error:  # noqa: BLE001 - a thread's boundary: raised by the reader
            self._found.put(error)
        else:
            self._found.put(None)

    async def _tail(self) -> None:
        seen = 0
        for attempt in range(_RECONNECTS + 1):
            count = 0
            try:
                with _typed(self._url):
                    async for line in _lines(self._client.tail_job_logs(self._job_id)):
                        reply = Reply.of_line(line)
                        if self._stop.is_set() or reply is None:
                            continue
                        count += 1
                        if count > seen:  # a log that is followed again begins anew
                            seen = count
                            self._found.put(reply)
            except ClusterError:
                if attempt == _RECONNECTS or self._stop.is_set():
                    raise
                await asyncio.sleep(_RECONNECT_S)
            else:
                return


async def _lines(chunks: Any) -> Any:
    """Yield whole lines of ``chunks`` of text, which may break anywhere."""
    rest = ""
    async for chunk in chunks:
        *whole, rest = (rest + chunk).split("\n")
        for line in whole:
            yield line
    if rest:
        yield rest


@contextlib.contextmanager
def _typed(url: str) -> Iterator[None]:
    """Let what Ray's client raises be an error of ours."""
    import aiohttp
    from ray.exceptions import AuthenticationError

    try:
        yield
    except AuthenticationError as error:
        raise ClusterError(
            f"the cluster at {url} refuses our token",
            remedy="set RAY_AUTH_TOKEN to the token of the cluster",
            where="--address",
        ) from error
    except (OSError, RuntimeError, aiohttp.ClientError) as error:
        lines = str(error).strip().splitlines()
        raise ClusterError(
            f"the cluster at {url} did not do it ({(lines[-1] if lines else 'no reason')[:300]})",
            remedy="run it again; nothing that was accepted is lost",
            where="--address",
        ) from error
