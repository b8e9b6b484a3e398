"""Open land: field, garden, village, road, desert, mountain and snow."""

from __future__ import annotations

import math

import numpy as np

from raypipe.images.storybook.palette import Ink, mix
from raypipe.images.storybook.scenery import (
    bank_of_bushes,
    broadleaf,
    bush,
    conifer,
    cypress,
    grass,
    house,
    leaves_above,
    mountain,
    palm,
    rock,
)
from raypipe.images.storybook.shapes import lens, smooth
from raypipe.images.storybook.sky import paint_sky
from raypipe.images.storybook.stage import Stage


def hills(
    stage: Stage, role: str, *, count: int = 3, amplitude: float = 0.05, lift: float = 0.03
) -> None:
    """Paint receding ridges behind the horizon, each fainter than the one before it."""
    for number in range(count):
        depth = 0.95 - 0.28 * number
        ink = mix(stage.ink(role, depth), stage.ink("deep", depth), 0.2)
        y = stage.camera.horizon - stage.height * lift * (count - 1 - number) * 0.9
        ridge = stage.ridge(
            y,
            stage.height * amplitude * (1 - 0.2 * number),
            name=("hill", number),
            hills=2 + number,
        )
        shade = mix(ink, stage.scheme.air, 0.5)
        stage.plane(
            ridge,
            ink,
            shade=shade,
            amount=0.75,
            start=0.0,
            floor=stage.camera.horizon + 0.1 * stage.height,
        )


def ground(
    stage: Stage, far: Ink, near: Ink, *, name: str = "ground", swell: float = 0.008
) -> None:
    """Paint the near ground in three overlapping planes, darker towards the viewer."""
    camera = stage.camera
    reach = stage.height - camera.horizon
    for number, share in enumerate((0.0, 0.22, 0.62)):
        ink = mix(far, near, number / 2.2)
        y = camera.horizon + reach * share
        ridge = stage.ridge(
            y, stage.height * swell * (1 + number * 1.6), name=(name, number), hills=2, octaves=3
        )
        shade = mix(mix(far, near, min(1.0, (number + 1) / 2.0)), stage.ink("ink"), 0.12 * number)
        stage.plane(ridge, ink, shade=shade, amount=0.8, start=0.02)


def frame_corner(stage: Stage, ink: Ink) -> None:
    """Put something dark and near into a corner, chosen by chance, to look past."""
    chance = stage.chance.branch("frame")
    kind = chance.pick(("leaves", "bushes", "grass", "leaves"))
    if kind == "leaves":
        leaves_above(stage, side=-stage.composition.side, ink=ink, chance=chance)
    if kind == "bushes":
        bank_of_bushes(stage, ink=ink, chance=chance, top=stage.height * 0.87)
    else:
        for x in stage.spread(13, name="frame grass", margin=-0.05):
            edge = abs(x / stage.width - 0.5) * 2
            tall = stage.height * (0.025 + 0.085 * edge**2) * chance.between(0.8, 1.2)
            grass(stage, float(x), stage.height + 4, tall * 1.6, ink=ink, chance=chance)


def _near_dark(stage: Stage, role: str = "leaf") -> Ink:
    return mix(mix(stage.ink(role), stage.ink("deep"), 0.5), stage.ink("ink"), 0.62)


