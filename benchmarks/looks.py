"""What do transitions, captions and effects look like?

Draws contact sheets of real frames, composed as a render composes them::

    .venv/bin/python benchmarks/looks.py transitions transitions.jpg
    .venv/bin/python benchmarks/looks.py captions captions.jpg --aspect 16:9
    .venv/bin/python benchmarks/looks.py effects effects.jpg

Another story's pictures are taken with ``--story FILE``. To be looked at: nothing is measured.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from raypipe.images.open import open_image_engine
from raypipe.picture.colour import frame_to_rgb
from raypipe.picture.compose import compose_segment
from raypipe.picture.light import map_light
from raypipe.picture.motion import choose_motion
from raypipe.story.model import FRAME_SIZES, AspectRatio, Story
from raypipe.story.planner import plan_story
from raypipe.story.read import read_source
from raypipe.text.captions import caption_layers, prominent_style
from raypipe.text.draw import draw_block
from raypipe.timeline.legible import legible_texts
from raypipe.timeline.model import (
    Direction,
    Effect,
    Rect,
    SegmentSpec,
    TextLayer,
    TextStyle,
    TimelineScene,
    Transition,
    VisualLayer,
)
from raypipe_actors.assets import picture_request

Picture = npt.NDArray[np.uint8]

FPS = 30
FRAMES, MIXED = 90, 15
"""Frames of a scene, and of its overlap with the next."""
PHASES = (0.0, 0.25, 0.5, 0.75, 1.0)
SCENES = (0, 5)
"""Of the story, whose pictures are shown."""
PAPER = (24, 24, 28)
GAP_PX = 12

CUT = Transition()
INK = TextStyle(outline_colour=(19, 26, 46), highlight=(255, 206, 120))
LINE = "She held up the lantern, and far away something answered."


@dataclass(frozen=True, slots=True)
class Words:
    """Text of a scene: captions, or with ``whole`` one layer."""

    content: str
    style: TextStyle = INK
    language: str = "en"
    whole: bool = False

    def layers(self, size: tuple[int, int]) -> tuple[TextLayer, ...]:
        """Lay them out for frames of this size, pixels; they take the whole scene."""
        if self.whole:
            return (TextLayer(self.content, 3, FRAMES, self.style, self.language),)
        return caption_layers(
            self.content,
            language=self.language,
            words=(),
            start_frame=3,
            end_frame=FRAMES,
            fps=FPS,
            width=size[0],
            height=size[1],
            style=self.style,
        )


@dataclass(frozen=True, slots=True)
class Tile:
    """A frame of a scene that shows picture 0 or 1, with what is laid on it."""

    label: str
    frame: int = FRAMES // 2
    texts: tuple[Words, ...] = ()
    effects: tuple[Effect, ...] = ()
    transition: Transition = CUT
    picture: int = 0


SCRIPTS = {
    "Japanese": Words("むかしむかし、あるところに、おじいさんとおばあさんがいました。", INK, "ja"),
    "Arabic": Words("كان علي بابا حطابًا فقيرًا (40 لصًا) يعيش قرب الغابة.", INK, "ar"),
    "Hebrew": Words("היה היה פעם נער שמצא מפתח בן 300 שנה ביער.", INK, "he"),
    "Hindi": Words("एक समय की बात है, एक छोटे से गाँव में एक लड़का रहता था।", INK, "hi"),
    "emoji": Words("A storm 🌩️ came, and the dragon 🐉 flew home 🏡 to its family 👨‍👩‍👧."),
    "Chinese": Words("从前有一座山，山上有一座庙，庙里有一个老和尚。", INK, "zh"),  # noqa: RUF001 - Chinese
    "Korean": Words("옛날 옛적에 호랑이가 담배를 피우던 시절이었다.", INK, "ko"),
    "Russian": Words("Жили-были старик со старухой у самого синего моря.", INK, "ru"),  # noqa: RUF001 - Russian
    "one long word": Words(
        "Donaudampfschifffahrtsgesellschaftskapitänswitwenversicherung", INK, "de"
    ),
    "no spaces": Words("x" * 120),
}


def transition_tiles() -> Iterator[list[Tile]]:
    """Yield a row for each transition."""
    directions: tuple[Direction, ...] = ("left", "right", "up", "down")
    every: list[Transition] = [
        CUT,
        Transition("fade", MIXED),
        Transition("fade", MIXED, through="white"),
        Transition("dissolve", MIXED),
        *(Transition("slide", MIXED, direction) for direction in directions),
        *(Transition("wipe", MIXED, direction) for direction in directions),
        Transition("zoom", MIXED),
    ]
    texts = (Words(LINE),)
    for transition in every:
        first, last = FRAMES - (transition.frames or 2), FRAMES + (not transition.frames) - 1
        yield [
            Tile(
                _name(transition) if not phase else f"{phase:.0%}",
                frame=first + round(phase * (last - first)),
                transition=transition,
                texts=texts,
            )
            for phase in PHASES
        ]


def _name(transition: Transition) -> str:
    if transition.kind == "fade":
        return f"fade through {transition.through}"
    if transition.kind in {"slide", "wipe"}:
        return f"{transition.kind} {transition.direction}"
    return transition.kind


def caption_tiles() -> Iterator[list[Tile]]:
    """Yield rows of styles, positions, scripts and animations."""
    styles = {
        "outline (default)": INK,
        "box": replace(INK, box=True),
        "no shadow": replace(INK, shadow=False),
        "bare": replace(INK, shadow=False, outline_px=0),
        "dark letters": replace(
            INK, colour=(24, 24, 30), outline_colour=(255, 255, 255), highlight=None
        ),
    }
    yield [Tile(name, texts=(Words(LINE, style),), picture=1) for name, style in styles.items()]
    title = replace(INK, position="top", size_px=92, outline_px=5, highlight=None)
    yield [
        Tile("top", texts=(Words(LINE, replace(INK, position="top")),)),
        Tile("center", texts=(Words(LINE, replace(INK, position="center")),)),
        Tile("bottom third", texts=(Words(LINE),)),
        Tile("silent scene", texts=(Words(LINE, prominent_style(INK), whole=True),)),
        Tile("title", texts=(Words(LINE), Words("The Lost Artifact", title, whole=True))),
    ]
    for names in (("Japanese", "Arabic", "Hebrew", "Hindi", "emoji"),
                  ("Chinese", "Korean", "Russian", "one long word", "no spaces")):  # fmt: skip
        yield [Tile(name, texts=(SCRIPTS[name],)) for name in names]
    for animation in ("fade_in", "rise", "typewriter"):
        texts = (Words(LINE, replace(INK, animation=animation, highlight=None)),)
        yield [Tile(f"{animation}, frame {n}", frame=3 + n, texts=texts) for n in (0, 1, 3, 6, 14)]
    yield [Tile(f"karaoke, frame {n}", n, (Words(LINE),)) for n in (8, 18, 28, 38, 52)]


def effect_tiles() -> Iterator[list[Tile]]:
    """Yield a row for each effect, from the scene's start to its end."""
    effects: tuple[tuple[Effect, ...], ...] = (
        (),
        ("vignette",),
        ("light_leak",),
        ("grain",),
        ("fade_in", "fade_out"),
    )
    for chosen in effects:
        yield [
            Tile(
                " and ".join(chosen) or "none",
                frame=round(p * (FRAMES - 1)),
                effects=chosen,
                picture=1,
            )
            for p in PHASES
        ]


