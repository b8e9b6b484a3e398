"""What hangs in the sky of a voyage through space, and who lives there."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from raypipe.images.storybook.palette import Ink, mix
from raypipe.images.storybook.props.cut import Cut
from raypipe.images.storybook.shapes import Outline, capsule, ellipse, lens, smooth

_RADIUS = 0.5
_RING_TILT = -0.26


def _globe(c: Cut, ink: Ink, *, radius: float = _RADIUS) -> None:
    c.add(ellipse(0, -0.5, radius, radius, count=64), ink)


def _band(c: Cut, t: float, wide: float, ink: Ink, *, radius: float = _RADIUS) -> None:
    """Cut a band of cloud at ``t`` (-1 to 1) of the radius, curved as the globe is."""
    y = t * radius
    half = math.sqrt(max(radius * radius - y * y, 0.0)) * 0.985
    c.add(lens((-half, -0.5 + y), (half, -0.5 + y), wide, bend=0.05), ink, line=0)


def _ring(radius: float, *, front: bool) -> Outline:
    """Return half of a ring about the globe's middle, seen from a little above."""
    start = 0.0 if front else math.pi
    a = np.linspace(start, start + math.pi, 40)
    outer = np.stack([radius * np.cos(a), 0.24 * radius * np.sin(a)], axis=1)
    inner = np.stack([0.66 * radius * np.cos(a), 0.24 * 0.66 * radius * np.sin(a)], axis=1)[::-1]
    p = np.vstack([outer, inner])
    cos, sin = math.cos(_RING_TILT), math.sin(_RING_TILT)
    across, down = p[:, 0] * cos - p[:, 1] * sin, p[:, 0] * sin + p[:, 1] * cos - 0.5
    turned: Outline = np.stack([across, down], axis=1)
    return turned


def _saturn(c: Cut) -> None:
    f = c.family
    radius = 0.36
    body = c.own(mix(f.glow, f.soft, 0.5))
    ice = mix(f.soft, f.paper, 0.45)
    gap = mix(f.deep, f.soft, 0.3)
    c.add(_ring(0.98, front=False), mix(ice, gap, 0.35), line=0.5)
    _globe(c, body, radius=radius)
    for t, wide in ((-0.55, 0.05), (-0.15, 0.07), (0.3, 0.05), (0.65, 0.04)):
        _band(c, t, wide, mix(body, f.earth, 0.3), radius=radius)
    c.add(_ring(0.98, front=True), ice, line=0.6)
    for share in (0.92, 0.8):
        a = np.linspace(0.12, math.pi - 0.12, 30)
        arc = np.stack([share * np.cos(a), 0.24 * share * np.sin(a)], axis=1)
        cos, sin = math.cos(_RING_TILT), math.sin(_RING_TILT)
        x = arc[:, 0] * cos - arc[:, 1] * sin
        y = arc[:, 0] * sin + arc[:, 1] * cos - 0.5
        line = np.vstack([np.stack([x, y], 1), np.stack([x, y + 0.012], 1)[::-1]])
        c.add(line, mix(ice, gap, 0.6), line=0, tone=0)


def _jupiter(c: Cut) -> None:
    f = c.family
    body = c.own(mix(f.soft, f.paper, 0.25))
    dark = mix(body, f.earth, 0.5)
    _globe(c, body)
    for t, wide in ((-0.66, 0.06), (-0.34, 0.1), (0.02, 0.05), (0.3, 0.12), (0.64, 0.07)):
        _band(c, t, wide, dark)
    c.add(ellipse(0.17, -0.34, 0.13, 0.075), f.dyes.get("red", f.accent), line=0.4)
    c.add(ellipse(0.17, -0.345, 0.075, 0.04), mix(f.accent, f.paper, 0.35), line=0)


