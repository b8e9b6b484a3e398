import pytest

from raypipe.text.layout import cluster_boxes, set_text
from raypipe.timeline.model import TextStyle


def test_one_line_and_two_end_on_the_same_baseline():
    style = TextStyle()
    one = set_text("fox", max_width_px=800, size_px=48, style=style)
    two = set_text("fox\nfox", max_width_px=800, size_px=48, style=style)

    assert one.height - one.baselines[-1] == two.height - two.baselines[-1]


def test_clusters_are_boxed_in_reading_order():
    layout = set_text(
        "علي ok",
        max_width_px=800,
        size_px=48,
        style=TextStyle(outline_px=0, shadow=False),
        language="ar",
    )
    boxes = cluster_boxes(layout)

    assert [box.start for box in boxes] == [0, 1, 2, 3, 4, 5]
    assert boxes[0].x0 > boxes[2].x0 > boxes[4].x0
    assert boxes[4].x0 < boxes[5].x0


def glyph_count(word: str, width: int, language: str = "de") -> tuple[int, int, int]:
    layout = set_text(
        word, max_width_px=width, size_px=40, style=TextStyle(outline_px=0, shadow=False),
        language=language,
    )  # fmt: skip
    assert layout.width <= width
    return len(layout.lines), layout.broken_words, sum(len(line.glyphs) for line in layout.lines)


@pytest.mark.parametrize(("word", "language"), [("Streichholz" * 5, "de"), ("дом" * 20, "ru")])
def test_a_broken_word_has_a_hyphen_at_each_lines_end(word, language):
    lines, broken, glyphs = glyph_count(word, 400, language)

    assert lines > 2
    assert broken == lines - 1
    assert glyphs == len(word) + broken


def test_a_hyphen_belongs_to_the_letter_before_it():
    word = "Streichholz" * 5
    layout = set_text(word, max_width_px=400, size_px=40, style=TextStyle(), language="de")

    boxes = cluster_boxes(layout)

    assert [box.start for box in boxes] == list(range(len(word)))
    ends = [line.end - 1 for line in layout.lines[:-1]]
    after = {box.start: box.x1 - box.x0 for box in boxes}
    assert all(after[end] > 12 for end in ends)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("สวัสดีชาวโลกที่น่ารักและสวยงาม", "th"),
        ("むかしむかしあるところにおじいさんが", "ja"),
        ("one two three four five", "en"),
    ],
)
def test_where_lines_may_end_nothing_is_broken(text, language):
    lines, broken, _ = glyph_count(text, 200, language)

    assert (lines > 1, broken) == (True, 0)


def test_scripts_without_hyphens_get_none():
    lines, broken, glyphs = glyph_count("בית" * 20, 400, "he")

    assert lines > 1
    assert (broken, glyphs) == (lines - 1, 60)