def field_back(stage: Stage) -> None:
    """Paint meadows with hedges, a far tree line and carved grass."""
    paint_sky(stage)
    hills(stage, "leaf")
    camera, chance = stage.camera, stage.chance.branch("field")
    for x in stage.spread(chance.whole(7, 11), name="hedge"):
        size = stage.height * chance.between(0.018, 0.04)
        if chance.often(0.6):
            broadleaf(
                stage, float(x), camera.horizon + size * 0.15, size * 1.6, depth=0.6, chance=chance
            )
        else:
            bush(stage, float(x), camera.horizon, size * 2.2, depth=0.6, chance=chance)
    far = mix(stage.ink("leaf", 0.28), stage.ink("glow", 0.28), 0.34)
    near = mix(stage.ink("leaf"), stage.ink("deep"), 0.45)
    ground(stage, far, near)
    _furrows(stage, mix(far, near, 0.5))
    light = mix(far, stage.ink("paper"), 0.3)
    stage.gouges(
        110,
        name="grass",
        y0=camera.horizon + 6,
        y1=stage.height * 0.86,
        length=90 * stage.unit,
        width=5 * stage.unit,
        ink=light,
    )
    _meadow_grass(stage, far, near)
    for feature in FIELD_FEATURES[
        (stage.scene.scene_index + chance.whole(0, 1)) % len(FIELD_FEATURES)
    ]:
        feature(stage)
    x = stage.width * (0.5 - stage.composition.side * chance.between(0.34, 0.44))
    if chance.often(0.6):
        y = camera.ground_at(0.52)
        broadleaf(stage, x, y, stage.height * chance.between(0.2, 0.3), depth=0.2, chance=chance)


def _fence(stage: Stage) -> None:
    """Paint a post-and-rail fence that runs back to the horizon."""
    chance = stage.chance.branch("fence")
    camera, w = stage.camera, stage.width
    side = -stage.composition.side
    wood = mix(stage.ink("earth"), stage.ink("soft"), 0.3)
    dark = mix(wood, stage.ink("ink"), 0.4)
    posts = []
    for number in range(9):
        t = (number / 8) ** 1.6
        x = w * (0.5 + side * (0.02 + 0.62 * t))
        posts.append((x, camera.ground_at(0.06 + 0.8 * t), stage.height * (0.012 + 0.085 * t)))
    for (x0, y0, tall0), (x1, y1, tall1) in zip(posts[:-1], posts[1:], strict=True):
        for rail in (0.45, 0.85):
            wide0, wide1 = tall0 * 0.07, tall1 * 0.07
            top0, top1 = y0 - tall0 * rail, y1 - tall1 * rail
            stage.canvas.fill(
                [(x0, top0 - wide0), (x1, top1 - wide1), (x1, top1 + wide1), (x0, top0 + wide0)],
                wood,
            )
    for x, y, tall in posts:
        lean = chance.between(-0.05, 0.05) * tall
        wide = tall * 0.08
        stage.canvas.fill(
            [
                (x - wide, y),
                (x + lean - wide, y - tall),
                (x + lean + wide, y - tall),
                (x + wide, y),
            ],
            wood,
        )
        stage.canvas.fill(
            [(x, y), (x + lean, y - tall), (x + lean + wide, y - tall), (x + wide, y)], dark
        )


def _haystacks(stage: Stage) -> None:
    """Paint stacks of hay with carved straw."""
    chance = stage.chance.branch("hay")
    straw = mix(stage.ink("glow"), stage.ink("earth"), 0.22)
    for number in range(4):
        scale = 0.2 + 0.14 * number
        x = stage.width * (0.5 - stage.composition.side * (0.42 - 0.24 * number)) + chance.between(
            -30, 30
        )
        y = stage.camera.ground_at(scale)
        tall = stage.height * 0.1 * (0.3 + scale)
        wide = tall * 0.8
        shape = smooth(
            [
                (x - wide, y),
                (x - wide * 0.9, y - tall * 0.5),
                (x - wide * 0.3, y - tall * 0.95),
                (x, y - tall * 1.05),
                (x + wide * 0.4, y - tall * 0.9),
                (x + wide * 0.95, y - tall * 0.4),
                (x + wide, y),
            ],
            steps=4,
        )
        side = 1.0 if x > stage.lamp.x else -1.0
        stage.canvas.shape(
            shape,
            straw,
            shade=mix(straw, stage.ink("deep"), 0.6),
            amount=0.9,
            toward=(side * 0.7, 0.6),
            start=0.35,
        )
        lines = [
            lens(
                (x + t * wide * 0.2, y - tall * 0.95), (x + t * wide, y - tall * 0.06), tall * 0.03
            )
            for t in np.linspace(-0.8, 0.8, 9)
        ]
        stage.canvas.marks(lines, mix(straw, stage.ink("earth"), 0.5))


