from __future__ import annotations

import numpy as np
import pytest

from raypipe.sound.dynamics import (
    BLOCK_SAMPLES,
    apply_gain,
    block_peaks,
    block_rms,
    compressor_gain,
    de_esser_gain,
    limit,
)

RATE = 48_000


def tone(seconds: float, level: float, hertz: float = 400) -> np.ndarray:
    return (level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)).astype(
        np.float32
    )


def rms_db(samples: np.ndarray) -> float:
    return 10 * float(np.log10((samples.astype(float) ** 2).mean()))


def test_gain_runs_in_straight_lines_between_block_centres():
    samples = np.ones(4 * BLOCK_SAMPLES + 7, np.float32)
    gain = np.array([1.0, 0.0, 0.0, 1.0, 0.5])
    apply_gain(samples, gain)
    centres = np.arange(5) * BLOCK_SAMPLES + (BLOCK_SAMPLES - 1) / 2
    assert np.allclose(samples, np.interp(np.arange(len(samples)), centres, gain), atol=1e-6)


def test_gain_of_a_long_sound_has_no_seams():
    samples = np.ones((5000 * BLOCK_SAMPLES + 1, 2), np.float32)
    apply_gain(samples, np.linspace(0, 1, 5001))
    assert np.abs(np.diff(samples[:, 0])).max() < 1e-5
    assert np.array_equal(samples[:, 0], samples[:, 1])


def test_the_limiter_leaves_soft_sound_alone():
    samples = np.repeat(tone(1, 0.5)[:, None], 2, axis=1)
    before = samples.copy()
    assert not limit(samples, ceiling_dbtp=-2)
    assert np.array_equal(samples, before)


@pytest.mark.parametrize("hertz", [50, 997, 7000, 12_000])
def test_no_peak_escapes_the_limiter(hertz):
    samples = np.repeat(tone(1, 0.3, hertz)[:, None], 2, axis=1)
    samples[20_000:21_000] *= 6
    samples[30_000] = (2.5, -1)
    samples[-1] = 1.9
    assert limit(samples, ceiling_dbtp=-2)
    assert block_peaks(samples).max() <= 10 ** (-2 / 20) * 1.002


def test_the_limiter_comes_back_after_a_peak():
    samples = np.repeat(tone(1, 0.4)[:, None], 2, axis=1)
    before = samples.copy()
    samples[24_000:24_100] *= 4
    loud = samples.copy()
    limit(samples, ceiling_dbtp=-2)
    assert rms_db(samples[:20_000]) == pytest.approx(rms_db(before[:20_000]), abs=0.01)
    assert rms_db(samples[-4800:]) == pytest.approx(rms_db(before[-4800:]), abs=0.1)
    clear = np.abs(loud[:, 0]) > 0.1
    gain = samples[clear, 0] / loud[clear, 0]
    assert gain.min() < 0.6
    assert np.abs(np.diff(gain)).max() < 0.03


def test_the_compressor_brings_loud_and_soft_together():
    loud, soft = tone(1, 0.8), tone(1, 0.05)
    result = np.concatenate([loud, soft])
    apply_gain(result, compressor_gain(block_rms(result), threshold_db=-20, ratio=3))
    difference = rms_db(result[12_000:40_000]) - rms_db(result[-24_000:])
    assert difference < rms_db(loud) - rms_db(soft) - 8
    assert rms_db(result[-24_000:]) == pytest.approx(rms_db(soft), abs=0.1)


def test_the_de_esser_halves_what_is_too_sharp_and_no_more_than_asked():
    levels = np.concatenate([np.full(200, 10 ** (db / 20)) for db in (-40.0, -19.0, 0.0, -40.0)])
    decibels = 20 * np.log10(de_esser_gain(levels, threshold_db=-25, most_db=6))
    assert decibels[190] == pytest.approx(0, abs=0.01)
    assert decibels[390] == pytest.approx(-3, abs=0.1)
    assert decibels[590] == pytest.approx(-6, abs=0.01)
    assert decibels[790] > -0.1


def test_levels_of_a_sound_that_is_no_whole_number_of_blocks():
    levels = block_rms(np.full(100, 0.5, np.float32))
    assert levels[:2] == pytest.approx([0.5, 0.5])
    assert levels[2] == pytest.approx(0.5 * np.sqrt(4 / BLOCK_SAMPLES))
    assert len(block_peaks(np.zeros((0, 2), np.float32))) == 0
