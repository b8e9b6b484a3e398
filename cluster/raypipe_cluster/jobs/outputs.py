"""The folders of jobs: filled under a claim's own name, kept under it, shown under the story's.

::

    OUT/.jobs/tmp/JOB.EPOCH/      what a claim is making
    OUT/.jobs/JOB/EPOCH/NAME/     what it has made, one folder a format: where a result points to
    OUT/NAME/                     the newest of that name, for people: the same files by hard links

A claim writes nowhere else, so that two workers that both believe they hold a job never write over
each other. Which of them made the result is decided by the store alone. Only then is it shown.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from raypipe.errors import QualityError, StorageError
from raypipe.output import StagedFolder, folder_error, sync
from raypipe_cluster.jobs.backend import FaultHook, no_fault
from raypipe_cluster.jobs.model import Job
from raypipe_cluster.jobs.rules import split_job_id

logger = logging.getLogger(__name__)

_OWN: Final = ".jobs"
_STAGING: Final = "tmp"
_NO_LINKS: Final = frozenset({errno.EXDEV, errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS})
"""What disks say that know no hard links, or no more of them."""

FindJob = Callable[[str], Job | None]
"""Returns a job, or None where the store has none of that id."""


class JobOutputs:
    """The folders of all jobs under ``root``, which belongs to one job store.

    All methods raise `InputError` where a folder cannot be written, `DiskFullError` where there is
    no space, and `StorageError` for other faults of the disk.
    """

    def __init__(self, root: Path, *, fault: FaultHook = no_fault) -> None:
        self.root = root.absolute()
        self._own = self.root / _OWN
        self._fault = fault

    def stage(self, job: Job) -> Path:
        """Make the empty folder in which ``job``'s claim works, and return it."""
        path = self._staging(job)
        try:
            if path.exists():  # of a store that was put back from a copy, and counts epochs again
                shutil.rmtree(path)
            path.mkdir(parents=True)
        except OSError as error:
            raise folder_error(error, path) from error
        return path

    def keep(self, job: Job) -> str:
        """Move what the claim has made to where its result points to, and return that pointer.

        Raises:
            QualityError: the folder is empty or has an empty file in it.
        """
        staging, kept = self._staging(job), self._kept(job)
        try:
            _require_whole(staging)
            self._fault("keep.checked")
            for path in _tree(staging):
                sync(path)
            self._fault("keep.synced")
            kept.parent.mkdir(parents=True, exist_ok=True)
            if kept.exists():
                shutil.rmtree(kept)
            staging.rename(kept)
            self._fault("keep.moved")
            for folder in (kept.parent, self._own):
                sync(folder)
        except OSError as error:
            raise folder_error(error, staging) from error
        return kept.relative_to(self.root).as_posix()

    def discard(self, job: Job) -> None:
        """Remove what the claim has made, for it is not the result."""
        for path in (self._staging(job), self._kept(job)):
            shutil.rmtree(path, ignore_errors=True)

    def show(self, pointer: str) -> tuple[Path, ...]:
        """Show what ``pointer`` points to under its own names, and return those folders.

        An older folder of the name gives way, but only to the whole new one; made again after it
        was cut off, it ends the same.
        """
        kept = self.root / pointer
        shown = []
        sources = _children(kept)
        if not sources:
            raise StorageError(
                "expected the folder that a job has made, found nothing",
                remedy="have all nodes see storage.output_dir as the same folder",
                where=str(kept),
            )
        for source in sources:
            place = self._own / _STAGING / f"{'.'.join(kept.parts[-2:])}.show-{source.name}"
            target = self.root / source.name
            self._mend(place, target)
            with StagedFolder(target, staging=place) as staged:
                try:
                    for file in source.iterdir():
                        _link(file, staged.path / file.name)
                except OSError as error:
                    raise folder_error(error, target) from error
                self._fault("show.linked")
                shown.append(staged.publish())
                self._fault("show.swapped")
        return tuple(shown)

    def _mend(self, place: Path, target: Path) -> None:
        """Clear away what a `show` that was cut off has left; put back what it had moved."""
        old = place.with_name(f"{place.name}-old")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            if old.exists() and not target.exists():
                old.rename(target)
        except OSError as error:
            raise folder_error(error, target) from error
        for left in (place, old):
            shutil.rmtree(left, ignore_errors=True)

    def forget(self, job_id: str) -> None:
        """Remove what a job has made, for nobody asks for the job any more.

        What is shown under the story's name stays.
        """
        if split_job_id(job_id) is not None:
            shutil.rmtree(self._own / job_id, ignore_errors=True)

    def sweep(self, find: FindJob, *, orphans_older_s: float) -> int:
        """Remove what claims have left that did not come to the result; return how many folders.

        Args:
            find: where to look up a job.
            orphans_older_s: folders of jobs that the store does not know go after so long; they
                may be those of a store that shares the root by mistake.
        """
        removed = 0
        for path in [*_children(self._own / _STAGING), *self._claims_kept()]:
            claim = _claim_of(path)
            if claim is None:
                continue
            job_id, epoch, working = claim
            job = find(job_id)
            if job is None:
                stale = _age_s(path) > orphans_older_s
            else:
                running = job.state == "running" and job.epoch == epoch
                pointer = path.relative_to(self.root).as_posix()
                result = job.result is not None and job.result.pointer == pointer
                # Showing is done by who sweeps, so what is found of it was cut off.
                stale = (working == "show") or not (running or result)
            if stale:
                shutil.rmtree(path, ignore_errors=True)
                logger.info("folder removed", extra={"job_id": job_id, "folder": str(path)})
                removed += 1
        return removed

    def _claims_kept(self) -> Iterator[Path]:
        for job in _children(self._own):
            if split_job_id(job.name) is not None:
                yield from _children(job)

    def _staging(self, job: Job) -> Path:
        return self._own / _STAGING / f"{job.job_id}.{job.epoch}"

    def _kept(self, job: Job) -> Path:
        return self._own / job.job_id / str(job.epoch)


def _claim_of(path: Path) -> tuple[str, int, str] | None:
    """Return (job id, epoch, "make" or "show") of a folder of ours, or None."""
    if path.parent.name != _STAGING:
        return (path.parent.name, int(path.name), "make") if path.name.isdecimal() else None
    head, show, _ = path.name.partition(".show-")
    job_id, _, epoch = head.rpartition(".")
    if split_job_id(job_id) is None or not epoch.isdecimal():
        return None
    return job_id, int(epoch), "show" if show else "make"


def _require_whole(folder: Path) -> None:
    files = [path for path in _tree(folder) if path.is_file()]
    empty = [path.name for path in files if path.stat().st_size == 0]
    if not files or empty:
        raise QualityError(
            f"expected a folder of files that are not empty, found {', '.join(empty) or 'none'}",
            remedy="nothing was published; render again, and report this if it stays",
            where=str(folder),
        )


def _tree(folder: Path) -> list[Path]:
    """Return all files and folders of ``folder``, the innermost first, itself last."""
    return [
        Path(where, name)
        for where, _, names in os.walk(folder, topdown=False)
        for name in (*names, ".")
    ]


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        shutil.copy2(source, target)


def _children(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise StorageError(
            f"cannot be read ({error.strerror})", remedy="check the disk", where=str(folder)
        ) from error


def _age_s(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0  # it is being removed
