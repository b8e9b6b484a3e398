"""Where music can be joined to itself: at strokes after which it goes on alike."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from raypipe.sound.filters import SAMPLE_RATE_HZ, Sound
from raypipe.spool import runs

SHORTEST_S = 12.0
"""A shorter piece is joined end to start: there is no room to choose."""

_HOP = SAMPLE_RATE_HZ // 40
_HOPS_AT_ONCE = 80
_BANDS = 16
_CONTEXT = 60  # frames of 25 ms on both sides that have to be alike: 3 s, about two bars' worth
_CANDIDATES = 48
_OUTER_SHARE = 0.3
_ALIGN = SAMPLE_RATE_HZ // 50
_SHIFT_COST = 0.01  # of the likeness, for the longest shift

Features = npt.NDArray[np.float32]


def find_joint(piece: Sound, *, fade: int) -> tuple[int, int] | None:
    """Return (start, end): after ``end`` the piece goes on best from ``start``; None if too short.

    Both are strokes, moments at which many bands of the spectrum rise at once: ``start`` in the
    first 30 % and ``end`` in the last. Among all pairs that is taken whose surroundings, 1.5 s on
    both sides, are most alike in spectrum, so that beat and harmony go on; then ``start`` is
    shifted by up to 20 ms to where the waves fit.

    Args:
        piece: music float32 (n, 2) at 48 kHz.
        fade: samples that must be left before ``start`` and after ``end``.
    """
    if len(piece) < SHORTEST_S * SAMPLE_RATE_HZ:
        return None
    features = _features(piece)
    rise = np.maximum(np.diff(features, axis=0, prepend=features[:1]), 0).sum(axis=1)
    margin = max(_CONTEXT, -(-(fade + _ALIGN) // _HOP))
    outer = int(len(features) * _OUTER_SHARE)
    starts = _strongest(rise, margin, outer)
    ends = _strongest(rise, len(features) - outer, len(features) - margin)
    if not len(starts) or not len(ends):
        return None
    around = np.arange(-_CONTEXT, _CONTEXT)
    first = features[starts[:, None] + around].reshape(len(starts), -1)
    last = features[ends[:, None] + around].reshape(len(ends), -1)
    distance = (first**2).sum(axis=1)[:, None] + (last**2).sum(axis=1) - 2 * first @ last.T
    best_start, best_end = np.unravel_index(int(distance.argmin()), distance.shape)
    start, end = int(starts[best_start]) * _HOP, int(ends[best_end]) * _HOP
    return _align(piece, start, end), end


def cross_fade(old: Sound, new: Sound) -> Sound:
    """Return ``old`` (n, 2) giving way to ``new`` (n, 2) at constant power.

    Sine and cosine hold the power of unlike sounds; what is alike in both would swell by up to
    3 dB, so the correlation is measured and taken out.
    """
    turn = np.linspace(0, np.pi / 2, len(old), dtype=np.float32)[:, None]
    rise, fall = np.sin(turn), np.cos(turn)
    scale = float(np.sqrt((old**2).sum() * (new**2).sum()))
    alike = float((old * new).sum()) / scale if scale > 0 else 0.0
    power = 1 + 2 * max(0.0, alike) * rise * fall
    mixed: Sound = ((old * fall + new * rise) / np.sqrt(power)).astype(np.float32)
    return mixed


def _features(piece: Sound) -> Features:
    """Return the level in dB of `_BANDS` bands every 25 ms, float32 (frames, bands)."""
    edges = np.unique(np.geomspace(1, _HOP // 2, _BANDS + 1).round().astype(int))
    window = np.hanning(_HOP).astype(np.float32)
    parts = []
    for _, part in runs(piece[: len(piece) // _HOP * _HOP], length=_HOPS_AT_ONCE * _HOP):
        mono = part.mean(axis=1).reshape(-1, _HOP)
        spectrum = np.abs(np.fft.rfft(mono * window, axis=1)) ** 2
        parts.append(np.add.reduceat(spectrum, edges[:-1], axis=1))
    bands = np.concatenate(parts)
    floor = float(bands.max(initial=0.0)) * 1e-6 + 1e-12
    levels: Features = (10 * np.log10(bands + floor)).astype(np.float32)
    return levels


def _strongest(rise: Features, first: int, last: int) -> npt.NDArray[np.intp]:
    part = rise[first:last]
    strongest = np.argsort(-part, kind="stable")[:_CANDIDATES]
    return np.sort(strongest) + first


def _align(piece: Sound, start: int, end: int) -> int:
    old = piece[end : end + 4 * _ALIGN].mean(axis=1)
    new = piece[start - _ALIGN : start + 5 * _ALIGN].mean(axis=1)
    power = np.convolve(new**2, np.ones_like(old), "valid") * (old**2).sum()
    likeness = np.correlate(new, old, "valid") / np.sqrt(np.maximum(power, 1e-12))
    # A tone fits at every one of its periods: the nearest of equals keeps the beat.
    shifts = np.arange(-_ALIGN, len(likeness) - _ALIGN)
    return start + int(shifts[(likeness - _SHIFT_COST * np.abs(shifts) / _ALIGN).argmax()])
