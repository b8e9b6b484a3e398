from dataclasses import replace

import numpy as np
import pytest

from raypipe.text.contrast import (
    MINIMUM,
    contrast_ratio,
    measured_contrast,
    readable,
    seen_contrast,
)
from raypipe.text.draw import draw_block
from raypipe.timeline.model import TextStyle


@pytest.mark.parametrize(
    ("first", "second", "ratio"),
    [
        ((0, 0, 0), (255, 255, 255), 21.0),
        ((119, 119, 119), (255, 255, 255), 4.48),
        ((255, 0, 0), (255, 255, 255), 4.0),
        ((10, 20, 30), (10, 20, 30), 1.0),
    ],
)
def test_the_ratio_is_that_of_wcag(first, second, ratio):
    assert contrast_ratio(first, second) == pytest.approx(ratio, abs=0.01)
    assert contrast_ratio(second, first) == contrast_ratio(first, second)


GROUNDS = [(255, 255, 255), (0, 0, 0), (128, 128, 128), (255, 230, 120), (60, 140, 220)]


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize(
    "style",
    [
        TextStyle(),
        TextStyle(outline_px=0, shadow=False),
        TextStyle(box=True, outline_px=0, shadow=False),
        TextStyle(colour=(255, 214, 10)),
        TextStyle(colour=(20, 20, 60)),
    ],
)
def test_readable_text_has_contrast_on_any_ground(style, ground):
    style = readable(style)
    block = draw_block("Contrast", max_width_px=700, size_px=64, style=style)

    assert measured_contrast(block, style.colour, np.array(ground, np.uint8)) >= 4.5


def test_bare_white_text_on_white_has_none():
    style = TextStyle(outline_px=0, shadow=False)
    block = draw_block("Contrast", max_width_px=700, size_px=64, style=style)

    assert measured_contrast(block, style.colour, np.array((255, 255, 255), np.uint8)) < 1.1


def test_a_style_that_is_readable_is_kept():
    assert readable(TextStyle()) == TextStyle()


@pytest.mark.parametrize("highlight", [(10, 20, 80), (90, 0, 0), (0, 0, 0), (255, 214, 10)])
def test_a_spoken_word_stays_readable_too(highlight):
    style = readable(TextStyle(outline_colour=(19, 26, 46), highlight=highlight))

    assert contrast_ratio(style.highlight, style.outline_colour) >= MINIMUM
    assert (style.highlight == highlight) == (highlight == (255, 214, 10))


WHITE_ON_BLACK = TextStyle(shadow=False)


def test_letters_are_seen_against_outline_and_picture_together():
    bare = TextStyle(outline_px=0, shadow=False)

    assert seen_contrast(WHITE_ON_BLACK, 0, 0) == pytest.approx(21)
    assert seen_contrast(bare, 1, 1) == pytest.approx(1)
    assert 1 < seen_contrast(WHITE_ON_BLACK, 1, 1) < MINIMUM < seen_contrast(WHITE_ON_BLACK, 0, 0.2)


@pytest.mark.parametrize(
    "more", [{"outline_px": 8}, {"shadow": True}, {"box": True}, {"outline_px": 12, "shadow": True}]
)
def test_whatever_lies_between_letters_and_a_light_picture_helps(more):
    assert seen_contrast(replace(WHITE_ON_BLACK, **more), 1, 1) > seen_contrast(
        WHITE_ON_BLACK, 1, 1
    )


def test_the_worse_of_dark_and_light_counts():
    dark = TextStyle(colour=(0, 0, 0), outline_colour=(255, 255, 255), shadow=False)

    assert seen_contrast(WHITE_ON_BLACK, 0, 0.9) == seen_contrast(WHITE_ON_BLACK, 0.9, 0.9)
    assert seen_contrast(dark, 0.1, 1) == seen_contrast(dark, 0.1, 0.1)


def test_a_spoken_word_of_less_contrast_counts():
    lit = replace(WHITE_ON_BLACK, highlight=(120, 120, 120))

    assert seen_contrast(lit, 0, 0) == pytest.approx(contrast_ratio((120, 120, 120), (0, 0, 0)))
