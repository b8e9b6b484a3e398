"""What people built: indoors, city, castle and ruins."""

from __future__ import annotations

import numpy as np

from raypipe.images.storybook.grounds.land import frame_corner, ground, hills
from raypipe.images.storybook.palette import Ink, mix
from raypipe.images.storybook.scenery import (
    arch,
    bush,
    column,
    cypress,
    pool_of_light,
    rock,
    stone_ink,
)
from raypipe.images.storybook.shapes import Outline, ellipse, lens, rectangle
from raypipe.images.storybook.sky import paint_gradient, paint_sky
from raypipe.images.storybook.stage import Stage


def floor_lines(
    stage: Stage, ink: Ink, *, y: float, count: int = 11, rows: int = 6, width: float = 4.0
) -> None:
    """Draw boards or slabs in perspective, from ``y`` down to the sheet's foot."""
    w, h = stage.width, stage.height
    vanish = (w * (0.5 - 0.1 * stage.composition.side), y - h * 0.16)
    marks: list[Outline] = []
    for x in np.linspace(-1.3, 2.3, count):
        foot = (w * float(x), h + 10.0)
        t = (y - vanish[1]) / (foot[1] - vanish[1])
        start = (vanish[0] + (foot[0] - vanish[0]) * t, y)
        marks.append(lens(start, foot, width * stage.unit))
    for row in range(1, rows):
        py = y + (h - y) * (row / rows) ** 1.6
        marks.append(lens((-0.05 * w, py), (1.05 * w, py), width * 0.8 * stage.unit))
    stage.canvas.marks(marks, ink)


def indoors_back(stage: Stage) -> None:
    """Paint a room: papered wall, window with a view, beams, shelf, floor in perspective."""
    chance = stage.chance.branch("room")
    f, w, h = stage.family, stage.width, stage.height
    wall = mix(
        mix(
            stage.ink(chance.pick(("soft", "cool", "leaf", "earth", "deep"))),
            stage.ink("soft"),
            0.35,
        ),
        stage.ink("deep"),
        0.22,
    )
    floor_y = stage.camera.horizon
    paint_gradient(
        stage,
        [
            (0.0, mix(wall, stage.ink("ink"), 0.42)),
            (0.5, wall),
            (1.0, mix(wall, stage.scheme.shade, 0.22)),
        ],
        bottom=floor_y,
    )
    _wallpaper(stage, mix(wall, stage.ink("paper"), 0.14), floor_y)
    wood = mix(stage.ink("earth"), stage.ink("ink"), 0.3)
    for number in range(3):
        y = h * (0.018 + 0.05 * number)
        stage.canvas.shape(
            rectangle(-4, y, w + 4, y + h * 0.02),
            mix(wood, wall, 0.25 * number),
            shade=mix(wood, stage.ink("ink"), 0.6),
            start=0.3,
        )
    _window(stage, wood)
    _furniture(stage, wood, floor_y)
    stage.canvas.fill(
        rectangle(-4, floor_y - h * 0.014, w + 4, floor_y), mix(wood, stage.ink("ink"), 0.25)
    )
    board = mix(stage.ink("earth"), stage.ink("soft"), 0.22)
    stage.canvas.shape(
        rectangle(-4, floor_y, w + 4, h + 4),
        board,
        shade=mix(board, stage.ink("ink"), 0.6),
        amount=1.0,
        start=0.1,
    )
    floor_lines(stage, mix(board, stage.ink("ink"), 0.42), y=floor_y)
    rug = mix(f.accent, stage.scheme.shade, stage.scheme.night + 0.15)
    x = w * (0.5 + 0.06 * stage.composition.side)
    y = stage.camera.base + h * 0.012
    ry = (h - floor_y) * 0.22
    stage.canvas.fill(ellipse(x, y, w * 0.4, ry), rug)
    stage.canvas.trace(
        ellipse(x, y, w * 0.36, ry * 0.86),
        4 * stage.unit,
        mix(rug, stage.ink("paper"), 0.5),
        closed=True,
    )
    stage.canvas.trace(
        ellipse(x, y, w * 0.3, ry * 0.68),
        2.4 * stage.unit,
        mix(rug, stage.ink("paper"), 0.35),
        closed=True,
    )
    if stage.scene.hour in ("dusk", "night"):
        _ceiling_lamp(stage)


