"""What stands in rooms: windows, shelves, a fireplace, pictures and lamps."""

from __future__ import annotations

import numpy as np

from raypipe.images.storybook.palette import Ink, mix
from raypipe.images.storybook.scenery.stone import arch
from raypipe.images.storybook.shapes import ellipse, lens, rectangle, smooth
from raypipe.images.storybook.stage import Stage


def western_window(stage: Stage, wood: Ink) -> None:
    """Paint a window with curtains, and the beam that falls through it."""
    w, h = stage.width, stage.height
    size = min(w * 0.34, h * 0.2)
    x, y = (
        stage.lamp.x if stage.lamp.kind == "window" else w * (0.5 - 0.25 * stage.composition.side),
        h * 0.27,
    )
    x = min(max(x, size * 0.62), w - size * 0.62)
    top, middle, low = stage.scheme.sky
    outer = (
        arch(x - size * 0.56, x + size * 0.56, y + size * 0.75, y - size * 0.35)
        if stage.chance.branch("arch").often(0.4)
        else rectangle(x - size * 0.56, y - size * 0.8, x + size * 0.56, y + size * 0.75)
    )
    inner_scale = 0.88
    inner = (outer - (x, y)) * (inner_scale, inner_scale) + (x, y)
    stage.canvas.fill(outer, mix(wood, stage.ink("ink"), 0.2))
    stage.canvas.shape(inner, mix(top, middle, 0.5), shade=low, amount=1.0, start=0.1)
    night = stage.scene.hour == "night"
    bulb = (x + size * 0.16, y - size * 0.25)
    stage.canvas.disc(
        *bulb,
        size * 0.13,
        stage.scheme.light
        if night or stage.scene.hour != "day"
        else mix(low, stage.family.paper, 0.5),
    )
    box = stage.canvas.box(inner)
    if box is not None:
        crest = stage.ridge(
            y + size * 0.42, size * 0.12, name="view", x0=x - size * 0.5, x1=x + size * 0.5
        )
        hill = np.vstack([crest, [(crest[-1, 0], y + size * 0.66), (crest[0, 0], y + size * 0.66)]])
        hill[:, 0] = np.clip(hill[:, 0], x - size * 0.49, x + size * 0.49)
        stage.canvas.fill(hill, mix(stage.ink("leaf", 0.5), stage.ink("deep", 0.5), 0.5))
    bar = size * 0.028
    stage.canvas.fill(
        rectangle(x - bar, y - size * 0.72, x + bar, y + size * 0.66),
        mix(wood, stage.ink("ink"), 0.2),
    )
    stage.canvas.fill(
        rectangle(x - size * 0.5, y - bar, x + size * 0.5, y + bar),
        mix(wood, stage.ink("ink"), 0.2),
    )
    stage.canvas.fill(
        rectangle(x - size * 0.66, y + size * 0.72, x + size * 0.66, y + size * 0.8),
        mix(wood, stage.ink("soft"), 0.2),
    )
    cloth = mix(stage.ink("accent"), stage.ink("deep"), 0.25)
    for sign in (-1, 1):
        edge = x + sign * size * 0.72
        curtain = [
            (x - sign * size * -0.2, y - size * 0.86),
            (edge, y - size * 0.86),
            (edge, y + size * 0.9),
            (edge - sign * size * 0.16, y + size * 0.88),
            (edge - sign * size * 0.2, y + size * 0.1),
        ]
        stage.canvas.shape(
            curtain, cloth, shade=mix(cloth, stage.ink("ink"), 0.5), toward=(sign, 0.3), start=0.2
        )
        folds = [
            lens(
                (edge - sign * size * t, y - size * 0.8),
                (edge - sign * size * t * 0.6, y + size * 0.8),
                size * 0.02,
            )
            for t in (0.06, 0.13, 0.2)
        ]
        stage.canvas.marks(folds, mix(cloth, stage.ink("ink"), 0.35))
    if stage.scene.hour != "night" and stage.scene.weather in ("clear", "wind"):
        _beam(stage, x, y, size)


def _beam(stage: Stage, x: float, y: float, size: float) -> None:
    lean = stage.composition.side * stage.width * 0.34
    foot = stage.camera.base + stage.height * 0.03
    beam = [
        (x - size * 0.45, y - size * 0.6), (x + size * 0.45, y - size * 0.6),
        (x + size * 0.75 + lean, foot), (x - size * 0.35 + lean, foot),
    ]  # fmt: skip
    stage.canvas.veil(beam, stage.scheme.light, amount=0.8, strength=0.3)


