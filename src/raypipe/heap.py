"""Freed memory goes back to the system, where the C library would keep it."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable
from typing import Any


def trim_heap() -> None:
    """Give all pages that nothing lies in back to the system.

    The allocator of glibc keeps what was freed, in as many heaps as a process has busy threads, and
    hands it out again piece by piece: a process that works in large pieces seems to grow with every
    one. Takes a few milliseconds; to be called after such a piece, not within. Does nothing where
    the C library is another.
    """
    trim = _malloc_trim()
    if trim is not None:
        trim(0)


@functools.cache
def _malloc_trim() -> Callable[[int], Any] | None:
    try:
        trim: Any = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return None
    trim.argtypes, trim.restype = (ctypes.c_size_t,), ctypes.c_int
    return trim  # type: ignore[no-any-return]
