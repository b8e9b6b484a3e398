"""Music that makes way for speech: a sidechain that knows what is coming."""

from __future__ import annotations

import numpy as np

from raypipe.sound.dynamics import BLOCK_SAMPLES, Levels, follow
from raypipe.sound.filters import SAMPLE_RATE_HZ

PRESENT_DB = -34.0
"""A block counts as speech down to this much below the loudest one."""

BRIDGED_S = 1.6
"""Music stays down through shorter pauses: between sentences and most scenes it would have just
risen when it must go down again, which is heard as pumping."""

_AHEAD_S = 0.15
_AFTER_S = 0.3
_ATTACK_MS = 50.0
_RELEASE_MS = 450.0
_NOBODY = 1e-5


def duck(levels: Levels, *, depth_db: float) -> Levels:
    """Return the gain per block of `BLOCK_SAMPLES` for music under speech.

    The whole narration is known, so music is on its way down 0.15 s before a word, stays down
    through pauses shorter than `BRIDGED_S` and for 0.3 s after the last word, and comes back
    slowly (time constant 0.45 s, in decibels).

    Args:
        levels: root mean square of the speech in each block, linear.
        depth_db: how far the music goes down, 0 or more.
    """
    loudest = float(levels.max(initial=0.0))
    if loudest <= _NOBODY:
        return np.ones(len(levels), np.float32)
    spoken = np.pad(levels > loudest * 10 ** (PRESENT_DB / 20), 1)
    edges = np.flatnonzero(spoken[1:] != spoken[:-1])
    starts, ends = edges[::2], edges[1::2]  # ends are exclusive
    rests = np.flatnonzero(starts[1:] - ends[:-1] >= _blocks(BRIDGED_S))
    starts = starts[np.concatenate([[0], rests + 1])] - _blocks(_AHEAD_S)
    ends = ends[np.concatenate([rests, [len(ends) - 1]])] + _blocks(_AFTER_S)
    down = np.zeros(len(levels), np.float32)
    for start, end in zip(np.maximum(starts, 0).tolist(), ends.tolist(), strict=True):
        down[start:end] = 1
    gain = follow(down, attack_ms=_ATTACK_MS, release_ms=_RELEASE_MS, out=down)
    gain *= np.float32(-depth_db / 20)
    np.power(np.float32(10), gain, out=gain)
    return gain


def _blocks(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE_HZ / BLOCK_SAMPLES)
