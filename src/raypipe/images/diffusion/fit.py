"""From the size that a model draws at to exactly the size that was asked for."""

from __future__ import annotations

import math
from typing import cast

import numpy as np

from raypipe.images.engine import type_uint8


def fit_picture(picture: type_uint8, *, width: int, height: int) -> type_uint8:
    """Scale a picture once to cover width x height and cut the rest off evenly.

    Args:
        picture: uint8 (h, w, 3).
        width: wanted width in pixels.
        height: wanted height in pixels.

    Returns:
        uint8 (height, width, 3), C-contiguous. Lanczos over 8 x 8 pixels where it grows, the
        mean of the covered area where it shrinks (Lanczos would alias there).
    """
    import cv2

    tall, wide = picture.shape[:2]
    if (wide, tall) == (width, height):
        return np.ascontiguousarray(picture)
    scale = max(width / wide, height / tall)
    # ceil of a product that should be whole would add a pixel for a rounding error.
    size = (
        max(width, math.ceil(wide * scale - 1e-6)),
        max(height, math.ceil(tall * scale - 1e-6)),
    )
    method = cv2.INTER_LANCZOS4 if scale > 1 else cv2.INTER_AREA
    scaled = cast("type_uint8", cv2.resize(picture, size, interpolation=method))
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    return np.ascontiguousarray(scaled[top : top + height, left : left + width])
