"""What only a GPU with NVENC can show; `make gpu-check` says whether it was shown."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from raypipe import libav
from raypipe.encode.join import segment_format
from raypipe.encode.probe import why_not
from raypipe.encode.segment import SegmentEncoder
from raypipe.encode.sessions import SESSIONS

WIDTH, HEIGHT, FPS = 540, 960, 30


@pytest.fixture(autouse=True)
def nvenc() -> None:
    reason = why_not("h264_nvenc")
    if reason:
        pytest.skip(f"no NVENC here: {reason}")


def encode(seed: int, *, frames: int = 150, **options) -> bytes:
    """Return a segment of noise, which takes all the bits there are."""
    rng = np.random.default_rng(seed)
    options = {"width": WIDTH, "height": HEIGHT, "fps": FPS, "encoder": "h264_nvenc"} | options
    with SegmentEncoder(**options) as encoder:
        for _ in range(frames):
            encoder.feed(rng.integers(16, 236, (1, HEIGHT * 3 // 2, WIDTH), dtype=np.uint8))
        return encoder.close()


def packets(segment: bytes) -> list:
    with libav.open_input(io.BytesIO(segment), container="mp4") as container:
        return [packet for packet in container.demux(video=0) if packet.size]


@pytest.mark.parametrize("quality", ["draft", "standard", "high"])
def test_no_five_seconds_of_noise_exceed_the_ceiling(quality):
    ceiling = 8_000_000
    segment = encode(1, quality=quality, max_bitrate=ceiling)
    assert sum(packet.size for packet in packets(segment)) * 8 / 5 <= ceiling


def test_every_gop_is_two_seconds_and_nothing_is_reordered():
    found = packets(encode(2))
    assert [i for i, packet in enumerate(found) if packet.is_keyframe] == [0, 60, 120]
    assert [packet.pts * packet.time_base * FPS for packet in found] == [*range(150)]
    assert all(packet.pts == packet.dts for packet in found)


def test_more_segments_than_sessions_are_encoded_and_fit_each_other():
    count = 2 * SESSIONS
    with ThreadPoolExecutor(count) as threads:
        segments = list(threads.map(lambda seed: encode(seed, frames=90), range(count)))
    assert len({segment_format(segment, "here") for segment in segments}) == 1
