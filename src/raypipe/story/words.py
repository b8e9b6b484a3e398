"""Sets of words, written as words."""

from __future__ import annotations


def word_set(words: str) -> frozenset[str]:
    """Return the words of ``words``, which are separated by white space."""
    return frozenset(words.split())
