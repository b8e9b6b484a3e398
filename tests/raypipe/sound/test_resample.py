from __future__ import annotations

import numpy as np
import pytest

from raypipe.errors import RenderError
from raypipe.sound.resample import resample


def sine(hertz: float, rate: int, count: int) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(count) / rate)).astype(np.float32)


@pytest.mark.parametrize("rate", [8000, 16_000, 22_050, 24_000, 44_100, 96_000, 192_000])
def test_a_tone_keeps_pitch_level_and_place(rate):
    result = resample(sine(1000, rate, rate), rate)
    expected = sine(1000, 48_000, 48_000)
    assert len(result) == 48_000
    assert result.dtype == np.float32
    assert np.abs(result - expected)[500:-500].max() < 0.002


@pytest.mark.parametrize("count", [0, 1, 2, 147, 1000])
def test_lengths_are_exact(count):
    assert resample(np.zeros((count, 2), np.float32), 22_050).shape == (
        round(count * 48_000 / 22_050),
        2,
    )


def test_the_same_rate_changes_nothing():
    samples = sine(440, 48_000, 100)
    assert resample(samples, 48_000) is samples


def test_what_lies_above_half_the_rate_is_gone():
    assert np.abs(resample(sine(30_000, 96_000, 96_000), 96_000))[500:-500].max() < 0.005


def test_refuses_impossible_rates_and_channels():
    with pytest.raises(RenderError, match="positive"):
        resample(np.zeros(10, np.float32), 0)
    with pytest.raises(RenderError, match="6 channels"):
        resample(np.zeros((10, 6), np.float32), 44_100)
