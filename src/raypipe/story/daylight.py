"""The hour and the weather of each scene: told by the text, or chosen where it is silent.

A story's scenes fall into stretches of unbroken time. What the text tells in a stretch holds there;
a silent stretch takes its light from the arc of the story (dawn first, gold or dark at the end),
the mood and the genre. Within a stretch time only goes forward, and only where place or mood turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast, get_args

from raypipe.story.plan import Hour, Mood, Setting, Weather

HOURS: Final[tuple[Hour, ...]] = get_args(Hour)
_DAWN, _DAY, _GOLDEN, _DUSK, _NIGHT = range(len(HOURS))
_ROOFED: Final = frozenset({"indoors", "cave", "castle", "ruins", "space", "underwater"})
_MISTY: Final = frozenset({"forest", "sea", "shore", "river", "mountain", "village"})
_UNHURRIED = 3
"""The most hours that pass within one stretch."""

# (from this share of the story on, hour), by mood: what a film would light the scene with.
_ARC: Final[dict[Mood, tuple[tuple[float, int], ...]]] = {
    "calm": ((0.0, _DAWN), (0.2, _DAY), (0.65, _GOLDEN)),
    "joyful": ((0.0, _DAWN), (0.15, _DAY), (0.8, _GOLDEN)),
    "comic": ((0.0, _DAY), (0.8, _GOLDEN)),
    "epic": ((0.0, _DAWN), (0.2, _DAY), (0.6, _GOLDEN)),
    "romantic": ((0.0, _DAY), (0.25, _GOLDEN), (0.7, _DUSK)),
    "wondrous": ((0.0, _DAWN), (0.2, _DAY), (0.6, _DUSK)),
    "sad": ((0.0, _DAY), (0.4, _GOLDEN), (0.65, _DUSK)),
    "tense": ((0.0, _DAY), (0.3, _GOLDEN), (0.65, _DUSK)),
    "dark": ((0.0, _DUSK), (0.35, _NIGHT)),
}
_EARLIEST: Final[dict[str, tuple[tuple[float, int], ...]]] = {
    "horror": ((0.0, _DUSK), (0.25, _NIGHT)),
    "mystery": ((0.0, _DUSK), (0.5, _NIGHT)),
    "thriller": ((0.0, _DAY), (0.4, _DUSK), (0.7, _NIGHT)),
}
_LATEST: Final = {"children": _GOLDEN, "comedy": _GOLDEN}


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a scene before its light is chosen.

    ``hour``, ``weather`` and ``season`` are what the text tells, or "". ``passes`` says that time
    has passed since the scene before, ``moved`` that the place is another one, ``feels`` that the
    text, not only the genre, tells the mood, and ``needs_sky`` that something is named which only
    a clear sky shows.
    """

    setting: Setting
    mood: Mood
    hour: str = ""
    weather: str = ""
    season: str = ""
    passes: bool = False
    moved: bool = False
    feels: bool = False
    needs_sky: bool = False


def light_scenes(scenes: Sequence[Told], *, genre: str) -> tuple[tuple[Hour, Weather], ...]:
    """Return hour and weather of each scene; what the text tells always stays."""
    found: list[tuple[Hour, Weather]] = []
    for first, last in _find_stretches(scenes, genre=genre):
        hours = _choose_hours(scenes, first, last, genre=genre)
        weathers = _choose_weathers(scenes, first, last, hours, genre=genre)
        found += zip((HOURS[hour] for hour in hours), weathers, strict=True)
    return tuple(found)


def _find_stretches(scenes: Sequence[Told], *, genre: str) -> list[tuple[int, int]]:
    """Return [first, last) of each run of scenes in which no time is skipped."""
    starts = [0]
    hour = ""
    silent = 0
    for index, scene in enumerate(scenes):
        silent = 0 if scene.hour else silent + 1
        # Nobody says when a new day comes; a new place, some time after a night, suggests it.
        new_day = scene.moved and silent > 1 and hour == "night" and genre != "horror"
        back = bool(scene.hour and hour and _rank(scene.hour) < _rank(hour))
        if index and (scene.passes or new_day or back):
            starts.append(index)
            hour = ""
        hour = scene.hour or hour
    return list(zip(starts, [*starts[1:], len(scenes)], strict=True))


def _rank(hour: str) -> int:
    return HOURS.index(cast("Hour", hour))


def _suggest(scene: Told, share: float, genre: str) -> int:
    """Return the hour that suits a scene at ``share`` (0 to 1) of the story."""
    hour = _at(_ARC[scene.mood], share)
    return min(max(hour, _at(_EARLIEST.get(genre, ()), share)), _LATEST.get(genre, _NIGHT))


def _at(steps: tuple[tuple[float, int], ...], share: float) -> int:
    return next((value for start, value in reversed(steps) if share >= start), 0)


