"""Renders a storyboard on the cluster that `raypipe up` started, as a story's render stage does.

    python on_ray.py FOLDER OUT.mp4

The pictures go into the object store; composers stream frames to the warm render workers, whose
segments are joined here by copying. Nothing is kept from run to run but what a warm cluster keeps.
Prints one line of JSON, with the CPU seconds of all of the cluster's processes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil

sys.path.insert(0, str(Path(__file__).parent.parent))

from peers.storyboard import read_picture, read_timeline
from shelf import Shelf

from raypipe.encode.join import join_video
from raypipe.encode.soundtrack import encode_soundtrack
from raypipe.settings import Settings
from raypipe.store.content import StoreConfig
from raypipe.story.model import Story
from raypipe.story.planner import plan_story
from raypipe.timeline.segments import split_timeline
from raypipe_cluster import local_cluster
from raypipe_cluster.ray_environment import prepare_ray
from raypipe_cluster.session import RaySession

prepare_ray(own_cluster=True)  # before anything imports Ray

from raypipe_actors.link import ClusterLink  # noqa: E402
from raypipe_actors.rendering import Segment, SegmentShop  # noqa: E402
from raypipe_cluster.running import render_options  # noqa: E402


def main() -> None:
    """Render, and say how long it took after the imports."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    began = time.perf_counter()
    cluster = local_cluster.find()
    if cluster is None:
        raise SystemExit("expected a cluster, found none: start one with 'raypipe up'")
    before_s = cpu_seconds(cluster.pid)
    session = RaySession(cluster.address, own_cluster=True)
    session.connect()
    try:
        segments = asyncio.run(render(args.folder, ClusterLink(session.connect, local=True)))
    finally:
        session.close()
    timeline = read_timeline(args.folder)
    silence = encode_soundtrack(np.zeros((timeline.sample_count, 2), np.float32))
    join_video([segment.data for segment in segments], silence, args.out, title="storyboard")
    work_s = time.perf_counter() - began
    print(json.dumps({"work_s": work_s, "more_cpu_s": cpu_seconds(cluster.pid) - before_s}))


async def render(folder: Path, link: ClusterLink) -> list[Segment]:
    """Return the board's segments, each encoded anew."""
    board = json.loads((folder / "board.json").read_text())
    timeline = read_timeline(folder)
    # The plan only stands for the settings; what is shown comes from the board.
    plan = plan_story(
        Story(story_id="storyboard", title="Board", content="A board of pictures."),
        target_duration=10,
        aspect_ratio="9:16",
    )
    with tempfile.TemporaryDirectory(prefix="raypipe-peers-") as store:
        options = replace(
            render_options(plan, Settings()),
            quality=board["quality"],
            store=StoreConfig(url=f"file://{store}"),
        )
        shop = SegmentShop(
            plan.story_id,
            options,
            encoder="libx264",
            pictures=Shelf(
                read_picture(folder, scene.visual.image_key) for scene in timeline.scenes
            ),  # type: ignore[arg-type] - the part of a PictureShop that is used
            link=link,
            on_frames=lambda *_: None,
        )
        indices = {scene.scene_id: index for index, scene in enumerate(timeline.scenes)}
        specs = split_timeline(timeline)
        shown = [
            (indices[spec.scene.scene_id],)
            + ((indices[spec.following.scene_id],) if spec.following else ())
            for spec in specs
        ]
        segments = await asyncio.gather(*map(shop.get, specs, shown))
        await (await link.pool("render", options.encoder)).flush()
    return list(segments)


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds so far of a process and all that it started."""
    total = 0.0
    for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system
    return total


if __name__ == "__main__":
    main()
