"""What carries people over water and through the air."""

from __future__ import annotations

import math
from collections.abc import Callable

from raypipe.images.storybook.palette import Ink, mix
from raypipe.images.storybook.props.cut import Cut
from raypipe.images.storybook.shapes import capsule, ellipse, lens, rectangle, smooth


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
    _hull(c, 0.46, 0.19, c.own(mix(f.earth, f.ink, 0.2)))


def _rowboat(c: Cut) -> None:
    f = c.family
    wood = c.own(mix(f.earth, f.ink, 0.15))
    c.add(
        smooth(
            [
                (-1.7, -1.0),
                (-1.3, -0.1),
                (-0.6, 0.3),
                (0.7, 0.3),
                (1.4, -0.15),
                (1.9, -1.15),
                (1.0, -0.72),
                (0.0, -0.62),
                (-1.0, -0.7),
            ],
            steps=4,
        ),
        wood,
    )
    c.add(
        smooth(
            [
                (-1.7, -1.0),
                (-1.0, -0.7),
                (0.0, -0.62),
                (1.0, -0.72),
                (1.9, -1.15),
                (1.78, -0.86),
                (1.0, -0.52),
                (0.0, -0.42),
                (-1.0, -0.5),
                (-1.6, -0.76),
            ],
            steps=4,
        ),
        mix(f.accent, f.earth, 0.2),
        line=0.6,
    )
    for t in (-0.14, 0.1):
        c.add(lens((-1.1, t), (1.2, t - 0.06), 0.05, bend=0.1), mix(wood, f.ink, 0.45), line=0)


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
    _hull(c, 0.5, 0.24, c.own(mix(f.earth, f.accent, 0.25)))


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


def _rocket(c: Cut) -> None:
    f = c.family
    hull = mix(f.paper, f.soft, 0.2)
    for x in (-1, 1):
        c.add(
            smooth(
                [(x * 0.13, -0.36), (x * 0.32, -0.16), (x * 0.34, 0.02), (x * 0.12, -0.08)], steps=3
            ),
            f.accent,
        )
    c.add([(-0.09, -0.08), (0.09, -0.08), (0.12, 0.0), (-0.12, 0.0)], mix(f.deep, f.ink, 0.3))
    c.add(
        smooth(
            [
                (0, -1.0),
                (0.15, -0.8),
                (0.2, -0.5),
                (0.14, -0.08),
                (-0.14, -0.08),
                (-0.2, -0.5),
                (-0.15, -0.8),
            ],
            steps=5,
        ),
        hull,
    )
    c.add(
        smooth([(0, -1.0), (0.13, -0.83), (0.0, -0.79), (-0.13, -0.83)], steps=3),
        f.accent,
        line=0.6,
    )
    c.add(ellipse(0, -0.58, 0.085, 0.08), f.earth)
    c.add(ellipse(0, -0.58, 0.055, 0.05), mix(f.cool, f.paper, 0.4), line=0)
    c.add(lens((-0.17, -0.3), (0.17, -0.3), 0.04, bend=0.02), f.accent, line=0)
    c.add(lens((0, -0.3), (0, 0.02), 0.07), f.accent)


def _saucer(c: Cut) -> None:
    f = c.family
    c.add(
        smooth([(-0.34, -0.5), (-0.26, -0.86), (0, -1.0), (0.26, -0.86), (0.34, -0.5)], steps=4),
        mix(f.cool, f.paper, 0.5),
        tone=0.3,
    )
    c.add(ellipse(0, -0.36, 0.95, 0.26), mix(f.deep, f.paper, 0.35))
    for x in (-0.6, -0.2, 0.2, 0.6):
        c.add(ellipse(x, -0.3 + 0.05 * abs(x), 0.07, 0.06), f.glow, line=0.5, tone=0)


