"""The last touches on spoken sound, the same for every engine: margins, level, edges."""

from __future__ import annotations

import numpy as np

from raypipe.speech.engine import Samples

LEVEL_DBFS = -20.0
"""Root mean square of the voiced parts; the same from scene to scene, whatever is said."""
PEAK_DBFS = -3.0
"""No sample is louder; leaves room for the mix."""
LEAD_S = 0.03
TAIL_S = 0.08
"""Kept before the first and after the last sound; consonants begin softly and rooms ring."""
UNSPOKEN_S = 0.3
"""Length of the silence that stands for a text in which nothing can be spoken."""

_FLOOR_DB = -46.0
_ACTIVE_DB = -30.0
_HOP_S = 0.005
_PAUSE_S = 0.04


def find_sound(samples: Samples, sample_rate_hz: int, *, floor_db: float = _FLOOR_DB) -> range:
    """Return the samples from the first to the last sound, ``floor_db`` below the loudest 5 ms.

    Empty if everything is silent.
    """
    hop = max(1, round(_HOP_S * sample_rate_hz))
    levels = frame_levels(samples, hop)
    peak = float(levels.max(initial=0.0))
    if peak <= 0.0:
        return range(0)
    loud = np.flatnonzero(levels > peak * 10 ** (floor_db / 20))
    return range(int(loud[0]) * hop, min(len(samples), (int(loud[-1]) + 1) * hop))


def find_pause(samples: Samples, sample_rate_hz: int) -> range:
    """Return the last silence within ``samples`` that is heard as a pause; empty if there is none.

    A pause lasts 40 ms or more, longer than the closure of a stop such as "t".
    """
    hop = max(1, round(_HOP_S * sample_rate_hz))
    levels = frame_levels(samples, hop)
    quiet = levels <= levels.max(initial=0.0) * 10 ** (_FLOOR_DB / 20)
    edges = np.flatnonzero(np.diff(quiet.astype(np.int8), prepend=0, append=0))
    runs = edges.reshape(-1, 2)
    long = runs[(runs[:, 1] - runs[:, 0]) * _HOP_S >= _PAUSE_S]
    if long.size == 0:
        return range(0)
    first, last = (int(edge) * hop for edge in long[-1])
    return range(first, min(last, len(samples)))


def trim(samples: Samples, sample_rate_hz: int) -> tuple[Samples, int]:
    """Cut silence from both ends, but for the margins, and soften the cuts.

    Returns:
        The samples that stay, a copy, and how many were cut in front.
    """
    sound = find_sound(samples, sample_rate_hz)
    start = max(0, sound.start - round(LEAD_S * sample_rate_hz))
    end = min(len(samples), sound.stop + round(TAIL_S * sample_rate_hz))
    kept = samples[start:end].astype(np.float32, copy=True)
    _soften(kept, round(_HOP_S * sample_rate_hz))
    return kept, start


def set_level(samples: Samples, sample_rate_hz: int) -> Samples:
    """Bring speech to `LEVEL_DBFS`, or less where its peak would pass `PEAK_DBFS`; float32."""
    levels = frame_levels(samples, max(1, round(0.02 * sample_rate_hz)))
    peak = float(np.abs(samples).max(initial=0.0))
    active = levels[levels > levels.max(initial=0.0) * 10 ** (_ACTIVE_DB / 20)]
    if peak <= 0.0 or active.size == 0:
        return samples.astype(np.float32)
    gain = 10 ** (LEVEL_DBFS / 20) / float(np.sqrt(np.mean(np.square(active))))
    gain = min(gain, 10 ** (PEAK_DBFS / 20) / peak)
    return (samples * np.float32(gain)).astype(np.float32, copy=False)


def silence(seconds: float, sample_rate_hz: int) -> Samples:
    """Return ``seconds`` of nothing, float32."""
    return np.zeros(max(0, round(seconds * sample_rate_hz)), np.float32)


def frame_levels(samples: Samples, hop: int) -> Samples:
    """Return the root mean square of each ``hop`` samples, the last run filled with zeros."""
    count = -(-len(samples) // hop)
    padded = np.zeros(count * hop, np.float32)
    padded[: len(samples)] = samples
    squares: Samples = np.square(padded, dtype=np.float32).reshape(count, hop)
    levels: Samples = np.sqrt(squares.mean(axis=1))
    return levels


def _soften(samples: Samples, length: int) -> None:
    """Fade the first and last ``length`` samples in and out, in place."""
    length = min(length, len(samples) // 2)
    if length:
        ramp = (0.5 - 0.5 * np.cos(np.pi * (np.arange(length) + 0.5) / length)).astype(np.float32)
        samples[:length] *= ramp
        samples[-length:] *= ramp[::-1]
