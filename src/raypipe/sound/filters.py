"""Linear filters: impulse responses, and their convolution with long sound by FFT."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

SAMPLE_RATE_HZ = 48_000
"""Rate at which everything in `raypipe.sound` is mixed."""

Sound = npt.NDArray[np.float32]
"""float32 (n,) mono or (n, channels), within [-1, 1] where it is to be heard."""

_FFT_SAMPLES = 1 << 16

# Coefficients (b, a) of the K-weighting at 48 kHz: ITU-R BS.1770-5, annex 1, tables 1 and 2.
_SHELF = (
    (1.53512485958697, -2.69169618940638, 1.19839281085285),
    (-1.69065929318241, 0.73248077421585),
)
_RLB = ((1.0, -2.0, 1.0), (-1.99004745483398, 0.99007225036621))
# After so many samples the response has fallen below -150 dB.
_K_TAPS = 8192


def convolve(samples: Sound, taps: Sound) -> Sound:
    """Convolve sound (n,) or (n, c) with an impulse response (m,) or (m, c).

    Works block by block (overlap-add), so that memory stays near that of the result.

    Returns:
        float32, n + m - 1 samples long, shaped as ``samples``.
    """
    columns = samples[:, None] if samples.ndim == 1 else samples
    kernel = np.broadcast_to(
        taps[:, None] if taps.ndim == 1 else taps, (len(taps), columns.shape[1])
    )
    size = max(_FFT_SAMPLES, 1 << (2 * len(taps) - 1).bit_length())
    hop = size - len(taps) + 1
    spectrum = np.fft.rfft(kernel.T.astype(np.float32), size)
    result = np.zeros((len(columns) + len(taps) - 1, columns.shape[1]), np.float32)
    for start in range(0, len(columns), hop):
        block = np.ascontiguousarray(columns[start : start + hop].T)
        filtered = np.fft.irfft(np.fft.rfft(block, size) * spectrum, size)
        length = min(block.shape[1] + len(taps) - 1, len(result) - start)
        result[start : start + length] += filtered[:, :length].T
    return result[:, 0] if samples.ndim == 1 else result


@functools.cache
def k_weighting() -> Sound:
    """Return the impulse response of the K-weighting at 48 kHz (ITU-R BS.1770)."""
    impulse = [1.0] + [0.0] * (_K_TAPS - 1)
    return np.array(_biquad(_biquad(impulse, *_SHELF), *_RLB), np.float32)


@functools.cache
def high_pass(cutoff_hz: float) -> Sound:
    """Return a gentle high-pass at 48 kHz: Butterworth of second order, 12 dB an octave.

    Coefficients by the bilinear transform (R. Bristow-Johnson, Audio EQ Cookbook, Q = 1/sqrt 2).
    """
    turn = 2 * np.pi * cutoff_hz / SAMPLE_RATE_HZ
    cosine, alpha = float(np.cos(turn)), float(np.sin(turn) / np.sqrt(2))
    scale = 1 + alpha
    edge = (1 + cosine) / 2 / scale
    impulse = [1.0] + [0.0] * (_K_TAPS - 1)
    taps = _biquad(impulse, (edge, -2 * edge, edge), (-2 * cosine / scale, (1 - alpha) / scale))
    return np.array(taps, np.float32)


def _biquad(
    samples: list[float], forward: tuple[float, float, float], back: tuple[float, float]
) -> list[float]:
    b0, b1, b2 = forward
    a1, a2 = back
    first = second = 0.0
    result = []
    for sample in samples:
        out = b0 * sample + first
        first = b1 * sample - a1 * out + second
        second = b2 * sample - a2 * out
        result.append(out)
    return result
