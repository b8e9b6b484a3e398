"""Pulling the print: paper, mottled ink, a dark edge."""

from __future__ import annotations

import cv2
import numpy as np

from raypipe.images.storybook.canvas import Canvas, Plate
from raypipe.images.storybook.chance import Chance
from raypipe.images.storybook.palette import Scheme


def finish(canvas: Canvas, scheme: Scheme, chance: Chance) -> None:
    """Lay paper grain, ink mottling and the vignette over the picture, in place."""
    height, width = canvas.height, canvas.width
    tone = _tone(width, height, scheme.vignette, chance)
    grain = cv2.addWeighted(canvas.grain, 0.04, tone, 1.0, -0.04 * 128)
    plate = cv2.merge([grain, grain, grain])
    # 200 stands for "as it is": the tone may lift ink a little as well as deepen it.
    cv2.multiply(canvas.pixels, plate, dst=canvas.pixels, scale=1 / 200)
    if scheme.contrast != 1.0:
        table = np.clip((np.arange(256) / 255 - 0.45) * scheme.contrast + 0.45, 0, 1) * 255
        canvas.pixels[:] = cv2.LUT(canvas.pixels, table.astype(np.uint8))


def _tone(width: int, height: int, vignette: float, chance: Chance) -> Plate:
    """Return uint8 (height, width) about 200: slow mottling, darker corners, quieter foot."""
    columns, rows = 96, max(8, round(96 * height / width))
    x = np.linspace(-1, 1, columns, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, rows, dtype=np.float32)[:, None]
    mottle = chance.rng.standard_normal((rows, columns)).astype(np.float32)
    mottle = cv2.GaussianBlur(mottle, (0, 0), 1.6) * 0.035
    edge = np.clip((x**2 * 0.8 + y**2 * 0.9 - 0.45) / 1.25, 0, 1) ** 1.4
    foot = np.clip((y - 0.5) / 0.5, 0, 1) ** 1.5 * 0.1
    tone = 200 * (1 + mottle - edge * vignette * 1.1 - foot)
    full: Plate = cv2.resize(tone, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(full, 0, 255).astype(np.uint8)
