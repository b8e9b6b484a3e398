from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from raypipe.errors import EngineError, EngineUnavailableError
from raypipe.speech import piper_engine
from raypipe.speech.engine import Samples, SpeechRequest
from raypipe.speech.piper_engine import VOICES, PiperEngine, read_voice


def bursts(samples: Samples, rate: int, gap_s: float = 0.07) -> list[tuple[int, int]]:
    """Sound between silences of ``gap_s`` or more, found from the energy alone."""
    hop = rate // 200
    frames = samples[: len(samples) // hop * hop].reshape(-1, hop)
    loud = np.flatnonzero(np.abs(frames).max(axis=1) > 0.02 * np.abs(samples).max())
    cuts = np.flatnonzero(np.diff(loud) * hop > gap_s * rate)
    starts = [loud[0], *loud[cuts + 1]]
    ends = [*loud[cuts], loud[-1]]
    return [(int(a) * hop, int(b + 1) * hop) for a, b in zip(starts, ends, strict=True)]


def test_word_times_agree_with_the_energy_of_the_sound(piper: PiperEngine):
    text = "Bread. Garden. Dinner. Butter. Ladder. Dragon."
    speech = piper.synthesize(SpeechRequest(text))
    heard = bursts(speech.samples, speech.sample_rate_hz, 0.2)
    assert len(heard) == len(speech.words) == 6
    for word, (start, end) in zip(speech.words, heard, strict=True):
        assert word.start_sample == pytest.approx(start, abs=0.05 * speech.sample_rate_hz)
        assert word.end_sample == pytest.approx(end, abs=0.09 * speech.sample_rate_hz)


def test_times_within_a_sentence_agree_with_its_pauses(piper: PiperEngine):
    text = "They took bread, butter, and garden tools, then they left."
    speech = piper.synthesize(SpeechRequest(text))
    after_comma = [text.index(word) for word in ("butter", "then")]
    heard = [start for start, _ in bursts(speech.samples, speech.sample_rate_hz, 0.09)]
    for word in speech.words:
        if word.char_start in after_comma:
            nearest = min(abs(word.start_sample - start) for start in heard)
            assert nearest < 0.06 * speech.sample_rate_hz


def test_frames_of_the_phonemes_make_up_the_whole_sound(piper: PiperEngine):
    phonemes = piper._phonemize("The crystal threw a map of stars across the dark.")
    for factor in (0.8, 1.0, 1.3):
        pace = np.full(len(phonemes), factor, np.float32)
        sound, edges = piper._run(phonemes, pace, (0, 0))
        assert len(edges) == len(phonemes) + 1
        assert (np.diff(edges) >= 0).all()
        assert edges[0] > 0
        assert edges[-1] < len(sound)
        assert len(sound) % piper._voice.config.hop_length == 0


def test_words_that_are_read_differently_keep_their_place(piper: PiperEngine):
    text = 'Dr. Elena paid $1,945.50 in 1945 — "wow!" — to Mr. Smith & Co. 👍 at 3:30 p.m.'
    speech = piper.synthesize(SpeechRequest(text))
    said = [text[word.char_start : word.char_end] for word in speech.words]
    assert said == [
        "Dr", "Elena", "paid", "$1,945.50", "in", "1945", "wow", "to", "Mr", "Smith", "&", "Co",
        "at", "3:30", "p.m",
    ]  # fmt: skip
    length = {
        text[word.char_start : word.char_end]: word.end_sample - word.start_sample
        for word in speech.words
    }
    assert length["$1,945.50"] > 4 * length["paid"]
    assert length["1945"] > 2 * length["in"]
    assert all(samples > 0 for samples in length.values())


def test_sentences_are_parted_by_pauses_that_grow(piper: PiperEngine):
    speech = piper.synthesize(SpeechRequest("One day. Two days.\n\nThree days."))
    gaps = [
        after.start_sample - before.end_sample
        for before, after in zip(speech.words[1::2], speech.words[2::2], strict=False)
    ]
    rate = speech.sample_rate_hz
    assert 0.3 * rate < gaps[0] < 0.6 * rate
    assert 0.7 * rate < gaps[1] < 1.0 * rate


def test_emphasis_is_longer_louder_and_set_off(piper: PiperEngine):
    text = "The wolf was here, and she ran away."
    plain = piper.synthesize(SpeechRequest(text))
    heavy = piper.synthesize(SpeechRequest(text, emphasis=("Ran",)))
    index = text.split().index("ran")

    def span(speech):
        word = speech.words[index]
        return speech.samples[word.start_sample : word.end_sample]

    def power(samples):
        return np.sqrt(np.mean(np.square(samples)))

    assert len(span(heavy)) == pytest.approx(1.12 * len(span(plain)), rel=0.05)
    assert power(span(heavy)) / power(heavy.samples) > power(span(plain)) / power(plain.samples)
    assert len(heavy.samples) > len(plain.samples)


def test_another_seed_is_another_reading(piper: PiperEngine):
    text = "The doors began to close."
    one, two = (piper.synthesize(SpeechRequest(text, seed=seed)) for seed in (1, 2))
    assert not np.array_equal(one.samples, two.samples)


def test_starts_and_ends_close_to_the_sound(piper: PiperEngine):
    speech = piper.synthesize(SpeechRequest("The doors began to close."))
    rate = speech.sample_rate_hz
    (start, _), *_, (_, end) = [*bursts(speech.samples, rate), *bursts(speech.samples, rate)]
    assert start < 0.08 * rate
    assert len(speech.samples) - end < 0.15 * rate


def test_an_unknown_voice_is_refused(piper: PiperEngine):
    with pytest.raises(EngineError, match="'alan'"):
        piper.synthesize(SpeechRequest("Hello.", voice="alan"))
    with pytest.raises(EngineUnavailableError, match="'alan'"):
        PiperEngine("alan")


def test_a_voice_file_that_was_changed_is_refused():
    changed = dataclasses.replace(VOICES["joe"], config_sha256="0" * 64)
    with pytest.raises(EngineUnavailableError, match=r"joe-medium\.onnx\.json with SHA-256 0000"):
        read_voice(changed)


def test_a_missing_voice_package_is_named():
    missing = dataclasses.replace(VOICES["joe"], package="no_such_piper_voice")
    with pytest.raises(EngineUnavailableError, match=r"no-such-piper-voice.*raypipe\[local\]"):
        read_voice(missing)


def test_closes_twice_and_then_refuses(voice_cache: Path):
    engine = PiperEngine(cache_dir=voice_cache)
    engine.close()
    engine.close()
    with pytest.raises(EngineError, match="closed"):
        engine.synthesize(SpeechRequest("Hello."))


def test_threads_change_nothing_that_is_heard(piper: PiperEngine, voice_cache: Path):
    alone = PiperEngine(cache_dir=voice_cache, threads=1)
    request = SpeechRequest("The doors began to close.")
    one = piper.synthesize(request)
    other = alone.synthesize(request)
    alone.close()
    assert other.words == one.words
    np.testing.assert_allclose(other.samples, one.samples, atol=1e-3)


def test_importing_the_module_imports_neither_piper_nor_the_runtime():
    code = (
        "import sys, raypipe.speech.open\n"
        "import raypipe.speech.piper_engine, raypipe.speech.espeak_engine\n"
        "print([m for m in ('piper', 'onnx', 'onnxruntime', 'sudachipy') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_a_long_text_stays_in_bounded_memory(voice_cache: Path):
    # VmHWM, for ru_maxrss begins with what the parent had before the exec.
    code = f"""
import pathlib, re
from raypipe.speech.engine import SpeechRequest
from raypipe.speech.piper_engine import PiperEngine
engine = PiperEngine(cache_dir=pathlib.Path({str(voice_cache)!r}))
speech = engine.synthesize(SpeechRequest("wonderful " * 60, rate=2.0))
peak_kib = re.search("VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]
print(len(speech.words), int(peak_kib) // 1024)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    words, peak_mib = map(int, done.stdout.split())
    assert words == 60
    assert peak_mib < 700


def test_the_voice_is_the_one_that_was_recorded():
    assert piper_engine.VOICES["joe"].version == "1.0.0"
    model, config = read_voice(VOICES["joe"])
    assert len(model) == 63_201_294
    assert VOICES["joe"].learned <= set(config["phoneme_id_map"])
