"""The Unicode bidirectional algorithm (UAX #9, revision 50): levels of characters, order of runs.

Levels, and not reordered text, are what a shaper needs, and the bidi libraries on the package
index give only the latter; FriBiDi is loaded from the system by Pillow and is missing on a fresh
Debian. The rules keep their names from the annex, https://www.unicode.org/reports/tr9/.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

_MAX_DEPTH = 125
_ISOLATES = {"LRI", "RLI", "FSI"}
_REMOVED_BY_X9 = {"LRE", "RLE", "LRO", "RLO", "PDF", "BN"}
_TRANSPARENT_TO_L1 = _ISOLATES | _REMOVED_BY_X9 | {"PDI"}
_NEUTRALS = {"B", "S", "WS", "ON", "LRI", "RLI", "FSI", "PDI"}
# Pairs of BidiBrackets.txt that stories use, openers at even places.
_PAIRS = (
    "()[]{}\u2329\u232a\u3008\u3009\u300a\u300b\u300c\u300d\u300e\u300f\u3010\u3011\uff08\uff09"
)
_BRACKETS = dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True))
_CLOSERS = {close: opener for opener, close in _BRACKETS.items()}


def base_level(text: str) -> int:
    """The paragraph's level by its first strong character (rules P2, P3): 1 if right-to-left."""
    return _first_strong(_classes(text), 0, len(text)) or 0


def embedding_levels(text: str, *, base: int | None = None) -> list[int]:
    """The embedding level of each character of one paragraph; odd ones run right to left.

    Args:
        text: one paragraph, no line breaks in it.
        base: level of the paragraph, 0 or 1; None takes it from the text.

    Returns:
        One level a character, before the line-by-line rule L1 (``line_runs`` applies that).
    """
    classes = _classes(text)
    level = base_level(text) if base is None else base
    if level == 0 and not {"R", "AL", "AN", "RLE", "RLO", "RLI", "FSI"} & set(classes):
        return [0] * len(text)
    original = list(classes)
    levels = _explicit_levels(classes, level)
    for sequence in _isolating_sequences(original, levels, level):
        _resolve_weak(classes, sequence)
        _resolve_brackets(text, classes, sequence)
        _resolve_neutral(classes, sequence)
        _resolve_implicit(classes, levels, sequence)
    for index, kind in enumerate(original):
        if kind in _REMOVED_BY_X9:
            levels[index] = levels[index - 1] if index else level
    return levels


def line_runs(
    text: str, levels: Sequence[int], start: int, end: int, base: int
) -> list[tuple[int, int, int]]:
    """Runs of one line in visual order, left to right (rules L1, L2).

    Returns:
        (start, end, level) of each run, indices into ``text``.
    """
    line = list(levels[start:end])
    trailing = True
    for index in range(end - start - 1, -1, -1):
        kind = unicodedata.bidirectional(text[start + index])
        if kind in ("S", "B"):
            trailing = True
        elif kind != "WS" and kind not in _TRANSPARENT_TO_L1:
            trailing = False
        if trailing:
            line[index] = base
    runs: list[tuple[int, int, int]] = []
    position = start
    for level, group in groupby(line):
        length = sum(1 for _ in group)
        runs.append((position, position + length, level))
        position += length
    if not runs:
        return runs
    for threshold in range(max(line), 0, -1):
        runs = _reverse_at_least(runs, threshold)
    return runs


def _reverse_at_least(
    runs: list[tuple[int, int, int]], threshold: int
) -> list[tuple[int, int, int]]:
    ordered: list[tuple[int, int, int]] = []
    for high, group in groupby(runs, key=lambda run: run[2] >= threshold):
        members = list(group)
        ordered += members[::-1] if high else members
    return ordered


def _classes(text: str) -> list[str]:
    # Unassigned characters have no class in Python's database; they are L outside RTL blocks.
    return [unicodedata.bidirectional(character) or "L" for character in text]


def _first_strong(classes: Sequence[str], start: int, end: int) -> int | None:
    depth = 0
    for kind in classes[start:end]:
        if kind in _ISOLATES:
            depth += 1
        elif kind == "PDI":
            depth = max(0, depth - 1)
        elif depth == 0 and kind in ("L", "R", "AL"):
            return 0 if kind == "L" else 1
    return None


