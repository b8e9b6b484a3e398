"""Where, when, in what weather and mood a scene is; a place that is not said stays as it was."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, cast, get_args

from raypipe.story.daylight import Told, light_scenes
from raypipe.story.doors import Way, read_way
from raypipe.story.facts import PREPOSITIONS, Facts, Noun, is_inside
from raypipe.story.plan import Hour, Mood, Setting, Weather
from raypipe.story.words import word_set

MOODS: Final[tuple[Mood, ...]] = get_args(Mood)
_QUOTED, _DREAMT = 0.4, 0.3  # what is only spoken of counts less than what is told

# What a genre suggests where the text is silent.
_GENRE_SETTINGS: Final[dict[str, Setting]] = {
    "sci-fi": "space", "horror": "indoors", "mystery": "city", "romance": "city",
    "comedy": "city", "drama": "city", "documentary": "city", "fantasy": "forest",
    "fairy tale": "forest", "folklore": "village", "fable": "field", "adventure": "mountain",
    "history": "village", "children": "garden", "thriller": "city", "western": "desert",
}  # fmt: skip
_GENRE_MOODS: Final[dict[str, tuple[Mood, float]]] = {
    "sci-fi": ("wondrous", 0.4), "horror": ("dark", 1.2), "mystery": ("tense", 0.7),
    "romance": ("romantic", 0.8), "comedy": ("comic", 1.3), "fantasy": ("wondrous", 0.6),
    "fairy tale": ("wondrous", 0.6), "adventure": ("epic", 0.3), "thriller": ("tense", 1.0),
    "children": ("joyful", 0.6), "drama": ("sad", 0.2), "fable": ("calm", 0.2),
    "war": ("tense", 0.6),
}  # fmt: skip
_FROM_OUTSIDE: Final = word_set("into to toward towards reached entered in inside")
_ARRIVING: Final = _FROM_OUTSIDE - {"in", "inside"}
_PASSED_BY: Final = word_set("past beyond outside")
_NEARBY: Final = word_set("near from of cerca loin behind out between before across over")
_ABOUT: Final = word_set(
    "behind beside near around outside beyond past opposite hinter neben vor derrière devant "
    "detrás davanti dietro atrás"
)
_FELT = 0.6
_OPENING_SCENES = 3
_IN_THE_SKY: Final = frozenset(
    {"sun", "moon", "crescent moon", "stars", "star", "comet", "rainbow"}
)
_OPENS, _CHANGES, _TELLS = 0.75, 1.15, 1.0
_TRAVELS: Final = frozenset({"travel", "return", "later"})
_GOES: Final = word_set(
    "going walking running setting arriving entering reaching climbing returning travelling coming"
)
_BEFORE_THE_DOOR: Final = {"cave": "mountain", "ruins": "forest", "castle": "field"}
_BEDDING: Final = frozenset({"bed", "pillow", "cradle"})
"""Whoever lies in one of these is in a room."""
_PARTS_OF_A_BUILDING: Final = frozenset({"room", "hall", "corridor", "tower", "chamber"})
_BUILT: Final = frozenset({"ruins", "castle", "cave", "indoors"})


@dataclass(frozen=True, slots=True)
class Atmosphere:
    """A scene's surroundings.

    ``place`` is an English phrase ("dusty ancient temple") or "", ``season`` one of spring, summer,
    autumn, winter, or "" where the text names none.
    """

    setting: Setting
    place: str
    hour: Hour
    weather: Weather
    mood: Mood
    season: str = ""


def read_atmospheres(scenes: Sequence[Sequence[Facts]], *, genre: str) -> tuple[Atmosphere, ...]:
    """Return the atmosphere of each scene, carried over from the one before where not told."""
    settings = [_read_setting(scene, opens=not index) for index, scene in enumerate(scenes)]
    ways = [_read_way(scene) for scene in scenes]
    setting, place = _opening(scenes, settings, ways, genre=genre)
    open_air = ("", "")
    seasons = [_read_best(scene, "season") for scene in scenes]
    season = _opening_season(scenes, seasons)
    mood: Mood | Literal[""] = ""
    mood_is_told = False
    places: list[str] = []
    known: list[Told] = []
    for index, scene in enumerate(scenes):
        new_setting, new_place = settings[index]
        if setting == "space" and new_place.split()[-1:] == ["station"]:
            new_setting, new_place = "space", "space station"
        if genre == "sci-fi" and new_place.split()[-1:] == ["bridge"]:
            new_setting, new_place = "indoors", "bridge of a spaceship"
        in_a_building = setting in _BUILT or new_place == "tower"
        if new_place in _PARTS_OF_A_BUILDING and in_a_building and index:
            new_setting = new_place = ""  # "this room" is one of the temple we are in
        if ways[index] == "out" and (new_setting or setting) in _BUILT:
            new_setting, new_place = open_air if open_air[0] else (_outside(setting, genre), "")
        elif ways[index] == "in" and (new_setting or setting) not in _BUILT:
            new_setting, new_place = "indoors", ""
        moved = bool(new_setting) and new_setting != setting
        if new_setting:
            setting, place = new_setting, new_place or ("" if moved else place)
        if setting not in _BUILT:
            open_air = (setting, place)
        weather = _read_best(scene, "weather")
        if weather == "snow" and setting in {"field", "road"} and not place:
            setting = "snow"
        before, mood = mood, _read_mood(scene, genre=genre, before=mood, told=mood_is_told)
        mood_is_told = mood != before
        season = seasons[index] or season
        places.append(place)
        known.append(
            Told(
                cast("Setting", setting),
                mood,
                hour=_read_best(scene, "hour"),
                weather=weather,
                season=season,
                passes=any("later" in facts.values("turn") for facts in scene),
                moved=moved and index > 0,
                feels=_score_moods(scene)[mood] >= _FELT,
                needs_sky=any(
                    noun.concept.name in _IN_THE_SKY and not noun.absent
                    for facts in scene
                    for noun in facts.nouns
                ),
            )
        )
    lights = light_scenes(known, genre=genre)
    return tuple(
        Atmosphere(scene.setting, place, hour, weather, scene.mood, scene.season)
        for scene, place, (hour, weather) in zip(known, places, lights, strict=True)
    )


def _opening(
    scenes: Sequence[Sequence[Facts]],
    settings: Sequence[tuple[str, str]],
    ways: Sequence[Way],
    *,
    genre: str,
) -> tuple[str, str]:
    """Return setting and place of the scenes before the first that tells them.

    A story may say only later where it began; but where somebody arrives later it did not begin.
    """
    usual: tuple[str, str] = (_GENRE_SETTINGS.get(genre, "field"), "")
    for index, told in enumerate(settings[:_OPENING_SCENES]):
        if ways[index] == "out":
            return "indoors", ""
        if ways[index] == "in":
            return (_outside(usual[0], genre), "") if usual[0] in _BUILT else usual
        if told[0]:
            began_there = not (index and _arrives(scenes[index]))
            return told if began_there and genre not in _GENRE_SETTINGS else usual
    return usual


def _opening_season(scenes: Sequence[Sequence[Facts]], seasons: Sequence[str]) -> str:
    """Return the season that a story begins in, if it tells before any time has passed."""
    for index, season in enumerate(seasons[:_OPENING_SCENES]):
        if index and any("later" in facts.values("turn") for facts in scenes[index]):
            return ""
        if season:
            return season
    return ""


def _read_way(scene: Sequence[Facts]) -> Way:
    """Return whether a scene goes out of doors or in, or ""; the last that is told."""
    return next((way for facts in reversed(scene) if (way := read_way(facts))), "")


def _outside(setting: str, genre: str) -> str:
    """Return what lies before the door of a place that the story has not shown from outside."""
    usual = _GENRE_SETTINGS.get(genre, "")
    return usual if usual and usual not in _BUILT else _BEFORE_THE_DOOR.get(setting, "village")


def _arrives(scene: Sequence[Facts]) -> bool:
    """Say whether somebody comes to the scene's place from another one."""
    for facts in scene:
        if _TRAVELS & set(facts.values("turn")):
            return True
        if any(deed.split()[0] in _GOES for deed in facts.values("action")):
            return True
        for noun in facts.nouns:
            before = _words_before(facts, noun, 5)
            if noun.concept.kind == "place" and _ARRIVING & set(before):
                return True
    return False


