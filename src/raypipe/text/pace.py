"""How long text takes to say, letter by letter: what times words when no engine does."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from icu4py.breakers import WordBreaker

from raypipe.text.scripts import STRONG_ENDS, WEAK_ENDS, is_invisible, primary_language, script_of

# Relative to one syllable or mora. An alphabetic letter is about 0.4 of a syllable in most
# European languages (Pellegrino, Coupe and Marsico, Language 87, 2011, give 2.4 to 2.9 letters a
# syllable), an Arabic or Hebrew one more, for short vowels aren't written.
_LETTER = 0.4
_ABJAD_LETTER = 0.62
_SYLLABLE = 1.0
_KANJI = 1.9
_HANZI = 1.15
_DIGIT = 1.3
_PAUSES = dict.fromkeys(WEAK_ENDS, 1.5) | dict.fromkeys(STRONG_ENDS, 3.2)

_SYLLABIC = frozenset({"Hira", "Kana", "Hang", "Ethi"})
_ABJADS = frozenset({"Arab", "Hebr"})


def weights(text: str, language: str) -> list[float]:
    """The time each character takes to say, in syllables; punctuation counts as its pause."""
    japanese = primary_language(language) == "ja"
    return [_weight(character, japanese=japanese) for character in text]


def _weight(character: str, *, japanese: bool) -> float:
    if character in _PAUSES:
        return _PAUSES[character]
    script = script_of(character)
    if character.isdigit():
        weight = _DIGIT
    elif script in _SYLLABIC:
        weight = _SYLLABLE
    elif script == "Hani":
        weight = _KANJI if japanese else _HANZI
    elif not character.isalpha() or is_invisible(character):
        weight = 0.0
    else:
        weight = _ABJAD_LETTER if script in _ABJADS else _LETTER
    return weight


def estimate_words(
    text: str, language: str, start_frame: int, end_frame: int
) -> tuple[tuple[int, int, int, int], ...]:
    """Words with estimated frames, as if the text were spoken evenly from start to end.

    Returns:
        (char_start, char_end, start_frame, end_frame) of each word, in order, without the
        punctuation around it.
    """
    spoken = [0.0, *accumulate(weights(text, language))]
    if spoken[-1] <= 0 or end_frame <= start_frame:
        return ()
    per_weight = (end_frame - start_frame) / spoken[-1]
    return tuple(
        (
            start,
            end,
            start_frame + round(spoken[start] * per_weight),
            start_frame + round(spoken[end] * per_weight),
        )
        for start, end in _words(text, language)
    )


def _words(text: str, language: str) -> Sequence[tuple[int, int]]:
    found = []
    start = 0
    for piece in WordBreaker(text, primary_language(language)):
        if any(character.isalnum() for character in piece):
            found.append((start, start + len(piece)))
        start += len(piece)
    return found
