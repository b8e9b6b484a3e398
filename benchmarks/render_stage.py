"""Does anything but the encoder cost time in the render stage?

One run, on a warm cluster with all pictures and narration at hand, each case repeated in turn:

* the stage (frames streamed, segments encoded, joined) against the encoder alone with the same
  frames, preset and cores (the encoder's time is that of its cores perfectly shared);
* the same where all that encodes has one core, and all else the others: does anything but the
  encoder hold it up where its core is its own, as with NVENC (only with two cores or more);
* the stage with one render actor and with all;
* a simulation with the costs measured here, up to 64 actors, and its plot;
* the time until the first scene can be played, to render again after one of twelve scenes was
  edited (one of middle length, and the longest), and of a preview (from nothing, and of pictures
  and narration that are kept), as shares of the whole render.

Run it on a calm machine::

    .venv/bin/python benchmarks/render_stage.py --json benchmarks/render_stage.json

Prints a table and writes JSON with commit, hardware, versions, median and spread.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import psutil
from machine import machine
from render_simulation import Costs, as_svg, simulate
from shelf import Shelf

if TYPE_CHECKING:
    from raypipe.story.plan import StoryPlan
    from raypipe.timeline.model import SegmentSpec

ENCODER_CORE = 0
ACTORS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
_SENTENCES = (
    "The lamp in the old lighthouse went out. Marta took her coat and climbed the cold stairs.",
    "The wind pulled at the door. Far below, the waves broke white over the rocks.",
    "She found the oil gone, and a gull asleep in the lantern room.",
    "A ship's bell rang in the dark. Somebody out there was looking for the light.",
    "She ran down to the boat house. The barrel stood behind the nets, half full.",
    "The path was steep and the barrel heavy. Twice she fell, and twice she stood up.",
    "The bell rang again, nearer now. She could see the sails against the moon.",
    "With cold hands she filled the lamp. The first match broke, the second went out.",
    "The third one burned. A small flame rose, and then the whole room was gold.",
    "The beam swept over the sea. The ship turned slowly away from the rocks.",
    "In the morning the captain came up the path. He carried a basket of oranges.",
    "They ate them on the steps in the sun. The gull had the peel.",
)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("story", type=Path, nargs="?", default=Path("examples/lost_artifact.json"))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", type=Path, default=None)
    parser.add_argument("--plot", type=Path, default=Path("docs/render-actors.svg"))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="raypipe-bench-") as name:
        folder = Path(name)
        for kind in ("CACHE", "STATE", "CONFIG"):  # read when raypipe is imported
            os.environ[f"XDG_{kind}_HOME"] = str(folder / kind.lower())
        result = measure(args.story, args.repeats, folder)
    curves = result.pop("curves")
    args.plot.write_text(as_svg(curves))
    print(as_table(result))
    if args.json:
        args.json.write_text(json.dumps(result, indent=2) + "\n")


def measure(story: Path, repeats: int, folder: Path) -> dict[str, Any]:
    """Return all figures, and under ``curves`` what the plot shows."""
    from raypipe_cluster import app

    app.up()
    try:
        stage = Stage(app.plan_source(story), folder)
        runs: dict[str, list[dict[str, float]]] = {
            kind: [] for kind in ("all", "one", "encoder", "beside", "encoder_core")
        }
        with stage.opened():
            stage.render(stage.specs, actors=None)  # fonts found, loops compiled, caches warm
            for _ in range(repeats):
                runs["all"].append(stage.render(stage.specs, actors=None))
                runs["encoder"].append(stage.encode_alone())
                runs["one"].append(stage.render(stage.specs, actors=1))
                if os.cpu_count() != 1:
                    with encoding_on(ENCODER_CORE):
                        runs["beside"].append(stage.render(stage.specs, actors=None))
                    runs["encoder_core"].append(stage.encode_alone({ENCODER_CORE}))
            transfer = stage.transfer_ms()
    finally:
        app.down()  # before another cluster is started, which would share the cores with this one
    edits = [edit_one(folder / f"edit-{n}") for n in range(repeats)]
    costs = measured_costs(stage, runs, transfer)
    lengths = [spec.frame_count for spec in stage.specs]
    curves = {
        f"{len(lengths)} segments": simulate(lengths, costs, ACTORS),
        f"{10 * len(lengths)} segments": simulate(lengths * 10, costs, ACTORS),
    }
    return {
        "question": "the render stage against the encoder alone: same frames, preset and cores",
        "story": story.name,
        "frames": sum(lengths),
        "segments": len(lengths),
        "stage_s": seconds(runs["all"]),
        "encoder_only_s": seconds(runs["encoder"]),
        "ratio_stage_to_encoder": ratio(runs["encoder"], runs["all"]),
        **beside_encoder(runs["beside"], runs["encoder_core"]),
        "stage_one_actor_s": seconds(runs["one"]),
        "speed_up_one_to_all": ratio(runs["one"], runs["all"]),
        "cpu_ms_per_frame": {
            name: summary([run[f"cpu_{name}"] for run in runs["all"]])
            for name in ("RenderWorker", "Composer", "rest")
        },
        "costs_ms": asdict(costs),
        "simulated": {name: [asdict(o) for o in curve] for name, curve in curves.items()},
        "first_segment_share": summary([edit["first"] / edit["full"] for edit in edits]),
        "edit_share": summary([edit["edited"] / edit["full"] for edit in edits]),
        "edit_longest_share": summary([edit["edited_longest"] / edit["full"] for edit in edits]),
        "preview_share": summary([edit["preview"] / edit["full"] for edit in edits]),
        "preview_kept_share": summary([edit["preview_kept"] / edit["full"] for edit in edits]),
        "preview_mixed_share": summary([edit["preview_mixed"] / edit["full"] for edit in edits]),
        "edit_scenes": edits[0]["scenes"],
        "edit_full_s": summary([edit["full"] for edit in edits]),
        "repeats": repeats,
        "curves": curves,
        **machine(),
    }


class Stage:
    """A story whose assets are made, ready to be rendered again and again.

    Args:
        plan: what to render.
        folder: for stores and videos.
    """

    def __init__(self, plan: StoryPlan, folder: Path) -> None:
        from raypipe.settings import Settings
        from raypipe_cluster.running import render_options

        self.plan, self.folder = plan, folder
        self.options = render_options(plan, Settings())
        self.runs = 0

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Connect, and make pictures, narration and sound once."""
        from raypipe.store.content import ContentStore
        from raypipe.store.products import get_picture
        from raypipe.timeline.segments import split_timeline
        from raypipe_actors.link import ClusterLink
        from raypipe_actors.pipeline import StoryRun
        from raypipe_cluster import local_cluster
        from raypipe_cluster.session import RaySession

        found = local_cluster.find()
        if found is None:
            raise SystemExit("the cluster that was started is gone")
        session = RaySession(found.address, own_cluster=True)
        with asyncio.Runner() as runner:
            self.runner, self.link = runner, ClusterLink(session.connect, local=True)
            story = runner.run(StoryRun(self.plan, self.options, self.link, lambda _: None).run())
            for kind in ("image", "render"):
                engine = story.engines.images.name if kind == "image" else self.options.encoder
                runner.run(runner.run(self.link.pool(kind, engine)).flush())
            self.story, self.specs = story, split_timeline(story.timeline)
            store = ContentStore(self.options.store)
            self.pictures = {}
            for asset in story.pictures:
                kept = get_picture(store, asset.key)
                if kept is None:
                    raise SystemExit(f"the picture {asset.key} is not in the store")
                self.pictures[asset.key] = kept[0]
            try:
                yield
            finally:
                session.close()

    def render(self, specs: Sequence[SegmentSpec], *, actors: int | None) -> dict[str, float]:
        """Return seconds for frames, segments and join, and what CPU each kind of process took."""
        self.runs += 1
        before = cpu_seconds()
        began = time.perf_counter()
        segments, first_s = self.runner.run(self._segments(specs, actors))
        encoded_s = time.perf_counter() - began
        self._join([segment.data for segment in segments])
        seconds = time.perf_counter() - began
        spent = cpu_seconds()
        frames = sum(spec.frame_count for spec in specs)
        return {
            "seconds": seconds,
            "first_s": first_s,
            "join_s": seconds - encoded_s,
            **{
                f"cpu_{name}": 1e3 * (spent[name] - before.get(name, 0.0)) / frames
                for name in spent
            },
        }

    def _join(self, segments: Sequence[bytes]) -> None:
        from raypipe.encode.join import join_video

        path = self.folder / "joined.mp4"
        join_video(segments, self.story.soundtrack.data, path, title=self.plan.title)

    async def _segments(
        self, specs: Sequence[SegmentSpec], actors: int | None
    ) -> tuple[list[Any], float]:
        from raypipe.store.content import StoreConfig
        from raypipe_actors.rendering import SegmentShop

        store = StoreConfig(url=f"file://{self.folder}/segments-{self.runs}")
        shop = SegmentShop(
            self.plan.story_id,
            replace(self.options, store=store),
            encoder=self.story.engines.encoder.name,
            pictures=Shelf(self.pictures[asset.key] for asset in self.story.pictures),  # type: ignore[arg-type] - the part of a PictureShop that is used
            link=self.link,
            on_frames=lambda *_: None,
        )
        gate = asyncio.Semaphore(actors or len(specs))
        scenes = [scene.scene_id for scene in self.story.timeline.scenes]
        began = time.perf_counter()
        ends: dict[int, float] = {}

        async def one(spec: SegmentSpec) -> Any:
            index = scenes.index(spec.scene.scene_id)
            shown = (index, index + 1) if spec.following else (index,)
            async with gate:
                segment = await shop.get(spec, shown)
            ends[spec.index] = time.perf_counter() - began
            return segment

        segments = list(await asyncio.gather(*(one(spec) for spec in specs)))
        return segments, ends[specs[0].index]

    def encode_alone(self, on: Collection[int] | None = None) -> dict[str, float]:
        """Return the seconds in which cores, all or those of ``on``, encode the same frames.

        They are perfectly shared: each process composes a segment, waits for the others, and
        encodes it; only that is timed.
        """
        cores = len(on or range(os.cpu_count() or 1))
        context = multiprocessing.get_context("spawn")
        barrier, results = context.Barrier(cores), context.Queue()
        shares: list[list[SegmentSpec]] = [[] for _ in range(cores)]
        for spec in sorted(self.specs, key=lambda spec: -spec.frame_count):
            min(shares, key=lambda share: sum(s.frame_count for s in share)).append(spec)
        rounds = max(map(len, shares))
        means = (self.options, self.story.engines.encoder.name)
        workers = [
            context.Process(
                target=encode_share, args=(share, self.pictures, rounds, means, barrier, results)
            )
            for share in shares
        ]
        for worker in workers:
            worker.start()
            if on is not None:
                psutil.Process(worker.pid).cpu_affinity(list(on))
        found = [results.get() for _ in workers]
        for worker in workers:
            worker.join()
        frames = sum(spec.frame_count for spec in self.specs)
        return {
            "seconds": sum(encode_s for encode_s, _, _ in found) / cores,
            "compose_ms": 1e3 * sum(compose_s for _, compose_s, _ in found) / frames,
            "start_ms": 1e3 * statistics.mean(start_s for _, _, start_s in found),
        }

    def transfer_ms(self) -> dict[str, float]:
        """Return milliseconds a frame to put and get chunks, and of a call of the dispatcher."""
        import ray

        from raypipe_actors.frames import CHUNK_FRAMES

        timeline = self.story.timeline
        chunk = np.ones((CHUNK_FRAMES, timeline.height * 3 // 2, timeline.width), np.uint8)
        put, get = [], []
        for _ in range(12):
            began = time.perf_counter()
            ref = ray.put(chunk)
            put.append(time.perf_counter() - began)
            began = time.perf_counter()
            ray.get(ref)
            get.append(time.perf_counter() - began)
            del ref
        per_frame = 1e3 / CHUNK_FRAMES
        return {
            "put": per_frame * statistics.median(put),
            "get": per_frame * statistics.median(get),
            "call": 1e3 * statistics.median(self._call_s() for _ in range(12)),
        }

    def _call_s(self) -> float:
        """Return the seconds of one call of the render pool's dispatcher, there and back."""
        pool = self.runner.run(self.link.pool("render", self.options.encoder))
        began = time.perf_counter()
        self.runner.run(pool.progress(self.plan.story_id))
        return time.perf_counter() - began


def encode_share(  # noqa: PLR0917 - a process's arguments
    share: Sequence[SegmentSpec],
    pictures: dict[str, Any],
    rounds: int,
    means: tuple[Any, str],
    barrier: Any,
    results: Any,
) -> None:
    """Encode segments in step with the other processes; report seconds of (encode, compose, start).

    ``start`` is what the first chunk of a segment costs over another, a segment.
    """
    from raypipe.encode.segment import SegmentEncoder
    from raypipe.picture.compose import compose_segment

    options, encoder_name = means
    if share:  # fonts are found and loops loaded before anything is timed
        next(compose_segment(share[0], pictures))
    encode_s = compose_s = start_s = 0.0
    for number in range(rounds):
        spec = share[number] if number < len(share) else None
        frames = None
        if spec is not None:
            frames, spent, more = compose_timed(spec, pictures)
            compose_s += spent
            start_s += more
        barrier.wait()
        if spec is not None and frames is not None:
            began = time.perf_counter()
            with SegmentEncoder(
                width=spec.width,
                height=spec.height,
                fps=spec.fps,
                encoder=encoder_name,
                quality=options.quality,
                max_bitrate=options.max_bitrate,
            ) as encoder:
                encoder.feed(frames)
                encoder.close()
            encode_s += time.perf_counter() - began
        barrier.wait()
    results.put((encode_s, compose_s, start_s / max(len(share), 1)))


def compose_timed(
    spec: SegmentSpec, pictures: dict[str, Any]
) -> tuple[npt.NDArray[np.uint8], float, float]:
    """Return a segment's frames, the CPU seconds of all but its start, and those of its start."""
    from raypipe.picture.compose import compose_segment
    from raypipe_actors.frames import CHUNK_FRAMES

    frames = np.empty((spec.frame_count, spec.height * 3 // 2, spec.width), np.uint8)
    stream = compose_segment(spec, pictures, chunk_frames=CHUNK_FRAMES)
    seconds: list[float] = []
    for first in range(0, spec.frame_count, CHUNK_FRAMES):
        began = time.process_time()
        chunk = next(stream)
        seconds.append(time.process_time() - began)
        frames[first : first + len(chunk)] = chunk
    usual = sum(seconds[1:]) / max(1, spec.frame_count - CHUNK_FRAMES)
    return frames, usual * spec.frame_count, max(0.0, sum(seconds) - usual * spec.frame_count)


def edit_one(folder: Path) -> dict[str, float]:
    """Return seconds that 12 scenes take on a warm cluster: whole, until playable, edited, preview.

    Nothing of the story is in the store before. What is edited is the plan that the whole render
    wrote. Playable means that the playlist of ``live`` has
    picture and sound; the time of the whole render is with ``live`` too. ``preview`` finds an empty
    store, ``preview_kept`` the pictures, the narration and the sound of the whole render, and
    ``preview_mixed`` its pictures and narration only, as after an edit.
    """
    from raypipe.settings import Settings, StorageSettings
    from raypipe.story.model import Story
    from raypipe.story.plan import StoryPlan
    from raypipe.story.planner import plan_story
    from raypipe_cluster import app

    folder.mkdir()
    story = Story(story_id="twelve", title="The Keeper's Light", content="\n\n".join(_SENTENCES))
    plan = plan_story(story, target_duration=60, aspect_ratio="9:16", style="")
    settings, fresh = (
        Settings(storage=StorageSettings(cache_url=f"file://{folder}/{store}"))
        for store in ("store", "fresh")
    )
    first: list[float] = []
    written: list[StoryPlan] = []

    def note(event: Any) -> None:
        if event.stage == "live":
            first.append(time.perf_counter())

    def render(plan: StoryPlan, settings: Settings = settings, **kind: bool) -> float:
        path = folder / "plan.json"
        path.write_text(plan.model_dump_json())
        began = time.perf_counter()
        out = folder / f"out-{began}"
        made = app.render(path, settings=settings, out_dir=out, on_event=note, **kind)
        took = time.perf_counter() - began
        if not made.preview:
            written.append(StoryPlan.model_validate_json((made.folder / "plan.json").read_text()))
        return took

    def preview_without(plan: StoryPlan, *kinds: str) -> float:
        """Preview once more, after these kinds of products have gone from the store."""
        for kind in kinds:
            shutil.rmtree(folder / "store" / kind)
        return render(plan, preview=True)

    by_length = sorted(range(len(plan.scenes)), key=lambda index: len(plan.scenes[index].text))
    app.up(settings=settings)
    try:
        began = time.perf_counter()
        return {
            "full": render(plan, live=True),
            "first": first[0] - began,
            "edited": render(edit(written[0], by_length[len(by_length) // 2])),
            "edited_longest": render(edit(written[0], by_length[-1])),
            "preview": render(plan, fresh, preview=True),
            "preview_kept": render(plan, preview=True),
            "preview_mixed": preview_without(plan, "soundtrack", "segment"),
            "scenes": len(plan.scenes),
        }
    finally:
        app.down()


def edit(plan: StoryPlan, index: int) -> StoryPlan:
    """Return ``plan`` with other words and another picture in scene ``index``."""
    scenes, spoken = list(plan.scenes), list(plan.audio_script.segments)
    text = spoken[index].text.rstrip(".") + " once more."
    scenes[index] = scenes[index].model_copy(
        update={"text": text, "image_prompt": scenes[index].image_prompt + ", at dawn"}
    )
    spoken[index] = spoken[index].model_copy(update={"text": text})
    script = plan.audio_script.model_copy(update={"segments": tuple(spoken)})
    return plan.model_copy(update={"scenes": tuple(scenes), "audio_script": script})


def measured_costs(
    stage: Stage, runs: dict[str, list[dict[str, float]]], transfer: dict[str, float]
) -> Costs:
    """Return the simulation's costs, medians of what was measured."""
    frames = sum(spec.frame_count for spec in stage.specs)
    cores = os.cpu_count() or 1

    def median(name: str, key: str) -> float:
        return statistics.median(run[key] for run in runs[name])

    join_ms = 1e3 * median("all", "join_s")
    return Costs(
        encode_ms_per_frame=1e3 * median("encoder", "seconds") * cores / frames,
        compose_ms_per_frame=median("encoder", "compose_ms"),
        put_ms_per_frame=transfer["put"],
        get_ms_per_frame=transfer["get"],
        start_ms_per_segment=median("encoder", "start_ms"),
        dispatch_ms_per_segment=transfer["call"],
        join_ms_per_frame=join_ms / frames,
        join_ms=0.0,
    )


def ray_processes() -> Iterator[tuple[str, psutil.Process]]:
    """Yield (kind, process) of the cluster that this benchmark started."""
    from raypipe_cluster import local_cluster

    cluster = local_cluster.find()
    if cluster is None:
        return
    for process in psutil.Process(cluster.pid).children(recursive=True):
        try:
            words = process.cmdline() or [""]
        except psutil.Error:
            continue
        kind = words[0].partition("::")[2].partition(".")[0].strip()
        kind = "Composer" if kind.startswith("frames:") else kind
        kind = "RenderWorker" if kind == "RenderWorker" or "RenderWorker" in words[0] else kind
        yield kind if kind in ("RenderWorker", "Composer") else "rest", process


def cpu_seconds() -> dict[str, float]:
    """Return the CPU seconds so far of each kind of process, this one among the rest."""
    own = psutil.Process().cpu_times()
    found = {"RenderWorker": 0.0, "Composer": 0.0, "rest": own.user + own.system}
    for kind, process in ray_processes():
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        found[kind] += times.user + times.system
    return found


@contextmanager
def encoding_on(core: int) -> Iterator[None]:
    """Give all that encodes one core for a while; all else, this process too, the others."""
    others = set(range(os.cpu_count() or 1)) - {core}
    processes = [("rest", psutil.Process()), *ray_processes()]
    for kind, process in processes:
        keep_to(process.pid, {core} if kind == "RenderWorker" else others)
    try:
        yield
    finally:
        for _, process in processes:
            keep_to(process.pid, others | {core})


def keep_to(pid: int, cores: Collection[int]) -> None:
    """Keep each thread of a process, and those that it will start, to some cores."""
    with suppress(OSError, psutil.Error):  # it is gone, or a thread of it
        for thread in psutil.Process(pid).threads():
            psutil.Process(thread.id).cpu_affinity(list(cores))


def seconds(runs: Sequence[dict[str, float]]) -> dict[str, float]:
    """Return median and spread of the runs' seconds."""
    return summary([run["seconds"] for run in runs])


def beside_encoder(
    stage: Sequence[dict[str, float]], encoder: Sequence[dict[str, float]]
) -> dict[str, dict[str, float]]:
    """Return the figures of runs that encode on one core; none where there is only one."""
    if not stage:
        return {}
    return {
        "stage_encoding_on_one_core_s": seconds(stage),
        "encoder_only_one_core_s": seconds(encoder),
        "ratio_encoding_on_one_core": ratio(encoder, stage),
    }


def ratio(over: Sequence[dict[str, float]], under: Sequence[dict[str, float]]) -> dict[str, float]:
    """Return median and spread of the seconds of each run of ``over`` by those of ``under``."""
    pairs = zip(over, under, strict=True)
    return summary([one["seconds"] / other["seconds"] for one, other in pairs])


def summary(values: Sequence[float]) -> dict[str, float]:
    """Return median and spread of ``values``."""
    return {
        "median": round(statistics.median(values), 3),
        "min": round(min(values), 3),
        "max": round(max(values), 3),
    }


def as_table(result: dict[str, Any]) -> str:
    """Return the figures as a table in Markdown."""
    rows = {
        "render stage, s": result["stage_s"],
        "encoder alone, s": result["encoder_only_s"],
        "stage's share of the encoder's rate": result["ratio_stage_to_encoder"],
        "the stage, encoding on one core, s": result.get("stage_encoding_on_one_core_s"),
        "encoder alone on one core, s": result.get("encoder_only_one_core_s"),
        "stage's share of that rate": result.get("ratio_encoding_on_one_core"),
        "one render actor, s": result["stage_one_actor_s"],
        "speed-up from one actor to all": result["speed_up_one_to_all"],
        **{f"CPU of {k}, ms a frame": v for k, v in result["cpu_ms_per_frame"].items()},
        "first segment playable, share of the whole": result["first_segment_share"],
        f"after editing one of {result['edit_scenes']} scenes, share": result["edit_share"],
        "after editing the longest scene, share": result["edit_longest_share"],
        "preview from nothing, share": result["preview_share"],
        "preview of kept pictures, narration and sound, share": result["preview_kept_share"],
        "preview of kept pictures and narration, share": result["preview_mixed_share"],
    }
    lines = [
        (
            f"{result['story']}: {result['frames']} frames in {result['segments']} segments, "
            f"{result['cores']} cores, {result['repeats']} runs each, commit {result['commit']}"
        ),
        "",
        "| | median | min | max |",
        "|---|---|---|---|",
        *(f"| {name} | {r['median']} | {r['min']} | {r['max']} |" for name, r in rows.items() if r),
        "",
        "| simulated actors | " + " | ".join(result["simulated"]) + " |",
        "|---|" + "---|" * len(result["simulated"]),
    ]
    for outcomes in zip(*result["simulated"].values(), strict=True):
        cells = " | ".join(f"{o['speed_up']:.1f} ({o['bound']})" for o in outcomes)
        lines.append(f"| {outcomes[0]['actors']} | {cells} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
