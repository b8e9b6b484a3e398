"""Where the scene's things go: in a hand, on the ground, behind, above, or many at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from raypipe.images.engine import SceneFacts
from raypipe.images.storybook.chance import Chance
from raypipe.images.storybook.extents import beast_reach
from raypipe.images.storybook.figures.breeds import BREEDS, breed_of
from raypipe.images.storybook.figures.pose import HEIGHTS
from raypipe.images.storybook.placement import Camera, Held, Placement
from raypipe.images.storybook.placing_people import ADULT_M, beast_height
from raypipe.images.storybook.props.heavens import WORLDS
from raypipe.images.storybook.vocabulary import (
    Place,
    Thing,
    crowd_of,
    find_thing,
    is_covered,
    things_in,
    world_of_space,
)

_MOST_THINGS = 5
_BUSY_HANDS = ("cower", "weep", "plead", "sit", "fly", "leap")
_NEAR_HAND = ("hold", "carry", "point", "attack", "kneel", "stoop", "reach", "rest", "stand")


_WORN = frozenset(
    "coat dress hat scarf gloves boot boots shoe glasses kimono jacket raincoat apron shirt skirt "  # noqa: SIM905  (words)
    "trousers sweater robe gown cap cloak helmet spacesuit".split()
)


def things_of(scene: SceneFacts) -> list[Thing]:
    """Return the things that can be drawn, weightiest first, none twice.

    What the actions name counts too: who lifts a crystal should hold one.
    """
    taken = {
        word for name, kind, _ in scene.characters for word in f"{name} {kind}".lower().split()
    }
    breeds = {breed_of(kind) for _, kind, _ in scene.characters}
    named = [
        thing
        for subject in scene.subjects
        if (thing := find_thing(subject)) is not None and not _is_of_the_sky(subject, scene)
    ]
    named += [thing for action in scene.actions for thing in things_in(action)]
    if any(_is_of_the_sky(subject, scene) for subject in scene.subjects):
        named = [thing for thing in named if thing.drawing != "star"]
    voyage = is_voyage(scene)
    if voyage:
        named += [world for s in scene.subjects if (world := world_of_space(s)) is not None]
        named = [_of_the_future(thing, scene) for thing in named if thing.name != "ring"]
    else:
        # The earth that shook is none of the worlds.
        named = [thing for thing in named if thing.drawing not in WORLDS or thing.name == "planet"]
    if scene.setting == "indoors":
        named = [thing for thing in named if thing.drawing not in WORLDS]  # see the window
    named = [_in_the_air(thing, scene) for thing in named]
    if any(thing.drawing == "liftoff" for thing in named):
        named = [thing for thing in named if thing.drawing != "fire"]  # its own
    found: dict[tuple[str, str], Thing] = {}
    coloured = {thing.drawing for thing in named if thing.colour}
    for thing in named:
        breed = breed_of(thing.name)
        if not thing.colour and thing.drawing in coloured:
            continue  # the action says "the boat", the text "the green boat"
        if is_covered(thing, scene.setting) or thing.name in taken:
            continue
        if thing.name in _WORN and scene.characters:
            continue  # somebody has it on
        if breed is not None and breed in breeds:
            continue
        found.setdefault((thing.drawing, thing.colour), thing)
    return list(found.values())[:_MOST_THINGS]


_BOARDS = re.compile(
    r"\b(?:row|sail|paddl|board|drift|in|into|aboard)\w*\b.*\b(?:boat|rowboat|raft)\b"
)


def embark(
    scene: SceneFacts, people: Sequence[Placement], things: Sequence[Thing]
) -> tuple[list[Placement], list[Thing]]:
    """Return the people, in a boat where they go by water, and the things without their boat."""
    told = any(_BOARDS.search(action.lower()) for action in scene.actions)
    boat = next((thing for thing in things if thing.drawing == "boat"), None)
    by_water = scene.setting == "sea" or (
        scene.setting in ("river", "shore") and boat is not None and told
    )
    if not by_water or not people:
        return list(people), list(things)
    colour = boat.colour if boat is not None else ""
    aboard = [
        replace(figure, afloat=True, colour=figure.colour or colour)
        if figure.kind != "thing" and figure.pose != "fly"
        else figure
        for figure in people
    ]
    return aboard, [thing for thing in things if thing is not boat]


def thing_of(figure: Placement) -> Thing | None:
    """Return the thing that a placement shows, None for people and animals."""
    if figure.kind != "thing":
        return None
    thing = find_thing(figure.name) or world_of_space(figure.name)
    return replace(thing, drawing=figure.drawing) if thing and figure.drawing else thing


def is_voyage(scene: SceneFacts) -> bool:
    """Return whether a scene may show worlds: in space, or in any place of science fiction."""
    return scene.setting == "space" or "sci" in scene.genre.lower()


def world_seen(scene: SceneFacts) -> Thing | None:
    """Return the first world that a scene names, or None."""
    named = [
        thing
        for subject in scene.subjects
        for thing in (find_thing(subject), world_of_space(subject))
        if thing is not None and thing.drawing in WORLDS
    ]
    return named[0] if named else None


def _is_of_the_sky(subject: str, scene: SceneFacts) -> bool:
    """Return whether the night's own sky shows what is named: stars, but not one star."""
    many = subject.lower().split()[-1:] == ["stars"]
    return many and scene.hour in ("night", "dusk") and scene.setting not in _ROOFED


