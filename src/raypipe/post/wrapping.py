# ruff: noqa: RUF001  (tables of marks that look alike across scripts are the point here)
"""Breaking a caption or a title into lines of like length, in any script.

Widths are counted in columns: a wide character (UAX 11) takes two, a combining mark none. So the
customary limits of subtitle guides hold for all scripts: 42 columns, 16 full-width characters.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

MAX_COLUMNS = 42
"""Netflix Timed Text Style Guide, English: 42 characters a line."""
MAX_WIDE_COLUMNS = 32
"""The same guide for Chinese and Korean: 16 full-width characters a line."""

_NO_START = frozenset(
    "、。，．・：；？！ー」』）］｝〉》】〕’”…‥ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ%％,.!?;:)]}»"
)
_NO_END = frozenset("「『（［｛〈《【〔‘“([{«¿¡")
"""Characters that must not begin or end a line: JIS X 4051, "kinsoku"."""
_MARKS = frozenset("、。，．；：？！」』）,;:.!?—،؛؟")
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)
"""Scripts that write no space between words: Thai, Lao, Burmese, Khmer, Han and kana."""


def is_unspaced(text: str) -> bool:
    """Return whether most letters of ``text`` belong to a script that has no word spaces."""
    letters = [char for char in text if char.isalpha()]
    return bool(letters) and 2 * sum(bool(_UNSPACED.match(c)) for c in letters) > len(letters)


def columns(text: str) -> int:
    """Return the width of ``text`` in columns of a fixed grid."""
    return sum(
        0
        if unicodedata.combining(char) or unicodedata.category(char) in {"Cf", "Mn", "Me"}
        else 1 + (unicodedata.east_asian_width(char) in {"W", "F"})
        for char in text
    )


def wrap_caption(text: str, *, language: str = "en") -> str:
    """Return ``text`` with line breaks: as few lines as the limit allows, then of like length.

    Args:
        text: one line, no leading or trailing space.
        language: BCP 47 tag; Japanese, Chinese and Korean have the narrower limit.
    """
    wide = language.partition("-")[0] in {"ja", "zh", "ko", "yue"} or is_unspaced(text)
    return "\n".join(balance(text, MAX_WIDE_COLUMNS if wide else MAX_COLUMNS))


def balance(text: str, max_columns: int, *, lines: int | None = None) -> list[str]:
    """Break ``text`` into lines of like width, each at most ``max_columns`` where that can be.

    The breaks minimise the sum of squared shortfalls (Knuth and Plass, 1981, without hyphens),
    and prefer to follow a punctuation mark. ``lines`` asks for that many at least.
    """
    pieces = _pieces(text)
    if not pieces:
        return []
    total = columns(text)
    wanted = max(lines or 1, -(-total // max_columns))
    target = total / wanted
    widths = [columns(piece) for piece in pieces]
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(pieces) + 1):
        choices: list[tuple[float, int]] = []
        width = 0
        follows = pieces[end] if end < len(pieces) else ""
        for start in range(end - 1, -1, -1):
            width += widths[start]
            net = width - (pieces[end - 1].endswith(" "))
            if net > max_columns and start < end - 1:
                break
            choices.append((best[start][0] + _cost(net, target, pieces[end - 1], follows), start))
        best.append(min(choices))
    cuts = [len(pieces)]
    while cuts[-1]:
        cuts.append(best[cuts[-1]][1])
    cuts.reverse()
    return ["".join(pieces[a:b]).strip() for a, b in pairwise(cuts)]


def _cost(net: int, target: float, ends: str, follows: str) -> float:
    """Return how bad a line of ``net`` columns is between the pieces ``ends`` and ``follows``."""
    return (net - target) ** 2 + target * (2 + _break_cost(ends, follows))


def _break_cost(ends: str, follows: str) -> float:
    """Return -1 for a break after a punctuation mark, up to 4 for one inside a word."""
    if not follows:
        return 0.0
    if ends.rstrip()[-1:] in _MARKS:
        return -1.0
    if ends[-1:].isspace():
        return 0.0
    # Without spaces, a word ends where kana gives way to another script more often than not.
    return 0.5 if _is_hiragana(ends[-1]) and not _is_hiragana(follows[0]) else 4.0


def _is_hiragana(char: str) -> bool:
    return "\u3041" <= char <= "\u309f"


def _pieces(text: str) -> list[str]:
    """Cut ``text`` at each place where a line may end; spaces stay with what precedes them."""
    pieces: list[str] = []
    for word in re.findall(r"\S+\s*", text):
        start = 0
        for index in range(1, len(word)):
            if _may_break(word, index):
                pieces.append(word[start:index])
                start = index
        pieces.append(word[start:])
    return pieces


def _may_break(word: str, index: int) -> bool:
    before, after = word[index - 1], word[index]
    if after.isspace() or unicodedata.category(after)[0] == "M" or after in "\u200d\ufe0f\ufe0e":
        return False
    if before == "\u200d" or before in _NO_END or after in _NO_START:
        return False
    if before in "-—–/" and before != after:
        return index > 1
    wide = (
        unicodedata.east_asian_width(before) in "WF" or unicodedata.east_asian_width(after) in "WF"
    )
    hangul = "\uac00" <= before <= "\ud7af" and "\uac00" <= after <= "\ud7af"
    return wide and not hangul
