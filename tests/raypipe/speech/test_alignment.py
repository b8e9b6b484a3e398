from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from raypipe.speech.alignment import align_words


def aligned(phrase: str, *words: str) -> list[str]:
    return ["".join(phrase[run.start : run.stop]) for run in align_words(phrase, words)]


def test_equal_words_are_found():
    assert aligned("ðə kæt.", "ðə", "kæt") == ["ðə", "kæt"]


def test_words_that_run_together_are_parted():
    assert aligned("wˈʌn ʌvðə bˈɛst.", "wˈʌn", "ʌv", "ðə", "bˈɛst") == ["wˈʌn", "ʌv", "ðə", "bˈɛst"]


def test_a_number_of_several_runs_stays_one_word():
    phrase = "ɪn nˈaɪntiːn fˈɔːɹɾi fˈaɪv, hiː"
    assert aligned(phrase, "ɪn", "nˈaɪntiːn fˈɔːɹɾi fˈaɪv", "hiː")[1] == "nˈaɪntiːn fˈɔːɹɾi fˈaɪv"


def test_vowels_that_change_by_their_neighbours_do_not_mislead():
    assert aligned("tʊ ɪt ænd ðɪ ˈɛnd", "tuː", "ɪt", "ænd", "ðə", "ˈɛnd") == [
        "tʊ", "ɪt", "ænd", "ðɪ", "ˈɛnd",
    ]  # fmt: skip


def test_a_word_without_sound_is_empty_and_in_place():
    first, silent, last = align_words("ɪt ɪz", ["ɪt", "", "ɪz"])
    assert not silent
    assert first.stop <= silent.start <= last.start


def test_no_words_give_no_runs():
    assert align_words("abc", []) == ()


@given(
    st.text(alphabet="abdɪʌˈ ,.", max_size=40),
    st.lists(st.text(alphabet="abdɪʌˈ ", max_size=8), max_size=8),
)
def test_runs_are_in_order_and_apart(phrase: str, words: list[str]):
    runs = align_words(phrase, words)
    assert len(runs) == len(words)
    end = 0
    for run in runs:
        assert end <= run.start <= run.stop <= len(phrase)
        end = run.stop


@given(st.lists(st.text(alphabet="abdgkɪʌæ", min_size=1, max_size=6), min_size=1, max_size=10))
def test_words_in_their_lone_form_are_found_whole(words: list[str]):
    phrase = " ".join(words)
    assert aligned(phrase, *words) == words
