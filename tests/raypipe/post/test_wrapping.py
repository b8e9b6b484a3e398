from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raypipe.post.wrapping import MAX_COLUMNS, MAX_WIDE_COLUMNS, columns, wrap_caption


@pytest.mark.parametrize(
    ("text", "width"),
    [("abc", 3), ("桃太郎", 6), ("é", 1), ("e\u0301", 1), ("a\u200db", 2), ("한국", 4)],
)
def test_columns_count_what_is_seen(text, width):
    assert columns(text) == width


def test_a_short_line_stays_one():
    assert wrap_caption("It was not a treasure at all.") == "It was not a treasure at all."


def test_lines_are_of_like_length_and_prefer_to_end_at_a_pause():
    text = "He came; she went, and all of them sang together."
    assert wrap_caption(text) == "He came; she went,\nand all of them sang together."


@pytest.mark.parametrize(
    ("text", "language", "limit"),
    [
        ("In a dusty ancient temple, Dr. Elena Martinez found a glowing crystal.", "en", 42),
        ("むかしむかし、おじいさんとおばあさんが山の村に住んでいました。", "ja", 32),
        ("كان علي بابا حطابًا فقيرًا يعيش على أطراف المدينة وذات يوم", "ar", 42),
        ("กาลครั้งหนึ่งนานมาแล้วมีชายคนหนึ่งอาศัยอยู่ในหมู่บ้านเล็กๆริมแม่น้ำ", "th", 42),
    ],
)
def test_no_line_is_wider_than_its_script_allows(text, language, limit):
    lines = wrap_caption(text, language=language).split("\n")
    assert len(lines) >= 2
    assert max(columns(line) for line in lines) <= limit
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_japanese_lines_do_not_begin_with_a_mark():
    lines = wrap_caption(
        "あの山の、むこうの、とおい、とおい、くにのおはなし。", language="ja"
    ).split("\n")
    assert all(line[0] not in "、。っゃゅょー" for line in lines)


def test_a_word_wider_than_a_line_is_kept_whole():
    assert wrap_caption("A" * 60 + " is it") == "A" * 60 + "\nis it"


@settings(max_examples=80, deadline=None)
@given(st.lists(st.text("abcdefghij桃,", min_size=1, max_size=12), min_size=1, max_size=30))
def test_wrapping_only_turns_spaces_into_line_breaks_or_adds_them_between_ideographs(words):
    text = " ".join(words)
    wrapped = wrap_caption(text)
    assert wrapped.replace("\n", "").replace(" ", "") == text.replace(" ", "")
    assert MAX_WIDE_COLUMNS < MAX_COLUMNS
    assert all(line.strip() for line in wrapped.split("\n"))
