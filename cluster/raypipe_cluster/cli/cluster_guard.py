"""Noticing that the local cluster was stopped under a command that waits for it.

Ray ends a process that has lost its cluster, after a minute and with a message of its own, from
within a call that does not return. So a thread looks after the cluster, and interrupts the command.
"""

from __future__ import annotations

import _thread
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from raypipe.errors import ClusterError
from raypipe_cluster import local_cluster

_LOOK_S: Final = 1.0


class ClusterGuard:
    """Interrupts the main thread if the local cluster that runs now is gone; then ``gone``.

    Args:
        local: the command uses the local cluster; else nothing is looked after.
        look_s: seconds between looks.
        interrupt: what is called when it is gone.
    """

    def __init__(
        self,
        *,
        local: bool = True,
        look_s: float = _LOOK_S,
        interrupt: Callable[[], None] = _thread.interrupt_main,
    ) -> None:
        self.gone = False
        self._local = local
        self._look_s = look_s
        self._interrupt = interrupt
        self._over = threading.Event()

    def __enter__(self) -> Self:
        if self._local and local_cluster.find() is not None:
            threading.Thread(target=self._watch, name="cluster guard", daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()

    def _watch(self) -> None:
        while not self._over.wait(self._look_s):
            if local_cluster.find() is None:
                self.gone = True
                self._interrupt()
                return


def gone_cluster() -> ClusterError:
    """Return the error for a local cluster that was stopped meanwhile."""
    return ClusterError(
        "the local cluster was stopped while a job was not at its end",
        remedy="start it with 'raypipe up'; the job then goes on",
    )
