import numpy as np
import pytest

from raypipe.text.contrast import MINIMUM, contrast_ratio, measured_contrast, readable
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