def shelves(stage: Stage, wood: Ink, floor_y: float) -> None:
    """Paint shelves with books and jars, and a chest of drawers."""
    chance = stage.chance.branch("furniture")
    w, h = stage.width, stage.height
    side = stage.composition.side
    x = w * (0.5 + side * 0.3)
    wide, tall = w * 0.3, h * 0.02
    for shelf in range(chance.whole(1, 2)):
        y = h * (0.24 + 0.1 * shelf)
        stage.canvas.fill(rectangle(x - wide / 2, y, x + wide / 2, y + tall * 0.5), wood)
        px = x - wide * 0.46
        while px < x + wide * 0.42:
            bw, bh = wide * chance.between(0.035, 0.07), h * chance.between(0.028, 0.046)
            kind = chance.often(0.72)
            ink = stage.ink(chance.pick(("accent", "deep", "leaf", "glow", "soft", "cool")))
            ink = mix(ink, stage.scheme.shade, 0.18)
            if kind:
                stage.canvas.fill(rectangle(px, y - bh, px + bw, y), ink)
                stage.canvas.marks(
                    [
                        lens(
                            (px + bw * 0.5, y - bh * 0.85),
                            (px + bw * 0.5, y - bh * 0.15),
                            bw * 0.16,
                        )
                    ],
                    mix(ink, stage.ink("paper"), 0.5),
                )
                px += bw * 1.06
            else:
                stage.canvas.fill(ellipse(px + bw, y - bh * 0.36, bw, bh * 0.36), ink)
                stage.canvas.fill(
                    rectangle(px + bw * 0.6, y - bh * 0.95, px + bw * 1.4, y - bh * 0.55), ink
                )
                px += bw * 2.6
    if chance.often(0.6):
        cx = w * (0.5 + side * 0.4)
        cw, ch = w * 0.24, h * 0.1
        stage.canvas.shape(
            rectangle(cx - cw / 2, floor_y - ch, cx + cw / 2, floor_y + h * 0.012),
            mix(wood, stage.ink("earth"), 0.3),
            shade=mix(wood, stage.ink("ink"), 0.6),
            toward=(0.6, 0.6),
        )
        for row in range(3):
            y = floor_y - ch * (0.92 - 0.31 * row)
            stage.canvas.trace(
                rectangle(cx - cw * 0.42, y, cx + cw * 0.42, y + ch * 0.24),
                2.2 * stage.unit,
                mix(wood, stage.ink("ink"), 0.5),
                closed=True,
            )
            stage.canvas.disc(cx, y + ch * 0.12, 3.4 * stage.unit, stage.ink("glow"))


def ceiling_lamp(stage: Stage) -> None:
    """Paint a shaded lamp and the light around it."""
    w, h = stage.width, stage.height
    x = w * (0.5 + 0.1 * stage.composition.side)
    y = h * 0.17
    size = min(w, h) * 0.055
    glow = stage.family.glow
    stage.canvas.glow(x, y + size, min(w, h) * 0.5, glow, strength=0.5)
    stage.canvas.trace([(x, -5), (x, y)], 2.5 * stage.unit, stage.ink("ink"))
    stage.canvas.fill(
        [
            (x - size * 0.35, y),
            (x + size * 0.35, y),
            (x + size, y + size * 0.9),
            (x - size, y + size * 0.9),
        ],
        mix(stage.family.accent, glow, 0.3),
    )
    stage.canvas.disc(x, y + size * 0.95, size * 0.34, mix(glow, stage.family.paper, 0.5))


def picture_places(stage: Stage) -> list[tuple[float, float, float]]:
    """Return middle and half width of the pictures on the wall, between window and shelves.

    A broad wall has room for two; on others there is one. All in pixels.
    """
    chance = stage.chance.branch("pictures")
    w, h = stage.width, stage.height
    shares, largest = ((0.0, 0.105), 0.07) if stage.camera.format == "broad" else ((0.078,), 0.05)
    return [
        (
            w * (0.5 + stage.composition.side * share),
            h * chance.between(0.25, 0.34),
            min(w, h) * chance.between(0.04, largest),
        )
        for share in shares[: chance.whole(1, 2)]
    ]


def pictures(stage: Stage) -> None:
    """Hang framed pictures: hills, a sun."""
    for x, y, size in picture_places(stage):
        frame = mix(stage.ink("earth"), stage.ink("ink"), 0.35)
        stage.canvas.fill(
            rectangle(x - size * 1.15, y - size * 1.4, x + size * 1.15, y + size * 1.4), frame
        )
        stage.canvas.fill(
            rectangle(x - size, y - size * 1.24, x + size, y + size * 1.24), stage.ink("paper")
        )
        stage.canvas.disc(x + size * 0.2, y - size * 0.4, size * 0.36, stage.ink("accent"))
        crest = smooth(
            [
                (x - size, y + size * 0.5),
                (x - size * 0.3, y - size * 0.1),
                (x + size * 0.3, y + size * 0.4),
                (x + size, y),
            ],
            closed=False,
        )
        foot = [(x + size, y + size * 1.24), (x - size, y + size * 1.24)]
        stage.canvas.fill(np.vstack([crest, foot]), mix(stage.ink("leaf"), stage.ink("deep"), 0.3))


