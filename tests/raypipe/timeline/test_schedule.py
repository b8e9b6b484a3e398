import pytest
from hypothesis import given
from hypothesis import strategies as st

from raypipe.errors import InputError
from raypipe.timeline.pace import RATES, Pace, choose_pace, choose_rate
from raypipe.timeline.schedule import MIN_SCENE_S, VIDEO_STEP, make_schedule

KINDS = ("cut", "fade", "dissolve", "slide", "wipe", "zoom")
scenes = st.lists(st.tuples(st.floats(0.0, 40.0), st.sampled_from(KINDS)), min_size=1, max_size=15)


@given(scenes=scenes, fps=st.sampled_from([24, 30]), target_s=st.floats(5, 600))
def test_scenes_overlap_by_exactly_their_transition_and_leave_no_gap(scenes, fps, target_s):
    speech_s = [seconds for seconds, _ in scenes]
    kinds = [kind for _, kind in scenes]
    schedule = make_schedule(speech_s, kinds, fps=fps, target_s=target_s)
    first, *_, last = schedule.scenes[0], *schedule.scenes[1:], schedule.scenes[-1]
    assert first.start_frame == 0
    assert last.transition_out.kind == "cut"
    for scene, following in zip(schedule.scenes, schedule.scenes[1:], strict=False):
        assert scene.end_frame - following.start_frame == scene.transition_out.frames
        assert scene.transition_out.frames <= min(scene.frame_count, following.frame_count)
    assert schedule.frame_count == last.end_frame


@given(scenes=scenes, target_s=st.floats(5, 600))
def test_no_narration_overlaps_another_or_leaves_its_scene(scenes, target_s):
    fps = 30
    schedule = make_schedule(
        [seconds for seconds, _ in scenes], [kind for _, kind in scenes], fps=fps, target_s=target_s
    )
    before = 0
    for (seconds, _), scene in zip(scenes, schedule.scenes, strict=True):
        starts = scene.start_frame + scene.speech_frame
        ends = starts + scene.speech_frames
        assert before <= starts
        assert scene.speech_frame >= 0
        assert ends <= scene.end_frame
        assert scene.speech_frames >= seconds * fps
        before = ends


