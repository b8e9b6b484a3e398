from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raypipe.story.dialogue import Person, find_lines

ELENA, TOMAS = Person("Dr. Elena Martinez", "woman"), Person("Tomas", "man")
BOY, WOLF = Person("shepherd boy", "boy"), Person("wolf", "wolf")
MIRA, TOM = Person("Mira", "girl"), Person("Tom", "boy")


def lines(text, language="en", here=(ELENA, TOMAS)):
    found = find_lines(text, language, here=here)
    return [(text[line.start : line.end].strip('"“”«» '), line.speaker) for line in found]


def speakers(text, language="en", here=(ELENA, TOMAS)):
    return [speaker for _, speaker in lines(text, language, here)]


def test_the_tag_after_a_quotation_names_its_speaker():
    assert lines('"It is warm," said Elena. "Run!" Tomas shouted.') == [
        ("It is warm,", ELENA.name),
        ("Run!", "Tomas"),
    ]


def test_the_tag_before_a_quotation_names_its_speaker():
    assert speakers('Elena asked: "Why?" And Tomas replied, "Nobody knows."') == [
        ELENA.name,
        "Tomas",
    ]


def test_a_quotation_goes_on_after_its_tag():
    assert speakers('"Because," said Tomas, "it is late."') == ["Tomas", "Tomas"]
    assert speakers('"Run!" Tomas shouted. "The doors!"') == ["Tomas", "Tomas"]


def test_who_is_spoken_to_does_not_speak():
    assert speakers('Tomas said to Elena, "Wait." "No," said Elena to Tomas.') == [
        "Tomas",
        ELENA.name,
    ]


ANNA = Person("Anna", "woman")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('Tomas kissed Anna and said, "Good night."', ["Tomas"]),
        ('Tomas, who loved Anna, said, "Look."', ["Tomas"]),
        ('Tomas looked at Anna and said, "Look."', ["Tomas"]),
        ('When Anna came, Tomas said, "At last."', ["Tomas"]),
        ('Anna laughed, and Tomas asked, "Why?"', ["Tomas"]),
        ('Anna looked up when Tomas said, "Go."', ["Tomas"]),
        ('Anna\'s brother Tomas said, "Go."', ["Tomas"]),
        ('"Go," Tomas said, pointing at Anna.', ["Tomas"]),
        ('"No," Anna said. "Never." Tomas laughed. "I will."', ["Anna", "Anna", "Tomas"]),
        ('"Who is there?" asked a voice. "It is I."', [None, None]),
        ('"I am tired!" Anna sat down. Tomas said, "So am I."', [None, "Tomas"]),
        ('Tomas said nothing. "Who is there?" asked a voice.', [None]),
    ],
)
def test_the_subject_of_the_verb_speaks_and_nobody_else(text, expected):
    assert speakers(text, here=(ANNA, TOMAS)) == expected


def test_pronouns_mean_the_one_whom_they_fit():
    assert speakers('"It is warm," she whispered.') == [ELENA.name]
    assert speakers('"It is warm," he whispered.') == ["Tomas"]
    assert speakers('Anna turned. "It is warm," she said.', here=(ELENA, ANNA)) == ["Anna"]
    assert speakers('"It is warm," she said.', here=(ELENA, ANNA)) == [None]
    assert speakers('"I am hungry," he said.', here=(WOLF,)) == ["wolf"]


def test_common_nouns_and_kinds_name_speakers_too():
    text = 'The shepherd boy, now alarmed, shouted: "Help me; the wolf is here!"'
    assert speakers(text, here=(BOY, WOLF)) == ["shepherd boy"]
    text = '"I am Mira," said the girl. "And I am Tom," said the boy.'
    assert speakers(text, here=(MIRA, TOM)) == ["Mira", "Tom"]


@pytest.mark.parametrize(
    "text",
    [
        'The so-called "wizard" smiled at Tomas.',
        'Tomas looked up. "Nobody is there."',
        '"Go." Tomas said nothing.',
        'They cried, "Wolf!"',
        '"Who is there?" asked a voice.',
    ],
)
def test_nobody_is_guessed(text):
    assert speakers(text, here=(TOMAS,)) == [None]


@pytest.mark.parametrize(
    ("text", "language", "here", "expected"),
    [
        ("«No me importa», dijo para sí; «están verdes».", "es", [("zorra", "fox")], ["zorra"] * 2),
        ("قال زعيمهم: «افتح يا سمسم»، فانفتحت الصخرة.", "ar", [("زعيم", "man")], ["زعيم"]),
        (
            "おばあさんは「おや、大きな桃」と言いました。",
            "ja",
            [("おじいさん", "old man"), ("おばあさん", "old woman")],
            ["おばあさん"],
        ),
        (
            "小红说：“你好！”爷爷问：“谁？”",
            "zh",
            [("小红", "girl"), ("爷爷", "old man")],
            ["小红", "爷爷"],
        ),
        (
            "„Wohin gehst du?“, fragte der Wolf. „Zur Großmutter“, sagte Rotkäppchen.",
            "de",
            [("Wolf", "wolf"), ("Rotkäppchen", "girl")],
            ["Wolf", "Rotkäppchen"],
        ),
        (
            "« Où vas-tu ? » dit le loup. « Chez ma grand-mère », répondit-elle.",
            "fr",
            [("loup", "wolf"), ("fille", "girl")],
            ["loup", "fille"],
        ),
        ("— Куда ты? — спросил волк.", "ru", [("волк", "wolf")], ["волк"]),
    ],
)
def test_other_languages(text, language, here, expected):
    assert speakers(text, language, [Person(*each) for each in here]) == expected


def test_people_who_are_not_in_the_scene_can_be_named():
    (line,) = find_lines('"Hello," said Tomas.', "en", here=(), others=(TOMAS,))
    assert line.speaker == "Tomas"


@given(
    st.text('"“”«»„「」—said Tomas she,.!?\n…', max_size=80), st.sampled_from(["en", "ja", "es"])
)
def test_lines_are_in_order_and_apart_whatever_the_text(text, language):
    end = 0
    for line in find_lines(text, language, here=(ELENA, TOMAS)):
        assert end <= line.start < line.end <= len(text)
        end = line.end
