import itertools

import pytest

from raypipe.text.pace import estimate_words, weights


def test_words_share_the_time_by_their_length_and_pauses():
    words = estimate_words("I see. Extraordinarily", "en", 10, 100)

    assert [word[:2] for word in words] == [(0, 1), (2, 5), (7, 22)]
    assert words[0][2] == 10
    assert words[-1][3] == 100
    assert words[1][3] < words[2][2] - 10
    assert words[2][3] - words[2][2] > 2 * (words[1][3] - words[1][2])


def test_japanese_is_cut_into_words():
    words = estimate_words("大きな桃が流れてきました。", "ja", 0, 90)

    assert len(words) >= 4
    assert all(a[3] <= b[2] for a, b in itertools.pairwise(words))


@pytest.mark.parametrize(("text", "end"), [("", 10), ("... !", 0), ("abc", 0)])
def test_nothing_is_timed_where_nothing_is_said(text, end):
    assert estimate_words(text, "en", 0, end) == ()


def test_a_kanji_takes_longer_than_a_kana_and_a_letter():
    kanji, kana, letter, space = weights("桃もm ", "ja")

    assert kanji > kana > letter > space == 0
