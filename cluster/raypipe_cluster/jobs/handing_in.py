"""Handing in what a story's process logs, so that it is kept with the job and not on some node."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Final, Self

from raypipe.errors import RaypipeError
from raypipe.logs import JsonFormatter, records_to

logger = logging.getLogger(__name__)

_EVERY_S: Final = 0.5
_MOST_WAITING: Final = 5000
"""Lines kept while nobody takes them, about a megabyte; later ones are counted."""


class RecordsOfJob(logging.Handler):
    """Within its block, hands in all that this process logs, for it works on one job at a time.

    Logging never waits for it and never fails by it: lines go on a thread of their own, again
    later where nobody answers.

    Args:
        about: fields of the job, for records of threads that know of none.
        hand_in: takes lines of JSON; may raise `RaypipeError`.
        every_s: how often.
        most: how many lines may wait.
    """

    def __init__(
        self,
        about: Mapping[str, object],
        hand_in: Callable[[Sequence[str]], object],
        *,
        every_s: float = _EVERY_S,
        most: int = _MOST_WAITING,
    ) -> None:
        super().__init__(logging.INFO)
        self.setFormatter(JsonFormatter())
        self._about = dict(about)
        self._hand_in = hand_in
        self._every_s = every_s
        self._most = most
        self._lines: list[str] = []
        self._left_out = 0
        self._lines_lock = threading.Lock()
        self._over = threading.Event()
        self._stack = ExitStack()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep ``record`` until it is handed in."""
        for name, value in self._about.items():
            record.__dict__.setdefault(name, value)
        line = self.format(record)
        with self._lines_lock:
            if len(self._lines) < self._most:
                self._lines.append(line)
            else:
                self._left_out += 1

    def __enter__(self) -> Self:
        thread = threading.Thread(target=self._go_on, name="records", daemon=True)
        self._stack.enter_context(records_to(self))
        thread.start()
        self._stack.callback(thread.join)
        self._stack.callback(self._over.set)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    def _go_on(self) -> None:
        while not self._over.wait(self._every_s):
            self._flush()
        self._flush()

    def _flush(self) -> None:
        with self._lines_lock:
            lines, self._lines = self._lines, []
            left_out, self._left_out = self._left_out, 0
        if left_out:
            lines.append(self._says_left_out(left_out))
        if not lines:
            return
        try:
            self._hand_in(tuple(lines))
        except RaypipeError as error:
            if error.retryable:
                with self._lines_lock:
                    self._lines[:0] = lines

    def _says_left_out(self, count: int) -> str:
        said = f"{count} records were left out, for nobody took them in time"
        record = logger.makeRecord(logger.name, logging.WARNING, __file__, 0, said, (), None)
        record.__dict__.update(self._about)
        return self.format(record)
