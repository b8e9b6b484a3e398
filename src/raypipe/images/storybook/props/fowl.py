"""Birds."""

from __future__ import annotations

import math
from collections.abc import Callable

from raypipe.images.storybook.palette import Ink, mix
from raypipe.images.storybook.props.cut import Cut
from raypipe.images.storybook.shapes import capsule, ellipse, lens, smooth


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


def _bird(
    c: Cut,
    body: Ink,
    wing: Ink,
    head: Ink,
    *,
    leg: float = 0.3,
    neck: float = 0.25,
    long: float = 0.36,
    tail: float = 0.35,
    rise: float = 0.2,
    beak: float = 0.12,
) -> None:
    """Cut a standing bird: legs, tail, egg-shaped body, neck, head and folded wing."""
    f = c.family
    y = -leg - long * 0.45
    for x in (-0.05, 0.07):
        c.add(lens((x, y + 0.1), (x + 0.02, 0.0), 0.035), f.glow, line=0.6)
        c.add(lens((x - 0.03, -0.005), (x + 0.1, -0.005), 0.035), f.glow, line=0.5)
    back = (-long * 0.8, y - long * 0.1)
    tip = (back[0] - tail, back[1] - rise)
    c.add(
        smooth(
            [
                back,
                (back[0] - tail * 0.4, back[1] - rise * 0.7 - 0.05),
                tip,
                (back[0] - tail * 0.3, back[1] + 0.1),
                (back[0] + 0.1, back[1] + 0.14),
            ],
            steps=4,
        ),
        wing,
    )
    top = (long * 0.72 + neck * 0.2, y - long * 0.2 - neck)
    c.piece(
        [
            ellipse(0, y, long, long * 0.56, tilt=-0.25),
            capsule((long * 0.5, y - long * 0.1), top, long * 0.36, 0.085),
        ],
        body,
    )
    c.add(
        [
            (top[0] + 0.06, top[1] - 0.04),
            (top[0] + 0.08 + beak, top[1] + 0.015),
            (top[0] + 0.05, top[1] + 0.05),
        ],
        f.glow,
        line=0.7,
    )
    c.add(ellipse(*top, 0.1, 0.092), head)
    c.add(ellipse(top[0] + 0.03, top[1] - 0.015, 0.018, 0.02), f.ink, line=0)
    c.add(
        smooth(
            [
                (long * 0.42, y - long * 0.2),
                (0, y - long * 0.38),
                (-long * 0.9, y - 0.02),
                (-long * 0.3, y + long * 0.3),
                (long * 0.3, y + long * 0.2),
            ],
            steps=4,
        ),
        wing,
    )
    for n in range(3):
        c.add(
            lens(
                (long * (0.2 - 0.2 * n), y - 0.02 + 0.03 * n),
                (-long * (0.3 + 0.2 * n), y + 0.04),
                0.022,
            ),
            mix(wing, f.ink, 0.4),
            line=0,
        )


def _pheasant(c: Cut) -> None:
    f = c.family
    for n, rise in enumerate((0.02, 0.14, 0.26)):
        ink = mix(f.earth, f.glow, 0.25 * n)
        c.add(
            lens((-0.2, -0.46), (-1.05 + 0.1 * n, -0.42 - rise * 1.6), 0.1, bend=-0.06),
            ink,
            line=0.8,
        )
        for t in (0.35, 0.55, 0.75):
            x, y = -0.2 - (0.85 - 0.1 * n) * t, -0.46 + (0.04 - rise * 1.6) * t
            c.add(
                lens((x - 0.02, y - 0.05), (x + 0.02, y + 0.05), 0.02), mix(ink, f.ink, 0.5), line=0
            )
    _bird(c, f.accent, mix(f.earth, f.accent, 0.3), f.leaf, leg=0.26, neck=0.26, tail=0.2)
    c.add(ellipse(0.345, -0.725, 0.05, 0.04), f.accent, line=0)
    c.add(lens((0.24, -0.62), (0.4, -0.62), 0.05), f.paper, line=0.4)


def _peacock(c: Cut) -> None:
    f = c.family
    for n in range(11):
        a = math.pi * (1.02 + 0.96 * n / 10)
        x, y = 0.78 * math.cos(a), -0.32 + 0.66 * math.sin(a)
        c.add(lens((0, -0.32), (x, y), 0.15), f.leaf, line=0.6)
        c.add(ellipse(x * 0.9, -0.32 + (y + 0.32) * 0.9, 0.06, 0.07, tilt=a), f.glow, line=0.4)
        c.add(ellipse(x * 0.9, -0.32 + (y + 0.32) * 0.9, 0.03, 0.035, tilt=a), f.deep, line=0)
    _bird(c, f.cool, f.cool, f.cool, leg=0.14, neck=0.3, long=0.24, tail=0.1)


def _rooster(c: Cut) -> None:
    f = c.family
    for n in range(4):
        c.add(
            lens((-0.24, -0.5), (-0.62 + 0.05 * n, -0.62 - 0.1 * n), 0.14, bend=-0.12),
            mix(f.deep, f.leaf, 0.3 * n),
            line=0.8,
        )
    c.piece(
        [ellipse(0.31 + 0.05 * n, -0.92 - 0.02 * (n == 1), 0.045, 0.06) for n in range(3)], f.accent
    )
    _bird(
        c,
        mix(f.paper, f.soft, 0.4),
        mix(f.earth, f.accent, 0.4),
        f.paper,
        leg=0.24,
        neck=0.28,
        tail=0.1,
    )
    c.add(ellipse(0.42, -0.7, 0.035, 0.06), f.accent, line=0.5)


