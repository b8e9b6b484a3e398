"""The image engine `storybook`."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from raypipe.errors import EngineError
from raypipe.images.engine import ImageRequest, SceneFacts, check_picture, type_uint8
from raypipe.images.storybook.attention import drawn_focus
from raypipe.images.storybook.block import Block
from raypipe.images.storybook.canvas import Canvas
from raypipe.images.storybook.chance import Chance, seed_of
from raypipe.images.storybook.composition import compose
from raypipe.images.storybook.figures.beast import cut_beast
from raypipe.images.storybook.figures.body import make_body
from raypipe.images.storybook.figures.look import person_look
from raypipe.images.storybook.figures.person import cut_person
from raypipe.images.storybook.grounds.registry import ground_of
from raypipe.images.storybook.palette import Family, Ink, choose_family, make_scheme, mix
from raypipe.images.storybook.placement import Composition, Placement, river_course
from raypipe.images.storybook.placing_things import thing_of
from raypipe.images.storybook.props.registry import cut_thing
from raypipe.images.storybook.scenery.frames import constellation, hanging_vine
from raypipe.images.storybook.shapes import ellipse, lens
from raypipe.images.storybook.sky import paint_mist, paint_motes, paint_weather
from raypipe.images.storybook.stage import Stage
from raypipe.images.storybook.texture import finish
from raypipe.images.storybook.vocabulary import Thing, find_thing
from raypipe.revisions import embedded_revision
from raypipe.timeline.model import Rect

MIN_SIDE_PX, MAX_SIDE_PX = 64, 4096
"""Smaller pictures show nothing; larger ones would need more memory than a worker has."""

_AFLOAT = ("sea", "underwater", "sky", "space")


class StorybookEngine:
    """Draws pictures as limited-palette prints, from `SceneFacts` alone; needs no weights.

    The same request gives the same picture, bit for bit.
    """

    name = "storybook"
    max_batch = 1

    def __init__(self) -> None:
        self.revision = embedded_revision("storybook") or "storybook"

    def generate(self, requests: Sequence[ImageRequest]) -> list[type_uint8]:
        """Draw each request; see `raypipe.images.engine.ImageEngine`.

        Raises:
            EngineError: a side is not within `MIN_SIDE_PX` and `MAX_SIDE_PX`.
        """
        return [draw(request) for request in requests]

    def focus_of(self, request: ImageRequest) -> Rect | None:
        """Return the region of the people's heads; see `raypipe.images.engine.KnowsFigures`."""
        scene = replace(request.scene, weather=_seen_weather(request.scene))
        sheet = {"width": request.width, "height": request.height}
        return drawn_focus(compose(scene, seed=request.seed, safe=request.safe, **sheet))

    def close(self) -> None:
        """Do nothing: the engine holds nothing."""


def draw(request: ImageRequest) -> type_uint8:
    """Return the picture of one request, uint8 (height, width, 3)."""
    check_size(request)
    scene = replace(request.scene, weather=_seen_weather(request.scene))
    width, height = request.width, request.height
    composition = compose(scene, width=width, height=height, seed=request.seed, safe=request.safe)
    family = choose_family(genre=scene.genre, language=scene.language, story_seed=scene.story_seed)
    scheme = make_scheme(
        family,
        hour=scene.hour,
        weather=scene.weather,
        mood=scene.mood,
        progress=scene.scene_index / max(scene.scene_count - 1, 1),
    )
    chance = Chance("storybook", request.seed, scene.story_seed, scene.scene_index)
    canvas = Canvas(width, height, seed=seed_of("grain", request.seed) % 2**32)
    stage = Stage(canvas, scheme, composition, scene, chance)
    ground = ground_of(scene.setting)
    ground.back(stage)
    paint_mist(stage)
    _place_figures(stage, composition)
    ground.front(stage)
    paint_weather(stage)
    paint_motes(stage)
    finish(canvas, scheme, chance.branch("finish"))
    return check_picture(canvas.pixels, width=width, height=height)


def _seen_weather(scene: SceneFacts) -> str:
    """Return the weather to be seen: by day, clouds gather over what is tense, dark or sad."""
    open_air = scene.setting not in (*_ROOFED, "space", "underwater")
    heavy = open_air and scene.hour == "day" and scene.mood in ("tense", "dark", "sad")
    if scene.weather == "clear" and heavy:
        chance = Chance("weather", scene.story_seed, scene.scene_index)
        return "cloud" if chance.often(0.75) else "wind"
    return scene.weather


