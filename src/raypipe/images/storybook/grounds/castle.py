"""The castle on its rock."""

from __future__ import annotations

import numpy as np

from raypipe.images.storybook.chance import Chance
from raypipe.images.storybook.grounds.land import frame_corner, ground, hills
from raypipe.images.storybook.palette import Ink, mix
from raypipe.images.storybook.scenery.stone import arch, stone_ink
from raypipe.images.storybook.scenery.trees import cypress
from raypipe.images.storybook.shapes import rectangle
from raypipe.images.storybook.sky import paint_sky
from raypipe.images.storybook.stage import Stage


def castle_back(stage: Stage) -> None:
    """Paint a castle on its rock, with banners, and the road to its gate."""
    paint_sky(stage)
    hills(stage, "cool", count=3)
    camera, chance = stage.camera, stage.chance.branch("castle")
    w, h = stage.width, camera.horizon
    x = w * (0.5 - stage.composition.side * chance.between(0.1, 0.2))
    size = min(w * 0.8, stage.height * 0.42)
    cliff = mix(stage.ink("deep", 0.35), stage.ink("earth", 0.35), 0.3)
    foot = h + stage.height * 0.03
    base = foot - size * 0.16
    stage.canvas.shape(
        [
            (x - size * 0.72, foot),
            (x - size * 0.5, base),
            (x + size * 0.5, base + size * 0.02),
            (x + size * 0.74, foot),
        ],
        cliff,
        shade=mix(cliff, stage.ink("ink"), 0.5),
        amount=0.9,
    )
    _castle(stage, x, base + 4, size, chance)
    far, near = (
        mix(stage.ink("leaf", 0.2), stage.ink("soft", 0.2), 0.3),
        mix(stage.ink("leaf"), stage.ink("deep"), 0.55),
    )
    ground(stage, far, near, name="ward")
    stage.gouges(
        80,
        name="turf",
        y0=h + 10,
        y1=stage.height * 0.88,
        length=90 * stage.unit,
        width=5 * stage.unit,
        ink=mix(far, stage.ink("paper"), 0.28),
    )
    for px in stage.spread(7, name="yews", margin=-0.03):
        if abs(float(px) - x) > size * 0.25:
            cypress(
                stage,
                float(px),
                camera.ground_at(0.2),
                stage.height * chance.between(0.06, 0.12),
                depth=0.3,
                chance=chance,
            )


def _castle(stage: Stage, x: float, y: float, size: float, chance: Chance) -> None:
    depth = 0.26
    stone = mix(stone_ink(stage, depth), stage.ink("soft", depth), 0.25)
    dark = mix(stone, stage.ink("ink", depth), 0.55)
    roof = mix(stage.ink("accent", depth), stage.ink("deep", depth), 0.3)
    shining = stage.scene.hour in ("night", "dusk")
    glass = stage.family.glow if shining else mix(dark, stage.ink("ink", depth), 0.4)
    side = 1.0 if x > stage.lamp.x else -1.0
    towers = [
        (-0.42, 0.44, 0.13),
        (0.42, 0.5, 0.13),
        (-0.18, 0.62, 0.14),
        (0.2, 0.74, 0.15),
        (0.0, 0.92, 0.17),
    ]
    for order, (dx, tall, wide) in enumerate(sorted(towers, key=lambda t: -t[1])):
        cx, tw, th = x + dx * size, size * wide, size * tall * chance.between(0.92, 1.05)
        stage.canvas.shape(
            rectangle(cx - tw / 2, y - th, cx + tw / 2, y),
            stone,
            shade=dark,
            amount=0.9,
            toward=(side, 0.15),
            start=0.3,
        )
        _battlement(stage, cx, y - th, tw * 1.2, mix(stone, dark, 0.3))
        if order % 2 == 0:
            stage.canvas.shape(
                [
                    (cx - tw * 0.62, y - th - tw * 0.12),
                    (cx, y - th - tw * 1.35),
                    (cx + tw * 0.62, y - th - tw * 0.12),
                ],
                roof,
                shade=mix(roof, stage.ink("ink", depth), 0.5),
                toward=(side, 0.2),
                start=0.35,
            )
            tip = (cx, y - th - tw * 1.35)
            stage.canvas.trace([tip, (tip[0], tip[1] - tw * 0.5)], 1.6 * stage.unit, dark)
            stage.canvas.fill(
                [
                    (tip[0], tip[1] - tw * 0.5),
                    (tip[0] + tw * 0.5, tip[1] - tw * 0.36),
                    (tip[0], tip[1] - tw * 0.22),
                ],
                stage.ink("glow", depth),
            )
        for row in range(2):
            wy = y - th * (0.82 - 0.3 * row)
            stage.canvas.fill(arch(cx - tw * 0.1, cx + tw * 0.1, wy + tw * 0.2, wy), glass)
    wall_h = size * 0.28
    stage.canvas.shape(
        rectangle(x - size * 0.5, y - wall_h, x + size * 0.5, y + 3),
        mix(stone, stage.ink("paper", depth), 0.12),
        shade=dark,
        amount=0.7,
        toward=(side, 0.5),
        start=0.3,
    )
    for dx in np.linspace(-0.46, 0.46, 12):
        stage.canvas.fill(
            rectangle(
                x + dx * size - size * 0.02,
                y - wall_h - size * 0.03,
                x + dx * size + size * 0.02,
                y - wall_h,
            ),
            stone,
        )
    stage.canvas.fill(
        arch(x - size * 0.09, x + size * 0.09, y + 3, y - size * 0.11, pointed=True),
        mix(dark, stage.ink("ink", depth), 0.5),
    )


def _battlement(stage: Stage, x: float, y: float, wide: float, ink: Ink) -> None:
    stage.canvas.fill(rectangle(x - wide / 2, y - wide * 0.06, x + wide / 2, y + wide * 0.1), ink)
    for t in (-0.42, -0.14, 0.14, 0.42):
        stage.canvas.fill(
            rectangle(x + t * wide - wide * 0.07, y - wide * 0.18, x + t * wide + wide * 0.07, y),
            ink,
        )


def castle_front(stage: Stage) -> None:
    """Frame the castle."""
    frame_corner(stage, mix(mix(stage.ink("leaf"), stage.ink("deep"), 0.6), stage.ink("ink"), 0.6))
