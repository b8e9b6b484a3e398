"""What stands on the horizon: houses, temples, towers, bridges."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from raypipe.images.storybook.palette import mix
from raypipe.images.storybook.props.cut import Cut
from raypipe.images.storybook.shapes import Outline, ellipse, lens, rectangle, smooth, star


def _door(c: Cut) -> None:
    f = c.family
    stone, wood = mix(f.deep, f.soft, 0.4), c.own(mix(f.earth, f.ink, 0.2))
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
    c.add(rectangle(-0.4, -0.52, 0.4, 0.0), c.own(mix(f.paper, f.soft, 0.5)))
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


def _pillar(c: Cut) -> None:
    f = c.family
    stone = mix(f.soft, f.deep, 0.25)
    c.add([(-0.1, -0.05), (-0.085, -0.9), (0.085, -0.9), (0.1, -0.05)], stone)
    for x in (-0.05, 0.0, 0.05):
        c.add(lens((x, -0.1), (x * 0.9, -0.86), 0.014), mix(stone, f.ink, 0.45), line=0)
    c.add(rectangle(-0.14, -0.06, 0.14, 0), stone)
    c.add(rectangle(-0.14, -0.98, 0.14, -0.9), stone)


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


def _tent(c: Cut) -> None:
    f = c.family
    c.add([(-0.7, 0), (0, -1.0), (0.7, 0)], mix(f.accent, f.soft, 0.25))
    for t in (-0.46, 0.46):
        c.add([(t - 0.08, 0), (0, -1.0), (t + 0.08, 0)], mix(f.paper, f.soft, 0.4), line=0.3)
    c.add([(-0.2, 0), (0, -0.68), (0.2, 0)], mix(f.ink, f.deep, 0.25), line=0.6)


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


def _altar(c: Cut) -> None:
    f = c.family
    stone = mix(f.soft, f.deep, 0.3)
    c.add(rectangle(-0.62, -0.16, 0.62, 0), stone)
    c.add([(-0.42, -0.16), (0.42, -0.16), (0.36, -0.78), (-0.36, -0.78)], stone)
    c.add(rectangle(-0.56, -1.0, 0.56, -0.78), mix(stone, f.paper, 0.12))
    for x in (-0.22, 0.0, 0.22):
        c.add(lens((x, -0.24), (x * 0.9, -0.7), 0.05), mix(stone, f.ink, 0.4), line=0)


DRAWINGS: dict[str, Callable[[Cut], None]] = {
    "door": _door,
    "temple": _temple,
    "house": _house,
    "castle": _castle,
    "tower": _tower,
    "pillar": _pillar,
    "bridge": _bridge,
    "stairs": _stairs,
    "windmill": _windmill,
    "tent": _tent,
    "statue": _statue,
    "well": _well,
    "altar": _altar,
}
