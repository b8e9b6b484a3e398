"""Contrast of text, as WCAG 2.2 measures it, on whatever lies behind."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from raypipe.text.draw import Plane, draw_layout
from raypipe.text.layout import set_text
from raypipe.text.scripts import clean, script_of, scripts_in
from raypipe.timeline.model import Colour, TextStyle

MINIMUM = 4.5
"""WCAG 2.2, success criterion 1.4.3 (AA)."""

_BLACK: Colour = (0, 0, 0)
_WHITE: Colour = (255, 255, 255)
_LEAST_OUTLINE = 3
_RING_PX = 3
_STEPS = 10
_NEAR_EM = 0.15
"""What the eye takes in together with a letter: as far about it as its strokes are wide."""
_SAMPLE, _SAMPLE_PX = "Hamburg", 40
"""The start of type designers' trial word: stems and bowls in their usual shares."""
_SAMPLE_LETTERS = 8
"""Of a text in another script: enough for its usual shares, and quick to draw."""


def _linear() -> NDArray[np.float64]:
    values = np.arange(256) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)  # noqa: PLR2004 - the standard's knee


_LINEAR = _linear()
"""Light of each level of a channel, 0 to 1: sRGB without its gamma."""


def luminance(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Relative luminance, 0 to 1, of sRGB colours in the last axis (WCAG 2.2)."""
    return np.asarray(_LINEAR[rgb] @ np.array([0.2126, 0.7152, 0.0722]))


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


def trial_word(text: str, language: str) -> tuple[str, str]:
    """The letters, and their language, by which a text's look is judged.

    Texts of one script that has been measured share theirs: Latin letters stand for themselves.
    Of others it is the first few letters of the text, whose strokes may be denser by far.
    """
    letters = "".join(letter for letter in clean(text) if script_of(letter) != "Zyyy")
    if scripts_in(letters) <= {"Latn"}:
        return _SAMPLE, "en"
    return letters[:_SAMPLE_LETTERS], language


def seen_contrast(
    style: TextStyle, dark: float, light: float, *, trial: tuple[str, str] = (_SAMPLE, "en")
) -> float:
    """Contrast of letters with all that is near them, on a picture's dark and light parts.

    Outline, shadow and box count for as much of the neighbourhood as they cover, and the picture
    for the rest; the letters are a trial word's. With a highlight, the weaker of both colours
    counts.

    Args:
        style: how the text looks.
        dark: relative luminance of the picture's dark parts, 0 to 1.
        light: of its light parts.
        trial: letters and language, as `trial_word` gives them.

    Returns:
        The ratio of the letters' luminance to the mean luminance within `_NEAR_EM`, the worse on
        the two.
    """
    colours = [style.colour] if style.highlight is None else [style.colour, style.highlight]
    paint, clear = _neighbourhood(replace(style, position="center", animation="none"), *trial)
    near = [
        float(
            luminance(np.rint(paint + srgb_level(ground) * clear[:, None]).astype(np.uint8)).mean()
        )
        for ground in (dark, light)
    ]
    letters = luminance(np.array(colours, np.uint8)).tolist()
    return min(_ratio(letter, around) for letter in letters for around in near)


def srgb_level(light: float) -> float:
    """The sRGB level, 0 to 255, of a grey of this relative luminance, 0 to 1 (IEC 61966-2-1)."""
    knee = 0.0031308
    return 255 * (12.92 * light if light <= knee else 1.055 * light ** (1 / 2.4) - 0.055)


@lru_cache(maxsize=32)
def _neighbourhood(
    style: TextStyle, sample: str, language: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What covers the pixels near a trial word's letters: colours (n, 3), and what is left (n,)."""
    layout = set_text(sample, max_width_px=1000, size_px=_SAMPLE_PX, style=style, language=language)
    bare = draw_layout(layout, replace(style, outline_px=0, shadow=False, box=False))
    letters = (bare[..., 3] > 0).astype(np.uint8)
    reach = round(_NEAR_EM * _SAMPLE_PX)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    near = cv2.dilate(letters, kernel).astype(bool) & ~letters.astype(bool)
    drawn = draw_layout(layout, style)[near].astype(np.float64)
    cover = drawn[:, 3:] / 255
    return drawn[:, :3] * cover, 1 - cover[:, 0]


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
