"""Finished parts of a video as fragmented MP4 (ISO/IEC 14496-12), for playing before the rest is.

A fragment carries its own place in time (``tfdt``), so that players put them together without a
container around them. Packets are copied; nothing is encoded again.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import av.error
from av.packet import Packet
from av.stream import Stream

from raypipe import libav
from raypipe.encode.mp4 import AAC_FRAME_SAMPLES
from raypipe.errors import RenderError

_MOVFLAGS = "+empty_moov+default_base_moof+frag_discont+skip_trailer"
"""An index without samples in front, offsets from each fragment, times as the packets say."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """One fragment: ``header`` (ftyp, moov) describes the track, ``body`` (moof, mdat) is media.

    ``duration`` is seconds, exact.
    """

    header: bytes
    body: bytes
    duration: Fraction


def video_fragment(segment: bytes, *, start_frame: int, number: int) -> Fragment:
    """Return a segment as the fragment that starts at ``start_frame`` of the video.

    Args:
        segment: as `SegmentEncoder.close` gave it.
        start_frame: frames of the video before it.
        number: of the fragment, from 1, in the order of the video.

    Raises:
        RenderError: it isn't a segment of ours.
    """
    with _open(segment) as source:
        stream = source.streams.video[0]
        if stream.average_rate is None:
            raise RenderError("expected a segment with a frame rate, got none")
        tick = 1 / Fraction(stream.average_rate)
        packets = [packet for packet in source.demux(stream) if packet.size]
        for index, packet in enumerate(packets):
            packet.time_base, packet.duration = tick, 1
            packet.pts = packet.dts = start_frame + index
        return _mux(stream, packets, tick=tick, number=number)


def sound_fragments(soundtrack: bytes, *, seconds: float) -> Iterator[Fragment]:
    """Return a soundtrack as fragments of about ``seconds``, cut between its packets.

    Args:
        soundtrack: as `encode_soundtrack` gave it.
        seconds: length of each but the last; a packet is 21 ms.

    Raises:
        RenderError: it isn't a soundtrack of ours.
    """
    with _open(soundtrack) as source:
        stream = source.streams.audio[0]
        packets = [packet for packet in source.demux(stream) if packet.size]
        tick = stream.time_base
        if tick is None or not packets:
            raise RenderError("expected a soundtrack with packets, got none")
        count = max(1, round(Fraction(seconds) / (AAC_FRAME_SAMPLES * tick)))
        for number, first in enumerate(range(0, len(packets), count), 1):
            yield _mux(stream, packets[first : first + count], tick=tick, number=number)


def _mux(
    template: Stream, packets: Sequence[Packet[Any]], *, tick: Fraction, number: int
) -> Fragment:
    sink = io.BytesIO()
    options = {
        "movflags": _MOVFLAGS,
        "fragment_index": str(number),
        "fflags": "+bitexact",
        "avoid_negative_ts": "disabled",  # or the muxer would move every fragment to time 0
    }
    try:
        with av.open(sink, "w", format="mp4", container_options=options) as output:
            track = output.add_stream_from_template(template, opaque=True)
            track.time_base = tick
            for packet in packets:
                packet.stream = track
                output.mux(packet)
    except av.error.FFmpegError as error:
        raise RenderError(f"a fragment could not be written: {error}") from error
    data = sink.getvalue()
    start = next((at for at, kind in _boxes(data) if kind == b"moof"), None)
    if start is None:
        raise RenderError("expected a fragment with a moof box, got none")
    return Fragment(data[:start], data[start:], sum(_durations(packets), Fraction(0)))


def _durations(packets: Iterable[Packet[Any]]) -> Iterator[Fraction]:
    for packet in packets:
        yield (packet.duration or 0) * packet.time_base


def _boxes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the offset and type of each box at the top level."""
    at = 0
    while at + 8 <= len(data):
        yield at, data[at + 4 : at + 8]
        size = int.from_bytes(data[at : at + 4], "big")
        if size < 8:  # noqa: PLR2004 - a box is at least its own header
            raise RenderError(f"expected a box of at least 8 bytes, got {size}")
        at += size


def _open(data: bytes) -> av.container.InputContainer:
    try:
        return libav.open_input(io.BytesIO(data), container="mp4")
    except av.error.FFmpegError as error:
        raise RenderError(
            f"expected an MP4 of {len(data)} bytes, got other data: {error}"
        ) from error
