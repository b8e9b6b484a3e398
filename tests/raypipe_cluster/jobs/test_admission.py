"""How many stories at once: within bounds, and never fewer on a larger cluster."""

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from raypipe_cluster.jobs.admission import FEWEST, MOST, ClusterRoom, stories_at_once

GB = 1e9
ROOMS = st.builds(
    ClusterRoom,
    cpus=st.floats(0, 2000),
    gpus=st.floats(0, 64),
    memory_bytes=st.floats(0, 4000 * GB),
)
WANTED = st.integers(1, 1000)


@given(ROOMS, WANTED)
def test_at_least_one_and_at_most_eight_and_what_was_asked_for(room, wanted):
    assert 1 <= stories_at_once(room, max_concurrent_jobs=wanted) <= min(MOST, wanted)


@given(ROOMS.filter(lambda room: room.memory_bytes >= 2 * 1.5 * GB), WANTED.filter(lambda n: n > 1))
def test_two_wherever_memory_allows(room, wanted):
    assert stories_at_once(room, max_concurrent_jobs=wanted) >= FEWEST


@given(ROOMS, st.floats(0, 500), st.sampled_from(["cpus", "gpus", "memory_bytes"]), WANTED)
def test_more_of_anything_never_takes_fewer(room, more, what, wanted):
    larger = dataclasses.replace(room, **{what: getattr(room, what) + more * GB})
    assert stories_at_once(larger, max_concurrent_jobs=wanted) >= stories_at_once(
        room, max_concurrent_jobs=wanted
    )


def test_known_machines():
    def count(cpus, gpus, gigabytes, wanted=8):
        room = ClusterRoom(cpus, gpus, gigabytes * GB)
        return stories_at_once(room, max_concurrent_jobs=wanted)

    assert count(2, 0, 8) == 2
    assert count(2, 0, 2) == 1
    assert count(16, 0, 64) == 4
    assert count(16, 1, 64) == 6
    assert count(64, 8, 512) == 8
    assert count(64, 8, 512, wanted=4) == 4