def read_setting_of(facts: Facts) -> str:
    """Return the setting that one sentence clearly names, or ""."""
    return _read_setting([facts])[0]


def read_mood_of(facts: Facts) -> str:
    """Return the mood that one sentence clearly has, or ""."""
    scores = _score_moods([facts])
    return max(scores, key=lambda mood: scores[mood], default="")


def _weight(facts: Facts, position: int) -> float:
    return _QUOTED if is_inside(position, facts.quotations) else 1.0


def _read_setting(scene: Sequence[Facts], *, opens: bool = False) -> tuple[str, str]:
    scores: defaultdict[str, float] = defaultdict(float)
    phrases: dict[str, tuple[float, str]] = {}
    for order, facts in enumerate(scene):
        for noun, setting in _setting_nouns(facts):
            # Somebody who goes somewhere is seen where they arrive.
            bonus = 0.2 * order if noun.concept.kind == "place" else 0.0
            score = _weigh_setting(facts, noun) + bonus
            if noun.concept.kind == "place" and _is_destination(facts, noun):
                scores["road"] += 1.2
                continue
            scores[setting] += score
            if noun.concept.kind == "place" and score > phrases.get(setting, (0.0, ""))[0]:
                phrases[setting] = (score, noun.phrase)
        for hit in facts.hits:
            said = hit.value("setting")
            if said:
                scores[said] += 1.2 * _weight(facts, hit.start)
    best = max(scores, key=lambda name: scores[name], default="")
    if not best or scores[best] < (_OPENS if opens else _CHANGES):
        return "", ""
    return best, phrases.get(best, (0.0, ""))[1]


