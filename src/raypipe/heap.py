"""Freed memory goes back to the system, where the C library would keep it."""

from __future__ import annotations

import ctypes
import functools
import os
from collections.abc import Callable
from typing import Any

_ARENA_MAX = "MALLOC_ARENA_MAX"
_M_ARENA_MAX = -8
"""Of glibc's malloc.h; the variable says the same to processes that begin."""


def share_one_heap() -> None:
    """Have this process's threads take memory from one heap, and processes that it starts too.

    glibc gives busy threads heaps of their own, up to eight a core, and nothing gives back the free
    end of such a heap, up to 64 MB (``mtrim`` and ``heap_trim`` in its malloc.c): `trim_heap` does
    so for the first one only. To be called before threads begin, for those keep what they have.
    A limit that the caller's ``MALLOC_ARENA_MAX`` sets is left alone. Does nothing where the C
    library is another.
    """
    if _ARENA_MAX in os.environ:
        return
    os.environ[_ARENA_MAX] = "1"
    option = _c_function("mallopt", ctypes.c_int, ctypes.c_int)
    if option is not None:
        option(_M_ARENA_MAX, 1)


def trim_heap() -> None:
    """Give pages that nothing lies in back to the system.

    The allocator of glibc keeps what was freed and hands it out again piece by piece: a process
    that works in large pieces seems to grow with every one. Takes a few milliseconds; to be called
    after such a piece, not within. Does nothing where the C library is another.
    """
    trim = _c_function("malloc_trim", ctypes.c_size_t)
    if trim is not None:
        trim(0)


@functools.cache
def _c_function(name: str, *arguments: Any) -> Callable[..., int] | None:
    """Return the C library's function ``name``, which returns an int; None if it has none."""
    try:
        function: Any = getattr(ctypes.CDLL(None), name)
    except (AttributeError, OSError, TypeError):
        return None
    function.argtypes, function.restype = arguments, ctypes.c_int
    return function  # type: ignore[no-any-return]
