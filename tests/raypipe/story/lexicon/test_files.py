from __future__ import annotations

from typing import get_args

import pytest

from raypipe.story.lexicon.concepts import CLASS_WEIGHTS, FOLDER, load_concepts
from raypipe.story.plan import Hour, Mood, Setting, Weather

LITERALS = {
    "setting": get_args(Setting),
    "hour": get_args(Hour),
    "weather": get_args(Weather),
    "mood": get_args(Mood),
}
KINDS = {"woman", "man", "girl", "boy", "old woman", "old man", "person"}
TURNS = {
    "later", "sudden", "contrast", "meanwhile", "return", "travel", "discovery", "moral", "memory",
}  # fmt: skip
LANGUAGES = sorted(path.stem for path in FOLDER.glob("??.txt"))


def entries(language):
    section = ""
    for line in (FOLDER / f"{language}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            value, colon, terms = line.partition(": ")
            yield section, value if colon else "", terms if colon else line


def test_there_is_a_file_for_each_language_promised():
    assert LANGUAGES == ["ar", "de", "en", "es", "fr", "hi", "it", "ja", "ko", "pt", "ru", "zh"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_values_are_those_of_the_plan(language):
    concepts = load_concepts()
    for section, value, terms in entries(language):
        assert terms.strip(), (section, value)
        if section == "concept":
            assert value in concepts, value
        elif section == "turn":
            assert value in TURNS, value
        elif section in LITERALS:
            assert value in LITERALS[section], (section, value)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_tells_hours_weathers_moods_and_turns(language):
    found = {section: set() for section in [*LITERALS, "turn", "action", "quality", "pronoun"]}
    for section, value, _ in entries(language):
        if section in found:
            found[section].add(value)
    assert found["hour"] == set(LITERALS["hour"])
    assert len(found["mood"]) == len(LITERALS["mood"])
    assert {"rain", "storm", "snow", "fog", "wind"} <= found["weather"]
    assert {"later", "sudden", "contrast"} <= found["turn"]
    assert len(found["quality"]) >= 15
    assert len(found["action"]) >= 20 or language == "en"


def test_concepts_have_known_classes_kinds_and_cues():
    concepts = load_concepts()
    assert len(concepts) > 700
    for concept in concepts.values():
        assert concept.kind in CLASS_WEIGHTS
        assert (concept.figure in KINDS) == (concept.kind == "person")
        for section, value in concept.cues:
            assert value in LITERALS[section], concept
        if concept.kind == "place":
            assert any(section == "setting" for section, _ in concept.cues), concept
