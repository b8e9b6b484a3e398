import pytest

from raypipe.text.phrasing import leans
from raypipe.text.shaping import Paragraph, Typeface
from raypipe.text.wrapping import wrap


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("for eleven years to ", "en", True),
        ("archaeologist Dr.", "en", True),
        ("and so it ended.", "en", False),
        ("“The", "en-GB", True),
        ("la casa de", "es", True),
        ("la casa de", "en", False),
        ("むかし", "ja", False),
        ("", "en", False),
    ],
)
def test_words_that_belong_to_the_next(text, language, expected):
    assert leans(text, language) is expected


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("archaeologist Dr. Elena Martinez", "Dr. Elena Martinez"),
        ("for eleven years to stand in this room", "to stand in this room"),
    ],
)
def test_a_line_does_not_end_in_such_a_word(text, second):
    paragraph = Paragraph(text, Typeface("sans", 68, "heavy", "en"))
    lines = [text[start:end] for start, end in wrap(paragraph, 780)]

    assert lines[1:] == [second]
