"""Linear filters: recursive ones, and convolution with long impulse responses by FFT."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import cast

import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame
from av.filter import Graph

from raypipe.spool import let_go, runs, zeros

SAMPLE_RATE_HZ = 48_000
"""Rate at which everything in `raypipe.sound` is mixed."""

Sound = npt.NDArray[np.float32]
"""float32 (n,) mono or (n, channels), within [-1, 1] where it is to be heard."""

Biquad = tuple[tuple[float, float, float], tuple[float, float]]
"""Coefficients (b0, b1, b2) and (a1, a2) of a recursive filter of second order; a0 is 1."""

_FFT_SAMPLES = 1 << 16
_TICK = Fraction(1, SAMPLE_RATE_HZ)

# Coefficients (b, a) of the K-weighting at 48 kHz: ITU-R BS.1770-5, annex 1, tables 1 and 2.
_SHELF = (
    (1.53512485958697, -2.69169618940638, 1.19839281085285),
    (-1.69065929318241, 0.73248077421585),
)
_RLB = ((1.0, -2.0, 1.0), (-1.99004745483398, 0.99007225036621))


def convolve(samples: Sound, taps: Sound) -> Sound:
    """Convolve sound (n,) or (n, c) with an impulse response (m,) or (m, c).

    Works block by block (overlap-add), so that memory stays flat.

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
    result = zeros(len(columns) + len(taps) - 1, columns.shape[1])
    for start in range(0, len(columns), hop):
        block = np.ascontiguousarray(columns[start : start + hop].T)
        filtered = np.fft.irfft(np.fft.rfft(block, size) * spectrum, size)
        length = min(block.shape[1] + len(taps) - 1, len(result) - start)
        result[start : start + length] += filtered[:, :length].T
        let_go(columns)
        let_go(result)
    return result[:, 0] if samples.ndim == 1 else result


def k_weighted(samples: Sound) -> Sound:
    """Return mono sound (n,) at 48 kHz under the K-weighting of ITU-R BS.1770, float32."""
    return _gathered(k_weighted_runs(samples), len(samples))


def k_weighted_runs(samples: Sound) -> Iterator[Sound]:
    """Yield what `k_weighted` returns, in runs of `raypipe.spool.RUN_ROWS`."""
    return biquad_runs(samples, (_SHELF, _RLB))


def high_pass(samples: Sound, cutoff_hz: float) -> Sound:
    """Return mono sound (n,) at 48 kHz without what lies below ``cutoff_hz``, float32.

    A gentle Butterworth of second order, 12 dB an octave. Coefficients by the bilinear transform
    (R. Bristow-Johnson, Audio EQ Cookbook, Q = 1/sqrt 2).
    """
    turn = 2 * math.pi * cutoff_hz / SAMPLE_RATE_HZ
    cosine, alpha = math.cos(turn), math.sin(turn) / math.sqrt(2)
    scale = 1 + alpha
    edge = (1 + cosine) / 2 / scale
    section: Biquad = ((edge, -2 * edge, edge), (-2 * cosine / scale, (1 - alpha) / scale))
    return _gathered(biquad_runs(samples, (section,)), len(samples))


def biquad_runs(samples: Sound, sections: Sequence[Biquad]) -> Iterator[Sound]:
    """Run mono sound (n,) through recursive filters of second order, one after the other.

    By libavfilter in double precision: a few nanoseconds a sample, where a convolution with an
    impulse response as long as those of deep filters costs several times that.

    Yields:
        float32 of `raypipe.spool.RUN_ROWS` samples each, the last of what is left; n together.
    """
    if not len(samples):
        return
    graph = Graph()
    graph.threads = 1  # else each graph starts a thread a core
    source = last = graph.add_abuffer(
        sample_rate=SAMPLE_RATE_HZ, format="fltp", layout="mono", time_base=_TICK
    )
    for (b0, b1, b2), (a1, a2) in sections:
        biquad = graph.add(
            "biquad",
            f"b0={b0!r}:b1={b1!r}:b2={b2!r}:a0=1:a1={a1!r}:a2={a2!r}:precision=f64",
        )
        last.link_to(biquad)
        last = biquad
    form = graph.add("aformat", "sample_fmts=fltp")
    sink = graph.add("abuffersink")
    last.link_to(form)
    form.link_to(sink)
    graph.configure()
    for start, part in runs(samples):
        block = np.ascontiguousarray(part[None], np.float32)
        frame = AudioFrame.from_ndarray(block, "fltp", "mono")
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE_HZ, start, _TICK
        source.push(frame)
        filtered = cast("AudioFrame", sink.pull()).to_ndarray()[0]
        yield np.asarray(filtered, np.float32)


def _gathered(parts: Iterator[Sound], count: int) -> Sound:
    result = zeros(count)
    for (_, run), part in zip(runs(result), parts, strict=True):
        run[:] = part
    return result
