"""Hour and weather of a story's scenes: what is told stays, what is not follows the arc."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raypipe.story.daylight import HOURS, Told, light_scenes
from raypipe.story.plan import Mood, Setting, Weather

CALM = Told("field", "calm")


def hours(*scenes: Told, genre: str = "") -> list[str]:
    return [hour for hour, _ in light_scenes(scenes, genre=genre)]


def weathers(*scenes: Told, genre: str = "") -> list[str]:
    return [weather for _, weather in light_scenes(scenes, genre=genre)]


TOLD = st.builds(
    Told,
    setting=st.sampled_from(get_args(Setting)),
    mood=st.sampled_from(get_args(Mood)),
    hour=st.sampled_from(["", "", "", *HOURS]),
    weather=st.sampled_from(["", "", "", *get_args(Weather)]),
    season=st.sampled_from(["", "spring", "summer", "autumn", "winter"]),
    passes=st.booleans(),
    moved=st.booleans(),
    feels=st.booleans(),
    needs_sky=st.booleans(),
)
GENRES = st.sampled_from(["", "horror", "mystery", "children", "romance", "unheard of"])


@given(st.lists(TOLD, min_size=1, max_size=15), GENRES)
def test_the_text_always_wins(scenes, genre):
    lights = light_scenes(scenes, genre=genre)
    assert len(lights) == len(scenes)
    for scene, (hour, weather) in zip(scenes, lights, strict=True):
        assert hour == (scene.hour or hour)
        assert weather == (scene.weather or weather)


@given(st.lists(TOLD, min_size=1, max_size=15), GENRES)
def test_time_goes_back_only_where_it_has_passed(scenes, genre):
    silent = [replace(scene, passes=False, hour="") for scene in scenes]
    ranks = [HOURS.index(hour) for hour, _ in light_scenes(silent, genre=genre)]
    assert ranks == sorted(ranks)
    assert ranks[-1] - ranks[0] <= 3


@given(st.lists(TOLD, min_size=1, max_size=15), GENRES)
def test_where_something_in_the_sky_is_seen_nobody_invents_clouds(scenes, genre):
    silent = [replace(scene, weather="", setting="field", needs_sky=True) for scene in scenes]
    assert set(weathers(*silent, genre=genre)) == {"clear"}


def test_one_place_and_mood_keep_one_light():
    assert len(set(hours(*[CALM] * 6))) == 1


def test_a_story_of_several_days_opens_at_dawn_and_ends_in_gold():
    scenes = [CALM, CALM, replace(CALM, passes=True), CALM, replace(CALM, passes=True), CALM]
    assert hours(*scenes) == ["dawn", "dawn", "day", "day", "golden", "golden"]


def test_before_a_night_that_is_told_it_grows_dark():
    chase = replace(CALM, mood="tense", feels=True)
    night = replace(CALM, mood="wondrous", hour="night")
    assert hours(CALM, CALM, CALM, chase, chase, night) == [
        "golden", "golden", "golden", "dusk", "dusk", "night"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("genre", "expected"), [("horror", "night"), ("children", "golden"), ("", "night")]
)
def test_dark_endings_are_dark_but_not_for_children(genre, expected):
    dark = replace(CALM, mood="dark", feels=True, passes=True)
    assert hours(CALM, dark, dark, genre=genre)[-1] == expected


@pytest.mark.parametrize(
    ("scene", "expected"),
    [
        (replace(CALM, mood="sad", feels=True), "rain"),
        (replace(CALM, mood="sad", feels=True, season="winter"), "snow"),
        (replace(CALM, mood="sad", feels=True, setting="desert"), "wind"),
        (replace(CALM, mood="sad", feels=False), "clear"),
        (replace(CALM, mood="tense", feels=True), "wind"),
        (replace(CALM, mood="dark", feels=True), "fog"),
        (replace(CALM, mood="joyful", feels=True), "clear"),
        (replace(CALM, mood="sad", feels=True, setting="indoors"), "clear"),
    ],
)
def test_what_is_felt_is_in_the_weather(scene, expected):
    assert weathers(scene, scene) == [expected, expected]


def test_a_passing_sadness_brings_clouds_only():
    sad = replace(CALM, mood="sad", feels=True)
    assert weathers(CALM, sad, CALM) == ["clear", "cloud", "clear"]


def test_told_rain_goes_on_until_time_passes_and_a_gust_until_it_is_calm():
    rain, gust = replace(CALM, weather="rain"), replace(CALM, weather="wind", mood="tense")
    assert weathers(rain, CALM, replace(CALM, passes=True)) == ["rain", "rain", "clear"]
    assert weathers(gust, replace(CALM, mood="tense"), CALM) == ["wind", "wind", "clear"]
