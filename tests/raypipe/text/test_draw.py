import cv2
import numpy as np
import pytest

from raypipe.errors import RenderError
from raypipe.text.draw import _blurred, draw_block, draw_inks, draw_layout
from raypipe.text.layout import set_text
from raypipe.timeline.model import TextStyle

STYLE = TextStyle()
PLAIN = TextStyle(outline_px=0, shadow=False)


def draw(content, *, style=PLAIN, width=800, size=48, **options):
    return draw_block(content, max_width_px=width, size_px=size, style=style, **options)


def test_a_block_is_straight_rgba_no_wider_than_asked():
    block = draw("Once upon a time, a fox saw some grapes", style=STYLE, width=500)

    assert block.dtype == np.uint8
    assert block.ndim == 3
    assert block.shape[2] == 4
    assert block.shape[1] <= 500
    assert block[..., 3].max() == 255
    assert block[0, :, 3].max() < 40
    assert block[:, 0, 3].max() < 40


def test_letters_have_the_styles_colour_and_outline():
    style = TextStyle(colour=(250, 200, 10), outline_colour=(5, 10, 90), shadow=False)
    block = draw("I", style=style, size=90)
    opaque = block[block[..., 3] == 255][:, :3]

    assert (250, 200, 10) in set(map(tuple, opaque.tolist()))
    assert (5, 10, 90) in set(map(tuple, opaque.tolist()))


def test_the_outline_is_as_wide_as_the_style_says():
    bare = draw("I", style=TextStyle(size_px=64, outline_px=0, shadow=False), size=64)
    lined = draw("I", style=TextStyle(size_px=64, outline_px=6, shadow=False), size=64)

    def ink_width(block):
        columns = np.flatnonzero(block[..., 3].max(axis=0) > 127)
        return columns[-1] - columns[0] + 1

    assert ink_width(lined) - ink_width(bare) == pytest.approx(12, abs=1)


def test_the_outline_grows_with_the_text():
    small, large = (draw("I", style=TextStyle(shadow=False), size=size) for size in (32, 128))

    assert large.shape[0] / small.shape[0] == pytest.approx(4, rel=0.1)


@pytest.mark.parametrize(
    "hidden", ["\u200b", "\u200d", "\u2060", "\ufeff", "\u200e", "\u00ad", "\x07"]
)
def test_zero_width_characters_leave_no_mark(hidden):
    assert np.array_equal(draw(f"fo{hidden}x"), draw("fox"))


def test_lone_surrogates_are_drawn_as_replacement_characters():
    assert np.array_equal(draw("a\ud800b"), draw("a\ufffdb"))


def test_a_text_is_drawn_once_and_nobody_can_write_on_it():
    first = draw("same")
    assert draw("same") is first
    with pytest.raises(ValueError, match="read-only"):
        first[:] = 0


def test_line_breaks_and_max_lines():
    one, two = draw("one"), draw("one\ntwo")

    assert two.shape[0] > 1.7 * one.shape[0] - 20
    assert draw("one\ntwo", max_lines=1).shape == one.shape


@pytest.mark.parametrize(("align", "side"), [("left", 0), ("right", -1)])
def test_lines_are_aligned(align, side):
    block = draw("a rather long line\nme", align=align)
    lower = np.flatnonzero(block[block.shape[0] // 2 + 10 :, :, 3].max(axis=0))
    whole = np.flatnonzero(block[..., 3].max(axis=0))

    assert abs(lower[side] - whole[side]) < 12


def test_tall_marks_make_room():
    tower = "a" + "\u0301\u0302\u0303\u0308" * 3
    block = draw(tower, size=64)

    assert block[0, :, 3].max() == 0


def test_a_box_lies_behind_the_text():
    block = draw("boxed", style=TextStyle(box=True, outline_px=0, shadow=False))
    middle = block.shape[0] // 2

    assert block[middle, 3, 3] > 150
    assert block[0, 0, 3] < 60


def test_nothing_visible_gives_an_empty_block():
    assert draw("").shape[2] == 4
    assert not draw(" \u200b ")[..., 3].any()


def test_a_size_below_one_pixel_is_refused():
    with pytest.raises(RenderError, match="at least 1 px, got 0"):
        draw("x", size=0)


def test_a_wide_blur_looks_like_the_gaussian_it_stands_for():
    mask = np.zeros((201, 310), np.uint8)
    mask[60:120, 70:240] = 255
    sigma = 20.4

    soft = _blurred(mask, sigma)

    exact = cv2.GaussianBlur(mask, (0, 0), sigma)
    assert soft.shape == mask.shape
    assert np.abs(soft.astype(int) - exact).max() <= 3


@pytest.mark.parametrize(
    "style", [STYLE, TextStyle(box=True), TextStyle(outline_colour=(9, 9, 99))]
)
def test_inks_share_each_pixel_and_make_the_same_picture(style):
    layout = set_text("a ♣ fox", max_width_px=800, size_px=48, style=style)
    inks = draw_inks(layout, style)

    covered = sum(share for _, share in inks.mixed(style.colour))
    picture = draw_layout(layout, style)

    assert inks.letters.max() == pytest.approx(1)
    assert all(share.min() >= 0 for _, share in inks.beneath)
    assert covered.max() <= 1 + 1e-6
    assert np.abs(picture[..., 3] - 255 * covered).max() <= 0.51
    letters = inks.letters > 0.999
    assert (picture[letters][:, :3] == style.colour).all()
