"""Keeping products beside the work: a model never waits for a picture to be compressed and stored.

What could not be stored is not lost for the story at hand, which holds a reference to it; it only
has to be made anew the next time. So a full or unreachable store is told, and stops nothing.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from raypipe.errors import StorageError
from raypipe.heap import trim_heap

logger = logging.getLogger(__name__)


def try_to_keep(put: Callable[..., None], *args: Any, **named: Any) -> StorageError | None:
    """Call ``put(*args, **named)`` now, and return why it could not be stored, if so."""
    try:
        put(*args, **named)
    except StorageError as error:
        logger.warning("product not kept", extra={"error": str(error)})
        return error
    return None


_TRIM_S = 1.0
"""Least time between two returns of freed memory, each of which takes a few milliseconds."""


class Keeper:
    """Stores products in order, on a thread of its own, then gives freed memory back.

    Args:
        most: how many may wait; `keep` then blocks, so that memory stays bounded.
    """

    def __init__(self, *, most: int = 8) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="keeper")
        self._room = threading.Semaphore(most)
        self._waiting: set[Future[None]] = set()
        self._lock = threading.Lock()
        self._trimmed_s = float("-inf")
        self.failures = 0
        self.last_failure: StorageError | None = None

    def keep(self, put: Callable[..., None], *args: Any, **named: Any) -> None:
        """Call ``put(*args, **named)`` soon; what it is given must not change any more."""
        self._room.acquire()
        future = self._thread.submit(self._keep, put, args, named)
        with self._lock:
            self._waiting.add(future)
        future.add_done_callback(self._done)

    def flush(self, timeout_s: float | None = None) -> bool:
        """Wait until all that was given so far is stored; tell whether it is."""
        with self._lock:
            waiting = list(self._waiting)
        return not wait(waiting, timeout_s).not_done

    def close(self) -> None:
        """Store what waits, then end the thread."""
        self._thread.shutdown(wait=True)

    def _keep(self, put: Callable[..., None], args: tuple[Any, ...], named: dict[str, Any]) -> None:
        failure = try_to_keep(put, *args, **named)
        if failure is not None:
            self.failures += 1
            self.last_failure = failure
        now = time.monotonic()
        if now - self._trimmed_s >= _TRIM_S:
            trim_heap()
            self._trimmed_s = now

    def _done(self, future: Future[None]) -> None:
        with self._lock:
            self._waiting.discard(future)
        self._room.release()
