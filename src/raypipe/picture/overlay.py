"""Text above the picture: drawn once, then blended in I420 inside its own box only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from raypipe.picture.colour import (
    Plane,
    Planes,
    colour_to_yuv,
    halve,
    planes_of,
    premultiplied_to_yuv,
)
from raypipe.picture.easing import settle, smooth
from raypipe.text.contrast import readable
from raypipe.text.draw import Inks, Share, draw_inks
from raypipe.text.layout import Layout, cluster_boxes, set_text, soft_margin
from raypipe.text.safe_area import place_text, reference_size, text_height, text_width
from raypipe.timeline.model import Colour, TextLayer, TextStyle

_Number = TypeVar("_Number", bound=np.generic)

_FADE_S = 0.16
_RISE_S = 0.30
_RISE_EM = 0.5
_TYPED_PER_S = 28.0
_TYPED_SHARE = 0.6
"""A typewriter is done after this share of its layer's time at the latest."""
_LONGEST = 2000
"""Characters of one layer that are looked at; no frame has room for more."""
_SMALLEST = 0.45
"""A text too tall for the safe area is set smaller, down to this share of its size."""
_SMALLEST_FOR_WORDS = 0.7
"""And down to this one rather than break a word, which reads worse than smaller letters."""


@dataclass(frozen=True, slots=True, eq=False)
class Sprite:
    """A drawn text, ready to blend: premultiplied Y, U, V and the alpha of luma and chroma.

    ``left`` and ``top`` are even, as are the luma's sides. ``order`` gives each luma pixel the
    place of its cluster in reading order, ``starts`` each cluster's first character. ``lit`` is the
    colour with all letters in the style's highlight, None without one.
    """

    left: int
    top: int
    colour: Planes
    alpha: Plane
    alpha_chroma: Plane
    order: NDArray[np.uint16]
    starts: tuple[int, ...]
    lit: Planes | None = None


def fit_text(layer: TextLayer, *, width: int, height: int) -> Layout:
    """Sets a layer's text inside the safe area, smaller where it would be too tall.

    A word wider than a line makes it smaller, too, before the word is broken. What doesn't fit even
    at the smallest size is left out, from its end.
    """
    layer = replace(layer, content=layer.content[:_LONGEST])
    style = layer.style
    tallest = text_height(width, height, style.area)
    size = reference_size(style.size_px, width, height)
    smallest = max(8, int(size * _SMALLEST))
    layout = _with_whole_words(layer, size, width, height)
    size = layout.typeface.size_px
    while (solid := layout.height - 2 * soft_margin(size, style)) > tallest and size > smallest:
        # A text's area goes with the square of its size; at least a tenth smaller each time.
        size = max(smallest, min(int(size * 0.9), int(size * (tallest / solid) ** 0.5)))
        layout = _set(layer, size, width, height, None)
    if solid <= tallest:
        return layout
    lines = sum(baseline + layout.padding <= tallest for baseline in layout.baselines)
    return _set(layer, size, width, height, max(1, lines - 1))


def _with_whole_words(layer: TextLayer, size: int, width: int, height: int) -> Layout:
    """Sets a layer's text as large as its words stay whole; as asked for where they cannot."""
    wished = layout = _set(layer, size, width, height, None)
    smallest = max(8, int(size * _SMALLEST_FOR_WORDS))
    while layout.broken_words and size > smallest:
        size = max(smallest, int(size * 0.93))
        layout = _set(layer, size, width, height, None)
    return wished if layout.broken_words else layout


def _set(layer: TextLayer, size: int, width: int, height: int, max_lines: int | None) -> Layout:
    """Sets a layer's text; its shadow, which says nothing, may leave the safe area."""
    soft = soft_margin(size, layer.style)
    return set_text(
        layer.content,
        max_width_px=text_width(width, height, layer.style.area) + 2 * soft,
        size_px=size,
        style=layer.style,
        language=layer.language,
        max_lines=max_lines,
    )


@lru_cache(maxsize=8)  # what two scenes show at once; of a megabyte each, more would be much
def make_sprite(
    layer: TextLayer, width: int, height: int, *, letters: bool = True
) -> Sprite | None:
    """Draws a layer's text for a frame, or without ``letters`` the box behind them alone.

    Returns:
        None if nothing of the text can be seen.
    """
    layer = replace(layer, style=readable(layer.style))
    layout = fit_text(layer, width=width, height=height)
    if not any(line.highest_px > line.lowest_px for line in layout.lines):
        return None
    style = layer.style
    inks = draw_inks(layout, style, letters=letters)
    starts, order = _reading_order(layout, inks.letters.shape)
    inks = Inks(
        _inside(inks.letters, width, height),
        tuple((colour, _inside(share, width, height)) for colour, share in inks.beneath),
        None if inks.painted is None else _inside(inks.painted, width, height),
    )
    rows, columns = inks.letters.shape
    left, top = place_block(layout, style, (columns, rows), width=width, height=height)
    halves = _halved(inks)
    luma, chroma = _alpha(inks), _alpha(halves)
    lit = style.highlight
    return Sprite(
        left,
        top,
        _coloured(inks, halves, style.colour),
        luma,
        chroma,
        _inside(order, width, height),
        starts,
        None if lit is None else _coloured(inks, halves, lit),
    )


