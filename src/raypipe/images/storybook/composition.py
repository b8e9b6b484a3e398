"""What stands where: a scene as data, decided before anything is drawn.

`compose` is a pure function of the scene's facts and the sheet's size. It chooses the shot, sets
the camera, gives every person, animal and thing a place on the ground plane, and keeps heads in
the safe middle and the lowest quarter, where captions live, quiet.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from raypipe.images.engine import SceneFacts
from raypipe.images.storybook.chance import Chance
from raypipe.images.storybook.figures.beast import BREEDS, breed_of, stance_for
from raypipe.images.storybook.figures.person import make_body
from raypipe.images.storybook.figures.pose import BUILDS, HEIGHTS, pose_for
from raypipe.images.storybook.vocabulary import Thing, find_thing, is_covered

Shot = Literal["wide", "medium", "close"]
ADULT_M = 1.7
INSIDE = ("indoors", "cave", "space", "underwater", "sky")
"""Settings without a landscape and its sun."""

_MOST_THINGS = 5
_MOST_PEOPLE = 4


@dataclass(frozen=True, slots=True)
class Camera:
    """The sheet and its perspective, in pixels.

    ``horizon`` is where the ground ends, ``base`` where the main figures stand, ``adult`` how
    tall a grown person is there.
    """

    width: int
    height: int
    horizon: float
    base: float
    adult: float

    def scale_at(self, y: float) -> float:
        """Return the size of things that stand at ``y``, 1 at ``base``."""
        span = max(self.base - self.horizon, 1.0)
        return min(max((y - self.horizon) / span, 0.12), 2.2)

    def ground_at(self, scale: float) -> float:
        """Return the ``y`` at which things have this scale."""
        return self.horizon + (self.base - self.horizon) * scale


@dataclass(frozen=True, slots=True)
class Lamp:
    """Where the light comes from: the sun or moon, a window, or a shining thing, in pixels."""

    x: float
    y: float
    radius: float
    kind: Literal["sun", "moon", "window", "opening", "thing"]


@dataclass(frozen=True, slots=True)
class Placement:
    """One figure: its foot (``x``, ``y``) and ``height`` in pixels, ``depth`` 0 near to 1 far.

    ``kind`` says who draws it; ``name`` is a character's name, a breed, or a thing's noun.
    """

    kind: Literal["person", "beast", "thing"]
    name: str
    x: float
    y: float
    height: float
    facing: int = 1
    pose: str = "stand"
    depth: float = 0.0
    person_kind: str = ""
    look: str = ""
    role: Literal["hero", "support", "key", "prop", "backdrop", "aloft", "crowd"] = "prop"


@dataclass(frozen=True, slots=True)
class Composition:
    """A scene ready to be drawn; ``placements`` from back to front."""

    camera: Camera
    shot: Shot
    lamp: Lamp
    side: int
    focus: tuple[float, float]
    placements: tuple[Placement, ...]
    seed: int


_SHARES: dict[str, dict[Shot, float]] = {
    "tall": {"wide": 0.235, "medium": 0.37, "close": 0.66},
    "square": {"wide": 0.34, "medium": 0.50, "close": 0.82},
    "broad": {"wide": 0.40, "medium": 0.56, "close": 0.92},
}
"""An adult's height as a share of the sheet's, by format and shot."""


def compose(scene: SceneFacts, *, width: int, height: int, seed: int) -> Composition:
    """Return the composition of one scene on a sheet of ``width`` x ``height`` pixels."""
    chance = Chance("compose", seed, scene.story_seed, scene.scene_index)
    people = scene.characters[:_MOST_PEOPLE]
    things = _things(scene)
    shot = choose_shot(scene, people=len(people), things=len(things))
    side = 1 if (scene.scene_index + Chance("side", scene.story_seed).whole(0, 1)) % 2 else -1
    camera = _set_camera(scene, chance, shot, width=width, height=height, people=len(people))
    figures = _place_people(scene, people, chance, camera, shot, side)
    figures += _place_things(scene, things, figures, chance, camera, shot, side)
    lamp = _set_lamp(scene, figures, chance, camera, side)
    order = {"aloft": 0, "backdrop": 1}
    figures.sort(
        key=lambda f: (order.get(f.role, 2), -f.depth, f.y if f.role != "key" else f.y + 1)
    )
    return Composition(
        camera, shot, lamp, side, _focus(figures, lamp, camera), tuple(figures), seed
    )


def choose_shot(scene: SceneFacts, *, people: int, things: int) -> Shot:
    """Return how near the scene is seen: wide to begin, then in turns; crowds are never close."""
    if people > 2:  # noqa: PLR2004  (three people need room)
        return "wide" if scene.scene_index % 2 == 0 else "medium"
    if not people and things <= 1:
        return "medium" if scene.scene_index else "wide"
    if scene.scene_index == 0:
        return "wide" if scene.scene_count > 1 else "medium"
    turn = (scene.scene_index + Chance("turn", scene.story_seed).whole(0, 1)) % 3
    shot: Shot = ("close", "medium", "wide")[turn]  # type: ignore[assignment]
    pose = pose_for(scene.actions) or ""
    if shot == "close" and (
        pose in ("run", "leap", "fly", "sit", "kneel", "stoop", "crouch") or not people
    ):
        return "medium"
    if shot == "close" and people and breed_of(scene.characters[0][1]):
        return "medium"
    return shot


def _format(width: int, height: int) -> str:
    ratio = width / height
    return "tall" if ratio < 0.72 else "square" if ratio < 1.25 else "broad"  # noqa: PLR2004  (between 9:16, 4:5, 1:1, 16:9)


def _set_camera(
    scene: SceneFacts, chance: Chance, shot: Shot, *, width: int, height: int, people: int
) -> Camera:
    adult = _SHARES[_format(width, height)][shot] * height * chance.between(0.94, 1.06)
    adult = min(adult, width * (0.98 if people <= 1 else 1.9 / people + 0.02))
    if shot == "close":
        base = height * chance.between(0.30, 0.34) + adult
    else:
        base = height * (
            chance.between(0.735, 0.765) if shot == "wide" else chance.between(0.77, 0.80)
        )
    if scene.setting == "indoors":
        horizon = min(base - adult * chance.between(0.2, 0.3), height * 0.72)
    else:
        horizon = base - adult * (
            chance.between(0.45, 0.8) if shot != "close" else chance.between(0.5, 0.62)
        )
        horizon = min(max(horizon, height * 0.40), height * 0.66)
    return Camera(width, height, horizon, max(base, horizon + 0.08 * height), adult)


def _things(scene: SceneFacts) -> list[Thing]:
    """Return the scene's things that can be drawn, weightiest first, none twice."""
    held: dict[str, Thing] = {}
    character_words = {word for _, kind, _ in scene.characters for word in kind.lower().split()}
    names = {word for name, _, _ in scene.characters for word in name.lower().split()}
    for subject in scene.subjects:
        thing = find_thing(subject)
        if thing is None or is_covered(thing.name, scene.setting):
            continue
        if thing.name in character_words or thing.name in names:
            continue
        held.setdefault(thing.drawing, thing)
    return list(held.values())[:_MOST_THINGS]


