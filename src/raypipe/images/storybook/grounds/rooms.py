"""Indoors: a papered room, a room of screens and mats, a room of arches and tiles."""

from __future__ import annotations

import numpy as np

from raypipe.images.storybook.grounds.cabin import cabin_back, is_cabin
from raypipe.images.storybook.grounds.furniture import (
    ceiling_lamp,
    fireplace,
    hanging_lamps,
    pictures,
    shelves,
    western_window,
)
from raypipe.images.storybook.palette import Ink, mix
from raypipe.images.storybook.scenery.stone import arch
from raypipe.images.storybook.shapes import Outline, ellipse, lens, rectangle, star
from raypipe.images.storybook.sky import paint_gradient
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
    """Paint a room as the story's listeners know it."""
    if is_cabin(stage.scene.genre):
        cabin_back(stage)
        return
    painter = {"east": _eastern_room, "bazaar": _arched_room}.get(stage.world, _western_room)
    painter(stage)


def _wall(stage: Stage, wall: Ink, *, bottom: float) -> None:
    shadow = mix(wall, stage.ink("ink"), 0.42)
    foot = mix(wall, stage.scheme.shade, 0.22)
    paint_gradient(stage, [(0.0, shadow), (0.5, wall), (1.0, foot)], bottom=bottom)


def _floor(stage: Stage, ink: Ink, y: float) -> None:
    w, h = stage.width, stage.height
    dark = mix(ink, stage.ink("ink"), 0.6)
    floor = rectangle(-4, y, w + 4, h + 4)
    stage.canvas.shape(floor, ink, shade=dark, amount=1.0, start=0.1)


def _rug(stage: Stage, ink: Ink, y: float) -> None:
    w, h = stage.width, stage.height
    x, foot = w * (0.5 + 0.06 * stage.composition.side), stage.camera.base + h * 0.012
    ry = (h - y) * 0.22
    light = stage.ink("paper")
    stage.canvas.fill(ellipse(x, foot, w * 0.4, ry), ink)
    for size, width, share in ((0.9, 4.0, 0.5), (0.76, 2.4, 0.35)):
        ring = ellipse(x, foot, w * 0.4 * size, ry * size)
        stage.canvas.trace(ring, width * stage.unit, mix(ink, light, share), closed=True)
    petals = [
        lens((x + w * 0.12 * np.cos(a), foot + ry * 0.3 * np.sin(a)),
             (x + w * 0.24 * np.cos(a), foot + ry * 0.6 * np.sin(a)), 12 * stage.unit)
        for a in np.linspace(0, 2 * np.pi, 12, endpoint=False)
    ]  # fmt: skip
    stage.canvas.marks(petals, mix(ink, light, 0.4))


def _western_room(stage: Stage) -> None:
    chance = stage.chance.branch("room")
    w, h, floor_y = stage.width, stage.height, stage.camera.horizon
    hue = stage.ink(chance.pick(("soft", "cool", "leaf", "earth", "deep")))
    wall = mix(mix(hue, stage.ink("soft"), 0.35), stage.ink("deep"), 0.22)
    _wall(stage, wall, bottom=floor_y)
    _wallpaper(stage, mix(wall, stage.ink("paper"), 0.14), floor_y)
    wood = mix(stage.ink("earth"), stage.ink("ink"), 0.3)
    for number in range(3):
        y = h * (0.018 + 0.05 * number)
        beam = rectangle(-4, y, w + 4, y + h * 0.02)
        stage.canvas.fill(beam, mix(wood, wall, 0.25 * number))
        stage.canvas.fill(
            rectangle(-4, y + h * 0.014, w + 4, y + h * 0.02), mix(wood, stage.ink("ink"), 0.4)
        )
    panel = mix(wood, wall, 0.35)
    top = floor_y - h * 0.075
    stage.canvas.fill(rectangle(-4, top, w + 4, floor_y), panel)
    stage.canvas.fill(
        rectangle(-4, top, w + 4, top + h * 0.006), mix(panel, stage.ink("paper"), 0.25)
    )
    boards = [
        lens((float(x), top + h * 0.01), (float(x), floor_y), 4 * stage.unit)
        for x in np.arange(0, w, 70 * stage.unit)
    ]
    stage.canvas.marks(boards, mix(panel, stage.ink("ink"), 0.35))
    western_window(stage, wood)
    pictures(stage)
    if chance.often(0.5):
        fireplace(stage, floor_y)
    else:
        shelves(stage, wood, floor_y)
    stage.canvas.fill(
        rectangle(-4, floor_y - h * 0.014, w + 4, floor_y), mix(wood, stage.ink("ink"), 0.25)
    )
    board = mix(stage.ink("earth"), stage.ink("soft"), 0.22)
    _floor(stage, board, floor_y)
    floor_lines(stage, mix(board, stage.ink("ink"), 0.42), y=floor_y)
    _rug(stage, mix(stage.family.accent, stage.scheme.shade, stage.scheme.night + 0.15), floor_y)
    if stage.scene.hour in ("dusk", "night"):
        ceiling_lamp(stage)


