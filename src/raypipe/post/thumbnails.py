"""Thumbnails: the best picture, cropped to its subject, under a title that reads at stamp size.

Three layouts. *Poster*: the picture fills the frame, the title stands on a scrim. *Split*: for a
frame much wider than the picture, the title stands on a ground of the picture's own colour beside
it. *Stack*: the same one above the other, for a frame much taller.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from raypipe.errors import RenderError
from raypipe.images.engine import type_uint8
from raypipe.picture.focus import find_focus
from raypipe.post.checks.composition import contrast_ratio
from raypipe.post.checks.finishing import THUMBNAIL_SIZES
from raypipe.post.checks.limits import CONTRAST, THUMBNAIL_BYTES
from raypipe.post.grading import Canvas, accent_colour, enhance, ground_colour, vignette
from raypipe.post.lettering import Lettering, Place, fit_lettering, flat_style, lay, trim
from raypipe.post.metadata import canonical_genre
from raypipe.post.picking import crop_around
from raypipe.post.tag_tables import LOCAL_GENRES
from raypipe.text.bidi import base_level
from raypipe.text.draw import draw_block
from raypipe.timeline.model import Colour, Rect

LayoutName = Literal["poster", "split", "stack"]

_INK: Colour = (255, 252, 246)
_QUALITIES = (92, 88, 82, 74, 64)
_LEAST_KEPT = 0.5
"""A crop that keeps less of the picture than this is no longer the picture."""
_MOST_ENLARGED = 1.6
_MOST_PUSHED = 0.26
"""Share of the height by which a poster's picture may be moved up to clear the title."""
_HEAD_ROOM = 0.05
_SHORT_TITLE_CHARACTERS = 60
_NO_CAPITALS = frozenset({"tr", "az", "kk", "de"})
"""Languages whose capitals Python does not know (dotted i) or that double a letter (sharp s)."""


@dataclass(frozen=True, slots=True)
class SafeArea:
    """Where a platform draws nothing over a thumbnail: fractions of the frame, margins inside."""

    left: float
    top: float
    right: float
    bottom: float


_WIDE_SAFE = SafeArea(0.055, 0.09, 0.055, 0.12)
"""YouTube puts the running time into the lower right corner, 8 % high."""
_SQUARE_SAFE = SafeArea(0.075, 0.075, 0.075, 0.085)
_TALL_SAFE = SafeArea(0.085, 0.15, 0.13, 0.215)
"""TikTok and Reels put their buttons at the right and the caption below, and crop the grid's
covers to the middle 3:4, which is 12.5 % less at top and bottom."""


def make_thumbnails(
    picture: type_uint8,
    *,
    title: str,
    language: str,
    genre: str,
    frame_size: tuple[int, int],
) -> dict[str, bytes]:
    """Draw the thumbnails of a video for all platforms.

    Args:
        picture: uint8 (height, width, 3) RGB, see `raypipe.post.picking.choose_picture`.
        title: of the story; set whole, however long.
        language: BCP 47 tag of the title.
        genre: of the story; named in small letters where the language's word is known.
        frame_size: width and height of the video, pixels.

    Returns:
        JPEG files under 2 MB by name: ``thumb`` of the frame's size, ``thumb_youtube`` 1280x720,
        ``thumb_instagram`` 1080x1080, ``thumb_tiktok`` 1080x1920.
    """
    poster = _Poster(picture, find_focus(picture), title=title, language=language, genre=genre)
    drawn: dict[tuple[int, int], bytes] = {}
    thumbnails = {}
    for name, size in {"thumb": frame_size, **THUMBNAIL_SIZES}.items():
        if size not in drawn:
            drawn[size] = encode_jpeg(poster.draw(*size), max_bytes=_max_bytes())
        thumbnails[name] = drawn[size]
    return thumbnails


def encode_jpeg(picture: type_uint8, *, max_bytes: int) -> bytes:
    """Return ``picture`` as a JPEG file, at the best quality that fits into ``max_bytes``.

    Colour is not subsampled: red letters would fray.

    Raises:
        RenderError: no quality fits.
    """
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    size = 0
    for quality in _QUALITIES:
        _, data = cv2.imencode(
            ".jpg",
            bgr,
            [
                cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1,
                cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
            ],
        )  # fmt: skip
        size = int(data.size)
        if size <= max_bytes:
            return bytes(data)
    raise RenderError(f"expected a JPEG of at most {max_bytes} bytes, got {size}")


def choose_layout(picture_size: tuple[int, int], frame_size: tuple[int, int]) -> LayoutName:
    """Return the layout for a picture in a frame, both (width, height) in pixels."""
    (width, height), (frame_width, frame_height) = picture_size, frame_size
    ratio = (frame_width / frame_height) / (width / height)
    kept = min(ratio, 1 / ratio)
    enlarged = max(frame_width / width, frame_height / height)
    if kept >= _LEAST_KEPT and enlarged <= _MOST_ENLARGED:
        return "poster"
    return "split" if ratio > 1 else "stack"


