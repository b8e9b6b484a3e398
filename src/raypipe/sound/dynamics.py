"""Gain that follows the sound: compressor, de-esser, true-peak limiter.

Levels are taken in blocks of `BLOCK_SAMPLES`; the gain between two blocks is interpolated.
Everything is worked through in runs, so that memory stays flat however long the sound is.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from raypipe.sound.filters import SAMPLE_RATE_HZ, Sound
from raypipe.spool import RUN_ROWS, let_go, runs, zeros

BLOCK_SAMPLES = 48
"""One millisecond at 48 kHz."""

OVERSAMPLING = 4
"""True peak is sought at four times the rate, as ITU-R BS.1770-5, annex 2, asks at 48 kHz."""

_PLACES_AT_ONCE = 1 << 11
"""So few that OpenBLAS multiplies them by one thread. The others of its threads would go on to spin
for a while, which took a fifth of the whole mix from whoever else needs the cores."""
_LEVELS_AT_ONCE = 1 << 14
_PHASE_TAPS = 24
# A peak between samples exceeds both neighbours by less than this, but for signals made to show
# the contrary; samples below need no closer look.
_INTERSAMPLE_RATIO = 2.5

Levels = npt.NDArray[np.float32]
"""One value a block, linear; those of a long sound may lie on disk, as the sound does."""


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

    Between samples far below ``floor``, too far for a peak between them to reach it, nothing is
    sought: there the sample peak is given.
    """
    peaks: Levels = zeros(-(-len(samples) // BLOCK_SAMPLES))
    half = _PHASE_TAPS // 2
    row = np.zeros(RUN_ROWS + 2 * half, np.float32)
    for start, part in runs(samples):
        first = start // BLOCK_SAMPLES
        found = peaks[first : first + -(-len(part) // BLOCK_SAMPLES)]
        found[:] = _in_blocks(_loudest_channel(part)).max(axis=1)
        for channel in range(samples.shape[1]):
            # Half a filter's length on both sides belongs to what lies between these samples.
            low, high = max(0, start - half), start + len(part) + half
            near = samples[low:high, channel]
            row[:] = 0
            row[half - (start - low) : half - (start - low) + len(near)] = near
            last = start + len(part) >= len(samples)
            _raise_between(found, row, len(part), last=last, floor=floor)
        let_go(peaks)
    return peaks


def _raise_between(peaks: Levels, row: Sound, count: int, *, last: bool, floor: float) -> None:
    """Raise ``peaks`` to those between ``count`` samples, which start at half a filter's length."""
    half = _PHASE_TAPS // 2
    near = np.abs(row[half : half + count + (not last)]) * _INTERSAMPLE_RATIO > floor
    near[:-1] |= near[1:].copy()  # a peak lies between a sample and the next
    windows = np.lib.stride_tricks.sliding_window_view(row, _PHASE_TAPS)
    places = np.flatnonzero(near[:count])
    for first in range(0, len(places), _PLACES_AT_ONCE):
        part = places[first : first + _PLACES_AT_ONCE]
        between = np.abs(windows[part + 1] @ _phases()).max(axis=1)
        blocks, starts = np.unique(part // BLOCK_SAMPLES, return_index=True)
        peaks[blocks] = np.maximum(peaks[blocks], np.maximum.reduceat(between, starts))


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


def block_power(samples: Sound) -> Levels:
    """Return the mean square of each block of mono sound (n,), linear."""
    power: Levels = np.zeros(-(-len(samples) // BLOCK_SAMPLES), np.float32)
    for start, part in runs(samples):
        blocks = _in_blocks(part)
        first = start // BLOCK_SAMPLES
        power[first : first + len(blocks)] = np.einsum("ij,ij->i", blocks, blocks) / BLOCK_SAMPLES
    return power


def block_rms(samples: Sound) -> Levels:
    """Return the root mean square of each block of mono sound (n,), linear."""
    return np.sqrt(block_power(samples))


def follow(
    levels: Levels, *, attack_ms: float, release_ms: float, out: Levels | None = None
) -> Levels:
    """Smooth block levels: rise with one time constant, fall with another.

    Written to ``out`` if it is given, which may be ``levels`` itself.
    """
    block_ms = 1000 * BLOCK_SAMPLES / SAMPLE_RATE_HZ
    rise = 1 - math.exp(-block_ms / attack_ms)
    fall = 1 - math.exp(-block_ms / release_ms)
    value = 0.0
    smoothed: Levels = np.empty(len(levels), np.float32) if out is None else out
    for first in range(0, len(levels), _LEVELS_AT_ONCE):
        part = []
        for level in levels[first : first + _LEVELS_AT_ONCE].tolist():
            value += (rise if level > value else fall) * (level - value)
            part.append(value)
        smoothed[first : first + len(part)] = part
    return smoothed


def smooth(levels: Levels, window: Levels) -> None:
    """Make levels their mean under a window of odd length, in place; the ends go on for ever."""
    weights = window / window.sum()
    for first, near in _near(levels, len(window) // 2):
        part = np.convolve(near, weights, mode="valid")
        levels[first : first + len(part)] = part


def _near(levels: Levels, reach: int) -> Iterator[tuple[int, Levels]]:
    """Yield (first, levels with ``reach`` more on both sides) of each run of levels.

    A run may be written to before the next one is asked for: what a run has of the one before is
    as it was.
    """
    before = levels[:0]
    for first in range(0, len(levels), _LEVELS_AT_ONCE):
        last = min(first + _LEVELS_AT_ONCE, len(levels))
        high = min(last + reach, len(levels))
        near = np.concatenate([before, levels[first:high]])
        sides = (reach - len(before), reach - (high - last))
        end = len(near) - (high - last)
        before = near[max(0, end - reach) : end]
        yield first, np.pad(near, sides, mode="edge")


def apply_gain(samples: Sound, gain: Levels) -> None:
    """Multiply sound (n,) or (n, c) in place by a gain per block, joined by straight lines."""
    half = BLOCK_SAMPLES // 2
    rise = ((np.arange(BLOCK_SAMPLES, dtype=np.float32) + 0.5) / BLOCK_SAMPLES)[None, :]
    at_once = RUN_ROWS // BLOCK_SAMPLES
    for first in range(0, len(gain) + 1, at_once):
        # Between the middle of one block and the middle of the next lies one row of the curve.
        places = np.arange(first - 1, min(first + at_once, len(gain) + 1))
        left = gain[np.clip(places, 0, len(gain) - 1)].astype(np.float32)
        curve = (left[:-1, None] + np.diff(left)[:, None] * rise).ravel()
        start = first * BLOCK_SAMPLES - half
        curve = curve[max(0, -start) :]
        part = samples[max(0, start) : max(0, start) + len(curve)]
        part *= curve[: len(part)] if part.ndim == 1 else curve[: len(part), None]
        let_go(samples)


def compressor_gain(levels: Levels, *, threshold_db: float, ratio: float) -> Levels:
    """Return the gain that brings the loud syllables of speech nearer to the soft ones.

    A feed-forward compressor with a soft knee of 6 dB, attack 4 ms and release 120 ms: values
    usual for a voice, slow enough not to be heard as pumping.

    Args:
        levels: root mean square of each block of the speech, linear.
        threshold_db: where it begins to work, dB of full scale.
        ratio: dB in for each dB out above the threshold.
    """
    smoothed = follow(levels, attack_ms=4, release_ms=120)
    over = 20 * np.log10(np.maximum(smoothed, 1e-6)) - threshold_db
    knee = 6.0
    bent = np.where(over > knee / 2, over, np.clip(over + knee / 2, 0, None) ** 2 / (2 * knee))
    gain: Levels = np.power(np.float32(10), -bent * (1 - 1 / ratio) / 20)
    return gain


def de_esser_gain(sibilance: Levels, *, threshold_db: float, most_db: float) -> Levels:
    """Return the gain for the sibilant band of speech: half of what stands above the threshold.

    Attack 1 ms and release 40 ms: an "s" lasts 50 to 150 ms, and the vowel after it must not lose
    its brightness.
    """
    smoothed = follow(sibilance, attack_ms=1, release_ms=40)
    over = 20 * np.log10(np.maximum(smoothed, 1e-6)) - threshold_db
    gain: Levels = np.power(np.float32(10), -np.clip(over / 2, 0, most_db) / 20)
    return gain


def limiter_gain(peaks: Levels, *, ceiling_dbtp: float, lift: float = 1.0) -> Levels | None:
    """Return the gain that holds true peaks (one a block, linear) under a ceiling; None if none is.

    Looks ahead: the least gain within 4 ms is smoothed over the same 4 ms, so gain is down before
    the peak arrives and no peak escapes; it comes back over 80 ms.

    Args:
        peaks: of the sound.
        ceiling_dbtp: what they must stay under.
        lift: a gain that the sound is given besides.
    """
    ceiling = 10 ** (ceiling_dbtp / 20) / lift
    if max((part.max() for _, part in runs(peaks)), default=0.0) <= ceiling:
        return None
    reduction: Levels = np.empty(len(peaks), np.float32)
    for start, part in runs(peaks):
        reduction[start : start + len(part)] = 1 - ceiling / np.maximum(part, max(ceiling, 1e-9))
    follow(reduction, attack_ms=1e-3, release_ms=80, out=reduction)
    reach = 4
    for first, near in _near(reduction, reach + 1):
        widest = np.lib.stride_tricks.sliding_window_view(near, 2 * reach + 3).max(axis=1)
        reduction[first : first + len(widest)] = widest
    smooth(reduction, np.hanning(2 * reach + 3)[1:-1].astype(np.float32))
    gain: Levels = np.subtract(1, reduction, out=reduction)
    return gain


def limit(samples: Sound, *, ceiling_dbtp: float) -> bool:
    """Hold the true peak of sound (n, c) under a ceiling, in place; say whether it had to."""
    gain = limiter_gain(
        block_peaks(samples, floor=10 ** (ceiling_dbtp / 20)), ceiling_dbtp=ceiling_dbtp
    )
    if gain is not None:
        apply_gain(samples, gain)
    return gain is not None
