"""What a story is about, as words: its people and places first, then what it names most."""

from __future__ import annotations

import unicodedata
from collections import Counter
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from icu4py.breakers import WordBreaker

from raypipe.post.wrapping import is_wide

if TYPE_CHECKING:
    from collections.abc import Iterable

    from raypipe.story.plan import StoryPlan

_MIN_LETTERS = 3
_TITLE_WEIGHT, _NAME_WEIGHT, _SEEN_WEIGHT = 3.0, 2.0, 2.0
_FLOOR = 2.0
_TITLES = frozenset({"dr", "mr", "mrs", "ms", "prof", "sir", "st", "the", "señor", "don", "doña"})


def fold(text: str) -> str:
    """Return ``text`` without case, accents and vowel points, to compare words by."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in parts if not unicodedata.combining(char) and char != "ـ")


@lru_cache
def stopwords(language: str) -> frozenset[str]:
    """Return the words of ``language`` that say nothing of a story, and those of English.

    A story in any language may quote English; an unknown language has English's only.
    """
    lines = files("raypipe.post").joinpath("stopwords.txt").read_text("utf-8").splitlines()
    wanted = {"[en]", f"[{language.partition('-')[0]}]"}
    words: set[str] = set()
    section = ""
    for line in lines:
        if line.startswith("["):
            section = line
        elif section in wanted:
            words.update(line.split())
    return frozenset(words)


def content_words(text: str, language: str) -> list[str]:
    """Return the words of ``text`` that mean something, in order, as written.

    Words are ICU's, so Chinese, Japanese and Thai are cut where their words end.
    """
    stop = stopwords(language)
    words = []
    for piece in WordBreaker(text, language):
        word = str(piece).strip("'’-_")  # noqa: RUF001 both apostrophes
        if word.casefold() not in stop and _tells(word):
            words.append(word)
    return words


def _tells(word: str) -> bool:
    """Return whether ``word`` is long enough to mean something in its script."""
    if not word or not all(char.isalnum() or unicodedata.combining(char) for char in word):
        return word.count("-") == 1 and len(word) > _MIN_LETTERS and word[0].isalpha()
    if is_wide(word):
        kana_only = all("\u3041" <= char <= "\u309f" for char in word)
        return len(word) > 1 and not kana_only
    return len(word) >= _MIN_LETTERS and not word.isdigit()


def _is_wide_noun(word: str) -> bool:
    """Return whether ``word`` is ideographs or katakana only, as most Japanese nouns are."""
    return is_wide(word) and not any("\u3041" <= char <= "\u309f" for char in word)


def find_keywords(plan: StoryPlan, *, limit: int = 12) -> tuple[str, ...]:
    """Return the story's own words that say most about it, the weightiest first.

    A word counts for each time it stands in the text, more if it is a name, stands in the title
    or names a thing that is seen. One that stands once and is nothing else is left out, but for
    Chinese and Japanese words without hiragana, which are nouns more often than not.
    """
    text = "\n".join(scene.text for scene in plan.scenes)
    words = content_words(text, plan.language)
    count = Counter(fold(word) for word in words)
    spelled: dict[str, str] = {}
    for word in words:
        spelled.setdefault(fold(word), word)
    in_title = {fold(word) for word in content_words(plan.title, plan.language)}
    names = {fold(part) for name in character_names(plan) for part in name.split()}
    # The noun of "red door" is its last word.
    seen = {fold(subject.split()[-1]) for scene in plan.scenes for subject in scene.subjects}
    seen |= {fold(place) for scene in plan.scenes for place in scene.locations}
    score = {
        word: number
        + _TITLE_WEIGHT * (word in in_title)
        + _NAME_WEIGHT * (word in names)
        + _SEEN_WEIGHT * (word in seen)
        for word, number in count.items()
    }
    first = {word: index for index, word in reversed(list(enumerate(spelled)))}
    order = sorted(score, key=lambda word: (-score[word], first[word]))
    chosen = [word for word in order if score[word] >= _FLOOR or _is_wide_noun(word)]
    return tuple(spelled[word] for word in chosen[:limit])


def character_names(plan: StoryPlan) -> tuple[str, ...]:
    """Return the names of the people of the story, those in most scenes first."""
    count = Counter(person.name for scene in plan.scenes for person in scene.characters)
    return tuple(name for name, _ in count.most_common())


def ranked(values: Iterable[str]) -> tuple[str, ...]:
    """Return the different ``values``, the most frequent first, in order of first sight."""
    return tuple(value for value, _ in Counter(values).most_common())


def unique(values: Iterable[str]) -> tuple[str, ...]:
    """Return ``values`` without those that differ only by case, accents or spaces."""
    found: dict[str, str] = {}
    for value in values:
        tidy = " ".join(value.split())
        if tidy:
            found.setdefault(fold(tidy).replace(" ", "").replace("-", ""), tidy)
    return tuple(found.values())


def short_name(name: str) -> str:
    """Return ``name`` without the titles before it: "Dr. Elena Martinez" is "Elena Martinez"."""
    parts = name.split()
    while len(parts) > 1 and parts[0].rstrip(".").casefold() in _TITLES:
        parts.pop(0)
    return " ".join(parts)
