"""One run of frames becomes one H.264 segment: a closed GOP or more, in an MP4 of its own."""

from __future__ import annotations

import contextlib
import hashlib
import io
from fractions import Fraction
from types import TracebackType
from typing import Self

import av
import av.error
import numpy as np
import numpy.typing as npt
from av.container import OutputContainer
from av.video.stream import VideoStream

from raypipe import libav
from raypipe.encode.mp4 import MP4_OPTIONS
from raypipe.encode.quality import (
    BT709,
    LIMITED_RANGE,
    MAX_BITRATE,
    Quality,
    encoder_options,
    pixel_format,
)
from raypipe.encode.sessions import encoder_session
from raypipe.errors import EncoderError, RenderError

I420Frames = npt.NDArray[np.uint8]


class SegmentEncoder:
    """Encodes planar I420 frames (bt709, limited range) to a segment that stands on its own.

    The first frame is a keyframe, no frame refers to another segment, frame *i* has the time
    *i* / ``fps`` exactly, and there are no B-frames: decoding and display order are the same, so
    that segments are joined by copying and need no edit list. With ``libx264`` and one thread the
    same frames give the same bytes.

    Args:
        width: pixels, even.
        height: pixels, even.
        fps: frames a second, a whole number.
        encoder: libav's name, as `raypipe.encode.probe.choose_encoder` found it.
        quality: see `raypipe.encode.quality`.
        max_bitrate: bit/s that no second exceeds.
        threads: of the encoder; 1 where at least as many segments as cores are encoded at once.

    A hardware encoder has few sessions on a machine; where all are taken, it waits for one.

    Raises:
        RenderError: the values make no video.
        EncoderError: the encoder cannot be opened with them.
        CancelledError: the work was asked to stop while it waited.
    """

    def __init__(
        self,
        *,
        width: int,
        height: int,
        fps: int,
        encoder: str = "libx264",
        quality: Quality = "standard",
        max_bitrate: int = MAX_BITRATE,
        threads: int = 1,
    ) -> None:
        _check_size(width=width, height=height, fps=fps)
        _check_means(threads=threads, max_bitrate=max_bitrate)
        self.width = width
        self.height = height
        self.fps = fps
        self.encoder = encoder
        self.frame_count = 0
        self._sink = io.BytesIO()
        self._time_base = Fraction(1, fps)
        options = encoder_options(encoder, quality, fps=fps, max_bitrate=max_bitrate)
        self._session = contextlib.ExitStack()
        self._session.enter_context(encoder_session(encoder))
        container = av.open(self._sink, "w", format="mp4", container_options=dict(MP4_OPTIONS))
        self._container: OutputContainer | None = container
        try:
            self._stream = self._open_stream(container, options, threads)
            container.start_encoding()
        except (av.error.FFmpegError, ValueError) as error:
            self._release()
            raise EncoderError(
                f"{encoder} cannot encode {width}x{height} at {fps} frames/s: "
                f"{getattr(error, 'strerror', None) or error}",  # without all the options
                remedy="choose another encoder, or let raypipe choose one (auto)",
            ) from error

    def _open_stream(
        self, container: OutputContainer, options: dict[str, str], threads: int
    ) -> VideoStream:
        stream = container.add_stream(self.encoder, rate=self.fps, options=options)
        if not isinstance(stream, VideoStream) or stream.codec.name != self.encoder:
            raise ValueError(f"libav has no video encoder of the name {self.encoder!r}")
        context = stream.codec_context
        context.width, context.height, context.pix_fmt = (
            self.width,
            self.height,
            pixel_format(self.encoder),
        )
        context.time_base = stream.time_base = self._time_base
        context.framerate = Fraction(self.fps)
        context.sample_aspect_ratio = Fraction(1)
        context.thread_count = threads
        context.color_primaries = context.color_trc = context.colorspace = BT709
        context.color_range = LIMITED_RANGE
        return stream

    def feed(self, frames: I420Frames) -> None:
        """Encode frames uint8 (n, height * 3 // 2, width), planar I420; may be read-only.

        Raises:
            RenderError: wrong dtype or shape.
            EncoderError: the encoder failed.
        """
        container = self._require_open()
        rows = self.height * 3 // 2
        if frames.dtype != np.uint8 or frames.ndim != 3 or frames.shape[1:] != (rows, self.width):  # noqa: PLR2004 - rank
            raise RenderError(
                f"expected frames uint8 (n, {rows}, {self.width}), got {frames.dtype} "
                f"{frames.shape}"
            )
        try:
            for planes in np.ascontiguousarray(frames):
                frame = av.VideoFrame.from_numpy_buffer(planes, format="yuv420p")
                frame.pts, frame.time_base = self.frame_count, self._time_base
                container.mux(self._stream.encode(frame))
                self.frame_count += 1
        except av.error.FFmpegError as error:
            self._release()
            raise EncoderError(
                f"{self.encoder} failed at frame {self.frame_count}: {error}"
            ) from error

    def close(self) -> bytes:
        """Finish the segment and return it, an MP4 with one video track.

        Raises:
            RenderError: no frame was fed, or it was closed before.
            EncoderError: the encoder failed.
        """
        container = self._require_open()
        if not self.frame_count:
            self._release()
            raise RenderError("expected at least one frame in a segment, got none")
        try:
            container.mux(self._stream.encode(None))
            container.close()
        except av.error.FFmpegError as error:
            raise EncoderError(f"{self.encoder} failed at the segment's end: {error}") from error
        finally:
            segment = self._sink.getvalue()
            self._release()
        return segment

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._release()

    def _require_open(self) -> OutputContainer:
        if self._container is None:
            raise RenderError("the segment is closed and takes no more frames")
        return self._container

    def _release(self) -> None:
        container, self._container = self._container, None
        if container is not None:
            # The trailer of a container that failed cannot be written; what it held is dropped.
            with contextlib.suppress(av.error.FFmpegError):
                container.close()
        self._session.close()
        self._sink = io.BytesIO()


def _check_size(*, width: int, height: int, fps: int) -> None:
    if width < 16 or height < 16 or width % 2 or height % 2:  # noqa: PLR2004 - one macroblock
        raise RenderError(
            f"expected an even width and height of at least 16 pixels, got {width}x{height}"
        )
    if not 1 <= fps <= 240:  # noqa: PLR2004 - what H.264 levels allow at any useful size
        raise RenderError(f"expected 1 to 240 frames/s, got {fps}")


def _check_means(*, threads: int, max_bitrate: int) -> None:
    if threads < 1:
        raise RenderError(f"expected at least one encoder thread, got {threads}")
    if max_bitrate < _MIN_BITRATE:
        raise RenderError(f"expected at least {_MIN_BITRATE} bit/s, got {max_bitrate}")


_MIN_BITRATE = 100_000  # below, not even a thumbnail moves


def encoder_revision(
    encoder: str, quality: Quality, *, fps: int, max_bitrate: int = MAX_BITRATE
) -> str:
    """Return a string that changes whenever the same frames could give another segment."""
    options = encoder_options(encoder, quality, fps=fps, max_bitrate=max_bitrate)
    parts = [encoder, *libav.versions(), *(f"{k}={v}" for k, v in sorted(options.items()))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
