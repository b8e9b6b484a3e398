from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from raypipe.choice import Choice
from raypipe.post.checks.model import Check, equals
from raypipe.post.report import Degradation, Report, SceneLine, build_report

GOOD = equals("post", "thumb", "1080x1920", "1080x1920")
UNKNOWN = Check("post", "loudness", None, None, "-15 to -13 LUFS", "the sound is silent")
ADVICE = Check("post", "length_x", ok=False, value=150, limit="at most 140 s", severity="advises")
FAILED = Check("rendering", "colour", ok=False, value="2/2/2", limit="1/1/1", detail="untagged")


def build(checks, **changes) -> Report:
    return build_report(
        story_id="s1",
        title="The Lost Artifact",
        stages=[("image", 1.23456), ("render", 20.0)],
        checks=checks,
        engines={"images": Choice("storybook", "no GPU", (("diffusers:x", "no weights"),))},
        encoder=Choice("libx264", "no NVENC"),
        cache_hits=3,
        cache_misses=4,
        **changes,
    )


@pytest.mark.parametrize("checks", [[], [GOOD], [GOOD, UNKNOWN], [ADVICE]])
def test_what_passed_was_not_made_or_only_advises_leaves_it_clean(checks):
    report = build(checks)
    assert report.status == "clean"
    assert report.degraded == ()


def test_a_failed_check_degrades_and_says_why():
    report = build([GOOD, FAILED])
    assert report.status == "degraded"
    (mark,) = report.degraded
    assert mark.what == "rendering.colour"
    assert mark.reason == "2/2/2 where the limit is 1/1/1 (untagged)"


def test_a_fallback_degrades_though_every_check_passed():
    mark = Degradation(what="image", reason="fell back to card", scene_id="scene_2")
    report = build([GOOD], degraded=[mark])
    assert report.status == "degraded"
    assert report.degraded == (mark,)


def test_the_file_has_the_fields_of_the_design():
    line = SceneLine(scene_id="a", seconds=6.1, image_engine="storybook", speech_engine="piper:joe")
    data = json.loads(build([GOOD, UNKNOWN], scenes=[line], versions={"ray": "2.60"}).to_json())
    assert data["status"] == "clean"
    assert data["stages"] == [
        {"name": "image", "seconds": 1.235}, {"name": "render", "seconds": 20.0},
    ]  # fmt: skip
    unknown = data["checks"][1]
    assert (unknown["stage"], unknown["name"], unknown["ok"]) == ("post", "loudness", None)
    assert unknown["detail"] == "the sound is silent"
    assert data["encoder"] == {"name": "libx264", "reason": "no NVENC", "rejected": []}
    assert data["cache"] == {"hits": 3, "misses": 4}
    assert data["engines"]["images"]["rejected"] == [["diffusers:x", "no weights"]]
    assert data["scenes"][0]["image_attempts"] == 1


def test_it_reads_back_and_refuses_what_it_does_not_know():
    report = build([GOOD])
    assert Report.model_validate_json(report.to_json()) == report
    with pytest.raises(ValidationError):
        Report.model_validate({**report.model_dump(), "extra": 1})
