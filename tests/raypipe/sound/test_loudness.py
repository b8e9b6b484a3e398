from __future__ import annotations

import av
import av.filter
import numpy as np
import pyloudnorm
import pytest

from raypipe.errors import RenderError
from raypipe.sound.loudness import (
    CEILING_DBTP,
    SILENCE_DBTP,
    SILENCE_LUFS,
    TARGET_LUFS,
    measure_loudness,
    normalise,
)

RATE = 48_000


def sine(hertz: float, seconds: float, level: float = 1.0) -> np.ndarray:
    return (level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)).astype(
        np.float32
    )


def speech_like(seconds: float, level: float, seed: int = 1) -> np.ndarray:
    """Return noise in syllables, with pauses, in two channels."""
    rng = np.random.default_rng(seed)
    count = round(seconds * RATE)
    time = np.arange(count) / RATE
    noise = np.convolve(rng.normal(size=count), np.hanning(40), "same")
    syllables = np.clip(np.sin(2 * np.pi * 3.1 * time), 0, 1) * (
        np.sin(2 * np.pi * 0.2 * time) > -0.5
    )
    mono = noise * syllables / np.abs(noise).max() * level
    return np.stack([mono, 0.8 * mono], axis=1).astype(np.float32)


def ebur128(samples: np.ndarray) -> float:
    """Measure by libav's filter, an implementation of its own."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(sample_rate=RATE, format="flt", layout="stereo")
    meter = graph.add("ebur128", "metadata=1")
    sink = graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    loudness = 0.0
    for start in range(0, len(samples), 4800):
        block = np.ascontiguousarray(samples[start : start + 4800]).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(block, "flt", "stereo")
        frame.sample_rate, frame.pts = RATE, start
        graph.push(frame)
        while True:
            try:
                out = graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                break
            loudness = float(out.metadata.get("lavfi.r128.I", loudness))
    return loudness


def test_a_full_scale_sine_reads_as_the_standard_says():
    one = measure_loudness(sine(997, 3), RATE)
    assert one.integrated_lufs == pytest.approx(-3.01, abs=0.02)
    assert one.true_peak_dbtp == pytest.approx(0, abs=0.01)
    both = measure_loudness(np.repeat(sine(997, 3)[:, None], 2, axis=1), RATE)
    assert both.integrated_lufs == pytest.approx(0, abs=0.02)


def test_gates_pauses_as_the_ebu_asks():
    # EBU Tech 3341, case 3: -36, -23 and -36 dBFS read -23 LUFS.
    parts = [(10, -36.0), (60, -23.0), (10, -36.0)]
    mono = np.concatenate([sine(1000, s, 10 ** (db / 20)) for s, db in parts])
    both = np.repeat(mono[:, None], 2, axis=1)
    assert measure_loudness(both, RATE).integrated_lufs == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize("level", [0.9, 0.05])
def test_agrees_with_two_other_meters(level):
    samples = speech_like(12, level)
    found = measure_loudness(samples, RATE).integrated_lufs
    meter = pyloudnorm.Meter(RATE)
    assert found == pytest.approx(meter.integrated_loudness(samples.astype(float)), abs=0.1)
    assert found == pytest.approx(ebur128(samples), abs=0.11)


def test_finds_peaks_between_samples():
    # EBU Tech 3341, case 16: a quarter of the rate, 45 degrees off, true peak 3 dB above samples.
    tone = np.sin(2 * np.pi * np.arange(RATE) / 4 + np.pi / 4).astype(np.float32) * 0.5
    inner = tone * np.hanning(len(tone)).astype(np.float32)
    assert np.abs(inner).max() == pytest.approx(0.3536, abs=1e-3)
    assert measure_loudness(inner, RATE).true_peak_dbtp == pytest.approx(-6.02, abs=0.2)


@pytest.mark.parametrize("rate", [8000, 22_050, 44_100])
def test_any_rate_reads_alike(rate):
    tone = (0.25 * np.sin(2 * np.pi * 997 * np.arange(2 * rate) / rate)).astype(np.float32)
    assert measure_loudness(tone, rate).integrated_lufs == pytest.approx(-15.05, abs=0.1)


@pytest.mark.parametrize("count", [0, 1, 100, 4800, 100_000])
def test_silence_is_minus_seventy(count):
    found = measure_loudness(np.zeros((count, 2), np.float32), RATE)
    assert (found.integrated_lufs, found.true_peak_dbtp) == (SILENCE_LUFS, SILENCE_DBTP)


def test_sound_shorter_than_a_block_is_measured_whole():
    assert measure_loudness(sine(997, 0.2), RATE).integrated_lufs == pytest.approx(-3, abs=0.3)


def test_refuses_nan():
    with pytest.raises(RenderError, match="finite"):
        measure_loudness(np.full(100, np.nan, np.float32), RATE)


@pytest.mark.parametrize("level", [0.03, 0.4, 1.0, 4.0])
@pytest.mark.parametrize("seconds", [0.3, 1.0, 8.0])
def test_normalising_reaches_loudness_under_the_ceiling(level, seconds):
    samples = speech_like(seconds, level)
    normalise(samples)
    found = measure_loudness(samples, RATE)
    assert found.integrated_lufs == pytest.approx(TARGET_LUFS, abs=0.3)
    assert found.true_peak_dbtp <= CEILING_DBTP + 0.05
    assert np.isfinite(samples).all()


def test_extreme_peaks_are_held():
    samples = speech_like(4, 0.1)
    samples[::9000] *= 50
    samples[100] = 30
    normalise(samples)
    assert measure_loudness(samples, RATE).true_peak_dbtp <= CEILING_DBTP + 0.05


@pytest.mark.parametrize("level", [0.0, 1e-5, 1e-4])
def test_what_nobody_hears_is_not_lifted(level):
    samples = np.random.default_rng(1).normal(0, 1, (RATE, 2)).astype(np.float32) * np.float32(
        level
    )
    before = samples.copy()
    normalise(samples)
    assert np.array_equal(samples, before)


def test_what_nobody_hears_stays_under_the_ceiling_all_the_same():
    samples = np.stack([sine(1, 8.0)] * 2, axis=1)
    normalise(samples)
    assert measure_loudness(samples, RATE).true_peak_dbtp <= CEILING_DBTP + 0.1