def _place_people(
    scene: SceneFacts,
    people: tuple[tuple[str, str, str], ...],
    chance: Chance,
    camera: Camera,
    shot: Shot,
    side: int,
) -> list[Placement]:
    if not people:
        return []
    count = len(people)
    w = camera.width
    # Thirds for one and two; more share the width. The hero stands on the story's side.
    slots = {
        1: (0.5 + side * (0.15 if shot != "close" else 0.08),),
        2: (0.5 + side * 0.19, 0.5 - side * 0.21),
        3: (0.5 + side * 0.06, 0.5 - side * 0.29, 0.5 + side * 0.33),
        4: (0.5 + side * 0.11, 0.5 - side * 0.15, 0.5 + side * 0.36, 0.5 - side * 0.38),
    }[count]
    lead_pose = (
        pose_for(scene.actions) or _told_pose(scene) or chance.pick(("stand", "rest", "walk"))
    )
    result = []
    for number, ((name, kind, look), slot) in enumerate(zip(people, slots, strict=True)):
        pose = lead_pose if number == 0 else _answer(lead_pose, scene.actions, chance, number)
        scale = 1.0 if number == 0 else chance.between(0.86, 0.97)
        y = camera.ground_at(scale)
        x = w * (slot + chance.between(-0.02, 0.02))
        facing = -1 if slot > 0.5 else 1  # noqa: PLR2004  (towards the middle of the sheet)
        if lead_pose == "run" and number:
            facing = result[0].facing
        breed = breed_of(kind)
        depth = max(0.0, (1 - scale) * 0.6)
        if breed:
            metres = BREEDS[breed].metres
            tall = camera.adult * scale * max(0.42, min(1.0, (metres / ADULT_M) ** 0.6))
            if count == 1:
                tall *= 1.15
            result.append(
                Placement("beast", breed, x, y, tall, facing, stance_for(pose), depth, kind, look,
                          "hero" if number == 0 else "support")
            )  # fmt: skip
            continue
        thing = None if kind in BUILDS else find_thing(kind)
        if thing is not None and thing.drawing.startswith("emoji:"):
            tall = camera.adult * scale * max(0.5, min(1.5, (thing.metres / ADULT_M) ** 0.6))
            result.append(
                Placement("thing", thing.name, x, y, tall, facing, pose, depth, kind, look,
                          "hero" if number == 0 else "support")
            )  # fmt: skip
            continue
        human = kind if kind in BUILDS else "man"
        giant = 1.3 if kind in ("ogre", "giant", "troll", "demon", "oni", "monster") else 1.0
        told = look if kind in BUILDS else f"{kind} {look}"
        result.append(
            Placement("person", name, x, y, camera.adult * scale * HEIGHTS[human] * giant, facing, pose,
                      depth, human, told, "hero" if number == 0 else "support")
        )  # fmt: skip
    return result


