"""The calls of an actor that were told to stop while they run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from raypipe.stopping import stop_when


class Stops:
    """Knows calls by a name that whoever makes them chooses; used from several threads.

    A call may be told to stop before it begins. Names must not be used twice.
    """

    def __init__(self) -> None:
        self._told: set[str] = set()

    def tell(self, call: str) -> None:
        """Have ``call`` stop at its next step."""
        self._told.add(call)

    def is_told(self, call: str) -> bool:
        """Return whether ``call`` is to stop."""
        return call in self._told

    def end(self, call: str) -> None:
        """Forget ``call``, which is over."""
        self._told.discard(call)

    @contextmanager
    def watch(self, call: str) -> Iterator[None]:
        """Run the body as ``call``: engines in it stop when it is told to."""
        try:
            with stop_when(lambda: call in self._told):
                yield
        finally:
            self.end(call)
