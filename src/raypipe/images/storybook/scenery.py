"""What grows and stands in landscapes, painted flat with grain: trees, rocks, houses, columns.

Every painter takes the foot (x, y) and the height in pixels, and the depth that fades it.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from raypipe.images.storybook.chance import Chance
from raypipe.images.storybook.palette import Ink, mix
from raypipe.images.storybook.shapes import (
    Outline,
    blob,
    ellipse,
    jagged,
    lens,
    outline,
    rectangle,
    scalloped,
    smooth,
    star,
)
from raypipe.images.storybook.stage import Stage


def away(stage: Stage, x: float, y: float) -> tuple[float, float]:
    """Return the unit vector away from the light."""
    dx, dy = x - stage.lamp.x, y - stage.lamp.y
    length = max(math.hypot(dx, dy), 1.0)
    return dx / length, max(dy / length, 0.25)


def conifer(
    stage: Stage, x: float, y: float, height: float, *, depth: float, chance: Chance
) -> None:
    """Paint a fir: saw-edged tiers."""
    body = mix(stage.ink("leaf", depth), stage.ink("deep", depth), 0.45)
    dark = mix(body, stage.ink("ink", depth), 0.55)
    stage.canvas.fill(
        rectangle(x - height * 0.02, y - height * 0.16, x + height * 0.02, y),
        mix(dark, stage.ink("earth", depth), 0.4),
    )
    tiers = 5
    wide = height * chance.between(0.17, 0.23)
    left: list[tuple[float, float]] = []
    right: list[tuple[float, float]] = []
    for tier in range(tiers):
        t0 = tier / tiers
        low = y - height * (0.1 + 0.9 * (1 - (tier + 1) / tiers))
        spread = wide * ((tier + 1) / tiers) ** 0.9
        inner = wide * (t0 + 0.25) / 1.6
        left += [(x - spread * chance.between(0.9, 1.06), low), (x - inner, low - height * 0.012)]
        right += [(x + spread * chance.between(0.9, 1.06), low), (x + inner, low - height * 0.012)]
    shape = [(x, y - height), *left, *right[::-1]]
    stage.canvas.shape(shape, body, shade=dark, amount=0.85, toward=away(stage, x, y), start=0.3)


def broadleaf(
    stage: Stage,
    x: float,
    y: float,
    height: float,
    *,
    depth: float,
    chance: Chance,
    warm: float = 0.0,
) -> None:
    """Paint a round-crowned tree with carved leaves."""
    leaf = mix(stage.ink("leaf", depth), stage.ink("accent", depth), warm)
    body = mix(leaf, stage.ink("deep", depth), 0.18)
    dark = mix(body, stage.ink("ink", depth), 0.5)
    bark = mix(stage.ink("earth", depth), stage.ink("ink", depth), 0.35)
    r = height * chance.between(0.3, 0.36)
    lean = chance.between(-0.05, 0.05) * height
    trunk = [
        (x - height * 0.045, y), (x - height * 0.022, y - height * 0.3), (x + lean - height * 0.02, y - height * 0.55),
        (x + lean + height * 0.02, y - height * 0.55), (x + height * 0.026, y - height * 0.3), (x + height * 0.055, y),
    ]  # fmt: skip
    stage.canvas.fill(smooth(trunk, steps=3), bark)
    crown_x, crown_y = x + lean, y - height * 0.66
    parts = [(0.0, 0.0, 1.0), (-0.55, 0.22, 0.62), (0.55, 0.2, 0.66), (0.1, -0.42, 0.66)]
    for dx, dy, size in parts:
        shape = scalloped(
            chance,
            crown_x + dx * r,
            crown_y + dy * r,
            r * size,
            r * size * 0.9,
            lobes=max(7, int(12 * size)),
        )
        stage.canvas.shape(
            shape, body, shade=dark, amount=0.8, toward=away(stage, x, y), start=0.35
        )
    light = mix(body, stage.scheme.light, 0.4)
    marks = []
    for _ in range(max(6, int(22 * min(1.0, height / (stage.unit * 300))))):
        a, d = chance.between(0, 6.28), r * chance.between(0.1, 0.95) ** 0.7
        px, py = crown_x + d * math.cos(a) * 1.2, crown_y + d * math.sin(a) * 0.9
        size = r * 0.1
        marks.append(
            lens((px - size, py), (px + size, py - size * 0.4), size * 0.42, bend=-size * 0.5)
        )
    stage.canvas.marks(marks, light)


def cypress(
    stage: Stage, x: float, y: float, height: float, *, depth: float, chance: Chance
) -> None:
    """Paint a flame-shaped cypress or poplar."""
    body = mix(stage.ink("leaf", depth), stage.ink("deep", depth), 0.5)
    dark = mix(body, stage.ink("ink", depth), 0.5)
    w = height * chance.between(0.09, 0.13)
    shape = [
        (x, y - height),
        (x + w * 0.7, y - height * 0.6),
        (x + w, y - height * 0.25),
        (x + w * 0.35, y),
        (x - w * 0.35, y),
        (x - w, y - height * 0.25),
        (x - w * 0.7, y - height * 0.6),
    ]
    stage.canvas.shape(
        smooth(shape, steps=5), body, shade=dark, amount=0.8, toward=away(stage, x, y), start=0.35
    )


def palm(stage: Stage, x: float, y: float, height: float, *, depth: float, chance: Chance) -> None:
    """Paint a palm with a leaning trunk."""
    bark = mix(stage.ink("earth", depth), stage.ink("ink", depth), 0.3)
    leaf = mix(stage.ink("leaf", depth), stage.ink("ink", depth), 0.35)
    lean = chance.between(0.08, 0.22) * height * chance.sign()
    top = (x + lean, y - height * 0.82)
    trunk = [
        (x - height * 0.03, y),
        (x + lean * 0.35 - height * 0.018, y - height * 0.4),
        (top[0] - height * 0.014, top[1]),
        (top[0] + height * 0.014, top[1]),
        (x + lean * 0.35 + height * 0.02, y - height * 0.4),
        (x + height * 0.035, y),
    ]
    stage.canvas.fill(smooth(trunk, steps=4), bark)
    for number in range(9):
        a = math.pi * (1.08 + 0.84 * number / 8) + chance.between(-0.08, 0.08)
        reach = height * chance.between(0.26, 0.36)
        tip = (
            top[0] + reach * math.cos(a),
            top[1] + reach * math.sin(a) * 0.62 + reach * 0.34 * abs(math.cos(a)),
        )
        bend = reach * 0.22 * (1 if math.cos(a) < 0 else -1)
        stage.canvas.fill(
            lens(top, tip, height * 0.055, bend=bend),
            leaf if number % 2 else mix(leaf, stage.scheme.light, 0.16),
        )


def trunk(
    stage: Stage,
    x: float,
    width: float,
    *,
    depth: float,
    y: float,
    chance: Chance,
    birch: bool = False,
) -> None:
    """Paint a trunk that runs out of the top of the sheet, with bark carved into it."""
    bark = mix(
        stage.ink("paper" if birch else "earth", depth),
        stage.ink("ink", depth),
        0.12 if birch else 0.5,
    )
    dark = mix(bark, stage.ink("ink", depth), 0.6)
    top = -10.0
    wob = [chance.between(-0.16, 0.16) * width for _ in range(6)]
    left = (
        [(x - width * 0.95, y), (x - width * 0.56, y - width * 1.3)]
        + [(x - width * 0.46 + w, y * (0.72 - 0.18 * n)) for n, w in enumerate(wob[:4])]
        + [(x - width * 0.42, top)]
    )
    right = (
        [(x + width * 0.98, y), (x + width * 0.58, y - width * 1.1)]
        + [(x + width * 0.46 + w, y * (0.72 - 0.18 * n)) for n, w in enumerate(wob[1:5])]
        + [(x + width * 0.42, top)]
    )
    shape = np.vstack(
        [smooth(left, closed=False, steps=4), smooth(right, closed=False, steps=4)[::-1]]
    )
    side = 1.0 if x > stage.lamp.x else -1.0
    stage.canvas.shape(shape, bark, shade=dark, amount=0.9, toward=(side, 0.0), start=0.3)
    marks = []
    for _ in range(int(10 + width / stage.unit * 0.22)):
        py = chance.between(0.02, 0.95) * y
        px = x + chance.between(-0.32, 0.32) * width
        long = width * chance.between(0.4, 1.2)
        if birch:
            marks.append(
                lens((px - width * 0.16, py), (px + width * 0.16, py + width * 0.02), width * 0.06)
            )
        else:
            marks.append(
                lens(
                    (px, py),
                    (px + chance.between(-0.06, 0.06) * width, py + long),
                    width * 0.05,
                    bend=width * 0.03,
                )
            )
    stage.canvas.marks(marks, dark)
    if not birch:
        bright = [
            lens((x - side * width * 0.4, py), (x - side * width * 0.42, py + width), width * 0.035)
            for py in np.linspace(0.05, 0.85, 7) * y
        ]
        stage.canvas.marks(bright, mix(bark, stage.scheme.light, 0.4))


def bush(
    stage: Stage,
    x: float,
    y: float,
    width: float,
    *,
    depth: float,
    chance: Chance,
    ink: Ink | None = None,
) -> None:
    """Paint a low bush."""
    body = ink or mix(stage.ink("leaf", depth), stage.ink("deep", depth), 0.4)
    dark = mix(body, stage.ink("ink", depth), 0.5)
    shape = scalloped(chance, x, y, width / 2, width * 0.3, lobes=9)
    stage.canvas.shape(
        np.minimum(shape, [1e9, y + width * 0.12]),
        body,
        shade=dark,
        amount=0.8,
        toward=away(stage, x, y),
        start=0.3,
    )


def grass(
    stage: Stage, x: float, y: float, height: float, *, ink: Ink, chance: Chance, blades: int = 7
) -> None:
    """Paint a tuft of blades."""
    marks = []
    for number in range(blades):
        t = (number + 0.5) / blades - 0.5
        foot = (x + t * height * 0.5, y + height * 0.05)
        tip = (
            x + t * height * 1.5 + chance.between(-0.1, 0.1) * height,
            y - height * chance.between(0.65, 1.0),
        )
        marks.append(lens(foot, tip, height * 0.085, bend=height * 0.1 * t))
    stage.canvas.marks(marks, ink)


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


def house(
    stage: Stage,
    x: float,
    y: float,
    width: float,
    *,
    depth: float,
    chance: Chance,
    lit: bool | None = None,
) -> None:
    """Paint a gabled house with door, windows and a chimney; windows shine after dark."""
    dark_hour = stage.scene.hour in ("night", "dusk")
    shining = dark_hour if lit is None else lit
    if stage.world == "east":
        _thatched(stage, x, y, width, depth=depth, chance=chance, shining=shining)
        return
    if stage.world == "bazaar":
        _flat_roofed(stage, x, y, width, depth=depth, chance=chance, shining=shining)
        return
    wall = mix(
        stage.ink(chance.pick(("paper", "soft", "soft")), depth),
        stage.ink("earth", depth),
        chance.between(0.0, 0.3),
    )
    roof = mix(
        stage.ink(chance.pick(("accent", "earth", "deep")), depth), stage.ink("ink", depth), 0.12
    )
    ink = stage.ink("ink", depth)
    h = width * chance.between(0.6, 0.8)
    left, right = x - width / 2, x + width / 2
    stage.canvas.shape(
        rectangle(left, y - h, right, y),
        wall,
        shade=mix(wall, ink, 0.45),
        amount=0.6,
        toward=away(stage, x, y),
        start=0.4,
    )
    ridge = y - h - width * chance.between(0.34, 0.5)
    cx = x + width * chance.between(0.16, 0.26) * chance.sign()
    stage.canvas.fill(
        rectangle(cx - width * 0.05, ridge - width * 0.02, cx + width * 0.05, y - h),
        mix(roof, ink, 0.35),
    )
    if chance.often(0.5):
        eaves = [
            (left - width * 0.09, y - h + width * 0.02),
            (left + width * 0.2, ridge),
            (right - width * 0.2, ridge),
            (right + width * 0.09, y - h + width * 0.02),
        ]
    else:
        eaves = [
            (left - width * 0.09, y - h + width * 0.03),
            (x, ridge),
            (right + width * 0.09, y - h + width * 0.03),
        ]
    stage.canvas.shape(
        eaves, roof, shade=mix(roof, ink, 0.6), amount=0.7, toward=away(stage, x, y), start=0.35
    )
    tile = mix(roof, ink, 0.4)
    rows = []
    for row in range(1, 4):
        py = ridge + (y - h - ridge) * row / 4
        half = width * 0.5 * row / 4
        rows.append(lens((x - half, py), (x + half, py), width * 0.016))
    stage.canvas.marks(rows, tile)
    door = width * 0.085
    dx = x + width * chance.pick((-0.22, 0.0, 0.22))
    stage.canvas.fill(rectangle(dx - door, y - h * 0.56, dx + door, y), mix(roof, ink, 0.5))
    glass = stage.family.glow if shining else mix(stage.ink("deep", depth), ink, 0.2)
    for side in (-0.32, 0.0, 0.32):
        px = x + width * side
        if abs(px - dx) < width * 0.16:
            continue
        s = width * 0.075
        stage.canvas.fill(
            rectangle(px - s * 1.25, y - h * 0.76, px + s * 1.25, y - h * 0.36),
            mix(wall, ink, 0.55),
        )
        stage.canvas.fill(
            rectangle(px - s, y - h * 0.73, px + s, y - h * 0.39),
            mix(glass, stage.scheme.air, depth * 0.5),
        )
        stage.canvas.fill(
            rectangle(px - s * 0.1, y - h * 0.73, px + s * 0.1, y - h * 0.39), mix(wall, ink, 0.55)
        )
    if shining and width > stage.unit * 40:
        stage.canvas.glow(x, y - h * 0.5, width * 0.8, stage.family.glow, strength=0.3)


def _thatched(
    stage: Stage, x: float, y: float, width: float, *, depth: float, chance: Chance, shining: bool
) -> None:
    """Paint a farmhouse with a steep thatch and paper screens."""
    ink = stage.ink("ink", depth)
    wood = mix(stage.ink("earth", depth), ink, 0.35)
    thatch = mix(mix(stage.ink("soft", depth), stage.ink("earth", depth), 0.55), ink, 0.12)
    h = width * 0.42
    left, right = x - width * 0.42, x + width * 0.42
    wall = mix(stage.ink("paper", depth), stage.ink("soft", depth), 0.5)
    stage.canvas.fill(rectangle(left, y - h, right, y), wall)
    screen = (
        mix(stage.family.glow, stage.scheme.air, depth * 0.5)
        if shining
        else stage.ink("paper", depth)
    )
    posts = np.linspace(left, right, 5)
    for start, end in zip(posts[1:3], posts[2:4], strict=True):
        stage.canvas.fill(rectangle(start, y - h * 0.82, end, y), screen)
        for t in (0.33, 0.66):
            bar = start + (end - start) * t
            stage.canvas.fill(
                rectangle(bar - width * 0.004, y - h * 0.82, bar + width * 0.004, y), wood
            )
        for t in (0.3, 0.55):
            stage.canvas.fill(
                rectangle(start, y - h * t - width * 0.004, end, y - h * t + width * 0.004), wood
            )
    for post in posts:
        stage.canvas.fill(rectangle(post - width * 0.013, y - h, post + width * 0.013, y), wood)
    stage.canvas.fill(
        rectangle(left - width * 0.03, y - width * 0.03, right + width * 0.03, y), wood
    )
    top = y - h - width * chance.between(0.42, 0.5)
    roof = [
        (x - width * 0.6, y - h + width * 0.05), (x - width * 0.36, y - h - width * 0.2),
        (x - width * 0.18, top), (x + width * 0.18, top), (x + width * 0.36, y - h - width * 0.2),
        (x + width * 0.6, y - h + width * 0.05),
    ]  # fmt: skip
    dark = mix(thatch, ink, 0.55)
    stage.canvas.shape(roof, thatch, shade=dark, amount=0.85, toward=away(stage, x, y), start=0.3)
    straws = []
    for t in np.linspace(-0.9, 0.9, 15):
        foot = (x + t * width * 0.56, y - h + width * 0.04)
        straws.append(lens((x + t * width * 0.2, top + width * 0.06), foot, width * 0.012))
    stage.canvas.marks(straws, mix(thatch, dark, 0.6))
    stage.canvas.fill(
        rectangle(x - width * 0.22, top - width * 0.035, x + width * 0.22, top + width * 0.025),
        dark,
    )


def _flat_roofed(
    stage: Stage, x: float, y: float, width: float, *, depth: float, chance: Chance, shining: bool
) -> None:
    """Paint a whitewashed house with a flat roof or a dome, and pointed openings."""
    ink = stage.ink("ink", depth)
    base = mix(stage.ink("paper", depth), stage.ink("soft", depth), chance.between(0.3, 0.9))
    h = width * chance.between(0.75, 1.15)
    left, right = x - width / 2, x + width / 2
    dark = mix(base, stage.ink("earth", depth), 0.6)
    stage.canvas.shape(
        rectangle(left, y - h, right, y),
        base,
        shade=dark,
        amount=0.8,
        toward=away(stage, x, y),
        start=0.35,
    )
    if chance.often(0.4):
        dome = ellipse(x, y - h, width * 0.34, width * 0.36)
        tile = mix(stage.ink("cool", depth), stage.ink("deep", depth), chance.between(0.0, 0.3))
        stage.canvas.shape(
            np.minimum(dome, [1e9, y - h + 1]),
            tile,
            shade=mix(tile, ink, 0.5),
            toward=away(stage, x, y),
            start=0.3,
        )
        stage.canvas.fill(
            lens((x, y - h - width * 0.32), (x, y - h - width * 0.56), width * 0.05),
            stage.ink("glow", depth),
        )
    for t in np.linspace(-0.46, 0.46, 6):
        stage.canvas.fill(
            rectangle(
                x + t * width - width * 0.045,
                y - h - width * 0.06,
                x + t * width + width * 0.045,
                y - h + 1,
            ),
            base,
        )
    hole = (
        mix(stage.family.glow, stage.scheme.air, depth * 0.4)
        if shining
        else mix(stage.ink("deep", depth), ink, 0.35)
    )
    wide = width * 0.11
    dx = x + width * chance.pick((-0.2, 0.0, 0.2))
    stage.canvas.fill(
        arch(dx - wide, dx + wide, y, y - h * 0.26, pointed=True),
        mix(stage.ink("cool", depth), ink, 0.3),
    )
    for t in (-0.3, 0.02, 0.32):
        px, s = x + width * t, width * 0.06
        stage.canvas.fill(arch(px - s, px + s, y - h * 0.56, y - h * 0.72, pointed=True), hole)
    if chance.often(0.5):
        cloth = stage.ink(chance.pick(("accent", "glow", "cool")), depth)
        stage.canvas.fill(
            [
                (left, y - h * 0.5),
                (right, y - h * 0.5),
                (right + width * 0.08, y - h * 0.36),
                (left - width * 0.08, y - h * 0.36),
            ],
            mix(cloth, ink, 0.1),
        )


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


def leaves_above(stage: Stage, *, side: int, ink: Ink, chance: Chance, reach: float = 0.42) -> None:
    """Paint a dark, forking branch whose leaves hang into a top corner, as a frame."""
    w, u = stage.width, stage.unit
    root = (-20.0 if side < 0 else w + 20.0, stage.height * chance.between(0.0, 0.05))
    for fork in range(3):
        span = w * reach * (1.0, 0.72, 0.5)[fork]
        tip = (root[0] - side * span, root[1] + stage.height * (0.035 + 0.045 * fork))
        bend = side * u * chance.between(10, 34)
        stage.canvas.fill(lens(root, tip, u * (16 - 3 * fork), bend=bend), ink)
        for number in range(int(span / (u * 26))):
            t = chance.between(0.12, 1.0)
            swell = 2 * t * (1 - t) * bend * side
            px = root[0] + (tip[0] - root[0]) * t
            py = root[1] + (tip[1] - root[1]) * t + swell
            angle = math.pi / 2 - side * chance.between(-0.5, 1.0)
            if number % 4 == 0:
                angle -= math.pi * 0.8
            long = u * chance.between(34, 66)
            end = (px + long * math.cos(angle), py + long * math.sin(angle))
            stage.canvas.fill(
                lens((px, py), end, long * 0.42, bend=long * chance.between(-0.1, 0.1)), ink
            )


def bank_of_bushes(stage: Stage, *, ink: Ink, chance: Chance, top: float) -> None:
    """Paint dark foliage along the sheet's foot, deeper in one corner."""
    side = -stage.composition.side
    for number in range(7):
        t = number / 6
        x = stage.width * (t if side > 0 else 1 - t)
        y = stage.height * (1.03 - 0.0 * t)
        tall = (stage.height - top) * (0.35 + 0.75 * t**2)
        stage.canvas.fill(blob(chance, x, y, stage.width * 0.16, tall, lobes=11, wobble=0.14), ink)