class _Poster:
    """One picture and its words, drawn in any size."""

    def __init__(
        self, picture: type_uint8, focus: Rect, *, title: str, language: str, genre: str
    ) -> None:
        self._picture = enhance(picture)
        self._focus = focus
        self._ground = ground_colour(picture)
        self._accent = accent_colour(picture)
        self._language = language
        self._rtl = base_level(title) == 1
        self._title = _cased(title, language)
        self._kicker = _kicker(genre, language)

    def draw(self, width: int, height: int) -> type_uint8:
        """Return the thumbnail, uint8 (height, width, 3)."""
        shape = self._picture.shape
        layout = choose_layout((shape[1], shape[0]), (width, height))
        if layout == "poster":
            canvas = self._draw_poster(width, height)
        else:
            canvas = self._draw_beside(width, height, across=layout == "split")
        return np.clip(canvas.round(), 0, 255).astype(np.uint8)

    def _draw_poster(self, width: int, height: int) -> Canvas:
        safe = _safe_area(width, height)
        wide = width > height * 1.2
        room_width = int(width * (1 - safe.left - safe.right) * (0.72 if wide else 1.0))
        words = self._words(room_width, int(height * (0.42 if wide else 0.34)), min(width, height))
        top = int(height * (1 - safe.bottom)) - _stack_height(words)
        canvas = vignette(self._raised(width, height, top))
        self._scrim(canvas, top, top + _stack_height(words))
        self._set(canvas, words, top, safe)
        return canvas

    def _raised(self, width: int, height: int, floor: int) -> Canvas:
        """Return the picture with its focus above row ``floor``, where the title begins.

        The crop is chosen so; what is then still missing is gained by pushing the picture up,
        over a ground that the scrim hides.
        """
        aim = (floor / height + 0.02) / 2
        crop, focus = self._cropped(width, height, at_height=aim)
        middle, bottom = focus.y + focus.height / 2, focus.y + focus.height
        wanted = min(max(middle - aim, bottom - floor / height), focus.y - _HEAD_ROOM)
        push = int(height * min(max(wanted, 0.0), _MOST_PUSHED))
        if not push:
            return crop
        canvas = np.empty_like(crop)
        canvas[: height - push] = crop[push:]
        canvas[height - push :] = np.array(self._ground, dtype=np.float32) * 0.6
        feather = min(height - push, int(height * 0.12))
        ramp = _smooth(np.linspace(0, 1, feather, dtype=np.float32))[:, None, None]
        band = canvas[height - push - feather : height - push]
        band += (canvas[-1, 0] - band) * ramp
        return canvas

    def _draw_beside(self, width: int, height: int, *, across: bool) -> Canvas:
        """Draw the picture on one side and the title on a coloured ground on the other."""
        canvas = self._wash(width, height)
        safe = _safe_area(width, height)
        if across:
            panel_width = int(width * 0.5)
            crop, _ = self._cropped(panel_width, height)
            left = 0 if self._rtl else width - panel_width
            mask = np.ones((height, panel_width), np.float32)
            feather = int(panel_width * 0.34)
            ramp = _smooth(np.linspace(0, 1, feather, dtype=np.float32))
            if self._rtl:
                mask[:, -feather:] = ramp[::-1]
            else:
                mask[:, :feather] = ramp
            region = canvas[:, left : left + panel_width]
            region += (crop - region) * mask[..., None]
            room = int(width * (0.525 - safe.left))
            words = self._words(room, int(height * 0.74), height)
            top = (height - _stack_height(words)) // 2
        else:
            panel_height = int(height * 0.62)
            crop, _ = self._cropped(width, panel_height)
            mask = np.ones((panel_height, width), np.float32)
            feather = int(panel_height * 0.3)
            mask[-feather:] = _smooth(np.linspace(1, 0, feather, dtype=np.float32))[:, None]
            region = canvas[:panel_height]
            region += (crop - region) * mask[..., None]
            room = int(width * (1 - safe.left - safe.right))
            words = self._words(room, int(height * 0.26), width)
            top = int(height * (1 - safe.bottom)) - _stack_height(words)
        self._set(canvas, words, top, safe)
        return canvas

    def _cropped(self, width: int, height: int, *, at_height: float = 0.5) -> tuple[Canvas, Rect]:
        """Return the part around the focus in that size, and where in it the focus is."""
        picture_height, picture_width = self._picture.shape[:2]
        x, y, w, h = crop_around(
            picture_width, picture_height, width / height, self._focus, at_height=at_height
        )
        part = self._picture[y : y + h, x : x + w]
        shrink = part.shape[1] > width
        scaled = cv2.resize(
            part, (width, height), interpolation=cv2.INTER_AREA if shrink else cv2.INTER_LANCZOS4
        )
        focus = Rect(
            (self._focus.x * picture_width - x) / w,
            (self._focus.y * picture_height - y) / h,
            self._focus.width * picture_width / w,
            self._focus.height * picture_height / h,
        )
        return scaled.astype(np.float32), focus

    def _wash(self, width: int, height: int) -> Canvas:
        """Return the ground: the picture's dark colour with a breath of the picture in it."""
        tiny = cv2.resize(self._picture, (24, 24), interpolation=cv2.INTER_AREA)
        cloud = cv2.resize(tiny, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.float32)
        ground = np.array(self._ground, dtype=np.float32)
        return np.asarray(ground + (np.minimum(cloud, 120) - ground) * 0.16, dtype=np.float32)

    def _scrim(self, canvas: Canvas, top: int, bottom: int) -> None:
        """Darken ``canvas`` from above row ``top`` down until light text stands out there."""
        height = canvas.shape[0]
        reach = int(height * 0.17)
        rows = np.arange(height, dtype=np.float32)
        ramp = _smooth(np.clip((rows - (top - reach)) / reach, 0, 1))
        ground = np.array(self._ground, dtype=np.float32) * 0.6
        behind = canvas[top:bottom].copy()
        for opacity in np.linspace(0.74, 0.96, 7):
            weight = (ramp * opacity).astype(np.float32)[:, None, None]
            darkened = behind + (ground - behind) * weight[top:bottom]
            if lightest_contrast(darkened) >= (CONTRAST.low or 0) * 1.15:
                break
        start = max(0, top - reach)
        canvas[start:] += (ground - canvas[start:]) * weight[start:]

    def _words(self, room_width: int, room_height: int, scale: int) -> list[Lettering]:
        """Return kicker and title, set to fit."""
        kicker_size = max(20, round(scale * 0.036))
        words = []
        if self._kicker:
            drawn = draw_block(
                self._kicker,
                max_width_px=room_width,
                size_px=kicker_size,
                style=flat_style(self._accent),
                language=self._language,
                max_lines=1,
            )
            words.append(Lettering(trim(drawn), kicker_size))
        long = len(self._title) > _SHORT_TITLE_CHARACTERS
        place = Place(
            width=room_width,
            height=room_height - _stack_height(words),
            max_size=round(scale * 0.2),
            min_size=max(24, round(scale * 0.03)),
            max_lines=12 if long else 4,
        )
        words.append(
            fit_lettering(
                self._title,
                place,
                colour=_INK,
                language=self._language,
                align_right=self._rtl,
            )
        )
        return words

    def _set(self, canvas: Canvas, words: list[Lettering], top: int, safe: SafeArea) -> None:
        """Lay an accent bar, the kicker and the title into ``canvas`` from row ``top``."""
        height, width = canvas.shape[:2]
        unit = max(4, round(min(width, height) * 0.009))
        left, right = int(width * safe.left), int(width * (1 - safe.right))
        if self._rtl:
            left, right = width - right, width - left
        bar = unit * 11
        bar_left = right - bar if self._rtl else left
        canvas[top : top + unit, bar_left : bar_left + bar] = self._accent
        y = top + unit + _bar_gap(words)
        for index, word in enumerate(words):
            lay(canvas, word.picture, right - word.width if self._rtl else left, y)
            y += word.height + (_gap(word) if index < len(words) - 1 else 0)


