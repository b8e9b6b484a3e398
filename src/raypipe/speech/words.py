"""Which parts of a text are spoken words, and how long each takes when an engine cannot tell.

A word is what a caption would light up at once: letters and digits with the marks that join them
(``well-known``, ``isn't``, ``3:30``, ``$1,945.50``), never the punctuation around it, never emoji
or invisible controls. Scripts that are written without spaces are cut into small groups.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import accumulate, pairwise

from raypipe.speech.engine import WordTime

Span = tuple[int, int]
"""``text[start:end]``, in characters."""

_UNSPACED = {
    "han": ("々〇〻ヶヵ", ((0x2E80, 0x2FDF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF),
                    (0x20000, 0x3FFFF))),
    "hiragana": ("", ((0x3041, 0x309F),)),
    "katakana": ("", ((0x30A1, 0x30FA), (0x30FC, 0x30FF), (0xFF66, 0xFF9F))),
    "thai": ("", ((0x0E01, 0x0E3A), (0x0E40, 0x0E4E))),
    "lao": ("", ((0x0E81, 0x0ECD), (0x0EDC, 0x0EDF))),
    "burmese": ("", ((0x1000, 0x103F), (0x1050, 0x109D))),
    "khmer": ("", ((0x1780, 0x17D3),)),
}  # fmt: skip
_GROUP = {"han": 1, "hiragana": 4, "katakana": 8}
"""Letters in one group; Han is four in Japanese, where a compound is one word."""
_GROUP_OTHER = 4
_PROLONGED = "ー"
_LEADING_VOWELS = "เแโใไເແໂໃໄ"  # Thai and Lao, written before the consonant they follow in speech
_JOINS_LETTERS = "'’ʼ-‐‑/&@_·׳״"
_JOINS_DIGITS = ".,:/-–‐‑٫٬"

SYLLABLES_PER_SECOND = {
    "de": 5.97, "en": 6.19, "es": 7.82, "fr": 7.18, "it": 6.99, "ja": 7.84, "vi": 5.22, "zh": 5.18,
}  # fmt: skip
"""Read aloud at an ordinary pace: Pellegrino, Coupé and Marsico, Language 87(3), 2011, table 1."""
OTHER_SYLLABLES_PER_SECOND = 6.5
"""The mean of the languages above, for those that the table does not have."""
_MOST_LETTERS = 10
"""Of one syllable: "strengths" has nine, German "schrumpfst" ten. What has more without a vowel, or
as one of them, such as "Aaaaah", is drawn out or spelt."""
NARRATION_PACE = 0.75
"""Narration against reading a short passage aloud; English comes to about 165 words a minute."""

_PAUSE_SYLLABLES = {
    ".": 2.0, "!": 2.0, "?": 2.0, "…": 2.5, ":": 1.4, ";": 1.4, "—": 1.4, "–": 1.0, ",": 1.0,
    "。": 2.0, "．": 2.0, "！": 2.0, "？": 2.0, "、": 1.0, "，": 1.0, "：": 1.4, "；": 1.4,
    "،": 1.0, "؛": 1.4, "؟": 2.0, "।": 2.0, "۔": 2.0, "\n": 1.5,
}  # fmt: skip
_VOWELS = re.compile(
    "[aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýÿāēīōūăĕĭŏŭąęįųůűőıœаеёиоуыэюяєіїўαεηιουωάέήίόύώϊϋ]+"
)


def find_words(text: str, language: str = "") -> tuple[Span, ...]:
    """Return the spans of the spoken words of ``text``, in order and apart from each other."""
    spans: list[Span] = []
    position = 0
    while position < len(text):
        script = _unspaced_script(text[position])
        if script:
            end = _end_of_group(text, position, script, language)
        elif _starts_word(text, position):
            end = _end_of_word(text, position)
        else:
            position += 1
            continue
        spans.append((position, end))
        position = end
    return tuple(spans)


def estimate_words(
    text: str, language: str, sample_count: int, *, start_sample: int = 0
) -> tuple[WordTime, ...]:
    """Spread the words of ``text`` over ``sample_count`` samples by syllables and pauses.

    Args:
        text: what is spoken.
        language: its language tag; only the primary subtag counts.
        sample_count: length of the speech, without the silence around it.
        start_sample: where the speech starts.

    Returns:
        One time for each span of `find_words`, touching where no punctuation stands between.
    """
    spans = find_words(text, language)
    if not spans or sample_count <= 0:
        return ()
    weights: list[float] = []
    for index, (start, end) in enumerate(spans):
        following = spans[index + 1][0] if index + 1 < len(spans) else end
        weights += [count_syllables(text[start:end], language), _pause(text[end:following])]
    edges = [0.0, *accumulate(weights)]
    scale = sample_count / edges[-1]
    samples = [start_sample + round(edge * scale) for edge in edges]
    return tuple(
        WordTime(start, end, samples[2 * index], samples[2 * index + 1])
        for index, (start, end) in enumerate(spans)
    )


def estimate_seconds(text: str, language: str) -> float:
    """Return how long a narrator takes for ``text``, pauses between its words included."""
    spans = find_words(text, language)
    syllables = sum(count_syllables(text[start:end], language) for start, end in spans)
    syllables += sum(_pause(text[end:start]) for (_, end), (start, _) in pairwise(spans))
    return syllables / (syllable_rate(language) * NARRATION_PACE)


def syllable_rate(language: str) -> float:
    """Return syllables a second of ordinary reading in ``language``."""
    primary = language.partition("-")[0].lower()
    return SYLLABLES_PER_SECOND.get(primary, OTHER_SYLLABLES_PER_SECOND)


def count_syllables(word: str, language: str = "") -> float:
    """Return about how many syllables (in Japanese: morae) ``word`` takes, at least one."""
    letters = unicodedata.normalize("NFC", word.lower())
    scripts = [_unspaced_script(char) for char in letters]
    count = 0.0
    for char, script in zip(letters, scripts, strict=True):
        if script == "han":
            count += 2.0 if language.startswith("ja") else 1.0
        elif script in ("hiragana", "katakana"):
            count += 0.0 if char in "ゃゅょぁぃぅぇぉャュョァィゥェォ" else 1.0
        elif char.isdigit():
            count += 1.5  # "seven" has two, and long numbers have words for their places
        elif "\uac00" <= char <= "\ud7a3":
            count += 1.0
        elif script or _is_vowelless_letter(char):
            count += 0.6  # abjads and abugidas: vowels are marks, or not written at all
    count += sum(1.0 for _ in _VOWELS.finditer(letters))
    if language.startswith("en") and _has_silent_e(letters):
        count -= 1.0
    return max(1.0, count, len(letters) / _MOST_LETTERS)


def _unspaced_script(char: str) -> str:
    if char < "\u0e00":
        return ""
    code = ord(char)
    for script, (extra, ranges) in _UNSPACED.items():
        if char in extra or any(first <= code <= last for first, last in ranges):
            return script
    return ""


def _starts_word(text: str, position: int) -> bool:
    char = text[position]
    following = text[position + 1 : position + 2]
    if unicodedata.category(char) == "Sc":
        return following.isdigit()
    if char == "&":
        return not following.isalnum()
    return _is_letter(char)


def _is_letter(char: str) -> bool:
    return unicodedata.category(char)[0] in "LN" and not _unspaced_script(char)


def _end_of_word(text: str, position: int) -> int:
    end = position + 1
    while end < len(text):
        char = text[end]
        if _is_letter(char) or unicodedata.category(char)[0] == "M":
            end += 1
            continue
        following = end + 1
        if unicodedata.category(char) == "Cf":
            while following < len(text) and unicodedata.category(text[following]) == "Cf":
                following += 1
            if following < len(text) and _is_letter(text[following]):
                end = following
                continue
            break
        if following < len(text) and _joins(text, position, end):
            end = following
            continue
        if char in "%‰٪" and text[end - 1].isdigit():
            end += 1
        break
    return end


def _joins(text: str, start: int, at: int) -> bool:
    """Whether the mark ``text[at]`` holds the letters before and after it together."""
    mark, before, after = text[at], text[at - 1], text[at + 1]
    if not _is_letter(after):
        return False
    if before.isdigit() and after.isdigit():
        return mark in _JOINS_DIGITS or mark in _JOINS_LETTERS
    if mark == ".":
        return (
            (before.islower() and after.islower())
            or not text[start:at].isalnum()
            or (at - start == 1 and before.isalpha())
        )
    return mark in _JOINS_LETTERS


def _end_of_group(text: str, position: int, script: str, language: str) -> int:
    limit = _GROUP.get(script, _GROUP_OTHER)
    if script == "han" and language.startswith("ja"):
        limit = 4
    end = position
    letters = 0
    while end < len(text):
        char = text[end]
        if unicodedata.category(char)[0] != "M":
            same = _unspaced_script(char) == script or (char == _PROLONGED and end > position)
            if not same or letters == limit:
                break
            letters += 1
        end += 1
    while end < len(text) and end - 1 > position and text[end - 1] in _LEADING_VOWELS:
        end -= 1
    return end


def _pause(gap: str) -> float:
    return max((_PAUSE_SYLLABLES.get(char, 0.0) for char in gap), default=0.0)


def _is_vowelless_letter(char: str) -> bool:
    """Whether ``char`` is a letter of a script whose vowels `_VOWELS` does not know."""
    return char > "\u0530" and unicodedata.category(char) == "Lo" and not "가" <= char <= "힣"


def _has_silent_e(letters: str) -> bool:
    return len(letters) > 3 and letters[-1] == "e" and letters[-2] not in "aeiouyl"  # noqa: PLR2004 - "the", "be"
