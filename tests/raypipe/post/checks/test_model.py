from __future__ import annotations

import pytest

from raypipe.post.checks.model import Check, Limit, equals, fatal_failures, merge_scenes, within


@pytest.mark.parametrize(
    ("limit", "text", "inside", "outside"),
    [
        (Limit(3, 15, "scenes", ""), "3 to 15 scenes", 3, 2),
        (Limit(None, 55, "ms", ""), "at most 55 ms", 55, 55.1),
        (Limit(2, None, "s", ""), "at least 2 s", 2, 1.999),
        (Limit(0, 0, "", ""), "exactly 0", 0, 1),
        (Limit(1, 2_097_152, "bytes", ""), "1 to 2 097 152 bytes", 2_097_152, 2_097_153),
    ],
)
def test_a_limit_includes_its_ends_and_says_itself(limit, text, inside, outside):
    assert str(limit) == text
    assert limit.holds(inside)
    assert not limit.holds(outside)


def test_a_value_that_was_not_measured_is_neither_good_nor_bad():
    check = within("post", "loudness", None, Limit(-15, -13, "LUFS", ""), detail="silent")
    assert check.ok is None
    assert check.detail == "silent"


def test_values_are_rounded_for_people_but_judged_exactly():
    check = within("post", "x", 55.0004, Limit(None, 55, "ms", ""))
    assert (check.ok, check.value) == (False, 55.0)


def test_scenes_are_merged_by_name_and_failures_name_their_scenes():
    good = equals("assets", "size", 1, 1)
    bad = Check("assets", "size", ok=False, value=0, limit=1, detail="blank")
    unknown = Check("assets", "sound", None, None, 1, "stand-in")
    merged = merge_scenes({"a": [good, unknown], "b": [bad], "c": [bad]})
    assert [(check.name, check.ok, check.value, check.detail) for check in merged] == [
        ("size", False, 0, "b: blank; c: blank"),
        ("sound", None, None, "a: stand-in"),
    ]


def test_scenes_that_all_pass_are_counted():
    (merged,) = merge_scenes({str(i): [equals("assets", "size", 1, 1)] for i in range(4)})
    assert merged.ok is True
    assert merged.detail == "4 scenes"


def test_only_failed_fatal_checks_stop_a_video():
    checks = [
        equals("rendering", "a", 1, 1, severity="fatal"),
        equals("rendering", "b", 0, 1, severity="fatal"),
        equals("rendering", "c", 0, 1),
        Check("rendering", "d", None, None, 1, severity="fatal"),
    ]
    assert [check.name for check in fatal_failures(checks)] == ["b"]
