"""How fast and how smooth is raypipe beside what one would otherwise take: MoviePy and ffmpeg?

All render one storyboard: the same pictures, camera, captions, cross-fades, size, x264 options and
cores (see peers/). Each video is decoded and held against the storyboard. The rounds are
interleaved, so that a busy moment hits all; who is slow takes part in fewer. Then each renders a
chart of dots, whose movement is measured to a hundredth of a pixel::

    .venv/bin/python benchmarks/versus_peers.py --get-moviepy    # once
    .venv/bin/python benchmarks/versus_peers.py

Writes benchmarks/results/versus_peers.json and docs/smoothness.svg.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from machine import machine
from peers import contestants as field
from peers import smoothness, storyboard
from peers.looks import check, frames_of, middles, reference_frames
from svg_plot import Axis, nice_axis, small_multiples

from raypipe.picture.colour import frame_to_rgb

ROOT = Path(__file__).parent.parent
RESULT = ROOT / "benchmarks/results/versus_peers.json"
PLOT = ROOT / "docs/smoothness.svg"
CHART_SCENES, CHART_SECONDS = 2, 4.0


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--story", type=Path, default=ROOT / "examples/lost_artifact.json")
    parser.add_argument("--scenes", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=10.0, help="of video; short for MoviePy")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--budget", type=float, default=40.0, help="seconds of rounds for each")
    parser.add_argument("--quality", choices=("draft", "standard", "high"), default="standard")
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--ffmpeg", default="ffmpeg")
    parser.add_argument("--moviepy-python", type=Path, default=None)
    parser.add_argument("--get-moviepy", action="store_true", help="install it, and end")
    parser.add_argument("--json", type=Path, default=RESULT)
    parser.add_argument("--plot", type=Path, default=PLOT)
    parser.add_argument("--sheet", type=Path, default=None, help="a picture of all, to look at")
    args = parser.parse_args()
    if args.get_moviepy:
        field.get_moviepy()
        return
    python = args.moviepy_python or field.moviepy_home() / "bin/python"
    here, missing = field.find_contestants(
        cores=args.cores, ffmpeg=args.ffmpeg, moviepy_python=python
    )
    for message in missing:
        print(f"left out: {message}", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="raypipe-peers-") as folder:
        here.insert(1, field.raypipe_on_ray(Path(folder)))
        result = compare(here, Path(folder), args)
    result["missing"] = missing
    for path, text in (
        (args.json, json.dumps(result, indent=1) + "\n"),
        (args.plot, plot(result)),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    print(table(result))


def compare(here: list[field.Contestant], work: Path, args: argparse.Namespace) -> dict[str, Any]:
    """Return all figures of all contestants."""
    facts = machine(("av", "numpy", "opencv-python-headless", "raypipe"))
    font = storyboard.write_font(work)
    board = storyboard.story_board(args.story, scenes=args.scenes, seconds=args.seconds, font=font)
    story = work / "story"
    storyboard.write_board(board, story, quality=args.quality)
    expected = reference_frames(story)
    load = os.getloadavg()[0]
    runs: dict[str, list[field.Run]] = {one.key: [] for one in here}
    looks: dict[str, Any] = {}
    for turn in range(args.rounds):
        for one in here:
            if turn and sum(run.wall_s for run in runs[one.key]) > args.budget:
                continue
            out = work / f"{one.key}.mp4"
            runs[one.key].append(field.run(one, story, out))
            print(f"round {turn + 1}, {one.label}: {runs[one.key][-1].wall_s:.1f} s", flush=True)
            if not turn:
                looks[one.key] = check(out, board.timeline, expected)
    if args.sheet:
        write_sheet(args.sheet, [work / f"{one.key}.mp4" for one in here], middles(board.timeline))
    moves = measure_movement(here, work, args.quality)
    frames = board.timeline.frame_count
    ours = statistics.median(run.wall_s for run in runs["raypipe"])
    return {
        "question": "frames a second and smoothness of one storyboard, against peers",
        **facts,
        "cores_used": args.cores,
        "load_before": round(load, 2),
        "board": {
            "story": args.story.name,
            "scenes": len(board.timeline.scenes),
            "frames": frames,
            "width": board.timeline.width,
            "height": board.timeline.height,
            "fps": board.timeline.fps,
            "quality": args.quality,
            "encoder_options": json.loads((story / "board.json").read_text())["encoder_options"],
        },
        "contestants": {
            one.key: {
                "label": one.label,
                "version": one.version,
                **speed(runs[one.key], frames),
                "raypipe_is_faster": round(
                    statistics.median(run.wall_s for run in runs[one.key]) / ours, 2
                ),
                "bit_rate": looks[one.key].bit_rate,
                "similarity": looks[one.key].similarity,
                **moves[one.key],
            }
            for one in here
        },
    }


def speed(runs: Sequence[field.Run], frames: int) -> dict[str, Any]:
    """Return what a contestant's runs come to."""
    wall = [run.wall_s for run in runs]
    return {
        "runs": len(runs),
        "wall_s": {
            "median": round(statistics.median(wall), 2),
            "min": round(min(wall), 2),
            "max": round(max(wall), 2),
        },
        "work_s": round(statistics.median(run.work_s for run in runs), 2),
        "cpu_s": round(statistics.median(run.cpu_s for run in runs), 2),
        "frames_per_s": round(frames / statistics.median(wall), 1),
        "cpu_ms_per_frame": round(1000 * statistics.median(run.cpu_s for run in runs) / frames, 1),
        "peak_mb": round(max(run.peak_mb for run in runs)),
    }


