"""The image engine `card`: the scene's own words on a dark ground, when no picture can be had."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from raypipe.errors import EngineError
from raypipe.images.engine import ImageRequest, check_picture, type_uint8
from raypipe.revisions import embedded_revision
from raypipe.text.draw import draw_layout
from raypipe.text.layout import set_text
from raypipe.timeline.model import TextStyle

GROUND = (0x1A, 0x1A, 0x2E)
"""The specification's ground for a scene without a picture, ``#1a1a2e``."""

_TEXT = (238, 236, 226)
_LINE = (201, 162, 91)
_STYLE = TextStyle(weight="regular", colour=_TEXT, outline_px=0, shadow=False)
_LARGEST, _SMALLEST = 0.075, 0.018
_WIDE, _TALL = 0.78, 0.62
"""Share of the sheet that the text may fill; the rest is margin, and room for captions."""
_MIDDLE = 0.46
_FEWEST_CHARACTERS, _MOST_CHARACTERS = 8, 700
"""What can be read while a scene lasts, and set in a blink."""
_MIN_SIDE_PX, _MAX_SIDE_PX = 64, 4096


class CardEngine:
    """Sets a scene's text, centred, as large as it fits. Needs only the fonts of this package."""

    name = "card"
    max_batch = 1

    def __init__(self) -> None:
        self.revision = embedded_revision("card") or "card"

    def generate(self, requests: Sequence[ImageRequest]) -> list[type_uint8]:
        """Draw each request; see `raypipe.images.engine.ImageEngine`.

        Raises:
            EngineError: a side is not within 64 to 4096 pixels.
        """
        return [_draw(request) for request in requests]

    def close(self) -> None:
        """Do nothing: the engine holds nothing."""


def _draw(request: ImageRequest) -> type_uint8:
    width, height = request.width, request.height
    if not (_MIN_SIDE_PX <= width <= _MAX_SIDE_PX and _MIN_SIDE_PX <= height <= _MAX_SIDE_PX):
        raise EngineError(
            f"expected sides of {_MIN_SIDE_PX} to {_MAX_SIDE_PX} pixels, got {width}x{height}",
            where="size",
            remedy="ask for a size within these limits",
        )
    sheet = np.empty((height, width, 3), np.uint8)
    sheet[:] = GROUND
    # Every frame that is cut from the card must show all words.
    safe = request.safe
    seen_width, seen_height = round(width * safe.width), round(height * safe.height)
    text, language = request.scene.text, request.scene.language
    block = _fit(text, language, width=seen_width, height=seen_height)
    top = max(0, round(height * safe.y + seen_height * _MIDDLE - block.shape[0] / 2))
    left = max(0, (width - block.shape[1]) // 2)
    region = sheet[top : top + block.shape[0], left : left + block.shape[1]]
    seen = block[: region.shape[0], : region.shape[1]].astype(np.float32)
    alpha = seen[..., 3:] / 255
    region[:] = np.rint(region * (1 - alpha) + seen[..., :3] * alpha).astype(np.uint8)
    _rules(sheet, top=top, bottom=top + block.shape[0], width=seen_width)
    return check_picture(sheet, width=width, height=height)


def _shortened(text: str, limit: int) -> str:
    """Return ``text``, cut after a word and marked if it is longer than ``limit`` characters."""
    told = " ".join(text.split())
    if len(told) <= limit:
        return told
    head = told[:limit]
    space = head.rfind(" ")
    return f"{head[:space] if space > limit // 2 else head}\u2026"


def _fit(text: str, language: str, *, width: int, height: int) -> type_uint8:
    """Return the text as RGBA in the largest size at which it fits, shortened if it must be."""
    side = (width * height) ** 0.5
    widest, tallest = round(width * _WIDE), round(height * _TALL)
    size, smallest = max(8, round(side * _LARGEST)), max(8, round(side * _SMALLEST))
    told = _shortened(text, _MOST_CHARACTERS)
    while True:
        layout = set_text(told, max_width_px=widest, size_px=size, style=_STYLE, language=language)
        if layout.height <= tallest and layout.width <= width:
            return draw_layout(layout, _STYLE)
        if size > smallest:
            size = max(smallest, int(size * 0.88))
        elif len(told) > _FEWEST_CHARACTERS:
            told = _shortened(told, len(told) * 3 // 4)
        else:
            return draw_layout(layout, _STYLE)[:tallest, :width]


def _rules(sheet: type_uint8, *, top: int, bottom: int, width: int) -> None:
    """Draw a short gold rule above and below the text, in a part of the sheet so wide."""
    height, middle = sheet.shape[0], sheet.shape[1] // 2
    half, thick = max(4, round(width * 0.06)), max(1, round(height / 700))
    gap = max(6, round(height * 0.035))
    for y in (top - gap, bottom + gap):
        if 0 <= y < height - thick:
            sheet[y : y + thick, middle - half : middle + half] = _LINE
