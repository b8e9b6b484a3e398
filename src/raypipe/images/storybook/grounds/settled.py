"""Where people have shaped the land: garden, road, village."""

from __future__ import annotations

import math

import numpy as np

from raypipe.images.storybook.grounds.fields import meadow_grass
from raypipe.images.storybook.grounds.land import (
    frame_corner,
    ground,
    hills,
    near_dark,
    something_hangs,
)
from raypipe.images.storybook.palette import Ink, mix
from raypipe.images.storybook.scenery.frames import bank_of_bushes, leaves_above
from raypipe.images.storybook.scenery.houses import house
from raypipe.images.storybook.scenery.trees import broadleaf, bush, cypress
from raypipe.images.storybook.shapes import lens
from raypipe.images.storybook.sky import paint_sky
from raypipe.images.storybook.stage import Stage


def garden_back(stage: Stage) -> None:
    """Paint beds of flowers along a path, clipped bushes, a wall and cypresses."""
    paint_sky(stage)
    hills(stage, "leaf", count=2)
    camera, chance = stage.camera, stage.chance.branch("garden")
    h = camera.horizon
    for x in stage.spread(chance.whole(5, 8), name="cypress"):
        cypress(
            stage,
            float(x),
            h + 4,
            stage.height * chance.between(0.08, 0.17),
            depth=0.42,
            chance=chance,
        )
    wall = mix(stage.ink("soft", 0.3), stage.ink("earth", 0.3), 0.3)
    tall = stage.height * 0.045
    stage.canvas.shape(
        [(-5, h - tall), (stage.width + 5, h - tall), (stage.width + 5, h + 12), (-5, h + 12)],
        wall,
        shade=mix(wall, stage.ink("ink"), 0.4),
        start=0.2,
    )
    stage.gouges(
        60,
        name="bricks",
        y0=h - tall * 0.9,
        y1=h,
        length=34 * stage.unit,
        width=2.4 * stage.unit,
        ink=mix(wall, stage.ink("ink"), 0.3),
        toward_viewer=False,
    )
    far, near = (
        mix(stage.ink("leaf", 0.2), stage.ink("glow", 0.2), 0.2),
        mix(stage.ink("leaf"), stage.ink("deep"), 0.5),
    )
    ground(stage, far, near, name="lawn")
    _path(stage, mix(stage.ink("soft"), stage.ink("paper"), 0.3), wide=0.34, name="garden path")
    for row in range(4):
        t = 0.12 + 0.24 * row
        y = h + (stage.height * 0.88 - h) * t
        size = stage.unit * (16 + 42 * t)
        for x in stage.spread(9 - row, name=("bed", row), margin=-0.04):
            bush(stage, float(x), y, size * 3.2, depth=0.3 * (1 - t), chance=chance)
            for _ in range(5):
                stage.canvas.disc(
                    float(x) + chance.between(-1.4, 1.4) * size,
                    y - chance.between(-0.1, 0.85) * size,
                    size * 0.2,
                    stage.ink(chance.pick(("accent", "paper", "glow", "soft"))),
                )


def garden_front(stage: Stage) -> None:
    """Hang leaves into the sheet, unless fruit hangs there."""
    ink = near_dark(stage)
    if not something_hangs(stage):
        chance = stage.chance.branch("frame")
        leaves_above(stage, side=-stage.composition.side, ink=ink, chance=chance, reach=0.5)
    bank_of_bushes(stage, ink=ink, chance=stage.chance.branch("bank"), top=stage.height * 0.9)


def _path(stage: Stage, ink: Ink, *, wide: float, name: str) -> None:
    chance = stage.chance.branch(name)
    camera, w = stage.camera, stage.width
    vanish = w * (0.5 - stage.composition.side * chance.between(0.02, 0.16))
    foot = w * (0.5 + chance.between(-0.08, 0.08))
    bend = w * chance.between(0.06, 0.14) * chance.sign()
    left, right = [], []
    for t in np.linspace(0.0, 1.0, 14):
        y = camera.horizon + 4 + (stage.height - camera.horizon) * t
        x = vanish + (foot - vanish) * t + bend * math.sin(math.pi * t * 1.4) * (1 - 0.4 * t)
        half = w * wide * (0.02 + 0.98 * t**1.25)
        left.append((x - half, y))
        right.append((x + half, y))
    shade = mix(ink, stage.ink("earth"), 0.55)
    stage.canvas.shape(left + right[::-1], ink, shade=shade, amount=0.85, start=0.15)
    marks = []
    for _ in range(46):
        t = chance.between(0.05, 1) ** 1.4
        row = min(12, int(t * 13))
        x = left[row][0] + (right[row][0] - left[row][0]) * chance.between(0.1, 0.9)
        long = stage.unit * 44 * (0.15 + t)
        marks.append(
            lens(
                (x - long / 2, left[row][1]),
                (x + long / 2, left[row][1] + 2),
                4.5 * stage.unit * (0.2 + t),
            )
        )
    stage.canvas.marks(marks, mix(ink, stage.ink("earth"), 0.4))


