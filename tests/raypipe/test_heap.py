import os
import platform
import subprocess
import sys
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


FREED_BY_A_THREAD = """
import os, threading
from concurrent.futures import ThreadPoolExecutor
from raypipe.heap import share_one_heap, trim_heap

def resident_bytes():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

def work():
    for _ in range(3):  # the first shows the allocator how large blocks of this process are
        blocks = [b"x" * 25_000_000 for _ in range(2)]

share_one_heap()
with ThreadPoolExecutor(1) as pool:
    before = resident_bytes()
    pool.submit(work).result()
    trim_heap()
    print(resident_bytes() - before)
"""


@on_glibc
def test_the_free_end_of_a_thread_s_memory_goes_back_too():
    own = {name: value for name, value in os.environ.items() if name != "MALLOC_ARENA_MAX"}
    ran = subprocess.run(
        [sys.executable, "-c", FREED_BY_A_THREAD],
        capture_output=True,
        text=True,
        check=True,
        env={**own, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert int(ran.stdout) < 10_000_000