def draw_pictures(story: Path, aspect: AspectRatio) -> list[Picture]:
    """Draw the pictures of two scenes of a story, uint8 (h, w, 3) RGB."""
    source = read_source(story)
    if not isinstance(source, Story):
        raise SystemExit(f"expected a story, got a plan in {story}")
    plan = plan_story(source, target_duration=60, aspect_ratio=aspect)
    engine = open_image_engine("storybook")
    last = len(plan.scenes) - 1
    return [engine.generate([picture_request(plan, min(n, last))])[0] for n in SCENES]


def scene_of(
    tile: Tile, pictures: Sequence[Picture], number: int, size: tuple[int, int]
) -> TimelineScene:
    """Lay a tile's scene out, its texts dressed for its picture."""
    picture = pictures[number]
    motion = choose_motion(
        focus=Rect(0.3, 0.3, 0.4, 0.3), picture_width=picture.shape[1],
        picture_height=picture.shape[0], frame_width=size[0], frame_height=size[1],
        seed=1, scene_index=number, duration_s=FRAMES / FPS,
    )  # fmt: skip
    layers = [layer for words in tile.texts for layer in words.layers(size)]
    texts = legible_texts(layers, map_light(picture), motion, size=size, effects=tile.effects)
    visual = VisualLayer(f"picture_{number}", motion, tile.effects)
    return TimelineScene(f"scene_{number}", 0, FRAMES, visual, texts, None, tile.transition)


