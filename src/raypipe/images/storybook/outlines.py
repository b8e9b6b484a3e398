"""Outlines of things that have no drawing of their own, from Noto Emoji (SIL OFL 1.1).

The font is a line drawing: outer contours are lines, inner contours are the areas between them,
which makes it easy to print in more than one ink.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from raypipe.images.storybook.shapes import Outline

_WEIGHT = 300
_CURVE_STEPS = 6
_TILE_SHARE = 0.93


@dataclass(frozen=True, slots=True)
class Contour:
    """One closed contour, float64 (n, 2), y down; ``solid`` for line, else an area within."""

    points: Outline
    solid: bool
    area: float


@dataclass(frozen=True, slots=True)
class Glyph:
    """Contours from large to small, in a box of height 1 whose foot is y = 0, centred on x = 0."""

    contours: tuple[Contour, ...]
    silhouette: tuple[Outline, ...]
    width: float

    @property
    def is_tile(self) -> bool:
        """Return whether it is a framed picture or a sign rather than a thing."""
        return sum(abs(_area(shape)) for shape in self.silhouette) > _TILE_SHARE * self.width


@lru_cache(maxsize=1)
def _font() -> tuple[Any, Any]:
    import manimgx_fonts
    from fontTools.ttLib import TTFont

    folder = Path(next(iter(manimgx_fonts.__path__)))
    font = TTFont(folder / "NotoEmoji[wght].ttf", lazy=True)
    return font.getGlyphSet(location={"wght": _WEIGHT}), font.getBestCmap()


@lru_cache(maxsize=256)
def find_glyph(character: str) -> Glyph | None:
    """Return the drawing of an emoji, or None if the font has none or it is empty."""
    from fontTools.pens.recordingPen import DecomposingRecordingPen

    glyphs, names = _font()
    name = names.get(ord(character[0])) if character else None
    if name is None:
        return None
    pen = DecomposingRecordingPen(glyphs)
    glyphs[name].draw(pen)
    paths = _flatten(pen.value)
    if not paths:
        return None
    every = np.vstack(paths)
    low, high = every.min(0), every.max(0)
    height = float(high[1] - low[1])
    if height <= 0:
        return None
    contours = []
    for path in paths:
        points = (path - [(low[0] + high[0]) / 2, low[1]]) / height
        points[:, 1] *= -1
        area = _area(points)
        contours.append(Contour(points, area > 0, abs(area)))
    contours.sort(key=lambda contour: -contour.area)
    outer = contours[0].solid
    turned = tuple(Contour(c.points, c.solid == outer, c.area) for c in contours)
    return Glyph(turned, _silhouette(turned), float(high[0] - low[0]) / height)


def _silhouette(contours: tuple[Contour, ...]) -> tuple[Outline, ...]:
    """Return what the drawing covers as a whole, small gaps in its lines closed."""
    import cv2

    size, pad = 220, 24
    mask = np.zeros((size + 2 * pad, size * 4 + 2 * pad), np.uint8)
    for contour in contours:
        points = np.round(contour.points * size + (mask.shape[1] / 2, size + pad)).astype(np.int32)
        cv2.fillPoly(mask, [points], 255)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (19, 19))
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel)
    found, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return tuple(
        (path.reshape(-1, 2).astype(float) - (mask.shape[1] / 2, size + pad)) / size
        for path in found
        if len(path) > 2
    )


def _area(points: Outline) -> float:
    x, y = points[:, 0], points[:, 1]
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def _flatten(commands: list[tuple[str, Any]]) -> list[Outline]:
    """Return the closed polygons of a pen recording of a TrueType glyph."""
    paths: list[Outline] = []
    points: list[Any] = []
    for command, arguments in commands:
        if command == "moveTo":
            points = [arguments[0]]
        elif command == "lineTo":
            points.append(arguments[0])
        elif command == "qCurveTo":
            points.extend(_quadratic(points[-1] if points else None, arguments))
        elif command == "curveTo":
            points.extend(_cubic(points[-1], arguments))
        elif command == "closePath" and len(points) > 2:
            paths.append(np.array(points, float))
    return paths


def _quadratic(start: Any, arguments: tuple[Any, ...]) -> list[Any]:
    controls = list(arguments)
    if controls[-1] is None:
        # A contour without on-curve points: TrueType implies one halfway between controls.
        controls = controls[:-1]
        start = tuple(np.add(controls[-1], controls[0]) / 2)
        controls.append(start)
    result: list[Any] = []
    current = np.array(start, float)
    for number, control in enumerate(controls[:-1]):
        c = np.array(control, float)
        last = number == len(controls) - 2
        end = np.array(controls[-1], float) if last else (c + np.array(controls[number + 1])) / 2
        result += [
            (1 - t) ** 2 * current + 2 * t * (1 - t) * c + t * t * end
            for t in np.linspace(0, 1, _CURVE_STEPS + 1)[1:]
        ]
        current = end
    return result


def _cubic(start: Any, arguments: tuple[Any, ...]) -> list[Any]:
    a, b, c, d = (np.array(point, float) for point in (start, *arguments))
    return [
        (1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t * t * (1 - t) * c + t**3 * d
        for t in np.linspace(0, 1, _CURVE_STEPS + 1)[1:]
    ]