def _wallpaper(stage: Stage, ink: Ink, floor_y: float) -> None:
    chance = stage.chance.branch("paper")
    step = stage.unit * chance.between(62, 84)
    kind = chance.pick(("sprig", "stripe", "diamond"))
    marks = []
    for row in range(int(floor_y / step) + 1):
        for column_ in range(int(stage.width / step) + 2):
            x = (column_ + 0.5 * (row % 2)) * step
            y = (row + 0.5) * step
            if kind == "stripe":
                marks.append(lens((x, y - step * 0.55), (x, y + step * 0.55), step * 0.09))
            elif kind == "diamond":
                marks.append(
                    np.array(
                        [
                            (x, y - step * 0.15),
                            (x + step * 0.09, y),
                            (x, y + step * 0.15),
                            (x - step * 0.09, y),
                        ]
                    )
                )
            else:
                marks += [
                    lens(
                        (x, y + step * 0.18),
                        (x + s * step * 0.16, y - step * 0.16),
                        step * 0.09,
                        bend=s * step * 0.04,
                    )
                    for s in (-1, 1)
                ]
    stage.canvas.marks(marks, ink)


def _window(stage: Stage, wood: Ink) -> None:
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
    import cv2  # noqa: PLC0415

    from raypipe.images.storybook.canvas import ramp_level  # noqa: PLC0415

    lean = stage.composition.side * stage.width * 0.34
    foot = stage.camera.base + stage.height * 0.03
    beam = np.array(
        [
            (x - size * 0.45, y - size * 0.6),
            (x + size * 0.45, y - size * 0.6),
            (x + size * 0.75 + lean, foot),
            (x - size * 0.35 + lean, foot),
        ]
    )
    box = stage.canvas.box(beam)
    if box is None:
        return
    level = cv2.bitwise_not(ramp_level(box, beam, (0.0, 1.0), start=0.0, amount=0.8))
    mask = cv2.bitwise_and(stage.canvas.grained(level, box), stage.canvas.stencil(beam, box))
    stage.canvas.press(mask, box, stage.scheme.light, strength=0.3)


def _furniture(stage: Stage, wood: Ink, floor_y: float) -> None:
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


def _ceiling_lamp(stage: Stage) -> None:
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


def indoors_front(stage: Stage) -> None:
    """Darken the near floor with a chair back or nothing at all."""
    chance = stage.chance.branch("frame")
    if stage.composition.shot == "close" or chance.often(0.5):
        return
    ink = mix(stage.ink("deep"), stage.ink("ink"), 0.75)
    side = -stage.composition.side
    x, w, h = stage.width * (0.5 + side * 0.44), stage.width * 0.2, stage.height
    for dx in (-0.5, 0.5):
        stage.canvas.fill(
            rectangle(x + dx * w - 9 * stage.unit, h * 0.84, x + dx * w + 9 * stage.unit, h + 5),
            ink,
        )
    for row in range(3):
        y = h * (0.855 + 0.035 * row)
        stage.canvas.fill(rectangle(x - w / 2, y, x + w / 2, y + h * 0.014), ink)


