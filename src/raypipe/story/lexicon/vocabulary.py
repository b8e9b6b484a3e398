"""What the words of one language mean for a picture, and where they stand in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from raypipe.story.lexicon.concepts import FOLDER, load_concepts
from raypipe.story.lexicon.emoji_names import load_emoji_names
from raypipe.story.lexicon.forms import candidates, normalise

WIDE: Final = frozenset({"ja", "zh"})
"""Languages written without spaces, whose words are found by longest match."""

_MARKS = (
    "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u200c\u200d"
)
# "murmura-t-elle" is three words.
_INVERTED = r"[^\W_]\w*(?=(?:-t)?-(?:ils?|elles?|on|je|tu|nous|vous)\b)|"
_TOKEN = re.compile(rf"[^\W_][\w{_MARKS}]*(?:['’\-][^\W_][\w{_MARKS}]*)*|[^\w\s]")
_FRENCH_TOKEN = re.compile(_INVERTED + _TOKEN.pattern)
_MAX_TERM_TOKENS = 5
_MIN_PREFIX, _MAX_PREFIX = 2, 24
_PARTICLES_JA = frozenset("はがをにのとでもへやかねよ、。「」『』・　 ！？…")

Meaning = tuple[str, str]
"""(section, value), such as ("concept", "fox"), ("hour", "night") or ("pronoun", "she")."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word or mark: ``text[start:end]``; ``form`` is its normalised form."""

    form: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A lexicon term found at ``text[start:end]``, tokens ``[first, last)``."""

    start: int
    end: int
    first: int
    last: int
    meanings: tuple[Meaning, ...]
    plural: bool = False

    def value(self, section: str) -> str | None:
        """Return the value of this hit in ``section``, if it has one."""
        return next((value for name, value in self.meanings if name == section), None)


class Vocabulary:
    """The terms of one language, indexed for search."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.lists: dict[str, tuple[str, ...]] = {}
        self._terms: dict[tuple[str, ...], tuple[Meaning, ...]] = {}
        self._prefixes: dict[str, tuple[Meaning, ...]] = {}
        self._starts: dict[str, int] = {}
        self._longest = 1
        self._load()

    def find(self, text: str) -> tuple[tuple[Token, ...], tuple[Hit, ...]]:
        """Return the tokens of ``text`` and the terms found, longest first, none overlapping."""
        if self.language in WIDE:
            return self._find_wide(text)
        pattern = _FRENCH_TOKEN if self.language == "fr" else _TOKEN
        tokens = tuple(
            Token(normalise(match.group(), self.language), match.start(), match.end())
            for match in pattern.finditer(text)
        )
        hits: list[Hit] = []
        position = 0
        while position < len(tokens):
            hit = self._match_at(text, tokens, position)
            if hit:
                hits.append(hit)
                hits += self._look_inside(tokens, hit)
                position = hit.last
            else:
                position += 1
        return tokens, _without_blocked(hits)

    def _look_inside(self, tokens: tuple[Token, ...], hit: Hit) -> list[Hit]:
        """Return the hours and weathers named inside a longer turn ("one stormy night")."""
        if hit.last - hit.first == 1 or hit.value("turn") is None:
            return []
        inner = []
        for index in range(hit.first, hit.last):
            token = tokens[index]
            found, _ = self._lookup(token.form)
            kept = tuple(entry for entry in found if entry[0] in {"hour", "weather"})
            if kept:
                inner.append(Hit(token.start, token.end, index, index + 1, kept))
        return inner

    def base_form(self, word: str) -> str:
        """Return the form of ``word`` that the lexicon lists, or ``word``."""
        for candidate, _ in candidates(normalise(word, self.language), self.language):
            if (candidate,) in self._terms:
                return candidate
        return word

    def lookup(self, word: str) -> tuple[Meaning, ...]:
        """Return what a single word means, by its form or one it may be derived from."""
        return self._lookup(normalise(word, self.language), capital=word[:1].isupper())[0]

    # Loading -----------------------------------------------------------------------------------

    def _load(self) -> None:
        for term, name in load_emoji_names(self.language):
            self._add(term, ("concept", name))
        if self.language == "en":
            for name in load_concepts():
                self._add(name, ("concept", name))
        path = FOLDER / f"{self.language}.txt"
        if path.exists():
            self._load_file(path.read_text(encoding="utf-8"))

    def _load_file(self, text: str) -> None:
        section = ""
        for line in text.splitlines():
            if line.startswith("["):
                section = line.strip("[]")
            elif line and not line.startswith("#"):
                value, colon, terms = line.partition(": ")
                if section in {"ambiguous", "not_name", "say", "block"} or not colon:
                    value, terms = "", line
                words = [term.strip() for term in terms.split(",")]
                if section == "ambiguous":
                    words = terms.split()
                if section in {"ambiguous", "not_name", "name"}:
                    key = f"{section} {value}".strip()
                    self.lists[key] = self.lists.get(key, ()) + tuple(words)
                if section not in {"ambiguous", "not_name"}:
                    for word in words:
                        self._add(word, (section, value))

    def _add(self, term: str, meaning: Meaning) -> None:
        if self.language in WIDE:
            key: tuple[str, ...] = tuple(term)
        else:
            forms = [normalise(match.group(), self.language) for match in _TOKEN.finditer(term)]
            if term.endswith("*") and len(forms) > 1:
                forms.pop()
                if len(forms) == 1 and len(forms[0]) >= _MIN_PREFIX:
                    old = self._prefixes.get(forms[0], ())
                    self._prefixes[forms[0]] = (*old, meaning)
                    return
            key = tuple(forms)
        if not key:
            return
        old = self._terms.get(key, ())
        # A term names one thing; the files of this folder, read last, know better than others.
        kept = tuple(entry for entry in old if entry[0] != meaning[0] or entry[0] != "concept")
        self._terms[key] = (*kept, meaning)
        self._starts[key[0]] = max(self._starts.get(key[0], 1), len(key))
        self._longest = max(self._longest, len(key))

    # Finding -----------------------------------------------------------------------------------

    def _lookup(self, form: str, *, capital: bool = True) -> tuple[tuple[Meaning, ...], bool]:
        found: list[Meaning] = []
        plural = False
        for candidate, is_plural in candidates(form, self.language):
            meanings = self._terms.get((candidate,))
            if not meanings:
                continue
            if self.language == "de" and not capital:
                # German nouns have a capital: "weg" is "away", "Weg" is "path".
                meanings = tuple(entry for entry in meanings if entry[0] != "concept")
            new = [entry for entry in meanings if entry[0] not in {name for name, _ in found}]
            if new and not found:
                plural = is_plural
            found += new
            if found:
                break
        for length in range(min(len(form), _MAX_PREFIX), _MIN_PREFIX - 1, -1):
            by_prefix = self._prefixes.get(form[:length])
            if by_prefix:
                found += [entry for entry in by_prefix if entry not in found]
                break
        return tuple(found), plural

    def _match_at(self, text: str, tokens: tuple[Token, ...], position: int) -> Hit | None:
        first = tokens[position]
        longest = max(
            (
                self._starts.get(candidate, 1)
                for candidate, _ in candidates(first.form, self.language)
            ),
            default=1,
        )
        for length in range(min(longest, _MAX_TERM_TOKENS, len(tokens) - position), 1, -1):
            span = tokens[position : position + length]
            meanings, plural = self._lookup_span(span)
            if meanings:
                return Hit(first.start, span[-1].end, position, position + length, meanings, plural)
        capital = text[first.start].isupper()
        meanings, plural = self._lookup(first.form, capital=capital)
        if not meanings:
            return None
        return Hit(first.start, first.end, position, position + 1, meanings, plural)

    def _lookup_span(self, span: tuple[Token, ...]) -> tuple[tuple[Meaning, ...], bool]:
        exact = self._terms.get(tuple(token.form for token in span))
        if exact:
            return exact, False
        # Inflected terms: the last word in English and Korean, both in the others.
        for first, _ in candidates(span[0].form, self.language):
            for last, plural in candidates(span[-1].form, self.language):
                middle = tuple(token.form for token in span[1:-1])
                found = self._terms.get((first, *middle, last))
                if found:
                    return found, plural
        return (), False

    def _find_wide(self, text: str) -> tuple[tuple[Token, ...], tuple[Hit, ...]]:
        tokens = tuple(
            Token(match.group(), match.start(), match.end()) for match in _TOKEN.finditer(text)
        )
        hits: list[Hit] = []
        position = 0
        while position < len(text):
            hit = self._match_wide(text, position)
            if hit:
                hits.append(hit)
                if hit.value("turn") is not None and hit.end - hit.start > 1:
                    inner = (self._match_wide(text, at) for at in range(position + 1, hit.end))
                    hits += [
                        found
                        for found in inner
                        if found and found.value("hour") and found.end <= hit.end
                    ]
                position = hit.end
            else:
                position += 1
        return tokens, _without_blocked(hits)

    def _match_wide(self, text: str, position: int) -> Hit | None:
        longest = self._starts.get(text[position], 0)
        for length in range(min(longest, len(text) - position), 0, -1):
            meanings = self._terms.get(tuple(text[position : position + length]))
            if meanings and self._stands_alone(text, position, position + length):
                end = position + length
                plural = text[end : end + 2] == "たち" or text[end : end + 1] in {"们", "們", "達"}
                return Hit(position, end, position, end, meanings, plural)
        return None

    def _stands_alone(self, text: str, start: int, end: int) -> bool:
        """Say whether ``text[start:end]`` is a word rather than a part of one (Japanese)."""
        if self.language != "ja":
            return True
        word = text[start:end]
        before, after = text[start - 1 : start], text[end : end + 1]
        if _is_katakana(word[0]):
            return not _is_katakana(before) and not _is_katakana(after)
        if len(word) == 1 and _is_kanji(word):
            return not _is_kanji(before) and not _is_kanji(after)
        if all(_is_hiragana(char) for char in word):
            return not _is_hiragana(before) or before in _PARTICLES_JA
        return True


def _without_blocked(hits: list[Hit]) -> tuple[Hit, ...]:
    return tuple(hit for hit in hits if ("block", "") not in hit.meanings)


def _is_hiragana(char: str) -> bool:
    return "\u3041" <= char <= "\u3096"


def _is_katakana(char: str) -> bool:
    return "\u30a1" <= char <= "\u30fe"


def _is_kanji(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff" or char == "々"


@lru_cache(maxsize=16)
def load_vocabulary(language: str) -> Vocabulary:
    """Return the vocabulary of a primary language subtag; nearly empty for unknown ones."""
    return Vocabulary(language)


def tokens_between(tokens: tuple[Token, ...], start: int, end: int) -> Iterator[Token]:
    """Yield the tokens that lie in ``[start, end)``."""
    return (token for token in tokens if start <= token.start and token.end <= end)
