"""How far animals and other creatures reach from where they stand, tails and wings included."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from raypipe.images.storybook.block import Block
from raypipe.images.storybook.chance import Chance
from raypipe.images.storybook.figures.beast import cut_beast
from raypipe.images.storybook.palette import FAMILIES
from raypipe.images.storybook.placement import Camera
from raypipe.images.storybook.props.registry import cut_thing

_MEASURED_PX = 1000.0
_ANY_FAMILY = next(iter(FAMILIES.values()))
_MARGIN = 0.045
"""Of a side of the sheet: what the camera's moves may cut off."""
_SHARES = {1: 1 - 2 * _MARGIN, 2: 0.66}
_SHARE_OF_MANY = 0.44
"""Of the width, for one of so many figures."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a figure goes behind, ahead of and above its foot, in shares of its height."""

    behind: float
    ahead: float
    up: float


@lru_cache(maxsize=256)
def beast_reach(breed: str, stance: str) -> Reach:
    """Return the reach of an animal, in heights of its back."""
    return _reach(
        cut_beast(breed, stance, x=0, y=0, height=_MEASURED_PX, facing=1, family=_ANY_FAMILY)
    )


@lru_cache(maxsize=256)
def creature_reach(drawing: str) -> Reach:
    """Return the reach of a creature that is a drawing of its own."""
    chance = Chance("reach", drawing)
    return _reach(
        cut_thing(
            drawing, x=0, y=0, height=_MEASURED_PX, facing=1, family=_ANY_FAMILY, chance=chance
        )
    )


def _reach(block: Block) -> Reach:
    if not block.parts:  # an emoji that the font has not
        return Reach(0.5, 0.5, 1.0)
    (left, top), (right, _) = block.bounds() / _MEASURED_PX
    return Reach(-float(left), float(right), -float(top))


def fit_on_sheet(
    camera: Camera, reach: Reach, *, x: float, y: float, tall: float, facing: int, company: int
) -> tuple[float, float]:
    """Return ``x`` and ``tall`` with which a figure is seen whole, pixels.

    It becomes smaller where it is too long or too high, and moves in from the edge. ``company`` is
    how many share the sheet with it, itself counted.
    """
    margin = _MARGIN * camera.width
    room = camera.width * _SHARES.get(company, _SHARE_OF_MANY)
    tall = min(tall, room / (reach.behind + reach.ahead))
    tall = min(tall, (y - _MARGIN * camera.height) / reach.up)
    left, right = (reach.behind, reach.ahead) if facing > 0 else (reach.ahead, reach.behind)
    return min(max(x, margin + tall * left), camera.width - margin - tall * right), tall