def measure_movement(
    here: list[field.Contestant], work: Path, quality: Any
) -> dict[str, dict[str, Any]]:
    """Let each render the chart, and return its jitter and movement."""
    chart = work / "chart"
    board = storyboard.chart_board(scenes=CHART_SCENES, seconds=CHART_SECONDS)
    storyboard.write_board(board, chart, quality=quality)
    found = {}
    for one in here:
        out = work / f"{one.key}-chart.mp4"
        field.run(one, chart, out)
        paths = smoothness.track(out, chart)
        ideal, seen = smoothness.movement(paths[0])
        found[one.key] = {
            "jitter": smoothness.jitter(paths),
            "movement": {
                "ideal_px": [round(float(value), 3) for value in ideal],
                "found_px": [round(float(value), 3) for value in seen],
            },
        }
    return found


def write_sheet(path: Path, videos: Sequence[Path], frames: Sequence[int]) -> None:
    """Write a picture with a row for each video and a column for each frame."""
    rows = []
    for video in videos:
        shown = [frame_to_rgb(f) for i, f in enumerate(frames_of(video)) if i in frames]
        small = [
            cv2.resize(rgb, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA) for rgb in shown
        ]
        rows.append(np.hstack(small))
    cv2.imwrite(str(path), cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))


def plot(result: dict[str, Any]) -> str:
    """Return the movement from frame to frame of each contestant as SVG."""
    rows = [
        (
            f"{one['label']}: jitter {one['jitter']['rms_px']:.2f} px",
            [abs(value) for value in one["movement"]["ideal_px"]],
            [
                value if ideal >= 0 else -value
                for value, ideal in zip(
                    one["movement"]["found_px"], one["movement"]["ideal_px"], strict=True
                )
            ],
        )
        for one in result["contestants"].values()
    ]
    x = nice_axis("frame", [0, len(rows[0][1])])
    top = max(rows[0][1])
    y = Axis("px a frame", -top, 3 * top, (0.0, round(top, 1), round(2 * top, 1)))
    title = "How far a point of the picture moves from frame to frame (pale: as it should)"
    return small_multiples(title, x, y, rows)


def table(result: dict[str, Any]) -> str:
    """Return the figures as a table in Markdown."""
    lines = [
        "| | frames/s | raypipe is faster by | CPU ms/frame | jitter px | SSIM | Mbit/s | runs |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {one['label']} | {one['frames_per_s']:.1f} | {one['raypipe_is_faster']:.1f} | "
        f"{one['cpu_ms_per_frame']:.0f} | {one['jitter']['rms_px']:.2f} | "
        f"{one['similarity']:.3f} | {one['bit_rate'] / 1e6:.1f} | {one['runs']} |"
        for one in result["contestants"].values()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
