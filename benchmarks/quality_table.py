"""What does each quality cost and give: CPU time, bits, and likeness to what was composed?

A detailed picture (broken colour, strokes and texture down to the pixel, as a painter or a
diffusion model makes them) and a calm one (the storybook engine's) pass under a moving camera,
without grain. Every setting encodes both through `SegmentEncoder`, with one thread; the segment is
decoded and held against the composed frames (SSIM of luma)::

    .venv/bin/python benchmarks/quality_table.py

Writes benchmarks/results/quality_table.json and docs/quality.svg. The settings that
raypipe uses are read from the code; those passed over stand in `PASSED_OVER`.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt
from machine import machine
from peers.storyboard import FPS, PICTURE_SIZE, lay_out, story_board
from svg_plot import Mark, nice_axis, scatter

from raypipe.encode import quality as qualities
from raypipe.encode.segment import SegmentEncoder
from raypipe.picture.compose import compose_segment
from raypipe.post.pictures import structural_similarity
from raypipe.story.model import DRAFT_SIZES, FRAME_SIZES
from raypipe.timeline.segments import split_timeline

ROOT = Path(__file__).parent.parent
RESULT = ROOT / "benchmarks/results/quality_table.json"
PLOT = ROOT / "docs/quality.svg"
SECONDS = 4.0
"""Two groups of pictures: the first has the start's buffer, the second what the rate leaves it."""

Frames = npt.NDArray[np.uint8]
Picture = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Setting:
    """x264's parameters of one row; ``quality`` names the one that raypipe uses, or is empty.

    ``draft`` ones are measured at the size of a draft, a quarter of the pixels.
    """

    name: str
    preset: str
    crf: float
    tuning: str
    quality: str = ""
    draft: bool = False


def chosen() -> list[Setting]:
    """Return the settings that raypipe uses, as they stand in the code."""
    return [
        Setting(name, rate.preset, rate.crf, rate.tuning, name, name == "draft")
        for name in ("draft", "standard", "high")
        for rate in [qualities.rate_control(name)]  # type: ignore[arg-type]
    ]


_CAVLC, _LOOKAHEAD = "cabac=0:weightp=0", "rc-lookahead=10:mbtree=1"

