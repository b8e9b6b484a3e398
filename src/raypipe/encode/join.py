"""Segments and soundtrack become one MP4, by copying packets: nothing is encoded again."""

from __future__ import annotations

import contextlib
import errno
import heapq
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.error
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from raypipe import libav
from raypipe.encode.mp4 import MP4_OPTIONS
from raypipe.errors import DiskFullError, RenderError, StorageError
from raypipe.spool import Spooled, opened

REMEDY = "encode all segments with one encoder, quality, size and frame rate"


@dataclass(frozen=True, slots=True)
class SegmentFormat:
    """What must be equal in all segments for one header to describe them."""

    extradata: bytes
    width: int
    height: int
    rate: Fraction


def segment_format(segment: bytes | Spooled, where: str) -> SegmentFormat:
    """Return what must be equal in all segments of a video; ``where`` names this one.

    Raises:
        RenderError: it isn't a segment.
    """
    with _open(segment, where, headers_only=True) as container:
        return _format(container, where)


def join_video(
    segments: Sequence[bytes | Spooled], soundtrack: bytes | Spooled, path: Path, *, title: str
) -> None:
    """Write one MP4 at ``path``; a file that was there is replaced.

    The file has its index in front (it plays while it loads), no edit list, and every frame as
    long as the next. It appears whole or not at all. What lies in a spool is read from there bit
    by bit.

    Args:
        segments: as `SegmentEncoder.close` gave them, in order.
        soundtrack: as `encode_soundtrack` gave it.
        path: where the video shall be; its folder exists.
        title: metadata of the file.

    Raises:
        RenderError: the segments don't fit together, or one is broken.
        DiskFullError: no space left.
        StorageError: the folder cannot be written.
    """
    if not segments:
        raise RenderError("expected at least one segment to join, got none")
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        _write(segments, soundtrack, draft, title=title)
        _sync(draft)
        draft.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise _storage_error(error, path) from error
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


def _write(
    segments: Sequence[bytes | Spooled], soundtrack: bytes | Spooled, draft: Path, *, title: str
) -> None:
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(_open(segments[0], "segment 0"))
        sound = stack.enter_context(_open(soundtrack, "the soundtrack"))
        if not sound.streams.audio:
            raise RenderError("expected a soundtrack with one audio track, got none")
        described = _format(first, "segment 0")
        output = stack.enter_context(
            av.open(
                f"file:{draft}",
                "w",
                format="mp4",
                container_options=MP4_OPTIONS | {"movflags": "+faststart"},
            )
        )
        output.metadata["title"] = title
        picture_track = output.add_stream_from_template(first.streams.video[0], opaque=True)
        picture_track.time_base = 1 / described.rate
        sound_track = output.add_stream_from_template(sound.streams.audio[0], opaque=True)
        _interleave(
            output,
            _video_packets(segments, described, picture_track),
            _audio_packets(sound, sound_track),
        )


def _interleave(
    output: OutputContainer, video: Iterator[Packet[Stream]], audio: Iterator[Packet[Stream]]
) -> None:
    for packet in heapq.merge(video, audio, key=_time):
        output.mux(packet)


def _time(packet: Packet[Stream]) -> float:
    base = packet.time_base  # a product of fractions would take as long as all the rest
    return (packet.dts or 0) * base.numerator / base.denominator


def _video_packets(
    segments: Sequence[bytes | Spooled], described: SegmentFormat, track: VideoStream
) -> Iterator[Packet[Stream]]:
    frame_index = 0
    frame_time = 1 / described.rate
    for number, segment in enumerate(segments):
        where = f"segment {number}"
        with _open(segment, where, headers_only=True) as container:
            found = _format(container, where)
            if found != described:
                raise RenderError(_difference(described, found), remedy=REMEDY, where=where)
            stream = container.streams.video[0]
            for local, packet in enumerate(_packets(stream, container)):
                _check_packet(packet, local, frame_time, where)
                packet.time_base = frame_time
                packet.pts = packet.dts = frame_index
                packet.duration = 1
                packet.stream = track
                frame_index += 1
                yield packet


def _audio_packets(sound: InputContainer, track: AudioStream) -> Iterator[Packet[Stream]]:
    for packet in _packets(sound.streams.audio[0], sound):
        packet.stream = track
        yield packet


def _packets(stream: Stream, container: InputContainer) -> Iterator[Packet[Stream]]:
    # PyAV ends a demuxed stream with an empty packet for flushing decoders.
    return (packet for packet in container.demux(stream) if packet.size)


def _check_packet(packet: Packet[Stream], local: int, frame_time: Fraction, where: str) -> None:
    if local == 0 and not packet.is_keyframe:
        raise RenderError("expected a keyframe at its start, got another frame", where=where)
    base, dts = packet.time_base, packet.dts or 0
    # dts * base == local * frame_time, in whole numbers
    in_time = (
        dts * base.numerator * frame_time.denominator
        == local * frame_time.numerator * base.denominator
    )
    if packet.pts != packet.dts or not in_time:
        raise RenderError(
            f"expected frame {local} at {local * frame_time} s, got decoding time {packet.dts} "
            f"and display time {packet.pts} in units of {packet.time_base} s",
            remedy="encode segments without B-frames at a constant frame rate",
            where=where,
        )


def _open(piece: bytes | Spooled, where: str, *, headers_only: bool = False) -> InputContainer:
    size = piece.size if isinstance(piece, Spooled) else len(piece)
    try:
        return libav.open_input(opened(piece), container="mp4", headers_only=headers_only)
    except av.error.FFmpegError as error:
        raise RenderError(
            f"expected an MP4 of {size} bytes, got data that libav cannot read: {error}",
            remedy="make it again",
            where=where,
        ) from error


def _format(container: InputContainer, where: str) -> SegmentFormat:
    if not container.streams.video:
        raise RenderError("expected one video track, got none", remedy="make it again", where=where)
    stream = container.streams.video[0]
    context = stream.codec_context
    if stream.average_rate is None:
        raise RenderError("expected a frame rate, got none", remedy="make it again", where=where)
    return SegmentFormat(
        context.extradata or b"", context.width, context.height, Fraction(stream.average_rate)
    )


def _difference(expected: SegmentFormat, found: SegmentFormat) -> str:
    def words(fmt: SegmentFormat) -> str:
        return f"{fmt.width}x{fmt.height} at {fmt.rate} frames/s"

    if words(expected) != words(found):
        return f"expected {words(expected)} as in segment 0, got {words(found)}"
    return "expected the decoder configuration (avcC) of segment 0, got another one"


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _storage_error(error: OSError, path: Path) -> StorageError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError(
            "there is no space left for the video",
            remedy="free space or choose another output folder",
            where=str(path),
        )
    return StorageError(
        f"the video cannot be written: {error.strerror or error}",
        remedy="check that the folder exists and may be written",
        where=str(path),
    )
