"""Wild and strange places: forest, cave and space."""

from __future__ import annotations

import math

import numpy as np

from raypipe.images.storybook.chance import Chance
from raypipe.images.storybook.grounds.land import ground
from raypipe.images.storybook.palette import Ink, mix
from raypipe.images.storybook.scenery.frames import bank_of_bushes, leaves_above, pool_of_light
from raypipe.images.storybook.scenery.stone import rock
from raypipe.images.storybook.scenery.trees import bush, conifer, trunk
from raypipe.images.storybook.shapes import blob, ellipse, jagged, lens, star
from raypipe.images.storybook.sky import paint_gradient
from raypipe.images.storybook.stage import Stage


def forest_back(stage: Stage) -> None:
    """Paint a wood: misty far trees, receding trunks, ferns and light through the crowns."""
    top, middle, low = stage.scheme.sky
    chance = stage.chance.branch("forest")
    w, h, horizon = stage.width, stage.height, stage.camera.horizon
    leaf = mix(stage.ink("leaf"), stage.ink("deep"), 0.3)
    paint_gradient(
        stage,
        [(0.0, mix(leaf, top, 0.45)), (0.5, mix(middle, leaf, 0.25)), (1.0, mix(low, leaf, 0.1))],
        bottom=horizon,
    )
    if stage.lamp.kind in ("sun", "moon"):
        stage.canvas.glow(stage.lamp.x, horizon * 0.6, w * 0.75, stage.scheme.light, strength=0.6)
        stage.canvas.disc(stage.lamp.x, horizon * 0.6, stage.lamp.radius * 0.85, stage.scheme.light)
    fir = chance.often(0.4)
    for number in range(3):
        depth = 0.92 - 0.22 * number
        y = horizon + h * 0.008 * number
        ink = mix(stage.ink("leaf", depth), stage.ink("deep", depth), 0.25 + 0.1 * number)
        if fir:
            for x in stage.spread(15 - 3 * number, name=("far", number), margin=-0.05):
                conifer(
                    stage,
                    float(x),
                    y + 8,
                    h * chance.between(0.16, 0.26) * (1 + 0.28 * number),
                    depth=depth,
                    chance=chance,
                )
        else:
            for x in stage.spread(14 - 3 * number, name=("far", number), margin=-0.03):
                wide = stage.unit * (12 + 14 * number) * chance.between(0.7, 1.2)
                stage.canvas.marks(
                    [
                        lens(
                            (float(x), y + 10),
                            (float(x) + chance.between(-20, 20) * stage.unit, -h * 0.3),
                            wide * 2,
                        )
                    ],
                    ink,
                )
            for x in stage.spread(8, name=("canopy", number), margin=-0.1):
                stage.canvas.fill(
                    blob(
                        chance,
                        float(x),
                        h * (0.05 - 0.02 * number),
                        w * 0.16,
                        h * chance.between(0.05, 0.11),
                        lobes=13,
                        wobble=0.16,
                    ),
                    ink,
                )
        stage.plane(
            stage.ridge(y, h * 0.01, name=("floor", number), hills=5),
            mix(ink, stage.ink("leaf", depth), 0.4),
            shade=mix(ink, stage.scheme.air, 0.3),
        )
    _beams(stage, mix(stage.scheme.light, low, 0.3))
    far, near = (
        mix(stage.ink("leaf", 0.2), stage.ink("glow", 0.2), 0.16),
        mix(stage.ink("leaf"), stage.ink("ink"), 0.5),
    )
    ground(stage, far, near, name="forest floor", swell=0.014)
    pool_of_light(
        stage,
        w * (0.5 + 0.1 * stage.composition.side),
        stage.camera.base,
        w * 0.36,
        h * 0.03,
        mix(far, stage.scheme.light, 0.5),
        0.5,
    )
    stage.gouges(
        90,
        name="moss",
        y0=horizon + 8,
        y1=h * 0.88,
        length=70 * stage.unit,
        width=5 * stage.unit,
        ink=mix(far, stage.ink("paper"), 0.2),
    )
    side = stage.composition.side
    birch = not fir and chance.often(0.5)
    for number, (place, wide, scale) in enumerate(
        ((-0.3, 40, 0.34), (0.4, 46, 0.42), (-0.44, 78, 0.62), (0.17, 30, 0.22))
    ):
        x = w * (0.5 + side * (place + chance.between(-0.03, 0.03)))
        trunk(
            stage,
            x,
            stage.unit * wide,
            depth=0.42 - 0.13 * number if number < 3 else 0.5,
            y=stage.camera.ground_at(scale),
            chance=chance,
            birch=birch and number != 2,
        )
    for _ in range(26):
        t = chance.between(0.15, 1.0)
        y = horizon + (h * 0.9 - horizon) * t
        ink = mix(mix(far, near, t), stage.ink("ink"), 0.15)
        _fern(stage, chance.between(0, w), y, stage.unit * (24 + 60 * t), ink, chance)
    for _ in range(7):
        bush(
            stage,
            chance.pick((0.03, 0.12, 0.88, 0.97)) * w,
            stage.camera.ground_at(chance.between(0.3, 0.9)),
            stage.unit * chance.between(90, 170),
            depth=0.15,
            chance=chance,
        )


