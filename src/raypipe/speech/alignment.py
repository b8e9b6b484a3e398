"""Which phonemes of a spoken phrase belong to which of its words.

A phonemizer reads words together: it joins some ("of the" is one run of phonemes), splits others
("1945" becomes three) and changes vowels by their neighbours. So each word is also phonemized
alone, and the phrase is aligned with the sequence of lone words by least edit cost; the borders
between lone words then fall at the borders between words of the phrase.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

_BORDER = "\x00"
_STRESS = frozenset("ˈˌːˑ")
_VOWELS = frozenset("aeiouyæøœɐɑɒɔəɚɛɜɪʉʊʌᵻɨɝɯ")
_SILENT = frozenset(" .,;:!?—…")

_GAP = 1.0
_GAP_STRESS = 0.2
_SWAP = 1.3
_SWAP_VOWEL = 0.5
_BORDER_AT_SPACE = -0.6
_BORDER_INSIDE = 0.6


def align_words(phrase: Sequence[str], words: Sequence[Sequence[str]]) -> tuple[range, ...]:
    """Return for each word the run of ``phrase`` that speaks it.

    Args:
        phrase: phonemes of the whole phrase, spaces and punctuation among them.
        words: phonemes of each word alone, in order; spaces within a word are allowed.

    Returns:
        For each word a range of indices into ``phrase``: in order, apart from each other, and
        without silence at either end. It is empty for a word of which no phoneme is left.
    """
    if not words:
        return ()
    alone: list[str] = []
    for word in words:
        alone += [*word, _BORDER]
    alone.pop()
    borders = _find_borders(phrase, alone)
    edges = [0, *borders, len(phrase)]
    return tuple(_strip(phrase, start, max(start, end)) for start, end in pairwise(edges))


def _find_borders(phrase: Sequence[str], alone: Sequence[str]) -> list[int]:
    """Return the position in ``phrase`` of each border in ``alone``, by dynamic programming."""
    take, skip, swap = 0, 1, 2
    columns = len(phrase)
    skip_costs = [_skip_cost(sound) for sound in phrase]
    row = [0.0]
    for cost in skip_costs:
        row.append(row[-1] + cost)
    steps = [bytes([skip]) * (columns + 1)]
    for sound in alone:
        if sound == _BORDER:
            new, step = _border_row(phrase, row, skip_costs)
        else:
            drop = _skip_cost(sound)
            new = [row[0] + drop]
            step = bytearray([take])
            for column in range(columns):
                best, how = row[column + 1] + drop, take
                cost = row[column] + _swap_cost(sound, phrase[column])
                if cost <= best:
                    best, how = cost, swap
                cost = new[column] + skip_costs[column]
                if cost < best:
                    best, how = cost, skip
                new.append(best)
                step.append(how)
        steps.append(bytes(step))
        row = new
    return _trace(alone, steps, columns)


def _border_row(
    phrase: Sequence[str], row: list[float], skip_costs: list[float]
) -> tuple[list[float], bytearray]:
    """A border takes no phoneme: it is welcome at a space and dear inside a run."""
    new: list[float] = []
    step = bytearray()
    for column, cost in enumerate(row):
        at_space = column in (0, len(phrase)) or phrase[column] in _SILENT
        cost += _BORDER_AT_SPACE if at_space else _BORDER_INSIDE  # noqa: PLW2901 - a running cost
        if new and new[-1] + skip_costs[column - 1] < cost:
            new.append(new[-1] + skip_costs[column - 1])
            step.append(1)
        else:
            new.append(cost)
            step.append(0)
    return new, step


def _trace(alone: Sequence[str], steps: list[bytes], column: int) -> list[int]:
    borders: list[int] = []
    row = len(steps) - 1
    while row > 0:
        how = steps[row][column]
        if how == 1:
            column -= 1
            continue
        row -= 1
        if how == 2:  # noqa: PLR2004 - see `_find_borders`
            column -= 1
        elif alone[row] == _BORDER:
            borders.append(column)
    return borders[::-1]


def _skip_cost(sound: str) -> float:
    if sound in _SILENT:
        return 0.05
    return _GAP_STRESS if sound in _STRESS else _GAP


def _swap_cost(one: str, other: str) -> float:
    if one == other:
        return 0.0
    if one in _VOWELS and other in _VOWELS:
        return _SWAP_VOWEL
    if (one in _STRESS) != (other in _STRESS) or (one in _SILENT) != (other in _SILENT):
        return 2 * _GAP + 1.0
    return _SWAP


def _strip(phrase: Sequence[str], start: int, end: int) -> range:
    while start < end and phrase[start] in _SILENT:
        start += 1
    while end > start and phrase[end - 1] in _SILENT:
        end -= 1
    return range(start, end)
