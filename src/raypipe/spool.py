"""Bulk data on disk instead of in memory, in unnamed files: gone with the process, however it ends.

Sound of ten minutes takes 230 MB, segments of a video twice that. An array from `zeros` or
`RowWriter` is used as any other; whoever goes through it in `runs` keeps no more than a run of it
in memory. Small arrays lie in memory.
"""

from __future__ import annotations

import errno
import io
import mmap
import os
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
import numpy.typing as npt

from raypipe.errors import DiskFullError, RaypipeError, StorageError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Rows = npt.NDArray[np.float32]
"""float32 (n,) or (n, columns)."""

_Number = TypeVar("_Number", bound=np.generic)

RUN_ROWS = 48 * 2048
"""Rows in one run: two seconds at 48 kHz, whole milliseconds."""

_IN_MEMORY_BYTES = 1 << 20
_ROW_BYTES = 4


def unnamed_file() -> IO[bytes]:
    """Return a new file that no folder lists, open for reading and writing.

    Raises:
        StorageError: there is no folder for temporary files that may be written to.
    """
    folder = tempfile.gettempdir()
    if folder == "/tmp" and os.access("/var/tmp", os.W_OK):  # noqa: S108 - no name is guessed there
        folder = "/var/tmp"  # noqa: S108 - /tmp is memory on many machines, /var/tmp is not (FHS 5.15)
    try:
        return tempfile.TemporaryFile(dir=folder, prefix="raypipe-")
    except OSError as error:
        raise _failure(error, folder) from error


def zeros(count: int, columns: int | None = None) -> Rows:
    """Return zeros float32 (count, columns), or (count,); on disk if there are many.

    Raises:
        DiskFullError: no space for them; nothing was written.
    """
    shape = (count,) if columns is None else (count, columns)
    size = count * (columns or 1) * _ROW_BYTES
    if size <= _IN_MEMORY_BYTES:
        return np.zeros(shape, np.float32)
    with unnamed_file() as file:
        try:
            _reserve(file.fileno(), size)
            return _mapped(file, shape)
        except OSError as error:
            raise _failure(error, tempfile.gettempdir()) from error


class RowWriter:
    """Collects rows whose number is not known before.

    Args:
        columns: of each row.
    """

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._waiting: list[Rows] = []
        self._waiting_bytes = 0
        self._file: IO[bytes] | None = None
        self.count = 0

    def append(self, rows: Rows) -> None:
        """Add rows float32 (n, columns); they are copied.

        Raises:
            DiskFullError: no space for them.
        """
        self._waiting.append(np.array(rows, np.float32, order="C"))
        self._waiting_bytes += rows.size * _ROW_BYTES
        self.count += len(rows)
        if self._waiting_bytes > _IN_MEMORY_BYTES:
            self._write()

    def finish(self) -> Rows:
        """Return all rows, float32 (n, columns). May be called once."""
        if self._file is None:
            return np.concatenate([np.zeros((0, self._columns), np.float32), *self._waiting])
        self._write()
        with self._file as file:
            return _mapped(file, (self.count, self._columns))

    def _write(self) -> None:
        self._file = self._file or unnamed_file()
        try:
            for rows in self._waiting:
                self._file.write(rows.data)
            self._file.flush()
        except OSError as error:
            self._file.close()
            raise _failure(error, tempfile.gettempdir()) from error
        self._waiting, self._waiting_bytes = [], 0


def runs(rows: Rows, *, length: int = RUN_ROWS) -> Iterator[tuple[int, Rows]]:
    """Yield (first row, view of up to ``length`` rows), one after the other.

    Memory of a view of a file is given back when the next one is asked for; what was written to it
    stays.
    """
    for start in range(0, len(rows), length):
        yield start, rows[start : start + length]
        let_go(rows)