def road_back(stage: Stage) -> None:
    """Paint a road that winds to the horizon between fields, with poplars along it."""
    paint_sky(stage)
    hills(stage, "leaf")
    far = mix(stage.ink("leaf", 0.35), stage.ink("glow", 0.3), 0.45)
    near = mix(stage.ink("leaf"), stage.ink("earth"), 0.4)
    ground(stage, far, near)
    _path(stage, mix(stage.ink("soft"), stage.ink("paper"), 0.15), wide=0.3, name="road")
    chance = stage.chance.branch("poplars")
    side = stage.composition.side
    for number in range(6):
        t = (number / 6) ** 1.7
        y = stage.camera.horizon + 6 + (stage.camera.base - stage.camera.horizon) * t * 0.8
        x = stage.width * (0.5 - side * (0.12 + 0.44 * t))
        cypress(stage, x, y, stage.height * (0.07 + 0.27 * t), depth=0.5 * (1 - t), chance=chance)
    stage.gouges(
        70,
        name="verge",
        y0=stage.camera.horizon + 8,
        y1=stage.height * 0.86,
        length=70 * stage.unit,
        width=4.5 * stage.unit,
        ink=mix(far, stage.ink("paper"), 0.25),
    )
    meadow_grass(stage, far, near)


def road_front(stage: Stage) -> None:
    """Frame the road."""
    frame_corner(stage, near_dark(stage))


def village_back(stage: Stage) -> None:
    """Paint clustered houses on a rise, a lane and trees between the roofs."""
    paint_sky(stage)
    hills(stage, "leaf", count=2)
    camera, chance = stage.camera, stage.chance.branch("village")
    w = stage.width
    size = (stage.width * stage.height) ** 0.5
    rows = ((0.55, 7, 0.105, -0.012), (0.32, 5, 0.16, 0.018), (0.1, 3, 0.235, 0.055))
    for number, (depth, count, wide, drop) in enumerate(rows):
        y = camera.horizon + stage.height * drop
        ink = mix(stage.ink("leaf", depth), stage.ink("deep", depth), 0.2)
        ridge = stage.ridge(y + 2, stage.height * 0.012, name=("rise", number), hills=2)
        stage.plane(ridge, ink, shade=mix(ink, stage.ink("deep", depth), 0.5), amount=0.6)
        for x in stage.spread(count, name=("house", number), margin=-0.03):
            if number == 2 and abs(float(x) / w - 0.5) < 0.16:
                continue
            if chance.often(0.24):
                broadleaf(stage, float(x), y + 4, size * wide * 0.9, depth=depth, chance=chance)
                continue
            house(
                stage,
                float(x),
                y + size * 0.012 * (1 + number),
                size * wide * chance.between(0.75, 1.05),
                depth=depth,
                chance=chance,
            )
    far, near = (
        mix(stage.ink("leaf", 0.1), stage.ink("soft", 0.1), 0.35),
        mix(stage.ink("earth"), stage.ink("deep"), 0.4),
    )
    reach = stage.height - camera.horizon
    ridge = stage.ridge(camera.horizon + reach * 0.3, stage.height * 0.01, name="green", hills=2)
    stage.plane(ridge, far, shade=near, amount=0.9, start=0.0)
    stage.gouges(
        80,
        name="lane",
        y0=camera.horizon + reach * 0.32,
        y1=stage.height * 0.88,
        length=80 * stage.unit,
        width=5 * stage.unit,
        ink=mix(far, stage.ink("paper"), 0.3),
    )
    stage.gouges(
        40,
        name="lane dark",
        y0=camera.horizon + reach * 0.4,
        y1=stage.height,
        length=90 * stage.unit,
        width=5 * stage.unit,
        ink=mix(near, stage.ink("ink"), 0.3),
    )


def village_front(stage: Stage) -> None:
    """Frame the village."""
    frame_corner(stage, near_dark(stage))
