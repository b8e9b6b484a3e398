from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from raypipe import libav
from raypipe.encode.join import join_video
from raypipe.encode.segment import SegmentEncoder
from raypipe.encode.soundtrack import encode_soundtrack
from raypipe.errors import RenderError, StorageError

WIDTH, HEIGHT, FPS = 192, 320, 30
LENGTHS = (37, 1, 90, 22)
CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"dinf"}


def encode(frames: np.ndarray, **options) -> bytes:
    options = {"width": WIDTH, "height": HEIGHT, "fps": FPS} | options
    with SegmentEncoder(**options) as encoder:
        encoder.feed(frames)
        return encoder.close()


def silence(frame_count: int, fps: int = FPS) -> bytes:
    return encode_soundtrack(np.zeros((frame_count * 48_000 // fps, 2), np.float32))


@pytest.fixture(scope="module")
def joined(tmp_path_factory, make_frames):
    firsts = np.cumsum((0, *LENGTHS))
    segments = [encode(make_frames(int(a), int(b - a))) for a, b in pairwise(firsts)]
    path = tmp_path_factory.mktemp("joined") / "video.mp4"
    join_video(segments, silence(sum(LENGTHS)), path, title="Der „Schatz“ 宝")
    return path


def boxes(data: bytes) -> Iterator[tuple[bytes, int, bytes]]:
    """Yield (type, offset, payload) of all boxes, depth first."""

    def walk(start: int, end: int) -> Iterator[tuple[bytes, int, bytes]]:
        while start < end:
            size = int.from_bytes(data[start : start + 4], "big")
            kind = data[start + 4 : start + 8]
            assert 8 <= size <= end - start
            yield kind, start, data[start + 8 : start + size]
            if kind in CONTAINERS:
                yield from walk(start + 8, start + size)
            start += size

    yield from walk(0, len(data))


def test_no_frame_is_lost_repeated_or_changed_at_a_seam(joined, make_frames, number_of):
    with libav.open_input(joined, container="mp4") as container:
        pictures = np.stack([frame.to_ndarray() for frame in container.decode(video=0)])
    assert [number_of(picture) for picture in pictures] == list(range(sum(LENGTHS)))
    error = np.mean((pictures.astype(float) - make_frames(0, sum(LENGTHS))) ** 2, axis=(1, 2))
    assert 10 * np.log10(255**2 / error.max()) > 38


def test_frames_are_equally_long_and_start_at_zero(joined):
    with libav.open_input(joined, container="mp4") as container:
        stream = container.streams.video[0]
        times = [(p.dts, p.pts, p.duration) for p in container.demux(stream) if p.size]
        tick = int(1 / FPS / stream.time_base)
        assert stream.start_time == 0
        assert stream.average_rate == FPS
    assert times == [(n * tick, n * tick, tick) for n in range(sum(LENGTHS))]


def test_seeking_lands_on_the_first_frame_of_a_segment(joined, number_of):
    with libav.open_input(joined, container="mp4") as container:
        stream = container.streams.video[0]
        container.seek(int(38.5 / FPS / stream.time_base), stream=stream)
        assert number_of(next(container.decode(video=0)).to_ndarray()) == 38


def test_structure_is_what_platforms_want(joined):
    data = joined.read_bytes()
    found = list(boxes(data))
    top = [kind for kind, _, _ in found if kind in (b"ftyp", b"moov", b"mdat", b"moof")]
    assert top == [b"ftyp", b"moov", b"mdat"]
    kinds = {kind for kind, _, _ in found}
    assert not kinds & {b"edts", b"elst", b"ctts", b"moof"}
    description = next(payload for kind, _, payload in found if kind == b"stsd")
    colour = description[description.index(b"colr") + 4 :][:11]
    assert colour == b"nclx" + bytes([0, 1, 0, 1, 0, 1, 0])
    assert b"avc1" in description


def test_sound_and_picture_are_equally_long(joined):
    with libav.open_input(joined, container="mp4") as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        lengths = [float(s.duration * s.time_base) for s in (video, audio)]
        assert (audio.codec_context.name, audio.codec_context.profile) == ("aac", "LC")
        assert container.metadata["title"] == "Der „Schatz“ 宝"
    assert lengths[0] == sum(LENGTHS) / FPS
    assert abs(lengths[0] - lengths[1]) <= 1024 / 48_000


def test_packets_of_sound_and_picture_alternate(joined):
    with libav.open_input(joined, container="mp4") as container:
        at = {0: 0.0, 1: 0.0}
        for packet in container.demux():
            if packet.size:
                at[packet.stream_index] = float(packet.dts * packet.time_base)
                assert abs(at[0] - at[1]) < 1.1


def test_the_same_parts_give_the_same_file(tmp_path, make_frames):
    segments, sound = [encode(make_frames(0, 9))], silence(9)
    for name in ("a.mp4", "b.mp4"):
        join_video(segments, sound, tmp_path / name, title="Same")
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_odd_names_are_names(tmp_path, make_frames):
    path = tmp_path / "concat:a|b #1 ü%d.mp4"
    join_video([encode(make_frames(0, 3))], silence(3), path, title="")
    assert path.stat().st_size > 1000


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"fps": 24}, "24 frames/s"),
        ({"quality": "high"}, "avcC"),
        ({"height": HEIGHT // 2}, "192x160"),
    ],
)
def test_segments_that_do_not_fit_are_refused(tmp_path, make_frames, options, words):
    frames = make_frames(0, 5)
    other = frames[:, : options.get("height", HEIGHT) * 3 // 2]
    with pytest.raises(RenderError, match=words) as caught:
        join_video(
            [encode(frames), encode(other, **options)], silence(10), tmp_path / "v.mp4", title=""
        )
    assert caught.value.where == "segment 1"
    assert caught.value.remedy
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("broken", [b"", b"not a segment", None])
def test_broken_segments_are_refused_and_leave_nothing(tmp_path, make_frames, broken):
    good = encode(make_frames(0, 5))
    bad = good[: len(good) // 2] if broken is None else broken
    with pytest.raises(RenderError, match="segment 1"):
        join_video([good, bad], silence(10), tmp_path / "v.mp4", title="")
    assert list(tmp_path.iterdir()) == []


def test_sound_and_picture_must_not_be_confused(tmp_path, make_frames):
    segment, sound = encode(make_frames(0, 5)), silence(5)
    with pytest.raises(RenderError, match="audio"):
        join_video([segment], segment, tmp_path / "v.mp4", title="")
    with pytest.raises(RenderError, match="video track"):
        join_video([sound], sound, tmp_path / "v.mp4", title="")
    with pytest.raises(RenderError, match="at least one"):
        join_video([], sound, tmp_path / "v.mp4", title="")


def test_an_error_leaves_the_old_file_as_it_was(tmp_path, make_frames):
    path = tmp_path / "v.mp4"
    path.write_bytes(b"old")
    with pytest.raises(RenderError):
        join_video([encode(make_frames(0, 2)), b"bad"], silence(5), path, title="")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_a_storage_error(tmp_path, make_frames):
    with pytest.raises(StorageError, match="folder"):
        join_video([encode(make_frames(0, 2))], silence(2), tmp_path / "no" / "v.mp4", title="")


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path):
    """A file system of 64 KiB of its own, in a mount namespace, takes a video that is larger."""
    unshare = shutil.which("unshare")
    probe = [unshare or "unshare", "-rm", "mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs"]
    small = tmp_path / "small"
    small.mkdir()
    if not unshare or subprocess.run([*probe, small], capture_output=True, check=False).returncode:
        pytest.skip("needs user and mount namespaces")
    noise = np.random.default_rng(5).integers(16, 235, (30, HEIGHT * 3 // 2, WIDTH), np.uint8)
    segment = tmp_path / "segment"
    segment.write_bytes(encode(noise))
    sound = tmp_path / "sound"
    sound.write_bytes(silence(30))
    assert segment.stat().st_size > 100_000
    script = f"""
import pathlib
from raypipe.encode.join import join_video
from raypipe.errors import DiskFullError
small = pathlib.Path({str(small)!r})
segment, sound = (pathlib.Path(p).read_bytes() for p in ({str(segment)!r}, {str(sound)!r}))
try:
    join_video([segment], sound, small / "v.mp4", title="")
except DiskFullError as error:
    print("full", error.remedy, list(small.iterdir()))
"""
    command = 'mount -t tmpfs -o size=64k tmpfs "$1" && exec "$2" -c "$3"'
    result = subprocess.run(
        [unshare, "-rm", "sh", "-c", command, "sh", str(small), sys.executable, script],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("full free space")
    assert result.stdout.strip().endswith("[]")