def check_size(request: ImageRequest) -> None:
    """Raise `EngineError` unless both sides are within the limits."""
    for side, value in (("width", request.width), ("height", request.height)):
        if not MIN_SIDE_PX <= value <= MAX_SIDE_PX:
            raise EngineError(
                f"expected {MIN_SIDE_PX} to {MAX_SIDE_PX} pixels, got {value}",
                where=side,
                remedy="ask for a size within these limits",
            )


def _place_figures(stage: Stage, composition: Composition) -> None:
    for placement in composition.placements:
        _halo(stage, placement)
    aboard = [n for n, placement in enumerate(composition.placements) if placement.afloat]
    last_aboard = aboard[-1] if aboard else None
    for number, placement in enumerate(composition.placements):
        _contact(stage, placement)
        _support(stage, placement)
        middle = placement.y - placement.height * 0.5
        light = stage.lighting(placement.x, middle, depth=placement.depth, size=placement.height)
        if _is_map_of_stars(stage, placement):
            continue
        _cut(stage, placement, number).stamp(stage.canvas, light)
        _afloat(stage, placement)
        if number == last_aboard:
            _boat(stage, [figure for figure in composition.placements if figure.afloat])
        _hide(stage, placement)
        for held in placement.held:
            thing = find_thing(held.name)
            if thing is not None and thing.glow:
                x, y = placement.hand(held)
                _shine(stage, thing, x, y - held.height * 0.55, held.height, strength=0.3)


def _is_map_of_stars(stage: Stage, placement: Placement) -> bool:
    """Paint stars under a roof as a map on the air; return whether this was one."""
    thing = thing_of(placement)
    if thing is None or thing.drawing != "star" or stage.scene.setting not in _ROOFED:
        return False
    family = stage.scheme.family
    x, y = stage.width * 0.5, stage.height * 0.22
    radius = min(stage.width * 0.36, stage.height * 0.2)
    chance = Chance("stars", stage.scene.story_seed)
    constellation(stage, x, y, radius, mix(family.glow, family.paper, 0.5), chance=chance)
    return True


def _afloat(stage: Stage, placement: Placement) -> None:
    """Put a helmet on whoever is in space, and ripples around what floats on a river."""
    setting = stage.scene.setting
    suited = setting != "indoors" and "spacesuit" in placement.look
    if placement.kind == "person" and (setting == "space" or suited):
        _helmet(stage, placement)
    elif setting == "river" and placement.kind == "thing":
        camera = stage.camera
        # Whatever hangs in the air is above the horizon, where no river runs.
        t = max((placement.y - camera.horizon) / max(camera.height - camera.horizon, 1), 0.0)
        middle, half = river_course(t, stage.composition.side)
        if abs(placement.x / stage.width - middle) < half:
            _ripples(stage, placement)


_BOAT_LONG = 3.4
"""A rowboat's length for a height of 1."""


def _boat(stage: Stage, aboard: Sequence[Placement]) -> None:
    """Put one boat under all who go by water, before their legs."""
    first = aboard[0]
    left = min(figure.x - figure.height * 0.3 for figure in aboard)
    right = max(figure.x + figure.height * 0.3 for figure in aboard)
    least = 0.3 if first.kind == "person" else 0.5
    tall = max(figure.height for figure in aboard) * least
    tall = max(tall, min((right - left) / _BOAT_LONG * 1.12, tall * 1.7))
    x, y = (left + right) / 2, max(figure.y + figure.height * 0.1 for figure in aboard)
    if stage.scene.setting != "sea":
        _ripples(stage, replace(first, x=x, y=y, height=tall * _BOAT_LONG * 0.62))
    cut_thing(
        "rowboat",
        x=x,
        y=y,
        height=tall,
        facing=first.facing,
        family=stage.scheme.tinted(lit=0.4),
        chance=stage.chance.branch("boat"),
        colour=first.colour,
    ).stamp(stage.canvas, stage.lighting(x, y, size=first.height))


def _helmet(stage: Stage, placement: Placement) -> None:
    x, y = placement.focus
    r = placement.height * (0.17 if "o" in placement.person_kind[1:2] else 0.15)
    glass = mix(stage.scheme.family.cool, stage.scheme.family.paper, 0.7)
    ring = ellipse(x, y, r, r, count=56)
    stage.canvas.veil(ring, glass, toward=(-0.5, -0.8), start=0.5, amount=0.7, strength=0.5)
    stage.canvas.trace(ring, 3.2 * stage.unit, glass, closed=True)
    shine = lens((x - r * 0.62, y - r * 0.1), (x - r * 0.2, y - r * 0.68), r * 0.12, bend=r * 0.08)
    stage.canvas.marks([shine], stage.scheme.family.paper)


