from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import ray

from raypipe_actors.ray_private import let_objects_go


def shared_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssShmem:"):
            return int(line.split()[1]) / 1e3
    raise AssertionError("no RssShmem in /proc/self/status")


@pytest.mark.usefixtures("ray_cluster")
def test_objects_leave_resident_memory_and_stay_what_they_are():
    reference = ray.put(np.arange(8_000_000))
    found = ray.get(reference)
    assert found.sum() == 31_999_996_000_000
    before = shared_mb()
    assert before > 60
    let_objects_go(most_bytes=1_000_000_000)
    assert shared_mb() > before - 1
    let_objects_go(most_bytes=50_000_000)
    assert shared_mb() < before - 60
    assert found[-1] == 7_999_999
    assert ray.get(reference).sum() == 31_999_996_000_000


def test_nothing_happens_where_no_store_is_mapped():
    let_objects_go(most_bytes=0)
