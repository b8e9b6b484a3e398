"""Visible things: English nouns with a class, and what each says about place, hour and mood."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent

# How much a thing of a class tells about a scene, against the others.
CLASS_WEIGHTS: Final = {
    "creature": 1.3, "animal": 1.2, "vehicle": 1.15, "thing": 1.0, "group": 1.0, "person": 1.0,
    "food": 0.95, "plant": 0.8, "place": 0.75, "nature": 0.7, "sky": 0.65, "body": 0.0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Concept:
    """One visible thing.

    ``name`` is an English noun; ``kind`` its class, a key of `CLASS_WEIGHTS`; ``emoji`` the
    English name of the emoji that shows it, if any; ``figure`` is for persons what
    `raypipe.story.plan.CharacterInScene.kind` shall say; ``cues`` are (section, value) pairs such
    as ("setting", "forest").
    """

    name: str
    kind: str
    emoji: str = ""
    figure: str = ""
    cues: tuple[tuple[str, str], ...] = field(default=())


@lru_cache(maxsize=1)
def load_concepts() -> dict[str, Concept]:
    """Return all concepts by name."""
    concepts: dict[str, Concept] = {}
    hints: list[tuple[tuple[str, str], list[str]]] = []
    for line in (FOLDER / "concepts.txt").read_text(encoding="utf-8").splitlines():
        head, colon, names = line.partition(":")
        if not colon or line.startswith("#"):
            continue
        kind, *attributes = head.split()
        pairs = dict(attribute.split("=") for attribute in attributes)
        if kind == "cue":
            hints.append((next(iter(pairs.items())), names.split()))
            continue
        figure = pairs.pop("kind", "").replace("_", " ")
        for entry in names.split():
            name, equals, emoji = entry.partition("=")
            name = name.replace("_", " ")
            emoji = "" if emoji == "-" else emoji if equals else entry
            concepts[name] = Concept(name, kind, emoji, figure, tuple(pairs.items()))
    for cue, names_of_cue in hints:
        for name in (entry.replace("_", " ") for entry in names_of_cue):
            old = concepts[name]
            concepts[name] = Concept(old.name, old.kind, old.emoji, old.figure, (*old.cues, cue))
    return concepts