def city_back(stage: Stage) -> None:
    """Paint rows of buildings with windows (lit after dark), a street and its lamps."""
    paint_sky(stage)
    camera, chance = stage.camera, stage.chance.branch("city")
    h, w = camera.horizon, stage.width
    dark_hour = stage.scene.hour in ("night", "dusk")
    old = (
        any(
            stem in stage.scene.genre.lower()
            for stem in ("folk", "fable", "fair", "histor", "legend")
        )
        or stage.family.name == "bazaar"
    )
    for number in range(4):
        depth = 0.86 - 0.24 * number
        ink = mix(
            stage.ink("deep", depth),
            stage.ink(("cool", "earth", "soft", "earth")[number], depth),
            0.3,
        )
        x = -chance.between(0, 0.1) * w
        gap = number == 3  # noqa: PLR2004  (the nearest row leaves the street open)
        while x < w * 1.05:
            wide = w * chance.between(0.1, 0.18) * (0.8 + 0.2 * number)
            tall = (
                stage.height
                * chance.between(0.1, 0.3)
                * (1.1 - 0.16 * number)
                * (0.7 if old else 1.0)
            )
            if gap:
                tall = stage.height * chance.between(0.2, 0.36)
                if abs(x + wide / 2 - w / 2) < w * 0.25:
                    x += wide
                    continue
            _building(
                stage,
                x,
                h + stage.height * 0.012 * number,
                wide * 0.96,
                tall,
                ink,
                depth,
                shining=dark_hour,
                old=old,
                chance=chance,
            )
            x += wide
    street = mix(mix(stage.ink("deep"), stage.ink("soft"), 0.26), stage.ink("ink"), 0.12)
    stage.plane(
        stage.ridge(h + stage.height * 0.03, 0, name="street"),
        street,
        shade=mix(street, stage.ink("ink"), 0.55),
        amount=0.95,
        start=0.0,
    )
    if old:
        stage.gouges(
            150,
            name="cobbles",
            y0=h + stage.height * 0.04,
            y1=stage.height * 0.95,
            length=44 * stage.unit,
            width=8 * stage.unit,
            ink=mix(street, stage.ink("soft"), 0.3),
        )
    else:
        floor_lines(
            stage, mix(street, stage.ink("paper"), 0.2), y=h + stage.height * 0.03, count=9, rows=5
        )
    if stage.scene.weather in ("rain", "storm") or stage.scene.hour == "night":
        stage.gouges(
            50,
            name="wet",
            y0=h + stage.height * 0.05,
            y1=stage.height * 0.9,
            length=100 * stage.unit,
            width=5 * stage.unit,
            ink=mix(street, stage.family.glow, 0.4),
        )
    for number in range(3):
        t = (number + 1) / 3
        x = w * (0.5 - stage.composition.side * (0.1 + 0.36 * t))
        _street_lamp(
            stage,
            x,
            camera.ground_at(0.35 + 0.45 * t),
            stage.height * (0.1 + 0.2 * t),
            lit=dark_hour,
        )


def _building(
    stage: Stage,
    x: float,
    y: float,
    wide: float,
    tall: float,
    ink: Ink,
    depth: float,
    *,
    shining: bool,
    old: bool,
    chance: object,
) -> None:
    pick = chance  # type: ignore[assignment]
    body = mix(ink, stage.ink(pick.pick(("earth", "cool", "soft", "deep")), depth), 0.22)
    dark = mix(body, stage.ink("ink", depth), 0.5)
    side = 1.0 if x > stage.lamp.x else -1.0
    stage.canvas.shape(
        rectangle(x, y - tall, x + wide, y + stage.height * 0.06),
        body,
        shade=dark,
        amount=0.75,
        toward=(side, 0.35),
        start=0.3,
    )
    roof = (
        pick.pick(("gable", "dome", "flat", "flat"))
        if old
        else pick.pick(("flat", "step", "spire", "tank", "flat"))
    )
    top, cx = y - tall, x + wide / 2
    cap = mix(stage.ink("accent" if old else "deep", depth), dark, 0.4)
    if roof == "gable":
        stage.canvas.fill(
            [(x - wide * 0.06, top), (cx, top - wide * 0.55), (x + wide * 1.06, top)], cap
        )
    elif roof == "dome":
        stage.canvas.fill(
            np.minimum(ellipse(cx, top, wide * 0.46, wide * 0.46), [1e9, top + 1]),
            mix(stage.ink("cool", depth), dark, 0.25),
        )
        stage.canvas.fill(
            lens((cx, top - wide * 0.4), (cx, top - wide * 0.72), wide * 0.06),
            stage.ink("glow", depth),
        )
    elif roof == "step":
        stage.canvas.fill(rectangle(cx - wide * 0.3, top - wide * 0.25, cx + wide * 0.3, top), body)
    elif roof == "spire":
        stage.canvas.fill(
            [(cx - wide * 0.2, top), (cx, top - wide * 0.8), (cx + wide * 0.2, top)], dark
        )
    elif roof == "tank":
        stage.canvas.fill(
            rectangle(cx - wide * 0.16, top - wide * 0.24, cx + wide * 0.16, top), dark
        )
    glow = mix(stage.family.glow, stage.scheme.air, depth * 0.6)
    pane = mix(body, stage.ink("ink", depth), 0.4)
    columns = max(2, int(wide / (stage.unit * 26)))
    rows = max(2, int(tall / (stage.unit * 40)))
    if wide < stage.unit * 24:
        return
    for row in range(rows):
        for column_ in range(columns):
            if pick.often(0.14):
                continue
            wx = x + wide * (column_ + 0.5) / columns
            wy = top + tall * (row + 0.55) / rows
            lit = shining and pick.often(0.5)
            sx, sy = wide / columns * 0.24, tall / rows * 0.27
            shape = (
                arch(wx - sx, wx + sx, wy + sy, wy - sy * 0.4)
                if old
                else rectangle(wx - sx, wy - sy, wx + sx, wy + sy)
            )
            stage.canvas.fill(shape, glow if lit else pane)


