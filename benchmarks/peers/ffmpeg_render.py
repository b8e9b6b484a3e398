"""The ffmpeg command line that renders a storyboard: zoompan, xfade and drawtext."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

UPSCALED = 4
"""Times by which pictures are enlarged before zoompan, the usual remedy for its jitter: it moves by
whole pixels (of 4:2:0, by two), which are then a quarter as large."""


def command(ffmpeg: str, folder: Path, out: Path, *, threads: int, upscale: int = 1) -> list[str]:
    """Return the command, every caption line of which is written to a file beside the board."""
    board = json.loads((folder / "board.json").read_text())
    words = [ffmpeg, "-hide_banner", "-loglevel", "error", "-nostdin", "-y"]
    for scene in board["scenes"]:
        words += ["-i", str(folder / scene["picture"])]
    words += ["-filter_complex_threads", str(threads), "-filter_complex"]
    words += [graph(board, folder, upscale), "-map", "[out]", "-c:v", "libx264"]
    for key, value in board["encoder_options"].items():
        words += [f"-{key}", value]
    words += ["-threads", str(threads), "-colorspace", "bt709", "-color_primaries", "bt709"]
    return [*words, "-color_trc", "bt709", "-movflags", "+faststart", str(out)]


def graph(board: dict[str, Any], folder: Path, upscale: int) -> str:
    """Return the filter graph; its output is ``[out]``."""
    fps = board["fps"]
    chains = [
        f"[{index}:v]{enlarge(upscale)}{zoompan(scene, board)},settb=1/{fps}[s{index}]"
        for index, scene in enumerate(board["scenes"])
    ]
    seen = "s0"
    for index, scene in enumerate(board["scenes"][1:], start=1):
        chains.append(
            f"[{seen}][s{index}]xfade=transition=fade:duration={board['overlap_frames'] / fps}:"
            f"offset={scene['start_frame'] / fps}[x{index}]"
        )
        seen = f"x{index}"
    texts = [
        drawtext(line, folder / f"line-{number}.txt", fps)
        for number, line in enumerate(board["captions"])
    ]
    return ";".join([*chains, f"[{seen}]" + ",".join([*texts, "format=yuv420p"]) + "[out]"])


def enlarge(upscale: int) -> str:
    """Return the filter that brings a picture to BT.709 4:2:0, ``upscale`` times as large."""
    size = f"w=iw*{upscale}:h=ih*{upscale}:" if upscale != 1 else ""
    return f"scale={size}flags=bicubic:out_color_matrix=bt709:out_range=tv,format=yuv420p,"


def zoompan(scene: dict[str, Any], board: dict[str, Any]) -> str:
    """Return zoompan with raypipe's eased move written as expressions of the frame number."""
    frames = len(scene["crops"])
    (x0, y0, w0, _), (x1, y1, w1, _) = scene["crops"][0], scene["crops"][-1]
    p = f"(on/{max(1, frames - 1)})"
    eased = f"((2*{p}+{p}*{p}*{p}*({p}*(6*{p}-15)+10))/3)"
    width = f"({w0!r}*pow({w1 / w0!r},{eased}))"
    moved = f"(({width}-{w0!r})/{w1 - w0!r})" if abs(w1 - w0) > 1e-9 else eased  # noqa: PLR2004 - a pan
    return (
        f"zoompan=z='1/{width}':x='iw*({x0!r}+{x1 - x0!r}*{moved})':"
        f"y='ih*({y0!r}+{y1 - y0!r}*{moved})':d={frames}:"
        f"s={board['width']}x{board['height']}:fps={board['fps']}"
    )


def drawtext(line: dict[str, Any], path: Path, fps: int) -> str:
    """Return drawtext for one line, read from ``path``, where it is written without markup."""
    path.write_text(line["text"])
    first, end = line["start_frame"] / fps, line["end_frame"] / fps
    return (
        f"drawtext=fontfile={line['font']}:textfile={path}:expansion=none:fontcolor=white:"
        f"fontsize={line['size_px']}:borderw={line['outline_px']}:bordercolor=black:"
        f"x=(w-text_w)/2:y={line['baseline_px']}-ascent:"
        f"enable='gte(t,{first - 0.001:.4f})*lt(t,{end - 0.001:.4f})'"
    )
