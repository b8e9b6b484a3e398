"""Every drawing by name."""

from __future__ import annotations

from collections.abc import Callable

from raypipe.images.storybook.block import Block
from raypipe.images.storybook.chance import Chance
from raypipe.images.storybook.palette import Family
from raypipe.images.storybook.props import (
    buildings,
    creatures,
    fowl,
    goods,
    heavens,
    lights,
    plants,
    vessels,
)
from raypipe.images.storybook.props.cut import Cut
from raypipe.images.storybook.props.dye import dyed
from raypipe.images.storybook.props.emoji import cut_emoji

DRAWINGS: dict[str, Callable[[Cut], None]] = {
    **buildings.DRAWINGS,
    **creatures.DRAWINGS,
    **fowl.DRAWINGS,
    **goods.DRAWINGS,
    **heavens.DRAWINGS,
    **lights.DRAWINGS,
    **plants.DRAWINGS,
    **vessels.DRAWINGS,
}


def cut_thing(
    drawing: str,
    *,
    x: float,
    y: float,
    height: float,
    facing: int,
    family: Family,
    chance: Chance,
    colour: str = "",
) -> Block:
    """Return the block of a thing; empty if ``drawing`` is an emoji that the font has not.

    Args:
        drawing: a key of `DRAWINGS`, or ``emoji:`` and a character.
        x: the middle of its foot, in canvas pixels.
        y: the ground under it, in canvas pixels.
        height: in pixels.
        facing: -1 left, 1 right.
        family: the inks.
        chance: for what differs from one to the next.
        colour: a colour of `raypipe.colour_words` that it is told to have, or "".
    """
    dye = family.dyes.get(colour)
    if drawing.startswith("emoji:"):
        block = cut_emoji(drawing.removeprefix("emoji:"), x, y, height, facing, family, chance)
        return block if dye is None else dyed(block, dye, lines=family.ink)
    cut = Cut(x, y, height, facing, family, chance, dye)
    DRAWINGS[drawing](cut)
    if dye is None or cut.takes_dye:
        return cut.block
    return dyed(cut.block, dye, lines=family.ink)
