from __future__ import annotations

import io

import numpy as np
import pytest

from raypipe import libav
from raypipe.encode.soundtrack import decoded_peak_dbtp, encode_soundtrack, write_within
from raypipe.errors import RenderError
from raypipe.sound.loudness import measure_loudness

RATE = 48_000


def decoded(soundtrack: bytes) -> np.ndarray:
    with libav.open_input(io.BytesIO(soundtrack), container="mp4") as container:
        return np.concatenate([f.to_ndarray() for f in container.decode(audio=0)], axis=1).T


def within(samples: np.ndarray) -> bytes:
    sink = io.BytesIO()
    write_within(samples, sink)
    return sink.getvalue()


def clicks(places: list[int], count: int) -> np.ndarray:
    samples = np.zeros((count, 2), np.float32)
    shape = np.hanning(25).astype(np.float32) * 0.8
    for place in places:
        samples[place - 12 : place + 13] += shape[:, None]
    return samples


def test_sound_plays_when_it_should():
    places = [3000, 24_000, 47_999, 80_000, 95_500]
    heard = decoded(encode_soundtrack(clicks(places, 96_000)))[:, 0]
    for place in places:
        window = heard[place - 500 : place + 500]
        assert abs(int(window.argmax()) - 500) <= 48  # one millisecond


@pytest.mark.parametrize("count", [1, 1023, 1024, 1025, 48_000, 50_001])
def test_length_is_exact(count):
    soundtrack = encode_soundtrack(np.full((count, 2), 0.1, np.float32))
    with libav.open_input(io.BytesIO(soundtrack), container="mp4") as container:
        stream = container.streams.audio[0]
        assert stream.duration * stream.time_base * RATE == count
        assert stream.start_time == 0
    assert 0 <= len(decoded(soundtrack)) - count < 1024


def test_is_aac_lc_stereo_at_48_khz():
    soundtrack = encode_soundtrack(np.zeros((5000, 2), np.float32))
    with libav.open_input(io.BytesIO(soundtrack), container="mp4") as container:
        context = container.streams.audio[0].codec_context
        assert (context.name, context.profile) == ("aac", "LC")
        assert (context.sample_rate, context.channels) == (RATE, 2)
    assert b"elst" not in soundtrack


def test_channels_stay_apart():
    time = np.arange(RATE) / RATE
    samples = np.stack([0.5 * np.sin(2 * np.pi * 440 * time), np.zeros(RATE)], axis=1)
    heard = decoded(encode_soundtrack(samples.astype(np.float32)))[4800:-4800]
    assert np.sqrt((heard[:, 0] ** 2).mean()) == pytest.approx(0.354, abs=0.01)
    assert np.abs(heard[:, 1]).max() < 0.01


def test_equal_samples_give_equal_bytes():
    samples = np.random.default_rng(2).normal(0, 0.1, (20_000, 2)).astype(np.float32)
    assert encode_soundtrack(samples) == encode_soundtrack(samples)


def test_full_scale_and_silence_are_fine():
    assert np.abs(decoded(encode_soundtrack(np.zeros((9000, 2), np.float32)))).max() == 0
    square = np.sign(np.sin(np.arange(9000) / 20)).astype(np.float32)
    assert np.isfinite(decoded(encode_soundtrack(np.stack([square, -square], axis=1)))).all()


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros((0, 2), np.float32),
        np.zeros((100, 1), np.float32),
        np.zeros(100, np.float32),
        np.zeros((100, 2), np.float64),
        np.full((100, 2), np.nan, np.float32),
        np.full((100, 2), np.inf, np.float32),
    ],
)
def test_refuses_what_is_no_soundtrack(samples):
    with pytest.raises(RenderError, match="expected"):
        encode_soundtrack(samples)


@pytest.mark.parametrize("seed", [1, 2])
def test_true_peak_holds_after_decoding_whatever_the_encoder_adds(seed):
    rng = np.random.default_rng(seed)
    harsh = np.clip(rng.normal(0, 0.6, (2 * RATE, 2)), -0.88, 0.88).astype(np.float32)
    assert measure_loudness(decoded(encode_soundtrack(harsh)), RATE).true_peak_dbtp > -1
    held = decoded(within(harsh))
    assert measure_loudness(np.ascontiguousarray(held), RATE).true_peak_dbtp <= -0.95


def test_what_holds_already_is_encoded_as_it_is():
    samples = 0.3 * np.sin(np.arange(RATE) / 30).astype(np.float32)
    pair = np.stack([samples, samples], axis=1)
    assert within(pair.copy()) == encode_soundtrack(pair)
    assert decoded_peak_dbtp(io.BytesIO(encode_soundtrack(pair))) == pytest.approx(-10.5, abs=0.2)
