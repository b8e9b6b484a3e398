"""Events folded into a state: what is done, and an honest guess at the rest."""

from dataclasses import replace

import pytest

from raypipe.progress import ProgressEvent
from raypipe_cluster.cli.progress import MIN_OBSERVED_S, FrameRate, Tracker

RATE = 40
FRAMES = 200


def stream(scenes=5, rate=RATE, frames=FRAMES, begin_s=5.0):
    """Events of a story whose scenes are rendered one after another at a steady rate."""
    events = [ProgressEvent("start", "done", begin_s)]
    ids = [f"scene_{number}" for number in range(1, scenes + 1)]
    events += [ProgressEvent("render", "queued", begin_s, scene) for scene in ids]
    at_s = begin_s
    for scene in ids:
        events.append(ProgressEvent("image", "done", at_s, scene))
        events.append(ProgressEvent("speech", "done", at_s, scene))
        events.append(ProgressEvent("render", "running", at_s, scene, 0, frames))
        for done in range(20, frames + 1, 20):
            at_s += 20 / rate
            events.append(ProgressEvent("render", "running", at_s, scene, done, frames))
        events.append(ProgressEvent("render", "done", at_s, scene, frames, frames))
    events += [ProgressEvent(stage, "done", at_s) for stage in ("sound", "join", "check")]
    return events


def test_the_estimate_is_right_for_a_steady_rate():
    tracker = Tracker()
    events = stream()
    rendering_ends_s = max(e.at_s for e in events if e.stage == "render")
    judged = 0
    for event in events:
        tracker.update(event)
        left_s = tracker.remaining_s(event.at_s)
        if left_s is not None:
            judged += 1
            assert left_s == pytest.approx(rendering_ends_s - event.at_s, rel=0.15, abs=1)
    assert judged > 30
    assert tracker.remaining_s(tracker.at_s) is None


def test_there_is_no_estimate_before_there_is_something_to_go_by():
    tracker = Tracker()
    for event in stream():
        tracker.update(event)
        if event.at_s < 5.0 + MIN_OBSERVED_S:
            assert tracker.remaining_s(event.at_s) is None


def test_a_stall_makes_the_estimate_longer():
    tracker = Tracker()
    for event in stream()[:30]:
        tracker.update(event)
    now_s = tracker.at_s
    waits = [tracker.remaining_s(now_s + pause_s) for pause_s in (0, 5, 10, 20)]
    assert waits == sorted(waits)
    assert waits[-1] > 2 * waits[0]


def test_cached_frames_do_not_count_as_speed():
    tracker = Tracker()
    tracker.update(ProgressEvent("render", "cached", 1.0, "a", 900, 900))
    tracker.update(ProgressEvent("render", "running", 1.0, "b", 0, 100))
    tracker.update(ProgressEvent("render", "running", 5.0, "b", 40, 100))
    assert tracker.frames_per_second(5.0) == pytest.approx(10, rel=0.05)
    assert tracker.remaining_s(5.0) == pytest.approx(6, rel=0.05)


def test_scenes_not_begun_count_as_the_mean_of_the_others():
    tracker = Tracker()
    tracker.update(ProgressEvent("render", "running", 1.0, "a", 10, 100))
    tracker.update(ProgressEvent("render", "running", 1.0, "b", 0, 300))
    tracker.update(ProgressEvent("render", "queued", 1.0, "c"))
    assert tracker.frame_counts() == (10, 600)


def test_the_bar_never_falls_and_ends_full():
    tracker = Tracker()
    shares = []
    for event in stream():
        tracker.update(event)
        shares.append(tracker.fraction())
    # A scene nobody knew of appears: there is more to do, but the bar waits rather than falls.
    tracker.update(ProgressEvent("image", "queued", 99, "late"))
    shares.append(tracker.fraction())
    assert shares == sorted(shares)
    assert shares[0] < 0.2
    assert shares[-1] == pytest.approx(1.0)


def test_events_may_come_late_and_out_of_order():
    rate = FrameRate()
    for at_s, frames in ((1.0, 0), (3.0, 60), (2.0, 30), (3.0, 30), (5.0, 60)):
        rate.observe(frames, at_s=at_s)
    assert 20 < rate.per_second(5.0) < 60


def test_update_tells_whether_the_state_changed():
    tracker = Tracker()
    told = [
        tracker.update(ProgressEvent("render", state, at_s, "a", done, 10))
        for at_s, (state, done) in enumerate([("running", 0), ("running", 5), ("done", 10)])
    ]
    assert told == [True, False, True]


def test_formats_are_parts_of_one_whole():
    first = stream()
    end_s = first[-1].at_s
    events = [
        replace(event, video=video, videos=2, aspect_ratio=aspect, at_s=event.at_s + begin_s)
        for video, aspect, begin_s in ((1, "9:16", 0.0), (2, "1:1", end_s - 5.0))
        for event in first
    ]
    tracker = Tracker()
    shares = []
    for number, event in enumerate(events, start=1):
        tracker.update(event)
        shares.append(tracker.fraction())
        if number == len(first) // 2:
            assert tracker.frame_counts()[1] == 2 * 5 * FRAMES
            left_s = tracker.remaining_s(event.at_s)
            assert left_s == pytest.approx(2 * 5 * FRAMES / RATE - event.at_s + 5, rel=0.15)
        if number == len(first):
            assert tracker.fraction() == pytest.approx(0.5)
            assert tracker.frame_counts() == (5 * FRAMES, 2 * 5 * FRAMES)
    assert shares == sorted(shares)
    assert tracker.fraction() == 1.0
    assert tracker.frame_counts() == (2 * 5 * FRAMES, 2 * 5 * FRAMES)
    assert (tracker.aspect_ratio, tracker.video) == ("1:1", 2)
