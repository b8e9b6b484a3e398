"""Texts cut into sentences, and long sentences into clauses; quotations stay whole."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from raypipe.story.cleaning import has_words
from raypipe.story.language import primary
from raypipe.story.speaking import measure_speech_s

_OPENING: Final = dict(zip("“«「『（(【‹《„", "”»」』）)】›》“", strict=True))
_CLOSING: Final = frozenset("”»」』）)】›》\"'’")
_END_MARKS = ".!?…。！？؟۔।"
_MAX_QUOTE_CHARS = 320  # beyond, a quotation mark was probably forgotten
_MAX_SENTENCE_CHARS = 900
_MAX_PYSBD_CHARS = 4_000  # its time grows with the square of a paragraph's length
_PYSBD: Final = {"en", "es", "fr", "de", "it", "ru", "hi", "nl", "pl", "da", "el", "bg"}
_LIKE: Final = {"pt": "es", "ro": "it", "uk": "ru", "sv": "da"}

_WIDE_END = re.compile(r"[。！？!?…]+[」』）)”’》〉】]*")
_PLAIN_END = re.compile(r"[.!?…؟۔।]+[\"'”’»)\]]*(?=\s|$)")
_SAYS_AFTER_QUOTE = re.compile(
    r"^[\s,、，،]*(?:と|って|[\u4e00-\u9fff]{0,4}[说說道问問喊叫答笑]|[فو]?قال|이?라고|하고|고 )"
)
_LOWER_START = re.compile(r"^[\"'“‘«—–\s]*[a-zà-öø-ÿа-яё]")
_ABBREVIATION = re.compile(r"(?:\b[A-Z]|\b(?:Dr|Mr|Mrs|Ms|St|Sr|Sra|Jr|No|vs|etc|e\.g|i\.e))\.$")
_TITLE_AT_END = re.compile(
    r"\b(?:Sr|Sra|Srta|Dr|Dra|Don|Dña|Mme|Mlle|Hr|Prof|Sta?|Sig|Mr|Mrs|Ms|Capt|Col|Gen|Lt)\.$"
)
_CLAUSE_MARKS = re.compile(r"[;；؛]|—|–|:(?!\d)|：|[,،](?!\d)|[、，]")
_STRONG_MARKS = frozenset(";；؛—–:：")
_CONJUNCTIONS: Final[dict[str, str]] = {
    "en": "and but while when where until because so then who which as though before",
    "es": "y e pero mientras cuando donde hasta porque entonces que quien aunque sino",
    "fr": "et mais tandis quand où jusqu parce alors qui que car puis pendant lorsque",
    "de": "und aber während als wo bis weil dann der die das denn doch sondern",
    "it": "e ma mentre quando dove finché perché allora che poi però",
    "pt": "e mas enquanto quando onde até porque então que quem porém",
    "ru": "и но пока когда где потому что который которая а чтобы",
}


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of text that is never cut: a sentence, or a clause of one.

    ``sentence`` and ``paragraph`` are indices in the story; ``ends_sentence`` is False for a
    clause that goes on. ``joint`` is what stands between it and the next: "paragraph",
    "sentence", "strong" (; : —), "comma", "conjunction" or "word".
    ``speech_s`` is its expected length spoken.
    """

    text: str
    sentence: int
    paragraph: int
    joint: str
    speech_s: float

    @property
    def ends_sentence(self) -> bool:
        """Whether the sentence ends here."""
        return self.joint in {"sentence", "paragraph"}


def split_sentences(text: str, language: str) -> tuple[tuple[str, ...], ...]:
    """Return the sentences of each paragraph of a cleaned ``text``; nothing is lost or added.

    White space between sentences is dropped. A quotation of usual length is not cut, and stays
    with the words that say who speaks.
    """
    code = primary(language)
    wide = code in {"ja", "zh"}
    paragraphs = []
    for paragraph in text.split("\n\n"):
        line = paragraph.replace("\n", "" if wide else " ").strip()
        if line:
            paragraphs.append(tuple(_split_paragraph(line, code)))
    return tuple(paragraphs)


