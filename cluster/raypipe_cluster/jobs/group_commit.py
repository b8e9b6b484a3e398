"""Changes of many threads in one transaction, so that one sync of the disk serves them all.

A commit that survives a loss of power costs a sync, and a disk makes only some hundreds of those a
second. So a thread that finds a commit under way leaves its change to the next one: whoever comes
first then makes the changes of all that wait, commits once, and each returns when its own is on
the disk. As callers that shared a commit come again at the same time, the next is begun when as
many are there, or after the time that a commit takes. Nothing is acknowledged earlier than alone,
and who was alone the last time waits for nobody.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final, TypeVar, cast

import apsw

_LONGEST_WAIT_S: Final = 0.02
"""However long the last commit took: a disk that stalled once need not be waited for again."""

Made = TypeVar("Made")


@dataclass(eq=False, slots=True)
class _Entry:
    """A change that waits, or what came of it once it is ``settled``."""

    change: Callable[[], Any]
    made: Any = None
    error: Exception | None = None
    settled: bool = False


class GroupCommit:
    """Makes changes over ``connection`` for any number of threads.

    Args:
        connection: where transactions are made.
        lock: held while one is made, for reads over the same connection.
    """

    def __init__(self, connection: apsw.Connection, lock: threading.RLock) -> None:
        self._connection = connection
        self._lock = lock
        mutex = threading.Lock()
        self._turn = threading.Condition(mutex)
        self._arrival = threading.Condition(mutex)
        self._waiting: list[_Entry] = []
        self._committing = False
        self._usual = 1
        self._patience_s = 0.0

    @property
    def waiting(self) -> int:
        """How many changes wait for the next commit."""
        return len(self._waiting)

    def run(self, change: Callable[[], Made]) -> Made:
        """Make ``change`` in a transaction and return what it returns once that is committed.

        It may run in another thread, and again if others in its transaction failed. What it raises
        is raised here, and undoes only itself.

        Raises:
            apsw.Error: there was no turn, or this change could not be committed even by itself.
        """
        mine = _Entry(change)
        with self._turn:
            self._waiting.append(mine)
            self._arrival.notify()
            try:
                self._turn.wait_for(lambda: mine.settled or not self._committing)
            except BaseException:  # Ctrl-C: nobody waits for this change any more
                with suppress(ValueError):
                    self._waiting.remove(mine)
                raise
            leads = not mine.settled
            self._committing = self._committing or leads
        if leads:
            self._lead(mine)
        if mine.error is not None:
            raise mine.error
        return cast("Made", mine.made)

    def _lead(self, mine: _Entry) -> None:
        """Commit for all, then let the next begin, even if this thread was interrupted."""
        together: list[_Entry] = []
        try:
            together = self._gather()
            with self._lock:
                self._commit(together)
        finally:
            with self._turn:
                left = [entry for entry in together if not entry.settled] + self._waiting
                self._waiting = [entry for entry in left if entry is not mine]
                self._committing = False
                self._turn.notify_all()

    def _gather(self) -> list[_Entry]:
        """Take all changes that wait, once as many as usual do or a commit's time has passed."""
        with self._turn:
            self._arrival.wait_for(lambda: len(self._waiting) >= self._usual, self._patience_s)
            together, self._waiting = self._waiting, []
            self._usual = len(together)
            return together

    def _commit(self, together: Sequence[_Entry]) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except apsw.Error as error:
            _settle(together, error)
            return
        try:
            for entry in together:
                self._make(entry)
            none = all(entry.error is not None for entry in together)
            began_s = monotonic()
            self._connection.execute("ROLLBACK" if none else "COMMIT")
            self._patience_s = min(monotonic() - began_s, _LONGEST_WAIT_S)
        except apsw.Error as error:
            self._roll_back()
            if len(together) == 1:
                _settle(together, error)
                return
            for entry in together:  # so that nobody pays for what only another's change needed
                self._commit([entry])
        finally:
            self._roll_back()
        _settle(together)

    def _make(self, entry: _Entry) -> None:
        entry.error = None
        self._connection.execute("SAVEPOINT change")
        try:
            entry.made = entry.change()
        except apsw.Error:
            raise
        except Exception as error:  # noqa: BLE001 - it is its caller's, who gets it
            entry.error = error
            self._connection.execute("ROLLBACK TO change")
        self._connection.execute("RELEASE change")

    def _roll_back(self) -> None:
        # A full disk may have rolled back already.
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")


def _settle(together: Sequence[_Entry], error: Exception | None = None) -> None:
    for entry in together:
        entry.error = entry.error or error
        entry.settled = True