def _told_pose(scene: SceneFacts) -> str | None:
    return pose_for((scene.text,)) if scene.language.startswith("en") else None


_ANSWERS = {
    "run": ("run",), "point": ("stand", "walk"), "shout": ("stand", "run", "cower"), "attack": ("cower", "attack"),
    "raise": ("stand", "point"), "plead": ("stand", "rest"), "laugh": ("rest", "shout"), "sit": ("sit", "stand"),
    "kneel": ("stand", "stoop"), "walk": ("walk",), "leap": ("stand", "laugh"), "hold": ("reach", "rest"),
}  # fmt: skip


def _answer(lead: str, actions: tuple[str, ...], chance: Chance, number: int) -> str:
    told = pose_for(actions[number : number + 1])
    return told or chance.pick(_ANSWERS.get(lead, ("stand", "rest", "point")))


def shown_height(thing: Thing, adult: float) -> float:
    """Return how tall a thing is drawn beside a person of ``adult`` pixels.

    True scale would make a ring invisible and a temple leave the sheet, so sizes are drawn
    together: the exponent is the picture-book's, not the surveyor's.
    """
    exponent = 0.55 if thing.metres < ADULT_M else 0.72
    return adult * min(max((thing.metres / ADULT_M) ** exponent, 0.17), 3.2)


