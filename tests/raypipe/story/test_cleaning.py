from __future__ import annotations

import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from raypipe.story.cleaning import clean_line, clean_text, find_forbidden, has_words


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("cafe\u0301", "caf\u00e9"),
        ("a\u200bb\u2060c\ufeffd\u00ade", "abcde"),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("one\n\n\n\n two \t three ", "one\n\ntwo three"),
        ("ab\u202ecd\u202c ef\u200f", "abcd ef"),
        ("x\u0301" + "\u0301" * 50, unicodedata.normalize("NFC", "x" + "\u0301" * 8)),
    ],
)
def test_invisible_characters_go_and_white_space_is_plain(text, cleaned):
    assert clean_text(text) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",  # a family, joined
        "\U0001f44d\U0001f3fd",
        "\u2764\ufe0f",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian, with its non-joiner
        "\u0915\u094d\u200d\u0937",  # Devanagari half form
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "\u06dd\u0661",
    ],
)
def test_joiners_that_do_something_stay(text):
    assert clean_text(text) == unicodedata.normalize("NFC", text)


def test_joiners_between_latin_letters_go():
    assert clean_text("he\u200dllo wo\u200crld \ufe0f!") == "hello world !"


@pytest.mark.parametrize(
    ("text", "index", "word"),
    [("a\x00b", 1, "NUL"), ("ab\x1b[1m", 2, "escape"), ("\ud800", 0, "surrogate"), ("\x7f", 0, "")],
)
def test_characters_that_no_text_has_are_found(text, index, word):
    found = find_forbidden(text)
    assert found is not None
    assert found[0] == index
    assert word in found[1]


def test_tabs_and_line_ends_are_allowed():
    assert find_forbidden("a\tb\r\nc\fd\x0be") is None


@pytest.mark.parametrize("text", ["Fin.", "7", "\U0001f600", "桃"])
def test_words_are_letters_digits_and_pictures(text):
    assert has_words(text)


@pytest.mark.parametrize("text", ["", "...", "«»", " \n"])
def test_punctuation_alone_has_no_words(text):
    assert not has_words(text)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.text(max_size=90))
def test_cleaning_twice_changes_nothing_more(text):
    once = clean_text(text)
    assert clean_text(once) == once
    assert "\n" not in clean_line(text)
