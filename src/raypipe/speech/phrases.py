"""A text as a narrator reads it: phrases, their words as spoken, and the pauses between them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from raypipe.speech.words import find_words

Mark = Literal["", ",", ";", ":", "—", "…", ".", "!", "?", "¶"]
"""What stands between two words, as far as the voice is concerned; ``¶`` ends a paragraph."""

PAUSE_S: dict[Mark, float] = {
    "": 0.0, ",": 0.12, ";": 0.2, ":": 0.2, "—": 0.28, "…": 0.55, ".": 0.36, "!": 0.4, "?": 0.42,
    "¶": 0.75,
}  # fmt: skip
"""Silence after a phrase that ends so, at rate 1. Sentence pauses of audiobook readers lie near
0.4 s and paragraph pauses near 0.8 s; a clause pause shows only where a long sentence is cut."""

_GOES_ON = 0.5
"""Of a pause that stays where the sentence goes on after its mark."""
_ENDS: frozenset[Mark] = frozenset({".", "!", "?", "…", "¶"})
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n|\u2029")
_ELLIPSIS = re.compile(r"…|\.\s?\.|。。|・・")
_QUESTION = re.compile(r"[?？؟⁈⁇]")
_EXCLAMATION = re.compile(r"[!！‼⁉]")
_STOP = re.compile(r"[.。．।۔።։]")
_DASH = re.compile(r"[—―]|--|(?:\s|^)[-–](?:\s|$)|\s–|–\s")
_SEMICOLON = re.compile(r"[;；؛]")
_COLON = re.compile(r"[:：]")
_COMMA = re.compile(r"[,，،、()（）\[\]]")


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """``text[char_start:char_end]``, read as ``spoken``, followed by ``mark``.

    ``goes_on`` says that the sentence does, although the mark is one that ends sentences: the
    "!" of ``"No!" she said``.
    """

    char_start: int
    char_end: int
    spoken: str
    mark: Mark
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words spoken in one breath, and the silence after them in seconds at rate 1."""

    words: tuple[SpokenWord, ...]
    pause_s: float


@dataclass(frozen=True, slots=True)
class Reading:
    """``text[char_start:char_end]``, a word of the text, is read as ``spoken``, or not if empty."""

    char_start: int
    char_end: int
    spoken: str


Respell = Callable[[str, str, str, str], str]
"""Given a word, the word before, the word after and the gap after it, says how it is read."""
Stops = Callable[[str, str, str], bool]
"""Given a word, the full stop after it and the next word, says whether a sentence ends."""


def clean_word(word: str) -> str:
    """Return ``word`` without characters that are neither seen nor heard, composed (NFC)."""
    kept = "".join(char for char in word if unicodedata.category(char) != "Cf")
    return unicodedata.normalize("NFC", kept)


def read_words(text: str, language: str, respell: Respell) -> tuple[Reading, ...]:
    """Return how each word of ``text`` is read."""
    spans = find_words(text, language)
    return tuple(
        Reading(
            start,
            end,
            respell(
                text[start:end],
                text[slice(*spans[index - 1])] if index else "",
                text[slice(*spans[index + 1])] if index + 1 < len(spans) else "",
                text[end : spans[index + 1][0] if index + 1 < len(spans) else len(text)],
            ),
        )
        for index, (start, end) in enumerate(spans)
    )


def split_phrases(
    text: str, language: str, *, respell: Respell, stops: Stops, max_chars: int
) -> tuple[Phrase, ...]:
    """Cut ``text``, each word read as ``respell`` says; see `phrase_readings`."""
    return phrase_readings(
        text, read_words(text, language, respell), stops=stops, max_chars=max_chars
    )


def phrase_readings(
    text: str,
    readings: Sequence[Reading],
    *,
    stops: Stops,
    max_chars: int,
) -> tuple[Phrase, ...]:
    """Cut ``text`` into phrases: sentences, or parts of a sentence longer than ``max_chars``.

    Args:
        text: what is to be spoken.
        readings: its words in order, and how each is read.
        stops: which full stops end a sentence.
        max_chars: the most characters of spoken text in one phrase; bounds an engine's memory.

    Returns:
        The phrases in order; empty where nothing can be spoken. The last one has no pause.
    """
    phrases: list[Phrase] = []
    for sentence in _sentences(_mark_words(text, readings, stops)):
        phrases += _fit(sentence, max_chars)
    if phrases:
        phrases[-1] = Phrase(phrases[-1].words, 0.0)
    return tuple(phrases)