def _street_lamp(stage: Stage, x: float, y: float, tall: float, *, lit: bool) -> None:
    ink = mix(stage.ink("ink"), stage.ink("deep"), 0.2)
    wide = tall * 0.028
    if lit:
        stage.canvas.glow(x, y - tall, tall * 0.75, stage.family.glow, strength=0.55)
    stage.canvas.fill(lens((x, y + 2), (x, y - tall), wide * 1.6), ink)
    stage.canvas.fill(rectangle(x - wide * 0.5, y - tall * 0.9, x + wide * 0.5, y), ink)
    stage.canvas.fill(
        [
            (x - wide * 2, y - tall * 1.05),
            (x + wide * 2, y - tall * 1.05),
            (x + wide * 1.4, y - tall * 0.92),
            (x - wide * 1.4, y - tall * 0.92),
        ],
        mix(stage.family.glow, stage.family.paper, 0.3)
        if lit
        else mix(ink, stage.ink("cool"), 0.4),
    )
    stage.canvas.fill(
        [
            (x - wide * 2.6, y - tall * 1.05),
            (x, y - tall * 1.13),
            (x + wide * 2.6, y - tall * 1.05),
        ],
        ink,
    )


def city_front(stage: Stage) -> None:
    """Put a dark wall and awning at one side."""
    chance = stage.chance.branch("frame")
    side = -stage.composition.side
    ink = mix(stage.ink("deep"), stage.ink("ink"), 0.7)
    w, h = stage.width, stage.height
    if chance.often(0.6):
        x0, x1 = (0.0 - 5, w * 0.1) if side < 0 else (w * 0.9, w + 5.0)
        stage.canvas.fill(rectangle(x0, -5, x1, h + 5), ink)
        inner = w * 0.1 if side < 0 else w * 0.9
        cloth = mix(stage.ink("accent"), stage.ink("ink"), 0.3)
        y = h * 0.2
        stage.canvas.fill(
            [
                (inner, y),
                (inner - side * w * 0.14, y + h * 0.05),
                (inner - side * w * 0.14, y + h * 0.065),
                (inner, y + h * 0.065),
            ],
            cloth,
        )
    stage.plane(stage.ridge(h * 0.975, h * 0.004, name="kerb"), ink)


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


def _castle(stage: Stage, x: float, y: float, size: float, chance: object) -> None:
    pick = chance  # type: ignore[assignment]
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
        cx, tw, th = x + dx * size, size * wide, size * tall * pick.between(0.92, 1.05)
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


