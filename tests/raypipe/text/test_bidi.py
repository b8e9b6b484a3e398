import pytest

from raypipe.text.bidi import base_level, embedding_levels, line_runs


def display(text, base=None):
    """The text as it is seen from left to right, without mirroring brackets."""
    base = base_level(text) if base is None else base
    levels = embedding_levels(text, base=base)
    runs = line_runs(text, levels, 0, len(text), base)
    seen = "".join(text[s:e][::-1] if level % 2 else text[s:e] for s, e, level in runs)
    return seen.replace("\u202e", "").replace("\u202c", "")


@pytest.mark.parametrize(
    ("text", "base"),
    [("abc", 0), ("אבג", 1), ("12 אב", 1), ("", 0), ("١٢", 0), ("\u2067א\u2069a", 0)],
)
def test_base_level_is_that_of_the_first_strong_character(text, base):
    assert base_level(text) == base


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, 1.5", "plain text, 1.5"),
        ("abc אבג def", "abc גבא def"),
        ("אבג abc 12", "abc 12 גבא"),
        ("1-2 א 3", "3 א 1-2"),
        ("אב 12.5% גד", "דג 12.5% בא"),
        ("كان 12:30 abc", "abc 12:30 ناك"),
        ("abc (אבג) def", "abc (גבא) def"),
        ("אבג (abc) 123", "123 )abc( גבא"),
        ("א (b) ג", "ג )b( א"),
        ("\u2067abc א\u2069 x", "\u2067א abc\u2069 x"),
        ("a \u202eBC\u202c d", "a CB d"),
        ("א\u0301ב", "ב\u0301א"),
    ],
)
def test_text_is_ordered_as_the_standard_orders_it(text, shown):
    assert display(text) == shown


def test_arabic_numbers_run_left_to_right_inside_arabic():
    assert embedding_levels("س ٣٤") == [1, 1, 2, 2]
    assert embedding_levels("س 34") == [1, 1, 2, 2]


def test_white_space_at_a_lines_end_takes_the_paragraphs_side():
    text = "abc אב "
    runs = line_runs(text, embedding_levels(text), 0, len(text), 0)

    assert runs[-1] == (6, 7, 0)


def test_a_line_is_ordered_by_itself():
    text = "אב גד abc"
    levels = embedding_levels(text)

    assert line_runs(text, levels, 0, 6, 1) == [(0, 6, 1)]
    assert line_runs(text, levels, 6, 9, 1) == [(6, 9, 2)]


def test_unmatched_and_deep_embeddings_end_with_the_paragraph():
    text = "\u202b" * 200 + "a" + "\u2069\u202c" * 3
    levels = embedding_levels(text)

    assert len(levels) == len(text)
    assert max(levels) <= 126
