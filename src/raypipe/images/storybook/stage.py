"""What every painter of a scene works with: the sheet, the inks, the camera and seeded chance."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from raypipe.images.engine import SceneFacts
from raypipe.images.storybook.block import Lighting
from raypipe.images.storybook.canvas import Canvas
from raypipe.images.storybook.chance import Chance
from raypipe.images.storybook.palette import Family, Ink, Scheme, mix
from raypipe.images.storybook.placement import Camera, Composition, Lamp
from raypipe.images.storybook.shapes import Outline, Points, lens, noise_line, outline
from raypipe.images.storybook.worlds import World, world_of


@dataclass(frozen=True, slots=True)
class Stage:
    """One scene being painted. Lengths are pixels; ``unit`` is the natural line width."""

    canvas: Canvas
    scheme: Scheme
    composition: Composition
    scene: SceneFacts
    chance: Chance

    @property
    def width(self) -> int:
        """Return the sheet's width."""
        return self.canvas.width

    @property
    def height(self) -> int:
        """Return the sheet's height."""
        return self.canvas.height

    @property
    def unit(self) -> float:
        """Return about a thousandth of the sheet's mean side."""
        return float(self.canvas.unit)

    @property
    def camera(self) -> Camera:
        """Return the camera."""
        return self.composition.camera

    @property
    def lamp(self) -> Lamp:
        """Return the light source."""
        return self.composition.lamp

    @property
    def world(self) -> World:
        """Return whose houses and clothes the story's language brings to mind."""
        return world_of(self.scene.language)

    @property
    def family(self) -> Family:
        """Return the story's inks, untouched by the hour."""
        return self.scheme.family

    def ink(self, role: str, depth: float = 0.0) -> Ink:
        """Return a family ink as it looks here, ``depth`` 0 (near) to 1 (at the horizon)."""
        return self.scheme.local(getattr(self.family, role), depth=depth)

    def lighting(self, x: float, y: float, *, depth: float = 0.0, size: float = 300) -> Lighting:
        """Return the light on a figure whose middle is (x, y) and which is ``size`` pixels tall."""
        dx, dy = self.lamp.x - x, self.lamp.y - y
        length = max(math.hypot(dx, dy), 1.0)
        night = self.scheme.night
        air = self.scheme.air
        far = min(1.0, depth * self.scheme.haze)
        line = min(max(size * 0.0075, 0.9 * self.unit), 2.6 * self.unit)
        return Lighting(
            toward=(dx / length, dy / length),
            rim_ink=mix(self.scheme.light, air, far * 0.7),
            shade_ink=mix(self.scheme.shade, air, far),
            key_ink=mix(self.scheme.key, air, far * 0.9),
            rim=0.45 + 0.45 * min(1.0, night * 2),
            shade=0.5 + 0.25 * night,
            line_px=line * (1 - 0.4 * far),
            register_px=(0.35 * self.unit, 0.3 * self.unit),
        )

    def is_behind_a_figure(self, x: float, y: float, *, radius: float) -> bool:
        """Return whether a spot of the ground meets a person or animal, who will stand before it.

        What burns or stands out there would seem to grow from their heads.
        """
        for figure in self.composition.placements:
            left, top, right, bottom = figure.box
            across = left - radius < x < right + radius
            if figure.kind != "thing" and across and top - radius < y < bottom + radius:
                return True
        return False

    def ridge(
        self,
        y: float,
        amplitude: float,
        *,
        name: object,
        hills: int = 3,
        octaves: int = 4,
        count: int = 160,
        x0: float | None = None,
        x1: float | None = None,
    ) -> Outline:
        """Return a line across the sheet, about ``y``, that rises and falls by ``amplitude``."""
        left = -0.04 * self.width if x0 is None else x0
        right = 1.04 * self.width if x1 is None else x1
        x = np.linspace(left, right, count)
        wave = noise_line(self.chance.branch("ridge", name), count, octaves=octaves, start=hills)
        return np.stack([x, y + wave * amplitude], axis=1)

    def plane(
        self,
        ridge: Points,
        ink: Ink,
        *,
        shade: Ink | None = None,
        amount: float = 0.55,
        start: float = 0.05,
        toward: tuple[float, float] = (0.0, 1.0),
        floor: float | None = None,
    ) -> None:
        """Fill from a ridge down to the sheet's foot (or ``floor``), with grain below the crest."""
        crest = outline(ridge)
        bottom = (self.height + 4) if floor is None else floor
        shape = np.vstack([crest, [(crest[-1, 0], bottom), (crest[0, 0], bottom)]])
        self.canvas.shape(shape, ink, shade=shade, amount=amount, start=start, toward=toward)

    def gouges(
        self,
        count: int,
        *,
        name: object,
        y0: float,
        y1: float,
        length: float,
        width: float,
        ink: Ink,
        slant: float = 0.0,
        x0: float = 0.0,
        x1: float | None = None,
        toward_viewer: bool = True,
    ) -> None:
        """Carve horizontal marks between ``y0`` and ``y1``; nearer ones are longer and thicker."""
        chance = self.chance.branch("gouges", name)
        right = float(self.width) if x1 is None else x1
        marks = []
        for t in np.sort(chance.rng.random(count)):
            near = float(t) ** (1.7 if toward_viewer else 1.0)
            y = y0 + (y1 - y0) * near
            grow = 0.25 + 0.75 * near if toward_viewer else 1.0
            long = length * grow * chance.between(0.5, 1.2)
            x = chance.between(x0, right)
            drop = slant * long + chance.between(-0.03, 0.03) * long
            marks.append(
                lens((x - long / 2, y - drop / 2), (x + long / 2, y + drop / 2), width * grow)
            )
        self.canvas.marks(marks, ink)

    def many(self, shapes: Iterable[Outline], ink: Ink) -> None:
        """Fill many outlines with one flat ink."""
        for shape in shapes:
            self.canvas.fill(shape, ink)

    def spread(self, count: int, *, name: object, margin: float = 0.02) -> npt.NDArray[np.float64]:
        """Return ``count`` places across the sheet's width, even but not regular."""
        chance = self.chance.branch("spread", name)
        steps = (np.arange(count) + chance.rng.uniform(0.1, 0.9, count)) / count
        return (margin + steps * (1 - 2 * margin)) * self.width