def hanging_vine(stage: Stage, x: float, y: float, *, chance: Chance) -> None:
    """Paint the beam and the vine from which something hangs at (x, y)."""
    u, w = stage.unit, stage.width
    wood = mix(stage.ink("earth"), stage.ink("ink"), 0.35)
    leaf = mix(stage.ink("leaf"), stage.ink("deep"), 0.25)
    side = 1 if x > w / 2 else -1
    end = (w / 2 + side * w * 0.56, y - 40 * u)
    start = (x - side * w * 0.3, y - 6 * u)
    stage.canvas.fill(lens(start, end, 34 * u, bend=side * 16 * u), wood)
    for number in range(34):
        t = chance.between(0.05, 1.0)
        px, py = start[0] + (end[0] - start[0]) * t, start[1] + (end[1] - start[1]) * t
        px, py = px + u * chance.between(-12, 12), py + u * chance.between(-26, 34)
        size = u * chance.between(20, 38)
        ink = mix(leaf, stage.scheme.light, 0.22) if number % 3 == 0 else leaf
        crown = scalloped(chance, px, py, size, size * 0.85, lobes=5, depth=0.26)
        stage.canvas.shape(crown, ink, shade=mix(ink, stage.ink("ink"), 0.5), amount=0.8, start=0.3)
    for _ in range(4):
        px = x + u * chance.between(-90, 90)
        curl = np.linspace(0, 4.4 * np.pi, 26)
        radius = u * 3 + u * 0.7 * curl
        spiral = np.stack([px + radius * np.cos(curl), y + 50 * u + radius * np.sin(curl)], axis=1)
        stage.canvas.trace(spiral[8:], 2 * u, leaf)


