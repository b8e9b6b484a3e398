import pytest

from raypipe.errors import EngineUnavailableError, SettingsError, VoiceError
from raypipe.speech.cast_check import check_cast_voice, find_cast_engine


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("f3", ("espeak:en", "f3")),
        ("espeak:+m2", ("espeak:en", "m2")),
        ("espeak:de+m2", ("espeak:de", "m2")),
        ("piper", ("piper:joe", None)),
        ("coqui:/models/vits?speaker=p225", ("coqui:/models/vits?speaker=p225", None)),
    ],
)
def test_a_voice_of_the_cast_names_its_engine_or_means_the_narrators(wanted, found):
    assert find_cast_engine(wanted, narrator="espeak:en") == found


def test_an_option_that_an_engine_does_not_have_is_refused():
    with pytest.raises(SettingsError, match="speeed"):
        find_cast_engine("coqui:/models/vits?speeed=2", narrator="espeak:en")


@pytest.mark.parametrize(
    ("engine", "voice"), [("piper:joe", None), ("espeak:de", "f3"), ("silence", None)]
)
def test_embedded_voices_are_here(engine, voice):
    check_cast_voice(engine, voice)


@pytest.mark.parametrize(
    ("engine", "voice"), [("piper:bob", None), ("piper:joe", "bob"), ("espeak:en", "bob")]
)
def test_a_voice_that_an_engine_lacks_is_refused_with_those_that_it_has(engine, voice):
    with pytest.raises(VoiceError, match="has the voices"):
        check_cast_voice(engine, voice)


def test_weights_that_are_not_here_are_told_with_a_remedy(tmp_path):
    with pytest.raises(EngineUnavailableError) as told:
        check_cast_voice(f"coqui:{tmp_path}?speaker=p225", None)
    assert told.value.remedy


def test_a_language_that_no_voice_speaks_is_told():
    with pytest.raises(EngineUnavailableError, match="xx"):
        check_cast_voice("espeak:xx", None)
