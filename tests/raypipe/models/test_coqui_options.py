from __future__ import annotations

from pathlib import Path

import pytest

from raypipe.engine_name import split_options
from raypipe.errors import SettingsError
from raypipe.settings import SpeechSettings
from raypipe.speech.coqui_options import CoquiOptions
from raypipe.speech.open import choose_speech_engine, speech_engine_name


def parse(query):
    return CoquiOptions.parse(split_options(f"coqui:/models/xtts?{query}")[1])


def test_options_are_read_from_the_name_of_an_engine():
    options = parse(
        "speaker=Ana%20Florence&language=pt&speaker_wav=/v/a.wav&speaker_wav=~/b.wav"
        "&speed=0.9&seed=4&guard=off&device=cpu"
    )
    assert (options.speaker, options.language) == ("Ana Florence", "pt")
    assert options.speaker_wav == (Path("/v/a.wav"), Path.home() / "b.wav")
    assert (options.speed, options.seed, options.guard) == (0.9, 4, False)
    assert options.device == "cpu"


@pytest.mark.parametrize(
    ("query", "message", "remedy"),
    [
        ("speed=3", "expected speed from 0.5 to 2, got 3", "0.9 to 1.15"),
        ("speed=nan", "expected speed from 0.5 to 2, got nan", ""),
        ("speed=slow", "expected a number, got 'slow'", ""),
        ("seed=-1", "expected seed from 0 to", ""),
        ("seed=1.5", "expected a whole number, got '1.5'", ""),
        ("guard=maybe", "expected true or false, got 'maybe'", ""),
        ("speakr=Ana", "unknown option 'speakr' of a coqui engine", "did you mean 'speaker'?"),
        ("&".join(["speaker_wav=a"] * 11), "at most 10 recordings, got 11", "cleanest"),
    ],
)
def test_what_cannot_be_done_is_told_before_anything_is_loaded(query, message, remedy):
    with pytest.raises(SettingsError) as why:
        parse(query)
    assert message in why.value.problem
    assert remedy in why.value.remedy
    with pytest.raises(SettingsError):
        choose_speech_engine(f"coqui:/models/xtts?{query}", language="en")


def test_settings_become_options_of_a_coqui_engine_and_of_no_other():
    wishes = {"speaker_wav": ["/v/a b.wav", "/v/c.wav"], "speed": 1.1, "seed": 3, "language": "pt"}
    settings = SpeechSettings(engine="coqui:/models/xtts?speed=0.9", **wishes)
    options = CoquiOptions.parse(split_options(speech_engine_name(settings))[1])
    assert options.speaker_wav == (Path("/v/a b.wav"), Path("/v/c.wav"))
    assert (options.speed, options.seed, options.language) == (0.9, 3, "pt")
    assert speech_engine_name(SpeechSettings(engine="piper:joe", **wishes)) == "piper:joe"
    assert speech_engine_name(SpeechSettings(engine="coqui:/m")) == "coqui:/m"
    auto = speech_engine_name(SpeechSettings(guard=False))
    assert auto == "auto?guard=false"
    assert choose_speech_engine(auto, language="en").name == "piper:joe"


def test_a_relative_recording_is_found_by_a_worker_elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = SpeechSettings(engine="coqui:/m", speaker_wav=["ana.wav"])
    options = CoquiOptions.parse(split_options(speech_engine_name(settings))[1])
    assert options.speaker_wav == (tmp_path / "ana.wav",)
