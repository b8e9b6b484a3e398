"""The output folder: it appears whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import stat
from pathlib import Path
from types import TracebackType
from typing import Self

from raypipe.errors import DiskFullError, InputError, StorageError

_STAGING_PREFIX = ".raypipe-"


class StagedFolder:
    """A folder filled under a hidden name beside its place, then moved there in one step.

    ::

        with StagedFolder(Path("videos/my-story_1")) as staged:
            (staged.path / "plan.json").write_text(...)
            staged.publish()

    Leaving the block without `publish` deletes what was written. An earlier folder of the same
    name is replaced only by a complete one, and is put back if that fails.

    Args:
        target: where the folder will stand.
        staging: where it is filled, on the same disk; a hidden name beside ``target`` if None.

    Raises:
        InputError: the place cannot be written.
        DiskFullError: no space is left.
    """

    def __init__(self, target: Path, *, staging: Path | None = None) -> None:
        self.target = target.absolute()
        beside = self.target.parent / f"{_STAGING_PREFIX}{secrets.token_hex(6)}"
        self.path = (staging or beside).absolute()
        self._published = False

    def __enter__(self) -> Self:
        try:
            self.target.parent.mkdir(parents=True, exist_ok=True)
            if _is_file(self.target):
                raise InputError(
                    "expected a folder or nothing there, found a file",
                    remedy="move it away, or choose another folder with --out",
                    where=str(self.target),
                )
            self.path.mkdir()
        except OSError as error:
            raise folder_error(error, self.target.parent) from error
        return self

    def write(self, name: str, data: bytes | str) -> Path:
        """Write a file of the folder and return its path."""
        path = self.path / name
        try:
            path.write_bytes(data.encode() if isinstance(data, str) else data)
        except OSError as error:
            raise folder_error(error, path) from error
        return path

    def publish(self) -> Path:
        """Make the folder visible under its own name and return that."""
        try:
            for path in self.path.iterdir():
                sync(path)
            sync(self.path)
            while not self._take_place():
                pass  # another run of the same story has put its folder there meanwhile
            sync(self.target.parent)
        except OSError as error:
            raise folder_error(error, self.target) from error
        self._published = True
        return self.target

    def _take_place(self) -> bool:
        """Move the folder to its place, and what stood there away; tell whether it stands there.

        Raises:
            OSError: it cannot be moved; what stood there is put back.
        """
        old = self.path.with_name(f"{self.path.name}-old")
        with contextlib.suppress(FileNotFoundError):
            self.target.rename(old)
        try:
            self.path.rename(self.target)
        except OSError as error:
            taken = error.errno in {errno.ENOTEMPTY, errno.EEXIST}
            if not taken and old.exists():
                old.rename(self.target)
            if not taken:
                raise
        shutil.rmtree(old, ignore_errors=True)
        return not self.path.exists()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not self._published:
            shutil.rmtree(self.path, ignore_errors=True)


def _is_file(path: Path) -> bool:
    """Tell, in one look, whether anything but a folder stands there: another run may move it."""
    try:
        return not stat.S_ISDIR(path.stat().st_mode)
    except FileNotFoundError:
        return False


def make_folder(folder: Path) -> None:
    """Make ``folder`` and those above it, before any work is done for it.

    Raises:
        InputError: it cannot be made or written.
        DiskFullError: no space is left.
    """
    probe = folder / f"{_STAGING_PREFIX}{secrets.token_hex(6)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.mkdir()
        probe.rmdir()
    except OSError as error:
        raise folder_error(error, folder) from error


def folder_error(error: OSError, path: Path) -> InputError | StorageError:
    """Return ``error``, met while writing ``path``, as one of ours."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DiskFullError(
            "no space left on the device",
            remedy="free some space, or choose another folder with --out",
            where=str(path),
        )
    if error.errno in {
        errno.EACCES,
        errno.EPERM,
        errno.EROFS,
        errno.ENOTDIR,
        errno.EEXIST,
        errno.ENOENT,
    }:
        return InputError(
            f"expected a folder that can be written ({os.strerror(error.errno)})",
            remedy="choose another with --out, or change its permissions",
            where=str(path),
        )
    return StorageError(
        f"cannot be written ({error.strerror or error})",
        remedy="check the disk, or choose another folder with --out",
        where=str(path),
    )


def sync(path: Path) -> None:
    """Return once a file, or the names in a folder, would outlive a loss of power."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
