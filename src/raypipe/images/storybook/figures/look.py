"""What a person wears, from the words of the look, else from the name: always the same."""

from __future__ import annotations

import re
from dataclasses import dataclass

from raypipe.colour_words import COLOURS
from raypipe.images.storybook.chance import Chance
from raypipe.images.storybook.palette import Family, Ink, mix, scaled
from raypipe.images.storybook.worlds import world_of

_COLOURS: dict[str, str] = {
    **COLOURS,
    "leather": "earth",
    "auburn": "auburn",
    "blond": "glow",
    "blonde": "glow",
    "dark": "dark",
    "canvas": "tan",
    "sandy": "sand",
    "straw": "sand",
    "copper": "auburn",
    "ginger": "auburn",
    "happi": "blue",
    "patched": "tan",
    "faded": "tan",
    "dusty": "tan",
    "pale": "soft",
}
"""Words before a garment or hair, with the ink that they name in `_colours`."""

_GARMENTS: dict[str, tuple[str, ...]] = {
    "kimono": ("kimono", "yukata", "hakama", "hanbok"),
    "robe": (
        "robe",
        "robes",
        "tunic robe",
        "thobe",
        "caftan",
        "kaftan",
        "gown",
        "abaya",
        "cassock",
        "toga",
    ),
    "dress": ("dress", "skirt", "sari", "frock", "pinafore", "apron"),
    "coat": (
        "coat",
        "raincoat",
        "peacoat",
        "spacesuit",
        "jumpsuit",
        "jacket",
        "overcoat",
        "trenchcoat",
        "parka",
        "cardigan",
        "blazer",
        "vest",
        "uniform",
        "suit",
    ),
    "tunic": ("tunic", "shirt", "blouse", "sweater", "smock", "jerkin", "jumper"),
}

_HATS: dict[str, tuple[str, ...]] = {
    "brim": ("hat", "fedora", "stetson", "sunhat"),
    "cone": ("conical hat",),
    "pointed": ("pointed hat", "wizard hat", "witch hat"),
    "turban": ("turban",),
    "headscarf": ("headscarf", "kerchief", "veil", "hijab", "shawl", "babushka"),
    "hood": ("hood", "hooded"),
    "crown": ("crown", "tiara", "diadem"),
    "cap": ("cap", "beret", "bonnet", "beanie"),
    "headband": ("headband", "hachimaki", "bandana"),
    "helmet": ("helmet",),
    "horns": ("horn", "horns", "horned", "ogre", "oni", "demon"),
}

_HAIR: dict[str, tuple[str, ...]] = {
    "bald": ("bald", "shaved head", "shaven"),
    "topknot": ("topknot", "top knot", "top-knot"),
    "bun": ("bun", "chignon"),
    "ponytail": ("ponytail", "pony tail", "pony-tail", "tied back"),
    "braid": ("braid", "braids", "plait", "plaits", "braided"),
    "curly": ("curly", "curls", "afro", "frizzy", "wavy"),
    "bob": ("bob", "bobbed"),
    "long": ("long hair", "long black hair", "flowing hair"),
    "short": ("short hair", "short", "cropped"),
}


