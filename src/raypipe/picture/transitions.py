"""From one scene to the next: fade, dissolve, slide, wipe and zoom, drawn in I420.

Each takes the two scenes' frames and a progress in (0, 1), and writes the frame between them.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from raypipe.picture.colour import BLACK, WHITE, Plane, planes_of
from raypipe.picture.easing import lighten, settle, smooth
from raypipe.timeline.model import Direction, Transition

_FEATHER = 0.12
"""Width of a wipe's soft edge, as a share of the frame."""
_ZOOM_IN, _ZOOM_FROM = 0.9, 0.07
"""A zoom ends 90 % closer to the old scene while the new one comes up from 7 % away."""
_ZOOM_DISSOLVE = (0.3, 0.75)
"""The part of a zoom in which the old scene dissolves into the new one."""


def transition_progress(frame: int, frames: int) -> float:
    """Progress at frame ``frame`` of ``frames``: never quite 0 or 1, which are the scenes' own."""
    return (frame + 1) / (frames + 1)


def camera_zooms(transition: Transition, progress: float) -> tuple[float, float]:
    """How much closer the old and the new scene's cameras are at this moment."""
    if transition.kind != "zoom":
        return 1.0, 1.0
    return 1 + _ZOOM_IN * progress**2, 1 - _ZOOM_FROM * (1 - settle(progress))


def text_weights(progress: float) -> tuple[float, float]:
    """Opacity of the old and the new scene's text, which stands still above the pictures.

    One is gone before the other comes, for two texts at one place cannot be read.
    """
    return _fade_weights(progress)


def blend_transition(
    transition: Transition, progress: float, old: Plane, new: Plane, out: Plane
) -> None:
    """Writes the I420 frame at ``progress`` between ``old`` and ``new`` to ``out``.

    ``out`` may be ``old`` itself for every kind but the slide.
    """
    _BLENDS[transition.kind](transition, progress, old, new, out)


def darken(frame: Plane, share: float, colour: tuple[int, int, int], out: Plane) -> None:
    """Mixes a frame with a plain colour: ``share`` of the frame is left."""
    source, target = planes_of(frame), planes_of(out)
    for plane, result, value in zip(source, target, colour, strict=True):
        cv2.convertScaleAbs(plane, dst=result, alpha=share, beta=value * (1 - share))


def _fade_weights(progress: float) -> tuple[float, float]:
    return lighten(max(0.0, 1 - 2 * progress)), lighten(max(0.0, 2 * progress - 1))


def _fade(transition: Transition, progress: float, old: Plane, new: Plane, out: Plane) -> None:
    colour = BLACK if transition.through == "black" else WHITE
    leaving, coming = _fade_weights(progress)
    if progress < 0.5:  # noqa: PLR2004 - half way
        darken(old, leaving, colour, out)
    else:
        darken(new, coming, colour, out)


def _dissolve(transition: Transition, progress: float, old: Plane, new: Plane, out: Plane) -> None:  # noqa: ARG001 - one shape for all
    share = smooth(progress)
    cv2.addWeighted(old, 1 - share, new, share, 0, dst=out)


def _zoom(transition: Transition, progress: float, old: Plane, new: Plane, out: Plane) -> None:
    first, last = _ZOOM_DISSOLVE
    _dissolve(transition, (progress - first) / (last - first), old, new, out)


def _slide(transition: Transition, progress: float, old: Plane, new: Plane, out: Plane) -> None:
    height, width = out.shape[0] * 2 // 3, out.shape[1]
    across = transition.direction in ("left", "right")
    length = width if across else height
    moved = 2 * round(length * smooth(progress) / 2)
    for before, after, result, part in zip(
        planes_of(old), planes_of(new), planes_of(out), (1, 2, 2), strict=True
    ):
        _push(before, after, result, moved // part, transition.direction)


def _push(old: Plane, new: Plane, out: Plane, moved: int, direction: Direction) -> None:
    if direction in ("up", "down"):
        old, new, out = old.T, new.T, out.T
    size = out.shape[1]
    if direction in ("left", "up"):
        out[:, : size - moved] = old[:, moved:]
        out[:, size - moved :] = new[:, :moved]
    else:
        out[:, moved:] = old[:, : size - moved]
        out[:, :moved] = new[:, size - moved :]


def _wipe(transition: Transition, progress: float, old: Plane, new: Plane, out: Plane) -> None:
    edge = smooth(progress) * (1 + _FEATHER)
    for before, after, result in zip(planes_of(old), planes_of(new), planes_of(out), strict=True):
        _wipe_plane(transition.direction, edge, before, after, result)


def _wipe_plane(direction: Direction, edge: float, old: Plane, new: Plane, out: Plane) -> None:
    along = direction in ("left", "right")
    length = old.shape[1] if along else old.shape[0]
    place = (np.arange(length, dtype=np.float32) + 0.5) / length
    if direction in ("left", "up"):  # the edge moves towards that side, so it starts at the other
        place = place[::-1]
    share = np.clip((edge - place) / _FEATHER, 0, 1)
    share = share * share * (3 - 2 * share)
    weights = np.ascontiguousarray(
        np.broadcast_to(share if along else share[:, None], old.shape), np.float32
    )
    out[:] = cv2.blendLinear(new, old, weights, 1 - weights)


_BLENDS: dict[str, Callable[[Transition, float, Plane, Plane, Plane], None]] = {
    "fade": _fade,
    "dissolve": _dissolve,
    "zoom": _zoom,
    "slide": _slide,
    "wipe": _wipe,
}
