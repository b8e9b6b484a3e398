"""Where text may stand: clear of the platforms' buttons and of the frame's edge."""

from __future__ import annotations

from dataclasses import dataclass

from raypipe.timeline.model import TextArea, TextPosition

_REFERENCE_PX = 1080
"""Styles give sizes for a frame whose shorter side has this many pixels."""


@dataclass(frozen=True, slots=True)
class SafeArea:
    """Margins kept free of text, as fractions of the frame's width and height."""

    left: float
    right: float
    top: float
    bottom: float


_PORTRAIT: dict[TextArea, SafeArea] = {
    "all": SafeArea(left=0.06, right=0.12, top=0.12, bottom=0.22),
    "tiktok": SafeArea(left=0.06, right=0.12, top=0.07, bottom=0.19),
    "instagram": SafeArea(left=0.06, right=0.12, top=0.12, bottom=0.22),
    "youtube": SafeArea(left=0.06, right=0.12, top=0.07, bottom=0.16),
}
"""9:16. TikTok covers the top 130, the right 120 to 170 and the bottom 320 to 350 of 1080x1920
pixels, Reels the top 220 and the bottom 310 to 420, Shorts the top 120 and the bottom 300; ``all``
clears the three in their organic feeds (published overlay guides of 2025 and 2026)."""

_TALL = SafeArea(left=0.06, right=0.06, top=0.06, bottom=0.10)
"""4:5 and 1:1, shown in feeds with the buttons beside or below the picture."""

_WIDE = SafeArea(left=0.10, right=0.10, top=0.07, bottom=0.09)
"""16:9. EBU R 95 asks for 5 % on each side for graphics; players lay a bar over the lowest 7 %."""


def safe_area(width: int, height: int, area: TextArea = "all") -> SafeArea:
    """The margins for a frame of this shape on a platform, or on all of them."""
    aspect = width / height
    if aspect < 0.7:  # noqa: PLR2004 - between 9:16 and 4:5
        return _PORTRAIT[area]
    return _TALL if aspect < 1.3 else _WIDE  # noqa: PLR2004 - between 1:1 and 16:9


def reference_size(size_px: int, width: int, height: int) -> int:
    """A style's size in the pixels of a frame of this size, at least 8."""
    return max(8, round(size_px * min(width, height) / _REFERENCE_PX))


def text_width(width: int, height: int, area: TextArea = "all") -> int:
    """Widest centred text in pixels: the wider of the two side margins is kept on both sides."""
    margins = safe_area(width, height, area)
    return int(width * (1 - 2 * max(margins.left, margins.right)))


def text_height(width: int, height: int, area: TextArea = "all") -> int:
    """Tallest text in pixels that stays inside the safe area."""
    margins = safe_area(width, height, area)
    return int(height * (1 - margins.top - margins.bottom))


def place_text(
    position: TextPosition,
    block: tuple[int, int],
    *,
    width: int,
    height: int,
    area: TextArea = "all",
) -> tuple[int, int]:
    """Left and top pixel of a text block (width, height), both even, in a frame.

    ``bottom_third`` stands on the lower margin, so that one line and two end on the same line;
    ``top`` hangs from the upper one; ``center`` is in the middle of what the margins leave.
    """
    margins = safe_area(width, height, area)
    low, high = margins.top * height, (1 - margins.bottom) * height - block[1]
    top = {"bottom_third": high, "top": low, "center": (low + high) / 2}[position]
    left = (width - block[0]) / 2
    return _even(left, width - block[0]), _even(top, height - block[1])


def _even(value: float, largest: int) -> int:
    return max(0, 2 * round(min(value, largest) / 2))
