"""Things, cut as blocks: each drawing takes a foot (x, y) and a height, and returns a `Block`."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from raypipe.images.storybook.block import Block
from raypipe.images.storybook.chance import Chance
from raypipe.images.storybook.outlines import find_glyph
from raypipe.images.storybook.palette import Family, Ink, luminance, mix
from raypipe.images.storybook.shapes import (
    Outline,
    Points,
    capsule,
    ellipse,
    jagged,
    lens,
    outline,
    rectangle,
    scalloped,
    smooth,
    star,
)


class Cut:
    """A thing being cut in a box of height 1 that stands on y = 0, centred on x = 0."""

    def __init__(
        self, x: float, y: float, height: float, facing: int, family: Family, chance: Chance
    ) -> None:
        self.block = Block()
        self.x, self.y, self.height, self.facing = x, y, height, facing
        self.family, self.chance = family, chance

    def place(self, points: Points) -> Outline:
        """Return points of the box in canvas pixels."""
        p = outline(points) * self.height
        p[:, 0] *= self.facing
        return p + (self.x, self.y)

    def add(self, points: Points, ink: Ink, *, line: float = 1.0, tone: float = 1.0) -> None:
        """Lay down one shape."""
        self.block.add(self.place(points), ink, line=line, tone=tone)

    def piece(self, shapes: list[Points], ink: Ink, *, line: float = 1.0) -> None:
        """Lay down shapes that share an outline."""
        self.block.piece([self.place(shape) for shape in shapes], ink, line=line)


def _crystal(c: Cut) -> None:
    f = c.family
    light, mid, dark = (
        mix(f.glow, f.paper, 0.65),
        mix(f.cool, f.paper, 0.35),
        mix(f.cool, f.deep, 0.25),
    )
    for dx, tilt, tall, wide in (
        (-0.24, -0.34, 0.62, 0.12),
        (0.24, 0.3, 0.56, 0.11),
        (0.0, 0.0, 1.0, 0.19),
    ):
        co, si = math.cos(tilt), math.sin(tilt)

        def at(
            u: float, v: float, co: float = co, si: float = si, dx: float = dx
        ) -> tuple[float, float]:
            return dx + u * co - v * si, u * si + v * co

        c.add(
            [
                at(-wide, 0),
                at(-wide, -tall * 0.7),
                at(0, -tall),
                at(wide, -tall * 0.7),
                at(wide, 0),
            ],
            mid,
            tone=0.3,
        )
        c.add(
            [
                at(-wide, 0),
                at(-wide, -tall * 0.7),
                at(-wide * 0.3, -tall * 0.6),
                at(-wide * 0.3, 0),
            ],
            light,
            line=0.3,
            tone=0.1,
        )
        c.add(
            [at(wide * 0.4, 0), at(wide * 0.4, -tall * 0.62), at(wide, -tall * 0.7), at(wide, 0)],
            dark,
            line=0.3,
        )
        c.add(
            [at(-wide, -tall * 0.7), at(0, -tall), at(-wide * 0.3, -tall * 0.6)],
            f.paper,
            line=0.3,
            tone=0.0,
        )
        c.add(
            [
                at(0, -tall),
                at(wide, -tall * 0.7),
                at(wide * 0.4, -tall * 0.62),
                at(-wide * 0.3, -tall * 0.6),
            ],
            mid,
            line=0.3,
            tone=0.2,
        )
    c.add(lens((-0.07, -0.5), (-0.05, -0.12), 0.03), f.paper, line=0, tone=0)


def _flame(c: Cut, x: float, y: float, size: float) -> None:
    f = c.family
    outer = [
        (x - size * 0.42, y - size * 0.1),
        (x - size * 0.46, y - size * 0.45),
        (x - size * 0.2, y - size * 0.75),
        (x - size * 0.08, y - size * 1.2),
        (x + size * 0.16, y - size * 0.86),
        (x + size * 0.28, y - size * 0.92),
        (x + size * 0.46, y - size * 0.4),
        (x + size * 0.36, y - size * 0.06),
        (x, y + size * 0.06),
    ]
    c.add(smooth(outer, steps=4), f.accent, tone=0.0)
    c.add((smooth(outer, steps=4) - (x, y)) * (0.66, 0.68) + (x, y), f.glow, line=0, tone=0.0)
    c.add(
        (smooth(outer, steps=4) - (x, y)) * (0.34, 0.38) + (x, y),
        mix(f.paper, f.glow, 0.2),
        line=0,
        tone=0.0,
    )


def _torch(c: Cut) -> None:
    f = c.family
    c.add([(-0.035, 0), (0.035, 0), (0.055, -0.6), (-0.055, -0.6)], f.earth)
    c.add([(-0.085, -0.54), (0.085, -0.54), (0.1, -0.68), (-0.1, -0.68)], mix(f.earth, f.ink, 0.5))
    _flame(c, 0, -0.64, 0.32)


def _candle(c: Cut) -> None:
    f = c.family
    c.add(ellipse(0, -0.03, 0.26, 0.06), f.earth)
    c.add([(-0.1, -0.03), (0.1, -0.03), (0.1, -0.58), (-0.1, -0.6)], f.paper)
    c.add(
        smooth([(-0.1, -0.6), (-0.1, -0.42), (-0.05, -0.36), (-0.02, -0.56)], steps=3),
        mix(f.paper, f.soft, 0.6),
        line=0.4,
    )
    _flame(c, 0, -0.64, 0.28)


def _lantern(c: Cut) -> None:
    f = c.family
    dark = mix(f.ink, f.earth, 0.35)
    ring = ellipse(0, -0.88, 0.13, 0.12)
    c.add(ring, dark)
    c.add(ellipse(0, -0.88, 0.075, 0.07), mix(f.glow, f.paper, 0.2), line=0)
    c.add([(-0.24, -0.66), (0.24, -0.66), (0.1, -0.82), (-0.1, -0.82)], dark)
    c.add(
        [(-0.2, -0.1), (0.2, -0.1), (0.22, -0.66), (-0.22, -0.66)],
        mix(f.glow, f.paper, 0.35),
        tone=0,
    )
    _flame(c, 0, -0.16, 0.26)
    for x in (-0.21, 0.0, 0.21):
        c.add(rectangle(x - 0.014, -0.66, x + 0.014, -0.1), dark, line=0)
    c.add([(-0.27, 0), (0.27, 0), (0.23, -0.11), (-0.23, -0.11)], dark)


def _map(c: Cut) -> None:
    f = c.family
    sheet = mix(f.paper, f.soft, 0.45)
    c.add(
        smooth(
            [
                (-0.6, -0.08),
                (-0.2, 0.0),
                (0.2, -0.1),
                (0.62, -0.03),
                (0.58, -0.82),
                (0.2, -0.9),
                (-0.2, -0.8),
                (-0.56, -0.88),
            ],
            steps=3,
        ),
        sheet,
        tone=0.5,
    )
    for t in np.linspace(0, 1, 8)[:-1]:
        a, b = (
            (-0.42 + 0.7 * t, -0.2 - 0.42 * t + 0.14 * math.sin(6 * t)),
            (-0.42 + 0.7 * (t + 0.08), -0.2 - 0.42 * (t + 0.08) + 0.14 * math.sin(6 * (t + 0.08))),
        )
        c.add(lens(a, b, 0.04), f.accent, line=0)
    for dx in (-0.035, 0.035):
        c.add(
            lens(
                (0.33 - dx - 0.06, -0.76),
                (0.33 + dx + 0.06, -0.64) if dx > 0 else (0.33 + 0.09, -0.62),
                0.04,
            ),
            f.accent,
            line=0,
        )
    c.add(
        smooth(
            [(-0.4, -0.66), (-0.3, -0.76), (-0.12, -0.7), (-0.16, -0.58), (-0.32, -0.55)], steps=3
        ),
        mix(sheet, f.cool, 0.55),
        line=0,
    )
    for x in (-0.6, 0.6):
        c.add(capsule((x, -0.02), (x, -0.88), 0.05, 0.05), mix(sheet, f.earth, 0.4))


def _book(c: Cut) -> None:
    f = c.family
    c.add(
        [(-0.62, -0.06), (0.0, 0.02), (0.62, -0.06), (0.62, -0.72), (0.0, -0.62), (-0.62, -0.72)],
        f.accent,
    )
    for side in (-1, 1):
        page = smooth(
            [
                (0.0, -0.03),
                (side * 0.3, -0.1),
                (side * 0.56, -0.1),
                (side * 0.56, -0.74),
                (side * 0.3, -0.76),
                (0.0, -0.66),
            ],
            steps=3,
        )
        c.add(page, f.paper, tone=0.5)
        for row in range(4):
            c.add(
                lens((side * 0.1, -0.22 - 0.11 * row), (side * 0.48, -0.24 - 0.11 * row), 0.022),
                mix(f.paper, f.deep, 0.6),
                line=0,
            )


def _sword(c: Cut) -> None:
    f = c.family
    blade = mix(f.paper, f.cool, 0.25)
    c.add([(-0.035, -0.24), (0.035, -0.24), (0.03, -0.9), (0.0, -1.0), (-0.03, -0.9)], blade)
    c.add(
        [(0.0, -0.24), (0.035, -0.24), (0.03, -0.9), (0.0, -1.0)], mix(blade, f.deep, 0.4), line=0
    )
    c.add(capsule((-0.12, -0.23), (0.12, -0.23), 0.025, 0.025), f.glow)
    c.add(capsule((0, -0.03), (0, -0.2), 0.026, 0.026), f.earth)
    c.add(ellipse(0, -0.02, 0.035, 0.035), f.glow)


def _staff(c: Cut) -> None:
    f = c.family
    c.add(capsule((0, 0), (0, -0.86), 0.016, 0.018), f.earth)
    hook = [(0.0, -0.86), (0.01, -0.96), (0.08, -1.0), (0.14, -0.95), (0.13, -0.87)]
    curve = smooth(hook, closed=False, steps=5)
    c.piece(
        [capsule(a, b, 0.018, 0.018) for a, b in zip(curve[:-1], curve[1:], strict=True)], f.earth
    )


def _star(c: Cut) -> None:
    f = c.family
    c.add(star(0, -0.5, 0.5), f.glow, tone=0)
    c.add(star(0, -0.5, 0.28), mix(f.paper, f.glow, 0.2), line=0, tone=0)


def _door(c: Cut) -> None:
    f = c.family
    stone, wood = mix(f.deep, f.soft, 0.4), mix(f.earth, f.ink, 0.2)
    a = np.linspace(np.pi, 2 * np.pi, 18)

    def frame(half: float, top: float) -> Outline:
        return np.vstack(
            [
                [(-half, 0.0)],
                np.stack([half * np.cos(a), -top + half * 0.9 * np.sin(a)], axis=1),
                [(half, 0.0)],
            ]
        )

    c.add(frame(0.42, 0.6), stone)
    for n in range(9):
        b = math.pi * (1 + (n + 0.5) / 9)
        c.add(
            lens(
                (0.32 * math.cos(b), -0.6 + 0.3 * math.sin(b)),
                (0.42 * math.cos(b), -0.6 + 0.38 * math.sin(b)),
                0.012,
            ),
            mix(stone, f.ink, 0.5),
            line=0,
        )
    c.add(frame(0.31, 0.6), mix(f.ink, f.deep, 0.15))
    for side in (-1, 1):
        leaf = [
            (side * 0.03, 0.0),
            (side * 0.3, 0.0),
            (side * 0.3, -0.6),
            (side * 0.24, -0.76),
            (side * 0.03, -0.86),
        ]
        c.add(leaf, wood, line=0.7)
        for y in (-0.14, -0.62):
            c.add(
                rectangle(
                    min(side * 0.05, side * 0.27), y - 0.02, max(side * 0.05, side * 0.27), y + 0.02
                ),
                mix(f.ink, wood, 0.3),
                line=0,
            )
        for x in (0.1, 0.17, 0.24):
            c.add(lens((side * x, -0.02), (side * x, -0.66), 0.012), mix(wood, f.ink, 0.5), line=0)
        c.add(ellipse(side * 0.07, -0.36, 0.024, 0.024), f.glow, line=0.4)


def _temple(c: Cut) -> None:
    f = c.family
    stone = mix(f.soft, f.deep, 0.22)
    dark = mix(stone, f.ink, 0.5)
    for step in range(3):
        half = 0.62 - 0.045 * step
        c.add(
            rectangle(-half, -0.06 * (step + 1), half, -0.06 * step),
            mix(stone, dark, 0.12 * step),
            line=0.7,
        )
    c.add(rectangle(-0.44, -0.62, 0.44, -0.18), mix(f.ink, f.deep, 0.3))
    for x in np.linspace(-0.44, 0.44, 5):
        c.add([(x - 0.05, -0.18), (x - 0.042, -0.62), (x + 0.042, -0.62), (x + 0.05, -0.18)], stone)
        c.add(rectangle(x - 0.062, -0.65, x + 0.062, -0.61), stone, line=0.6)
    c.add(rectangle(-0.56, -0.73, 0.56, -0.65), stone)
    c.add([(-0.6, -0.73), (0.0, -1.0), (0.6, -0.73)], mix(stone, f.accent, 0.25))
    c.add([(-0.38, -0.76), (0.0, -0.93), (0.38, -0.76)], mix(stone, dark, 0.4), line=0.4)
    c.add(star(0, -0.82, 0.06, points=8), f.glow, line=0.3)


def _house(c: Cut) -> None:
    f = c.family
    c.add(rectangle(0.16, -0.98, 0.27, -0.7), mix(f.earth, f.ink, 0.3))
    c.add(rectangle(-0.4, -0.52, 0.4, 0.0), mix(f.paper, f.soft, 0.5))
    c.add([(-0.5, -0.5), (-0.28, -0.9), (0.3, -0.9), (0.5, -0.5)], mix(f.accent, f.earth, 0.4))
    for row in range(1, 4):
        half = 0.28 + 0.055 * row
        c.add(
            lens((-half, -0.9 + 0.1 * row), (half, -0.9 + 0.1 * row), 0.014),
            mix(f.accent, f.ink, 0.5),
            line=0,
        )
    c.add(rectangle(-0.08, -0.32, 0.08, 0.0), mix(f.earth, f.ink, 0.25), line=0.6)
    for x in (-0.25, 0.25):
        c.add(rectangle(x - 0.08, -0.38, x + 0.08, -0.2), f.glow, line=0.7, tone=0)
        c.add(rectangle(x - 0.008, -0.38, x + 0.008, -0.2), mix(f.earth, f.ink, 0.4), line=0)


def _castle(c: Cut) -> None:
    f = c.family
    stone = mix(f.soft, f.deep, 0.3)
    for x, tall, wide in ((-0.38, 0.62, 0.14), (0.38, 0.66, 0.14), (0.0, 0.8, 0.17)):
        c.add(rectangle(x - wide / 2, -tall, x + wide / 2, 0), stone)
        c.add(
            [(x - wide * 0.62, -tall), (x, -tall - wide * 1.25), (x + wide * 0.62, -tall)],
            mix(f.accent, f.deep, 0.25),
        )
        c.add(ellipse(x, -tall * 0.78, wide * 0.12, wide * 0.2), f.glow, line=0.4, tone=0)
    wall: list[tuple[float, float]] = [(-0.46, 0.0), (-0.46, -0.36)]
    for n in range(9):
        x = -0.46 + 0.92 * n / 9
        top = -0.42 if n % 2 else -0.36
        wall += [(x, top), (x + 0.102, top)]
    wall += [(0.46, -0.36), (0.46, 0.0)]
    c.add(wall, mix(stone, f.paper, 0.15))
    c.add(
        smooth(
            [(-0.09, 0), (-0.09, -0.16), (0, -0.24), (0.09, -0.16), (0.09, 0)],
            closed=False,
            steps=4,
        ),
        mix(f.ink, f.deep, 0.2),
        line=0.5,
    )


def _tower(c: Cut) -> None:
    f = c.family
    c.add([(-0.14, 0), (0.14, 0), (0.09, -0.74), (-0.09, -0.74)], mix(f.paper, f.soft, 0.35))
    for n in range(3):
        y = -0.1 - 0.22 * n
        w = 0.14 - 0.05 * (-y / 0.74)
        c.add([(-w, y), (w, y), (w - 0.007, y - 0.1), (-w + 0.007, y - 0.1)], f.accent, line=0.3)
    c.add(rectangle(-0.13, -0.78, 0.13, -0.74), mix(f.deep, f.ink, 0.3))
    c.add(rectangle(-0.07, -0.88, 0.07, -0.78), f.glow, tone=0)
    c.add([(-0.1, -0.88), (0, -1.0), (0.1, -0.88)], f.accent)


def _tree(c: Cut) -> None:
    f = c.family
    c.add(
        smooth(
            [(-0.09, 0), (-0.045, -0.25), (-0.05, -0.55), (0.05, -0.55), (0.045, -0.25), (0.1, 0)],
            steps=4,
        ),
        mix(f.earth, f.ink, 0.25),
    )
    crowns: list[Points] = [
        scalloped(c.chance, dx, dy, r, r * 0.88, lobes=lobes)
        for dx, dy, r, lobes in (
            (-0.2, -0.56, 0.22, 9),
            (0.21, -0.57, 0.22, 9),
            (0.0, -0.72, 0.3, 12),
        )
    ]
    c.piece(crowns, f.leaf)
    for _ in range(16):
        a, d = c.chance.between(0, 6.28), c.chance.between(0, 0.3)
        x, y = d * math.cos(a) * 1.2, -0.68 + d * math.sin(a) * 0.75
        c.add(
            lens((x - 0.04, y), (x + 0.04, y - 0.015), 0.02, bend=-0.02),
            mix(f.leaf, f.glow, 0.5),
            line=0,
        )


def _conifer(c: Cut) -> None:
    f = c.family
    c.add(rectangle(-0.035, -0.16, 0.035, 0), f.earth)
    for n in range(4):
        y, half = -0.1 - 0.2 * n, 0.3 - 0.062 * n
        c.add(
            [
                (-half, y),
                (-half * 0.5, y - 0.02),
                (0, y),
                (half * 0.5, y - 0.02),
                (half, y),
                (0, y - 0.34),
            ],
            mix(f.leaf, f.deep, 0.35),
        )


def _palm(c: Cut) -> None:
    f = c.family
    c.add(
        smooth(
            [(-0.04, 0), (0.02, -0.4), (0.1, -0.8), (0.13, -0.8), (0.06, -0.4), (0.04, 0)], steps=4
        ),
        f.earth,
    )
    for n in range(8):
        a = math.pi * (1.05 + 0.9 * n / 7)
        tip = (0.115 + 0.36 * math.cos(a), -0.8 + 0.24 * math.sin(a) + 0.16 * abs(math.cos(a)))
        c.add(
            lens((0.115, -0.8), tip, 0.07, bend=0.07 * (1 if math.cos(a) < 0 else -1)),
            f.leaf,
            line=0.6,
        )


def _pillar(c: Cut) -> None:
    f = c.family
    stone = mix(f.soft, f.deep, 0.25)
    c.add([(-0.1, -0.05), (-0.085, -0.9), (0.085, -0.9), (0.1, -0.05)], stone)
    for x in (-0.05, 0.0, 0.05):
        c.add(lens((x, -0.1), (x * 0.9, -0.86), 0.014), mix(stone, f.ink, 0.45), line=0)
    c.add(rectangle(-0.14, -0.06, 0.14, 0), stone)
    c.add(rectangle(-0.14, -0.98, 0.14, -0.9), stone)


def _rock(c: Cut) -> None:
    f = c.family
    stone = mix(f.deep, f.soft, 0.38)
    shape = jagged(
        c.chance,
        [
            (-0.6, 0),
            (-0.56, -0.4),
            (-0.34, -0.82),
            (0.0, -1.0),
            (0.36, -0.84),
            (0.58, -0.42),
            (0.62, 0),
        ],
        amount=0.035,
        pieces=3,
    )
    c.add(shape, stone)
    c.add(
        [(-0.3, -0.76), (0.0, -0.94), (0.16, -0.72), (-0.08, -0.52)],
        mix(stone, f.paper, 0.35),
        line=0,
    )
    for a, b in (
        ((0.1, -0.6), (0.2, -0.1)),
        ((-0.3, -0.5), (-0.36, -0.12)),
        ((0.36, -0.5), (0.42, -0.2)),
    ):
        c.add(lens(a, b, 0.03, bend=0.02), mix(stone, f.ink, 0.6), line=0)


def _grapes(c: Cut) -> None:
    f = c.family
    grape = mix(f.accent, f.deep, 0.62)
    for y0, x0 in ((-1.0, -0.1), (-1.0, 0.16)):
        c.add(lens((x0 * 3, y0 - 0.16), (0.0, -0.86), 0.05, bend=0.04), mix(f.earth, f.ink, 0.2))
    for x, tilt in ((-0.24, -0.3), (0.22, 0.4)):
        leaf = scalloped(c.chance, x, -0.88, 0.2, 0.15, lobes=5, depth=0.24)
        c.add(leaf, f.leaf)
        c.add(
            lens((x - 0.12, -0.88), (x + 0.12, -0.88 + tilt * 0.1), 0.02),
            mix(f.leaf, f.ink, 0.5),
            line=0,
        )
    rows = (4, 5, 4, 3, 2, 1)
    for row, count in enumerate(rows):
        for n in range(count):
            x = (n - (count - 1) / 2) * 0.145
            y = -0.74 + 0.125 * row
            c.add(ellipse(x, y, 0.085, 0.085), grape, tone=0.8)
            c.add(
                ellipse(x - 0.025, y - 0.03, 0.022, 0.018), mix(grape, f.paper, 0.7), line=0, tone=0
            )


def _peach(c: Cut) -> None:
    f = c.family
    skin = mix(f.soft, f.accent, 0.35)
    c.piece([ellipse(-0.14, -0.42, 0.38, 0.42), ellipse(0.16, -0.42, 0.36, 0.42)], skin)
    c.add(
        smooth([(0.14, -0.8), (0.5, -0.62), (0.5, -0.2), (0.2, -0.03), (0.3, -0.4)], steps=5),
        mix(f.accent, f.soft, 0.35),
        line=0,
    )
    c.add(lens((0.06, -0.84), (0.02, -0.04), 0.05, bend=-0.1), mix(f.accent, f.ink, 0.15), line=0)
    c.add(lens((0.02, -0.84), (-0.46, -0.98), 0.16, bend=-0.06), f.leaf)
    c.add(lens((0.06, -0.84), (0.44, -1.0), 0.15, bend=0.05), f.leaf)
    c.add(lens((0.04, -0.78), (0.08, -1.0), 0.05), f.earth)


def _apple(c: Cut) -> None:
    f = c.family
    c.piece([ellipse(-0.16, -0.4, 0.3, 0.4), ellipse(0.16, -0.4, 0.3, 0.4)], f.accent)
    c.add(lens((0.02, -0.74), (0.08, -1.0), 0.05), f.earth)
    c.add(lens((0.06, -0.86), (0.4, -0.98), 0.14, bend=0.05), f.leaf)
    c.add(
        lens((-0.34, -0.6), (-0.3, -0.28), 0.06, bend=0.05),
        mix(f.accent, f.paper, 0.6),
        line=0,
        tone=0,
    )


def _orb(c: Cut) -> None:
    f = c.family
    c.add(ellipse(0, -0.46, 0.5, 0.46), mix(f.accent, f.glow, 0.45))
    for x in (-0.26, 0.0, 0.26):
        c.add(
            lens((x, -0.88), (x * 1.1, -0.06), 0.02, bend=-x * 0.4),
            mix(f.accent, f.earth, 0.4),
            line=0,
        )
    c.add(lens((0, -0.88), (0.06, -1.02), 0.06), f.leaf)


def _gold(c: Cut) -> None:
    f = c.family
    c.add(
        smooth(
            [
                (-0.9, 0),
                (-0.6, -0.36),
                (-0.2, -0.62),
                (0.1, -0.7),
                (0.4, -0.5),
                (0.7, -0.3),
                (0.95, 0),
            ],
            steps=4,
        ),
        mix(f.glow, f.earth, 0.25),
    )
    for _ in range(34):
        x = c.chance.between(-0.78, 0.8)
        top = 0.66 * max(0.0, 1 - abs(x) / 0.95)
        y = -c.chance.between(0.02, max(top, 0.05))
        c.add(
            ellipse(x, y, 0.095, 0.06, tilt=c.chance.between(-0.6, 0.6)),
            mix(f.glow, f.paper, c.chance.between(0, 0.4)),
            line=0.5,
            tone=0.4,
        )
    for x, y, ink in (
        (-0.3, -0.5, f.accent),
        (0.3, -0.5, f.cool),
        (0.02, -0.76, f.accent),
        (0.55, -0.26, f.leaf),
    ):
        c.add([(x - 0.1, y), (x, y - 0.12), (x + 0.1, y), (x, y + 0.14)], ink, line=0.7, tone=0.3)
    c.add(
        [
            (-0.16, -0.66),
            (-0.22, -0.98),
            (-0.08, -0.84),
            (0.0, -1.02),
            (0.08, -0.84),
            (0.22, -0.98),
            (0.16, -0.66),
        ],
        f.glow,
        tone=0.4,
    )


def _chest(c: Cut) -> None:
    f = c.family
    wood = mix(f.earth, f.ink, 0.15)
    c.add(
        smooth(
            [(-0.62, -0.5), (-0.7, -0.82), (-0.5, -1.0), (0.5, -1.0), (0.7, -0.82), (0.62, -0.5)],
            steps=3,
        ),
        mix(wood, f.ink, 0.3),
    )
    c.add(
        smooth(
            [(-0.56, -0.46), (-0.3, -0.68), (0.0, -0.74), (0.34, -0.66), (0.56, -0.46)], steps=4
        ),
        f.glow,
        tone=0.2,
    )
    for n in range(9):
        x = -0.44 + 0.11 * n
        c.add(
            ellipse(x, -0.54 - 0.12 * math.cos(x * 3), 0.075, 0.05, tilt=0.3 * (-1) ** n),
            mix(f.glow, f.paper, 0.35),
            line=0.5,
            tone=0.2,
        )
    c.add(
        [(-0.2, -0.66), (-0.12, -0.78), (-0.02, -0.66), (-0.12, -0.54)],
        f.accent,
        line=0.6,
        tone=0.2,
    )
    c.add([(-0.62, 0), (0.62, 0), (0.66, -0.48), (-0.66, -0.48)], wood)
    for x in (-0.48, 0.0, 0.48):
        c.add(rectangle(x - 0.05, -0.48, x + 0.05, 0), mix(f.glow, f.earth, 0.45), line=0.5)
    c.add(rectangle(-0.09, -0.42, 0.09, -0.24), f.glow, line=0.6)


def _hull(c: Cut, half: float, deck: float, ink: Ink) -> None:
    c.add(
        smooth(
            [
                (-half, -deck * 1.15),
                (-half * 0.86, -deck * 0.3),
                (-half * 0.6, 0.05),
                (half * 0.55, 0.05),
                (half * 0.86, -deck * 0.5),
                (half * 1.12, -deck * 1.45),
                (half * 0.6, -deck * 0.95),
                (-half * 0.6, -deck * 0.9),
            ],
            steps=3,
        ),
        ink,
    )
    c.add(
        lens(
            (-half * 0.93, -deck * 0.72), (half * 0.98, -deck * 0.9), deck * 0.16, bend=deck * 0.12
        ),
        mix(ink, c.family.paper, 0.5),
        line=0,
    )
    c.add(
        lens((-half * 0.8, -deck * 0.36), (half * 0.85, -deck * 0.5), deck * 0.07, bend=deck * 0.1),
        mix(ink, c.family.ink, 0.5),
        line=0,
    )


def _ship(c: Cut) -> None:
    f = c.family
    sail = mix(f.paper, f.soft, 0.25)
    for x, top in ((-0.2, -0.86), (0.13, -1.0)):
        c.add(rectangle(x - 0.011, top, x + 0.011, -0.1), f.earth)
        span = -top - 0.2
        for n in range(3):
            y0, y1 = top + 0.04 + span * n / 3, top + span * (n + 0.92) / 3
            w = 0.1 + 0.035 * n
            c.add(
                smooth(
                    [
                        (x - w, y0),
                        (x + w, y0),
                        (x + w * 1.3 + 0.03, (y0 + y1) / 2),
                        (x + w * 1.1, y1),
                        (x - w * 1.1, y1),
                        (x - w * 0.86, (y0 + y1) / 2),
                    ],
                    steps=3,
                ),
                sail if n != 1 else mix(sail, f.accent, 0.75),
            )
    c.add([(0.16, -0.86), (0.52, -0.24), (0.2, -0.3)], sail)
    for x, top in ((-0.2, -0.86), (0.13, -1.0)):
        c.add([(x, top), (x - 0.13, top + 0.02), (x, top + 0.06)], f.accent, line=0.6)
    _hull(c, 0.46, 0.19, mix(f.earth, f.ink, 0.2))


def _boat(c: Cut) -> None:
    f = c.family
    c.add(rectangle(-0.02, -1.0, 0.02, -0.2), f.earth)
    c.add(
        smooth([(0.03, -0.96), (0.36, -0.6), (0.46, -0.32), (0.03, -0.3)], steps=3),
        mix(f.paper, f.soft, 0.2),
    )
    c.add(
        smooth([(-0.03, -0.9), (-0.26, -0.56), (-0.34, -0.34), (-0.03, -0.3)], steps=3),
        mix(f.accent, f.paper, 0.2),
    )
    _hull(c, 0.5, 0.24, mix(f.earth, f.accent, 0.25))


def _fire(c: Cut) -> None:
    f = c.family
    for a, b in (((-0.5, 0.0), (0.34, -0.18)), ((0.5, 0.0), (-0.34, -0.18))):
        c.add(capsule(a, b, 0.07, 0.06), mix(f.earth, f.ink, 0.3))
    _flame(c, 0.0, -0.1, 0.78)


def _well(c: Cut) -> None:
    f = c.family
    stone = mix(f.deep, f.soft, 0.45)
    for x in (-0.3, 0.3):
        c.add(rectangle(x - 0.025, -0.86, x + 0.025, -0.3), f.earth)
    c.add([(-0.46, -0.78), (0, -1.0), (0.46, -0.78)], f.accent)
    c.add(rectangle(-0.32, -0.66, 0.32, -0.62), mix(f.earth, f.ink, 0.3), line=0.6)
    c.add(rectangle(-0.012, -0.62, 0.012, -0.44), f.soft, line=0.3)
    c.add(rectangle(-0.4, -0.36, 0.4, 0), stone)
    for row in range(3):
        for n in range(4):
            x = -0.3 + 0.2 * n + 0.1 * (row % 2)
            c.add(
                lens((x - 0.07, -0.3 + 0.11 * row), (x + 0.07, -0.3 + 0.11 * row), 0.05),
                mix(stone, f.ink, 0.3),
                line=0,
            )
    c.add(ellipse(0, -0.36, 0.41, 0.07), mix(f.ink, f.deep, 0.3))


def _flower(c: Cut) -> None:
    f = c.family
    c.add(lens((0, 0), (0, -0.72), 0.035, bend=0.03), f.leaf)
    c.add(lens((0.01, -0.2), (0.24, -0.42), 0.1, bend=-0.03), f.leaf)
    c.add(lens((-0.01, -0.1), (-0.24, -0.34), 0.1, bend=0.03), f.leaf)
    for n in range(7):
        a = 2 * math.pi * n / 7
        c.add(
            ellipse(0.15 * math.cos(a), -0.78 + 0.15 * math.sin(a), 0.11, 0.075, tilt=a),
            f.accent,
            line=0.6,
        )
    c.add(ellipse(0, -0.78, 0.09, 0.09), f.glow)


def _gull(c: Cut) -> None:
    f = c.family
    for dx, dy, s in ((0.0, 0.0, 1.0), (0.95, -0.42, 0.62), (-0.9, -0.6, 0.52)):

        def at(
            x: float, y: float, dx: float = dx, dy: float = dy, s: float = s
        ) -> tuple[float, float]:
            return dx + x * s, -0.5 + dy + y * s

        wings = smooth(
            [
                at(-0.7, -0.3),
                at(-0.35, -0.34),
                at(-0.02, 0.02),
                at(0.3, -0.4),
                at(0.72, -0.42),
                at(0.36, -0.24),
                at(0.12, 0.12),
                at(-0.1, 0.14),
                at(-0.34, -0.18),
            ],
            steps=4,
        )
        c.piece(
            [wings, capsule(at(-0.22, 0.1), at(0.26, 0.06), 0.06 * s, 0.08 * s)],
            mix(f.paper, f.cool, 0.1),
        )
        c.add([at(0.32, 0.02), at(0.45, 0.07), at(0.32, 0.1)], f.glow, line=0.4)


def _tent(c: Cut) -> None:
    f = c.family
    c.add([(-0.7, 0), (0, -1.0), (0.7, 0)], mix(f.accent, f.soft, 0.25))
    for t in (-0.46, 0.46):
        c.add([(t - 0.08, 0), (0, -1.0), (t + 0.08, 0)], mix(f.paper, f.soft, 0.4), line=0.3)
    c.add([(-0.2, 0), (0, -0.68), (0.2, 0)], mix(f.ink, f.deep, 0.25), line=0.6)


def _bridge(c: Cut) -> None:
    f = c.family
    stone = mix(f.deep, f.soft, 0.42)
    a = np.linspace(np.pi, 2 * np.pi, 20)
    under = np.stack([0.72 * np.cos(a), 0.62 * np.sin(a)], axis=1)
    c.add(
        np.vstack(
            [
                [(-1.3, 0)],
                smooth(
                    [(-1.3, -0.3), (-0.6, -0.82), (0, -0.98), (0.6, -0.82), (1.3, -0.3)],
                    closed=False,
                    steps=6,
                ),
                [(1.3, 0), (0.72, 0)],
                under[::-1],
                [(-0.72, 0)],
            ]
        ),
        stone,
    )
    for n in range(11):
        b = math.pi * (1 + (n + 0.5) / 11)
        c.add(
            lens(
                (0.74 * math.cos(b), 0.64 * math.sin(b)),
                (0.9 * math.cos(b), 0.78 * math.sin(b)),
                0.024,
            ),
            mix(stone, f.ink, 0.5),
            line=0,
        )


def _stairs(c: Cut) -> None:
    f = c.family
    stone = mix(f.deep, f.soft, 0.42)
    for n in range(7):
        half = 0.62 - 0.055 * n
        y = -n / 7
        c.add(rectangle(-half, y - 1 / 7, half, y), mix(stone, f.ink, 0.3), line=0.7)
        c.add(rectangle(-half, y - 1 / 7, half, y - 0.085), mix(stone, f.paper, 0.2), line=0.0)


def _basket(c: Cut) -> None:
    f = c.family
    c.add(ellipse(-0.14, -0.6, 0.26, 0.2), f.paper)
    c.add(ellipse(0.18, -0.6, 0.24, 0.18), mix(f.cool, f.paper, 0.4))
    c.add(
        smooth([(-0.5, -0.55), (-0.42, -0.05), (0.42, -0.05), (0.5, -0.55), (0, -0.48)], steps=3),
        mix(f.earth, f.soft, 0.35),
    )
    for row in range(3):
        for n in range(6):
            x = -0.36 + 0.145 * n + 0.06 * (row % 2)
            c.add(
                lens((x - 0.05, -0.4 + 0.13 * row), (x + 0.05, -0.4 + 0.13 * row), 0.05),
                mix(f.earth, f.ink, 0.2),
                line=0,
            )


def _bed(c: Cut) -> None:
    f = c.family
    c.add(rectangle(-1.1, -1.0, -1.0, 0), f.earth)
    c.add(rectangle(1.0, -0.7, 1.1, 0), f.earth)
    c.add(rectangle(-1.0, -0.38, 1.0, -0.14), mix(f.earth, f.ink, 0.2))
    c.add(
        smooth([(-0.5, -0.36), (-0.5, -0.62), (0.0, -0.7), (0.9, -0.56), (1.0, -0.3)], steps=4),
        f.accent,
    )
    c.add(smooth([(-0.96, -0.38), (-0.92, -0.64), (-0.6, -0.68), (-0.5, -0.4)], steps=4), f.paper)


def _table(c: Cut) -> None:
    f = c.family
    wood = mix(f.earth, f.ink, 0.12)
    for x in (-0.7, 0.7):
        c.add(rectangle(x - 0.06, -0.86, x + 0.06, 0), mix(wood, f.ink, 0.25))
    c.add([(-0.95, -0.86), (0.95, -0.86), (0.85, -1.0), (-0.85, -1.0)], wood)


def _throne(c: Cut) -> None:
    f = c.family
    c.add(
        smooth([(-0.3, -0.4), (-0.32, -0.9), (0.0, -1.04), (0.32, -0.9), (0.3, -0.4)], steps=4),
        f.glow,
    )
    c.add(
        smooth([(-0.2, -0.4), (-0.22, -0.82), (0.0, -0.92), (0.22, -0.82), (0.2, -0.4)], steps=4),
        f.accent,
        line=0.5,
    )
    c.add(rectangle(-0.36, -0.44, 0.36, -0.3), f.accent)
    for x in (-0.32, 0.32):
        c.add(rectangle(x - 0.05, -0.56, x + 0.05, 0), f.glow)
    c.add(rectangle(-0.27, -0.3, 0.27, -0.02), mix(f.glow, f.earth, 0.4))


def _planet(c: Cut) -> None:
    f = c.family
    c.add(ellipse(0, -0.5, 0.5, 0.5, count=56), f.accent)
    for t in (-0.25, 0.05, 0.28):
        half = math.sqrt(0.25 - t * t)
        c.add(
            lens((-half, -0.5 + t), (half, -0.5 + t), 0.08, bend=0.03),
            mix(f.accent, f.soft, 0.4),
            line=0,
        )
    c.add(lens((-0.85, -0.36), (0.85, -0.64), 0.05, bend=-0.16), f.glow, line=0.6)


def _balloon(c: Cut) -> None:
    f = c.family
    for x in (-0.13, 0.13):
        c.add(lens((x * 1.6, -0.4), (x * 0.8, -0.14), 0.012), f.earth)
    c.add(rectangle(-0.11, -0.15, 0.11, 0), f.earth)
    envelope = smooth(
        [
            (0, -1.0),
            (0.32, -0.9),
            (0.42, -0.66),
            (0.28, -0.42),
            (0.12, -0.32),
            (-0.12, -0.32),
            (-0.28, -0.42),
            (-0.42, -0.66),
            (-0.32, -0.9),
        ],
        steps=5,
    )
    c.add(envelope, f.accent)
    for x in (-0.2, 0.2):
        c.add(
            smooth(
                [
                    (x * 0.25, -0.99),
                    (x * 1.6, -0.8),
                    (x * 1.6, -0.56),
                    (x * 0.5, -0.33),
                    (x * 0.3, -0.33),
                    (x * 0.75, -0.6),
                ],
                steps=4,
            ),
            f.paper,
            line=0.3,
        )


def _windmill(c: Cut) -> None:
    f = c.family
    c.add([(-0.2, 0), (0.2, 0), (0.12, -0.62), (-0.12, -0.62)], mix(f.paper, f.soft, 0.5))
    c.add(smooth([(-0.14, -0.62), (0.0, -0.78), (0.14, -0.62)], closed=False, steps=4), f.accent)
    c.add(rectangle(-0.05, -0.16, 0.05, 0), mix(f.earth, f.ink, 0.3), line=0.5)
    turn = c.chance.between(0, 1.5)
    for n in range(4):
        a = turn + n * math.pi / 2
        co, si = math.cos(a), math.sin(a)
        sail = [(0.05, 0.02), (0.42, 0.02), (0.42, 0.12), (0.08, 0.1)]
        c.add(
            [(x * co - y * si, -0.64 + x * si + y * co) for x, y in sail],
            mix(f.soft, f.paper, 0.5),
            line=0.7,
        )
    c.add(ellipse(0, -0.64, 0.03, 0.03), f.earth)


def _statue(c: Cut) -> None:
    f = c.family
    stone = mix(f.deep, f.soft, 0.46)
    c.add(rectangle(-0.3, -0.14, 0.3, 0), stone)
    c.add(rectangle(-0.24, -0.22, 0.24, -0.14), stone)
    c.add(
        smooth(
            [
                (-0.18, -0.22),
                (-0.2, -0.5),
                (-0.22, -0.7),
                (-0.08, -0.78),
                (0.08, -0.78),
                (0.22, -0.7),
                (0.2, -0.5),
                (0.18, -0.22),
            ],
            steps=3,
        ),
        stone,
    )
    c.add(ellipse(0, -0.87, 0.1, 0.13), stone)
    for x in (-0.04, 0.04):
        c.add(ellipse(x, -0.88, 0.018, 0.012), f.ink, line=0)
    c.add(lens((-0.1, -0.66), (0.12, -0.46), 0.03), mix(stone, f.ink, 0.5), line=0)


_DRAWINGS: dict[str, Callable[[Cut], None]] = {
    "crystal": _crystal, "torch": _torch, "candle": _candle, "lantern": _lantern, "map": _map, "book": _book,
    "sword": _sword, "staff": _staff, "star": _star, "door": _door, "temple": _temple, "house": _house,
    "castle": _castle, "tower": _tower, "tree": _tree, "conifer": _conifer, "palm": _palm, "pillar": _pillar,
    "rock": _rock, "grapes": _grapes, "peach": _peach, "apple": _apple, "orb": _orb, "gold": _gold,
    "chest": _chest, "ship": _ship, "boat": _boat, "fire": _fire, "well": _well, "flower": _flower,
    "gull": _gull, "tent": _tent, "bridge": _bridge, "stairs": _stairs, "basket": _basket, "bed": _bed,
    "table": _table, "throne": _throne, "planet": _planet, "balloon": _balloon, "windmill": _windmill,
    "statue": _statue,
}  # fmt: skip


def cut_thing(
    drawing: str, *, x: float, y: float, height: float, facing: int, family: Family, chance: Chance
) -> Block:
    """Return the block of a thing; empty if ``drawing`` is an emoji that the font has not."""
    if drawing.startswith("emoji:"):
        return _cut_emoji(drawing.removeprefix("emoji:"), x, y, height, facing, family, chance)
    cut = Cut(x, y, height, facing, family, chance)
    _DRAWINGS[drawing](cut)
    return cut.block


# Inks of the larger areas of an emoji, the largest first.
_EMOJI_INKS: dict[str, tuple[str, str, str]] = {
    "🚀": ("paper", "accent", "cool"), "🐒": ("earth", "soft", "earth"), "🦚": ("cool", "leaf", "glow"),
    "🐉": ("leaf", "accent", "glow"), "🐘": ("cool", "soft", "paper"), "🐪": ("soft", "earth", "paper"),
    "🍄": ("accent", "paper", "soft"), "👑": ("glow", "accent", "paper"), "🗝️": ("glow", "soft", "paper"),
    "🦅": ("earth", "paper", "glow"), "🦉": ("earth", "soft", "glow"), "🐟": ("cool", "paper", "accent"),
    "🐋": ("cool", "paper", "deep"), "🐬": ("cool", "paper", "deep"), "🦢": ("paper", "soft", "accent"),
    "🐓": ("paper", "accent", "glow"), "🌵": ("leaf", "leaf", "glow"), "🐢": ("leaf", "earth", "soft"),
    "🐍": ("leaf", "glow", "accent"), "🐊": ("leaf", "paper", "glow"), "🐸": ("leaf", "paper", "accent"),
    "🤖": ("cool", "paper", "glow"), "⛄": ("paper", "accent", "glow"), "🦋": ("accent", "glow", "paper"),
    "🚂": ("accent", "deep", "glow"), "🚗": ("accent", "cool", "paper"), "🦆": ("leaf", "paper", "glow"),
    "🪁": ("accent", "glow", "cool"), "☂️": ("accent", "paper", "earth"), "🎻": ("earth", "soft", "paper"),
}  # fmt: skip


def _cut_emoji(
    character: str, x: float, y: float, height: float, facing: int, family: Family, chance: Chance
) -> Block:
    block = Block()
    glyph = find_glyph(character)
    if glyph is None:
        return block
    spare = chance.pick(
        (
            ("accent", "paper", "glow"),
            ("glow", "paper", "accent"),
            ("soft", "accent", "paper"),
            ("cool", "paper", "soft"),
        )
    )
    inks = [getattr(family, role) for role in _EMOJI_INKS.get(character, spare)]
    # Noto's animals look to the left.
    scale = np.array([height * -facing, height])
    seen = 0
    outer: list[Outline] = []
    for contour in glyph.contours:
        points = contour.points * scale + (x, y)
        if contour.solid:
            inside = seen > 0 and contour.area < 0.2 * glyph.contours[0].area
            block.add(points, family.ink, line=0.0 if inside else 0.5, tone=0)
            outer.append(points)
            continue
        rank = 0 if seen == 0 else 1 if contour.area > 0.04 * glyph.width else 2
        ink = inks[rank]
        if luminance(ink) < 0.16:  # noqa: PLR2004  (too dark beside the black line)
            ink = mix(ink, family.paper, 0.3)
        block.add(points, ink, line=0.0, tone=0.8)
        seen += 1
    return block
