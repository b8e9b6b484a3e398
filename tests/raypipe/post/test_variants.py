from __future__ import annotations

import pytest

from raypipe.post.summary import shorten
from raypipe.post.variants import fit_tags, to_hashtag, weighted_length


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("The Lost Artifact", "#TheLostArtifact"),
        ("El zorro y las uvas", "#ElZorroYLasUvas"),
        ("桃太郎", "#桃太郎"),
        ("علي بابا", "#علي_بابا"),
        ("حَطَّاب", "#حطاب"),
        ("हिंदी कहानी", "#हिंदी_कहानी"),
        ("sci-fi", "#SciFi"),
        ("Rock & Roll!", "#RockRoll"),
        ("wolf's", "#wolf"),
        ("🚀", ""),
        ("1984", ""),
        ("x" * 41, ""),
    ],
)
def test_hashtags_hold_letters_of_any_script_and_nothing_else(text, mark):
    assert to_hashtag(text) == mark


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("hello", 5),
        ("桃太郎", 6),
        ("علي", 3),
        ("🐺", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("see https://example.com/a/very/long/path now", 31),
        ("“quoted”", 8),
        ("café", 4),
    ],
)
def test_x_counts_as_its_documents_say(text, weight):
    assert weighted_length(text) == weight


def test_tags_fill_the_room_and_skip_what_does_not_fit():
    # "a b" costs 5 with its quotation marks, a comma before every further tag.
    assert fit_tags(["a b", "cccccc", "dd"], 8) == ("a b", "dd")
    assert fit_tags(["x,y", "<b>"], 100) == ("x y", "‹b›")  # noqa: RUF001 YouTube takes these


@pytest.mark.parametrize(
    ("text", "room", "short"),
    [
        ("short enough", 20, "short enough"),
        ("one two three four", 12, "one two…"),
        ("a long clause here, then more of it", 22, "a long clause here…"),
        ("unbreakablelongword", 8, "unbreak…"),
    ],
)
def test_texts_are_shortened_between_words(text, room, short):
    assert shorten(text, room) == short
    assert len(shorten(text, room)) <= room
