from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raypipe.speech.phrases import (
    PAUSE_S,
    Reading,
    join_short,
    phrase_readings,
    read_mark,
    split_phrases,
)
from raypipe.speech.pronounce import ends_sentence, respell_english


def split(text: str, max_chars: int = 220):
    return split_phrases(
        text, "en", respell=respell_english, stops=ends_sentence, max_chars=max_chars
    )


def spoken(text: str, max_chars: int = 220) -> list[str]:
    return [
        " ".join(word.spoken + word.mark for word in phrase.words)
        for phrase in split(text, max_chars)
    ]


def test_sentences_become_phrases_with_their_marks():
    assert spoken("She ran, fast. Did he? Yes!") == ["She ran, fast.", "Did he?", "Yes!"]


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Elena met Mr. J. R. Smith at St. Mary's.",
        "It was 3 p.m. and the U.S. Army left.",
        "He lived on Main St. in the town, e.g. here.",
        "It is No. 5 of them.",
    ],
)
def test_abbreviations_do_not_end_a_sentence(text: str):
    assert len(split(text)) == 1


def test_a_time_of_day_can_end_a_sentence():
    assert len(split("It was 5 p.m. The door opened.")) == 2


def test_quoted_speech_goes_on_with_half_a_pause():
    first, second = split('"No!" she said.')
    assert first.pause_s == PAUSE_S["!"] / 2
    assert second.pause_s == 0


def test_pauses_grow_from_sentence_to_paragraph():
    a, b, c, d = split("One. Two… Three.\n\nFour.")
    assert 0 < a.pause_s < b.pause_s < c.pause_s
    assert d.pause_s == 0


def test_long_sentences_are_cut_at_clauses():
    clause = "and the old man walked on through the rain, "
    phrases = spoken(clause * 12, max_chars=120)
    assert all(len(phrase) <= 130 for phrase in phrases)
    assert all(phrase.endswith(",") for phrase in phrases)


def test_a_sentence_without_any_mark_is_cut_between_words():
    phrases = spoken("word " * 500, max_chars=100)
    assert max(map(len, phrases)) <= 110
    assert sum(len(phrase.split()) for phrase in phrases) == 500


def test_a_word_that_is_not_spoken_leaves_its_mark_to_the_one_before():
    assert spoken("They saw 東京. Then night fell.") == ["They saw.", "Then night fell."]


def test_nothing_to_speak_gives_no_phrase():
    assert split("... 😀 東京") == ()


@pytest.mark.parametrize(
    ("gap", "mark"),
    [
        (" ", ""), (", ", ","), (". ", "."), ("... ", "…"), ("…", "…"), (" — ", "—"), (" -- ", "—"),
        (' - "', "—"), (".\n\n", "¶"), ("?!", "?"), ("。", "."), ("、", ","), ("؟ ", "?"),
        ("، ", ","), (" (", ","), ("»، ", ","), ("।", "."), (": «", ":"), ("\n", ""),
    ],
)  # fmt: skip
def test_marks_of_many_scripts(gap: str, mark: str):
    assert read_mark(gap) == mark


@given(st.text(alphabet="ab .,!?…—\n\"'A5$", max_size=300), st.integers(5, 60))
def test_every_spoken_word_is_in_one_phrase_in_order(text: str, max_chars: int):
    phrases = split(text, max_chars)
    starts = [word.char_start for phrase in phrases for word in phrase.words]
    assert starts == sorted(set(starts))
    assert all(phrase.words for phrase in phrases)


def test_readings_replace_words():
    text = "雨だ。行く"
    readings = (Reading(0, 2, "アメダ"), Reading(3, 5, "イク"))
    phrases = phrase_readings(text, readings, stops=lambda *_: True, max_chars=50)
    assert [[word.spoken for word in phrase.words] for phrase in phrases] == [["アメダ"], ["イク"]]


def joined(text: str, *, min_chars: int = 20, max_chars: int = 60) -> list[str]:
    phrases = join_short(split(text), min_chars=min_chars, max_chars=max_chars)
    return [" ".join(word.spoken + word.mark for word in phrase.words) for phrase in phrases]


def test_short_sentences_are_joined_to_a_neighbour():
    assert joined("No! She ran to the open door. Then she stopped there. Why?") == [
        "No! She ran to the open door.",
        "Then she stopped there. Why?",
    ]
    assert joined("No! Never!") == ["No! Never!"]


def test_short_sentences_stay_alone_beside_long_ones_and_paragraphs():
    long = "She ran to the open door of the old house by the sea."
    assert joined(f"No! {long}", max_chars=50) == ["No!", long]
    assert joined("No!\n\nShe ran to the open door.") == ["No¶", "She ran to the open door."]


@given(st.text("ab .!?\n", max_size=200), st.integers(0, 40), st.integers(40, 200))
def test_joining_keeps_all_words_and_the_pauses_at_the_ends(text: str, least: int, most: int):
    phrases = split(text, max_chars=40)
    together = join_short(phrases, min_chars=least, max_chars=most)
    assert [word for phrase in together for word in phrase.words] == [
        word for phrase in phrases for word in phrase.words
    ]
    ends = {phrase.words[-1].char_end: phrase.pause_s for phrase in phrases}
    assert all(ends[phrase.words[-1].char_end] == phrase.pause_s for phrase in together)
