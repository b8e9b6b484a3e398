"""``raypipe config show``."""

import json

from raypipe.settings import KNOWN_KEYS


def test_each_setting_has_its_value_and_origin(run, home, monkeypatch):
    (home / "raypipe.yaml").write_text("video_pipeline:\n  video:\n    quality: draft\n")
    monkeypatch.setenv("RAYPIPE_TTS_VOICE", "joe")
    ran = run("config", "show", "--json", "--set", "video.fps=24")
    assert (ran.code, ran.err) == (0, "")
    told = json.loads(ran.out)
    assert told["file"] == "raypipe.yaml"
    settings = told["settings"]
    assert list(settings) == list(KNOWN_KEYS)
    assert settings["video.quality"] == {"value": "draft", "origin": "file", "from": "raypipe.yaml"}
    assert settings["tts.voice"] == {
        "value": "joe",
        "origin": "environment",
        "from": "RAYPIPE_TTS_VOICE",
    }
    assert settings["video.fps"] == {"value": 24, "origin": "flag", "from": "--set"}
    assert settings["storage.output_dir"]["value"] == "videos"


def test_the_table_is_for_reading(run):
    ran = run("config", "show")
    assert ran.code == 0
    rows = {line.split()[0]: line for line in ran.out.splitlines() if "." in line[:30]}
    assert set(KNOWN_KEYS) <= set(rows)
    assert "8000000" in rows["video.max_bitrate"]
    assert "default" in rows["video.max_bitrate"]
    assert max(map(len, ran.out.splitlines())) <= 100


def test_a_mistake_is_2_and_named(run, home):
    (home / "raypipe.yaml").write_text("video_pipeline:\n  video:\n    fpz: 24\n")
    ran = run("config", "show")
    assert (ran.code, ran.out) == (2, "")
    assert "'video.fpz'" in ran.err
    assert "'video.fps'" in ran.err
    (home / "raypipe.yaml").unlink()
    for wrong, named in (
        ("video.fps=25", "got '25'"),
        ("video.fpz=24", "video.fps"),
        ("x", "KEY="),
    ):
        ran = run("config", "show", "--set", wrong)
        assert ran.code == 2
        assert named in ran.err
        assert "--set" in ran.err
