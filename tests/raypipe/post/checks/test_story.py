from __future__ import annotations

import pytest

from raypipe.post.checks.story import check_plan

TEXTS = ["One day it began.", "Then it went on.", "At last it ended."]


def failing(plan) -> list[str]:
    return [check.name for check in check_plan(plan) if check.ok is False]


def test_a_sound_plan_passes_every_check(plans):
    checks = check_plan(plans(TEXTS))
    assert all(check.ok for check in checks)
    assert len(checks) == len({check.name for check in checks}) == 7


@pytest.mark.parametrize(
    ("texts", "changes", "names"),
    [
        (TEXTS[:2], {"target_duration": 12.0}, ["scene_count"]),
        (TEXTS * 6, {"target_duration": 108.0}, ["scene_count"]),
        (TEXTS, {"duration": 1.5, "target_duration": 5.0}, ["scene_duration"]),
        (TEXTS, {"target_duration": 60.0}, ["target_duration"]),
    ],
)
def test_a_plan_fails_where_it_is_wrong(plans, texts, changes, names):
    assert failing(plans(texts, **changes)) == names


def test_a_scene_named_twice_is_fatal(plans):
    plan = plans(TEXTS)
    scenes = (plan.scenes[0], plan.scenes[1], plan.scenes[0])
    broken = plan.model_copy(update={"scenes": scenes})
    checks = {check.name: check for check in check_plan(broken)}
    assert checks["structure"].ok is False
    assert checks["structure"].severity == "fatal"
    assert "scene_1 appears twice" in checks["structure"].detail
    assert checks["script"].ok is False
    assert "scene_3" in checks["script"].detail


def test_a_script_out_of_order_is_told_from_one_that_lacks_a_scene(plans):
    plan = plans(TEXTS)
    segments = plan.audio_script.segments
    turned = plan.audio_script.model_copy(update={"segments": segments[::-1]})
    broken = plan.model_copy(update={"audio_script": turned})
    (script,) = (check for check in check_plan(broken) if check.name == "script")
    assert script.detail == "not in the scenes' order"


def test_start_times_must_rise(plans):
    plan = plans(TEXTS)
    same = tuple(s.model_copy(update={"start_time": 1.0}) for s in plan.audio_script.segments)
    script = plan.audio_script.model_copy(update={"segments": same})
    assert failing(plan.model_copy(update={"audio_script": script})) == ["script"]


def test_empty_prompts_and_dropped_sentences_are_named(plans):
    plan = plans(TEXTS)
    bare = plan.scenes[1].model_copy(update={"image_prompt": " "})
    scenes = (plan.scenes[0], bare, plan.scenes[2])
    changed = plan.model_copy(update={"scenes": scenes, "dropped_sentences": ("It rained.",)})
    checks = {check.name: check for check in check_plan(changed)}
    assert checks["prompts"].detail == "scene_2"
    assert checks["sentences_dropped"].detail == "It rained."
    assert checks["sentences_dropped"].severity == "advises"