def _halved(inks: Inks) -> Inks:
    """The inks at the resolution of chroma."""
    painted = inks.painted
    return Inks(
        halve(inks.letters),
        tuple((colour, halve(share)) for colour, share in inks.beneath),
        None if painted is None else halve(painted),
    )


def _alpha(inks: Inks) -> Plane:
    covered: Share = sum((share for _, share in inks.beneath), inks.letters)
    painted = None if inks.painted is None else inks.painted[..., 3]
    return _summed([(255.0, covered)], painted)


def _coloured(inks: Inks, halves: Inks, colour: Colour) -> Planes:
    """Premultiplied Y, U and V of the inks, with letters in ``colour``."""
    planes = []
    for channel, at in enumerate((inks, halves, halves)):
        parts = [(colour_to_yuv(ink)[channel], share) for ink, share in at.mixed(colour)]
        painted = None if at.painted is None else premultiplied_to_yuv(at.painted)[..., channel]
        planes.append(_summed(parts, painted))
    return Planes(*planes)


def _summed(parts: Sequence[tuple[float, Share]], painted: Plane | None) -> Plane:
    """The shares of the values of ``parts``, rounded, and what is painted."""
    (value, share), *others = parts
    total = share * np.float32(value)
    for value, share in others:
        total += share * np.float32(value)
    plane = cv2.convertScaleAbs(total)
    return np.asarray(plane if painted is None else cv2.add(plane, painted), np.uint8)


def place_block(
    layout: Layout, style: TextStyle, block: tuple[int, int], *, width: int, height: int
) -> tuple[int, int]:
    """Left and top of a drawn text of ``block`` (width, height) pixels in a frame, both even.

    It is placed by its letters: the shadow about them neither lifts them nor takes their room.
    """
    soft = soft_margin(layout.typeface.size_px, style)
    solid = block[0], max(2, block[1] - 2 * soft)
    size = {"width": width, "height": height}
    left, top = place_text(style.position, solid, area=style.area, **size)
    top = max(0, min(top - soft, height - block[1]))
    return left, top - top % 2


def _inside(values: NDArray[_Number], width: int, height: int) -> NDArray[_Number]:
    """With even sides, and of what is larger than the frame its middle; shadow alone is cut off."""
    sides = (values.shape[0] % 2, values.shape[1] % 2)
    if any(sides):
        values = np.pad(values, [(0, side) for side in sides] + [(0, 0)] * (values.ndim - 2))
    down, across = (max(0, values.shape[axis] - side) for axis, side in ((0, height), (1, width)))
    top, left = down // 4 * 2, across // 4 * 2
    return values[top : top + height - height % 2, left : left + width - width % 2]


def _reading_order(
    layout: Layout, shape: tuple[int, ...]
) -> tuple[tuple[int, ...], NDArray[np.uint16]]:
    order = np.zeros(shape, np.uint16)
    boxes = cluster_boxes(layout)
    numbers = range(len(layout.lines))
    size = layout.typeface.size_px
    tops = [0, *(int(layout.baselines[n] - 0.95 * size) for n in numbers[1:]), shape[0]]
    for number in numbers:
        line = sorted(
            (box.x0 + box.x1, index) for index, box in enumerate(boxes) if box.line == number
        )
        indices = np.array([index for _, index in line], np.uint16)
        by_index = {index: boxes[index] for _, index in line}
        edges = [by_index[index].x0 for _, index in line[1:]]
        columns = indices[np.searchsorted(np.array(edges), np.arange(shape[1]), side="right")]
        order[tops[number] : tops[number + 1]] = columns
    return tuple(box.start for box in boxes), order


