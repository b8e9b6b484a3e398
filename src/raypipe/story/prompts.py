"""Prompts for pictures: English phrases, the most telling first, within what CLIP reads.

CLIP's text encoder, which Stable Diffusion 1, 2 and XL read prompts with, takes 77 tokens, two of
them marks (Radford et al., "Learning transferable visual models from natural language
supervision", 2021, section 2.4). An English word is about 1.3 of its tokens.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from raypipe.story.atmosphere import Atmosphere
from raypipe.story.camera import Shot
from raypipe.story.genres import GenreStyle
from raypipe.story.lexicon.concepts import load_concepts
from raypipe.story.plan import CharacterInScene
from raypipe.story.words import word_set

MAX_TOKENS = 75
_MAX_LOOKS = 2
_MAX_SUBJECTS = 3
# What is left out first when a prompt is too long, step by step.
_NO_ANGLE, _SHORT_LIGHT, _NO_MOOD, _SHORT_STYLE, _SHORT_LOOK, _MAX_SPARE = 2, 2, 3, 4, 5, 6

_SETTINGS: Final[dict[str, tuple[str, ...]]] = {
    "indoors": ("in a lived-in room", "in a quiet interior"),
    "forest": ("in a dense forest of tall trees", "in a mossy old forest"),
    "sea": ("on the open sea, rolling waves", "on the wide sea under a big sky"),
    "shore": ("on a shore of wet sand", "on a rocky shore"),
    "river": ("by a winding river", "on a grassy riverbank"),
    "desert": ("in a desert of wind-shaped dunes", "in a stony desert"),
    "city": ("on a city street", "among tall city buildings"),
    "village": ("in a small village of old houses", "in a village lane"),
    "mountain": ("on a rocky mountainside", "among high mountains"),
    "snow": ("on a wide snowfield", "in a snow-covered landscape"),
    "field": ("in a rolling green meadow", "in an open field"),
    "garden": ("in a blooming garden", "in a walled garden"),
    "cave": ("in a rocky cavern", "in a deep cave"),
    "ruins": ("among ancient ruins", "among crumbling stone ruins"),
    "castle": ("in a stone castle", "before castle walls"),
    "road": ("on a long country road", "on a dusty road"),
    "sky": ("high in the sky above the clouds", "among drifting clouds"),
    "space": ("in deep space, distant stars", "among the stars"),
    "underwater": ("underwater, drifting light rays", "on the sea floor"),
}
_PREPOSITIONS: Final = {
    "shore": "on", "road": "on", "mountain": "on", "river": "by", "sea": "on", "snow": "on",
    "sky": "in",
}  # fmt: skip
_ON: Final = word_set(
    """
    bridge island rooftop street square stage hill hillside pier deck
    """
)
_AT: Final = word_set("station crossroads bus_stop harbour lighthouse well")
_BARE: Final = frozenset({"forest", "wood", "sea", "sky", "cloud", "desert", "road", "river"})
_UNCOUNTED: Final = frozenset({"space", "orbit", "depths", "countryside", "downtown"})

_LIGHT_OUTSIDE: Final = {
    "dawn": ("soft golden dawn light", "pale early morning light"),
    "day": ("clear daylight", "warm sunlight"),
    "golden": ("golden hour light, long shadows", "low golden sun, warm rim light"),
    "dusk": ("glowing dusk sky", "last light after sunset, violet sky"),
    "night": ("blue moonlight", "starry night, cool moonlight"),
}
_LIGHT_INSIDE: Final = {
    "dawn": ("dawn light through a window",),
    "day": ("soft window light", "shafts of daylight"),
    "golden": ("low golden light through a window", "warm late sunlight, long shadows"),
    "dusk": ("amber evening light", "warm lamplight"),
    "night": ("dim lamplight, deep shadows", "candlelight in the dark"),
}
_LIGHT_IN: Final = {
    "cave": ("light from the cave mouth", "dim light on wet rock"),
    "ruins": ("shafts of dusty sunlight", "pale light through broken stone"),
    "castle": ("light through tall windows", "torchlight on stone"),
}
_OPEN_PLACES = ("cemetery", "graveyard", "shrine", "courtyard")
_ENCLOSED: Final = frozenset({"indoors", "cave", "castle", "ruins"})
_WEATHER: Final = {
    "cloud": "overcast sky", "rain": "falling rain, wet reflections", "storm":
    "storm clouds, lightning", "snow": "falling snow", "fog": "drifting fog", "wind":
    "strong wind",
}  # fmt: skip
_BLOWN: Final = {
    "sea": "wind-blown spray", "shore": "wind-blown spray", "desert": "blowing sand",
    "snow": "blowing snow", "mountain": "strong wind", "sky": "racing clouds",
    "space": "", "underwater": "",
}  # fmt: skip
_SEASONS: Final = {
    "spring": "spring blossom", "summer": "lush summer green", "autumn": "autumn leaves",
    "winter": "bare winter trees",
}  # fmt: skip
_BARREN: Final = _ENCLOSED | {"space", "underwater", "desert", "sea", "sky", "snow"}
_LIGHT_SOURCES: Final = (
    ("torch", "flickering torchlight"), ("crystal", "eerie crystal glow"),
    ("candle", "warm candlelight"), ("bonfire", "warm firelight"), ("fire", "warm firelight"),
    ("lantern", "lantern glow"), ("lightning", "flashes of lightning"),
    ("firework", "firework glow"), ("lamp", "warm lamplight"), ("neon street", "neon glow"),
)  # fmt: skip
_MOODS: Final = {
    "calm": ("serene mood", "peaceful mood"),
    "joyful": ("joyful mood", "cheerful, lively mood"),
    "tense": ("tense mood", "urgent, suspenseful mood"),
    "dark": ("ominous mood", "dark, foreboding mood"),
    "sad": ("melancholy mood", "wistful, lonely mood"),
    "wondrous": ("sense of wonder", "mysterious, magical mood"),
    "epic": ("epic, heroic mood", "grand, triumphant mood"),
    "romantic": ("tender, romantic mood", "intimate, loving mood"),
    "comic": ("humorous mood", "playful mood"),
}
_PIECES: Final = (9, 14)
"""Longer words are two and three tokens."""
_WORD: Final = re.compile(r"[A-Za-z0-9]+(?:['’-][A-Za-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class PromptFacts:
    """What one picture shows. All texts are English.

    ``people`` are the characters with what each does (phrases such as "holding a torch", may be
    empty); ``subjects`` are noun phrases with articles where they need them.
    """

    people: tuple[tuple[CharacterInScene, tuple[str, ...]], ...]
    subjects: tuple[str, ...]
    deeds: tuple[str, ...]
    atmosphere: Atmosphere
    shot: Shot
    nouns: tuple[str, ...]
    story_seed: int
    index: int


def write_prompt(facts: PromptFacts, *, style: str) -> str:
    """Return the prompt: subject and action, place, light, mood, camera, style.

    Parts are left out from the least telling on until it fits `MAX_TOKENS`; the subject, the
    place and the style always stay.
    """
    for spare in range(_MAX_SPARE):
        prompt = _assemble(facts, style, spare)
        if estimate_tokens(prompt) <= MAX_TOKENS:
            return prompt
    return _assemble(facts, style, _MAX_SPARE)


def estimate_tokens(text: str) -> int:
    """Return about how many CLIP tokens ``text`` is; marks count one each."""
    words: list[str] = _WORD.findall(text)
    pieces = sum(
        1 + sum(len(word) > limit for limit in _PIECES) + word.count("-") * 2 for word in words
    )
    return pieces + len(re.findall(r"[^\w\s]", text)) - text.count("-")


def write_negative(facts: PromptFacts, genre: GenreStyle, *, style: str, own_style: bool) -> str:
    """Return what the picture must not show, as far as this scene could be mistaken.

    Args:
        facts: of the scene.
        genre: the story's genre.
        style: the style in the prompt.
        own_style: whether the author chose the style, so that the genre's aversions don't hold.
    """
    parts = ["text", "watermark", "signature", "blurry", "low quality"]
    human = sum(_is_human(person.kind) for person, _ in facts.people)
    groups = any(load_concepts()[noun].kind in {"group", "person"} for noun in facts.nouns)
    if human:
        parts += ["deformed hands", "extra limbs", "distorted face", "cropped head"]
    elif not groups:
        parts.append("people")
    if human == 1 and len(facts.people) == 1 and not groups:
        parts.append("duplicate person")
    if len(facts.people) > human:
        parts += ["extra legs", "malformed animal"]
    if not own_style:
        parts += genre.avoid.split(", ")
    elif "photo" not in style.lower() and "film" not in style.lower():
        parts.append("photograph")
    if facts.atmosphere.hour == "night" and facts.atmosphere.setting != "space":
        parts.append("bright daylight")
    if facts.atmosphere.hour == "day" and facts.atmosphere.setting not in _ENCLOSED | {"space"}:
        parts.append("night sky")
    said = " ".join([*facts.subjects, *(deed for deed in facts.deeds)])
    return ", ".join(dict.fromkeys(part for part in parts if part not in said))


def say_place(atmosphere: Atmosphere, *, seed: int) -> str:
    """Return the place as a phrase with its preposition, the same through the story."""
    place = atmosphere.place
    if not place:
        return _say_setting(atmosphere, seed)
    head = place.split()[-1]
    place = f"{place} house" if head == "opera" else place
    if place.rstrip("s") in {atmosphere.setting, *_BARE}:
        # A bare word says little: the setting's own phrase says it with details.
        return _say_setting(atmosphere, seed)
    preposition = _PREPOSITIONS.get(atmosphere.setting, "in")
    if head in _ON:
        preposition = "on"
    elif head in _AT:
        preposition = "at"
    elif head in {"room", "hall", "house", "cottage", "temple", "church", "cave", "tower"}:
        preposition = "inside" if atmosphere.setting != "village" else "by"
    return f"{preposition} {with_article(place)}"


def _say_setting(atmosphere: Atmosphere, seed: int) -> str:
    options = _SETTINGS[atmosphere.setting]
    if atmosphere.season in {"autumn", "winter"}:
        options = tuple(o for o in options if "bloom" not in o and "green" not in o) or options
    return _pick(options, f"{seed}/{atmosphere.setting}")


def with_article(phrase: str, *, plural: bool = False) -> str:
    """Return an English noun phrase with "a" or "an" where it needs one."""
    head = phrase.rsplit(maxsplit=1)[-1]
    if (
        plural
        or head in _UNCOUNTED
        or head in _MASS
        or (head.endswith("s") and head not in _SINGULAR_S)
    ):
        return phrase
    if phrase.split(maxsplit=1)[0] in {
        "the",
        "a",
        "an",
        "his",
        "her",
        "their",
        "two",
        "three",
        "forty",
    }:
        return phrase
    return f"{'an' if phrase[0] in 'aeiou' else 'a'} {phrase}"


_MASS: Final = word_set(
    """
    gold silver water milk wine tea coffee soup rice bread honey salt meat corn grass
    ivy moss seaweed bamboo wheat fire smoke ash snow ice sand mud dust fog mist rain
    wind blood paper armour laundry medicine poison treasure lightning people children
    sheep cheese chocolate candy beer sky sun earth seabed space fish countryside water
    """
)
_SINGULAR_S: Final = word_set("cross compass glass lens grass bus cactus octopus walrus")


def _assemble(facts: PromptFacts, style: str, spare: int) -> str:
    """Join the parts; the higher ``spare`` (0 to `_MAX_SPARE`), the fewer of them."""
    people = facts.people[: _MAX_LOOKS if spare < _MAX_SPARE else 1]
    subject = _say_people(people, spare)
    if not people:
        # "standing" without anybody shows nothing.
        shown = tuple(deed for deed in facts.deeds if not deed.split()[0].endswith("ing"))
        facts = replace(facts, deeds=shown)
    extra = facts.subjects[: max(_MAX_SUBJECTS - spare, 1)]
    deeds = facts.deeds[: 2 if spare < _NO_ANGLE else 1]
    said = ", ".join([subject, *deeds])
    deeds = (*_say_others(facts.people[len(people) :]), *deeds)
    extra = (*deeds, *(phrase for phrase in extra if not _mentioned(phrase, said)))
    if not people:
        subject, extra = ", ".join(extra), ()
    atmosphere = facts.atmosphere
    place = say_place(atmosphere, seed=facts.story_seed)
    if not subject:
        subject, place = (
            re.sub(r"^(?:inside|in|on|by|at|among|before|high in) ", "", place, count=1),
            "",
        )
    key = f"{facts.story_seed}/{facts.index}"
    mood = _pick(_MOODS[atmosphere.mood], key + "mood")
    parts = [
        f"{facts.shot.phrase} of {subject}",
        *extra,
        "" if _mentioned(place, subject) and len(place.split()) < 5 else place,  # noqa: PLR2004
        _say_season(atmosphere) if spare < _SHORT_LIGHT else "",
        _say_light(facts, key, short=spare >= _SHORT_LIGHT),
        mood if spare < _NO_MOOD else "",
        facts.shot.angle if spare < _NO_ANGLE else "",
        style if spare < _SHORT_STYLE else ", ".join(style.split(", ")[:2]),
    ]
    return ", ".join(part for part in parts if part)


def _say_people(people: Sequence[tuple[CharacterInScene, tuple[str, ...]]], spare: int) -> str:
    said = []
    for position, (person, deeds) in enumerate(people):
        most = (2, 1)[spare >= _NO_ANGLE] if position == 0 else (1, 0)[spare >= _SHORT_LOOK]
        kept = deeds[:most]
        look = person.look or person.kind
        if position and spare >= _SHORT_LOOK:
            look = look.partition(",")[0]
        said.append(", ".join([_lead(look), *_join_deeds(kept)]))
    return ", with ".join(said)


def _say_others(people: Sequence[tuple[CharacterInScene, tuple[str, ...]]]) -> list[str]:
    """Return those for whose looks there is no room, by their kinds."""
    return [with_article(person.kind) for person, _ in people if person.kind != "person"][:2]


def _join_deeds(deeds: Sequence[str]) -> list[str]:
    """Join what is done with "and"; how somebody feels stands by itself."""
    states = [deed for deed in deeds if " " not in deed and not deed.endswith("ing")]
    done = [deed for deed in deeds if deed not in states]
    return [*states, *([" and ".join(done)] if done else [])]


def _lead(look: str) -> str:
    """Return a look as it may follow "shot of": with an article, in the middle of a sentence."""
    first, _, _ = look.partition(" ")
    if first.lower() in {"a", "an", "the", "two"}:
        return look[0].lower() + look[1:]
    if first[1:2].islower() and first not in _PEOPLES:
        look = look[0].lower() + look[1:]
    return f"{'an' if look[0].lower() in 'aeio' else 'a'} {look}"


_PEOPLES: Final = frozenset({"Japanese", "Chinese", "Korean", "Arab", "Indian", "Russian"})


def _mentioned(phrase: str, text: str) -> bool:
    head = _WORD.findall(phrase)[-1:] or [""]
    return bool(re.search(rf"\b{re.escape(head[0])}\b", text))


def _say_light(facts: PromptFacts, key: str, *, short: bool) -> str:
    atmosphere = facts.atmosphere
    dark = atmosphere.setting in _ENCLOSED or atmosphere.hour == "night"
    for noun, light in _LIGHT_SOURCES:
        if dark and noun in facts.nouns:
            return light
    if atmosphere.setting == "space":
        return "starlight and hard rim light"
    if atmosphere.setting == "underwater":
        return "blue light from above"
    enclosed = atmosphere.setting in _ENCLOSED and not atmosphere.place.endswith(_OPEN_PLACES)
    table = _LIGHT_INSIDE if enclosed else _LIGHT_OUTSIDE
    options = table[atmosphere.hour]
    if enclosed and atmosphere.hour != "night" and atmosphere.setting in _LIGHT_IN:
        options = _LIGHT_IN[atmosphere.setting]
    light = _pick(options, key + "light")
    weather = "" if enclosed else _WEATHER.get(atmosphere.weather, "")
    if weather and atmosphere.weather == "wind":
        # The sky stays clear, and what is blown about depends on the place.
        blown = _BLOWN.get(atmosphere.setting, "wind-blown leaves")
        return light if short or not blown else f"{blown}, {light}"
    return _say_weather(weather, light, atmosphere.hour, short=short) if weather else light


def _say_season(atmosphere: Atmosphere) -> str:
    if atmosphere.setting in _BARREN or atmosphere.weather == "snow":
        return ""
    return _SEASONS.get(atmosphere.season, "")


def _say_weather(weather: str, light: str, hour: str, *, short: bool) -> str:
    if hour == "night":
        return f"{weather}, dark night"  # no stars and no moon through clouds
    return weather if hour == "day" or short else f"{weather}, {light}"


def _pick(options: Sequence[str], key: str) -> str:
    digest = hashlib.sha256(key.encode()).digest()
    return options[digest[0] % len(options)]


def _is_human(kind: str) -> bool:
    return kind in {"woman", "man", "girl", "boy", "old woman", "old man", "person"}
