import subprocess
import sys

from raypipe.text.shaping import Paragraph, Typeface, font_runs, graphemes

SANS = Typeface("sans", 64, "bold", "en")


def glyph_ids(text, language="en"):
    line = Paragraph(text, Typeface("sans", 64, "bold", language)).shape(0, len(text))
    return [glyph.glyph_id for glyph in line.glyphs]


def test_arabic_letters_join():
    apart = [glyph_ids(letter, "ar")[0] for letter in "بابا"]

    assert sorted(glyph_ids("بابا", "ar")) != sorted(apart)


def test_arabic_is_set_from_right_to_left():
    line = Paragraph("علي 12", Typeface("sans", 64, "bold", "ar")).shape(0, 6)
    starts = list(dict.fromkeys(glyph.start for glyph in line.glyphs))

    assert starts == [4, 5, 3, 2, 1, 0]


def test_arabic_needs_no_library_of_the_system():
    code = (
        "from raypipe.text.draw import draw_block\n"
        "from raypipe.timeline.model import TextStyle\n"
        "draw_block('علي بابا', max_width_px=600, size_px=40, style=TextStyle(), language='ar')\n"
        "print('fribidi' in open('/proc/self/maps').read().lower())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"


def test_emoji_sequences_are_one_grapheme_and_one_glyph():
    family = "👩\u200d👩\u200d👧\u200d👦"
    text = f"{family}👍🏽🇯🇵"

    assert [text[s:e] for s, e in graphemes(text)] == [family, "👍🏽", "🇯🇵"]
    assert len(glyph_ids(family)) == 1


def test_mixed_text_is_cut_where_the_face_must_change():
    text = "Hi, 桃太郎! علي 😀 ok."
    runs = [(text[run.start : run.end], run.face.name) for run in font_runs(text, SANS)]

    assert [piece for piece, _ in runs][:4] == ["Hi, ", "桃太郎! ", "علي ", "😀"]
    assert runs[0][1] == runs[-1][1] == "Noto Sans Regular"
    assert [name for _, name in runs][1:4] == [
        "Noto Sans CJK SC",
        "Noto Sans Arabic Regular",
        "Noto Emoji Regular",
    ]


def test_runs_cover_the_text_without_gaps():
    text = "a\u200b桃\u200dش 😀\ufe0f\u0301x"
    runs = font_runs(text, SANS)

    assert [run.start for run in runs[1:]] == [run.end for run in runs[:-1]]
    assert (runs[0].start, runs[-1].end) == (0, len(text))


def test_zero_width_characters_have_no_width():
    plain, spiced = Paragraph("ab", SANS), Paragraph("a\u200b\u2060\ufeff\u200eb", SANS)

    assert spiced.width(0, 6) == plain.width(0, 2)


def test_width_leaves_out_the_space_at_the_end():
    paragraph = Paragraph("word  ", SANS)

    assert paragraph.width(0, 6) == paragraph.width(0, 4) > 0


def test_bold_is_wider_than_regular():
    text = "A long caption"
    regular = Paragraph(text, Typeface("sans", 64, "regular", "en"))

    assert Paragraph(text, SANS).width(0, 14) > regular.width(0, 14)
