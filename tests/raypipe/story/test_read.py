from __future__ import annotations

import json
import os
import time

import pytest

from raypipe.errors import StoryError
from raypipe.story.model import Story
from raypipe.story.plan import StoryPlan
from raypipe.story.planner import plan_story
from raypipe.story.read import MAX_SOURCE_BYTES, parse_source, read_source

BASE = {"story_id": "tale", "title": "A Tale", "content": "Once there was a fox."}


def refuse(data, name="story.json") -> StoryError:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    with pytest.raises(StoryError) as caught:
        parse_source(raw, name=name)
    message = str(caught.value)
    assert "\n" not in message
    assert "pydantic" not in message.lower()
    assert len(message) < 600
    assert caught.value.remedy
    assert caught.value.exit_code == 2
    return caught.value


def with_metadata(**metadata):
    return {**BASE, "metadata": metadata}


# Values ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "where", "arrived"),
    [
        (with_metadata(target_duration=-3), "metadata.target_duration", "-3"),
        (with_metadata(target_duration=0), "metadata.target_duration", "0"),
        (with_metadata(target_duration=601), "metadata.target_duration", "601"),
        (with_metadata(target_duration="60"), "metadata.target_duration", '"60"'),
        (with_metadata(target_duration=True), "metadata.target_duration", "true"),
        (with_metadata(target_duration=10**400), "metadata.target_duration", "an integer of"),
        (with_metadata(seed=-1), "metadata.seed", "-1"),
        (with_metadata(seed=1.5), "metadata.seed", "1.5"),
        (with_metadata(language="english please"), "metadata.language", '"english please"'),
        (with_metadata(genre=["a"]), "metadata.genre", "a list of 1"),
        (with_metadata(characters=["Elena"]), "metadata.characters", "a list of 1"),
        (with_metadata(characters={"Elena": 5}), "metadata.characters.Elena", "5"),
        ({**BASE, "metadata": "fable"}, "metadata", '"fable"'),
        ({**BASE, "content": ["a", "b"]}, "content", "a list of 2"),
        ({**BASE, "content": ""}, "content", '""'),
        ({**BASE, "content": "..."}, "content", '"..."'),
        ({**BASE, "content": " \u200b\n"}, "content", "\\u200b"),
        ({**BASE, "title": ""}, "title", '""'),
        ({**BASE, "story_id": "../../etc/passwd"}, "story_id", '"../../etc/passwd"'),
        ({**BASE, "story_id": "a/b"}, "story_id", '"a/b"'),
        ({**BASE, "story_id": "-x"}, "story_id", '"-x"'),
        ({**BASE, "story_id": 7}, "story_id", "7"),
        ({**BASE, "content": "a\x00b"}, "content", "NUL"),
        ({**BASE, "content": "a\x1b[31m"}, "content", "escape"),
        ({**BASE, "content": "\ud800"}, "content", "surrogate"),
    ],
)
def test_a_bad_value_is_named_with_its_field(data, where, arrived):
    error = refuse(data)
    assert error.where == where
    assert arrived in error.problem


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_not_finite_name_their_field(number):
    raw = json.dumps(with_metadata(target_duration=1)).replace(": 1}", f": {number}}}")
    error = refuse(raw.encode())
    assert error.where == "metadata.target_duration"
    assert "finite" in error.problem


def test_an_unknown_aspect_ratio_names_the_four():
    message = str(refuse(with_metadata(aspect_ratio="9x16")))
    assert '"9x16"' in message
    assert all(ratio in message for ratio in ("9:16", "1:1", "16:9", "4:5"))


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        ({**BASE, "contents": "x"}, "did you mean content?"),
        (with_metadata(aspect="9:16"), "did you mean aspect_ratio?"),
        (with_metadata(targetDuration=60), "did you mean target_duration?"),
        ({**BASE, "genre": "fable"}, "it belongs to metadata"),
        (with_metadata(title="x"), "it belongs to the top level"),
        ({**BASE, "qqqq": 1}, "known fields are story_id"),
    ],
)
def test_an_unknown_field_names_the_nearest_known_one(data, hint):
    error = refuse(data)
    assert "unknown field" in error.problem
    assert hint in error.remedy


def test_a_missing_id_is_suggested():
    error = refuse({"title": "My Tale", "content": "x"})
    assert error.where == "story_id"
    assert '"my-tale"' in error.remedy


def test_several_mistakes_are_one_message():
    error = refuse({**BASE, "title": 3, "metadata": {"seed": -1, "target_duration": 0}})
    assert "also wrong" in error.problem


def test_a_name_that_cannot_be_shown_is_written_as_codes():
    error = refuse(with_metadata(characters={"\U000f0000\x1b": []}))
    assert str(error).isprintable()


