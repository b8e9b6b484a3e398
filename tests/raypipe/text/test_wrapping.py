import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raypipe.text.shaping import Paragraph, Typeface, graphemes
from raypipe.text.wrapping import wrap


def lines(text, width, language="en", **options):
    paragraph = Paragraph(text, Typeface("sans", 64, "bold", language))
    return [text[s:e] for s, e in wrap(paragraph, width, **options)]


def test_words_stay_whole_and_lines_are_balanced():
    assert lines("Once upon a time, a fox saw grapes.", 900) == [
        "Once upon a time,",
        "a fox saw grapes.",
    ]


def test_no_word_is_left_alone_on_the_last_line():
    set_lines = lines("The crystal pulsed with mysterious energy in the dark", 900)

    assert min(len(line) for line in set_lines) >= 15


def test_a_short_text_is_one_line():
    assert lines("Fin", 900) == ["Fin"]
    assert lines("", 900) == []
    assert lines("   ", 900) == []


def test_a_word_of_2000_letters_is_broken_within_the_width():
    text = "x" * 2000
    paragraph = Paragraph(text, Typeface("sans", 64, "bold", "en"))
    spans = wrap(paragraph, 900)

    assert "".join(text[s:e] for s, e in spans) == text
    assert all(paragraph.width(s, e) <= 900 for s, e in spans)
    assert len(spans) > 20


def test_a_long_word_is_broken_between_graphemes_only():
    family = "👩\u200d👩\u200d👧\u200d👦"

    assert all(line.count(family) * len(family) == len(line) for line in lines(family * 40, 300))


FORBIDDEN_AT_START = "、。，．）」』】ゃゅょっァィゥー！？"  # noqa: RUF001 - what kinsoku forbids


@pytest.mark.parametrize("width", [300, 400, 500, 700])
def test_japanese_lines_keep_the_rules_of_kinsoku(width):
    text = (
        "むかし、あるところに「おじいさん」と『おばあさん』がいっしょに、ちっちゃなコーヒー店で。"
    )
    set_lines = lines(text, width, "ja")

    assert "".join(set_lines) == text
    assert all(line[0] not in FORBIDDEN_AT_START for line in set_lines)
    assert all(line[-1] not in "「『" for line in set_lines)


def test_japanese_is_broken_between_phrases_where_it_can_be():
    assert lines("桃太郎は鬼ヶ島へ鬼退治に", 520, "ja") == ["桃太郎は", "鬼ヶ島へ鬼退治に"]


def test_korean_words_stay_whole():
    words = ["옛날", "옛적에", "호랑이가", "담배", "피우던", "시절"]

    assert " ".join(lines(" ".join(words), 500, "ko")).split() == words


def test_thai_is_broken_between_words():
    assert all(
        line in "กาลครั้งหนึ่งนานมาแล้วมีกระต่ายกับเต่า" and line[0] not in "ะาิีึืุู่้๊๋์"
        for line in lines("กาลครั้งหนึ่งนานมาแล้วมีกระต่ายกับเต่า", 350, "th")
    )


def test_lines_after_max_lines_are_left_out():
    assert len(lines("one two three four five six seven eight", 300, max_lines=2)) == 2


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet="ab cd, 桃太郎。ش ر😀\u200d\u200b👍🏽-", max_size=60), st.integers(80, 900))
def test_no_line_is_too_wide_and_nothing_but_space_is_lost(text, width):
    paragraph = Paragraph(text, Typeface("sans", 64, "bold", "en"))
    spans = wrap(paragraph, width)

    assert "".join("".join(text[s:e] for s, e in spans).split()) == "".join(text.split())
    for start, end in spans:
        one = len(graphemes(text[start:end])) == 1
        assert one or paragraph.width(start, end) <= width + 0.5
