"""A flag goes before what the story says of itself; what a plan has fixed stays."""

import pytest

from raypipe.errors import InputError
from raypipe.story.model import Story
from raypipe.story.plan import AudioScript, ScenePlan, ScriptSegment, StoryPlan
from raypipe_cluster.overrides import Overrides

STORY = Story(
    story_id="s1",
    title="T",
    content="One. Two.",
    metadata={"aspect_ratio": "9:16", "target_duration": 60, "music": "ambient", "seed": 7},
)
PLAN = StoryPlan(
    story_id="s1",
    title="T",
    scenes=(ScenePlan(scene_id="a", text="One.", image_prompt="p", duration=2, seed=1),),
    audio_script=AudioScript(segments=(ScriptSegment(scene_id="a", text="One.", start_time=0),)),
)


def test_nothing_given_changes_nothing():
    assert Overrides().apply(STORY) is STORY
    assert Overrides().apply(PLAN) is PLAN


def test_a_storys_metadata_is_replaced_where_given():
    told = Overrides(aspect_ratio="1:1", target_duration=30, voice="v").apply(STORY).metadata
    assert (told.aspect_ratio, told.target_duration, told.voice) == ("1:1", 30, "v")
    assert (told.music, told.seed) == ("ambient", 7)
    assert STORY.metadata.aspect_ratio == "9:16"


def test_a_plan_takes_another_frame_voice_and_music():
    plan = Overrides(aspect_ratio="16:9", voice="v", music="none").apply(PLAN)
    assert (plan.aspect_ratio, plan.voice, plan.music) == ("16:9", "v", "none")
    assert plan.scenes == PLAN.scenes


@pytest.mark.parametrize(
    ("given", "flag"),
    [
        ({"target_duration": 30}, "--duration"),
        ({"language": "de"}, "--language"),
        ({"style": "ink"}, "--style"),
    ],
)
def test_a_plan_refuses_what_it_has_fixed(given, flag):
    with pytest.raises(InputError) as caught:
        Overrides(**given).apply(PLAN)
    assert flag in str(caught.value)
    assert caught.value.remedy
