"""A soundtrack that is measured before it is joined to a video."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import av
import av.error

from raypipe import libav
from raypipe.errors import QualityError
from raypipe.post.loudness_meter import LoudnessMeter, SoundMeasures
from raypipe.spool import Spooled, opened

if TYPE_CHECKING:
    from typing import Any

    _Packet = av.Packet[Any]


@dataclass(frozen=True, slots=True)
class SoundRun:
    """What a soundtrack told when it was decoded; ``digest`` names its coded frames."""

    digest: str
    measures: SoundMeasures


class SoundDigest:
    """The SHA-256 of a sound stream's coded frames, in order, whatever file they stand in."""

    def __init__(self, stream: av.AudioStream) -> None:
        self._digest = hashlib.sha256(stream.codec_context.extradata or b"")

    def add(self, packet: _Packet) -> None:
        """Take the next coded frame."""
        self._digest.update(memoryview(packet))

    def __str__(self) -> str:
        return self._digest.hexdigest()


def read_sound(data: bytes | Spooled) -> SoundRun:
    """Decode and measure a soundtrack, an MP4 file with one audio track.

    Raises:
        QualityError: it cannot be decoded to its end.
    """
    try:
        with libav.open_input(opened(data), container="mp4") as source:
            (stream,) = source.streams.audio
            stream.codec_context.options = {"err_detect": "explode"}
            digest, meter = SoundDigest(stream), LoudnessMeter(stream)
            for packet in source.demux(stream):
                if packet.size:
                    digest.add(packet)
                for frame in packet.decode():
                    meter.feed(frame)
    except (av.error.FFmpegError, ValueError) as error:
        raise QualityError(f"expected a soundtrack, got: {error}") from error
    return SoundRun(str(digest), meter.finish())
