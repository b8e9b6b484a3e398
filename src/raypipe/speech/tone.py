"""A gentle equaliser that takes the edge off a formant synthesiser."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from raypipe.speech.engine import Samples

SOFTENING_DB = (
    (0, 0.0), (120, 1.0), (180, 3.0), (600, 3.0), (900, -2.0), (1100, -3.0), (1600, -1.0),
    (2000, -1.0), (2500, -4.0), (3200, -5.0), (4000, -2.0), (6000, -1.0), (8000, -6.0),
    (10_000, -14.0), (48_000, -14.0),
)  # fmt: skip
"""(hertz, decibels). Most of the way from the mean third-octave spectrum of eSpeak NG (English,
Spanish, Japanese and Arabic stories) to that of the embedded natural voice: warmer below 600 Hz,
less nasal at 1 kHz, less buzz at 3 kHz, less hiss above 7 kHz; never more than 5 dB in between."""

_TAPS = 255


def soften(samples: Samples, sample_rate_hz: int) -> Samples:
    """Return ``samples`` through the equaliser: same length, no delay, float32."""
    if len(samples) == 0:
        return samples
    size = 1 << (len(samples) + _TAPS - 1).bit_length()
    spectrum = np.fft.rfft(samples, size) * np.fft.rfft(_taps(sample_rate_hz), size)
    start = _TAPS // 2
    return np.fft.irfft(spectrum, size)[start : start + len(samples)].astype(np.float32)


@lru_cache(maxsize=4)
def _taps(sample_rate_hz: int) -> Samples:
    """Return a linear-phase filter by frequency sampling, under a Hann window."""
    size = 4096
    hertz, decibels = zip(*SOFTENING_DB, strict=True)
    wanted = np.interp(np.fft.rfftfreq(size, 1 / sample_rate_hz), hertz, decibels)
    impulse = np.roll(np.fft.irfft(10 ** (wanted / 20), size), _TAPS // 2)[:_TAPS]
    taps: Samples = (impulse * np.hanning(_TAPS + 2)[1:-1]).astype(np.float32)
    return taps
