"""Drawn text: glyphs with an outline and a soft shadow, as one RGBA picture or by their inks.

Everything is drawn once, at three times its size, and averaged down, so edges are smooth at any
position; the outline is the distance to the glyphs, so its corners are round and its width exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import uharfbuzz as hb
from numpy.typing import NDArray

from raypipe.errors import RenderError
from raypipe.text.colour_glyphs import is_coloured, paint_glyph
from raypipe.text.layout import SHADOW_DROP_EM, Layout, halo_blur_px, set_text, soft_margin
from raypipe.text.shaping import ShapedLine
from raypipe.timeline.model import Colour, TextStyle

Plane = NDArray[np.uint8]
Share = NDArray[np.float32]

_OVERSAMPLING = 3

_SHADOW_ALPHA, _SHADOW_BLUR_EM = 0.5, 0.06
_HALO_ALPHA = 0.55
"""A wide, soft darkening of the picture about the letters: what a scrim does, but only where there
is text."""
_BOX_ALPHA, _BOX_RADIUS_EM = 0.72, 0.28
_FINEST_BLUR_PX = 4.0
"""A wider blur is made of a smaller picture: it leaves nothing that needs more pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Inks:
    """A drawn text by what is seen at each of its pixels; what is left shows what is behind it.

    Args:
        letters: share of the text's own colour, float32 (h, w), 0 to 1.
        beneath: outline, shadow and box: the share of each colour of theirs.
        painted: coloured glyphs, uint8 (h, w, 4) premultiplied RGBA; None if there are none.
    """

    letters: Share
    beneath: tuple[tuple[Colour, Share], ...]
    painted: Plane | None

    def mixed(self, colour: Colour) -> tuple[tuple[Colour, Share], ...]:
        """Return the share of each colour but the painted glyphs', with letters in ``colour``."""
        return (*self.beneath, (colour, self.letters))


def draw_inks(layout: Layout, style: TextStyle, *, letters: bool = True) -> Inks:
    """Draws set text, or only the box behind it, whatever colour its letters are to have."""
    size = layout.typeface.size_px
    fill, outline, painted = _draw_lines(layout, style, letters=letters)
    beneath: list[tuple[Plane, Colour, float]] = []  # from the top down
    beneath.append((outline, style.outline_colour, 1.0))
    if style.box:
        box = _rounded_box(fill.shape, round(_BOX_RADIUS_EM * size))
        beneath.append((box, style.outline_colour, _BOX_ALPHA))
    elif style.shadow:
        below = np.roll(outline, round(SHADOW_DROP_EM * size), axis=0)
        beneath.append((_blurred(below, _SHADOW_BLUR_EM * size), (0, 0, 0), _SHADOW_ALPHA))
        beneath.append((_blurred(outline, halo_blur_px(size)), style.outline_colour, _HALO_ALPHA))
    return _inks(fill, beneath, painted)


def _inks(
    fill: Plane, beneath: Sequence[tuple[Plane, Colour, float]], painted: Plane | None
) -> Inks:
    """What is seen of each ink, given (mask, colour, alpha) of those beneath from the top down."""
    left = np.ones(fill.shape, np.float32)
    if painted is not None:
        left -= np.float32(1 / 255) * painted[..., 3]
    shares: dict[Colour, Share] = {}
    letters = left * (np.float32(1 / 255) * fill)
    left -= letters
    for mask, colour, alpha in beneath:
        share = left * (np.float32(alpha / 255) * mask)
        left -= share
        shares[colour] = shares[colour] + share if colour in shares else share
    return Inks(letters, tuple(shares.items()), painted)


def draw_layout(layout: Layout, style: TextStyle, *, letters: bool = True) -> Plane:
    """Draws set text, or only the box behind it: uint8 (h, w, 4) straight-alpha RGBA."""
    inks = draw_inks(layout, style, letters=letters)
    picture = np.zeros((layout.height, layout.width, 4), np.float32)
    if inks.painted is not None:
        picture += inks.painted
    for colour, share in inks.mixed(style.colour):
        picture += share[..., None] * np.array([*colour, 255], np.float32)
    return _straight(picture)


def _draw_lines(
    layout: Layout, style: TextStyle, *, letters: bool
) -> tuple[Plane, Plane, Plane | None]:
    """Coverage of the letters, of letters and outline, and the coloured glyphs."""
    shape = (layout.height, layout.width)
    fill, outline = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
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
    return fill, outline, painted


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
    _, outside = cv2.threshold(mask, 127, 255, cv2.THRESH_BINARY_INV)  # what is not half covered
    distance = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_5)
    edge = radius_px * _OVERSAMPLING + 0.5
    _, distance = cv2.threshold(distance, edge, 0, cv2.THRESH_TRUNC)
    grown = cv2.convertScaleAbs(distance, alpha=-255, beta=255 * edge)
    return _shrink(np.maximum(grown, mask))


def _blurred(mask: Plane, sigma_px: float) -> Plane:
    """The mask under a Gaussian of that standard deviation."""
    part = int(sigma_px / _FINEST_BLUR_PX)
    if part <= 1:
        return np.asarray(cv2.GaussianBlur(mask, (0, 0), max(0.3, sigma_px)), np.uint8)
    rows, columns = mask.shape
    padded = np.pad(mask, ((0, -rows % part), (0, -columns % part)))
    size = padded.shape[1] // part, padded.shape[0] // part
    small = cv2.resize(padded, size, interpolation=cv2.INTER_AREA)
    # Averaging squares and drawing straight lines between their middles blur, too.
    sigma = (sigma_px**2 - part**2 / 4) ** 0.5 / part
    small = cv2.GaussianBlur(small, (0, 0), sigma)
    large = cv2.resize(small, padded.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(large, np.uint8)[:rows, :columns]


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


def _straight(picture: NDArray[np.float32]) -> Plane:
    alpha = picture[..., 3:]
    colour = picture[..., :3] * (255 / np.maximum(alpha, 1e-3))
    straight = np.concatenate([np.clip(colour, 0, 255), alpha], axis=2)
    return np.asarray(np.rint(straight), np.uint8)


@lru_cache(maxsize=16)
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
        uint8 (h, w, 4) straight-alpha RGBA, not larger than its text needs; read-only, for the same
        text is drawn once.

    Raises:
        RenderError: a size below one pixel.
        SettingsError: the style names a font that cannot be read.
    """
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
