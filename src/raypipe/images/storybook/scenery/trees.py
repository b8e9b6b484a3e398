"""Trees, bushes and grass, painted flat with grain."""

from __future__ import annotations

import math

import numpy as np

from raypipe.images.storybook.chance import Chance
from raypipe.images.storybook.palette import Ink, mix
from raypipe.images.storybook.scenery.shading import away
from raypipe.images.storybook.shapes import lens, rectangle, scalloped, smooth
from raypipe.images.storybook.stage import Stage


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
        (x - height * 0.045, y),
        (x - height * 0.022, y - height * 0.3),
        (x + lean - height * 0.02, y - height * 0.55),
        (x + lean + height * 0.02, y - height * 0.55),
        (x + height * 0.026, y - height * 0.3),
        (x + height * 0.055, y),
    ]
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
