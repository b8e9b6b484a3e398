from __future__ import annotations

import numpy as np
import pytest

from raypipe.sound.looping import cross_fade, find_joint
from raypipe.sound.music import loop

RATE = 48_000
BEAT = 24_000


def groove(beats: int, *, extra: int = 0) -> np.ndarray:
    """Return strokes every half second, four pitches in turn, ``extra`` samples cut off."""
    time = np.arange(BEAT) / RATE
    notes = [np.sin(2 * np.pi * hertz * time) * np.exp(-7 * time) for hertz in (220, 330, 440, 550)]
    mono = np.concatenate([0.4 * notes[i % 4] for i in range(beats)])[: beats * BEAT - extra]
    return np.repeat(mono[:, None], 2, axis=1).astype(np.float32)


def strokes(music: np.ndarray) -> np.ndarray:
    level = np.abs(music[:, 0])[: len(music) // 480 * 480].reshape(-1, 480).max(axis=1)
    rising = np.flatnonzero((level[1:] > 0.15) & (level[:-1] <= 0.15)) + 1
    return rising * 480


@pytest.mark.parametrize("extra", [0, 7_777, 17_000])
def test_the_beat_and_the_turn_of_notes_go_on_across_the_joint(extra):
    music = loop(groove(40, extra=extra), 60 * RATE)
    gaps = np.diff(strokes(music))
    assert len(gaps) > 100
    assert np.abs(gaps - BEAT).max() <= 960
    for start in range(2 * RATE, 56 * RATE, 2 * RATE):
        spectrum = np.abs(np.fft.rfft(music[start : start + 4 * BEAT, 0])) ** 2
        notes = [spectrum[bin_ - 40 : bin_ + 41].sum() for bin_ in (440, 660, 880, 1100)]
        assert min(notes) > 0.4 * max(notes), start


def test_points_lie_at_the_ends_of_the_piece():
    piece = groove(60)
    start, end = find_joint(piece, fade=72_000) or (0, 0)
    assert 36_000 <= start < 0.35 * len(piece)
    assert end > 0.65 * len(piece)
    assert (end - start) % (4 * BEAT) == pytest.approx(0, abs=480) or (end - start) % (
        4 * BEAT
    ) == pytest.approx(4 * BEAT, abs=480)


def test_a_short_piece_leaves_no_choice():
    assert find_joint(groove(10), fade=1000) is None


@pytest.mark.parametrize("alike", [0.0, 0.5, 1.0])
def test_power_is_constant_however_alike_the_two_are(alike):
    rng = np.random.default_rng(2)
    old, other = rng.normal(0, 0.1, (2, 4 * RATE, 2)).astype(np.float32)
    new = (alike * old + np.sqrt(1 - alike**2) * other).astype(np.float32)
    power = (cross_fade(old, new) ** 2).mean(axis=1).reshape(20, -1).mean(axis=1)
    assert 10 * np.log10(power.max() / power.min()) < 0.5


def test_looping_is_the_same_each_time():
    piece = groove(30, extra=5000)
    assert np.array_equal(loop(piece, 40 * RATE), loop(piece, 40 * RATE))
