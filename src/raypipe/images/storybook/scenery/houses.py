"""Houses as the story's world builds them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from raypipe.images.storybook.chance import Chance
from raypipe.images.storybook.palette import mix
from raypipe.images.storybook.scenery.shading import away
from raypipe.images.storybook.scenery.stone import arch
from raypipe.images.storybook.shapes import ellipse, lens, rectangle
from raypipe.images.storybook.stage import Stage


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
    for start, end in pairwise(posts[1:4]):
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
