"""The moving camera: sub-pixel crops of a still picture, drawn straight into I420 planes.

A crop that may start between two pixels is what ``cv2.resize`` doesn't offer, and
``cv2.warpAffine`` takes five times as long. But a resize of ``length`` pixels to ``count + spare``
pixels, of which ``count`` are kept from the ``skip``-th on, has thousands of (start, length, spare,
skip) to choose from, and the best of them meets a crop to about a fiftieth of a pixel (warpAffine's
own grid is a thirty-second). So: the crop of each frame is planned, then resized.

The picture is converted and resized once to about 1.4 times the pixels that the frame shows, and
slightly softened: bilinear interpolation of it is then equally sharp wherever the crop
falls between pixels, so fine patterns neither shimmer nor pulse while the camera moves.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from raypipe.errors import RenderError
from raypipe.picture.colour import Plane, Planes, rgb_to_yuv
from raypipe.picture.easing import drift
from raypipe.timeline.model import KenBurns, Rect

_OVERSAMPLINGS = (1.382, 1.345, 1.43, 1.515)
"""Prepared pixels per frame pixel at the closest crop; ``_best_oversampling`` chooses."""
_MAX_PIXELS = 24_000_000
_SPARE = 40
_NO_ZOOM = 1e-9
_SAMPLES = 24
_GOLDEN = 0.6180339887498949
_SOFTENING_PX = 0.45
_BORDER = 0.06
"""The picture is mirrored this far (of its size) past its edges: room for spare pixels and for a
camera that backs off during a transition."""


@dataclass(frozen=True, slots=True)
class Crop:
    """One axis of a crop: pixels ``[start, start + length)``, resized to ``count`` pixels.

    The first ``skip`` of them, and what lies past the frame, are not shown.
    """

    start: int
    length: int
    count: int
    skip: int


@cache
def _candidates(count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    pairs = [(count + spare, skip) for spare in range(2, _SPARE + 1) for skip in range(1, spare)]
    totals, skips = np.array(pairs, np.float64).T
    return totals, skips


def plan_crop(offset: float, step: float, count: int) -> Crop:
    """The resize that best samples ``count`` pixels at ``offset + (i + 0.5) * step``.

    Args:
        offset: left (upper) edge of the crop in source pixels, edges at whole numbers.
        step: source pixels per output pixel.
        count: output pixels.
    """
    totals, skips = _candidates(count)
    lengths = np.rint(step * totals)
    ratios = lengths / totals
    shifts = skips * ratios - offset
    first = shifts - np.rint(shifts)
    last = first + count * (ratios - step)
    best = int(np.argmin(np.maximum(np.abs(first), np.abs(last))))
    start = -int(np.rint(shifts[best]))
    return Crop(start, int(lengths[best]), int(totals[best]), int(skips[best]))


def crop_at(motion: KenBurns, progress: float) -> Rect:
    """The crop of an eased move: even in zoom *ratio*, and straight to the same point."""
    start, end = motion.start, motion.end
    eased = drift(progress)
    width = start.width * (end.width / start.width) ** eased
    height = start.height * (end.height / start.height) ** eased
    # The share of the way follows the zoom, so that the point the camera goes for stands still.
    zoom = end.width - start.width
    moved = (width - start.width) / zoom if abs(zoom) > _NO_ZOOM else eased
    return Rect(
        start.x + (end.x - start.x) * moved, start.y + (end.y - start.y) * moved, width, height
    )


def zoomed(crop: Rect, zoom: float) -> Rect:
    """The crop made ``zoom`` times closer about its centre."""
    width, height = crop.width / zoom, crop.height / zoom
    return Rect(
        crop.x + (crop.width - width) / 2, crop.y + (crop.height - height) / 2, width, height
    )


def plan_error(crop: Crop, offset: float, step: float, count: int) -> float:
    """How far in source pixels a planned crop is off, at the worse of its two edges."""
    ratio = crop.length / crop.count
    first = crop.start + crop.skip * ratio - offset
    return max(abs(first), abs(first + count * (ratio - step)))


def _best_oversampling(motion: KenBurns, width: int) -> float:
    """The oversampling whose crops can be planned most closely over the whole move.

    Close to a step of three half or four third pixels, whatever is skipped falls on the same
    two or three places between pixels; a move should pass such steps quickly or not at all.
    """
    closest = min(motion.start.width, motion.end.width)
    errors = {}
    for oversampling in _OVERSAMPLINGS:
        total = 0.0
        for index in range(_SAMPLES):
            step = oversampling * crop_at(motion, index / (_SAMPLES - 1)).width / closest
            offset = 100 + _GOLDEN * index  # offsets spread evenly between pixels
            total += plan_error(plan_crop(offset, step, width), offset, step, width) ** 2
        errors[oversampling] = total
    return min(errors, key=errors.__getitem__)


class Camera:
    """Films one picture for frames of one size.

    Args:
        picture: uint8 (h, w, 3) sRGB; may be read-only; any size and aspect.
        motion: first and last crop, as fractions of the picture.
        width: frame width in pixels, even.
        height: frame height in pixels, even.

    Raises:
        RenderError: the picture isn't uint8 (h, w, 3), or the motion leaves the picture.
    """

    def __init__(self, picture: Plane, motion: KenBurns, *, width: int, height: int) -> None:
        _check(picture, motion)
        self.motion = motion
        self.width, self.height = width, height
        tightest = (
            min(motion.start.width, motion.end.width),
            min(motion.start.height, motion.end.height),
        )
        oversampling = _best_oversampling(motion, width)
        across, down = oversampling * width / tightest[0], oversampling * height / tightest[1]
        shrink = min(1.0, (_MAX_PIXELS / (across * down)) ** 0.5)
        size = (2 * round(across * shrink / 2), 2 * round(down * shrink / 2))
        self._border = (2 * _border(size[0]), 2 * _border(size[1]))
        yuv = rgb_to_yuv(picture)
        self._size = size
        self._planes = tuple(
            _prepare(yuv[..., channel], (size[0] // part, size[1] // part), part, self._border)
            for channel, part in ((0, 1), (1, 2), (2, 2))
        )
        spare = _SPARE + 1
        self._scratch = [
            np.empty((height // part + spare, width // part + spare), np.uint8) for part in (1, 2)
        ]

    def draw(self, progress: float, out: Planes, *, zoom: float = 1.0) -> None:
        """Draws the frame at ``progress`` (0 to 1) of the move, ``zoom`` times closer."""
        crop = zoomed(crop_at(self.motion, progress), zoom)
        height, width = out.y.shape
        across, down = (
            self._axis(crop, axis, count, 1) for axis, count in enumerate((width, height))
        )
        _resample(self._planes[0], across, down, self._scratch[0], out.y)
        across, down = (
            self._axis(crop, axis, count, 2) for axis, count in enumerate((width // 2, height // 2))
        )
        for plane, target in zip(self._planes[1:], out[1:], strict=True):
            _resample(plane, across, down, self._scratch[1], target)

    def _axis(self, view: Rect, axis: int, count: int, part: int) -> Crop:
        origin, extent = ((view.x, view.width), (view.y, view.height))[axis]
        size = self._size[axis] / part
        step = extent * size / count
        offset = origin * size + self._border[axis] // part
        if part > 1 and axis == 0:  # chroma sits a quarter of its pixel to the left
            offset -= step / 4
        crop = plan_crop(offset, step, count)
        limit = self._planes[part - 1].shape[1 - axis]
        if crop.start < 0 or crop.start + crop.length > limit:
            raise RenderError(
                f"expected a crop within {limit} pixels, got {crop.start} to "
                f"{crop.start + crop.length}",
                remedy="keep both crops of the motion inside the picture",
                where="motion",
            )
        return crop


def _resample(source: Plane, across: Crop, down: Crop, scratch: Plane, out: Plane) -> None:
    resized = scratch.reshape(-1)[: down.count * across.count].reshape(down.count, across.count)
    cv2.resize(
        source[down.start : down.start + down.length, across.start : across.start + across.length],
        (across.count, down.count),
        dst=resized,
        interpolation=cv2.INTER_LINEAR,
    )
    rows, columns = out.shape
    out[:] = resized[down.skip : down.skip + rows, across.skip : across.skip + columns]


def _border(size: int) -> int:
    """Half the mirrored border, so that it is even and the chroma's is its half."""
    return max(int(size * _BORDER / 2), 2 * _SPARE)


