"""What stands where: shot, camera, light and the order of figures.

`compose` is a pure function of the scene's facts and the sheet's size. It chooses the shot, sets
the camera, gives every person, animal and thing a place on the ground plane, and keeps heads in
the safe middle and the lowest quarter, where captions live, quiet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from raypipe.images.engine import WHOLE, SceneFacts
from raypipe.images.storybook.chance import Chance
from raypipe.images.storybook.figures.acts import pose_for
from raypipe.images.storybook.placement import (
    Camera,
    Composition,
    Lamp,
    Placement,
    Shape,
    Shot,
)
from raypipe.images.storybook.placing_people import MOST_PEOPLE, place_people
from raypipe.images.storybook.placing_things import (
    embark,
    place_crowd,
    place_things,
    thing_of,
    things_of,
)
from raypipe.images.storybook.vocabulary import find_thing, is_animal
from raypipe.timeline.model import Rect

_SHARES: dict[Shape, dict[Shot, float]] = {
    "tall": {"wide": 0.36, "medium": 0.46, "close": 0.76},
    "square": {"wide": 0.48, "medium": 0.6, "close": 0.94},
    "broad": {"wide": 0.55, "medium": 0.68, "close": 1.06},
}
"""An adult's height as a share of the sheet's, by format and shot."""

_SMALL_POSES = ("run", "leap", "fly", "sit", "kneel", "stoop", "crouch", "attack", "plead")
"""Poses that only read with the whole body in the picture."""

_YOUNG = ("boy", "girl")
_UP_TO_THE_YOUNG = 1.2
"""Children by themselves are seen from nearer, or they are lost in the picture."""

_ABOVE_CAPTIONS = 0.065
"""On a tall sheet figures stand this much higher, in shares of it: the platforms' buttons push
captions up to 0.70 of the frame, and would set them across everybody's legs."""

_UNLIT = ("cave", "indoors", "ruins")


def compose(
    scene: SceneFacts, *, width: int, height: int, seed: int, safe: Rect = WHOLE
) -> Composition:
    """Return the composition of one scene on a sheet of ``width`` x ``height`` pixels.

    Figures and lamp are placed as on a sheet of the size of ``safe``; around it the place goes on.
    They are as tall as in the broadest frame that is cut from the sheet, which has no more height
    than ``safe``.
    """
    inner_width, inner_height = round(width * safe.width), round(height * safe.height)
    broadest = Camera(width, inner_height, 0, 0, 0).format
    inner = _compose(scene, width=inner_width, height=inner_height, seed=seed, shape=broadest)
    if safe == WHOLE:
        return inner
    return _moved(inner, width=width, height=height, by=(width * safe.x, height * safe.y))


def _moved(inner: Composition, *, width: int, height: int, by: tuple[float, float]) -> Composition:
    """Return a composition on a larger sheet, moved from its corner ``by`` (x, y) pixels."""
    x, y = by
    camera, lamp = inner.camera, inner.lamp
    return replace(
        inner,
        camera=Camera(width, height, camera.horizon + y, camera.base + y, camera.adult),
        lamp=replace(lamp, x=lamp.x + x, y=lamp.y + y),
        focus=(inner.focus[0] + x, inner.focus[1] + y),
        placements=tuple(
            replace(figure, x=figure.x + x, y=figure.y + y) for figure in inner.placements
        ),
    )


def _compose(scene: SceneFacts, *, width: int, height: int, seed: int, shape: Shape) -> Composition:
    chance = Chance("compose", seed, scene.story_seed, scene.scene_index)
    people = scene.characters[:MOST_PEOPLE]
    things = things_of(scene)
    shot = choose_shot(scene, people=len(people), things=len(things))
    side = 1 if (scene.scene_index + Chance("side", scene.story_seed).whole(0, 1)) % 2 else -1
    sheet = Camera(width, height, 0, 0, 0)
    camera = _set_camera(scene, chance, shot, sheet=sheet, shape=shape, people=len(people))
    alone = len(people) == 1 and not things
    figures = place_people(scene, people, chance, camera, shot=shot, side=side, alone=alone)
    figures, things = embark(scene, figures, things)
    figures, placed = place_things(scene, things, figures, chance, camera, side=side)
    crowd = place_crowd(scene, figures, chance.branch("people"), camera, side=side)
    every = [*figures, *placed, *crowd]
    lamp = _set_lamp(scene, every, chance, camera, side)
    every.sort(key=_from_back)
    focus = _focus(every, lamp, camera)
    return Composition(camera, shot, lamp, side, focus, tuple(every))


