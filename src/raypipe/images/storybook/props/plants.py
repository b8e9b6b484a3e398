"""What grows: trees, fruit and flowers; and stone."""

from __future__ import annotations

import math
from collections.abc import Callable

from raypipe.images.storybook.palette import mix
from raypipe.images.storybook.props.cut import Cut
from raypipe.images.storybook.shapes import (
    Points,
    ellipse,
    jagged,
    lens,
    rectangle,
    scalloped,
    smooth,
)


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
    crown = c.own(f.leaf)
    c.piece(crowns, crown)
    for _ in range(16):
        a, d = c.chance.between(0, 6.28), c.chance.between(0, 0.3)
        x, y = d * math.cos(a) * 1.2, -0.68 + d * math.sin(a) * 0.75
        c.add(
            lens((x - 0.04, y), (x + 0.04, y - 0.015), 0.02, bend=-0.02),
            mix(crown, f.glow, 0.5),
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
    bright, dim = mix(stone, f.paper, 0.28), mix(stone, f.ink, 0.35)
    c.add([(-0.31, -0.8), (0.0, -0.95), (0.12, -0.6), (-0.22, -0.5)], bright, line=0)
    c.add(
        [(-0.52, -0.4), (-0.34, -0.76), (-0.24, -0.48), (-0.34, -0.04)],
        mix(stone, f.paper, 0.1),
        line=0,
    )
    c.add(
        [(0.14, -0.6), (0.04, -0.92), (0.34, -0.8), (0.54, -0.42), (0.58, -0.04), (0.3, -0.04)],
        dim,
        line=0,
    )
    for a, b in (((-0.2, -0.46), (-0.1, -0.1)), ((0.13, -0.58), (0.28, -0.14))):
        c.add(lens(a, b, 0.025, bend=0.02), mix(stone, f.ink, 0.6), line=0)


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


def _ball(c: Cut) -> None:
    skin = c.own(c.family.accent)
    c.add(ellipse(0, -0.5, 0.5, 0.5, count=48), skin)
    band = mix(c.family.paper, skin, 0.1)
    for tilt in (0.5, 0.5 + math.pi / 3, 0.5 + 2 * math.pi / 3):
        x, y = 0.49 * math.cos(tilt), 0.49 * math.sin(tilt)
        c.add(lens((-x, -0.5 - y), (x, -0.5 + y), 0.13), band, line=0)
    c.add(ellipse(0, -0.5, 0.1, 0.1), skin, line=0.5)
    c.add(ellipse(-0.2, -0.76, 0.1, 0.06, tilt=-0.6), mix(skin, c.family.paper, 0.7), line=0)


def _flower(c: Cut) -> None:
    f = c.family
    c.add(lens((0, 0), (0, -0.72), 0.035, bend=0.03), f.leaf)
    c.add(lens((0.01, -0.2), (0.24, -0.42), 0.1, bend=-0.03), f.leaf)
    c.add(lens((-0.01, -0.1), (-0.24, -0.34), 0.1, bend=0.03), f.leaf)
    for n in range(7):
        a = 2 * math.pi * n / 7
        c.add(
            ellipse(0.15 * math.cos(a), -0.78 + 0.15 * math.sin(a), 0.11, 0.075, tilt=a),
            c.own(f.accent),
            line=0.6,
        )
    c.add(ellipse(0, -0.78, 0.09, 0.09), f.glow)


DRAWINGS: dict[str, Callable[[Cut], None]] = {
    "tree": _tree,
    "conifer": _conifer,
    "palm": _palm,
    "rock": _rock,
    "grapes": _grapes,
    "peach": _peach,
    "apple": _apple,
    "orb": _orb,
    "ball": _ball,
    "flower": _flower,
}
