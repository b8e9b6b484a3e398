"""Sky, sun, moon, stars and clouds; and the weather in front of everything."""

from __future__ import annotations

import math

import cv2
import numpy as np

from raypipe.images.storybook.canvas import stepped_ramp
from raypipe.images.storybook.chance import Chance
from raypipe.images.storybook.palette import Ink, mix
from raypipe.images.storybook.shapes import Outline, ellipse, lens, smooth, star
from raypipe.images.storybook.stage import Stage

_BANDS = 13
_SHELTERED = ("indoors", "cave", "ruins", "space", "underwater")


def paint_gradient(
    stage: Stage, stops: list[tuple[float, Ink]], *, bottom: float, bands: int = _BANDS
) -> None:
    """Cover the sheet, down to ``bottom``, with flat bands that dissolve into grain."""
    canvas = stage.canvas
    rows = np.clip(np.arange(canvas.height) / max(bottom, 1), 0, 1).astype(np.float32) * 250
    column = np.repeat(rows.astype(np.uint8)[:, None], canvas.width, axis=1)
    # One band of grain either way makes neighbouring bands meet in dots.
    reach = 1.15 / bands
    level = cv2.addWeighted(column, 1.0, canvas.grain, reach, -128 * reach)
    table = stepped_ramp(stops, bands)
    canvas.pixels[:] = cv2.LUT(cv2.merge([level, level, level]), table.reshape(1, 256, 3))


def paint_sky(stage: Stage) -> None:
    """Paint the open sky with what shines in it."""
    top, middle, low = stage.scheme.sky
    horizon = stage.camera.horizon
    paint_gradient(stage, [(0.0, top), (0.55, middle), (1.0, low)], bottom=horizon * 1.04)
    if stage.scene.hour in ("night", "dusk") and stage.scene.weather in ("clear", "wind", "snow"):
        _stars(stage, 150 if stage.scene.hour == "night" else 34)
    hidden = stage.scene.weather in ("rain", "storm", "fog")
    if stage.lamp.kind in ("sun", "moon") and not hidden:
        _disc(stage)
    elif stage.lamp.kind == "thing" and stage.scene.hour == "night" and not hidden:
        _crescent(stage, stage.width * (0.5 + 0.28 * stage.composition.side), stage.height * 0.14)
    if stage.scene.weather in ("cloud", "rain", "storm", "wind") or stage.chance.branch(
        "fair"
    ).often(0.6):
        _clouds(stage)
    if stage.scene.weather == "storm":
        _lightning(stage)
    elif stage.scene.hour != "night" and stage.chance.branch("flight").often(0.5):
        _flight(stage)


def _flight(stage: Stage) -> None:
    """Paint a few far birds."""
    chance = stage.chance.branch("birds")
    ink = mix(stage.scheme.shade, stage.scheme.sky[1], 0.25)
    x = stage.width * (0.5 + stage.composition.side * chance.between(0.1, 0.25))
    y = stage.camera.horizon * chance.between(0.35, 0.6)
    for _ in range(chance.whole(3, 7)):
        px = x + stage.unit * chance.between(-130, 130)
        py = y + stage.unit * chance.between(-60, 60)
        size = stage.unit * chance.between(9, 19)
        for side in (-1, 1):
            wing = lens(
                (px, py), (px + side * size, py - size * 0.45), size * 0.22, bend=-side * size * 0.2
            )
            stage.canvas.marks([wing], ink)