_ROOFED = ("ruins", "cave", "indoors", "castle")
_FLIES = re.compile(r"(?:fly|ris|float|drift|soar|lift|launch|tak(?:e|ing) off|climb|sail)")


def _in_the_air(thing: Thing, scene: SceneFacts) -> Thing:
    """Return a thing that an action has fly, in the air."""
    told = rf"\b{re.escape(thing.name)}s? (?:\w+ )?{_FLIES.pattern}"
    if scene.setting in ("river", "sea", "shore", "underwater"):
        told = told.replace("|float|drift", "").replace("|climb|sail", "")  # on the water
    flying = not thing.alive and thing.place in ("held", "ground", "behind", "sky")
    if not flying or not any(re.search(told, action.lower()) for action in scene.actions):
        return thing
    drawing = "liftoff" if thing.drawing in ("rocket", "spaceship") else thing.drawing
    return replace(thing, place="sky", drawing=drawing)


def _of_the_future(thing: Thing, scene: SceneFacts) -> Thing:
    """Return a ship as a spaceship: under way in open space, upright where it has landed."""
    if thing.name != "ship" and thing.drawing != "rocket":
        return thing
    drawing = "spaceship" if scene.setting == "space" and not scene.characters else "rocket"
    place: Place = "sky" if drawing == "spaceship" else "behind"
    name = "spaceship" if thing.name == "ship" else thing.name
    return replace(thing, name=name, drawing=drawing, place=place, metres=9.0)


def place_crowd(
    scene: SceneFacts, cast: Sequence[Placement], chance: Chance, camera: Camera, *, side: int
) -> list[Placement]:
    """Return the nameless people of a scene, smaller and behind: thieves, villagers, guards."""
    nouns = [noun for subject in scene.subjects if (noun := crowd_of(subject)) is not None]
    told = [word for action in scene.actions for word in action.split()]
    nouns += [noun for word in told if (noun := crowd_of(word)) is not None]
    if not nouns:
        return []
    noun = nouns[0]
    result = []
    count = 6
    for number in range(count):
        own = chance.branch("crowd", noun, number)
        scale = 0.5 + 0.26 * ((number * 0.618) % 1)
        x = camera.width * (0.5 - side * (0.42 - 0.105 * number) + own.between(-0.015, 0.015))
        facing = 1 if x < camera.width / 2 else -1
        if cast:
            facing = 1 if cast[0].x > x else -1
        kind = _CROWD_KINDS.get(noun) or own.pick(("man", "woman", "man", "old man", "woman"))
        tall = camera.adult * HEIGHTS[kind] * (0.25 + 0.75 * scale)
        result.append(
            Placement(
                "person",
                f"{noun} {number}",
                x,
                camera.ground_at(scale),
                min(tall, camera.height * 0.34),
                facing,
                own.pick(("stand", "rest", "walk", "rest", "stand")),
                (1 - scale) * 0.5,
                kind,
                _CROWD_LOOKS.get(noun, ""),
                "crowd",
            )
        )
    return result