def ruins_back(stage: Stage) -> None:
    """Paint a temple's hall: back wall with carvings, receding columns, stairs, beams of light."""
    chance = stage.chance.branch("ruins")
    w, h = stage.width, stage.height
    floor_y = stage.camera.horizon + (stage.camera.base - stage.camera.horizon) * 0.16
    dark = mix(stage.scheme.shade, stage.ink("deep"), 0.35)
    stone = stone_ink(stage)
    light = mix(stage.scheme.sky[2], stage.scheme.light, 0.5)
    paint_gradient(
        stage,
        [
            (0.0, mix(dark, stage.ink("ink"), 0.5)),
            (0.5, mix(dark, stone, 0.35)),
            (1.0, mix(stone, light, 0.25)),
        ],
        bottom=floor_y,
    )
    cx = w * (0.5 - stage.composition.side * 0.1)
    hall = min(w * 0.46, h * 0.3)
    opening = arch(cx - hall * 0.5, cx + hall * 0.5, floor_y + 3, floor_y - hall * 0.9)
    stage.canvas.shape(
        (opening - (cx, floor_y)) * (1.28, 1.16) + (cx, floor_y),
        mix(stone, dark, 0.3),
        shade=dark,
        amount=0.8,
        toward=(0.0, -1.0),
        start=0.3,
    )
    stage.canvas.shape(
        opening,
        mix(stage.scheme.sky[1], light, 0.3),
        shade=mix(light, stage.scheme.family.glow, 0.3),
        amount=1.0,
        start=0.2,
    )
    inside = arch(cx - hall * 0.3, cx + hall * 0.3, floor_y + 3, floor_y - hall * 0.52)
    stage.canvas.shape(
        inside, mix(stage.scheme.sky[0], dark, 0.5), shade=light, amount=0.7, start=0.35
    )
    _stairs(stage, cx, floor_y, hall, stone, dark)
    _carvings(stage, cx, hall, floor_y, mix(stone, stage.scheme.light, 0.25))
    _shafts(stage, cx, floor_y, light)
    slab = mix(stone, stage.ink("soft"), 0.3)
    stage.canvas.shape(
        rectangle(-5, floor_y, w + 5, h + 5),
        slab,
        shade=mix(dark, stage.ink("ink"), 0.3),
        amount=1.0,
        start=0.06,
    )
    floor_lines(stage, mix(slab, dark, 0.6), y=floor_y)
    pool_of_light(
        stage, cx, floor_y + (h - floor_y) * 0.2, w * 0.36, (h - floor_y) * 0.16, light, 0.5
    )
    for number in range(3):
        t = number / 2
        for side in (-1, 1):
            x = cx + side * (hall * 0.78 + w * (0.06 + 0.2 * t))
            tall = h * (0.42 + 0.16 * t) * chance.between(0.95, 1.1)
            broken = chance.often(0.28)
            column(
                stage,
                x,
                floor_y + (h - floor_y) * (0.03 + 0.12 * t),
                w * (0.075 + 0.045 * t),
                tall * (0.62 if broken else 1.0),
                depth=0.3 * (1 - t),
                chance=chance,
                broken=broken,
            )
    for _ in range(7):
        x = chance.between(0, w)
        y = stage.camera.ground_at(chance.between(0.4, 0.85))
        rock(
            stage,
            x,
            y,
            stage.unit * chance.between(30, 110),
            stage.unit * chance.between(18, 56),
            depth=0.1,
            chance=chance,
        )
    for _ in range(5):
        bush(
            stage,
            chance.pick((0.04, 0.1, 0.9, 0.97)) * w,
            stage.camera.ground_at(chance.between(0.5, 1.0)),
            stage.unit * chance.between(60, 130),
            depth=0.1,
            chance=chance,
        )


def _stairs(stage: Stage, cx: float, floor_y: float, hall: float, stone: Ink, dark: Ink) -> None:
    steps = 6
    for number in range(steps):
        t = number / steps
        wide = hall * (0.34 + 0.42 * t)
        y0 = floor_y - hall * 0.26 * (1 - t)
        y1 = floor_y - hall * 0.26 * (1 - t - 1 / steps)
        stage.canvas.fill(rectangle(cx - wide, y0, cx + wide, y1 + 1), mix(stone, dark, 0.45))
        stage.canvas.fill(
            rectangle(cx - wide, y0, cx + wide, y0 + (y1 - y0) * 0.42),
            mix(stone, stage.scheme.light, 0.3),
        )


