"""Titles set as large as their place allows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from raypipe.images.engine import type_uint8
from raypipe.post.grading import Canvas
from raypipe.text.draw import draw_block
from raypipe.text.scripts import clean, scripts_in
from raypipe.text.shaping import Paragraph, Typeface
from raypipe.text.wrapping import opportunities, wrap
from raypipe.timeline.model import Colour, TextStyle

_STEP = 0.94
_MEASURED_PX = 100
_PRICED_LINES = 4
_LINE_PRICE = 0.92
"""In a short title one more line must make the letters larger by this much to be worth it."""
_LEADING = {"capitals": 1.02, "letters": 1.14, "marks": 1.45}
"""Distance between baselines in ems. A title is set tighter than running text; scripts with marks
above and below the line keep their room."""
_COMPACT_SCRIPTS = frozenset({"Latn", "Cyrl", "Grek", "Hani", "Hira", "Kana", "Hang"})


@dataclass(frozen=True, slots=True)
class Lettering:
    """Drawn text: straight-alpha RGBA, uint8 (height, width, 4), and the em it was set in."""

    picture: type_uint8
    size_px: int

    @property
    def width(self) -> int:
        """Pixels across."""
        return int(self.picture.shape[1])

    @property
    def height(self) -> int:
        """Pixels down."""
        return int(self.picture.shape[0])


@dataclass(frozen=True, slots=True)
class Place:
    """The room for a title, pixels, and the range of its em."""

    width: int
    height: int
    max_size: int
    min_size: int
    max_lines: int


def flat_style(colour: Colour, *, bold: bool = True) -> TextStyle:
    """Return a style without outline or shadow: its ground gives the contrast."""
    return TextStyle(
        weight="bold" if bold else "regular",
        colour=colour,
        outline_px=0,
        shadow=False,
        animation="none",
    )


def fit_lettering(
    text: str, place: Place, *, colour: Colour, language: str, align_right: bool = False
) -> Lettering:
    """Set ``text`` as large as fits into ``place``, without breaking inside a word.

    A text that does not fit at the least size keeps that size; words are then broken where they
    must be, and lines that leave the place are dropped.
    """
    setting = _Setting(" ".join(clean(text).split()), language)
    choices = []
    for count in range(1 if place.max_lines <= _PRICED_LINES else place.max_lines,
                       place.max_lines + 1):  # fmt: skip
        size = setting.largest(place, count)
        choices.append((size * _LINE_PRICE ** (count - 1), -count, size))
        if size == place.max_size:
            break
    size = max(choices)[2]
    pitch = leading(setting.text) * size
    lines = setting.lines(size, place.width)
    lines = lines[: max(1, int((place.height - size) / pitch) + 1)]
    return Lettering(_stacked(lines, size, pitch, colour, language, align_right=align_right), size)


def leading(text: str) -> float:
    """Return the distance of baselines that suits ``text``, in ems."""
    scripts = scripts_in(text)
    if not scripts <= _COMPACT_SCRIPTS:
        return _LEADING["marks"]
    return _LEADING["capitals" if text.upper() == text else "letters"]


class _Setting:
    """One text measured once: widths grow with the em, so every size is known from one."""

    def __init__(self, text: str, language: str) -> None:
        self.text = text
        style = flat_style((0, 0, 0))
        face = Typeface(style.font, _MEASURED_PX, style.weight, language)
        self._paragraph = Paragraph(text, face)
        start, self._widest = 0, 0.0
        for mark in opportunities(text, language):
            end = start + len(text[start : mark.index].rstrip())
            self._widest = max(self._widest, self._paragraph.width(start, end))
            start = mark.index

    def lines(self, size: int, width: int) -> list[str]:
        """Return the lines of the text at that em, balanced within ``width`` pixels."""
        room = width * _MEASURED_PX / size
        return [self.text[start:end] for start, end in wrap(self._paragraph, room)]

    def largest(self, place: Place, max_lines: int) -> int:
        """Return the largest em at which the text fits in that many lines, or the least allowed."""
        size = place.max_size
        while size > place.min_size and not self._fits(size, place, max_lines):
            size = max(place.min_size, int(size * _STEP))
        return size

    def _fits(self, size: int, place: Place, max_lines: int) -> bool:
        if self._widest * size > place.width * _MEASURED_PX:
            return False
        count = len(self.lines(size, place.width))
        height = ((count - 1) * leading(self.text) + 1.05) * size
        return count <= max_lines and height <= place.height


def _stacked(
    lines: list[str],
    size: int,
    pitch: float,
    colour: Colour,
    language: str,
    *,
    align_right: bool,
) -> type_uint8:
    """Return ``lines`` drawn under each other, their baselines ``pitch`` pixels apart."""
    # A mark of direction keeps a line that begins with a foreign word in its paragraph's order.
    mark = "\u200f" if align_right else ""
    drawn = [
        draw_block(
            mark + line,
            max_width_px=size * (len(line) + 4) * 2,
            size_px=size,
            style=flat_style(colour),
            language=language,
            max_lines=1,
        )
        for line in lines
    ]
    width = max(picture.shape[1] for picture in drawn)
    height = max(round(i * pitch) + picture.shape[0] for i, picture in enumerate(drawn))
    whole = np.zeros((height, width, 4), np.uint8)
    whole[..., :3] = colour
    for index, picture in enumerate(drawn):
        top = round(index * pitch)
        left = width - picture.shape[1] if align_right else 0
        part = whole[top : top + picture.shape[0], left : left + picture.shape[1]]
        covers = picture[..., 3:] > part[..., 3:]
        part[:] = np.where(covers, picture, part)
    return trim(whole)


def trim(picture: type_uint8) -> type_uint8:
    """Return ``picture``, uint8 (height, width, 4), without the empty rows and columns around."""
    rows = np.flatnonzero(picture[..., 3].any(axis=1))
    cols = np.flatnonzero(picture[..., 3].any(axis=0))
    if not len(rows):
        return picture[:1, :1]
    return picture[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]


def lay(canvas: Canvas, lettering: type_uint8, x: int, y: int) -> None:
    """Blend straight-alpha RGBA ``lettering`` into ``canvas`` at (x, y), clipped to it."""
    height, width = canvas.shape[:2]
    left, top = max(0, x), max(0, y)
    right, bottom = min(width, x + lettering.shape[1]), min(height, y + lettering.shape[0])
    if right <= left or bottom <= top:
        return
    part = lettering[top - y : bottom - y, left - x : right - x].astype(np.float32)
    alpha = part[..., 3:] / 255
    under = canvas[top:bottom, left:right]
    under += (part[..., :3] - under) * alpha
