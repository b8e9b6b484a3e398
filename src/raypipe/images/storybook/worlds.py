"""The worlds that tales are told in: how houses are built and people dress there.

A story that says nothing about it is drawn as its listeners know it, by its language.
"""

from __future__ import annotations

from typing import Literal

World = Literal["", "east", "bazaar"]
"""``east`` for China, Japan and Korea; ``bazaar`` from Morocco to India; else nothing."""

_BY_LANGUAGE: dict[str, World] = {
    **dict.fromkeys(("ja", "zh", "ko", "yue"), "east"),
    **dict.fromkeys(("ar", "fa", "ur", "he", "tr", "hi", "ps", "ku"), "bazaar"),
}


def world_of(language: str) -> World:
    """Return the world of a BCP 47 language tag."""
    return _BY_LANGUAGE.get(language.split("-", 1)[0].lower(), "")