def _prepare(plane: Plane, size: tuple[int, int], part: int, border: tuple[int, int]) -> Plane:
    rows, columns = plane.shape
    shrinks = size[0] < columns or size[1] < rows
    method = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    resized = cv2.resize(np.ascontiguousarray(plane), size, interpolation=method)
    if part == 1 and size[0] < columns * _OVERSAMPLINGS[0]:  # an enlarged picture is soft already
        resized = cv2.GaussianBlur(resized, (0, 0), _SOFTENING_PX)
    across, down = border[0] // part, border[1] // part
    padded = cv2.copyMakeBorder(resized, down, down, across, across, cv2.BORDER_REFLECT_101)
    return np.asarray(padded, np.uint8)


def _check(picture: Plane, motion: KenBurns) -> None:
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or not picture.size:  # noqa: PLR2004
        raise RenderError(
            f"expected a picture of uint8 (height, width, 3), got {picture.dtype} {picture.shape}",
            where="picture",
        )
    slack = 1e-6
    for crop in (motion.start, motion.end):
        inside = crop.x >= -slack and crop.y >= -slack
        inside &= crop.x + crop.width <= 1 + slack and crop.y + crop.height <= 1 + slack
        if not inside or crop.width <= 0 or crop.height <= 0:
            raise RenderError(f"expected a crop inside the picture, got {crop}", where="motion")
