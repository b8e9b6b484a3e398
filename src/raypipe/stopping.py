"""Asking running work to stop: engines look between their steps, whoever called them says so.

What asks is bound to the calling context, so that no engine's method has to pass it on::

    with stop_when(event.is_set):
        engine.generate(requests)  # raises CancelledError soon after event.set()
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from raypipe.errors import CancelledError

_asked: ContextVar[Callable[[], bool] | None] = ContextVar("raypipe_stop_asked", default=None)


@contextmanager
def stop_when(asked: Callable[[], bool]) -> Iterator[None]:
    """Let `check_stop` in the body raise once ``asked()`` is true; it is called often."""
    token = _asked.set(asked)
    try:
        yield
    finally:
        _asked.reset(token)


def check_stop() -> None:
    """Return, unless somebody asked this work to stop.

    Raises:
        CancelledError: somebody did. What was made so far is of no use.
    """
    asked = _asked.get()
    if asked is not None and asked():
        raise CancelledError("stopped, for nobody waits for it any more")
