from __future__ import annotations

import contextlib
import io
import math
import os
import struct
import wave
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageCms

from raypipe.errors import MediaError
from raypipe.media import MAX_PICTURE_PIXELS, carry_sound, read_picture, read_sound

RED, BLUE = (220, 30, 20), (20, 40, 210)


def two_colours(width: int = 8, height: int = 6) -> Image.Image:
    """Return a picture whose left half is red and whose right half is blue."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    return image


def near(pixel: np.ndarray, colour: tuple[int, int, int], within: int = 6) -> bool:
    return bool(np.abs(pixel.astype(int) - colour).max() <= within)


def write_wav(path: Path, samples: np.ndarray, rate: int, *, width: int = 2) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(width)
        file.setframerate(rate)
        kind, scale = {1: ("u1", 127), 2: ("<i2", 32_767), 4: ("<i4", 2**31 - 1)}[width]
        file.writeframes((samples * scale + (128 if width == 1 else 0)).astype(kind).tobytes())
    return path


def write_float_wav(path: Path, samples: np.ndarray, rate: int) -> Path:
    """Write a WAV of 32 bit floats, which may be NaN or beyond full scale."""
    data = samples.astype("<f4").tobytes()
    channels = samples.shape[1]
    form = struct.pack("<HHIIHH", 3, channels, rate, rate * 4 * channels, 4 * channels, 32)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data"
    body += struct.pack("<I", len(data)) + data
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


def encode(path: Path, codec: str, samples: np.ndarray, rate: int, layout: str) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        stream.layout = layout
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples.T.astype(np.float32)), "fltp", layout
        )
        frame.sample_rate, frame.pts = rate, 0
        resampler = av.AudioResampler(stream.format, layout, rate, stream.frame_size or 1024)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return path


def tone(rate: int, channels: int = 1, *, seconds: float = 1.0, hertz: float = 500) -> np.ndarray:
    time = np.arange(round(seconds * rate)) / rate
    return np.repeat(0.4 * np.sin(2 * np.pi * hertz * time)[:, None], channels, axis=1)


@pytest.mark.parametrize(("kind", "within"), [("png", 0), ("jpeg", 12), ("webp", 12)])
def test_reads_the_three_formats(tmp_path, kind, within):
    path = tmp_path / f"p.{kind}"
    two_colours(64, 48).save(path, quality=95) if kind != "png" else two_colours(64, 48).save(path)
    picture = read_picture(path)
    assert picture.shape == (48, 64, 3)
    assert picture.dtype == np.uint8
    assert picture.flags.c_contiguous
    assert near(picture[10, 5], RED, within)
    assert near(picture[10, 60], BLUE, within)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
def test_reads_every_mode(tmp_path, mode):
    grey = np.full((5, 7), 200, np.uint8)
    if mode.startswith("I"):
        image = Image.fromarray(np.full((5, 7), 200 * 257, np.uint16))
    else:
        image = Image.fromarray(grey).convert(mode)
    image.save(tmp_path / "p.png")
    picture = read_picture(tmp_path / "p.png")
    assert picture.shape == (5, 7, 3)
    expected = picture.mean() > 120 if mode == "1" else near(picture[2, 2], (200, 200, 200))
    assert expected


def test_reads_cmyk(tmp_path):
    two_colours(32, 32).convert("CMYK").save(tmp_path / "p.jpg", quality=95)
    assert near(read_picture(tmp_path / "p.jpg")[16, 4], RED, 20)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_turns_the_picture_upright(tmp_path, orientation):
    upright = Image.new("L", (6, 4), 0)
    upright.putpixel((0, 0), 255)
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation in undo else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "p.png", exif=exif)
    picture = read_picture(tmp_path / "p.png")
    assert picture.shape == (4, 6, 3)
    assert picture[0, 0, 0] == 255
    assert picture.sum() == 3 * 255


def test_transparency_shows_the_background(tmp_path):
    image = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    image.putpixel((1, 1), (0, 0, 0, 255))
    image.putpixel((2, 2), (0, 0, 0, 128))
    image.save(tmp_path / "p.png")
    white = read_picture(tmp_path / "p.png")
    assert tuple(white[0, 0]) == (255, 255, 255)
    assert tuple(white[1, 1]) == (0, 0, 0)
    assert near(white[2, 2], (127, 127, 127))
    assert near(read_picture(tmp_path / "p.png", background=RED)[0, 0], RED)


def test_a_palette_with_transparency(tmp_path):
    image = Image.new("P", (4, 4), 0)
    image.putpalette([*RED, *BLUE])
    image.putpixel((0, 0), 1)
    image.save(tmp_path / "p.png", transparency=0)
    picture = read_picture(tmp_path / "p.png")
    assert near(picture[0, 0], BLUE)
    assert near(picture[3, 3], (255, 255, 255))


def test_an_embedded_profile_is_applied_and_a_broken_one_ignored(tmp_path):
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    two_colours().save(tmp_path / "good.png", icc_profile=lab)
    two_colours().save(tmp_path / "bad.png", icc_profile=b"nonsense" * 40)
    for name in ("good.png", "bad.png"):
        assert near(read_picture(tmp_path / name)[1, 1], RED)


def test_an_animation_gives_its_first_picture(tmp_path):
    frames = [Image.new("RGB", (8, 8), colour) for colour in (RED, BLUE)]
    frames[0].save(tmp_path / "p.webp", save_all=True, append_images=frames[1:], lossless=True)
    assert near(read_picture(tmp_path / "p.webp")[0, 0], RED)


def test_one_pixel_and_33_megapixels(tmp_path):
    Image.new("RGB", (1, 1), RED).save(tmp_path / "small.png")
    assert read_picture(tmp_path / "small.png").shape == (1, 1, 3)
    Image.new("L", (6600, 5000)).save(tmp_path / "large.png")
    assert MAX_PICTURE_PIXELS == 6600 * 5000
    assert read_picture(tmp_path / "large.png").shape == (5000, 6600, 3)


def test_more_than_33_megapixels_are_refused_before_they_are_decoded(tmp_path):
    data = io.BytesIO()
    Image.new("1", (6600, 5001)).save(data, "PNG")
    (tmp_path / "p.png").write_bytes(data.getvalue())
    with pytest.raises(MediaError, match="33 megapixels, got 6600x5001"):
        read_picture(tmp_path / "p.png")


def test_a_decompression_bomb_is_refused(tmp_path):
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    import zlib

    chunk = struct.pack(">I", 13) + b"IHDR" + header
    chunk += struct.pack(">I", zlib.crc32(b"IHDR" + header))
    (tmp_path / "p.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk)
    with pytest.raises(MediaError):
        read_picture(tmp_path / "p.png")


def test_pictures_that_cannot_be_read(tmp_path):
    two_colours(400, 400).save(tmp_path / "whole.jpg")
    whole = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "half.jpg").write_bytes(whole[: len(whole) // 2])
    down, right = np.mgrid[0:300, 0:400]
    slopes = np.stack([right * 255 // 399, down * 255 // 299, (right + down) % 256], axis=2)
    Image.fromarray(slopes.astype(np.uint8)).save(tmp_path / "flipped.png")
    flipped = bytearray((tmp_path / "flipped.png").read_bytes())
    flipped[len(flipped) // 2] ^= 0xFF  # still decodes, to another picture
    (tmp_path / "flipped.png").write_bytes(flipped)
    (tmp_path / "text.png").write_text("not a picture")
    (tmp_path / "empty.png").touch()
    two_colours().save(tmp_path / "p.gif")
    os.mkfifo(tmp_path / "pipe.png")
    names = ("half.jpg", "flipped.png", "text.png", "empty.png", "p.gif", "pipe.png", "none.png",
             ".", "a\0b")  # fmt: skip
    for name in names:
        with pytest.raises(MediaError) as caught:
            read_picture(tmp_path / name)
        assert caught.value.remedy
        assert str(tmp_path) in caught.value.where


@pytest.mark.parametrize("rate", [8000, 11_025, 22_050, 44_100, 48_000, 96_000, 192_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_reads_wav_of_any_rate(tmp_path, rate, channels):
    path = write_wav(tmp_path / "s.wav", tone(rate, channels), rate)
    samples, found = read_sound(path)
    assert (samples.shape, samples.dtype, found) == ((rate, channels), np.float32, rate)
    assert np.abs(samples - tone(rate, channels)).max() < 1e-3


@pytest.mark.parametrize("width", [1, 2, 4])
def test_reads_wav_of_any_depth(tmp_path, width):
    samples, _ = read_sound(write_wav(tmp_path / "s.wav", tone(8000), 8000, width=width))
    assert np.abs(samples - tone(8000)).max() < 0.02


@pytest.mark.parametrize(
    ("name", "codec"),
    [("s.flac", "flac"), ("s.m4a", "aac"), ("s.mp3", "libmp3lame"),
     ("s.opus", "libopus"), ("s.mka", "flac")],
)  # fmt: skip
def test_reads_the_usual_formats(tmp_path, name, codec):
    if codec not in av.codecs_available:
        pytest.skip(f"this build of libav cannot write {codec}")
    path = encode(tmp_path / name, codec, tone(48_000, 2), 48_000, "stereo")
    samples, rate = read_sound(path)
    assert rate == 48_000
    assert samples.shape[1] == 2
    assert abs(len(samples) - 48_000) < 4800
    middle = samples[12_000:36_000, 0]
    assert np.abs(np.fft.rfft(middle)).argmax() == 250
    assert np.abs(middle).max() == pytest.approx(0.4, abs=0.05)


def test_surround_is_mixed_down_to_stereo(tmp_path):
    samples = np.zeros((48_000, 6))
    samples[:, 2] = tone(48_000)[:, 0]  # the centre goes to both sides
    path = encode(tmp_path / "s.flac", "flac", samples, 48_000, "5.1")
    mixed, _ = read_sound(path)
    assert mixed.shape == (48_000, 2)
    assert np.abs(mixed[:, 0] - mixed[:, 1]).max() < 1e-3
    assert 0.05 < np.abs(mixed).max() < 0.4


def test_only_the_wanted_length_is_read(tmp_path):
    path = write_wav(tmp_path / "s.wav", tone(48_000, seconds=5), 48_000)
    assert len(read_sound(path, limit_s=1.25)[0]) == 60_000


def test_a_few_nan_are_mended_and_many_refused(tmp_path):
    samples = tone(8000)
    samples[100], samples[200] = math.nan, math.inf
    found, _ = read_sound(write_float_wav(tmp_path / "few.wav", samples, 8000))
    assert np.isfinite(found).all()
    assert found[100] == found[200] == 0
    samples[::10] = math.nan
    with pytest.raises(MediaError, match="NaN"):
        read_sound(write_float_wav(tmp_path / "many.wav", samples, 8000))


def test_sound_beyond_full_scale_is_turned_down(tmp_path):
    found, _ = read_sound(write_float_wav(tmp_path / "s.wav", 5 * tone(8000), 8000))
    assert np.abs(found).max() == pytest.approx(1.0)
    assert np.corrcoef(found[:, 0], tone(8000)[:, 0])[0, 1] > 0.999


@pytest.mark.parametrize("rate", [4000, 384_000])
def test_rates_outside_the_range_are_refused(tmp_path, rate):
    path = write_wav(tmp_path / "s.wav", tone(rate, seconds=0.1), rate)
    with pytest.raises(MediaError, match="8 to 192 kHz"):
        read_sound(path)


def test_sounds_that_cannot_be_read(tmp_path):
    write_wav(tmp_path / "none.wav", np.zeros((0, 1)), 48_000)
    (tmp_path / "text.mp3").write_text("not a sound" * 100)
    (tmp_path / "empty.wav").touch()
    (tmp_path / "list.txt").write_text("ffconcat version 1.0\nfile none.wav\n")
    (tmp_path / "play.m3u8").write_text("#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1/a.ts\n")
    two_colours().save(tmp_path / "picture.png")
    os.mkfifo(tmp_path / "pipe.wav")
    names = ("none.wav", "text.mp3", "empty.wav", "list.txt", "play.m3u8", "picture.png",
             "pipe.wav", "missing.wav", ".")  # fmt: skip
    for name in names:
        with pytest.raises(MediaError) as caught:
            read_sound(tmp_path / name)
        assert caught.value.remedy, name
        assert str(tmp_path) in caught.value.where


def test_a_film_without_sound_is_refused(tmp_path):
    with av.open(str(tmp_path / "v.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height = 64, 64
        for packet in stream.encode(av.VideoFrame(64, 64, "yuv420p")):
            container.mux(packet)
        container.mux(stream.encode(None))
    with pytest.raises(MediaError, match="without an audio track"):
        read_sound(tmp_path / "v.mp4")


def test_a_torn_file_gives_what_is_whole(tmp_path):
    path = encode(tmp_path / "s.mp3", "libmp3lame", tone(48_000, 2, seconds=3), 48_000, "stereo")
    data = path.read_bytes()
    (tmp_path / "torn.mp3").write_bytes(data[: len(data) // 2])
    samples, _ = read_sound(tmp_path / "torn.mp3")
    assert 0.8 * 72_000 < len(samples) < 1.2 * 72_000


def test_pieces_of_another_rate_and_layout_in_one_file_are_read(tmp_path):
    pieces = [
        encode(tmp_path / name, "libmp3lame", tone(rate, channels, seconds=2), rate, layout)
        for name, rate, channels, layout in (
            ("a.mp3", 44_100, 2, "stereo"),
            ("b.mp3", 48_000, 1, "mono"),
            ("c.mp3", 32_000, 2, "stereo"),
        )
    ]
    (tmp_path / "all.mp3").write_bytes(b"".join(piece.read_bytes() for piece in pieces))
    samples, rate = read_sound(tmp_path / "all.mp3")
    assert (samples.shape[1], rate) == (2, 44_100)
    assert 5.8 < len(samples) / rate < 6.6
    for second in (1, 3, 5):  # the same tone in each piece
        part = samples[second * rate : second * rate + rate // 2, 1]
        assert np.abs(np.fft.rfft(part)).argmax() == 250


@pytest.mark.parametrize(
    ("name", "codec"), [("s.flac", "flac"), ("s.m4a", "aac"), ("s.mp3", "libmp3lame")]
)
def test_garbled_files_are_read_or_refused(tmp_path, name, codec):
    path = encode(tmp_path / name, codec, tone(48_000, 2, seconds=2), 48_000, "stereo")
    whole = path.read_bytes()
    for seed in range(20):
        random = np.random.default_rng(seed)
        data = np.frombuffer(whole, np.uint8).copy()
        places = random.integers(len(data) // 10, len(data), 1 + len(data) // 200)
        data[places] = random.integers(0, 256, len(places))
        path.write_bytes(data.tobytes())
        with contextlib.suppress(MediaError):
            samples, _ = read_sound(path)
            assert np.isfinite(samples).all()


def test_names_that_look_like_protocols_are_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_wav(Path("concat:x|y.wav"), tone(8000), 8000)
    assert len(read_sound(Path("concat:x|y.wav"))[0]) == 8000


def test_of_hours_of_music_only_the_beginning_is_read(tmp_path):
    path = tmp_path / "long.wav"
    rate, hours = 8000, 3
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        second = (tone(rate, hertz=500)[:, 0] * 32_767).astype("<i2").tobytes()
        for _ in range(hours * 60):
            file.writeframes(second * 60)
    data, suffix = carry_sound(path, limit_s=20)
    assert len(data) < 20 * rate * 2 * 1.3
    (tmp_path / f"start{suffix}").write_bytes(data)
    samples, found = read_sound(tmp_path / f"start{suffix}")
    assert found == rate
    assert 20 <= len(samples) / rate < 21
    assert np.abs(samples[:rate] - tone(rate)).max() < 1e-3


def test_a_small_file_is_carried_as_it_is(tmp_path):
    path = write_wav(tmp_path / "s.wav", tone(8000), 8000)
    assert carry_sound(path) == (path.read_bytes(), ".wav")
    with pytest.raises(MediaError, match="none that can be read"):
        carry_sound(tmp_path / "none.wav")


def test_a_truncated_file_gives_what_there_is(tmp_path):
    whole = write_wav(tmp_path / "s.wav", tone(48_000, 2), 48_000).read_bytes()
    (tmp_path / "half.wav").write_bytes(whole[: len(whole) // 2])
    assert 20_000 < len(read_sound(tmp_path / "half.wav")[0]) <= 24_000


def test_the_ending_of_a_name_is_of_no_matter(tmp_path):
    path = encode(tmp_path / "s.flac", "flac", tone(48_000, 2), 48_000, "stereo")
    wrong = path.rename(tmp_path / "s.mp3")
    assert read_sound(wrong)[0].shape == (48_000, 2)


def test_a_film_gives_its_sound(tmp_path):
    with av.open(str(tmp_path / "v.mp4"), "w") as container:
        picture = container.add_stream("libx264", rate=30)
        picture.width, picture.height, picture.pix_fmt = 64, 64, "yuv420p"
        sound = container.add_stream("aac", rate=48_000)
        sound.layout = "stereo"
        for _ in range(30):
            container.mux(picture.encode(av.VideoFrame(64, 64, "yuv420p")))
        container.mux(picture.encode(None))
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(tone(48_000, 2).T.astype(np.float32)), "fltp", "stereo"
        )
        frame.sample_rate, frame.pts = 48_000, 0
        container.mux(sound.encode(frame))
        container.mux(sound.encode(None))
    samples, rate = read_sound(tmp_path / "v.mp4")
    assert rate == 48_000
    assert np.abs(np.fft.rfft(samples[12_000:36_000, 0])).argmax() == 250
