"""Captions: a scene's words as phrases of one or two lines, timed by the voice.

All phrases of a scene are chosen together, as the cheapest way to cut it: phrases end where the
sentence pauses, fit two lines, and are neither flashed nor overstay. The limits are those of
subtitling practice (BBC Subtitle Guidelines 1.2.3; Netflix Timed Text Style Guide, 2024).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from raypipe.text.layout import line_room, soft_margin
from raypipe.text.pace import estimate_words
from raypipe.text.phrasing import (
    ABBREVIATIONS,
    CLOSING_MARKS,
    OPENING_MARKS,
    leaning_words,
    opening_words,
)
from raypipe.text.safe_area import reference_size, text_width
from raypipe.text.scripts import STRONG_ENDS, WEAK_ENDS, clean, is_cjk, takes_hyphen
from raypipe.text.shaping import Paragraph, Typeface, graphemes
from raypipe.text.wrapping import opportunities
from raypipe.timeline.model import TextLayer, TextStyle

WordFrames = tuple[int, int, int, int]
"""(char_start, char_end, start_frame, end_frame)."""

_MAX_LINES = 2
_MIN_S, _IDEAL_S, _MAX_S = 0.7, 2.2, 4.0
_MAX_CHARACTERS = {"latin": 64, "cjk": 28}
"""Two lines of 32, or of 14 square characters."""
_READING = {"latin": 20.0, "cjk": 9.0}
"""Characters a second that can be read while watching (Netflix: 20 and 9 to 12)."""
_LEAD_S = 0.08
"""A caption stands this long before its first word is heard."""
_BRIDGE_S = 0.7
"""A pause up to this long is bridged: the caption stays until the next one comes."""
_LINGER_S = 0.35
"""Before a longer pause, a caption stays this long after its last word."""

_SENTENCE, _CLAUSE, _JOINT, _PLAIN, _NAME, _LOOSE, _FORCED = -0.35, 0.0, 0.3, 0.55, 1.0, 1.6, 3.0
"""Costs of ending a phrase at a full stop, a comma, before a word that begins a phrase, at another
word, between two names, after a word that leans on the next, and inside a word or CJK phrase."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """Characters ``[start, end)`` that stay together, and the cost of a phrase ending there."""

    start: int
    end: int
    cost: float


@dataclass(frozen=True, slots=True)
class _Cue:
    """A phrase ``[start, end)`` and the frames in which its words are spoken.

    ``broken`` says that it ends inside a word that is longer than a caption.
    """

    start: int
    end: int
    first_frame: int
    last_frame: int
    broken: bool = False


def prominent_style(style: TextStyle | None = None) -> TextStyle:
    """The style of a scene that nobody reads out: large, in the middle, rising into place."""
    return replace(
        style or TextStyle(),
        position="center",
        size_px=92,
        outline_px=5,
        weight="heavy",
        animation="rise",
        highlight=None,
    )


def caption_layers(
    text: str,
    *,
    language: str,
    words: Sequence[WordFrames],
    start_frame: int,
    end_frame: int,
    fps: int,
    width: int,
    height: int,
    style: TextStyle,
) -> tuple[TextLayer, ...]:
    """Cuts a scene's narration into captions.

    Args:
        text: what is said.
        language: BCP 47 tag.
        words: (char_start, char_end, start_frame, end_frame) of each spoken word of ``text``,
            scene-local and in order; empty if unknown, and then estimated from the letters.
        start_frame: first scene-local frame of the narration.
        end_frame: frame after its last.
        fps: frames a second.
        width: frame width in pixels.
        height: frame height in pixels.
        style: how captions look.

    Returns:
        Layers in order that don't overlap, each of at most two lines in the safe area, with the
        frames of its own words. None for a text without anything to show.
    """
    shown, kept = _flatten(text)
    if not shown or end_frame <= start_frame:
        return ()
    spoken = _moved_words(words, kept, len(shown)) or estimate_words(
        shown, language, start_frame, end_frame
    )
    spoken = spoken or ((0, len(shown), start_frame, end_frame),)
    size_px = reference_size(style.size_px, width, height)
    paragraph = Paragraph(
        shown, Typeface(style.font, size_px, style.weight, language, style.emoji_font)
    )
    widest = text_width(width, height, style.area) + 2 * soft_margin(size_px, style)
    room = line_room(widest, size_px, style)
    units = _units(paragraph, room)
    cues = _Cutter(paragraph, units, spoken, room=room, fps=fps).cut()
    times = _on_screen(shown, cues, start_frame=start_frame, end_frame=end_frame, fps=fps)
    layers = []
    for cue, (begin, finish) in zip(cues, times, strict=True):
        content = shown[cue.start : cue.end]
        first = cue.start + len(content) - len(content.lstrip())
        layers.append(
            TextLayer(
                content=content.strip() + ("-" if cue.broken else ""),
                start_frame=begin,
                end_frame=finish,
                style=style,
                language=language,
                word_frames=_words_in(spoken, first, cue.start + len(content.rstrip())),
            )
        )
    return tuple(layer for layer in layers if layer.content and layer.start_frame < layer.end_frame)


def _flatten(text: str) -> tuple[str, list[int]]:
    """The text as one clean line, and where each of its characters went (one more than it has)."""
    whole = "".join("\ufffd" if 0xD800 <= ord(c) <= 0xDFFF else c for c in text)  # noqa: PLR2004 - surrogates
    shown = ""
    kept = [0] * (len(whole) + 1)
    for start, end in graphemes(whole):
        piece = clean(whole[start:end])
        if not piece.strip():
            piece = " " if piece and shown and not shown.endswith(" ") else ""
        for index in range(start, end):
            kept[index] = len(shown) + min(index - start, len(piece))
        shown += piece
    kept[-1] = len(shown)
    return shown.rstrip(), [min(index, len(shown.rstrip())) for index in kept]


def _moved_words(
    words: Sequence[WordFrames], kept: list[int], length: int
) -> tuple[WordFrames, ...]:
    moved = []
    for start, end, first, last in words:
        if 0 <= start < end < len(kept) and kept[start] < min(kept[end], length):
            moved.append((kept[start], kept[end], first, last))
    return tuple(moved)


def _units(paragraph: Paragraph, room: float) -> list[_Unit]:
    """Words (or CJK phrases' characters), and pieces of what is wider than a line."""
    text = paragraph.text
    leaning = leaning_words(paragraph.typeface.language)
    opening = opening_words(paragraph.typeface.language)
    units: list[_Unit] = []
    start = 0
    for mark in opportunities(text, paragraph.typeface.language):
        if paragraph.width(start, mark.index) > room:
            for piece_end in _pieces(paragraph, start, mark.index, room):
                units.append(_Unit(start, piece_end, _FORCED))
                start = piece_end
        cost = _ending_cost(text[start : mark.index], text[mark.index :][:1], leaning)
        if cost == _PLAIN and _first_word(text, mark.index) in opening:
            cost = _JOINT
        cost += 2 * mark.cost
        units.append(_Unit(start, mark.index, cost))
        start = mark.index
    return units


def _first_word(text: str, start: int) -> str:
    """The word that begins at ``start``, in lower case."""
    return text[start : start + _LONGEST_OPENING + 1].partition(" ")[0].lower()


_LONGEST_OPENING = 12


def _pieces(paragraph: Paragraph, start: int, end: int, room: float) -> list[int]:
    """Ends of line-wide pieces of a word that is wider than a line, the last piece's left out.

    Each leaves room for its own hyphen and for that by which lines are broken.
    """
    ends = []
    last = start
    room = max(room / 2, room - 2 * Paragraph("-", paragraph.typeface).width(0, 1))
    for low, high in graphemes(paragraph.text[start:end]):
        if paragraph.width(start, paragraph_end := last + high - low) > room and last > start:
            ends.append(last)
            start = last
        last = paragraph_end
    return ends


def _ending_cost(unit: str, following: str, leaning: frozenset[str]) -> float:
    bare = unit.rstrip().rstrip(CLOSING_MARKS)
    word = bare.strip(OPENING_MARKS).rstrip(".").lower()
    if bare.endswith(".") and (following.islower() or word in ABBREVIATIONS or len(word) == 1):
        return _LOOSE if word in ABBREVIATIONS else _PLAIN
    if bare[-1:] and bare[-1:] in STRONG_ENDS:
        return _SENTENCE
    if bare[-1:] and bare[-1:] in WEAK_ENDS:
        return _CLAUSE
    if word in leaning:
        return _LOOSE
    return _NAME if word != bare.strip(OPENING_MARKS) and following.isupper() else _PLAIN


class _Cutter:
    """Finds the cheapest cut of a scene's units into phrases."""

    def __init__(
        self,
        paragraph: Paragraph,
        units: list[_Unit],
        words: Sequence[WordFrames],
        *,
        room: float,
        fps: int,
    ) -> None:
        self._paragraph = paragraph
        self._units = units
        self._room = room
        self._fps = fps
        self._frames = _frames_of_units(units, words)
        cjk = sum(map(is_cjk, paragraph.text)) * 2 > len(paragraph.text)
        self._kind = "cjk" if cjk else "latin"

    def cut(self) -> list[_Cue]:
        best: list[tuple[float, int]] = [(0.0, -1)]
        for end in range(1, len(self._units) + 1):
            choices = []
            for start in range(end - 1, -1, -1):
                if start < end - 1 and not self._fits(start, end):
                    break
                choices.append((best[start][0] + self._cost(start, end), start))
            best.append(min(choices))
        cues = []
        end = len(self._units)
        while end > 0:
            start = best[end][1]
            first, last = self._spoken(start, end)
            unit = self._units[end - 1]
            broken = unit.cost == _FORCED and takes_hyphen(self._paragraph.text[unit.end - 1])
            cues.append(_Cue(self._units[start].start, unit.end, first, last, broken))
            end = start
        return cues[::-1]

    def _spoken(self, start: int, end: int) -> tuple[int, int]:
        return self._frames[start][0], self._frames[end - 1][1]

    def _fits(self, start: int, end: int) -> bool:
        """Whether units ``[start, end)`` can be set in two lines."""
        units = self._units[start:end]
        if units[-1].end - units[0].start > _MAX_CHARACTERS[self._kind] + 2:
            return False
        lines, line_start = 1, units[0].start
        for unit in units:
            if self._paragraph.width(line_start, unit.end) > self._room and unit.start > line_start:
                lines, line_start = lines + 1, unit.start
        return lines <= _MAX_LINES

    def _cost(self, start: int, end: int) -> float:
        first, last = self._spoken(start, end)
        seconds = max(0.0, last - first) / self._fps
        cost = 0.4 + abs(seconds - _IDEAL_S) * 0.12
        if seconds < _MIN_S:
            cost += 3 * (_MIN_S - seconds) / _MIN_S
        if seconds > _MAX_S:
            cost += 2 * (seconds - _MAX_S)
        length = self._units[end - 1].end - self._units[start].start
        cost += 0.1 * max(0.0, length / max(seconds, 0.1) - _READING[self._kind])
        for unit in self._units[start : end - 1]:  # a sentence that ends inside a phrase
            cost += 0.5 if unit.cost == _SENTENCE else 0.0
        return cost + (self._units[end - 1].cost if end < len(self._units) else 0.0)


def _frames_of_units(units: list[_Unit], words: Sequence[WordFrames]) -> list[tuple[int, int]]:
    """First and last spoken frame of each unit; one that nobody says has no length."""
    frames = []
    index = 0
    now = words[0][2]
    for unit in units:
        first = last = None
        while index < len(words) and words[index][0] < unit.end:
            _, char_end, start, end = words[index]
            first = start if first is None else first
            last = end
            if char_end > unit.end:  # the word goes on in the next unit
                share = (unit.end - words[index][0]) / (char_end - words[index][0])
                last = start + round((end - start) * share)
                break
            index += 1
        first = now if first is None else max(first, now)
        now = max(first, last if last is not None else now)
        frames.append((first, now))
    return frames


def _on_screen(
    text: str, cues: list[_Cue], *, start_frame: int, end_frame: int, fps: int
) -> list[tuple[int, int]]:
    """First frame of each phrase on screen, and the frame after its last."""
    lead, bridge, linger, least = (round(s * fps) for s in (_LEAD_S, _BRIDGE_S, _LINGER_S, _MIN_S))
    times: list[tuple[int, int]] = []
    begin = start_frame
    for index, cue in enumerate(cues):
        begin = max(begin, cue.first_frame - lead)
        alone = min(end_frame, max(cue.last_frame + linger, begin + least))
        if index + 1 == len(cues):
            finish = alone
        else:
            following = cues[index + 1].first_frame - lead
            goes_on = text[cue.start : cue.end].rstrip()[-1:] not in STRONG_ENDS
            bridged = goes_on or following - cue.last_frame <= bridge
            finish = following if bridged else min(following, alone)
        finish = min(max(begin + 1, finish), end_frame)
        times.append((begin, finish))
        begin = finish
    return times


def _words_in(words: Sequence[WordFrames], start: int, end: int) -> tuple[WordFrames, ...]:
    return tuple(
        (max(low, start) - start, min(high, end) - start, first, last)
        for low, high, first, last in words
        if low < end and high > start
    )
