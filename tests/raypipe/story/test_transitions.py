from __future__ import annotations

import pytest

from raypipe.story.transitions import SceneEdge, choose_transitions


def edge(setting="field", hour="day", mood="calm", *, turns=(), opening=(), dialogue=False):
    return SceneEdge(
        setting, hour, mood, frozenset([*turns, *opening]), frozenset(opening), dialogue
    )


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (edge(), edge(opening=["later"]), "fade"),
        (edge(), edge("forest", "night"), "fade"),
        (edge(), edge("forest"), "dissolve"),
        (edge(), edge(mood="sad"), "dissolve"),
        (edge(mood="tense"), edge(mood="tense"), "cut"),
        (edge(), edge("forest", mood="tense"), "cut"),
        (edge(dialogue=True), edge(dialogue=True), "cut"),
        (edge(), edge("sea", turns=["travel"]), "slide"),
        (edge(), edge("city", opening=["meanwhile"]), "wipe"),
        (edge(), edge(mood="wondrous", opening=["discovery"]), "zoom"),
        (edge(), edge("forest", opening=["sudden"]), "cut"),
        (edge(), edge(opening=["moral"]), "fade"),
        (edge(), edge(), "cut"),
    ],
)
def test_the_story_chooses(before, after, expected):
    assert choose_transitions([before, after]) == (expected, "cut")


def test_ornaments_are_rare():
    scenes = [edge(setting, turns=["travel"]) for setting in ["field", "sea"] * 4]
    assert choose_transitions(scenes).count("slide") == 2


def test_a_single_scene_ends_in_a_cut():
    assert choose_transitions([edge()]) == ("cut",)
