from __future__ import annotations

import pytest

from raypipe.speech.arabic import ArabicReader
from raypipe.speech.espeak_library import open_library


@pytest.fixture(scope="module")
def reader() -> ArabicReader:
    return ArabicReader()


def read(reader: ArabicReader, text: str) -> list[tuple[str, str]]:
    library = open_library()
    with library.session() as session:
        session.choose(library.voices["ar"], {})
        return [
            (text[each.char_start : each.char_end], each.spoken)
            for each in reader.read(text, session.phonemize)
        ]


def test_words_without_vowels_get_them(reader: ArabicReader):
    spoken = dict(read(reader, "انفتحت الصخرة أمام مرجانة"))
    assert any("\u064b" <= char <= "\u0652" for char in spoken["الصخرة"])


def test_words_that_espeak_knows_stay_as_they_are(reader: ArabicReader):
    spoken = dict(read(reader, "كان علي بابا حطابا"))
    assert spoken["بابا"] == "بابا"
    assert spoken["علي"] == "علي"


def test_vowels_of_the_writer_stay(reader: ArabicReader):
    assert read(reader, "لا تُحصى")[1] == ("تُحصى", "تُحصى")


def test_every_word_is_there_once_and_in_order(reader: ArabicReader):
    text = "قال زعيمهم: «افتح يا سمسم»، فانفتحت الصخرة!\u200f ثم 40 لصًا hello 😀."
    assert [word for word, _ in read(reader, text)] == [
        "قال", "زعيمهم", "افتح", "يا", "سمسم", "فانفتحت", "الصخرة", "ثم", "40", "لصًا", "hello",
    ]  # fmt: skip


def test_spoken_words_have_a_vowel_in_each_syllable(reader: ArabicReader):
    library = open_library()
    text = "وجد في الداخل ذهبا وجواهر لا تحصى لكن مرجانة وحدها عرفت كيف تنقذه"
    with library.session() as session:
        session.choose(library.voices["ar"], {})
        before = session.phonemize(text)
        after = session.phonemize(
            " ".join(each.spoken for each in reader.read(text, session.phonemize))
        )

    def vowels(phonemes: str) -> int:
        return sum(char in "aeiou" for char in phonemes)

    assert vowels(after) > 1.2 * vowels(before)