def _fern(stage: Stage, x: float, y: float, tall: float, ink: Ink, chance: Chance) -> None:
    for number in range(5):
        a = math.pi * (1.15 + 0.7 * number / 4) + chance.between(-0.1, 0.1)
        tip = (x + tall * math.cos(a), y + tall * 0.85 * math.sin(a))
        stage.canvas.fill(
            lens((x, y), tip, tall * 0.17, bend=tall * 0.1 * (1 if math.cos(a) < 0 else -1)), ink
        )


def _beams(stage: Stage, ink: Ink) -> None:
    if stage.scene.hour == "night" or stage.scene.weather in ("rain", "storm", "fog"):
        return
    chance = stage.chance.branch("beams")
    w = stage.width
    for _ in range(4):
        x = stage.lamp.x + chance.between(-0.35, 0.35) * w
        lean = stage.composition.side * w * chance.between(0.15, 0.3)
        wide = w * chance.between(0.03, 0.08)
        foot = stage.camera.base
        beam = np.array(
            [
                (x - wide, -5),
                (x + wide, -5),
                (x + wide * 1.7 + lean, foot),
                (x - wide * 1.7 + lean, foot),
            ]
        )
        stage.canvas.veil(beam, ink, strength=0.3)


def forest_front(stage: Stage) -> None:
    """Frame with a great dark trunk or leaves, and ferns at the foot."""
    chance = stage.chance.branch("frame")
    ink = mix(stage.ink("deep"), stage.ink("ink"), 0.78)
    side = -stage.composition.side
    if chance.often(0.55):
        x = stage.width * (0.5 + side * 0.5)
        trunk(stage, x, stage.unit * 150, depth=0.0, y=stage.height * 1.06, chance=chance)
    else:
        leaves_above(stage, side=side, ink=ink, chance=chance, reach=0.55)
    bank_of_bushes(stage, ink=ink, chance=chance, top=stage.height * 0.9)
    for x in stage.spread(8, name="front fern", margin=-0.04):
        _fern(stage, float(x), stage.height * 1.02, stage.height * 0.05, ink, chance)