_CROWD_KINDS = {
    "thief": "man", "robber": "man", "bandit": "man", "soldier": "man", "guard": "man",
    "pirate": "man", "sailor": "man", "knight": "man", "monk": "man", "child": "boy",
    "man": "man", "woman": "woman", "boy": "boy", "girl": "girl", "brother": "man",
    "sister": "woman", "fisherman": "man",
}  # fmt: skip
_CROWD_LOOKS = {
    "thief": "dark hood, dark coat", "robber": "dark hood, dark coat",
    "bandit": "red bandana, coat",
    "soldier": "grey helmet, blue tunic", "guard": "grey helmet, red tunic",
    "pirate": "red bandana, striped shirt", "sailor": "white cap, blue shirt",
    "knight": "grey helmet, grey tunic", "monk": "brown hood, brown robe",
}  # fmt: skip


def shown_height(thing: Thing, adult: float) -> float:
    """Return how tall a thing is drawn beside a person of ``adult`` pixels.

    True scale would make a ring invisible and a temple leave the sheet, so sizes are drawn
    together: the exponents are the picture-book's, not the surveyor's.
    """
    if thing.place == "held":
        exponent = 0.75
    elif thing.alive:
        exponent = 0.82
    else:
        exponent = 0.66 if thing.metres < ADULT_M else 0.72
    return adult * min(max(float((thing.metres / ADULT_M) ** exponent), 0.17), 3.2)


def place_things(
    scene: SceneFacts,
    things: Sequence[Thing],
    people: Sequence[Placement],
    chance: Chance,
    camera: Camera,
    *,
    side: int,
) -> tuple[list[Placement], list[Placement]]:
    """Return the people with what they now hold, and the placements of everything else."""
    cast = list(people)
    result: list[Placement] = []
    free = _free_slots(len(cast), side)
    aloft = 0
    for number, thing in enumerate(things):
        own = chance.branch("thing", number, thing.name)
        role: Literal["key", "prop"] = "key" if number == 0 else "prop"
        tall = shown_height(thing, min(camera.adult, camera.height * 0.62))
        if thing.place == "held" and _give(thing, cast, tall):
            continue
        if thing.place == "held" and cast and thing.metres < 0.5:
            # All hands are full, and something so small would be lost on the ground.
            continue
        if thing.place == "sky":
            for _ in range(thing.group):
                result.append(_aloft(thing, tall, own, camera, side, rank=aloft, cast=len(cast)))
                aloft += thing.drawing != "spaceship"
        elif thing.place == "hang":
            if cast:
                cast[0], tall = _beneath(cast[0], tall, camera)
            result.append(_hanging(thing, role, tall, cast, camera, side))
        elif thing.place == "behind" or tall > camera.adult * 1.25:
            result.append(_behind(thing, number, own, camera, side, scene.setting))
        else:
            slot = free.pop(0) if free else own.between(0.12, 0.88)
            alone = not cast and number == 0
            result += _on_ground(thing, role, slot, tall, own, camera, alone=alone)
    return [_under_the_top(figure, camera) for figure in cast], _on_the_table(result)


_TABLE_TOP, _TABLE_HALF = 0.92, 0.62
"""Of a table's height: where its top is, and how far from its middle things stand on it."""
_SMALL_M = 0.5


def _on_the_table(placed: list[Placement]) -> list[Placement]:
    """Return the placements with whatever is small enough set out on the table, if there is one."""
    table = next((figure for figure in placed if figure.name in ("table", "desk")), None)
    if table is None:
        return placed
    small = [
        figure
        for figure in placed
        if (thing := thing_of(figure)) is not None
        and thing.metres <= _SMALL_M
        and not thing.alive
        and figure.role in ("key", "prop", "crowd")
    ]
    half = _TABLE_HALF * table.height
    result = [figure for figure in placed if figure not in small]
    for number, figure in enumerate(small):
        share = (number + 0.5) / len(small) * 2 - 1
        top = table.y - _TABLE_TOP * table.height
        tall = min(figure.height, table.height * 0.38)
        result.append(
            replace(
                figure, x=table.x + half * share, y=top, height=tall, raised=table.y - top + 1,
                role="prop",
            )
        )  # fmt: skip
    return result


_HEADROOM = 0.055
"""Of the sheet's height, above whatever is held up: the camera's moves may cut off so much."""


def _under_the_top(figure: Placement, camera: Camera) -> Placement:
    """Return a person as much smaller as keeps what they hold up on the sheet."""
    if not figure.held:
        return figure
    room = figure.y - _HEADROOM * camera.height
    share = min(1.0, room / (figure.y - figure.box[1]))
    held = tuple(replace(thing, height=thing.height * share) for thing in figure.held)
    return replace(figure, height=figure.height * share, held=held)


