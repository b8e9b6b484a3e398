from __future__ import annotations

import itertools

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from raypipe.story.cutting import (
    MIN_SPEECH_S,
    Turn,
    count_scenes,
    cut_scenes,
    prepare_units,
    score_turns,
)
from raypipe.story.sentences import Unit, split_units


def units_of(*lengths):
    return tuple(
        Unit(f"Sentence {index}.", index, 0, "sentence", float(length))
        for index, length in enumerate(lengths)
    )


def turns_of(*scores):
    return tuple(Turn(score, (("test", score),)) for score in scores)


def test_the_cut_falls_where_the_story_turns():
    units = units_of(*[3.0] * 9)
    scores = [0.0] * 8
    scores[2] = scores[5] = 3.0
    assert cut_scenes(units, turns_of(*scores), scene_count=3) == ((0, 3), (3, 6), (6, 9))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 8), min_size=4, max_size=8), st.data())
def test_the_cut_is_the_best_of_all(lengths, data):
    scores = [data.draw(st.sampled_from([-1.0, 0.0, 0.5, 1.3, 2.9])) for _ in lengths[1:]]
    units, turns = units_of(*lengths), turns_of(*scores)
    found = cut_scenes(units, turns, scene_count=3)
    floor = MIN_SPEECH_S if sum(lengths) >= 8 else sum(lengths) / 5

    def value(cut):
        bounds = [0, *cut, len(lengths)]
        pieces = [sum(lengths[a:b]) for a, b in itertools.pairwise(bounds)]
        if min(pieces) < floor - 1e-9:
            return None
        ideal = sum(lengths) / len(pieces)
        if max(pieces) > 3 * ideal:
            return None
        gain = sum(scores[at - 1] + 0.5 for at in cut)
        uneven = sum(1.6 * ((piece - ideal) / ideal) ** 2 for piece in pieces)
        return gain - uneven - 0.45 * (len(pieces) - 3) ** 2

    values = [
        value(cut)
        for count in range(3, min(5, len(lengths)) + 1)
        for cut in itertools.combinations(range(1, len(lengths)), count - 1)
    ]
    assume(any(v is not None for v in values))
    best = max(v for v in values if v is not None)
    mine = value([first for first, _ in found[1:]])
    assert mine is not None
    assert mine == pytest.approx(best, abs=1e-6)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.floats(0.3, 20.0), min_size=1, max_size=60), st.integers(3, 15))
def test_scenes_cover_everything_in_order(lengths, wanted):
    units = units_of(*lengths)
    scenes = cut_scenes(units, turns_of(*[0.5] * (len(units) - 1)), scene_count=wanted)
    assert scenes[0][0] == 0
    assert scenes[-1][1] == len(units)
    assert all(a[1] == b[0] for a, b in itertools.pairwise(scenes))
    assert len(scenes) <= 15
    if sum(lengths) >= 8 and len(scenes) > 3:
        assert all(sum(lengths[a:b]) >= MIN_SPEECH_S - 1e-6 for a, b in scenes)


def test_the_number_of_scenes_follows_the_duration():
    assert count_scenes(speech_s=40, target_s=60) == 9
    assert count_scenes(speech_s=3, target_s=60) == 3
    assert count_scenes(speech_s=400, target_s=60) == 15


def test_few_sentences_are_cut_at_clauses():
    units = split_units(
        "When the moon rose over the hills, the fox left her den; she crossed the frozen river.",
        "en",
    )
    pieces = prepare_units(units, "en", scene_count=3)
    assert len(pieces) >= 3
    assert " ".join(piece.text for piece in pieces) == units[0].text


def test_a_sentence_is_not_cut_while_there_are_enough():
    units = split_units("One came, and left. Two came, and left. Three came, and left.", "en")
    assert prepare_units(units, "en", scene_count=3) == units


def test_turns_are_scored_with_their_reasons(facts_of, cast_of):
    text = (
        "Anna sat in the garden. She read a book. "
        "Years later Peter walked through the dark forest. He was afraid."
    )
    facts = facts_of(text)
    turns = score_turns(facts, cast_of(text))
    assert turns[1].score == max(turn.score for turn in turns)
    reasons = {reason for reason, _ in turns[1].reasons}
    assert "later" in reasons
    assert "from garden to forest" in reasons
    assert "somebody new" in reasons
    assert ("goes on about the same person", -0.4) in turns[0].reasons
