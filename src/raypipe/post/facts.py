"""What can be measured on a finished video: plain data, no judgement."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from raypipe.post.boxes import ContainerFacts

if TYPE_CHECKING:
    from fractions import Fraction

Luma = npt.NDArray[np.uint8]
Curve = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ColourTags:
    """Colour description as code points of ITU-T H.273: 1 is BT.709, 2 is unspecified.

    ``limited_range`` is None where the file does not say.
    """

    primaries: int
    transfer: int
    matrix: int
    limited_range: bool | None


@dataclass(frozen=True, slots=True)
class FrameCurves:
    """One value per decoded frame, in order of presentation; all float32 (n,), luma 0 to 255.

    Attributes:
        luma: mean luma.
        dark_share: share of pixels under the black level, see `raypipe.post.pictures`.
        change: mean absolute difference from the frame before; 0 for the first.
        sharpness: rows (frame, variance of the Laplacian), float32 (k, 2), about one a second.
    """

    luma: Curve
    dark_share: Curve
    change: Curve
    sharpness: Curve

    def __repr__(self) -> str:
        return f"FrameCurves({len(self.luma)} frames, {len(self.sharpness)} sharpness samples)"


@dataclass(frozen=True, slots=True)
class FrameRun:
    """The statistics of a run of frames, and what tells its change from the run before.

    Attributes:
        rows: mean luma, share of dark pixels and change, float32 (n, 3); see `FrameCurves`. The
            first frame's change is 0.
        sharpness: rows (frame of the run, variance of the Laplacian), float32 (k, 2).
        first: every eighth pixel of the first frame's luma, uint8 (h, w); None without frames.
        last: the same of the last frame.
        interlaced: whether any frame is.
    """

    rows: Curve
    sharpness: Curve
    first: Luma | None
    last: Luma | None
    interlaced: bool = False

    def __repr__(self) -> str:
        return f"FrameRun({len(self.rows)} frames, {len(self.sharpness)} sharpness samples)"


@dataclass(frozen=True, slots=True)
class VideoStreamFacts:
    """The picture stream, decoded.

    Attributes:
        codec: libav's name, such as ``h264``.
        profile: such as ``High``; empty where unknown.
        level: ten times the level of H.264 Annex A, 0 where unknown.
        pixel_format: libav's name, such as ``yuv420p``.
        width: of the frame, pixels.
        height: of the frame, pixels.
        square_pixels: whether the sample aspect ratio is 1:1 or not given.
        interlaced: whether any decoded frame was.
        colour: colour tags.
        fps: average frame rate, by the frames' own times.
        constant_rate: whether all frames are equally far apart.
        frame_count: frames that were decoded.
        packet_count: frames that the container has.
        start_ms: time of the first frame.
        duration_s: from the first frame's time to the end of the last.
        dts_monotonic: whether decoding times rise from packet to packet.
        bit_rate: bits per second.
        keyframes: indices of the keyframes in order of presentation.
        open_keyframes: those keyframes that are not IDR pictures, so that a GOP may be open.
        curves: per-frame statistics.
        kept: full-size luma, uint8 (height, width), of the frames that were asked for.
        runs: what each run of frames told, by its first frame; those with damage are left out.
    """

    codec: str
    profile: str
    level: int
    pixel_format: str
    width: int
    height: int
    square_pixels: bool
    interlaced: bool
    colour: ColourTags
    fps: Fraction
    constant_rate: bool
    frame_count: int
    packet_count: int
    start_ms: float
    duration_s: float
    dts_monotonic: bool
    bit_rate: float
    keyframes: tuple[int, ...]
    open_keyframes: tuple[int, ...]
    curves: FrameCurves
    kept: dict[int, Luma] = field(default_factory=dict, repr=False)
    runs: dict[int, FrameRun] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class AudioStreamFacts:
    """The sound stream, decoded.

    Attributes:
        codec: libav's name, such as ``aac``.
        profile: such as ``LC``.
        sample_rate_hz: samples a second.
        channels: number of channels.
        start_ms: time of the first sample.
        sample_count: samples per channel that were decoded.
        duration_s: ``sample_count`` in seconds.
        dts_monotonic: whether decoding times rise from packet to packet.
        bit_rate: bits per second.
        integrated_lufs: programme loudness (ITU-R BS.1770-4, EBU R 128); None for silence.
        true_peak_dbtp: true peak (BS.1770-4 annex 2) in dB of full scale; None for silence.
        clipped_share: share of samples at or over full scale.
        silent_share: share of 50 ms windows under -60 dBFS.
        longest_silence_s: longest run of such windows.
    """

    codec: str
    profile: str
    sample_rate_hz: int
    channels: int
    start_ms: float
    sample_count: int
    duration_s: float
    dts_monotonic: bool
    bit_rate: float
    integrated_lufs: float | None
    true_peak_dbtp: float | None
    clipped_share: float
    silent_share: float
    longest_silence_s: float


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """All that one reading of a file told.

    ``video`` or ``audio`` is None where there is no such stream, or none that opens;
    ``decode_errors`` names what the decoders refused, with its place.
    """

    name: str
    file_size_bytes: int
    bit_rate: float
    container: ContainerFacts
    video: VideoStreamFacts | None
    audio: AudioStreamFacts | None
    decode_errors: tuple[str, ...]

    @property
    def length_difference_ms(self) -> float | None:
        """By how much the sound outlasts the picture; None where either is missing."""
        if self.video is None or self.audio is None:
            return None
        return (self.audio.duration_s - self.video.duration_s) * 1000
