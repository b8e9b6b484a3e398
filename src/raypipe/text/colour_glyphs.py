"""Glyphs that bring colours of their own: emoji from COLR layers or from PNG strikes."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import uharfbuzz as hb
from numpy.typing import NDArray
from PIL import Image

Plane = NDArray[np.uint8]

_MARGIN_PX = 2
_BGRA_BYTES = 4


@dataclass(frozen=True, slots=True, eq=False)
class ColourGlyph:
    """A painted glyph: ``rgba``, uint8 (h, w, 4), premultiplied, and where it stands.

    ``left`` and ``top`` are pixels from the pen to its upper left corner, y up from the baseline.
    """

    rgba: Plane
    left: float
    top: float


def is_coloured(font: hb.Font) -> bool:
    """Whether a font has coloured glyphs; not each of its glyphs need be one."""
    face = font.face
    return bool(face.has_color_paint or face.has_color_layers or face.has_color_png)


@lru_cache(maxsize=256)
def paint_glyph(font: hb.Font, glyph_id: int) -> ColourGlyph | None:
    """Paints a glyph at its font's size; None if it has no colours of its own.

    Args:
        font: in units of 1/64 pixel (see ``raypipe.text.fonts.open_font``).
        glyph_id: in that font.
    """
    extents = font.get_glyph_extents(glyph_id)
    if extents is None or not extents.width or not extents.height:
        return None
    # HarfBuzz gives a height below the bearing as a negative number.
    left, top = extents.x_bearing / 64, extents.y_bearing / 64
    width, height = abs(extents.width) / 64, abs(extents.height) / 64
    if font.face.has_color_png:
        return _from_strike(font, glyph_id, left, top, (round(width), round(height)))
    return _from_layers(font, glyph_id, left, top, (width, height))


def _from_strike(
    font: hb.Font, glyph_id: int, left: float, top: float, size: tuple[int, int]
) -> ColourGlyph | None:
    strike = font.get_glyph_color_png(glyph_id)
    if strike is None or not strike.data:
        return None
    try:
        with Image.open(io.BytesIO(bytes(strike.data)), formats=("PNG",)) as image:
            straight = np.asarray(image.convert("RGBA"), np.float32)
    except (OSError, ValueError, SyntaxError):
        return None  # a strike of another kind; the glyph is drawn by its outline, if it has one
    alpha = straight[..., 3:] / 255
    premultiplied = np.concatenate([straight[..., :3] * alpha, straight[..., 3:]], axis=2)
    size = max(1, size[0]), max(1, size[1])
    scaled = cv2.resize(premultiplied, size, interpolation=cv2.INTER_AREA)
    return ColourGlyph(np.rint(np.clip(scaled, 0, 255)).astype(np.uint8), left, top)


def _from_layers(
    font: hb.Font, glyph_id: int, left: float, top: float, size: tuple[float, float]
) -> ColourGlyph | None:
    x0, y0 = math.floor(left) - _MARGIN_PX, math.floor(top - size[1]) - _MARGIN_PX
    columns, rows = (math.ceil(side) + 2 * _MARGIN_PX + 1 for side in size)
    raster = hb.RasterPaint()
    raster.scale_factor = (64, 64)
    raster.extents = hb.RasterExtents(x0, y0, columns, rows, columns * _BGRA_BYTES)
    if not raster.paint_glyph_or_fail(font, glyph_id):
        return None
    image = raster.render()
    if image is None:
        return None
    extents = image.extents
    pixels = np.frombuffer(image.buffer, np.uint8).reshape(extents.height, extents.stride)
    bgra = pixels[::-1, : extents.width * _BGRA_BYTES].reshape(extents.height, -1, _BGRA_BYTES)
    return ColourGlyph(np.ascontiguousarray(bgra[..., [2, 1, 0, 3]]), x0, y0 + rows)
