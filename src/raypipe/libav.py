"""libav through PyAV: silent, explicit about threads, and unable to reach a network."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import av
import av.error
import av.logging
from av.container import InputContainer

av.logging.set_level(None)

INPUT_OPTIONS = {"protocol_whitelist": "file", "enable_drefs": "0"}
"""No input may open a second file or a URL, whatever its bytes ask for."""


def open_input(
    source: Path | IO[bytes],
    *,
    container: str | None = None,
    formats: str = "",
    headers_only: bool = False,
) -> InputContainer:
    """Open media for reading.

    Args:
        source: a file, or a seekable stream of bytes.
        container: libav's name of the only format to try, such as ``mp4``; None probes.
        formats: libav's names of the formats that probing may find, with commas between.
        headers_only: don't decode a first frame to learn more than the file's header says; for
            packets that are copied.

    Raises:
        av.error.FFmpegError: libav cannot read it.
    """
    options = INPUT_OPTIONS | ({"format_whitelist": formats} if formats else {})
    # PyAV's annotation says list[str], its documentation and its code dictionaries.
    streams: Any = [{"skip_frame": "all"}] if headers_only else None
    # A prefix keeps a name such as "concat:a|b" from being taken for a protocol.
    name = f"file:{source}" if isinstance(source, Path) else source
    return av.open(
        name,
        "r",
        format=container,
        container_options=options,
        stream_options=streams,
        metadata_errors="replace",  # of tags that are not UTF-8, which say nothing of the media
    )


@contextlib.contextmanager
def captured_errors() -> Iterator[list[str]]:
    """Collect what libav would have logged as errors in this thread, one line each."""
    lines: list[str] = []
    av.logging.set_level(av.logging.ERROR)
    try:
        with av.logging.Capture() as logs:
            yield lines
            lines.extend(message.strip() for _, _, message in logs)
    finally:
        av.logging.set_level(None)


def versions() -> tuple[str, ...]:
    """Return the versions of PyAV and of the libav libraries that make bytes, for cache keys."""
    libraries = av.library_versions
    return (
        f"av {av.__version__}",
        *(
            f"{name} {'.'.join(map(str, libraries[name]))}"
            for name in ("libavcodec", "libavformat", "libavfilter", "libswresample")
        ),
    )
