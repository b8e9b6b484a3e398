"""Pictures and sound that a user gives: read with few formats, hard limits and clear errors."""

from __future__ import annotations

import io
import stat
import struct
import warnings
from collections.abc import Iterator
from pathlib import Path

import av.error
import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.container import InputContainer
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from raypipe import libav
from raypipe.errors import MediaError
from raypipe.spool import RowWriter, runs

Picture = npt.NDArray[np.uint8]
Sound = npt.NDArray[np.float32]

PICTURE_FORMATS = ("PNG", "JPEG", "WEBP")
MAX_PICTURE_PIXELS = 33_000_000

SOUND_FORMATS = "wav,w64,mp3,flac,ogg,mov,aac,aiff,caf,matroska"
"""libav's names of the containers that are read; none of them opens another file."""

MIN_SAMPLE_RATE_HZ = 8_000
MAX_SAMPLE_RATE_HZ = 192_000
MAX_SOUND_S = 600.0
"""Length of the longest video; of a longer file no more is read."""

MAX_CARRIED_BYTES = 32_000_000
"""A larger sound file travels to another machine as its beginning only."""

_MAX_BROKEN_PACKETS = 16
_MAX_BROKEN_SHARE = 0.01
# What the decoders of Pillow are known to raise for broken files, beside OSError.
_PILLOW_ERRORS = (OSError, SyntaxError, ValueError, EOFError, struct.error, IndexError, KeyError)


def read_picture(path: Path, *, background: tuple[int, int, int] = (255, 255, 255)) -> Picture:
    """Read a picture upright, in sRGB.

    EXIF rotation and an embedded colour profile are applied, 16 bit becomes 8, transparency shows
    ``background``; of an animation the first picture is taken.

    Returns:
        uint8 (height, width, 3), RGB, C-contiguous.

    Raises:
        MediaError: no file, not PNG, JPEG or WebP, broken, or above 33 megapixels.
    """
    _require_file(path, kind="picture")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of sizes and broken tags; both are judged here
            with Image.open(path, formats=PICTURE_FORMATS) as image:
                _check_pixels(image.width, image.height, path)
                image.verify()  # checksums of PNG, which decoding passes over
            with Image.open(path, formats=PICTURE_FORMATS) as image:
                image.load()
                return _to_rgb(_upright(image), background)
    except Image.DecompressionBombError as error:
        raise _too_large(str(error), path) from error
    except UnidentifiedImageError as error:
        raise MediaError(
            "expected a PNG, JPEG or WebP picture, got another kind of file",
            remedy="convert it to PNG",
            where=str(path),
        ) from error
    except _PILLOW_ERRORS as error:
        raise MediaError(
            f"expected a whole picture, got a broken file: {error}",
            remedy="export it again from the program that made it",
            where=str(path),
        ) from error


def read_sound(path: Path, *, limit_s: float = MAX_SOUND_S) -> tuple[Sound, int]:
    """Read the first audio track of a file, at most its first ``limit_s`` seconds.

    More than two channels are mixed down to stereo by libav's standard matrix. Single samples
    that are NaN or infinite become silence; sound beyond full scale is turned down to it. Long
    sound lies on disk, see `raypipe.spool`.

    Returns:
        float32 (n, 1 or 2) within [-1, 1], n >= 1, and its sample rate in Hz.

    Raises:
        MediaError: no file, no sound in it, broken, or a rate outside 8 to 192 kHz.
    """
    _require_file(path, kind="sound file")
    try:
        with libav.open_input(path, formats=SOUND_FORMATS) as container:
            samples, rate = _decode(container, path, limit_s)
    except av.error.FFmpegError as error:
        raise MediaError(
            f"expected a sound file, got one that cannot be decoded: {error.strerror}",
            remedy="convert it to WAV, FLAC, MP3, Ogg or M4A",
            where=str(path),
        ) from error
    return _clean(samples, path), rate


def carry_sound(path: Path, *, limit_s: float = MAX_SOUND_S) -> tuple[bytes, str]:
    """Return a sound file as bytes, with the ending that its name should have.

    Of a file above `MAX_CARRIED_BYTES`, such as hours of music, only the first ``limit_s`` seconds
    of its first audio track are taken, copied packet by packet into Matroska: nothing is decoded,
    and the rest is not read.

    Raises:
        MediaError: no file, no sound in it, or broken.
    """
    _require_file(path, kind="sound file")
    if path.stat().st_size <= MAX_CARRIED_BYTES:
        return path.read_bytes(), path.suffix
    sink = io.BytesIO()
    try:
        with (
            libav.open_input(path, formats=SOUND_FORMATS) as source,
            av.open(sink, "w", format="matroska") as target,
        ):
            if not source.streams.audio:
                raise _no_track(path)
            track = source.streams.audio[0]
            copy = target.add_stream_from_template(track)
            for packet in source.demux(track):
                if packet.dts is None:
                    continue
                if packet.pts is not None and float(packet.pts * packet.time_base) > limit_s:
                    break
                packet.stream = copy
                target.mux(packet)
    except av.error.FFmpegError as error:
        raise MediaError(
            f"expected a sound file, got one that cannot be read: {error.strerror}",
            remedy="convert it to WAV, FLAC, MP3, Ogg or M4A",
            where=str(path),
        ) from error
    return sink.getvalue(), ".mka"


def _no_track(path: Path) -> MediaError:
    return MediaError(
        "expected a sound file, got one without an audio track",
        remedy="choose a file with sound",
        where=str(path),
    )