def _setting_nouns(facts: Facts) -> Iterator[tuple[Noun, str]]:
    for noun in facts.nouns:
        for section, value in noun.concept.cues:
            house = value == "indoors" and noun.concept.kind == "place"
            # "past the houses" is outside, and so is "behind the mill"
            outside = house and (noun.plural or _is_beside(facts, noun))
            if section == "setting" and not noun.absent and not outside:
                yield noun, value


def _words_before(facts: Facts, noun: Noun, count: int) -> list[str]:
    """Return the last words before a noun, ``count`` at most."""
    return [token.form for token in facts.tokens[max(noun.hit.first - count, 0) : noun.hit.first]]


def _is_beside(facts: Facts, noun: Noun) -> bool:
    """Say whether something is about a place and not in it, by the last preposition before it."""
    before = _words_before(facts, noun, 4)
    words = PREPOSITIONS if facts.language == "en" else _PREPOSITIONS.get(facts.language, _ABOUT)
    last = next((word for word in reversed(before) if word in words | _ABOUT), "")
    return last in _ABOUT or "front of" in " ".join(before)


def _weigh_setting(facts: Facts, noun: Noun) -> float:
    if noun.concept.kind == "place":
        score = _place_score(facts, noun)
    else:
        before = _words_before(facts, noun, 4)
        lain_in = noun.concept.name in _BEDDING and _is_placed(facts, noun, before)
        score = 1.2 if lain_in else 0.7
    return score * _weight(facts, noun.hit.start)


def _is_destination(facts: Facts, noun: Noun) -> bool:
    """Say whether somebody has only set out for the place."""
    leaves = {"setting out"} & set(facts.values("action")) or re.search(
        r"\b(?:set out|set off|left|headed|leaving|departed) (?:for|to|toward)", facts.text
    )
    before = _words_before(facts, noun, 3)
    toward = facts.text[noun.hit.end : noun.hit.end + 1] == "へ" or {"for", "toward"} & set(before)
    return bool(leaves and toward)


