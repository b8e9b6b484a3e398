from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raypipe.speech.words import (
    count_syllables,
    estimate_seconds,
    estimate_words,
    find_words,
    syllable_rate,
)


def words(text: str, language: str = "en") -> list[str]:
    return [text[start:end] for start, end in find_words(text, language)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"It is warm," she said.', ["It", "is", "warm", "she", "said"]),
        ("the well-known man’s dog isn't", ["the", "well-known", "man’s", "dog", "isn't"]),
        ("$1,945.50 at 3:30 p.m.", ["$1,945.50", "at", "3:30", "p.m"]),
        ("50% of the U.S. Army", ["50%", "of", "the", "U.S", "Army"]),
        ("1914–1918 — no, Hm—no", ["1914–1918", "no", "Hm", "no"]),
        ("Tom & Jerry", ["Tom", "&", "Jerry"]),
        ("go 👍🏽 now * # @ ~", ["go", "now"]),
        ("end.Next", ["end", "Next"]),
        ("a\u200bb \u202bhello\u202c\u200f", ["a\u200bb", "hello"]),
        ("caf\u0065\u0301 nai\u0308ve", ["caf\u0065\u0301", "nai\u0308ve"]),
        ("...", []),
        ("", []),
    ],
)
def test_words_of_a_spaced_script(text: str, expected: list[str]):
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("他今天很高兴。", "zh", ["他", "今", "天", "很", "高", "兴"]),
        ("桃太郎は、ラーメン", "ja", ["桃太郎", "は", "ラーメン"]),
        ("鬼ヶ島へ", "ja", ["鬼ヶ島", "へ"]),
        ("«افتح يا سمسم»، قال", "ar", ["افتح", "يا", "سمسم", "قال"]),
        ("यह एक कहानी है।", "hi", ["यह", "एक", "कहानी", "है"]),
        ("옛날 옛적에", "ko", ["옛날", "옛적에"]),
    ],
)
def test_words_of_other_scripts(text: str, language: str, expected: list[str]):
    assert words(text, language) == expected


def test_thai_vowels_stay_with_their_consonant():
    assert all(word[-1] not in "เแโใไ" for word in words("สวัสดีชาวโลกเราไปเที่ยว", "th"))


@given(st.text(max_size=60), st.sampled_from(["en", "ja", "zh", "ar", "hi", "th"]))
def test_any_text_gives_spans_in_order_that_hold_all_its_letters(text: str, language: str):
    spans = find_words(text, language)
    end = 0
    for start, stop in spans:
        assert end <= start < stop
        end = stop
    covered = {at for start, stop in spans for at in range(start, stop)}
    assert all(at in covered for at, char in enumerate(text) if char.isalpha())


@given(st.text(max_size=60), st.integers(1, 100_000), st.integers(0, 1000))
def test_estimated_times_are_in_order_and_inside(text: str, sample_count: int, start: int):
    times = estimate_words(text, "en", sample_count, start_sample=start)
    assert len(times) == len(find_words(text, "en"))
    end = start
    for word in times:
        assert end <= word.start_sample <= word.end_sample <= start + sample_count
        end = word.end_sample


def test_estimated_times_follow_syllables_and_pauses():
    short, long, last = estimate_words("go extraordinarily. now", "en", 10_000)
    assert long.end_sample - long.start_sample > 4 * (short.end_sample - short.start_sample)
    assert last.start_sample > long.end_sample
    assert last.end_sample == 10_000


@pytest.mark.parametrize(
    ("word", "language", "expected"),
    [
        ("cat", "en", 1), ("temple", "en", 2), ("stone", "en", 1), ("archaeologist", "en", 5),
        ("hambrienta", "es", 3), ("старухой", "ru", 3), ("漢字", "ja", 4), ("きゃく", "ja", 2),
        ("高", "zh", 1), ("할머니", "ko", 3), ("the", "en", 1),
    ],
)  # fmt: skip
def test_counts_syllables(word: str, language: str, expected: int):
    assert count_syllables(word, language) == pytest.approx(expected, abs=1)


def test_a_word_of_hundreds_of_letters_takes_its_time():
    for letters in ("a" * 2000, "x" * 2000, "pneumono" * 250):
        assert 150 < count_syllables(letters, "en") < 1000
    for word in ("strengths", "schrumpfst", "queue", "eau"):
        assert count_syllables(word, "en") <= 2


def test_english_narration_is_about_165_words_a_minute(examples):
    text = (examples / "wolf.md").read_text(encoding="utf-8")
    pace = len(find_words(text, "en")) / estimate_seconds(text, "en") * 60
    assert 145 < pace < 185


def test_regional_tags_have_the_pace_of_their_language():
    assert syllable_rate("es-MX") == syllable_rate("es")
    assert syllable_rate("es") > syllable_rate("zh")
