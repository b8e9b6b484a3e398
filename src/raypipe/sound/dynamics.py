"""Gain that follows the sound: compressor, true-peak limiter, ducking.

Levels are taken in blocks of `BLOCK_SAMPLES`; the gain between two blocks is interpolated.
"""

from __future__ import annotations

import functools
import math

import numpy as np
import numpy.typing as npt

from raypipe.sound.filters import SAMPLE_RATE_HZ, Sound

BLOCK_SAMPLES = 48
"""One millisecond at 48 kHz."""

OVERSAMPLING = 4
"""True peak is sought at four times the rate, as ITU-R BS.1770-5, annex 2, asks at 48 kHz."""

_BLOCKS_AT_ONCE = 4096
_PHASE_TAPS = 24
# A peak between samples exceeds both neighbours by less than this, but for signals made to show
# the contrary; blocks below need no closer look.
_INTERSAMPLE_RATIO = 2.5

Levels = npt.NDArray[np.float64]


@functools.cache
def _phases() -> Sound:
    """Return (taps, 3): what interpolates at 1/4, 2/4 and 3/4 between two samples."""
    centre = _PHASE_TAPS // 2 - 1
    shift = np.arange(1, OVERSAMPLING) / OVERSAMPLING
    distance = np.arange(_PHASE_TAPS)[:, None] - centre - shift
    window = np.i0(9 * np.sqrt(np.clip(1 - (distance / (_PHASE_TAPS / 2)) ** 2, 0, 1))) / np.i0(9)
    taps = np.sinc(distance) * window
    normalised: Sound = (taps / taps.sum(axis=0)).astype(np.float32)
    return normalised


