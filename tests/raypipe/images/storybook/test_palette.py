from __future__ import annotations

import itertools
from typing import get_args

import pytest

from raypipe.images.storybook.palette import (
    FAMILIES,
    ROLES,
    Ink,
    choose_family,
    luminance,
    make_scheme,
    mix,
)
from raypipe.story.plan import Hour, Mood, Weather


def test_there_are_at_least_a_dozen_families_and_no_two_alike():
    assert len(FAMILIES) >= 12
    for first, second in itertools.combinations(FAMILIES.values(), 2):
        assert (
            sum(
                abs(a - b)
                for role in ROLES
                for a, b in zip(getattr(first, role), getattr(second, role), strict=True)
            )
            > 150
        )


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_inks_run_from_dark_to_light(family):
    assert luminance(family.ink) < luminance(family.deep) < luminance(family.cool)
    assert luminance(family.cool) < luminance(family.paper)
    assert luminance(family.glow) > 0.6
    assert luminance(family.paper) - luminance(family.ink) > 0.75


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_skies_grow_lighter_towards_the_horizon(family):
    for hour, weather, mood in itertools.product(get_args(Hour), get_args(Weather), get_args(Mood)):
        top, _, low = make_scheme(family, hour=hour, weather=weather, mood=mood).sky
        assert luminance(top) < luminance(low) + 0.02


def test_mixing_keeps_the_ends_and_is_monotonous():
    dark, light = Ink(10, 20, 30), Ink(250, 240, 230)
    assert mix(dark, light, 0) == dark
    assert mix(dark, light, 1) == light
    assert mix(dark, light, -3) == dark
    steps = [luminance(mix(dark, light, t / 10)) for t in range(11)]
    assert steps == sorted(steps)


def test_genre_and_language_choose_the_family():
    assert choose_family(genre="horror", language="en", story_seed=1).name in ("gothic", "plum")
    assert choose_family(genre="folklore", language="ja", story_seed=1).name == "indigo"
    assert choose_family(genre="folk tale", language="ar-EG", story_seed=1).name == "bazaar"
    names = {choose_family(genre="", language="en", story_seed=seed).name for seed in range(40)}
    assert len(names) >= 5


def test_local_colour_sinks_into_night_and_fades_with_distance():
    family = FAMILIES["meadow"]
    day = make_scheme(family, hour="day", weather="clear", mood="calm")
    night = make_scheme(family, hour="night", weather="clear", mood="calm")
    assert luminance(night.local(family.leaf)) < luminance(day.local(family.leaf))

    def from_air(depth):
        return sum(
            abs(a - b) for a, b in zip(day.local(family.ink, depth=depth), day.air, strict=True)
        )

    assert from_air(1.0) < from_air(0.5) < from_air(0.0)
    fog = make_scheme(family, hour="day", weather="fog", mood="calm")
    assert fog.haze > day.haze


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_the_golden_hour_is_warmer_than_day_and_brighter_than_dusk(family):
    day, golden, dusk = (
        make_scheme(family, hour=hour, weather="clear", mood="calm")
        for hour in ("day", "golden", "dusk")
    )
    assert golden.sky[2].b < day.sky[2].b
    assert golden.warmth > day.warmth
    assert golden.night < dusk.night
    assert luminance(golden.sky[1]) > luminance(dusk.sky[1])
