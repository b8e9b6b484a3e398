"""Shot size and angle of each scene, varied as an editor would vary them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from raypipe.story.plan import Mood

_WIDE, _FULL, _MEDIUM, _CLOSE, _DETAIL = "wide", "full", "medium", "close", "detail"
_PHRASES: Final = {
    _WIDE: ("wide establishing shot", "wide shot", "sweeping wide shot"),
    _FULL: ("full-length shot", "full shot"),
    _MEDIUM: ("medium shot", "three-quarter view"),
    _CLOSE: ("close-up", "close-up portrait"),
    _DETAIL: ("detailed close-up", "close view"),
}
_PAIR = 2
_ANGLES: Final = {
    "epic": "low angle", "tense": "dynamic low angle", "dark": "tilted angle",
    "sad": "high angle", "wondrous": "low angle looking up", "comic": "eye level",
    "joyful": "eye level", "romantic": "eye level", "calm": "eye level",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ShotCues:
    """What decides the shot of one scene."""

    mood: Mood
    people: int
    things: int
    is_dialogue: bool
    is_action: bool
    new_place: bool
    new_person: bool


@dataclass(frozen=True, slots=True)
class Shot:
    """``size`` ("wide", "full", "medium", "close", "detail") and the words of a prompt for it."""

    size: str
    phrase: str
    angle: str


def choose_shots(cues: Sequence[ShotCues]) -> tuple[Shot, ...]:
    """Return a shot for each scene; no two neighbours have the same size."""
    shots: list[Shot] = []
    used: dict[str, int] = {}
    for index, cue in enumerate(cues):
        scores = _score(cue, first=index == 0, last=index == len(cues) - 1)
        if shots:
            scores[shots[-1].size] -= 10.0
        if len(shots) > 1:
            scores[shots[-2].size] -= 0.5
        size = max(scores, key=lambda name: scores[name])
        phrases = _PHRASES[size]
        phrase = phrases[used.get(size, 0) % len(phrases)]
        if phrase == "wide establishing shot" and index and not cue.new_place:
            phrase = "wide shot"
        used[size] = used.get(size, 0) + 1
        angle = _ANGLES[cue.mood]
        if angle == "eye level" or (shots and shots[-1].angle == angle):
            angle = ""
        shots.append(Shot(size, phrase, angle))
    return tuple(shots)


def _score(cue: ShotCues, *, first: bool, last: bool) -> dict[str, float]:
    scores = {_WIDE: 0.5, _FULL: 0.9, _MEDIUM: 1.0, _CLOSE: 0.4, _DETAIL: 0.0}
    nobody = not cue.people
    intimate = cue.mood in {"sad", "romantic", "dark"} and not nobody
    gains = (
        (first, {_WIDE: 2.0}),
        (last, {_WIDE: 0.9}),
        (cue.new_place, {_WIDE: 1.2}),
        (cue.new_person, {_MEDIUM: 0.6, _FULL: 0.4}),
        (cue.is_dialogue, {_CLOSE: 1.2, _MEDIUM: 0.6}),
        (cue.is_action, {_FULL: 1.0, _WIDE: 0.3}),
        (intimate, {_CLOSE: 0.7}),
        (cue.mood == "epic", {_WIDE: 0.8}),
        (nobody, {_CLOSE: -3.0, _MEDIUM: -3.0, _FULL: -4.0, _WIDE: 0.5}),
        (nobody, {_DETAIL: 1.2 if cue.things else -1.0}),
        (cue.people > 1, {_CLOSE: -0.9, _MEDIUM: 0.3}),
        (cue.people > _PAIR, {_FULL: 0.5}),
    )
    for applies, gain in gains:
        for size, amount in gain.items():
            scores[size] += amount if applies else 0.0
    return scores
