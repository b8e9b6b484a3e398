"""The words that can be drawn: what a noun looks like, how large it is and where it belongs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from raypipe.colour_words import COLOURS, find_colour
from raypipe.images.storybook.figures.breeds import BREEDS, breed_of

Place = Literal["ground", "held", "sky", "hang", "behind", "water"]


@dataclass(frozen=True, slots=True)
class Thing:
    """A drawable noun.

    ``drawing`` names a drawing of `props` or ``emoji:`` and a character; ``metres`` is the real
    height; ``group`` how many stand together when the word is plural or a mass; ``colour`` a
    colour of `raypipe.colour_words` that the words say, or "".
    """

    name: str
    drawing: str
    metres: float
    place: Place = "ground"
    glow: bool = False
    group: int = 1
    colour: str = ""

    @property
    def aspect(self) -> float:
        """Return the drawing's width for a height of 1."""
        return _ASPECTS.get(self.drawing, 1.0)

    @property
    def alive(self) -> bool:
        """Return whether it is an animal, whose size people know by heart."""
        return self.drawing in _CREATURES


def _rows(*rows: tuple[str, str, float, Place, bool]) -> dict[str, Thing]:
    table = {}
    for nouns, drawing, metres, place, glow in rows:
        for noun in nouns.split(","):
            table[noun.strip()] = Thing(noun.strip(), drawing, metres, place, glow)
    return table


