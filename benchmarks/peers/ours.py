"""Renders a storyboard with raypipe's own render stage, on as many processes as told.

    python ours.py FOLDER OUT.mp4 --processes 2

Each process takes the next segment of the timeline, composes its frames and encodes them with one
thread, as a render worker does; the segments are joined by copying. Prints one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from peers.storyboard import read_picture, read_timeline

from raypipe.encode.join import join_video
from raypipe.encode.segment import SegmentEncoder
from raypipe.encode.soundtrack import encode_soundtrack
from raypipe.picture.compose import compose_segment
from raypipe.timeline.model import SegmentSpec
from raypipe.timeline.segments import split_timeline

CHUNK_FRAMES = 10


def main() -> None:
    """Render, and say how long it took after the imports."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    args = parser.parse_args()
    began = time.perf_counter()
    quality = json.loads((args.folder / "board.json").read_text())["quality"]
    timeline = read_timeline(args.folder)
    jobs = [(args.folder, spec, quality) for spec in split_timeline(timeline)]
    # Forked, for a render worker of raypipe is warm too; nothing has started a thread yet.
    with multiprocessing.get_context("fork").Pool(args.processes) as pool:
        segments = pool.map_async(encode, jobs, chunksize=1)
        silence = encode_soundtrack(np.zeros((timeline.sample_count, 2), np.float32))
        join_video(segments.get(), silence, args.out, title="storyboard")
        pool.close()
        pool.join()  # else the kernel would not count their time as ours
    print(json.dumps({"work_s": time.perf_counter() - began}))


def encode(job: tuple[Path, SegmentSpec, str]) -> bytes:
    """Compose and encode one segment, reading the pictures that it shows."""
    folder, spec, quality = job
    pictures = {
        scene.visual.image_key: read_picture(folder, scene.visual.image_key) for scene in spec.shown
    }
    with SegmentEncoder(
        width=spec.width, height=spec.height, fps=spec.fps, quality=quality, threads=1
    ) as encoder:
        for chunk in compose_segment(spec, pictures, chunk_frames=CHUNK_FRAMES):
            encoder.feed(chunk)
        return encoder.close()


if __name__ == "__main__":
    main()
