from __future__ import annotations

import numpy as np
import pytest

from raypipe.speech import finish

RATE = 22_050


def tone(seconds: float, level: float = 0.5) -> np.ndarray:
    time = np.arange(round(seconds * RATE)) / RATE
    return (level * np.sin(2 * np.pi * 220 * time)).astype(np.float32)


def quiet(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * RATE), np.float32)


def test_finds_where_sound_begins_and_ends():
    sound = finish.find_sound(np.concatenate([quiet(0.2), tone(0.5), quiet(0.3)]), RATE)
    assert sound.start / RATE == pytest.approx(0.2, abs=0.006)
    assert sound.stop / RATE == pytest.approx(0.7, abs=0.006)


def test_finds_no_sound_in_silence():
    assert len(finish.find_sound(quiet(0.2), RATE)) == 0
    assert len(finish.find_sound(quiet(0.0), RATE)) == 0


def test_finds_the_last_pause_but_not_the_closure_of_a_stop():
    sound = np.concatenate([tone(0.3), quiet(0.2), tone(0.3), quiet(0.02), tone(0.2)])
    pause = finish.find_pause(sound, RATE)
    assert pause.start / RATE == pytest.approx(0.3, abs=0.01)
    assert pause.stop / RATE == pytest.approx(0.5, abs=0.01)
    assert len(finish.find_pause(tone(0.3), RATE)) == 0


def test_trims_to_fixed_margins():
    kept, cut = finish.trim(np.concatenate([quiet(1.0), tone(0.5), quiet(1.0)]), RATE)
    assert cut / RATE == pytest.approx(1.0 - finish.LEAD_S, abs=0.006)
    assert len(kept) / RATE == pytest.approx(0.5 + finish.LEAD_S + finish.TAIL_S, abs=0.012)


def test_trimming_leaves_no_step_at_the_edges_and_its_input_alone():
    sound = tone(0.3)
    kept, _ = finish.trim(sound, RATE)
    assert abs(kept[0]) < 0.01
    assert abs(kept[-1]) < 0.01
    np.testing.assert_array_equal(sound, tone(0.3))


@pytest.mark.parametrize("level", [0.001, 0.1, 0.9])
def test_brings_any_speech_to_one_level(level: float):
    sound = finish.set_level(np.concatenate([tone(1.0, level), quiet(2.0)]), RATE)
    voiced = sound[: RATE // 2]
    decibels = 20 * np.log10(np.sqrt(np.mean(np.square(voiced))))
    assert decibels == pytest.approx(finish.LEVEL_DBFS, abs=0.2)
    assert sound.dtype == np.float32


def test_a_peak_is_never_louder_than_the_limit():
    sound = tone(1.0, 0.01)
    sound[5000] = 0.9
    assert np.abs(finish.set_level(sound, RATE)).max() <= 10 ** (finish.PEAK_DBFS / 20) + 1e-6


def test_silence_stays_silence():
    assert not finish.set_level(quiet(0.1), RATE).any()
    assert len(finish.set_level(quiet(0.0), RATE)) == 0
    assert len(finish.silence(0.25, 8000)) == 2000