def _require_file(path: Path, *, kind: str) -> None:
    try:
        mode = path.stat().st_mode
        if stat.S_ISREG(mode):
            with path.open("rb") as file:
                empty = not file.read(1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise MediaError(
            f"expected a {kind}, got none that can be read: {reason}",
            remedy="check the path, which is taken relative to the current folder",
            where=str(path),
        ) from error
    if not stat.S_ISREG(mode):
        what = "a folder" if stat.S_ISDIR(mode) else "no regular file"
        raise MediaError(
            f"expected a {kind}, got {what}", remedy="name the file itself", where=str(path)
        )
    if empty:
        raise MediaError(
            f"expected a {kind}, got an empty file", remedy="copy it again", where=str(path)
        )


def _check_pixels(width: int, height: int, path: Path) -> None:
    if width * height > MAX_PICTURE_PIXELS:
        raise _too_large(f"{width}x{height}", path)


def _too_large(found: str, path: Path) -> MediaError:
    return MediaError(
        f"expected a picture of at most 33 megapixels, got {found}",
        remedy="scale it down; 4000 pixels on the longer side are plenty",
        where=str(path),
    )


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image) or image
    except _PILLOW_ERRORS:
        return image  # a broken EXIF block says nothing about the picture


def _to_rgb(image: Image.Image, background: tuple[int, int, int]) -> Picture:
    if image.mode.startswith("I"):  # 16 bit grey, as I;16 or in 32 bits
        grey = (np.clip(np.asarray(image), 0, 65_535) >> 8).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)
    profile = image.info.get("icc_profile")
    if "A" in image.mode or "a" in image.mode or "transparency" in image.info:
        above = image.convert("RGBA")
        below = Image.new("RGBA", above.size, (*background, 255))
        flat = Image.alpha_composite(below, above).convert("RGB")
    elif image.mode == "CMYK" and profile:
        flat = image  # its own profile knows what its inks look like
    else:
        flat = image.convert("RGB")
    return np.ascontiguousarray(np.asarray(_to_srgb(flat, profile), np.uint8))


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            converted = None  # a broken or foreign profile: the numbers are taken as sRGB
        if converted is not None:
            return converted
    return image.convert("RGB")


def _decode(container: InputContainer, path: Path, limit_s: float) -> tuple[Sound, int]:
    if not container.streams.audio:
        raise _no_track(path)
    stream = container.streams.audio[0]
    if not stream.codec_context:
        raise MediaError(
            "expected a sound file, got one whose coding is not known",
            remedy="convert it to WAV, FLAC, MP3, Ogg or M4A",
            where=str(path),
        )
    stream.codec_context.thread_count = 1
    rate, channels = stream.codec_context.sample_rate, stream.codec_context.channels
    if not MIN_SAMPLE_RATE_HZ <= rate <= MAX_SAMPLE_RATE_HZ:
        raise MediaError(
            f"expected a sample rate from 8 to 192 kHz, got {rate} Hz",
            remedy="convert the file to 48 kHz",
            where=str(path),
        )
    layout = "mono" if channels == 1 else "stereo"
    wanted = max(1, round(limit_s * rate))
    columns = 1 if channels == 1 else 2
    writer = RowWriter(columns)
    for block in _alike(_frames(container, path), layout=layout, rate=rate):
        part = np.asarray(block.to_ndarray(), np.float32).reshape(-1, columns)
        writer.append(part[: wanted - writer.count])
        if writer.count >= wanted:
            break
    if not writer.count:
        raise MediaError(
            "expected a sound file, got one with no samples in it",
            remedy="export it again",
            where=str(path),
        )
    return writer.finish(), rate


def _frames(container: InputContainer, path: Path) -> Iterator[AudioFrame]:
    """Decode, stepping over a few broken packets, which old MP3 files are full of."""
    broken = 0
    for packet in container.demux(audio=0):
        try:
            frames = packet.decode()
        except av.error.FFmpegError as error:
            broken += 1
            if broken > _MAX_BROKEN_PACKETS:
                raise MediaError(
                    f"expected a whole sound file, got one with broken data: {error.strerror}",
                    remedy="export it again",
                    where=str(path),
                ) from error
            continue
        yield from (frame for frame in frames if isinstance(frame, AudioFrame))


def _alike(frames: Iterator[AudioFrame], *, layout: str, rate: int) -> Iterator[AudioFrame]:
    """Bring frames to one layout and rate; files that were put together have several."""
    known = None
    resampler = AudioResampler(format="flt", layout=layout, rate=rate)
    for frame in frames:
        kind = frame.format.name, frame.layout.name, frame.sample_rate
        if kind != known:
            if known:
                yield from resampler.resample(None)
            resampler = AudioResampler(format="flt", layout=layout, rate=rate)
            known = kind
        yield from resampler.resample(frame)


def _clean(samples: Sound, path: Path) -> Sound:
    """Mend what is not finite and turn down what is beyond full scale, in place."""
    broken, highest = 0, 1.0
    for _, part in runs(samples):
        finite = np.isfinite(part)
        if not finite.all():
            broken += int(finite.size - finite.sum())
            part[~finite] = 0
        np.clip(part, -4, 4, out=part)  # 12 dB above full scale; beyond are defects
        highest = max(highest, float(np.abs(part).max()))
    if broken > _MAX_BROKEN_SHARE * samples.size:
        raise MediaError(
            f"expected finite samples of sound, got {broken / samples.size:.0%} NaN or infinite",
            remedy="export the file again",
            where=str(path),
        )
    if highest > 1:
        for _, part in runs(samples):
            np.divide(part, np.float32(highest), out=part)
    return samples
