"""How long does one story take: cold, on a warm cluster, and again from the cache?

Beside each stands the time that the encoder alone needs for as many frames of the same story,
with the same settings on the same cores: no pipeline can be faster, and everything above it is
ours. Run it on a calm machine::

    .venv/bin/python benchmarks/render_story.py examples/lost_artifact.json --repeats 3

Prints a table and writes JSON (--json FILE) with commit, hardware, versions, median and spread.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from machine import machine

RAYPIPE = Path(sys.executable).with_name("raypipe")
_ENCODED_AT_ONCE = 60
"""Distinct frames kept per encoder process; they are encoded forwards and backwards in turn."""


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("story", type=Path, nargs="?", default=Path("examples/lost_artifact.json"))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", type=Path, default=None)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="raypipe-bench-") as folder:
        result = measure(args.story, args.repeats, Path(folder))
    print(as_table(result))
    if args.json:
        args.json.write_text(json.dumps(result, indent=2) + "\n")


def measure(story: Path, repeats: int, folder: Path) -> dict[str, Any]:
    """Return all figures of ``story``; each case is repeated, in turn, so that drift is shared."""
    env = os.environ | {
        f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("STATE", "CONFIG")
    }
    cases: dict[str, list[dict[str, float]]] = {"cold": [], "cached": [], "warm": []}
    encoder_s: list[float] = []
    video: dict[str, Any] = {}
    for repeat in range(repeats):
        cache = folder / f"cache-{repeat}"
        out = folder / f"out-{repeat}"
        cold_env = env | {"XDG_CACHE_HOME": str(cache)}
        cases["cold"].append(run_render(story, out, cold_env))
        video = describe(out)
        cases["cached"].append(run_render(story, out, cold_env))
        encoder_s.append(encoder_only(out, video["frames"]))
        warm_env = env | {"XDG_CACHE_HOME": str(folder / f"cache-warm-{repeat}")}
        run([str(RAYPIPE), "up"], warm_env)
        try:
            # The first story on a fresh cluster also pays for imports in its task processes.
            warm_up = folder / "warm-up.txt"
            warm_up.write_text("A fox ran. It found a lamp. The lamp was warm.")
            run_render(warm_up, folder / "warm-up", warm_env)
            cases["warm"].append(run_render(story, out, warm_env))
        finally:
            run([str(RAYPIPE), "down"], warm_env)
        for path in (cache, out):
            shutil.rmtree(path, ignore_errors=True)
    return {
        "question": "seconds from command to finished folder, against the encoder alone",
        "story": story.name,
        "video": video,
        "cases": {name: summary([run["seconds"] for run in runs]) for name, runs in cases.items()},
        "encoder_only": summary(encoder_s),
        "ratio_cold_to_encoder": statistics.median(r["seconds"] for r in cases["cold"])
        / statistics.median(encoder_s),
        "ratio_warm_to_encoder": statistics.median(r["seconds"] for r in cases["warm"])
        / statistics.median(encoder_s),
        "peak_private_mb": {
            name: max(run["peak_private_mb"] for run in runs) for name, runs in cases.items()
        },
        "repeats": repeats,
        **machine(),
    }


def run_render(story: Path, out: Path, env: dict[str, str]) -> dict[str, float]:
    """Render once; return seconds and the most private memory that any worker took."""
    command = [str(RAYPIPE), "render", str(story), "--out", str(out), "--json", "--quiet"]
    peak = {"mb": 0.0, "name": 0.0}
    stop = threading.Event()
    watcher = threading.Thread(target=watch_memory, args=(stop, peak))
    watcher.start()
    began = time.perf_counter()
    try:
        run(command, env)
    finally:
        seconds = time.perf_counter() - began
        stop.set()
        watcher.join()
    return {"seconds": seconds, "peak_private_mb": peak["mb"]}


def watch_memory(stop: threading.Event, peak: dict[str, float]) -> None:
    """Note the most private memory of any Ray worker, until told to stop.

    Resident less shared, as Ray's memory monitor judges a worker: the object store is shared, has a
    limit of its own, and would otherwise count once for each process that maps it.
    """
    while not stop.wait(0.5):
        for process in psutil.process_iter(["cmdline", "memory_info"]):
            words = process.info["cmdline"] or []
            if words and words[0].startswith("ray::") and process.info["memory_info"]:
                memory = process.info["memory_info"]
                peak["mb"] = max(peak["mb"], (memory.rss - memory.shared) / 1e6)


def run(command: Sequence[str], env: dict[str, str]) -> None:
    """Run ``command``; its own words on failure are the error."""
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")


def describe(out: Path) -> dict[str, Any]:
    """Return size, frames and length of the video in ``out``."""
    import av

    (path,) = out.glob("*/*.mp4")
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return {
            "width": stream.width,
            "height": stream.height,
            "fps": float(stream.average_rate),
            "frames": stream.frames,
            "seconds": float(stream.frames / stream.average_rate),
            "bytes": path.stat().st_size,
        }


def encoder_only(out: Path, frames: int) -> float:
    """Return the seconds in which all cores encode ``frames`` frames of the finished video.

    The frames are decoded before the clock starts; each process encodes its share of the story.
    """
    (path,) = out.glob("*/*.mp4")
    cores = os.cpu_count() or 1
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(cores + 1)
    shares = [frames * (n + 1) // cores - frames * n // cores for n in range(cores)]
    workers = [
        context.Process(target=encode_share, args=(str(path), n / cores, share, barrier))
        for n, share in enumerate(shares)
    ]
    for worker in workers:
        worker.start()
    barrier.wait()
    began = time.perf_counter()
    barrier.wait()
    seconds = time.perf_counter() - began
    for worker in workers:
        worker.join()
    return seconds


def encode_share(path: str, start: float, share: int, barrier: Any) -> None:
    """Encode ``share`` frames taken from ``start`` (0 to 1) of the video on."""
    import av

    from raypipe.encode.segment import SegmentEncoder

    with av.open(path) as container:
        stream = container.streams.video[0]
        skip = int(stream.frames * start)
        kept = []
        for index, frame in enumerate(container.decode(stream)):
            if index >= skip:
                kept.append(frame.to_ndarray(format="yuv420p"))
            if len(kept) == _ENCODED_AT_ONCE:
                break
        width, height, fps = stream.width, stream.height, int(stream.average_rate)
    clip = np.stack(kept + kept[::-1])
    barrier.wait()
    with SegmentEncoder(width=width, height=height, fps=fps) as encoder:
        for first in range(0, share, len(clip)):
            encoder.feed(clip[: share - first])
        encoder.close()
    barrier.wait()


def summary(seconds: Sequence[float]) -> dict[str, float]:
    """Return median and spread of ``seconds``."""
    return {
        "median_s": round(statistics.median(seconds), 2),
        "min_s": round(min(seconds), 2),
        "max_s": round(max(seconds), 2),
    }


def as_table(result: dict[str, Any]) -> str:
    """Return the figures as a small table in Markdown."""
    video = result["video"]
    lines = [
        (
            f"{result['story']}: {video['seconds']:.1f} s of {video['width']}x{video['height']} at "
            f"{video['fps']:g} frames/s, {video['frames']} frames; {result['cores']} cores, "
            f"{result['repeats']} runs each"
        ),
        "",
        "| case | median s | min | max |",
        "|---|---|---|---|",
    ]
    rows = {**result["cases"], "encoder only": result["encoder_only"]}
    lines += [
        f"| {name} | {row['median_s']:.1f} | {row['min_s']:.1f} | {row['max_s']:.1f} |"
        for name, row in rows.items()
    ]
    peak = max(result["peak_private_mb"].values())
    lines += ["", f"largest worker: {peak:.0f} MB of its own, frames in shared memory not counted"]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
