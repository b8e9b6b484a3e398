"""The image engine `storybook`."""

from __future__ import annotations

from collections.abc import Sequence

from raypipe.errors import EngineError
from raypipe.images.engine import ImageRequest, check_picture, type_uint8
from raypipe.images.storybook.block import Block
from raypipe.images.storybook.canvas import Canvas
from raypipe.images.storybook.chance import Chance, seed_of
from raypipe.images.storybook.composition import Composition, Placement, compose
from raypipe.images.storybook.figures.beast import cut_beast
from raypipe.images.storybook.figures.look import person_look
from raypipe.images.storybook.figures.person import cut_person, make_body
from raypipe.images.storybook.grounds.registry import ground_of
from raypipe.images.storybook.palette import Scheme, choose_family, make_scheme, mix
from raypipe.images.storybook.props import cut_thing
from raypipe.images.storybook.shapes import ellipse
from raypipe.images.storybook.sky import paint_weather
from raypipe.images.storybook.stage import Stage
from raypipe.images.storybook.texture import finish
from raypipe.images.storybook.vocabulary import find_thing
from raypipe.revisions import embedded_revision

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

    def close(self) -> None:
        """Do nothing: the engine holds nothing."""


def draw(request: ImageRequest) -> type_uint8:
    """Return the picture of one request, uint8 (height, width, 3)."""
    check_size(request)
    scene = request.scene
    width, height = request.width, request.height
    composition = compose(scene, width=width, height=height, seed=request.seed)
    family = choose_family(genre=scene.genre, language=scene.language, story_seed=scene.story_seed)
    scheme = make_scheme(family, hour=scene.hour, weather=scene.weather, mood=scene.mood)
    chance = Chance("storybook", request.seed, scene.story_seed, scene.scene_index)
    canvas = Canvas(width, height, seed=seed_of("grain", request.seed) % 2**32)
    stage = Stage(canvas, scheme, composition, scene, chance)
    ground = ground_of(scene.setting)
    ground.back(stage)
    _place_figures(stage, composition)
    ground.front(stage)
    paint_weather(stage)
    finish(canvas, scheme, chance.branch("finish"))
    return check_picture(canvas.pixels, width=width, height=height)


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
    for number, placement in enumerate(composition.placements):
        _contact(stage, placement)
        _halo(stage, placement)
        block = _cut(stage, placement, number)
        middle = placement.y - placement.height * 0.5
        block.stamp(
            stage.canvas,
            stage.lighting(placement.x, middle, depth=placement.depth, size=placement.height),
        )


def _lit(placement: Placement) -> float:
    return {"hero": 0.62, "support": 0.55, "key": 0.85, "aloft": 0.9}.get(placement.role, 0.35)


def _cut(stage: Stage, placement: Placement, number: int) -> Block:
    scene = stage.scene
    family = stage.scheme.tinted(depth=placement.depth, lit=_lit(placement))
    if placement.kind == "person":
        look = person_look(
            placement.name, placement.person_kind, placement.look, family=family, genre=scene.genre,
            language=scene.language, story_seed=scene.story_seed,
        )  # fmt: skip
        body = make_body(
            placement.person_kind, placement.pose, x=placement.x, y=placement.y, height=placement.height,
            facing=placement.facing,
        )  # fmt: skip
        return cut_person(body, look, placement.pose)
    if placement.kind == "beast":
        return cut_beast(
            placement.name, placement.pose, x=placement.x, y=placement.y, height=placement.height,
            facing=placement.facing, family=family, look=placement.look,
        )  # fmt: skip
    thing = find_thing(placement.name)
    if thing is None:
        return Block()
    if thing.glow:
        family = stage.scheme.tinted(depth=0.0, lit=1.0)
    return cut_thing(
        thing.drawing, x=placement.x, y=placement.y, height=placement.height, facing=placement.facing,
        family=family, chance=Chance("thing", scene.story_seed, placement.name, number),
    )  # fmt: skip


def _contact(stage: Stage, placement: Placement) -> None:
    """Print the shadow that ties a figure to the ground."""
    if placement.role in ("key", "aloft") and placement.role == "aloft":
        return
    if stage.scene.setting in _AFLOAT or placement.y > stage.height * 1.02:
        return
    thing = find_thing(placement.name) if placement.kind == "thing" else None
    if thing is not None and thing.place in ("held", "hang", "sky", "water"):
        return
    wide = placement.height * (0.62 if placement.kind == "beast" else 0.4 if thing else 0.17)
    scheme: Scheme = stage.scheme
    lean = max(-1.0, min(1.0, (placement.x - stage.lamp.x) / stage.width))
    long = {"dawn": 1.5, "dusk": 1.7}.get(stage.scene.hour, 1.0)
    shadow = ellipse(
        placement.x + lean * wide * long,
        placement.y + wide * 0.05,
        wide * (0.9 + 0.6 * abs(lean) * long),
        wide * 0.17,
    )
    box = stage.canvas.box(shadow)
    if box is not None:
        ink = mix(scheme.shade, scheme.air, placement.depth * 0.8)
        stage.canvas.press(stage.canvas.stencil(shadow, box), box, ink, strength=0.62)


def _halo(stage: Stage, placement: Placement) -> None:
    """Let a shining thing light the air around it."""
    thing = find_thing(placement.name) if placement.kind == "thing" else None
    if thing is None or not thing.glow:
        return
    family = stage.scheme.family
    ink = mix(family.cool, family.paper, 0.45) if thing.drawing == "crystal" else family.glow
    dark = stage.scene.hour in ("night", "dusk") or stage.scene.setting in (
        "cave",
        "ruins",
        "indoors",
    )
    x, y = placement.x, placement.y - placement.height * 0.6
    stage.canvas.glow(
        x, y, placement.height * (3.4 if dark else 2.0), ink, strength=0.8 if dark else 0.5
    )