def _place_things(  # noqa: PLR0913, C901  (one rule for each kind of place)
    scene: SceneFacts,
    things: list[Thing],
    people: list[Placement],
    chance: Chance,
    camera: Camera,
    shot: Shot,
    side: int,
) -> list[Placement]:
    result: list[Placement] = []
    w, h = camera.width, camera.height
    hero = people[0] if people else None
    free = _free_slots(len(people), side)
    for number, thing in enumerate(things):
        own = chance.branch("thing", number, thing.name)
        role: Literal["key", "prop"] = "key" if number == 0 else "prop"
        tall = shown_height(thing, min(camera.adult, h * 0.5))
        if thing.place == "held" and (held := _in_hand(thing, people, result, tall, shot)):
            result.append(held)
        elif thing.place == "sky":
            x = w * (0.5 - side * own.between(0.14, 0.3))
            y = h * own.between(0.16, 0.3)
            result.append(Placement("thing", thing.name, x, y, tall, side, role="aloft", depth=0.3))
        elif thing.place == "hang":
            x = w * (0.5 - side * own.between(0.08, 0.2))
            result.append(
                Placement(
                    "thing", thing.name, x, _hang_y(hero, camera, tall), tall, side, role=role
                )
            )
        elif thing.place == "behind" or tall > camera.adult * 1.25:
            result.append(_behind(thing, number, own, camera, side))
        else:
            slot = free.pop(0) if free else own.between(0.12, 0.88)
            result += _on_ground(
                thing, role, slot, tall, own, camera, alone=hero is None and number == 0
            )
    return result


def _free_slots(people: int, side: int) -> list[float]:
    return {
        0: [0.5 + side * 0.06, 0.5 - side * 0.3, 0.5 + side * 0.36],
        1: [0.5 - side * 0.2, 0.5 + side * 0.38, 0.5 - side * 0.4],
        2: [0.5, 0.5 - side * 0.42, 0.5 + side * 0.42],
    }.get(people, [0.5 - side * 0.12, 0.5 + side * 0.2])


def _in_hand(
    thing: Thing, people: list[Placement], held: list[Placement], tall: float, shot: Shot
) -> Placement | None:
    """Return the thing in the hand of the first person who has none, or None."""
    del shot
    taken = {(round(p.x), round(p.y)) for p in held}
    for number, person in enumerate(people):
        if person.kind != "person" or person.pose in ("cower", "weep", "plead", "sit"):
            continue
        pose = person.pose
        if pose not in (
            "raise",
            "hold",
            "reach",
            "point",
            "run",
            "walk",
            "shout",
            "kneel",
            "stoop",
            "attack",
            "carry",
        ):
            pose = "raise" if thing.glow and thing.metres > 0.3 else "hold"  # noqa: PLR2004  (a torch is held high)
        if thing.metres > 0.45 and pose in ("stand", "hold", "reach", "rest"):  # noqa: PLR2004
            pose = "raise"
        if person.role == "hero" and thing.glow and pose == "shout":
            pose = "raise"
        people[number] = replace(person, pose=pose)
        body = make_body(
            person.person_kind,
            pose,
            x=person.x,
            y=person.y,
            height=person.height,
            facing=person.facing,
        )
        x, y = (
            body.near_hand
            if pose in ("raise", "point", "attack", "carry", "hold", "kneel")
            else body.far_hand
        )
        if (round(x), round(y + tall * 0.3)) in taken:
            continue
        grip = 0.18 if thing.metres > 0.45 else 0.12  # noqa: PLR2004  (long things are held near the foot)
        return Placement(
            "thing",
            thing.name,
            x,
            y + tall * grip,
            tall,
            person.facing,
            role="key",
            depth=person.depth,
        )
    return None


def _hang_y(hero: Placement | None, camera: Camera, tall: float) -> float:
    """Return the foot of something that hangs: out of the hero's reach, inside the sheet."""
    top = camera.height * 0.16
    if hero is None:
        return top + tall * 1.6
    return max(top + tall, hero.y - hero.height * 1.5)