def cave_back(stage: Stage) -> None:
    """Paint a cave: ring upon ring of rock around a lit mouth, stalactites, glinting walls."""
    chance = stage.chance.branch("cave")
    w, h = stage.width, stage.height
    floor_y = stage.camera.horizon
    glow = stage.lamp.kind == "thing"
    light = mix(stage.family.glow if glow else stage.scheme.sky[2], stage.scheme.light, 0.4)
    cx, cy = (
        (stage.lamp.x, min(stage.lamp.y, floor_y))
        if glow
        else (w * (0.5 - 0.08 * stage.composition.side), floor_y - h * 0.12)
    )
    deep = mix(stage.family.ink, stage.family.deep, 0.35)
    warm = mix(mix(stage.family.deep, stage.family.earth, 0.5), stage.family.soft, 0.25)
    paint_gradient(stage, [(0.0, deep), (1.0, mix(deep, warm, 0.4))], bottom=h)
    rings = 6
    for number in range(rings):
        t = number / (rings - 1)
        size = 1.5 - 1.18 * t
        ink = mix(deep, mix(warm, light, 0.25 + 0.3 * t), 0.1 + 0.8 * t)
        angle = np.linspace(0, 2 * np.pi, 46, endpoint=False)
        wobble = 1 + 0.1 * np.sin(angle * 3 + number) + 0.07 * chance.rng.uniform(-1, 1, 46)
        rx, ry = w * 0.62 * size, h * 0.42 * size
        ring = np.stack(
            [cx + rx * wobble * np.cos(angle), cy + ry * wobble * np.sin(angle)], axis=1
        )
        dark = mix(ink, deep, 0.6)
        stage.canvas.shape(ring, ink, shade=dark, amount=0.75, toward=(0.0, -1.0), start=0.35)
        marks = []
        for _ in range(26):
            a = chance.between(0, 6.28)
            r0, r1 = chance.between(0.72, 0.86), chance.between(0.9, 1.0)
            marks.append(
                lens(
                    (cx + rx * r0 * math.cos(a), cy + ry * r0 * math.sin(a)),
                    (cx + rx * r1 * math.cos(a + 0.04), cy + ry * r1 * math.sin(a + 0.04)),
                    stage.unit * 6 * size,
                )
            )
        stage.canvas.marks(marks, mix(ink, light, 0.22))
    if not glow:
        mouth = np.stack(
            [
                cx
                + w
                * 0.17
                * np.cos(np.linspace(0, 2 * np.pi, 26, endpoint=False))
                * (1 + 0.1 * chance.rng.uniform(-1, 1, 26)),
                cy + h * 0.1 * np.sin(np.linspace(0, 2 * np.pi, 26, endpoint=False)),
            ],
            axis=1,
        )
        stage.canvas.glow(cx, cy, w * 0.6, light, strength=0.6)
        stage.canvas.shape(
            mouth, mix(stage.scheme.sky[1], light, 0.5), shade=light, amount=0.9, start=0.2
        )
    else:
        stage.canvas.glow(cx, cy, w * 0.8, light, strength=0.55)
    floor_ink = mix(warm, deep, 0.35)
    stage.plane(
        stage.ridge(floor_y, h * 0.01, name="cave floor", hills=5),
        mix(floor_ink, light, 0.2),
        shade=mix(deep, floor_ink, 0.2),
        amount=1.0,
        start=0.0,
    )
    pool_of_light(
        stage, cx, floor_y + (h - floor_y) * 0.28, w * 0.42, (h - floor_y) * 0.16, light, 0.4
    )
    stage.gouges(
        70,
        name="floor",
        y0=floor_y + 6,
        y1=h * 0.9,
        length=80 * stage.unit,
        width=5 * stage.unit,
        ink=mix(floor_ink, light, 0.32),
    )
    for layer in range(2):
        ink = mix(deep, warm, 0.35 - 0.25 * layer)
        for x in stage.spread(9, name=("teeth", layer), margin=-0.03):
            edge = 0.45 + 0.55 * min(1.0, abs(float(x) - cx) / (w * 0.4))
            long = h * chance.between(0.06, 0.17) * edge * (1 + 0.4 * layer)
            wide = stage.unit * chance.between(22, 44)
            spike = jagged(
                chance,
                [
                    (float(x) - wide, -6),
                    (float(x) + chance.between(-6, 6), long),
                    (float(x) + wide, -6),
                ],
                amount=wide * 0.12,
                pieces=4,
            )
            stage.canvas.shape(
                spike,
                ink,
                shade=mix(ink, stage.family.ink, 0.5),
                toward=(1.0 if float(x) > cx else -1.0, 0.0),
            )
            stage.canvas.marks(
                [
                    lens(
                        (float(x) - (wide * 0.3 if float(x) > cx else -wide * 0.3), 0),
                        (float(x), long * 0.8),
                        wide * 0.16,
                    )
                ],
                mix(ink, light, 0.35),
            )
    for number in range(6):
        x = w * chance.pick((0.06, 0.14, 0.86, 0.94)) + chance.between(-0.04, 0.04) * w
        rock(
            stage,
            x,
            stage.camera.ground_at(0.4 + 0.13 * number),
            stage.unit * chance.between(80, 190),
            stage.unit * chance.between(70, 170),
            depth=0.0,
            chance=chance,
        )


