from __future__ import annotations

import pytest

from raypipe.story.language import Detected, detect_language, primary


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The fox ran into the forest and was never seen again."),
        ("es", "El zorro corrió hacia el bosque y no volvió nunca más."),
        ("fr", "Le renard courut dans la forêt et ne revint jamais."),
        ("de", "Der Fuchs lief in den Wald und kam nie wieder zurück."),
        ("it", "La volpe corse nella foresta e non tornò mai più."),
        ("pt", "A raposa correu para a floresta e não voltou nunca mais."),
        ("nl", "De vos rende het bos in en is nooit meer gezien."),
        ("ja", "狐は森へ走って、二度と戻りませんでした。"),
        ("zh", "狐狸跑进森林，再也没有回来。"),
        ("ko", "여우는 숲으로 달려가 다시는 돌아오지 않았다."),
        ("ar", "ركض الثعلب إلى الغابة ولم يعد أبدا."),
        ("fa", "روباه به جنگل دوید و دیگر هرگز برنگشت، گفتند."),
        ("ru", "Лиса убежала в лес, и больше её никто не видел."),
        ("uk", "Лисиця втекла до лісу, і її більше ніхто не бачив."),
        ("hi", "लोमड़ी जंगल में भाग गई और फिर कभी नहीं लौटी।"),
        ("el", "Η αλεπού έτρεξε στο δάσος."),
        ("he", "השועל רץ אל היער."),
        ("th", "สุนัขจิ้งจอกวิ่งเข้าป่า"),
        ("en", "Fin."),
        ("en", "12345"),
        ("ja", "ロボットはTOKYOへ行きました。"),
    ],
)
def test_the_language_of_a_sentence(language, text):
    assert detect_language(text).tag == language


@pytest.mark.parametrize("text", ["Only a title", "No man is an island", "A war", "So it was"])
def test_words_that_other_languages_have_too_leave_short_english_english(text):
    assert detect_language(text) == Detected("en", is_sure=True)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "El zorro y la luna"),
        ("fr", "C'était la nuit"),
        ("de", "Der Fuchs und die Maus"),
        ("sv", "Sol och måne"),
        ("vi", "Một ngày của ông"),
        ("sw", "Hapo zamani za kale paliishi mvuvi mzee peke yake"),
    ],
)
def test_few_words_are_enough_where_they_speak_clearly(language, text):
    assert detect_language(text) == Detected(language, is_sure=True)


@pytest.mark.parametrize("text", ["", "Fin.", "12345", "Mona", "La La Land", "The Lantern"])
def test_what_speaks_for_no_language_is_taken_for_english_and_unsure(text):
    assert detect_language(text) == Detected("en", is_sure=False)


def test_names_and_quotations_do_not_change_the_language():
    text = (
        "Der Señor sagte zu seiner alten Mutter: the end is near. Dann ging er mit Zoë nach Łódź "
        "zurück, und niemand hat ihn je wieder in der kleinen Stadt gesehen."
    )
    assert detect_language(text) == Detected("de", is_sure=True)


def test_all_test_stories_are_recognised(load):
    languages = {
        "ali": "ar", "lost_artifact": "en", "momotaro": "ja", "wolf": "en", "zorro": "es",
        "fr": "fr", "de": "de", "zh": "zh", "ko": "ko", "ru": "ru", "hi": "hi", "sea": "en",
    }  # fmt: skip
    assert {stem: detect_language(load(stem).content) for stem in languages} == {
        stem: Detected(language, is_sure=True) for stem, language in languages.items()
    }


def test_primary_subtag():
    assert primary("pt-BR") == "pt"
