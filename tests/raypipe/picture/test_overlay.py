import numpy as np
import pytest

from raypipe.picture import overlay
from raypipe.picture.colour import planes_of
from raypipe.picture.overlay import TextPainter, fit_text, make_sprite
from raypipe.text.safe_area import safe_area, text_height
from raypipe.timeline.model import TextLayer, TextStyle

W, H = 360, 640
STILL = TextStyle(animation="none")


def grey():
    frame = np.full((H * 3 // 2, W), 128, np.uint8)
    planes_of(frame).y[:] = 90
    return frame


def painted(layers, frame, **options):
    out = grey()
    TextPainter(layers, width=W, height=H, fps=30).draw(frame, out, **options)
    return out


def layer(content="Hello there", start=0, end=60, *, style=STILL, **options):
    return TextLayer(content, start, end, style, **options)


def ink(out):
    return np.argwhere(np.abs(planes_of(out).y.astype(int) - 90) > 3)


def test_text_is_white_on_black_and_leaves_the_rest_untouched():
    out = painted([layer()], 5)
    y = planes_of(out).y
    rows, columns = ink(out).T

    assert y.max() == 235
    assert y.min() <= 17
    assert rows.min() > H * 0.6
    assert rows.max() < H * 0.79
    assert columns.min() > W * 0.11
    assert columns.max() < W * 0.89
    assert (y[: int(H * 0.6)] == 90).all()


def test_chroma_follows_the_texts_colour():
    style = TextStyle(animation="none", colour=(255, 214, 10))
    _, u, v = planes_of(painted([layer("MMM", style=style)], 5))

    assert u.min() < 60
    assert v.max() > 136
    assert u[0, 0] == v[0, 0] == 128


def test_text_is_seen_in_its_frames_only():
    layers = [layer(start=10, end=20)]

    assert np.array_equal(painted(layers, 9), grey())
    assert ink(painted(layers, 10)).size
    assert ink(painted(layers, 19)).size
    assert np.array_equal(painted(layers, 20), grey())


@pytest.mark.parametrize(("position", "low", "high"), [("top", 0.1, 0.3), ("center", 0.38, 0.55)])
def test_text_stands_where_its_style_says(position, low, high):
    rows = ink(painted([layer(style=TextStyle(position=position, animation="none"))], 5))[:, 0]

    assert low * H < rows.min() < rows.max() < high * H


def lightness(layers, frame):
    return float(planes_of(painted(layers, frame)).y.max())


@pytest.mark.parametrize("animation", ["fade_in", "rise"])
def test_text_fades_in_and_out(animation):
    layers = [layer(style=TextStyle(animation=animation))]
    coming = [lightness(layers, frame) for frame in range(8)]

    assert coming[0] < 150
    assert coming == sorted(coming)
    assert coming[7] == 235
    assert lightness(layers, 59) < 150


def test_text_that_is_followed_at_once_doesnt_fade_out():
    style = TextStyle(animation="fade_in")
    layers = [layer(style=style), layer("Next", 60, 90, style=style)]

    assert lightness(layers, 59) == 235


def test_rising_text_moves_up_smoothly_into_place():
    layers = [layer("MMMM", style=TextStyle(animation="rise"))]
    weights = []
    for frame in range(2, 12):
        ground = planes_of(painted(layers, frame)).y.astype(float) - 90
        bright = np.maximum(ground, 0).sum(axis=1)
        weights.append(float((bright * np.arange(H)).sum() / bright.sum()))

    assert weights[0] > weights[-1] + 1
    assert np.all(np.diff(weights) <= 0.02)
    assert np.abs(np.diff(weights)).max() < 6


def test_a_typewriter_types_from_the_reading_side():
    style = TextStyle(animation="typewriter")
    latin = [
        ink(painted([layer("abcdefghijkl", style=style)], frame))[:, 1] for frame in (3, 8, 50)
    ]
    arabic = ink(painted([layer("علي بابا والأربعون", style=style, language="ar")], 4))[:, 1]

    assert latin[0].max() < latin[1].max() < latin[2].max()
    assert abs(latin[0].min() - latin[2].min()) <= 2
    assert arabic.min() > W / 2


def test_the_spoken_word_is_lit():
    style = TextStyle(animation="none", highlight=(255, 214, 10))
    spoken = layer("one two", style=style, word_frames=((0, 3, 0, 10), (4, 7, 10, 20)))
    lit = [np.argwhere(planes_of(painted([spoken], frame)).u < 100)[:, 1] for frame in (5, 15, 30)]

    assert lit[0].max() < W / 4 < lit[1].min()
    assert lit[2].size == 0


def test_words_of_a_right_to_left_line_are_lit_where_they_are_drawn():
    style = TextStyle(animation="none", highlight=(255, 214, 10))
    text = "علي بابا"
    spoken = layer(text, style=style, language="ar", word_frames=((0, 3, 0, 10), (4, 8, 10, 20)))
    lit = [np.argwhere(planes_of(painted([spoken], frame)).u < 100)[:, 1] for frame in (5, 15)]

    assert lit[0].min() > lit[1].max()


def test_opacity_scales_the_text():
    full, half = (ink(painted([layer()], 5, opacity=opacity)).shape[0] for opacity in (1.0, 0.5))
    y = planes_of(painted([layer()], 5, opacity=0.5)).y

    assert half <= full
    assert y.max() == pytest.approx((235 + 90) / 2, abs=3)
    assert np.array_equal(painted([layer()], 5, opacity=0.0), grey())


def test_a_text_too_long_for_the_frame_is_set_smaller_then_cut():
    long = layer("word " * 150, style=STILL)
    endless = layer("x" * 20_000, style=STILL)

    assert fit_text(long, width=W, height=H).typeface.size_px < 21
    assert fit_text(endless, width=W, height=H).height <= text_height(W, H)
    assert ink(painted([long], 5)).size


def test_nothing_visible_draws_nothing():
    assert make_sprite(layer("\u200b "), W, H) is None
    assert np.array_equal(painted([layer("\u200b ")], 5), grey())


def test_text_without_contrast_gets_an_outline():
    bare = TextStyle(animation="none", outline_px=0, shadow=False)

    assert planes_of(painted([layer(style=bare)], 5)).y.min() < 40


def test_a_typewriter_types_on_a_whole_box():
    style = TextStyle(animation="typewriter", box=True, outline_colour=(19, 26, 46))
    layers = [layer("Deep below the old temple", style=style)]
    begun, done = (planes_of(painted(layers, frame)).y.astype(int) for frame in (8, 55))
    changed = [set(map(tuple, np.argwhere(np.abs(y - 90) > 3))) for y in (begun, done)]

    assert len(changed[0] & changed[1]) > 0.97 * len(changed[1])
    assert (begun > 200).sum() < 0.7 * (done > 200).sum()


def test_each_text_is_drawn_once_and_blended_inside_its_box_only(monkeypatch):
    drawn, blended = [], []
    draw, blend = overlay.draw_inks, overlay._blend

    def counted_draw(layout, style, **options):
        drawn.append(layout)
        return draw(layout, style, **options)

    def counted_blend(sprite, out, opacity):
        blended.append(sprite.alpha.shape)
        blend(sprite, out, opacity)

    monkeypatch.setattr(overlay, "draw_inks", counted_draw)
    monkeypatch.setattr(overlay, "_blend", counted_blend)
    make_sprite.cache_clear()
    style = TextStyle(animation="fade_in", highlight=(255, 214, 10))
    words = ((0, 5, 0, 30), (6, 11, 30, 60))
    texts = [
        layer("Hello there", style=style, word_frames=words),
        layer("Above", start=10, end=50, style=TextStyle(position="top", animation="rise")),
    ]
    out = grey()
    painter = TextPainter(texts, width=W, height=H, fps=30)
    for frame in range(70):
        painter.draw(frame, out)

    assert len(drawn) == 2
    assert len(blended) == 60 + 40
    assert max(rows * columns for rows, columns in blended) < W * H / 8


def test_a_lit_text_differs_in_its_letters_only():
    style = TextStyle(animation="none", highlight=(255, 40, 10))
    sprite = make_sprite(layer(style=style), W, H)

    changed = sprite.lit.y != sprite.colour.y

    assert changed.any()
    assert sprite.alpha[changed].min() > 0
    plain = make_sprite(layer(), W, H)
    assert plain.lit is None
    assert np.array_equal(plain.alpha, sprite.alpha)


def lit_columns(text, language, words):
    """Where the highlight is, in the middle of each word's frames."""
    style = TextStyle(animation="none", highlight=(255, 40, 10))
    texts = [layer(text, style=style, language=language, word_frames=words)]
    columns = []
    for word in words:
        v = planes_of(painted(texts, (word[2] + word[3]) // 2)).v
        columns.append(float(np.argwhere(v > 180)[:, 1].mean()))
    return columns


def test_spoken_words_light_up_in_reading_order():
    hebrew = lit_columns("שלום עולם זה", "he", ((0, 4, 0, 20), (5, 9, 20, 40), (10, 12, 40, 60)))
    japanese = lit_columns("川で洗濯を", "ja", ((0, 2, 0, 30), (2, 5, 30, 60)))

    assert hebrew == sorted(hebrew, reverse=True)
    assert japanese == sorted(japanese)
    assert len({round(x) for x in hebrew + japanese}) == 5


@pytest.mark.parametrize("area", ["tiktok", "instagram", "youtube"])
def test_text_keeps_clear_of_the_chosen_platform(area):
    margins = safe_area(W, H, area)
    style = TextStyle(animation="none", area=area, shadow=False)
    rows = ink(painted([layer("Hg one\ntwo", style=style)], 5))[:, 0]

    assert rows.max() < (1 - margins.bottom) * H + 2
    assert rows.max() > (1 - margins.bottom) * H - 0.03 * H


def test_a_shadow_neither_lifts_nor_narrows_a_text():
    soft, hard = (
        make_sprite(layer(style=TextStyle(shadow=shadow)), W, H) for shadow in (True, False)
    )
    middle = [sprite.top + sprite.alpha.shape[0] / 2 for sprite in (soft, hard)]

    assert soft.alpha.shape > hard.alpha.shape
    assert middle[0] == pytest.approx(middle[1], abs=2)
    lines = [
        len(fit_text(layer("one two three four five", style=style), width=W, height=H).lines)
        for style in (TextStyle(shadow=True), TextStyle(shadow=False))
    ]
    assert lines[0] == lines[1]


def test_a_long_word_is_set_smaller_rather_than_broken():
    usual, long, endless = (
        fit_text(TextLayer(word, 0, 9, TextStyle(size_px=92), "de"), width=1080, height=1920)
        for word in ("Wissen", "Wissenschaftlerin", "Wissenschaftlerin" * 9)
    )

    assert (len(long.lines), long.broken_words) == (1, 0)
    assert 64 <= long.typeface.size_px < usual.typeface.size_px == 92
    assert endless.typeface.size_px == 92
    assert endless.broken_words == len(endless.lines) - 1
