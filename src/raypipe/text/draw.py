"""Drawn text: glyphs with an outline and a soft shadow, as one RGBA picture.

Everything is drawn once, at three times its size, and averaged down, so edges are smooth at any
position; the outline is the distance to the glyphs, so its corners are round and its width exact.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
import uharfbuzz as hb
from numpy.typing import NDArray

from raypipe.errors import RenderError
from raypipe.text.colour_glyphs import is_coloured, paint_glyph
from raypipe.text.scripts import clean, script_of, scripts_in
from raypipe.text.shaping import Paragraph, ShapedLine, Typeface
from raypipe.text.wrapping import broken_words, wrap
from raypipe.timeline.model import Colour, TextStyle

Plane = NDArray[np.uint8]

_OVERSAMPLING = 3

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

_HYPHENATED = frozenset({"Latn", "Cyrl", "Grek", "Armn"})
"""Scripts whose broken words take a hyphen; others have none, or another sign."""

_SHADOW_ALPHA, _SHADOW_DROP_EM, _SHADOW_BLUR_EM = 0.5, 0.04, 0.06
_HALO_ALPHA, _HALO_BLUR_EM, _MOST_HALO_PX = 0.55, 0.3, 26.0
"""A wide, soft darkening of the picture about the letters: what a scrim does, but only where there
is text. It does not grow further with very large letters, which need it least."""
_HALO_REACH = 2.2
"""Standard deviations after which a shadow is no longer seen."""
_BOX_ALPHA, _BOX_MARGIN_EM, _BOX_RADIUS_EM = 0.72, 0.42, 0.28


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
    """Wraps and shapes a text; see ``draw_block`` for the arguments."""
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
    if not broken or not all(script_of(letter) in _HYPHENATED for letter in letters):
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
    reach = _SHADOW_DROP_EM * size_px + _HALO_REACH * _halo_blur(size_px)
    return int(np.ceil(reach))


def _halo_blur(size_px: int) -> float:
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


def draw_layout(layout: Layout, style: TextStyle, *, letters: bool = True) -> Plane:
    """Draws set text, or only the box behind it: uint8 (h, w, 4) straight-alpha RGBA."""
    shape = (layout.height, layout.width)
    fill, outline = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    picture = np.zeros((*shape, 4), np.float32)
    painted: Plane | None = None
    reach = layout.padding - soft_margin(layout.typeface.size_px, style)
    radius = style.outline_px * layout.typeface.size_px / style.size_px
    rows = zip(layout.lines, layout.x, layout.baselines, strict=True) if letters else ()
    for line, x, baseline in rows:
        top = max(0, int(baseline - line.highest_px) - reach)
        bottom = min(layout.height, int(np.ceil(baseline - line.lowest_px)) + reach)
        strip = slice(top, bottom)
        mask = _rasterise(line, x, baseline - top, layout.width, bottom - top)
        np.maximum(fill[strip], _shrink(mask), out=fill[strip])
        emoji = _paint(line, x, baseline, shape)
        if emoji is not None:
            painted = emoji if painted is None else np.maximum(painted, emoji)
            mask = np.maximum(mask, _enlarge(emoji[strip, :, 3]))
        np.maximum(outline[strip], _grow(mask, radius), out=outline[strip])
    size = layout.typeface.size_px
    if style.box:
        _lay(
            picture,
            _rounded_box(shape, round(_BOX_RADIUS_EM * size)),
            style.outline_colour,
            _BOX_ALPHA,
        )
    elif style.shadow:
        below = np.roll(outline, round(_SHADOW_DROP_EM * size), axis=0)
        halo = cv2.GaussianBlur(outline, (0, 0), max(0.3, _halo_blur(size)))
        _lay(picture, halo, style.outline_colour, _HALO_ALPHA)
        drop = cv2.GaussianBlur(below, (0, 0), max(0.3, _SHADOW_BLUR_EM * size))
        _lay(picture, drop, (0, 0, 0), _SHADOW_ALPHA)
    _lay(picture, outline, style.outline_colour, 1.0)
    _lay(picture, fill, style.colour, 1.0)
    if painted is not None:
        picture *= 1 - painted[..., 3:].astype(np.float32) / 255
        picture += painted
    return _straight(picture)


def _rasterise(line: ShapedLine, x: float, baseline: float, width: int, height: int) -> Plane:
    """Coverage of one line's glyphs at ``_OVERSAMPLING`` times the size, uint8 (h*3, w*3)."""
    raster = hb.RasterDraw()
    raster.scale_factor = (64 / _OVERSAMPLING, 64 / _OVERSAMPLING)
    rows, columns = height * _OVERSAMPLING, width * _OVERSAMPLING
    lowest = round((baseline - height) * _OVERSAMPLING)
    raster.extents = hb.RasterExtents(0, lowest, columns, rows, columns)
    for glyph in line.glyphs:
        if is_coloured(glyph.font) and paint_glyph(glyph.font, glyph.glyph_id) is not None:
            continue
        raster.transform = (1, 0, 0, 1, (x + glyph.x) * 64, glyph.y * 64)
        raster.draw_glyph(glyph.font, glyph.glyph_id)
    image = raster.render()
    if image is None:
        raise RenderError("HarfBuzz could not draw a line of text", remedy="free some memory")
    extents = image.extents
    pixels = np.frombuffer(image.buffer, np.uint8).reshape(extents.height, extents.stride)
    return np.ascontiguousarray(pixels[::-1, : extents.width])


