"""Where people and animals with a name stand, how they hold themselves and whom they face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, product
from typing import Literal

from raypipe.colour_words import find_colour
from raypipe.images.engine import SceneFacts
from raypipe.images.storybook.chance import Chance
from raypipe.images.storybook.extents import beast_reach, creature_reach, fit_on_sheet
from raypipe.images.storybook.figures.acts import pose_for, pose_in_text
from raypipe.images.storybook.figures.breeds import BREEDS, breed_of, stance_for
from raypipe.images.storybook.figures.pose import BUILDS, HEIGHTS
from raypipe.images.storybook.placement import Camera, Placement, Shot
from raypipe.images.storybook.vocabulary import Thing, creature_of, crowd_of, is_animal

MOST_PEOPLE = 4
ADULT_M = 1.7

_FEMININE = (
    "queen",
    "princess",
    "witch",
    "fairy",
    "mermaid",
    "goddess",
    "mother",
    "sister",
    "wife",
    "daughter",
    "grandmother",
    "aunt",
    "nun",
    "maid",
)
_GIANTS = ("ogre", "giant", "troll", "demon", "oni", "monster", "djinn", "genie")

_ANSWERS = {
    "run": ("run",),
    "point": ("stand", "walk"),
    "shout": ("stand", "cower"),
    "attack": ("attack",),
    "raise": ("stand", "reach"),
    "plead": ("stand", "rest"),
    "laugh": ("rest", "shout"),
    "sit": ("sit", "stand"),
    "kneel": ("stand", "stoop"),
    "walk": ("walk",),
    "leap": ("raise", "laugh"),
    "hold": ("reach", "rest"),
    "weep": ("reach", "stand"),
}
"""How others answer the first person's pose."""


def place_people(
    scene: SceneFacts,
    people: Sequence[tuple[str, str, str]],
    chance: Chance,
    camera: Camera,
    *,
    shot: Shot,
    side: int,
    alone: bool = False,
) -> list[Placement]:
    """Return the placements of a scene's characters, the first as its hero.

    ``alone`` says that nothing but the one character stands on the sheet.
    """
    deeds = _deeds_by_name(scene, people)
    first = deeds[people[0][0]] if people else ()
    lead = pose_for(first) or (None if scene.actions else _told_pose(scene))
    if lead == "attack" and len(people) == 1 and not _has_opponents(scene):
        lead = pose_for(first, without=("attack",))
    lead = lead or chance.pick(("stand", "rest", "walk"))
    if scene.mood == "sad" and lead in ("stand", "rest"):
        lead = "bowed"
    among_people = any(kind in BUILDS for _, kind, _ in people)
    result: list[Placement] = []
    for number, (character, slot) in enumerate(
        zip(people, _slots(len(people), shot, side, alone=alone), strict=False)
    ):
        pose = lead if number == 0 else pose_for(deeds[character[0]]) or _answer(lead, chance)
        scale = 1.0 if number == 0 else chance.between(0.88, 0.97)
        x = camera.width * (slot + chance.between(-0.02, 0.02))
        # Towards the middle of the sheet; those who run, run together.
        facing = -1 if slot > 0.5 else 1
        if lead in ("run", "walk") and number:
            facing = result[0].facing
        result.append(
            _place(
                character,
                pose,
                camera,
                scale=scale,
                x=x,
                facing=facing,
                hero=number == 0,
                alone=not among_people,
                company=len(people),
            )
        )
    return _apart(result, camera)


_PASSES = 6
_GAP = 0.015
"""Of the sheet's width, between two figures."""
_SMALLEST = 0.6
"""Of its size, for a creature among others."""


def _apart(cast: list[Placement], camera: Camera) -> list[Placement]:
    """Return the cast moved apart where one stands before another, as far as the sheet allows."""
    moved = _with_room(cast, camera)
    order = sorted(range(len(moved)), key=lambda number: moved[number].x)
    for _, (left, right) in product(range(_PASSES), pairwise(order)):
        # Half a step each; whoever stands at the edge leaves the rest to the other.
        for number, share in ((left, -0.5), (right, 1.0), (left, -1.0)):
            overlap = _span(moved[left])[1] + _GAP * camera.width - _span(moved[right])[0]
            if overlap > 0:
                moved[number] = _moved_aside(moved[number], overlap * share, camera)
    return moved


def _with_room(cast: Sequence[Placement], camera: Camera) -> list[Placement]:
    """Return the cast with its creatures as much smaller as lets all stand side by side."""
    wide = [right - left for left, right in map(_span, cast)]
    people = sum(w for w, figure in zip(wide, cast, strict=True) if figure.kind == "person")
    room = camera.width * (1 - 2 * _EDGE - _GAP * (len(cast) - 1)) - people
    share = min(1.0, max(_SMALLEST, room / max(sum(wide) - people, 1.0)))
    return [
        figure if figure.kind == "person" else replace(figure, height=figure.height * share)
        for figure in cast
    ]


def _span(figure: Placement) -> tuple[float, float]:
    """Return how far to the left and to the right a figure goes, pixels."""
    if figure.kind == "person":
        left, _, right, _ = figure.box
        return left, right
    if figure.kind == "beast":
        reach = beast_reach(figure.name, figure.pose)
    else:
        creature = creature_of(figure.name)
        reach = creature_reach(creature.drawing if creature is not None else figure.name)
    sides = (reach.behind, reach.ahead)[:: figure.facing]
    return figure.x - figure.height * sides[0], figure.x + figure.height * sides[1]


