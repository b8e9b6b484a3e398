"""Starts of Ray that it gives up itself, as it does on a busy machine."""

import subprocess
import sys

import pytest

from raypipe.errors import ClusterError
from raypipe.progress import ProgressEvent
from raypipe_cluster import local_cluster
from raypipe_cluster.patience import ATTEMPTS, SlowStartError, start_patiently
from raypipe_cluster.session import RaySession
from raypipe_cluster.start_progress import StartProgress

RAYS_WORD = "Exception: The current node timed out during startup. This could happen because ..."


def slow_starts(count):
    """Return a start that is too slow ``count`` times, then returns how often it was called."""
    calls = []

    def start():
        calls.append(1)
        if len(calls) <= count:
            raise SlowStartError(RAYS_WORD)
        return len(calls)

    return start


def test_a_start_that_was_too_slow_is_tried_again_and_told():
    told = []
    assert start_patiently(slow_starts(ATTEMPTS - 1), tell=told.append) == ATTEMPTS
    assert [phrase[-6:] for phrase in told] == ["2 of 3", "3 of 3"]


def test_in_the_end_the_error_says_what_was_tried_and_what_to_do():
    with pytest.raises(ClusterError, match="gave up 3 times") as error:
        start_patiently(slow_starts(ATTEMPTS), tell=lambda _: None)
    assert "busy" in error.value.remedy


def test_other_failures_are_not_tried_again():
    def start():
        raise ClusterError("no disk")

    with pytest.raises(ClusterError, match="no disk"):
        start_patiently(start, tell=pytest.fail)


def test_a_head_that_ray_gave_up_was_too_slow(tmp_path):
    log = tmp_path / "cluster.log"
    with log.open("wb") as sink:
        head = subprocess.Popen([sys.executable, "-c", f"exit({RAYS_WORD!r})"], stderr=sink)
    head.wait()
    with pytest.raises(SlowStartError):
        local_cluster._await_start(head, 1, log)


def test_a_story_tells_of_it_on_its_own_clock_and_in_its_own_format(ray_cluster):
    assert ray_cluster
    now_s = 100.0
    told = []
    session = RaySession(None)
    progress = StartProgress(session, told.append, clock=lambda: now_s)
    progress.on_event(
        ProgressEvent("render", "done", 7.0, "scene_1", 50, 50, "", 2, 3, "1:1"),
    )
    now_s = 130.0
    session._tell_retry("trying again")
    progress.connect()  # Ray runs already
    retrying, done = told[1:]
    assert retrying == ProgressEvent(
        "start", "retrying", 37.0, detail="trying again", video=2, videos=3, aspect_ratio="1:1"
    )
    assert (done.stage, done.state) == ("start", "done")


def test_a_start_that_was_not_slow_is_told_nothing_of(ray_cluster):
    assert ray_cluster
    progress = StartProgress(RaySession(None), pytest.fail)
    progress.connect()