def _eastern_room(stage: Stage) -> None:
    """Paint paper screens, a round window, a hanging scroll and straw mats."""
    chance = stage.chance.branch("room")
    w, h, floor_y = stage.width, stage.height, stage.camera.horizon
    wall = mix(mix(stage.ink("soft"), stage.ink("earth"), 0.28), stage.ink("paper"), 0.25)
    _wall(stage, wall, bottom=floor_y)
    wood = mix(stage.ink("earth"), stage.ink("ink"), 0.45)
    side = stage.composition.side
    night = stage.scene.hour == "night"
    paper = (
        mix(stage.family.glow, stage.family.paper, 0.55)
        if night
        else mix(stage.ink("paper"), stage.scheme.light, 0.4)
    )
    top, wide = h * 0.2, max(w * 0.2, h * 0.12)
    x = w * (0.5 + side * 0.06)
    for number in range(4):
        x0 = x + side * wide * number
        x0, x1 = (x0, x0 + wide) if side > 0 else (x0 - wide, x0)
        stage.canvas.shape(
            rectangle(x0, top, x1, floor_y),
            paper,
            shade=mix(paper, wall, 0.8),
            amount=0.5,
            start=0.4,
        )
        for t in np.linspace(0, 1, 4):
            px = x0 + (x1 - x0) * t
            bar = (5 if t in (0.0, 1.0) else 1.6) * stage.unit
            stage.canvas.fill(rectangle(px - bar, top, px + bar, floor_y), wood)
        for t in np.linspace(0, 1, 7):
            py = top + (floor_y - top) * 0.72 * t
            stage.canvas.fill(rectangle(x0, py - 1.6 * stage.unit, x1, py + 1.6 * stage.unit), wood)
        stage.canvas.fill(
            rectangle(
                x0 + 4 * stage.unit, top + (floor_y - top) * 0.73, x1 - 4 * stage.unit, floor_y
            ),
            mix(wood, wall, 0.4),
        )
    stage.canvas.fill(rectangle(-4, top - h * 0.022, w + 4, top), wood)
    stage.canvas.fill(rectangle(-4, h * 0.05, w + 4, h * 0.066), wood)
    _round_window(stage, w * (0.5 - side * 0.25), h * 0.33, min(w * 0.17, h * 0.12), wood)
    for px in (-side * 0.06, -side * 0.47):
        post = w * (0.5 + px)
        stage.canvas.fill(
            rectangle(post - 9 * stage.unit, -4, post + 9 * stage.unit, floor_y), wood
        )
    mat = mix(mix(stage.ink("leaf"), stage.ink("soft"), 0.6), stage.ink("glow"), 0.25)
    _floor(stage, mat, floor_y)
    floor_lines(stage, mix(mat, stage.ink("deep"), 0.75), y=floor_y, count=6, rows=4, width=9)
    stage.gouges(
        150,
        name="straw",
        y0=floor_y + 4,
        y1=h * 0.95,
        length=60 * stage.unit,
        width=2.6 * stage.unit,
        ink=mix(mat, stage.ink("leaf"), 0.45),
    )
    if stage.scene.hour in ("dusk", "night") or chance.often(0.4):
        _paper_lantern(stage, w * (0.5 - side * 0.4), floor_y + h * 0.03)


