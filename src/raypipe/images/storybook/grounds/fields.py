"""Meadows: hedges, furrows, fences, haystacks, brooks."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from raypipe.images.storybook.grounds.land import frame_corner, ground, hills, near_dark
from raypipe.images.storybook.palette import Ink, mix
from raypipe.images.storybook.scenery.houses import house
from raypipe.images.storybook.scenery.trees import broadleaf, bush, grass
from raypipe.images.storybook.shapes import lens, smooth
from raypipe.images.storybook.sky import paint_sky
from raypipe.images.storybook.stage import Stage


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
    meadow_grass(stage, far, near)
    for feature in _FEATURES[(stage.scene.scene_index + chance.whole(0, 1)) % len(_FEATURES)]:
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
    for (x0, y0, tall0), (x1, y1, tall1) in pairwise(posts):
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


def meadow_grass(stage: Stage, far: Ink, near: Ink) -> None:
    """Paint tufts of grass and, in friendly moods, flowers."""
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
    frame_corner(stage, near_dark(stage))


_FEATURES = (
    (_far_village, _fence),
    (_haystacks,),
    (_haystacks, _far_village),
    (_fence,),
    (_far_village,),
)
"""What meadows have besides grass, in turn, so that a story's meadows differ."""
