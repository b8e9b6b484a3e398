import io
from itertools import pairwise

import av
import numpy as np
import pytest

from raypipe.encode.fragments import sound_fragments, video_fragment
from raypipe.encode.live import LiveVideo
from raypipe.encode.segment import SegmentEncoder
from raypipe.encode.soundtrack import encode_soundtrack
from raypipe.errors import InputError, RenderError

WIDTH, HEIGHT, FPS = 192, 320, 30
LENGTHS = (37, 1, 90, 22)
FIRSTS = (0, 37, 38, 128)
FRAMES = sum(LENGTHS)


@pytest.fixture(scope="module")
def segments(make_frames) -> list[bytes]:
    made = []
    for first, last in pairwise(np.cumsum((0, *LENGTHS)).tolist()):
        with SegmentEncoder(width=WIDTH, height=HEIGHT, fps=FPS) as encoder:
            encoder.feed(make_frames(first, last - first))
            made.append(encoder.close())
    return made


@pytest.fixture(scope="module")
def soundtrack() -> bytes:
    time = np.arange(FRAMES * 1600) / 48_000
    tone = 0.2 * np.sin(2 * np.pi * (300 + 40 * time) * time)
    return encode_soundtrack(np.stack([tone, tone], 1).astype(np.float32))


@pytest.fixture
def live(tmp_path):
    told = []
    video = LiveVideo(
        tmp_path / "a.live", size=(WIDTH, HEIGHT), fps=FPS, longest_s=3.0, on_playable=told.append
    )
    video.told = told
    return video


def listed(live, track: str) -> list[str]:
    path = live.folder / f"{track}.m3u8"
    lines = path.read_text().splitlines() if path.exists() else []
    return [line for line in lines if line and not line.startswith("#")]


def decode(live, track: str) -> list:
    """Put the listed fragments together as a player does, and decode them."""
    parts = [f"{track}_init.mp4", *listed(live, track)]
    data = b"".join((live.folder / part).read_bytes() for part in parts)
    with av.open(io.BytesIO(data)) as container:
        return list(container.decode(container.streams[0]))


def test_only_what_has_nothing_missing_before_it_is_listed(live, segments):
    counts = []
    for index in (2, 0, 3, 1):
        live.add_segment(index, segments[index])
        counts.append(len(listed(live, "video")))
    assert counts == [0, 1, 1, 4]


def test_players_are_told_where_the_encoder_changed(live, segments, make_frames):
    with SegmentEncoder(width=WIDTH, height=HEIGHT, fps=FPS, quality="high") as encoder:
        encoder.feed(make_frames(LENGTHS[0], LENGTHS[1]))
        other = encoder.close()
    for index, segment in enumerate((segments[0], other)):
        live.add_segment(index, segment)
    live.add_segment(0, other)  # encoded again, but shown already
    text = (live.folder / "video.m3u8").read_text()
    assert text.count("#EXTINF") == 2
    assert text.index("video_0001.m4s") < text.index("#EXT-X-DISCONTINUITY")
    assert text.index('#EXT-X-MAP:URI="video_init_0002.mp4"') < text.index("video_0002.m4s")
    data = b"".join(
        (live.folder / name).read_bytes() for name in ("video_init_0002.mp4", "video_0002.m4s")
    )
    with av.open(io.BytesIO(data)) as container:
        assert len(list(container.decode(video=0))) == LENGTHS[1]


def test_the_fragments_of_all_segments_decode_to_every_frame_at_its_time(live, segments, number_of):
    for index in (3, 1, 0, 2):
        live.add_segment(index, segments[index])
    live.finish()
    frames = decode(live, "video")
    assert [number_of(frame.to_ndarray(format="yuv420p")) for frame in frames] == [*range(FRAMES)]
    assert [frame.pts * frame.time_base * FPS for frame in frames] == [*range(FRAMES)]


def test_what_is_listed_at_any_moment_plays_from_the_start(live, segments, number_of):
    for index, segment in enumerate(segments):
        live.add_segment(index, segment)
        seen = [number_of(f.to_ndarray(format="yuv420p")) for f in decode(live, "video")]
        assert seen == [*range(FIRSTS[index] + LENGTHS[index])]


def test_the_sound_is_that_of_the_soundtrack_to_the_sample(live, soundtrack):
    live.add_sound(soundtrack)
    with av.open(io.BytesIO(soundtrack)) as container:
        whole = [frame.to_ndarray() for frame in container.decode(audio=0)]
    parts = decode(live, "sound")
    assert len(parts) == len(whole)
    np.testing.assert_array_equal(
        np.concatenate([frame.to_ndarray() for frame in parts], 1), np.concatenate(whole, 1)
    )
    starts = [frame.pts * frame.time_base * 48_000 for frame in parts]
    assert starts == [index * 1024 for index in range(len(parts))]


def test_it_is_announced_once_picture_and_sound_are_there(live, segments, soundtrack):
    live.add_segment(0, segments[0])
    assert not live.told
    assert not live.playlist.exists()
    live.add_sound(soundtrack)
    live.add_segment(1, segments[1])
    assert live.told == [live.playlist]
    master = live.playlist.read_text()
    assert "RESOLUTION=192x320" in master
    assert 'AUDIO="sound"' in master
    assert (live.folder / "video.m3u8").exists()


def test_players_are_told_when_the_video_is_complete_and_not_before(live, segments):
    for index, segment in enumerate(segments):
        live.add_segment(index, segment)
    playlist = live.folder / "video.m3u8"
    assert "#EXT-X-ENDLIST" not in playlist.read_text()
    live.finish()
    lines = playlist.read_text().splitlines()
    assert lines[-1] == "#EXT-X-ENDLIST"
    lengths = [float(line[8:-1]) for line in lines if line.startswith("#EXTINF:")]
    assert lengths == pytest.approx([length / FPS for length in LENGTHS], abs=1e-6)
    target = int(next(line for line in lines if "TARGETDURATION" in line).partition(":")[2])
    assert all(round(length) <= target for length in lengths)


def test_a_failed_video_leaves_nothing(live, segments):
    live.add_segment(0, segments[0])
    with pytest.raises(ZeroDivisionError), live:
        raise ZeroDivisionError
    assert not live.folder.exists()


def test_an_earlier_run_is_replaced(live, segments):
    live.add_segment(0, segments[0])
    again = LiveVideo(
        live.folder, size=(WIDTH, HEIGHT), fps=FPS, longest_s=3.0, on_playable=lambda _: None
    )
    assert not list(again.folder.iterdir())


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="--out"):
        LiveVideo(
            tmp_path / "file" / "a.live",
            size=(WIDTH, HEIGHT),
            fps=FPS,
            longest_s=3.0,
            on_playable=lambda _: None,
        )


def test_fragments_are_numbered_and_placed(segments, soundtrack):
    fragment = video_fragment(segments[2], start_frame=38, number=3)
    assert fragment.body[4:8] == b"moof"
    assert b"moov" in fragment.header
    assert fragment.duration * FPS == 90
    sounds = list(sound_fragments(soundtrack, seconds=1.0))
    assert sum(sound.duration for sound in sounds) * 48_000 == FRAMES * 1600
    assert len(sounds) == 5


def test_data_that_is_no_segment_is_refused():
    with pytest.raises(RenderError, match="expected an MP4 of 5 bytes"):
        video_fragment(b"other", start_frame=0, number=1)
