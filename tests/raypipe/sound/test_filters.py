from __future__ import annotations

import numpy as np
import pytest

from raypipe.sound.filters import convolve, high_pass, k_weighted


def response_db(taps: np.ndarray, hertz: float) -> float:
    turn = np.exp(-2j * np.pi * hertz / 48_000 * np.arange(len(taps)))
    return 20 * float(np.log10(abs(taps @ turn)))


@pytest.mark.parametrize(("length", "taps"), [(10, 3), (70_000, 8192), (131_073, 100), (5, 9000)])
def test_convolves_like_the_definition(length, taps):
    rng = np.random.default_rng(1)
    samples = rng.normal(size=(length, 2)).astype(np.float32)
    kernel = (rng.normal(size=taps) / np.sqrt(taps)).astype(np.float32)
    result = convolve(samples, kernel)
    assert result.shape == (length + taps - 1, 2)
    for channel in (0, 1):
        size = length + taps - 1
        spectrum = np.fft.rfft(samples[:, channel].astype(float), size)
        expected = np.fft.irfft(spectrum * np.fft.rfft(kernel.astype(float), size), size)
        assert np.abs(result[:, channel] - expected).max() < 1e-4


def test_mono_and_stereo_responses():
    left_right = np.zeros((3, 2), np.float32)
    left_right[0, 0], left_right[2, 1] = 1, 0.5
    result = convolve(np.array([[1, 1], [0, 0]], np.float32), left_right)
    assert np.allclose(result, [[1, 0], [0, 0], [0, 0.5], [0, 0]], atol=1e-6)
    assert convolve(np.ones(4, np.float32), np.ones(2, np.float32)).shape == (5,)


def impulse(count: int = 16_384) -> np.ndarray:
    return np.concatenate([[1.0], np.zeros(count - 1)]).astype(np.float32)


def test_k_weighting_is_that_of_the_standard():
    # Unity gain at 997 Hz would be 0.691 dB with the offset of BS.1770 taken out.
    taps = k_weighted(impulse())
    assert response_db(taps, 997) == pytest.approx(0.691, abs=0.02)
    assert response_db(taps, 10_000) == pytest.approx(4.0, abs=0.1)
    assert response_db(taps, 38) == pytest.approx(-6.0, abs=0.6)


def test_the_high_pass_takes_rumble_and_leaves_the_voice():
    taps = high_pass(impulse(), 70)
    assert response_db(taps, 70) == pytest.approx(-3.0, abs=0.1)
    assert response_db(taps, 17.5) == pytest.approx(-24, abs=1)
    assert abs(response_db(taps, 300)) < 0.1
    assert abs(taps.sum()) < 1e-3


@pytest.mark.parametrize("count", [0, 1, 65_536, 65_537, 150_001])
def test_recursive_filters_know_no_blocks(count):
    noise = np.random.default_rng(3).normal(0, 0.1, count).astype(np.float32)
    found = high_pass(noise, 70)
    assert found.shape == (count,)
    expected = convolve(noise, high_pass(impulse(8192), 70))[:count]
    assert np.abs(found - expected).max(initial=0) < 1e-5


def test_a_long_hush_does_not_leak_noise():
    quiet = np.zeros(200_000, np.float32)
    quiet[:4800] = np.random.default_rng(1).normal(0, 0.3, 4800)
    assert np.abs(high_pass(quiet, 70)[100_000:]).max() < 1e-9