def split_units(text: str, language: str) -> tuple[Unit, ...]:
    """Return the sentences of ``text`` in order, each one unit.

    A sentence without a word in it, such as a stray mark, stays with the one before it or, at the
    beginning, after it: no scene could be made of it.
    """
    units: list[Unit] = []
    stray = ""
    for number, sentences in enumerate(split_sentences(text, language)):
        for index, sentence in enumerate(sentences):
            joint = "paragraph" if index == len(sentences) - 1 else "sentence"
            if not has_words(sentence):
                if units:
                    units[-1] = _joined(units[-1], sentence, joint)
                else:
                    stray = f"{stray} {sentence}".strip()
                continue
            pieces = _cut_endless(f"{stray} {sentence}".strip())
            stray = ""
            for piece in pieces:
                speech_s = measure_speech_s(piece, language)
                end = joint if piece is pieces[-1] else "word"
                units.append(Unit(piece, len(units), number, end, speech_s))
    if stray:  # nothing but marks
        units.append(Unit(stray, 0, 0, "paragraph", measure_speech_s(stray, language)))
    return tuple(units)


def _joined(unit: Unit, stray: str, joint: str) -> Unit:
    return replace(unit, text=f"{unit.text} {stray}", joint=joint)


def _cut_endless(sentence: str) -> list[str]:
    """Cut what no sentence is, thousands of characters without an end, between words if it can."""
    pieces: list[str] = []
    start = 0
    while len(sentence) - start > _MAX_SENTENCE_CHARS:
        space = sentence.rfind(" ", start + 1, start + _MAX_SENTENCE_CHARS)
        end = space if space > start else start + _MAX_SENTENCE_CHARS
        pieces.append(sentence[start:end].strip())
        start = end
    pieces.append(sentence[start:].strip())
    return [piece for piece in pieces if piece]


def split_clauses(unit: Unit, language: str, *, floor_s: float) -> tuple[Unit, ...]:
    """Cut a sentence at its commas, semicolons and the like, none shorter than ``floor_s``.

    Cuts never fall inside a quotation or a number. Returns ``(unit,)`` where there is no cut.
    """
    pieces: list[Unit] = []
    start = 0
    for position, strength in _find_clause_ends(unit.text, primary(language)):
        head, tail = unit.text[start:position].strip(), unit.text[position:].strip()
        head_s = measure_speech_s(head, language) if head else 0.0
        tail_s = measure_speech_s(tail, language) if tail else 0.0
        if head_s >= floor_s and tail_s >= floor_s:
            pieces.append(Unit(head, unit.sentence, unit.paragraph, strength, head_s))
            start = position
    rest = unit.text[start:].strip()
    rest_s = measure_speech_s(rest, language)
    return (*pieces, Unit(rest, unit.sentence, unit.paragraph, unit.joint, rest_s))


def find_quotations(text: str) -> tuple[tuple[int, int], ...]:
    """Return [start, end) of each quotation in ``text``, marks included."""
    spans: list[tuple[int, int]] = []
    stack: list[tuple[str, int]] = []
    straight = -1
    for index, char in enumerate(text):
        if char == '"':
            if straight < 0:
                straight = index
            else:
                spans.append((straight, index + 1))
                straight = -1
        elif stack and char == stack[-1][0]:
            _, start = stack.pop()
            if not stack and text[start] not in "（(【":
                spans.append((start, index + 1))
        elif char in _OPENING:
            stack.append((_OPENING[char], index))
    if text.startswith(("—", "–", "- ")):
        spans.append((0, _end_of_dash_speech(text)))
    return tuple(sorted(spans))


def _end_of_dash_speech(text: str) -> int:
    following = re.search(r"\s?[—–]\s?", text[1:])
    return following.start() + 1 if following else len(text)


def _split_paragraph(line: str, code: str) -> list[str]:
    if code in {"ja", "zh"} or _is_mostly_wide(line):
        pieces = _split_wide(line)
    elif _LIKE.get(code, code) in _PYSBD and len(line) <= _MAX_PYSBD_CHARS:
        pieces = _split_with_pysbd(line, _LIKE.get(code, code))
    else:
        pieces = _split_plain(line)
    return _rejoin(pieces, " " if not _is_mostly_wide(line) else "")


