"""A story cut into scenes where it turns.

Every place between two units has a turn score: how much the story changes there. The cut is the
one that maximises the turn scores at the cuts less the unevenness of the scenes' lengths; dynamic
programming finds it exactly, so the same story is always cut the same way and each cut can be
explained by its score.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final

from raypipe.story.atmosphere import read_mood_of, read_setting_of
from raypipe.story.characters import Cast
from raypipe.story.facts import Facts
from raypipe.story.sentences import Unit, split_clauses

MIN_SCENES = 3
MAX_SCENES = 15
MIN_SPEECH_S = 2.0
SCENE_S = 6.5
"""Seconds a picture holds well, between 5 and 8."""

_LONG_SENTENCE_S = 11.0
_LONGEST_UNIT_S = 16.0
_LONGEST_UNIT_CHARS = 1_000
_MAX_SCENE_CHARS = 19_000  # a plan takes 20,000
_MAX_UNITS = 240
_UNEVENNESS = 1.6
_MAX_STRETCH = 3.0
_COUNT_COST = 0.45
_CUT_GAIN = 0.5

_TURN_SCORES: Final = {
    "later": 2.2, "meanwhile": 1.7, "sudden": 1.2, "memory": 0.8, "contrast": 0.8, "moral": 0.9,
    "return": 0.7, "travel": 0.5, "discovery": 0.3,
}  # fmt: skip
_JOINT_SCORES: Final = {"strong": -1.6, "conjunction": -3.0, "comma": -2.2, "word": -4.0}
_HEAD_FRACTION = 0.45


@dataclass(frozen=True, slots=True)
class Turn:
    """How much the story changes before a unit, and why: (reason, score) pairs."""

    score: float
    reasons: tuple[tuple[str, float], ...]


def score_turns(facts: Sequence[Facts], cast: Cast) -> tuple[Turn, ...]:
    """Return the turn before each sentence but the first; element 0 belongs to sentence 1."""
    turns = []
    setting = read_setting_of(facts[0]) if facts else ""
    mood = read_mood_of(facts[0]) if facts else ""
    met: set[int] = set()
    for index in range(1, len(facts)):
        before, after = facts[index - 1], facts[index]
        reasons: list[tuple[str, float]] = []
        if before.unit.joint == "paragraph":
            reasons.append(("new paragraph", 1.1))
        new_setting = read_setting_of(after)
        if new_setting and setting and new_setting != setting:
            reasons.append((f"from {setting} to {new_setting}", 1.9))
        setting = new_setting or setting
        hours = set(after.values("hour", quoted=False))
        if hours and not hours & set(before.values("hour")):
            reasons.append(("another hour", 1.0))
        reasons += _score_markers(after)
        met |= {id(m.who) for m in cast.mentions[index - 1] if not m.quoted}
        reasons += _score_people(index, cast, met)
        new_mood = read_mood_of(after)
        if new_mood and mood and new_mood != mood:
            reasons.append((f"from {mood} to {new_mood}", 0.5))
        mood = new_mood or mood
        reasons += _score_speech(before, after)
        turns.append(Turn(sum(score for _, score in reasons), tuple(reasons)))
    return tuple(turns)


def _score_markers(after: Facts) -> list[tuple[str, float]]:
    head = len(after.text) * _HEAD_FRACTION
    best: dict[str, float] = {}
    for hit in after.hits:
        value = hit.value("turn")
        if value:
            score = _TURN_SCORES[value]
            # At the head of a sentence a marker turns the story; later it only says a thing.
            best[value] = max(best.get(value, 0.0), score if hit.start <= head else score * 0.4)
    return list(best.items())


def _score_people(index: int, cast: Cast, met: set[int]) -> list[tuple[str, float]]:
    here = {id(m.who): m for m in cast.mentions[index] if not m.quoted}
    before = {id(m.who) for m in cast.mentions[index - 1] if not m.quoted}
    reasons = []
    if any(who not in met for who in here):
        reasons.append(("somebody new", 1.0))
    elif here and before and not set(here) & before:
        reasons.append(("other people", 0.7))
    firsts = sorted(cast.mentions[index], key=lambda mention: mention.start)
    if firsts and firsts[0].how == "pronoun" and id(firsts[0].who) in before:
        reasons.append(("goes on about the same person", -0.4))
    return reasons


def _score_speech(before: Facts, after: Facts) -> list[tuple[str, float]]:
    if before.is_dialogue and after.is_dialogue:
        return [("dialogue goes on", -0.9)]
    if before.is_dialogue != after.is_dialogue:
        return [("between speech and narration", 0.3)]
    return []


def prepare_units(units: Sequence[Unit], language: str, *, scene_count: int) -> tuple[Unit, ...]:
    """Return the units that scenes are made of.

    Sentences, except where one is longer than a scene should be or there are fewer sentences than
    scenes: those are cut at clauses.
    """
    total_s = sum(unit.speech_s for unit in units)
    floor_s = _floor(total_s)
    scarce = len(units) < scene_count
    prepared: list[Unit] = []
    for unit in units:
        if scarce or unit.speech_s > _LONG_SENTENCE_S:
            clauses = split_clauses(unit, language, floor_s=floor_s)
        else:
            clauses = (unit,)
        for clause in clauses:
            prepared += _split_by_words(clause)
    return tuple(prepared)


def count_scenes(*, speech_s: float, target_s: float) -> int:
    """Return how many scenes suit a narration of ``speech_s`` in a video of ``target_s``."""
    length_s = max(min(target_s, speech_s * 1.6), speech_s)
    return max(MIN_SCENES, min(MAX_SCENES, round(length_s / SCENE_S)))


def cut_scenes(
    units: Sequence[Unit], turns: Sequence[Turn], *, scene_count: int
) -> tuple[tuple[int, int], ...]:
    """Return the scenes as ranges [first, last) of ``units``, all of them, in order.

    Args:
        units: what may not be cut further.
        turns: as from `score_turns`, one fewer than there are sentences.
        scene_count: how many scenes there should be; two more or fewer are taken where the story
            turns accordingly.
    """
    blocks = _merge_blocks(units)
    lengths = [sum(unit.speech_s for unit in units[first:last]) for first, last in blocks]
    chars = [sum(len(unit.text) + 1 for unit in units[first:last]) for first, last in blocks]
    gains = [_gain(units, turns, blocks[index][0]) for index in range(1, len(blocks))]
    needed = math.ceil(sum(chars) / _MAX_SCENE_CHARS * 1.2)
    scene_count = max(scene_count, needed)
    floor_s = min(_floor(sum(lengths)), sum(lengths) / max(needed, MIN_SCENES))
    best: tuple[float, list[int]] | None = None
    low = max(1, min(MIN_SCENES, len(blocks)), min(scene_count - 2, len(blocks)))
    for count in range(low, min(MAX_SCENES, scene_count + 2, len(blocks)) + 1):
        found = _cut_into(lengths, chars, gains, count, floor_s=floor_s)
        if found:
            score = found[0] - _COUNT_COST * (count - scene_count) ** 2
            if best is None or score > best[0]:
                best = (score, found[1])
    if best is None:
        for count in range(low - 1, 0, -1):
            found = _cut_into(lengths, chars, gains, count, floor_s=floor_s)
            if found:
                best = found
                break
    starts = [0, *(best[1] if best else []), len(blocks)]
    return tuple((blocks[first][0], blocks[last - 1][1]) for first, last in pairwise(starts))


def _floor(total_s: float) -> float:
    # A story of a few seconds still has a beginning, a middle and an end.
    return MIN_SPEECH_S if total_s >= MIN_SPEECH_S * (MIN_SCENES + 1) else total_s / 5


def _gain(units: Sequence[Unit], turns: Sequence[Turn], start: int) -> float:
    before, after = units[start - 1], units[start]
    if before.sentence == after.sentence:
        return _JOINT_SCORES[before.joint]
    # Sentences were numbered as the turns were scored.
    return turns[after.sentence - 1].score + _CUT_GAIN


def _cut_into(
    lengths: Sequence[float],
    chars: Sequence[int],
    gains: Sequence[float],
    count: int,
    *,
    floor_s: float,
) -> tuple[float, list[int]] | None:
    """Return the best score and starts of the second and later scenes, or None if none fits."""
    size = len(lengths)
    ideal = sum(lengths) / count
    sums = [0.0, *accumulate(lengths)]
    char_sums = [0, *accumulate(chars)]

    def cost(first: int, last: int) -> float:
        length = sums[last] - sums[first]
        too_long = char_sums[last] - char_sums[first] > _MAX_SCENE_CHARS
        if length < floor_s - 1e-9 or too_long:
            return math.inf
        return _UNEVENNESS * ((length - ideal) / ideal) ** 2

    # A scene of three times the usual length never is the best; looking no further is quick.
    longest = _MAX_STRETCH * ideal
    reach = [
        min(bisect_left(sums, sums[end] - longest), max(end - 1, 0)) for end in range(size + 1)
    ]
    table = [[-math.inf] * (size + 1) for _ in range(count + 1)]
    origin = [[0] * (size + 1) for _ in range(count + 1)]
    table[0][0] = 0.0
    for number in range(1, count + 1):
        _fill_row(table, origin, number, cost=cost, gains=gains, reach=reach)
    if table[count][size] == -math.inf:
        return None
    starts: list[int] = []
    end = size
    for number in range(count, 1, -1):
        end = origin[number][end]
        starts.insert(0, end)
    return table[count][size], starts


def _fill_row(
    table: list[list[float]],
    origin: list[list[int]],
    number: int,
    *,
    cost: Callable[[int, int], float],
    gains: Sequence[float],
    reach: Sequence[int],
) -> None:
    for end in range(number, len(table[0])):
        best, best_start = -math.inf, 0
        for start in range(max(number - 1, reach[end]), end):
            reached = table[number - 1][start]
            if reached == -math.inf:
                continue
            gain = gains[start - 1] if start else 0.0
            score = reached + gain - cost(start, end)
            if score > best:
                best, best_start = score, start
        table[number][end] = best
        origin[number][end] = best_start


def _merge_blocks(units: Sequence[Unit]) -> list[tuple[int, int]]:
    """Return ranges of units, at most `_MAX_UNITS`, so that a very long text stays quick."""
    size = math.ceil(len(units) / _MAX_UNITS)
    return [(first, min(first + size, len(units))) for first in range(0, len(units), size)]


def _split_by_words(unit: Unit) -> list[Unit]:
    """Cut a unit that has no marks and is far too long, between words where it has words."""
    parts = math.ceil(max(unit.speech_s / _LONGEST_UNIT_S, len(unit.text) / _LONGEST_UNIT_CHARS))
    if parts <= 1:
        return [unit]
    text = unit.text
    pieces: list[str] = []
    start = 0
    for number in range(1, parts):
        wanted = len(text) * number // parts
        space = text.find(" ", wanted)
        cut = space if 0 <= space < wanted + len(text) // parts // 2 else wanted
        if cut > start:
            pieces.append(text[start:cut])
            start = cut
    pieces.append(text[start:])
    kept = [piece.strip() for piece in pieces if piece.strip()]
    share_s = unit.speech_s / len(kept)
    return [
        Unit(
            piece,
            unit.sentence,
            unit.paragraph,
            unit.joint if index == len(kept) - 1 else "word",
            share_s,
        )
        for index, piece in enumerate(kept)
    ]
