"""Change of sample rate by libswresample, with exact lengths."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from raypipe.errors import RenderError
from raypipe.sound.filters import SAMPLE_RATE_HZ, Sound
from raypipe.spool import let_go, runs, zeros

_BLOCK_SAMPLES = 1 << 16
_LAYOUTS = {1: "mono", 2: "stereo"}


def resample(samples: Sound, sample_rate_hz: int, *, to_hz: int = SAMPLE_RATE_HZ) -> Sound:
    """Return sound float32 (n,) or (n, 1 or 2) at another rate, aligned at its first sample.

    Returns:
        float32 of round(n * to_hz / sample_rate_hz) samples, shaped as ``samples``.

    Raises:
        RenderError: a rate that is not positive, or more than two channels.
    """
    if sample_rate_hz <= 0 or to_hz <= 0:
        raise RenderError(f"expected a positive sample rate, got {sample_rate_hz} to {to_hz} Hz")
    columns = samples[:, None] if samples.ndim == 1 else samples
    if columns.shape[1] not in _LAYOUTS:
        raise RenderError(f"expected mono or stereo sound, got {columns.shape[1]} channels")
    if sample_rate_hz == to_hz or not len(columns):
        return samples
    length = round(Fraction(len(columns) * to_hz, sample_rate_hz))
    result = zeros(length, columns.shape[1])
    position = 0
    for block in _blocks(columns, sample_rate_hz, to_hz):
        taken = block[: length - position]
        result[position : position + len(taken)] = taken
        position += len(taken)
        let_go(result)
    return result[:, 0] if samples.ndim == 1 else result


def _blocks(columns: Sound, from_hz: int, to_hz: int) -> Iterator[Sound]:
    layout = _LAYOUTS[columns.shape[1]]
    resampler = AudioResampler(format="fltp", layout=layout, rate=to_hz)
    for start, part in runs(columns, length=_BLOCK_SAMPLES):
        planes = np.ascontiguousarray(part.T)
        frame = av.AudioFrame.from_ndarray(planes, "fltp", layout)
        frame.sample_rate, frame.pts, frame.time_base = from_hz, start, Fraction(1, from_hz)
        yield from map(_columns, resampler.resample(frame))
    yield from map(_columns, resampler.resample(None))


def _columns(frame: AudioFrame) -> Sound:
    return np.asarray(frame.to_ndarray(), np.float32).T
