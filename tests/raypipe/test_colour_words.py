import pytest

from raypipe.colour_words import COLOURS, find_colour
from raypipe.images.storybook.palette import FAMILIES


@pytest.mark.parametrize(
    ("phrase", "colour"),
    [
        ("red door", "red"),
        ("a bright crimson coat", "red"),
        ("old white horse", "white"),
        ("dark blue boat", "navy"),
        ("an orange cat", "orange"),
        ("golden planet", "gold"),
        ("an orange", ""),
        ("wooden door", ""),
        ("blackbird", ""),
        ("", ""),
    ],
)
def test_the_colour_before_a_noun_is_found(phrase, colour):
    assert find_colour(phrase) == colour


@pytest.mark.parametrize("family", FAMILIES)
def test_every_palette_has_an_ink_of_every_colour(family):
    assert set(COLOURS.values()) <= set(FAMILIES[family].dyes)
