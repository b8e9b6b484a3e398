# ruff: noqa: RUF001  (words of many alphabets are its subject)
"""A short description from the story's own sentences: enough to want to watch, no more.

Extractive, so nothing is claimed that the story does not say. The end is not told.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from raypipe.post.keywords import content_words, find_keywords, fold
from raypipe.post.wrapping import columns
from raypipe.story.sentences import split_sentences
from raypipe.text.wrapping import opportunities

if TYPE_CHECKING:
    from collections.abc import Sequence

    from raypipe.story.plan import StoryPlan

MAX_CHARACTERS = 300
_CANDIDATES = 12
_IDEAL_COLUMNS = 180
_SPOILER_FROM = 0.7
"""Sentences after this share of the story may tell its end."""
_LEANING = frozenset(
    (
        *("he", "she", "it", "they", "him", "her", "his", "its", "their", "this", "that", "these"),
        *("those", "but", "and", "so", "then", "there", "él", "ella", "ellos", "ellas", "pero"),
        *("y", "esto", "eso", "il", "elle", "ils", "elles", "mais", "et", "cela", "er", "sie"),
        *("es", "aber", "und", "dann", "das", "egli", "lui", "lei", "ma", "e", "ele", "ela"),
        *("mas", "он", "она", "они", "оно", "но", "и", "это", "هو", "هي", "هم", "لكن", "ثم"),
    )
)
"""Words that lean on the sentence before: a description must not begin with one."""
_LEANING_STARTS = ("それ", "彼", "しかし", "そして", "他", "她", "它", "但是", "然后")
"""The same in scripts without spaces, where they are the beginning of the sentence."""
_QUOTES = ('"', "“", "”", "«", "»", "「", "」", "„")


def summarize(plan: StoryPlan, *, max_characters: int = MAX_CHARACTERS) -> str:
    """Return one to three whole sentences of the story, in their order, that open it up.

    They are chosen together: for the keywords they name, for a first sentence that can stand
    alone, for a length that is read at a glance, and not from the end.

    Args:
        plan: the story's plan; its scenes' texts are the story.
        max_characters: the longest that the description may be.
    """
    sentences = story_sentences(plan)
    wide = plan.language.partition("-")[0] in {"ja", "zh"}
    open_until = max(2, int(len(sentences) * _SPOILER_FROM))
    pool = list(enumerate(sentences[:open_until]))
    weights = {fold(w): 1 / (rank + 3) for rank, w in enumerate(find_keywords(plan, limit=20))}
    scored = sorted(pool, key=lambda item: -_worth(item[1], weights, plan.language))[:_CANDIDATES]
    scored = sorted({*scored, *pool[:2]})
    best: tuple[float, str] | None = None
    for size in (1, 2, 3):
        for group in itertools.combinations(scored, size):
            text = ("" if wide else " ").join(sentence for _, sentence in group)
            if len(text) <= max_characters:
                value = (_value(group, text, weights, plan.language), text)
                best = max(best or value, value)
    return best[1] if best else shorten(sentences[0], max_characters)


def story_sentences(plan: StoryPlan) -> tuple[str, ...]:
    """Return all sentences of the story in order."""
    return tuple(
        sentence
        for scene in plan.scenes
        for paragraph in split_sentences(scene.text, plan.language)
        for sentence in paragraph
    )


def shorten(text: str, max_characters: int) -> str:
    """Return ``text``, or its beginning up to a clause or word, with an ellipsis, in that length.

    Never cuts inside a word; where there is no space (Chinese, Japanese) it cuts after a mark, or
    where ICU sees a word's end.
    """
    if len(text) <= max_characters:
        return text
    room = max_characters - 1
    head = text[: room + 1]
    clause = [m.start() for m in re.finditer(r"[,;:،؛、，；：—]", head)]
    if clause and clause[-1] > room * 0.6:
        return head[: clause[-1]].rstrip() + "…"
    ends = [mark.index for mark in opportunities(text[: max_characters * 2]) if mark.index <= room]
    cut = ends[-1] if ends else room
    return text[:cut].rstrip(" ,;:-–—،、，") + "…"


def _worth(sentence: str, weights: dict[str, float], language: str) -> float:
    words = {fold(word) for word in content_words(sentence, language)}
    return sum(weights.get(word, 0.0) for word in words)


def _value(
    group: Sequence[tuple[int, str]], text: str, weights: dict[str, float], language: str
) -> float:
    """Return how good a description ``text`` is; ``group`` holds (index in story, sentence)."""
    value = _worth(text, weights, language)
    previous: int | None = None
    for index, sentence in group:
        if previous != index - 1 and _leans(sentence):
            value -= 0.5 if previous is None else 0.2
        previous = index
    if any(text.count(mark) % 2 for mark in ('"',)) or text.count("“") != text.count("”"):
        value -= 0.6
    if any(mark in group[0][1] for mark in _QUOTES):
        value -= 0.15
    value -= 0.03 * group[0][0]
    if text.rstrip()[-1:] in "?？؟":
        value += 0.1
    if len(group) > 1 and [i for i, _ in group] == list(range(len(group))):
        value -= 0.12  # the very beginning in a row is what a viewer hears anyway
    return value - abs(columns(text) - _IDEAL_COLUMNS) / 600


def _leans(sentence: str) -> bool:
    words = re.findall(r"\w+", sentence.casefold())
    first = words[0] if words else ""
    return first in _LEANING or first.startswith(_LEANING_STARTS)
