"""Starting Ray once more where a busy machine made it give itself up.

Ray 2.60 gives its own node 30 s to show itself (``raylet_start_wait_time_s`` in
``ray/_private/node.py``), and no setting of it changes that. What a start loads is then in memory,
so that the next one is quicker.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from raypipe.errors import ClusterError

Started = TypeVar("Started")

ATTEMPTS: Final = 3
_RAY_GAVE_UP: Final = "timed out during startup"


class SlowStartError(ClusterError):
    """Ray gave up a node that it was starting, because it was too slow."""


def was_too_slow(said: str) -> bool:
    """Tell whether ``said``, by Ray, means that it gave up a node that was too slow."""
    return _RAY_GAVE_UP in said


def start_patiently(start: Callable[[], Started], *, tell: Callable[[str], None]) -> Started:
    """Return what ``start`` returns, called again, up to `ATTEMPTS` times, if it was too slow.

    Args:
        start: raises `SlowStartError` when it was, with nothing left of what it began.
        tell: told, in a phrase for people, that it is called once more.

    Raises:
        ClusterError: it was too slow each time.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return start()
        except SlowStartError:
            if attempt < ATTEMPTS:
                tell(
                    "the machine is too busy, Ray gave up: trying again, "
                    f"{attempt + 1} of {ATTEMPTS}"
                )
    raise ClusterError(
        f"Ray could not be started on this machine: it gave up {ATTEMPTS} times, each time because "
        "its own node did not show itself within 30 s",
        remedy="the machine is very busy: try again when it is less so, or use --address",
    )
