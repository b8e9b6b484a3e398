"""Desert, mountain and snow."""

from __future__ import annotations

import numpy as np

from raypipe.images.storybook.grounds.land import ground
from raypipe.images.storybook.palette import Ink, mix
from raypipe.images.storybook.scenery.stone import mountain, rock
from raypipe.images.storybook.scenery.trees import conifer, grass, palm
from raypipe.images.storybook.shapes import lens, smooth
from raypipe.images.storybook.sky import paint_sky
from raypipe.images.storybook.stage import Stage


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
        if number < 2:
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
    crowded = any(placement.role == "backdrop" for placement in stage.composition.placements)
    if chance.often(0.5) and not crowded:
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
    ink = mix(mix(stage.ink("soft"), stage.ink("earth"), 0.55), stage.ink("deep"), 0.5)
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
        for place in range(3 if number < 2 else 2):
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
            )
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
