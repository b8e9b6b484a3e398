"""Rock, columns, arches and mountains."""

from __future__ import annotations

import numpy as np

from raypipe.images.storybook.chance import Chance
from raypipe.images.storybook.palette import Ink, mix
from raypipe.images.storybook.scenery.shading import away
from raypipe.images.storybook.shapes import Outline, jagged, lens, outline, rectangle, smooth
from raypipe.images.storybook.stage import Stage


def rock(
    stage: Stage,
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    depth: float,
    chance: Chance,
    role: str = "stone",
) -> None:
    """Paint a boulder with broken edges and a lit facet."""
    base = stone_ink(stage, depth) if role == "stone" else stage.ink(role, depth)
    dark = mix(base, stage.ink("ink", depth), 0.6)
    points = [
        (x - width * 0.5, y),
        (x - width * 0.46, y - height * 0.45),
        (x - width * 0.24, y - height * 0.9),
        (x + width * 0.06, y - height),
        (x + width * 0.34, y - height * 0.78),
        (x + width * 0.5, y - height * 0.3),
        (x + width * 0.54, y),
    ]
    shape = jagged(chance, points, amount=min(width, height) * 0.045, pieces=3)
    stage.canvas.shape(
        shape, base, shade=dark, amount=0.95, toward=away(stage, x, y - height / 2), start=0.3
    )
    lit = -1.0 if x > stage.lamp.x else 1.0
    bright, dim = mix(base, stage.scheme.light, 0.3), mix(base, dark, 0.55)
    ridge = (x + lit * width * 0.1, y - height * 0.6)
    face = [(x + lit * width * 0.04, y - height * 0.93), (x + lit * width * 0.3, y - height * 0.74),
            (x + lit * width * 0.44, y - height * 0.34), ridge]  # fmt: skip
    stage.canvas.shape(face, bright, shade=base, amount=0.9, toward=(-lit * 0.4, 0.9), start=0.2)
    side = [ridge, (x - lit * width * 0.06, y - height * 0.3), (x - lit * width * 0.16, y),
            (x - lit * width * 0.46, y), (x - lit * width * 0.4, y - height * 0.5)]  # fmt: skip
    stage.canvas.veil(side, dim, toward=(-lit, 0.3), strength=0.8)
    crack = lens(
        ridge, (x + lit * width * 0.16, y - height * 0.12), width * 0.03, bend=width * 0.02
    )
    stage.canvas.marks([crack], dark)


def stone_ink(stage: Stage, depth: float = 0.0) -> Ink:
    """Return the ink of stone: the family's deep and soft in equal parts."""
    return mix(stage.ink("deep", depth), stage.ink("soft", depth), 0.36)


def column(
    stage: Stage,
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    depth: float,
    chance: Chance,
    broken: bool = False,
) -> None:
    """Paint a fluted column with base and capital, broken off if asked."""
    base = mix(stone_ink(stage, depth), stage.ink("soft", depth), 0.4)
    dark = mix(base, stage.ink("ink", depth), 0.6)
    top = y - height
    side = 1.0 if x > stage.lamp.x else -1.0
    w = width / 2
    cap = width * 0.22
    shaft_top = top + cap
    if broken:
        crown = [
            (x - w * 0.86, shaft_top + width * 0.3),
            (x - w * 0.4, shaft_top),
            (x - w * 0.1, shaft_top + width * 0.24),
            (x + w * 0.4, shaft_top - width * 0.1),
            (x + w * 0.86, shaft_top + width * 0.42),
        ]
    else:
        crown = [(x - w * 0.86, shaft_top), (x + w * 0.86, shaft_top)]
    shaft = [(x - w, y - cap), *crown, (x + w, y - cap)]
    stage.canvas.shape(shaft, base, shade=dark, amount=0.95, toward=(side, 0.1), start=0.3)
    flutes = [
        lens(
            (x + w * t, shaft_top + width * 0.3 + (0 if not broken else width * 0.3)),
            (x + w * t * 1.1, y - cap * 1.3),
            width * 0.055,
        )
        for t in (-0.55, -0.2, 0.16, 0.52)
    ]
    stage.canvas.marks(flutes, mix(base, dark, 0.6))
    stage.canvas.shape(
        rectangle(x - w * 1.28, y - cap, x + w * 1.28, y),
        mix(base, dark, 0.2),
        shade=dark,
        toward=(side, 0.4),
    )
    if not broken:
        stage.canvas.shape(
            rectangle(x - w * 1.28, top, x + w * 1.28, top + cap),
            mix(base, dark, 0.12),
            shade=dark,
            toward=(side, 0.4),
        )
        stage.canvas.fill(
            rectangle(x - w * 1.05, top + cap, x + w * 1.05, top + cap * 1.35),
            mix(base, dark, 0.45),
        )
    crack = jagged(
        chance,
        [(x - w * 0.3, top + height * 0.3), (x + w * 0.2, top + height * 0.45)],
        amount=width * 0.08,
        pieces=3,
    )
    stage.canvas.trace(crack[:4], stage.unit * 1.5, dark)


