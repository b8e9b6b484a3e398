"""Where, when, in what weather and mood a scene is; what is not said stays as it was."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast, get_args

from raypipe.story.facts import Facts, Noun, is_inside
from raypipe.story.plan import Hour, Mood, Setting, Weather

MOODS: Final = get_args(Mood)
_QUOTED = 0.4  # what is only spoken of counts less than what is told

# What a genre suggests where the text is silent.
_GENRE_SETTINGS: Final[dict[str, Setting]] = {
    "sci-fi": "space", "horror": "indoors", "mystery": "city", "romance": "city",
    "comedy": "city", "drama": "city", "documentary": "city", "fantasy": "forest",
    "fairy tale": "forest", "folklore": "village", "fable": "field", "adventure": "mountain",
    "history": "village", "children": "garden", "thriller": "city", "western": "desert",
}  # fmt: skip
_GENRE_MOODS: Final[dict[str, tuple[Mood, float]]] = {
    "sci-fi": ("wondrous", 0.4), "horror": ("dark", 1.2), "mystery": ("tense", 0.7),
    "romance": ("romantic", 0.8), "comedy": ("comic", 1.0), "fantasy": ("wondrous", 0.6),
    "fairy tale": ("wondrous", 0.6), "adventure": ("epic", 0.3), "thriller": ("tense", 1.0),
    "children": ("joyful", 0.6), "drama": ("sad", 0.2), "fable": ("calm", 0.2),
    "war": ("tense", 0.6),
}  # fmt: skip
_FROM_INSIDE_OUT: Final = {"into", "to", "toward", "towards", "reached", "entered", "in", "inside"}
_CHANGES: Final = 1.0
_PARTS_OF_A_BUILDING: Final = frozenset({"room", "hall", "corridor", "tower", "chamber"})
_BUILT: Final = frozenset({"ruins", "castle", "cave", "indoors"})


@dataclass(frozen=True, slots=True)
class Atmosphere:
    """A scene's surroundings. ``place`` is an English phrase ("dusty ancient temple") or ""."""

    setting: Setting
    place: str
    hour: Hour
    weather: Weather
    mood: Mood


def read_atmospheres(scenes: Sequence[Sequence[Facts]], *, genre: str) -> tuple[Atmosphere, ...]:
    """Return the atmosphere of each scene, carried over from the one before where not told."""
    settings = [_read_setting(scene) for scene in scenes]
    hours = [_read_best(scene, "hour") for scene in scenes]
    # A story may say only later where or when it began.
    told = next((entry for entry in settings[:3] if entry[0]), ("field", ""))
    setting, place = (_GENRE_SETTINGS[genre], "") if genre in _GENRE_SETTINGS else told
    hour = hours[0] or ("night" if genre == "horror" else "day")
    weather = "clear"
    mood = ""
    mood_is_told = False
    result = []
    for index, scene in enumerate(scenes):
        new_setting, new_place = settings[index]
        if new_place in _PARTS_OF_A_BUILDING and setting in _BUILT and index:
            new_setting = new_place = ""  # "this room" is one of the temple we are in
        moved = bool(new_setting) and new_setting != setting
        if new_setting:
            setting, place = new_setting, new_place or ("" if moved else place)
        jumps = "later" in {turn for facts in scene for turn in facts.values("turn")}
        hour = hours[index] or ("day" if jumps and index else hour)
        told_weather = _read_best(scene, "weather")
        weather = told_weather or ("clear" if jumps or moved else weather)
        before, mood = mood, _read_mood(scene, genre=genre, before=mood, told=mood_is_told)
        mood_is_told = mood != before
        if weather == "snow" and setting in {"field", "road"} and not place:
            setting = "snow"
        result.append(
            Atmosphere(
                cast("Setting", setting),
                place,
                cast("Hour", hour),
                cast("Weather", weather),
                cast("Mood", mood),
            )
        )
    return tuple(result)


def read_setting_of(facts: Facts) -> str:
    """Return the setting that one sentence clearly names, or ""."""
    return _read_setting([facts])[0]


def read_mood_of(facts: Facts) -> str:
    """Return the mood that one sentence clearly has, or ""."""
    scores = _score_moods([facts])
    return max(scores, key=lambda mood: scores[mood]) if scores else ""


