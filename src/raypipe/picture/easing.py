"""How movement starts and stops."""

from __future__ import annotations


def smooth(progress: float) -> float:
    """Starts and ends at rest (smootherstep, Perlin 2002): 0 to 1, zero slope at both ends."""
    p = min(1.0, max(0.0, progress))
    return p * p * p * (p * (6 * p - 15) + 10)


def settle(progress: float) -> float:
    """Starts at full speed and comes to rest (cubic ease-out)."""
    return 1 - (1 - min(1.0, max(0.0, progress))) ** 3


def lighten(progress: float) -> float:
    """The light of a fade from black: it leaves black at once and comes to rest in full light.

    Eased at both ends, a fade would stay all but black for half its time.
    """
    left = 1 - min(1.0, max(0.0, progress))
    return 1 - left * left * (2 - left)


def drift(progress: float) -> float:
    """A camera that is hardly ever at rest: two parts even motion, one part ``smooth``.

    A slow move that starts from a standstill reads as a still picture for its first second.
    """
    p = min(1.0, max(0.0, progress))
    return (2 * p + smooth(p)) / 3
