"""Seeded chance: the same words always give the same numbers, on every machine."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


def seed_of(*parts: object) -> int:
    """Return a 64-bit seed made from the text of ``parts``."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


class Chance:
    """A stream of numbers for one purpose, named by ``parts``."""

    def __init__(self, *parts: object) -> None:
        self._seed = seed_of(*parts)
        self.rng = np.random.Generator(np.random.PCG64(self._seed))

    def branch(self, *parts: object) -> Chance:
        """Return an independent stream, so that drawing more in one place moves nothing else."""
        return Chance(self._seed, *parts)

    def between(self, low: float, high: float) -> float:
        """Return a number in [low, high)."""
        return float(self.rng.uniform(low, high))

    def whole(self, low: int, high: int) -> int:
        """Return an integer from ``low`` to ``high``, both included."""
        return int(self.rng.integers(low, high + 1))

    def often(self, probability: float) -> bool:
        """Return True with the given probability."""
        return bool(self.rng.random() < probability)

    def sign(self) -> int:
        """Return -1 or 1."""
        return 1 if self.often(0.5) else -1

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of ``choices``."""
        return choices[int(self.rng.integers(len(choices)))]
