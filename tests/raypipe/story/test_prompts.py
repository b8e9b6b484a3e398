from __future__ import annotations

import pytest

from raypipe.story.atmosphere import Atmosphere
from raypipe.story.camera import Shot
from raypipe.story.genres import find_style, name_genre
from raypipe.story.plan import CharacterInScene
from raypipe.story.prompts import (
    MAX_TOKENS,
    PromptFacts,
    estimate_tokens,
    say_place,
    with_article,
    write_negative,
    write_prompt,
)

ELENA = CharacterInScene(
    name="Elena",
    kind="woman",
    look="female archaeologist in her thirties, dark braid, khaki jacket",
)
WOLF = CharacterInScene(name="wolf", kind="wolf", look="lean grey wolf with amber eyes")


def facts(**changes):
    values = {
        "people": ((ELENA, ("holding the last torch",)),),
        "subjects": ("a crystal",),
        "deeds": (),
        "atmosphere": Atmosphere("ruins", "dusty ancient temple", "day", "clear", "wondrous"),
        "shot": Shot("medium", "medium shot", "low angle"),
        "nouns": ("torch", "crystal"),
        "story_seed": 1,
        "index": 0,
    }
    return PromptFacts(**{**values, **changes})


def test_the_parts_stand_in_order_of_weight():
    prompt = write_prompt(facts(), style="oil painting")
    order = ["medium shot", "archaeologist", "holding the last torch", "a crystal", "temple",
             "torchlight", "oil painting"]  # fmt: skip
    places = [prompt.index(part) for part in order]
    assert places == sorted(places)


def test_a_prompt_stays_within_what_clip_reads():
    long = CharacterInScene(name="x", kind="man", look="man " + "with many words " * 4)
    prompt = write_prompt(
        facts(people=((ELENA, ("running far away",)), (long, ("shouting at the sky",)))),
        style="a style, of many, many parts, with detail, and more detail",
    )
    assert estimate_tokens(prompt) <= MAX_TOKENS
    assert ELENA.look in prompt


def test_night_and_weather_change_the_light():
    night = Atmosphere("sea", "", "night", "storm", "tense")
    prompt = write_prompt(facts(people=(), atmosphere=night, nouns=()), style="film still")
    assert "storm clouds" in prompt
    assert "night" in prompt or "moonlight" in prompt


def test_a_scene_of_nothing_shows_its_place():
    empty = Atmosphere("field", "", "day", "clear", "calm")
    prompt = write_prompt(facts(people=(), subjects=(), nouns=(), atmosphere=empty), style="ink")
    assert "field" in prompt or "meadow" in prompt


def negative(*, own_style=False, genre="fable", style="ink", **changes):
    return write_negative(
        facts(**changes), find_style(genre), style=style, own_style=own_style
    ).split(", ")


def test_the_negative_prompt_names_what_could_go_wrong_here():
    assert "deformed hands" in negative()
    assert "deformed hands" not in negative(people=((WOLF, ()),))
    assert "malformed animal" in negative(people=((WOLF, ()),))
    assert "people" in negative(people=())
    assert "people" not in negative(people=(), nouns=("villagers",))
    assert "bright daylight" in negative(
        atmosphere=Atmosphere("field", "", "night", "clear", "calm")
    )


def test_the_negative_prompt_does_not_contradict_the_authors_style():
    assert "photograph" in negative()
    assert "photograph" not in negative(own_style=True, style="35mm photo")


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [("old key", "an old key"), ("gold", "gold"), ("ripe grapes", "ripe grapes"), ("bus", "a bus")],
)
def test_articles(phrase, expected):
    assert with_article(phrase) == expected


def test_a_place_is_said_the_same_way_through_the_story():
    forest = Atmosphere("forest", "", "day", "clear", "calm")
    assert say_place(forest, seed=5) == say_place(forest, seed=5)
    assert say_place(Atmosphere("river", "stone bridge", "day", "clear", "calm"), seed=1) == (
        "on a stone bridge"
    )


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("Adventure", "adventure"),
        ("science fiction", "sci-fi"),
        ("Gothic horror", "horror"),
        ("folk tale", "folklore"),
        ("romance, comedy", "romance"),
        ("xyzzy", ""),
        ("", ""),
    ],
)
def test_genres_have_many_names(said, known):
    assert name_genre(said) == known


def test_seasons_show_outside_and_not_on_the_sea():
    garden = Atmosphere("garden", "", "golden", "clear", "calm", "autumn")
    prompt = write_prompt(facts(atmosphere=garden), style="ink")
    assert "autumn leaves" in prompt
    assert "blooming" not in prompt
    sea = Atmosphere("sea", "", "golden", "clear", "calm", "autumn")
    assert "leaves" not in write_prompt(facts(atmosphere=sea), style="ink")


def test_a_windy_night_keeps_its_moon():
    windy = Atmosphere("field", "", "night", "wind", "calm")
    prompt = write_prompt(facts(atmosphere=windy, people=(), nouns=()), style="ink")
    assert "wind-blown leaves" in prompt
    assert "moonlight" in prompt