def lightest_contrast(region: Canvas) -> float:
    """Return the contrast of the title's ink with the lightest 2 % of ``region``."""
    pixels = region.reshape(-1, 3)[:: max(1, region.size // 60_000)]
    luma = pixels @ np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)
    light = pixels[luma >= np.quantile(luma, 0.98)].mean(axis=0)
    red, green, blue = (int(min(255, max(0, value))) for value in light)
    return contrast_ratio(_INK, (red, green, blue))


def _stack_height(words: list[Lettering]) -> int:
    """Return the height of bar, kicker and title with their gaps."""
    if not words:
        return 0
    unit = max(4, round(words[0].size_px / 4))
    gaps = sum(_gap(word) for word in words[:-1])
    return unit + _bar_gap(words) + gaps + sum(word.height for word in words)


def _bar_gap(words: list[Lettering]) -> int:
    return round(words[0].size_px * (0.75 if len(words) > 1 else 0.3))


def _gap(word: Lettering) -> int:
    return round(word.size_px * 0.8)


def _smooth(ramp: Canvas) -> Canvas:
    return np.asarray(ramp * ramp * (3 - 2 * ramp), dtype=np.float32)


def _safe_area(width: int, height: int) -> SafeArea:
    if width > height * 1.2:
        return _WIDE_SAFE
    return _TALL_SAFE if height > width * 1.5 else _SQUARE_SAFE


def _max_bytes() -> int:
    return int(THUMBNAIL_BYTES.high or 0)


def _cased(title: str, language: str) -> str:
    """Return a short title in capitals, as posters have it; others as they are."""
    short = len(title) <= 28  # noqa: PLR2004 longer capitals are hard to read
    return _capitals(title, language) if short and title.isascii() else title


def _capitals(text: str, language: str) -> str:
    return text if language.partition("-")[0] in _NO_CAPITALS else text.upper()


def _kicker(genre: str, language: str) -> str:
    """Return the genre as a small heading, or "" where the language's word is not known.

    Letters that do not join are spaced, as small capitals are.
    """
    primary = language.partition("-")[0]
    plain = canonical_genre(genre)
    if primary != "en":
        plain = LOCAL_GENRES.get(primary, {}).get(plain, "")
    letters = _capitals(plain, language)
    return "\u2009".join(letters) if letters != letters.lower() else letters
