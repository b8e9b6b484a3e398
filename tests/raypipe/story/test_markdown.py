from __future__ import annotations

import pytest

from raypipe.errors import StoryError
from raypipe.story.read import parse_source


def read(text, name="the-wolf.md"):
    return parse_source(text.encode(), name=name)


def test_the_first_heading_is_the_title_and_marks_go():
    story = read("# The *Grey* Wolf\n\nIt was **very** [hungry](http://x.y).\nIt ~~ran~~ ate.\n")
    assert story.title == "The Grey Wolf"
    assert story.content == "It was very hungry. It ran ate."
    assert story.story_id == "the-wolf"


def test_an_underlined_heading_is_a_title():
    assert read("The Wolf\n========\n\nIt ran.").title == "The Wolf"


def test_chapters_rules_lists_and_quotes_become_paragraphs():
    story = read("# T\n\nOne.\n\n## Two\n\n> Three.\n\n---\n\n- four\n\n<!-- hidden -->\nFive.")
    assert story.content.split("\n\n") == ["One.", "Two.", "Three.", "four", "Five."]


def test_front_matter_is_metadata():
    story = read("---\ngenre: fable\ntarget_duration: 30\nseed: 7\n---\n# T\n\nIt ran.")
    assert story.metadata.genre == "fable"
    assert story.metadata.target_duration == 30
    assert story.metadata.seed == 7


@pytest.mark.parametrize(
    ("line", "said"),
    [("gnre: fable", "did you mean genre?"), ("fable\ngenre: x", "field: value")],
)
def test_bad_front_matter_is_named(line, said):
    with pytest.raises(StoryError) as caught:
        read(f"---\n{line}\n---\n# T\n\nIt ran.")
    assert said in str(caught.value)


def test_front_matter_is_validated_like_json():
    with pytest.raises(StoryError, match=r"metadata\.target_duration"):
        read("---\ntarget_duration: soon\n---\n# T\n\nIt ran.")


def test_plain_text_takes_its_first_line_as_title():
    story = read("The Wolf\nIt was hungry.", "a.txt")
    assert (story.title, story.content) == ("The Wolf", "It was hungry.")


def test_prose_without_a_title_takes_the_files_name():
    story = read("The wolf was hungry. It ran into the deep dark forest.\nIt ate.", "old_wolf.txt")
    assert story.title == "Old wolf"
    assert story.content.startswith("The wolf was hungry.")


def test_hard_wrapped_japanese_is_joined_without_spaces():
    assert read("# 桃\n\n川で\n洗濯を", "m.md").content == "川で洗濯を"


def test_hard_wrapped_english_is_joined_with_spaces():
    assert read("# T\n\nOne two\nthree.", "m.md").content == "One two three."


def test_underscores_inside_words_stay():
    assert (
        read("# T\n\nThe file_name_here _ran_ \\*away\\*.").content
        == "The file_name_here ran *away*."
    )
