"""What a scene's picture goes through before its text: fades, vignette, grain, light leak.

All work on I420 frames in place, depend on nothing but the scene-local frame, and darken chroma
with luma, so that no colour turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import cv2
import numpy as np

from raypipe.errors import RenderError
from raypipe.picture.colour import (
    BLACK,
    Plane,
    Planes,
    colour_to_yuv,
    frame_to_rgb,
    planes_of,
    rgb_to_frame,
)
from raypipe.picture.easing import lighten
from raypipe.picture.transitions import darken
from raypipe.text.contrast import luminance, srgb_level
from raypipe.timeline.model import Effect, Rect

_FADE_S: dict[Literal["fade_in", "fade_out"], float] = {"fade_in": 0.6, "fade_out": 0.8}
_MOST_OF_SCENE = 1 / 3
"""A fade takes no more than this share of a short scene."""
_VIGNETTE_DEPTH = 0.34
"""Share of the light that the corners lose."""
_GRAIN_SIGMA, _GRAIN_BLUR_PX = 1.8, 1.0
"""Standard deviation of the grain in luma steps, and how coarse it is. No encoder follows noise:
at 8 Mbit/s this takes a detailed picture's SSIM from 0.98 to about 0.945; 3.2 and 0.6 took it to
0.87."""
_GRAIN_TILES = 7
_LEAK_COLOUR = (255, 148, 64)
_LEAK_STRENGTH = 0.26
_LEAK_PERIOD_S = 7.0
_KNOWN: tuple[Effect, ...] = ("fade_in", "fade_out", "vignette", "grain", "light_leak")


def fade_frames(effect: Literal["fade_in", "fade_out"], *, fps: int, frame_count: int) -> int:
    """Return how many frames at the start or the end of a scene of ``frame_count`` a fade takes."""
    return max(1, round(min(_FADE_S[effect] * fps, frame_count * _MOST_OF_SCENE)))


class EffectChain:
    """The effects of one scene, applied in a fixed order whatever order they are named in.

    Args:
        effects: names of ``raypipe.timeline.model.Effect``.
        width: frame width in pixels.
        height: frame height in pixels.
        fps: frames a second.
        frame_count: frames of the scene; a fade-out ends with the last.

    Raises:
        RenderError: an effect isn't known.
    """

    def __init__(
        self, effects: Sequence[Effect], *, width: int, height: int, fps: int, frame_count: int
    ) -> None:
        for effect in effects:
            if effect not in _KNOWN:
                raise RenderError(
                    f"expected one of the effects {', '.join(_KNOWN)}, got {effect!r}",
                    where="effects",
                )
        self._effects = frozenset(effects)
        self._size = width, height
        self._fps = fps
        self._frame_count = frame_count

    def apply(self, frame: int, out: Plane) -> None:
        """Applies the effects to the I420 frame of a scene-local frame number, in place."""
        if "light_leak" in self._effects:
            self._leak(frame, planes_of(out))
        if "vignette" in self._effects:
            mask, lift = _vignette(*self._size)
            for plane, share, offset in zip(planes_of(out), mask, lift, strict=True):
                cv2.multiply(plane, share, dst=plane, scale=1 / 255)
                cv2.add(plane, offset, dst=plane)
        if "grain" in self._effects:
            self._grain(frame, planes_of(out).y)
        if "fade_in" in self._effects:
            frames = fade_frames("fade_in", fps=self._fps, frame_count=self._frame_count)
            if frame < frames:
                darken(out, lighten((frame + 1) / (frames + 1)), BLACK, out)

        if "fade_out" in self._effects:
            frames = fade_frames("fade_out", fps=self._fps, frame_count=self._frame_count)
            left = self._frame_count - frame
            if left <= frames:
                darken(out, lighten(left / (frames + 1)), BLACK, out)

    def _grain(self, frame: int, luma: Plane) -> None:
        width, height = self._size
        brighter, darker = _grain_tiles(width, height)[frame % _GRAIN_TILES]
        # A whole number far from the tile count shifts the tile, so that no pattern stands out.
        x, y = frame * 37 % 64, frame * 23 % 64
        window = np.s_[y : y + height, x : x + width]
        cv2.add(luma, brighter[window], dst=luma)
        cv2.subtract(luma, darker[window], dst=luma)

    def _leak(self, frame: int, out: Planes) -> None:
        phase = 2 * np.pi * frame / (_LEAK_PERIOD_S * self._fps)
        strength = _LEAK_STRENGTH * (0.65 + 0.35 * float(np.sin(phase)))
        sweep = 0.5 + 0.5 * float(np.sin(phase / 2 + 0.7))
        colour = colour_to_yuv(_LEAK_COLOUR)
        for plane, (first, second), value in zip(out, _leak_maps(*self._size), colour, strict=True):
            cover = cv2.addWeighted(first, strength * (1 - sweep), second, strength * sweep, 0)
            cv2.multiply(plane, cv2.bitwise_not(cover), dst=plane, scale=1 / 255)
            cv2.add(plane, cv2.convertScaleAbs(cover, alpha=value / 255), dst=plane)


_MODEL_PX, _MODEL_FPS = 64, 2
"""Side of the small frame that stands for any, and how often in a second it is looked at."""


def through_effects(
    effects: Sequence[Effect], region: Rect, dark: float, light: float
) -> tuple[float, float]:
    """Return the luminance of a picture's dark and light parts after its effects.

    Vignette and light leak are looked at wherever the leak wanders. Grain leaves the mean as it is,
    and fades are left out: they pass in less time than a caption takes to be read.

    Args:
        effects: of the scene.
        region: where on the frame, in fractions of it.
        dark: relative luminance of the dark parts there, 0 to 1.
        light: of the light parts.
    """
    lasting = [effect for effect in effects if effect in ("vignette", "light_leak")]
    if not lasting:
        return dark, light
    frames = round(2 * _LEAK_PERIOD_S * _MODEL_FPS) if "light_leak" in lasting else 1
    chain = EffectChain(
        lasting, width=_MODEL_PX, height=_MODEL_PX, fps=_MODEL_FPS, frame_count=frames
    )
    rows = _whole_pixels(region.y, region.height)
    columns = _whole_pixels(region.x, region.width)
    found = []
    for value in (dark, light):
        grey = np.full((_MODEL_PX, _MODEL_PX, 3), round(srgb_level(value)), np.uint8)
        for frame in range(frames):
            shown = rgb_to_frame(grey)
            chain.apply(frame, shown)
            found.append(luminance(frame_to_rgb(shown)[rows, columns]))
    return float(min(map(np.min, found))), float(max(map(np.max, found)))


def _whole_pixels(start: float, length: float) -> slice:
    """Return the model frame's pixels that a span of fractions touches, at least one."""
    first = min(max(0, int(start * _MODEL_PX)), _MODEL_PX - 1)
    return slice(first, max(first + 1, int(np.ceil((start + length) * _MODEL_PX))))


