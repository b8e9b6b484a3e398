"""The English colour words that a story may say of things, and the colours that they name."""

from __future__ import annotations

import re
from typing import Final

_WORDS: Final = {
    "red": "red crimson scarlet ruby vermilion cherry-red blood-red",
    "blue": "blue azure cobalt sapphire sky-blue",
    "navy": "navy indigo",
    "turquoise": "turquoise teal cyan aquamarine",
    "green": "green emerald olive jade",
    "yellow": "yellow mustard lemon-yellow",
    "gold": "gold golden",
    "orange": "orange amber",
    "brown": "brown chestnut russet",
    "tan": "tan beige khaki",
    "purple": "purple violet lilac lavender plum",
    "pink": "pink rosy",
    "white": "white snow-white ivory cream",
    "black": "black jet-black coal-black ebony",
    "grey": "grey gray",
    "silver": "silver silvery",
}
COLOURS: Final = {word: colour for colour, words in _WORDS.items() for word in words.split()}
"""Each colour word with the colour that it names."""

_SHADES: Final = {"light blue": "turquoise", "dark blue": "navy", "pale blue": "turquoise"}
_WORD: Final = re.compile(r"[a-z]+(?:-[a-z]+)*")


def find_colour(phrase: str) -> str:
    """Return the colour that stands before the noun of an English phrase, or "".

    ``phrase`` ends with its noun: "a bright red door" is red, "an orange" has no colour.
    """
    words = _WORD.findall(phrase.lower())
    for place in range(len(words) - 2, -1, -1):
        pair = " ".join(words[max(place - 1, 0) : place + 1])
        if pair in _SHADES:
            return _SHADES[pair]
        if words[place] in COLOURS:
            return COLOURS[words[place]]
    return ""
