"""Set text: wrapped, shaped and placed line by line, before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from raypipe.errors import RenderError
from raypipe.text.scripts import clean, scripts_in, takes_hyphen
from raypipe.text.shaping import Paragraph, ShapedLine, Typeface
from raypipe.text.wrapping import broken_words, wrap
from raypipe.timeline.model import TextStyle

# Distance between baselines in ems: scripts with marks above and below need more air.
_LINE_PITCH = 1.24
_TALL_PITCH = {"Arab": 1.5, "Deva": 1.5, "Beng": 1.5, "Thai": 1.55, "Laoo": 1.55, "Khmr": 1.7,
               "Mymr": 1.7, "Hani": 1.34, "Hira": 1.34, "Kana": 1.34, "Hang": 1.34,
               "Telu": 1.55, "Knda": 1.5, "Mlym": 1.45, "Taml": 1.4, "Sinh": 1.45, "Gujr": 1.5,
               "Guru": 1.5, "Orya": 1.5}  # fmt: skip
_ASCENT, _DESCENT = 0.98, 0.30
"""Room above the first and below the last baseline in ems: the same for every text, so that
captions that follow each other stand on the same line. Ink that needs more gets more."""

_INK_GAP = 0.06

SHADOW_DROP_EM = 0.04
"""How far below the letters their shadow lies."""
_HALO_BLUR_EM, _MOST_HALO_PX = 0.3, 26.0
"""The soft darkening about letters does not grow further with very large ones, which need it least.
"""
_HALO_REACH = 2.2
"""Standard deviations after which a shadow is no longer seen."""
_BOX_MARGIN_EM = 0.42


@dataclass(frozen=True, slots=True)
class ClusterBox:
    """Where the cluster that begins at character ``start`` is drawn: ``[x0, x1)`` of a line."""

    start: int
    line: int
    x0: float
    x1: float


@dataclass(frozen=True, slots=True)
class Layout:
    """Text set into lines, before it is drawn.

    ``x`` and ``baselines`` are each line's pen origin in the block, in pixels, y down;
    ``broken_words`` is how many lines end inside a word that was wider than a line.
    """

    lines: tuple[ShapedLine, ...]
    x: tuple[float, ...]
    baselines: tuple[float, ...]
    width: int
    height: int
    typeface: Typeface
    padding: int
    broken_words: int = 0


def set_text(
    content: str,
    *,
    max_width_px: int,
    size_px: int,
    style: TextStyle,
    language: str = "en",
    align: str = "center",
    max_lines: int | None = None,
) -> Layout:
    """Wraps and shapes a text; see `raypipe.text.draw.draw_block` for the arguments."""
    if size_px < 1 or max_width_px < 1:
        raise RenderError(
            f"expected a text size and width of at least 1 px, got {size_px} and {max_width_px}"
        )
    typeface = Typeface(style.font, size_px, style.weight, language, style.emoji_font)
    padding = _padding(size_px, style)
    room = line_room(max_width_px, size_px, style)
    lines: list[ShapedLine] = []
    offset = broken = 0
    for text in clean(content).split("\n"):
        shaped, cuts = _set_paragraph(Paragraph(text, typeface), room)
        lines += [_shifted(line, offset) for line in shaped]
        offset, broken = offset + len(text) + 1, broken + cuts
    lines = lines if max_lines is None else lines[:max_lines]
    widest = max((line.width for line in lines), default=0.0)
    share = {"left": 0.0, "center": 0.5, "right": 1.0}[align]
    xs = tuple(padding + (widest - line.width) * share for line in lines)
    scripts = scripts_in(content)
    pitch = max((_TALL_PITCH.get(script, _LINE_PITCH) for script in scripts), default=_LINE_PITCH)
    baselines = _baselines(lines, padding, size_px, pitch * size_px)
    bottom = max(_DESCENT * size_px, -lines[-1].lowest_px) if lines else 0.0
    height = int(np.ceil((baselines[-1] if lines else 0.0) + bottom)) + padding
    return Layout(
        tuple(lines),
        xs,
        tuple(baselines),
        int(np.ceil(widest)) + 2 * padding,
        height,
        typeface,
        padding,
        broken,
    )


def _set_paragraph(paragraph: Paragraph, room: float) -> tuple[list[ShapedLine], int]:
    """Wraps and shapes a paragraph; says how many of its lines end inside a word.

    Where the script has hyphens, those lines get one.
    """
    places = wrap(paragraph, room)
    broken = broken_words(paragraph, places)
    lines = [paragraph.shape(start, end) for start, end in places]
    letters = (paragraph.text[places[number][1] - 1] for number in broken)
    if not broken or not all(map(takes_hyphen, letters)):
        return lines, len(broken)
    hyphen = Paragraph("-", paragraph.typeface).shape(0, 1)
    places = wrap(paragraph, max(room / 2, room - hyphen.width))
    broken = broken_words(paragraph, places)
    lines = [paragraph.shape(start, end) for start, end in places]
    return [
        _joined(line, hyphen) if number in broken else line for number, line in enumerate(lines)
    ], len(broken)


def _joined(line: ShapedLine, hyphen: ShapedLine) -> ShapedLine:
    """The line with a hyphen that belongs to its last character."""
    (mark,) = hyphen.glyphs
    glyph = replace(mark, x=line.width + mark.x, start=line.end - 1)
    return replace(
        line,
        glyphs=(*line.glyphs, glyph),
        width=line.width + hyphen.width,
        highest_px=max(line.highest_px, hyphen.highest_px),
        lowest_px=min(line.lowest_px, hyphen.lowest_px),
    )


def _shifted(line: ShapedLine, offset: int) -> ShapedLine:
    if not offset:
        return line
    glyphs = tuple(replace(glyph, start=glyph.start + offset) for glyph in line.glyphs)
    return replace(line, glyphs=glyphs, start=line.start + offset, end=line.end + offset)


def _baselines(
    lines: list[ShapedLine], padding: int, size_px: int, pitch_px: float
) -> tuple[float, ...]:
    """Evenly spaced baselines, further apart only where the ink of two lines would touch."""
    baselines: list[float] = []
    for index, line in enumerate(lines):
        if index == 0:
            baselines.append(round(padding + max(_ASCENT * size_px, line.highest_px)))
        else:
            apart = line.highest_px - lines[index - 1].lowest_px + _INK_GAP * size_px
            baselines.append(round(baselines[-1] + max(pitch_px, apart)))
    return tuple(baselines)


def _padding(size_px: int, style: TextStyle) -> int:
    room = style.outline_px * size_px / style.size_px + 1
    if style.box:
        room = max(room, _BOX_MARGIN_EM * size_px)
    return int(np.ceil(room)) + soft_margin(size_px, style)


def soft_margin(size_px: int, style: TextStyle) -> int:
    """Pixels on each side of a drawn text that hold nothing but its shadow."""
    if not style.shadow or style.box:
        return 0
    reach = SHADOW_DROP_EM * size_px + _HALO_REACH * halo_blur_px(size_px)
    return int(np.ceil(reach))


def halo_blur_px(size_px: int) -> float:
    """Standard deviation of the soft darkening about letters of that size."""
    return min(_HALO_BLUR_EM * size_px, _MOST_HALO_PX)


def line_room(max_width_px: int, size_px: int, style: TextStyle) -> float:
    """Width in pixels that a line's glyphs may take, without outline, shadow and box."""
    return max(size_px, max_width_px - 2 * _padding(size_px, style))


def cluster_boxes(layout: Layout) -> list[ClusterBox]:
    """Where each cluster of the text is drawn, in reading order, line by line."""
    boxes: dict[tuple[int, int], ClusterBox] = {}
    for number, (line, left) in enumerate(zip(layout.lines, layout.x, strict=True)):
        pen = left
        for glyph in line.glyphs:
            known = boxes.get((number, glyph.start))
            x0 = min(pen, known.x0) if known else pen
            x1 = max(pen + glyph.advance, known.x1) if known else pen + glyph.advance
            boxes[number, glyph.start] = ClusterBox(glyph.start, number, x0, x1)
            pen += glyph.advance
    return [boxes[key] for key in sorted(boxes)]