_THINGS = _rows(
    (
        "crystal,gem,jewel,diamond,artifact,ruby,emerald,shard,prism,gemstone",
        "crystal",
        0.42,
        "held",
        True,
    ),
    ("torch", "torch", 0.62, "held", True),
    ("lantern,lamp,oil lamp", "lantern", 0.4, "held", True),
    ("candle", "candle", 0.25, "held", True),
    ("map,scroll,chart,letter,parchment,message,note", "map", 0.4, "held", False),
    ("book,diary,journal,tome", "book", 0.32, "held", False),
    ("sword,blade,katana,dagger,knife", "sword", 0.85, "held", False),
    ("staff,wand,crook,stick,cane", "staff", 1.2, "held", False),
    ("star", "star", 0.55, "sky", True),
    ("door,gate,doorway,portal,entrance,threshold", "door", 3.2, "behind", False),
    ("temple,shrine,palace", "temple", 9.0, "behind", False),
    ("house,cottage,hut,cabin,home,farmhouse,barn,inn,farm", "house", 4.5, "behind", False),
    ("castle,fortress,citadel", "castle", 16.0, "behind", False),
    ("tower,lighthouse,minaret", "tower", 14.0, "behind", False),
    ("tree,oak,willow,elm", "tree", 7.0, "behind", False),
    ("pine,fir,spruce,christmas tree,cedar", "conifer", 8.0, "behind", False),
    ("palm,palm tree", "palm", 7.0, "behind", False),
    ("pillar,column", "pillar", 5.0, "behind", False),
    ("rock,boulder,stone,cliff", "rock", 2.4, "behind", False),
    ("pebble", "rock", 0.2, "ground", False),
    ("grapes,grape,vine,grapevine,bunch of grapes", "grapes", 0.75, "hang", False),
    ("peach,plum,apricot", "peach", 0.45, "ground", False),
    ("apple,cherry", "apple", 0.3, "held", False),
    ("orange,melon,pumpkin", "orb", 0.4, "ground", False),
    ("ball,marble", "ball", 0.35, "ground", False),
    ("bucket,pail", "bucket", 0.38, "held", False),
    ("chest,treasure,treasure chest,trunk", "chest", 0.8, "ground", True),
    ("gold,coin,jewels,riches,coins,money,silver", "gold", 0.7, "ground", True),
    ("boat,rowboat,canoe,raft,skiff", "boat", 1.8, "water", False),
    ("ship,sailboat,sailing ship,galleon,vessel,frigate", "ship", 12.0, "water", False),
    ("fire,campfire,bonfire,flame,hearth", "fire", 0.55, "ground", True),
    ("well", "well", 2.2, "ground", False),
    ("flower,tulip,blossom,poppy,lily", "flower", 0.6, "ground", False),
    ("bird,seagull,gull,swallow,sparrow,dove,pigeon", "gull", 0.6, "sky", False),
    ("tent,camp", "tent", 2.4, "behind", False),
    ("bridge", "bridge", 4.0, "behind", False),
    ("stairs,stair,staircase,steps", "stairs", 3.2, "behind", False),
    ("basket,laundry", "basket", 0.45, "ground", False),
    ("bed", "bed", 1.0, "ground", False),
    ("table,desk", "table", 0.85, "ground", False),
    ("altar,cradle,pedestal,shrine stone", "altar", 1.1, "ground", False),
    ("throne,chair", "throne", 1.5, "ground", False),
    ("spaceship,rocket,spacecraft,starship", "rocket", 9.0, "behind", False),
    ("ufo,saucer", "saucer", 3.0, "sky", False),
    ("planet,exoplanet", "planet", 5.0, "sky", False),
    ("saturn", "saturn", 7.0, "sky", False),
    ("jupiter,neptune,uranus,venus", "jupiter", 6.0, "sky", False),
    ("earth", "earth", 5.0, "sky", False),
    ("mars,asteroid", "mars", 4.0, "sky", False),
    ("comet,meteor,shooting star", "comet", 2.6, "sky", False),
    ("galaxy,nebula", "galaxy", 6.0, "sky", False),
    ("alien", "alien", 1.3, "ground", False),
    ("hot air balloon", "balloon", 7.0, "sky", False),
    ("kite", "emoji:🪁", 1.0, "sky", False),
    ("butterfly", "butterfly", 0.35, "sky", False),
    ("eagle,hawk,falcon", "eagle", 0.9, "sky", False),
    ("bat", "bat", 0.4, "sky", False),
    ("bee,wasp", "emoji:🐝", 0.2, "sky", False),
    ("pheasant", "pheasant", 0.75, "ground", False),
    ("peacock", "peacock", 1.0, "ground", False),
    ("crane,heron,stork", "crane", 1.3, "ground", False),
    ("raven,crow,magpie,blackbird", "raven", 0.5, "ground", False),
    ("monkey,ape,chimpanzee", "monkey", 0.85, "ground", False),
    ("owl", "owl", 0.55, "ground", False),
    ("swan,goose", "swan", 0.9, "ground", False),
    ("duck,duckling", "duck", 0.45, "ground", False),
    ("rooster,cock,hen,chicken", "rooster", 0.5, "ground", False),
    ("fish,salmon,carp", "fish", 0.4, "ground", False),
    ("whale", "whale", 6.0, "water", False),
    ("dolphin", "emoji:🐬", 1.8, "water", False),
    ("shark", "emoji:🦈", 2.5, "water", False),
    ("octopus", "octopus", 1.5, "ground", False),
    ("turtle,tortoise", "turtle", 0.45, "ground", False),
    ("snake,serpent", "snake", 0.7, "ground", False),
    ("frog", "frog", 0.25, "ground", False),
    ("crocodile,alligator", "emoji:🐊", 0.8, "ground", False),
    ("elephant,mammoth", "elephant", 3.0, "ground", False),
    ("camel", "camel", 2.1, "ground", False),
    ("dragon", "dragon", 5.0, "ground", False),
    ("dinosaur", "emoji:🦕", 6.0, "ground", False),
    ("squirrel,chipmunk", "emoji:🐿️", 0.3, "ground", False),
    ("hedgehog", "emoji:🦔", 0.25, "ground", False),
    ("gorilla", "emoji:🦍", 1.7, "ground", False),
    ("kangaroo", "emoji:🦘", 1.6, "ground", False),
    ("penguin", "emoji:🐧", 0.8, "ground", False),
    ("snail", "emoji:🐌", 0.15, "ground", False),
    ("ant", "emoji:🐜", 0.15, "ground", False),
    ("spider", "spider", 0.25, "ground", False),
    ("cart,wagon,carriage,stagecoach", "cart", 1.6, "ground", False),
    ("flag,banner", "flag", 1.9, "ground", False),
    ("key", "key", 0.25, "held", False),
    ("ring", "ring", 0.18, "held", True),
    ("crown", "crown", 0.35, "held", False),
    ("bell", "bell", 0.35, "held", False),
    ("umbrella", "emoji:☂️", 0.95, "held", False),
    ("axe,ax", "axe", 0.7, "held", False),
    ("hammer", "emoji:🔨", 0.4, "held", False),
    ("bow", "bow", 1.1, "held", False),
    ("shield", "shield", 0.7, "held", False),
    ("bread,loaf", "bread", 0.25, "held", False),
    ("cup,tea,coffee", "cup", 0.22, "held", False),
    ("cake,birthday cake,pie", "cake", 0.34, "held", False),
    ("wine,wine glass,glass of wine", "emoji:🍷", 0.25, "held", False),
    ("cheese", "emoji:🧀", 0.25, "held", False),
    ("gift,present,parcel,package", "emoji:🎁", 0.35, "held", False),
    ("balloon", "toy balloon", 1.2, "held", False),
    ("feather", "emoji:🪶", 0.3, "held", False),
    ("rose,bouquet", "emoji:🌹", 0.45, "held", False),
    ("bottle,potion", "flask", 0.3, "held", False),
    ("violin,fiddle", "emoji:🎻", 0.6, "held", False),
    ("guitar", "emoji:🎸", 0.95, "held", False),
    ("telescope", "emoji:🔭", 1.3, "ground", False),
    ("clock,watch,hourglass", "emoji:⏳", 0.4, "held", False),
    ("car,automobile", "car", 1.6, "ground", False),
    ("train,locomotive", "train", 3.6, "behind", False),
    ("bicycle,bike", "emoji:🚲", 1.1, "ground", False),
    ("anchor", "anchor", 1.3, "ground", False),
    ("mushroom", "emoji:🍄", 0.4, "ground", False),
    ("cactus", "emoji:🌵", 2.2, "behind", False),
    ("windmill,mill", "windmill", 9.0, "behind", False),
    ("statue,idol,sculpture", "statue", 3.4, "behind", False),
    ("skull", "emoji:💀", 0.3, "ground", False),
    ("bone", "emoji:🦴", 0.3, "ground", False),
    ("egg", "emoji:🥚", 0.12, "ground", False),
    ("robot", "robot", 1.5, "ground", False),
    ("snowman", "emoji:⛄", 1.5, "ground", False),
    ("wheel", "emoji:🛞", 0.9, "ground", False),
    ("corn,wheat", "emoji:🌾", 1.0, "ground", False),
    ("hat", "emoji:👒", 0.3, "held", False),
    ("shoe,slipper", "emoji:👠", 0.25, "held", False),
    ("mask", "emoji:🎭", 0.3, "held", False),
)

