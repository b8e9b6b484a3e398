from __future__ import annotations

import io

import numpy as np
import PIL.Image
import pytest

from raypipe.errors import RenderError
from raypipe.post.storyboard import card_size, draw_storyboard, reduce_picture, time_code


def decode(data: bytes) -> np.ndarray:
    return np.asarray(PIL.Image.open(io.BytesIO(data), formats=["JPEG"]))


@pytest.mark.parametrize(
    ("aspect", "count"), [("9:16", 1), ("1:1", 3), ("16:9", 8), ("4:5", 15), ("9:16", 60)]
)
def test_any_shape_and_count_gives_one_readable_page(plans, paintings, aspect, count):
    texts = ["Once upon a time there was a fox."] * count
    plan = plans(texts, aspect_ratio=aspect)
    size = {"9:16": (90, 160), "1:1": (90, 90), "16:9": (160, 90), "4:5": (80, 100)}[aspect]
    sheet = decode(draw_storyboard([paintings(*size)] * count, plan, durations_s=[4.0] * count))
    height, width = sheet.shape[:2]
    assert 800 <= width <= 2000
    assert height <= 3 * width
    assert height * width <= 36_000_000


def test_each_picture_is_on_the_sheet_in_its_order(plans):
    colours = [(200, 40, 40), (40, 200, 40), (40, 40, 200)]
    pictures = [np.full((160, 90, 3), colour, np.uint8) for colour in colours]
    plan = plans(["One.", "Two.", "Three."])
    sheet = decode(draw_storyboard(pictures, plan, durations_s=[2.0] * 3)).astype(int)
    places = [np.argwhere(np.abs(sheet - colour).max(axis=-1) < 12) for colour in colours]
    assert all(len(place) > 20_000 for place in places)
    lefts = [place[:, 1].min() for place in places]
    assert lefts == sorted(lefts)


def test_an_arabic_story_runs_from_right_to_left(plans):
    pictures = [
        np.full((160, 90, 3), colour, np.uint8) for colour in ((200, 40, 40), (40, 200, 40))
    ]
    plan = plans(["كان علي بابا.", "رأى الصخرة."], title="علي بابا", language="ar")
    sheet = decode(draw_storyboard(pictures, plan, durations_s=[2.0] * 2)).astype(int)
    first = np.argwhere(np.abs(sheet - (200, 40, 40)).max(axis=-1) < 12)[:, 1].mean()
    second = np.argwhere(np.abs(sheet - (40, 200, 40)).max(axis=-1) < 12)[:, 1].mean()
    assert first > second


def test_endless_text_does_not_run_out_of_its_card(plans, paintings):
    short, long = (
        decode(draw_storyboard([paintings(90, 160)] * 3, plans([text] * 3), durations_s=[2.0] * 3))
        for text in ("Brief.", "And so it went on and on, " * 200)
    )
    assert short.shape == long.shape
    assert np.abs(short[:, -40:].astype(int) - long[:, -40:]).max() < 12


@pytest.mark.parametrize(("pictures", "durations"), [(2, 3), (3, 2), (4, 3)])
def test_counts_must_agree(plans, paintings, pictures, durations):
    with pytest.raises(RenderError, match="each of 3 scenes"):
        draw_storyboard(
            [paintings(90, 160)] * pictures,
            plans(["One.", "Two.", "Three."]),
            durations_s=[2.0] * durations,
        )


@pytest.mark.parametrize(
    ("seconds", "code"), [(0, "0:00.0"), (59.96, "1:00.0"), (65.24, "1:05.2"), (754, "12:34.0")]
)
def test_time_codes(seconds, code):
    assert time_code(seconds) == code


@pytest.mark.parametrize("size", [(90, 160), (1216, 2160), (1400, 900)])
def test_reduced_pictures_give_the_sheet_of_whole_ones(plans, paintings, size):
    plan = plans(["One.", "Two."])
    whole = [paintings(*size)] * 2
    reduced = [reduce_picture(picture, *card_size(plan)) for picture in whole]
    assert reduced[0].shape[:2] == card_size(plan)[::-1]
    sheets = [draw_storyboard(each, plan, durations_s=[2.0] * 2) for each in (whole, reduced)]
    assert sheets[0] == sheets[1]