def _earth(c: Cut) -> None:
    f = c.family
    sea = c.own(f.dyes.get("blue", f.cool))
    land, cloud = f.dyes.get("green", f.leaf), mix(f.paper, sea, 0.08)
    _globe(c, sea)
    lands = (
        [(-0.3, -0.8), (-0.08, -0.9), (0.04, -0.78), (-0.06, -0.64), (-0.2, -0.56), (-0.34, -0.66)],
        [(-0.2, -0.5), (-0.06, -0.46), (-0.08, -0.28), (-0.18, -0.14), (-0.26, -0.32)],
        [(0.14, -0.74), (0.34, -0.74), (0.42, -0.52), (0.28, -0.3), (0.16, -0.42), (0.2, -0.58)],
    )
    for shape in lands:
        c.add(smooth(shape, steps=4), land, line=0.3)
    for x, y, wide in ((-0.1, -0.62, 0.2), (0.16, -0.26, 0.18), (0.05, -0.86, 0.12)):
        c.add(lens((x - wide, y), (x + wide, y - 0.03), 0.05, bend=0.03), cloud, line=0)


def _stony_world(c: Cut) -> None:
    f = c.family
    body = c.own(f.dyes.get("red", f.accent))
    dark = mix(body, f.ink, 0.3)
    _globe(c, body)
    for x, y, rx in (
        (-0.2, -0.66, 0.1),
        (0.14, -0.4, 0.13),
        (0.2, -0.76, 0.06),
        (-0.16, -0.3, 0.07),
    ):
        c.add(ellipse(x, y, rx, rx * 0.7, tilt=0.3), dark, line=0)
    c.add(lens((-0.17, -0.95), (0.2, -0.95), 0.05, bend=-0.02), mix(f.paper, body, 0.1), line=0)


def _moon(c: Cut) -> None:
    f = c.family
    body = c.own(mix(f.paper, f.cool, 0.12))
    _globe(c, body)
    for x, y, r in (
        (-0.18, -0.64, 0.1),
        (0.16, -0.42, 0.13),
        (0.1, -0.78, 0.06),
        (-0.16, -0.26, 0.07),
    ):
        c.add(ellipse(x, y, r, r), mix(body, f.deep, 0.3), line=0)
        c.add(
            ellipse(x + r * 0.12, y + r * 0.14, r * 0.76, r * 0.76), mix(body, f.deep, 0.14), line=0
        )


def _sun(c: Cut) -> None:
    f = c.family
    body = c.own(f.glow)
    for n in range(14):
        a = 2 * math.pi * n / 14
        root = (0.34 * math.cos(a), -0.5 + 0.34 * math.sin(a))
        tip = (0.5 * math.cos(a), -0.5 + 0.5 * math.sin(a))
        c.add(lens(root, tip, 0.06), body, line=0, tone=0)
    c.add(ellipse(0, -0.5, 0.33, 0.33, count=48), body, line=0, tone=0)
    c.add(ellipse(0, -0.5, 0.23, 0.23, count=40), mix(f.paper, body, 0.3), line=0, tone=0)


def _comet(c: Cut) -> None:
    f = c.family
    tail = c.own(mix(f.cool, f.paper, 0.35))
    for wide, far, share in ((0.3, 1.9, 0.0), (0.2, 1.5, 0.35), (0.1, 1.1, 0.7)):
        tip = (-far, -0.5 - far * 0.42)
        fan = [(0.1, -0.5 + wide * 0.7), (0.16, -0.5 - wide * 0.45), tip]
        c.add(smooth(fan, steps=4), mix(tail, f.paper, share), line=0, tone=0)
    c.add(ellipse(0.1, -0.46, 0.2, 0.2, count=40), mix(f.paper, tail, 0.15), line=0, tone=0)