def _is_placed(facts: Facts, noun: Noun, before: Sequence[str]) -> bool:
    """Say whether the words around a place say that something is in it, as far as one can tell."""
    pattern = _PLACE_PARTICLES.get(facts.language)
    if pattern:
        return pattern.match(facts.text, max(noun.hit.end - 2, 0)) is not None
    words = PREPOSITIONS if facts.language == "en" else _PREPOSITIONS.get(facts.language)
    return words is None or any(word in words for word in before)


_PLACE_PARTICLES: Final = {
    "ja": re.compile(r".{0,4}?(?:に|で|へ|を|から|の中|の上|まで)"),
    "ko": re.compile(r".{0,3}?(?:에|에서|로|으로|속)"),
    "hi": re.compile(r".{0,3}?\s(?:में|पर|से|तक|के|की ओर)"),
}
_PREPOSITIONS: Final = {
    "es": word_set("en a al por sobre hacia hasta desde entre bajo"),
    "fr": word_set("dans en à au aux sur vers sous par chez jusqu"),
    "de": word_set("in im ins an am auf aufs zu zum zur nach bei durch unter über"),
    "it": word_set("in nel nella nello nei a al alla su sul sulla per verso tra"),
    "pt": word_set("em no na nos nas a ao à por pelo pela para sobre"),
    "ru": word_set("в во на к ко у по из с до за под"),
}
_OF: Final = word_set("de del della dello dell des du da do dos das von vom")


def _place_score(facts: Facts, noun: Noun) -> float:
    before = _words_before(facts, noun, 5)
    if noun.owns or noun.modifies:
        return 1.0
    if any(word in _PASSED_BY for word in before):
        return 0.4
    if any(word in _NEARBY for word in before):
        return 0.5 if "from" in before[-2:] else 1.2  # where one came from is behind one
    if any(word in _OF for word in before[-2:]):
        return 0.8  # "the clock of the town" is not the town
    if not _is_placed(facts, noun, before):
        return 1.1  # "the sea was calm" is said on the shore, too
    return 2.4 if any(word in _FROM_OUTSIDE for word in before) else 2.0


def _share(facts: Facts, position: int) -> float:
    """Weigh an hour or a weather: somebody who dreams of rain does not make it rain."""
    return _DREAMT if is_inside(position, facts.quotations) else 1.0


def _read_best(scene: Sequence[Facts], section: str) -> str:
    scores: defaultdict[str, float] = defaultdict(float)
    for order, facts in enumerate(scene):
        denied = {noun.hit.start for noun in facts.nouns if noun.absent}
        for hit in facts.hits:
            value = hit.value(section)
            if value and hit.start not in denied:
                scores[value] += (2.0 + 0.1 * order) * _share(facts, hit.start)
        for noun in facts.nouns:
            if noun.absent:
                continue
            for name, value in noun.concept.cues:
                if name == section:
                    scores[value] += 1.0 * _share(facts, noun.hit.start)
    if not scores:
        return ""
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] >= _TELLS else ""


def _score_moods(scene: Sequence[Facts]) -> defaultdict[str, float]:
    scores: defaultdict[str, float] = defaultdict(float)
    for facts in scene:
        for hit in facts.hits:
            for section, value in hit.meanings:
                if section == "mood":
                    scores[value] += 1.0 if _weight(facts, hit.start) == 1.0 else 0.6
                if (section, value) in {("turn", "sudden"), ("weather", "storm")}:
                    scores["tense"] += 0.7
        for noun in facts.nouns:
            for name, value in noun.concept.cues:
                if name == "mood" and not noun.absent:
                    scores[value] += 0.6
        if facts.text.rstrip("\"'”»」").endswith(("!", "！")):
            scores["tense"] += 0.2
    return scores


def _read_mood(scene: Sequence[Facts], *, genre: str, before: str, told: bool) -> Mood:
    scores = _score_moods(scene)
    if before and before not in {"joyful", "comic"}:
        scores[before] += 0.45 if told else 0.2  # a mood lingers for one scene
    prior = _GENRE_MOODS.get(genre)
    if prior:
        scores[prior[0]] += prior[1]
    scores["calm"] += 0.3
    return max(MOODS, key=lambda mood: (scores[mood], -MOODS.index(mood)))
