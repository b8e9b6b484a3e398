"""Anything at all is a story, a plan, or one clear error: no crash, no hang, none over a second.

RAYPIPE_FUZZ_CASES=10000 tries so many cases of each kind instead of a few hundred.
"""

from __future__ import annotations

import json
import os
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from raypipe.errors import StoryError
from raypipe.story.collection import gather_stories
from raypipe.story.model import Story
from raypipe.story.plan import StoryPlan
from raypipe.story.planner import plan_story
from raypipe.story.read import parse_source

BASE = {"story_id": "tale", "title": "A Tale", "content": "Once there was a fox."}


def with_metadata(**metadata):
    return {**BASE, "metadata": metadata}


@pytest.fixture(scope="module")
def plan_fields():
    text = (
        "Mara found a lantern. It was green. She carried it home through the dark wood. Night fell."
    )
    story = Story(story_id="lantern", title="The Lantern", content=text * 3)
    plan = plan_story(story, target_duration=60, aspect_ratio="9:16")
    return json.loads(plan.model_dump_json())


fuzzed = settings(
    max_examples=int(os.environ.get("RAYPIPE_FUZZ_CASES") or 300),
    deadline=10_000,  # milliseconds: a hang, not a slow machine
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
_plain = st.sampled_from(
    [None, True, -1, 0, 1, 10**25, -0.0, 1e308, "", "x", "x" * 300, "\ud800", "\x00", "9:16", " "]
)
_json = (
    _plain
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.lists(_plain, max_size=3)
    | st.dictionaries(st.text(max_size=6), _plain, max_size=3)
)
_fields = st.dictionaries(
    st.sampled_from(["story_id", "title", "content", "metadata", "scenes", "audio_script", "x"]),
    _json,
    max_size=7,
)
_metadata = st.dictionaries(
    st.sampled_from(
        ["genre", "target_duration", "aspect_ratio", "language", "style", "seed", "characters", "y"]
    ),
    _json,
    max_size=5,
)


def _only_story_errors(raw: bytes, name: str) -> None:
    result: Story | StoryPlan | StoryError
    began_s = time.process_time()
    try:
        result = parse_source(raw, name=name)
    except StoryError as error:
        result = error
    assert time.process_time() - began_s < 1
    if isinstance(result, StoryError):
        assert str(result)
        assert str(result).isprintable()


@fuzzed
@given(_fields)
def test_any_json_is_a_story_or_one_clear_error(fields):
    _only_story_errors(json.dumps(fields).encode(), "s.json")


@fuzzed
@given(_metadata)
def test_any_metadata_is_taken_or_one_clear_error(metadata):
    _only_story_errors(json.dumps({**BASE, "metadata": metadata}).encode(), "s.json")


@fuzzed
@given(st.binary(max_size=400), st.sampled_from(["s.json", "s.md", "s.txt", "s", "../x/.md"]))
def test_any_bytes_are_a_story_or_one_clear_error(raw, name):
    _only_story_errors(raw, name)


@fuzzed
@given(st.text(max_size=300), st.sampled_from(["s.json", "s.md", "s.txt"]))
def test_any_text_is_a_story_or_one_clear_error(text, name):
    _only_story_errors(text.encode("utf-8", "replace"), name)


@fuzzed
@given(data=st.data())
def test_any_damage_to_a_plan_is_one_clear_error(plan_fields, data):
    fields = json.loads(json.dumps(plan_fields))
    target = data.draw(
        st.sampled_from(
            [
                fields,
                fields["scenes"][0],
                fields["audio_script"],
                fields["audio_script"]["segments"][0],
            ]
        )
    )
    target[data.draw(st.sampled_from(sorted(target)))] = data.draw(_json)
    _only_story_errors(json.dumps(fields).encode(), "plan.json")


@fuzzed
@given(st.integers(0, 700), st.binary(min_size=1, max_size=4))
def test_any_byte_may_be_damaged(position, patch):
    raw = json.dumps(with_metadata(genre="fable", target_duration=30, aspect_ratio="1:1")).encode()
    at = position % len(raw)
    _only_story_errors(raw[:at] + patch + raw[at + len(patch) :], "s.json")


_anything = st.recursive(
    _plain | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)


@fuzzed
@given(data=st.data())
def test_any_part_of_a_story_may_be_anything(data):
    fields = {**BASE, "metadata": {"genre": "fable", "characters": {"Mira": "red hair"}}}
    way = data.draw(st.sampled_from([(), ("metadata",), ("metadata", "characters")]))
    target = fields
    for part in way:
        target = target[part]
    key = data.draw(st.sampled_from(sorted(target)) | st.text(max_size=12))
    target[key] = data.draw(_anything)
    _only_story_errors(json.dumps(fields).encode(), "s.json")


_pieces = st.sampled_from(
    ["A fox", " ran", ". ", "? ", "\n", "\n\n", "# ", "---\n", "genre: fable\n", "“", "”", '"',
     "…", "said", " Mira ", "3.14", "Dr. ", "http://a.b/c", "狐が走った。", "لعبة ", "שלום ",
     "\u200d", "\U0001f98a", "é", "-", "* ", "1. ", "[a](b)", "`x`", "word " * 40]
)  # fmt: skip


def _planned(raw, name):
    try:
        read = parse_source(raw, name=name)
        return plan_story(read, target_duration=30, aspect_ratio="9:16"), None
    except StoryError as error:
        return None, error


@fuzzed
@given(st.lists(_pieces, max_size=40), st.sampled_from(["s.md", "s.txt"]))
def test_whatever_is_read_can_be_planned_or_says_why_not(pieces, name):
    began_s = time.process_time()
    plan, error = _planned("".join(pieces).encode(), name)
    assert time.process_time() - began_s < 5, "imports of the first case included"
    if plan is None:
        assert str(error).isprintable()
        return
    assert plan.scenes
    again = parse_source(plan.model_dump_json().encode(), name="plan.json")
    assert again == plan, "a plan survives the way through its file"


@fuzzed
@given(st.lists(st.binary(max_size=60) | st.just(json.dumps(BASE).encode()), max_size=6))
def test_any_lines_are_stories_or_errors_with_their_numbers(tmp_path_factory, lines):
    path = tmp_path_factory.getbasetemp() / "fuzz.jsonl"
    path.write_bytes(b"\n".join(lines))
    found = gather_stories([path])
    assert found
    for each in found:
        assert (each.source is None) == (each.error is not None)
        assert each.error is None or str(each.error).isprintable()
