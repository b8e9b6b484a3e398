from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raypipe.story.sentences import find_quotations, split_clauses, split_sentences, split_units


@pytest.mark.parametrize(
    ("language", "text", "count"),
    [
        (
            "en",
            'Dr. Smith came at 3 p.m. on Monday. "It is warm," she whispered. Then she left.',
            3,
        ),
        ("en", '"Stop!" cried Mr. Fox. "Why not?" He did not answer.', 3),
        ("es", "Llegó el Sr. Pérez. ¿Quién es? «No me importa», dijo; «están verdes». Fin.", 4),
        ("fr", "« Qui est là ? » demanda le roi. Personne ne répondit.", 2),
        ("de", "Der König war alt. „Wer ist da?“, fragte er. Niemand kam z. B. im Wald.", 3),
        ("it", "«Chi è?» chiese il re. Nessuno rispose.", 2),
        ("pt", "“Quem é?”, perguntou ele. Ninguém respondeu.", 2),
        ("ja", "犬が来た。「これは。何だ？」と言った。夜になった！", 3),
        ("zh", "狼来了。他说：“你好！我是狼。”女孩笑了。", 2),
        ("ko", '옛날이었다. "누구냐?" 하고 물었다. 아무도 없었다.', 3),
        ("ar", "من هناك؟ قال الملك: «افتح. يا سمسم!» ثم ذهب. عاد؛ ونام.", 4),
        ("ru", "Жил старик. «Кто там?» — спросил он. Никто не ответил.", 3),
        ("hi", "एक राजा था। उसने पूछा कौन है? कोई नहीं बोला।", 3),
    ],
)
def test_sentences_are_cut_at_their_ends_and_quotations_stay_whole(language, text, count):
    (sentences,) = split_sentences(text, language)
    assert len(sentences) == count, sentences


@settings(max_examples=150, deadline=None)
@given(
    st.text(alphabet='aB .!?…"“”«»「」。、,;:—\n1é桃あ ك؟', max_size=120),
    st.sampled_from(["en", "es", "ja", "ar"]),
)
def test_nothing_is_lost_or_added(text, language):
    pieces = [sentence for paragraph in split_sentences(text, language) for sentence in paragraph]
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_paragraphs_are_kept():
    units = split_units("One. Two.\n\nThree.", "en")
    assert [unit.joint for unit in units] == ["sentence", "paragraph", "paragraph"]
    assert [unit.paragraph for unit in units] == [0, 0, 1]


def test_clauses_are_cut_at_marks_but_not_in_quotations_or_numbers():
    text = (
        'He took 1,500 coins, and the king said "go, now, and quickly" to him; '
        "then they left the old city."
    )
    (unit,) = split_units(text, "en")
    clauses = split_clauses(unit, "en", floor_s=0.8)
    assert " ".join(clause.text for clause in clauses) == text
    assert any(clause.joint == "strong" for clause in clauses)
    assert any('"go, now, and quickly"' in clause.text for clause in clauses)
    assert any("1,500" in clause.text for clause in clauses)


def test_no_clause_is_shorter_than_the_floor():
    text = "桃太郎は大きくなると、鬼ヶ島へ、犬と猿と雉を連れて出かけました。"
    (unit,) = split_units(text, "ja")
    clauses = split_clauses(unit, "ja", floor_s=1.5)
    assert len(clauses) > 1
    assert all(clause.speech_s >= 1.5 for clause in clauses)
    assert "".join(clause.text for clause in clauses) == unit.text


def test_a_short_sentence_is_one_clause():
    (unit,) = split_units("He ran, and fell.", "en")
    assert split_clauses(unit, "en", floor_s=2.0) == (unit,)


def test_quotations_are_found_with_their_marks():
    text = 'He said "yes" and «no» and 「多分」.'
    assert [text[start:end] for start, end in find_quotations(text)] == [
        '"yes"',
        "«no»",
        "「多分」",
    ]


def test_text_without_an_end_is_cut_between_words():
    units = split_units("word " * 2_000, "en")
    assert len(units) > 5
    assert all(len(unit.text) <= 900 for unit in units)
    assert "".join(unit.text for unit in units).replace(" ", "") == "word" * 2_000


def test_a_closing_mark_stays_at_its_word():
    (sentence,) = split_sentences('„Es hat genügt."', "de")[0]
    assert sentence == '„Es hat genügt."'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (". A fox ran. It slept.", [". A fox ran.", "It slept."]),
        ("A fox ran.\n\n* * *\n\nIt slept.", ["A fox ran. * * *", "It slept."]),
        ("A fox ran. …", ["A fox ran. …"]),
    ],
)
def test_a_mark_without_a_word_stays_with_a_sentence(text, expected):
    units = split_units(text, "en")
    assert [unit.text for unit in units] == expected
    assert [unit.sentence for unit in units] == list(range(len(units)))
    assert units[-1].joint == "paragraph"
