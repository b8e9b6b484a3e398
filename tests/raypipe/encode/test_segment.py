from __future__ import annotations

import io

import av
import numpy as np
import pytest

from raypipe import libav
from raypipe.encode.quality import encoder_options
from raypipe.encode.segment import SegmentEncoder, encoder_revision
from raypipe.encode.sessions import SESSIONS
from raypipe.errors import EncoderError, RenderError

WIDTH, HEIGHT, FPS = 192, 320, 30


def encode(frames: np.ndarray, **options) -> bytes:
    options = {"width": WIDTH, "height": HEIGHT, "fps": FPS} | options
    with SegmentEncoder(**options) as encoder:
        for start in range(0, len(frames), 15):
            encoder.feed(frames[start : start + 15])
        return encoder.close()


def packets(segment: bytes) -> list[av.Packet]:
    with libav.open_input(io.BytesIO(segment), container="mp4") as container:
        return [packet for packet in container.demux(video=0) if packet.size]


def decoded(segment: bytes) -> np.ndarray:
    with libav.open_input(io.BytesIO(segment), container="mp4") as container:
        return np.stack([frame.to_ndarray() for frame in container.decode(video=0)])


def test_gives_every_frame_back_in_order(make_frames, number_of):
    frames = make_frames(7, 40)
    pictures = decoded(encode(frames))
    assert [number_of(picture) for picture in pictures] == list(range(7, 47))
    error = np.mean((pictures.astype(float) - frames) ** 2, axis=(1, 2))
    assert 10 * np.log10(255**2 / error.max()) > 38


def test_one_thread_of_x264_is_bit_identical(make_frames):
    frames = make_frames(0, 35)
    assert encode(frames) == encode(frames)


def test_chunking_does_not_change_the_segment(make_frames):
    frames = make_frames(0, 31)
    with SegmentEncoder(width=WIDTH, height=HEIGHT, fps=FPS) as encoder:
        for frame in frames:
            encoder.feed(frame[None])
        assert encoder.close() == encode(frames)


