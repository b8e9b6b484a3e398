"""What shines: crystals, flames and lamps."""

from __future__ import annotations

import math
from collections.abc import Callable

from raypipe.images.storybook.palette import mix
from raypipe.images.storybook.props.cut import Cut
from raypipe.images.storybook.shapes import capsule, ellipse, lens, rectangle, smooth, star


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


def flame(c: Cut, x: float, y: float, size: float) -> None:
    """Cut a flame whose foot is (x, y)."""
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
    flame(c, 0, -0.64, 0.32)


def _candle(c: Cut) -> None:
    f = c.family
    c.add(ellipse(0, -0.03, 0.26, 0.06), f.earth)
    c.add([(-0.1, -0.03), (0.1, -0.03), (0.1, -0.58), (-0.1, -0.6)], f.paper)
    c.add(
        smooth([(-0.1, -0.6), (-0.1, -0.42), (-0.05, -0.36), (-0.02, -0.56)], steps=3),
        mix(f.paper, f.soft, 0.6),
        line=0.4,
    )
    flame(c, 0, -0.64, 0.28)


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
    flame(c, 0, -0.16, 0.26)
    for x in (-0.21, 0.0, 0.21):
        c.add(rectangle(x - 0.014, -0.66, x + 0.014, -0.1), dark, line=0)
    c.add([(-0.27, 0), (0.27, 0), (0.23, -0.11), (-0.23, -0.11)], dark)


def _star(c: Cut) -> None:
    f = c.family
    c.add(star(0, -0.5, 0.5, points=8, inner=0.3), f.glow, line=0, tone=0)
    c.add(star(0, -0.5, 0.62, points=4, inner=0.14), mix(f.paper, f.glow, 0.3), line=0, tone=0)


def _fire(c: Cut) -> None:
    f = c.family
    for a, b in (((-0.5, 0.0), (0.34, -0.18)), ((0.5, 0.0), (-0.34, -0.18))):
        c.add(capsule(a, b, 0.07, 0.06), mix(f.earth, f.ink, 0.3))
    flame(c, 0.0, -0.1, 0.78)


def _planet(c: Cut) -> None:
    f = c.family
    body = c.own(f.accent)
    c.add(ellipse(0, -0.5, 0.5, 0.5, count=56), body)
    for t in (-0.25, 0.05, 0.28):
        half = math.sqrt(0.25 - t * t)
        c.add(
            lens((-half, -0.5 + t), (half, -0.5 + t), 0.08, bend=0.03),
            mix(body, f.soft, 0.4),
            line=0,
        )


DRAWINGS: dict[str, Callable[[Cut], None]] = {
    "crystal": _crystal,
    "torch": _torch,
    "candle": _candle,
    "lantern": _lantern,
    "star": _star,
    "fire": _fire,
    "planet": _planet,
}