def _galaxy(c: Cut) -> None:
    f = c.family
    arms = c.own(mix(f.cool, f.paper, 0.25))
    cos, sin = math.cos(-0.35), math.sin(-0.35)

    def at(angle: float, far: float) -> tuple[float, float]:
        x, y = far * math.cos(angle), 0.42 * far * math.sin(angle)
        return x * cos - y * sin, -0.5 + x * sin + y * cos

    for start in (0.0, math.pi):
        for n in range(26):
            far, angle = 0.12 + 0.033 * n, start + 0.2 * n
            ink = mix(arms, (f.paper, f.accent, f.glow)[n % 3], 0.3 if n % 3 else 0.1)
            x, y = at(angle, far)
            r = 0.07 - 0.0018 * n
            c.add(ellipse(x, y, r * 1.25, r * 0.7, tilt=-0.35), ink, line=0, tone=0)
    c.add(ellipse(0, -0.5, 0.19, 0.12, tilt=-0.35), mix(f.glow, f.paper, 0.5), line=0, tone=0)
    c.add(ellipse(0, -0.5, 0.1, 0.07, tilt=-0.35), f.paper, line=0, tone=0)


def _spaceship(c: Cut) -> None:
    """Cut a ship under way, seen from the side, that rises a little."""
    f = c.family
    hull = c.own(mix(f.paper, f.cool, 0.2))
    dark, stripe = mix(hull, f.ink, 0.45), f.dyes.get("orange", f.accent)
    cos, sin = math.cos(-0.2), math.sin(-0.2)

    def turned(points: list[tuple[float, float]]) -> Outline:
        p = np.array(points, float)
        result: Outline = np.stack(
            [p[:, 0] * cos - p[:, 1] * sin, p[:, 0] * sin + p[:, 1] * cos - 0.5], axis=1
        )
        return result

    for long, ink in ((1.05, f.accent), (0.75, f.glow), (0.42, f.paper)):
        burn = [(-0.86, -0.11 * long), (-0.86 - 0.7 * long, 0.0), (-0.86, 0.11 * long)]
        c.add(turned(burn), ink, line=0, tone=0)
    c.add(turned([(-0.9, -0.17), (-0.7, -0.22), (-0.7, 0.22), (-0.9, 0.17)]), dark)
    c.add(turned([(-0.72, -0.16), (-0.95, -0.5), (-0.6, -0.5), (-0.1, -0.2)]), stripe)
    c.add(turned([(-0.72, 0.16), (-0.98, 0.46), (-0.6, 0.46), (-0.05, 0.18)]), stripe)
    body = [(-0.78, -0.2), (-0.2, -0.27), (0.45, -0.22), (0.85, -0.08), (1.02, 0.02),
            (0.8, 0.12), (0.3, 0.21), (-0.3, 0.23), (-0.78, 0.19)]  # fmt: skip
    c.add(smooth(turned(body), steps=4), hull)
    c.add(turned([(-0.55, 0.07), (0.82, 0.05), (0.7, 0.11), (-0.55, 0.15)]), stripe, line=0)
    glass = smooth(turned([(0.42, -0.2), (0.74, -0.1), (0.62, -0.03), (0.36, -0.06)]), steps=4)
    c.add(glass, mix(f.cool, f.deep, 0.3), line=0.7)
    for x in (-0.45, -0.22, 0.01):
        spot = turned([(x, -0.06)])[0]
        c.add(ellipse(spot[0], spot[1], 0.06, 0.06), mix(f.glow, f.paper, 0.3), line=0.7, tone=0)


