"""Renders a storyboard with MoviePy 2; runs in MoviePy's own environment, without raypipe.

    python moviepy_render.py FOLDER OUT.mp4 --threads 2 [--frame-function]

As its documentation shows it: ImageClip, ``resized`` and ``with_position`` by functions of time,
TextClip, CrossFadeIn, CompositeVideoClip, write_videofile. With ``--frame-function`` the camera is
a VideoClip of an own function instead, which crops and scales with Pillow to fractions of a pixel:
what someone writes who knows both libraries well. Prints one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from moviepy import CompositeVideoClip, ImageClip, TextClip, VideoClip, vfx
from PIL import Image

BT709 = [
    *("-vf", "scale=out_color_matrix=bt709:out_range=tv", "-pix_fmt", "yuv420p"),
    *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"),
]
"""Else HD players, which take BT.709 for granted, show other colours than the pictures'."""


def main() -> None:
    """Render, and say how long it took after the imports."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--frame-function", action="store_true")
    args = parser.parse_args()
    began = time.perf_counter()
    board = json.loads((args.folder / "board.json").read_text())
    camera = framed if args.frame_function else resized
    clips = []
    for index, scene in enumerate(board["scenes"]):
        clip = camera(args.folder / scene["picture"], scene, board)
        if index:
            clip = clip.with_effects([vfx.CrossFadeIn(board["overlap_frames"] / board["fps"])])
        clips.append(clip.with_start(scene["start_frame"] / board["fps"]))
    clips += [caption(line, board["fps"]) for line in board["captions"]]
    video = CompositeVideoClip(clips, size=(board["width"], board["height"]))
    options = dict(board["encoder_options"])
    preset = options.pop("preset")
    video.with_duration(board["frames"] / board["fps"]).write_videofile(
        str(args.out),
        fps=board["fps"],
        codec="libx264",
        audio=False,
        preset=preset,
        threads=args.threads,
        ffmpeg_params=[*BT709, *(word for k, v in options.items() for word in (f"-{k}", v))],
        logger=None,
    )
    print(json.dumps({"work_s": time.perf_counter() - began}))


def crop_of(scene: dict[str, Any], time_s: float, fps: int) -> list[float]:
    """Return x, y, width, height of the crop at a time of the scene."""
    crops: list[list[float]] = scene["crops"]
    return crops[min(max(round(time_s * fps), 0), len(crops) - 1)]


def resized(path: Path, scene: dict[str, Any], board: dict[str, Any]) -> Any:
    """Return the picture, enlarged and moved behind the frame by functions of time."""
    fps = board["fps"]
    picture = ImageClip(str(path)).with_duration(len(scene["crops"]) / fps)

    def size(time_s: float) -> tuple[float, float]:
        _, _, width, height = crop_of(scene, time_s, fps)
        return board["width"] / width, board["height"] / height

    def position(time_s: float) -> tuple[float, float]:
        x, y, _, _ = crop_of(scene, time_s, fps)
        across, down = size(time_s)
        return -x * across, -y * down

    return picture.resized(size).with_position(position)


def framed(path: Path, scene: dict[str, Any], board: dict[str, Any]) -> Any:
    """Return a clip whose frames are cut out and scaled by one call of Pillow."""
    fps, frame_size = board["fps"], (board["width"], board["height"])
    picture = Image.open(path).convert("RGB")

    def frame(time_s: float) -> np.ndarray:
        x, y, width, height = crop_of(scene, time_s, fps)
        box = (
            x * picture.width,
            y * picture.height,
            (x + width) * picture.width,
            (y + height) * picture.height,
        )
        box = (max(0.0, box[0]), max(0.0, box[1]), *map(min, box[2:], picture.size))
        return np.asarray(picture.resize(frame_size, Image.Resampling.BICUBIC, box=box))

    return VideoClip(frame, duration=len(scene["crops"]) / fps)


def caption(line: dict[str, Any], fps: int) -> Any:
    """Return one line of text at its place and time."""
    margin = line["outline_px"]
    text = TextClip(
        font=line["font"],
        text=line["text"],
        font_size=line["size_px"],
        color="white",
        stroke_color="black",
        stroke_width=line["outline_px"],
        margin=(margin, line["size_px"] // 2),
    ).with_duration((line["end_frame"] - line["start_frame"]) / fps)
    # Noto Sans rises 1.069 of its size above the baseline, where Pillow begins to measure.
    top = line["baseline_px"] - 1.069 * line["size_px"] - line["size_px"] // 2
    return text.with_start(line["start_frame"] / fps).with_position(("center", round(top)))


if __name__ == "__main__":
    main()
