"""Further seeds for the same request, when what the first one gave is not fit to be used."""

from __future__ import annotations

_STEP = 0x9E3779B97F4A7C15
"""2**64 / golden ratio: seeds of scenes are often neighbours, these never meet them."""


def reseed(seed: int, attempt: int) -> int:
    """Return the seed of an attempt; attempt 0 has the seed that was asked for."""
    return (seed + attempt * _STEP) % (1 << 63)
