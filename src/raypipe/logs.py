"""Log records as JSON, a line each, with the job, story and scene that they belong to.

A program asks for them with RAYPIPE_LOG=json or ``--log-format json``. Each line has ``time`` (ISO
8601, UTC), ``level``, ``logger``, ``message``; ``job_id``, ``story_id`` and ``scene_id`` where they
are known; whatever fields the record was given; and the ``traceback``, if it has one.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final, Literal, TextIO

from raypipe.settings import log_format_wanted

LogFormat = Literal["text", "json"]

LOGGERS: Final = ("raypipe", "raypipe_actors", "raypipe_cluster")
"""Ours; the records of other packages are left to whoever runs the process."""

_PLAIN: Final = frozenset(
    {*logging.LogRecord("", 0, "", 0, "", (), None).__dict__, "message", "asctime", "taskName"}
)
"""Attributes that every record has."""
_FIELDS: ContextVar[Mapping[str, str] | None] = ContextVar("raypipe_log_fields", default=None)
_FIRST: Final = ("job_id", "story_id", "scene_id")


@contextmanager
def log_fields(**fields: str) -> Iterator[None]:
    """Give ``fields`` to every record of the block, in the tasks and threads it starts too.

    Threads get them by `asyncio.to_thread`, which passes the context on; others do not.
    """
    token = _FIELDS.set({**current_fields(), **fields})
    try:
        yield
    finally:
        _FIELDS.reset(token)


def current_fields() -> Mapping[str, str]:
    """Return the fields that a record would get here and now."""
    return _FIELDS.get() or {}


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return the fields of ``record``: those of the block it is made in, and its own over them."""
    # Other programs' own marks begin with an underscore: Ray puts one on every record.
    own = {
        name: value
        for name, value in record.__dict__.items()
        if name not in _PLAIN and not name.startswith("_")
    }
    found = {**current_fields(), **own}
    return {name: found[name] for name in (*_FIRST, *found) if name in found}


@contextmanager
def records_to(handler: logging.Handler) -> Iterator[None]:
    """Give ``handler`` all our records of this process from level INFO on, within the block."""
    loggers = [logging.getLogger(name) for name in LOGGERS]
    former = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        if logger.getEffectiveLevel() > logging.INFO:
            logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        for logger, level in zip(loggers, former, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {
            "time": time.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **fields_of(record),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class TextFormatter(logging.Formatter):
    """Formats a record as one line for people, its fields behind it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and the traceback under it."""
        return readable(JsonFormatter.format(JsonFormatter(), record))


def readable(line: str) -> str:
    """Return a line of JSON as people read it; one that is none stays as it is."""
    try:
        found = json.loads(line)
        head = f"{found.pop('time')}  {found.pop('level'):7}  {found.pop('message')}"
    except (ValueError, KeyError, TypeError, AttributeError):
        return line
    found.pop("logger", None)
    trace = str(found.pop("traceback", ""))
    rest = "  ".join(f"{name}={value}" for name, value in found.items())
    return "\n".join(part for part in (f"{head}  {rest}".rstrip(), trace) if part)


def configure_logging(kind: LogFormat, *, stream: TextIO | None = None) -> None:
    """Write our records from level INFO on to ``stream``, stderr if None. May be called again."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if kind == "json" else TextFormatter())
    handler.set_name(_HANDLER)
    for name in LOGGERS:
        logger = logging.getLogger(name)
        for old in [old for old in logger.handlers if old.name == _HANDLER]:
            logger.removeHandler(old)
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False


def configure_wanted_logging() -> None:
    """Do what RAYPIPE_LOG asks for, in a process that nobody gives a flag to, such as a worker.

    Raises:
        SettingsError: it asks for something else than ``text`` or ``json``.
    """
    kind = log_format_wanted()
    if kind is not None:
        configure_logging(kind)


_HANDLER: Final = "raypipe"
