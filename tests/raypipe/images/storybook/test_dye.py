"""Things in the colour that the story tells."""

from __future__ import annotations

import colorsys

import cv2
import numpy as np
import pytest

from raypipe.images.storybook.chance import Chance
from raypipe.images.storybook.composition import compose
from raypipe.images.storybook.engine import draw
from raypipe.images.storybook.figures.breeds import BREEDS
from raypipe.images.storybook.palette import FAMILIES
from raypipe.images.storybook.props.registry import DRAWINGS, cut_thing
from raypipe.images.storybook.vocabulary import find_thing, things_in

FAMILY = FAMILIES["orchard"]
HUES = {"red": 0.01, "blue": 0.58, "green": 0.31, "purple": 0.77, "yellow": 0.125}


def _seen_inks(block, side=160):
    """Return how many pixels of a plain print of the block each ink takes."""
    picture = np.zeros((side, side, 3), np.uint8)
    covered = np.zeros((side, side), np.uint8)
    low, high = block.bounds()
    scale = (side - 2) / max(high - low)
    for part in block.parts:
        for shape in part.shapes:
            polygon = np.round((shape - low) * scale).astype(np.int32)
            cv2.fillPoly(picture, [polygon], tuple(part.ink))
            cv2.fillPoly(covered, [polygon], 1)
    inks, counts = np.unique(picture[covered > 0], axis=0, return_counts=True)
    return {tuple(int(c) for c in ink): n for ink, n in zip(inks, counts, strict=True)}


def _share_of(colour, block):
    """Return the share of the block's area that is of this colour's hue."""
    seen = _seen_inks(block)

    def is_of(ink):
        hue, vivid, _ = colorsys.rgb_to_hsv(*(channel / 255 for channel in ink))
        apart = abs(hue - HUES[colour])
        return vivid > 0.2 and min(apart, 1 - apart) < 0.07

    return sum(n for ink, n in seen.items() if is_of(ink)) / sum(seen.values())


@pytest.mark.parametrize("colour", ["red", "blue", "purple"])
@pytest.mark.parametrize("drawing", [*sorted(DRAWINGS), "emoji:🪣", "emoji:🎈", "emoji:☂️"])
def test_a_thing_takes_the_colour_that_is_told(drawing, colour):
    where = {"x": 0, "y": 0, "height": 100, "facing": 1}
    block = cut_thing(drawing, **where, family=FAMILY, chance=Chance("a"), colour=colour)
    plain = cut_thing(drawing, **where, family=FAMILY, chance=Chance("a"))
    assert _share_of(colour, block) > 0.15
    assert len(block.parts) == len(plain.parts)


@pytest.mark.parametrize(
    ("subject", "name", "colour"),
    [
        ("red door", "door", "red"),
        ("old green boat", "boat", "green"),
        ("white horse", "white horse", "white"),
        ("door", "door", ""),
        ("orange", "orange", ""),
    ],
)
def test_a_nouns_colour_is_read(subject, name, colour):
    thing = find_thing(subject)
    assert (thing.name, thing.colour) == (name, colour)


def test_an_action_tells_the_colours_of_its_things():
    found = things_in("carrying a red apple and the cup to the old blue boat")
    assert [(thing.name, thing.colour) for thing in found] == [
        ("apple", "red"), ("cup", ""), ("boat", "blue"),
    ]  # fmt: skip


def _hue_share(picture, colour):
    hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)
    apart = np.abs(hsv[..., 0].astype(float) / 180 - HUES[colour])
    near = np.minimum(apart, 1 - apart) < 0.045
    return (near & (hsv[..., 1] > 80)).mean()


@pytest.mark.parametrize(
    ("subject", "colour"),
    [("door", "blue"), ("house", "purple"), ("car", "purple"), ("tent", "blue")],
)
@pytest.mark.parametrize("genre", ["", "mystery"])
def test_the_picture_shows_the_colour(subject, colour, genre, request_for):
    plain = {"actions": (), "characters": (), "setting": "village", "hour": "day", "genre": genre}
    told = draw(request_for(subjects=(f"{colour} {subject}",), **plain))
    untold = draw(request_for(subjects=(subject,), **plain))
    assert _hue_share(told, colour) > _hue_share(untold, colour) + 0.01


def test_the_place_shows_no_house_of_a_told_colour(request_for):
    scene = request_for(
        setting="village", subjects=("red house", "house"), characters=(), actions=()
    ).scene
    placed = compose(scene, width=600, height=1000, seed=1).placements
    assert [(figure.name, figure.colour) for figure in placed] == [("house", "red")]


@pytest.mark.parametrize("breed", sorted(BREEDS))
def test_an_animal_of_the_scene_has_its_colour(breed, request_for):
    scene = request_for(
        setting="field", subjects=(f"black {breed}",), characters=(), actions=()
    ).scene
    (animal,) = {
        (figure.name, figure.look) for figure in
        compose(scene, width=600, height=1000, seed=1).placements
    }  # fmt: skip
    assert animal[1].startswith("black ")
