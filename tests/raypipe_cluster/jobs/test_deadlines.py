"""Stuck or not: what counts as progress, and which stage is named."""

from hypothesis import given
from hypothesis import strategies as st

from raypipe.progress import ProgressEvent
from raypipe_cluster.jobs.deadlines import StageWatch

STAGES = st.sampled_from(["start", "image", "speech", "render", "sound", "join"])
STATES = st.sampled_from(["queued", "running", "done", "cached", "degraded"])


def event(stage, state, scene=None, done=0):
    return ProgressEvent(stage, state, 0.0, scene, done=done)


def test_a_story_that_says_nothing_is_stuck_at_its_start():
    watch = StageWatch(since_s=100, limit_s=30)
    assert watch.stalled(130) is None
    assert watch.stalled(130.1) == "start"


def test_each_new_step_gives_new_time():
    watch = StageWatch(since_s=0, limit_s=30)
    watch.note(event("image", "queued", "s1"), 25)
    watch.note(event("render", "running", "s1", done=10), 50)
    watch.note(event("render", "running", "s1", done=20), 75)
    assert watch.stalled(100) is None
    assert watch.stalled(106) == "image"


def test_the_same_again_is_no_progress():
    watch = StageWatch(since_s=0, limit_s=30)
    for at_s in range(0, 40, 5):
        watch.note(event("render", "running", "s1", done=10), at_s)
    assert watch.stalled(40) == "render"


def test_retries_are_no_progress():
    watch = StageWatch(since_s=0, limit_s=30)
    watch.note(event("speech", "queued", "s1"), 1)
    for at_s in range(2, 40, 3):
        watch.note(event("speech", "retrying", "s1"), at_s)
    assert watch.stalled(40) == "speech"


@given(
    st.lists(st.tuples(STAGES, STATES, st.sampled_from([None, "a"]), st.integers(0, 3))),
    st.floats(0.1, 100),
)
def test_never_stuck_within_the_limit_always_after_it(steps, limit_s):
    watch = StageWatch(since_s=0, limit_s=limit_s)
    for at_s, step in enumerate(steps):
        watch.note(event(*step), at_s)
    assert watch.stalled(limit_s) is None
    assert watch.stalled(len(steps) + limit_s + 1) is not None