def _matching_pdi(classes: Sequence[str], opener: int) -> int:
    depth = 0
    for index in range(opener, len(classes)):
        if classes[index] in _ISOLATES:
            depth += 1
        elif classes[index] == "PDI":
            depth -= 1
            if depth == 0:
                return index
    return len(classes)


@dataclass(slots=True)
class _Embeddings:
    """The directional status stack of rules X1 to X8: (level, override, isolate)."""

    stack: list[tuple[int, str, bool]]
    overflow_isolates: int = 0
    overflow_embeddings: int = 0
    valid_isolates: int = 0
    levels: list[int] = field(default_factory=list)

    def push(self, *, rtl: bool, override: str, isolate: bool) -> None:
        level = self.stack[-1][0]
        following = (level + 1) | 1 if rtl else (level + 2) & ~1
        if following <= _MAX_DEPTH and not self.overflow_isolates and not self.overflow_embeddings:
            self.stack.append((following, override, isolate))
            self.valid_isolates += isolate
        elif isolate:
            self.overflow_isolates += 1
        elif not self.overflow_isolates:
            self.overflow_embeddings += 1

    def pop_isolate(self) -> None:
        if self.overflow_isolates:
            self.overflow_isolates -= 1
        elif self.valid_isolates:
            self.overflow_embeddings = 0
            while not self.stack[-1][2]:
                self.stack.pop()
            self.stack.pop()
            self.valid_isolates -= 1

    def pop_embedding(self) -> None:
        if self.overflow_isolates:
            return
        if self.overflow_embeddings:
            self.overflow_embeddings -= 1
        elif len(self.stack) > 1 and not self.stack[-1][2]:
            self.stack.pop()


def _explicit_levels(classes: list[str], base: int) -> list[int]:
    """Rules X1 to X8; overrides are written into ``classes``."""
    state = _Embeddings([(base, "", False)])
    for index, kind in enumerate(list(classes)):
        if kind in ("RLE", "LRE", "RLO", "LRO"):
            state.levels.append(state.stack[-1][0])
            override = {"RLO": "R", "LRO": "L"}.get(kind, "")
            state.push(rtl=kind[0] == "R", override=override, isolate=False)
            continue
        if kind == "PDI":
            state.pop_isolate()
        level, override, _ = state.stack[-1]
        state.levels.append(base if kind == "B" else level)
        if override and kind not in ("BN", "PDF", "B"):
            classes[index] = override
        if kind in _ISOLATES:
            rtl = kind == "RLI"
            if kind == "FSI":
                rtl = _first_strong(classes, index + 1, _matching_pdi(classes, index)) == 1
            state.push(rtl=rtl, override="", isolate=True)
        elif kind == "PDF":
            state.pop_embedding()
    return state.levels


@dataclass(frozen=True, slots=True)
class _Sequence:
    """An isolating run sequence (rule X10): its characters and what stands at its two ends."""

    indices: list[int]
    level: int
    before: str
    after: str


def _isolating_sequences(original: list[str], levels: list[int], base: int) -> list[_Sequence]:
    kept = [index for index, kind in enumerate(original) if kind not in _REMOVED_BY_X9]
    runs = [list(group) for _, group in groupby(kept, key=levels.__getitem__)]
    opening = {run[0]: run for run in runs}
    begun_by_pdi = set()
    matches = {}
    for run in runs:
        if original[run[-1]] in _ISOLATES:
            pdi = _matching_pdi(original, run[-1])
            if pdi in opening:
                matches[run[-1]] = pdi
                begun_by_pdi.add(pdi)
    place = {index: position for position, index in enumerate(kept)}
    sequences = []
    for run in runs:
        if run[0] in begun_by_pdi:
            continue
        indices = list(run)
        while indices[-1] in matches:
            indices += opening[matches[indices[-1]]]
        level = levels[indices[0]]
        first, last = place[indices[0]], place[indices[-1]]
        before = levels[kept[first - 1]] if first else base
        unclosed = original[indices[-1]] in _ISOLATES
        after = base if unclosed or last + 1 == len(kept) else levels[kept[last + 1]]
        ends = ["R" if max(level, edge) % 2 else "L" for edge in (before, after)]
        sequences.append(_Sequence(indices, level, *ends))
    return sequences


