"""The storyboard: all scenes on one sheet, with time codes, words and directions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from raypipe.errors import RenderError
from raypipe.images.engine import type_uint8
from raypipe.post.grading import Canvas
from raypipe.post.lettering import Place, fit_lettering, flat_style, lay, trim
from raypipe.post.summary import shorten
from raypipe.post.thumbnails import encode_jpeg
from raypipe.story.model import FRAME_SIZES
from raypipe.story.plan import ScenePlan, StoryPlan
from raypipe.text.bidi import base_level
from raypipe.text.draw import draw_block
from raypipe.text.layout import set_text
from raypipe.timeline.model import Colour

_PAPER: Colour = (247, 244, 237)
_INK: Colour = (31, 30, 34)
_SOFT_INK: Colour = (112, 108, 104)
_RULE: Colour = (214, 208, 198)
_CHIP: Colour = (233, 228, 218)
_MOODS: dict[str, Colour] = {
    "calm": (94, 140, 145), "joyful": (214, 160, 52), "tense": (196, 92, 52),
    "dark": (72, 66, 88), "sad": (84, 112, 160), "wondrous": (134, 96, 178),
    "epic": (176, 62, 62), "romantic": (206, 104, 132), "comic": (108, 152, 72),
}  # fmt: skip

_SHEET_ASPECT = 1.3
_MAX_SHEET_PX = 2000
_MIN_SHEET_PX = 860
_MAX_PIXELS = 36_000_000
_EXCERPT_LINES = 4
_MAX_BYTES = 12 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Grid:
    """Measures of the sheet, pixels: ``columns`` cards of ``card`` width, ``image`` high each."""

    columns: int
    rows: int
    card: int
    image: int
    text: int
    margin: int
    gap: int
    type: int

    @property
    def row(self) -> int:
        return self.image + self.text

    @property
    def width(self) -> int:
        content = self.columns * self.card + (self.columns - 1) * self.gap
        return max(_MIN_SHEET_PX, content + 2 * self.margin)


def draw_storyboard(
    pictures: Sequence[type_uint8],
    plan: StoryPlan,
    *,
    durations_s: Sequence[float],
    starts_s: Sequence[float] | None = None,
) -> bytes:
    """Draw the contact sheet of a story.

    Args:
        pictures: uint8 (height, width, 3) RGB, one for each scene of ``plan``, in order; whole, or
            as `reduce_picture` made them of `card_size`, which gives the same sheet.
        plan: scenes, texts and directions.
        durations_s: how long each scene lasts, seconds.
        starts_s: when each begins; None lays them end to end.

    Returns:
        A JPEG file.

    Raises:
        RenderError: pictures, scenes and durations are not equally many.
    """
    counts = {len(pictures), len(plan.scenes), len(durations_s)}
    if starts_s is not None:
        counts.add(len(starts_s))
    if len(counts) != 1:
        raise RenderError(
            f"expected one picture and duration for each of {len(plan.scenes)} scenes, got "
            f"{len(pictures)} and {len(durations_s)}"
        )
    starts = starts_s or [sum(durations_s[:index]) for index in range(len(durations_s))]
    grid = _plan_grid(len(pictures), _aspect(plan))
    header = _draw_header(grid, plan, total_s=starts[-1] + durations_s[-1])
    sheet_height = header.shape[0] + grid.rows * (grid.row + grid.gap) + grid.margin - grid.gap
    sheet = np.empty((sheet_height, grid.width, 3), np.uint8)  # as floats it took 100 MB more
    sheet[:] = _PAPER
    sheet[: header.shape[0]] = _printed(header)
    for index, (picture, scene) in enumerate(zip(pictures, plan.scenes, strict=True)):
        column, row = index % grid.columns, index // grid.columns
        if base_level(plan.title) == 1:
            column = grid.columns - 1 - column
        x = grid.margin + column * (grid.card + grid.gap)
        y = header.shape[0] + row * (grid.row + grid.gap)
        card: Canvas = np.empty((grid.row, grid.card, 3), np.float32)
        card[:] = _PAPER
        last = index == len(pictures) - 1
        _draw_card(
            card, grid, picture, scene,
            number=index + 1, start_s=starts[index], duration_s=durations_s[index],
            language=plan.language, last=last,
        )  # fmt: skip
        sheet[y : y + grid.row, x : x + grid.card] = _printed(card)
    return encode_jpeg(sheet, max_bytes=_MAX_BYTES)


def card_size(plan: StoryPlan) -> tuple[int, int]:
    """Return width and height in pixels of the pictures on a plan's sheet."""
    grid = _plan_grid(len(plan.scenes), _aspect(plan))
    return grid.card, grid.image


