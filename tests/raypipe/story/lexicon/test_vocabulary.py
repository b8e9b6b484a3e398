from __future__ import annotations

import pytest

from raypipe.story.lexicon.vocabulary import load_vocabulary


def concepts_in(text, language):
    _, hits = load_vocabulary(language).find(text)
    return [value for hit in hits if (value := hit.value("concept"))]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("es", "Las zorras comieron uvas bajo los árboles.", ["fox", "grapes", "tree"]),
        ("es", "El gatito y la casita", ["cat", "house"]),
        ("fr", "Les chevaux couraient dans l'herbe", ["horse", "grass"]),
        ("de", "Die Wölfe liefen über den Waldweg", ["wolves", "road"]),
        ("it", "Le volpi nei boschi", ["fox", "woods"]),
        ("pt", "Os leões e as raposas", ["lion", "fox"]),
        ("ru", "Волка видели в лесу у старой избушки", ["wolf", "forest", "cottage"]),
        ("ar", "والثعلب في الغابة بجانب الأشجار", ["fox", "forest", "tree"]),
        ("ar", "فانفتحت الصخرة", ["rock"]),
        ("ko", "호랑이가 산에서 여우를 만났다", ["tiger", "mountain", "fox"]),
        ("hi", "कौए ने पत्थरों को घड़े में डाला", ["crow", "stone", "pot"]),
        ("ja", "おばあさんが川で桃を見た", ["old woman", "river", "peach"]),
        ("zh", "小女孩在森林里看见大灰狼", ["girl", "forest", "wolf"]),
    ],
)
def test_inflected_words_are_found(language, text, expected):
    assert concepts_in(text, language) == expected


@pytest.mark.parametrize(
    ("language", "text", "absent"),
    [
        ("zh", "他马上小心地回家", ["horse", "heart"]),
        ("ja", "大人は途中で本当に上手に相手を見た", ["book", "hand"]),
        ("de", "er ging weg", ["road", "path"]),
        ("ko", "그는 말했다", ["horse"]),
        ("ar", "علي بابا", ["door"]),
        ("it", "ancora una volta", ["anchor"]),
    ],
)
def test_false_friends_are_not(language, text, absent):
    assert not set(absent) & set(concepts_in(text, language))


def test_the_longest_term_wins():
    assert concepts_in("鬼ヶ島へ行った", "ja") == ["demon island"]
    assert concepts_in("a space suit", "en") == ["spacesuit"]


def test_an_hour_inside_a_turn_is_heard():
    _, hits = load_vocabulary("en").find("One night they ran.")
    assert any(hit.value("turn") == "later" for hit in hits)
    assert any(hit.value("hour") == "night" for hit in hits)


def test_plurals_are_known():
    _, hits = load_vocabulary("en").find("three foxes")
    assert [hit.plural for hit in hits if hit.value("concept") == "fox"] == [True]


@pytest.mark.parametrize("language", ["tr", "id", "fa"])
def test_languages_with_emoji_names_alone_know_some_things(language):
    _, hits = load_vocabulary(language).find(
        {"tr": "tilki", "id": "rubah", "fa": "روباه"}[language]
    )
    assert [hit.value("concept") for hit in hits] == ["fox"]


def test_an_unknown_language_knows_nothing_and_fails_nothing():
    tokens, hits = load_vocabulary("xx").find("some words")
    assert len(tokens) == 2
    assert hits == ()
