from __future__ import annotations

import numpy as np
import pytest

from raypipe.sound.dynamics import block_peaks
from raypipe.sound.loudness import integrated_lufs
from raypipe.sound.voice import SPEECH_LUFS, _de_ess, polish

RATE = 48_000


def vowel(seconds: float, level: float = 0.3) -> np.ndarray:
    time = np.arange(round(seconds * RATE)) / RATE
    wave = sum(np.sin(2 * np.pi * 130 * k * time) / k for k in range(1, 20))
    syllables = np.clip(np.sin(2 * np.pi * 3 * time) + 0.5, 0, 1)
    return (level * wave * syllables / np.abs(wave).max()).astype(np.float32)


def hiss(seconds: float, level: float) -> np.ndarray:
    """Return an "s": noise from 5.5 to 9 kHz."""
    count = round(seconds * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(5).normal(size=count))
    hertz = np.fft.rfftfreq(count, 1 / RATE)
    noise = np.fft.irfft(spectrum * ((hertz > 5500) & (hertz < 9000)), count)
    return (level * noise / noise.std() * np.hanning(count)).astype(np.float32)


@pytest.mark.parametrize("level", [0.02, 0.3, 0.95])
def test_any_voice_comes_to_one_loudness_under_the_ceiling(level):
    voice = polish(vowel(5, level))
    assert integrated_lufs(voice.samples[:, None]) == pytest.approx(SPEECH_LUFS, abs=0.4)
    assert block_peaks(voice.samples[:, None]).max() <= 10 ** (-3 / 20) * 1.01
    assert len(voice.levels) == 5000


@pytest.mark.parametrize(("level", "least", "most"), [(0.4, 3, 6.1), (0.01, 0, 0.05)])
def test_a_sharp_s_is_softened_and_a_soft_one_left(level, least, most):
    speech = np.concatenate([vowel(2), hiss(0.12, level), vowel(2)])
    before = speech.copy()
    _de_ess(speech)
    at = slice(2 * RATE, 2 * RATE + round(0.12 * RATE))
    taken = 10 * np.log10(np.square(before[at]).mean() / np.square(speech[at]).mean())
    assert least < taken + 1e-6 < most
    assert np.abs(speech - before)[RATE // 2 : 2 * RATE - 4800].max() < 0.01


def test_constant_offset_and_rumble_are_gone():
    time = np.arange(4 * RATE) / RATE
    speech = vowel(4) + np.float32(0.2) + (0.2 * np.sin(2 * np.pi * 15 * time)).astype(np.float32)
    result = polish(speech).samples[RATE : 3 * RATE]
    clean = polish(vowel(4)).samples[RATE : 3 * RATE]
    assert abs(result.mean()) < 1e-3
    rumbling, clear = (np.abs(np.fft.rfft(x)) for x in (speech[RATE : 3 * RATE], result))
    assert clear[30] / clear[260] < 0.1 * rumbling[30] / rumbling[260]
    assert np.corrcoef(result, clean)[0, 1] > 0.99


def test_clipped_speech_is_no_trouble():
    clipped = np.clip(8 * vowel(3), -1, 1).astype(np.float32)
    voice = polish(clipped)
    assert np.isfinite(voice.samples).all()
    assert integrated_lufs(voice.samples[:, None]) == pytest.approx(SPEECH_LUFS, abs=0.5)


def test_silence_and_whispered_noise_are_not_lifted():
    assert not polish(np.zeros(5000, np.float32)).samples.any()
    faint = np.random.default_rng(1).normal(0, 1e-4, RATE).astype(np.float32)
    assert np.abs(polish(faint).samples).max() < 1e-3
    assert len(polish(np.zeros(0, np.float32)).samples) == 0
