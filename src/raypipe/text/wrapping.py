"""Lines: where a text may be broken, and which breaks give the best-balanced lines.

Break opportunities are ICU's (UAX #14, with dictionaries for Thai, Lao, Khmer and Burmese and
phrase rules for Japanese), so no line begins with a closing bracket or a small kana. Lines are
chosen together, as TeX does it: fewest lines first, then the least uneven.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from icu4py.breakers import LineBreaker, WordBreaker

from raypipe.text.phrasing import leans
from raypipe.text.scripts import STRONG_ENDS, WEAK_ENDS, is_cjk, primary_language, scripts_in
from raypipe.text.shaping import Paragraph, graphemes

_GOOD, _FAIR, _FORCED = 0.0, 0.15, 4.0
"""Cost of a break at a phrase or word, inside a CJK phrase, and inside a word that is too long."""
_LEANING = 0.03
"""Cost of a line that ends in "the" or "Dr.": as much as lines of 3 and 5 words instead of 4."""


@dataclass(frozen=True, slots=True)
class Break:
    """A place before character ``index`` where a line may end, at a cost."""

    index: int
    cost: float


def _boundaries(breaker: type[LineBreaker | WordBreaker], text: str, locale: str) -> set[int]:
    ends = set()
    position = 0
    for piece in breaker(text, locale):
        position += len(piece)
        ends.add(position)
    return ends


def opportunities(text: str, language: str = "en") -> list[Break]:
    """Places where lines of a paragraph may end, the text's own end among them, in order."""
    if not text:
        return []
    scripts = scripts_in(text)
    primary = primary_language(language)
    # "strict" keeps small kana and the long vowel mark off a line's start (kinsoku).
    fair = _boundaries(LineBreaker, text, f"{primary}-u-lb-strict")
    good = fair
    if scripts & {"Hira", "Kana"}:
        good = _boundaries(LineBreaker, text, "ja-u-lb-strict-lw-phrase") & fair
    elif "Hani" in scripts:
        good = fair & _boundaries(WordBreaker, text, primary)
    if "Hang" in scripts:  # Korean is set with whole words, as between spaces
        good = {
            end for end in good if end == len(text) or text[end - 1].isspace() or is_cjk(text[end])
        }
        fair = good if primary == "ko" else fair
    return [Break(end, _GOOD if end in good else _FAIR) for end in sorted(fair)]


def wrap(
    paragraph: Paragraph, max_width_px: float, *, max_lines: int | None = None
) -> list[tuple[int, int]]:
    """Breaks a paragraph into balanced lines no wider than ``max_width_px``.

    A word wider than a line is broken between its graphemes. With ``max_lines`` the rest of a
    longer text is dropped.

    Returns:
        (start, end) of each line, without the white space at its end.
    """
    text = paragraph.text
    breaks = _with_forced(paragraph, opportunities(text, paragraph.typeface.language), max_width_px)
    if not breaks:
        return []
    count = _fewest_lines(paragraph, breaks, max_width_px)
    lines = _balanced(paragraph, breaks, max_width_px, count) if count <= _BALANCED_LINES else None
    lines = lines or _greedy(paragraph, breaks, max_width_px)
    trimmed = [(start, start + len(text[start:end].rstrip())) for start, end in lines]
    trimmed = [(start, end) for start, end in trimmed if end > start]
    return trimmed if max_lines is None else trimmed[:max_lines]


def broken_words(paragraph: Paragraph, lines: Sequence[tuple[int, int]]) -> frozenset[int]:
    """Which of the lines that `wrap` gave end inside a word, where no break was offered."""
    text = paragraph.text
    inside = [
        number
        for number, (_, end) in enumerate(lines)
        if 0 < end < len(text) and text[end - 1].isalpha() and text[end].isalpha()
    ]
    if not inside:
        return frozenset()
    offered = {mark.index for mark in opportunities(text, paragraph.typeface.language)}
    return frozenset(number for number in inside if lines[number][1] not in offered)


_BALANCED_LINES = 12
"""Longer texts are set greedily: nobody sees the balance of a thirteenth line."""


def _with_forced(paragraph: Paragraph, breaks: list[Break], max_width_px: float) -> list[Break]:
    """Adds breaks between graphemes inside pieces that alone are wider than a line."""
    if all(
        paragraph.width(low, high.index) <= max_width_px
        for low, high in zip([0, *(mark.index for mark in breaks)], breaks, strict=False)
    ):
        return breaks
    ends = [end for _, end in graphemes(paragraph.text)]
    result: list[Break] = []
    start = 0
    for mark in breaks:
        if paragraph.width(start, mark.index) > max_width_px:
            result += [Break(end, _FORCED) for end in ends if start < end < mark.index]
        result.append(mark)
        start = mark.index
    return result


def _greedy(
    paragraph: Paragraph, breaks: list[Break], max_width_px: float
) -> list[tuple[int, int]]:
    lines = []
    start = last = 0
    for mark in breaks:
        if paragraph.width(start, mark.index) > max_width_px and last > start:
            lines.append((start, last))
            start = last
        last = mark.index
    lines.append((start, last))
    return lines


def _fewest_lines(paragraph: Paragraph, breaks: list[Break], max_width_px: float) -> int:
    return len(_greedy(paragraph, breaks, max_width_px))


def _balanced(
    paragraph: Paragraph, breaks: list[Break], max_width_px: float, count: int
) -> list[tuple[int, int]] | None:
    """The least uneven way to set the paragraph in exactly ``count`` lines."""
    text = paragraph.text
    ends = [0, *(mark.index for mark in breaks)]
    costs = [0.0, *(mark.cost for mark in breaks)]
    ideal = paragraph.width(0, len(text)) / count
    best: list[dict[int, tuple[float, int]]] = [{0: (0.0, -1)}]
    for line in range(count):
        reached: dict[int, tuple[float, int]] = {}
        for origin, (spent, _) in best[line].items():
            for target in range(origin + 1, len(ends)):
                width = paragraph.width(ends[origin], ends[target])
                if width > max_width_px and target > origin + 1:
                    break
                cost = spent + ((width - ideal) / max_width_px) ** 2
                if target < len(ends) - 1:
                    cost += costs[target] + _ending(
                        text[ends[origin] : ends[target]], paragraph.typeface.language
                    )
                if cost < reached.get(target, (math.inf, 0))[0]:
                    reached[target] = (cost, origin)
        best.append(reached)
    place = len(ends) - 1
    if place not in best[count]:
        return None
    lines = []
    for line in range(count, 0, -1):
        origin = best[line][place][1]
        lines.append((ends[origin], ends[place]))
        place = origin
    return lines[::-1]


def _ending(line: str, language: str) -> float:
    """What it costs or saves that a line ends as it does: best where the sentence pauses."""
    if leans(line, language):
        return _LEANING
    last = line.rstrip()[-1:]
    return -0.08 if last and last in STRONG_ENDS else -0.04 if last and last in WEAK_ENDS else 0.0
