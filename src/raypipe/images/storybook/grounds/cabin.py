"""Indoors in science fiction: a cabin of plates and ribs, with stars in its window."""

from __future__ import annotations

import numpy as np

from raypipe.images.storybook.palette import Ink, mix
from raypipe.images.storybook.placing_things import world_seen
from raypipe.images.storybook.props.registry import cut_thing
from raypipe.images.storybook.shapes import ellipse, lens, rectangle
from raypipe.images.storybook.sky import paint_gradient
from raypipe.images.storybook.stage import Stage
from raypipe.images.storybook.vocabulary import Thing

_STARS = 46


def is_cabin(genre: str) -> bool:
    """Return whether rooms of a story of this genre are those of ships and stations."""
    return genre.lower().startswith("sci")


def cabin_back(stage: Stage) -> None:
    """Paint walls, window, desk of instruments and floor; light comes from strips overhead."""
    w, floor_y = stage.width, stage.camera.horizon
    metal = mix(mix(stage.ink("cool"), stage.ink("soft"), 0.35), stage.ink("deep"), 0.35)
    dark = mix(metal, stage.ink("ink"), 0.55)
    paint_gradient(
        stage, [(0.0, mix(metal, stage.ink("ink"), 0.5)), (0.4, metal), (1.0, dark)], bottom=floor_y
    )
    _plates(stage, metal, floor_y)
    _window(stage, dark)
    _instruments(stage, metal, floor_y)
    _floor(stage, mix(metal, stage.ink("ink"), 0.3), floor_y)
    for x in (-0.02 * w, 1.02 * w):  # ribs of the hull frame the view
        inner = x + np.sign(w / 2 - x) * w * 0.075
        stage.canvas.shape(
            rectangle(min(x, inner), -4, max(x, inner), floor_y * 1.02),
            mix(dark, stage.ink("ink"), 0.3), shade=metal, amount=0.6, start=0.2,
        )  # fmt: skip


def _plates(stage: Stage, metal: Ink, floor_y: float) -> None:
    """Draw the seams of the wall's plates, and the strips of light above."""
    w, h, unit = stage.width, stage.height, stage.unit
    seams = [lens((-4, h * y), (w + 4, h * y), 4 * unit) for y in (0.13, 0.44)]
    seams += [lens((w * x, h * 0.13), (w * x, floor_y), 4 * unit) for x in (0.18, 0.5, 0.82)]
    stage.canvas.marks(seams, mix(metal, stage.ink("ink"), 0.4))
    for y in (0.05, 0.095):
        strip = rectangle(w * 0.14, h * y, w * 0.86, h * y + 10 * unit)
        stage.canvas.fill(strip, mix(stage.family.glow, stage.ink("paper"), 0.5))


def _window(stage: Stage, dark: Ink) -> None:
    """Paint a round window, and a planet among stars behind it."""
    w, h = stage.width, stage.height
    chance = stage.chance.branch("cabin")
    radius = min(w * 0.25, h * 0.145)
    x, y = w * (0.5 - 0.2 * stage.composition.side), h * 0.285
    x = min(max(x, radius * 1.35), w - radius * 1.35)
    stage.canvas.fill(ellipse(x, y, radius * 1.18, radius * 1.18), mix(dark, stage.ink("ink"), 0.4))
    rim = mix(dark, stage.ink("paper"), 0.4)
    stage.canvas.trace(ellipse(x, y, radius * 1.1, radius * 1.1), 5 * stage.unit, rim, closed=True)
    night = mix(stage.ink("deep"), stage.ink("ink"), 0.8)
    stage.canvas.fill(ellipse(x, y, radius, radius), night)
    for _ in range(_STARS):
        angle, far = chance.between(0, 2 * np.pi), 0.92 * chance.between(0, 1) ** 0.5
        place = x + far * radius * np.cos(angle), y + far * radius * np.sin(angle)
        stage.canvas.disc(*place, chance.between(1.5, 4.0) * stage.unit, stage.ink("paper"))
    world = world_seen(stage.scene)
    if world is not None:
        _world(stage, world, x, y, radius)
        return
    ball = ellipse(x + radius * 0.3, y + radius * 0.34, radius * 0.42, radius * 0.42)
    stage.canvas.shape(
        ball, mix(stage.family.accent, stage.ink("soft"), 0.3), shade=night, amount=0.9, start=0.2
    )


def _world(stage: Stage, world: Thing, x: float, y: float, radius: float) -> None:
    """Print the world that the story tells of within the window."""
    tall = radius * (1.0 if world.drawing == "saturn" else 1.15)
    cut_thing(
        world.drawing,
        x=x,
        y=y + tall * 0.5,
        height=tall,
        facing=1,
        family=stage.scheme.tinted(lit=0.9),
        chance=stage.chance.branch("world"),
        colour=world.colour,
    ).stamp(stage.canvas, stage.lighting(x, y, size=tall))


def _instruments(stage: Stage, metal: Ink, floor_y: float) -> None:
    """Stand a desk with a slanted top of screens and lamps against the wall."""
    w, h, unit = stage.width, stage.height, stage.unit
    top, edge = floor_y - h * 0.105, floor_y - h * 0.06
    body = mix(metal, stage.ink("ink"), 0.35)
    stage.canvas.fill(rectangle(w * 0.1, edge, w * 0.9, floor_y), body)
    slope = np.array([(0.15 * w, top), (0.85 * w, top), (0.9 * w, edge), (0.1 * w, edge)])
    stage.canvas.fill(slope, mix(metal, stage.ink("paper"), 0.12))
    middle, tall = (top + edge) / 2, (edge - top) * 0.3
    lights = (stage.family.glow, stage.family.accent, stage.ink("leaf"), stage.ink("cool"))
    chance = stage.chance.branch("instruments")
    for place in np.linspace(0.19, 0.81, 9).tolist():
        ink = mix(chance.pick(lights), stage.ink("paper"), 0.25)
        if chance.often(0.5):
            wide = 26 * unit
            stage.canvas.fill(
                rectangle(w * place - wide, middle - tall, w * place + wide, middle + tall), ink
            )
        else:
            stage.canvas.disc(w * place, middle, 9 * unit, ink)


def _floor(stage: Stage, ink: Ink, y: float) -> None:
    """Lay plates in perspective towards the viewer."""
    w, h, unit = stage.width, stage.height, stage.unit
    deep = mix(ink, stage.ink("ink"), 0.6)
    stage.canvas.shape(rectangle(-4, y, w + 4, h + 4), ink, shade=deep, amount=1.0, start=0.1)
    vanish = w * 0.5
    seams = [
        lens((vanish + (x - vanish) * 0.4, y), (x, h + 8), 4 * unit)
        for x in np.linspace(-1.2 * w, 2.2 * w, 9)
    ]
    rows = [y + (h - y) * (row / 6) ** 1.7 for row in range(1, 6)]
    seams += [lens((-4, row), (w + 4, row), 3.4 * unit) for row in rows]
    stage.canvas.marks(seams, mix(ink, stage.ink("ink"), 0.45))