def _choose_hours(scenes: Sequence[Told], first: int, last: int, *, genre: str) -> list[int]:
    shares = [index / max(len(scenes) - 1, 1) for index in range(len(scenes))]
    suggested = [_suggest(scenes[i], shares[i], genre) for i in range(len(scenes))]
    told = [index for index in range(first, last) if scenes[index].hour]
    hours: list[int] = []
    start = first
    for index in [*told, last]:
        if index > start:
            before = _rank(scenes[start - 1].hour) if start > first else None
            after = _rank(scenes[index].hour) if index < last else None
            hours += _let_pass(scenes, start, index, suggested, before=before, after=after)
        if index < last:
            hours.append(_rank(scenes[index].hour))
        start = index + 1
    return hours


def _let_pass(
    scenes: Sequence[Told],
    start: int,
    end: int,
    suggested: list[int],
    *,
    before: int | None,
    after: int | None,
) -> list[int]:
    """Return the hours of silent scenes between what is told before and after them, if it is."""
    if before is not None and (before == _NIGHT or end - start < 2):  # noqa: PLR2004 - one scene on, nothing has changed
        return [before] * (end - start)
    turns = [
        index for index in range(start + 1, end)
        if scenes[index].moved or scenes[index].mood != scenes[index - 1].mood
    ]  # fmt: skip
    moves = sum(scenes[index].moved for index in turns)
    may_pass = min(1 + moves, _UNHURRIED)
    latest = max(suggested[start:end])
    if after is not None:
        latest = min(latest, after - (after > _DAY))
    if before is not None:
        hour, latest = before, min(latest, before + moves)
    elif after is not None or end == len(scenes):
        hour = max(min(suggested[start], latest), latest - may_pass)
    else:
        hour = min(suggested[start], latest)
        latest = min(latest, hour + may_pass)
    hours = []
    for index in range(start, end):
        left = len([turn for turn in turns if turn >= index])
        if index in turns and hour < latest and (suggested[index] > hour or left <= latest - hour):
            hour += 1
        hours.append(hour)
    return hours


def _choose_weathers(
    scenes: Sequence[Told], first: int, last: int, hours: Sequence[int], *, genre: str
) -> list[Weather]:
    told = any(scenes[index].weather for index in range(first, last))
    weather: Weather = "clear"
    hour = ""
    chosen: list[Weather] = []
    for index in range(first, last):
        scene = scenes[index]
        if told:
            hour_changes = bool(scene.hour and hour and scene.hour != hour)
            if scene.weather:
                weather = cast("Weather", scene.weather)
            elif hour_changes or scene.needs_sky or _blows_over(weather, scene.mood):
                weather = "clear"
            hour = scene.hour or hour
        elif scene.setting not in _ROOFED and not _goes_on(scenes, index, first):
            weather = _suggest_weather(scene, weather, hours[index - first], genre=genre)
        chosen.append(weather)
    return chosen if told else [_soften(chosen, index) for index in range(last - first)]


def _blows_over(weather: Weather, mood: Mood) -> bool:
    """Say whether a gust or a storm that the text told before is over, by what is felt now."""
    return weather in {"wind", "storm"} and mood in {"calm", "joyful", "comic", "romantic"}


def _goes_on(scenes: Sequence[Told], index: int, first: int) -> bool:
    scene = scenes[index]
    return index > first and scene.mood == scenes[index - 1].mood and not scene.needs_sky


def _soften(chosen: Sequence[Weather], index: int) -> Weather:
    """Return clouds for rain, snow or fog that nobody told and that is over with the scene."""
    weather = chosen[index]
    lasts = weather in {*chosen[max(index - 1, 0) : index], *chosen[index + 1 : index + 2]}
    passes = weather in {"rain", "snow", "fog"} and index + 1 < len(chosen) and not lasts
    return "cloud" if passes else weather


def _suggest_weather(scene: Told, before: Weather, hour: int, *, genre: str) -> Weather:
    """Return the weather that suits a scene of which the text says none."""
    if scene.needs_sky:
        return "clear"
    dry = scene.setting == "desert"
    wet: Weather = "snow" if scene.season == "winter" or scene.setting == "snow" else "rain"
    dim = genre in {"horror", "mystery"}
    weather: Weather = "clear"
    if scene.mood == "sad" and scene.feels:
        weather = "wind" if dry else wet
    elif scene.mood == "tense" and scene.feels:
        weather = before if before in {"rain", "snow", "fog"} else "wind"
    elif scene.mood == "dark" and (scene.feels or dim):
        weather = "wind" if dry else before if before in {"rain", "snow"} else "fog"
    elif dim and not dry:
        weather = wet if genre == "mystery" and scene.setting == "city" else "fog"
    elif scene.mood == "wondrous" and hour in {_DAWN, _DUSK} and scene.setting in _MISTY:
        weather = "fog"
    return weather
