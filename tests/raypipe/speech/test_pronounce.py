from __future__ import annotations

import pytest

from raypipe.speech.pronounce import ends_sentence, respell_english


@pytest.mark.parametrize(
    ("word", "before", "after", "gap", "expected"),
    [
        ("Dr", "", "Elena", ". ", "doctor"),
        ("St", "at", "Mary", ". ", "saint"),
        ("St", "Main", "in", ". ", "street"),
        ("$1,945.50", "", "", "", "1,945 dollars and 50 cents"),
        ("$1", "", "", "", "1 dollar"),
        ("£3.01", "", "", "", "3 pounds and 1 penny"),
        ("$5", "", "million", " ", "5"),
        ("million", "$5", "", "", "million dollars"),
        ("1945", "in", "", "", "19 45"),
        ("1905", "", "", "", "19 oh 5"),
        ("1800", "", "", "", "18 hundred"),
        ("2005", "", "", "", "2005"),
        ("1920s", "", "", "", "19 twenties"),
        ("3:00", "", "", "", "3 o'clock"),
        ("3:05", "", "p.m", " ", "3 oh 5"),
        ("p.m", "", "", "", "pee em"),
        ("1914–1918", "", "", "", "19 14 to 19 18"),
        ("VIII", "Henry", "", "", "the eighth"),
        ("IV", "Chapter", "", "", "4"),
        ("I", "and", "am", " ", "I"),
        ("HELP", "", "ME", " ", "help"),
        ("NASA", "at", "today", " ", "NASA"),
        ("&", "", "", "", "and"),
        ("don’t", "", "", "", "don't"),
        ("Shh", "", "", "", "shush"),
        ("東京", "", "", "", ""),
        ("Привет", "", "", "", ""),
        ("co\u00adoperate", "", "", "", "cooperate"),
        ("ﬁre", "", "", "", "fire"),
        ("1/2", "", "", "", "1 over 2"),
        ("no", "oh", "more", " ", "no"),
        ("No", "is", "5", ". ", "number"),
    ],
)
def test_respells(word: str, before: str, after: str, gap: str, expected: str):
    assert respell_english(word, before, after, gap) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("11", "ɪlˈɛvən"),
        ("50%", "fˈɪfti pɚsˈɛnt"),
        ("1st", "fˈɜːst"),
        (respell_english("Dr", "", "Elena", ". "), "dˈɑːktɚ"),
        (respell_english("1945"), "nˈaɪntiːn fˈɔːɹɾi fˈaɪv"),
        (respell_english("3:00"), "θɹˈiː əklˈɑːk"),
        (respell_english("$5"), "fˈaɪv dˈɑːlɚz"),
        (respell_english("IT", "", "IS", " "), "ɪt"),
    ],
)
def test_is_phonemized_as_it_is_read(piper, word: str, expected: str):
    assert "".join(piper._phonemize(word)) == expected


@pytest.mark.parametrize(
    ("word", "gap", "after", "ends"),
    [
        ("crystal", ". ", "The", True), ("Dr", ". ", "Elena", False), ("J", ". ", "Smith", False),
        ("I", ". ", "Then", True), ("p.m", ". ", "and", False), ("p.m", ". ", "The", True),
        ("U.S", ". ", "Army", False), ("etc", ". ", "and", False), ("etc", ". ", "Then", True),
        ("St", ". ", "in", False), ("No", ". ", "5", False), ("no", ". ", "He", True),
        ("end", ".", "", True), ("said", '". ', "the", True),
    ],
)  # fmt: skip
def test_knows_where_sentences_end(word: str, gap: str, after: str, ends: bool):  # noqa: FBT001
    assert ends_sentence(word, gap, after) is ends
