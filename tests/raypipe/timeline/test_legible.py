from dataclasses import replace

import numpy as np
import pytest

from raypipe.picture.light import map_light
from raypipe.text.contrast import MINIMUM
from raypipe.timeline.legible import least_contrast, legible_texts
from raypipe.timeline.model import KenBurns, Rect, TextLayer, TextStyle

WHOLE = Rect(0, 0, 1, 1)
STILL = KenBurns(WHOLE, WHOLE)
SIZE = (1080, 1920)
BARE = TextStyle(outline_px=3, shadow=False)
"""Readable on a middling picture, too weak for a white one."""


def picture(level: int) -> np.ndarray:
    return np.full((640, 360, 3), level, np.uint8)


def text(style: TextStyle, content: str = "The wind pulled at the door") -> TextLayer:
    return TextLayer(content, 0, 60, style)


def dressed(style: TextStyle, light_of: np.ndarray, motion: KenBurns = STILL) -> TextStyle:
    (found,) = legible_texts([text(style)], map_light(light_of), motion, size=SIZE)
    return found.style


@pytest.mark.parametrize("level", [0, 90, 128])
def test_what_can_be_read_stays_as_it_is(level):
    assert dressed(BARE, picture(level)) == BARE


@pytest.mark.parametrize("level", [0, 128, 200])
def test_captions_as_they_are_by_default_need_no_help(level):
    assert dressed(TextStyle(), picture(level)) == TextStyle()


@pytest.mark.parametrize(
    "style",
    [
        BARE,
        replace(BARE, colour=(255, 214, 90)),
        replace(BARE, colour=(20, 20, 60), outline_colour=(255, 255, 255)),
        replace(BARE, colour=(225, 120, 120), highlight=(150, 150, 255)),
    ],
)
@pytest.mark.parametrize("level", [0, 70, 128, 190, 255])
def test_whatever_the_picture_text_is_legible_in_the_end(style, level):
    helped = [text(dressed(style, picture(level)))]

    found = least_contrast(helped, map_light(picture(level)), STILL, size=SIZE)

    assert found is not None
    assert found >= MINIMUM


def test_a_light_picture_asks_for_more_outline_first():
    helped = dressed(BARE, picture(255))

    assert helped == replace(BARE, outline_px=6, shadow=True)


def test_where_an_outline_is_not_enough_there_is_a_box():
    pink = replace(BARE, colour=(225, 120, 120))

    assert dressed(pink, picture(255)).box


def test_only_what_lies_behind_the_text_counts():
    sky = picture(60)
    sky[:320] = 255

    assert dressed(BARE, sky) == BARE
    assert dressed(replace(BARE, position="top"), sky) != replace(BARE, position="top")


def test_the_camera_may_bring_light_behind_the_text():
    sand = picture(60)
    sand[490:] = 255
    high, low = Rect(0.1, 0, 0.8, 0.8), Rect(0.1, 0.2, 0.8, 0.8)

    assert dressed(BARE, sand, KenBurns(high, high)) == BARE
    assert dressed(BARE, sand, KenBurns(high, low)) != BARE


def test_all_captions_of_a_style_are_dressed_alike():
    texts = [text(BARE), text(replace(BARE, position="top")), text(BARE, "Long " * 60)]
    sky = picture(60)
    sky[400:600] = 255
    short, title, long = legible_texts(texts, map_light(sky), STILL, size=SIZE)

    assert short.style == long.style
    assert title.style.position == "top"
    assert [layer.content for layer in (short, title, long)] == [t.content for t in texts]


def test_a_scene_without_texts_has_no_contrast():
    assert legible_texts([], map_light(picture(9)), STILL, size=SIZE) == ()
    assert least_contrast([], map_light(picture(9)), STILL, size=SIZE) is None


def test_a_vignette_helps_light_letters_and_harms_dark_ones():
    light = replace(BARE, outline_colour=(90, 90, 90))
    dark = TextStyle(colour=(60, 60, 60), outline_colour=(255, 255, 255), shadow=False)

    def contrast(style, effects):
        return least_contrast(
            [text(style)], map_light(picture(200)), STILL, size=SIZE, effects=effects
        )

    assert contrast(light, ("vignette",)) >= contrast(light, ())
    assert contrast(dark, ("vignette",)) < contrast(dark, ())


def test_a_light_leak_is_as_light_as_it_gets():
    def contrast(effects):
        return least_contrast(
            [text(BARE)], map_light(picture(120)), STILL, size=SIZE, effects=effects
        )

    assert contrast(("light_leak",)) < contrast(()) == contrast(("fade_in", "ken_burns"))


def test_each_script_is_judged_by_its_own_letters():
    def contrast(content, language):
        layer = replace(text(BARE, content), language=language)
        return least_contrast([layer], map_light(picture(255)), STILL, size=SIZE)

    latin = contrast("The wind pulled", "en")
    assert contrast("Der Wind zog", "de") == latin
    assert contrast("桃が流れてきました", "ja") != pytest.approx(latin, rel=0.02)
    assert contrast("علي بابا", "ar") != pytest.approx(latin, rel=0.02)
