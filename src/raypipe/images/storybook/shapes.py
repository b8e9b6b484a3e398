"""Outlines as arrays float64 (n, 2), x to the right and y down, in any unit."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from raypipe.images.storybook.chance import Chance

Outline = npt.NDArray[np.float64]
Points = Sequence[Sequence[float]] | Outline


def outline(points: Points) -> Outline:
    """Return ``points`` as an outline."""
    return np.asarray(points, dtype=np.float64).reshape(-1, 2)


def smooth(points: Points, *, steps: int = 6, closed: bool = True) -> Outline:
    """Return a Catmull-Rom curve through ``points``, twice ``steps`` points for each of them."""
    steps *= 2
    p = outline(points)
    if closed:
        before, after, last = np.roll(p, 1, 0), np.roll(p, -1, 0), np.roll(p, -2, 0)
    else:
        before = np.vstack([p[:1], p[:-2]])
        after, last = p[1:], np.vstack([p[2:], p[-1:]])
        start = p[:-1]
        curve = _catmull(before, start, after, last, steps)
        return np.vstack([curve, p[-1:]])
    return _catmull(before, p, after, last, steps)


def _catmull(a: Outline, b: Outline, c: Outline, d: Outline, steps: int) -> Outline:
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    a, b, c, d = (part[:, None, :] for part in (a, b, c, d))
    curve = 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
    )
    return np.ascontiguousarray(curve.reshape(-1, 2))


def ellipse(
    x: float, y: float, rx: float, ry: float, *, tilt: float = 0, count: int = 40
) -> Outline:
    """Return an ellipse, ``tilt`` in radians."""
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    px, py = rx * np.cos(angle), ry * np.sin(angle)
    c, s = np.cos(tilt), np.sin(tilt)
    return np.stack([x + px * c - py * s, y + px * s + py * c], axis=1)


def rectangle(x0: float, y0: float, x1: float, y1: float) -> Outline:
    """Return a rectangle by two corners."""
    return outline([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])


def capsule(
    start: Sequence[float], end: Sequence[float], start_r: float, end_r: float, *, count: int = 14
) -> Outline:
    """Return a limb: two round ends of different radius and the hull between them."""
    (x0, y0), (x1, y1) = start, end
    angle = np.arctan2(y1 - y0, x1 - x0)
    back = np.linspace(angle + np.pi / 2, angle + 3 * np.pi / 2, count)
    front = np.linspace(angle - np.pi / 2, angle + np.pi / 2, count)
    first = np.stack([x0 + start_r * np.cos(back), y0 + start_r * np.sin(back)], axis=1)
    second = np.stack([x1 + end_r * np.cos(front), y1 + end_r * np.sin(front)], axis=1)
    return np.vstack([first, second])


def lens(
    start: Sequence[float] | Outline, end: Sequence[float] | Outline, width: float, bend: float = 0
) -> Outline:
    """Return the mark of a gouge: pointed at both ends, ``width`` in the middle.

    ``bend`` moves the middle to the side. In plain numbers, for a picture has thousands of marks.
    """
    ax, ay, bx, by = float(start[0]), float(start[1]), float(end[0]), float(end[1])
    dx, dy = bx - ax, by - ay
    length = max(math.hypot(dx, dy), 1e-6)
    nx, ny = -dy / length, dx / length
    mx, my = (ax + bx) / 2 + nx * bend, (ay + by) / 2 + ny * bend
    sx, sy = nx * bend / 4, ny * bend / 4
    qx, qy = (ax + mx) / 2 + sx, (ay + my) / 2 + sy
    tx, ty = (bx + mx) / 2 + sx, (by + my) / 2 + sy
    hx, hy = nx * width / 2, ny * width / 2
    gx, gy = hx * 0.8, hy * 0.8
    return np.array(
        ((ax, ay), (qx + gx, qy + gy), (mx + hx, my + hy), (tx + gx, ty + gy),
         (bx, by), (tx - gx, ty - gy), (mx - hx, my - hy), (qx - gx, qy - gy))
    )  # fmt: skip


def noise_line(
    chance: Chance, count: int, *, octaves: int = 4, start: int = 3
) -> npt.NDArray[np.float64]:
    """Return ``count`` values in about [-1, 1]: fractal noise with ``start`` hills at first."""
    x = np.linspace(0, 1, count)
    total = np.zeros(count)
    weight = 1.0
    for octave in range(octaves):
        knots = start * 2**octave + 1
        values = chance.rng.uniform(-1, 1, knots + 1)
        position = x * (knots - 1)
        index = np.floor(position).astype(int)
        t = position - index
        t = t * t * (3 - 2 * t)
        total += weight * (values[index] * (1 - t) + values[index + 1] * t)
        weight *= 0.5
    return total / 1.4


def blob(
    chance: Chance,
    x: float,
    y: float,
    rx: float,
    ry: float,
    *,
    wobble: float = 0.12,
    lobes: int = 9,
) -> Outline:
    """Return a rounded, irregular shape, as of a bush or a cloud."""
    angle = np.linspace(0, 2 * np.pi, lobes, endpoint=False)
    radius = 1 + chance.rng.uniform(-wobble, wobble, lobes)
    points = np.stack([x + rx * radius * np.cos(angle), y + ry * radius * np.sin(angle)], axis=1)
    return smooth(points, steps=5)


def scalloped(
    chance: Chance,
    x: float,
    y: float,
    rx: float,
    ry: float,
    *,
    lobes: int = 11,
    depth: float = 0.14,
) -> Outline:
    """Return a leafy crown: an ellipse edged with round lobes."""
    angle = np.linspace(0, 2 * np.pi, lobes * 8, endpoint=False)
    phase = chance.between(0, 6.3)
    wave = np.abs(np.sin((angle * lobes + phase) / 2))
    slow = 0.08 * np.sin(angle * 2 + phase) + 0.06 * np.sin(angle * 3 - phase)
    radius = 1 - depth + depth * wave * 1.6 + slow
    return np.stack([x + rx * radius * np.cos(angle), y + ry * radius * np.sin(angle)], axis=1)


def jagged(chance: Chance, points: Points, *, amount: float, pieces: int = 4) -> Outline:
    """Return a closed outline whose edges are broken as in stone, by ``amount`` pixels."""
    p = outline(points)
    result = []
    for a, b in zip(p, np.roll(p, -1, 0), strict=True):
        along = b - a
        normal = np.array([-along[1], along[0]]) / max(float(np.hypot(*along)), 1e-6)
        result.append(a)
        for step in range(1, pieces):
            t = (step + chance.between(-0.3, 0.3)) / pieces
            result.append(a + along * t + normal * chance.between(-amount, amount))
    return np.array(result)


def star(x: float, y: float, radius: float, *, points: int = 5, inner: float = 0.42) -> Outline:
    """Return a star standing on two points."""
    angle = np.arange(points * 2) * np.pi / points - np.pi / 2
    size = np.where(np.arange(points * 2) % 2 == 0, radius, radius * inner)
    return np.stack([x + size * np.cos(angle), y + size * np.sin(angle)], axis=1)
