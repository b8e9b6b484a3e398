from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from raypipe.story.naming import MAX_SLUG_CHARS, identify, slug


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("The Lost Artifact", "the-lost-artifact"),
        ("El niño y la cigüeña", "el-nino-y-la-ciguena"),
        ("Straße & Söhne", "strasse-and-sohne"),
        ("Don't Look!", "dont-look"),
        ("../../etc/passwd", "etc-passwd"),
        ("桃太郎", "story"),
        ("علي بابا", "story"),
        ("", "story"),
        ("...", "story"),
    ],
)
def test_slug_folds_what_it_can(title, expected):
    assert slug(title) == expected


def test_a_long_title_ends_at_a_word():
    result = slug("word " * 40)
    assert len(result) <= MAX_SLUG_CHARS
    assert result.split("-") == ["word"] * len(result.split("-"))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.text(max_size=90))
def test_a_slug_is_always_a_safe_file_name(title):
    assert re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?", slug(title))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.text(min_size=1, max_size=90))
def test_an_id_of_a_file_name_is_always_valid(name):
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", identify(name))


def test_names_that_do_not_fold_have_ids_of_their_own():
    assert identify("桃太郎") != identify("金太郎")
    assert identify("wolf") == "wolf"