@given(scenes=scenes, fps=st.sampled_from([24, 30]), target_s=st.floats(5, 600))
def test_half_the_frames_a_second_have_the_very_same_times(scenes, fps, target_s):
    speech_s = [seconds for seconds, _ in scenes]
    kinds = [kind for _, kind in scenes]
    video = make_schedule(speech_s, kinds, fps=fps, target_s=target_s)
    preview = make_schedule(speech_s, kinds, fps=fps // VIDEO_STEP, target_s=target_s, step=1)
    assert tuple(scene.stretched(VIDEO_STEP) for scene in preview.scenes) == video.scenes
    assert preview.pace == video.pace


@given(scenes=scenes, target_s=st.floats(5, 600))
def test_no_scene_is_shorter_than_two_seconds(scenes, target_s):
    schedule = make_schedule(
        [seconds for seconds, _ in scenes], [kind for _, kind in scenes], fps=30, target_s=target_s
    )
    for scene in schedule.scenes:
        assert scene.frame_count >= MIN_SCENE_S * 30


def test_a_story_that_fits_takes_its_target_to_the_frame():
    speech_s = [5.2, 6.1, 7.0, 5.5, 6.4, 6.0, 7.2, 6.8]
    kinds = ["dissolve", "cut", "fade", "cut", "cut", "dissolve", "zoom", "cut"]
    rate = choose_rate(sum(speech_s), kinds, 60)
    assert rate == 1.0
    schedule = make_schedule(speech_s, kinds, fps=30, target_s=60, rate=rate)
    assert schedule.frame_count == 1800
    assert schedule.pace.problem is None


def test_the_rate_stays_within_what_sounds_natural_and_near_one():
    kinds = ["cut"] * 8
    assert choose_rate(10, kinds, 60) == 0.9
    assert choose_rate(100, kinds, 60) == 1.15
    assert choose_rate(54, kinds, 60) == 1.0
    assert choose_rate(62, kinds, 60) in RATES[1:]


def test_what_cannot_fit_is_said_with_the_remedy():
    long = choose_pace(70, ["cut"] * 5, 60, rate=1.15)
    assert long.looseness == -1.0
    assert "condense" in (long.problem or "")
    short = choose_pace(10, ["cut"] * 5, 60, rate=0.9)
    assert short.looseness == 1.0
    assert "too short" in (short.problem or "")


def test_a_small_edit_of_one_scene_leaves_the_other_scenes_as_they_were():
    kinds = ["cut", "dissolve", "cut", "fade", "cut"]
    speech_s = [8.0, 9.0, 10.0, 9.0, 9.5]
    before = make_schedule(speech_s, kinds, fps=30, target_s=55)
    speech_s[1] += 0.1
    after = make_schedule(speech_s, kinds, fps=30, target_s=55)
    unchanged = [
        old.frame_count == new.frame_count and old.speech_frame == new.speech_frame
        for old, new in zip(before.scenes, after.scenes, strict=True)
    ]
    assert unchanged == [True, False, True, True, False]


@pytest.mark.parametrize("last_s", [18.0, 18.3, 18.6, 18.9, 19.2])
@pytest.mark.parametrize("more_s", [0.2, 0.4, 0.6, -0.5, -1.5])
def test_an_edit_keeps_the_pace_that_the_story_had(more_s, last_s):
    kinds = ["dissolve", "dissolve", "cut", "fade", "cut"]
    speech_s = [8.0, 9.0, 10.0, 9.0, last_s]
    first = make_schedule(speech_s, kinds, fps=30, target_s=60)
    speech_s[1] += more_s
    after = make_schedule(speech_s, kinds, fps=30, target_s=60, before=first.pace)
    assert after.pace == first.pace
    assert first.frame_count == 60 * 30
    assert after.frame_count <= 60 * 30
    unchanged = [
        old.frame_count == new.frame_count and old.speech_frame == new.speech_frame
        for old, new in zip(first.scenes[:-1], after.scenes[:-1], strict=True)
    ]
    assert unchanged == [True, False, True, True]


def test_without_the_pace_of_before_a_few_words_may_change_every_scene():
    kinds = ["dissolve", "dissolve", "cut", "fade", "cut"]
    first, after = (
        make_schedule([8.0, speech_s, 10.0, 9.0, 17.0], kinds, fps=30, target_s=60)
        for speech_s in (10.0, 10.5)
    )
    assert after.pace != first.pace
    assert after.scenes[3].frame_count != first.scenes[3].frame_count


@pytest.mark.parametrize("more_s", [8.0, -12.0])
def test_a_large_edit_is_paced_anew(more_s):
    kinds = ["dissolve", "dissolve", "cut", "fade", "cut"]
    speech_s = [8.0, 9.0 + more_s, 10.0, 9.0, 17.0 + min(0, more_s + 8)]
    before = Pace(rate=1.0, looseness=0.0)
    plain = make_schedule(speech_s, kinds, fps=30, target_s=60)
    assert make_schedule(speech_s, kinds, fps=30, target_s=60, before=before) == plain
    assert choose_rate(sum(speech_s), kinds, 60, before=before) == choose_rate(
        sum(speech_s), kinds, 60
    )


def test_the_rate_of_before_is_kept_while_it_comes_near_the_target():
    kinds = ["cut"] * 10
    chosen = choose_rate(54, kinds, 60)
    assert chosen == 1.0
    assert choose_rate(54, kinds, 60, before=Pace(1.05, 0.0)) == 1.05
    assert choose_rate(54, kinds, 90, before=Pace(1.05, 0.0)) != 1.05


@pytest.mark.parametrize("fps", [0, -30, 29, 7, 15])
def test_a_frame_rate_that_is_odd_or_does_not_divide_the_sample_rate_is_refused(fps):
    with pytest.raises(InputError, match=r"video\.fps"):
        make_schedule([3.0], ["cut"], fps=fps, target_s=5)