def test_null_means_not_given():
    data = {**BASE, "metadata": {"target_duration": None, "genre": None, "characters": None}}
    story = parse_source(json.dumps(data).encode(), name="s.json")
    assert isinstance(story, Story)
    assert story.metadata.target_duration is None
    assert story.metadata.genre == ""
    assert parse_source(json.dumps({**BASE, "metadata": None}).encode(), name="s.json")


# JSON --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    ['{"story_id": "a", "title": "x', '{"story_id": "a",', '{"story_id":', "{", '{"a": [1, 2'],
)
def test_truncated_json_gives_line_and_column(raw):
    error = refuse(raw.encode())
    assert "line 1 column" in error.where
    assert "before it is complete" in error.problem


def test_broken_json_gives_its_line():
    error = refuse(b'{"story_id": "a",\n "title" "x"}')
    assert "line 2 column 10" in error.where
    assert "a colon" in error.problem


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"a": ' + b"9" * 5_000 + b"}",
        b"[1]",
        b"{} {}",
        b'{"a": "line\nbreak"}',
        b'{"story_id": "a", "story_id": "b"}',
        json.dumps(
            {**BASE, "metadata": {"characters": {str(i): "x" for i in range(5000)}}}
        ).encode(),
    ],
)
def test_odd_json_is_refused(raw):
    refuse(raw)


def test_a_repeated_key_is_named_with_its_path():
    error = refuse(b'{"story_id": "a", "metadata": {"genre": "x", "genre": "y"}}')
    assert error.where == "metadata.genre"


# Bytes and files ---------------------------------------------------------------------------------


def test_fifty_megabytes_are_refused_at_once(tmp_path):
    path = tmp_path / "big.txt"
    path.write_bytes(b"word " * 10_000_000)
    began = time.perf_counter()
    with pytest.raises(StoryError, match=r"got 50\.0 MB"):
        read_source(path)
    assert time.perf_counter() - began < 1.0
    with pytest.raises(StoryError, match="at most 4 MB"):
        parse_source(b"x" * (MAX_SOURCE_BYTES + 1), name="big.json")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        ("Äpfel".encode("latin-1"), "0xC4"),
        ("story".encode("utf-16"), "UTF-16"),
        ("story of a fox".encode("utf-16-le"), "UTF-16"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"PK\x03\x04....", "Word"),
        (b"A fox\x00 ran.", "NUL"),
        (b"A fox \x1b[31mran.", "escape"),
    ],
)
@pytest.mark.parametrize("name", ["story.txt", "story.md"])
def test_bytes_that_are_no_text_are_refused(raw, said, name):
    assert said in str(refuse(raw, name))


def test_a_byte_order_mark_is_no_text():
    story = parse_source(b"\xef\xbb\xbfA fox\n\nIt ran.", name="fox.txt")
    assert story.title == "A fox"


def test_files_that_cannot_be_read_say_why(tmp_path):
    loop = tmp_path / "loop.json"
    loop.symlink_to(loop)
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    cases = {
        tmp_path / "nothing.json": "no such file",
        tmp_path: "got a folder",
        loop: "in a circle",
        pipe: "device, pipe or socket",
        tmp_path / ("x" * 300): "longer than any",
        tmp_path / "a\0b": "NUL",
    }
    for path, said in cases.items():
        with pytest.raises(StoryError, match=said):
            read_source(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_says_so(tmp_path):
    path = tmp_path / "secret.json"
    path.write_text("{}")
    path.chmod(0)
    with pytest.raises(StoryError, match="may not be read"):
        read_source(path)


def test_an_unknown_ending_is_read_by_its_content():
    assert parse_source(json.dumps(BASE).encode(), name="story").story_id == "tale"
    assert parse_source(b"A fox ran.", name="fox.story").title == "Fox"


# Plans -------------------------------------------------------------------------------------------


@pytest.fixture
def plan_fields(load):
    plan = plan_story(load("lost_artifact"), target_duration=60, aspect_ratio="9:16")
    return json.loads(plan.model_dump_json())


def test_a_plan_survives_the_way_through_its_file(plan_fields):
    plan = parse_source(json.dumps(plan_fields).encode(), name="plan.json")
    assert isinstance(plan, StoryPlan)
    assert json.loads(plan.model_dump_json()) == plan_fields


def test_null_means_not_given_in_a_plan_too(plan_fields):
    plan_fields.update(voice=None, style=None, notes=None)
    plan_fields["scenes"][0]["negative_prompt"] = None
    assert isinstance(parse_source(json.dumps(plan_fields).encode(), name="p.json"), StoryPlan)


def _edit(fields, path, value):
    *way, last = path
    for part in way:
        fields = fields[part]
    fields[last] = value


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        (("scenes", 1, "scene_id"), "scene_01", "scenes[1].scene_id"),
        (("scenes", 0, "duration"), -1, "scenes[0].duration"),
        (("scenes", 0, "transition"), "dissolv", "scenes[0].transition"),
        (("scenes", 2, "text"), "...", "scenes[2].text"),
        (("scenes", 0, "mod"), "calm", "scenes[0]"),
        (("scenes", 0, "characters", 0, "looks"), "x", "scenes[0].characters[0]"),
        (("scenes",), [], "scenes"),
        (("scenes",), "none", "scenes"),
        (
            ("audio_script", "segments", 0, "scene_id"),
            "scene_77",
            "audio_script.segments[0].scene_id",
        ),
        (
            ("audio_script", "segments", 1, "scene_id"),
            "scene_01",
            "audio_script.segments[1].scene_id",
        ),
        (
            ("audio_script", "segments", 1, "start_time"),
            99.0,
            "audio_script.segments[2].start_time",
        ),
        (
            ("audio_script", "segments", 1, "start_time"),
            0.0,
            "audio_script.segments[1].start_time",
        ),
        (("audio_script", "segments"), [], "audio_script.segments"),
        (("audio_script",), None, "audio_script"),
    ],
)
def test_a_wrongly_edited_plan_is_refused(plan_fields, path, value, where):
    _edit(plan_fields, path, value)
    assert refuse(plan_fields, "plan.json").where == where


