"""The moving camera: sub-pixel crops of a still picture, drawn straight into I420 planes.

A crop is sampled in two passes of `blend_rows`, to 1/256 pixel: across on the picture stored
transposed, where columns are rows, then, turned upright, down. Along a row neither index nor
weight changes, which vector instructions like: a frame takes a fifth of the time of ``cv2.resize``
(whose crops start at whole pixels), a tenth of that of ``cv2.warpAffine``.

The picture is converted and resized once to about 1.4 times the pixels that the frame shows, and
slightly softened: bilinear interpolation of it is then equally sharp wherever the crop
falls between pixels, so fine patterns neither shimmer nor pulse while the camera moves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from raypipe.errors import RenderError
from raypipe.picture.colour import Plane, Planes, rgb_to_yuv
from raypipe.picture.crops import crop_at, zoomed
from raypipe.picture.kernels import Rows, Weights, blend_rows, find_rows
from raypipe.timeline.model import KenBurns, Rect

Indices = npt.NDArray[np.intp]

_OVERSAMPLING = 1.382
"""Prepared pixels per frame pixel at the closest crop. No simple fraction: near 4/3 or 3/2 all of
a frame's pixels would fall on the same few places between prepared pixels."""
_MAX_PIXELS = 24_000_000
_SOFTENING_PX = 0.45
_BORDER = 0.06
"""The picture is mirrored this far (of its size, both edges together) past its edges: room for a
camera that backs off during a transition."""
_LEAST_BORDER_PX = 16
_BLOCK = 216
"""Columns of the frame that are sampled at a time: what lies between the two passes then stays in
a core's own cache, which matters where all cores encode."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a crop: output pixel ``i`` samples place ``offset + i * step``.

    Whole numbers are the middles of prepared pixels.
    """

    offset: float
    step: float
    count: int

    @property
    def first(self) -> int:
        """The first prepared pixel that is needed."""
        return int(np.floor(self.offset))

    @property
    def stop(self) -> int:
        """One past the last prepared pixel that is needed; a pixel's successor always is."""
        return int(np.floor(self.offset + (self.count - 1) * self.step)) + 3


