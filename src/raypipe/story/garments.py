"""What the text says that somebody wears: "her blue coat", "einen roten Mantel"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from raypipe.colour_words import find_colour
from raypipe.story.characters import Mention
from raypipe.story.facts import Facts, Noun

_PARTS: Final = {
    "body": "coat dress jacket kimono robe gown sweater shirt apron raincoat cardigan tunic "
    "blouse vest suit sari hanbok hanfu sarafan kaftan kurta blazer parka jerkin jumpsuit "
    "uniform smock overalls coveralls spacesuit jumper doublet bodice",
    "shoulders": "cloak cape mantle shawl",
    "head": "hat cap hood crown veil helmet turban fedora headscarf headband circlet beret bonnet",
    "neck": "scarf neckerchief",
    "legs": "trousers skirt jeans pants",
    "feet": "boots shoe shoes slippers",
    "hands": "gloves",
}
_PART_OF: Final = {garment: part for part, words in _PARTS.items() for garment in words.split()}
_WHOLE: Final = frozenset({"dress", "gown", "robe", "kimono", "coat", "raincoat"})
"""Of these nobody wears trousers or a skirt to be seen besides."""

_WEARS: Final = {
    "en": r"\b(?:wore|wears?|wearing|worn|put(?:s|ting)? on|pull(?:s|ed|ing) on|dressed|clad|in|"
    r"with|had on|has on|threw on|button\w*|slipped)\b",
    "de": r"\b(?:tr[uä]gt?|trug(?:en)?|zieht|zog|in|im|mit|hatte)\b",
    "es": r"\b(?:llev\w+|vest\w+|pus\w+|puso|con|de)\b",
    "fr": r"\b(?:port\w+|mit|enfil\w+|vêtue?|en|avec|dans)\b",
    "it": r"\b(?:indoss\w+|port\w+|mise|vestit\w+|con|in)\b",
    "pt": r"\b(?:vest\w+|us\w+|pôs|com|de)\b",
    "ru": r"\b(?:в|надел\w*|носил\w*|оделa?)\b",
}  # fmt: skip
_OWN: Final = re.compile(r"(?:sein|ihr)\w*|sua?|seus?|suo|sur?|son|sa", re.IGNORECASE)


def find_worn(sentence: Facts, mentions: Sequence[Mention]) -> list[tuple[Mention, str, str]]:
    """Return who is told to wear what: the mention, the part of the body and an English phrase.

    Only clothes of a told colour count: others leave a look as it is.
    """
    pattern = _WEARS.get(sentence.language)
    if pattern is None:
        return []
    worn = []
    for noun in sentence.nouns:
        part = _PART_OF.get(noun.concept.name)
        if part is None or noun.absent or noun.modifies or not find_colour(noun.phrase):
            continue
        before = [m for m in mentions if m.end <= noun.hit.start and not m.quoted]
        if before and _wears(sentence, before[-1], noun, pattern):
            worn.append((before[-1], part, noun.phrase))
    return worn


def _wears(sentence: Facts, who: Mention, noun: Noun, pattern: str) -> bool:
    between = sentence.text[who.end : noun.hit.start]
    owned = who.how == "pronoun" and len(between.split()) <= len(noun.phrase.split()) - 1
    own = any(_OWN.fullmatch(word) for word in between.split())
    return owned or own or re.search(pattern, between, re.IGNORECASE) is not None


def is_garment(noun: Noun) -> bool:
    """Say whether a noun is something to wear."""
    return noun.concept.name in _PART_OF


def dress_in(clothes: str, worn: Sequence[tuple[str, str]]) -> str:
    """Return clothes as a phrase with those of ``worn`` (part, phrase) in place of their likes."""
    if not worn:
        return clothes
    taken = {part for part, _ in worn}
    if any(phrase.split()[-1] in _WHOLE for _, phrase in worn):
        taken.add("legs")
    if "body" in taken:
        taken.add("shoulders")
    kept = [piece for piece in re.split(r", | and ", clothes) if _part(piece) not in taken]
    said = [phrase for _, phrase in worn] + kept
    return " and ".join(said) if len(said) < 3 else f"{', '.join(said[:-1])} and {said[-1]}"  # noqa: PLR2004 - two need no comma


def _part(piece: str) -> str:
    """Return the part of the body that a piece of clothing covers, "" for a satchel."""
    found = [_PART_OF[word] for word in re.findall(r"[a-z]+", piece.lower()) if word in _PART_OF]
    return found[-1] if found else ""
