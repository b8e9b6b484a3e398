from __future__ import annotations

import cv2
import numpy as np
import pytest

from raypipe.post.picking import choose_picture, crop_around, score_picture
from raypipe.timeline.model import Rect


def chosen(*pictures):
    return choose_picture([score_picture(picture) for picture in pictures])


@pytest.fixture
def good(paintings):
    return paintings(270, 480)


@pytest.mark.parametrize("level", [0, 8, 128, 255])
def test_black_white_and_blank_pictures_are_not_usable(level):
    assert not score_picture(np.full((480, 270, 3), level, np.uint8)).usable


def test_every_part_of_a_score_is_a_share(good):
    score = score_picture(good)
    parts = (score.exposure, score.contrast, score.colour, score.clarity, score.subject)
    assert score.usable
    assert all(0 <= part <= 1 for part in (*parts, score.total))


def test_a_good_picture_beats_a_black_a_dull_and_a_blurred_one(good):
    black = np.zeros_like(good)
    grey = np.repeat(good.mean(axis=-1, keepdims=True), 3, axis=-1)
    dull = (grey * 0.2 + 60).astype(np.uint8)
    blurred = cv2.GaussianBlur(good, (0, 0), 25)
    assert chosen(black, dull, good, blurred) == 2
    assert chosen(black, good) == 1


def test_the_only_picture_is_taken_whatever_it_is():
    assert chosen(np.zeros((48, 27, 3), np.uint8)) == 0


def test_among_equals_the_first_is_taken(good):
    assert chosen(good, good, good) == 0


def test_no_picture_is_an_error():
    with pytest.raises(ValueError, match="at least one"):
        choose_picture([])


@pytest.mark.parametrize(
    ("aspect", "focus", "crop"),
    [
        (1.0, Rect(0.4, 0.4, 0.2, 0.2), (0, 420, 1080, 1080)),
        (1.0, Rect(0.4, 0.0, 0.2, 0.1), (0, 0, 1080, 1080)),
        (1.0, Rect(0.4, 0.9, 0.2, 0.1), (0, 840, 1080, 1080)),
        (0.5, Rect(0.9, 0.4, 0.1, 0.2), (120, 0, 960, 1920)),
    ],
)
def test_crops_centre_on_the_focus_and_stay_inside(aspect, focus, crop):
    assert crop_around(1080, 1920, aspect, focus) == crop


def test_a_crop_can_hold_its_focus_high():
    focus = Rect(0.4, 0.4, 0.2, 0.2)
    centred = crop_around(1080, 1920, 1.0, focus)
    raised = crop_around(1080, 1920, 1.0, focus, at_height=0.35)
    assert raised[1] == centred[1] + round(1080 * 0.15)
