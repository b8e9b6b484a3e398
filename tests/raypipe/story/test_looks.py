from __future__ import annotations

from raypipe.story.characters import Character
from raypipe.story.looks import describe


def character(name="Elena", kind="woman", **fields):
    who = Character(name, **fields)
    who.votes[kind] += 1
    return who


def look(who, *, seed=1, language="en", era="modern"):
    return describe(who, seed=seed, language=language, era=era)


def test_the_same_person_always_looks_the_same():
    assert look(character()) == look(character())


def test_other_seeds_and_names_look_otherwise():
    looks = {look(character(name), seed=seed) for name in ("Elena", "Anna") for seed in range(6)}
    assert len(looks) > 6


def test_the_authors_words_win():
    assert look(character(given_look="red hair, green coat")) == "woman, red hair, green coat"
    assert look(character(given_look="a tall woman in grey.")) == "a tall woman in grey"


def test_a_role_dresses():
    assert "khaki field jacket" in look(character(role="archaeologist"))
    assert "crown" in look(character("Aldo", "man", role="king"), era="medieval")


def test_people_are_dressed_by_era_and_land():
    assert "Japanese" in look(character("花子", "girl"), language="ja", era="folk")
    assert any(word in look(character(), era="future") for word in ("suit", "jumpsuit"))


def test_an_animal_keeps_its_traits():
    fox = Character("fox", animal="fox", traits=["little", "white"])
    assert look(fox) == "little white fox"


def test_a_look_is_short_enough_for_a_prompt():
    for kind in ("woman", "man", "girl", "boy", "old woman", "old man", "person"):
        for seed in range(10):
            assert len(look(character(kind=kind), seed=seed).split()) <= 20
