from __future__ import annotations

import json
import subprocess
import sys

import pytest

from raypipe.engine_name import split_options
from raypipe.errors import EngineUnavailableError, SettingsError
from raypipe.images import open as opening
from raypipe.images.card import CardEngine
from raypipe.images.diffusion.options import DiffusionOptions
from raypipe.images.open import choose_image_engine, image_engine_name, open_image_engine
from raypipe.images.storybook.engine import StorybookEngine
from raypipe.settings import ImageSettings


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


def test_what_the_settings_say_of_drawing_is_in_the_name_of_the_engine(tmp_path):
    settings = ImageSettings(
        engine="diffusers:a/b?steps=4",
        steps=30,
        loras=("ink:0.8",),
        adapters_dir=tmp_path,
        scheduler="euler-a",
    )
    name = image_engine_name(settings)
    assert name == (
        f"diffusers:a/b?steps=4&steps=30&scheduler=euler-a&adapters={tmp_path}&lora=ink:0.8"
    )
    options = DiffusionOptions.parse(split_options(name)[1])
    assert (options.steps, options.scheduler) == (4, "euler-a")  # what the name says goes first
    assert image_engine_name(ImageSettings()) == "auto"
    assert image_engine_name(ImageSettings(steps=4)) == "auto?steps=4"
    assert image_engine_name(ImageSettings(engine="storybook", steps=4)) == "storybook"


def test_a_misspelt_scheduler_is_told_before_anything_starts():
    with pytest.raises(SettingsError, match="got 'eular'") as why:
        image_engine_name(ImageSettings(scheduler="eular"))
    assert why.value.remedy == "did you mean 'euler'?"


def test_auto_takes_its_options_along(monkeypatch):
    monkeypatch.setattr(opening, "_weigh_diffusers", lambda _roots: ("diffusers:a/b", ""))
    assert choose_image_engine("auto?steps=4").name == "diffusers:a/b?steps=4"
    monkeypatch.setattr(opening, "_weigh_diffusers", lambda _roots: ("diffusers", "no weights"))
    assert choose_image_engine("auto?steps=4").name == "storybook"
