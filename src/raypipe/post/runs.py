"""Runs of a video's frames that can be decoded apart, each in a thread of its own.

A run begins with an IDR picture and ends before one. What decoding it tells depends on its bytes
alone, so a run whose bytes were decoded before need not be decoded again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any

import av
import av.error
import numpy as np

from raypipe import libav
from raypipe.errors import QualityError
from raypipe.post.facts import FrameRun, Luma
from raypipe.post.pictures import FrameStatistics
from raypipe.spool import Spooled, opened

if TYPE_CHECKING:
    from collections.abc import Collection

    VideoPacket = av.Packet[Any]

_WAITING_RUNS = 2
"""Runs that wait for each thread: a few seconds of packets, whatever the video's length."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run of the video, from frame ``start`` to the next one; ``known`` is what it told before.

    Frames are in decoding order, as in all that raypipe encodes.
    """

    start: int
    known: FrameRun | None = None


@dataclass(slots=True)
class DecodedRun:
    """What a run told. ``frame_times`` are in units of the stream's time base."""

    start: int
    frames: FrameRun
    frame_times: list[int]
    kept: dict[int, Luma] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def run_digests(path: Path, starts: Sequence[int]) -> tuple[str, ...]:
    """Return the SHA-256 of each run's coded frames, in hexadecimal, without decoding any.

    Args:
        path: an MP4 file.
        starts: the first frames of its runs, in order.

    Raises:
        QualityError: the file cannot be read as far as that.
    """
    wanted, found = frozenset(starts), []
    digest = hashlib.sha256()
    try:
        with av.open(f"file:{path.absolute()}", format="mp4") as source:
            (stream,) = source.streams.video
            extra = stream.codec_context.extradata or b""
            packets = (packet for packet in source.demux(stream) if packet.size)
            for index, packet in enumerate(packets):
                if index in wanted:
                    digest = hashlib.sha256(extra)
                    found.append(digest)
                digest.update(memoryview(packet))
    except (av.error.FFmpegError, ValueError) as error:
        raise QualityError(f"expected a video of {len(starts)} runs, got: {error}") from error
    if len(found) != len(starts):
        raise QualityError(f"expected a video of {len(starts)} runs, got {len(found)}")
    return tuple(digest.hexdigest() for digest in found)


def read_run(data: bytes | Spooled, *, keep: Collection[int] = ()) -> tuple[str, DecodedRun]:
    """Decode a video that is one run, and return its digest and what it told.

    The digest is the one that `run_digests` gives for the same coded frames in a longer video, of
    which this then tells the same.

    Args:
        data: an MP4 file with one video track.
        keep: indices of frames whose luma is wanted.

    Raises:
        QualityError: it cannot be read. Damage of single frames is noted and does not raise.
    """
    try:
        with libav.open_input(opened(data), container="mp4", headers_only=True) as source:
            (stream,) = source.streams.video
            extra = stream.codec_context.extradata or b""
            digest = hashlib.sha256(extra)
            decode = _decoder(stream.codec_context.name, extra)
            reader = RunReader(0, decode, fps=float(stream.average_rate or 30), keep=keep)
            for packet in source.demux(stream):
                if packet.size:
                    digest.update(memoryview(packet))
                    reader.take(packet)
    except (av.error.FFmpegError, ValueError) as error:
        raise QualityError(f"expected a video of one run, got: {error}") from error
    reader.take(None)
    return digest.hexdigest(), reader.finish()


def _decoder(codec: str, extra: bytes | None) -> Callable[[VideoPacket | None], list[Any]]:
    """Return what decodes the packets of one run, strictly."""
    context: Any = av.CodecContext.create(codec, "r")
    context.thread_count = 1
    context.options = {"err_detect": "explode"}
    context.extradata = extra
    decode: Callable[[VideoPacket | None], list[Any]] = context.decode
    return decode


