from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from raypipe.errors import EngineError, GenerationError, VoiceError
from raypipe.speech.engine import SpeechRequest
from raypipe.speech.espeak_engine import EspeakEngine, find_voice
from raypipe.speech.espeak_library import open_library


@pytest.mark.parametrize(
    ("language", "voice"),
    [
        ("es", "es"), ("es-MX", "es-mx"), ("es-AR", "es"), ("zh", "zh"), ("zh-TW", "zh"),
        ("zh-HK", "yue"), ("en", "en-us"), ("en-GB", "en-gb"), ("pt-BR", "pt-br"), ("no", "no"),
        ("nn", "nb"), ("gl", "pt"), ("sr-Latn", "sr"), ("fr", "fr"), ("iw", "he"),
        ("pt_BR", "pt-br"),
    ],
)  # fmt: skip
def test_finds_the_nearest_voice(language: str, voice: str):
    assert find_voice(language, open_library().voices) == voice


def test_an_unknown_language_names_near_ones():
    with pytest.raises(EngineError, match=r"'esx'.*near ones are es.*choose one of.*zh"):
        EspeakEngine("esx")


def test_every_listed_language_speaks(capfd: pytest.CaptureFixture[str]):
    library = open_library()
    assert len(library.voices) > 130
    with library.session() as session:
        for tag, voice in library.voices.items():
            session.choose(voice, {})
            assert np.abs(session.speak("a 1 Ꭰ").samples).max() > 0.05, tag
    # A voice whose dictionary is missing complains there and spells everything out.
    assert capfd.readouterr().err == ""


def test_sessions_begin_alike_whatever_was_said_before():
    library = open_library()
    heard = []
    for before in ("", "uno", "uno dos tres"):
        with library.session() as session:
            session.choose(library.voices["es"], {"rate": 200})
            session.speak(before)
        with library.session() as session:
            session.choose(library.voices["es"], {"rate": 160})
            heard.append(session.speak("Dio un salto, y luego otro."))
    for each in heard[1:]:
        np.testing.assert_array_equal(each.samples, heard[0].samples)


def test_a_voice_that_is_not_there_is_refused():
    with open_library().session() as session, pytest.raises(GenerationError, match="no such voice"):
        session.choose("no such voice", {})


def test_word_times_agree_with_the_pauses_that_are_heard(open_engine):
    text = "Pan, tabaco, gato, burro."
    speech = open_engine("espeak:es").synthesize(SpeechRequest(text, "es"))
    rate = speech.sample_rate_hz
    hop = rate // 200
    for before, after in zip(speech.words, speech.words[1:], strict=False):
        gap = speech.samples[before.end_sample + hop : after.start_sample - hop]
        assert len(gap) > 0.05 * rate
        assert np.abs(gap).max() < 0.02 * np.abs(speech.samples).max()
        onset = speech.samples[after.start_sample : after.start_sample + rate // 10]
        assert np.abs(onset).max() > 0.1 * np.abs(speech.samples).max()


def test_numbers_take_the_time_of_their_words(open_engine):
    text = "Tenía 1945 uvas."
    speech = open_engine("espeak:es").synthesize(SpeechRequest(text, "es"))
    lengths = [word.end_sample - word.start_sample for word in speech.words]
    assert len(lengths) == 3
    assert lengths[1] > 3 * lengths[2]


def test_what_looks_like_markup_is_only_text(open_engine):
    engine = open_engine("espeak:es")
    plain = engine.synthesize(SpeechRequest("hola amigo", "es"))
    marked = engine.synthesize(SpeechRequest('<break time="9s"/> hola [[a]] amigo', "es"))
    assert marked.duration_s < plain.duration_s + 4
    assert len(marked.words) > len(plain.words)


def test_mixed_scripts_and_zero_bytes_do_no_harm(open_engine):
    speech = open_engine("espeak:ru").synthesize(SpeechRequest("Он сказал\0 hello 東京 да", "ru"))
    assert len(speech.words) == 6
    assert speech.duration_s > 1


def test_a_woman_speaks_higher_than_a_man_and_both_speak_every_language(measure_pitch_hz):
    for language, text in (("en", "The old lamp was red."), ("es", "La lámpara era roja.")):
        engine = EspeakEngine(language)
        pitch_hz = {}
        for voice in (None, "f3", "m3"):
            speech = engine.synthesize(SpeechRequest(text, language, voice=voice))
            assert len(speech.words) == len(text.split())
            pitch_hz[voice] = measure_pitch_hz(speech)
        assert 170 < pitch_hz["f3"] < 260
        assert 70 < pitch_hz["m3"] < 130
        assert 70 < pitch_hz[None] < 130


def test_a_variant_in_the_name_speaks_unless_a_request_names_another():
    named, plain = EspeakEngine("en+f3"), EspeakEngine("en")
    assert named.name == "espeak:en+f3"
    assert named.languages == ("en",)
    asked = SpeechRequest("The old lamp was red.", voice="f3")
    by_name = named.synthesize(replace(asked, voice=None)).samples
    assert np.array_equal(by_name, plain.synthesize(asked).samples)
    other = named.synthesize(replace(asked, voice="m3")).samples
    assert np.array_equal(other, plain.synthesize(replace(asked, voice="m3")).samples)


def test_an_unknown_variant_names_those_that_exist():
    with pytest.raises(VoiceError, match=r"has the voices .*f3, .*, got 'f33'"):
        EspeakEngine("en+f33")
    with pytest.raises(VoiceError, match="got 'joe'"):
        EspeakEngine("en").synthesize(SpeechRequest("Hello.", voice="joe"))