PASSED_OVER = (
    Setting("small: ultrafast, crf 26", "ultrafast", 26, _CAVLC, draft=True),
    Setting("ultrafast, crf 24", "ultrafast", 24, _CAVLC),
    Setting("superfast, no lookahead, crf 22", "superfast", 22, _CAVLC),
    Setting("superfast, CABAC, crf 20", "superfast", 20, f"cabac=1:weightp=0:{_LOOKAHEAD}"),
    Setting("superfast, subme 2, crf 17", "superfast", 17, "cabac=1:ref=2:subme=2"),
    Setting("faster, crf 18", "faster", 18, "cabac=1"),
)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=3, help="of encoding; the least time counts")
    parser.add_argument("--every", type=int, default=4, help="frame that is compared")
    parser.add_argument("--json", type=Path, default=RESULT)
    parser.add_argument("--plot", type=Path, default=PLOT)
    args = parser.parse_args()
    facts = machine(("av", "numpy", "opencv-python-headless", "raypipe"))
    load = os.getloadavg()[0]
    pictures = {"detailed": painted_picture(), "calm": storybook_picture()}
    rows = []
    for draft in (True, False):
        size = (DRAFT_SIZES if draft else FRAME_SIZES)["9:16"]
        clips = {name: compose(picture, size) for name, picture in pictures.items()}
        for setting in (*chosen(), *PASSED_OVER):
            if setting.draft == draft:
                rows.append(measure(setting, clips, repeats=args.repeats, every=args.every))
                print(line(rows[-1]), flush=True)
    result = {
        "question": "CPU time, bits and SSIM of each quality, one thread, no grain",
        **facts,
        "load_before": round(load, 2),
        "frames": round(SECONDS * FPS),
        "compared_every": args.every,
        "fps": FPS,
        "rows": rows,
    }
    for path, text in ((args.json, json.dumps(result, indent=1) + "\n"), (args.plot, plot(result))):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def painted_picture(seed: int = 11) -> Picture:
    """Return a detailed picture: colour that changes at every scale, under thousands of strokes."""
    rng = np.random.default_rng(seed)
    width, height = PICTURE_SIZE
    ground = np.zeros((height, width, 3), np.float32)
    for octave in range(9):
        cells = 2**octave
        coarse = rng.normal(0, 1, (9 * cells // 4 + 2, 5 * cells // 4 + 2, 3)).astype(np.float32)
        layer = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        ground += layer * 0.62**octave
    picture = np.clip(118 + 46 * ground, 0, 255).astype(np.uint8)
    for _ in range(9000):
        x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
        length, angle = rng.gamma(2.0, 16.0) + 4, rng.normal(0.6, 0.7)
        end = (int(x + length * np.cos(angle)), int(y + length * np.sin(angle)))
        shade = picture[y, x].astype(int) + rng.integers(-55, 56) + rng.integers(-12, 13, 3)
        colour = tuple(int(value) for value in np.clip(shade, 0, 255))
        cv2.line(picture, (x, y), end, colour, int(rng.integers(1, 7)), cv2.LINE_AA)
    return picture


def storybook_picture() -> Picture:
    """Return the first scene of the example, as the embedded engine draws it."""
    story = ROOT / "examples/lost_artifact.json"
    board = story_board(story, scenes=1, seconds=SECONDS, font=None)
    return board.pictures["picture_0"]


def compose(picture: Picture, size: tuple[int, int]) -> Frames:
    """Return the frames of ``picture`` under the camera that raypipe chooses, I420."""
    timeline = lay_out([picture], [""], seconds=SECONDS, font=None, size=size).timeline
    chunks = [
        chunk
        for spec in split_timeline(timeline)
        for chunk in compose_segment(spec, {"picture_0": picture}, chunk_frames=30)
    ]
    return np.concatenate(chunks)


def measure(
    setting: Setting, clips: dict[str, Frames], *, repeats: int, every: int
) -> dict[str, Any]:
    """Return what one setting costs and gives on each clip."""
    row: dict[str, Any] = {
        "name": setting.name,
        "quality": setting.quality,
        "size": [clips["calm"].shape[2], clips["calm"].shape[1] * 2 // 3],
        "preset": setting.preset,
        "crf": setting.crf,
        "tuning": setting.tuning,
    }
    for name, frames in clips.items():
        spent = []
        height = frames.shape[1] * 2 // 3
        for _ in range(repeats):
            segment, cpu_s = encode(frames, setting)
            spent.append(cpu_s)
        scores = [
            structural_similarity(frames[index][:height], decoded[:height])
            for index, decoded in enumerate(decode(segment))
            if index % every == 0
        ]
        row[name] = {
            "cpu_ms_per_frame": round(1000 * min(spent) / len(frames), 2),
            "bit_rate": round(len(segment) * 8 * FPS / len(frames)),
            "ssim_mean": round(float(np.mean(scores)), 4),
            "ssim_p1": round(float(np.percentile(scores, 1)), 4),
        }
    return row


def encode(frames: Frames, setting: Setting) -> tuple[bytes, float]:
    """Return a segment and the CPU seconds that it took."""
    rows, width = frames.shape[1:]
    with in_the_place_of_standard(setting):
        began = time.process_time()
        with SegmentEncoder(width=width, height=rows * 2 // 3, fps=FPS, threads=1) as encoder:
            encoder.feed(frames)
            segment = encoder.close()
        return segment, time.process_time() - began


@contextlib.contextmanager
def in_the_place_of_standard(setting: Setting) -> Iterator[None]:
    """Let `SegmentEncoder` use a setting that raypipe doesn't offer, and all the rest as it is."""
    table = qualities._TABLE  # noqa: SLF001 - measures what the table might hold, by the real path
    kept = table["standard"]
    table["standard"] = (setting.crf, setting.tuning, setting.preset, *kept[3:])
    try:
        yield
    finally:
        table["standard"] = kept


def decode(segment: bytes) -> Iterator[Frames]:
    """Decode a segment to I420 frames."""
    with av.open(io.BytesIO(segment)) as container:
        for frame in container.decode(video=0):
            yield np.asarray(frame.to_ndarray(format="yuv420p"), np.uint8)


def line(row: dict[str, Any]) -> str:
    """Return a row for reading."""
    parts = [f"{row['name']:28}"]
    for clip in ("detailed", "calm"):
        found = row[clip]
        parts.append(
            f"{clip} {found['cpu_ms_per_frame']:6.1f} ms {found['bit_rate'] / 1e6:5.2f} Mbit/s "
            f"SSIM {found['ssim_mean']:.4f} p1 {found['ssim_p1']:.4f}"
        )
    return "  ".join(parts)


def plot(result: dict[str, Any]) -> str:
    """Return speed against SSIM as SVG: filled points are what raypipe uses."""
    rows = [row for row in result["rows"] if row["size"] == list(FRAME_SIZES["9:16"])]
    clips = ("detailed", "calm")
    marks = [
        Mark(
            row[clip]["cpu_ms_per_frame"],
            row[clip]["ssim_mean"],
            str(number),
            colour=index,
            chosen=bool(row["quality"]),
        )
        for index, clip in enumerate(clips)
        for number, row in enumerate(rows, start=1)
    ]
    x = nice_axis("CPU ms a frame, one thread", [0, *(mark.x for mark in marks)])
    y = nice_axis("SSIM of luma", [mark.y for mark in marks])
    title = "x264 at 1080x1920: time against likeness (filled: what raypipe uses)"
    notes = [f"{number}  {row['name']}" for number, row in enumerate(rows, start=1)]
    return scatter(title, x, y, marks, clips, notes=notes)


if __name__ == "__main__":
    main()
