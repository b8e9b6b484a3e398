"""One storyboard for all contestants: pictures, camera, captions and encoder settings, as files.

A folder holds ``board.json``, one PNG a scene and the captions' font. ``board.json`` has raypipe's
own timeline, and the same in plain terms for programs that know nothing of raypipe: the crop of
each scene at each frame in fractions of its picture, and each line of each caption with its place
in pixels.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter

from raypipe.encode.quality import MAX_BITRATE, Quality, encoder_options
from raypipe.picture.crops import crop_at
from raypipe.picture.focus import find_focus
from raypipe.picture.motion import choose_motion
from raypipe.picture.overlay import fit_text, make_sprite
from raypipe.text.captions import caption_layers
from raypipe.text.fonts import embedded_fonts
from raypipe.text.layout import cluster_boxes
from raypipe.timeline.model import (
    Rect,
    TextLayer,
    TextStyle,
    Timeline,
    TimelineScene,
    Transition,
    VisualLayer,
)

Picture = npt.NDArray[np.uint8]

WIDTH, HEIGHT, FPS = 1080, 1920, 30
PICTURE_SIZE = (1224, 2176)
"""Of exactly the frame's aspect, for zoompan knows no other crop, and as much larger as raypipe
asks for: the camera comes closer than the frame's own pixels and goes back to all of the picture.
"""
OVERLAP_FRAMES = 15
"""Of the cross-fade from scene to scene: half a second."""

_TIMELINE = TypeAdapter(Timeline)


@dataclass(frozen=True, slots=True)
class Board:
    """A timeline and its pictures, uint8 (h, w, 3) RGB by their keys."""

    timeline: Timeline
    pictures: dict[str, Picture]


def story_board(story: Path, *, scenes: int, seconds: float, font: Path | None) -> Board:
    """Plan ``story``, draw its first scenes and lay them out in ``seconds`` of video."""
    from raypipe.images.open import open_image_engine
    from raypipe.story.model import Story
    from raypipe.story.plan import StoryPlan
    from raypipe.story.planner import plan_story
    from raypipe.story.read import read_source
    from raypipe_actors.assets import picture_request

    source = read_source(story)
    if isinstance(source, StoryPlan):
        plan = source
    elif isinstance(source, Story):
        plan = plan_story(source, target_duration=60, aspect_ratio="9:16")
    requests = [
        replace(picture_request(plan, index), width=PICTURE_SIZE[0], height=PICTURE_SIZE[1])
        for index in range(min(scenes, len(plan.scenes)))
    ]
    engine = open_image_engine("storybook")
    drawn = [engine.generate([request])[0] for request in requests]
    texts = [plan.scenes[index].text for index in range(len(drawn))]
    return lay_out(drawn, texts, seconds=seconds, font=font)


def chart_board(*, scenes: int, seconds: float) -> Board:
    """Lay out a field of soft dots, whose place can be told to a fiftieth of a pixel."""
    return lay_out([dots_chart()] * scenes, [""] * scenes, seconds=seconds, font=None)


def dots_chart(seed: int = 7) -> Picture:
    """Return soft white dots on dark, scattered; no detail is finer than the frame's pixels."""
    rng = np.random.default_rng(seed)
    width, height = PICTURE_SIZE
    field = np.zeros((height, width), np.float32)
    count = width * height // 600
    field[rng.integers(0, height, count), rng.integers(0, width, count)] = rng.uniform(
        0.5, 1.0, count
    )
    field = cv2.GaussianBlur(field, (0, 0), 3.0)
    luma = 30 + 190 * np.clip(field / (0.9 * field.max()), 0, 1)
    return np.repeat(luma.astype(np.uint8)[..., None], 3, axis=2)