def cave_front(stage: Stage) -> None:
    """Close the cave around the viewer."""
    chance = stage.chance.branch("frame")
    ink = mix(stage.family.ink, stage.family.deep, 0.12)
    w, h = stage.width, stage.height
    for side in (-1, 1):
        x = 0.0 if side < 0 else float(w)
        inward = -side * w
        edge = [
            (x + side * 20, -10),
            (x + inward * 0.3, -10),
            (x + inward * 0.13, h * 0.06),
            (x + inward * 0.07, h * 0.2),
            (x + inward * 0.1, h * 0.36),
            (x + inward * 0.045, h * 0.55),
            (x + inward * 0.07, h * 0.76),
            (x + inward * 0.12, h * 0.88),
            (x + inward * 0.1, h * 0.95),
            (x + inward * 0.34, h * 0.985),
            (x + inward * 0.4, h + 10),
            (x + side * 20, h + 10),
        ]
        shape = jagged(chance, edge, amount=w * 0.018, pieces=4)
        light = mix(ink, stage.scheme.light, 0.22)
        stage.canvas.shape(shape, ink, shade=light, amount=0.45, toward=(-side, 0.0), start=0.45)


def space_back(stage: Stage) -> None:
    """Paint deep space: nebula, stars, a ringed world, and the ground of a moon."""
    f = stage.family
    chance = stage.chance.branch("space")
    w, h = stage.width, stage.height
    deep = mix(f.ink, f.deep, 0.2)
    paint_gradient(
        stage,
        [(0.0, deep), (0.6, mix(f.deep, f.ink, 0.3)), (1.0, mix(f.deep, f.cool, 0.3))],
        bottom=stage.camera.horizon * 1.1,
    )
    for number in range(5):
        x, y = w * chance.between(0, 1), stage.camera.horizon * chance.between(0.1, 0.9)
        stage.canvas.glow(
            x,
            y,
            w * chance.between(0.3, 0.6),
            mix((f.accent, f.cool, f.earth, f.accent, f.cool)[number], f.deep, 0.35),
            strength=0.42,
            power=1.6,
        )
    for _ in range(300):
        stage.canvas.disc(
            chance.between(0, w),
            chance.between(0, h),
            stage.unit * chance.pick((0.7, 0.9, 1.2, 1.9)),
            mix(f.paper, f.cool, chance.between(0, 0.5)),
        )
    for _ in range(14):
        stage.canvas.fill(
            star(
                chance.between(0, w),
                chance.between(0, h * 0.6),
                stage.unit * chance.between(5, 11),
                points=4,
                inner=0.16,
            ),
            f.paper,
        )
    if not _shows_a_world(stage):
        _distant_worlds(stage, chance)
    if not _is_adrift(stage):
        _moon_ground(stage, chance, deep)


def _shows_a_world(stage: Stage) -> bool:
    """Return whether the scene's own things hang in this sky."""
    return any(figure.role == "aloft" for figure in stage.composition.placements)


def _is_adrift(stage: Stage) -> bool:
    """Return whether nothing stands here: a ship on its way has no ground under it."""
    placed = stage.composition.placements
    return bool(placed) and all(figure.role == "aloft" for figure in placed)


def _distant_worlds(stage: Stage, chance: Chance) -> None:
    """Paint a ringed world and its moon."""
    f, w, h = stage.family, stage.width, stage.height
    x, y, r = (
        w * (0.5 - stage.composition.side * chance.between(0.14, 0.28)),
        h * chance.between(0.17, 0.26),
        min(w, h) * chance.between(0.14, 0.22),
    )
    paint_planet(stage, x, y, r, f.accent if chance.often(0.5) else f.cool)
    stage.canvas.disc(
        w * (0.5 + stage.composition.side * 0.34),
        h * 0.12,
        min(w, h) * 0.035,
        mix(f.soft, f.deep, 0.25),
    )