def _aspect(plan: StoryPlan) -> float:
    width, height = FRAME_SIZES[plan.aspect_ratio]
    return width / height


def _printed(canvas: Canvas) -> type_uint8:
    return np.clip(canvas.round(), 0, 255).astype(np.uint8)


def time_code(seconds: float) -> str:
    """Return ``seconds`` as "1:05.2", to a tenth."""
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"


def _plan_grid(count: int, aspect: float) -> _Grid:
    """Return the grid whose sheet is nearest to a landscape page and not too large."""
    best: tuple[float, _Grid] | None = None
    widest = 620 if aspect > 1 else 420
    for columns in range(1, min(count, 10) + 1):
        margin, gap = 64, 36
        card = min(widest, (_MAX_SHEET_PX - 2 * margin - (columns - 1) * gap) // columns)
        size = min(23, max(15, round(card * 0.055)))
        rows = -(-count // columns)
        text = round(size * (1.9 + 0.5 + 1.32 * _EXCERPT_LINES + 4.4))
        grid = _Grid(columns, rows, card, round(card / aspect), text, margin, gap, size)
        height = rows * (grid.row + gap) + 240
        off = abs(math.log(grid.width / height / _SHEET_ASPECT))
        # An empty corner looks like a mistake.
        off += 1.5 * (rows * columns - count) / (rows * columns)
        off += 5.0 * (card < 200) + 5.0 * (grid.width * height > _MAX_PIXELS)  # noqa: PLR2004
        if best is None or off < best[0]:
            best = off, grid
    if best is None:
        raise RenderError("expected at least one scene for the storyboard, got none")
    return best[1]


def _draw_header(grid: _Grid, plan: StoryPlan, *, total_s: float) -> Canvas:
    """Return the head of the sheet: title, facts and a rule."""
    room = grid.width - 2 * grid.margin
    rtl = base_level(plan.title) == 1
    size = max(34, round(grid.width * 0.03))
    title = fit_lettering(
        plan.title,
        Place(width=room, height=round(size * 3.6), max_size=size, min_size=22, max_lines=3),
        colour=_INK,
        language=plan.language,
        align_right=rtl,
    )
    words = [plan.genre.capitalize()] if plan.genre else []
    count = len(plan.scenes)
    words += [plan.aspect_ratio, f"{count} scene{'s' if count != 1 else ''}", time_code(total_s)]
    facts = _type("  ·  ".join(words), room, max(17, size // 2), _SOFT_INK, "en", bold=False)
    top = grid.margin
    height = top + title.height + 22 + facts.shape[0] + 26 + 2 + 34
    header: Canvas = np.empty((height, grid.width, 3), np.float32)
    header[:] = _PAPER
    right = grid.width - grid.margin
    lay(header, title.picture, right - title.width if rtl else grid.margin, top)
    y = top + title.height + 22
    lay(header, facts, right - facts.shape[1] if rtl else grid.margin, y)
    y += facts.shape[0] + 26
    header[y : y + 2, grid.margin : grid.width - grid.margin] = _INK
    return header


def _draw_card(
    card: Canvas,
    grid: _Grid,
    picture: type_uint8,
    scene: ScenePlan,
    *,
    number: int,
    start_s: float,
    duration_s: float,
    language: str,
    last: bool,
) -> None:
    """Draw one scene into ``card``: picture, number and times, words, directions."""
    size = grid.type
    card[: grid.image] = _framed(picture, grid.card, grid.image)
    y = grid.image + round(size * 0.75)
    figure = _type(f"{number:02d}", grid.card, round(size * 1.25), _INK, "en")
    code = f"{time_code(start_s)}  +{duration_s:.1f} s"
    times = _type(code, grid.card, round(size * 0.86), _SOFT_INK, "en", bold=False)
    lay(card, figure, 0, y)
    lay(card, times, grid.card - times.shape[1], y + figure.shape[0] - times.shape[0])
    y = grid.image + round(size * 2.15)
    card[y : y + 1] = _RULE
    y += round(size * 0.45)
    words = _excerpt(scene.text, grid.card, size, language)
    rtl = base_level(scene.text) == 1
    lay(card, words, grid.card - words.shape[1] if rtl else 0, y)
    foot = grid.row - round(size * 3.75)
    label = "end" if last else scene.transition
    marks = (scene.mood, scene.setting, scene.hour, scene.weather)
    _draw_chips(card, foot, size, label, marks)


def _excerpt(text: str, width: int, size: int, language: str) -> type_uint8:
    """Return the beginning of ``text`` in at most four lines, ending at a word."""
    style = flat_style(_INK, bold=False)
    align = "right" if base_level(text) == 1 else "left"
    plain = " ".join(text.split())
    room = len(plain)
    while room > 1:
        cut = shorten(plain, room)
        layout = set_text(cut, max_width_px=width, size_px=size, style=style, language=language)
        if len(layout.lines) <= _EXCERPT_LINES:
            break
        room = min(room - 1, int(room * max(0.5, _EXCERPT_LINES / len(layout.lines))))
    return draw_block(
        shorten(plain, room),
        max_width_px=width,
        size_px=size,
        style=style,
        language=language,
        align=align,
        max_lines=_EXCERPT_LINES,
    )


def _draw_chips(
    card: Canvas, top: int, size: int, transition: str, marks: tuple[str, str, str, str]
) -> None:
    """Draw the directions as small labels: mood, setting, hour, weather; then the transition."""
    label_size = round(size * 0.78)
    height = round(label_size * 1.75)
    gap = max(4, round(size * 0.3))
    x, y = 0, top
    ground = _MOODS.get(marks[0], _SOFT_INK)
    labels: list[tuple[str, Colour, Colour]] = [(marks[0], ground, (255, 255, 255))]
    labels += [(mark, _CHIP, _INK) for mark in marks[1:]]
    labels.append((f"→ {transition}" if transition != "end" else "end", _PAPER, _SOFT_INK))
    for word, fill, ink in labels:
        drawn = _type(word, card.shape[1], label_size, ink, "en", bold=fill == ground)
        width = drawn.shape[1] + round(label_size * 1.1)
        if x and x + width > card.shape[1]:
            x, y = 0, y + height + gap
        if y + height > card.shape[0]:
            return
        _fill_round(card[y : y + height, x : x + width], fill)
        baseline = y + round(height * 0.68)
        descent = _descent(word, label_size)
        lay(card, drawn, x + (width - drawn.shape[1]) // 2, baseline + descent - drawn.shape[0])
        x += width + gap


def _descent(word: str, size: int) -> int:
    """Return how far ``word`` reaches below its baseline, pixels."""
    return round(size * 0.21) if any(letter in "gjpqy" for letter in word) else 0


def _fill_round(region: Canvas, colour: Colour) -> None:
    """Fill ``region`` with ``colour``, its corners rounded."""
    height, width = region.shape[:2]
    scale = 4
    radius = round(height * 0.28) * scale
    mask = np.zeros((height * scale, width * scale), np.uint8)
    right, bottom = width * scale - 1, height * scale - 1
    cv2.rectangle(mask, (radius, 0), (right - radius, bottom), 255, -1)
    cv2.rectangle(mask, (0, radius), (right, bottom - radius), 255, -1)
    for centre in (
        (radius, radius), (right - radius, radius),
        (radius, bottom - radius), (right - radius, bottom - radius),
    ):  # fmt: skip
        cv2.circle(mask, centre, radius, 255, -1)
    alpha = cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA)[..., None] / 255
    region += (np.array(colour, np.float32) - region) * alpha.astype(np.float32)


def reduce_picture(picture: type_uint8, width: int, height: int) -> type_uint8:
    """Return the middle of ``picture`` in that size, uint8 (height, width, 3)."""
    source_height, source_width = picture.shape[:2]
    crop_width = min(source_width, round(source_height * width / height))
    crop_height = min(source_height, round(source_width * height / width))
    x, y = (source_width - crop_width) // 2, (source_height - crop_height) // 2
    part = picture[y : y + crop_height, x : x + crop_width]
    return np.asarray(cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _framed(picture: type_uint8, width: int, height: int) -> Canvas:
    """Return the middle of ``picture`` in that size, with a hairline around it."""
    small = reduce_picture(picture, width, height).astype(np.float32)
    ink = tuple(float(channel) for channel in _INK)
    line = cv2.rectangle(small.copy(), (0, 0), (width - 1, height - 1), ink, 1)
    return np.asarray((small + line) / 2, dtype=np.float32)


def _type(
    text: str, width: int, size: int, colour: Colour, language: str, *, bold: bool = True
) -> type_uint8:
    """Return one line of text without the empty space around it."""
    drawn = draw_block(
        text,
        max_width_px=max(width, size),
        size_px=size,
        style=flat_style(colour, bold=bold),
        language=language,
        max_lines=1,
    )
    return trim(drawn)
