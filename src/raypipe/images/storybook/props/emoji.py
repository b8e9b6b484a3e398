"""Things without a drawing of their own, cut from the outlines of Noto Emoji."""

from __future__ import annotations

import numpy as np

from raypipe.images.storybook.block import Block
from raypipe.images.storybook.chance import Chance
from raypipe.images.storybook.outlines import find_glyph
from raypipe.images.storybook.palette import Family, luminance, mix
from raypipe.images.storybook.shapes import Outline

# Inks of the larger areas of an emoji, the largest first.
_EMOJI_INKS: dict[str, tuple[str, str, str]] = {
    "🚀": ("paper", "accent", "cool"),
    "🐒": ("earth", "soft", "earth"),
    "🦚": ("cool", "leaf", "glow"),
    "🐉": ("leaf", "accent", "glow"),
    "🐘": ("cool", "soft", "paper"),
    "🐪": ("soft", "earth", "paper"),
    "🥚": ("paper", "soft", "earth"),
    "🍄": ("accent", "paper", "soft"),
    "👑": ("glow", "accent", "paper"),
    "🗝️": ("glow", "soft", "paper"),
    "🦅": ("earth", "paper", "glow"),
    "🦉": ("earth", "soft", "glow"),
    "🐟": ("cool", "paper", "accent"),
    "🐋": ("cool", "paper", "deep"),
    "🐬": ("cool", "paper", "deep"),
    "🦢": ("paper", "soft", "accent"),
    "🐓": ("paper", "accent", "glow"),
    "🌵": ("leaf", "leaf", "glow"),
    "🐢": ("leaf", "earth", "soft"),
    "🐍": ("leaf", "glow", "accent"),
    "🐊": ("leaf", "paper", "glow"),
    "🐸": ("leaf", "paper", "accent"),
    "🤖": ("cool", "paper", "glow"),
    "⛄": ("paper", "accent", "glow"),
    "🦋": ("accent", "glow", "paper"),
    "🚂": ("accent", "deep", "glow"),
    "🚗": ("accent", "cool", "paper"),
    "🦆": ("leaf", "paper", "glow"),
    "🪁": ("accent", "glow", "cool"),
    "☂️": ("accent", "paper", "earth"),
    "🎻": ("earth", "soft", "paper"),
}


def cut_emoji(
    character: str, x: float, y: float, height: float, facing: int, family: Family, chance: Chance
) -> Block:
    """Return an emoji cut in three inks; empty if the font has no such character."""
    block = Block()
    glyph = find_glyph(character)
    if glyph is None or glyph.is_tile:
        return block
    spare = chance.pick(
        (
            ("accent", "paper", "glow"),
            ("glow", "paper", "accent"),
            ("soft", "accent", "paper"),
            ("cool", "paper", "soft"),
        )
    )
    inks = [getattr(family, role) for role in _EMOJI_INKS.get(character, spare)]
    # Noto's animals look to the left.
    scale = np.array([height * -facing, height])
    for shape in glyph.silhouette:
        block.add(shape * scale + (x, y), inks[0], line=0.5)
    seen = 0
    outer: list[Outline] = []
    for contour in glyph.contours:
        points = contour.points * scale + (x, y)
        if contour.solid:
            inside = seen > 0 and contour.area < 0.2 * glyph.contours[0].area
            block.add(points, family.ink, line=0.0 if inside else 0.5, tone=0)
            outer.append(points)
            continue
        rank = 0 if seen == 0 else 1 if contour.area > 0.04 * glyph.width else 2
        ink = inks[rank]
        if luminance(ink) < 0.16:
            ink = mix(ink, family.paper, 0.3)
        block.add(points, ink, line=0.0, tone=0.8)
        seen += 1
    return block
