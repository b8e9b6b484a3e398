"""Which H.264 encoder this machine really has: each candidate encodes and is decoded again."""

from __future__ import annotations

import functools
import io

import av
import av.error
import numpy as np
import numpy.typing as npt
from av.codec.codec import UnknownCodecError

from raypipe import libav
from raypipe.choice import Choice
from raypipe.encode.segment import SegmentEncoder
from raypipe.encode.sessions import is_software
from raypipe.errors import InputError, RenderError

CANDIDATES = (
    "h264_nvenc",
    "h264_qsv",
    "h264_videotoolbox",
    "h264_v4l2m2m",
    "libx264",
    "libopenh264",
)
"""libav's H.264 encoders in the order in which they are tried: hardware first."""

# Small, yet above the least size of every known hardware encoder (NVENC: 145x49).
_WIDTH, _HEIGHT, _FPS, _FRAMES = 320, 256, 30, 8
_MIN_PSNR_DB = 28.0
_HARDWARE_STREAMS = 3


def choose_encoder(wanted: str = "auto", *, software_first: bool = False) -> Choice:
    """Choose an H.264 encoder by encoding with it; the answer is kept for the process.

    Args:
        wanted: ``auto`` takes the first of `CANDIDATES` that works; a name takes that one.
        software_first: ``auto`` tries hardware last, which takes longer to open than a small video
            takes to encode.

    Raises:
        InputError: ``wanted`` is no H.264 encoder that raypipe knows.
        RenderError: it, or with ``auto`` none, works on this machine.
    """
    if wanted != "auto" and wanted not in CANDIDATES:
        raise InputError(
            f"expected an encoder, got {wanted!r}",
            remedy=f"use auto or one of {', '.join(CANDIDATES)}",
            where="encoder",
        )
    return _choose(wanted, software_first=software_first)


def segments_at_once(encoder: str) -> int:
    """Return how many segments one process should encode at once with ``encoder``.

    A software encoder fills its core with one. An encoder in hardware is quicker than one stream of
    frames is composed, and idles between frames; three streams hide that. How many there are on a
    machine in all, `raypipe.encode.sessions` sees to.
    """
    return 1 if is_software(encoder) else _HARDWARE_STREAMS


@functools.cache
def _choose(wanted: str, *, software_first: bool) -> Choice:
    if wanted != "auto":
        reason = why_not(wanted)
        if reason:
            raise RenderError(
                f"{wanted} does not work here: {reason}", remedy="use auto", where="encoder"
            )
        return Choice(wanted, "asked for, and it encoded a test picture")
    rejected: list[tuple[str, str]] = []
    ordered = sorted(CANDIDATES, key=is_software, reverse=True) if software_first else CANDIDATES
    for name in ordered:
        reason = why_not(name)
        if not reason:
            kind = "in software" if is_software(name) else "in hardware"
            return Choice(name, f"the first that encoded a test picture, {kind}", tuple(rejected))
        rejected.append((name, reason))
    raise RenderError(
        "no H.264 encoder works here: " + "; ".join(f"{name}: {why}" for name, why in rejected),
        remedy="install PyAV from PyPI, whose wheel has libx264",
        where="encoder",
    )


@functools.cache
def why_not(encoder: str) -> str:
    """Return one sentence why ``encoder`` cannot be used here, or an empty string if it can."""
    try:
        av.Codec(encoder, "w")
    except UnknownCodecError:
        return "this build of libav does not have it"
    frames = _test_frames()
    with libav.captured_errors() as lines:
        try:
            with SegmentEncoder(
                width=_WIDTH, height=_HEIGHT, fps=_FPS, encoder=encoder, quality="high"
            ) as segment:
                segment.feed(frames)
                decoded = _decode(segment.close())
        except (RenderError, av.error.FFmpegError) as error:
            failure = str(error.__cause__ or error)
        else:
            failure = _compare(frames, decoded)
    return lines[0] if failure and lines else failure


def _test_frames() -> npt.NDArray[np.uint8]:
    """Return a moving gradient in colour, which a broken plane order or range would show."""
    down, right = np.mgrid[0:_HEIGHT, 0:_WIDTH]
    frames = np.empty((_FRAMES, _HEIGHT * 3 // 2, _WIDTH), np.uint8)
    for index in range(_FRAMES):
        frames[index, :_HEIGHT] = 40 + (right // 2 + down // 3 + 4 * index) % 160
        frames[index, _HEIGHT : _HEIGHT * 5 // 4] = 90
        frames[index, _HEIGHT * 5 // 4 :] = 170
    return frames


def _decode(segment: bytes) -> npt.NDArray[np.uint8]:
    with libav.open_input(io.BytesIO(segment), container="mp4") as container:
        container.streams.video[0].codec_context.thread_count = 1
        pictures = [frame.to_ndarray(format="yuv420p") for frame in container.decode(video=0)]
    return np.stack(pictures).astype(np.uint8)


def _compare(frames: npt.NDArray[np.uint8], decoded: npt.NDArray[np.uint8]) -> str:
    if decoded.shape != frames.shape:
        return f"of {len(frames)} frames of {frames.shape[1:]} it gave {decoded.shape}"
    error = np.mean((frames.astype(np.float32) - decoded) ** 2)
    psnr = 10 * np.log10(255**2 / max(float(error), 1e-9))
    return "" if psnr >= _MIN_PSNR_DB else f"its picture is wrong: PSNR {psnr:.1f} dB"
