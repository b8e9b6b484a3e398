"""Animals that are neither birds nor of the four-legged breeds, and creatures of tales."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from raypipe.images.storybook.palette import Ink, mix
from raypipe.images.storybook.props.cut import Cut
from raypipe.images.storybook.shapes import Outline, Points, capsule, ellipse, lens, smooth


def _tapered(points: Points, start: float, end: float) -> list[Points]:
    """Return overlapping round pieces along a curve, from radius ``start`` to ``end``."""
    curve = smooth(points, closed=False, steps=6)
    radii = np.linspace(start, end, len(curve))
    return [
        capsule(curve[n], curve[n + 1], float(radii[n]), float(radii[n + 1]), count=6)
        for n in range(len(curve) - 1)
    ]


def _eye(c: Cut, x: float, y: float, size: float) -> None:
    c.add(ellipse(x, y, size, size), c.family.paper, line=0.4, tone=0)
    c.add(ellipse(x + size * 0.15, y, size * 0.55, size * 0.6), c.family.ink, line=0)


def _fish(c: Cut) -> None:
    f = c.family
    for dx, dy, s, ink in (
        (0.0, 0.0, 1.0, f.accent),
        (-1.0, -0.5, 0.6, f.glow),
        (-0.8, 0.42, 0.5, f.glow),
    ):

        def at(
            points: list[tuple[float, float]], dx: float = dx, dy: float = dy, s: float = s
        ) -> Outline:
            return np.array([(dx + x * s, dy - 0.5 + y * s) for x, y in points])

        c.add(at([(-0.5, 0.0), (-0.92, -0.3), (-0.8, 0.0), (-0.92, 0.3)]), mix(ink, f.earth, 0.25))
        c.add(
            smooth(
                at(
                    [
                        (0.66, 0.02),
                        (0.3, -0.32),
                        (-0.2, -0.28),
                        (-0.6, 0.0),
                        (-0.2, 0.28),
                        (0.3, 0.3),
                    ]
                ),
                steps=4,
            ),
            ink,
        )
        c.add(
            smooth(at([(0.2, 0.28), (-0.2, 0.27), (-0.5, 0.04), (0.3, 0.1)]), steps=3),
            mix(ink, f.paper, 0.6),
            line=0,
        )
        c.add(at([(0.1, -0.3), (-0.3, -0.52), (-0.2, -0.26)]), mix(ink, f.earth, 0.25), line=0.8)
        ends = [(0.14 - 0.16 * n, y) for n in range(4) for y in (-0.16, 0.12)]
        scales = at(ends).reshape(4, 2, 2)
        for n in range(4):
            c.add(
                lens(scales[n, 0], scales[n, 1], 0.04 * s, bend=0.06 * s),
                mix(ink, f.ink, 0.35),
                line=0,
            )
        x, y = at([(0.42, -0.06)])[0]
        _eye(c, float(x), float(y), 0.06 * s)


def _whale(c: Cut) -> None:
    f = c.family
    skin = mix(f.deep, f.cool, 0.4)
    c.add(
        smooth([(-1.0, -0.5), (-1.4, -0.86), (-1.16, -0.5), (-1.5, -0.3), (-1.0, -0.34)], steps=4),
        skin,
    )
    c.add(
        smooth(
            [
                (1.0, -0.42),
                (0.86, -0.74),
                (0.4, -0.9),
                (-0.2, -0.82),
                (-0.8, -0.56),
                (-1.2, -0.44),
                (-0.8, -0.2),
                (-0.1, 0.0),
                (0.6, 0.0),
                (0.95, -0.14),
            ],
            steps=5,
        ),
        skin,
    )
    c.add(
        smooth(
            [
                (1.0, -0.36),
                (0.5, -0.3),
                (0.0, -0.22),
                (-0.5, -0.2),
                (-0.1, 0.0),
                (0.6, 0.0),
                (0.95, -0.12),
            ],
            steps=4,
        ),
        mix(f.paper, f.cool, 0.2),
        line=0.5,
    )
    for n in range(5):
        c.add(
            lens(
                (0.84 - 0.06 * n, -0.26 + 0.05 * n),
                (-0.2 - 0.04 * n, -0.16 + 0.035 * n),
                0.018,
                bend=0.03,
            ),
            mix(skin, f.paper, 0.35),
            line=0,
        )
    c.add(
        smooth([(0.3, -0.2), (0.1, 0.14), (-0.1, 0.16), (0.06, -0.16)], steps=4),
        mix(skin, f.ink, 0.25),
    )
    _eye(c, 0.68, -0.42, 0.04)
    for side in (-1, 1):
        c.add(
            smooth(
                [
                    (0.4, -0.92),
                    (0.4 + side * 0.06, -1.12),
                    (0.4 + side * 0.22, -1.14),
                    (0.4 + side * 0.12, -1.06),
                ],
                steps=4,
            ),
            mix(f.paper, f.cool, 0.3),
            line=0.5,
        )


def _octopus(c: Cut) -> None:
    f = c.family
    skin = mix(f.accent, f.soft, 0.15)
    for n in range(6):
        x = -0.5 + 0.2 * n
        side = -1 if n < 3 else 1
        c.piece(
            _tapered(
                [
                    (x * 0.5, -0.42),
                    (x * 0.9, -0.22),
                    (x * 1.2, -0.05),
                    (x * 1.3 + side * 0.16, -0.12),
                ],
                0.09,
                0.035,
            ),
            skin,
        )
    c.add(
        smooth(
            [
                (-0.34, -0.4),
                (-0.38, -0.74),
                (-0.2, -0.98),
                (0.2, -0.98),
                (0.38, -0.74),
                (0.34, -0.4),
                (0.0, -0.32),
            ],
            steps=5,
        ),
        skin,
    )
    for x in (-0.13, 0.13):
        _eye(c, x, -0.5, 0.07)
    for x, y, r in ((-0.2, -0.8, 0.04), (0.08, -0.86, 0.05), (0.22, -0.72, 0.03)):
        c.add(ellipse(x, y, r, r), mix(skin, f.paper, 0.5), line=0)


def _turtle(c: Cut) -> None:
    f = c.family
    skin = mix(f.leaf, f.soft, 0.35)
    for x in (-0.5, 0.42):
        c.add(
            smooth(
                [(x - 0.14, -0.24), (x - 0.18, 0.0), (x + 0.16, 0.0), (x + 0.14, -0.24)], steps=3
            ),
            skin,
        )
    c.piece([capsule((0.6, -0.26), (0.94, -0.56), 0.13, 0.12), ellipse(1.0, -0.6, 0.2, 0.16)], skin)
    c.add(
        smooth(
            [
                (-0.9, -0.18),
                (-0.74, -0.7),
                (-0.2, -1.0),
                (0.3, -0.94),
                (0.66, -0.6),
                (0.78, -0.18),
                (0.0, -0.1),
            ],
            steps=5,
        ),
        mix(f.leaf, f.deep, 0.35),
    )
    for x, y, r in ((-0.45, -0.5, 0.17), (-0.02, -0.66, 0.2), (0.38, -0.46, 0.16)):
        c.add(
            [(x + r * math.cos(a), y + r * 0.85 * math.sin(a)) for a in np.arange(6) * math.pi / 3],
            mix(f.leaf, f.glow, 0.4),
            line=0.5,
        )
    _eye(c, 1.06, -0.64, 0.035)


def _snake(c: Cut) -> None:
    f = c.family
    path = [
        (-0.9, -0.06),
        (-0.4, -0.14),
        (-0.1, -0.06),
        (0.3, -0.1),
        (0.4, -0.34),
        (0.1, -0.5),
        (0.04, -0.74),
        (0.3, -0.86),
    ]
    c.piece(_tapered(path, 0.05, 0.11), f.leaf)
    for n in range(9):
        x = -0.7 + 0.12 * n
        c.add(lens((x, -0.15), (x + 0.03, -0.04), 0.04), f.glow, line=0)
    c.add(ellipse(0.36, -0.87, 0.16, 0.12), f.leaf)
    c.add(lens((0.5, -0.85), (0.74, -0.8), 0.03), f.accent, line=0.4)
    _eye(c, 0.4, -0.91, 0.035)


def _frog(c: Cut) -> None:
    f = c.family
    c.add(ellipse(-0.36, -0.22, 0.34, 0.24), mix(f.leaf, f.deep, 0.2))
    c.add(
        smooth(
            [
                (-0.5, -0.3),
                (-0.2, -0.7),
                (0.2, -0.84),
                (0.5, -0.66),
                (0.5, -0.3),
                (0.1, -0.06),
                (-0.4, -0.08),
            ],
            steps=4,
        ),
        f.leaf,
    )
    c.add(
        smooth([(0.5, -0.5), (0.2, -0.5), (0.0, -0.2), (0.3, -0.1), (0.5, -0.3)], steps=4),
        mix(f.leaf, f.paper, 0.6),
        line=0,
    )
    for x in (0.34, -0.3):
        c.add(lens((x, -0.3), (x + 0.2, 0.0), 0.14), f.leaf)
        c.add(lens((x + 0.06, -0.02), (x + 0.44, -0.02), 0.08), f.leaf, line=0.8)
    c.add(ellipse(0.28, -0.86, 0.13, 0.13), f.leaf)
    _eye(c, 0.31, -0.87, 0.075)
    c.add(lens((0.3, -0.58), (0.56, -0.56), 0.03, bend=0.03), f.ink, line=0)


def _monkey(c: Cut) -> None:
    f = c.family
    fur, skin = mix(f.earth, f.ink, 0.12), mix(f.soft, f.paper, 0.15)
    tail = [
        (-0.26, -0.1),
        (-0.6, -0.06),
        (-0.74, -0.36),
        (-0.56, -0.62),
        (-0.7, -0.8),
        (-0.86, -0.72),
    ]
    c.piece(_tapered(tail, 0.055, 0.045), fur)
    c.piece(
        [ellipse(-0.06, -0.3, 0.27, 0.32), capsule((-0.05, -0.3), (0.02, -0.62), 0.24, 0.16)], fur
    )
    c.add(ellipse(0.05, -0.34, 0.14, 0.2), skin, line=0)
    c.piece(
        [
            capsule((-0.1, -0.14), (0.22, -0.3), 0.14, 0.1),
            capsule((0.22, -0.3), (0.26, -0.05), 0.085, 0.06),
        ],
        fur,
    )
    c.add(lens((0.18, -0.03), (0.46, -0.03), 0.1), skin)
    c.add(ellipse(0.17, -0.82, 0.09, 0.1), skin)
    c.add(ellipse(0.03, -0.8, 0.235, 0.21), fur)
    c.add(
        smooth(
            [
                (0.06, -0.95),
                (0.22, -0.9),
                (0.26, -0.78),
                (0.36, -0.7),
                (0.28, -0.6),
                (0.08, -0.62),
                (0.02, -0.78),
            ],
            steps=4,
        ),
        skin,
        tone=0.3,
    )
    c.add(ellipse(-0.16, -0.8, 0.085, 0.095), skin)
    c.add(ellipse(0.17, -0.83, 0.026, 0.034), f.ink, line=0)
    c.add(lens((0.16, -0.66), (0.32, -0.67), 0.02, bend=0.015), f.ink, line=0)
    c.piece(
        [
            capsule((0.0, -0.56), (0.26, -0.42), 0.085, 0.065),
            capsule((0.26, -0.42), (0.42, -0.56), 0.06, 0.05),
        ],
        fur,
    )
    c.add(ellipse(0.44, -0.58, 0.055, 0.055), skin)


def _elephant(c: Cut) -> None:
    f = c.family
    skin = mix(mix(f.deep, f.paper, 0.42), f.soft, 0.15)
    dark = mix(skin, f.ink, 0.3)
    for x, ink in ((-0.34, dark), (0.3, dark), (-0.48, skin), (0.16, skin)):
        c.add([(x - 0.11, -0.45), (x + 0.11, -0.45), (x + 0.1, 0.0), (x - 0.1, 0.0)], ink)
        for n in (-0.06, 0.0, 0.06):
            c.add(ellipse(x + n, -0.015, 0.025, 0.02), f.paper, line=0.3)
    c.add(lens((-0.68, -0.66), (-0.78, -0.28), 0.05, bend=-0.05), dark)
    c.piece(
        [
            smooth(
                [
                    (-0.7, -0.5),
                    (-0.6, -0.84),
                    (-0.1, -0.98),
                    (0.3, -0.9),
                    (0.42, -0.6),
                    (0.3, -0.32),
                    (-0.2, -0.26),
                    (-0.62, -0.32),
                ],
                steps=5,
            ),
            ellipse(0.5, -0.78, 0.24, 0.23),
        ],
        skin,
    )
    c.piece(
        _tapered(
            [(0.64, -0.74), (0.8, -0.5), (0.8, -0.2), (0.92, -0.06), (1.02, -0.14)], 0.13, 0.05
        ),
        skin,
    )
    c.add(
        smooth([(0.62, -0.58), (0.78, -0.44), (0.98, -0.46), (0.8, -0.54), (0.7, -0.66)], steps=4),
        f.paper,
    )
    c.add(
        smooth([(0.44, -0.92), (0.2, -0.98), (0.06, -0.7), (0.2, -0.44), (0.4, -0.54)], steps=5),
        mix(skin, f.soft, 0.35),
    )
    c.add(ellipse(0.6, -0.82, 0.025, 0.028), f.ink, line=0)


def _camel(c: Cut) -> None:
    f = c.family
    coat = mix(f.soft, f.earth, 0.42)
    dark = mix(coat, f.ink, 0.3)
    for x, ink in ((-0.28, dark), (0.2, dark), (-0.36, coat), (0.12, coat)):
        c.piece(
            [
                capsule((x, -0.5), (x + 0.02, -0.26), 0.07, 0.045),
                capsule((x + 0.02, -0.26), (x - 0.01, -0.03), 0.04, 0.032),
                ellipse(x + 0.02, -0.02, 0.06, 0.03),
            ],
            ink,
        )
    c.add(lens((-0.46, -0.62), (-0.54, -0.34), 0.05), dark)
    body = [
        (-0.5, -0.58),
        (-0.38, -0.76),
        (-0.22, -0.8),
        (-0.1, -0.98),
        (0.04, -0.8),
        (0.26, -0.74),
        (0.36, -0.58),
        (0.24, -0.46),
        (-0.1, -0.44),
        (-0.4, -0.46),
    ]
    c.piece(
        [
            smooth(body, steps=4),
            *_tapered([(0.26, -0.6), (0.46, -0.5), (0.58, -0.66), (0.6, -0.88)], 0.14, 0.07),
            ellipse(0.66, -0.94, 0.1, 0.075),
            capsule((0.68, -0.93), (0.82, -0.89), 0.065, 0.05),
        ],
        coat,
    )
    c.add(
        smooth(
            [(-0.26, -0.8), (-0.1, -0.98), (0.06, -0.8), (0.06, -0.56), (-0.26, -0.56)], steps=4
        ),
        f.accent,
        line=0.7,
    )
    for n in range(4):
        c.add(lens((-0.22 + 0.08 * n, -0.6), (-0.22 + 0.08 * n, -0.5), 0.03), f.glow, line=0)
    c.add(lens((0.58, -1.0), (0.52, -1.08), 0.05), coat)
    c.add(ellipse(0.68, -0.96, 0.018, 0.02), f.ink, line=0)


def _dragon(c: Cut) -> None:
    f = c.family
    skin, belly = mix(f.leaf, f.deep, 0.2), mix(f.glow, f.soft, 0.4)
    wing = mix(f.accent, f.deep, 0.25)
    c.add(
        smooth(
            [
                (-0.05, -0.56),
                (-0.3, -1.0),
                (-0.78, -1.02),
                (-0.62, -0.84),
                (-0.8, -0.66),
                (-0.5, -0.68),
                (-0.5, -0.5),
                (-0.3, -0.54),
                (-0.12, -0.42),
            ],
            steps=3,
        ),
        wing,
    )
    for tip in ((-0.74, -1.0), (-0.76, -0.68), (-0.48, -0.52)):
        c.add(lens((-0.08, -0.54), tip, 0.03), mix(wing, f.ink, 0.4), line=0)
    c.piece(
        _tapered(
            [(-0.2, -0.3), (-0.52, -0.14), (-0.86, -0.16), (-1.04, -0.34), (-0.94, -0.48)],
            0.17,
            0.04,
        ),
        skin,
    )
    c.add([(-0.9, -0.42), (-1.06, -0.62), (-0.82, -0.56)], wing)
    c.add(capsule((-0.16, -0.2), (-0.2, -0.03), 0.12, 0.08), mix(skin, f.ink, 0.3))
    c.piece(
        [
            ellipse(-0.02, -0.34, 0.3, 0.24, tilt=-0.3),
            *_tapered([(0.12, -0.42), (0.34, -0.52), (0.38, -0.74), (0.52, -0.86)], 0.2, 0.1),
            capsule((-0.02, -0.18), (0.08, -0.04), 0.12, 0.07),
            capsule((0.2, -0.3), (0.34, -0.2), 0.07, 0.05),
        ],
        skin,
    )
    c.add(
        smooth(
            [
                (0.26, -0.36),
                (0.42, -0.54),
                (0.46, -0.72),
                (0.36, -0.62),
                (0.2, -0.44),
                (0.0, -0.16),
                (0.12, -0.14),
            ],
            steps=4,
        ),
        belly,
        line=0,
    )
    c.piece(
        [ellipse(0.56, -0.88, 0.15, 0.12), capsule((0.62, -0.86), (0.86, -0.8), 0.1, 0.065)], skin
    )
    for x in (0.46, 0.54):
        c.add(lens((x, -0.96), (x - 0.16, -1.1), 0.06, bend=-0.03), belly)
    for n in range(6):
        t = n / 5
        x, y = 0.36 - 0.62 * t, -0.82 + 0.36 * t + 0.1 * math.sin(3 * t)
        c.add([(x - 0.05, y + 0.06), (x - 0.06, y - 0.06), (x + 0.05, y + 0.03)], wing, line=0.7)
    _eye(c, 0.61, -0.92, 0.032)
    c.add(ellipse(0.86, -0.83, 0.016, 0.014), f.ink, line=0)
    c.add(lens((0.64, -0.79), (0.88, -0.76), 0.016), f.ink, line=0)


def _butterfly(c: Cut) -> None:
    f = c.family
    for side in (-1, 1):
        c.add(
            smooth(
                [
                    (0, -0.5),
                    (side * 0.3, -0.96),
                    (side * 0.66, -0.9),
                    (side * 0.6, -0.54),
                    (side * 0.1, -0.44),
                ],
                steps=4,
            ),
            f.accent,
        )
        c.add(
            smooth(
                [
                    (0, -0.46),
                    (side * 0.44, -0.46),
                    (side * 0.5, -0.16),
                    (side * 0.26, -0.06),
                    (side * 0.04, -0.36),
                ],
                steps=4,
            ),
            f.glow,
        )
        c.add(ellipse(side * 0.42, -0.74, 0.09, 0.09), f.paper, line=0)
        c.add(ellipse(side * 0.3, -0.28, 0.06, 0.06), f.accent, line=0)
    c.add(lens((0, -0.84), (0, -0.18), 0.08), mix(f.ink, f.deep, 0.2))


def _bat(c: Cut) -> None:
    f = c.family
    dark = mix(f.ink, f.deep, 0.45)
    for side in (-1, 1):
        c.add(
            [
                (side * 0.06, -0.5),
                (side * 0.36, -0.9),
                (side * 0.9, -0.8),
                (side * 1.0, -0.3),
                (side * 0.74, -0.46),
                (side * 0.56, -0.24),
                (side * 0.34, -0.42),
                (side * 0.1, -0.26),
            ],
            dark,
        )
        c.add([(side * 0.02, -0.7), (side * 0.12, -0.92), (side * 0.14, -0.64)], dark, line=0.6)
    c.add(ellipse(0, -0.46, 0.13, 0.24), dark)
    for x in (-0.05, 0.05):
        c.add(ellipse(x, -0.58, 0.022, 0.022), f.glow, line=0)


def _robot(c: Cut) -> None:
    f = c.family
    steel = mix(f.cool, f.paper, 0.4)
    joint = mix(f.deep, f.ink, 0.3)
    for x in (-0.13, 0.13):
        c.add(capsule((x, -0.34), (x, -0.06), 0.05, 0.05), joint)
        c.add(
            smooth([(x - 0.12, 0), (x - 0.1, -0.1), (x + 0.1, -0.1), (x + 0.12, 0)], steps=2), steel
        )
        side = 1 if x > 0 else -1
        c.piece(
            [
                capsule((side * 0.28, -0.6), (side * 0.4, -0.42), 0.045, 0.04),
                capsule((side * 0.4, -0.42), (side * 0.36, -0.28), 0.04, 0.05),
            ],
            joint,
        )
    c.add(smooth([(-0.27, -0.3), (-0.29, -0.64), (0.29, -0.64), (0.27, -0.3)], steps=2), steel)
    c.add(ellipse(0, -0.47, 0.1, 0.1), f.accent, line=0.6)
    c.add(ellipse(0, -0.47, 0.05, 0.05), f.glow, line=0)
    c.add(
        smooth([(-0.22, -0.68), (-0.23, -0.92), (0.23, -0.92), (0.22, -0.68)], steps=2),
        mix(steel, f.paper, 0.3),
    )
    for x in (-0.09, 0.09):
        c.add(ellipse(x, -0.81, 0.05, 0.05), f.glow, line=0.6, tone=0)
    c.add(lens((0, -0.92), (0, -1.02), 0.03), joint)
    c.add(ellipse(0, -1.03, 0.035, 0.035), f.accent, line=0.6)


def _spider(c: Cut) -> None:
    f = c.family
    dark: Ink = mix(f.ink, f.deep, 0.35)
    for n in range(4):
        for side in (-1, 1):
            knee = (side * (0.3 + 0.1 * n), -0.75 + 0.06 * n)
            c.add(lens((0, -0.36), knee, 0.05), dark, line=0.4)
            c.add(lens(knee, (side * (0.4 + 0.18 * n), -0.02), 0.045), dark, line=0.4)
    c.add(ellipse(-0.12, -0.42, 0.24, 0.22), dark)
    c.add(ellipse(0.16, -0.38, 0.14, 0.12), dark)
    _eye(c, 0.2, -0.42, 0.035)


DRAWINGS: dict[str, Callable[[Cut], None]] = {
    "fish": _fish,
    "whale": _whale,
    "octopus": _octopus,
    "turtle": _turtle,
    "snake": _snake,
    "frog": _frog,
    "monkey": _monkey,
    "elephant": _elephant,
    "camel": _camel,
    "dragon": _dragon,
    "butterfly": _butterfly,
    "bat": _bat,
    "robot": _robot,
    "spider": _spider,
}