def _resolve_weak(classes: list[str], sequence: _Sequence) -> None:
    """Rules W1 to W7."""
    kinds = [classes[index] for index in sequence.indices]
    previous = strong = sequence.before
    for place, kind in enumerate(kinds):
        if kind == "NSM":  # W1
            kinds[place] = "ON" if previous in _ISOLATES or previous == "PDI" else previous
        elif kind == "EN" and strong == "AL":  # W2
            kinds[place] = "AN"
        previous = kinds[place]
        if previous in ("L", "R", "AL"):
            strong = previous
    kinds = ["R" if kind == "AL" else kind for kind in kinds]  # W3
    for place in range(1, len(kinds) - 1):  # W4
        left, kind, right = kinds[place - 1 : place + 2]
        if left == right and (
            (kind == "ES" and left == "EN") or (kind == "CS" and left in ("EN", "AN"))
        ):
            kinds[place] = left
    _numbers_and_separators(kinds, sequence.before)
    for index, kind in zip(sequence.indices, kinds, strict=True):
        classes[index] = kind


def _numbers_and_separators(kinds: list[str], before: str) -> None:
    """Rules W5 to W7, in place."""
    place = 0
    while place < len(kinds):  # W5
        end = place
        while end < len(kinds) and kinds[end] == "ET":
            end += 1
        touches = (place and kinds[place - 1] == "EN") or (end < len(kinds) and kinds[end] == "EN")
        if end > place and touches:
            kinds[place:end] = ["EN"] * (end - place)
        place = max(end, place + 1)
    strong = before
    for place, kind in enumerate(kinds):
        if kind in ("ES", "ET", "CS"):  # W6
            kinds[place] = "ON"
        elif kind == "EN" and strong == "L":  # W7
            kinds[place] = "L"
        elif kind in ("L", "R"):
            strong = kind


def _direction(kind: str) -> str:
    return "R" if kind in ("R", "EN", "AN") else kind


def _resolve_brackets(text: str, classes: list[str], sequence: _Sequence) -> None:
    """Rule N0: a pair of brackets takes the direction of what it holds or stands in."""
    stack: list[tuple[str, int]] = []
    pairs = []
    for place, index in enumerate(sequence.indices):
        character = text[index]
        if classes[index] != "ON":
            continue
        if character in _BRACKETS:
            stack.append((character, place))
        elif character in _CLOSERS:
            for depth in range(len(stack) - 1, -1, -1):
                if stack[depth][0] == _CLOSERS[character]:
                    pairs.append((stack[depth][1], place))
                    del stack[depth:]
                    break
    for opener, closer in sorted(pairs):
        direction = _bracket_direction(classes, sequence, opener, closer)
        if direction:
            classes[sequence.indices[opener]] = classes[sequence.indices[closer]] = direction


def _bracket_direction(
    classes: list[str], sequence: _Sequence, opener: int, closer: int
) -> str | None:
    embedding = "R" if sequence.level % 2 else "L"
    inside = {_direction(classes[index]) for index in sequence.indices[opener + 1 : closer]}
    if embedding in inside:
        return embedding
    opposite = "L" if embedding == "R" else "R"
    if opposite not in inside:
        return None
    context = sequence.before
    for index in reversed(sequence.indices[:opener]):
        if _direction(classes[index]) in ("L", "R"):
            context = _direction(classes[index])
            break
    return opposite if context == opposite else embedding


def _resolve_neutral(classes: list[str], sequence: _Sequence) -> None:
    """Rules N1 and N2."""
    embedding = "R" if sequence.level % 2 else "L"
    indices = sequence.indices
    place = 0
    while place < len(indices):
        if classes[indices[place]] not in _NEUTRALS:
            place += 1
            continue
        end = place
        while end < len(indices) and classes[indices[end]] in _NEUTRALS:
            end += 1
        left = _direction(classes[indices[place - 1]]) if place else sequence.before
        right = _direction(classes[indices[end]]) if end < len(indices) else sequence.after
        for index in indices[place:end]:
            classes[index] = left if left == right else embedding
        place = end


def _resolve_implicit(classes: list[str], levels: list[int], sequence: _Sequence) -> None:
    """Rules I1 and I2."""
    for index in sequence.indices:
        kind = classes[index]
        if levels[index] % 2:
            levels[index] += kind in ("L", "EN", "AN")
        elif kind == "R":
            levels[index] += 1
        elif kind in ("EN", "AN"):
            levels[index] += 2