def _car(c: Cut) -> None:
    f = c.family
    c.add(smooth([(-0.7, -0.52), (-0.5, -0.98), (0.35, -1.0), (0.66, -0.56)], steps=3), f.accent)
    c.add(
        smooth([(-0.54, -0.56), (-0.4, -0.88), (-0.06, -0.9), (-0.06, -0.56)], steps=2),
        mix(f.cool, f.paper, 0.5),
        line=0.6,
        tone=0.2,
    )
    c.add(
        smooth([(0.04, -0.56), (0.04, -0.9), (0.28, -0.88), (0.52, -0.56)], steps=2),
        mix(f.cool, f.paper, 0.5),
        line=0.6,
        tone=0.2,
    )
    c.add(
        smooth(
            [(-1.1, -0.2), (-1.08, -0.52), (-0.6, -0.58), (0.7, -0.58), (1.1, -0.46), (1.14, -0.2)],
            steps=3,
        ),
        f.accent,
    )
    for x in (-0.64, 0.68):
        c.add(ellipse(x, -0.2, 0.24, 0.21), mix(f.ink, f.deep, 0.25))
        c.add(ellipse(x, -0.2, 0.1, 0.09), mix(f.paper, f.deep, 0.3), line=0)
    c.add(ellipse(1.05, -0.4, 0.07, 0.07), f.glow, line=0.6, tone=0)


def _cart(c: Cut) -> None:
    f = c.family
    c.add(capsule((0.7, -0.4), (1.5, -0.3), 0.04, 0.03), f.earth)
    c.add([(-0.9, -0.9), (0.8, -0.9), (0.66, -0.42), (-0.76, -0.42)], mix(f.earth, f.soft, 0.2))
    c.add(lens((-0.82, -0.66), (0.72, -0.66), 0.03), mix(f.earth, f.ink, 0.4), line=0)
    c.add(smooth([(-0.86, -0.9), (-0.4, -1.14), (0.3, -1.12), (0.76, -0.9)], steps=4), f.glow)
    c.add(ellipse(0, -0.34, 0.36, 0.34), mix(f.earth, f.ink, 0.3))
    c.add(ellipse(0, -0.34, 0.27, 0.25), mix(f.soft, f.earth, 0.3), line=0.4)
    for n in range(4):
        a = math.pi * n / 4
        c.add(
            lens(
                (0.28 * math.cos(a), -0.34 + 0.26 * math.sin(a)),
                (-0.28 * math.cos(a), -0.34 - 0.26 * math.sin(a)),
                0.04,
            ),
            mix(f.earth, f.ink, 0.3),
            line=0,
        )


def _train(c: Cut) -> None:
    f = c.family
    dark = mix(f.ink, f.deep, 0.35)
    c.add(rectangle(-0.9, -1.0, -0.86, -0.9), dark)
    c.add(rectangle(0.42, -0.98, 0.6, -0.66), dark)
    c.add([(0.36, -1.0), (0.66, -1.0), (0.6, -0.9), (0.42, -0.9)], f.accent)
    c.add(rectangle(-1.0, -0.92, -0.3, -0.22), c.own(f.accent))
    c.add(rectangle(-1.08, -1.0, -0.22, -0.9), dark)
    c.add(rectangle(-0.84, -0.78, -0.46, -0.5), f.glow, line=0.7, tone=0)
    c.add(capsule((-0.3, -0.5), (0.7, -0.5), 0.2, 0.2), c.own(mix(f.deep, f.cool, 0.25)))
    for x in (-0.1, 0.2, 0.5):
        c.add(rectangle(x - 0.02, -0.7, x + 0.02, -0.3), f.glow, line=0)
    c.add([(0.86, -0.26), (1.2, 0.0), (0.8, 0.0)], f.accent)
    for x, r in ((-0.74, 0.2), (-0.3, 0.16), (0.1, 0.16), (0.5, 0.16)):
        c.add(ellipse(x, -r, r, r), dark)
        c.add(ellipse(x, -r, r * 0.55, r * 0.55), mix(f.paper, f.deep, 0.35), line=0)


DRAWINGS: dict[str, Callable[[Cut], None]] = {
    "ship": _ship,
    "boat": _boat,
    "rowboat": _rowboat,
    "balloon": _balloon,
    "rocket": _rocket,
    "saucer": _saucer,
    "car": _car,
    "cart": _cart,
    "train": _train,
}