def _ripples(stage: Stage, placement: Placement) -> None:
    x, y, size = placement.x, placement.y, placement.height
    water = mix(stage.ink("cool"), stage.ink("deep"), 0.3)
    foam = mix(stage.ink("cool"), stage.ink("paper"), 0.7)
    low = ellipse(x, y + size * 0.02, size * 0.62, size * 0.11)
    stage.canvas.fill(low, water)
    marks = []
    for ring in (0.62, 0.84, 1.1):
        for start, end in ((0.15, 1.1), (1.5, 2.5), (2.8, 3.1)):
            a = np.linspace(start, end, 3)
            p = [(x + size * ring * np.cos(t), y + size * ring * 0.18 * np.sin(t)) for t in a]
            marks.append(lens(p[0], p[2], size * 0.025, bend=size * 0.03))
    stage.canvas.marks(marks, foam)


_ROOFED = ("ruins", "cave", "indoors", "castle")
_TOLD_HAZE = 0.3
_LIT = {"hero": 0.62, "support": 0.55, "key": 0.85, "aloft": 0.9}
"""How far figures are lifted out of the dark, so that the eye finds them."""


def _cut(stage: Stage, placement: Placement, number: int) -> Block:
    scene = stage.scene
    # What is told to be blue must not fade into the haze.
    depth = placement.depth * (_TOLD_HAZE if placement.colour else 1.0)
    family = stage.scheme.tinted(depth=depth, lit=_LIT.get(placement.role, 0.35))
    if placement.kind == "person":
        return _cut_person(stage, placement, family)
    if placement.kind == "beast":
        return cut_beast(
            placement.name,
            placement.pose,
            x=placement.x,
            y=placement.y,
            height=placement.height,
            facing=placement.facing,
            family=family,
            look=placement.look,
        )
    thing = thing_of(placement)
    if thing is None:
        return Block()
    if thing.glow:
        family = stage.scheme.tinted(lit=1.0)
    is_cast = placement.role in ("hero", "support")
    return cut_thing(
        thing.drawing,
        x=placement.x,
        y=placement.y,
        height=placement.height,
        facing=placement.facing,
        family=family,
        # Who has a part looks the same wherever they stand; things of one kind may differ.
        chance=Chance("thing", scene.story_seed, placement.name, *(() if is_cast else (number,))),
        colour=placement.colour,
    )


def _cut_person(stage: Stage, placement: Placement, family: Family) -> Block:
    scene = stage.scene
    look = person_look(
        placement.name,
        placement.person_kind,
        placement.look,
        family=family,
        genre=scene.genre,
        language=scene.language,
        story_seed=scene.story_seed,
    )
    body = make_body(
        placement.person_kind,
        placement.pose,
        x=placement.x,
        y=placement.y,
        height=placement.height,
        facing=placement.facing,
    )
    hands: dict[str, Block] = {}
    for held in placement.held:
        thing = find_thing(held.name)
        if thing is None:
            continue
        x, y = placement.hand(held)
        grip = _GRIPS.get(thing.drawing, 0.1)
        if thing.drawing == "lantern" and placement.pose == "raise":
            grip = 0.1
        hands[held.hand] = cut_thing(
            thing.drawing,
            x=x,
            y=y + held.height * grip,
            height=held.height,
            facing=placement.facing,
            family=stage.scheme.tinted(lit=1.0) if thing.glow else family,
            chance=Chance("thing", scene.story_seed, held.name),
            colour=held.colour,
        )
    return cut_person(body, look, placement.pose, near=hands.get("near"), far=hands.get("far"))


_GRIPS = {
    "torch": 0.2, "sword": 0.2, "staff": 0.45, "map": 0.52, "book": 0.52, "lantern": 0.86,
    "bucket": 0.94, "bell": 0.9,
}  # fmt: skip
"""Where a hand grips what it holds, in shares of its height above the foot: long things a little
above it, maps and books in the middle, so that they hide no face, and pails by the bow."""

_HIDING = re.compile(r"\b(hid|hide|hides|hiding|hidden)\b")


def _hide(stage: Stage, placement: Placement) -> None:
    """Put a rock before whoever hides out of doors: they crouch and peep over it."""
    hides = placement.kind == "person" and placement.pose == "crouch"
    in_a_room = stage.scene.setting in ("indoors", "castle", "city")
    if in_a_room or not hides or not _HIDING.search(" ".join(stage.scene.actions).lower()):
        return
    x = placement.x + placement.facing * placement.height * 0.2
    y, tall = placement.y + placement.height * 0.05, placement.height * 0.36
    block = cut_thing(
        "rock",
        x=x,
        y=y,
        height=tall,
        facing=placement.facing,
        family=stage.scheme.tinted(depth=placement.depth, lit=0.3),
        chance=Chance("cover", stage.scene.story_seed, placement.name),
    )
    block.stamp(stage.canvas, stage.lighting(x, y - tall / 2, size=placement.height))