def _moon_ground(stage: Stage, chance: Chance, deep: Ink) -> None:
    """Paint the ridges and craters of a moon."""
    f, w, h = stage.family, stage.width, stage.height
    stone = mix(mix(f.deep, f.soft, 0.35), f.earth, 0.2)
    for number in range(3):
        ink = mix(mix(f.deep, stone, 0.45 + 0.25 * number), deep, 0.16 * number)
        y0 = stage.camera.horizon + (h - stage.camera.horizon) * (0.0, 0.14, 0.4)[number]
        stage.plane(
            stage.ridge(
                y0, h * (0.028 - 0.008 * number), name=("moon", number), hills=3 + number, octaves=3
            ),
            ink,
            shade=mix(ink, deep, 0.6),
            amount=0.9,
            start=0.05,
        )
    for _ in range(15):
        t = chance.between(0.12, 0.9)
        cy = stage.camera.horizon + (h - stage.camera.horizon) * t
        rx = stage.unit * chance.between(16, 60) * (0.4 + t)
        cx = chance.between(0, w)
        stage.canvas.fill(ellipse(cx, cy, rx, rx * 0.26), mix(stone, deep, 0.65))
        stage.canvas.trace(
            ellipse(cx, cy, rx, rx * 0.26)[2:18], 2.4 * stage.unit, mix(stone, f.paper, 0.4)
        )


def paint_planet(stage: Stage, x: float, y: float, r: float, ink: Ink) -> None:
    """Paint a banded, ringed world."""
    f = stage.family
    stage.canvas.glow(x, y, r * 2.1, mix(ink, f.paper, 0.3), strength=0.4)
    body = ellipse(x, y, r, r, count=64)
    stage.canvas.fill(body, ink)
    for t, wide in ((-0.5, 0.12), (-0.12, 0.2), (0.3, 0.1), (0.62, 0.12)):
        half = r * math.sqrt(max(0.0, 1 - t * t)) * 0.98
        stage.canvas.fill(
            lens((x - half, y + r * t), (x + half, y + r * t), r * wide, bend=r * 0.05),
            mix(ink, f.soft, 0.35),
        )
    side = stage.composition.side
    night = mix(f.ink, f.deep, 0.4)
    stage.canvas.veil(body, night, toward=(0.8 * side, 0.5), start=0.3, strength=0.85)
    ring = ellipse(x, y, r * 1.75, r * 0.36, tilt=-0.3 * side, count=64)
    front = ring[: len(ring) // 2 + 1]
    stage.canvas.trace(front, 5 * stage.unit, mix(f.glow, f.paper, 0.3))
    inner = ellipse(x, y, r * 1.5, r * 0.28, tilt=-0.3 * side, count=64)
    stage.canvas.trace(inner[: len(inner) // 2 + 1], 2.4 * stage.unit, mix(f.soft, f.deep, 0.2))


def space_front(stage: Stage) -> None:
    """Put dark rocks at the foot, where there is any ground."""
    if _is_adrift(stage):
        return
    chance = stage.chance.branch("frame")
    ink = mix(stage.family.ink, stage.family.deep, 0.2)
    side = -stage.composition.side
    w, h = stage.width, stage.height
    shape = jagged(
        chance,
        [
            (w * (0.5 + side * 0.56), h + 10),
            (w * (0.5 + side * 0.54), h * 0.86),
            (w * (0.5 + side * 0.4), h * 0.9),
            (w * (0.5 + side * 0.2), h * 0.97),
            (w * (0.5 - side * 0.1), h + 10),
        ],
        amount=w * 0.02,
        pieces=4,
    )
    stage.canvas.shape(
        shape,
        ink,
        shade=mix(ink, stage.family.soft, 0.4),
        amount=0.35,
        toward=(-side, -0.4),
        start=0.4,
    )
