from __future__ import annotations

import numpy as np
import pytest

from raypipe.speech.tone import soften

RATE = 22_050


def gain_db(hertz: float) -> float:
    time = np.arange(RATE) / RATE
    sound = np.sin(2 * np.pi * hertz * time).astype(np.float32)
    middle = slice(RATE // 4, -RATE // 4)
    return float(20 * np.log10(np.std(soften(sound, RATE)[middle]) / np.std(sound[middle])))


@pytest.mark.parametrize(
    ("hertz", "decibels"), [(400, 3.0), (1100, -2.7), (3200, -4.8), (8000, -6.0), (10_000, -14.0)]
)
def test_has_the_curve_that_it_says(hertz: float, decibels: float):
    assert gain_db(hertz) == pytest.approx(decibels, abs=0.7)


def test_delays_nothing():
    click = np.zeros(2000, np.float32)
    click[700] = 1.0
    assert int(np.argmax(np.abs(soften(click, RATE)))) == 700


@pytest.mark.parametrize("length", [0, 1, 50, 1000])
def test_keeps_length_and_type(length: int):
    softened = soften(np.ones(length, np.float32), RATE)
    assert softened.shape == (length,)
    assert softened.dtype == np.float32
