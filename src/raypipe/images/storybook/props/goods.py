"""What people carry, keep and sit on."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from raypipe.images.storybook.palette import mix
from raypipe.images.storybook.props.cut import Cut
from raypipe.images.storybook.shapes import capsule, ellipse, lens, rectangle, smooth, star


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
    c.piece([capsule(a, b, 0.018, 0.018) for a, b in pairwise(curve)], f.earth)


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


def _stool(c: Cut) -> None:
    f = c.family
    for x in (-0.4, 0.4):
        c.add(
            [(x - 0.08, 0), (x + 0.08, 0), (x * 0.8 + 0.08, -0.8), (x * 0.8 - 0.08, -0.8)], f.earth
        )
    c.add(rectangle(-0.62, -1.0, 0.62, -0.78), mix(f.earth, f.soft, 0.2))


def _key(c: Cut) -> None:
    f = c.family
    c.add(ellipse(0, -0.82, 0.2, 0.18), f.glow)
    c.add(ellipse(0, -0.82, 0.1, 0.085), mix(f.deep, f.ink, 0.3), line=0.5)
    c.add(rectangle(-0.045, -0.66, 0.045, 0), f.glow)
    for y, w in ((-0.04, 0.2), (-0.18, 0.15)):
        c.add(rectangle(0.045, y - 0.08, 0.045 + w, y), f.glow)


def _crown(c: Cut) -> None:
    f = c.family
    c.add(
        [
            (-0.6, 0),
            (-0.72, -0.8),
            (-0.36, -0.42),
            (0, -1.0),
            (0.36, -0.42),
            (0.72, -0.8),
            (0.6, 0),
        ],
        f.glow,
    )
    c.add(rectangle(-0.6, -0.2, 0.6, 0), mix(f.glow, f.earth, 0.35), line=0.6)
    for x, ink in ((-0.36, f.cool), (0, f.accent), (0.36, f.cool)):
        c.add(ellipse(x, -0.1, 0.075, 0.06), ink, line=0.5)
    for x, y in ((-0.72, -0.82), (0, -1.02), (0.72, -0.82)):
        c.add(ellipse(x, y, 0.07, 0.07), f.paper, line=0.6)


def _axe(c: Cut) -> None:
    f = c.family
    c.add(capsule((0, 0), (0.02, -0.95), 0.035, 0.03), f.earth)
    head = smooth(
        [
            (-0.05, -0.9),
            (0.1, -0.9),
            (0.32, -1.04),
            (0.4, -0.8),
            (0.32, -0.52),
            (0.1, -0.72),
            (-0.05, -0.72),
        ],
        steps=3,
    )
    c.add(head, mix(f.deep, f.cool, 0.3))
    c.add(lens((0.33, -1.0), (0.33, -0.56), 0.1, bend=-0.05), mix(f.paper, f.cool, 0.15), line=0)


def _cup(c: Cut) -> None:
    f = c.family
    c.add(ellipse(0.4, -0.4, 0.2, 0.22), f.paper)
    c.add(ellipse(0.4, -0.4, 0.11, 0.13), mix(f.deep, f.ink, 0.2), line=0)
    c.add(
        smooth([(-0.42, -0.74), (-0.36, -0.12), (0.0, 0.0), (0.36, -0.12), (0.42, -0.74)], steps=3),
        f.paper,
    )
    c.add(lens((-0.38, -0.44), (0.38, -0.44), 0.09), f.accent, line=0)
    c.add(ellipse(0, -0.74, 0.42, 0.1), mix(f.earth, f.ink, 0.3))


def _bell(c: Cut) -> None:
    f = c.family
    c.add(ellipse(0, -0.08, 0.1, 0.09), mix(f.glow, f.ink, 0.4))
    c.add(
        smooth(
            [
                (-0.44, -0.12),
                (-0.3, -0.3),
                (-0.26, -0.66),
                (0, -0.9),
                (0.26, -0.66),
                (0.3, -0.3),
                (0.44, -0.12),
                (0, -0.08),
            ],
            steps=4,
        ),
        f.glow,
    )
    c.add(ellipse(0, -0.94, 0.08, 0.08), mix(f.glow, f.earth, 0.4))


def _ring(c: Cut) -> None:
    f = c.family
    c.add(ellipse(0, -0.36, 0.38, 0.36), f.glow)
    c.add(ellipse(0, -0.36, 0.26, 0.25), mix(f.deep, f.ink, 0.2), line=0.6)
    c.add(
        [(-0.2, -0.84), (-0.12, -1.0), (0.12, -1.0), (0.2, -0.84), (0, -0.64)],
        mix(f.cool, f.paper, 0.5),
        tone=0.2,
    )
    c.add([(-0.06, -0.84), (0, -0.98), (0.06, -0.84), (0, -0.68)], f.paper, line=0.3, tone=0)


def _shield(c: Cut) -> None:
    f = c.family
    shape = smooth(
        [(-0.42, -0.94), (0.0, -1.0), (0.42, -0.94), (0.4, -0.46), (0.0, 0.0), (-0.4, -0.46)],
        steps=4,
    )
    c.add(shape, f.accent)
    c.add((shape - (0, -0.54)) * (0.74, 0.76) + (0, -0.54), f.paper, line=0.5)
    c.add(star(0, -0.56, 0.24), f.glow, line=0.5)


def _bow(c: Cut) -> None:
    f = c.family
    curve = smooth(
        [(0.0, -1.0), (0.22, -0.8), (0.28, -0.5), (0.22, -0.2), (0.0, 0.0)], closed=False, steps=6
    )
    c.add(lens((0.0, -1.0), (0.0, 0.0), 0.012), f.paper, line=0.3)
    c.piece([capsule(a, b, 0.026, 0.026) for a, b in pairwise(curve)], f.earth)


def _bread(c: Cut) -> None:
    f = c.family
    crust = mix(f.earth, f.glow, 0.35)
    c.add(
        smooth(
            [
                (-0.8, -0.3),
                (-0.6, -0.8),
                (0.0, -0.98),
                (0.6, -0.8),
                (0.8, -0.3),
                (0.6, -0.02),
                (-0.6, -0.02),
            ],
            steps=4,
        ),
        crust,
    )
    for x in (-0.36, 0.0, 0.36):
        c.add(lens((x - 0.14, -0.3), (x + 0.14, -0.84), 0.12), mix(crust, f.paper, 0.5), line=0)


def _flask(c: Cut) -> None:
    f = c.family
    c.add(
        smooth(
            [
                (-0.1, -0.92),
                (-0.1, -0.6),
                (-0.4, -0.24),
                (-0.3, -0.02),
                (0.3, -0.02),
                (0.4, -0.24),
                (0.1, -0.6),
                (0.1, -0.92),
            ],
            steps=3,
        ),
        mix(f.paper, f.cool, 0.35),
        tone=0.3,
    )
    c.add(
        smooth(
            [
                (-0.28, -0.36),
                (-0.38, -0.2),
                (-0.28, -0.05),
                (0.28, -0.05),
                (0.38, -0.2),
                (0.28, -0.36),
            ],
            steps=3,
        ),
        f.accent,
        line=0.3,
        tone=0.4,
    )
    c.add(rectangle(-0.13, -1.0, 0.13, -0.88), f.earth)


def _anchor(c: Cut) -> None:
    f = c.family
    iron = mix(f.deep, f.cool, 0.3)
    c.add(ellipse(0, -0.9, 0.1, 0.1), iron)
    c.add(ellipse(0, -0.9, 0.045, 0.045), f.paper, line=0)
    c.piece(
        [
            rectangle(-0.05, -0.82, 0.05, -0.05),
            rectangle(-0.26, -0.74, 0.26, -0.66),
            smooth(
                [
                    (-0.5, -0.4),
                    (-0.36, -0.08),
                    (0, 0.02),
                    (0.36, -0.08),
                    (0.5, -0.4),
                    (0.32, -0.2),
                    (0, -0.12),
                    (-0.32, -0.2),
                ],
                steps=4,
            ),
        ],
        iron,
    )


def _bucket(c: Cut) -> None:
    f = c.family
    wood = c.own(mix(f.cool, f.paper, 0.2))
    a = np.linspace(np.pi, 2 * np.pi, 16)
    bow = [(0.36 * math.cos(t), -0.62 + 0.36 * math.sin(t)) for t in a]
    bow += [(0.31 * math.cos(t), -0.62 + 0.31 * math.sin(t)) for t in a[::-1]]
    c.add(bow, mix(f.ink, f.paper, 0.35), line=0.5)
    c.add([(-0.28, 0.0), (0.28, 0.0), (0.38, -0.62), (-0.38, -0.62)], wood)
    c.add(ellipse(0, -0.62, 0.38, 0.08), mix(wood, f.ink, 0.55), line=0.7)
    for y, half in ((-0.16, 0.305), (-0.44, 0.35)):
        c.add(lens((-half, y), (half, y), 0.035, bend=0.03), mix(wood, f.ink, 0.35), line=0)


def _cake(c: Cut) -> None:
    f = c.family
    dough, icing = c.own(mix(f.soft, f.earth, 0.15)), mix(f.paper, f.soft, 0.1)
    c.add(ellipse(0, -0.03, 0.62, 0.07), mix(f.cool, f.paper, 0.5))
    for low, high, half in ((-0.04, -0.36, 0.5), (-0.36, -0.62, 0.34)):
        c.add(rectangle(-half, high, half, low), dough)
        drops = [(-half, high - 0.02), (half, high - 0.02), (half, high + 0.07)]
        steps = np.linspace(half, -half, 9)
        drops += [(x, high + (0.15 if n % 2 else 0.07)) for n, x in enumerate(steps)]
        c.add(smooth(drops, steps=3), icing, line=0.5)
    c.add(ellipse(0, -0.63, 0.34, 0.05), icing, line=0.5)
    for x in (-0.2, 0.0, 0.2):
        c.add(rectangle(x - 0.022, -0.84, x + 0.022, -0.64), f.dyes.get("blue", f.cool), line=0.5)
        c.add(lens((x, -0.84), (x + 0.005, -1.0), 0.06), f.glow, line=0.4, tone=0)


def _toy_balloon(c: Cut) -> None:
    f = c.family
    skin = c.own(f.accent)
    c.add(lens((0.0, 0.0), (0.02, -0.52), 0.012, bend=0.05), mix(f.ink, f.paper, 0.3), line=0)
    c.add([(0.02, -0.52), (-0.03, -0.48), (0.07, -0.48)], skin, line=0.6)
    c.add(ellipse(0.02, -0.75, 0.2, 0.25, count=44), skin)
    c.add(ellipse(-0.06, -0.84, 0.045, 0.07, tilt=0.4), mix(skin, f.paper, 0.65), line=0)


def _flag(c: Cut) -> None:
    f = c.family
    cloth = c.own(f.accent)
    c.add(rectangle(-0.3, -1.0, -0.268, 0.0), mix(f.earth, f.paper, 0.3), line=0.7)
    c.add(ellipse(-0.284, -1.01, 0.035, 0.03), f.glow, line=0.6)
    c.add(
        smooth([(-0.27, -0.97), (-0.05, -1.0), (0.15, -0.92), (0.4, -0.96), (0.37, -0.6),
                (0.14, -0.55), (-0.06, -0.63), (-0.27, -0.59)], steps=4),
        cloth,
    )  # fmt: skip
    for x, bend in ((-0.08, 0.02), (0.15, -0.02)):
        fold = lens((x, -0.95), (x - 0.02, -0.62), 0.02, bend=bend)
        c.add(fold, mix(cloth, f.ink, 0.3), line=0)


DRAWINGS: dict[str, Callable[[Cut], None]] = {
    "flag": _flag,
    "bucket": _bucket,
    "cake": _cake,
    "toy balloon": _toy_balloon,
    "map": _map,
    "book": _book,
    "sword": _sword,
    "staff": _staff,
    "gold": _gold,
    "chest": _chest,
    "basket": _basket,
    "bed": _bed,
    "table": _table,
    "throne": _throne,
    "stool": _stool,
    "key": _key,
    "crown": _crown,
    "axe": _axe,
    "cup": _cup,
    "bell": _bell,
    "ring": _ring,
    "shield": _shield,
    "bow": _bow,
    "bread": _bread,
    "flask": _flask,
    "anchor": _anchor,
}