_ASPECTS = {
    "car": 2.3,
    "cart": 2.5,
    "train": 2.3,
    "whale": 2.6,
    "camel": 1.4,
    "elephant": 1.8,
    "dragon": 2.0,
    "bed": 2.2,
    "table": 1.9,
    "bridge": 2.6,
    "gold": 1.9,
    "chest": 1.4,
    "boat": 1.1,
    "fish": 2.0,
    "monkey": 1.3,
    "turtle": 2.1,
    "pheasant": 1.5,
    "peacock": 1.7,
    "eagle": 2.1,
    "bat": 2.0,
    "tent": 1.4,
    "saucer": 1.9,
    "saturn": 1.9,
    "comet": 2.2,
    "galaxy": 2.0,
    "spaceship": 2.6,
    "snake": 1.6,
    "temple": 1.25,
    "stairs": 1.25,
    "rock": 1.25,
}

_ORBITING = _rows(("moon", "moon", 3.0, "sky", False), ("sun", "sun", 4.0, "sky", True))
"""What a sky shows anyhow, but for a voyage through space, which may see several."""

_UNDRAWN = frozenset(
    "people man woman boy girl child person men women children villager villagers neighbour "  # noqa: SIM905  (words)
    "neighbor thief king queen prince princess guide archaeologist doctor wind light shadow voice "
    "word time day night sun moon sky floor wall ceiling room ground air energy hand hands eye "
    "eyes face head heart foot feet ear hair body blood kiss smile tear tears back leg arm finger "
    "mouth nose x ok id on up station stop bakery cinema shop restaurant".split()
)
"""Nouns that figures and grounds show already, or that as a sign would look silly."""

_COVERED: dict[str, frozenset[str]] = {
    "forest": frozenset({"tree", "forest", "wood", "woods", "pine", "oak"}),
    "sea": frozenset({"sea", "ocean", "wave", "water"}),
    "shore": frozenset({"sea", "beach", "sand", "wave", "shore", "water", "ocean"}),
    "river": frozenset({"river", "stream", "water", "brook"}),
    "desert": frozenset({"desert", "dune", "sand"}),
    "city": frozenset({"city", "street", "building", "skyscraper", "town", "house"}),
    "village": frozenset({"village", "house", "cottage", "home"}),
    "mountain": frozenset({"mountain", "peak", "cliff", "hill"}),
    "snow": frozenset({"snow", "ice", "snowflake"}),
    "cave": frozenset({"cave", "cavern"}),
    "ruins": frozenset(
        "temple ruin ruins pillar column stairs door gate doorway entrance threshold".split()  # noqa: SIM905  (words)
    ),
    "castle": frozenset({"castle", "palace", "fortress", "tower"}),
    "road": frozenset({"road", "path", "street"}),
    "garden": frozenset({"garden", "flower"}),
    "space": frozenset({"space", "star"}),
    "sky": frozenset({"cloud", "sky"}),
    "indoors": frozenset({"room", "window", "home", "house"}),
}