def _behind(thing: Thing, number: int, chance: Chance, camera: Camera, side: int) -> Placement:
    scale = chance.between(0.42, 0.6)
    tall = min(
        shown_height(thing, camera.adult) * scale * 1.5, camera.height * 0.44, camera.width * 0.62
    )
    x = camera.width * (0.5 - side * (chance.between(0.12, 0.24) if number % 2 == 0 else -0.3))
    y = camera.ground_at(scale)
    return Placement("thing", thing.name, x, y, tall, side, depth=0.38, role="backdrop")


def _on_ground(  # noqa: PLR0913
    thing: Thing,
    role: Literal["key", "prop"],
    slot: float,
    tall: float,
    chance: Chance,
    camera: Camera,
    *,
    alone: bool,
) -> list[Placement]:
    kind: Literal["beast", "thing"] = "beast" if breed_of(thing.name) else "thing"
    w = camera.width
    name = breed_of(thing.name) or thing.name
    if alone:
        tall = max(tall, min(camera.adult * 0.75, w * 0.42))
    if thing.group > 1:
        result = []
        for number in range(thing.group):
            scale = 0.5 + 0.5 * (number + 0.5) / thing.group + chance.between(-0.05, 0.05)
            spread = (number * 0.618) % 1 - 0.5
            x = w * min(max(slot + spread * 0.62, 0.06), 0.94)
            y = camera.ground_at(scale) + 0.01 * camera.height * chance.between(-1, 1)
            pose = chance.pick(("stand", "graze", "walk")) if kind == "beast" else "stand"
            result.append(
                Placement(kind, name, x, y, tall * scale, chance.sign(), pose, (1 - scale) * 0.8,
                          role="crowd")
            )  # fmt: skip
        return result
    y = camera.ground_at(chance.between(0.9, 1.06))
    y = min(y, camera.height * 0.86)
    facing = -1 if slot > 0.5 else 1  # noqa: PLR2004  (towards the middle)
    pose = "stand" if kind == "thing" else chance.pick(("stand", "walk", "sit"))
    return [Placement(kind, name, w * slot, y, tall, facing, pose, role=role)]


def _set_lamp(
    scene: SceneFacts, figures: list[Placement], chance: Chance, camera: Camera, side: int
) -> Lamp:
    w, h = camera.width, camera.height
    shining = [f for f in figures if f.kind == "thing" and (t := find_thing(f.name)) and t.glow]
    dark = scene.setting in ("cave", "indoors", "ruins") or scene.hour == "night"
    if shining and dark:
        lead = shining[0]
        return Lamp(lead.x, lead.y - lead.height * 0.6, lead.height * 2.2, "thing")
    if scene.setting == "indoors":
        return Lamp(w * (0.5 - side * 0.24), h * chance.between(0.24, 0.3), w * 0.16, "window")
    if scene.setting in ("cave", "ruins", "underwater"):
        return Lamp(
            w * (0.5 - side * chance.between(0.05, 0.2)),
            h * chance.between(0.1, 0.2),
            w * 0.3,
            "opening",
        )
    low = scene.hour in ("dawn", "dusk")
    y = camera.horizon - h * (chance.between(0.05, 0.12) if low else chance.between(0.2, 0.3))
    y = max(y, h * 0.11)
    size = (w * h) ** 0.5
    radius = size * (chance.between(0.085, 0.13) if low else chance.between(0.055, 0.085))
    x = w * (0.5 - side * chance.between(0.08, 0.27))
    return Lamp(x, y, radius, "moon" if scene.hour == "night" else "sun")


def _focus(figures: list[Placement], lamp: Lamp, camera: Camera) -> tuple[float, float]:
    """Return the point the eye should go to, in pixels: the hero's head, else the key thing."""
    for role in ("hero", "key", "prop", "crowd", "backdrop"):
        for figure in figures:
            if figure.role == role:
                share = 0.82 if figure.kind == "person" else 0.6
                return figure.x, max(figure.y - figure.height * share, camera.height * 0.12)
    return lamp.x, lamp.y
