"""Many stories at once: files, folders of files, and JSON Lines with a story or plan a line.

Every one is read before any is used, and what cannot be used is told with its file and line, so
that a person mends a hundred stories in one go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from raypipe.errors import StoryError
from raypipe.story.model import Story
from raypipe.story.plan import StoryPlan
from raypipe.story.quoting import shorten
from raypipe.story.read import MAX_SOURCE_BYTES, open_source, parse_source, read_source, too_large

STORY_ENDINGS: Final = frozenset({".json", ".jsonl", ".ndjson", ".md", ".markdown", ".txt"})
"""What is taken of a folder."""
LINES_ENDINGS: Final = frozenset({".jsonl", ".ndjson"})
MAX_STORIES: Final = 10_000
"""Stories at once; a folder with more is most likely another folder."""
_LINE: Final = "line.json"
_SKIP_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Gathered:
    """What stood at ``place`` (a file, or a file and line): a story or plan, or why it is none."""

    place: str
    source: Story | StoryPlan | None = None
    error: StoryError | None = None


def gather_stories(paths: Sequence[Path]) -> list[Gathered]:
    """Read all stories that ``paths`` name, in their order; those of a folder by name.

    Of a folder, files with one of `STORY_ENDINGS` are taken, hidden ones, links and folders in it
    are not. A story that is there twice is taken once; another story of the same id is an error.

    Raises:
        StoryError: there are more than `MAX_STORIES`.
    """
    found: list[Gathered] = []
    for entry in _once(_entries(paths)):
        if len(found) == MAX_STORIES:
            raise StoryError(
                f"expected at most {MAX_STORIES:,} stories at once",
                where=entry.place,
                remedy="submit them in parts",
            )
        found.append(entry)
    return found


def _entries(paths: Iterable[Path]) -> Iterator[Gathered]:
    for path in paths:
        if not path.is_dir():
            yield from _file(path)
            continue
        files = _files_of(path)
        if not files:
            yield Gathered(
                shorten(str(path)),
                error=StoryError(
                    "expected stories in the folder, found none",
                    remedy=f"files of stories end in {', '.join(sorted(STORY_ENDINGS))}",
                ),
            )
        for file in files:
            yield from _file(file)


def _files_of(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in STORY_ENDINGS
        and not path.name.startswith(".")
        and not path.is_symlink()
        and path.is_file()
    )


def _file(path: Path) -> Iterator[Gathered]:
    place = shorten(str(path))
    if path.suffix.lower() in LINES_ENDINGS:
        yield from _lines(path, place)
        return
    try:
        yield Gathered(place, read_source(path))
    except StoryError as error:
        yield Gathered(place, error=error)


def _lines(path: Path, place: str) -> Iterator[Gathered]:
    count = 0
    try:
        with open_source(path) as file:
            for number, line, size_bytes in _numbered(file):
                count += 1
                where = f"{place}, line {number}"
                try:
                    if size_bytes > MAX_SOURCE_BYTES:
                        raise too_large(size_bytes, "the line")
                    # Every line is JSON, whatever it begins with.
                    yield Gathered(where, parse_source(line, name=_LINE))
                except StoryError as error:
                    yield Gathered(where, error=_within_line(error))
    except StoryError as error:
        yield Gathered(place, error=error)
        return
    if not count:
        empty = StoryError("the file is empty", remedy="write a story a line in it")
        yield Gathered(place, error=empty)


def _within_line(error: StoryError) -> StoryError:
    """Return ``error`` without the line number that JSON gives, which is always 1."""
    inside = error.where.removeprefix(f"{_LINE}, ").removeprefix("line 1 ").removeprefix(_LINE)
    return StoryError(error.problem, where=inside, remedy=error.remedy)


def _numbered(file: BinaryIO) -> Iterator[tuple[int, bytes, int]]:
    """Yield number, content and size of the lines that are not blank; a huge one is not kept."""
    number = 0
    while line := file.readline(MAX_SOURCE_BYTES + 2):
        number += 1
        size_bytes = len(line)
        while not line.endswith(b"\n") and (rest := file.readline(_SKIP_BYTES)):
            size_bytes += len(rest)
            if rest.endswith(b"\n"):
                break
        if line.strip(b" \t\r\n\xef\xbb\xbf"):
            yield number, line.rstrip(b"\r\n"), size_bytes - line.endswith(b"\n")


def _once(entries: Iterable[Gathered]) -> Iterator[Gathered]:
    known: dict[str, Gathered] = {}
    for entry in entries:
        if entry.source is None:
            yield entry
            continue
        before = known.setdefault(entry.source.story_id, entry)
        if before is entry:
            yield entry
        elif before.source != entry.source:
            error = StoryError(
                f"expected another story_id than {entry.source.story_id!r}, "
                f"which {before.place} has with other content",
                remedy="give one of them another id",
            )
            yield Gathered(entry.place, error=error)
