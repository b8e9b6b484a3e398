"""Characters while a story is read, where they are mentioned, and what kind each is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

FEMALE: Final = frozenset({"woman", "girl", "old woman"})
MALE: Final = frozenset({"man", "boy", "old man"})
_YOUNGER: Final = {"woman": "girl", "man": "boy"}
HUMAN: Final = FEMALE | MALE | {"person"}


@dataclass(slots=True)
class Character:
    """A person or talking animal while the story is read.

    ``votes`` are for its kind; ``worn`` are clothes by the part of the body that they cover, as
    English phrases, where the text tells them.
    """

    name: str
    role: str = ""
    given_look: str = ""
    votes: Counter[str] = field(default_factory=Counter)
    words: set[str] = field(default_factory=set)
    traits: list[str] = field(default_factory=list)
    worn: dict[str, str] = field(default_factory=dict)
    animal: str = ""
    first_seen: int = 0
    mentions: int = 0
    named: bool = False
    titled: bool = False

    @property
    def kind(self) -> str:
        """As `raypipe.story.plan.CharacterInScene.kind`."""
        if self.animal:
            return self.animal
        if not self.votes:
            return "person"
        female = sum(count for kind, count in self.votes.items() if kind in FEMALE)
        male = sum(count for kind, count in self.votes.items() if kind in MALE)
        if not female and not male:
            return "person"
        side = FEMALE if female > male else MALE
        ages = {kind: count for kind, count in self.votes.items() if kind in side}
        # A word for an age says more than a pronoun, which only says woman or man.
        exact = [kind for kind in ages if kind not in {"woman", "man"}]
        kind = max(exact or ages, key=lambda kind: (ages[kind], kind))
        if kind not in _YOUNGER:
            return kind
        if "old" in self.traits:
            return f"old {kind}"
        # "Little Anna" is a girl; "a little woman" is not.
        return _YOUNGER[kind] if self.named and "little" in self.traits else kind


def take_for_children(characters: Sequence[Character]) -> None:
    """Make children of those who have but a name: who else would a story for children tell of?"""
    for who in characters:
        grown = {"woman", "man"} & set(who.votes)
        if who.named and grown and not (who.role or who.animal or who.given_look or who.titled):
            who.votes[_YOUNGER.get(who.kind, who.kind)] += 1


@dataclass(frozen=True, slots=True)
class Mention:
    """``who`` at character ``start`` of a sentence; ``how`` is "name", "noun" or "pronoun"."""

    who: Character
    start: int
    end: int
    how: str
    quoted: bool
    agent: bool


@dataclass(frozen=True, slots=True)
class Cast:
    """All characters by first appearance, the mentions in each sentence, and named places."""

    characters: tuple[Character, ...]
    mentions: tuple[tuple[Mention, ...], ...]
    places: tuple[tuple[str, ...], ...]
    name_spans: tuple[tuple[tuple[int, int], ...], ...]


def kind_of_look(look: str) -> tuple[str, str]:
    """Return the kind and the animal that an English description names, each "" if none."""
    from raypipe.story.lexicon.vocabulary import load_vocabulary

    vocabulary = load_vocabulary("en")
    _, hits = vocabulary.find(look)
    from raypipe.story.lexicon.concepts import load_concepts

    concepts = load_concepts()
    for hit in hits:
        name = hit.value("concept")
        if name and concepts[name].kind == "person" and concepts[name].figure != "person":
            return concepts[name].figure, ""
        if name and concepts[name].kind in {"animal", "creature"}:
            return "", name
    return "", ""
