"""One picture for several frames: how large it must be, and what of it they all show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from raypipe.errors import RenderError
from raypipe.images.engine import WHOLE
from raypipe.timeline.model import Rect

OVERSCAN = 1.125
"""Pictures are asked for this much larger than the frame, so that the camera can move in."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """A picture of ``width`` x ``height`` pixels; ``safe`` is what the centred crops share."""

    width: int
    height: int
    safe: Rect


def cover_frames(frames: Sequence[tuple[int, int]]) -> Coverage:
    """Return the smallest picture from which each frame can be cut without being enlarged.

    Args:
        frames: (width, height) in pixels, at least one.

    Returns:
        A size in even numbers, `OVERSCAN` times as wide as the widest frame and as high as the
        highest, and the middle of it that the largest crop of every frame's shape contains; all
        of it for a single frame.

    Raises:
        RenderError: there is no frame, or one of no size.
    """
    if not frames or min(min(frame) for frame in frames) < 1:
        raise RenderError(f"expected frames of at least 1 px, got {tuple(frames)}", where="frames")
    width = max(frame[0] for frame in frames)
    height = max(frame[1] for frame in frames)
    safe_width = safe_height = 1.0
    for frame_width, frame_height in frames:
        scale = min(width / frame_width, height / frame_height)
        safe_width = min(safe_width, scale * frame_width / width)
        safe_height = min(safe_height, scale * frame_height / height)
    safe = Rect((1 - safe_width) / 2, (1 - safe_height) / 2, safe_width, safe_height)
    whole = (safe_width, safe_height) == (1.0, 1.0)
    return Coverage(_even(width * OVERSCAN), _even(height * OVERSCAN), WHOLE if whole else safe)


def _even(length: float) -> int:
    return round(length / 2) * 2
