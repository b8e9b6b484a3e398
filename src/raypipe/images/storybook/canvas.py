"""The sheet: uint8 (height, width, 3) RGB, and the few ways of putting ink on it.

All shapes are anti-aliased. Shading is grain, as a lithographer's crayon or a risograph makes it:
a level (0 to 255) is compared with `grain`, so a gradient becomes denser or thinner dots of one
flat ink instead of a new colour.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from raypipe.images.storybook.palette import Ink
from raypipe.images.storybook.shapes import Outline, Points, outline

Plate = npt.NDArray[np.uint8]
Box = tuple[int, int, int, int]

_SHIFT = 4
_FARTHEST = 480_000.0
"""Coordinates beyond this, in sixteenths of a pixel, would overflow inside OpenCV."""
_TILE_PX = 768
_GRAIN_LOW, _GRAIN_HIGH = 30, 225
_GRAIN_GAIN, _GRAIN_OFFSET = 4.0, 110.0
_GRAIN_SHARE = 0.3


def fixed(points: Points) -> npt.NDArray[np.int32]:
    """Return points as OpenCV's fixed-point coordinates with four fractional bits."""
    scaled = np.rint(outline(points) * (1 << _SHIFT))
    return np.minimum(np.maximum(scaled, -_FARTHEST), _FARTHEST).astype(np.int32)


def fill(plate: Plate, points: Points, ink: Ink | int) -> None:
    """Fill one closed outline on a plate of one or three channels."""
    colour = (ink,) if isinstance(ink, int) else ink
    cv2.fillPoly(plate, [fixed(points)], colour, cv2.LINE_AA, _SHIFT)


def trace(
    plate: Plate, points: Points, width: float, ink: Ink | int, *, closed: bool = True
) -> None:
    """Draw along an outline, at least one pixel wide."""
    colour = (ink,) if isinstance(ink, int) else ink
    cv2.polylines(plate, [fixed(points)], closed, colour, max(1, round(width)), cv2.LINE_AA, _SHIFT)


@lru_cache(maxsize=4)
def _grain_tile(size_tenths: int) -> Plate:
    """Return band-passed noise with a flat histogram, dots of ``size_tenths`` / 10 pixels."""
    rng = np.random.Generator(np.random.PCG64(20260101))
    sigma = size_tenths / 10
    white = rng.standard_normal((_TILE_PX, _TILE_PX)).astype(np.float32)
    wrapped = cv2.copyMakeBorder(white, 32, 32, 32, 32, cv2.BORDER_WRAP)
    band = cv2.GaussianBlur(wrapped, (0, 0), sigma) - cv2.GaussianBlur(wrapped, (0, 0), sigma * 2.2)
    band = band[32:-32, 32:-32]
    low, high = float(band.min()), float(band.max())
    steps = ((band - low) * (4095 / (high - low))).astype(np.int32)
    rank = np.cumsum(np.bincount(steps.ravel(), minlength=4096)) / steps.size
    levels: npt.NDArray[np.float64] = _GRAIN_LOW + (_GRAIN_HIGH - _GRAIN_LOW) * rank[steps]
    return levels.astype(np.uint8)


