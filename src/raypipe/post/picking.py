"""Choosing the picture that sells the story, and the part of it that fits another shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from raypipe.images.engine import type_uint8
from raypipe.picture.focus import find_focus
from raypipe.post.pictures import sharpness
from raypipe.timeline.model import Rect

_WIDTH = 256
_BLACK_LUMA, _WHITE_LUMA = 24.0, 236.0
_BLANK_SPREAD = 4.0
_CLIMAX = 0.7
"""Where a story's tension peaks: the third of four acts."""
_FULL_CLARITY = 400.0
"""Variance of the Laplacian at 270 pixels of width, over which more says nothing."""


@dataclass(frozen=True, slots=True)
class PictureScore:
    """How well a picture would do as a thumbnail; each 0 to 1.

    ``usable`` is False for a picture that is black, white, blank or without any edge.
    """

    usable: bool
    exposure: float
    contrast: float
    colour: float
    clarity: float
    subject: float

    @property
    def total(self) -> float:
        """The weighted sum, 0 to 1."""
        return (
            0.2 * self.exposure
            + 0.2 * self.contrast
            + 0.25 * self.colour
            + 0.15 * self.clarity
            + 0.2 * self.subject
        )


def score_picture(picture: type_uint8) -> PictureScore:
    """Judge one picture, uint8 (height, width, 3) RGB.

    Colour is the measure of Hasler and Suesstrunk, "Measuring colourfulness in natural images",
    SPIE 2003; its scale calls 59 "highly colourful".
    """
    picture = _reduced(picture)
    height, width = picture.shape[:2]
    size = (_WIDTH, max(8, round(height * _WIDTH / width)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    luma = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    mean, spread = float(luma.mean()), float(luma.std())
    red, green, blue = (small[..., index].astype(np.float32) for index in range(3))
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    colour = float(np.hypot(red_green.std(), yellow_blue.std())) + 0.3 * float(
        np.hypot(red_green.mean(), yellow_blue.mean())
    )
    clarity = sharpness(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))
    return PictureScore(
        usable=_BLACK_LUMA < mean < _WHITE_LUMA and spread > _BLANK_SPREAD and clarity > 1,
        exposure=max(0.0, 1 - abs(mean - 112) / 112),
        contrast=min(1.0, spread / 64),
        colour=min(1.0, colour / 59),
        clarity=min(1.0, clarity / _FULL_CLARITY),
        subject=_subject_presence(luma, find_focus(picture)),
    )


def _reduced(picture: type_uint8) -> type_uint8:
    """Return the picture at a whole fraction of its size, at least twice as wide as is looked at.

    Reading all of a large picture for each measure took most of the time of scoring it.
    """
    height, width = picture.shape[:2]
    step = max(1, width // (2 * _WIDTH))
    if step == 1:
        return picture
    size = (width // step, max(1, height // step))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def choose_picture(scores: Sequence[PictureScore]) -> int:
    """Return the index of the picture that makes the best thumbnail, by the scores of all scenes.

    The first scene and the climax have a small advantage; a picture that is black, blank or
    blurred is taken only where there is no other.

    Raises:
        ValueError: there is no picture.
    """
    if not scores:
        raise ValueError("expected at least one picture, got none")
    values = []
    for index, score in enumerate(scores):
        place = index / max(1, len(scores) - 1)
        favour = 0.06 * (index == 0) + 0.06 * max(0.0, 1 - abs(place - _CLIMAX) / 0.25)
        ending = -0.05 * (index == len(scores) - 1 and index > 0)
        values.append((score.usable, score.total + favour + ending, -index))
    return -max(values)[2]


def crop_around(
    width: int, height: int, aspect: float, focus: Rect, *, at_height: float = 0.5
) -> tuple[int, int, int, int]:
    """Return (x, y, width, height) of the largest crop of ``aspect`` around ``focus``.

    Args:
        width: of the picture, pixels.
        height: of the picture, pixels.
        aspect: width by height of the crop.
        focus: what must stay in view, fractions of the picture.
        at_height: where in the crop the middle of the focus should lie, 0 its top.
    """
    crop_width = min(width, round(height * aspect))
    crop_height = min(height, round(width / aspect))
    x = round((focus.x + focus.width / 2) * width - crop_width / 2)
    y = round((focus.y + focus.height / 2) * height - crop_height * at_height)
    x = min(max(0, x), width - crop_width)
    y = min(max(0, y), height - crop_height)
    return x, y, crop_width, crop_height


def _subject_presence(luma: type_uint8, focus: Rect) -> float:
    """Return how much more goes on inside ``focus`` than around it, 0 to 1."""
    height, width = luma.shape
    edges = np.abs(cv2.Laplacian(luma, cv2.CV_32F))
    top, left = int(focus.y * height), int(focus.x * width)
    bottom = max(top + 1, int((focus.y + focus.height) * height))
    right = max(left + 1, int((focus.x + focus.width) * width))
    inside = float(edges[top:bottom, left:right].mean())
    return inside / (inside + float(edges.mean()) + 1e-6)