@lru_cache(maxsize=2)
def _vignette(width: int, height: int) -> tuple[tuple[Plane, ...], tuple[Plane, ...]]:
    """What each plane is multiplied by (255 is one), and what black (or grey) then adds."""
    masks = []
    for part in (1, 2):
        y, x = np.mgrid[-1 : 1 : height // part * 1j, -1 : 1 : width // part * 1j]
        radius = np.sqrt((x * x + y * y) / 2)
        fall = np.clip((radius - 0.35) / 0.65, 0, 1)
        light = 1 - _VIGNETTE_DEPTH * fall * fall * (3 - 2 * fall)
        masks.append(np.rint(255 * light).astype(np.uint8))
    luma, chroma = masks
    lift = [
        np.rint(zero * (1 - mask / 255.0)).astype(np.uint8)
        for mask, zero in ((luma, 16), (chroma, 128))
    ]
    return (luma, chroma, chroma), (lift[0], lift[1], lift[1])


@lru_cache(maxsize=2)
def _grain_tiles(width: int, height: int) -> tuple[tuple[Plane, Plane], ...]:
    """Pairs of what is added to and taken from the luma, 64 pixels larger than the frame."""
    rng = np.random.default_rng(1895)
    tiles = []
    for _ in range(_GRAIN_TILES):
        noise = rng.standard_normal((height + 64, width + 64), np.float32)
        noise = cv2.GaussianBlur(noise, (0, 0), _GRAIN_BLUR_PX)
        noise *= _GRAIN_SIGMA / float(noise.std())
        rounded = np.rint(noise)
        tiles.append(
            (np.clip(rounded, 0, 255).astype(np.uint8), np.clip(-rounded, 0, 255).astype(np.uint8))
        )
    return tuple(tiles)


@lru_cache(maxsize=2)
def _leak_maps(width: int, height: int) -> tuple[tuple[Plane, Plane], ...]:
    """Two soft glows at the right edge, for each plane; the leak wanders between them."""
    maps = []
    for part in (1, 2):
        y, x = np.mgrid[0 : 1 : height // part * 1j, 0 : 1 : width // part * 1j]
        pair = []
        for centre, spread in ((0.22, 0.30), (0.68, 0.42)):
            glow = np.exp(-(((x - 1.08) / 0.42) ** 2) - ((y - centre) / spread) ** 2)
            pair.append(np.rint(255 * glow).astype(np.uint8))
        maps.append((pair[0], pair[1]))
    return maps[0], maps[1], maps[1]
