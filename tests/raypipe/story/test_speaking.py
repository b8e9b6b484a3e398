from __future__ import annotations

import pytest

from raypipe.story.speaking import count_syllables, measure_speech_s


@pytest.mark.parametrize(
    ("language", "text", "syllables"),
    [
        ("en", "banana", 3),
        ("en", "stone", 1),
        ("en", "table", 2),
        ("en", "wanted", 2),
        ("en", "walked", 1),
        ("es", "teatro", 3),
        ("ja", "さくら", 3),
        ("ja", "きょう", 2),
        ("zh", "狐狸", 2),
        ("ko", "여우", 2),
        ("ru", "молоко", 3),
    ],
)
def test_syllables(language, text, syllables):
    assert count_syllables(text, language) == syllables


def test_longer_texts_take_longer_and_marks_take_time():
    short, long = (
        measure_speech_s(text, "en") for text in ("The fox ran.", "The fox ran away home.")
    )
    assert short < long
    assert measure_speech_s("One. Two.", "en") > measure_speech_s("One Two", "en")


def test_the_rate_is_that_of_a_narrator(load):
    # Audiobooks are read at 150 to 200 words a minute.
    text = load("sea").content
    words_per_minute = len(text.split()) / measure_speech_s(text, "en") * 60
    assert 140 < words_per_minute < 230


def test_every_text_takes_some_time():
    assert measure_speech_s("?", "en") > 0
    assert measure_speech_s("ক", "bn") > 0