def _weight(facts: Facts, position: int) -> float:
    return _QUOTED if is_inside(position, facts.quotations) else 1.0


def _read_setting(scene: Sequence[Facts]) -> tuple[str, str]:
    scores: defaultdict[str, float] = defaultdict(float)
    phrases: dict[str, tuple[float, str]] = {}
    for order, facts in enumerate(scene):
        for noun in facts.nouns:
            if noun.absent:
                continue
            weight = _weight(facts, noun.hit.start)
            is_place = noun.concept.kind == "place"
            for section, value in noun.concept.cues:
                if section != "setting":
                    continue
                if is_place and _is_destination(facts, noun):
                    scores["road"] += weight
                    continue
                score = weight * (_place_score(facts, noun) if is_place else 0.7)
                # Somebody who goes somewhere is seen where they arrive.
                scores[value] += score + (0.2 * order if is_place else 0.0)
                if is_place and score + 0.2 * order > phrases.get(value, (0.0, ""))[0]:
                    phrases[value] = (score + 0.2 * order, noun.phrase)
        for hit in facts.hits:
            value = hit.value("setting")
            if value:
                scores[value] += 1.2 * _weight(facts, hit.start)
    if not scores:
        return "", ""
    best = max(scores, key=lambda name: scores[name])
    if scores[best] < _CHANGES:
        return "", ""
    return best, phrases.get(best, (0.0, ""))[1]


def _is_destination(facts: Facts, noun: Noun) -> bool:
    """Say whether somebody has only set out for the place."""
    leaves = {"setting out"} & set(facts.values("action")) or re.search(
        r"\b(?:set out|set off|left|headed|leaving|departed) (?:for|to|toward)", facts.text
    )
    before = [token.form for token in facts.tokens[max(noun.hit.first - 3, 0) : noun.hit.first]]
    toward = facts.text[noun.hit.end : noun.hit.end + 1] == "へ" or {"for", "toward"} & set(before)
    return bool(leaves and toward)


def _place_score(facts: Facts, noun: Noun) -> float:
    before = [token.form for token in facts.tokens[max(noun.hit.first - 4, 0) : noun.hit.first]]
    if any(word in {"near", "from", "of", "cerca", "loin", "behind", "out"}
           for word in before):  # fmt: skip
        return 1.2
    return 2.4 if any(word in _FROM_INSIDE_OUT for word in before) else 2.0


def _read_best(scene: Sequence[Facts], section: str) -> str:
    scores: defaultdict[str, float] = defaultdict(float)
    for order, facts in enumerate(scene):
        for hit in facts.hits:
            value = hit.value(section)
            if value:
                scores[value] += (2.0 + 0.1 * order) * _weight(facts, hit.start)
        for noun in facts.nouns:
            if noun.absent:
                continue
            for name, value in noun.concept.cues:
                if name == section:
                    scores[value] += 1.0 * _weight(facts, noun.hit.start)
    if not scores:
        return ""
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] >= _CHANGES else ""


def _score_moods(scene: Sequence[Facts]) -> defaultdict[str, float]:
    scores: defaultdict[str, float] = defaultdict(float)
    for facts in scene:
        for hit in facts.hits:
            for section, value in hit.meanings:
                if section == "mood":
                    scores[value] += 1.0 if _weight(facts, hit.start) == 1.0 else 0.6
                if section == "turn" and value == "sudden":
                    scores["tense"] += 0.7
        for noun in facts.nouns:
            for name, value in noun.concept.cues:
                if name == "mood" and not noun.absent:
                    scores[value] += 0.6
        if facts.text.rstrip("\"'”»」").endswith(("!", "！")):
            scores["tense"] += 0.2
    return scores


def _read_mood(scene: Sequence[Facts], *, genre: str, before: str, told: bool) -> str:
    scores = _score_moods(scene)
    if before and before not in {"joyful", "comic"}:
        scores[before] += 0.45 if told else 0.2  # a mood lingers for one scene
    prior = _GENRE_MOODS.get(genre)
    if prior:
        scores[prior[0]] += prior[1]
    scores["calm"] += 0.3
    return max(MOODS, key=lambda mood: (scores[mood], -MOODS.index(mood)))