_CROWDS = {"flock": "sheep", "herd": "cow", "pack": "wolf", "crowd": "", "fleet": "ship"}
_PEOPLE = frozenset(
    "thief robber bandit villager neighbour neighbor soldier guard pirate sailor knight monk child "  # noqa: SIM905  (words)
    "people crowd man woman boy girl friend servant dancer guest worker farmer fisherman merchant "
    "brother sister".split()
)
"""Nouns of people who may come in numbers."""

_PLURALS = {
    "wolves": "wolf",
    "sheep": "sheep",
    "leaves": "leaf",
    "mice": "mouse",
    "geese": "goose",
    "knives": "knife",
    "oxen": "ox",
    "grapes": "grapes",
    "stairs": "stairs",
    "foxes": "fox",
    "thieves": "thief",
    "children": "child",
    "men": "man",
    "women": "woman",
    "fishermen": "fisherman",
}
_GROUP = 5
_AFTER_A_NOUN = frozenset(
    "in on at of and or from to with under behind into over through as for by between".split()  # noqa: SIM905  (words)
)
_MOST_ADJECTIVES = 2
_MATERIALS = frozenset({"stone", "gold", "silver", "rock", "fire", "sword", "flower", "fish"})


@lru_cache(maxsize=512)
def find_thing(subject: str) -> Thing | None:
    """Return how to draw an English noun (phrase), or None if nothing fits."""
    words = " ".join(subject.lower().replace("-", " ").split())
    if not words:
        return None
    flock = next(
        (crowd for crowd in _CROWDS if words.startswith(f"{crowd} of ") or words == crowd), None
    )
    core = words.split(" of ", 1)[1] if flock and " of " in words else _CROWDS.get(words, words)
    candidates = [each for each in _candidates(core) if each[0] not in _UNDRAWN]
    for lookup in (_drawn, _emoji_of):
        for candidate, plural in candidates:
            thing = lookup(candidate)
            if thing is not None:
                herd = plural or flock is not None or candidate == "sheep"
                many = herd and thing.place in ("ground", "water")
                group = _GROUP if many else 1
                return replace(thing, group=group, colour=find_colour(words))
    return None


def world_of_space(subject: str) -> Thing | None:
    """Return how to draw the suns and moons that a voyage through space passes, or None."""
    words = " ".join(subject.lower().split())
    for candidate, plural in _candidates(words):
        if candidate in _ORBITING:
            group = 2 if plural else 1
            return replace(_ORBITING[candidate], group=group, colour=find_colour(words))
    return None


def things_in(text: str) -> list[Thing]:
    """Return the things that an English phrase names, those with a drawing of their own only."""
    words = re.findall(r"[a-z]+", text.lower())
    found = []
    for place, candidate in enumerate(words):
        after = words[place + 1] if place + 1 < len(words) else ""
        if candidate in _MATERIALS and any(_drawn(noun) for noun, _ in _candidates(after) if noun):
            continue
        if candidate in COLOURS and after and after not in _AFTER_A_NOUN:
            continue  # a silver pod is no treasure, an orange flag no fruit
        for noun, plural in _candidates(candidate):
            thing = None if noun in _UNDRAWN else _drawn(noun)
            if thing is not None:
                many = (plural or noun == "sheep") and thing.place in ("ground", "water")
                colour = _colour_before(words, place)
                found.append(replace(thing, group=_GROUP if many else 1, colour=colour))
                break
    return found


def _colour_before(words: Sequence[str], place: int) -> str:
    """Return the colour that is said of the noun at ``place``, or ""."""
    first = place
    while first > max(place - _MOST_ADJECTIVES, 0):
        word = words[first - 1]
        if word in _AFTER_A_NOUN or word in _THINGS or breed_of(word):
            break
        first -= 1
    return find_colour(" ".join(words[first : place + 1]))