def _duck(c: Cut) -> None:
    f = c.family
    _bird(
        c,
        f.paper,
        mix(f.earth, f.soft, 0.4),
        f.leaf,
        leg=0.12,
        neck=0.3,
        long=0.42,
        tail=0.12,
        rise=0.1,
        beak=0.2,
    )


def _swan(c: Cut) -> None:
    f = c.family
    _bird(
        c,
        f.paper,
        mix(f.paper, f.cool, 0.15),
        f.paper,
        leg=0.08,
        neck=0.5,
        long=0.42,
        tail=0.14,
        rise=0.14,
        beak=0.14,
    )


def _crane(c: Cut) -> None:
    f = c.family
    _bird(
        c,
        f.paper,
        mix(f.paper, f.deep, 0.15),
        f.paper,
        leg=0.42,
        neck=0.3,
        long=0.3,
        tail=0.2,
        rise=-0.06,
        beak=0.26,
    )
    c.add(lens((0.2, -0.93), (0.34, -0.95), 0.06), f.accent, line=0)


def _raven(c: Cut) -> None:
    f = c.family
    dark = mix(f.ink, f.deep, 0.3)
    _bird(
        c,
        dark,
        mix(f.ink, f.deep, 0.5),
        dark,
        leg=0.2,
        neck=0.2,
        long=0.42,
        tail=0.34,
        rise=-0.02,
        beak=0.18,
    )
    c.add(ellipse(0.375, -0.685, 0.022, 0.022), f.paper, line=0)


def _owl(c: Cut) -> None:
    f = c.family
    body, belly = mix(f.earth, f.ink, 0.15), f.soft
    for x in (-0.12, 0.12):
        c.add(lens((x - 0.08, -0.02), (x + 0.08, -0.02), 0.06), f.glow, line=0.6)
    c.add(
        smooth(
            [
                (-0.3, -0.94),
                (-0.12, -0.86),
                (0.12, -0.86),
                (0.3, -0.94),
                (0.36, -0.6),
                (0.32, -0.2),
                (0.0, -0.03),
                (-0.32, -0.2),
                (-0.36, -0.6),
            ],
            steps=4,
        ),
        body,
    )
    c.add(ellipse(0, -0.34, 0.22, 0.28), belly, line=0)
    for row in range(3):
        for n in range(3):
            x = (n - 1) * 0.12 + 0.05 * (row % 2)
            c.add(
                lens(
                    (x - 0.04, -0.46 + 0.12 * row), (x + 0.04, -0.46 + 0.12 * row), 0.03, bend=0.03
                ),
                mix(belly, f.earth, 0.6),
                line=0,
            )
    for side in (-1, 1):
        c.add(
            smooth(
                [(side * 0.3, -0.6), (side * 0.44, -0.36), (side * 0.3, -0.1), (side * 0.22, -0.4)],
                steps=4,
            ),
            mix(body, f.ink, 0.3),
        )
        c.add(ellipse(side * 0.14, -0.7, 0.13, 0.13), f.paper, line=0.6)
        c.add(ellipse(side * 0.14, -0.7, 0.075, 0.075), f.glow, line=0)
        c.add(ellipse(side * 0.14, -0.7, 0.04, 0.04), f.ink, line=0)
    c.add([(-0.04, -0.64), (0.04, -0.64), (0.0, -0.54)], f.glow, line=0.5)


def _eagle(c: Cut) -> None:
    f = c.family
    dark = mix(f.earth, f.ink, 0.3)
    for side, lift in ((-1, 0.9), (1, 1.0)):
        wing = [
            (side * 0.08, -0.5),
            (side * 0.4, -lift),
            (side * 0.8, -lift - 0.02),
            (side * 1.05, -lift * 0.72),
            (side * 0.8, -lift * 0.72),
            (side * 0.86, -lift * 0.58),
            (side * 0.6, -lift * 0.62),
            (side * 0.6, -0.46),
            (side * 0.3, -0.46),
            (side * 0.1, -0.3),
        ]
        c.add(smooth(wing, steps=3), dark)
        for n in range(3):
            c.add(
                lens(
                    (side * (0.24 + 0.16 * n), -0.5), (side * (0.36 + 0.2 * n), -lift * 0.8), 0.03
                ),
                mix(dark, f.soft, 0.4),
                line=0,
            )
    c.add([(-0.14, -0.1), (0.14, -0.1), (0.06, -0.34), (-0.06, -0.34)], f.paper)
    c.add(ellipse(0, -0.44, 0.13, 0.24), dark)
    c.add(ellipse(0.02, -0.66, 0.1, 0.1), f.paper)
    c.add([(0.1, -0.69), (0.24, -0.63), (0.1, -0.6)], f.glow, line=0.6)
    c.add(ellipse(0.05, -0.68, 0.018, 0.02), f.ink, line=0)


DRAWINGS: dict[str, Callable[[Cut], None]] = {
    "gull": _gull,
    "pheasant": _pheasant,
    "peacock": _peacock,
    "rooster": _rooster,
    "duck": _duck,
    "swan": _swan,
    "crane": _crane,
    "raven": _raven,
    "owl": _owl,
    "eagle": _eagle,
}