def _round_window(stage: Stage, x: float, y: float, r: float, wood: Ink) -> None:
    top, middle, low = stage.scheme.sky
    stage.canvas.fill(ellipse(x, y, r * 1.09, r * 1.09, count=64), wood)
    disc = ellipse(x, y, r, r, count=64)
    stage.canvas.shape(disc, mix(top, middle, 0.5), shade=low, amount=1.0, start=0.1)
    stage.canvas.disc(x + r * 0.3, y - r * 0.32, r * 0.22, stage.scheme.light)
    hill = mix(stage.ink("deep", 0.4), stage.ink("leaf", 0.4), 0.4)
    peak = np.array(
        [
            (x - r, y + r * 0.9),
            (x - r * 0.35, y + r * 0.05),
            (x - r * 0.1, y + r * 0.3),
            (x + r * 0.25, y + r * 0.12),
            (x + r, y + r * 0.9),
        ]
    )
    inside = peak.copy()
    for number, (px, py) in enumerate(peak):
        reach = np.hypot(px - x, py - y)
        if reach > r * 0.97:
            inside[number] = (x + (px - x) * r * 0.97 / reach, y + (py - y) * r * 0.97 / reach)
    arc = [
        (x + r * 0.97 * np.cos(a), y + r * 0.97 * np.sin(a))
        for a in np.linspace(0.75, np.pi - 0.75, 12)
    ]
    stage.canvas.fill(np.vstack([inside[1:4], [(x + r * 0.71, y + r * 0.66)], arc]), hill)
    twig = mix(wood, stage.ink("ink"), 0.4)
    stage.canvas.fill(
        lens((x - r, y - r * 0.3), (x + r * 0.5, y - r * 0.05), r * 0.06, bend=r * 0.1), twig
    )
    for t in (0.3, 0.5, 0.7, 0.9):
        stage.canvas.fill(
            star(x - r + 1.5 * r * t, y - r * 0.26 + r * 0.12 * t, r * 0.09, inner=0.6),
            stage.ink("accent"),
        )
    bars = mix(wood, stage.ink("earth"), 0.3)
    stage.canvas.fill(rectangle(x - r * 0.02, y - r, x + r * 0.02, y + r), bars)


def _paper_lantern(stage: Stage, x: float, y: float) -> None:
    w, h = stage.width, stage.height
    tall, wide = h * 0.13, max(w * 0.05, h * 0.032)
    wood, paper = (
        mix(stage.ink("earth"), stage.ink("ink"), 0.5),
        mix(stage.family.glow, stage.family.paper, 0.4),
    )
    stage.canvas.glow(x, y - tall * 0.5, tall * 2.2, stage.family.glow, strength=0.5)
    stage.canvas.fill(rectangle(x - wide, y - tall, x + wide, y), wood)
    inner = wide * 0.84
    stage.canvas.fill(rectangle(x - inner, y - tall * 0.96, x + inner, y - tall * 0.06), paper)
    for t in (-0.33, 0.33):
        stage.canvas.fill(
            rectangle(x + t * wide - 2 * stage.unit, y - tall, x + t * wide + 2 * stage.unit, y),
            wood,
        )
    stage.canvas.fill(rectangle(x - wide, y - tall * 0.5, x + wide, y - tall * 0.48), wood)


