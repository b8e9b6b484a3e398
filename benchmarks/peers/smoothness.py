"""How evenly the camera of a rendered video moves, against the path that it was told.

The video shows a chart of soft dots. Each decoded frame is held against the chart drawn at exactly
the crop of that frame, and the displacement between the two is found to about a hundredth of a
pixel (Evangelidis and Psarakis, IEEE TPAMI 30(10), 2008, as in OpenCV's findTransformECC) in five
patches. Its change from frame to frame is what an eye sees as jitter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from peers.looks import frames_of
from peers.storyboard import read_picture, read_timeline

from raypipe.picture.colour import rgb_to_yuv
from raypipe.picture.crops import crop_at
from raypipe.timeline.model import Rect, Timeline, TimelineScene

Field = npt.NDArray[np.float64]
Luma = npt.NDArray[np.uint8]

_PATCH = 192
_PLACES = ((0.15, 0.12), (0.85, 0.12), (0.5, 0.5), (0.15, 0.88), (0.85, 0.88))
"""Middles of the patches as shares of the frame: errors of scale show at the corners."""
_STEPS = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 50, 1e-5)


@dataclass(frozen=True, slots=True)
class Path2D:
    """Places of five patches in one scene, float64 (frames, patches, 2), px, x and y.

    ``ideal`` is where the picture's points should be, ``error`` how far off they were found.
    """

    scene_id: str
    ideal: Field
    error: Field


def displacement(expected: Luma, seen: Luma) -> tuple[float, float]:
    """Return how far right and down ``seen`` lies of ``expected``, px; uint8 (h, w) of one shape.

    Raises:
        cv2.error: the two have nothing in common.
    """
    matrix = np.eye(2, 3, dtype=np.float32)
    (across, down), _ = cv2.phaseCorrelate(
        expected.astype(np.float32),
        seen.astype(np.float32),
        cv2.createHanningWindow(expected.shape[::-1], cv2.CV_32F),
    )
    matrix[:, 2] = across, down
    _, matrix = cv2.findTransformECC(expected, seen, matrix, cv2.MOTION_TRANSLATION, _STEPS)
    return float(matrix[0, 2]), float(matrix[1, 2])


def ideal_luma(luma: Luma, crop: Rect, width: int, height: int) -> Luma:
    """Draw a crop of a picture's luma at exactly its place, with cubic interpolation."""
    step_x = crop.width * luma.shape[1] / width
    step_y = crop.height * luma.shape[0] / height
    matrix = np.array(
        [
            [step_x, 0, crop.x * luma.shape[1] + step_x / 2 - 0.5],
            [0, step_y, crop.y * luma.shape[0] + step_y / 2 - 0.5],
        ]
    )
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    drawn = cv2.warpAffine(
        luma, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REFLECT_101
    )
    return np.asarray(drawn, np.uint8)


def track(path: Path, folder: Path) -> list[Path2D]:
    """Follow the camera of each scene of a video of ``folder``'s board, where it is seen alone."""
    timeline = read_timeline(folder)
    found: dict[str, list[tuple[Field, Field]]] = {}
    frames = enumerate(frames_of(path))
    for scene, first, end in _alone(timeline):
        key = scene.visual.image_key
        luma = np.ascontiguousarray(rgb_to_yuv(read_picture(folder, key))[..., 0])
        last = max(1, scene.frame_count - 1)
        for index, frame in frames:
            if index >= first:
                crop = crop_at(scene.visual.motion, (index - scene.start_frame) / last)
                ideal = ideal_luma(luma, crop, timeline.width, timeline.height)
                places, errors = _patches(ideal, frame[: timeline.height], crop)
                found.setdefault(scene.scene_id, []).append((places, errors))
            if index == end - 1:
                break
    return [
        Path2D(name, np.array([p for p, _ in rows]), np.array([e for _, e in rows]))
        for name, rows in found.items()
    ]


def _alone(timeline: Timeline) -> Iterator[tuple[TimelineScene, int, int]]:
    overlap = 0
    for scene in timeline.scenes:
        yield scene, scene.start_frame + overlap, scene.end_frame - scene.transition_out.frames
        overlap = scene.transition_out.frames


def _patches(ideal: Luma, seen: Luma, crop: Rect) -> tuple[Field, Field]:
    height, width = ideal.shape
    places, errors = [], []
    for across, down in _PLACES:
        left, top = round(across * width - _PATCH / 2), round(down * height - _PATCH / 2)
        box = (slice(top, top + _PATCH), slice(left, left + _PATCH))
        errors.append(displacement(ideal[box], seen[box]))
        # Where the point of the picture that a still camera would show here has gone.
        places.append(
            ((across - crop.x) / crop.width * width, (down - crop.y) / crop.height * height)
        )
    return np.array(places), np.array(errors)


def jitter(paths: list[Path2D]) -> dict[str, float]:
    """Return how uneven the movement was, px.

    ``rms_px`` and ``max_px`` are of the second difference of the error from frame to frame: what a
    point jumps beside its path. ``off_px`` is the RMS distance from the path itself, less a
    constant offset, which nobody sees.
    """
    second = np.concatenate([np.diff(p.error, 2, axis=0).reshape(-1, 2) for p in paths])
    jumps = np.hypot(second[:, 0], second[:, 1])
    offsets = np.concatenate([(p.error - p.error.mean(axis=(0, 1))).reshape(-1, 2) for p in paths])
    return {
        "rms_px": round(float(np.sqrt(np.mean(jumps**2))), 4),
        "max_px": round(float(jumps.max()), 3),
        "off_px": round(float(np.sqrt(np.mean(np.sum(offsets**2, axis=1)))), 4),
    }


def movement(path: Path2D) -> tuple[Field, Field]:
    """Return the movement from frame to frame along the scene's main direction, ideal and found.

    Of the patch that moves most; float64 (frames - 1,), px a frame.
    """
    ideal = np.diff(path.ideal, axis=0)
    spread = np.abs(ideal).sum(axis=0)
    patch, axis = np.unravel_index(int(np.argmax(spread)), spread.shape)
    step = ideal[:, patch, axis]
    return step, step + np.diff(path.error, axis=0)[:, patch, axis]
