"""The container's own words: the boxes of an MP4 file, read without a decoder.

A demuxer mends what it can and so hides faults that a platform's ingest would refuse; here the
boxes are read as they lie in the file (ISO/IEC 14496-12, section 4.2, "object structure").
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from raypipe.errors import QualityError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HEADER_BYTES = 8
_LARGE_HEADER_BYTES = 16
_CONTAINERS = frozenset({"moov", "trak", "mdia", "minf", "stbl", "edts"})
"""Boxes that hold nothing but boxes, on the way to what is looked for."""
_MAX_MOOV_BYTES = 64 * 1024 * 1024
"""The index of a ten-hour film is smaller; more means that the size field lies."""


@dataclass(frozen=True, slots=True)
class Box:
    """One box: four-character ``kind`` at byte ``offset``, ``size_bytes`` with its header."""

    kind: str
    offset: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class ContainerFacts:
    """How a file is laid out.

    ``boxes`` are those of the top level in order. ``declared_bytes`` is the sum of their sizes,
    equal to ``file_bytes`` in a whole file. ``edit_lists`` counts ``elst`` boxes; ``fault`` says
    where reading stopped, empty if it did not. ``major_brand`` is that of ``ftyp``.
    """

    file_bytes: int
    declared_bytes: int
    boxes: tuple[Box, ...]
    major_brand: str
    edit_lists: int
    fault: str = ""

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of the top-level boxes, in order."""
        return tuple(box.kind for box in self.boxes)

    @property
    def ftyp_first(self) -> bool:
        """Whether the file begins with its type."""
        return self.kinds[:1] == ("ftyp",)

    @property
    def moov_before_mdat(self) -> bool:
        """Whether a player can start before the whole file has arrived."""
        kinds = self.kinds
        return "moov" in kinds and "mdat" in kinds and kinds.index("moov") < kinds.index("mdat")


def read_container(path: Path) -> ContainerFacts:
    """Read the top-level boxes of ``path`` and look for edit lists.

    A file that is cut short or is no MP4 at all is a finding, not an error: see ``fault``.

    Raises:
        QualityError: the file cannot be opened.
    """
    try:
        with path.open("rb") as file:
            return _read(file, path.stat().st_size)
    except OSError as error:
        raise QualityError(
            f"expected a readable video file, got {error.strerror or error}",
            remedy="render it again",
            where=path.name,
        ) from error


def _read(file: BinaryIO, file_bytes: int) -> ContainerFacts:
    boxes: list[Box] = []
    offset, fault = 0, ""
    while offset < file_bytes:
        file.seek(offset)
        box, fault = _parse(file.read(_LARGE_HEADER_BYTES), offset, file_bytes)
        if box is None:
            break
        boxes.append(box)
        offset += box.size_bytes
        if offset > file_bytes:
            fault = f"box {box.kind} ends {offset - file_bytes} bytes after the end of the file"
    brand, edit_lists = "", 0
    for box in boxes:
        if box.offset + box.size_bytes > file_bytes:
            continue
        if box.kind == "ftyp" and box.size_bytes >= _HEADER_BYTES + 4:
            file.seek(box.offset + _HEADER_BYTES)
            brand = file.read(4).decode("latin-1")
        if box.kind == "moov" and box.size_bytes <= _MAX_MOOV_BYTES:
            file.seek(box.offset)
            edit_lists += sum(kind == "elst" for kind in _walk(file.read(box.size_bytes)))
    return ContainerFacts(file_bytes, offset, tuple(boxes), brand, edit_lists, fault)


def _parse(header: bytes, offset: int, end: int) -> tuple[Box | None, str]:
    """Return the box whose header is ``header``, or None and what is wrong with it."""
    if len(header) < _HEADER_BYTES:
        return None, f"{len(header)} stray bytes at {offset}"
    size, kind_bytes = struct.unpack_from(">I4s", header)
    kind = kind_bytes.decode("latin-1")
    if not (kind_bytes.isascii() and kind.isprintable()):
        return None, f"no box at byte {offset}"
    minimum = _HEADER_BYTES
    if size == 1 and len(header) >= _LARGE_HEADER_BYTES:
        (size,) = struct.unpack_from(">Q", header, _HEADER_BYTES)
        minimum = _LARGE_HEADER_BYTES
    elif size == 0:
        size = end - offset
    if size < minimum:
        return None, f"box {kind} at byte {offset} claims {size} bytes"
    return Box(kind, offset, size), ""


def _walk(data: bytes) -> Iterator[str]:
    """Yield the kinds of all boxes in ``data`` that lie on the way to an edit list."""
    offset = 0
    while offset < len(data):
        box, _ = _parse(data[offset : offset + _LARGE_HEADER_BYTES], offset, len(data))
        if box is None:
            return
        yield box.kind
        if box.kind in _CONTAINERS:
            yield from _walk(data[offset + _HEADER_BYTES : offset + box.size_bytes])
        offset += box.size_bytes