def constellation(
    stage: Stage, x: float, y: float, radius: float, ink: Ink, *, chance: Chance
) -> None:
    """Paint a map of stars on the air: points of light and the lines between them."""
    u = stage.unit
    stage.canvas.glow(x, y, radius * 1.9, ink, strength=0.35)
    points = []
    for number in range(17):
        angle = 2.399963 * number  # the golden angle spreads points evenly
        reach = radius * math.sqrt((number + 0.5) / 17) * chance.between(0.85, 1.1)
        points.append((x + reach * 1.25 * math.cos(angle), y + reach * 0.8 * math.sin(angle)))
    for number, point in enumerate(points):
        near = sorted(points, key=lambda other: math.dist(point, other))[1:3]
        for other in near[: 1 + number % 2]:
            stage.canvas.trace([point, other], 1.5 * u, mix(ink, stage.scheme.shade, 0.25))
    for turn in (0.55, 1.0):
        arc = ellipse(x, y, radius * 1.35 * turn, radius * 0.9 * turn, count=60)
        stage.canvas.trace(arc[3:26], 1.3 * u, mix(ink, stage.scheme.shade, 0.35))
        stage.canvas.trace(arc[34:57], 1.3 * u, mix(ink, stage.scheme.shade, 0.35))
    for point in points:
        size = u * chance.between(7, 17)
        stage.canvas.fill(star(*point, size, points=4, inner=0.24), ink)
        stage.canvas.disc(*point, size * 0.3, stage.family.paper)


def pool_of_light(
    stage: Stage, x: float, y: float, rx: float, ry: float, ink: Ink, strength: float
) -> None:
    """Lighten the ground around a point."""
    canvas = stage.canvas
    shape = ellipse(x, y, rx, ry)
    box = canvas.box(shape)
    if box is None:
        return
    mask = canvas.stencil(shape, box)
    size = max(3, int(ry * 0.9) | 1)
    level = cv2.convertScaleAbs(cv2.blur(mask, (size, size)), alpha=0.75)
    canvas.press(canvas.grained(level, box), box, ink, strength=strength)
