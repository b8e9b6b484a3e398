"""How long a text takes to speak, before any voice has spoken it.

Syllables (morae in Japanese) are counted by rule and divided by the language's rate. The rates
are the mean syllable rates of Pellegrino, Coupé and Marsico, "A cross-language perspective on
speech information rate", Language 87:3 (2011), table 1, and of Coupé, Oh, Dediu and Pellegrino,
"Different languages, similar encoding efficiency", Science Advances 5 (2019), figure 1, which
were measured on texts read aloud without the pauses. A narrator is slower than those readers:
`_NARRATION` is the ratio that matches the embedded English voice (piper "joe") over seven short
stories of 542 words, to 2 %.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from raypipe.story.language import primary

_SYLLABLES_PER_S: Final = {
    "en": 6.2, "es": 7.8, "fr": 7.2, "de": 6.0, "it": 7.0, "pt": 6.5, "ja": 7.8, "zh": 5.2,
    "ko": 7.0, "ru": 6.4, "ar": 6.3, "hi": 6.6, "tr": 7.0, "vi": 5.3, "th": 4.7, "fi": 7.2,
}  # fmt: skip
_OTHER_SYLLABLES_PER_S = 6.3
_NARRATION = 0.78
_MORAE_PER_KANJI = 1.9
_SYLLABLES_PER_DIGIT = 2.2
_MAX_LETTERS_PER_SYLLABLE = 8
# Arabic and Hebrew are written without short vowels: about one syllable to 2.1 letters.
_LETTERS_PER_SYLLABLE_ABJAD = 2.1
# A Devanagari consonant carries a vowel, but the last one's is not spoken.
_SYLLABLES_PER_AKSHARA = 0.8

SENTENCE_PAUSE_S = 0.40
"""Silence between two sentences of one scene."""
_CLAUSE_PAUSE_S = 0.18
_SENTENCE_PAUSES = re.compile(r"[.!?…。！？؟۔।]+(?=\W|$)|[。！？]")
_CLAUSE_PAUSES = re.compile(r"[,;:—–、，；：،؛]")
_LATIN_VOWELS = re.compile(r"[aeiouyàáâãäåæèéêëìíîïòóôõöøœùúûüýāēīōūąęůőűı]+")
_CYRILLIC_VOWELS = re.compile(r"[аеёиоуыэюяіїє]")
_WORDS = re.compile(r"[^\W\d_]+")
_SILENT_E = re.compile(r"(?<=[^aeiouy\W])e(?:s|d)?$")
_SPOKEN_E = re.compile(r"(?:[^aeiouy]le|[sxz]es|ches|shes|ces|ges|[td]ed)$")


def measure_speech_s(text: str, language: str) -> float:
    """Return the seconds that ``text`` takes at a narrator's natural pace, inner pauses included.

    The pause after the last sentence is not counted.
    """
    code = primary(language)
    rate = _SYLLABLES_PER_S.get(code, _OTHER_SYLLABLES_PER_S) * _NARRATION
    sentence_pauses = max(len(_SENTENCE_PAUSES.findall(text)) - 1, 0)
    pauses = sentence_pauses * SENTENCE_PAUSE_S
    pauses += len(_CLAUSE_PAUSES.findall(text.rstrip(",;:、，；：،؛"))) * _CLAUSE_PAUSE_S
    return count_syllables(text, code) / rate + pauses


def count_syllables(text: str, language: str) -> float:
    """Return how many syllables (Japanese: morae) ``text`` has, by rule."""
    total = 0.0
    for word in _WORDS.findall(text.lower()):
        total += _count_word(word, language)
    for char in text:
        if char.isdigit():
            total += _SYLLABLES_PER_DIGIT
        elif "\u0904" <= char <= "\u0939":
            total += _SYLLABLES_PER_AKSHARA
        elif char == "\u094d":  # virama: the consonant before it has no vowel
            total -= _SYLLABLES_PER_AKSHARA
    return max(total, 1.0)


def _count_word(word: str, language: str) -> float:
    first = word[0]
    if first.isascii() or "\u00c0" <= first <= "\u024f" or "\u1e00" <= first <= "\u1eff":
        return _count_latin(word, language)
    if "\u0900" <= first <= "\u0dff":
        return 0.0  # counted by letter, for vowel signs end a word's pattern
    if "\u0400" <= first <= "\u052f":
        return max(len(_CYRILLIC_VOWELS.findall(word)), 1 if len(word) > 1 else 0)
    if "\u0590" <= first <= "\u08ff":
        return max(len(word) / _LETTERS_PER_SYLLABLE_ABJAD, 1.0)
    return sum(_count_wide(char, language) for char in word)


def _count_latin(word: str, language: str) -> float:
    vowels = len(_LATIN_VOWELS.findall(word))
    if language in {"en", "fr"} and _SILENT_E.search(word) and not _SPOKEN_E.search(word):
        vowels -= 1
    if language in {"es", "it", "pt"}:
        # Two open vowels are two syllables; the pattern counted them as one.
        vowels += len(re.findall(r"[aeoáéóàèò](?=[aeoáéóàèò])", word))
    return float(max(vowels, 1, len(word) / _MAX_LETTERS_PER_SYLLABLE))


def _count_wide(char: str, language: str) -> float:
    if "\u3041" <= char <= "\u30fe":
        return 0.0 if char in "ゃゅょャュョぁぃぅぇぉァィゥェォ" else 1.0
    if "\u4e00" <= char <= "\u9fff" or "\u3400" <= char <= "\u4dbf":
        return _MORAE_PER_KANJI if language == "ja" else 1.0
    return 1.0 if unicodedata.category(char)[0] == "L" else 0.0