def block_peaks(samples: Sound, *, floor: float = 0.0) -> Levels:
    """Return the true peak of each block of sound (n, c), linear, over all channels.

    Blocks whose samples are far below ``floor``, too far for a peak between them to reach it, are
    given by their sample peak.
    """
    padded = _in_blocks(_loudest_channel(samples))
    peaks: Levels = padded.max(axis=1).astype(np.float64)
    chosen = np.flatnonzero(peaks * _INTERSAMPLE_RATIO > floor)
    half = _PHASE_TAPS // 2
    for channel in range(samples.shape[1] if len(chosen) else 0):
        row = np.zeros(len(peaks) * BLOCK_SAMPLES + 2 * half, np.float32)
        row[half : half + len(samples)] = samples[:, channel]
        windows = np.lib.stride_tricks.sliding_window_view(row, _PHASE_TAPS)
        for part in np.array_split(chosen, max(1, len(chosen) // 2048)):
            index = part[:, None] * BLOCK_SAMPLES + np.arange(BLOCK_SAMPLES) + 1
            between = np.abs(windows[index] @ _phases()).max(axis=(1, 2))
            peaks[part] = np.maximum(peaks[part], between)
    return peaks


def _loudest_channel(samples: Sound) -> Sound:
    # Column by column: reducing along an axis of two is many times slower.
    loudest = np.abs(samples[:, 0])
    for channel in range(1, samples.shape[1]):
        np.maximum(loudest, np.abs(samples[:, channel]), out=loudest)
    return loudest


def _in_blocks(values: Sound) -> Sound:
    count = -(-len(values) // BLOCK_SAMPLES)
    padded = np.zeros(count * BLOCK_SAMPLES, np.float32)
    padded[: len(values)] = values
    return padded.reshape(count, BLOCK_SAMPLES)


def block_rms(samples: Sound) -> Levels:
    """Return the root mean square of each block of mono sound (n,), linear."""
    power: Levels = (_in_blocks(samples).astype(np.float64) ** 2).mean(axis=1)
    return np.sqrt(power)


def follow(levels: Levels, *, attack_ms: float, release_ms: float) -> Levels:
    """Smooth block levels: rise with one time constant, fall with another."""
    block_ms = 1000 * BLOCK_SAMPLES / SAMPLE_RATE_HZ
    rise = 1 - math.exp(-block_ms / attack_ms)
    fall = 1 - math.exp(-block_ms / release_ms)
    value = 0.0
    smoothed = []
    for level in levels.tolist():
        value += (rise if level > value else fall) * (level - value)
        smoothed.append(value)
    return np.array(smoothed)


def apply_gain(samples: Sound, gain: Levels) -> None:
    """Multiply sound (n,) or (n, c) in place by a gain per block, joined by straight lines."""
    half = BLOCK_SAMPLES // 2
    rise = ((np.arange(BLOCK_SAMPLES, dtype=np.float32) + 0.5) / BLOCK_SAMPLES)[None, :]
    # Between the middle of one block and the middle of the next lies one row of the curve.
    padded = np.concatenate([gain[:1], gain, gain[-1:]]).astype(np.float32)
    for first in range(0, len(gain) + 1, _BLOCKS_AT_ONCE):
        left = padded[first : first + _BLOCKS_AT_ONCE + 1]
        curve = (left[:-1, None] + np.diff(left)[:, None] * rise).ravel()
        start = first * BLOCK_SAMPLES - half
        curve = curve[max(0, -start) :]
        part = samples[max(0, start) : max(0, start) + len(curve)]
        part *= curve[: len(part)] if part.ndim == 1 else curve[: len(part), None]


def compress(samples: Sound, *, threshold_db: float, ratio: float) -> Sound:
    """Return mono speech (n,) with its loud syllables brought nearer to the soft ones.

    A feed-forward compressor with a soft knee of 6 dB, attack 4 ms and release 120 ms: values
    usual for a voice, slow enough not to be heard as pumping.
    """
    smoothed = follow(block_rms(samples), attack_ms=4, release_ms=120)
    over = 20 * np.log10(np.maximum(smoothed, 1e-6)) - threshold_db
    knee = 6.0
    bent = np.where(over > knee / 2, over, np.clip(over + knee / 2, 0, None) ** 2 / (2 * knee))
    result = samples.copy()
    apply_gain(result, 10 ** (-bent * (1 - 1 / ratio) / 20))
    return result


def limit(samples: Sound, *, ceiling_dbtp: float) -> bool:
    """Hold the true peak of sound (n, c) under a ceiling, in place; say whether it had to.

    Looks ahead: the least gain within 4 ms is smoothed over the same 4 ms, so gain is down before
    the peak arrives and no peak escapes; it comes back over 80 ms.
    """
    ceiling = 10 ** (ceiling_dbtp / 20)
    peaks = block_peaks(samples, floor=ceiling)
    if not peaks.size or peaks.max() <= ceiling:
        return False
    reduction = 1 - np.minimum(1, ceiling / np.maximum(peaks, 1e-9))
    held = follow(reduction, attack_ms=1e-3, release_ms=80)
    reach = 4
    padded = np.pad(held, reach + 1, mode="edge")
    widest = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 3).max(axis=1)
    window = np.hanning(2 * reach + 3)[1:-1]
    smooth = np.convolve(np.pad(widest, reach, mode="edge"), window / window.sum(), mode="valid")
    apply_gain(samples, 1 - smooth)
    return True


def duck(key: Sound, *, depth_db: float, attack_ms: float = 80, release_ms: float = 600) -> Levels:
    """Return the gain per block for music under the speech ``key`` (n,), a sidechain.

    Full depth where speech is louder than about -40 dB of its own peak level; short pauses
    between words (under a quarter of a second) hold it down.
    """
    level = block_rms(key)
    loudest = float(level.max(initial=0.0))
    if loudest <= 1e-5:  # noqa: PLR2004 - below 16 bit: nobody speaks
        return np.ones(len(level))
    present = (level > loudest * 10 ** (-34 / 20)).astype(np.float64)
    held = _hold(present, ahead=int(attack_ms), after=250)
    smoothed = follow(held, attack_ms=attack_ms / 2, release_ms=release_ms / 2)
    return 10 ** (-depth_db * smoothed / 20)


def _hold(present: Levels, *, ahead: int, after: int) -> Levels:
    """Stretch presence to ``ahead`` blocks before and ``after`` blocks behind it."""
    marks = np.zeros(len(present) + 1)
    starts = np.flatnonzero(present)
    np.add.at(marks, np.maximum(starts - ahead, 0), 1)
    np.add.at(marks, np.minimum(starts + after + 1, len(present)), -1)
    return (np.cumsum(marks[:-1]) > 0).astype(np.float64)
