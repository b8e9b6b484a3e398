"""Word forms: from a word as it stands in a text to the forms a dictionary may list.

Light rules, not grammars: each gives candidates, and only those that the lexicon knows count.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Final

_ARABIC_SIGNS = re.compile("[\u0610-\u061a\u064b-\u065f\u0670\u0640\u06d6-\u06ed]")
_ARABIC_LETTERS = str.maketrans("أإآٱىةؤئ", "اااايهوي")
_DEVANAGARI_SIGNS = re.compile("[\u093c\u200c\u200d]")

_MIN_STEM, _MAX_WORD_CHARS = 2, 60

Candidate = tuple[str, bool]
"""A form to look up, and whether the word in the text was a plural of it."""


def normalise(word: str, language: str) -> str:
    """Return ``word`` as words are compared: case, vowel points and spelling variants removed."""
    word = word.casefold().replace("’", "'")
    if language in {"ar", "fa", "ur"}:
        return _ARABIC_SIGNS.sub("", word).translate(_ARABIC_LETTERS)
    if language == "ru":
        return word.replace("ё", "е")
    if language == "hi":
        bare = _DEVANAGARI_SIGNS.sub("", unicodedata.normalize("NFD", word))
        return unicodedata.normalize("NFC", bare).replace("ँ", "ं")
    return word


def candidates(word: str, language: str) -> Iterator[Candidate]:
    """Yield the dictionary forms that normalised ``word`` may be a form of, likeliest first."""
    yield word, False
    rule = _RULES.get(language)
    if rule and len(word) <= _MAX_WORD_CHARS:
        yield from rule(word)


def _english(word: str) -> Iterator[Candidate]:
    if word.endswith("'s"):
        yield word[:-2], False
        return
    if word.endswith("s'"):
        word = word[:-1]
        yield word, True
    for ending, stem in (("ies", "y"), ("ves", "f"), ("ves", "fe"), ("es", ""), ("s", "")):
        if word.endswith(ending) and len(word) > len(ending) + 1 and not word.endswith("ss"):
            yield word[: -len(ending)] + stem, True
    irregular = {"women": "woman", "men": "man", "geese": "goose", "mice": "mouse", "feet": "foot",
                 "teeth": "tooth", "children": "child", "wives": "wife"}  # fmt: skip
    if word in irregular:
        yield irregular[word], True
    if word.endswith("men") and len(word) > len("omen"):
        yield word[:-3] + "man", True


def _romance(plural_ending: str) -> Callable[[str], Iterator[Candidate]]:
    def rule(word: str) -> Iterator[Candidate]:
        elided = re.sub(r"^(?:l|d|un|all|dell|nell|sull|dall|qu|quell|s|c|j|n|m)'", "", word)
        if elided != word:
            yield elided, False
        bases = [(elided, False)]
        for ending, stem in _PLURALS[plural_ending]:
            if elided.endswith(ending) and len(elided) > len(ending) + 1:
                bases.append((elided[: len(elided) - len(ending)] + stem, True))
        for base, plural in bases:
            if plural:
                yield base, plural
            for small in _SMALL[plural_ending]:
                if base.endswith(small[0]) and len(base) > len(small[0]) + 2:
                    yield base[: -len(small[0])] + small[1], plural

    return rule


_PLURALS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "es": (("ces", "z"), ("iones", "ión"), ("ones", "ón"), ("anes", "án"), ("es", ""), ("s", "")),
    "pt": (("ões", "ão"), ("ães", "ão"), ("ns", "m"), ("éis", "el"), ("ais", "al"), ("res", "r"),
           ("zes", "z"), ("s", "")),
    "fr": (("eaux", "eau"), ("aux", "al"), ("aux", "ail"), ("x", ""), ("s", "")),
    "it": (("chi", "co"), ("ghi", "go"), ("che", "ca"), ("ghe", "ga"), ("i", "o"), ("i", "e"),
           ("e", "a"), ("i", "io"), ("i", "a")),
}  # fmt: skip
# Diminutives; and adjectives in their other gender, listed as masculine.
_SMALL: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "es": (("ecito", "e"), ("ecita", "e"), ("cito", ""), ("cita", ""), ("ito", "o"), ("ita", "a"),
           ("illo", "o"), ("illa", "a"), ("ito", ""), ("a", "o"), ("a", "")),
    "pt": (("zinho", ""), ("zinha", ""), ("inho", "o"), ("inha", "a"), ("a", "o")),
    "fr": (("elle", "el"), ("euse", "eux"), ("ve", "f"), ("che", "c"), ("ère", "er"),
           ("nne", "n"), ("ette", ""), ("e", "")),
    "it": (("ino", "o"), ("ina", "a"), ("etto", "o"), ("etta", "a"), ("a", "o")),
}  # fmt: skip


def _german(word: str) -> Iterator[Candidate]:
    for ending, plural in (("innen", True), ("in", False)):
        # A woman of a trade is listed under the man: "Forscherin", "Ärztin", "Löwin".
        stem = word.removesuffix(ending)
        if word.endswith(ending) and len(stem) > _MIN_STEM:
            for form in dict.fromkeys((stem, _without_umlauts(stem))):
                yield form, plural
                yield f"{form}e", plural
    for ending in ("ern", "en", "er", "es", "em", "n", "e", "s", "lein", "chen"):
        stem = word[: -len(ending)]
        if word.endswith(ending) and len(stem) > _MIN_STEM:
            plural = ending in {"ern", "en", "er", "n", "e", "s"}
            yield stem, plural and ending not in {"e", "s"}
            plain = _without_umlauts(stem)
            if plain != stem:
                yield plain, plural
                yield f"{plain}e", plural
            yield f"{stem}e", False
    plain = _without_umlauts(word)
    if plain != word:
        yield plain, True
    for start in range(3, len(word) - 2):
        # A compound is a kind of its last part: Waldweg is a Weg.
        yield word[start:], False


def _without_umlauts(word: str) -> str:
    return word.replace("ä", "a").replace("ö", "o").replace("ü", "u")


_RUSSIAN_ENDINGS: Final = (
    "иями", "ями", "ами", "ией", "иям", "ием", "иях", "ого", "его", "ому", "ему", "ыми", "ими",
    "ым", "им", "ов", "ев", "ей", "ой", "ый", "ий", "ая", "яя", "ое", "ее", "ые", "ие", "ых",
    "их", "ую", "юю", "ом", "ем", "ам", "ям", "ах", "ях", "ою", "ею", "ию", "ия", "ии", "ью",
    "а", "я", "о", "е", "ы", "и", "у", "ю", "ь", "й",
)  # fmt: skip


def _russian(word: str) -> Iterator[Candidate]:
    endings = (ending for ending in ("", *_RUSSIAN_ENDINGS) if word.endswith(ending))
    stems = [word[: len(word) - len(end)] for end in endings if len(word) - len(end) >= _MIN_STEM]
    for stem in stems:
        plural = word.endswith(("ы", "ов", "ами", "ями", "ах", "ях"))
        for ending in ("", "а", "я", "о", "е", "ь", "й", "ый", "ий", "ой", "ия", "ие", "ы"):
            if stem + ending != word:
                yield stem + ending, plural
        if len(stem) > _MIN_STEM and stem[-1] not in "аеиоуыэюяьй":  # fleeting vowels
            for vowel in "ое":
                yield f"{stem[:-1]}{vowel}{stem[-1]}", plural


def _arabic(word: str) -> Iterator[Candidate]:
    prefixes = ("وبال", "فبال", "وكال", "وال", "فال", "بال", "كال", "ولل", "لل", "ال", "وب",
                   "ول", "و", "ف", "ب", "ل", "ك", "س")  # fmt: skip
    bare = (word[len(prefix) :] for prefix in prefixes if word.startswith(prefix))
    starts = [word, *(start for start in bare if len(start) >= _MIN_STEM)]
    for start in starts:
        if start != word:
            yield start, False
        for suffix, stem in (("ها", ""), ("هم", ""), ("هن", ""), ("هما", ""), ("نا", ""),
                             ("كم", ""), ("ه", ""), ("ا", ""), ("ته", "ه"), ("تها", "ه"),
                             ("تهم", "ه"), ("ي", ""), ("ك", "")):  # fmt: skip
            if start.endswith(suffix) and len(start) - len(suffix) >= _MIN_STEM:
                yield start[: -len(suffix)] + stem, False
        for suffix, stem in (("ات", "ه"), ("ات", ""), ("ون", ""), ("ين", ""), ("ان", ""),
                             ("تان", "ه"), ("تين", "ه")):  # fmt: skip
            if start.endswith(suffix) and len(start) - len(suffix) > _MIN_STEM:
                yield start[: -len(suffix)] + stem, True


_KOREAN_PARTICLES: Final = (
    "에게서", "으로부터", "에서는", "에서도", "이라는", "이었다", "였다", "이라고", "까지", "부터",
    "에게", "에서", "께서", "으로", "처럼", "보다", "마다", "조차", "밖에", "이나", "라는", "하고",
    "이랑", "들이", "들은", "들을", "들의", "들과", "들에게", "들도", "은", "는", "이", "가", "을",
    "를", "의", "에", "와", "과", "도", "만", "로", "랑", "야", "아", "들", "님", "님이", "님은",
)  # fmt: skip


def _korean(word: str) -> Iterator[Candidate]:
    for particle in _KOREAN_PARTICLES:
        if word.endswith(particle) and len(word) > len(particle):
            yield word[: -len(particle)], particle.startswith("들")


def _hindi(word: str) -> Iterator[Candidate]:
    for ending, stem, plural in (
        ("ियों", "ी", True), ("ियों", "ि", True), ("ियां", "ी", True), ("ाओं", "ा", True),
        ("ुओं", "ू", True), ("ए", "आ", False), ("ों", "", True), ("ों", "ा", True), ("ें", "", True),
        ("े", "ा", False), ("े", "", False), ("ी", "ा", False), ("ाएं", "ा", True),
    ):  # fmt: skip
        if word.endswith(ending) and len(word) > len(ending) + 1:
            yield word[: -len(ending)] + stem, plural


_RULES: Final[dict[str, Callable[[str], Iterator[Candidate]]]] = {
    "en": _english,
    "es": _romance("es"),
    "fr": _romance("fr"),
    "it": _romance("it"),
    "pt": _romance("pt"),
    "de": _german,
    "ru": _russian,
    "ar": _arabic,
    "ko": _korean,
    "hi": _hindi,
}
