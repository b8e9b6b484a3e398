"""Frames that carry their number, and what reads it back after decoding."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

WIDTH, HEIGHT, FPS = 192, 320, 30
BITS, CELL = 12, 16


def numbered(first: int, count: int) -> np.ndarray:
    """Return I420 frames of a moving texture; 12 cells at the bottom spell the frame's number."""
    down, right = np.arange(HEIGHT)[:, None], np.arange(WIDTH)[None, :]
    frames = np.empty((count, HEIGHT * 3 // 2, WIDTH), np.uint8)
    for index in range(count):
        number = first + index
        wave = np.sin(right / 9 + number / 20) + np.cos(down / 13 - number / 25)
        frames[index, :HEIGHT] = 126 + 40 * wave
        frames[index, HEIGHT : HEIGHT * 5 // 4] = 110
        frames[index, HEIGHT * 5 // 4 :] = 150
        for bit in range(BITS):
            frames[index, HEIGHT - CELL : HEIGHT, bit * CELL : (bit + 1) * CELL] = (
                200 if number >> bit & 1 else 40
            )
    return frames


def read_number(picture: np.ndarray) -> int:
    """Return the number that a decoded frame (its luma in the first rows) carries."""
    cells = picture[HEIGHT - CELL : HEIGHT, : BITS * CELL].reshape(CELL, BITS, CELL)
    return sum(1 << bit for bit in range(BITS) if cells[:, bit].mean() > 120)


@pytest.fixture(scope="session")
def make_frames() -> Callable[[int, int], np.ndarray]:
    return numbered


@pytest.fixture(scope="session")
def number_of() -> Callable[[np.ndarray], int]:
    return read_number
