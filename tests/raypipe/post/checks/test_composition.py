from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from raypipe.picture.light import map_light
from raypipe.post.checks.composition import check_timeline, contrast_ratio
from raypipe.timeline.model import TextStyle, Transition

DUSK = map_light(np.full((64, 36, 3), 90, np.uint8))
NOON = map_light(np.full((64, 36, 3), 250, np.uint8))


def run(timeline, **changes) -> dict:
    facts = {
        "sample_count": timeline.sample_count,
        "missing_glyphs": (),
        "narration_samples": {scene.scene_id: 48_000 for scene in timeline.scenes},
        "lights": {scene.scene_id: DUSK for scene in timeline.scenes},
        **changes,
    }
    return {check.name: check for check in check_timeline(timeline, **facts)}


def test_a_sound_timeline_passes_every_check(timeline):
    checks = run(timeline)
    assert [name for name, check in checks.items() if check.ok is not True] == []
    assert checks["total_frames"].value == 180


def test_overlaps_are_taken_off_the_total(timelines):
    checks = run(timelines(transition=Transition("dissolve", 12)))
    assert checks["total_frames"].ok
    assert checks["total_frames"].value == 156


def test_a_gap_between_scenes_is_fatal_and_named(timelines):
    line = timelines()
    late = replace(line.scenes[1], start_frame=61)
    torn = replace(line, scenes=(line.scenes[0], late, line.scenes[2]))
    check = run(torn)["total_frames"]
    assert check.ok is False
    assert check.severity == "fatal"
    assert "scene_2" in check.detail


def test_a_short_scene_fails(timelines):
    assert run(timelines(frames=59))["scene_duration"].ok is False
    assert run(timelines(frames=60))["scene_duration"].ok is True


def test_one_sample_too_many_fails(timeline):
    assert run(timeline, sample_count=timeline.sample_count + 1)["sound_length"].ok is False


def test_what_was_not_given_is_not_passed(timeline):
    checks = run(timeline, sample_count=None, narration_samples=None)
    assert checks["sound_length"].ok is None
    assert checks["narration_fits"].ok is None


def test_narration_that_outlasts_its_scene_is_named(timeline):
    lengths = {"scene_1": 48_000, "scene_2": 2 * 48_000 + 1, "scene_3": 48_000}
    check = run(timeline, narration_samples=lengths)["narration_fits"]
    assert (check.ok, check.detail) == (False, "scene_2")


def test_captions_outside_their_scene_or_too_short_fail(timelines, captions):
    outside = timelines(captions=((captions("late", 50, 61),), (), ()))
    assert run(outside)["caption_times"].ok is False
    flicker = timelines(captions=((captions("flash", 10, 20),), (), ()))
    assert run(flicker)["caption_times"].ok is False


def test_captions_too_fast_to_read_are_advice(timelines, captions):
    crammed = timelines(captions=((captions("many words " * 8, 0, 30),), (), ()))
    check = run(crammed)["caption_reading_speed"]
    assert check.ok is False
    assert check.severity == "advises"


def test_pale_outlines_fail_the_contrast(timelines, captions):
    pale = replace(captions("pale", 0, 40), style=TextStyle(outline_colour=(150, 150, 150)))
    assert run(timelines(captions=((pale,), (), ())))["caption_contrast"].ok is False


def test_letters_without_outline_cannot_be_judged(timelines, captions):
    bare = replace(captions("bare", 0, 40), style=TextStyle(outline_px=0))
    assert run(timelines(captions=((bare,), (), ())))["caption_contrast"].ok is None


def test_text_is_judged_on_its_own_picture(timelines, captions):
    bare = replace(captions("bare", 0, 40), style=TextStyle(outline_px=3, shadow=False))
    line = timelines(captions=((bare,), (bare,), ()))
    ids = [scene.scene_id for scene in line.scenes]
    check = run(line, lights={ids[0]: DUSK, ids[1]: NOON})["contrast_on_pictures"]
    assert (check.ok, check.detail) == (False, ids[1])
    assert run(line, lights={ids[0]: DUSK})["contrast_on_pictures"].ok is True
    assert run(line, lights=None)["contrast_on_pictures"].ok is None


@pytest.mark.parametrize("size", [(1080, 1920), (1920, 1080), (1080, 1080), (1080, 1350)])
def test_captions_of_any_script_stay_in_the_safe_area(timelines, captions, size):
    texts = (
        (captions("A caption of a usual length, no more", 0, 40),),
        (captions("むかしむかし、おじいさんとおばあさんが", 0, 40, language="ja"),),
        (captions("كان علي بابا حطابًا فقيرًا يعيش", 0, 40, language="ar"),),
    )
    line = timelines(captions=texts, width=size[0], height=size[1])
    checks = run(line)
    assert checks["caption_safe_area"].ok is True
    assert checks["captions_whole"].ok is True


def test_a_caption_that_loses_lines_is_named(timelines, captions):
    novel = captions("so much to say that no frame can hold it " * 60, 0, 55)
    check = run(timelines(captions=((novel,), (), ()), width=1080, height=1080))["captions_whole"]
    assert check.ok is False
    assert check.value > 0
    assert check.detail == "scene_1"


def test_a_box_over_the_edge_fails(timeline):
    from raypipe.post.checks.captions import CaptionBox

    box = CaptionBox("scene_2", 0, 10, 190, 40)
    assert run(timeline, caption_boxes=[box])["caption_safe_area"].ok is False


def test_missing_glyphs_are_named(timeline):
    check = run(timeline, missing_glyphs=("LINEAR A SIGN AB001",))["glyphs"]
    assert (check.ok, check.detail) == (False, "LINEAR A SIGN AB001")


def test_contrast_ratio_has_the_ends_of_the_standard():
    assert contrast_ratio((255, 255, 255), (0, 0, 0)) == pytest.approx(21)
    assert contrast_ratio((118, 118, 118), (255, 255, 255)) == pytest.approx(4.54, abs=0.01)
    assert contrast_ratio((9, 9, 9), (9, 9, 9)) == 1
