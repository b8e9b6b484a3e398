"""Contrast of text, as WCAG 2.2 measures it, on whatever lies behind."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from raypipe.text.draw import Plane
from raypipe.timeline.model import Colour, TextStyle

MINIMUM = 4.5
"""WCAG 2.2, success criterion 1.4.3 (AA)."""

_BLACK: Colour = (0, 0, 0)
_WHITE: Colour = (255, 255, 255)
_LEAST_OUTLINE = 3
_RING_PX = 3
_STEPS = 10


def luminance(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Relative luminance, 0 to 1, of sRGB colours in the last axis (WCAG 2.2)."""
    values = np.asarray(rgb, np.float64) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)  # noqa: PLR2004 - the standard's knee
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]))


def contrast_ratio(first: Colour, second: Colour) -> float:
    """Contrast of two colours, 1 (none) to 21 (black on white)."""
    return _ratio(*luminance(np.array([first, second], np.uint8)))


def _ratio(first: float, second: float) -> float:
    low, high = sorted((float(first), float(second)))
    return (high + 0.05) / (low + 0.05)


def measured_contrast(drawn: Plane, colour: Colour, background: NDArray[np.uint8]) -> float:
    """Contrast between drawn letters and what is seen right around them.

    Args:
        drawn: uint8 (h, w, 4) straight-alpha RGBA, as ``draw_block`` gives it.
        colour: the letters' own colour.
        background: uint8 (h, w, 3), or one colour (3,), that the text is laid on.

    Returns:
        The ratio of the median luminances of the letters and of a ring of three pixels about
        them; 1 if there are no letters.
    """
    near = np.abs(drawn[..., :3].astype(np.int16) - np.array(colour, np.int16)).max(axis=2)
    letters = ((near <= 2) & (drawn[..., 3] >= 250)).astype(np.uint8)  # noqa: PLR2004 - all but edges
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    edge = cv2.dilate(letters, kernel)
    ring = cv2.dilate(edge, kernel, iterations=_RING_PX).astype(bool) & ~edge.astype(bool)
    if not letters.any() or not ring.any():
        return 1.0
    alpha = drawn[..., 3:].astype(np.float64) / 255
    seen = drawn[..., :3] * alpha + np.broadcast_to(background, drawn[..., :3].shape) * (1 - alpha)
    light = luminance(np.rint(seen).astype(np.uint8))
    return _ratio(np.median(light[letters.astype(bool)]), np.median(light[ring]))


def readable(style: TextStyle) -> TextStyle:
    """The style with an outline (or box) that keeps its text at 4.5:1 on any picture.

    A style whose outline or box already does so is given back unchanged. The outline becomes
    black or white, whichever is further from the text's colour; a highlight that this leaves
    unreadable moves towards the text's colour until it is not.
    """
    return _with_readable_highlight(_with_readable_outline(style))


def _with_readable_highlight(style: TextStyle) -> TextStyle:
    if style.highlight is None:
        return style
    for share in range(_STEPS + 1):
        highlight = _mix(style.highlight, style.colour, share / _STEPS)
        if contrast_ratio(highlight, style.outline_colour) >= MINIMUM:
            break
    return style if highlight == style.highlight else replace(style, highlight=highlight)


def _mix(first: Colour, second: Colour, share: float) -> Colour:
    red, green, blue = (
        round(a * (1 - share) + b * share) for a, b in zip(first, second, strict=True)
    )
    return red, green, blue


def _with_readable_outline(style: TextStyle) -> TextStyle:
    bordered = style.box or style.outline_px >= _LEAST_OUTLINE
    if bordered and contrast_ratio(style.colour, style.outline_colour) >= MINIMUM:
        return style
    colour = max((_BLACK, _WHITE), key=lambda other: contrast_ratio(style.colour, other))
    outline = style.outline_px if style.box else max(style.outline_px, _LEAST_OUTLINE)
    return replace(style, outline_colour=colour, outline_px=outline)
