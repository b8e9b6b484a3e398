from __future__ import annotations

import numpy as np
import pytest

from raypipe.sound.mix import PlacedSpeech, mix_soundtrack
from raypipe.sound.room_tone import FLOOR_DBFS, add_room_tone, noise_of, trace
from raypipe.sound.voice import Voice, polish

RATE = 48_000


def coloured(count: int, seed: int) -> np.ndarray:
    """Return noise of RMS 1 that falls by 6 dB an octave above 1 kHz."""
    hertz = np.fft.rfftfreq(count, 1 / RATE)
    white = np.fft.rfft(np.random.default_rng(seed).normal(size=count))
    noise = np.fft.irfft(white * (hertz > 100) / (1 + hertz / 1000), count)
    return (noise / noise.std()).astype(np.float32)


def phrase(noise_rms: float, seed: int) -> np.ndarray:
    """Return two words with half a second between, and the noise of a room under all of it."""
    time = np.arange(RATE) / RATE
    word = 0.3 * np.sin(2 * np.pi * 170 * time) * np.hanning(RATE)
    words = np.concatenate([word, np.zeros(RATE // 2), word])
    return (words + noise_rms * coloured(len(words), seed)).astype(np.float32)


def rms_db(samples: np.ndarray) -> float:
    return 10 * float(np.log10(np.square(samples, dtype=np.float64).mean()))


def band_db(samples: np.ndarray, low: float, high: float) -> float:
    mono = samples[:, 0]
    power = np.abs(np.fft.rfft(mono * np.hanning(len(mono)))) ** 2
    hertz = np.fft.rfftfreq(len(mono), 1 / RATE)
    return 10 * float(np.log10(power[(hertz >= low) & (hertz < high)].sum()))


@pytest.mark.parametrize("noise_rms", [0.0, 1e-5, 3e-4])
def test_the_room_is_not_switched_on_and_off_with_the_voice(noise_rms):
    voices = [phrase(noise_rms, 1), phrase(noise_rms, 2)]
    samples = mix_soundtrack(
        [PlacedSpeech(voices[0], RATE, RATE), PlacedSpeech(voices[1], RATE, 5 * RATE)],
        sample_count=9 * RATE, music=None, moods=[], seed=1,
    )  # fmt: skip
    within = samples[round(2.1 * RATE) : round(2.4 * RATE)]
    between = samples[round(3.6 * RATE) : round(4.9 * RATE)]
    assert rms_db(between) == pytest.approx(rms_db(within), abs=2.0)
    assert band_db(between[: len(within)], 3000, 8000) == pytest.approx(
        band_db(within, 3000, 8000), abs=4.0
    )


def test_a_noisy_voice_is_matched_in_level_and_colour():
    own = noise_of([trace(polish(phrase(5e-4, 4)), 0)])[0]
    mixed = np.zeros((4 * RATE, 2), np.float32)
    add_room_tone(mixed, [trace(polish(phrase(5e-4, 4)), 5 * RATE)], seed=2)
    assert rms_db(mixed[RATE : 2 * RATE]) == pytest.approx(20 * np.log10(own), abs=0.5)
    slope = band_db(mixed, 500, 1000) - band_db(mixed, 4000, 8000)
    reference = np.repeat(coloured(4 * RATE, 9)[:, None], 2, axis=1)
    expected = band_db(reference, 500, 1000) - band_db(reference, 4000, 8000)
    assert slope == pytest.approx(expected, abs=2)


def test_a_voice_over_digital_silence_gets_a_quiet_room():
    mixed = np.zeros((12 * RATE, 2), np.float32)
    add_room_tone(mixed, [trace(polish(phrase(0, 1)), 0)], seed=2)
    levels = [rms_db(mixed[s * RATE : (s + 1) * RATE]) for s in range(1, 10)]
    assert levels == pytest.approx([FLOOR_DBFS] * 9, abs=1)
    assert (np.abs(mixed[RATE : 10 * RATE]).reshape(-1, 480, 2).max(axis=1) > 0).all()


def test_its_repeats_leave_no_seam():
    mixed = np.zeros((14 * RATE, 2), np.float32)
    add_room_tone(mixed, [trace(polish(phrase(0, 1)), 0)], seed=2)
    steps = np.abs(np.diff(mixed[:, 0], n=2))
    seam = (1 << 18) // 48 * 48
    usual = np.percentile(steps[RATE : -2 * RATE], 99.99)
    assert steps[seam - 100 : seam + 100].max() < 1.5 * usual
    assert steps[2 * seam - 100 : 2 * seam + 100].max() < 1.5 * usual


def test_it_fades_in_and_out_and_is_wide():
    mixed = np.zeros((6 * RATE, 2), np.float32)
    add_room_tone(mixed, [trace(polish(phrase(0, 1)), 0)], seed=2)
    middle = rms_db(mixed[2 * RATE : 4 * RATE])
    assert rms_db(mixed[:2400]) < middle - 15
    assert rms_db(mixed[-2400:]) < middle - 15
    assert abs(np.corrcoef(mixed[RATE : 4 * RATE].T)[0, 1]) < 0.1


def test_voices_without_pauses_tell_nothing():
    steady = np.full(9600, 0.1, np.float32)
    assert noise_of([trace(Voice(steady, np.full(200, 0.1)), 0)])[0] == 0
    assert noise_of([])[0] == 0