def _liftoff(c: Cut) -> None:
    """Cut a rocket that rises on its fire."""
    f = c.family
    hull = c.own(mix(f.paper, f.soft, 0.15))
    stripe = f.dyes.get("red", f.accent)
    for wide, low, ink in ((0.2, 0.0, f.accent), (0.13, -0.1, f.glow), (0.07, -0.2, f.paper)):
        fire = [(-wide * 0.8, -0.4), (-wide, -0.25), (0.0, low), (wide, -0.25), (wide * 0.8, -0.4)]
        c.add(smooth(fire, steps=4), ink, line=0, tone=0)
    for side in (-1, 1):
        fin = [(side * 0.1, -0.58), (side * 0.25, -0.42), (side * 0.25, -0.33), (side * 0.1, -0.4)]
        c.add(fin, stripe)
    body = [(-0.11, -0.38), (-0.15, -0.6), (-0.11, -0.84), (0.0, -1.0), (0.11, -0.84),
            (0.15, -0.6), (0.11, -0.38)]  # fmt: skip
    c.add(smooth(body, steps=4), hull)
    c.add(smooth([(-0.098, -0.87), (0.0, -1.0), (0.098, -0.87), (0.0, -0.83)], steps=4), stripe)
    c.add(ellipse(0, -0.7, 0.06, 0.06), mix(f.earth, f.ink, 0.2))
    c.add(ellipse(0, -0.7, 0.04, 0.04), mix(f.cool, f.paper, 0.4), line=0)
    c.add([(-0.08, -0.4), (0.08, -0.4), (0.1, -0.35), (-0.1, -0.35)], mix(f.deep, f.ink, 0.3))


def _alien(c: Cut) -> None:
    """Cut a small being with a large head, who waves."""
    f = c.family
    skin = c.own(mix(f.dyes.get("green", f.leaf), f.glow, 0.15))
    pale, dark = mix(skin, f.paper, 0.35), mix(skin, f.ink, 0.55)
    for side in (-1, 1):
        c.add(capsule((side * 0.09, -0.2), (side * 0.12, -0.03), 0.055, 0.05), skin)
        c.add(ellipse(side * 0.15, -0.025, 0.085, 0.035), dark)
    c.add(capsule((-0.13, -0.38), (-0.26, -0.2), 0.042, 0.036), skin)
    c.add(smooth([(-0.15, -0.42), (0.15, -0.42), (0.19, -0.2), (0.1, -0.12), (-0.1, -0.12),
                  (-0.19, -0.2)], steps=4), skin)  # fmt: skip
    c.add(ellipse(0, -0.24, 0.1, 0.09), pale, line=0)
    c.add(capsule((0.13, -0.39), (0.27, -0.48), 0.042, 0.036), skin)
    c.add(capsule((0.27, -0.48), (0.31, -0.64), 0.036, 0.034), skin)
    for tilt in (-0.6, 0.0, 0.6):
        tip = (0.31 + 0.06 * math.sin(tilt), -0.65 - 0.06 * math.cos(tilt))
        c.add(capsule((0.31, -0.63), tip, 0.018, 0.016), skin, line=0.7)
    for side in (-1, 1):
        c.add(lens((side * 0.1, -0.84), (side * 0.17, -0.97), 0.02, bend=-side * 0.02), dark)
        c.add(ellipse(side * 0.175, -0.975, 0.03, 0.03), f.glow, line=0.7, tone=0)
    skull = [(-0.06, -0.44), (0.06, -0.44), (0.2, -0.54), (0.27, -0.7), (0.18, -0.86),
             (0.0, -0.91), (-0.18, -0.86), (-0.27, -0.7), (-0.2, -0.54)]  # fmt: skip
    c.add(smooth(skull, steps=4), skin)
    for x in (-0.12, 0.12):
        c.add(ellipse(x, -0.68, 0.075, 0.095, tilt=0.25 if x > 0 else -0.25), f.ink, line=0.5)
        c.add(ellipse(x + 0.02, -0.715, 0.022, 0.026), f.paper, line=0, tone=0)
    c.add(lens((-0.06, -0.53), (0.06, -0.53), 0.016, bend=0.025), f.ink, line=0)


DRAWINGS: dict[str, Callable[[Cut], None]] = {
    "saturn": _saturn,
    "jupiter": _jupiter,
    "earth": _earth,
    "mars": _stony_world,
    "moon": _moon,
    "sun": _sun,
    "comet": _comet,
    "galaxy": _galaxy,
    "spaceship": _spaceship,
    "liftoff": _liftoff,
    "alien": _alien,
}
WORLDS = frozenset({"saturn", "jupiter", "earth", "mars", "moon", "planet"})
"""Drawings of globes, which a porthole may show."""
