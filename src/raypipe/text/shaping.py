"""Text to placed glyphs: bidi levels, runs of one face and script, HarfBuzz.

HarfBuzz comes with its own wheel and needs nothing from the system, so Arabic joins and Hebrew
runs right to left on every machine. (Pillow's raqm loads FriBiDi from the system while it runs
and quietly falls back to unjoined, unordered text without it.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import uharfbuzz as hb
from icu4py.breakers import CharacterBreaker

from raypipe.text.bidi import base_level, embedding_levels, line_runs
from raypipe.text.fonts import (
    FontFace,
    Weight,
    cjk_face,
    embedded_fonts,
    emoji_face,
    find_face,
    named_face,
    open_font,
)
from raypipe.text.scripts import is_cjk, is_invisible, primary_language, script_of

_SHARED_SCRIPTS = ("Zyyy", "Zinh", "Zzzz")


@dataclass(frozen=True, slots=True)
class Typeface:
    """How a text is set: the style's fonts, its size in pixels, its weight, and the language."""

    font: str
    size_px: int
    weight: Weight
    language: str
    emoji_font: str = ""


@dataclass(frozen=True, slots=True)
class FontRun:
    """Characters ``[start, end)`` of a text that one face draws, all of one script."""

    start: int
    end: int
    script: str
    face: FontFace


@dataclass(frozen=True, slots=True)
class Glyph:
    """One glyph with its pen position on the line, in pixels, y up from the baseline.

    ``start`` is the first character of the text's cluster that it draws.
    """

    font: hb.Font
    glyph_id: int
    x: float
    y: float
    start: int
    advance: float


@dataclass(frozen=True, slots=True)
class ShapedLine:
    """Glyphs of one line in visual order, and the characters ``[start, end)`` they draw.

    ``highest_px`` and ``lowest_px`` bound the ink, y up from the baseline.
    """

    glyphs: tuple[Glyph, ...]
    start: int
    end: int
    width: float
    highest_px: float
    lowest_px: float


def graphemes(text: str, language: str = "en") -> list[tuple[int, int]]:
    """User-perceived characters as (start, end): emoji sequences and marks stay with their base."""
    spans = []
    start = 0
    for piece in CharacterBreaker(text, primary_language(language)):
        spans.append((start, start + len(piece)))
        start += len(piece)
    return spans


def font_runs(text: str, typeface: Typeface) -> list[FontRun]:
    """Cuts a text where the face or the script changes.

    Characters common to many scripts (spaces, digits, punctuation) belong to the script before
    them, so that a comma doesn't change the font.
    """
    cjk = cjk_face(typeface.language, text)
    preferred = named_face(typeface.font)
    emoji = emoji_face(typeface.emoji_font)
    runs: list[FontRun] = []
    for start, end, script in _scripted(text):
        cluster = text[start:end]
        last = runs[-1] if runs else None
        if last and all(map(is_invisible, cluster)):
            face = last.face
        else:
            face = _face_of(cluster, script, cjk, preferred, emoji)
        if last and last.face == face and last.script == script:
            runs[-1] = FontRun(last.start, end, script, face)
        else:
            runs.append(FontRun(start, end, script, face))
    return runs


def _scripted(text: str) -> Iterator[tuple[int, int, str]]:
    """Grapheme clusters with the script of their run: shared ones take their neighbour's."""
    spans = [(start, end, _cluster_script(text[start:end])) for start, end in graphemes(text)]
    current = next((script for *_, script in spans if script not in _SHARED_SCRIPTS), "Latn")
    for start, end, script in spans:
        if script not in _SHARED_SCRIPTS:
            current = script
        yield start, end, current


def _cluster_script(cluster: str) -> str:
    for character in cluster:
        script = script_of(character)
        if script not in _SHARED_SCRIPTS:
            return "Hani" if is_cjk(character) else script  # one face and one run for all of CJK
    return "Zyyy"


def _face_of(
    cluster: str,
    script: str,
    cjk: FontFace,
    preferred: FontFace | None,
    emoji: FontFace | None,
) -> FontFace:
    face = find_face(cluster, script=script, cjk=cjk, preferred=preferred, emoji=emoji)
    if face is None:  # a mark that no font has must not hide its base
        face = find_face(cluster[0], script=script, cjk=cjk, preferred=preferred)
    return face or FontFace(embedded_fonts()["NotoSans[wght].ttf"])


@lru_cache(maxsize=256)
def _shape_run(
    context: str, run: FontRun, typeface: Typeface, *, rtl: bool
) -> tuple[tuple[int, int, int, int, int], ...]:
    """(glyph, cluster, x offset, y offset, advance) in 1/64 px, in visual order."""
    buffer = hb.Buffer()
    buffer.add_str(context, run.start, run.end - run.start)
    buffer.direction = "rtl" if rtl else "ltr"
    buffer.script = run.script
    buffer.language = typeface.language
    hb.shape(open_font(run.face, typeface.size_px, typeface.weight), buffer)
    return tuple(
        (info.codepoint, info.cluster, place.x_offset, place.y_offset, place.x_advance)
        for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True)
    )


class Paragraph:
    """One paragraph, itemised once, of which lines are shaped and measured.

    Args:
        text: cleaned text without line breaks.
        typeface: how it is set.
    """

    def __init__(self, text: str, typeface: Typeface) -> None:
        self.text = text
        self.typeface = typeface
        self.base = base_level(text)
        self.levels = embedding_levels(text, base=self.base)
        self.runs = font_runs(text, typeface)
        self._advances: list[float] | None = None

    def shape(self, start: int, end: int) -> ShapedLine:
        """Shapes the characters ``[start, end)`` as one line."""
        glyphs: list[Glyph] = []
        pen = highest = lowest = 0.0
        for low, high, level in line_runs(self.text, self.levels, start, end, self.base):
            pieces = self._pieces(low, high)
            rtl = level % 2 == 1
            for piece in reversed(pieces) if rtl else pieces:
                font = open_font(piece.face, self.typeface.size_px, self.typeface.weight)
                for glyph_id, cluster, x_offset, y_offset, advance in _shape_run(
                    self.text, piece, self.typeface, rtl=rtl
                ):
                    glyphs.append(
                        Glyph(
                            font,
                            glyph_id,
                            pen + x_offset / 64,
                            y_offset / 64,
                            cluster,
                            advance / 64,
                        )
                    )
                    pen += advance / 64
                    extents = font.get_glyph_extents(glyph_id)
                    if extents is not None and extents.height:
                        top = (y_offset + extents.y_bearing) / 64
                        highest, lowest = max(highest, top), min(lowest, top + extents.height / 64)
        return ShapedLine(tuple(glyphs), start, end, pen, highest, lowest)

    def _pieces(self, start: int, end: int) -> list[FontRun]:
        return [
            FontRun(max(start, run.start), min(end, run.end), run.script, run.face)
            for run in self.runs
            if run.start < end and run.end > start
        ]

    def width(self, start: int, end: int) -> float:
        """Width in pixels of ``[start, end)`` without the white space at its end."""
        while end > start and self.text[end - 1].isspace():
            end -= 1
        sums = self._sums()
        return sums[end] - sums[start]

    def _sums(self) -> Sequence[float]:
        if self._advances is None:
            each = [0.0] * len(self.text)
            for glyph in self.shape(0, len(self.text)).glyphs:
                each[glyph.start] += glyph.advance
            sums = [0.0]
            for advance in each:
                sums.append(sums[-1] + advance)
            self._advances = sums
        return self._advances
