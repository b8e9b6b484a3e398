"""Per-frame statistics, cheap enough to be taken of every frame of a video."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from raypipe.post.facts import Curve, FrameCurves, FrameRun, Luma

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

BLACK_LUMA = 38
"""A pixel under it is black: 16 + 0.10 * 219, the ``pix_th`` of libav's ``blackdetect``."""
_STRIDE = 8
"""Every eighth pixel of every eighth row: 1/64 of a frame, 32,400 pixels of 1080x1920."""
_SHARPNESS_WIDTH = 270
_WINDOW_PX = 11
_BAND_ROWS = 128
"""Rows compared at once: what is made of them on the way stays in a core's cache, which halves
the time."""


class FrameStatistics:
    """Collects the curves of a run of frames, frame by frame in order of presentation.

    Args:
        fps: frames a second, for the pace of the sharpness samples.
        keep: indices of frames whose full luma is wanted.
    """

    def __init__(self, *, fps: float, keep: Collection[int] = ()) -> None:
        self._every = max(1, round(fps))
        self._keep = frozenset(keep)
        self._first: Luma | None = None
        self._previous: Luma | None = None
        self._rows: list[tuple[float, float, float]] = []
        self._sharpness: list[tuple[float, float]] = []
        self.kept: dict[int, Luma] = {}

    def add(self, luma: Luma) -> None:
        """Take the next frame's luma plane, uint8 (height, width); it is not kept or changed."""
        index = len(self._rows)
        small = np.ascontiguousarray(luma[::_STRIDE, ::_STRIDE])
        change = _change(self._previous, small)
        if self._first is None:
            self._first = small
        dark = float(np.count_nonzero(small < BLACK_LUMA)) / small.size
        self._rows.append((float(small.mean()), dark, change))
        self._previous = small
        if index % self._every == self._every // 2:
            self._sharpness.append((index, sharpness(luma)))
        if index in self._keep:
            self.kept[index] = luma.copy()

    def run(self, *, interlaced: bool = False) -> FrameRun:
        """Return what was collected; ``interlaced`` is passed on."""
        rows: Curve = np.array(self._rows, dtype=np.float32).reshape(-1, 3)
        points: Curve = np.array(self._sharpness, dtype=np.float32).reshape(-1, 2)
        return FrameRun(rows, points, self._first, self._previous, interlaced)


def join_runs(runs: Sequence[FrameRun]) -> FrameCurves:
    """Return the curves of a video that shows ``runs`` one after the other."""
    rows: list[Curve] = [np.zeros((0, 3), np.float32)]
    points: list[Curve] = [np.zeros((0, 2), np.float32)]
    start, previous = 0, None
    for run in runs:
        if run.first is None:
            continue
        table = run.rows.copy()
        table[0, 2] = _change(previous, run.first)
        rows.append(table)
        points.append(run.sharpness + np.array([start, 0], np.float32))
        start, previous = start + len(table), run.last
    table = np.concatenate(rows)
    return FrameCurves(table[:, 0], table[:, 1], table[:, 2], np.concatenate(points))


def _change(before: Luma | None, after: Luma) -> float:
    if before is None or before.shape != after.shape:
        return 0.0
    return float(cv2.absdiff(after, before).mean())


def sharpness(luma: Luma) -> float:
    """Return the variance of the Laplacian of ``luma``, scaled to 270 pixels of width.

    The focus measure of Pech-Pacheco et al., ICPR 2000; scaled, so that sizes can be compared.
    """
    height, width = luma.shape
    size = (_SHARPNESS_WIDTH, max(1, round(height * _SHARPNESS_WIDTH / width)))
    small = cv2.resize(luma, size, interpolation=cv2.INTER_AREA)
    return float(cv2.Laplacian(small, cv2.CV_32F).var())


def structural_similarity(first: Luma, second: Luma) -> float:
    """Return the mean SSIM of two luma planes of one shape, uint8 (height, width); at most 1.

    Wang et al., IEEE TIP 13(4), 2004: Gaussian window, sigma 1.5, 11 taps, K1 0.01, K2 0.03.
    """
    height, reach, total = len(first), _WINDOW_PX // 2, 0.0
    for top in range(0, height, _BAND_ROWS):
        bottom = min(top + _BAND_ROWS, height)
        start, end = max(0, top - reach), min(bottom + reach, height)
        local = _local_similarity(first[start:end], second[start:end])
        total += float(local[top - start : bottom - start].sum(dtype=np.float64))
    return total / first.size


def _local_similarity(first: Luma, second: Luma) -> Curve:
    """Return the SSIM around each pixel, float32 (height, width)."""
    x, y = first.astype(np.float32), second.astype(np.float32)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2

    def blur(plane: Curve) -> Curve:
        return np.asarray(cv2.GaussianBlur(plane, (_WINDOW_PX,) * 2, 1.5), dtype=np.float32)

    mean_x, mean_y = blur(x), blur(y)
    var_x, var_y = blur(x * x) - mean_x**2, blur(y * y) - mean_y**2
    covariance = blur(x * y) - mean_x * mean_y
    top = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    below = (mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2)
    return np.asarray(top / below, dtype=np.float32)
