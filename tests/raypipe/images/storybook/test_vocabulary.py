from __future__ import annotations

import pytest

from raypipe.images.storybook.chance import Chance
from raypipe.images.storybook.outlines import find_glyph
from raypipe.images.storybook.palette import FAMILIES
from raypipe.images.storybook.props.registry import DRAWINGS, cut_thing
from raypipe.images.storybook.vocabulary import (
    _THINGS,
    crowd_of,
    find_thing,
    is_covered,
    things_in,
)

FAMILY = FAMILIES["orchard"]


@pytest.mark.parametrize(
    ("subject", "drawing"),
    [
        ("crystal", "crystal"),
        ("glowing crystal", "crystal"),
        ("Crystals", "crystal"),
        ("sailing ship", "ship"),
        ("wolves", "wolf"),
        ("bunch of grapes", "grapes"),
        ("flock of sheep", "sheep"),
        ("stars", "star"),
        ("dinosaur", "emoji:🦕"),
        ("violin", "emoji:🎻"),
    ],
)
def test_nouns_are_found(subject, drawing):
    thing = find_thing(subject)
    assert thing is not None
    assert thing.drawing == drawing


@pytest.mark.parametrize(
    "subject",
    ["", " ", "justice", "x", "ok", "hand", "woman", "smiling face", "桃", "🍑", "night"],
)
def test_what_would_look_silly_or_is_not_a_thing_is_left_out(subject):
    assert find_thing(subject) is None


def test_plurals_stand_in_groups():
    assert find_thing("apple").group == 1
    assert find_thing("chests").group > 1
    assert find_thing("sheep").group > 1
    assert find_thing("torches").group == 1


def test_phrases_name_their_things():
    assert [thing.name for thing in things_in("lifting the crystal from its stone cradle")] == [
        "crystal",
        "cradle",
    ]
    assert things_in("thinking of justice") == []
    assert things_in("a silver pod floating by") == []
    assert [thing.name for thing in things_in("finding gold in the hall")] == ["gold"]


def test_people_in_numbers_are_a_crowd():
    assert crowd_of("thieves") == "thief"
    assert crowd_of("villagers") == "villager"
    assert crowd_of("thief") is None
    assert crowd_of("sheep") is None


def test_settings_show_some_nouns_themselves():
    temple = find_thing("temple")
    assert temple is not None
    assert is_covered(temple, "ruins")
    assert not is_covered(temple, "forest")


@pytest.mark.parametrize("drawing", DRAWINGS)
def test_every_drawing_stands_on_its_foot_in_its_box(drawing):
    block = cut_thing(
        drawing, x=500, y=800, height=100, facing=1, family=FAMILY, chance=Chance("test")
    )
    low, high = block.bounds()
    assert 700 - 45 < low[1] < 800 - 35
    assert abs(high[1] - 800) < 60
    assert low[0] < 500 < high[0]
    assert high[0] - low[0] < 420


def test_drawings_face_both_ways():
    one, other = (
        cut_thing(
            "ship", x=0, y=0, height=100, facing=f, family=FAMILY, chance=Chance("t")
        ).bounds()
        for f in (1, -1)
    )
    assert one[0][0] == pytest.approx(-other[1][0])


def test_every_row_of_the_table_can_be_drawn():
    for thing in _THINGS.values():
        if thing.drawing.startswith("emoji:"):
            character = thing.drawing.removeprefix("emoji:")
            glyph = find_glyph(character)
            assert glyph is not None, thing.name
            assert not glyph.is_tile, thing.name
            assert len(glyph.silhouette) >= 1
        else:
            assert thing.drawing in DRAWINGS, thing.name
        assert 0.1 <= thing.metres <= 30


def test_a_character_without_a_glyph_draws_nothing():
    assert find_glyph("\ue000") is None
    assert find_glyph("") is None
    block = cut_thing(
        "emoji:\ue000", x=0, y=0, height=10, facing=1, family=FAMILY, chance=Chance("t")
    )
    assert block.parts == []