def fireplace(stage: Stage, floor_y: float) -> None:
    """Paint a stone fireplace with a fire."""
    w, h = stage.width, stage.height
    x = w * (0.5 + stage.composition.side * 0.33)
    wide, tall = min(w * 0.34, h * 0.26), h * 0.19
    stone = mix(stage.ink("deep"), stage.ink("soft"), 0.45)
    dark = mix(stone, stage.ink("ink"), 0.5)
    breast = [
        (x - wide * 0.36, -5),
        (x + wide * 0.36, -5),
        (x + wide * 0.42, floor_y - tall),
        (x - wide * 0.42, floor_y - tall),
    ]
    stage.canvas.shape(
        breast,
        mix(stone, stage.ink("soft"), 0.3),
        shade=dark,
        amount=0.6,
        toward=(0.4, -0.8),
        start=0.3,
    )
    stage.canvas.shape(
        rectangle(x - wide / 2, floor_y - tall, x + wide / 2, floor_y + 3),
        stone,
        shade=dark,
        amount=0.7,
        start=0.3,
    )
    rows = []
    for row in range(5):
        y = floor_y - tall * (0.1 + 0.2 * row)
        for n in range(6):
            px = x - wide * 0.46 + wide * (n + 0.5 * (row % 2)) / 6
            rows.append(lens((px, y), (px + wide * 0.12, y), tall * 0.11))
    stage.canvas.marks(rows, mix(stone, dark, 0.4))
    stage.canvas.fill(
        arch(x - wide * 0.28, x + wide * 0.28, floor_y + 3, floor_y - tall * 0.42),
        mix(stage.ink("ink"), stage.ink("deep"), 0.1),
    )
    glow = stage.family.glow
    for size, ink in (
        (1.0, stage.family.accent),
        (0.66, glow),
        (0.36, mix(glow, stage.family.paper, 0.6)),
    ):
        flame = [
            (-0.3, 0.0),
            (-0.34, -0.3),
            (-0.14, -0.5),
            (-0.1, -0.8),
            (0.08, -0.56),
            (0.2, -0.62),
            (0.34, -0.26),
            (0.28, 0.0),
        ]
        shape = [
            (x + px * wide * 0.5 * size, floor_y - tall * 0.04 + py * tall * 0.72 * size)
            for px, py in flame
        ]
        stage.canvas.fill(smooth(shape, steps=4), ink)
    for dx in (-1, 1):
        stage.canvas.fill(
            lens(
                (x - dx * wide * 0.2, floor_y),
                (x + dx * wide * 0.2, floor_y - tall * 0.1),
                tall * 0.1,
            ),
            mix(stage.ink("earth"), stage.ink("ink"), 0.4),
        )
    stage.canvas.glow(x, floor_y - tall * 0.3, wide * 1.5, glow, strength=0.45)
    wood = mix(stage.ink("earth"), stage.ink("ink"), 0.3)
    stage.canvas.fill(
        rectangle(x - wide * 0.6, floor_y - tall * 1.1, x + wide * 0.6, floor_y - tall), wood
    )
    for t, role in ((-0.4, "accent"), (-0.1, "glow"), (0.35, "cool")):
        stage.canvas.fill(
            ellipse(x + t * wide, floor_y - tall * 1.22, wide * 0.06, tall * 0.13), stage.ink(role)
        )


def hanging_lamps(stage: Stage) -> None:
    """Hang pierced lamps from the ceiling."""
    chance = stage.chance.branch("lamps")
    w, h = stage.width, stage.height
    shining = stage.scene.hour in ("dusk", "night")
    brass = mix(stage.ink("glow"), stage.ink("earth"), 0.35)
    for number, t in enumerate((-0.3, 0.06, 0.36)):
        x = w * (0.5 + t * stage.composition.side)
        y, size = h * chance.between(0.09, 0.2), min(w, h) * chance.between(0.03, 0.045)
        if shining:
            stage.canvas.glow(x, y, size * 7, stage.family.glow, strength=0.4)
        stage.canvas.trace(
            [(x, -5), (x, y - size)], 2 * stage.unit, mix(brass, stage.ink("ink"), 0.4)
        )
        body = smooth(
            [
                (x, y - size * 1.4),
                (x + size * 0.5, y - size * 0.7),
                (x + size, y),
                (x + size * 0.4, y + size),
                (x, y + size * 1.4),
                (x - size * 0.4, y + size),
                (x - size, y),
                (x - size * 0.5, y - size * 0.7),
            ],
            steps=4,
        )
        stage.canvas.shape(
            body, brass, shade=mix(brass, stage.ink("ink"), 0.5), toward=(0.7, 0.4), start=0.4
        )
        pane = (
            mix(stage.family.glow, stage.family.paper, 0.4)
            if shining
            else stage.ink(("accent", "cool", "leaf")[number])
        )
        for dx in (-0.5, 0.0, 0.5):
            stage.canvas.fill(
                lens((x + dx * size, y - size * 0.5), (x + dx * size, y + size * 0.5), size * 0.36),
                pane,
            )
