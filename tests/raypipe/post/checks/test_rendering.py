from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from raypipe.errors import QualityError
from raypipe.post.checks.rendering import check_render, compare_frames
from raypipe.post.inspect import inspect_video
from raypipe.timeline.model import Transition


def verdicts(path: Path, timeline, **more) -> dict[str, bool | None]:
    return {check.name: check.ok for check in check_render(inspect_video(path), timeline, **more)}


def failing(path: Path, timeline) -> set[str]:
    return {name for name, ok in verdicts(path, timeline).items() if ok is False}


def compared(facts, timeline, composed):
    """Return the checks by name, with decoded frames compared with ``composed``."""
    likeness = compare_frames(facts.video, composed)
    return {check.name: check for check in check_render(facts, timeline, likeness=likeness)}


@pytest.fixture
def line(timelines):
    return timelines(frames=30)


def test_a_good_file_passes_every_check(good_video, line):
    found = verdicts(good_video, line, max_bitrate=8_000_000)
    assert found.pop("fidelity") is None
    assert [name for name, ok in found.items() if ok is not True] == []


def test_frames_are_compared_with_the_composed_ones(good_video, line):
    facts = inspect_video(good_video, keep=(10, 70))
    near = {frame: luma.copy() for frame, luma in facts.video.kept.items()}
    noise = np.random.default_rng(3).integers(-2, 3, near[10].shape)
    near[10] = np.clip(near[10] + noise, 0, 255).astype(np.uint8)
    same = compared(facts, line, near)["fidelity"]
    assert same.ok is True
    assert same.value < 1
    swapped = {10: facts.video.kept[70]}
    other = compared(facts, line, swapped)["fidelity"]
    assert other.ok is False
    assert "frame 10" in other.detail


def test_a_composed_frame_that_was_not_kept_is_a_programming_error(good_video):
    facts = inspect_video(good_video, keep=(10,))
    with pytest.raises(QualityError, match="keep"):
        compare_frames(facts.video, {11: facts.video.kept[10]})


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"faststart": False}, {"structure"}),
        ({"edit_list": True, "b_frames": 2}, {"structure"}),
        ({"tags": False}, {"colour"}),
        ({"sound": None}, {"audio_stream"}),
        ({"gop": 90}, {"keyframe_gap"}),
        ({"profile": "baseline"}, {"video_format"}),
        ({"b_frames": 2}, {"frame_timing", "start_offset"}),
    ],
)
def test_one_fault_fails_its_own_checks_and_no_other(clip, line, changes, names):
    assert failing(clip(**changes), line) == names


def test_sound_that_is_too_short_or_long_fails(clip, line, sine):
    assert failing(clip(sound=sine(2.9)), line) == {"length_difference"}
    assert failing(clip(sound=sine(3.1)), line) == {"length_difference"}


def test_a_missing_frame_is_fatal(clip, line, motion):
    path = clip(frames=motion()[:-1])
    checks = {check.name: check for check in check_render(inspect_video(path), line)}
    assert checks["frame_count"].ok is False
    assert checks["frame_count"].severity == "fatal"
    assert checks["duration"].ok is False


def test_a_varying_frame_rate_fails(clip, line):
    times = [index + (index > 45) for index in range(90)]
    assert "frame_timing" in failing(clip(times=times), line)


def test_a_cut_file_fails_fatally(good_video, line, tmp_path):
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(good_video.read_bytes()[: good_video.stat().st_size // 2])
    assert {"decodes", "structure", "frame_count"} <= failing(cut, line)


def test_junk_fails_and_what_it_lacks_is_not_passed(line, tmp_path):
    path = tmp_path / "junk.mp4"
    path.write_bytes(b"nothing")
    found = verdicts(path, line)
    assert True not in found.values()
    assert found["video_stream"] is False
    assert found["length_difference"] is None


def test_black_frames_fail_unless_a_fade_makes_them(clip, line, timelines, motion):
    frames = motion()
    for index in (29, 30, 31):
        frames[index] = np.zeros_like(frames[0])
    path = clip(frames=frames)
    checks = {check.name: check for check in check_render(inspect_video(path), line)}
    assert checks["black_frames"].ok is False
    assert checks["black_frames"].detail == "frames 29, 30, 31"
    # The same pictures are right where a fade through black joins scenes there.
    faded = timelines(transition=Transition("fade", 6), frames=34)
    found = verdicts(path, faded)
    assert found["black_frames"] is True


def test_a_repeated_frame_at_a_join_is_found(clip, line, motion):
    frames = motion()
    frames[60] = frames[59]
    path = clip(frames=frames)
    checks = {check.name: check for check in check_render(inspect_video(path), line)}
    assert checks["repeated_frames"].ok is False
    assert "60" in checks["repeated_frames"].detail


def test_a_picture_that_hardly_moves_cannot_be_judged_for_repeats(clip, line, motion):
    frames = motion()
    still = [frames[i // 45 * 45] for i in range(90)]
    found = verdicts(clip(frames=still), line)
    assert found["repeated_frames"] is None
    assert found["frozen_picture"] is False


def test_a_camera_that_is_told_to_stand_may(clip, timelines, motion):
    frames = [motion()[0]] * 90
    told = verdicts(clip(frames=frames), timelines(frames=30, still=True))
    assert told["frozen_picture"] is True


def test_less_likeness_is_asked_of_grain(good_video, timelines):
    facts = inspect_video(good_video, keep=(10,))
    luma = facts.video.kept[10]
    noise = np.random.default_rng(3).integers(-18, 19, luma.shape)
    composed = {10: np.clip(luma.astype(int) + noise, 0, 255).astype(np.uint8)}
    plain, grainy = (
        compared(facts, line, composed)
        for line in (timelines(frames=30), timelines(frames=30, effects=("grain",)))
    )
    assert plain["fidelity"].ok is False
    assert grainy["fidelity"].ok is None
    assert grainy["fidelity_of_grain"].value == plain["fidelity"].value
    assert grainy["fidelity_of_grain"].limit < plain["fidelity"].limit


def test_less_likeness_is_asked_of_frames_in_which_two_scenes_are_seen(good_video, timelines):
    facts = inspect_video(good_video, keep=(10, 40))
    noise = np.random.default_rng(3).integers(-9, 10, facts.video.kept[10].shape)
    composed = {
        frame: np.clip(luma.astype(int) + noise, 0, 255).astype(np.uint8)
        for frame, luma in facts.video.kept.items()
    }
    line = timelines(frames=30)
    blend = Transition("dissolve", frames=25)
    first, *others = line.scenes
    line = replace(line, scenes=(replace(first, transition_out=blend), *others))
    checks = compared(facts, line, composed)
    assert checks["fidelity_of_transitions"].detail == "frame 10, worst of 1"
    assert checks["fidelity"].detail == "frame 40, worst of 1"
    assert checks["fidelity_of_transitions"].limit < checks["fidelity"].limit


def test_a_bit_rate_over_the_limit_fails(good_video, line):
    assert verdicts(good_video, line, max_bitrate=100_000)["bit_rate"] is False


def test_another_size_is_fatal(good_video, timelines):
    line = timelines(width=320, height=192, frames=30)
    checks = {check.name: check for check in check_render(inspect_video(good_video), line)}
    assert checks["frame_size"].ok is False
    assert checks["frame_size"].severity == "fatal"
