"""What frames a scene or lights it: leaves, vines, pools of light, stars on the air."""

from __future__ import annotations

import math

import numpy as np

from raypipe.images.storybook.chance import Chance
from raypipe.images.storybook.palette import Ink, mix
from raypipe.images.storybook.shapes import blob, ellipse, lens, scalloped, star
from raypipe.images.storybook.stage import Stage


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


def pool_of_light(
    stage: Stage, x: float, y: float, rx: float, ry: float, ink: Ink, strength: float
) -> None:
    """Lighten the ground around a point."""
    stage.canvas.glow(x, y, rx * 1.3, ink, strength=strength * 0.9, power=1.2, flat=ry / rx)


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