def test_takes_read_only_and_strided_frames(make_frames):
    frames = make_frames(0, 12)
    expected = encode(frames)
    frozen = frames.copy()
    frozen.flags.writeable = False
    assert encode(frozen) == expected
    wide = np.zeros((12, HEIGHT * 3 // 2, WIDTH + 8), np.uint8)
    wide[:, :, :WIDTH] = frames
    assert encode(wide[:, :, :WIDTH]) == expected


def test_the_frames_may_be_overwritten_after_feeding(make_frames):
    frames = make_frames(0, 20)
    expected = encode(frames)
    with SegmentEncoder(width=WIDTH, height=HEIGHT, fps=FPS) as encoder:
        chunk = np.empty_like(frames[:5])
        for start in range(0, 20, 5):
            chunk[:] = frames[start : start + 5]
            encoder.feed(chunk)
        assert encoder.close() == expected


@pytest.mark.parametrize("quality", ["draft", "standard", "high"])
def test_is_high_profile_progressive_and_tagged_bt709(make_frames, quality):
    segment = encode(make_frames(0, 3), quality=quality)
    with libav.open_input(io.BytesIO(segment), container="mp4") as container:
        context = container.streams.video[0].codec_context
        frame = next(container.decode(video=0))
        assert (context.profile, context.pix_fmt) == ("High", "yuv420p")
        assert (context.color_primaries, context.color_trc, context.colorspace) == (1, 1, 1)
        assert context.color_range == 1
        assert not frame.interlaced_frame


@pytest.mark.parametrize("fps", [24, 30])
def test_every_gop_is_two_seconds_and_time_is_exact(make_frames, fps):
    found = packets(encode(make_frames(0, 4 * fps + 5), fps=fps))
    assert [i for i, packet in enumerate(found) if packet.is_keyframe] == [0, 2 * fps, 4 * fps]
    assert [packet.pts * packet.time_base * fps for packet in found] == list(range(4 * fps + 5))
    assert all(packet.pts == packet.dts for packet in found)


def test_no_five_seconds_exceed_the_ceiling():
    rng = np.random.default_rng(3)
    frames = rng.integers(16, 236, (150, HEIGHT * 3 // 2, WIDTH), dtype=np.uint8)
    ceiling = 1_200_000
    segment = encode(frames, max_bitrate=ceiling)
    spent = sum(packet.size for packet in packets(segment)) * 8 / 5
    assert 0.7 * ceiling < spent <= ceiling


def test_better_quality_comes_nearer_to_the_picture(make_frames):
    frames = make_frames(0, 20)
    noise = np.random.default_rng(1).integers(0, 40, frames.shape, dtype=np.uint8)
    frames = (frames // 2 + noise).astype(np.uint8)
    errors = [
        np.mean((decoded(encode(frames, quality=quality)).astype(float) - frames) ** 2)
        for quality in ("draft", "standard", "high")
    ]
    assert errors[0] > errors[1] > errors[2]


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        (np.zeros((2, HEIGHT, WIDTH), np.uint8), r"\(n, 480, 192\)"),
        (np.zeros((480, WIDTH), np.uint8), r"\(n, 480, 192\)"),
        (np.zeros((2, 480, WIDTH), np.float32), "uint8"),
    ],
)
def test_refuses_frames_of_another_shape(frames, words):
    with (
        SegmentEncoder(width=WIDTH, height=HEIGHT, fps=FPS) as encoder,
        pytest.raises(RenderError, match=words),
    ):
        encoder.feed(frames)


@pytest.mark.parametrize(
    "options",
    [{"width": 191}, {"height": 8}, {"fps": 0}, {"threads": 0}, {"max_bitrate": 100}],
)
def test_refuses_impossible_sizes(options):
    with pytest.raises(RenderError):
        SegmentEncoder(**({"width": WIDTH, "height": HEIGHT, "fps": FPS} | options))


@pytest.mark.parametrize("encoder", ["no_such_encoder", "aac", "h264"])
def test_refuses_what_is_no_video_encoder(encoder):
    with pytest.raises(RenderError, match=encoder):
        SegmentEncoder(width=WIDTH, height=HEIGHT, fps=FPS, encoder=encoder)


def test_refuses_an_empty_segment_and_a_second_end(make_frames):
    with (
        SegmentEncoder(width=WIDTH, height=HEIGHT, fps=FPS) as encoder,
        pytest.raises(RenderError, match="at least one frame"),
    ):
        encoder.close()
    with SegmentEncoder(width=WIDTH, height=HEIGHT, fps=FPS) as encoder:
        encoder.feed(make_frames(0, 1))
        encoder.close()
        with pytest.raises(RenderError, match="closed"):
            encoder.feed(make_frames(0, 1))
        with pytest.raises(RenderError, match="closed"):
            encoder.close()


def test_leaving_early_releases_the_encoder(make_frames):
    with SegmentEncoder(width=WIDTH, height=HEIGHT, fps=FPS) as encoder:
        encoder.feed(make_frames(0, 3))
    with pytest.raises(RenderError, match="closed"):
        encoder.feed(make_frames(0, 1))


def test_an_encoder_that_cannot_be_opened_gives_its_session_back():
    for _ in range(SESSIONS + 1):  # a lost one would be waited for without end
        with pytest.raises(EncoderError, match="h264_v4l2m2m cannot encode 192x320"):
            SegmentEncoder(width=WIDTH, height=HEIGHT, fps=FPS, encoder="h264_v4l2m2m")


@pytest.mark.parametrize("quality", ["draft", "standard", "high"])
def test_nvenc_stays_under_the_ceiling_with_a_buffer_of_a_second_and_more(quality):
    ceiling = 8_000_000
    options = encoder_options("h264_nvenc", quality, fps=30, max_bitrate=ceiling)
    rate = int(options["maxrate"])
    assert float(options["cq"]) > 0, "for which libav leaves the buffer to the driver"
    assert 5 * rate + 1.6 * rate <= 5 * ceiling


def test_the_revision_follows_everything_that_shapes_the_bytes():
    base = encoder_revision("libx264", "standard", fps=30)
    assert base == encoder_revision("libx264", "standard", fps=30)
    others = {
        encoder_revision("libx264", "high", fps=30),
        encoder_revision("libx264", "standard", fps=24),
        encoder_revision("libx264", "standard", fps=30, max_bitrate=4_000_000),
        encoder_revision("h264_nvenc", "standard", fps=30),
    }
    assert len(others | {base}) == 5
