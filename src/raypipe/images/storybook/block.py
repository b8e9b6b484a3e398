"""A figure as a printmaker cuts it: a key block for the lines, flats for the colours.

Parts are laid down in order. Parts of one piece share an outline, so that limbs join without a
seam. When stamped, the flats sit slightly off the key (the register is never perfect), grain
models the side away from the light and a rim of light marks the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from raypipe.images.storybook.canvas import Box, Canvas, Plate, blend, fill, trace
from raypipe.images.storybook.palette import Ink
from raypipe.images.storybook.shapes import Outline, Points, outline


@dataclass(frozen=True, slots=True)
class Lighting:
    """Light as it falls on one figure.

    ``toward`` is the unit vector to the light, y down; ``rim`` and ``shade`` are shares, 0 to 1.
    ``line_px`` is the key line's width, ``register_px`` how far the flats sit off the key.
    """

    toward: tuple[float, float]
    rim_ink: Ink
    shade_ink: Ink
    key_ink: Ink
    rim: float = 0.6
    shade: float = 0.5
    line_px: float = 3.0
    register_px: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Part:
    """Shapes of one ink that share an outline; see `Block.piece`."""

    shapes: tuple[Outline, ...]
    ink: Ink
    line: float
    tone: float


@dataclass(slots=True)
class Block:
    """A figure being cut; coordinates are pixels of the canvas."""

    parts: list[Part] = field(default_factory=list)

    def add(self, shape: Points, ink: Ink, *, line: float = 1.0, tone: float = 1.0) -> None:
        """Lay down one shape.

        ``line`` scales the key line around it, 0 for none; ``tone`` how much grain shades it.
        """
        self.piece([shape], ink, line=line, tone=tone)

    def piece(
        self, shapes: Sequence[Points], ink: Ink, *, line: float = 1.0, tone: float = 1.0
    ) -> None:
        """Lay down shapes that belong together: one outline around them all."""
        self.parts.append(Part(tuple(outline(shape) for shape in shapes), ink, line, tone))

    def extend(self, other: Block) -> None:
        """Lay another block's parts on top."""
        self.parts.extend(other.parts)

    def bounds(self) -> Outline:
        """Return the two corners of the box around all shapes; raises ValueError when empty."""
        points = np.vstack([shape for part in self.parts for shape in part.shapes])
        return np.vstack([points.min(0), points.max(0)])

    def stamp(self, canvas: Canvas, light: Lighting) -> None:
        """Print the figure."""
        if not self.parts:
            return
        box = canvas.box(self.bounds(), margin=light.line_px * 2 + 4)
        if box is None:
            return
        self._print(canvas, box, light)

    def _print(self, canvas: Canvas, box: Box, light: Lighting) -> None:
        x0, y0, x1, y1 = box
        colour = np.empty((y1 - y0, x1 - x0, 3), np.uint8)
        colour[:] = light.key_ink
        alpha = np.zeros((y1 - y0, x1 - x0), np.uint8)
        flats = np.zeros_like(alpha)
        tones = np.zeros_like(alpha)
        corner = np.array([x0, y0], float)
        register = np.array(light.register_px)
        for part in self.parts:
            width = 2 * light.line_px * part.line
            shapes = [shape - corner for shape in part.shapes]
            for shape in shapes:
                fill(alpha, shape, 255)
                if width > 0:
                    trace(alpha, shape, width, 255)
                    trace(colour, shape, width, light.key_ink)
                    trace(flats, shape, width, 0)
            for shape in shapes:
                fill(colour, shape + (register if width > 0 else 0), part.ink)
                fill(flats, shape, 255)
                if part.line > 0 or part.tone < 1:
                    fill(tones, shape, round(255 * part.tone))
        model(canvas, colour, flats, tones, box, light)
        blend(canvas.pixels[y0:y1, x0:x1], alpha, colour)


def model(
    canvas: Canvas, colour: Plate, flats: Plate, tones: Plate, box: Box, light: Lighting
) -> None:
    """Shade and rim ``colour`` in place where ``flats`` (mask) has ink, as far as ``tones`` say."""
    height, width = flats.shape
    dx, dy = light.toward
    reach = max(2.0, 0.13 * min(width, height))
    if light.shade > 0:
        lit = moved(flats, dx * reach, dy * reach)
        size = max(3, int(reach * 1.2) | 1)
        soft = cv2.blur(lit, (size, size))
        level = cv2.convertScaleAbs(cv2.bitwise_not(soft), alpha=0.95)
        mask = cv2.bitwise_and(canvas.grained(level, box), flats)
        mask = cv2.multiply(mask, tones, scale=1 / 255)
        blend(colour, mask, light.shade_ink, strength=light.shade)
    if light.rim > 0:
        thin = max(1.5, light.line_px * 1.6)
        inner = moved(flats, -dx * thin, -dy * thin)
        mask = cv2.bitwise_and(cv2.bitwise_not(inner), flats)
        blend(colour, mask, light.rim_ink, strength=light.rim)


def moved(mask: Plate, dx: float, dy: float) -> Plate:
    """Return ``mask`` moved by whole pixels; what comes in is 0."""
    x, y = round(dx), round(dy)
    height, width = mask.shape
    result = np.zeros_like(mask)
    if abs(x) >= width or abs(y) >= height:
        return result
    result[max(0, y) : height + min(0, y), max(0, x) : width + min(0, x)] = mask[
        max(0, -y) : height + min(0, -y), max(0, -x) : width + min(0, -x)
    ]
    return result
