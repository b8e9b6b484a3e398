"""The city: rows of buildings, lit windows, a street with lamps."""

from __future__ import annotations

import numpy as np

from raypipe.images.storybook.chance import Chance
from raypipe.images.storybook.grounds.rooms import floor_lines
from raypipe.images.storybook.palette import Ink, mix
from raypipe.images.storybook.scenery.stone import arch
from raypipe.images.storybook.shapes import ellipse, lens, rectangle, star
from raypipe.images.storybook.sky import paint_sky
from raypipe.images.storybook.stage import Stage


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
            stage.ink(("cool", "soft", "soft", "earth")[number], depth),
            0.72 if old else 0.3,
        )
        x = -chance.between(0, 0.1) * w
        gap = number == 3
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
    street = mix(stage.ink("deep"), stage.ink("soft"), 0.55 if old else 0.26)
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
    chance: Chance,
) -> None:
    body = mix(ink, stage.ink(chance.pick(("earth", "cool", "soft", "deep")), depth), 0.22)
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
        chance.pick(("gable", "dome", "flat", "flat"))
        if old
        else chance.pick(("flat", "step", "spire", "tank", "flat"))
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
            if chance.often(0.14):
                continue
            wx = x + wide * (column_ + 0.5) / columns
            wy = top + tall * (row + 0.55) / rows
            lit = shining and chance.often(0.5)
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
    """Look out from under an arch or an awning."""
    chance = stage.chance.branch("frame")
    side = -stage.composition.side
    ink = mix(stage.ink("deep"), stage.ink("ink"), 0.7)
    w, h = stage.width, stage.height
    stage.plane(stage.ridge(h * 0.975, h * 0.004, name="kerb"), ink)
    if chance.often(0.4):
        return
    if stage.world == "bazaar":
        _gateway(stage, ink)
        return
    edge = w * (0.5 + side * 0.42)
    wall = rectangle(min(edge, edge + side * w * 0.2), -5, max(edge, edge + side * w * 0.2), h + 5)
    light = mix(ink, stage.scheme.light, 0.2)
    stage.canvas.shape(wall, ink, shade=light, amount=0.3, toward=(-side, 0.0), start=0.6)
    y, reach = h * 0.1, w * 0.24
    cloth = mix(stage.ink("accent"), stage.ink("ink"), 0.12)
    pale = mix(stage.ink("paper"), stage.ink("ink"), 0.12)
    for strip in range(6):
        x0, x1 = (edge - side * reach * t / 6 for t in (strip, strip + 1))
        y0, y1 = (y + h * 0.055 * t / 6 for t in (strip, strip + 1))
        tone = cloth if strip % 2 == 0 else pale
        stage.canvas.fill([(x0, y0), (x1, y1), (x1, y1 + h * 0.045), (x0, y0 + h * 0.045)], tone)
        lobe = ellipse((x0 + x1) / 2, (y0 + y1) / 2 + h * 0.045, abs(x1 - x0) / 2, h * 0.012)
        stage.canvas.fill(lobe, tone)


def _gateway(stage: Stage, ink: Ink) -> None:
    """Frame the street with a pointed arch and its tiles."""
    w, h = stage.width, stage.height
    opening = arch(w * 0.08, w * 0.92, h + 10, h * 0.27, pointed=True)
    opening[:, 1] = np.where(
        opening[:, 1] < h * 0.27, h * 0.27 + (opening[:, 1] - h * 0.27) * 0.5, opening[:, 1]
    )
    left = opening[: len(opening) // 2 + 1]
    right = opening[len(opening) // 2 :]
    light = mix(ink, stage.ink("earth"), 0.5)
    for half, corner, lean in ((left, -10.0, 1.0), (right[::-1], w + 10.0, -1.0)):
        shape = np.vstack([half, [(w / 2, -10.0), (corner, -10.0), (corner, h + 10.0)]])
        stage.canvas.shape(shape, ink, shade=light, amount=0.5, toward=(lean, 0.2), start=0.3)
    tile = mix(stage.ink("cool"), stage.ink("ink"), 0.2)
    step = max(4, len(opening) // 14)
    for x, y in opening[2:-2:step]:
        out = np.array([x - w / 2, (y - h * 0.3) * 0.7])
        out = out / max(float(np.hypot(*out)), 1.0) * 34 * stage.unit
        stage.canvas.fill(star(x + out[0], y + out[1], 17 * stage.unit, points=8, inner=0.6), tile)