class RunReader:
    """Decodes the packets of one run.

    Args:
        start: its first frame.
        decode: gives the frames that a packet completes, and with None those that are left.
        fps: frames a second.
        keep: indices of the video's frames whose luma is wanted.
    """

    def __init__(
        self,
        start: int,
        decode: Callable[[VideoPacket | None], list[av.VideoFrame]],
        *,
        fps: float,
        keep: Collection[int],
    ) -> None:
        self._start, self._decode = start, decode
        self._statistics = FrameStatistics(fps=fps, keep=[index - start for index in keep])
        self._packets = 0
        self._interlaced = False
        self._times: list[int] = []
        self._faults: list[str] = []

    def take(self, packet: VideoPacket | None) -> None:
        """Decode a packet, or with None what is left. Damage is noted and does not raise."""
        number = self._start + self._packets
        self._packets += 1
        try:
            frames = self._decode(packet)
        except av.error.FFmpegError as error:
            self._faults.append(f"video packet {number}: {error.strerror}")
            return
        for frame in frames:
            self._add(frame)

    def _add(self, frame: av.VideoFrame) -> None:
        if frame.is_corrupt:
            number = self._start + len(self._times)
            self._faults.append(f"video frame {number}: decoded with damage")
        self._times.append(frame.pts if frame.pts is not None else -1)
        self._interlaced |= frame.interlaced_frame
        plane = frame.planes[0]
        luma: Luma = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        self._statistics.add(luma[: frame.height, : frame.width])

    def finish(self) -> DecodedRun:
        """Return what the run told."""
        kept = {self._start + index: luma for index, luma in self._statistics.kept.items()}
        run = self._statistics.run(interlaced=self._interlaced)
        return DecodedRun(self._start, run, self._times, kept, self._faults)


class RunPool:
    """Decodes runs in threads, in the order in which they come; not more than a few wait.

    Args:
        stream: of an open file.
        threads: at most so many runs at once.
        fps: frames a second.
        keep: indices of the video's frames whose luma is wanted.
    """

    def __init__(
        self, stream: av.VideoStream, *, threads: int, fps: float, keep: Collection[int]
    ) -> None:
        context = stream.codec_context
        self._codec, self._extra = context.name, context.extradata
        self._fps, self._keep = fps, keep
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="raypipe-decode")
        self._room = BoundedSemaphore(threads * (1 + _WAITING_RUNS))
        self._runs: list[Future[DecodedRun]] = []

    def submit(self, run: Run, packets: list[VideoPacket]) -> None:
        """Have a run decoded; waits while too many do."""
        self._room.acquire()
        self._runs.append(self._threads.submit(self._read, run, packets))

    def _read(self, run: Run, packets: list[VideoPacket]) -> DecodedRun:
        try:
            if run.known is not None:
                times = [packet.pts if packet.pts is not None else -1 for packet in packets]
                return DecodedRun(run.start, run.known, times)
            return self._decode(run, packets)
        finally:
            packets.clear()
            self._room.release()

    def _decode(self, run: Run, packets: list[VideoPacket]) -> DecodedRun:
        decode = _decoder(self._codec, self._extra)
        reader = RunReader(run.start, decode, fps=self._fps, keep=self._keep)
        for packet in packets:
            reader.take(packet)
        reader.take(None)
        return reader.finish()

    def finish(self) -> list[DecodedRun]:
        """Wait for all, and return what they told, in order."""
        with self._threads:
            return [run.result() for run in self._runs]


def pack_run(run: FrameRun) -> tuple[bytes, dict[str, Any]]:
    """Return ``run`` as bytes and a header for JSON; see `unpack_run`."""
    arrays = (run.rows, run.sharpness, run.first, run.last)
    shapes = [None if array is None else array.shape for array in arrays]
    payload = b"".join(array.tobytes() for array in arrays if array is not None)
    return payload, {"shapes": shapes, "interlaced": run.interlaced}


def unpack_run(payload: memoryview, header: dict[str, Any]) -> FrameRun:
    """Return the run that `pack_run` was given."""
    arrays: list[Any] = []
    at = 0
    for shape, dtype in zip(header["shapes"], ("f4", "f4", "u1", "u1"), strict=True):
        if shape is None:
            arrays.append(None)
            continue
        count = int(np.prod(shape))
        arrays.append(np.frombuffer(payload, dtype, count, at).reshape(shape))
        at += count * np.dtype(dtype).itemsize
    rows, sharpness, first, last = arrays
    return FrameRun(rows, sharpness, first, last, interlaced=header["interlaced"])