def film(tile: Tile, pictures: Sequence[Picture], size: tuple[int, int]) -> Picture:
    """Return a tile's frame, uint8 (h, w, 3) RGB."""
    scene = scene_of(tile, pictures, tile.picture, size)
    after = scene_of(replace(tile, texts=(), transition=CUT), pictures, 1 - tile.picture, size)
    frame = tile.frame
    if frame >= FRAMES:  # after a cut
        scene, frame = after, frame - FRAMES
    mixing = tile.transition.frames > 0
    spec = SegmentSpec(0, *size, FPS, 0, frame, 1, scene, after if mixing else None)
    named = {f"picture_{n}": picture for n, picture in enumerate(pictures)}
    (chunk,) = compose_segment(spec, named, chunk_frames=1)
    return frame_to_rgb(chunk[0])


def draw_sheet(
    rows: Sequence[Sequence[Tile]], pictures: Sequence[Picture], size: tuple[int, int], tall: int
) -> Picture:
    """Return all tiles on one sheet, each ``tall`` pixels high, uint8 (h, w, 3) RGB."""
    wide = round(tall * size[0] / size[1])
    columns = max(map(len, rows))
    sheet = np.empty(
        (len(rows) * (tall + GAP_PX) + GAP_PX, columns * (wide + GAP_PX) + GAP_PX, 3), np.uint8
    )
    sheet[:] = PAPER
    for row, tiles in enumerate(rows):
        for column, tile in enumerate(tiles):
            small = cv2.resize(
                film(tile, pictures, size), (wide, tall), interpolation=cv2.INTER_AREA
            )
            top, left = GAP_PX + row * (tall + GAP_PX), GAP_PX + column * (wide + GAP_PX)
            sheet[top : top + tall, left : left + wide] = small
            _write(sheet[top : top + tall, left : left + wide], tile.label)
    return sheet


def _write(tile: Picture, label: str) -> None:
    style = TextStyle(box=True, outline_px=0, outline_colour=PAPER, weight="bold")
    drawn = draw_block(label, max_width_px=tile.shape[1], size_px=13, style=style)
    part = tile[: drawn.shape[0], : drawn.shape[1]]
    cover = drawn[: part.shape[0], : part.shape[1], 3:] / 255
    part[:] = np.rint(part * (1 - cover) + drawn[: part.shape[0], : part.shape[1], :3] * cover)


SHEETS = {"transitions": transition_tiles, "captions": caption_tiles, "effects": effect_tiles}


def main() -> None:
    """Draw one sheet."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("sheet", choices=SHEETS)
    parser.add_argument("out", type=Path, help="a JPEG or PNG file")
    parser.add_argument("--aspect", choices=FRAME_SIZES, default="9:16")
    parser.add_argument("--story", type=Path, default=Path("examples/lost_artifact.json"))
    parser.add_argument("--height", type=int, default=360, help="of a tile, pixels")
    parser.add_argument("--rows", type=int, nargs="*", help="only these, counted from 0")
    args = parser.parse_args()
    rows = list(SHEETS[args.sheet]())
    rows = [rows[number] for number in args.rows] if args.rows else rows
    pictures = draw_pictures(args.story, args.aspect)
    sheet = draw_sheet(rows, pictures, FRAME_SIZES[args.aspect], args.height)
    cv2.imwrite(
        str(args.out), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 82]
    )


if __name__ == "__main__":
    main()
