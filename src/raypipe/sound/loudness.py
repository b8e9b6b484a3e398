"""Loudness and true peak after ITU-R BS.1770-5 and EBU R 128, and normalising to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from raypipe.errors import RenderError
from raypipe.sound.dynamics import (
    BLOCK_SAMPLES,
    Levels,
    apply_gain,
    block_peaks,
    block_power,
    limit,
    limiter_gain,
)
from raypipe.sound.filters import SAMPLE_RATE_HZ, Sound, k_weighted_runs
from raypipe.sound.resample import resample
from raypipe.spool import RUN_ROWS, let_go, runs, zeros

TARGET_LUFS = -14.0
"""What YouTube, Spotify and TikTok play at; louder is turned down."""

CEILING_DBTP = -2.0
"""True peak before AAC, whose quantising adds up to about 1 dB; -1 dBTP must hold after it."""

SILENCE_LUFS = -70.0
"""The absolute gate of BS.1770: what is softer counts as silence."""

SILENCE_DBTP = -120.0

_HOP_SAMPLES = SAMPLE_RATE_HZ // 10
_HOPS_AT_ONCE = 1 << 10
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
    if not all(np.isfinite(part).all() for _, part in runs(columns)):
        raise RenderError("expected finite samples of sound, got NaN or infinity")
    columns = resample(np.asarray(columns, np.float32), sample_rate_hz)
    return Loudness(integrated_lufs(columns), true_peak_dbtp(columns))


def true_peak_dbtp(samples: Sound) -> float:
    """Return the true peak of sound (n, c) at 48 kHz in dB of full scale."""
    if not len(samples):
        return SILENCE_DBTP
    highest = max(float(np.abs(part).max()) for _, part in runs(samples))
    if highest <= 0:
        return SILENCE_DBTP
    peak = float(block_peaks(samples, floor=highest).max())
    return max(SILENCE_DBTP, 20 * float(np.log10(peak)))


def normalise(samples: Sound, *, target_lufs: float = TARGET_LUFS) -> None:
    """Bring a mix (n, c) at 48 kHz to a loudness and under `CEILING_DBTP`, in place.

    Limiting takes loudness away, so gain and limiter are found together, on the energy and the
    true peak of each millisecond, and the sound is touched once. What is softer than -50 LUFS
    holds nothing to be heard and is not lifted: a silent track stays silent.
    """
    curve = _normalising_gain(samples, target_lufs)
    if curve is not None:
        apply_gain(samples, curve)
        del curve
    limit(samples, ceiling_dbtp=CEILING_DBTP)


def _normalising_gain(samples: Sound, target_lufs: float) -> Levels | None:
    """Return the gain of each block, limiter included; None if nothing is to be heard."""
    energy = block_energy(samples)
    loudness = gated_lufs(energy, len(samples))
    if loudness < _NOTHING_HEARD_LUFS:
        return None
    first = gain = 10 ** ((target_lufs - loudness) / 20)
    most, reach = first * _MOST_EXTRA, first * _USUAL_EXTRA
    ceiling = 10 ** (CEILING_DBTP / 20)
    peaks = block_peaks(samples, floor=ceiling / reach)
    for _ in range(_ROUNDS):
        curve, limited = _limited_gain(peaks, gain)
        missing = target_lufs - gated_lufs(energy, len(samples), gain=curve)
        if abs(missing) < _SMALL_STEP_LU or gain >= most:
            return curve
        del curve  # of a long video, one more is much
        lift = missing * _LIMITER_SHARE if limited else missing
        gain = min(gain * 10 ** (lift / 20), most)
        if gain > reach:  # peaks that were not worth a closer look now pass the ceiling
            reach = most
            peaks = block_peaks(samples, floor=ceiling / reach)
    return _limited_gain(peaks, gain)[0]


def _limited_gain(peaks: Levels, gain: float) -> tuple[Levels, bool]:
    """Return ``gain`` with what the limiter takes of it in each block, and if it takes any."""
    limiting = limiter_gain(peaks, ceiling_dbtp=CEILING_DBTP, lift=gain)
    curve = np.ones(len(peaks), np.float32) if limiting is None else limiting
    curve *= np.float32(gain)
    return curve, limiting is not None


_NOTHING_HEARD_LUFS = -50.0
_SMALL_STEP_LU = 0.05
_LIMITER_SHARE = 1.3  # where it works already, it takes about a quarter of what is added
_USUAL_EXTRA = 1.41  # 3 dB; looking for lower peaks between samples takes three times as long
_MOST_EXTRA = 4.0  # 12 dB into the limiter; what needs more is no programme
_ROUNDS = 12


def integrated_lufs(samples: Sound) -> float:
    """Return the gated loudness of sound (n, c) at 48 kHz, at least -70."""
    return gated_lufs(block_energy(samples), len(samples))


def block_energy(samples: Sound) -> Levels:
    """Return the K-weighted energy of sound (n, c), summed over channels, of each block.

    A gain per block changes it by its square, so the loudness of what a gain would give is known
    without filtering again.
    """
    energy: Levels = zeros(-(-len(samples) // BLOCK_SAMPLES))
    per_run = RUN_ROWS // BLOCK_SAMPLES
    for channel in range(samples.shape[1]):
        for number, part in enumerate(k_weighted_runs(samples[:, channel])):
            power = block_power(part)
            energy[number * per_run : number * per_run + len(power)] += power
            let_go(energy)
    for _, levels in runs(energy):
        np.multiply(levels, np.float32(BLOCK_SAMPLES), out=levels)
    return energy


def gated_lufs(energy: Levels, sample_count: int, *, gain: Levels | None = None) -> float:
    """Return the loudness, at least -70, of what has this `block_energy` once ``gain`` is given."""
    if not sample_count:
        return SILENCE_LUFS
    hops = sample_count // _HOP_SAMPLES
    if hops < _HOPS_PER_BLOCK:
        scale = 1.0 if gain is None else gain**2
        return _lufs(float((energy * scale).sum()) / sample_count)
    per_hop = _HOP_SAMPLES // BLOCK_SAMPLES
    whole = np.empty(hops)
    for start, levels in runs(energy[: hops * per_hop], length=_HOPS_AT_ONCE * per_hop):
        parts = [levels.reshape(-1, per_hop)]
        if gain is not None:
            parts += [gain[start : start + len(levels)].reshape(-1, per_hop)] * 2
        first = start // per_hop
        whole[first : first + len(parts[0])] = np.einsum(
            ",".join(["ij"] * len(parts)) + "->i", *parts
        )
    kernel = np.ones(_HOPS_PER_BLOCK)
    blocks = np.convolve(whole, kernel, "valid") / (_HOPS_PER_BLOCK * _HOP_SAMPLES)
    heard = blocks[blocks > _power(SILENCE_LUFS)]
    if not len(heard):
        return SILENCE_LUFS
    gate = heard.mean() * 10 ** (-_RELATIVE_GATE_LU / 10)
    return _lufs(heard[heard > gate].mean())


def _lufs(power: float) -> float:
    return max(SILENCE_LUFS, _OFFSET_LUFS + 10 * float(np.log10(max(power, 1e-12))))


def _power(lufs: float) -> float:
    return float(10 ** ((lufs - _OFFSET_LUFS) / 10))
