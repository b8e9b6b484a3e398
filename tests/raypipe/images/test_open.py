from __future__ import annotations

import json
import subprocess
import sys

import pytest

from raypipe.errors import EngineUnavailableError, SettingsError
from raypipe.images import open as opening
from raypipe.images.card import CardEngine
from raypipe.images.open import choose_image_engine, open_image_engine
from raypipe.images.storybook.engine import StorybookEngine


@pytest.mark.parametrize("name", ["story", "", "diffusers", "diffusers:", "storybook:x", "DALL-E"])
def test_unknown_names_are_refused_with_the_known_ones(name):
    for ask in (open_image_engine, choose_image_engine):
        with pytest.raises(SettingsError, match=r"storybook, card, diffusers:.*auto") as caught:
            ask(name)
        assert repr(name) in str(caught.value)
        assert caught.value.exit_code == 2


def test_opens_the_embedded_engines():
    assert isinstance(open_image_engine("storybook"), StorybookEngine)
    assert isinstance(open_image_engine("card"), CardEngine)


def test_a_folder_without_weights_is_unavailable(tmp_path):
    with pytest.raises(EngineUnavailableError) as caught:
        open_image_engine(f"diffusers:{tmp_path}")
    assert caught.value.remedy


@pytest.mark.parametrize("name", ["storybook", "card", "diffusers:someone/some-model"])
def test_what_is_asked_for_is_taken(name):
    choice = choose_image_engine(name)
    assert choice.name == name
    assert choice.rejected == ()


def test_auto_without_weights_takes_storybook_and_says_why(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("raypipe.hub_cache.hub_cache_dir", lambda: tmp_path)
    monkeypatch.setattr("raypipe.weights.hub_cache_dir", lambda: tmp_path)
    choice = choose_image_engine("auto")
    assert choice.name == "storybook"
    ((name, obstacle),) = choice.rejected
    assert name == "diffusers"
    assert "weights" in obstacle


def test_auto_opens_what_it_chooses(monkeypatch):
    monkeypatch.setattr(opening, "_weigh_diffusers", lambda _: ("diffusers:x/y", "no GPU"))
    assert open_image_engine("auto").name == "storybook"
    choice = choose_image_engine("auto")
    assert choice.rejected == (("diffusers:x/y", "no GPU"),)


def test_auto_takes_stable_diffusion_where_nothing_stands_against_it(monkeypatch):
    monkeypatch.setattr(opening, "_weigh_diffusers", lambda _: ("diffusers:x/y", ""))
    assert choose_image_engine("auto").name == "diffusers:x/y"


def test_choosing_imports_nothing_heavy():
    code = (
        "import sys, json; from raypipe.images.open import choose_image_engine as c;"
        "c('storybook'); print(json.dumps(sorted({'torch', 'cv2', 'numpy.linalg', 'diffusers'}"
        " & set(sys.modules))))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    loaded = set(json.loads(ran.stdout))
    assert not loaded & {"torch", "cv2", "diffusers"}
