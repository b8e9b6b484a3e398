"""Reading a finished video back: one pass that decodes everything and measures as it goes.

1800 frames of 1080x1920 take about as long as two threads need to decode them; the statistics,
taken of every 64th pixel, cost little beside that. Runs of frames that were decoded before, byte
for byte, are not decoded again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
import numpy as np

from raypipe.errors import QualityError
from raypipe.post.boxes import read_container
from raypipe.post.facts import (
    AudioStreamFacts,
    ColourTags,
    VideoFacts,
    VideoStreamFacts,
)
from raypipe.post.loudness_meter import LoudnessMeter
from raypipe.post.pictures import join_runs
from raypipe.post.runs import DecodedRun, Run, RunPool, RunReader
from raypipe.post.sound_run import SoundDigest, SoundRun

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from av.container import InputContainer

    _Packet = av.Packet[Any]

_MAX_ERRORS = 20
_IDR = 5
_CODED_SLICES = range(1, 6)
"""NAL unit types of slices, 5 being those of an IDR picture (ITU-T H.264, table 7-1)."""
_MPEG_RANGE, _JPEG_RANGE = 1, 2


def inspect_video(
    path: Path,
    *,
    keep: Collection[int] = (),
    threads: int = 2,
    runs: Sequence[Run] = (),
    sound: SoundRun | None = None,
) -> VideoFacts:
    """Decode the whole of ``path`` once and return what was found.

    Damage is a finding and does not raise: see `VideoFacts.decode_errors`.

    Args:
        path: an MP4 file.
        keep: indices of frames whose full luma plane is returned too, for comparison.
        threads: decoder threads.
        runs: the runs that the video consists of, the first from frame 0; they are decoded side
            by side, those that are known not at all. Empty takes the whole as one.
        sound: what was found of a soundtrack before; where the file has its very coded frames,
            they are not decoded again.

    Raises:
        QualityError: the file cannot be opened at all.
    """
    container = read_container(path)
    errors: list[str] = []
    video: VideoStreamFacts | None = None
    audio: AudioStreamFacts | None = None
    bit_rate = 0.0
    try:
        with av.open(f"file:{path.absolute()}", format="mp4") as source:
            reader = _Reader(source, keep, threads, errors, runs, sound)
            reader.read()
            bit_rate = float(source.bit_rate)
            video, audio = reader.video_facts(), reader.audio_facts()
    except av.error.FFmpegError as error:
        errors.append(f"container: {error.strerror}")
    return VideoFacts(
        name=path.name,
        file_size_bytes=container.file_bytes,
        bit_rate=bit_rate,
        container=container,
        video=video,
        audio=audio,
        decode_errors=tuple(errors),
    )


@dataclass(slots=True)
class _Track:
    """Packets and frames of one stream as they go by; times in units of ``time_base``."""

    time_base: Fraction
    packet_times: list[int] = field(default_factory=list)
    frame_times: list[int] = field(default_factory=list)
    keyframe_times: list[int] = field(default_factory=list)
    open_times: list[int] = field(default_factory=list)
    size_bytes: int = 0
    last_duration: int = 0
    last_dts: int | None = None
    monotonic: bool = True

    def add(self, packet: _Packet) -> None:
        if packet.dts is not None:
            if self.last_dts is not None and packet.dts <= self.last_dts:
                self.monotonic = False
            self.last_dts = packet.dts
        self.packet_times.append(packet.pts if packet.pts is not None else -1)
        self.size_bytes += packet.size
        self.last_duration = packet.duration or self.last_duration


class _Reader:
    """Demuxes and decodes both streams of ``source`` in one pass."""

    def __init__(  # noqa: PLR0917 - those of `inspect_video`
        self,
        source: InputContainer,
        keep: Collection[int],
        threads: int,
        errors: list[str],
        runs: Sequence[Run],
        sound: SoundRun | None,
    ) -> None:
        self._source = source
        self._errors = errors
        self._video = next(iter(source.streams.video), None)
        self._audio = next(iter(source.streams.audio), None)
        self._nal_prefix = 4
        self._meter: LoudnessMeter | None = None
        self._known_sound = sound
        self._sound_packets: list[_Packet] = []
        self._tracks: dict[int, _Track] = {}
        if self._video is not None:
            context = self._video.codec_context
            context.thread_type, context.thread_count = "FRAME", threads
            context.options = {"err_detect": "explode"}
            extra = context.extradata or b""
            self._nal_prefix = (extra[4] & 3) + 1 if len(extra) > 4 else 4  # noqa: PLR2004 avcC
            self._tracks[self._video.index] = _Track(_base(self._video))
            fps = float(self._video.average_rate or 30)
            # With runs the stream's own decoder stays unused.
            self._whole = RunReader(0, self._decode, fps=fps, keep=keep)
            self._starts = {run.start: run for run in runs}
            self._pool = RunPool(self._video, threads=threads, fps=fps, keep=keep)
            self._run: tuple[Run, list[_Packet]] | None = None
            self._decoded: list[DecodedRun] = []
        if self._audio is not None:
            self._audio.codec_context.options = {"err_detect": "explode"}
            self._sound_digest = SoundDigest(self._audio)
            self._tracks[self._audio.index] = _Track(_base(self._audio))

    def read(self) -> None:
        streams = [stream for stream in (self._video, self._audio) if stream is not None]
        if not streams:
            self._errors.append("container: no video or audio stream")
            return
        try:
            self._read(self._source.demux(*streams))
        finally:
            self._end_sound()
            if self._video is not None:
                self._end_runs(self._tracks[self._video.index])

    def _read(self, packets: Iterator[_Packet]) -> None:
        while True:
            try:
                packet = next(packets, None)
            except av.error.FFmpegError as error:
                self._fault(f"container: {error.strerror}")
                return
            if packet is None:
                return
            if packet.stream.type == "video":
                self._take_video(packet)
            else:
                self._take_sound(packet)

    def _take_video(self, packet: _Packet) -> None:
        track = self._tracks[packet.stream.index]
        if not packet.size:  # the end: asks for what is left
            if not self._starts:
                self._whole.take(packet)
            return
        index = len(track.packet_times)
        track.add(packet)
        if packet.is_corrupt:
            self._fault(f"video packet {index}: cut short")
        if packet.is_keyframe:
            self._note_keyframe(packet, track)
        if not self._starts:
            self._whole.take(packet)
            return
        if index in self._starts:
            if not packet.is_keyframe:
                self._fault(f"video packet {index}: expected a keyframe where a segment begins")
            self._end_run()
            self._run = self._starts[index], []
        if self._run is not None:
            self._run[1].append(packet)

    @staticmethod
    def _decode(packet: _Packet | None) -> list[av.VideoFrame]:
        return packet.decode() if packet is not None else []

    def _end_run(self) -> None:
        if self._run is not None:
            self._pool.submit(*self._run)
            self._run = None

    def _end_runs(self, track: _Track) -> None:
        self._end_run()
        self._decoded = self._pool.finish() if self._starts else [self._whole.finish()]
        for run in self._decoded:
            track.frame_times += run.frame_times
            for fault in run.faults:
                self._fault(fault)

    def _take_sound(self, packet: _Packet) -> None:
        track = self._tracks[packet.stream.index]
        if packet.size:
            track.add(packet)
            if packet.is_corrupt:
                self._fault(f"audio packet {len(track.packet_times) - 1}: cut short")
            self._sound_digest.add(packet)
        if self._known_sound is not None:
            self._sound_packets.append(packet)  # decoded at the end if it is not what is known
            return
        self._decode_sound(packet, track, len(track.packet_times) - 1)

    def _end_sound(self) -> None:
        """Take what is known of the sound for what the file has, if it is the same."""
        if self._audio is None or self._known_sound is None:
            return
        track = self._tracks[self._audio.index]
        if str(self._sound_digest) == self._known_sound.digest:
            track.frame_times = list(track.packet_times)
            return
        self._known_sound = None
        for number, packet in enumerate(self._sound_packets):
            self._decode_sound(packet, track, number)

    def _decode_sound(self, packet: _Packet, track: _Track, number: int) -> None:
        try:
            frames = packet.decode()
        except av.error.FFmpegError as error:
            self._fault(f"audio packet {number}: {error.strerror}")
            return
        for frame in frames:
            if isinstance(frame, av.AudioFrame):
                self._measure(frame, track)

    def _measure(self, frame: av.AudioFrame, track: _Track) -> None:
        if self._meter is None and self._audio is not None:
            self._meter = LoudnessMeter(self._audio)
        track.frame_times.append(frame.pts if frame.pts is not None else -1)
        if self._meter is not None:
            self._meter.feed(frame)

    def _note_keyframe(self, packet: _Packet, track: _Track) -> None:
        time = packet.pts if packet.pts is not None else -1
        track.keyframe_times.append(time)
        if packet.stream.codec_context.name == "h264":
            kinds = nal_kinds(bytes(packet), self._nal_prefix)
            if next((kind for kind in kinds if kind in _CODED_SLICES), None) != _IDR:
                track.open_times.append(time)

    def _fault(self, message: str) -> None:
        if len(self._errors) < _MAX_ERRORS:
            self._errors.append(message)

    def video_facts(self) -> VideoStreamFacts | None:
        stream = self._video
        if stream is None:
            return None
        track, context = self._tracks[stream.index], stream.codec_context
        order = {time: index for index, time in enumerate(sorted(track.packet_times))}
        duration = _span(track)
        ratio = context.sample_aspect_ratio
        return VideoStreamFacts(
            codec=context.name,
            profile=context.profile or "",
            level=_level(stream),
            pixel_format=context.pix_fmt or "",
            width=context.width,
            height=context.height,
            square_pixels=not ratio or ratio == 1,
            interlaced=any(run.frames.interlaced for run in self._decoded),
            colour=ColourTags(
                int(context.color_primaries),
                int(context.color_trc),
                int(context.colorspace),
                {_MPEG_RANGE: True, _JPEG_RANGE: False}.get(int(context.color_range)),
            ),
            fps=_frame_rate(track),
            constant_rate=_is_constant(track.frame_times),
            frame_count=len(track.frame_times),
            packet_count=len(track.packet_times),
            start_ms=_start_ms(track),
            duration_s=float(duration),
            dts_monotonic=track.monotonic,
            bit_rate=_bit_rate(track, float(duration)),
            keyframes=tuple(sorted(order[time] for time in track.keyframe_times)),
            open_keyframes=tuple(sorted(order[time] for time in track.open_times)),
            curves=join_runs([run.frames for run in self._decoded]),
            kept={index: luma for run in self._decoded for index, luma in run.kept.items()},
            runs={run.start: run.frames for run in self._decoded if not run.faults},
        )

    def audio_facts(self) -> AudioStreamFacts | None:
        stream = self._audio
        if stream is None or (self._meter is None and self._known_sound is None):
            return None
        track = self._tracks[stream.index]
        if self._known_sound is not None:
            measures = self._known_sound.measures
        elif self._meter is not None:
            measures = self._meter.finish()
        duration = measures.sample_count / stream.rate
        return AudioStreamFacts(
            codec=stream.codec_context.name,
            profile=stream.codec_context.profile or "",
            sample_rate_hz=stream.rate,
            channels=stream.codec_context.layout.nb_channels,
            start_ms=_start_ms(track),
            sample_count=measures.sample_count,
            duration_s=duration,
            dts_monotonic=track.monotonic,
            bit_rate=_bit_rate(track, duration),
            integrated_lufs=measures.integrated_lufs,
            true_peak_dbtp=measures.true_peak_dbtp,
            clipped_share=measures.clipped_share,
            silent_share=measures.silent_share,
            longest_silence_s=measures.longest_silence_s,
        )


def nal_kinds(packet: bytes, prefix_bytes: int) -> list[int]:
    """Return the types of the NAL units in a length-prefixed packet (ISO/IEC 14496-15, 5.3)."""
    kinds, offset = [], 0
    while offset + prefix_bytes < len(packet):
        size = int.from_bytes(packet[offset : offset + prefix_bytes])
        kinds.append(packet[offset + prefix_bytes] & 0x1F)
        offset += prefix_bytes + size
    return kinds


def _base(stream: av.VideoStream | av.AudioStream) -> Fraction:
    if stream.time_base is None:
        raise QualityError("expected a stream with a time base, got none")
    return stream.time_base


def _level(stream: av.VideoStream) -> int:
    """Return the level: byte 3 of ``avcC`` (ISO/IEC 14496-15, 5.2.4.1)."""
    extra = stream.codec_context.extradata or b""
    return extra[3] if stream.codec_context.name == "h264" and len(extra) > 3 else 0  # noqa: PLR2004


def _span(track: _Track) -> Fraction:
    times = track.frame_times
    return (
        (max(times) - min(times) + track.last_duration) * track.time_base if times else Fraction()
    )


def _frame_rate(track: _Track) -> Fraction:
    """Return frames a second by the frames' own times, 0 for fewer than two frames."""
    times = track.frame_times
    span = max(times, default=0) - min(times, default=0)
    return Fraction(len(times) - 1) / (span * track.time_base) if span else Fraction()


def _start_ms(track: _Track) -> float:
    return float(min(track.frame_times, default=0) * track.time_base * 1000)


def _bit_rate(track: _Track, duration_s: float) -> float:
    return track.size_bytes * 8 / duration_s if duration_s else 0.0


def _is_constant(times: list[int]) -> bool:
    """Return whether frames come in order, equally far apart (by one tick, for rounded times)."""
    steps = np.diff(np.array(times, dtype=np.int64))
    return len(steps) == 0 or bool(steps.min() > 0 and steps.max() - steps.min() <= 1)
