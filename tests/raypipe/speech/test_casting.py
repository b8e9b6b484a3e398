from __future__ import annotations

import pytest

from raypipe.speech.cast import VoiceCast
from raypipe.speech.casting import scene_parts
from raypipe.story.model import Story
from raypipe.story.planner import plan_story
from raypipe.story.read import read_source


@pytest.fixture
def say(examples):
    def parts(name, *entries):
        story = read_source(examples / name)
        plan = plan_story(story, target_duration=60, aspect_ratio="9:16")
        cast = VoiceCast(entries)
        return [
            (part.who, plan.audio_script.segments[index].text[part.start : part.end])
            for index in range(len(plan.scenes))
            for part in scene_parts(plan, index, cast)
            if part.voice
        ]

    return parts


def test_without_a_cast_the_narrator_speaks_alone(say):
    assert say("wolf.md") == []
    assert say("wolf.md", ("narrator", "m3"), ("Nobody", "f3")) == []


def test_the_example_stories_by_name_and_by_kind(say):
    assert say("lost_artifact.json", ("Elena", "f3")) == [("Dr. Elena Martinez", '"It is warm,"')]
    cries = ['"Wolf! Wolf!"', '"Pray, do come and help me; the wolf is killing the sheep!"']
    assert say("wolf.md", ("boy", "m1")) == [("shepherd boy", cry) for cry in cries]
    assert say("zorro.json", ("fox", "f1")) == [
        ("zorra", "«No me importa»,"),
        ("zorra", "«de todos modos, las uvas están verdes»."),
    ]
    assert say("ali.json", ("man", "m1")) == [("زعيم", "«افتح يا سمسم»،")]


def test_a_genre_chooses_among_voices(say):
    entries = (("Elena@horror", "f5"), ("woman@adventure", "f2"))
    assert say("lost_artifact.json", *entries) == [("Dr. Elena Martinez", '"It is warm,"')]
    assert say("lost_artifact.json", entries[0]) == []


@pytest.mark.parametrize(
    ("language", "content", "who", "said"),
    [
        ("en", '"It is late," said Tomas. The sea was calm.', "Tomas", '"It is late,"'),
        ("ja", "桃太郎は「鬼を退治します」と言いました。", "桃太郎", "「鬼を退治します」"),
        (
            "ar",
            "كان الليل باردا. قالت مرجانة: «اختبئ هنا». ثم صمتت الجارية.",
            "مرجانة",
            "«اختبئ هنا».",
        ),
    ],
)
def test_who_is_only_in_the_cast_is_found_in_any_script(language, content, who, said):
    story = Story(story_id="s", title="T", content=content, metadata={"language": language})
    plan = plan_story(story, target_duration=20, aspect_ratio="9:16")
    scenes = tuple(scene.model_copy(update={"characters": ()}) for scene in plan.scenes)
    plan = plan.model_copy(update={"scenes": scenes})
    parts = [
        (part.who, plan.audio_script.segments[index].text[part.start : part.end])
        for index in range(len(plan.scenes))
        for part in scene_parts(plan, index, VoiceCast(((who, "f3"),)))
        if part.voice
    ]
    assert parts == [(who, said)]