def _moved_aside(figure: Placement, by: float, camera: Camera) -> Placement:
    """Return a figure moved by so many pixels, or up to the sheet's edge."""
    left, right = _span(figure)
    low, high = _EDGE * camera.width - left, (1 - _EDGE) * camera.width - right
    step = min(max(by, min(low, 0.0)), max(high, 0.0))
    return replace(figure, x=figure.x + step)


_EDGE = 0.045
"""Of the sheet's width, left free beside the outermost figure."""


def _slots(count: int, shot: Shot, side: int, *, alone: bool) -> tuple[float, ...]:
    """Return where people stand across the sheet: on the thirds for one and two.

    Who is alone there stands nearer the middle, before what the place shows.
    """
    off = 0.07 if shot == "close" else 0.09 if alone else 0.14
    return {
        0: (),
        1: (0.5 + side * off,),
        2: (0.5 + side * 0.19, 0.5 - side * 0.21),
        3: (0.5 + side * 0.05, 0.5 - side * 0.29, 0.5 + side * 0.34),
        4: (0.5 + side * 0.12, 0.5 - side * 0.14, 0.5 + side * 0.37, 0.5 - side * 0.38),
    }[count]


def _deeds_by_name(
    scene: SceneFacts, people: Sequence[tuple[str, str, str]]
) -> dict[str, list[str]]:
    """Return what each character does.

    A deed is of whoever's name, or else kind, it begins with; of the first one if of nobody's.
    """
    deeds: dict[str, list[str]] = {name: [] for name, _, _ in people}
    called = [(said, name) for name, kind, _ in people for said in (name, kind)]
    for action in scene.actions if people else ():
        said, doer = next(
            ((said, name) for said, name in called if action.startswith(f"{said} ")),
            ("", people[0][0]),
        )
        deeds[doer].append(action.removeprefix(said).strip())
    return deeds


def _has_opponents(scene: SceneFacts) -> bool:
    """Return whether the picture shows a crowd or a beast besides its characters."""
    return any(crowd_of(noun) or is_animal(noun) for noun in scene.subjects)


def _told_pose(scene: SceneFacts) -> str | None:
    return pose_in_text(scene.text) if scene.language.startswith("en") else None


def _answer(lead: str, chance: Chance) -> str:
    return chance.pick(_ANSWERS.get(lead, ("stand", "rest", "point")))


def _place(
    character: tuple[str, str, str],
    pose: str,
    camera: Camera,
    *,
    scale: float,
    x: float,
    facing: int,
    hero: bool,
    alone: bool,
    company: int,
) -> Placement:
    name, kind, look = character
    role: Literal["hero", "support"] = "hero" if hero else "support"
    y, depth = camera.ground_at(scale), max(0.0, (1 - scale) * 0.6)
    breed = breed_of(kind)
    if breed:
        tall = beast_height(BREEDS[breed].metres, camera, hero=alone) * scale
        stance = stance_for(pose, breed)
        reach = beast_reach(breed, stance)
        x, tall = fit_on_sheet(camera, reach, x=x, y=y, tall=tall, facing=facing, company=company)
        return Placement("beast", breed, x, y, tall, facing, stance, depth, kind, look, role)
    creature: Thing | None = None if kind in BUILDS else creature_of(kind)
    if creature is not None:
        tall = min(camera.adult * (creature.metres / ADULT_M) ** 0.6, camera.width * 0.55) * scale
        tall = max(tall, camera.adult * 0.45)
        reach = creature_reach(creature.drawing)
        x, tall = fit_on_sheet(camera, reach, x=x, y=y, tall=tall, facing=facing, company=company)
        return Placement(
            "thing", creature.name, x, y, tall, facing, pose, depth, kind, look, role,
            colour=find_colour(look.partition(" with ")[0]),
        )  # fmt: skip
    human = _human(kind)
    if camera.base > camera.height:
        # A close shot cuts grown people at the knee; the young come up into it.
        y -= camera.adult * scale * (1 - HEIGHTS[human]) * 0.85
    giant = 1.28 if kind in _GIANTS else 1.0
    told = look if kind in BUILDS else f"{kind} {look}"
    return Placement(
        "person", name, x, y, camera.adult * scale * HEIGHTS[human] * giant, facing, pose, depth,
        human, told, role,
    )  # fmt: skip


def _human(kind: str) -> str:
    if kind in BUILDS:
        return kind
    return "woman" if any(word in kind for word in _FEMININE) else "man"


_LARGE_M = 1.3
"""At the back; so large an animal stays larger than a child beside it."""


def beast_height(metres: float, camera: Camera, *, hero: bool = False) -> float:
    """Return the height of an animal's back in pixels: a hero larger than life, never too long."""
    exponent = 0.5 if hero else 0.8
    tall = camera.adult * float((metres / ADULT_M) ** exponent)
    # Most animals are about twice as long as they are high.
    large = metres > _LARGE_M
    return min(tall, camera.width * (0.31 if hero or large else 0.27))