class Canvas:
    """One picture in the making.

    ``unit`` is about a thousandth of the picture's mean side, the natural measure for line
    widths; ``grain`` is uint8 (height, width).
    """

    def __init__(self, width: int, height: int, *, seed: int = 0) -> None:
        self.width, self.height = width, height
        self.unit = (width * height) ** 0.5 / 1000
        self.pixels: Plate = np.zeros((height, width, 3), np.uint8)
        tile = _grain_tile(max(8, min(32, round(self.unit * 9.6))))
        rng = np.random.Generator(np.random.PCG64(seed))
        dx, dy = (int(value) for value in rng.integers(0, _TILE_PX, 2))
        rows = -(-(height + dy) // _TILE_PX)
        columns = -(-(width + dx) // _TILE_PX)
        tiled = np.tile(tile, (rows, columns))
        self.grain: Plate = np.ascontiguousarray(tiled[dy : dy + height, dx : dx + width])

    # -- flat ink --------------------------------------------------------------------------

    def fill(self, points: Points, ink: Ink) -> None:
        """Fill an outline with flat ink."""
        fill(self.pixels, points, ink)

    def trace(self, points: Points, width: float, ink: Ink, *, closed: bool = False) -> None:
        """Draw a line of even width."""
        trace(self.pixels, points, width, ink, closed=closed)

    def marks(self, shapes: Iterable[Outline], ink: Ink) -> None:
        """Fill many small convex outlines, such as the marks of a gouge."""
        for shape in shapes:
            cv2.fillConvexPoly(self.pixels, fixed(shape), ink, cv2.LINE_AA, _SHIFT)

    def disc(self, x: float, y: float, radius: float, ink: Ink) -> None:
        """Fill a circle."""
        scale = 1 << _SHIFT
        if radius > 0:
            cv2.circle(
                self.pixels,
                (round(x * scale), round(y * scale)),
                round(radius * scale),
                ink,
                -1,
                cv2.LINE_AA,
                _SHIFT,
            )

    # -- ink through a stencil -------------------------------------------------------------

    def box(self, points: Points, *, margin: float = 2) -> Box | None:
        """Return the part of the sheet that ``points`` touch: x0, y0, x1, y1, or None."""
        p = outline(points)
        x0, y0 = np.floor(p.min(0) - margin).astype(int)
        x1, y1 = np.ceil(p.max(0) + margin).astype(int)
        x0, y0 = max(0, int(x0)), max(0, int(y0))
        x1, y1 = min(self.width, int(x1)), min(self.height, int(y1))
        return (x0, y0, x1, y1) if x1 > x0 and y1 > y0 else None

    def stencil(self, points: Points, box: Box) -> Plate:
        """Return the mask uint8 of an outline within ``box``."""
        x0, y0, x1, y1 = box
        mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
        fill(mask, outline(points) - (x0, y0), 255)
        return mask

    def press(self, mask: Plate, box: Box, ink: Ink | Plate, *, strength: float = 1.0) -> None:
        """Blend one ink, or a picture uint8 (h, w, 3), through ``mask`` into ``box``."""
        x0, y0, x1, y1 = box
        region = self.pixels[y0:y1, x0:x1]
        blend(region, mask, ink, strength=strength)

    def grained(self, level: Plate, box: Box) -> Plate:
        """Return ``level`` (0 to 255) turned into grain: dots whose share follows the level.

        The dots lie over an even tone and are a few pixels wide: full, fine grain under a moving
        camera took an H.264 encoder at 8 Mbit/s down to an SSIM of 0.94, this to 0.98.
        """
        x0, y0, x1, y1 = box
        grain = self.grain[y0:y1, x0:x1]
        dots: Plate = cv2.addWeighted(level, _GRAIN_GAIN, grain, -_GRAIN_GAIN, _GRAIN_OFFSET)
        mixed: Plate = cv2.addWeighted(dots, _GRAIN_SHARE, level, 1 - _GRAIN_SHARE, 0)
        return mixed

    def shape(
        self,
        points: Points,
        ink: Ink,
        *,
        shade: Ink | None = None,
        amount: float = 0.8,
        toward: tuple[float, float] = (0.0, 1.0),
        start: float = 0.25,
    ) -> None:
        """Fill an outline, and shade it with grain that thickens ``toward`` a direction.

        ``start`` is where, along that direction, the first dots appear (0 to 1); ``amount`` the
        density (0 to 1) at the far end.
        """
        self.fill(points, ink)
        box = self.box(points) if shade is not None else None
        if box is None or shade is None:
            return
        level = ramp_level(box, outline(points), toward, start=start, amount=amount)
        mask = cv2.bitwise_and(self.grained(level, box), self.stencil(points, box))
        self.press(mask, box, shade)

    def veil(
        self,
        points: Points,
        ink: Ink,
        *,
        toward: tuple[float, float] = (0.0, -1.0),
        start: float = 0.0,
        amount: float = 1.0,
        strength: float = 0.3,
    ) -> None:
        """Lay a veil of grain over an outline, denser ``toward`` a direction: a beam, a shadow."""
        box = self.box(points)
        if box is None:
            return
        level = ramp_level(box, outline(points), toward, start=start, amount=amount)
        mask = cv2.bitwise_and(self.grained(level, box), self.stencil(points, box))
        self.press(mask, box, ink, strength=strength)

    def glow(
        self,
        x: float,
        y: float,
        radius: float,
        ink: Ink,
        *,
        strength: float = 0.8,
        power: float = 2,
        flat: float = 1,
    ) -> None:
        """Lighten around a point, as light in air does; falls to nothing at ``radius``.

        ``flat`` below 1 makes an ellipse of it, as light on a floor or a bank of mist.
        """
        rise = radius * flat
        box = self.box([(x - radius, y - rise), (x + radius, y + rise)], margin=0)
        if box is None or rise < 1:
            return
        x0, y0, x1, y1 = box
        step = max(1, int(rise // 48))
        gx = (np.arange(x0, x1 + step, step, dtype=np.float32) - x) / radius
        gy = (np.arange(y0, y1 + step, step, dtype=np.float32) - y) / rise
        fall = np.clip(1 - np.sqrt(gx[None, :] ** 2 + gy[:, None] ** 2), 0, 1) ** power
        small = (fall * 255 * strength).astype(np.float32)
        full = cv2.resize(small, (small.shape[1] * step, small.shape[0] * step))
        level = full[: y1 - y0, : x1 - x0].astype(np.uint8)
        half = cv2.addWeighted(self.grained(level, box), 0.35, level, 0.65, 0)
        self.press(cv2.min(half, cv2.multiply(level, np.full_like(level, 4))), box, ink)


def blend(region: Plate, mask: Plate, ink: Ink | Plate, *, strength: float = 1.0) -> None:
    """Blend one ink or a picture through ``mask`` into ``region``, in place."""
    if strength < 1:
        mask = cv2.convertScaleAbs(mask, alpha=strength)
    alpha = cv2.merge([mask, mask, mask])
    if isinstance(ink, np.ndarray):
        top = cv2.multiply(ink, alpha, scale=1 / 255)
    else:
        top = cv2.merge([cv2.convertScaleAbs(mask, alpha=value / 255) for value in ink])
    base = cv2.multiply(region, cv2.bitwise_not(alpha), scale=1 / 255)
    cv2.add(base, top, dst=region)


def ramp_level(
    box: Box, points: Outline, toward: tuple[float, float], *, start: float, amount: float
) -> Plate:
    """Return levels uint8 over ``box`` that rise along ``toward``, measured on ``points``."""
    x0, y0, x1, y1 = box
    dx, dy = toward
    along = points[:, 0] * dx + points[:, 1] * dy
    low, high = float(along.min()), float(along.max())
    span = max(high - low, 1e-6)
    row = (np.arange(x0, x1, dtype=np.float32) * dx - low) / span
    column = np.arange(y0, y1, dtype=np.float32) * dy / span
    t = (row[None, :] + column[:, None] - start) / max(1 - start, 1e-6)
    return (np.clip(t, 0, 1) * (255 * amount)).astype(np.uint8)


def stepped_ramp(stops: Iterable[tuple[float, Ink]], steps: int) -> npt.NDArray[np.uint8]:
    """Return a table uint8 (256, 3) that runs through ``stops`` (position, ink) in flat steps."""
    places, inks = zip(*stops, strict=True)
    index = np.floor(np.arange(256) / 256 * steps) / max(steps - 1, 1)
    table = np.empty((256, 3))
    for channel in range(3):
        squares = [float(ink[channel]) ** 2 for ink in inks]
        table[:, channel] = np.sqrt(np.interp(index, places, squares))
    return np.round(table).astype(np.uint8)