class TextPainter:
    """Blends a scene's text layers onto its frames.

    Args:
        layers: the scene's texts, scene-local frames.
        width: frame width in pixels.
        height: frame height in pixels.
        fps: frames a second, for the animations' lengths.
    """

    def __init__(self, layers: Sequence[TextLayer], *, width: int, height: int, fps: int) -> None:
        self._layers = layers
        self._size = width, height
        self._fps = fps
        self._beginnings = {(layer.start_frame, layer.style.position) for layer in layers}

    def draw(self, frame: int, out: Plane, *, opacity: float = 1.0) -> None:
        """Blends what is shown at a scene-local frame onto an I420 frame, in place."""
        for layer in self._layers:
            if layer.start_frame <= frame < layer.end_frame:
                self._draw_layer(layer, frame, planes_of(out), opacity)

    def _draw_layer(self, layer: TextLayer, frame: int, out: Planes, opacity: float) -> None:
        sprite = make_sprite(layer, *self._size)
        if sprite is None:
            return
        sprite = self._lit(layer, frame, sprite)
        opacity *= self._opacity(layer, frame)
        if opacity <= 0:
            return
        age = (frame - layer.start_frame + 1) / self._fps
        if layer.style.animation == "typewriter":
            sprite = self._typed(layer, sprite, age)
        shift = 0.0
        if layer.style.animation == "rise" and age < _RISE_S:
            em = reference_size(layer.style.size_px, *self._size)
            shift = _RISE_EM * em * (1 - settle(age / _RISE_S))
        _blend(_moved(sprite, shift) if shift > 0.01 else sprite, out, opacity)  # noqa: PLR2004 - a hundredth of a pixel

    def _opacity(self, layer: TextLayer, frame: int) -> float:
        """Fades in and, unless another text takes its place at once, out."""
        if layer.style.animation == "none":
            return 1.0
        fade = max(1, round(_FADE_S * self._fps))
        opacity = 1.0
        if layer.style.animation in ("fade_in", "rise"):
            opacity = smooth((frame - layer.start_frame + 1) / fade)
        if (layer.end_frame, layer.style.position) not in self._beginnings:
            opacity = min(opacity, smooth((layer.end_frame - frame) / fade))
        return opacity

    def _typed(self, layer: TextLayer, sprite: Sprite, age: float) -> Sprite:
        length = (layer.end_frame - layer.start_frame) / self._fps
        speed = max(_TYPED_PER_S, len(sprite.starts) / max(_TYPED_SHARE * length, 0.1))
        shown = np.clip(age * speed - np.arange(len(sprite.starts)), 0, 1)
        if shown[-1] >= 1:
            return sprite
        mask = (shown * 255).astype(np.uint8)[sprite.order]
        typed = _masked(sprite, mask)
        box = make_sprite(layer, *self._size, letters=False) if layer.style.box else None
        return typed if box is None else _added(typed, _masked(box, cv2.bitwise_not(mask)))

    def _lit(self, layer: TextLayer, frame: int, sprite: Sprite) -> Sprite:
        """The sprite with the word that is spoken now in the style's highlight colour."""
        word = next((word for word in layer.word_frames if word[2] <= frame < word[3]), None)
        if word is None:
            return sprite
        return _mixed(sprite, word[0], word[1])


@lru_cache(maxsize=4)
def _mixed(plain: Sprite, start: int, end: int) -> Sprite:
    """The sprite with characters ``[start, end)`` lit, if it can be."""
    if plain.lit is None:
        return plain
    lit = np.array([start <= first < end for first in plain.starts])
    luma = lit[plain.order]
    chroma = luma[::2, ::2]
    pairs = zip((luma, chroma, chroma), plain.lit, plain.colour, strict=True)
    return replace(plain, colour=Planes(*(np.where(mask, on, off) for mask, on, off in pairs)))


def _masked(sprite: Sprite, mask: Plane) -> Sprite:
    """The sprite with every plane multiplied by a luma-sized mask."""
    half = np.ascontiguousarray(mask[::2, ::2])
    colour = Planes(
        *(
            cv2.multiply(p, m, scale=1 / 255)
            for p, m in zip(sprite.colour, (mask, half, half), strict=True)
        )
    )
    alpha = cv2.multiply(sprite.alpha, mask, scale=1 / 255)
    return replace(
        sprite,
        colour=colour,
        alpha=alpha,
        alpha_chroma=cv2.multiply(sprite.alpha_chroma, half, scale=1 / 255),
    )


def _added(first: Sprite, second: Sprite) -> Sprite:
    """Two sprites of one box that share each pixel between them."""
    pairs = zip(first.colour, second.colour, strict=True)
    return replace(
        first,
        colour=Planes(*(cv2.add(one, other) for one, other in pairs)),
        alpha=cv2.add(first.alpha, second.alpha),
        alpha_chroma=cv2.add(first.alpha_chroma, second.alpha_chroma),
    )


def _moved(sprite: Sprite, down_px: float) -> Sprite:
    """The sprite moved down by a part of a pixel or more, inside its own box."""

    def shifted(plane: Plane, distance: float) -> Plane:
        matrix = np.array([[1, 0, 0], [0, 1, distance]])
        return np.asarray(cv2.warpAffine(plane, matrix, (plane.shape[1], plane.shape[0])), np.uint8)

    y, u, v = sprite.colour
    return replace(
        sprite,
        colour=Planes(shifted(y, down_px), shifted(u, down_px / 2), shifted(v, down_px / 2)),
        alpha=shifted(sprite.alpha, down_px),
        alpha_chroma=shifted(sprite.alpha_chroma, down_px / 2),
    )


def _blend(sprite: Sprite, out: Planes, opacity: float) -> None:
    """Composites a sprite over a frame: frame * (1 - alpha) + premultiplied colour."""
    alphas = (sprite.alpha, sprite.alpha_chroma, sprite.alpha_chroma)
    for plane, colour, alpha, part in zip(out, sprite.colour, alphas, (1, 2, 2), strict=True):
        top, left = sprite.top // part, sprite.left // part
        box = plane[top : top + colour.shape[0], left : left + colour.shape[1]]
        paint, kept = colour, cv2.bitwise_not(alpha)
        if opacity < 1:
            paint = cv2.convertScaleAbs(colour, alpha=opacity)
            kept = cv2.convertScaleAbs(alpha, alpha=-opacity, beta=255)
        box[:] = cv2.add(cv2.multiply(box, kept, scale=1 / 255), paint)
