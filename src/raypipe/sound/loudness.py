"""Loudness and true peak after ITU-R BS.1770-5 and EBU R 128, and normalising to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from raypipe.errors import RenderError
from raypipe.sound.dynamics import Levels, block_peaks, limit
from raypipe.sound.filters import SAMPLE_RATE_HZ, Sound, convolve, k_weighting
from raypipe.sound.resample import resample

TARGET_LUFS = -14.0
"""What YouTube, Spotify and TikTok play at; louder is turned down."""

CEILING_DBTP = -2.0
"""True peak before AAC, whose quantising adds up to about 1 dB; -1 dBTP must hold after it."""

SILENCE_LUFS = -70.0
"""The absolute gate of BS.1770: what is softer counts as silence."""

SILENCE_DBTP = -120.0

_HOP_SAMPLES = SAMPLE_RATE_HZ // 10
_HOPS_PER_BLOCK = 4  # blocks of 400 ms that overlap by 75 %
_RELATIVE_GATE_LU = 10.0
_OFFSET_LUFS = -0.691  # makes a full-scale 997 Hz sine in one channel read -3.01


@dataclass(frozen=True, slots=True)
class Loudness:
    """``integrated_lufs`` in [-70, ...), -70 for silence; ``true_peak_dbtp`` at least -120."""

    integrated_lufs: float
    true_peak_dbtp: float


def measure_loudness(samples: Sound, sample_rate_hz: int) -> Loudness:
    """Measure sound float32 (n,) or (n, 1 or 2).

    Sound shorter than one block of 400 ms is measured as a whole, without gates.

    Raises:
        RenderError: more than two channels, or NaN or infinite samples.
    """
    columns = samples[:, None] if samples.ndim == 1 else samples
    if not np.isfinite(columns).all():
        raise RenderError("expected finite samples of sound, got NaN or infinity")
    columns = resample(np.asarray(columns, np.float32), sample_rate_hz)
    return Loudness(integrated_lufs(columns), true_peak_dbtp(columns))


def true_peak_dbtp(samples: Sound) -> float:
    """Return the true peak of sound (n, c) at 48 kHz in dB of full scale."""
    if not len(samples):
        return SILENCE_DBTP
    highest = float(np.abs(samples).max())
    if highest <= 0:
        return SILENCE_DBTP
    peak = float(block_peaks(samples, floor=highest).max())
    return max(SILENCE_DBTP, 20 * float(np.log10(peak)))


def normalise(samples: Sound, *, target_lufs: float = TARGET_LUFS) -> None:
    """Bring a mix (n, c) at 48 kHz to a loudness and under `CEILING_DBTP`, in place.

    What is softer than -50 LUFS holds nothing to be heard and is left alone: a silent track stays
    silent.
    """
    for number in range(_ROUNDS):
        loudness = integrated_lufs(samples)
        if loudness < _NOTHING_HEARD_LUFS:
            return
        missing = target_lufs - loudness
        lift = missing * (_LIMITER_SHARE if number else 1)
        samples *= np.float32(10 ** (lift / 20))
        limited = limit(samples, ceiling_dbtp=CEILING_DBTP)
        # Limiting takes loudness away, so what it took is measured and given back.
        if not limited or (number and abs(missing) < _SMALL_STEP_LU):
            return


_NOTHING_HEARD_LUFS = -50.0
_SMALL_STEP_LU = 0.4
_LIMITER_SHARE = 1.4  # where it works already, it takes about a third of what is added
_ROUNDS = 4


def integrated_lufs(samples: Sound) -> float:
    """Return the gated loudness of sound (n, c) at 48 kHz, at least -70."""
    if not len(samples):
        return SILENCE_LUFS
    energy = _hop_energy(samples)
    whole = energy[: len(samples) // _HOP_SAMPLES]
    if len(whole) < _HOPS_PER_BLOCK:
        return _lufs(float(energy.sum()) / len(samples))
    kernel = np.ones(_HOPS_PER_BLOCK)
    blocks = np.convolve(whole, kernel, "valid") / (_HOPS_PER_BLOCK * _HOP_SAMPLES)
    heard = blocks[blocks > _power(SILENCE_LUFS)]
    if not len(heard):
        return SILENCE_LUFS
    gate = heard.mean() * 10 ** (-_RELATIVE_GATE_LU / 10)
    return _lufs(heard[heard > gate].mean())


def _hop_energy(samples: Sound) -> Levels:
    """Return the K-weighted energy, summed over channels, of each 100 ms and of what is left."""
    starts = np.arange(0, len(samples), _HOP_SAMPLES)
    energy: Levels = np.zeros(len(starts))
    for channel in range(samples.shape[1]):
        weighted = convolve(samples[:, channel], k_weighting())[: len(samples)]
        np.square(weighted, out=weighted)
        energy += np.add.reduceat(weighted, starts, dtype=np.float64)
    return energy


def _lufs(power: float) -> float:
    return max(SILENCE_LUFS, _OFFSET_LUFS + 10 * float(np.log10(max(power, 1e-12))))


def _power(lufs: float) -> float:
    return float(10 ** ((lufs - _OFFSET_LUFS) / 10))
