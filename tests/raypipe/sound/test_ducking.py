from __future__ import annotations

import numpy as np
import pytest

from raypipe.sound.ducking import duck

# One block a millisecond.


def talk(*parts: tuple[float, float]) -> np.ndarray:
    """Return levels from (seconds, level) parts."""
    return np.concatenate([np.full(round(1000 * s), level) for s, level in parts])


def decibels(levels: np.ndarray, depth_db: float = 10) -> np.ndarray:
    return 20 * np.log10(duck(levels, depth_db=depth_db))


def test_music_goes_down_before_a_word_and_comes_back_after_it():
    found = decibels(talk((2, 0), (2, 0.3), (4, 0)))
    assert found[1500] == pytest.approx(0, abs=0.01)
    assert found[2000] < -9
    assert found[3500] == pytest.approx(-10, abs=0.05)
    assert found[4250] < -9.9
    assert -8 < found[4800] < -1
    assert found[7500] > -0.2


def test_music_does_not_pump_between_words_sentences_or_scenes():
    found = decibels(talk(*[(0.4, 0.3), (0.2, 0), (1.0, 0.2), (0.8, 0), (2, 0.3), (1.5, 0)] * 4))
    assert found[300:-1500].max() < -9.9


def test_music_breathes_in_a_long_pause():
    found = decibels(talk((2, 0.3), (4, 0), (2, 0.3)))
    assert found[2000:6000].max() > -0.5


def test_it_never_jumps():
    found = decibels(talk((2, 0), (1, 0.3), (3, 0), (1, 0.3), (3, 0)), depth_db=20)
    assert np.abs(np.diff(found)).max() < 0.45  # dB a millisecond, at the very start of a fall
    assert np.diff(found).max() < 0.05  # and it rises slowly


@pytest.mark.parametrize("depth_db", [0, 6, 24])
def test_the_depth_is_the_callers(depth_db):
    assert decibels(talk((3, 0.3)), depth_db)[2000] == pytest.approx(-depth_db, abs=0.01)


def test_nobody_speaks_nothing_ducks():
    assert (duck(np.zeros(1000), depth_db=10) == 1).all()
    assert len(duck(np.zeros(0), depth_db=10)) == 0
