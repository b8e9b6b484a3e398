"""The inks: hand-chosen palette families, one for a story, and a scheme of them for each scene.

A printmaker mixes a few inks and prints everything with them. A `Family` holds nine inks by role;
a story keeps one family. A `Scheme` says how one scene uses them by hour, weather and mood.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from raypipe.images.storybook.chance import Chance
from raypipe.images.storybook.worlds import world_of


class Ink(NamedTuple):
    """A colour, 0 to 255 each, sRGB."""

    r: int
    g: int
    b: int


def _ink(code: str) -> Ink:
    return Ink(int(code[0:2], 16), int(code[2:4], 16), int(code[4:6], 16))


@lru_cache(maxsize=8192)
def mix(first: Ink, second: Ink, share: float) -> Ink:
    """Return ``first`` with ``share`` (0 to 1) of ``second``, mixed in squared light.

    Squares stand for linear light: mixes stay as bright as they look, where plain sRGB
    averages turn to mud.
    """
    t = min(max(share, 0.0), 1.0)
    return Ink(
        *(round(((1 - t) * a * a + t * b * b) ** 0.5) for a, b in zip(first, second, strict=True))
    )


def scaled(ink: Ink, factor: float) -> Ink:
    """Return ``ink`` darker (below 1) or brighter (above 1)."""
    return Ink(*(min(255, max(0, round(value * factor))) for value in ink))


def luminance(ink: Ink) -> float:
    """Return relative luminance, 0 to 1, with the weights of ITU-R BT.709."""
    return (0.2126 * ink.r + 0.7152 * ink.g + 0.0722 * ink.b) / 255


@dataclass(frozen=True, slots=True)
class Family:
    """Nine inks by role, dark to light, with two that shine.

    ``dyes`` are the colours of `raypipe.colour_words` by name, for what the story says is red.
    """

    name: str
    ink: Ink
    deep: Ink
    cool: Ink
    leaf: Ink
    earth: Ink
    accent: Ink
    glow: Ink
    soft: Ink
    paper: Ink
    dyes: Mapping[str, Ink] = field(default_factory=dict, compare=False)


ROLES = ("ink", "deep", "cool", "leaf", "earth", "accent", "glow", "soft", "paper")


_DYES = {
    "red": "cc3a2c", "blue": "3371b8", "navy": "27447a", "turquoise": "4aa9a6", "green": "4f9148",
    "yellow": "f3c93f", "gold": "dfa83c", "orange": "e8842e", "brown": "7f5130", "tan": "c49c6c",
    "purple": "7d4f99", "pink": "ee95ad", "white": "f8f4ea", "black": "2d2b34", "grey": "8f9299",
    "silver": "b7bec7",
}  # fmt: skip
_AKIN = 60.0
"""Within this distance in sRGB an ink of the family counts as the dye's own colour."""
_OF_THE_FAMILY = 0.35


def _family(name: str, codes: str) -> Family:
    inks = [_ink(code) for code in codes.split()]
    dyes = {colour: _dye(_ink(code), inks) for colour, code in _DYES.items()}
    roles = dict(zip(ROLES, inks, strict=True))
    return Family(name, **roles, dyes=dyes)


def _dye(pigment: Ink, inks: Sequence[Ink]) -> Ink:
    """Return a pigment with some of the family's ink that is most like it, if one is like it."""
    nearest = min(inks, key=lambda ink: math.dist(ink, pigment))
    akin = math.dist(nearest, pigment) < _AKIN
    return mix(pigment, nearest, _OF_THE_FAMILY) if akin else pigment


FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        #                      ink    deep   cool   leaf   earth  accent glow   soft   paper
        _family("expedition", "131a2e 24406a 3b8794 63854f 95502f e4572e f7c552 ebb488 f9edd3"),
        _family("harbour", "0f1f36 1c466b 3f8fab 5f9c84 8b573b e6583a ffd377 f1c69c faf2de"),
        _family("orchard", "232a22 2d4d44 66a6a0 82a044 9c5a2c d9432b f6bf4a f0c89b fbf2dc"),
        _family("indigo", "191c35 283f78 6fa4bd 76955a 9b523a dc483a f5c569 f1bea3 faf1df"),
        _family("bazaar", "1c1839 263c82 2c939b 6d8d49 aa572b da472c f8b72f f0bf88 fbeed2"),
        _family("rose", "2b1a38 5a3068 7f92bd 7f9676 a05155 e5526b ffcf8c f5bdb2 fdf0e4"),
        _family("gothic", "0e0d15 2c2338 58646f 4f5a47 613a33 c92e2a ecb868 cba994 ede4d4"),
        _family("nebula", "0b1033 29267a 3f93ca 3fa593 6e4a8c f2548b ffd885 cab4ec eff2fb"),
        _family("lamplight", "10151f 27374f 5f8494 5f745d 745440 e2a22a ffda78 cdc0a5 f0e9d9"),
        _family("frost", "14233b 2d5182 78afcd 4d837c 7f5a59 e34e3c ffdf9c d4dcea f7f8f6"),
        _family("meadow", "203250 2c6078 78c1c6 8fb54a b66a39 f26840 ffd254 f9cea3 fff6e1"),
        _family("heath", "201b27 473b58 7d92a4 80864e 925c39 bd4338 ecb658 dab593 f4ead8"),
        _family("jade", "0f2421 1b504d 4a9d91 84a94c 896137 ea6e36 fad866 edd09c f9f4dd"),
        _family("plum", "1a1433 3f2b69 6a7cba 5d8d73 894a6d f16a54 ffd076 e7b7c8 f9efe9"),
    )
}

_BY_GENRE: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("horror", "ghost", "gothic"), ("gothic", "plum")),
    (("myster", "thrill", "crime", "noir", "detective"), ("lamplight", "gothic")),
    (("sci", "space", "cyber", "future"), ("nebula", "frost")),
    (("roman", "love"), ("rose", "plum")),
    (("fantas", "fairy", "myth", "legend", "magic"), ("jade", "plum", "frost")),
    (("fable", "animal", "nature"), ("orchard", "meadow", "jade")),
    (("child", "comed", "humor", "humour", "bedtime", "family"), ("meadow", "orchard")),
    (("advent", "action", "quest", "treasure"), ("expedition", "harbour")),
    (("histor", "drama", "war", "western", "tragedy"), ("heath", "lamplight")),
    (("folk", "tale", "traditional"), ("heath", "orchard", "indigo")),
    (("sea", "pirate", "nautical"), ("harbour",)),
    (("winter", "christmas", "holiday"), ("frost",)),
)

_BY_WORLD = {"east": "indigo", "bazaar": "bazaar"}


def choose_family(*, genre: str, language: str, story_seed: int) -> Family:
    """Return the palette family of a story, by genre, then language, then seed."""
    chance = Chance("family", story_seed)
    world = world_of(language)
    told = genre.lower()
    if world and (not told or "folk" in told or "tale" in told or "fable" in told):
        return FAMILIES[_BY_WORLD[world]]
    for stems, names in _BY_GENRE:
        if any(stem in told for stem in stems):
            return FAMILIES[chance.pick(names)]
    return FAMILIES[chance.pick(("expedition", "harbour", "orchard", "heath", "jade", "meadow"))]


@dataclass(frozen=True, slots=True)
class Scheme:
    """How one scene uses its family.

    ``sky`` runs from the zenith to the horizon. ``shade`` is the ink of shadows, ``key`` that of
    lines, ``light`` that of the sun, moon or lamp. ``night`` (0 to 1) says how far local colours
    sink into ``shade``, ``warmth`` how far a low sun tints them; ``haze`` how soon distance
    fades into ``air``.
    """

    family: Family
    sky: tuple[Ink, Ink, Ink]
    air: Ink
    key: Ink
    shade: Ink
    light: Ink
    night: float
    warmth: float
    haze: float
    contrast: float
    vignette: float

    def local(self, ink: Ink, *, depth: float = 0.0) -> Ink:
        """Return ``ink`` as it looks in this light, ``depth`` 0 (near) to 1 (at the horizon)."""
        return self._in_light(ink, self.night, depth)

    def _in_light(self, ink: Ink, night: float, depth: float) -> Ink:
        lit = mix(mix(ink, self.sky[1], self.warmth), self.shade, night)
        return mix(lit, self.air, min(1.0, depth * self.haze))

    def tinted(self, *, depth: float = 0.0, lit: float = 0.0) -> Family:
        """Return the whole family in this light; ``lit`` (0 to 1) lifts it out of the night."""
        night = self.night * (1 - lit)
        inks = {role: self._in_light(getattr(self.family, role), night, depth) for role in ROLES}
        dyes = {name: self._in_light(ink, night, depth) for name, ink in self.family.dyes.items()}
        return Family(self.family.name, **inks, dyes=dyes)


_NIGHT_BY_HOUR = {"dawn": 0.16, "day": 0.0, "golden": 0.06, "dusk": 0.3, "night": 0.5}