def _free_slots(people: int, side: int) -> list[float]:
    return {
        0: [0.5 + side * 0.06, 0.5 - side * 0.3, 0.5 + side * 0.36],
        1: [0.5 - side * 0.22, 0.5 + side * 0.38, 0.5 - side * 0.4],
        2: [0.5, 0.5 - side * 0.42, 0.5 + side * 0.42],
    }.get(people, [0.5 - side * 0.12, 0.5 + side * 0.2])


def _give(thing: Thing, cast: list[Placement], tall: float) -> bool:
    """Put the thing into the first free hand; return whether there was one."""
    for number, person in enumerate(cast):
        if person.kind != "person" or person.pose in _BUSY_HANDS or person.held:
            continue
        pose = _pose_with(thing, person)
        hand: Literal["near", "far"] = "near" if pose in _NEAR_HAND else "far"
        scale = person.height / max(1.0, cast[0].height)
        held = Held(thing.name, hand, tall * min(1.0, max(0.75, scale)), thing.colour)
        cast[number] = replace(person, pose=pose, held=(held,))
        return True
    return False


def _pose_with(thing: Thing, person: Placement) -> str:
    """Return the pose in which a person carries this thing."""
    if person.pose in ("raise", "hold", "reach", "point", "run", "attack", "kneel"):
        return person.pose
    if thing.drawing in ("torch", "lantern") or (thing.glow and person.pose == "shout"):
        return "raise"
    if thing.drawing in ("staff", "sword") and person.pose == "stand":
        return "rest"
    return "carry" if person.pose == "walk" else "hold"


def _aloft(
    thing: Thing,
    tall: float,
    chance: Chance,
    camera: Camera,
    side: int,
    *,
    rank: int,
    cast: int,
) -> Placement:
    """Place what is in the air: the first large, others smaller, in turns left and right."""
    w, h = camera.width, camera.height
    x = w * (0.5 - side * chance.between(0.14, 0.3))
    tall = min(tall, h * 0.3, w * 0.42)
    y = h * chance.between(0.15, 0.22) + tall * 0.5
    if thing.drawing == "spaceship" and not cast:
        tall = min(h * 0.34, w * 0.82 / thing.aspect)
        x, y = w * 0.5, h * 0.5 + tall * 0.5
    elif rank:
        x = w * (0.5 + side * chance.between(0.2, 0.3) * (1 if rank % 2 else -1))
        tall *= 0.62
        y = h * (0.07 + 0.08 * min(rank, 3)) + tall * 0.5
    x = min(max(x, tall * thing.aspect * 0.5), w - tall * thing.aspect * 0.5)
    return Placement(
        "thing", thing.name, x, y, tall, side, depth=0.3, role="aloft", colour=thing.colour,
        drawing=thing.drawing,
    )  # fmt: skip


_HANGS_FROM = 0.13
"""Where hanging things begin, in shares of the sheet's height."""
_OUT_OF_REACH = 0.12
"""Of the hero's height, between their head or hands and what hangs over them."""


def _beneath(hero: Placement, tall: float, camera: Camera) -> tuple[Placement, float]:
    """Return the hero as they look up at what hangs there, and its height, both on the sheet.

    They are as much smaller as leaves it out of their reach.
    """
    if hero.kind == "beast" and hero.pose == "stand":
        hero = replace(hero, pose="gaze")
    if hero.pose in ("walk", "sulk"):
        # Whoever walks while something hangs there walks away from it.
        hero = replace(hero, facing=-hero.facing)
    tall = min(tall, 0.22 * camera.height)
    foot = _HANGS_FROM * camera.height + tall * 0.8
    room = (hero.y - foot) / (_up(hero) + _OUT_OF_REACH)
    return replace(hero, height=min(hero.height, max(room, 0.5 * hero.height))), tall


def _up(figure: Placement) -> float:
    """Return how high a figure reaches above its foot, in its heights."""
    if figure.kind == "beast":
        return beast_reach(figure.name, figure.pose).up
    return (figure.y - figure.box[1]) / figure.height


def _hanging(
    thing: Thing,
    role: Literal["key", "prop"],
    tall: float,
    cast: Sequence[Placement],
    camera: Camera,
    side: int,
) -> Placement:
    """Place what hangs in front of the hero's eyes, out of reach, inside the sheet."""
    top = camera.height * _HANGS_FROM
    if not cast:
        x, tall = camera.width * 0.5, tall * 1.7
        return Placement(
            "thing", thing.name, x, top + tall, tall, side, role=role, colour=thing.colour
        )
    hero = cast[0]
    foot = max(hero.y - hero.height * (_up(hero) + _OUT_OF_REACH), top + tall * 0.8)
    x = hero.x + hero.facing * hero.height * (1.15 if hero.kind == "beast" else 0.5)
    x = min(max(x, camera.width * 0.16), camera.width * 0.84)
    return Placement("thing", thing.name, x, foot, tall, side, role=role, colour=thing.colour)


