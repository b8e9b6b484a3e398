"""Where shade falls."""

from __future__ import annotations

import math

from raypipe.images.storybook.stage import Stage


def away(stage: Stage, x: float, y: float) -> tuple[float, float]:
    """Return the unit vector away from the light."""
    dx, dy = x - stage.lamp.x, y - stage.lamp.y
    length = max(math.hypot(dx, dy), 1.0)
    return dx / length, max(dy / length, 0.25)
