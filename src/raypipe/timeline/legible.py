"""Text that can be read on its own scene's picture: judged there, and helped where it must be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from raypipe.picture.crops import crop_at
from raypipe.picture.effects import through_effects
from raypipe.picture.light import LightMap
from raypipe.text.contrast import MINIMUM, readable, seen_contrast, trial_word
from raypipe.text.safe_area import place_text, reference_size, text_width
from raypipe.timeline.model import Effect, KenBurns, Rect, TextLayer, TextStyle

_OUTLINES_EM = (0.09, 0.12)
"""One and a half times the usual outline, and twice: beyond it, letters touch each other's."""
_LINE_EM = 1.34
_LETTER_EM = 0.56
"""Mean advance of a letter of the heavy sans."""
_MOMENTS = (0.0, 0.5, 1.0)
"""Shares of the camera's move at which the picture behind the text is looked at."""


def legible_texts(
    texts: Sequence[TextLayer],
    light: LightMap,
    motion: KenBurns,
    *,
    size: tuple[int, int],
    effects: Sequence[Effect] = (),
) -> tuple[TextLayer, ...]:
    """Return a scene's texts, with a stronger outline or a box where its picture asks for one.

    What can be read on this picture stays as it is. Else the outline grows up to twice its usual
    width, over a shadow; where that is not enough either, a box stands behind the letters. All
    texts of one style are dressed alike, so that nothing changes from caption to caption.

    Args:
        texts: the scene's.
        light: of its picture.
        motion: of the camera over the picture.
        size: width and height of the frame in pixels.
        effects: of the scene; vignette and light leak change what lies behind the text.
    """
    dressed = {
        style: _dress(style, *_behind(alike, light, motion, size, effects), _trial_of(alike))
        for style, alike in _by_style(texts)
    }
    return tuple(replace(text, style=dressed[text.style]) for text in texts)


def least_contrast(
    texts: Sequence[TextLayer],
    light: LightMap,
    motion: KenBurns,
    *,
    size: tuple[int, int],
    effects: Sequence[Effect] = (),
) -> float | None:
    """Return the contrast of a scene's least legible text with its picture; None without texts.

    See `raypipe.text.contrast.seen_contrast`; the other arguments are as in `legible_texts`.
    """
    ratios = [
        seen_contrast(
            readable(style), *_behind(alike, light, motion, size, effects), trial=_trial_of(alike)
        )
        for style, alike in _by_style(texts)
    ]
    return min(ratios, default=None)


def _by_style(texts: Sequence[TextLayer]) -> Iterator[tuple[TextStyle, list[TextLayer]]]:
    styles = dict.fromkeys(text.style for text in texts)
    return ((style, [text for text in texts if text.style == style]) for style in styles)


def _trial_of(texts: Sequence[TextLayer]) -> tuple[str, str]:
    """Return the letters, and their language, by which texts of one style are judged."""
    return trial_word(" ".join(text.content for text in texts), texts[0].language)


def _dress(style: TextStyle, dark: float, light: float, trial: tuple[str, str]) -> TextStyle:
    bold = [max(style.outline_px, round(share * style.size_px)) for share in _OUTLINES_EM]
    dressed = style
    for dressed in (
        style,
        *(replace(style, outline_px=outline, shadow=True) for outline in bold),
        replace(style, box=True),
        replace(style, box=True, outline_px=bold[-1]),
    ):
        if seen_contrast(readable(dressed), dark, light, trial=trial) >= MINIMUM:
            break
    return dressed


def _behind(
    texts: Sequence[TextLayer],
    light: LightMap,
    motion: KenBurns,
    size: tuple[int, int],
    effects: Sequence[Effect],
) -> tuple[float, float]:
    """Return the luminance of the dark and the light parts of what lies behind texts of a style."""
    area = _area(texts, size)
    found = []
    for moment in _MOMENTS:
        crop = crop_at(motion, moment)
        seen = Rect(
            crop.x + area.x * crop.width,
            crop.y + area.y * crop.height,
            area.width * crop.width,
            area.height * crop.height,
        )
        found.append(light.within(seen))
    darkest, lightest = min(dark for dark, _ in found), max(bright for _, bright in found)
    return through_effects(effects, area, darkest, lightest)


def _area(texts: Sequence[TextLayer], size: tuple[int, int]) -> Rect:
    """Return where texts of one style stand, in fractions of the frame: as many lines as need be.

    Estimated, not set: it is as wide as text may be, and the lines are counted by letters.
    """
    width, height = size
    style = texts[0].style
    em = reference_size(style.size_px, width, height)
    room = text_width(width, height, style.area)
    longest = max(len(text.content) for text in texts)
    lines = max(2, -(-round(longest * _LETTER_EM * em) // room))
    tall = min(height, round(lines * _LINE_EM * em))
    left, top = place_text(
        style.position, (room, tall), width=width, height=height, area=style.area
    )
    return Rect(left / width, top / height, room / width, tall / height)