def crowd_of(subject: str) -> str | None:
    """Return what people a plural noun names ("thieves": "thief"), or None."""
    for candidate, plural in _candidates(" ".join(subject.lower().split())):
        if candidate in _PEOPLE and (plural or candidate in ("people", "crowd")):
            return candidate
    return None


_CREATURES = frozenset(
    "pheasant peacock rooster duck swan crane raven owl eagle gull fish whale octopus turtle "  # noqa: SIM905  (words)
    "snake frog monkey elephant camel dragon butterfly bat robot spider alien".split()
)


def creature_of(kind: str) -> Thing | None:
    """Return the drawing of a character that is neither a person nor one of the breeds."""
    thing = _THINGS.get(kind.lower().strip())
    return (
        thing
        if thing is not None and (thing.drawing.startswith("emoji:") or thing.drawing in _CREATURES)
        else None
    )


def is_animal(kind: str) -> bool:
    """Return whether a character of this kind is drawn as an animal, a dragon or a robot."""
    return breed_of(kind) is not None or creature_of(kind) is not None


def _candidates(words: str) -> list[tuple[str, bool]]:
    """Return the noun as written, in the singular, and its last word; with whether it is plural."""
    result: list[tuple[str, bool]] = []
    if not words:
        return result
    for phrase in dict.fromkeys((words, words.rsplit(" ", 1)[-1])):
        if phrase in _PLURALS:
            single = _PLURALS[phrase]
            result.append((single, phrase != single or phrase == "sheep"))
            continue
        result.append((phrase, False))
        for ending, stem in (("ies", "y"), ("ches", "ch"), ("shes", "sh"), ("s", "")):
            if phrase.endswith(ending) and len(phrase) > len(ending) + 2:
                result.append((phrase.removesuffix(ending) + stem, True))
                break
    return result


def _drawn(noun: str) -> Thing | None:
    """Return a noun that has a drawing of its own."""
    if noun in _THINGS:
        return _THINGS[noun]
    breed = breed_of(noun)
    return Thing(noun, breed, BREEDS[breed].metres) if breed is not None else None


def _emoji_of(noun: str) -> Thing | None:
    character = _emoji_names().get(noun.replace(" ", "_"))
    return Thing(noun, f"emoji:{character}", 0.6) if character else None


_UNFIT = (
    "face",
    "hand",
    "flag",
    "button",
    "arrow",
    "sign",
    "symbol",
    "square",
    "circle",
    "mark",
    "heart",
    "finger",
    "person",
    "man",
    "woman",
    "people",
    "family",
    "couple",
    "skin_tone",
    "clock_",
    "night",
    "sunrise",
    "sunset",
    "cityscape",
    "milky",
    "stars",
    "park",
    "rainbow",
    "foggy",
    "o\u2019clock",
    "input",
    "keycap",
    "japanese",
    "zodiac",
    "eye",
    "foot",
    "leg",
    "ear",
    "kiss",
    "mouth",
    "tongue",
    "biting",
    "brain",
    "lungs",
    "bust",
    "silhouette",
    "cat_",
    "monkey_",
    "selfie",
    "muscle",
)


@lru_cache(maxsize=1)
def _emoji_names() -> dict[str, str]:
    """Return English emoji names to single characters, without faces, hands, flags and signs."""
    import emoji

    table: dict[str, str] = {}
    for character, facts in emoji.EMOJI_DATA.items():
        bare = character.replace("\ufe0f", "")
        if len(bare) != 1 or facts.get("status", 0) != emoji.STATUS["fully_qualified"]:
            continue
        for label in (facts["en"], *facts.get("alias", ())):
            name = label.strip(":").lower()
            if not any(part in f"{name}_" for part in _UNFIT):
                table.setdefault(name, character)
    return table


_NOT_IN_A_ROOM = frozenset(
    "house castle tower temple windmill tree palm bridge ship boat rowboat rocket train cart well "  # noqa: SIM905  (words)
    "tent".split()
)
"""Drawings of what stands out of doors; a Christmas tree and a car may stand in a hall."""


_SEEN_BY_COLOUR = frozenset({"house", "door", "castle", "tower", "temple", "tree", "flower"})
"""Of these a ground shows some, but not the one of the colour that is told."""


def is_covered(thing: Thing, setting: str) -> bool:
    """Return whether a setting's own ground shows a thing already, or has no place for it."""
    if setting == "indoors" and thing.drawing in _NOT_IN_A_ROOM:
        return True
    if thing.colour and thing.drawing in _SEEN_BY_COLOUR:
        return False
    return thing.name in _COVERED.get(setting, frozenset())