def _arched_room(stage: Stage) -> None:
    """Paint pointed niches, a tiled dado, carpets and hanging lamps."""
    w, h, floor_y = stage.width, stage.height, stage.camera.horizon
    wall = mix(mix(stage.ink("soft"), stage.ink("paper"), 0.3), stage.ink("earth"), 0.22)
    _wall(stage, wall, bottom=floor_y)
    top, middle, low = stage.scheme.sky
    tile, gold = mix(stage.ink("cool"), stage.ink("deep"), 0.25), stage.ink("glow")
    wide = max(w * 0.15, h * 0.085)
    count = int(w / wide / 2.5) + 2
    dado = floor_y - h * 0.1
    for number in range(-count, count + 1):
        x = w * (0.5 - stage.composition.side * 0.04) + number * wide * 2.5
        sill = dado - h * 0.02
        spring = h * 0.33
        frame = arch(x - wide * 1.06, x + wide * 1.06, sill, spring - wide * 0.05, pointed=True)
        stage.canvas.shape(
            frame, tile, shade=mix(tile, stage.ink("ink"), 0.5), amount=0.6, start=0.4
        )
        hole = arch(x - wide * 0.84, x + wide * 0.84, sill, spring, pointed=True)
        if number % 2 == 0:
            stage.canvas.shape(hole, mix(top, middle, 0.4), shade=low, amount=1.0, start=0.1)
            if number == 0:
                stage.canvas.disc(
                    x + wide * 0.3, spring - wide * 0.1, wide * 0.2, stage.scheme.light
                )
            _skyline(stage, x, sill, wide * 0.83)
            _lattice(stage, x, sill, wide * 0.8, spring, tile)
        else:
            stage.canvas.shape(
                hole,
                mix(wall, stage.ink("deep"), 0.45),
                shade=stage.ink("deep"),
                amount=0.7,
                toward=(0.0, -1.0),
                start=0.3,
            )
            vase = mix(stage.ink("accent"), stage.ink("deep"), 0.1)
            stage.canvas.fill(ellipse(x, sill - wide * 0.5, wide * 0.34, wide * 0.48), vase)
            stage.canvas.fill(
                rectangle(x - wide * 0.13, sill - wide * 1.2, x + wide * 0.13, sill - wide * 0.7),
                vase,
            )
            stage.canvas.fill(
                lens(
                    (x - wide * 0.3, sill - wide * 0.5),
                    (x + wide * 0.3, sill - wide * 0.5),
                    wide * 0.14,
                ),
                gold,
            )
    stage.canvas.fill(rectangle(-4, dado, w + 4, floor_y), tile)
    step = max(stage.unit * 44, 6.0)
    for row in range(2):
        for x in np.arange(step * (0.5 + 0.5 * row), w + step, step):
            y = dado + h * (0.03 + 0.042 * row)
            stage.canvas.fill(
                star(float(x), y, step * 0.4, points=8, inner=0.62),
                mix(stage.ink("paper"), tile, 0.2),
            )
            stage.canvas.fill(
                star(float(x), y, step * 0.2, points=8, inner=0.62),
                stage.ink("accent") if row else gold,
            )
    stage.canvas.fill(rectangle(-4, dado - h * 0.006, w + 4, dado), gold)
    stone = mix(stage.ink("soft"), stage.ink("earth"), 0.35)
    _floor(stage, stone, floor_y)
    floor_lines(stage, mix(stone, stage.ink("ink"), 0.35), y=floor_y, rows=5)
    _rug(stage, mix(stage.family.accent, stage.scheme.shade, stage.scheme.night + 0.12), floor_y)
    hanging_lamps(stage)


def _skyline(stage: Stage, x: float, sill: float, half: float) -> None:
    ink = mix(stage.ink("deep", 0.5), stage.ink("earth", 0.5), 0.4)
    stage.canvas.fill(rectangle(x - half, sill - half * 0.5, x + half, sill), ink)
    stage.canvas.fill(
        np.minimum(
            ellipse(x - half * 0.35, sill - half * 0.5, half * 0.3, half * 0.34),
            [1e9, sill - half * 0.48],
        ),
        ink,
    )
    stage.canvas.fill(
        lens(
            (x - half * 0.35, sill - half * 0.7), (x - half * 0.35, sill - half * 1.1), half * 0.05
        ),
        ink,
    )
    stage.canvas.fill(rectangle(x + half * 0.35, sill - half * 1.2, x + half * 0.5, sill), ink)
    stage.canvas.fill(
        [
            (x + half * 0.32, sill - half * 1.2),
            (x + half * 0.425, sill - half * 1.45),
            (x + half * 0.53, sill - half * 1.2),
        ],
        ink,
    )


def _lattice(stage: Stage, x: float, sill: float, half: float, spring: float, ink: Ink) -> None:
    low = sill - (sill - spring) * 0.28
    stage.canvas.fill(
        rectangle(x - half, low - 2.4 * stage.unit, x + half, low + 2.4 * stage.unit), ink
    )
    lines = [
        lens(
            (x + t * half, sill),
            (x + min(max(t + lean, -1.0), 1.0) * half, low),
            4 * stage.unit,
        )
        for t in np.linspace(-1, 1, 7)
        for lean in (-0.3, 0.3)
    ]
    stage.canvas.marks(lines, ink)


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


def indoors_front(stage: Stage) -> None:
    """Stand the back of a chair before the viewer, or nothing at all."""
    chance = stage.chance.branch("frame")
    if (
        stage.world
        or is_cabin(stage.scene.genre)
        or stage.composition.shot == "close"
        or chance.often(0.5)
    ):
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