def _from_back(figure: Placement) -> tuple[int, float]:
    order = {"aloft": 0, "backdrop": 1}.get(figure.role, 2)
    ahead = 4.0 if figure.role in ("hero", "support") else 0.0
    return order, figure.y + figure.raised + ahead if order > 1 else -figure.depth


def choose_shot(scene: SceneFacts, *, people: int, things: int) -> Shot:
    """Return how near the scene is seen: wide to begin, then in turns; crowds are never close."""
    if people > 2:
        return "medium" if scene.scene_index % 2 else "wide"
    if not people:
        return "medium" if scene.scene_index or things <= 1 else "wide"
    if scene.scene_index == 0:
        return "wide" if scene.scene_count > 1 else "medium"
    if people == 1 and not things:
        # Nothing else fills the sheet: who is alone on it is seen from near.
        turns: tuple[Shot, ...] = ("close", "medium", "medium")
    else:
        turns = ("close", "medium", "wide")
    turn = (scene.scene_index + Chance("turn", scene.story_seed).whole(0, 1)) % 3
    shot = turns[turn]
    if shot == "close":
        pose = pose_for(scene.actions) or ""
        creature = any(is_animal(kind) for _, kind, _ in scene.characters[:1])
        if pose in _SMALL_POSES or creature or people > 1:
            return "medium"
    return shot


def _set_camera(
    scene: SceneFacts, chance: Chance, shot: Shot, *, sheet: Camera, shape: Shape, people: int
) -> Camera:
    width, height = sheet.width, sheet.height
    adult = _SHARES[shape][shot] * height * chance.between(0.95, 1.05)
    if people and shot != "close" and all(kind in _YOUNG for _, kind, _ in scene.characters):
        adult *= _UP_TO_THE_YOUNG
    adult = min(adult, width * (1.35 if people <= 1 else 1.9 / people + 0.02))
    if shot == "close":
        base = height * chance.between(0.27, 0.31) + adult
    else:
        low, high = (0.735, 0.765) if shot == "wide" else (0.775, 0.80)
        raised = _ABOVE_CAPTIONS if shape == "tall" else 0.0
        base = height * (chance.between(low, high) - raised)
    if scene.setting == "indoors":
        horizon = min(base - adult * chance.between(0.2, 0.3), height * 0.74)
    else:
        rise = chance.between(0.5, 0.62) if shot == "close" else chance.between(0.45, 0.8)
        horizon = min(max(base - adult * rise, height * 0.42), height * 0.64)
    return Camera(width, height, horizon, max(base, horizon + 0.08 * height), adult)


def _set_lamp(
    scene: SceneFacts, figures: Sequence[Placement], chance: Chance, camera: Camera, side: int
) -> Lamp:
    w, h = camera.width, camera.height
    if scene.setting in _UNLIT or scene.hour == "night":
        shining = _shining(figures)
        if shining is not None:
            return shining
    if scene.setting == "indoors":
        return Lamp(w * (0.5 - side * 0.24), h * chance.between(0.24, 0.3), w * 0.16, "window")
    if scene.setting in ("cave", "ruins", "underwater"):
        x = w * (0.5 - side * chance.between(0.05, 0.2))
        return Lamp(x, h * chance.between(0.1, 0.2), w * 0.3, "opening")
    low = scene.hour in ("dawn", "golden", "dusk")
    above = chance.between(0.05, 0.12) if low else chance.between(0.2, 0.3)
    y = max(camera.horizon - h * above, h * 0.11)
    size = (w * h) ** 0.5
    radius = size * (chance.between(0.085, 0.13) if low else chance.between(0.06, 0.09))
    x = w * (0.5 - side * chance.between(0.08, 0.27))
    return Lamp(x, y, radius, "moon" if scene.hour == "night" else "sun")


def _shining(figures: Sequence[Placement]) -> Lamp | None:
    """Return the first shining thing as a lamp, held or standing."""
    for figure in figures:
        for held in figure.held:
            thing = find_thing(held.name)
            if thing is not None and thing.glow:
                x, y = figure.hand(held)
                return Lamp(x, y - held.height * 0.7, held.height * 2.6, "thing")
    for figure in figures:
        thing = thing_of(figure)
        if thing is not None and thing.glow:
            return Lamp(figure.x, figure.y - figure.height * 0.6, figure.height * 2.0, "thing")
    return None


def _focus(figures: Sequence[Placement], lamp: Lamp, camera: Camera) -> tuple[float, float]:
    for role in ("hero", "key", "prop", "crowd", "backdrop"):
        for figure in figures:
            if figure.role == role:
                x, y = figure.focus
                return x, max(y, camera.height * 0.12)
    return lamp.x, lamp.y
