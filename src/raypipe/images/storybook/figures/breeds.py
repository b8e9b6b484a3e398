"""The measures of four-legged animals, and the ways they hold themselves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Breed:
    """Measures of a four-legged animal in shares of its height at the back, drawn facing right.

    ``ears``: pointed, round, floppy, long; ``tail``: bushy, thin, tuft, short, flow, curl;
    ``coat``: plain, wool, mane, hair; ``horns``: none, curved, antlers, ram. ``inks`` are the
    roles (see `beast.coat_ink`) of body, belly and details; ``bow`` is how far the head hangs,
    in degrees.
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
    socks: bool = False
    bow: float = 14
    whiskers: bool = False


BREEDS: dict[str, Breed] = {
    "wolf": Breed(
        0.95,
        neck=0.36,
        neck_angle=62,
        head=0.165,
        snout=0.29,
        ear=0.21,
        tail="bushy",
        chest=0.27,
        coat="hair",
        inks=("slate", "grey", "ink"),
    ),
    "fox": Breed(
        0.62,
        body=1.06,
        chest=0.22,
        haunch=0.21,
        leg=0.065,
        neck=0.34,
        neck_angle=56,
        head=0.17,
        snout=0.3,
        snout_tip=0.04,
        ear=0.26,
        tail="bushy",
        inks=("rust", "paper", "ink"),
    ),
    "dog": Breed(
        0.7,
        neck=0.34,
        neck_angle=44,
        head=0.18,
        snout=0.22,
        snout_tip=0.09,
        ears="floppy",
        ear=0.24,
        tail="curl",
        inks=("tan", "paper", "earth"),
    ),
    "cat": Breed(
        0.42,
        body=1.15,
        chest=0.21,
        haunch=0.22,
        neck=0.27,
        neck_angle=40,
        head=0.2,
        snout=0.1,
        snout_tip=0.08,
        ear=0.19,
        whiskers=True,
        tail="thin",
        inks=("ink2", "slate", "glow"),
    ),
    "lion": Breed(
        1.2,
        chest=0.28,
        neck=0.34,
        neck_angle=50,
        head=0.19,
        snout=0.2,
        snout_tip=0.11,
        ears="round",
        ear=0.11,
        tail="tuft",
        coat="mane",
        inks=("gold", "soft", "earth"),
    ),
    "tiger": Breed(
        1.1,
        body=1.3,
        chest=0.27,
        neck=0.3,
        neck_angle=54,
        head=0.2,
        snout=0.17,
        snout_tip=0.11,
        ears="round",
        ear=0.11,
        whiskers=True,
        tail="thin",
        coat="stripes",
        inks=("orange", "paper", "ink"),
    ),
    "bear": Breed(
        1.35,
        body=1.15,
        chest=0.36,
        haunch=0.34,
        waist=0.36,
        leg=0.13,
        neck=0.26,
        neck_angle=66,
        head=0.2,
        snout=0.22,
        snout_tip=0.09,
        ears="round",
        ear=0.12,
        tail="short",
        coat="hair",
        inks=("brown", "earth", "ink"),
    ),
    "horse": Breed(
        1.7,
        body=1.0,
        chest=0.23,
        haunch=0.23,
        waist=0.21,
        leg=0.07,
        neck=0.56,
        neck_angle=38,
        head=0.13,
        snout=0.33,
        snout_tip=0.085,
        ear=0.13,
        tail="flow",
        coat="crest",
        inks=("brown", "earth", "ink"),
        bow=44,
        hoof=True,
    ),
    "donkey": Breed(
        1.25,
        body=1.0,
        chest=0.24,
        haunch=0.22,
        waist=0.23,
        leg=0.07,
        neck=0.44,
        neck_angle=44,
        head=0.14,
        snout=0.3,
        snout_tip=0.09,
        ears="long",
        ear=0.3,
        tail="tuft",
        coat="crest",
        inks=("grey", "paper", "ink"),
        bow=40,
        hoof=True,
    ),
    "deer": Breed(
        1.4,
        body=0.92,
        chest=0.2,
        haunch=0.19,
        waist=0.17,
        leg=0.05,
        neck=0.5,
        neck_angle=32,
        head=0.12,
        snout=0.22,
        snout_tip=0.05,
        ear=0.17,
        tail="short",
        horns="antlers",
        inks=("rust", "soft", "earth"),
        bow=28,
        hoof=True,
    ),
    "goat": Breed(
        0.85,
        body=1.0,
        chest=0.25,
        haunch=0.22,
        waist=0.22,
        leg=0.06,
        neck=0.38,
        neck_angle=38,
        head=0.14,
        snout=0.22,
        snout_tip=0.07,
        ears="floppy",
        ear=0.16,
        tail="short",
        horns="curved",
        coat="hair",
        inks=("paper", "soft", "earth"),
        bow=26,
        hoof=True,
    ),
    "sheep": Breed(
        0.85,
        body=0.95,
        chest=0.3,
        haunch=0.29,
        waist=0.31,
        leg=0.055,
        neck=0.3,
        neck_angle=58,
        head=0.14,
        snout=0.2,
        snout_tip=0.075,
        ears="floppy",
        ear=0.16,
        tail="short",
        coat="wool",
        inks=("paper", "ink2", "ink"),
        bow=24,
        hoof=True,
    ),
    "cow": Breed(
        1.5,
        body=1.25,
        chest=0.3,
        haunch=0.28,
        waist=0.31,
        leg=0.075,
        neck=0.34,
        neck_angle=66,
        head=0.15,
        snout=0.26,
        snout_tip=0.11,
        ears="floppy",
        ear=0.17,
        tail="tuft",
        horns="curved",
        coat="patches",
        inks=("paper", "soft", "ink2"),
        bow=34,
        hoof=True,
    ),
    "pig": Breed(
        0.8,
        body=1.15,
        chest=0.33,
        haunch=0.33,
        waist=0.35,
        leg=0.07,
        neck=0.2,
        neck_angle=76,
        head=0.22,
        snout=0.2,
        snout_tip=0.11,
        ears="floppy",
        ear=0.16,
        tail="curl",
        inks=("pink", "soft", "accent"),
        hoof=True,
    ),
    "rabbit": Breed(
        0.4,
        body=0.75,
        chest=0.25,
        haunch=0.32,
        waist=0.28,
        leg=0.08,
        neck=0.2,
        neck_angle=36,
        head=0.2,
        snout=0.12,
        snout_tip=0.09,
        ears="long",
        ear=0.46,
        tail="short",
        inks=("tan", "paper", "ink"),
    ),
    "mouse": Breed(
        0.22,
        body=0.9,
        chest=0.26,
        haunch=0.32,
        waist=0.3,
        leg=0.06,
        neck=0.16,
        neck_angle=66,
        head=0.2,
        snout=0.24,
        snout_tip=0.03,
        ears="round",
        ear=0.18,
        tail="thin",
        inks=("grey", "soft", "ink"),
    ),
}