def _far_village(stage: Stage) -> None:
    """Paint a steeple and roofs on the far ridge."""
    chance = stage.chance.branch("far village")
    x0 = stage.width * (0.5 - stage.composition.side * chance.between(0.1, 0.3))
    y, size = stage.camera.horizon + 4, stage.height * 0.022
    for number in range(5):
        house(
            stage,
            x0 + (number - 2) * size * 1.5,
            y,
            size * chance.between(1.1, 1.6),
            depth=0.62,
            chance=chance,
        )
    if stage.world == "":
        wall = mix(stage.ink("paper", 0.6), stage.ink("soft", 0.6), 0.4)
        stage.canvas.fill(
            [
                (x0 - size * 0.35, y),
                (x0 + size * 0.35, y),
                (x0 + size * 0.35, y - size * 2),
                (x0 - size * 0.35, y - size * 2),
            ],
            wall,
        )
        stage.canvas.fill(
            [
                (x0 - size * 0.45, y - size * 2),
                (x0, y - size * 3.6),
                (x0 + size * 0.45, y - size * 2),
            ],
            mix(stage.ink("accent", 0.6), stage.ink("deep", 0.6), 0.3),
        )


def _brook(stage: Stage) -> None:
    """Paint a narrow stream across the meadow."""
    camera, w = stage.camera, stage.width
    side = stage.composition.side
    left, right = [], []
    for t in np.linspace(0, 1, 14):
        y = camera.ground_at(0.05 + 0.62 * float(t))
        x = w * (0.5 + side * (0.46 - 0.8 * t) + 0.05 * math.sin(7 * t))
        half = stage.height * (0.004 + 0.02 * t)
        left.append((x, y - half * 0.5))
        right.append((x + half * 2, y + half * 0.9))
    shape = np.vstack(
        [smooth(left, closed=False, steps=3), smooth(right, closed=False, steps=3)[::-1]]
    )
    stream = mix(stage.ink("cool"), stage.scheme.sky[2], 0.3)
    stage.canvas.shape(
        shape, stream, shade=mix(stream, stage.ink("deep"), 0.5), amount=0.8, start=0.2
    )


FIELD_FEATURES = (
    (_far_village, _fence),
    (_haystacks,),
    (_brook,),
    (_fence,),
    (_far_village,),
)
"""What meadows have besides grass, in turn, so that a story's meadows differ."""


def _furrows(stage: Stage, ink: Ink) -> None:
    chance = stage.chance.branch("furrows")
    camera = stage.camera
    vanish = (stage.width * chance.between(0.2, 0.8), camera.horizon - 4)
    low = camera.horizon + (stage.height - camera.horizon) * 0.26
    marks = [
        lens((vanish[0] + (x - vanish[0]) * 0.12, camera.horizon + 3), (x, low), 6 * stage.unit)
        for x in np.linspace(-0.6, 1.6, 17) * stage.width
    ]
    stage.canvas.marks(marks, ink)


def _meadow_grass(stage: Stage, far: Ink, near: Ink) -> None:
    chance = stage.chance.branch("tufts")
    for _ in range(46):
        t = chance.between(0.1, 1.0)
        y = stage.camera.horizon + (stage.height - stage.camera.horizon) * t
        tall = stage.unit * (8 + 30 * t)
        grass(
            stage,
            chance.between(0, stage.width),
            y,
            tall,
            ink=mix(mix(far, near, t), stage.ink("ink"), 0.22 * t),
            chance=chance,
            blades=5,
        )
    if stage.scene.mood not in ("dark", "sad", "tense"):
        for _ in range(34):
            t = chance.between(0.2, 1.0)
            y = stage.camera.horizon + (stage.height - stage.camera.horizon) * t
            stage.canvas.disc(
                chance.between(0, stage.width),
                y,
                stage.unit * (1.5 + 4.2 * t),
                stage.ink(chance.pick(("accent", "paper", "glow"))),
            )


