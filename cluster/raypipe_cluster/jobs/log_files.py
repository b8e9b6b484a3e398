"""What was logged of each job, in a file of its own, until the job is forgotten."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from raypipe.logs import LOGGERS, JsonFormatter, fields_of
from raypipe.progress import ProgressEvent
from raypipe_cluster.jobs.model import Step

MAX_LOG_BYTES: Final = 5_000_000
"""Of one job; what comes later is dropped, and the last line says so."""
_JOB_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}\.[1-9][0-9]{0,14}\Z")
"""A story's id and a number: no name of a file elsewhere."""
_FULL: Final = '{"message": "the log of this job is full; later records were dropped"}\n'

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LogPart:
    """Whole lines of a job's log; ``offset`` (bytes) is where to go on."""

    lines: tuple[str, ...]
    offset: int


class KeepsLogs(Protocol):
    """A desk that also has the logs of its jobs."""

    def log(self, job_id: str, *, offset: int = 0, limit_bytes: int = 1_000_000) -> LogPart:
        """Return the lines from byte ``offset`` on, about ``limit_bytes`` at most."""
        ...


class JobLogs(logging.Handler):
    """Keeps the records that belong to a job (`raypipe.logs.log_fields`) in ``folder``.

    A disk that is full or broken loses records, never a job.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(logging.INFO)
        self._folder = folder
        self._lines = threading.Lock()
        self.setFormatter(JsonFormatter())

    def attach(self) -> None:
        """Take in all our records of this process from now on."""
        for name in LOGGERS:
            chosen = logging.getLogger(name)
            chosen.addHandler(self)
            if chosen.getEffectiveLevel() > logging.INFO:
                chosen.setLevel(logging.INFO)

    def detach(self) -> None:
        """Take in no more."""
        for name in LOGGERS:
            logging.getLogger(name).removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep ``record`` if it belongs to a job."""
        job_id = fields_of(record).get("job_id")
        path = self._path(job_id) if isinstance(job_id, str) else None
        if path is None:
            return
        line = self.format(record) + "\n"
        try:
            with self._lines:
                self._append(path, line)
        except OSError:
            return  # told by the store, which has the same disk

    def log(self, job_id: str, *, offset: int = 0, limit_bytes: int = 1_000_000) -> LogPart:
        """Return the lines from byte ``offset`` on; none for a job of which nothing was logged."""
        path = self._path(job_id)
        if path is None or not path.is_file():
            return LogPart((), offset)
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read(limit_bytes)
            if not data.endswith(b"\n"):
                data += file.readline()
        whole = data[: data.rfind(b"\n") + 1]
        lines = whole.decode("utf-8", errors="replace").splitlines()
        return LogPart(tuple(lines), offset + len(whole))

    def add(self, job_id: str, lines: Iterable[str]) -> None:
        """Keep lines of JSON that another process has logged of the job."""
        path = self._path(job_id)
        if path is None:
            return
        try:
            with self._lines:
                for line in lines:
                    self._append(path, " ".join(line.splitlines()) + "\n")
        except OSError:
            return  # as in `emit`

    def forget(self, job_ids: Iterable[str]) -> None:
        """Delete the logs of jobs that the store has forgotten."""
        for job_id in job_ids:
            path = self._path(job_id)
            if path is not None:
                path.unlink(missing_ok=True)

    def _path(self, job_id: str) -> Path | None:
        return self._folder / f"{job_id}.jsonl" if _JOB_ID.match(job_id) else None

    def _append(self, path: Path, line: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with path.open("a", encoding="utf-8") as file:
            size_bytes = file.tell()
            if size_bytes + len(line.encode()) <= MAX_LOG_BYTES:
                file.write(line)
            elif size_bytes <= MAX_LOG_BYTES:  # over it, the last line is there already
                file.write(_FULL.rjust(MAX_LOG_BYTES + 1 - size_bytes))


def log_step(event: ProgressEvent | Step) -> None:
    """Log a step that began, ended or went wrong; the frames in between are progress, no news."""
    if event.state == "queued" or (event.state == "running" and event.done):
        return
    fields: dict[str, object] = {
        "stage": event.stage,
        "state": event.state,
        "at_s": round(event.at_s, 3),
    }
    if event.scene_id is not None:
        fields["scene_id"] = event.scene_id
    if event.detail:
        fields["detail"] = event.detail
    level = logging.WARNING if event.state in {"retrying", "degraded", "failed"} else logging.INFO
    logger.log(level, "step", extra=fields)
