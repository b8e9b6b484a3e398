"""Which sentences a story can spare when its narration must fit a time.

Extractive scores: TextRank (Mihalcea and Tarau, "TextRank: Bringing order into texts", EMNLP 2004)
over word overlap, with what matters to a story added: its beginning and end, where it turns, where
people first appear. Questions keep their answers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Final

from raypipe.story.characters import Cast
from raypipe.story.cutting import MAX_SCENES, Turn, count_scenes
from raypipe.story.facts import Facts
from raypipe.story.script import fits
from raypipe.story.speaking import SENTENCE_PAUSE_S

_DAMPING = 0.85
_ROUNDS = 25
_MAX_RANKED = 600
_WORDS: Final = re.compile(r"[^\W\d_]{4,}|[\u3400-\u9fff\u30a1-\u30fe]{2}|[가-힣]{2}")
_QUESTION: Final = re.compile(r"[?？؟][\"'”’»」』]*")


def choose_dropped(
    facts: Sequence[Facts], cast: Cast, turns: Sequence[Turn], *, target_s: float
) -> tuple[int, ...]:
    """Return the sentences to leave out, in order, so that the rest fits ``target_s``.

    The first and the last sentence always stay. Nothing is dropped from a story that fits.
    """
    lengths = [sentence.unit.speech_s + SENTENCE_PAUSE_S for sentence in facts]
    kept_s = sum(lengths)
    scores = _score(facts, cast, turns)
    groups = _group(facts)
    order = sorted(
        range(1, len(groups)),
        key=lambda index: (
            max(scores[sentence] for sentence in groups[index])
            / math.sqrt(sum(lengths[sentence] for sentence in groups[index]) + 1.0),
            -index,
        ),
    )
    dropped: set[int] = set()
    for index in order:
        if fits(kept_s, target_s=target_s, scene_count=_count(kept_s, target_s)):
            break
        group = groups[index]
        if len(facts) - 1 in group or 0 in group:
            continue
        dropped.update(group)
        kept_s -= sum(lengths[sentence] for sentence in group)
    return tuple(sorted(dropped))


def _count(speech_s: float, target_s: float) -> int:
    # The cut may take two more, and each ends in a pause.
    return min(count_scenes(speech_s=speech_s, target_s=target_s) + 2, MAX_SCENES)


def _group(facts: Sequence[Facts]) -> list[list[int]]:
    """Return runs of sentences that stay or go together: a question and its answer."""
    groups: list[list[int]] = []
    for index, sentence in enumerate(facts):
        previous = facts[index - 1] if index else None
        answers = (
            previous is not None
            and previous.quotations
            and _QUESTION.search(previous.text) is not None
            and bool(sentence.quotations)
        )
        if answers and len(groups[-1]) < 2:  # noqa: PLR2004
            groups[-1].append(index)
        else:
            groups.append([index])
    return groups


def _score(facts: Sequence[Facts], cast: Cast, turns: Sequence[Turn]) -> list[float]:
    ranks = _rank(facts)
    scores = []
    seen: set[int] = set()
    counts = {id(who): who.mentions for who in cast.characters}
    total_mentions = sum(counts.values()) or 1
    for index, _ in enumerate(facts):
        here = {id(mention.who) for mention in cast.mentions[index] if not mention.quoted}
        score = ranks[index]
        score += 0.5 * sum(counts.get(who, 0) for who in here) / total_mentions
        score += 0.8 * len(here - seen)
        seen |= here
        if index:
            score += 0.25 * max(turns[index - 1].score, 0.0)
        if index + 1 < len(facts) and facts[index].unit.joint == "paragraph":
            score += 0.1
        scores.append(score)
    scores[0] += 2.0
    scores[-1] += 2.0
    return scores


def _rank(facts: Sequence[Facts]) -> list[float]:
    words = [set(_WORDS.findall(sentence.text.casefold())) for sentence in facts]
    size = len(words)
    if size > _MAX_RANKED:  # ranks of a book's sentences by their neighbours cost its square
        return [0.5] * size
    weights: list[list[tuple[int, float]]] = [[] for _ in range(size)]
    for first in range(size):
        for second in range(first + 1, size):
            shared = len(words[first] & words[second])
            if shared:
                norm = math.log(len(words[first]) + 1) + math.log(len(words[second]) + 1)
                weights[first].append((second, shared / norm))
                weights[second].append((first, shared / norm))
    totals = [sum(weight for _, weight in row) or 1.0 for row in weights]
    ranks = [1.0] * size
    for _ in range(_ROUNDS):
        ranks = [
            (1 - _DAMPING)
            + _DAMPING * sum(ranks[other] * weight / totals[other] for other, weight in row)
            for row in weights
        ]
    highest = max(ranks)
    return [rank / highest for rank in ranks]