def field_front(stage: Stage) -> None:
    """Frame the meadow."""
    frame_corner(stage, _near_dark(stage))


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
    """Hang leaves into the sheet."""
    leaves_above(
        stage,
        side=-stage.composition.side,
        ink=_near_dark(stage),
        chance=stage.chance.branch("frame"),
        reach=0.5,
    )
    bank_of_bushes(
        stage, ink=_near_dark(stage), chance=stage.chance.branch("bank"), top=stage.height * 0.9
    )


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
    _meadow_grass(stage, far, near)


def road_front(stage: Stage) -> None:
    """Frame the road."""
    frame_corner(stage, _near_dark(stage))


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
            if number == 2 and abs(float(x) / w - 0.5) < 0.16:  # noqa: PLR2004  (keep the middle open)
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
    frame_corner(stage, _near_dark(stage))


def desert_back(stage: Stage) -> None:
    """Paint dunes whose crests catch the light, and far rocks."""
    paint_sky(stage)
    camera, chance = stage.camera, stage.chance.branch("desert")
    h, w = camera.horizon, stage.width
    for number in range(3):
        mesa = mix(stage.ink("earth", 0.8), stage.ink("accent", 0.8), 0.25)
        x, wide, tall = (
            w * chance.between(0, 1),
            w * chance.between(0.12, 0.3),
            stage.height * chance.between(0.02, 0.06),
        )
        if number < 2:  # noqa: PLR2004
            stage.canvas.shape(
                [
                    (x - wide / 2, h + 5),
                    (x - wide * 0.42, h - tall),
                    (x + wide * 0.38, h - tall * 0.95),
                    (x + wide / 2, h + 5),
                ],
                mesa,
                shade=mix(mesa, stage.scheme.air, 0.5),
                start=0.4,
            )
    sand = mix(stage.ink("soft"), stage.ink("glow"), 0.4)
    reach = stage.height - h
    lit_side = 1 if stage.lamp.x > w / 2 else -1
    for number, share in enumerate((-0.02, 0.09, 0.24, 0.5)):
        depth = 0.6 - 0.2 * number
        ink = mix(
            stage.scheme.local(
                mix(stage.family.soft, stage.family.glow, 0.42), depth=max(depth, 0)
            ),
            stage.ink("earth"),
            0.1 * number,
        )
        dark = mix(ink, mix(stage.ink("earth"), stage.ink("deep"), 0.3), 0.5)
        peak = w * chance.between(0.2, 0.8)
        y = h + reach * share
        rise = stage.height * (0.028 + 0.022 * number)
        points = [
            (-0.1 * w, y + rise * 0.5),
            (peak - w * 0.45, y + rise * 0.1),
            (peak, y - rise),
            (peak + w * 0.32, y + rise * 0.2),
            (peak + w * 0.75, y + rise * 0.1),
            (1.2 * w, y + rise * 0.5),
        ]
        crest = smooth(points, closed=False, steps=12)
        stage.plane(crest, ink, shade=mix(ink, dark, 0.45), amount=0.75, start=0.1)
        foot = (peak + lit_side * w * 0.02, y + rise * 3.4 + reach * 0.1)
        flank_side = [p for p in crest if (p[0] - peak) * lit_side < 0]
        if flank_side:
            line = sorted(flank_side, key=lambda p: -abs(p[0] - peak))
            stage.canvas.shape(
                np.vstack(
                    [
                        np.array(line),
                        [
                            (peak, y - rise),
                            (peak - lit_side * w * 0.08, y + rise * 1.2),
                            foot,
                            (peak - lit_side * w * 0.5, foot[1]),
                        ],
                    ]
                ),
                dark,
                shade=ink,
                amount=0.95,
                start=0.15,
                toward=(-lit_side * 0.5, 0.8),
            )
        stage.gouges(
            26,
            name=("ripple", number),
            y0=y + rise,
            y1=y + reach * 0.3,
            length=120 * stage.unit,
            width=3.5 * stage.unit,
            ink=mix(ink, stage.ink("paper"), 0.35),
            slant=0.05 * lit_side,
        )
    if chance.often(0.5):
        palm(
            stage,
            w * (0.5 - stage.composition.side * 0.4),
            camera.ground_at(0.6),
            stage.height * 0.2,
            depth=0.15,
            chance=chance,
        )
    del sand