ALIASES: dict[str, str] = {
    "vixen": "fox",
    "puppy": "dog",
    "hound": "dog",
    "kitten": "cat",
    "lioness": "lion",
    "mare": "horse",
    "pony": "horse",
    "foal": "horse",
    "stallion": "horse",
    "mule": "donkey",
    "stag": "deer",
    "doe": "deer",
    "fawn": "deer",
    "reindeer": "deer",
    "lamb": "sheep",
    "ewe": "sheep",
    "ram": "sheep",
    "bull": "cow",
    "calf": "cow",
    "ox": "cow",
    "boar": "pig",
    "piglet": "pig",
    "hog": "pig",
    "hare": "rabbit",
    "bunny": "rabbit",
    "unicorn": "horse",
    "rat": "mouse",
    "jackal": "wolf",
    "coyote": "wolf",
    "werewolf": "wolf",
    "panther": "cat",
    "leopard": "tiger",
    "cub": "bear",
    "kid goat": "goat",
}


@dataclass(frozen=True, slots=True)
class Stance:
    """How an animal stands: leg angles (upper, lower) hind far, hind near, fore far, fore near."""

    legs: tuple[tuple[float, float], ...] = ((-2, -34), (26, -22), (6, 0), (-6, -4))
    pitch: float = 0.0
    neck: float = 0.0
    head: float = 0.0
    lift: float = 0.0
    seated: bool = False


STANCES: dict[str, Stance] = {
    "stand": Stance(),
    "walk": Stance(((-8, -44), (36, -10), (26, 14), (-20, -30)), neck=6),
    "run": Stance(
        ((-58, -34), (-44, -20), (66, 40), (52, 22)), pitch=-4, neck=18, head=-6, lift=0.12
    ),
    "leap": Stance(
        ((-62, -40), (-50, -26), (74, 30), (62, 14)), pitch=-26, neck=4, head=-14, lift=0.42
    ),
    "howl": Stance(neck=-26, head=-58),
    "gaze": Stance(neck=-16, head=-30),
    "graze": Stance(neck=74, head=34),
    "sit": Stance(
        ((60, -30), (64, -26), (4, 0), (-3, -2)), pitch=-34, neck=-10, head=6, seated=True
    ),
    "reach": Stance(((-16, 6), (-4, -10), (70, 40), (80, 50)), pitch=-44, neck=-6, head=-28),
    "sulk": Stance(((-8, -42), (34, -10), (22, 10), (-18, -26)), neck=38, head=10),
}

_FROM_POSE = {
    "run": "run",
    "leap": "leap",
    "fly": "leap",
    "attack": "leap",
    "raise": "reach",
    "shout": "howl",
    "laugh": "howl",
    "weep": "sulk",
    "cower": "sulk",
    "stoop": "graze",
    "kneel": "graze",
    "sit": "sit",
    "rest": "sit",
    "walk": "walk",
    "bowed": "sulk",
    "reach": "reach",
    "crouch": "sulk",
    "plead": "sit",
    "hold": "sit",
    "point": "stand",
    "carry": "walk",
}


def stance_for(pose: str, breed: str) -> str:
    """Return the animal's counterpart of a person's pose; what has hooves does not sit."""
    stance = _FROM_POSE.get(pose, pose if pose in STANCES else "stand")
    return "stand" if stance == "sit" and BREEDS[breed].hoof else stance


def breed_of(noun: str) -> str | None:
    """Return the breed that an English noun names, or None."""
    word = noun.lower().strip()
    last = word.rsplit(" ", 1)[-1]
    for candidate in (word, last):
        name = ALIASES.get(candidate, candidate)
        if name in BREEDS:
            return name
    return None
