"""Animals in profile, cut from a few measures: one builder for everything on four legs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from raypipe.images.storybook.block import Block
from raypipe.images.storybook.chance import Chance
from raypipe.images.storybook.palette import Family, Ink, mix
from raypipe.images.storybook.shapes import Outline, Points, capsule, ellipse, lens, outline, smooth

Joint = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Breed:
    """Measures of a four-legged animal in shares of its height at the back, drawn facing right.

    ``ears``: pointed, round, floppy, long; ``tail``: bushy, thin, tuft, short, flow, curl;
    ``coat``: plain, wool, mane, hair; ``horns``: none, curved, antlers, ram. ``inks`` are the
    roles (see `_ink`) of body, belly and details.
    """

    metres: float
    body: float = 1.15
    chest: float = 0.25
    haunch: float = 0.22
    waist: float = 0.19
    leg: float = 0.085
    neck: float = 0.42
    neck_angle: float = 48
    head: float = 0.17
    snout: float = 0.26
    snout_tip: float = 0.06
    ears: str = "pointed"
    ear: float = 0.2
    tail: str = "thin"
    coat: str = "plain"
    horns: str = "none"
    inks: tuple[str, str, str] = ("earth", "soft", "ink")
    hoof: bool = False


BREEDS: dict[str, Breed] = {
    "wolf": Breed(0.95, neck=0.36, neck_angle=62, head=0.165, snout=0.29, ear=0.21, tail="bushy",
                  chest=0.27, coat="hair", inks=("slate", "grey", "ink")),
    "fox": Breed(0.62, body=1.2, chest=0.21, haunch=0.2, leg=0.07, neck=0.34, neck_angle=56, head=0.17,
                 snout=0.3, snout_tip=0.04, ear=0.26, tail="bushy", inks=("rust", "paper", "ink")),
    "dog": Breed(0.7, neck=0.34, neck_angle=44, head=0.18, snout=0.22, snout_tip=0.09, ears="floppy",
                 ear=0.24, tail="curl", inks=("tan", "paper", "earth")),
    "cat": Breed(0.42, body=1.15, chest=0.21, haunch=0.22, neck=0.27, neck_angle=40, head=0.2, snout=0.1,
                 snout_tip=0.08, ear=0.19, tail="thin", inks=("ink2", "slate", "glow")),
    "lion": Breed(1.2, chest=0.28, neck=0.34, neck_angle=50, head=0.19, snout=0.2, snout_tip=0.11,
                  ears="round", ear=0.11, tail="tuft", coat="mane", inks=("gold", "soft", "earth")),
    "tiger": Breed(1.1, body=1.3, chest=0.27, neck=0.3, neck_angle=54, head=0.2, snout=0.17, snout_tip=0.11,
                   ears="round", ear=0.11, tail="thin", coat="stripes", inks=("orange", "paper", "ink")),
    "bear": Breed(1.35, body=1.15, chest=0.36, haunch=0.34, waist=0.36, leg=0.13, neck=0.26, neck_angle=66,
                  head=0.2, snout=0.22, snout_tip=0.09, ears="round", ear=0.12, tail="short", coat="hair",
                  inks=("brown", "earth", "ink")),
    "horse": Breed(1.7, body=1.0, chest=0.23, haunch=0.23, waist=0.21, leg=0.07, neck=0.56, neck_angle=38,
                   head=0.13, snout=0.33, snout_tip=0.085, ear=0.13, tail="flow", coat="crest",
                   inks=("brown", "earth", "ink"), hoof=True),
    "donkey": Breed(1.25, body=1.0, chest=0.24, haunch=0.22, waist=0.23, leg=0.07, neck=0.44, neck_angle=44,
                    head=0.14, snout=0.3, snout_tip=0.09, ears="long", ear=0.3, tail="tuft", coat="crest",
                    inks=("grey", "paper", "ink"), hoof=True),
    "deer": Breed(1.4, body=0.92, chest=0.2, haunch=0.19, waist=0.17, leg=0.05, neck=0.5, neck_angle=32,
                  head=0.12, snout=0.22, snout_tip=0.05, ear=0.17, tail="short", horns="antlers",
                  inks=("rust", "soft", "earth"), hoof=True),
    "goat": Breed(0.85, body=1.0, chest=0.25, haunch=0.22, waist=0.22, leg=0.06, neck=0.38, neck_angle=38,
                  head=0.14, snout=0.22, snout_tip=0.07, ears="floppy", ear=0.16, tail="short",
                  horns="curved", coat="hair", inks=("paper", "soft", "earth"), hoof=True),
    "sheep": Breed(0.85, body=0.95, chest=0.3, haunch=0.29, waist=0.31, leg=0.055, neck=0.3, neck_angle=58,
                   head=0.14, snout=0.2, snout_tip=0.075, ears="floppy", ear=0.16, tail="short",
                   coat="wool", inks=("paper", "ink2", "ink"), hoof=True),
    "cow": Breed(1.5, body=1.25, chest=0.3, haunch=0.28, waist=0.31, leg=0.075, neck=0.34, neck_angle=66,
                 head=0.15, snout=0.26, snout_tip=0.11, ears="floppy", ear=0.17, tail="tuft",
                 horns="curved", coat="patches", inks=("paper", "soft", "ink2"), hoof=True),
    "pig": Breed(0.8, body=1.15, chest=0.33, haunch=0.33, waist=0.35, leg=0.07, neck=0.2, neck_angle=76,
                 head=0.22, snout=0.2, snout_tip=0.11, ears="floppy", ear=0.16, tail="curl",
                 inks=("pink", "soft", "accent"), hoof=True),
    "rabbit": Breed(0.4, body=0.75, chest=0.25, haunch=0.32, waist=0.28, leg=0.08, neck=0.2, neck_angle=36,
                    head=0.2, snout=0.12, snout_tip=0.09, ears="long", ear=0.46, tail="short",
                    inks=("tan", "paper", "ink")),
    "mouse": Breed(0.22, body=0.9, chest=0.26, haunch=0.32, waist=0.3, leg=0.06, neck=0.16, neck_angle=66,
                   head=0.2, snout=0.24, snout_tip=0.03, ears="round", ear=0.18, tail="thin",
                   inks=("grey", "soft", "ink")),
}  # fmt: skip

ALIASES: dict[str, str] = {
    "vixen": "fox", "puppy": "dog", "hound": "dog", "kitten": "cat", "lioness": "lion", "mare": "horse",
    "pony": "horse", "foal": "horse", "stallion": "horse", "mule": "donkey", "stag": "deer", "doe": "deer",
    "fawn": "deer", "reindeer": "deer", "lamb": "sheep", "ewe": "sheep", "ram": "sheep", "bull": "cow",
    "calf": "cow", "ox": "cow", "boar": "pig", "piglet": "pig", "hog": "pig", "hare": "rabbit",
    "bunny": "rabbit", "rat": "mouse", "jackal": "wolf", "coyote": "wolf", "werewolf": "wolf",
    "panther": "cat", "leopard": "tiger", "cub": "bear", "kid goat": "goat",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stance:
    """How an animal stands: leg angles (upper, lower) hind far, hind near, fore far, fore near."""

    legs: tuple[tuple[float, float], ...] = ((-10, 14), (4, -8), (6, 0), (-6, -4))
    pitch: float = 0.0
    neck: float = 0.0
    head: float = 0.0
    lift: float = 0.0
    seated: bool = False


STANCES: dict[str, Stance] = {
    "stand": Stance(),
    "walk": Stance(((-26, -12), (22, 4), (26, 14), (-20, -30)), neck=6),
    "run": Stance(
        ((-58, -34), (-44, -20), (66, 40), (52, 22)), pitch=-4, neck=18, head=-6, lift=0.12
    ),
    "leap": Stance(
        ((-62, -40), (-50, -26), (74, 30), (62, 14)), pitch=-26, neck=4, head=-14, lift=0.42
    ),
    "howl": Stance(neck=-26, head=-58),
    "graze": Stance(neck=74, head=34),
    "sit": Stance(
        ((60, -30), (64, -26), (4, 0), (-3, -2)), pitch=-34, neck=-10, head=6, seated=True
    ),
    "reach": Stance(((-16, 6), (-4, -10), (70, 40), (80, 50)), pitch=-44, neck=-6, head=-28),
    "sulk": Stance(((-24, -10), (20, 4), (22, 10), (-18, -26)), neck=38, head=10),
}

_FROM_POSE = {
    "run": "run", "leap": "leap", "fly": "leap", "attack": "leap", "raise": "reach", "shout": "howl", "laugh": "howl",
    "weep": "sulk", "cower": "sulk", "stoop": "graze", "kneel": "graze", "sit": "sit", "rest": "sit",
    "walk": "walk", "reach": "reach", "crouch": "sulk", "plead": "sit", "hold": "sit", "point": "stand",
    "carry": "walk",
}  # fmt: skip


def stance_for(pose: str) -> str:
    """Return the animal's counterpart of a person's pose."""
    return _FROM_POSE.get(pose, pose if pose in STANCES else "stand")


def breed_of(noun: str) -> str | None:
    """Return the breed that an English noun names, or None."""
    word = noun.lower().strip()
    last = word.rsplit(" ", 1)[-1]
    for candidate in (word, last):
        name = ALIASES.get(candidate, candidate)
        if name in BREEDS:
            return name
    return None


def _ink(family: Family, role: str) -> Ink:
    f = family
    table = {
        "slate": mix(f.deep, f.ink, 0.35), "grey": mix(mix(f.deep, f.paper, 0.55), f.soft, 0.1),
        "rust": mix(f.accent, f.earth, 0.3), "tan": mix(f.earth, f.soft, 0.5), "brown": mix(f.earth, f.ink, 0.3),
        "ink2": mix(f.ink, f.deep, 0.35), "gold": mix(f.glow, f.earth, 0.25), "orange": mix(f.accent, f.glow, 0.45),
        "pink": mix(f.soft, f.accent, 0.25),
    }  # fmt: skip
    return table[role] if role in table else getattr(f, role)


_COAT_WORDS = {
    "white": "paper", "black": "ink2", "grey": "grey", "gray": "grey", "brown": "brown", "red": "rust",
    "golden": "gold", "yellow": "gold", "orange": "orange",
}  # fmt: skip


def cut_beast(  # noqa: PLR0915  (one animal, from tail to nose)
    breed: str,
    stance: str,
    *,
    x: float,
    y: float,
    height: float,
    facing: int,
    family: Family,
    look: str = "",
) -> Block:
    """Return the block of an animal whose back is ``height`` pixels above (x, y)."""
    kind, held = BREEDS[breed], STANCES.get(stance, STANCES["stand"])
    for word, role in _COAT_WORDS.items():
        if f" {word} " in f" {look.lower()} ":
            kind = replace(kind, inks=(role, *kind.inks[1:]))
            break
    body, belly, detail = (_ink(family, role) for role in kind.inks)
    if kind.coat == "wool":
        body, belly = _ink(family, "paper"), _ink(family, kind.inks[1])
    block = Block()
    leg_length = 1 - kind.chest * 1.55
    half = kind.body / 2 - kind.chest * 0.5
    pitch = math.radians(held.pitch)
    hip: Joint = (-half * math.cos(pitch), -half * math.sin(pitch))
    shoulder: Joint = (half * math.cos(pitch), half * math.sin(pitch))
    legs = []
    for number, angles in enumerate(held.legs):
        root = hip if number < 2 else shoulder  # noqa: PLR2004  (hind legs first)
        side = -0.05 if number % 2 else 0.05
        length = leg_length * (0.86 if held.seated and number < 2 else 1.0)  # noqa: PLR2004
        legs.append(_leg((root[0] + side, root[1] + kind.chest * 0.35), angles, length))
    low = max(leg[2][1] for leg in legs) + 0.03
    drop = -low - held.lift

    def put(points: Points) -> Outline:
        p = outline(points).copy()
        p[:, 1] += drop
        p *= height
        p[:, 0] *= facing
        return p + (x, y)

    dark = mix(body if kind.coat != "wool" else belly, family.ink, 0.35)
    legs_ink = belly if kind.coat == "wool" else body
    _tail(block, kind, hip, put, body, belly, family)
    for number in (0, 2):
        _put_leg(block, kind, legs[number], put, dark, detail)
    neck_angle = math.radians(kind.neck_angle + held.neck + held.pitch * 0.6)
    root = (shoulder[0] + 0.02, shoulder[1] - kind.chest * 0.35)
    end = (root[0] + kind.neck * math.sin(neck_angle), root[1] - kind.neck * math.cos(neck_angle))
    if kind.coat == "mane":
        spots = ellipse(end[0] - 0.08, end[1] + 0.08, 0.25, 0.3, count=11)
        block.piece([put(ellipse(px, py, 0.14, 0.14)) for px, py in spots], _ink(family, "rust"))
    trunk: list[Points] = [
        put(capsule(hip, shoulder, kind.haunch, kind.chest)),
        put(capsule(root, end, kind.chest * 0.72, kind.head * 0.82)),
    ]
    near_legs = [legs[1], legs[3]]
    if kind.coat == "wool":
        trunk = [put(shape) for shape in _wool(hip, shoulder, kind)]
        _put_leg(block, kind, legs[1], put, legs_ink, detail)
        _put_leg(block, kind, legs[3], put, legs_ink, detail)
        block.piece([put(capsule(root, end, kind.chest * 0.4, kind.head * 0.8))], belly)
        block.piece(trunk, body)
        curls = Chance("wool", breed)
        for _ in range(9):
            cx = curls.between(hip[0] - 0.1, shoulder[0] + 0.1)
            cy = curls.between(-kind.chest * 0.7, kind.chest * 0.6)
            block.add(
                put(lens((cx - 0.06, cy), (cx + 0.06, cy - 0.01), 0.022, bend=0.04)),
                mix(body, family.deep, 0.4),
                line=0,
            )
    else:
        for leg in near_legs:
            trunk += [
                put(capsule(leg[0], leg[1], kind.leg * 1.75, kind.leg)),
                put(capsule(leg[1], leg[2], kind.leg, kind.leg * 0.72)),
            ]
        trunk += [put(_paw(leg[2], kind)) for leg in near_legs]
        block.piece(trunk, body)
        if kind.hoof:
            for leg in near_legs:
                block.add(put(_paw(leg[2], kind)), detail)
        under = smooth(
            [(hip[0] + 0.06, hip[1] + kind.haunch * 0.92), (0, kind.chest * 0.62), (shoulder[0], shoulder[1] + kind.chest * 0.4),
             (shoulder[0] + kind.chest * 0.75, shoulder[1] + kind.chest * 0.1), (shoulder[0] + kind.chest * 0.5, shoulder[1] + kind.chest * 0.68),
             (0.0, kind.chest * 0.93)], steps=4)  # fmt: skip
        if kind.coat != "patches":
            block.add(put(under), mix(body, belly, 0.75), line=0)
        _markings(block, kind, hip, shoulder, put, body, detail, family)
    _head(
        block,
        kind,
        held,
        end,
        neck_angle,
        put,
        body if kind.coat != "wool" else belly,
        belly,
        detail,
        family,
    )
    return block


def _leg(root: Joint, angles: tuple[float, float], length: float) -> tuple[Joint, Joint, Joint]:
    a, b = (math.radians(angle) for angle in angles)
    knee = (root[0] + length * 0.5 * math.sin(a), root[1] + length * 0.5 * math.cos(a))
    return root, knee, (knee[0] + length * 0.5 * math.sin(b), knee[1] + length * 0.5 * math.cos(b))


def _paw(foot: Joint, kind: Breed) -> Outline:
    long = 0.8 if kind.hoof else 1.5
    return ellipse(foot[0] + kind.leg * 0.35, foot[1] + 0.005, kind.leg * long, kind.leg * 0.62)


def _put_leg(
    block: Block, kind: Breed, leg: tuple[Joint, Joint, Joint], put: object, ink: Ink, detail: Ink
) -> None:
    place = put  # type: ignore[assignment]
    block.piece(
        [
            place(capsule(leg[0], leg[1], kind.leg * 1.6, kind.leg)),
            place(capsule(leg[1], leg[2], kind.leg, kind.leg * 0.72)),
            place(_paw(leg[2], kind)),
        ],
        ink,
    )
    if kind.hoof:
        block.add(place(_paw(leg[2], kind)), detail)


def _wool(hip: Joint, shoulder: Joint, kind: Breed) -> list[Points]:
    shapes: list[Points] = [capsule(hip, shoulder, kind.haunch, kind.chest)]
    middle = ((hip[0] + shoulder[0]) / 2, (hip[1] + shoulder[1]) / 2)
    for angle in np.linspace(0, 2 * np.pi, 13, endpoint=False):
        cx = middle[0] + (kind.body * 0.47) * math.cos(angle)
        cy = middle[1] + kind.chest * 0.86 * math.sin(angle)
        shapes.append(ellipse(cx, cy, 0.13, 0.12))
    return shapes


def _tail(
    block: Block, kind: Breed, hip: Joint, put: object, body: Ink, belly: Ink, family: Family
) -> None:
    place = put  # type: ignore[assignment]
    sx, sy = hip[0] - kind.haunch * 0.85, hip[1] - kind.haunch * 0.35
    if kind.tail == "bushy":
        shape = [(sx + 0.08, sy - 0.04), (sx - 0.12, sy - 0.02), (sx - 0.36, sy + 0.1), (sx - 0.62, sy + 0.34),
                 (sx - 0.66, sy + 0.46), (sx - 0.46, sy + 0.42), (sx - 0.2, sy + 0.3), (sx + 0.06, sy + 0.08)]  # fmt: skip
        block.add(place(smooth(shape, steps=5)), body)
        tip = [
            (sx - 0.44, sy + 0.2),
            (sx - 0.62, sy + 0.34),
            (sx - 0.66, sy + 0.46),
            (sx - 0.46, sy + 0.42),
            (sx - 0.4, sy + 0.34),
            (sx - 0.46, sy + 0.29),
        ]
        block.add(place(smooth(tip, steps=4)), belly, line=0)
    elif kind.tail == "flow":
        shape = [
            (sx + 0.06, sy - 0.06),
            (sx - 0.14, sy),
            (sx - 0.22, sy + 0.3),
            (sx - 0.2, sy + 0.64),
            (sx - 0.08, sy + 0.5),
            (sx - 0.04, sy + 0.16),
        ]
        block.add(place(smooth(shape, steps=5)), mix(body, family.ink, 0.55))
    elif kind.tail == "short":
        block.add(
            place(ellipse(sx + 0.02, sy + 0.06, 0.09, 0.1)), belly if kind.coat != "wool" else body
        )
    elif kind.tail == "curl":
        curve = smooth(
            [
                (sx + 0.04, sy),
                (sx - 0.14, sy - 0.1),
                (sx - 0.2, sy - 0.3),
                (sx - 0.06, sy - 0.38),
                (sx - 0.08, sy - 0.3),
                (sx - 0.12, sy - 0.26),
                (sx - 0.06, sy - 0.1),
                (sx + 0.06, sy + 0.06),
            ],
            steps=4,
        )
        block.add(place(curve), body)
    else:
        curve = smooth(
            [
                (sx + 0.06, sy),
                (sx - 0.2, sy + 0.06),
                (sx - 0.34, sy + 0.3),
                (sx - 0.52, sy + 0.34),
                (sx - 0.54, sy + 0.4),
                (sx - 0.3, sy + 0.38),
                (sx - 0.14, sy + 0.14),
                (sx + 0.04, sy + 0.08),
            ],
            steps=4,
        )
        block.add(place(curve), body)
        if kind.tail == "tuft":
            block.add(
                place(ellipse(sx - 0.56, sy + 0.37, 0.1, 0.07, tilt=0.3)),
                mix(body, family.ink, 0.5),
            )


def _markings(
    block: Block,
    kind: Breed,
    hip: Joint,
    shoulder: Joint,
    put: object,
    body: Ink,
    detail: Ink,
    family: Family,
) -> None:
    place = put  # type: ignore[assignment]
    if kind.coat == "stripes":
        for number in range(6):
            t = number / 5
            sx = hip[0] + (shoulder[0] - hip[0]) * t
            sy = hip[1] + (shoulder[1] - hip[1]) * t
            mark = lens(
                (sx - 0.03, sy - kind.chest * 0.95),
                (sx + 0.05, sy + kind.chest * (0.2 + 0.2 * (number % 2))),
                0.06,
                bend=0.03,
            )
            block.add(place(mark), detail, line=0)
    elif kind.coat == "patches":
        for px, py, rx, ry in (
            (-0.36, -0.06, 0.17, 0.13),
            (0.08, 0.02, 0.16, 0.15),
            (0.42, -0.12, 0.12, 0.1),
        ):
            block.add(place(smooth(ellipse(px, py, rx, ry, count=7), steps=3)), detail, line=0)
    elif kind.coat in ("hair", "crest"):
        mark_ink = (
            mix(body, family.ink, 0.4) if kind.coat == "crest" else mix(body, family.paper, 0.3)
        )
        for number in range(7):
            t = number / 6
            sx = hip[0] + (shoulder[0] - hip[0]) * t - 0.05
            sy = hip[1] + (shoulder[1] - hip[1]) * t - kind.chest * (0.62 - 0.5 * (number % 2))
            block.add(
                place(lens((sx - 0.07, sy - 0.01), (sx + 0.05, sy + 0.05), 0.018)), mark_ink, line=0
            )


def _head(  # noqa: PLR0913  (one head needs its place, its inks and its bearing)
    block: Block,
    kind: Breed,
    held: Stance,
    end: Joint,
    neck_angle: float,
    put: object,
    body: Ink,
    belly: Ink,
    detail: Ink,
    family: Family,
) -> None:
    place = put  # type: ignore[assignment]
    tilt = math.radians(14 + held.head + held.neck * 0.25)
    c, s = math.cos(tilt), math.sin(tilt)
    r = kind.head

    def on(points: Points) -> Outline:
        p = outline(points)
        turned = np.stack([p[:, 0] * c - p[:, 1] * s, p[:, 0] * s + p[:, 1] * c], axis=1)
        return place(turned + end)

    if kind.coat == "crest":
        a = neck_angle
        back = (end[0] - kind.neck * math.sin(a), end[1] + kind.neck * math.cos(a))
        nx, ny = -math.cos(a), -math.sin(a)
        crest = smooth([(end[0] + r * 0.3, end[1] - r * 1.0), (end[0] + nx * r * 1.15, end[1] + ny * r * 1.1), ((end[0] + back[0]) / 2 + nx * 0.2, (end[1] + back[1]) / 2 + ny * 0.2),
                        (back[0] + nx * 0.2, back[1] + ny * 0.12), (back[0] + nx * 0.06, back[1]), (end[0] + nx * r * 0.4, end[1] + ny * r * 0.4)], steps=4)  # fmt: skip
        block.add(place(crest), mix(body, family.ink, 0.55))
    _horns(block, kind, on, r, family)
    _ear(block, kind, on, r, mix(body, family.ink, 0.35), far=True)
    tip = (r * 0.55 + kind.snout, r * 0.3)
    block.piece(
        [
            on(ellipse(0, 0, r, r * 0.94)),
            on(capsule((r * 0.3, r * 0.14), tip, r * 0.74, kind.snout_tip)),
        ],
        body,
    )
    jaw = smooth(
        [
            (r * 0.1, r * 0.55),
            (r * 0.9, r * 0.36),
            (tip[0], tip[1]),
            (tip[0] - 0.01, tip[1] + kind.snout_tip * 0.9),
            (r * 0.5, r * 0.82),
        ],
        steps=4,
    )
    if kind.coat not in ("wool", "patches"):
        block.add(on(jaw), belly, line=0)
    nose = kind.snout_tip * 0.62
    block.add(
        on(
            ellipse(
                tip[0] + kind.snout_tip * 0.55, tip[1] - kind.snout_tip * 0.35, nose, nose * 0.8
            )
        ),
        mix(family.ink, detail, 0.2),
        line=0,
    )
    eye = family.paper if luminous(body) else family.ink
    size = max(0.028, r * 0.15)
    block.add(on(ellipse(r * 0.36, -r * 0.18, size * 1.15, size)), eye, line=0)
    if luminous(body):
        block.add(on(ellipse(r * 0.40, -r * 0.16, size * 0.5, size * 0.6)), family.ink, line=0)
    mouth = lens(
        (r * 0.55, tip[1] + kind.snout_tip * 0.25),
        (tip[0], tip[1] + kind.snout_tip * 0.5),
        0.016,
        bend=0.012,
    )
    block.add(on(mouth), family.ink, line=0)
    _ear(block, kind, on, r, body, far=False)


def luminous(ink: Ink) -> bool:
    """Return whether ``ink`` is too dark to carry a dark eye."""
    return 0.3 * ink.r + 0.59 * ink.g + 0.11 * ink.b < 95  # noqa: PLR2004  (about a third of white)


def _ear(block: Block, kind: Breed, on: object, r: float, ink: Ink, *, far: bool) -> None:
    place = on  # type: ignore[assignment]
    e = kind.ear
    dx = 0.075 if far else -0.02
    if kind.ears == "pointed":
        shape: Points = [
            (-r * 0.55 + dx, -r * 0.5),
            (-r * 0.5 + dx, -r * 0.6 - e),
            (r * 0.2 + dx, -r * 0.75),
        ]
        block.add(place(smooth(shape, steps=3)), ink)
    elif kind.ears == "round":
        block.add(place(ellipse(-r * 0.35 + dx * 2, -r * 0.85, e, e)), ink)
    elif kind.ears == "long":
        tilt = -0.5 if not far else -0.2
        block.add(
            place(ellipse(-r * 0.5 + dx, -r * 0.7 - e * 0.42, e * 0.2, e * 0.55, tilt=tilt)), ink
        )
    elif not far:
        block.add(
            place(
                smooth(
                    [
                        (-r * 0.35, -r * 0.7),
                        (-r * 0.9, -r * 0.5),
                        (-r * 0.95, -r * 0.5 + e),
                        (-r * 0.5, -r * 0.6 + e),
                        (-r * 0.1, -r * 0.35),
                    ],
                    steps=4,
                )
            ),
            ink,
        )


def _horns(block: Block, kind: Breed, on: object, r: float, family: Family) -> None:
    place = on  # type: ignore[assignment]
    ink = mix(family.soft, family.earth, 0.35)
    if kind.horns == "curved":
        block.add(
            place(
                smooth(
                    [
                        (-r * 0.3, -r * 0.8),
                        (-r * 0.4, -r * 1.7),
                        (-r * 1.2, -r * 2.2),
                        (-r * 0.7, -r * 1.5),
                        (0.0, -r * 0.85),
                    ],
                    steps=4,
                )
            ),
            ink,
        )
    elif kind.horns == "antlers":
        for dx in (0.07, -0.03):
            base = (-r * 0.2 + dx, -r * 0.7)
            top = (base[0] - 0.16, base[1] - 0.44)
            block.piece(
                [
                    place(lens(base, top, 0.05, bend=-0.05)),
                    place(
                        lens(
                            (base[0] - 0.08, base[1] - 0.18), (base[0] + 0.1, base[1] - 0.34), 0.04
                        )
                    ),
                    place(
                        lens(
                            (base[0] - 0.13, base[1] - 0.3), (base[0] + 0.02, base[1] - 0.5), 0.035
                        )
                    ),
                ],
                ink,
            )