def join_short(phrases: Sequence[Phrase], *, min_chars: int, max_chars: int) -> tuple[Phrase, ...]:
    """Join phrases of fewer than ``min_chars`` to a neighbour, for voices that stumble over them.

    Not beyond ``max_chars``, and not across a paragraph. What was a pause becomes a mark that the
    voice reads by itself.
    """
    joined: list[Phrase] = []
    for phrase in phrases:
        before = joined[-1] if joined else None
        if (
            before is not None
            and min(_count_chars(before), _count_chars(phrase)) < min_chars
            and _count_chars(before) + 1 + _count_chars(phrase) <= max_chars
            and before.words[-1].mark != "¶"
        ):
            joined[-1] = Phrase((*before.words, *phrase.words), phrase.pause_s)
        else:
            joined.append(phrase)
    return tuple(joined)


def _count_chars(phrase: Phrase) -> int:
    return sum(len(word.spoken) + 1 for word in phrase.words)


def read_mark(gap: str) -> Mark:
    """Return the strongest mark in ``gap``, the characters between two words."""
    if _PARAGRAPH.search(gap):
        return "¶"
    order: tuple[tuple[re.Pattern[str], Mark], ...] = (
        (_QUESTION, "?"), (_EXCLAMATION, "!"), (_ELLIPSIS, "…"), (_STOP, "."), (_DASH, "—"),
        (_SEMICOLON, ";"), (_COLON, ":"), (_COMMA, ","),
    )  # fmt: skip
    return next((mark for pattern, mark in order if pattern.search(gap)), "")


def _mark_words(text: str, readings: Sequence[Reading], stops: Stops) -> list[SpokenWord]:
    words: list[SpokenWord] = []
    for index, reading in enumerate(readings):
        start, end = reading.char_start, reading.char_end
        following = readings[index + 1 : index + 2]
        after = text[following[0].char_start : following[0].char_end] if following else ""
        gap = text[end : following[0].char_start if following else len(text)]
        mark = read_mark(gap)
        if mark == "." and not stops(text[start:end], gap, after):
            mark = ""
        goes_on = mark in ("!", "?", "…") and after[:1].islower()
        if reading.spoken:
            words.append(SpokenWord(start, end, reading.spoken, mark, goes_on))
        elif words and PAUSE_S[mark] > PAUSE_S[words[-1].mark]:
            words[-1] = replace(words[-1], mark=mark, goes_on=goes_on)
    return words


def _sentences(words: list[SpokenWord]) -> Iterator[list[SpokenWord]]:
    sentence: list[SpokenWord] = []
    for word in words:
        sentence.append(word)
        if word.mark in _ENDS:
            yield sentence
            sentence = []
    if sentence:
        yield sentence


def _fit(sentence: list[SpokenWord], max_chars: int) -> Iterator[Phrase]:
    """Cut a sentence that is too long, at the strongest clause mark in its last two thirds."""
    while sum(len(word.spoken) + 1 for word in sentence) > max_chars and len(sentence) > 1:
        room = 0
        count = 0
        while count < len(sentence) and room + len(sentence[count].spoken) < max_chars:
            room += len(sentence[count].spoken) + 1
            count += 1
        count = max(1, count)
        cuts = range(count, max(1, count // 3) - 1, -1)
        cut = max(cuts, key=lambda at: (PAUSE_S[sentence[at - 1].mark], at))
        yield Phrase(tuple(sentence[:cut]), _pause_s(sentence[cut - 1]))
        sentence = sentence[cut:]
    yield Phrase(tuple(sentence), _pause_s(sentence[-1]))


def _pause_s(last: SpokenWord) -> float:
    pause_s = PAUSE_S[last.mark]
    return _GOES_ON * pause_s if last.goes_on else pause_s
