"""Breaking a caption into lines of like length for a caption file, in any script.

There is no font in a caption file, so widths are counted in columns: a wide character (UAX 11)
takes two, a combining mark none. So the limits of subtitle guides hold for all scripts.
"""

from __future__ import annotations

import math
import unicodedata
from itertools import pairwise

from raypipe.text.scripts import is_cjk
from raypipe.text.wrapping import opportunities

MAX_COLUMNS = 42
"""Netflix Timed Text Style Guide, English: 42 characters a line."""
MAX_WIDE_COLUMNS = 32
"""The same guide for Chinese and Korean: 16 full-width characters a line."""
_PAUSE = frozenset(",;:.!?—،؛؟。、，；：？！")  # noqa: RUF001 marks of several scripts
_PAUSE_BONUS = 0.08


def columns(text: str) -> int:
    """Return the width of ``text`` in columns of a fixed grid."""
    return sum(
        0
        if unicodedata.category(char) in {"Cf", "Mn", "Me"}
        else 1 + (unicodedata.east_asian_width(char) in {"W", "F"})
        for char in text
    )


def is_wide(text: str) -> bool:
    """Return whether most letters of ``text`` are Chinese, Japanese or Korean."""
    letters = [char for char in text if char.isalpha()]
    return 2 * sum(is_cjk(char) for char in letters) > len(letters)


def wrap_caption(text: str, *, language: str = "en") -> str:
    """Return ``text`` with line breaks: as few lines as the limit allows, of like length.

    The breaks minimise the squared departure from the mean (as Knuth and Plass, 1981) plus the
    cost of each break, less a bonus after a punctuation mark. A word wider than a line is kept.

    Args:
        text: one line, no leading or trailing space.
        language: BCP 47 tag, for the places where a line may end.
    """
    limit = MAX_WIDE_COLUMNS if is_wide(text) else MAX_COLUMNS
    total = columns(text)
    if total <= limit:
        return text
    for count in range(math.ceil(total / limit), total + 1):
        lines = _set_in(text, language, count, limit)
        if lines:
            return "\n".join(lines)
    return text


def _set_in(text: str, language: str, count: int, limit: int) -> list[str]:
    """Return the best ``count`` lines, or none if ``text`` cannot be set in so few."""
    marks = opportunities(text, language)
    ends = [0, *(mark.index for mark in marks)]
    costs = [0.0, *(mark.cost for mark in marks[:-1]), 0.0]
    ideal = columns(text) / count
    reached: dict[int, tuple[float, tuple[int, ...]]] = {0: (0.0, ())}
    for _ in range(count):
        following: dict[int, tuple[float, tuple[int, ...]]] = {}
        for origin, (spent, path) in reached.items():
            for target in range(origin + 1, len(ends)):
                line = text[ends[origin] : ends[target]].rstrip()
                width = columns(line)
                if width > limit and target > origin + 1:
                    break
                cost = spent + ((width - ideal) / limit) ** 2 + costs[target]
                cost -= _PAUSE_BONUS if line[-1:] in _PAUSE else 0.0
                if target not in following or cost < following[target][0]:
                    following[target] = (cost, (*path, target))
        reached = following
    if len(ends) - 1 not in reached:
        return []
    cuts = [0, *(ends[place] for place in reached[len(ends) - 1][1])]
    return [text[a:b].strip() for a, b in pairwise(cuts)]
