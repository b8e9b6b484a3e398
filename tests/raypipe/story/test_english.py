from __future__ import annotations

import pytest

from raypipe.story.english import find_actions, find_verb, make_participle
from raypipe.story.lexicon.vocabulary import load_vocabulary
from raypipe.story.sentences import find_quotations


def actions(text, **said):
    tokens, _ = load_vocabulary("en").find(text)
    found = find_actions(text, tokens, quotations=find_quotations(text), said=said)
    return [(action.subject, action.phrase) for action in found]


@pytest.mark.parametrize(
    ("base", "participle"),
    [
        ("run", "running"),
        ("lie", "lying"),
        ("make", "making"),
        ("flee", "fleeing"),
        ("row", "rowing"),
    ],
)
def test_participles(base, participle):
    assert make_participle(base) == participle


@pytest.mark.parametrize(("form", "base"), [("held", "hold"), ("cried", "cry"), ("hugged", "hug")])
def test_forms_lead_to_their_verb(form, base):
    verb = find_verb(form)
    assert verb is not None
    assert verb.base == base


def test_objects_and_places_belong_to_the_action():
    assert actions("She held the last torch high.") == [("", "holding the last torch high")]


def test_things_act_too():
    assert ("blue light", "running along the carved walls") in actions(
        "The crystal pulsed, and blue light ran along the carved walls."
    )


def test_it_is_replaced_by_what_it_means():
    assert actions("She lifted it from the box.", it="the crystal") == [
        ("", "lifting the crystal from the box")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "She did not open the door.",
        "He tried to climb the wall.",
        "No one opened the door.",
        '"Open the door," she said.',
        "It was a dead rose.",
        "The fire and the light.",
    ],
)
def test_what_is_denied_wished_said_or_a_noun_is_no_action(text):
    assert actions(text) == []


def test_the_subject_may_follow():
    ((subject, phrase),) = actions("Behind the window sat a woman.")
    assert subject == phrase == "a woman sitting"


def test_a_shared_object_makes_one_action():
    assert [phrase for _, phrase in actions("The wolf tore or destroyed the flock.")] == [
        "destroying the flock"
    ]