def let_go(rows: npt.NDArray[Any]) -> None:
    """Keep no page of an array that lies on disk in memory; do nothing for others."""
    owner: object = rows
    while isinstance(owner, np.ndarray):
        owner = owner.base
    if isinstance(owner, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        owner.madvise(mmap.MADV_DONTNEED)  # of a shared mapping, so nothing is lost


def mapped_bytes(file: IO[bytes]) -> npt.NDArray[np.uint8]:
    """Return what is in a file that is not empty, uint8 (n,), without reading it yet."""
    file.flush()
    return np.frombuffer(mmap.mmap(file.fileno(), 0), np.uint8)


class Spool:
    """Pieces of bytes, put down one after the other in one unnamed file, by any thread."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._end = 0
        self._lock = threading.Lock()

    def put(self, data: bytes | memoryview) -> Spooled:
        """Write ``data`` down and return where it is.

        Raises:
            DiskFullError: no space for it.
        """
        with self._lock:
            start = self._end
            self._write(data, start)
        return Spooled(self, start, len(data))

    def keep(self, rows: npt.NDArray[_Number]) -> npt.NDArray[_Number]:
        """Write ``rows`` down and return them as they lie there; `let_go` takes them out of memory.

        Raises:
            DiskFullError: no space for them.
        """
        if not rows.size:
            return rows
        page = mmap.ALLOCATIONGRANULARITY
        with self._lock:
            start = -(-self._end // page) * page
            handle = self._write(np.ascontiguousarray(rows).data.cast("B"), start)
            mapping = mmap.mmap(handle, rows.nbytes, offset=start)
        return np.ndarray(rows.shape, rows.dtype, buffer=mapping)

    def _write(self, data: bytes | memoryview, start: int) -> int:
        """Write ``data`` at ``start``, where the spool then ends, and return the file's handle."""
        self._file = self._file or unnamed_file()
        try:
            self._file.seek(start)
            self._file.write(data)
            self._file.flush()
        except OSError as error:
            raise _failure(error, tempfile.gettempdir()) from error
        self._end = start + len(data)
        return self._file.fileno()

    def read(self, start: int, size: int) -> bytes:
        """Return ``size`` bytes from ``start`` on."""
        with self._lock:
            if self._file is None:
                raise ValueError("nothing was put into this spool")
            self._file.seek(start)
            return self._file.read(size)


@dataclass(frozen=True, slots=True)
class Spooled:
    """Bytes that were put into a spool, which lives as long as any of them."""

    spool: Spool = field(repr=False)
    start: int
    size: int

    def read(self) -> bytes:
        """Return the bytes."""
        return self.spool.read(self.start, self.size)

    def open(self) -> io.RawIOBase:
        """Return the bytes as a file to read from, which keeps none of them in memory."""
        return _SpooledFile(self)


class _SpooledFile(io.RawIOBase):
    def __init__(self, piece: Spooled) -> None:
        self._piece = piece
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        left = max(0, self._piece.size - self._at)
        data = self._piece.spool.read(self._piece.start + self._at, min(len(view), left))
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._piece.size}[whence]
        if base + offset < 0:
            raise ValueError(f"expected a place from 0 on, got {base + offset}")
        self._at = base + offset
        return self._at


def opened(data: bytes | Spooled) -> IO[bytes]:
    """Return bytes that may lie in a spool as a file to read from."""
    return cast("IO[bytes]", data.open() if isinstance(data, Spooled) else io.BytesIO(data))


def _mapped(file: IO[bytes], shape: tuple[int, ...]) -> Rows:
    # The mapping keeps the file alive after it is closed.
    return np.ndarray(shape, np.float32, buffer=mmap.mmap(file.fileno(), 0))


def _reserve(handle: int, size: int) -> None:
    # A hole that cannot be filled when it is written to would kill the process (SIGBUS).
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(handle, 0, size)
    else:
        os.truncate(handle, size)


def _failure(error: OSError, folder: str) -> RaypipeError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DiskFullError(
            "no space left for temporary files",
            remedy="free some space, or set TMPDIR to a folder with some",
            where=str(Path(folder)),
        )
    return StorageError(
        f"temporary files cannot be written ({error.strerror or error})",
        remedy="check the folder's permissions, or set TMPDIR to another folder",
        where=str(Path(folder)),
    )
