"""The sessions of hardware encoders: a driver allows few, which all of a machine share.

Each is a lock on a file, which the kernel takes back from a process that dies.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from raypipe.stopping import check_stop

SESSIONS = 6
"""Sessions at once on one machine. NVENC allows 8 on a GeForce since driver 551 (2024), and libav 8
asks for driver 570; two are left for what else encodes here. Six streams of 1080x1920 are more than
one NVENC engine keeps up with."""

_POLL_S = 0.02


def is_software(encoder: str) -> bool:
    """Whether libav's ``encoder`` computes on the CPU, where any number may."""
    return encoder.startswith("lib")


@contextlib.contextmanager
def encoder_session(encoder: str) -> Iterator[None]:
    """Hold one of this machine's sessions while the body encodes with ``encoder``; waits for one.

    Raises:
        CancelledError: the work was asked to stop while it waited.
    """
    if is_software(encoder):
        yield
        return
    lock = _lock_one()
    try:
        yield
    finally:
        os.close(lock)


def _lock_one() -> int:
    """Return the descriptor of a file that is locked until it is closed."""
    while True:
        for number in range(SESSIONS):
            name = f"raypipe-{os.getuid()}-encoder-{number}.lock"
            path = Path(tempfile.gettempdir()) / name
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(file)
            else:
                return file
        check_stop()
        time.sleep(_POLL_S)
