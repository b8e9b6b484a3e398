"""Making a picture hold its own at the size of a stamp: contrast, colour, crispness."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from raypipe.images.engine import type_uint8
from raypipe.timeline.model import Colour

Canvas = npt.NDArray[np.float32]
"""float32 (height, width, 3), RGB, 0 to 255."""


def enhance(picture: type_uint8) -> type_uint8:
    """Return ``picture``, uint8 (height, width, 3), with a little more of everything.

    Local contrast (CLAHE on lightness, 45 %), saturation (+14 %), unsharp mask: enough to be seen
    beside the original, not enough to be noticed without it.
    """
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)
    lightness = lab[..., 0]
    clahe = cv2.createCLAHE(clipLimit=1.6, tileGridSize=(4, 4)).apply(lightness)
    lab[..., 0] = cv2.addWeighted(lightness, 0.55, clahe, 0.45, 0)
    chroma = lab[..., 1:].astype(np.float32)
    lab[..., 1:] = np.clip((chroma - 128) * 1.14 + 128, 0, 255).astype(np.uint8)
    graded = cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)
    blurred = cv2.GaussianBlur(graded, (0, 0), max(1.0, picture.shape[1] / 700))
    return np.asarray(cv2.addWeighted(graded, 1.35, blurred, -0.35, 0), dtype=np.uint8)


def vignette(canvas: Canvas, strength: float = 0.28) -> Canvas:
    """Return ``canvas`` with its corners darkened by ``strength``, 0 to 1."""
    height, width = canvas.shape[:2]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    shade = 1 - strength * np.clip((x * x + y * y - 0.55) / 1.45, 0, 1)
    return np.asarray(canvas * shade[..., None], dtype=np.float32)


def ground_colour(picture: type_uint8) -> Colour:
    """Return a dark colour of the picture's own hue, to set light text on."""
    hue, saturation = _dominant_hue(picture)
    # 0.045 of luminance leaves 10:1 under near-white text.
    return _from_hsv(hue, min(0.75, 0.35 + saturation * 0.5), 0.16)


def accent_colour(picture: type_uint8) -> Colour:
    """Return a light, lively colour for small marks, of the picture's lightest strong hue."""
    small = cv2.resize(picture, (64, 64), interpolation=cv2.INTER_AREA)
    hsv = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2HSV).reshape(-1, 3)
    weight = hsv[:, 1] ** 1.5 * hsv[:, 2] ** 2
    if float(weight.sum()) < 1.0:
        return (255, 205, 110)
    hue = _mean_hue(hsv[:, 0], weight)
    return _from_hsv(hue, 0.55, 1.0)


def _dominant_hue(picture: type_uint8) -> tuple[float, float]:
    small = cv2.resize(picture, (64, 64), interpolation=cv2.INTER_AREA)
    hsv = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2HSV).reshape(-1, 3)
    weight = hsv[:, 1] * (0.25 + hsv[:, 2])
    if float(weight.sum()) < 1.0:
        return 230.0, 0.3
    return _mean_hue(hsv[:, 0], weight), float(np.average(hsv[:, 1], weights=weight))


def _mean_hue(hue: npt.NDArray[np.float32], weight: npt.NDArray[np.float32]) -> float:
    """Return the fullest 30-degree bin's weighted mean hue, in degrees."""
    bins = np.bincount((hue / 30).astype(np.int64) % 12, weights=weight, minlength=12)
    chosen = (hue / 30).astype(np.int64) % 12 == int(bins.argmax())
    return float(np.average(hue[chosen], weights=weight[chosen]))


def _from_hsv(hue: float, saturation: float, value: float) -> Colour:
    pixel = np.array([[[hue, saturation, value]]], dtype=np.float32)
    red, green, blue = (cv2.cvtColor(pixel, cv2.COLOR_HSV2RGB)[0, 0] * 255).round().tolist()
    return int(red), int(green), int(blue)