def _behind(
    thing: Thing, number: int, chance: Chance, camera: Camera, side: int, setting: str
) -> Placement:
    scale = chance.between(0.42, 0.6) if setting not in ("indoors", "cave") else 0.16
    adult = min(camera.adult, camera.height * 0.5)
    tall = shown_height(thing, adult) * max(scale, 0.5) * 1.5
    tall = min(tall, camera.height * 0.46, camera.width * 0.7 / max(thing.aspect, 1.0))
    place = chance.between(0.14, 0.24) if number % 2 == 0 else -0.3
    x = camera.width * (0.5 - side * place)
    y = camera.ground_at(scale)
    return Placement(
        "thing", thing.name, x, y, tall, side, depth=0.14 if number == 0 else 0.3,
        role="backdrop", colour=thing.colour, drawing=thing.drawing,
    )  # fmt: skip


def _on_ground(
    thing: Thing,
    role: Literal["key", "prop"],
    slot: float,
    tall: float,
    chance: Chance,
    camera: Camera,
    *,
    alone: bool,
) -> list[Placement]:
    breed = breed_of(thing.name) if not thing.drawing.startswith("emoji:") else None
    w = camera.width
    if breed is not None:
        tall = beast_height(BREEDS[breed].metres, camera, hero=alone)
    elif alone:
        tall = max(tall, min(camera.adult * 0.75, w * 0.42))
    tall = min(tall, w * (0.72 if alone else 0.5) / thing.aspect)
    if thing.group > 1:
        return _crowd(thing, breed, slot, tall, chance, camera)
    scale = chance.between(0.9, 1.04)
    margin = tall * (1.1 if breed else 0.5 * thing.aspect)
    large = breed is not None or thing.metres > 1.2 or camera.base > camera.height
    if large and not alone:
        scale = chance.between(0.74, 0.86)
        tall *= scale
    x = min(max(w * slot, min(margin, w * 0.4)), w - min(margin, w * 0.4))
    y = min(camera.ground_at(scale), camera.height * 0.86)
    facing = -1 if slot > 0.5 else 1
    pose = "stand"
    if breed is not None:
        calm = ("stand", "walk") if BREEDS[breed].hoof else ("stand", "walk", "sit")
        pose = chance.pick(calm)
    kind: Literal["beast", "thing"] = "beast" if breed else "thing"
    return [
        Placement(
            kind, breed or thing.name, x, y, tall, facing, pose, role=role,
            look=_coat(thing, breed), colour=thing.colour,
        )
    ]  # fmt: skip


def _crowd(
    thing: Thing, breed: str | None, slot: float, tall: float, chance: Chance, camera: Camera
) -> list[Placement]:
    """Return several, smaller with distance, behind those who matter."""
    kind: Literal["beast", "thing"] = "beast" if breed else "thing"
    result = []
    for number in range(thing.group):
        scale = 0.42 + 0.5 * (number + 0.5) / thing.group + chance.between(-0.04, 0.04)
        spread = ((number * 0.618) % 1 - 0.5) * 0.8
        if breed is None and thing.metres <= _SMALL_M:
            # Small things lie together, near those who see them.
            scale = 0.94 + 0.02 * number
            spread = ((number * 0.618) % 1 - 0.5) * 2.6 * tall / camera.width
        x = camera.width * min(max(slot + spread, 0.08), 0.92)
        pose = chance.pick(("stand", "graze", "walk")) if breed else "stand"
        result.append(
            Placement(
                kind,
                breed or thing.name,
                x,
                camera.ground_at(scale),
                tall * (0.35 + 0.65 * scale),
                chance.sign(),
                pose,
                (1 - scale) * 0.7,
                role="crowd",
                look=_coat(thing, breed),
                colour=thing.colour,
            )
        )
    return result


def _coat(thing: Thing, breed: str | None) -> str:
    """Return the look of an animal that has a told colour, or ""."""
    return f"{thing.colour} {thing.name}" if breed and thing.colour else ""
