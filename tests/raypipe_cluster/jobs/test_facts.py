"""What a job remembers of its report."""

import json

import pytest

from raypipe.choice import Choice
from raypipe.post.checks.model import Check
from raypipe.post.report import Report, SceneLine, build_report
from raypipe_cluster.jobs.facts import job_facts
from raypipe_cluster.jobs.model import JobResult

SCENES = (
    SceneLine(
        scene_id="s1",
        seconds=4.0,
        image_engine="openai:dall-e-3",
        speech_engine="piper:joe",
        image_attempts=2,
        gpu_s=0.0,
    ),
    SceneLine(
        scene_id="s2",
        seconds=5.0,
        image_engine="openai:dall-e-3",
        speech_engine="coqui:vits",
        image_attempts=0,
        speech_attempts=3,
        gpu_s=1.25,
    ),
)


@pytest.fixture
def report() -> Report:
    return build_report(
        story_id="fox",
        title="Fox",
        stages=[("image", 1.5), ("total", 9.0)],
        checks=[
            Check("post", "loudness", ok=False, value=-9.0, limit="-15 to -13"),
            Check("post", "length_x", ok=False, value=150, limit="140", severity="advises"),
            Check("post", "thumb", ok=True, value=1, limit=1),
        ],
        engines={"images": Choice("openai:dall-e-3", "asked for", ())},
        encoder=Choice("libx264", "no NVENC"),
        cache_hits=3,
        cache_misses=4,
        scenes=SCENES,
    )


def test_the_facts_of_a_report(report):
    assert job_facts(report, duration_s=8.96, size_bytes=10**7) == {
        "stages": {"image": 1.5, "total": 9.0},
        "cache_hits": 3,
        "cache_misses": 4,
        "engine_calls": {"coqui:vits": 3, "openai:dall-e-3": 2, "piper:joe": 1},
        "cloud_calls": 2,
        "gpu_s": 1.25,
        "checks_failed": ["post.loudness"],
        "encoder": "libx264",
        "duration_s": 8.96,
        "size_bytes": 10**7,
    }


def test_facts_survive_the_way_through_the_store_and_report_json(report):
    read = Report.model_validate_json(report.to_json())
    facts = job_facts(read)
    assert "duration_s" not in facts
    kept = JobResult(pointer="fox.1/1", facts=facts).model_dump_json()
    assert JobResult.model_validate(json.loads(kept)).facts == facts
