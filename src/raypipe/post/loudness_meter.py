"""Loudness, peaks, clipping and silence of decoded sound, frame by frame.

Measured by libav's ``ebur128``, on purpose another instrument than the one that the mixer sets
its gain by: a check that shares the code it checks proves nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import av
import numpy as np
from av.filter import Graph

if TYPE_CHECKING:
    import numpy.typing as npt

FULL_SCALE = 0.999
"""A decoded sample at or over it counts as clipped: 0.01 dB under full scale."""
SILENCE_DBFS = -60.0
_WINDOW_S = 0.05
_ABSOLUTE_GATE_LUFS = -70.0
"""BS.1770-4: nothing under it counts, and ``ebur128`` reports it for silence."""


@dataclass(frozen=True, slots=True)
class SoundMeasures:
    """See `raypipe.post.facts.AudioStreamFacts` for the meaning of each."""

    sample_count: int
    integrated_lufs: float | None
    true_peak_dbtp: float | None
    clipped_share: float
    silent_share: float
    longest_silence_s: float


class LoudnessMeter:
    """Measures one decoded sound stream; feed all frames, then `finish`."""

    def __init__(self, stream: av.AudioStream) -> None:
        self._rate = stream.rate
        graph = Graph()
        self._source = graph.add_abuffer(template=stream)
        meter = graph.add("ebur128", peak="true", metadata="1", framelog="quiet")
        self._sink = graph.add("abuffersink")
        self._source.link_to(meter)
        meter.link_to(self._sink)
        graph.configure()
        self._graph = graph  # the contexts live as long as it does
        self._values: dict[str, str] = {}
        self._waiting: list[npt.NDArray[np.float32]] = []
        self._waiting_samples = 0
        self._samples = self._clipped = self._channels = 0
        self._silent: list[bool] = []

    def feed(self, frame: av.AudioFrame) -> None:
        """Take one decoded frame."""
        self._source.push(frame)
        self._drain()
        self._waiting.append(_planar(frame))
        self._waiting_samples += frame.samples
        if self._waiting_samples >= self._rate:
            self._count()

    def _count(self) -> None:
        """Count samples, clipping and silence of what waits; a second at a time costs least."""
        data = np.concatenate(self._waiting, axis=1)
        window = max(1, round(self._rate * _WINDOW_S))
        whole = data.shape[1] // window * window
        rest, data = data[:, whole:], data[:, :whole]
        self._waiting, self._waiting_samples = [rest], rest.shape[1]
        self._channels = data.shape[0]
        self._samples += whole
        self._clipped += int(np.count_nonzero(np.abs(data) >= FULL_SCALE))
        power = np.square(data).mean(axis=0).reshape(-1, window).mean(axis=1)
        self._silent.extend((power < 10 ** (SILENCE_DBFS / 10)).tolist())

    def finish(self) -> SoundMeasures:
        """Return the measures of all that was fed."""
        self._source.push(None)
        self._drain()
        if self._waiting:
            self._count()
            # What is left is shorter than a window: it counts as samples, not as silence.
            self._samples += self._waiting_samples
            self._clipped += int(np.count_nonzero(np.abs(self._waiting[0]) >= FULL_SCALE))
        lufs = float(self._values.get("lavfi.r128.I", "-inf"))
        peak = float(self._values.get("lavfi.r128.true_peak", "0"))
        audible = lufs > _ABSOLUTE_GATE_LUFS
        total = self._samples * self._channels
        return SoundMeasures(
            sample_count=self._samples,
            integrated_lufs=lufs if audible else None,
            true_peak_dbtp=20 * math.log10(peak) if peak > 0 else None,
            clipped_share=self._clipped / total if total else 0.0,
            silent_share=sum(self._silent) / len(self._silent) if self._silent else 1.0,
            longest_silence_s=_longest_run(self._silent) * _WINDOW_S,
        )

    def _drain(self) -> None:
        while True:
            try:
                measured = self._sink.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            self._values = dict(measured.metadata) or self._values


def _planar(frame: av.AudioFrame) -> npt.NDArray[np.float32]:
    """Return the samples of ``frame`` as float32 (channels, n), full scale 1."""
    raw: npt.NDArray[np.generic] = frame.to_ndarray()
    data = raw.astype(np.float32)
    if not frame.format.is_planar:
        data = data.reshape(-1, frame.layout.nb_channels).T
    if raw.dtype.kind == "i":
        data /= 2.0 ** (8 * raw.dtype.itemsize - 1)
    return data


def _longest_run(flags: list[bool]) -> int:
    longest = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        longest = max(longest, run)
    return longest