def test_a_plan_with_a_segment_missing_says_which(plan_fields):
    del plan_fields["audio_script"]["segments"][2]
    assert "scene_03" in refuse(plan_fields, "plan.json").problem


def test_a_mistyped_transition_is_guessed(plan_fields):
    plan_fields["scenes"][0]["transition"] = "disolve"
    assert '"dissolve"' in refuse(plan_fields, "plan.json").remedy


LAYERS = {
    "effects": ["ken_burns", "grain"],
    "motion": "up",
    "transition_direction": "right",
    "transition_through": "white",
    "texts": [{"content": "Chapter 1", "position": "top", "colour": "#ffd70a", "end": 2.5}],
}


def test_a_plan_may_say_what_is_done_to_a_scene(plan_fields):
    plan_fields["scenes"][1].update(LAYERS)
    plan = parse_source(json.dumps(plan_fields).encode(), name="plan.json")
    said = json.loads(plan.model_dump_json())["scenes"][1]
    assert {key: said[key] for key in ("effects", "motion")} == {
        "effects": ["ken_burns", "grain"],
        "motion": "up",
    }
    assert said["texts"][0] | LAYERS["texts"][0] == said["texts"][0]


@pytest.mark.parametrize(
    ("path", "value", "where", "hint"),
    [
        (("effects", 0), "vignete", "scenes[1].effects[0]", '"vignette"'),
        (("effects", 0), "sepia", "scenes[1].effects[0]", "light_leak"),
        (("effects",), ["grain", "grain"], "scenes[1].effects", "once"),
        (("efects",), ["grain"], "scenes[1]", "effects"),
        (("motion",), "upp", "scenes[1].motion", '"up"'),
        (("transition_direction",), "lef", "scenes[1].transition_direction", '"left"'),
        (("transition_through",), "blak", "scenes[1].transition_through", '"black"'),
        (("texts", 0, "colour"), "gold", "scenes[1].texts[0].colour", "#ffd70a"),
        (("texts", 0, "positon"), "top", "scenes[1].texts[0]", "position"),
        (("texts", 0, "position"), "centre", "scenes[1].texts[0].position", '"center"'),
        (("texts", 0, "size"), 4000, "scenes[1].texts[0].size", "size"),
        (("texts", 0, "content"), " ", "scenes[1].texts[0].content", "write"),
        (("texts", 0, "start"), 3.0, "scenes[1].texts[0].end", "seconds"),
        (("texts", 0, "animation"), "rize", "scenes[1].texts[0].animation", '"rise"'),
        (("texts", 0, "box"), "yes", "scenes[1].texts[0].box", "box"),
        (("texts",), "Chapter 1", "scenes[1].texts", "content"),
    ],
)
def test_a_wrongly_named_layer_is_refused_with_the_nearest(plan_fields, path, value, where, hint):
    plan_fields["scenes"][1].update(json.loads(json.dumps(LAYERS)))
    _edit(plan_fields, ("scenes", 1, *path), value)
    error = refuse(plan_fields, "plan.json")
    assert error.where == where
    assert hint in error.remedy
