"""How light a picture is where: a coarse map, small enough to travel and to be kept beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raypipe.timeline.model import Rect

_CELLS = 32
"""Cells along the longer side: 60 pixels of 1920, about the size of a caption's letter."""
_SAMPLES = 4
"""Samples along a cell's side: finer detail than a quarter of a letter blurs into grey."""
_TAIL = 10
"""Per cent of a region's cells that may be darker, or lighter, than what is said of it."""


@dataclass(frozen=True, slots=True)
class LightMap:
    """The darkest and the lightest spot of each cell of a picture, row by row.

    ``darkest`` and ``lightest`` have ``columns * rows`` bytes each: 255 times the square root of
    the relative luminance (WCAG 2.2), which gives dark values the finer steps.
    """

    columns: int
    rows: int
    darkest: bytes
    lightest: bytes

    def __post_init__(self) -> None:
        expected = self.columns * self.rows
        if not len(self.darkest) == len(self.lightest) == expected > 0:
            raise ValueError(
                f"expected a light map of {self.columns} x {self.rows} cells, got "
                f"{len(self.darkest)} and {len(self.lightest)} bytes"
            )

    def within(self, region: Rect) -> tuple[float, float]:
        """Return the luminance, 0 to 1, of the dark and of the light parts of a region.

        A tenth of its cells may be darker than the one, and lighter than the other.

        Args:
            region: in fractions of the picture; what lies beyond its edges is left out.
        """
        x0, x1 = _span(region.x, region.width, self.columns)
        y0, y1 = _span(region.y, region.height, self.rows)
        dark = self._grid(self.darkest)[y0:y1, x0:x1]
        light = self._grid(self.lightest)[y0:y1, x0:x1]
        levels = np.percentile(dark, _TAIL), np.percentile(light, 100 - _TAIL)
        return float((levels[0] / 255) ** 2), float((levels[1] / 255) ** 2)

    def _grid(self, cells: bytes) -> NDArray[np.uint8]:
        return np.frombuffer(cells, np.uint8).reshape(self.rows, self.columns)


def map_light(picture: NDArray[np.uint8]) -> LightMap:
    """Return the light map of a picture uint8 (h, w, 3) sRGB of any size."""
    import cv2  # whoever only passes maps on needs neither

    from raypipe.text.contrast import luminance

    height, width = picture.shape[:2]
    cell = max(height, width) / _CELLS
    columns, rows = max(1, round(width / cell)), max(1, round(height / cell))
    size = (columns * _SAMPLES, rows * _SAMPLES)
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    levels = np.rint(255 * np.sqrt(luminance(small))).astype(np.uint8)
    cells = levels.reshape(rows, _SAMPLES, columns, _SAMPLES)
    # One axis after the other: both at once take NumPy three times as long.
    darkest, lightest = cells.min(axis=1).min(axis=2), cells.max(axis=1).max(axis=2)
    return LightMap(columns, rows, darkest.tobytes(), lightest.tobytes())


def _span(start: float, length: float, cells: int) -> tuple[int, int]:
    """Return [first, stop) of the cells that a span of fractions touches, at least one."""
    first = min(max(0, int(np.floor(start * cells))), cells - 1)
    stop = max(first + 1, min(cells, int(np.ceil((start + length) * cells))))
    return first, stop
