from __future__ import annotations

import itertools
import typing

import numpy as np
import pytest

from raypipe.errors import RenderError
from raypipe.sound.ambient import compose_ambient
from raypipe.sound.harmony import MAJOR, STYLES, TONICS, chord_notes, lead_voices, nearest_note
from raypipe.sound.instruments import pad, room, struck, thump
from raypipe.story.plan import Mood

RATE = 48_000


def piece(seconds: float, *moods: str, seed: int = 4) -> np.ndarray:
    count = round(seconds * RATE)
    spans = [
        (mood, i * count // len(moods), (i + 1) * count // len(moods))
        for i, mood in enumerate(moods)
    ]
    return compose_ambient(count, moods=spans, seed=seed)


def spectrum_db(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mono = samples.mean(axis=1)
    power = np.abs(np.fft.rfft(mono * np.hanning(len(mono)))) ** 2
    return np.fft.rfftfreq(len(mono), 1 / RATE), 10 * np.log10(power / power.max() + 1e-12)


def test_every_mood_of_the_plan_has_a_style():
    assert set(STYLES) == set(typing.get_args(Mood))


@pytest.mark.parametrize("mood", list(STYLES))
def test_every_mood_sounds(mood):
    music = piece(8, mood)
    assert music.shape == (8 * RATE, 2)
    assert music.dtype == np.float32
    assert np.isfinite(music).all()
    assert np.abs(music.mean(axis=0)).max() < 1e-3
    assert 0.05 < np.sqrt((music[RATE:] ** 2).mean()) < 0.6
    # Wide, but not so that a mono speaker loses it.
    assert -0.1 < np.corrcoef(music.T)[0, 1] < 0.9


def test_equal_arguments_give_equal_samples_and_seeds_differ():
    assert np.array_equal(piece(5, "calm"), piece(5, "calm"))
    assert not np.array_equal(piece(5, "calm"), piece(5, "calm", seed=5))


def test_moods_differ_in_brightness():
    def bright(mood: str) -> float:
        hertz, level = spectrum_db(piece(12, mood))
        power = 10 ** (level / 10)
        return float(power[hertz > 800].sum() / power.sum())

    assert bright("wondrous") > 3 * bright("dark")


def test_notes_belong_to_one_key():
    """The strongest lines of a piece with three moods lie on the seven notes of a major scale."""
    hertz, level = spectrum_db(piece(40, "joyful", "dark", "romantic"))
    peaks = [
        i
        for i in np.flatnonzero((hertz > 60) & (hertz < 500) & (level > -30))
        if level[i] == level[max(0, i - 150) : i + 150].max()
    ]
    classes = {round(69 + 12 * np.log2(hertz[i] / 440)) % 12 for i in peaks}
    keys = [{(tonic + step) % 12 for step in MAJOR} for tonic in TONICS]
    assert len(classes) >= 4
    assert any(classes <= key for key in keys)


def test_moods_cross_fade_without_a_click():
    music = piece(24, "calm", "tense", "epic")
    high = np.abs(np.diff(music.sum(axis=1), n=3))
    blocks = high[: len(high) // 480 * 480].reshape(-1, 480).max(axis=1)
    assert blocks.max() < 0.2


@pytest.mark.parametrize("count", [0, 1, 999, 48_001])
def test_any_length_is_exact(count):
    assert compose_ambient(count, moods=[], seed=0).shape == (count, 2)


def test_spans_need_not_cover_the_piece():
    music = compose_ambient(4 * RATE, moods=[("sad", RATE, 2 * RATE)], seed=1)
    assert np.array_equal(music, piece(4, "sad", seed=1))


def test_an_unknown_mood_is_refused():
    with pytest.raises(RenderError, match="'angry'"):
        piece(1, "angry")


def test_voices_move_little_and_never_rub():
    for style, tonic in itertools.product(STYLES.values(), TONICS):
        voices: tuple[int, ...] = ()
        for chord in style.chords * 2:
            wanted = {note % 12 for note in chord_notes(tonic, chord)}
            voices = lead_voices(chord_notes(tonic, chord), voices)
            assert {note % 12 for note in voices} == wanted
            assert min(voices) >= 50
            assert max(voices) <= 74
            assert 1 not in np.diff(voices)


def test_nearest_note():
    assert nearest_note(61.4, (0, 4, 7)) == 60
    assert nearest_note(62.6, (0, 4, 7)) == 64
    assert nearest_note(48.0, (11,)) == 47


def test_a_pad_is_in_tune():
    hertz, level = spectrum_db(np.repeat(pad((69,), 48_000, rolloff=2, seed=(1,)), 2, axis=0))
    assert hertz[level.argmax()] == pytest.approx(440, rel=0.01)


@pytest.mark.parametrize("wave", [struck("bell", 72), struck("piano", 60), thump(40)])
def test_struck_notes_start_and_end_at_nothing(wave):
    assert abs(wave[0]) < 0.01
    assert abs(wave[-1]) < 1e-4
    assert 0.3 < np.abs(wave).max() < 0.7
    assert np.abs(wave[len(wave) // 2 :]).max() < np.abs(wave[: len(wave) // 2]).max() / 5


def test_the_room_dies_away():
    energy = (room() ** 2).sum(axis=0)
    assert energy == pytest.approx([1, 1], abs=1e-3)
    tail = 10 * np.log10((room()[-4800:] ** 2).mean() / (room()[500:5300] ** 2).mean())
    assert tail < -40