def lay_out(
    drawn: list[Picture],
    texts: list[str],
    *,
    seconds: float,
    font: Path | None,
    size: tuple[int, int] = (WIDTH, HEIGHT),
) -> Board:
    """Give each picture the same time, the camera that raypipe would choose, and its captions."""
    count = len(drawn)
    total = round(seconds * FPS)
    edges = [total * index // count for index in range(count + 1)]
    scenes = []
    for index, picture in enumerate(drawn):
        last = index == count - 1
        overlap = 0 if last else OVERLAP_FRAMES
        frames = edges[index + 1] - edges[index] + overlap
        motion = choose_motion(
            focus=find_focus(picture) if font else Rect(0.35, 0.3, 0.3, 0.3),
            picture_width=picture.shape[1],
            picture_height=picture.shape[0],
            frame_width=size[0],
            frame_height=size[1],
            seed=1,
            scene_index=index,
            duration_s=frames / FPS,
        )
        first = OVERLAP_FRAMES if index else 0
        scenes.append(
            TimelineScene(
                scene_id=f"scene_{index + 1}",
                start_frame=edges[index],
                end_frame=edges[index] + frames,
                visual=VisualLayer(f"picture_{index}", motion),
                texts=_captions(texts[index], first, frames - overlap, font),
                audio=None,
                transition_out=Transition("dissolve", overlap) if overlap else Transition(),
            )
        )
    pictures = {f"picture_{index}": picture for index, picture in enumerate(drawn)}
    return Board(Timeline(*size, FPS, tuple(scenes)), pictures)


def _captions(text: str, first: int, last: int, font: Path | None) -> tuple[TextLayer, ...]:
    """Return captions that come and go at once, in white with a dark edge: all can draw those."""
    if font is None:
        return ()
    style = TextStyle(font=str(font), weight="regular", shadow=False, animation="none")
    return caption_layers(
        text,
        language="en",
        words=(),
        start_frame=first,
        end_frame=last,
        fps=FPS,
        width=WIDTH,
        height=HEIGHT,
        style=style,
    )


def write_board(board: Board, folder: Path, *, quality: Quality) -> None:
    """Write what every contestant reads."""
    folder.mkdir(parents=True, exist_ok=True)
    for key, picture in board.pictures.items():
        cv2.imwrite(str(folder / f"{key}.png"), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    options = encoder_options("libx264", quality, fps=FPS, max_bitrate=MAX_BITRATE)
    plain = {
        "width": WIDTH,
        "height": HEIGHT,
        "fps": FPS,
        "frames": board.timeline.frame_count,
        "overlap_frames": OVERLAP_FRAMES,
        "quality": quality,
        "encoder_options": options,
        "scenes": [_plain_scene(scene) for scene in board.timeline.scenes],
        "captions": [line for scene in board.timeline.scenes for line in _plain_lines(scene)],
        "timeline": _TIMELINE.dump_python(board.timeline, mode="json"),
    }
    (folder / "board.json").write_text(json.dumps(plain))


def read_timeline(folder: Path) -> Timeline:
    """Return the timeline of a folder that `write_board` wrote."""
    return _TIMELINE.validate_python(json.loads((folder / "board.json").read_text())["timeline"])


def read_picture(folder: Path, key: str) -> Picture:
    """Return a picture of such a folder, uint8 (h, w, 3) RGB."""
    picture = cv2.imread(str(folder / f"{key}.png"), cv2.IMREAD_COLOR)
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)


def _plain_scene(scene: TimelineScene) -> dict[str, Any]:
    crops = [
        crop_at(scene.visual.motion, frame / max(1, scene.frame_count - 1))
        for frame in range(scene.frame_count)
    ]
    return {
        "picture": f"{scene.visual.image_key}.png",
        "start_frame": scene.start_frame,
        "end_frame": scene.end_frame,
        "crops": [[crop.x, crop.y, crop.width, crop.height] for crop in crops],
    }


def _plain_lines(scene: TimelineScene) -> list[dict[str, Any]]:
    lines = []
    for layer in scene.texts:
        layout = fit_text(layer, width=WIDTH, height=HEIGHT)
        sprite = make_sprite(layer, WIDTH, HEIGHT)
        if sprite is None:
            continue
        boxes = cluster_boxes(layout)
        starts = [
            min((box.start for box in boxes if box.line == number), default=len(layer.content))
            for number in range(len(layout.lines))
        ]
        for start, end, baseline in zip(
            starts, [*starts[1:], len(layer.content)], layout.baselines, strict=True
        ):
            lines.append(
                {
                    "text": layer.content[start:end].strip(),
                    "baseline_px": round(sprite.top + baseline),
                    "start_frame": scene.start_frame + layer.start_frame,
                    "end_frame": scene.start_frame + layer.end_frame,
                    "size_px": layout.typeface.size_px,
                    "outline_px": layer.style.outline_px,
                    "font": layer.style.font,
                }
            )
    return lines


def write_font(folder: Path) -> Path:
    """Write the embedded Noto Sans as a plain bold font, for Pillow and drawtext vary none."""
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    source = next(p for name, p in embedded_fonts().items() if name.startswith("NotoSans["))
    font = instantiateVariableFont(TTFont(source), {"wght": 700})
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "caption.ttf"
    font.save(path)
    return path
