from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raypipe.story.script import MAX_RATE, MIN_RATE, choose_emphasis, fits, plan_timing


def test_a_narration_that_nearly_fits_is_paced_to_fit():
    timing = plan_timing([5.0, 6.0, 7.0], target_s=22)
    assert sum(timing.durations_s) == pytest.approx(22, abs=0.05)
    assert timing.missing_s == pytest.approx(0, abs=0.05)


def test_a_long_narration_is_hurried_and_what_is_missing_is_said():
    timing = plan_timing([20.0] * 3, target_s=30)
    assert timing.rate == MAX_RATE
    assert timing.missing_s == pytest.approx(60 / 1.15 + 3 * 0.35 - 30, abs=0.1)


def test_a_short_narration_is_slowed_and_what_is_empty_is_said():
    timing = plan_timing([2.0], target_s=60)
    assert timing.rate == MIN_RATE
    assert timing.empty_s > 50


@given(st.lists(st.floats(0.1, 900), min_size=1, max_size=15), st.floats(5, 600))
def test_scenes_follow_each_other_and_none_is_under_two_seconds(lengths, target):
    timing = plan_timing(lengths, target_s=target)
    assert all(2.0 <= duration <= 600 for duration in timing.durations_s)
    assert timing.starts_s[0] == 0
    ends = [s + d for s, d in zip(timing.starts_s, timing.durations_s, strict=True)]
    assert timing.starts_s[1:] == pytest.approx(ends[:-1], abs=0.05)
    assert MIN_RATE <= timing.rate <= MAX_RATE


def test_fitting():
    assert fits(60, target_s=60, scene_count=9)
    assert not fits(70, target_s=60, scene_count=9)


def test_names_exclamations_superlatives_and_contrasts_are_stressed(facts_of):
    text = "Anna shouted Stop! It was the darkest night, but silence answered."
    stressed = choose_emphasis(text, facts_of(text), ["Anna"], language="en")
    assert {"Anna", "Stop", "darkest"} <= set(stressed)
    assert list(stressed) == sorted(stressed, key=text.index)
    assert len(stressed) <= 4


def test_a_forest_is_no_superlative(facts_of):
    assert choose_emphasis("A forest.", facts_of("A forest."), [], language="en") == ()
