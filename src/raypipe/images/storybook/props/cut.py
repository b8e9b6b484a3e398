"""A thing being cut: a `Block` in a box of height 1."""

from __future__ import annotations

import numpy as np

from raypipe.images.storybook.block import Block
from raypipe.images.storybook.chance import Chance
from raypipe.images.storybook.palette import Family, Ink
from raypipe.images.storybook.shapes import Outline, Points, outline


class Cut:
    """A thing being cut in a box of height 1 that stands on y = 0, centred on x = 0."""

    def __init__(
        self,
        x: float,
        y: float,
        height: float,
        facing: int,
        family: Family,
        chance: Chance,
        dye: Ink | None = None,
    ) -> None:
        self.block = Block()
        self.x, self.y, self.height, self.facing = x, y, height, facing
        self.family, self.chance = family, chance
        self.dye = dye
        self.takes_dye = False

    def own(self, ink: Ink) -> Ink:
        """Return the ink of the part that a colour word means: the dye, or else ``ink``."""
        self.takes_dye = True
        return self.dye or ink

    def place(self, points: Points) -> Outline:
        """Return points of the box in canvas pixels."""
        p = outline(points) * self.height
        p[:, 0] *= self.facing
        moved: Outline = p + np.array([self.x, self.y])
        return moved

    def add(self, points: Points, ink: Ink, *, line: float = 1.0, tone: float = 1.0) -> None:
        """Lay down one shape."""
        self.block.add(self.place(points), ink, line=line, tone=tone)

    def piece(self, shapes: list[Points], ink: Ink, *, line: float = 1.0) -> None:
        """Lay down shapes that share an outline."""
        self.block.piece([self.place(shape) for shape in shapes], ink, line=line)
