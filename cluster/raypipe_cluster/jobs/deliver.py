"""``python -m raypipe_cluster.jobs.deliver``: a client's request, answered on the cluster.

This is the entrypoint of the Ray jobs that `RemoteDesk` submits. It reaches the cluster's job
service and prints each reply as a line; whatever else Ray logs does not look like one.
"""

from __future__ import annotations

import base64
import sys
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from raypipe.errors import ClusterError, RaypipeError
from raypipe_cluster.jobs.wire import Refusal, Reply, Request, read_request, request_json

REQUEST_FILE: Final = "request.json"
"""What a request is called that is too long for a command line, in the job's working directory."""
MAX_REQUEST_BYTES: Final = 64_000_000
"""Room for ten thousand stories of an ordinary length; Ray takes packages up to 100 MB."""


def pack(request: Request) -> str:
    """Return ``request`` as one word of a command line."""
    return base64.urlsafe_b64encode(zlib.compress(request_json(request).encode(), 9)).decode()


def unpack(word: str) -> Request:
    """Return what `pack` was given.

    Raises:
        ClusterError: it is not such a word.
    """
    try:
        inflater = zlib.decompressobj()
        text = inflater.decompress(base64.urlsafe_b64decode(word), MAX_REQUEST_BYTES)
        return read_request(text.decode())
    except (ValueError, zlib.error) as error:  # of base64 and of UTF-8, too
        raise ClusterError(f"expected a packed request ({error})") from None


def main(arguments: Sequence[str]) -> int:
    """Answer the request in ``arguments``, a packed word or none for `REQUEST_FILE`."""
    try:
        request = unpack(arguments[0]) if arguments else _from_file()
        for reply in _answers(request):
            _tell(reply)
    except RaypipeError as error:
        _tell(Reply(error=Refusal.of(error), fatal=True, end=True))
        return 1
    return 0


def _from_file() -> Request:
    try:
        return read_request(Path(REQUEST_FILE).read_text(encoding="utf-8"))
    except OSError as error:
        raise ClusterError(
            f"expected the request in {REQUEST_FILE} ({error.strerror})",
            remedy="submit through raypipe, which puts it there",
        ) from None


def _answers(request: Request) -> Iterator[Reply]:
    from raypipe.settings import load_settings
    from raypipe_actors.ray_private import leave_job_environment
    from raypipe_cluster.jobs.answers import answer
    from raypipe_cluster.jobs.reach import service_here

    leave_job_environment()
    with service_here(load_settings().settings) as desk:
        yield from answer(desk, request)


def _tell(reply: Reply) -> None:
    sys.stdout.write(reply.line() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
