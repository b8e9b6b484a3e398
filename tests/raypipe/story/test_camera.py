from __future__ import annotations

import itertools

from raypipe.story.camera import ShotCues, choose_shots


def cue(**changes):
    values = {
        "mood": "calm", "people": 1, "things": 1, "is_dialogue": False, "is_action": False,
        "new_place": False, "new_person": False,
    }  # fmt: skip
    return ShotCues(**{**values, **changes})


def test_a_story_opens_wide_and_no_two_neighbours_are_alike():
    shots = choose_shots([cue(new_place=True), *[cue() for _ in range(9)]])
    assert shots[0].phrase == "wide establishing shot"
    assert all(a.size != b.size for a, b in itertools.pairwise(shots))


def test_speech_comes_close_and_action_steps_back():
    _, close, _, full = choose_shots(
        [cue(), cue(is_dialogue=True, mood="sad"), cue(), cue(is_action=True, mood="tense")]
    )
    assert close.size == "close"
    assert full.size == "full"


def test_nobody_is_shown_as_a_portrait_where_nobody_is():
    shots = choose_shots([cue(people=0) for _ in range(4)])
    assert {shot.size for shot in shots} <= {"wide", "detail"}