def _paint(line: ShapedLine, x: float, baseline: float, shape: tuple[int, int]) -> Plane | None:
    """A line's coloured glyphs, uint8 (h, w, 4) premultiplied RGBA; None if it has none."""
    canvas: Plane | None = None
    for glyph in line.glyphs:
        painted = paint_glyph(glyph.font, glyph.glyph_id) if is_coloured(glyph.font) else None
        if painted is None:
            continue
        if canvas is None:
            canvas = np.zeros((*shape, 4), np.uint8)
        left = round(x + glyph.x + painted.left)
        top = round(baseline - glyph.y - painted.top)
        first = max(0, -top), max(0, -left)
        part = canvas[max(0, top) :, max(0, left) :]
        source = painted.rgba[first[0] :, first[1] :][: part.shape[0], : part.shape[1]]
        under = part[: source.shape[0], : source.shape[1]]
        np.maximum(under, source, out=under)
    return canvas


def _enlarge(alpha: Plane) -> Plane:
    size = (alpha.shape[1] * _OVERSAMPLING, alpha.shape[0] * _OVERSAMPLING)
    return np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def _shrink(mask: Plane) -> Plane:
    rows, columns = mask.shape
    size = (columns // _OVERSAMPLING, rows // _OVERSAMPLING)
    return np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), np.uint8)


def _grow(mask: Plane, radius_px: float) -> Plane:
    """The mask widened by ``radius_px`` on all sides, at its final size."""
    if radius_px <= 0:
        return _shrink(mask)
    outside = np.where(mask >= 128, np.uint8(0), np.uint8(255))  # noqa: PLR2004 - half covered
    distance = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_5)
    grown = np.clip(radius_px * _OVERSAMPLING + 0.5 - distance, 0, 1)
    return _shrink(np.maximum((grown * 255).astype(np.uint8), mask))


def _rounded_box(shape: tuple[int, int], radius: int) -> Plane:
    """A filled box with round corners over the whole picture."""
    big = np.zeros((shape[0] * _OVERSAMPLING, shape[1] * _OVERSAMPLING), np.uint8)
    radius = min(radius * _OVERSAMPLING, min(big.shape) // 2)
    big[radius : big.shape[0] - radius] = 255
    big[:, radius : big.shape[1] - radius] = 255
    for y in (radius, big.shape[0] - 1 - radius):
        for x in (radius, big.shape[1] - 1 - radius):
            cv2.circle(big, (x, y), radius, 255, -1)
    return _shrink(big)


def _lay(picture: NDArray[np.float32], mask: Plane, colour: Colour, alpha: float) -> None:
    """Composites a colour over a premultiplied RGBA picture, in place."""
    cover = (mask.astype(np.float32) * (alpha / 255))[..., None]
    paint = np.array([*colour, 255], np.float32)
    picture *= 1 - cover
    picture += cover * paint


def _straight(picture: NDArray[np.float32]) -> Plane:
    alpha = picture[..., 3:]
    colour = picture[..., :3] * (255 / np.maximum(alpha, 1e-3))
    straight = np.concatenate([np.clip(colour, 0, 255), alpha], axis=2)
    return np.asarray(np.rint(straight), np.uint8)


@lru_cache(maxsize=16)
def _draw_cached(content: str, key: tuple[int, int, TextStyle, str, str, int | None]) -> Plane:
    max_width_px, size_px, style, language, align, max_lines = key
    layout = set_text(
        content,
        max_width_px=max_width_px,
        size_px=size_px,
        style=style,
        language=language,
        align=align,
        max_lines=max_lines,
    )
    picture = draw_layout(layout, style)
    picture.flags.writeable = False
    return picture


def draw_block(
    content: str,
    *,
    max_width_px: int,
    size_px: int,
    style: TextStyle,
    language: str = "en",
    align: str = "center",
    max_lines: int | None = None,
) -> Plane:
    r"""Draws a text as wrapped, balanced lines with the style's outline, shadow and box.

    Args:
        content: the text; ``\n`` begins a new line. Any script; emoji sequences stay whole.
        max_width_px: widest the picture may be, outline and shadow included.
        size_px: the em in pixels; the style's ``outline_px`` is scaled from its own ``size_px``.
        style: colours, weight, outline, shadow, box; its position and animation are not used.
        language: BCP 47 tag, for Han forms and line breaking.
        align: ``left``, ``center`` or ``right``.
        max_lines: lines after this one are left out.

    Returns:
        uint8 (h, w, 4) straight-alpha RGBA, not larger than its text needs.

    Raises:
        RenderError: a size below one pixel.
        SettingsError: the style names a font that cannot be read.
    """
    key = (max_width_px, size_px, style, language, align, max_lines)
    return _draw_cached(content, key).copy()
