"""Things in the colour that the story tells: the ink of their largest part gives way to it."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from raypipe.images.storybook.block import Block, Part
from raypipe.images.storybook.palette import Ink, luminance, mix, scaled

_MAP_PX = 64
"""Side of the small picture on which the parts' visible areas are counted."""
_HUE, _DULL = 0.06, 0.14
"""Hues so near (of a turn) are shades of one ink; inks less saturated than this have no hue."""
_SHADES = (0.45, 1.9)
"""How much darker and brighter a shade of the ink may be, as a ratio of luminances."""


def dyed(block: Block, dye: Ink, *, lines: Ink) -> Block:
    """Return a block whose largest ink, with all shades of it, is ``dye`` and shades of that.

    ``lines`` is the ink of the key lines, which is never dyed.
    """
    area = _visible(block.parts)
    inks = dict.fromkeys(part.ink for part in block.parts)
    chief = max(
        (ink for ink in inks if ink != lines), key=lambda ink: area.get(ink, 0), default=None
    )
    if chief is None:
        return block
    became = {ink: _shade(dye, ink, chief) if _is_shade(ink, chief) else ink for ink in inks}
    became[lines] = lines
    return Block([replace(part, ink=became[part.ink]) for part in block.parts])


def _visible(parts: Sequence[Part]) -> dict[Ink, int]:
    """Return how much of each ink is seen, in pixels of a small picture."""
    points = np.vstack([shape for part in parts for shape in part.shapes])
    corner, far = points.min(0), points.max(0)
    scale = (_MAP_PX - 1) / max(float((far - corner).max()), 1.0)
    picture = np.zeros((_MAP_PX, _MAP_PX), np.uint8)
    inks = list(dict.fromkeys(part.ink for part in parts))[:255]
    numbers = {ink: number for number, ink in enumerate(inks, 1)}
    for part in parts:
        for shape in part.shapes:
            polygon = np.round((shape - corner) * scale).astype(np.int32)
            cv2.fillPoly(picture, [polygon], numbers.get(part.ink, 0))
    counts = np.bincount(picture.ravel(), minlength=256)
    return {ink: int(counts[number]) for ink, number in numbers.items()}


def _is_shade(ink: Ink, chief: Ink) -> bool:
    (hue, _, vivid), (own, _, strong) = _hsv(ink), _hsv(chief)
    low, high = _SHADES
    if not low <= _ratio(ink, chief) <= high:
        return ink == chief
    if strong < _DULL or vivid < _DULL:
        return strong < _DULL and vivid < _DULL
    apart = abs(hue - own)
    return min(apart, 1 - apart) < _HUE


def _shade(dye: Ink, ink: Ink, chief: Ink) -> Ink:
    """Return ``dye`` as much darker or brighter as ``ink`` is than ``chief``."""
    ratio = _ratio(ink, chief)
    if ratio <= 1:
        return scaled(dye, ratio)
    return mix(dye, Ink(255, 250, 240), min((ratio - 1) * 0.5, 0.6))


def _ratio(ink: Ink, chief: Ink) -> float:
    return max(luminance(ink), 0.02) / max(luminance(chief), 0.02)


def _hsv(ink: Ink) -> tuple[float, float, float]:
    """Return hue, value and saturation, 0 to 1 each."""
    hue, saturation, value = colorsys.rgb_to_hsv(*(channel / 255 for channel in ink))
    return hue, value, saturation
