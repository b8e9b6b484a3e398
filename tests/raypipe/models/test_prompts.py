from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from raypipe.images.diffusion.prompts import cut_windows, shorten, shortened_arguments, unread_end


class Letters:
    """The two calls of a tokenizer that `shorten` makes, a token for each character."""

    def __call__(self, text, **_):
        self.input_ids = [ord(letter) for letter in text]
        return self


@given(st.lists(st.integers(0, 9), max_size=400), st.integers(30, 75))
def test_windows_hold_every_token_in_order_and_none_is_too_long(ids, size):
    windows = cut_windows(ids, size=size, commas=frozenset({0}))
    assert [token for window in windows for token in window] == ids
    assert all(len(window) <= size for window in windows)
    assert all(len(window) > size - 20 for window in windows[:-1])


def test_a_window_ends_at_the_last_comma_near_its_end():
    ids = [1] * 70 + [0] + [1] * 30
    assert [len(window) for window in cut_windows(ids, size=75, commas=frozenset({0}))] == [71, 30]


def test_a_window_does_not_shrink_to_a_comma_far_from_its_end():
    ids = [1] * 40 + [0] + [1] * 60
    assert [len(window) for window in cut_windows(ids, size=75, commas=frozenset({0}))] == [75, 26]


def test_a_prompt_is_shortened_at_commas_then_at_words():
    def cut(prompt, limit):
        return shorten(prompt, tokenizer=Letters(), limit=limit)

    assert cut("a fox, a lamp, the sea", 14) == ("a fox, a lamp", "the sea")
    assert cut("a very long phrase, the sea", 8) == ("a very", "long phrase, the sea")
    assert cut("a fox", 5) == ("a fox", "")


def test_one_endless_word_leaves_nothing():
    assert shorten("x" * 100, tokenizer=Letters(), limit=10) == ("", "x" * 100)


class Flux:
    """A pipeline with two encoders of its own, of which CLIP reads less."""

    tokenizer, tokenizer_2 = Letters(), Letters()
    tokenizer.model_max_length, tokenizer_2.model_max_length = 12, 22


def test_what_one_encoder_reads_is_not_left_out(caplog):
    takes = frozenset({"prompt", "prompt_2", "max_sequence_length"})
    long, longer = "a fox, a lamp, sea", "a fox, a lamp, the sea, the moon"
    arguments = shortened_arguments(takes, Flux, [long, longer], ["", ""])
    assert arguments == {
        "prompt": ["a fox", "a fox"],
        "prompt_2": ["a fox, a lamp, sea", "a fox, a lamp"],
    }
    assert [record.left_out for record in caplog.records] == [
        "a lamp, sea", "a lamp, the sea, the moon", "the sea, the moon"
    ]  # fmt: skip
    assert unread_end(takes, Flux, long) == ""
    assert unread_end(takes, Flux, longer) == "the sea, the moon"
