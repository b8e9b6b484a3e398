"""Files become stories or plans: JSON, Markdown or plain text.

A JSON object with ``scenes`` is a plan, any other is a story. In Markdown and plain text the first
heading or line is the title and the id comes from the file's name; Markdown may begin with front
matter (``genre: fable`` between two lines of ``---``).
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from raypipe.errors import StoryError
from raypipe.story.cleaning import find_forbidden
from raypipe.story.markdown import read_markdown, read_plain
from raypipe.story.model import Story
from raypipe.story.plan import StoryPlan
from raypipe.story.quoting import shorten, show
from raypipe.story.strict_json import parse_json
from raypipe.story.validation import make_plan, make_story

MAX_SOURCE_BYTES = 4_000_000
"""Several times the longest story and its plan; refused before anything is parsed."""

_SIGNATURES = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a Word, EPUB or ZIP file"),
    (b"\xd0\xcf\x11\xe0", "an old Word document"),
    (b"{\\rtf", "a rich-text (RTF) document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"ID3", "a sound file"),
)
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def read_source(path: Path) -> Story | StoryPlan:
    """Read the story or plan in ``path``.

    Raises:
        StoryError: the file is missing, a folder, unreadable or too large, or `parse_source`
            refuses what is in it.
    """
    return parse_source(_read_bytes(path), name=path.name)


def parse_source(data: bytes, *, name: str) -> Story | StoryPlan:
    """Make a story or plan of a file's bytes.

    Args:
        data: UTF-8, with or without a byte order mark, at most `MAX_SOURCE_BYTES`.
        name: the file's name; its ending tells the format, and text files take their id from it.
            With an unknown ending, data that begins with ``{`` is JSON and the rest is text.

    Raises:
        StoryError: with the place, the value that arrived and the remedy.
    """
    shown = shorten(PurePosixPath(name).name) or "the story"
    if len(data) > MAX_SOURCE_BYTES:
        raise too_large(len(data), shown)
    text = _decode(data, shown)
    ending = PurePosixPath(name).suffix.lower()
    is_prose = ending in {".md", ".markdown", ".txt", ".text"}
    if ending == ".json" or (not is_prose and text.lstrip().startswith(("{", "["))):
        return _from_json(text, shown)
    _refuse_controls(text, shown)
    reader = read_markdown if ending in {".md", ".markdown"} else read_plain
    return make_story(reader(text, name=PurePosixPath(name).stem))


def _from_json(text: str, shown: str) -> Story | StoryPlan:
    value: Any = parse_json(text, name=shown)
    if not isinstance(value, dict):
        raise StoryError(
            f"expected an object with story_id, title and content, got {show(value)}",
            where=shown,
            remedy="put one story in braces; give several as files, or one a line in .jsonl",
        )
    return make_plan(value) if "scenes" in value else make_story(value)


def _read_bytes(path: Path) -> bytes:
    with open_source(path) as file:
        size_bytes = os.fstat(file.fileno()).st_size
        if size_bytes > MAX_SOURCE_BYTES:
            raise too_large(size_bytes, shorten(str(path)))
        # None where nothing is ready, as in some files of /proc.
        return file.read(MAX_SOURCE_BYTES + 1) or b""


@contextmanager
def open_source(path: Path) -> Iterator[BinaryIO]:
    """Open the file ``path`` for reading, and nothing but a file; of any size.

    Raises:
        StoryError: it is missing, a folder, a device or unreadable, also while it is read.
    """
    shown = shorten(str(path))
    try:
        # Non-blocking, so that a named pipe without a writer cannot hang the caller.
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        raise _unreadable(error, shown) from None
    try:
        facts = os.fstat(handle)
        if stat.S_ISDIR(facts.st_mode):
            raise StoryError("expected a file, got a folder", where=shown, remedy="name one story")
        if not stat.S_ISREG(facts.st_mode):
            raise StoryError(
                "expected a file, got a device, pipe or socket",
                where=shown,
                remedy="save the story as a file",
            )
        with os.fdopen(handle, "rb", closefd=False) as file:
            yield file
    except OSError as error:
        raise _unreadable(error, shown) from None
    finally:
        os.close(handle)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let a `StoryError` that is raised meanwhile name the file ``path``, if it does not yet."""
    try:
        yield
    except StoryError as error:
        if path.name in error.where:
            raise
        where = ": ".join(filter(None, (shorten(str(path)), error.where)))
        raise StoryError(error.problem, where=where, remedy=error.remedy) from None


def _unreadable(error: OSError | ValueError, shown: str) -> StoryError:
    code = error.errno if isinstance(error, OSError) else None
    reasons = {
        errno.ENOENT: ("there is no such file", "check the path"),
        errno.ENOTDIR: ("a part of the path is a file, not a folder", "check the path"),
        errno.EACCES: ("the file may not be read by this user", "change its permissions"),
        errno.EPERM: ("the file may not be read by this user", "change its permissions"),
        errno.ELOOP: ("the symbolic link leads in a circle", "name the file itself"),
        errno.ENAMETOOLONG: ("the name is longer than any file's", "name a file, not its text"),
        errno.EISDIR: ("expected a file, got a folder", "name one story"),
        errno.ENXIO: ("expected a file, got a device, pipe or socket", "save it as a file"),
    }
    fallback = (os.strerror(code) if code else "the path holds a NUL character", "check the path")
    problem, remedy = reasons.get(code or 0, fallback)
    return StoryError(problem, where=shown, remedy=remedy)


def too_large(size_bytes: int, shown: str) -> StoryError:
    """Return the error for a source of more than `MAX_SOURCE_BYTES`."""
    return StoryError(
        f"expected at most {MAX_SOURCE_BYTES / 1e6:.0f} MB, got {size_bytes / 1e6:.1f} MB",
        where=shown,
        remedy="a story has at most 200,000 characters; cut it into episodes",
    )


def _decode(data: bytes, shown: str) -> str:
    if not data.strip(b" \t\r\n\xef\xbb\xbf"):
        raise StoryError("the file is empty", where=shown, remedy="write a story in it")
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            raise StoryError(
                f"expected JSON, Markdown or plain text, got {kind}",
                where=shown,
                remedy="save the story as plain text (UTF-8)",
            )
    if data.startswith(_UTF16_MARKS) or (b"\x00" in data[:64] and _seems_utf16(data)):
        raise _not_utf8("UTF-16", shown)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        where = f"{shown}, line {line} (byte {error.start:,})"
        raise _not_utf8(f"the byte 0x{data[error.start]:02X}", where) from None


def _seems_utf16(data: bytes) -> bool:
    head = data[:64]
    return max(head[0::2].count(0), head[1::2].count(0)) * 4 > len(head)


def _not_utf8(arrived: str, where: str) -> StoryError:
    return StoryError(
        f"expected text in UTF-8, got {arrived}", where=where, remedy='save the file as "UTF-8"'
    )


def _refuse_controls(text: str, shown: str) -> None:
    found = find_forbidden(text)
    if found:
        line = text.count("\n", 0, found[0]) + 1
        raise StoryError(
            f"{found[1]} stands in the text",
            where=f"{shown}, line {line}",
            remedy="remove it; stories hold written text only",
        )