def _sky(family: Family, hour: str, mood: str) -> tuple[Ink, Ink, Ink]:
    f = family
    skies = {
        "dawn": (mix(f.cool, f.deep, 0.25), mix(f.soft, f.cool, 0.15), mix(f.glow, f.paper, 0.35)),
        "day": (mix(f.cool, f.deep, 0.06), mix(f.cool, f.paper, 0.4), mix(f.paper, f.glow, 0.12)),
        "golden": (
            mix(mix(f.cool, f.deep, 0.2), f.soft, 0.25),
            mix(f.soft, f.glow, 0.35),
            mix(f.glow, f.paper, 0.3),
        ),
        "dusk": (f.deep, mix(f.accent, f.deep, 0.3), f.glow),
        "night": (mix(f.ink, f.deep, 0.25), f.deep, mix(f.deep, f.cool, 0.6)),
    }
    top, middle, low = skies.get(hour, skies["day"])
    if mood in ("epic", "romantic"):
        tint = f.accent if mood == "epic" else mix(f.accent, f.soft, 0.5)
        middle, low = mix(middle, tint, 0.3), mix(low, f.glow, 0.35)
    elif mood in ("dark", "tense"):
        top, middle, low = mix(top, f.ink, 0.45), mix(middle, f.deep, 0.4), mix(low, f.accent, 0.22)
    elif mood == "sad":
        top, middle, low = (mix(ink, mix(f.cool, f.deep, 0.35), 0.4) for ink in (top, middle, low))
    elif mood == "joyful":
        middle, low = mix(middle, f.paper, 0.15), mix(low, f.glow, 0.25)
    elif mood == "wondrous":
        top, middle = mix(top, f.deep, 0.3), mix(middle, f.cool, 0.25)
    return top, middle, low


def make_scheme(
    family: Family, *, hour: str, weather: str, mood: str, progress: float = 0.5
) -> Scheme:
    """Return the scheme of one scene. Unknown words count as day, clear and calm.

    ``progress`` (0 to 1) is how far the story has come: its days grow from a fresh morning to a
    golden afternoon, so that scenes of one day differ.
    """
    f = family
    top, middle, low = _sky(f, hour, mood)
    if hour == "day":
        morning, evening = max(0.0, 0.5 - progress), max(0.0, progress - 0.5)
        low = mix(mix(low, f.soft, morning * 0.6), f.glow, evening * 0.9)
        middle = mix(mix(middle, f.paper, morning * 0.3), f.soft, evening * 0.8)
        top = mix(top, f.deep, evening * 0.3)
    night = _NIGHT_BY_HOUR.get(hour, 0.0)
    haze = 0.7
    grey = mix(mix(f.cool, f.paper, 0.3), f.deep, 0.25 + 0.6 * night)
    veil = {"cloud": 0.25, "rain": 0.55, "storm": 0.6, "fog": 0.5, "snow": 0.4}.get(weather, 0.0)
    top, middle, low = (mix(ink, grey, veil) for ink in (top, middle, low))
    if weather == "storm":
        top, middle = mix(top, f.ink, 0.5), mix(middle, f.deep, 0.4)
        night = max(night, 0.25)
    if weather in ("fog", "snow"):
        haze = 0.97
    night += {"dark": 0.14, "tense": 0.08, "sad": 0.06, "joyful": -0.06}.get(mood, 0.0)
    light = {"dawn": mix(f.glow, f.paper, 0.3), "day": mix(f.paper, f.glow, 0.2), "dusk": f.glow}
    light["golden"] = mix(f.glow, f.paper, 0.25)
    return Scheme(
        family=f,
        sky=(top, middle, low),
        air=mix(low, middle, 0.35),
        key=f.ink,
        shade=mix(f.ink, f.deep, 0.6),
        light=light.get(hour, mix(f.paper, f.cool, 0.15)),
        night=min(max(night, 0.0), 0.7),
        warmth=0.0 if veil > 0.3 else _warmth(hour, progress),
        haze=haze,
        contrast=1.08 if mood in ("tense", "epic", "dark") else 1.0,
        vignette={"dark": 0.42, "tense": 0.36, "sad": 0.3, "joyful": 0.12}.get(mood, 0.22),
    )


def _warmth(hour: str, progress: float) -> float:
    low_sun = {"dawn": 0.12, "golden": 0.18, "dusk": 0.16}
    return low_sun.get(hour, max(0.0, progress - 0.6) * 0.14 if hour == "day" else 0.0)