_NO_INK = Ink(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Look:
    """Everything that makes a person recognisable."""

    skin: Ink
    hair: str
    hair_ink: Ink
    garment: str
    main: Ink
    second: Ink
    legs: Ink
    hat: str = ""
    hat_ink: Ink = _NO_INK
    beard: str = ""
    scarf: Ink | None = None
    cape: Ink | None = None
    belt: bool = False
    staff: bool = False
    satchel: bool = False
    glasses: bool = False


def _colours(family: Family) -> dict[str, Ink]:
    f = family
    return {
        **f.dyes,
        "accent": f.accent, "cool": f.cool, "leaf": f.leaf, "earth": f.earth, "glow": f.glow,
        "paper": f.paper, "soft": f.soft, "black": mix(f.ink, f.deep, 0.35),
        "dark": mix(f.ink, f.earth, 0.35), "auburn": mix(f.earth, f.accent, 0.4),
        "sand": mix(f.glow, f.earth, 0.4),
    }  # fmt: skip


def _find(words: str, table: dict[str, tuple[str, ...]]) -> str:
    hits = [
        (len(stem), name)
        for name, stems in table.items()
        for stem in stems
        if re.search(rf"\b{re.escape(stem)}\b", words)
    ]
    return max(hits)[1] if hits else ""


def _colour_before(words: str, nouns: tuple[str, ...], inks: dict[str, Ink]) -> Ink | None:
    """Return the ink of the colour word that stands nearest before one of ``nouns``."""
    for noun in nouns:
        match = re.search(rf"((?:[\w-]+[ ]){{0,3}}){re.escape(noun)}\b", words)
        if match:
            for word in reversed(re.split(r"[ -]", match.group(1))):
                if word in _COLOURS:
                    return inks[_COLOURS[word]]
    return None


_WARDROBE: dict[tuple[str, str], tuple[str, ...]] = {
    ("woman", ""): ("dress", "coat", "tunic"),
    ("woman", "east"): ("kimono",),
    ("woman", "bazaar"): ("robe", "dress"),
    ("woman", "modern"): ("coat",),
    ("man", ""): ("coat", "tunic"),
    ("man", "east"): ("kimono", "tunic"),
    ("man", "bazaar"): ("robe", "tunic"),
    ("man", "modern"): ("coat", "tunic"),
}


def person_look(
    name: str, kind: str, look: str, *, family: Family, genre: str, language: str, story_seed: int
) -> Look:
    """Return what a person wears; a pure function of the story and the person."""
    words = f" {look.lower()} "
    chance = Chance("look", story_seed, name, kind, look)
    inks = _colours(family)
    feminine = kind in ("woman", "girl", "old woman")
    old, young = kind.startswith("old"), kind in ("girl", "boy")
    world = world_of(language)
    modern = any(
        stem in genre.lower() for stem in ("advent", "sci", "thrill", "myster", "crime", "roman")
    )
    key = ("woman" if feminine else "man", world or ("modern" if modern else ""))
    fallback = "tunic" if re.search(r"\b(ogre|oni|giant|troll|demon|monster)\b", words) else ""
    garment = (
        _find(words, _GARMENTS) or fallback or chance.pick(_WARDROBE.get(key, ("tunic", "coat")))
    )
    spread = [
        inks[name_]
        for name_ in ("accent", "blue", "glow", "leaf", "cool", "orange", "purple", "paper")
    ]
    spot = chance.whole(0, len(spread) - 1)
    nouns = tuple(stem for stem in _GARMENTS[garment])
    main = _colour_before(words, nouns, inks) or spread[spot]
    second = spread[(spot + chance.whole(2, 5)) % len(spread)]
    hair, hair_ink = _hair(words, chance, inks, feminine=feminine, old=old)
    hat = _find(words, _HATS)
    if hat == "brim" and world == "east":
        hat = "cone"
    if not hat and not look:
        hat = _usual_hat(chance, world=world, feminine=feminine, young=young, old=old)
    scarf_ink = None
    if re.search(r"(?<!head)\bscarf\b", words):
        scarf_ink = _colour_before(words, ("scarf",), inks) or inks["accent"]
    cape = None
    if re.search(r"\b(cape|cloak|mantle)\b", words):
        cape = _colour_before(words, ("cape", "cloak", "mantle"), inks) or second
    beard = ""
    if not feminine and not young:
        if re.search(r"\bbeard(ed)?\b|\bwhiskers\b", words):
            beard = "long" if "long" in words or old else "short"
        elif "moustache" in words or "mustache" in words:
            beard = "moustache"
        elif not look and (old or chance.often(0.35)):
            beard = "long" if old else "short"
    skin = _skin(words, chance, family)
    if "ogre" in words or "oni" in words or "demon" in words:
        skin = _colour_before(words, ("ogre", "oni", "demon", "skin"), inks) or inks["accent"]
    return Look(
        skin=skin,
        hair=hair,
        hair_ink=hair_ink,
        garment=garment,
        main=main,
        second=second,
        legs=(main if re.search(r"\b(spacesuit|jumpsuit|flight suit|coveralls)\b", words) else None)
        or _colour_before(words, ("trousers", "pants", "jeans", "breeches"), inks)
        or chance.pick((inks["navy"], inks["dark"], inks["earth"], inks["tan"])),
        hat=hat,
        hat_ink=_colour_before(words, _HATS[hat], inks)
        or (inks["tan"] if hat in ("brim", "cone") else second)
        if hat
        else _NO_INK,
        beard=beard,
        scarf=scarf_ink,
        cape=cape,
        belt="belt" in words or garment == "tunic",
        staff=bool(re.search(r"\b(staff|crook|cane|stick|shepherd)\b", words)),
        satchel=bool(re.search(r"\b(satchel|bag|backpack|pouch)\b", words)),
        glasses=bool(re.search(r"\b(glasses|spectacles)\b", words)),
    )


def _hair(
    words: str, chance: Chance, inks: dict[str, Ink], *, feminine: bool, old: bool
) -> tuple[str, Ink]:
    style = _find(words, _HAIR)
    if not style and re.search(r"\blong [\w ]*hair\b", words):
        style = "long"
    if not style:
        if old:
            style = "bun" if feminine else chance.pick(("bald", "short"))
        else:
            style = (
                chance.pick(("long", "bob", "ponytail", "braid", "bun")) if feminine else "short"
            )
    ink = _colour_before(
        words, ("hair", "braid", "braids", "curls", "bun", "ponytail", "beard"), inks
    )
    if ink is None:
        ink = (
            inks["paper"]
            if old
            else chance.pick((inks["black"], inks["dark"], inks["dark"], inks["auburn"]))
        )
    return style, ink


def _usual_hat(chance: Chance, *, world: str, feminine: bool, young: bool, old: bool) -> str:
    if world == "bazaar":
        return "headscarf" if feminine else "turban"
    if world == "east":
        return "" if feminine or not (old or young) else ("headband" if young else "")
    if feminine:
        return "headscarf" if old else ""
    return chance.pick(("", "cap", "brim")) if young or old else chance.pick(("", "", "brim"))


def _skin(words: str, chance: Chance, family: Family) -> Ink:
    light, dark = (
        mix(family.soft, family.paper, 0.25),
        scaled(mix(family.earth, family.soft, 0.2), 0.8),
    )
    if re.search(r"\b(dark|brown|black)[ -]skin", words):
        share = 0.85
    elif re.search(r"\b(pale|fair)\b", words):
        share = 0.0
    elif re.search(r"\b(olive|tanned|weathered)\b", words):
        share = 0.42
    else:
        share = chance.pick((0.05, 0.2, 0.35, 0.5))
    return mix(light, dark, share)
