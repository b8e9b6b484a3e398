from __future__ import annotations

import pytest

from raypipe.speech.engine import SpeechRequest
from raypipe.speech.espeak_library import open_library
from raypipe.speech.japanese import JapaneseReader, read_number


@pytest.fixture(scope="module")
def reader() -> JapaneseReader:
    return JapaneseReader()


def read(reader: JapaneseReader, text: str) -> list[tuple[str, str]]:
    return [(text[each.char_start : each.char_end], each.spoken) for each in reader.read(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("桃太郎は鬼ヶ島へ", [("桃太郎は", "モモタローワ"), ("鬼ヶ島へ", "オニガシマエ")]),
        ("川で洗濯を", [("川で", "カワデ"), ("洗濯を", "センタクオ")]),
        ("住んでいました。", [("住んで", "スンデ"), ("いました", "イマシタ")]),
        ("東京", [("東京", "トーキョー")]),
        ("思う", [("思う", "オモウ")]),
        ("先生、お供に", [("先生", "センセー"), ("お供に", "オトモニ")]),
        ("二人の男", [("二人の", "フタリノ"), ("男", "オトコ")]),
        ("「何だ！」😀", [("何だ", "ナンダ")]),
        ("降参させ", [("降参させ", "コーサンサセ")]),
    ],
)
def test_reads_kanji_and_particles(reader: JapaneseReader, text: str, expected):
    assert read(reader, text) == expected


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("1945年", "センキューヒャクヨンジューゴネン"),
        ("3匹", "サンビキ"),
        ("1人", "ヒトリ"),
        ("4時", "ヨジ"),
        ("１，０００人", "センニン"),
        ("20日", "ハツカ"),
    ],
)
def test_reads_numbers_with_their_counters(reader: JapaneseReader, text: str, spoken: str):
    assert "".join(each for _, each in read(reader, text)) == spoken


@pytest.mark.parametrize(
    ("digits", "spoken"),
    [
        ("0", "ゼロ"), ("10", "ジュー"), ("300", "サンビャク"), ("600", "ロッピャク"),
        ("8000", "ハッセン"), ("1000", "セン"), ("10000", "イチマン"), ("10000000", "イッセンマン"),
        ("100000000", "イチオク"), ("007", "ゼロゼロナナ"), ("21", "ニジューイチ"),
    ],
)  # fmt: skip
def test_reads_whole_numbers(digits: str, spoken: str):
    assert read_number(digits) == spoken


def test_spans_are_in_order_in_a_long_text(reader: JapaneseReader):
    text = "桃太郎は鬼を降参させ、宝物を持って帰りました。" * 400
    end = 0
    readings = reader.read(text)
    for each in readings:
        assert end <= each.char_start < each.char_end <= len(text)
        end = each.char_end
    assert end == len(text) - 1


def test_a_run_without_any_stop_is_read_in_pieces(reader: JapaneseReader):
    assert reader.read("桃" * 20_000)[-1].char_end == 20_000


def test_kana_is_what_espeak_can_say(reader: JapaneseReader, open_engine):
    text = "鬼を降参させ、宝物を持って村に帰りました。"
    kana = "、".join(each.spoken for each in reader.read(text))
    library = open_library()
    with library.session() as session:
        session.choose(library.voices["ja"], {})
        assert "(en)" not in session.phonemize(kana)  # it names a letter in English otherwise
        assert "(en)" in session.phonemize(text)
    speech = open_engine("espeak:ja").synthesize(SpeechRequest(text, "ja"))
    morae = len(kana.replace("、", ""))
    assert 4.5 < morae / speech.duration_s < 8
