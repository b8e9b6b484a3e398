"""What every speech engine promises, on every engine."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import pytest

from raypipe.errors import CancelledError, EngineError
from raypipe.speech.engine import SpeechEngine, SpeechRequest
from raypipe.speech.finish import PEAK_DBFS, UNSPOKEN_S
from raypipe.speech.open import open_speech_engine
from raypipe.stopping import stop_when


class Spoken(NamedTuple):
    name: str
    language: str
    text: str
    words: int


CASES = (
    Spoken("piper:joe", "en", 'She ran to the well-lit door. "It is warm," he said, at 3:30.', 13),
    Spoken("espeak:es", "es", "Dio un salto, y luego otro, pero no logró alcanzarlas.", 10),
    Spoken("espeak:ja", "ja", "おばあさんが川で洗濯をしていると、桃が流れてきました。", 8),
    Spoken("espeak:ar", "ar", "كان علي بابا حطابًا فقيرًا يعيش على أطراف المدينة.", 9),
    Spoken("espeak:zh", "zh", "从前有一个小女孩，她住在森林里。", 14),
    Spoken("espeak:hi", "hi", "एक समय की बात है, एक गाँव में राजा रहता था।", 11),
    Spoken("espeak:ru", "ru", "Жил старик со своею старухой у самого синего моря.", 9),
    Spoken("silence", "en", "The old doors began to close.", 6),
)
MAIN = tuple(case for case in CASES if case.language not in ("zh", "hi", "ru"))


@pytest.fixture(params=CASES, ids=lambda case: f"{case.name}-{case.language}")
def case(request: pytest.FixtureRequest) -> Spoken:
    return request.param


@pytest.fixture
def engine(case: Spoken, open_engine) -> SpeechEngine:
    return open_engine(case.name)


def ask(case: Spoken, **changes) -> SpeechRequest:
    return SpeechRequest(**{"text": case.text, "language": case.language, **changes})


def test_gives_mono_float32_within_bounds(case: Spoken, engine: SpeechEngine):
    speech = engine.synthesize(ask(case))
    assert speech.samples.dtype == np.float32
    assert speech.samples.ndim == 1
    assert np.isfinite(speech.samples).all()
    assert np.abs(speech.samples).max() <= 10 ** (PEAK_DBFS / 20) + 1e-6
    assert speech.sample_rate_hz >= 16_000
    assert speech.silent == (engine.quality == "silent")
    assert speech.silent or np.sqrt(np.mean(np.square(speech.samples))) > 0.02


def test_takes_as_long_as_a_narrator(case: Spoken, engine: SpeechEngine):
    seconds_a_word = engine.synthesize(ask(case)).duration_s / case.words
    assert 0.2 < seconds_a_word < 0.9


def test_word_times_are_in_order_and_inside(case: Spoken, engine: SpeechEngine):
    speech = engine.synthesize(ask(case))
    assert len(speech.words) == case.words
    end = 0
    for word in speech.words:
        assert end <= word.start_sample < word.end_sample <= len(speech.samples)
        end = word.end_sample


def test_word_times_cover_every_letter_of_the_text(case: Spoken, engine: SpeechEngine):
    speech = engine.synthesize(ask(case))
    covered = {at for word in speech.words for at in range(word.char_start, word.char_end)}
    letters = {at for at, char in enumerate(case.text) if char.isalnum()}
    assert letters <= covered
    assert all(case.text[word.char_start].isalnum() for word in speech.words)


def test_sound_is_where_the_words_are(case: Spoken, engine: SpeechEngine):
    speech = engine.synthesize(ask(case))
    if speech.silent:
        return
    spoken = np.zeros(len(speech.samples), bool)
    for word in speech.words:
        spoken[word.start_sample : word.end_sample] = True
    energy = np.square(speech.samples)
    assert energy[spoken].sum() > 0.97 * energy.sum()


def test_same_request_gives_same_samples(case: Spoken, engine: SpeechEngine):
    first = engine.synthesize(ask(case))
    engine.synthesize(ask(case, text=case.text[: len(case.text) // 2], rate=1.1))
    second = engine.synthesize(ask(case))
    np.testing.assert_array_equal(first.samples, second.samples)
    assert first.words == second.words


@pytest.mark.parametrize("rate", [0.9, 1.15])
def test_rate_changes_the_length(case: Spoken, engine: SpeechEngine, rate: float):
    plain = engine.synthesize(ask(case)).duration_s
    paced = engine.synthesize(ask(case, rate=rate)).duration_s
    assert paced / plain == pytest.approx(1 / rate, abs=0.03)


@pytest.mark.parametrize("text", ["", " \n\t ", "😀 👍🏽", "... — !?", "\u200b\u200f\ufeff"])
def test_text_without_words_is_a_short_silence(case: Spoken, engine: SpeechEngine, text: str):
    speech = engine.synthesize(ask(case, text=text))
    assert speech.duration_s == pytest.approx(UNSPOKEN_S, abs=0.001)
    assert not speech.samples.any()
    assert speech.words == ()


def test_invisible_characters_change_nothing(case: Spoken, engine: SpeechEngine):
    plain = engine.synthesize(ask(case))
    first = case.text.split(" ")[0]
    marked = "\u200f\u202b" + case.text.replace(first, first + "\u200e", 1) + "\u202c\ufeff"
    speech = engine.synthesize(ask(case, text=marked))
    assert speech.duration_s == pytest.approx(plain.duration_s, rel=0.02)
    assert len(speech.words) == len(plain.words)


def test_two_threads_at_once_get_what_one_gets(case: Spoken, engine: SpeechEngine):
    alone = engine.synthesize(ask(case))
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(engine.synthesize, [ask(case)] * 2))
    for speech in results:
        np.testing.assert_array_equal(speech.samples, alone.samples)


@pytest.mark.parametrize("rate", [0.0, -1.0, 2.5, float("nan")])
def test_an_impossible_rate_is_refused(case: Spoken, engine: SpeechEngine, rate: float):
    with pytest.raises(EngineError, match=r"expected a rate from 0\.5 to 2\.0"):
        engine.synthesize(ask(case, rate=rate))


def test_another_language_is_refused(case: Spoken, engine: SpeechEngine):
    if not engine.languages:
        return
    with pytest.raises(EngineError, match="'xx'"):
        engine.synthesize(ask(case, language="xx"))


def test_declares_what_it_is(case: Spoken, engine: SpeechEngine):
    assert engine.name.startswith(case.name)
    assert engine.revision
    assert engine.quality in ("natural", "robotic", "silent")
    assert engine.languages in ((), (case.language,))


@pytest.mark.parametrize("case", MAIN[1:], ids=lambda case: case.name)
def test_closes_twice_and_then_refuses(case: Spoken):
    engine = open_speech_engine(case.name)
    engine.close()
    engine.close()
    with pytest.raises(EngineError, match="closed"):
        engine.synthesize(ask(case))


@pytest.mark.parametrize("case", MAIN[1:], ids=lambda case: case.name)
def test_speaks_five_thousand_characters(case: Spoken, engine: SpeechEngine):
    text = (case.text + " ") * (5000 // len(case.text))
    speech = engine.synthesize(ask(case, text=text))
    assert len(speech.words) == case.words * (5000 // len(case.text))
    assert speech.words[-1].end_sample > 0.99 * len(speech.samples)


def test_stops_between_phrases_and_speaks_on_when_asked_again(case: Spoken, engine: SpeechEngine):
    if case.name == "silence":
        pytest.skip("it has no steps to stop between")
    before = engine.synthesize(ask(case))
    twice = ask(case, text=f"{case.text}\n\n{case.text}")
    looks = iter([False, True])
    with stop_when(lambda: next(looks)), pytest.raises(CancelledError):
        engine.synthesize(twice)
    assert next(looks, None) is None
    assert np.array_equal(engine.synthesize(ask(case)).samples, before.samples)