def _support(stage: Stage, placement: Placement) -> None:
    """Give a sitting person something to sit on, and a small treasure its altar."""
    if placement.kind == "thing" and placement.role == "key":
        thing = thing_of(placement)
        if thing is None:
            return
        if thing.place == "hang":
            y = placement.y - placement.height * 0.94
            chance = Chance("vine", stage.scene.story_seed, placement.name)
            hanging_vine(stage, placement.x, y, chance=chance)
        if thing.place != "held":
            return
        _seat(stage, placement, placement.x, placement.height * 0.5, placement.height * 0.62)
    elif placement.kind == "person" and placement.pose == "sit":
        x = placement.x + placement.facing * placement.height * 0.03
        _seat(stage, placement, x, placement.height * 0.25, placement.height * 0.36)


def _seat(stage: Stage, placement: Placement, x: float, tall: float, wide: float) -> None:
    indoors = stage.scene.setting in ("indoors", "ruins", "castle", "cave")
    raised = placement.kind == "thing"
    y = placement.y + (tall if raised else 0)
    block = cut_thing(
        "altar" if raised else "stool" if indoors or placement.afloat else "rock",
        x=x,
        y=y,
        height=tall,
        facing=1,
        family=stage.scheme.tinted(depth=placement.depth, lit=0.4),
        chance=Chance("seat", stage.scene.story_seed, placement.name),
    )
    del wide
    block.stamp(stage.canvas, stage.lighting(x, y - tall / 2, size=placement.height))


def _contact(stage: Stage, placement: Placement) -> None:
    """Print the shadow that ties a figure to the ground."""
    if placement.role == "aloft" or placement.afloat or stage.scene.setting in _AFLOAT:
        return
    thing = thing_of(placement)
    if thing is not None and thing.place in ("held", "hang", "sky", "water"):
        return
    wide = placement.height * {"beast": 0.62, "thing": 0.42, "person": 0.19}[placement.kind]
    lean = max(-1.0, min(1.0, (placement.x - stage.lamp.x) / stage.width))
    long = {"dawn": 1.5, "golden": 1.6, "dusk": 1.7}.get(stage.scene.hour, 1.0)
    shadow = ellipse(
        placement.x + lean * wide * 0.3 * long,
        placement.y + wide * 0.04,
        wide * (1.0 + 0.35 * abs(lean) * long),
        wide * 0.16,
    )
    box = stage.canvas.box(shadow)
    if box is not None:
        ink = mix(stage.scheme.shade, stage.scheme.air, placement.depth * 0.8)
        stage.canvas.press(stage.canvas.stencil(shadow, box), box, ink, strength=0.62)


def _halo(stage: Stage, placement: Placement) -> None:
    """Let shining things light the air behind the figures."""
    for held in placement.held:
        thing = find_thing(held.name)
        if thing is not None and thing.glow:
            x, y = placement.hand(held)
            _shine(stage, thing, x, y - held.height * 0.6, held.height, strength=1.0)
    thing = thing_of(placement)
    if (
        thing is not None
        and thing.glow
        and not (thing.drawing == "star" and stage.scene.setting in _ROOFED)
    ):
        y = placement.y - placement.height * 0.6
        _shine(stage, thing, placement.x, y, placement.height, strength=1.0)


_FAINT = ("gold", "chest")


def _shine(
    stage: Stage, thing: Thing, x: float, y: float, height: float, *, strength: float
) -> None:
    family = stage.scheme.family
    ink = mix(family.cool, family.paper, 0.45) if thing.drawing == "crystal" else family.glow
    dark = stage.scene.hour in ("night", "dusk") or stage.scene.setting in (
        "cave",
        "ruins",
        "indoors",
    )
    share = (0.8 if dark else 0.5) * (0.5 if thing.drawing in _FAINT else 1.0)
    reach = height * (3.4 if dark else 2.2)
    if thing.drawing in ("crystal", "star") and strength >= 1:
        _gleam(stage, x, y, height, mix(ink, family.paper, 0.3))
    stage.canvas.glow(x, y, reach, ink, strength=share * strength)


def _gleam(stage: Stage, x: float, y: float, height: float, ink: Ink) -> None:
    """Carve rays around a wonder."""
    marks = []
    for number in range(28):
        angle = 2 * math.pi * (number + 0.25) / 28
        c, s = math.cos(angle), math.sin(angle)
        start, end = height * 0.85, height * (1.25 if number % 2 else 1.6)
        marks.append(
            lens((x + c * start, y + s * start), (x + c * end, y + s * end), height * 0.03)
        )
    stage.canvas.marks(marks, ink)