@dataclass(frozen=True, slots=True)
class _Sampling:
    """Which prepared pixels a crop takes: those of ``columns``, from ``first`` on ``length`` rows.

    ``rows`` counts from ``first``; shares are 256ths of the next column or row.
    """

    first: int
    length: int
    columns: Rows
    column_shares: Weights
    rows: Rows
    row_shares: Weights


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
        across, down = _OVERSAMPLING * width / tightest[0], _OVERSAMPLING * height / tightest[1]
        shrink = min(1.0, (_MAX_PIXELS / (across * down)) ** 0.5)
        self._size = (2 * round(across * shrink / 2), 2 * round(down * shrink / 2))
        self._border = (2 * _border(self._size[0]), 2 * _border(self._size[1]))
        yuv = rgb_to_yuv(_shrunk(picture, self._size))
        self._planes = tuple(
            _prepare(yuv[..., channel], self._size, part, self._border)
            for channel, part in ((0, 1), (1, 2), (2, 2))
        )
        longest = min(width, _BLOCK) * self._planes[0].shape[1]
        self._lying, self._upright = np.empty(longest, np.uint8), np.empty(longest, np.uint8)

    def draw(self, progress: Sequence[float], outs: Sequence[Planes], *, zoom: float = 1.0) -> None:
        """Draws the frames at each ``progress`` (0 to 1) of the move, ``zoom`` times closer.

        Frames drawn together are the same as alone, and take a fifth less time: what they show of
        a strip of the picture is read once, into the core's own cache.
        """
        crops = [zoomed(crop_at(self.motion, place), zoom) for place in progress]
        for part, planes in ((1, (0,)), (2, (1, 2))):
            samplings = [self._sampling(crop, part) for crop in crops]
            for plane in planes:
                for start in range(0, self.width // part, _BLOCK):
                    for sampling, out in zip(samplings, outs, strict=True):
                        self._sample(self._planes[plane], sampling, start, out[plane])

    def _sample(self, prepared: Plane, sampling: _Sampling, start: int, out: Plane) -> None:
        """Samples a block of ``prepared``, whose rows are the picture's columns."""
        block = slice(start, start + _BLOCK)
        columns, shares = sampling.columns[block], sampling.column_shares[block]
        count, length = len(columns), sampling.length
        lying = self._lying[: count * length].reshape(count, length)
        upright = self._upright[: lying.size].reshape(length, count)
        blend_rows(prepared, sampling.first, columns, shares, lying, 0, length)
        cv2.transpose(lying, dst=upright)
        blend_rows(upright, 0, sampling.rows, sampling.row_shares, out, start, count)

    def _sampling(self, crop: Rect, part: int) -> _Sampling:
        across = self._axis(crop, 0, self.width // part, part)
        down = self._axis(crop, 1, self.height // part, part)
        columns, shares = np.empty(across.count, np.int32), np.empty(across.count, np.uint16)
        rows, row_shares = np.empty(down.count, np.int32), np.empty(down.count, np.uint16)
        find_rows(across.offset, across.step, columns, shares)
        find_rows(down.offset - down.first, down.step, rows, row_shares)
        return _Sampling(down.first, down.stop - down.first, columns, shares, rows, row_shares)

    def _axis(self, view: Rect, axis: int, count: int, part: int) -> Axis:
        origin, extent = ((view.x, view.width), (view.y, view.height))[axis]
        size = self._size[axis] / part
        step = extent * size / count
        edge = origin * size + self._border[axis] // part
        if part > 1 and axis == 0:  # chroma sits a quarter of its pixel to the left
            edge -= step / 4
        found = Axis(edge + step / 2 - 0.5, step, count)
        limit = self._planes[part - 1].shape[axis]
        if found.first < 0 or found.stop > limit:
            raise RenderError(
                f"expected a crop within {limit} pixels, got {found.first} to {found.stop}",
                remedy="keep both crops of the motion inside the picture",
                where="motion",
            )
        return found


def _border(size: int) -> int:
    """Half the mirrored border, so that it is even and the chroma's is its half."""
    return max(int(size * _BORDER / 2), _LEAST_BORDER_PX)


def _shrunk(picture: Plane, size: tuple[int, int]) -> Plane:
    """Return a picture of at least twice ``size`` shrunk by a whole number: means, made quickly."""
    height, width = picture.shape[:2]
    by = min(width // size[0], height // size[1])
    if by <= 1:
        return picture
    small = cv2.resize(picture, (width // by, height // by), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def _prepare(plane: Plane, size: tuple[int, int], part: int, border: tuple[int, int]) -> Plane:
    """One plane as the camera samples it: transposed, resized, softened, with its border."""
    lying = cv2.transpose(plane)
    size = size[0] // part, size[1] // part
    if part > 1 and _enlarges(size, lying.shape, part):
        rows, columns = lying.shape  # halved exactly, which is quick, then enlarged a little
        lying = cv2.resize(
            lying, (max(1, columns // 2), max(1, rows // 2)), interpolation=cv2.INTER_AREA
        )
    method = cv2.INTER_CUBIC if _enlarges(size, lying.shape, 1) else cv2.INTER_AREA
    across, down = border[0] // part, border[1] // part
    padded = np.empty((size[0] + 2 * across, size[1] + 2 * down), np.uint8)
    inside = padded[across:-across, down:-down]
    cv2.resize(lying, (size[1], size[0]), dst=inside, interpolation=method)
    if (
        part == 1 and size[0] < plane.shape[1] * _OVERSAMPLING
    ):  # an enlarged picture is soft already
        cv2.GaussianBlur(inside, (0, 0), _SOFTENING_PX, dst=inside)
    for place, source in _mirrored(size[1], down):
        padded[across:-across, place] = inside[:, source]
    for place, source in _mirrored(size[0], across):
        padded[place] = padded[across + source]
    return padded


def _enlarges(size: tuple[int, int], lying: tuple[int, ...], part: int) -> bool:
    """Whether ``size`` (width, height) is no smaller than a ``part`` of the lying plane."""
    return size[0] * part >= lying[0] and size[1] * part >= lying[1]


def _mirrored(length: int, border: int) -> Iterator[tuple[slice, Indices]]:
    """Where the two borders of an axis lie, and which of its ``length`` pixels they repeat.

    The outermost pixel is the mirror and not repeated; short axes are mirrored to and fro.
    """
    turn = max(length - 1, 1)
    reach = np.arange(-border, length + border)
    folded = np.minimum(np.abs((reach + turn) % (2 * turn) - turn), length - 1)
    for place in (slice(0, border), slice(length + border, length + 2 * border)):
        yield place, folded[place]


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
