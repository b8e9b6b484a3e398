import os
import platform
from pathlib import Path

import pytest

from raypipe.heap import trim_heap

on_glibc = pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="other C libraries keep less of what was freed"
)


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@on_glibc
def test_freed_memory_goes_back_although_something_lies_above_it():
    blocks = [bytearray(2_000) for _ in range(40_000)]
    last = blocks.pop()
    blocks.clear()
    kept = resident_bytes()
    trim_heap()

    assert kept - resident_bytes() > 60_000_000
    assert len(last) == 2_000
