from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from raypipe.errors import MediaError
from raypipe.sound.music import loop, make_music

RATE = 48_000


def write_wav(path: Path, samples: np.ndarray, rate: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((samples * 32_767).astype("<i2").tobytes())


def noise(seconds: float, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, (round(seconds * RATE), 2)).astype(np.float32)


def test_loops_join_at_constant_power():
    music = loop(noise(8), 30 * RATE)
    assert len(music) == 30 * RATE
    power = (music[: 30 * RATE // 4800 * 4800] ** 2).mean(axis=1).reshape(-1, 4800).mean(axis=1)
    assert 10 * np.log10(power.max() / power.min()) < 1.5


def test_loops_join_without_a_click():
    tone = 0.5 * np.sin(2 * np.pi * 101.3 * np.arange(5 * RATE) / RATE)
    music = loop(np.repeat(tone[:, None], 2, axis=1).astype(np.float32), 20 * RATE)
    assert np.abs(np.diff(music[:, 0], n=2)).max() < 0.001


def test_silence_around_the_piece_is_cut_off():
    piece = np.concatenate(
        [np.zeros((2 * RATE, 2), np.float32), noise(4), np.zeros((RATE, 2), np.float32)]
    )
    music = loop(piece, 12 * RATE)
    level = np.abs(music).reshape(-1, 2400, 2).max(axis=(1, 2))
    assert level.min() > 0.05


def test_a_long_piece_is_cut():
    piece = noise(5)
    assert np.array_equal(loop(piece, 2 * RATE), piece[: 2 * RATE])


@pytest.mark.parametrize("count", [1, 2, 3, 10])
def test_even_a_few_samples_loop(count):
    assert loop(np.ones((count, 2), np.float32), 1000).shape == (1000, 2)


def test_a_silent_piece_gives_silence():
    assert not loop(np.zeros((100, 2), np.float32), 1000).any()


@pytest.mark.parametrize(("rate", "channels"), [(22_050, 1), (44_100, 2), (8000, 1)])
def test_files_of_any_rate_and_channels(tmp_path, rate, channels):
    time = np.arange(3 * rate) / rate
    tone = np.repeat(0.3 * np.sin(2 * np.pi * 500 * time)[:, None], channels, axis=1)
    write_wav(tmp_path / "m.wav", tone, rate)
    music = make_music(str(tmp_path / "m.wav"), 5 * RATE, moods=[], seed=0)
    assert music.shape == (5 * RATE, 2)
    spectrum = np.abs(np.fft.rfft(music[:RATE, 1]))
    assert spectrum.argmax() == 500


def test_a_missing_file_is_the_callers_mistake(tmp_path):
    with pytest.raises(MediaError, match="none that can be read"):
        make_music(str(tmp_path / "none.mp3"), RATE, moods=[], seed=0)