def _stars(stage: Stage, count: int) -> None:
    chance = stage.chance.branch("stars")
    ink = mix(stage.family.paper, stage.scheme.sky[1], 0.15)
    u = stage.unit
    for _ in range(count):
        x, y = (
            chance.between(0, stage.width),
            stage.camera.horizon * chance.between(0, 1) ** 1.4 * 0.9,
        )
        size = u * chance.pick((0.8, 1.0, 1.3, 1.9))
        stage.canvas.disc(x, y, size, ink)
    for _ in range(count // 18):
        x, y = chance.between(0, stage.width), stage.camera.horizon * chance.between(0.02, 0.55)
        stage.canvas.fill(star(x, y, u * chance.between(4, 8), points=4, inner=0.2), ink)


def _disc(stage: Stage) -> None:
    canvas, lamp, scheme = stage.canvas, stage.lamp, stage.scheme
    halo = mix(scheme.light, scheme.sky[2], 0.25)
    canvas.glow(lamp.x, lamp.y, lamp.radius * 5.2, halo, strength=0.62, power=2.2)
    if stage.chance.branch("rays").often(0.55) and lamp.kind == "sun":
        _rays(stage, halo)
    elif lamp.kind == "moon":
        _rings(stage, halo)
    face = scheme.light
    low = stage.scene.hour in ("dawn", "golden", "dusk")
    if low and scheme.family.name in ("indigo", "bazaar"):
        face = mix(scheme.family.accent, scheme.light, 0.1)
    canvas.disc(lamp.x, lamp.y, lamp.radius, face)
    if lamp.kind == "moon":
        _moon_face(stage, face)


def _moon_face(stage: Stage, face: Ink) -> None:
    lamp, chance = stage.lamp, stage.chance.branch("moon")
    sea = mix(face, stage.scheme.sky[1], 0.3)
    for _ in range(5):
        a, d = chance.between(0, 6.28), lamp.radius * chance.between(0.15, 0.62)
        r = lamp.radius * chance.between(0.08, 0.2)
        spot = ellipse(lamp.x + d * math.cos(a), lamp.y + d * math.sin(a), r, r * 0.8, tilt=a)
        stage.canvas.fill(spot, sea)
    rim = ellipse(lamp.x, lamp.y, lamp.radius, lamp.radius)
    side = 1 if stage.composition.side > 0 else -1
    stage.canvas.veil(rim, sea, toward=(0.7 * side, 0.7), start=0.45, amount=0.7, strength=1.0)


def _crescent(stage: Stage, x: float, y: float) -> None:
    r = stage.unit * 46
    stage.canvas.glow(x, y, r * 5, mix(stage.scheme.light, stage.scheme.sky[1], 0.4), strength=0.4)
    a = np.linspace(0.35 * np.pi, -0.85 * np.pi, 24)
    b = np.linspace(-0.85 * np.pi, 0.35 * np.pi, 24)
    left = np.stack([x + r * np.cos(a + 2.4), y + r * np.sin(a + 2.4)], axis=1)
    inner = np.stack(
        [x + r * 0.35 + r * 0.82 * np.cos(b + 2.4), y - r * 0.12 + r * 0.82 * np.sin(b + 2.4)],
        axis=1,
    )
    stage.canvas.fill(np.vstack([left, inner]), stage.scheme.light)


def _rays(stage: Stage, ink: Ink) -> None:
    lamp, chance = stage.lamp, stage.chance.branch("ray marks")
    count = chance.whole(26, 40)
    marks: list[Outline] = []
    for number in range(count):
        angle = 2 * math.pi * (number + chance.between(-0.15, 0.15)) / count
        start = lamp.radius * (1.22 if number % 2 else 1.35)
        end = lamp.radius * (chance.between(1.9, 2.4) if number % 2 else chance.between(2.6, 3.6))
        c, s = math.cos(angle), math.sin(angle)
        marks.append(
            lens(
                (lamp.x + c * start, lamp.y + s * start),
                (lamp.x + c * end, lamp.y + s * end),
                lamp.radius * 0.06,
            )
        )
    stage.canvas.marks(marks, mix(ink, stage.scheme.sky[1], 0.35))


def _rings(stage: Stage, ink: Ink) -> None:
    lamp, chance = stage.lamp, stage.chance.branch("rings")
    marks: list[Outline] = []
    for ring in range(3):
        radius = lamp.radius * (1.45 + 0.42 * ring)
        count = 16 + 5 * ring
        for number in range(count):
            a = 2 * math.pi * (number + 0.5 * ring + chance.between(-0.1, 0.1)) / count
            half = math.pi / count * 0.62
            start = (lamp.x + radius * math.cos(a - half), lamp.y + radius * math.sin(a - half))
            end = (lamp.x + radius * math.cos(a + half), lamp.y + radius * math.sin(a + half))
            marks.append(
                lens(start, end, lamp.radius * 0.055, bend=-radius * (1 - math.cos(half)) * 1.0)
            )
    stage.canvas.marks(marks, mix(ink, stage.scheme.sky[1], 0.62))


def cloud_shape(chance: Chance, x: float, y: float, wide: float, tall: float) -> list[Outline]:
    """Return the round parts of a flat-bottomed cloud."""
    parts = []
    count = chance.whole(4, 6)
    for number in range(count):
        t = (number + 0.5) / count
        bulge = math.sin(math.pi * t) ** 0.7
        r = tall * (0.35 + 0.65 * bulge) * chance.between(0.85, 1.1)
        parts.append(ellipse(x + (t - 0.5) * wide, y - r * 0.55, r * 1.15, r))
    return parts


def _clouds(stage: Stage) -> None:
    chance = stage.chance.branch("clouds")
    weather = stage.scene.weather
    heavy = weather in ("rain", "storm", "cloud")
    top, middle, low = stage.scheme.sky
    count = chance.whole(5, 7) if heavy else chance.whole(2, 4)
    horizon = stage.camera.horizon
    size = stage.unit * 1000
    for number in range(count):
        depth = number / max(count - 1, 1)
        y = horizon * (0.12 + 0.62 * (1 - depth) ** 1.1) * chance.between(0.9, 1.1)
        x = stage.width * ((number * 0.618 + chance.between(0, 0.2)) % 1)
        wide = size * chance.between(0.22, 0.42) * (0.6 + 0.7 * depth)
        tall = wide * chance.between(0.13, 0.2)
        light = mix(mix(low, stage.family.paper, 0.35), middle, 0.25 + 0.3 * stage.scheme.night)
        dark = mix(mix(middle, top, 0.55), stage.scheme.shade, 0.25 if heavy else 0.05)
        body = mix(light, dark, 0.72 if heavy else 0.15)
        if weather == "wind":
            _streaks(stage, x, y, wide, tall, body)
            continue
        parts = cloud_shape(chance, x, y, wide, tall)
        for part in parts:
            clipped = np.minimum(part, [1e9, y])
            stage.canvas.shape(clipped, body, shade=dark, amount=0.55, start=0.35)
        for part in parts[1:-1]:
            middle_x = float(part[:, 0].mean())
            r = float(np.ptp(part[:, 0])) / 2
            mark = lens(
                (middle_x - r * 0.5, y - tall * 0.25),
                (middle_x + r * 0.5, y - tall * 0.25),
                tall * 0.05,
            )
            stage.canvas.marks([mark], mix(body, dark, 0.5))


def _streaks(stage: Stage, x: float, y: float, wide: float, tall: float, ink: Ink) -> None:
    """Paint a cloud that the wind has drawn out: a few strokes that end in a curl."""
    reach, lift = wide * 0.8, tall * 0.5
    for number in range(3):
        dy = lift * 1.5 * (number - 1)
        long = reach * (1.0, 0.7, 0.85)[number]
        turn = np.linspace(-np.pi / 2, np.pi * 0.9, 14)
        radius = lift * (0.75, 0.5, 0.62)[number]
        end = x + long * 0.6
        middle = y + dy - radius
        curl = np.stack([end + radius * np.cos(turn), middle - radius * np.sin(turn)], axis=1)
        start = [(x - long * 0.7, y + dy + lift * 0.2), (x, y + dy - lift * 0.1)]
        path = smooth(np.vstack([start, curl]), closed=False, steps=4)
        stage.canvas.trace(path, stage.unit * (6 - number), ink)


def _lightning(stage: Stage) -> None:
    chance = stage.chance.branch("lightning")
    x = stage.width * (0.5 - 0.26 * stage.composition.side + chance.between(-0.06, 0.06))
    y, end = stage.height * 0.05, stage.camera.horizon * 0.97
    ink = mix(stage.family.paper, stage.family.glow, 0.15)
    stage.canvas.glow(x, end * 0.5, end * 0.9, mix(ink, stage.scheme.sky[1], 0.4), strength=0.5)
    left, right = [(x, y)], []
    steps = 7
    width = stage.unit * 9
    for step in range(1, steps + 1):
        px = x + chance.between(-1, 1) * stage.unit * 55
        py = y + (end - y) * step / steps
        thin = width * (1 - step / (steps + 0.3))
        left.append((px - thin, py))
        right.append((px + thin, py - stage.unit * 6))
        x = px * 0.75 + x * 0.25
    stage.canvas.fill(left + right[::-1], ink)
    branch = left[3]
    twig = smooth(
        [
            branch,
            (branch[0] + 60 * stage.unit, branch[1] + 50 * stage.unit),
            (branch[0] + 70 * stage.unit, branch[1] + 110 * stage.unit),
        ],
        closed=False,
        steps=2,
    )
    stage.canvas.trace(twig, stage.unit * 2.4, ink)


_MOTES = 34
_ENCHANTED = ("forest", "garden", "ruins", "cave", "castle", "river", "field", "village")


def paint_motes(stage: Stage) -> None:
    """Let points of light hang in the air of a wondrous night."""
    scene = stage.scene
    if scene.mood != "wondrous" or scene.hour not in ("night", "dusk"):
        return
    if scene.setting not in _ENCHANTED or "sci" in scene.genre.lower():
        return
    chance = stage.chance.branch("motes")
    w, h, unit = stage.width, stage.height, stage.unit
    ink = mix(stage.family.glow, stage.family.paper, 0.35)
    for _ in range(_MOTES):
        x, y = w * chance.between(0.04, 0.96), h * chance.between(0.3, 0.92)
        size = unit * chance.pick((2.0, 2.6, 3.4, 4.6))
        stage.canvas.glow(x, y, size * 7, ink, strength=0.5)
        stage.canvas.disc(x, y, size, ink)


def paint_weather(stage: Stage) -> None:
    """Paint rain, snow, fog or wind in front of the figures."""
    weather = stage.scene.weather
    if stage.scene.setting in _SHELTERED:
        return
    if weather in ("rain", "storm"):
        _rain(stage, heavy=weather == "storm")
    elif weather == "snow":
        _snow(stage)
    elif weather == "fog":
        _fog(stage)
    elif weather == "wind":
        _wind(stage)


def _rain(stage: Stage, *, heavy: bool) -> None:
    chance = stage.chance.branch("rain")
    slant = chance.between(0.15, 0.34) * chance.sign() * (1.6 if heavy else 1)
    marks = []
    for _ in range(420 if heavy else 300):
        x, y = chance.between(-0.1, 1.1) * stage.width, chance.between(-0.05, 1.0) * stage.height
        long = stage.unit * chance.between(22, 60)
        marks.append(
            lens((x, y), (x + long * slant, y + long), stage.unit * chance.between(1.2, 2.2))
        )
    layer_ink = mix(stage.family.paper, stage.scheme.sky[1], 0.5)
    stage.canvas.marks(marks, layer_ink)


def _snow(stage: Stage) -> None:
    chance = stage.chance.branch("snowfall")
    ink = mix(stage.family.paper, stage.scheme.sky[1], 0.1 + 0.3 * stage.scheme.night)
    for number in range(260):
        x, y = chance.between(0, stage.width), chance.between(0, stage.height)
        stage.canvas.disc(
            x,
            y,
            stage.unit * (chance.between(1.4, 3.2) if number % 7 else chance.between(4, 7)),
            ink,
        )


def paint_mist(stage: Stage) -> None:
    """Lay banks of mist over the land behind the figures."""
    if stage.scene.weather == "fog" and stage.scene.setting not in _SHELTERED:
        _banks(stage, (-0.12, 0.02, 0.18, 0.34), strength=0.8)


def _fog(stage: Stage) -> None:
    """Lay thin banks before the figures, about their feet."""
    _banks(stage, (0.62, 0.86), strength=0.5)


def _banks(stage: Stage, levels: tuple[float, ...], *, strength: float) -> None:
    chance = stage.chance.branch(f"fog {strength}")
    ink = mix(stage.scheme.air, stage.family.paper, 0.25 * (1 - stage.scheme.night))
    horizon, w = stage.camera.horizon, stage.width
    for level in levels:
        y = horizon + (stage.height - horizon) * (level + chance.between(-0.03, 0.03))
        for _ in range(3):
            x, radius = w * chance.between(-0.1, 1.1), w * chance.between(0.5, 0.9)
            flat = stage.height * chance.between(0.05, 0.09) / radius
            stage.canvas.glow(x, y, radius, ink, strength=strength, power=1.3, flat=flat)


def _wind(stage: Stage) -> None:
    chance = stage.chance.branch("wind")
    marks = []
    for _ in range(26):
        x, y = chance.between(-0.1, 1) * stage.width, chance.between(0.1, 0.85) * stage.height
        long = stage.unit * chance.between(60, 170)
        marks.append(lens((x, y), (x + long, y - long * 0.05), stage.unit * 1.8, bend=-long * 0.05))
    stage.canvas.marks(marks, mix(stage.family.paper, stage.scheme.sky[2], 0.35))
    leaf = stage.ink("accent")
    for _ in range(14):
        x, y = chance.between(0, 1) * stage.width, chance.between(0.2, 0.8) * stage.height
        a = chance.between(0, 3.1)
        r = stage.unit * chance.between(5, 9)
        stage.canvas.fill(
            lens((x, y), (x + r * 2 * math.cos(a), y + r * 2 * math.sin(a)), r, bend=r * 0.3), leaf
        )
