"""What ``raypipe doctor`` tells of models, on tiny ones that are really on this disk."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

from raypipe.choice import Choice
from raypipe_cluster.models_here import VOICE, find_models, voice_remedy


@pytest.fixture(scope="module")
def shelf(tmp_path_factory, sd_folder, vits_folder):
    """A folder of models: a whole one with a card, one without its VAE, and a voice."""
    root = tmp_path_factory.mktemp("shelf")
    for name in ("whole", "broken"):
        shutil.copytree(sd_folder, root / name)
    (root / "whole" / "README.md").write_text("---\nlicense: openrail++\n---\n# Whole\n")
    (root / "broken" / "vae" / "config.json").unlink()
    shutil.copytree(vits_folder, root / "voice")
    return root


def choices(pictures, *rejected):
    return {
        "pictures": Choice(pictures, "because", rejected),
        "speech in en": Choice("piper:joe", "because"),
    }


def by_folder(models):
    return {each.folder.rpartition("/")[2]: each for each in models}


def test_each_model_tells_all_that_is_known_of_it(shelf):
    name = f"diffusers:{shelf}/whole"
    found = by_folder(find_models([shelf], choices(f"{name}?steps=4")))
    whole, broken, voice = found["whole"], found["broken"], found["voice"]
    assert (whole.makes, whole.family, whole.licence, whole.whole) == (
        "pictures", "sd1", "openrail++", True
    )  # fmt: skip
    assert whole.size_bytes > 100_000
    assert "evaluations" in whole.speed_reason
    assert (whole.used_for, whole.not_used) == (("pictures",), "")
    assert "used for pictures" in whole.facts
    assert not broken.whole
    assert "vae/config.json" in broken.problem
    assert broken.remedy
    assert broken.problem in broken.facts
    assert "expected:" not in broken.facts
    assert (voice.makes, voice.family) == ("speech", "vits")
    assert voice.not_used == "piper:joe goes before it"
    assert "faster than speech" in voice.facts


def test_what_is_passed_over_says_why(shelf):
    name = f"diffusers:{shelf}/whole"
    passed = choices("storybook", (name, "torch sees no GPU"))
    whole = by_folder(find_models([shelf], passed))["whole"]
    assert whole.used_for == ()
    assert whole.not_used == "torch sees no GPU"
    assert whole.facts.endswith("not used: torch sees no GPU")


def test_how_a_voice_is_downloaded_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("TTS_HOME", str(tmp_path))
    assert VOICE in voice_remedy()
    assert "\n" not in voice_remedy()


def test_doctor_shows_the_models_and_tells_programs_the_same(shelf, tmp_path):
    settings = tmp_path / "raypipe.yaml"
    settings.write_text(f"video_pipeline:\n  storage:\n    models_dirs: [{shelf}]\n")
    run = subprocess.run(
        [sys.executable, "-m", "raypipe_cluster.cli.main", "doctor", "--json"],
        env={**environment(tmp_path), "RAYPIPE_CONFIG": str(settings)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    told = json.loads(run.stdout)
    models = [each for each in told["findings"] if each["topic"] == "models"]
    assert [(each["name"], each["verdict"]) for each in models] == [
        ("sd1", "ok"), ("model", "warning"), ("vits", "ok")
    ]  # fmt: skip
    whole = models[0]["model"]
    assert whole["folder"] == f"{shelf}/whole"
    assert whole["licence"] == "openrail++"
    assert not whole["used_for"]
    assert "GPU" in whole["not_used"]
    assert "de" not in models[2]["model"]["used_for"]


def environment(home):
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    return {**kept, "HOME": str(home), "HF_HUB_OFFLINE": "1"}
