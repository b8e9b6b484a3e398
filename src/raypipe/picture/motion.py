"""The camera's move over a still picture: chosen from its subject, another for each scene."""

from __future__ import annotations

import random
from typing import Literal

from raypipe.errors import RenderError
from raypipe.timeline.model import KenBurns, Rect

Move = Literal["in", "out", "left", "right", "up", "down"]

_ORDER: tuple[Move, ...] = ("in", "right", "out", "up", "in", "left", "out", "down")
"""One scene's move after the other's: a zoom never follows a zoom, nor a pan a pan."""

_ZOOM_PER_S, _PAN_PER_S = 0.018, 0.022
"""Share of the frame by which the camera comes closer, or moves, in a second: seen, not noticed."""
_LEAST_ZOOM, _MOST_ZOOM = 0.05, 0.18
_LEAST_PAN, _MOST_PAN = 0.05, 0.16
_PAN_ZOOM = 1.1
"""A pan over a picture of the frame's own shape needs room: it is filmed this much closer."""
_UPSAMPLING = 1.25
_EYE_LINE = 0.42
"""The subject's middle stands this far down the frame: a little high, over the captions."""


def choose_motion(
    *,
    focus: Rect,
    picture_width: int,
    picture_height: int,
    frame_width: int,
    frame_height: int,
    seed: int,
    scene_index: int,
    duration_s: float = 6.0,
    move: Move | None = None,
) -> KenBurns:
    """Chooses a slow camera move that covers the frame and keeps the subject in view.

    Args:
        focus: the subject, fractions of the picture (see ``find_focus``).
        picture_width: pixels.
        picture_height: pixels.
        frame_width: pixels.
        frame_height: pixels.
        seed: varies the length and start of the move.
        scene_index: place in the story; neighbours move differently.
        duration_s: how long the scene is seen, for a pleasant speed.
        move: towards where; None chooses by ``scene_index``.

    Returns:
        Crops inside the picture, both of the frame's aspect, 1.0 to 1.18 times closer than the
        largest. A picture with fewer pixels than the frame is filmed as wide as it allows.

    Raises:
        RenderError: a size below one pixel, or a focus outside the picture.
    """
    sizes = (picture_width, picture_height, frame_width, frame_height)
    if min(sizes) < 1 or duration_s <= 0:
        raise RenderError(
            f"expected sizes of at least 1 px and a duration, got {sizes} and {duration_s} s"
        )
    if not (0 <= focus.x <= 1 and 0 <= focus.y <= 1 and focus.width >= 0 and focus.height >= 0):
        raise RenderError(f"expected a focus inside the picture, got {focus}", where="focus")
    rng = random.Random(f"{seed}:{scene_index}")  # noqa: S311 - variety, not secrecy
    wide = min(picture_width / frame_width, picture_height / frame_height)
    full = (wide * frame_width / picture_width, wide * frame_height / picture_height)
    closest = 1 + max(0.0, min(_MOST_ZOOM, _UPSAMPLING * max(wide, 1 / _UPSAMPLING) - 1))
    closest = max(closest, _PAN_ZOOM)  # a picture that is soft anyway may still be moved over
    move = move or _ORDER[scene_index % len(_ORDER)]
    pace = rng.uniform(0.85, 1.15)
    if move in ("in", "out"):
        amount = min(max(_LEAST_ZOOM, _ZOOM_PER_S * duration_s * pace), closest - 1)
        far, near = _frame(full, 1.0, focus), _frame(full, 1 + amount, focus)
        return KenBurns(far, near) if move == "in" else KenBurns(near, far)
    distance = min(max(_LEAST_PAN, _PAN_PER_S * duration_s * pace), _MOST_PAN)
    return _pan(move, full, focus, distance, min(_PAN_ZOOM, closest))


def stand_still(
    *, focus: Rect, picture_size: tuple[int, int], frame_size: tuple[int, int]
) -> KenBurns:
    """The widest crop of a picture (width, height) that fills the frame, for a still camera."""
    wide = min(picture_size[0] / frame_size[0], picture_size[1] / frame_size[1])
    full = (wide * frame_size[0] / picture_size[0], wide * frame_size[1] / picture_size[1])
    crop = _frame(full, 1.0, focus)
    return KenBurns(crop, crop)


def _frame(full: tuple[float, float], zoom: float, focus: Rect) -> Rect:
    """The crop at a zoom that has the subject in the middle, on the eye line."""
    width, height = full[0] / zoom, full[1] / zoom
    centre_x, centre_y = focus.x + focus.width / 2, focus.y + focus.height / 2
    # Neither the top nor a side of the subject is cut off for the sake of the eye line.
    top = min(centre_y - _EYE_LINE * height, focus.y)
    return _inside(Rect(centre_x - width / 2, top, width, height))


def _inside(crop: Rect) -> Rect:
    x = min(max(crop.x, 0.0), 1 - crop.width)
    y = min(max(crop.y, 0.0), 1 - crop.height)
    return Rect(x, y, crop.width, crop.height)


def _pan(
    move: Move, full: tuple[float, float], focus: Rect, distance: float, zoom: float
) -> KenBurns:
    across = move in ("left", "right")
    room = 1 - (full[0] if across else full[1])
    if room >= distance * (full[0] if across else full[1]):  # the picture is longer than the frame
        zoom = 1 + (zoom - 1) / 2
    middle = _frame(full, zoom, focus)
    extent, start = (middle.width, middle.x) if across else (middle.height, middle.y)
    travel = min(distance * extent, 1 - extent)
    first = min(max(start - travel / 2, 0.0), 1 - extent - travel)
    first, last = _keep(first, first + travel, extent, focus, across=across)
    ends = [
        Rect(place, middle.y, middle.width, middle.height)
        if across
        else Rect(middle.x, place, middle.width, middle.height)
        for place in (first, last)
    ]
    # The camera goes where its name says: to the right is towards larger x, down towards larger y.
    return KenBurns(*ends) if move in ("right", "down") else KenBurns(ends[1], ends[0])


def _keep(
    first: float, last: float, extent: float, focus: Rect, *, across: bool
) -> tuple[float, float]:
    """Shortens a pan so that the subject is whole at both ends, if it fits the frame at all."""
    low, length = (focus.x, focus.width) if across else (focus.y, focus.height)
    if length >= extent:
        return first, last
    earliest, latest = low + length - extent, low
    return min(max(first, earliest), 1 - extent), max(min(last, latest), 0.0)