def desert_front(stage: Stage) -> None:
    """Put a dark dune and dry grass at the foot."""
    chance = stage.chance.branch("frame")
    ink = mix(mix(stage.ink("earth"), stage.ink("deep"), 0.5), stage.ink("ink"), 0.4)
    side = stage.composition.side
    w, h = stage.width, stage.height
    crest = smooth(
        [
            (-0.1 * w, h * (0.93 if side > 0 else 1.02)),
            (0.3 * w, h * 0.965),
            (0.7 * w, h * 0.975),
            (1.1 * w, h * (0.93 if side < 0 else 1.02)),
        ],
        closed=False,
    )
    stage.plane(crest, ink)
    for _ in range(5):
        x = w * (0.5 - side * chance.between(0.3, 0.5))
        grass(stage, x, h * 0.97, h * 0.06, ink=mix(ink, stage.ink("ink"), 0.5), chance=chance)


def mountain_back(stage: Stage) -> None:
    """Paint ranges of peaks, firs on the slopes and a rocky ledge."""
    paint_sky(stage)
    camera, chance = stage.camera, stage.chance.branch("mountain")
    h, w = camera.horizon, stage.width
    side = stage.composition.side
    for number in range(3):
        depth = 0.88 - 0.26 * number
        for place in range(3 if number < 2 else 2):  # noqa: PLR2004
            x = w * (
                0.5 - side * 0.2 + (place - 1) * 0.5 + chance.between(-0.12, 0.12) + 0.17 * number
            )
            tall = stage.height * (0.34 - 0.085 * number) * chance.between(0.7, 1.0)
            mountain(
                stage,
                x,
                h + stage.height * 0.03,
                tall * chance.between(1.5, 1.9),
                tall,
                depth=depth,
                chance=chance,
                snow=number < 2,
            )  # noqa: PLR2004
        haze = mix(stage.ink("cool", depth), stage.scheme.air, 0.6)
        stage.plane(
            stage.ridge(
                h - stage.height * 0.012 * (1 - number), stage.height * 0.012, name=("mist", number)
            ),
            haze,
            shade=mix(haze, stage.scheme.air, 0.6),
        )
    slope = mix(
        mix(stage.ink("leaf", 0.3), stage.ink("deep", 0.3), 0.4), stage.ink("cool", 0.3), 0.2
    )
    stage.plane(
        stage.ridge(h + stage.height * 0.01, stage.height * 0.025, name="slope", hills=2),
        slope,
        shade=mix(slope, stage.ink("ink"), 0.3),
    )
    for x in stage.spread(16, name="firs", margin=-0.05):
        conifer(
            stage,
            float(x),
            h + stage.height * chance.between(0.015, 0.06),
            stage.height * chance.between(0.05, 0.1),
            depth=0.34,
            chance=chance,
        )
    far = mix(mix(stage.ink("deep"), stage.ink("soft"), 0.32), stage.ink("leaf"), 0.25)
    near = mix(stage.ink("deep"), stage.ink("ink"), 0.35)
    reach = stage.height - h
    stage.plane(
        stage.ridge(h + reach * 0.28, stage.height * 0.012, name="ledge", hills=4),
        far,
        shade=near,
        amount=0.9,
        start=0.0,
    )
    stage.gouges(
        70,
        name="scree",
        y0=h + reach * 0.32,
        y1=stage.height * 0.9,
        length=60 * stage.unit,
        width=5 * stage.unit,
        ink=mix(far, stage.ink("paper"), 0.28),
        slant=0.1,
    )
    for number in range(5):
        x = w * (0.5 - side * (0.3 + 0.06 * number) + chance.between(-0.05, 0.05))
        rock(
            stage,
            x,
            camera.ground_at(0.5 + 0.14 * number),
            stage.unit * chance.between(60, 150),
            stage.unit * chance.between(30, 80),
            depth=0.15,
            chance=chance,
        )