def _is_mostly_wide(line: str) -> bool:
    wide = sum("\u3041" <= char <= "\u30ff" or "\u4e00" <= char <= "\u9fff" for char in line)
    return wide * 2 > len(line)


@lru_cache(maxsize=4)
def _segmenter(code: str) -> Any:
    import pysbd  # only when a text is split: clients import this module lightly

    return pysbd.Segmenter(language=code, clean=False)


def _split_with_pysbd(line: str, code: str) -> list[str]:
    try:
        pieces = [piece.strip() for piece in _segmenter(code).segment(line)]
    except (re.error, IndexError, ValueError):  # it builds patterns from the text
        return _split_plain(line)
    kept = "".join("".join(pieces).split()) == "".join(line.split())
    return [piece for piece in pieces if piece] if kept else _split_plain(line)


def _split_plain(line: str) -> list[str]:
    pieces: list[str] = []
    start = 0
    for match in _PLAIN_END.finditer(line):
        piece = line[start : match.end()]
        if match.group() == "." and _ABBREVIATION.search(piece):
            continue
        pieces.append(piece.strip())
        start = match.end()
    pieces.append(line[start:].strip())
    return [piece for piece in pieces if piece]


def _split_wide(line: str) -> list[str]:
    pieces: list[str] = []
    start = 0
    for match in _WIDE_END.finditer(line):
        pieces.append(line[start : match.end()].strip())
        start = match.end()
    pieces.append(line[start:].strip())
    return [piece for piece in pieces if piece]


def _rejoin(pieces: list[str], space: str) -> list[str]:
    """Join what must not be apart: open quotations, and a quotation with its "she said"."""
    joined: list[str] = []
    for piece in pieces:
        if joined and _belongs_to(joined[-1], piece):
            closes = not any(char.isalnum() for char in piece) and piece[0] in _CLOSING
            joined[-1] = f"{joined[-1]}{'' if closes else space}{piece}"
        else:
            joined.append(piece)
    return joined


def _belongs_to(before: str, piece: str) -> bool:
    if len(before) + len(piece) <= _MAX_QUOTE_CHARS and _is_open(before):
        return True
    if _TITLE_AT_END.search(before[-8:]):
        return True
    if not any(char.isalnum() for char in piece):
        return len(piece) <= 4 and not any(char in _OPENING for char in piece)  # noqa: PLR2004
    if before[-1] in _CLOSING:
        return bool(_LOWER_START.match(piece) or _SAYS_AFTER_QUOTE.match(piece))
    return before[-1] not in ".…" and bool(_LOWER_START.match(piece))


def _is_open(text: str) -> bool:
    stack: list[str] = []
    for char in text:
        if stack and char == stack[-1]:
            stack.pop()
        elif char in _OPENING:
            stack.append(_OPENING[char])
    return bool(stack) or text.count('"') % 2 == 1


def _find_clause_ends(text: str, code: str) -> list[tuple[int, str]]:
    quoted = find_quotations(text)
    ends: list[tuple[int, str]] = []
    for match in _CLAUSE_MARKS.finditer(text):
        if not any(start < match.start() < end - 1 for start, end in quoted):
            dash = match.group() in "—–"
            position = match.start() if dash else match.end()
            strong = match.group() in _STRONG_MARKS
            # A colon before a quotation belongs to it: who speaks should be seen speaking.
            leads_in = any(0 <= start - match.end() <= 1 for start, _ in quoted)
            strength = "strong" if strong and not leads_in else "comma"
            ends.append((position, strength))
    words = _CONJUNCTIONS.get(code)
    if words:
        pattern = rf"\s(?=(?:{'|'.join(words.split())})\s)"
        ends += [
            (match.end(), "conjunction")
            for match in re.finditer(pattern, text)
            if not any(start < match.start() < end - 1 for start, end in quoted)
        ]
    return sorted(ends)