def _carvings(stage: Stage, cx: float, hall: float, floor_y: float, ink: Ink) -> None:
    """Carve rows of signs into the back wall: spirals, eyes, zigzags."""
    chance = stage.chance.branch("carvings")
    size = stage.unit * 30
    for row in range(6):
        y = stage.height * 0.13 + row * size * 2.1
        if y > floor_y - size * 3:
            break
        for x in np.arange(size, stage.width, size * 2.0):
            if abs(x - cx) < hall * 0.75 and y > floor_y - hall * 1.55:
                continue
            sign = chance.whole(0, 4)
            if sign == 0:
                a = np.linspace(0, 4.2 * np.pi, 40)
                spiral = np.stack(
                    [x + size * 0.045 * a * np.cos(a), y + size * 0.045 * a * np.sin(a)], axis=1
                )
                stage.canvas.trace(spiral, 1.9 * stage.unit, ink)
            elif sign == 1:
                stage.canvas.trace(
                    lens((x - size * 0.6, y), (x + size * 0.6, y), size * 0.5),
                    1.9 * stage.unit,
                    ink,
                    closed=True,
                )
                stage.canvas.disc(x, y, size * 0.12, ink)
            elif sign == 2:  # noqa: PLR2004
                zig = [
                    (x - size * 0.6 + size * 0.3 * n, y + size * 0.22 * (-1) ** n) for n in range(5)
                ]
                stage.canvas.trace(zig, 1.9 * stage.unit, ink)
            elif sign == 3:  # noqa: PLR2004
                stage.canvas.trace(
                    rectangle(x - size * 0.35, y - size * 0.45, x + size * 0.35, y + size * 0.45),
                    1.9 * stage.unit,
                    ink,
                    closed=True,
                )
                stage.canvas.disc(x, y, size * 0.1, ink)


def _shafts(stage: Stage, cx: float, floor_y: float, light: Ink) -> None:
    import cv2  # noqa: PLC0415

    from raypipe.images.storybook.canvas import ramp_level  # noqa: PLC0415

    chance = stage.chance.branch("shafts")
    w = stage.width
    lean = stage.composition.side * w * 0.36
    for _ in range(3):
        x = (
            stage.lamp.x + chance.between(-0.2, 0.3) * w
            if stage.lamp.kind == "opening"
            else cx + chance.between(-0.3, 0.3) * w
        )
        wide = w * chance.between(0.05, 0.12)
        beam = np.array(
            [
                (x - wide * 0.5, -5),
                (x + wide * 0.5, -5),
                (x + wide + lean, floor_y + 40),
                (x - wide + lean, floor_y + 40),
            ]
        )
        box = stage.canvas.box(beam)
        if box is None:
            continue
        level = cv2.bitwise_not(ramp_level(box, beam, (0.0, 1.0), start=0.0, amount=0.95))
        mask = cv2.bitwise_and(stage.canvas.grained(level, box), stage.canvas.stencil(beam, box))
        stage.canvas.press(mask, box, light, strength=0.3 if stage.scene.hour != "night" else 0.16)


def ruins_front(stage: Stage) -> None:
    """Stand a dark column, or fallen stones, in front."""
    chance = stage.chance.branch("frame")
    side = -stage.composition.side
    w, h = stage.width, stage.height
    ink = mix(stage.ink("deep"), stage.ink("ink"), 0.72)
    if chance.often(0.65):
        x0, x1 = (-0.06 * w, 0.085 * w) if side < 0 else (0.915 * w, 1.06 * w)
        stage.canvas.shape(
            rectangle(x0, -5, x1, h + 5),
            ink,
            shade=stage.ink("ink"),
            amount=0.9,
            toward=(side, 0.0),
            start=0.2,
        )
        flutes = [
            lens((x0 + (x1 - x0) * t, -20), (x0 + (x1 - x0) * t, h * 0.9), 6 * stage.unit)
            for t in (0.2, 0.45, 0.7, 0.9)
        ]
        stage.canvas.marks(flutes, mix(ink, stage.scheme.light, 0.22))
    for _ in range(4):
        x = w * (0.5 + side * chance.between(0.2, 0.55))
        stage.canvas.fill(
            [
                (x - w * 0.1, h + 5),
                (x - w * 0.08, h * 0.965),
                (x + w * 0.02, h * 0.945),
                (x + w * 0.11, h * 0.975),
                (x + w * 0.13, h + 5),
            ],
            ink,
        )