def mountain_front(stage: Stage) -> None:
    """Frame with dark firs at one side."""
    chance = stage.chance.branch("frame")
    side = -stage.composition.side
    ink_depth = 0.0
    for number in range(3):
        x = stage.width * (0.5 + side * (0.44 + 0.07 * number))
        conifer(
            stage,
            x,
            stage.height * 1.02,
            stage.height * chance.between(0.2, 0.36),
            depth=ink_depth,
            chance=chance,
        )


def snow_back(stage: Stage) -> None:
    """Paint white drifts with blue shade, bare birches and snowy firs."""
    paint_sky(stage)
    camera, chance = stage.camera, stage.chance.branch("snow")
    h = camera.horizon
    white = mix(stage.ink("paper"), stage.ink("cool"), 0.12)
    blue = mix(white, mix(stage.ink("cool"), stage.ink("deep"), 0.4), 0.55)
    for number in range(2):
        depth = 0.85 - 0.3 * number
        ink = mix(stage.ink("cool", depth), stage.ink("paper", depth), 0.35)
        stage.plane(
            stage.ridge(
                h - stage.height * 0.03 * (1 - number),
                stage.height * 0.04,
                name=("drift far", number),
                hills=3,
            ),
            ink,
            shade=mix(ink, stage.scheme.air, 0.6),
        )
        for x in stage.spread(18 - 6 * number, name=("firs", number), margin=-0.03):
            conifer(
                stage,
                float(x),
                h + stage.height * (0.004 + 0.012 * number),
                stage.height * chance.between(0.04, 0.085) * (1 + 0.5 * number),
                depth=0.62 - 0.22 * number,
                chance=chance,
            )
    ground(
        stage, mix(white, stage.scheme.air, 0.2), mix(white, blue, 0.45), name="snow", swell=0.012
    )
    stage.gouges(
        70,
        name="drifts",
        y0=h + 8,
        y1=stage.height * 0.9,
        length=130 * stage.unit,
        width=6 * stage.unit,
        ink=blue,
    )
    stage.gouges(
        40,
        name="gleam",
        y0=h + 8,
        y1=stage.height * 0.9,
        length=110 * stage.unit,
        width=5 * stage.unit,
        ink=mix(white, Ink(255, 255, 255), 0.6 * (1 - stage.scheme.night)),
    )
    side = stage.composition.side
    for number in range(3):
        x = stage.width * (0.5 - side * (0.3 + 0.09 * number))
        conifer(
            stage,
            x,
            camera.ground_at(0.5 + 0.12 * number),
            stage.height * chance.between(0.16, 0.27),
            depth=0.15,
            chance=chance,
        )


def snow_front(stage: Stage) -> None:
    """Put a drift at the foot and bare twigs into a corner."""
    chance = stage.chance.branch("frame")
    white = mix(mix(stage.ink("paper"), stage.ink("cool"), 0.35), stage.ink("deep"), 0.28)
    stage.plane(
        stage.ridge(stage.height * 0.955, stage.height * 0.012, name="front drift", hills=2),
        white,
        shade=mix(white, stage.ink("deep"), 0.6),
        amount=0.8,
        start=0.0,
    )
    ink = mix(stage.ink("deep"), stage.ink("ink"), 0.7)
    side = -stage.composition.side
    root = (stage.width * (0.5 + side * 0.55), stage.height * 0.2)
    for _ in range(6):
        tip = (
            root[0] - side * stage.width * chance.between(0.12, 0.4),
            root[1] - stage.height * chance.between(-0.03, 0.16),
        )
        stage.canvas.fill(
            lens(root, tip, 8 * stage.unit, bend=chance.between(-14, 14) * stage.unit), ink
        )
        stage.canvas.fill(
            lens(
                ((root[0] + tip[0]) / 2, (root[1] + tip[1]) / 2),
                (tip[0], tip[1] - 50 * stage.unit),
                4 * stage.unit,
            ),
            ink,
        )
