"""Changes of many threads in one transaction, so that one sync of the disk serves them all.

A commit that survives a loss of power costs a sync, and a disk makes only some hundreds of those a
second. So a thread that finds a commit under way leaves its change to the next one: whoever comes
first then makes the changes of all that wait, commits once, and each returns when its own is on
the disk. Nothing is acknowledged earlier than alone, and a lone change waits for nobody.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import apsw

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
        self._turn = threading.Condition()
        self._waiting: list[_Entry] = []
        self._committing = False

    @property
    def waiting(self) -> int:
        """How many changes wait for the commit that is under way."""
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
            try:
                while self._committing and not mine.settled:
                    self._turn.wait()
            except BaseException:  # Ctrl-C: nobody waits for this change any more
                with suppress(ValueError):
                    self._waiting.remove(mine)
                raise
            together: list[_Entry] = []
            if not mine.settled:
                together, self._waiting = self._waiting, together
                self._committing = True
        if together:
            self._lead(together, mine)
        if mine.error is not None:
            raise mine.error
        return cast("Made", mine.made)

    def _lead(self, together: Sequence[_Entry], mine: _Entry) -> None:
        """Commit for all, then let the next begin, even if this thread was interrupted."""
        try:
            with self._lock:
                self._commit(together)
        finally:
            with self._turn:
                self._waiting[:0] = [
                    entry for entry in together if not entry.settled and entry is not mine
                ]
                self._committing = False
                self._turn.notify_all()

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
            self._connection.execute("ROLLBACK" if none else "COMMIT")
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
