"""Open land: hills, the ground underfoot, and what frames them."""

from __future__ import annotations

from raypipe.images.storybook.palette import Ink, mix
from raypipe.images.storybook.scenery.frames import bank_of_bushes, leaves_above
from raypipe.images.storybook.scenery.trees import grass
from raypipe.images.storybook.stage import Stage
from raypipe.images.storybook.vocabulary import find_thing


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
    if kind == "leaves" and something_hangs(stage):
        kind = "grass"
    if kind == "leaves":
        leaves_above(stage, side=-stage.composition.side, ink=ink, chance=chance)
    if kind == "bushes":
        bank_of_bushes(stage, ink=ink, chance=chance, top=stage.height * 0.87)
    else:
        for x in stage.spread(13, name="frame grass", margin=-0.05):
            edge = abs(x / stage.width - 0.5) * 2
            tall = stage.height * (0.025 + 0.085 * edge**2) * chance.between(0.8, 1.2)
            grass(stage, float(x), stage.height + 4, tall * 1.6, ink=ink, chance=chance)


def something_hangs(stage: Stage) -> bool:
    """Return whether the top of the sheet is taken by a vine."""
    things = (find_thing(p.name) for p in stage.composition.placements if p.kind == "thing")
    return any(thing is not None and thing.place == "hang" for thing in things)


def near_dark(stage: Stage, role: str = "leaf") -> Ink:
    """Return the ink of near, dark growth."""
    return mix(mix(stage.ink(role), stage.ink("deep"), 0.5), stage.ink("ink"), 0.62)
