"""``raypipe plan``: for people, and as a plan that can be rendered."""

import json

import pytest

from raypipe.story.plan import StoryPlan


@pytest.fixture
def examples(pytestconfig):
    return pytestconfig.rootpath / "examples"


def test_the_json_is_a_plan(run, examples):
    ran = run("plan", examples / "lost_artifact.json", "--json")
    assert (ran.code, ran.err) == (0, "")
    plan = StoryPlan.model_validate_json(ran.out)
    assert plan.story_id == json.loads((examples / "lost_artifact.json").read_text())["story_id"]
    assert 3 <= len(plan.scenes) <= 15


def test_a_plan_that_was_edited_is_taken(run, home, examples):
    plan = json.loads(run("plan", examples / "wolf.md", "--json").out)
    plan["title"] = "A title of my own"
    (home / "plan.json").write_text(json.dumps(plan))
    ran = run("plan", "plan.json")
    assert ran.code == 0
    assert ran.out.startswith("A title of my own\n")


def test_every_scene_is_shown_with_time_and_prompt(run, examples):
    plan = StoryPlan.model_validate_json(run("plan", examples / "wolf.md", "--json").out)
    shown = " ".join(run("plan", examples / "wolf.md").out.split())
    for number, scene in enumerate(plan.scenes, start=1):
        assert " ".join(scene.text.split()) in shown
        assert " ".join(scene.image_prompt.split()) in shown
        assert f"{number} 0:" in shown or f"{number} 1:" in shown
    assert f"{len(plan.scenes)} scenes" in shown


def test_a_flag_goes_before_the_story(run, examples):
    told = run("plan", examples / "lost_artifact.json", "--aspect", "1:1", "--json").out
    assert StoryPlan.model_validate_json(told).aspect_ratio == "1:1"


def test_a_text_can_be_given_its_language(run, home):
    (home / "light.txt").write_text("Svjetlo\n\nStara Ana živjela je na otoku.")
    ran = run("plan", "light.txt", "--language", "hr", "--json")
    plan = json.loads(ran.out)
    assert plan["language"] == "hr"
    assert not [note for note in plan["notes"] if "language" in note]


def test_a_variable_does_not(run, examples, monkeypatch):
    monkeypatch.setenv("RAYPIPE_VIDEO_ASPECT_RATIO", "1:1")
    told = run("plan", examples / "lost_artifact.json", "--json").out
    assert StoryPlan.model_validate_json(told).aspect_ratio == "9:16"


@pytest.mark.parametrize("name", ["ali.json", "momotaro.json", "zorro.json"])
def test_other_scripts_are_shown_as_they_are(run, examples, name):
    title = json.loads((examples / name).read_text())["title"]
    ran = run("plan", examples / name)
    assert ran.code == 0
    assert title in ran.out


def test_who_speaks_with_which_voice_is_shown(run, home):
    (home / "lamp.txt").write_text(
        'The Lamp\n\nMara found a lamp on the beach. "It is warm," said Mara. Nobody answered.'
    )
    ran = run("plan", "lamp.txt", "--set", "tts.cast=Mara=espeak:+f3")
    assert 'Mara, espeak:+f3: "It is warm,"' in ran.out
    assert "espeak" not in run("plan", "lamp.txt").out


def test_one_scene_is_not_called_scenes(run, home):
    (home / "word.md").write_text("# A Word\n\nHello.")
    assert " · 1 scene · " in run("plan", "word.md").out


def test_after_the_last_scene_nothing_follows(run, examples):
    plan = StoryPlan.model_validate_json(run("plan", examples / "wolf.md", "--json").out)
    assert run("plan", examples / "wolf.md").out.count("→") == len(plan.scenes) - 1


def test_what_is_estimated_of_the_length_is_a_note_of_the_plan_alone(run, home):
    (home / "short.md").write_text("# The Fox\n\nA fox ran. It saw a hen. The hen slept.")
    assert "fills about" in run("plan", "short.md").out
    assert json.loads(run("plan", "short.md", "--json").out)["notes"] == []


def test_of_many_sentences_left_out_the_first_are_shown_and_the_rest_counted(run, home):
    sentences = " ".join(f"On day {day} the ship met a storm near the cape." for day in range(200))
    (home / "long.md").write_text(f"# The Ship\n\n{sentences}")
    dropped = json.loads(run("plan", "long.md", "--fit", "condense", "--json").out)[
        "dropped_sentences"
    ]
    shown = run("plan", "long.md", "--fit", "condense").out
    assert shown.count("\n  - On day") == 20
    assert f"and {len(dropped) - 20} more" in shown