def toppling_column(
    stage: Stage,
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    lean: float,
    chance: Chance,
) -> None:
    """Paint a column that breaks into drums as it falls.

    Args:
        stage: where it is painted.
        x: the middle of its foot, pixels.
        y: the ground under it, pixels.
        width: of the shaft, pixels.
        height: of the unbroken column, pixels.
        lean: how far its top has turned to the right, radians; negative to the left.
        chance: for its edges.
    """
    base = mix(stone_ink(stage), stage.ink("soft"), 0.4)
    dark = mix(base, stage.ink("ink"), 0.6)
    start = np.array([x, y], np.float64)
    long = height / _DRUMS
    for number in range(_DRUMS):
        tilt = lean * (0.5 + 0.2 * number)
        along = np.array([np.sin(tilt), -np.cos(tilt)])
        across = np.array([np.cos(tilt), np.sin(tilt)]) * width / 2
        end = start + along * long * 0.9
        corners = np.stack([start - across, end - across, end + across, start + across])
        drum = jagged(chance, corners, amount=width * 0.05, pieces=2)
        shaded = (1.0, 0.2) if lean > 0 else (-1.0, 0.2)
        stage.canvas.shape(drum, base, shade=dark, amount=0.95, toward=shaded, start=0.3)
        flutes = [
            lens(start + across * t + along * 4, end + across * t - along * 4, width * 0.06)
            for t in (-0.6, -0.2, 0.2, 0.6)
        ]
        stage.canvas.marks(flutes, mix(base, dark, 0.6))
        start = end + along * long * 0.06 * (number + 1)
    rim, crown = across * 1.3, start + along * width * 0.3
    cap = np.stack([start - rim, crown - rim, crown + rim, start + rim])
    stage.canvas.shape(cap, mix(base, dark, 0.15), shade=dark, amount=0.9, toward=(0.0, 1.0))


_DRUMS = 4


def arch(x0: float, x1: float, y: float, spring: float, *, pointed: bool = False) -> Outline:
    """Return an opening: upright sides to ``spring``, then a round or pointed head."""
    middle, half = (x0 + x1) / 2, (x1 - x0) / 2
    if pointed:
        head = smooth(
            [
                (x0, spring),
                (x0 + half * 0.3, spring - half * 0.8),
                (middle, spring - half * 1.35),
                (x1 - half * 0.3, spring - half * 0.8),
                (x1, spring),
            ],
            closed=False,
            steps=6,
        )
    else:
        a = np.linspace(np.pi, 2 * np.pi, 24)
        head = np.stack([middle + half * np.cos(a), spring + half * np.sin(a)], axis=1)
    return np.vstack([[(x0, y)], head, [(x1, y)]])


def mountain(
    stage: Stage,
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    depth: float,
    chance: Chance,
    snow: bool,
) -> None:
    """Paint a peak: a lit flank, a shaded flank and snow above."""
    lit = mix(
        mix(stage.ink("cool", depth), stage.ink("deep", depth), 0.5), stage.ink("soft", depth), 0.12
    )
    dark = mix(lit, stage.ink("ink", depth), 0.55)
    peak = (x + width * chance.between(-0.06, 0.06), y - height)
    left, right = (x - width / 2, y), (x + width / 2, y)
    p_left = jagged(chance, [left, peak], amount=height * 0.03, pieces=9)[:10]
    p_right = jagged(chance, [peak, right], amount=height * 0.03, pieces=9)[:10]
    whole = np.vstack([p_left, [peak], p_right, [right]])
    stage.canvas.shape(whole, lit, shade=mix(lit, stage.scheme.air, 0.6), amount=0.6, start=0.45)
    shade_left = stage.lamp.x > x
    spine = np.array(
        [peak]
        + [
            (peak[0] + width * s, y - height * t)
            for s, t in ((0.02, 0.8), (-0.04, 0.62), (0.03, 0.42), (-0.03, 0.2), (0.05, 0.0))
        ]
    )
    flank = np.vstack([p_left, spine]) if shade_left else np.vstack([p_right[::-1], spine])
    if not shade_left:
        flank = np.vstack([[right], p_right[::-1], spine])
    stage.canvas.shape(
        flank, mix(lit, dark, 0.75), shade=mix(lit, stage.scheme.air, 0.5), amount=0.6, start=0.5
    )
    if snow:
        depth_of_snow = height * chance.between(0.26, 0.36)
        line = y - height + depth_of_snow
        cap = [p for p in whole if p[1] < line]
        if len(cap) > 1:
            first, last = cap[0], cap[-1]
            zig = [
                (last[0] + (first[0] - last[0]) * t, line + height * d)
                for t, d in (
                    (0.1, -0.03),
                    (0.24, 0.07),
                    (0.38, -0.05),
                    (0.54, 0.09),
                    (0.7, -0.04),
                    (0.86, 0.05),
                )
            ]
            white = mix(stage.ink("paper", depth), stage.scheme.air, 0.1)
            stage.canvas.shape(
                outline([*cap, *zig]),
                white,
                shade=mix(white, stage.ink("cool", depth), 0.6),
                amount=0.8,
                toward=away(stage, x, y),
                start=0.4,
            )
