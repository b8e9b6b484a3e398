"""Orders: what travels with a job, and what comes out of it at the other end."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raypipe.errors import SettingsError
from raypipe.settings import Settings, load_settings
from raypipe_cluster.jobs.order import JobOrder


def settings_of(**flags):
    return load_settings(flags, env={}, file=None).settings


def test_only_what_differs_from_the_defaults_travels():
    settings = settings_of(**{"video.quality": "draft", "processing.max_retries": 7})
    assert JobOrder.of(settings).options() == {"settings": {"video": {"quality": "draft"}}}
    assert JobOrder.of(Settings()).options() == {}


def test_the_services_own_folders_and_limits_stay():
    own = settings_of(**{"storage.output_dir": "/videos", "video.quality": "high"})
    order = JobOrder.of(settings_of(**{"storage.output_dir": "/mine", "video.fps": 24}))
    settings = order.settings_on(own)
    assert settings.storage.output_dir == Path("/videos")
    assert settings.video.fps == 24
    assert settings.video.quality == "standard", "the client's default, not the service's"


@given(
    quality=st.sampled_from(["draft", "standard", "high"]),
    aspects=st.lists(st.sampled_from(["9:16", "1:1", "16:9"]), min_size=1, max_size=3),
    style=st.text(max_size=50),
    references=st.dictionaries(st.text(min_size=1, max_size=5), st.just("/p/a.png"), max_size=2),
    fit=st.sampled_from(["natural", "condense"]),
)
def test_an_order_comes_back_as_it_was(quality, aspects, style, references, fit):
    settings = Settings.model_validate(
        {
            "video": {"quality": quality, "aspect_ratio": tuple(aspects)},
            "images": {"style": style, "references": references},
        }
    )
    order = JobOrder.of(settings, fit=fit)
    back = JobOrder.read(json.loads(json.dumps(order.options())))
    assert back == order
    assert back.settings_on(Settings()) == settings


def test_files_are_named_for_a_process_that_works_elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("song.mp3").write_bytes(b"la")
    flags = {
        "music.default": "song.mp3",
        "images.adapters_dir": "loras",
        "images.references": {"Mira": "mira.png"},
    }
    order = JobOrder.of(settings_of(**flags))
    assert order.settings == {
        "music": {"default": str(tmp_path / "song.mp3")},
        "images": {
            "adapters_dir": str(tmp_path / "loras"),
            "references": {"Mira": str(tmp_path / "mira.png")},
        },
    }
    assert JobOrder.of(settings_of(**{"music.default": "none"})).settings == {
        "music": {"default": "none"}
    }


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"fit": "squeeze"}, "fit"),
        ({"wish": 1}, "wish"),
        ({"settings": {"video": {"quality": "superb"}}}, "video.quality"),
        ({"settings": {"storage": {"output_dir": "/etc"}}}, "storage"),
    ],
)
def test_options_of_another_version_are_refused_by_name(options, named):
    with pytest.raises(SettingsError, match=named):
        JobOrder.read(options).settings_on(Settings())
