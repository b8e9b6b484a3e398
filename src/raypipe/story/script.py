"""The narration script: when each scene is spoken, how long it lasts, which words are stressed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from raypipe.story.facts import Facts
from raypipe.story.lexicon.vocabulary import WIDE
from raypipe.story.words import word_set

MIN_RATE, MAX_RATE = 0.9, 1.15
"""Speech rates, relative to the voice's own, that still sound natural."""
MIN_PAUSE_S, USUAL_PAUSE_S, MAX_PAUSE_S = 0.35, 0.6, 2.5
"""Silence at a scene's end."""
_MIN_SCENE_S = 2.0
_MAX_SCENE_S = 600.0
_MAX_EMPHASIS = 4
_SUPERLATIVE: Final = re.compile(
    r"\b(?:never|always|nothing|everything|only|(?<!at )all|most|last|first|nunca|siempre|nada|"
    r"todo|sólo|solo|jamais|toujours|rien|seul|nie|immer|nichts|allein|mai|sempre|sempre|niente|"
    r"никогда|всегда|ничего|только)\b",
    re.IGNORECASE,
)
_ENGLISH_SUPERLATIVE: Final = re.compile(r"\b[a-z]{3,}est\b")
_NOT_SUPERLATIVE: Final = word_set(
    """
    forest rest best chest west nest guest quest honest harvest interest request test
    arrest protest suggest modest priest breast vest pest forest's tempest
    """
)
_EXCLAMATION: Final = re.compile(r"([^\W\d_]{1,14})[!！]")
_MIN_STRESSED_CHARS = 4
_WORD: Final = re.compile(r"[^\W\d_][\w'’-]*")


@dataclass(frozen=True, slots=True)
class Timing:
    """The narration's plan. Seconds; ``rate`` is relative to the voice's own pace.

    ``missing_s`` is what the text is too long by even at the fastest rate, ``empty_s`` what it is
    too short by even at the slowest with the longest pauses; at most one is above 0.
    """

    starts_s: tuple[float, ...]
    durations_s: tuple[float, ...]
    rate: float
    missing_s: float
    empty_s: float


def plan_timing(speech_s: Sequence[float], *, target_s: float) -> Timing:
    """Spread ``target_s`` over scenes whose narrations take ``speech_s`` at the natural pace."""
    count, total = len(speech_s), sum(speech_s)
    usual = total + count * USUAL_PAUSE_S
    if usual <= target_s:
        rate = min(max(total / max(target_s - count * USUAL_PAUSE_S, 0.1), MIN_RATE), 1.0)
        pause = min(max((target_s - total / rate) / count, USUAL_PAUSE_S), MAX_PAUSE_S)
    else:
        rate = max(min(total / max(target_s - count * MIN_PAUSE_S, 0.1), MAX_RATE), 1.0)
        pause = max((target_s - total / rate) / count, MIN_PAUSE_S)
    durations = [
        round(min(max(length / rate + pause, _MIN_SCENE_S), _MAX_SCENE_S), 2) for length in speech_s
    ]
    starts = []
    at = 0.0
    for duration in durations:
        starts.append(round(at, 2))
        at += duration
    return Timing(
        tuple(starts),
        tuple(durations),
        round(rate, 3),
        missing_s=max(at - target_s, 0.0),
        empty_s=max(target_s - at, 0.0),
    )


def fits(speech_s: float, *, target_s: float, scene_count: int) -> bool:
    """Say whether a narration fits at the fastest rate and with the shortest pauses."""
    return speech_s / MAX_RATE + scene_count * MIN_PAUSE_S <= target_s + 0.05


def choose_emphasis(
    text: str, facts: Sequence[Facts], names: Sequence[str], *, language: str
) -> tuple[str, ...]:
    """Return the words of ``text``, as written and in order, that carry the stress.

    Exclamations come first, then superlatives, names, what is telling for the mood, and words
    after a contrast ("but"); at most `_MAX_EMPHASIS`.
    """
    stresses = _Stresses(text)
    for match in _EXCLAMATION.finditer(text):
        stresses.add(match.group(1), match.start(), 3.0)
    for match in _SUPERLATIVE.finditer(text):
        stresses.add(match.group(), match.start(), 2.0)
    for match in _ENGLISH_SUPERLATIVE.finditer(text) if language == "en" else ():
        if match.group() not in _NOT_SUPERLATIVE:
            stresses.add(match.group(), match.start(), 2.0)
    for name in names:
        said = next((part for part in (name, *reversed(name.split())) if part in text), "")
        stresses.add(said, text.find(said), 1.6)
    _stress_by_lexicon(text, facts, stresses, language)
    return stresses.best()


class _Stresses:
    """Words of a text with how much they are stressed and where they first stand."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._scores: dict[str, tuple[float, int]] = {}

    def add(self, word: str, position: int, score: float) -> None:
        if word and word in self._text and score > self._scores.get(word, (0.0, 0))[0]:
            self._scores[word] = (score, position)

    def best(self) -> tuple[str, ...]:
        ranked = sorted(self._scores.items(), key=lambda entry: (-entry[1][0], entry[1][1]))
        kept = sorted(ranked[:_MAX_EMPHASIS], key=lambda entry: entry[1][1])
        return tuple(word for word, _ in kept)


def _stress_by_lexicon(
    text: str, facts: Sequence[Facts], stresses: _Stresses, language: str
) -> None:
    offset = 0
    for sentence in facts:
        at = max(text.find(sentence.text, offset), 0)
        for hit in sentence.hits:
            word = sentence.text[hit.start : hit.end]
            if hit.value("turn") == "sudden":
                stresses.add(word, at + hit.start, 2.2)
            elif hit.value("turn") == "contrast" and language not in WIDE:
                following = _WORD.search(sentence.text, hit.end)
                if following and len(following.group()) >= _MIN_STRESSED_CHARS:
                    stresses.add(following.group(), at + following.start(), 1.2)
            elif hit.value("mood") not in {None, "calm"} and hit.end - hit.start > 1:
                stresses.add(word, at + hit.start, 1.4)
        offset = at + len(sentence.text)
