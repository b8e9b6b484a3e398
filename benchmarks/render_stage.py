"""Does anything but the encoder cost time in the render stage?

Two parts, of which ``--part`` takes one, each with its cases repeated in turn. On a warm cluster
with all pictures and narration at hand (``stage``):

* the stage (frames streamed, segments encoded, joined) against the encoder alone with the same
  frames, preset and cores (the encoder's time is that of its cores perfectly shared), at standard
  quality and at high, where the encoder has twice as much to do and all else as much as before;
* the same where all that encodes has one core, and all else the others: does anything but the
  encoder hold it up where its core is its own, as with NVENC (only with two cores or more);
* the stage with one render actor and with all;
* a simulation with the costs measured here, up to 64 actors, and its plot.

On a warm cluster, with nothing at hand (``edits``):

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
import copy
import json
import multiprocessing
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import psutil
from machine import machine
from render_simulation import Costs, as_svg, simulate
from shelf import Shelf

if TYPE_CHECKING:
    from raypipe.encode.quality import Quality
    from raypipe.story.plan import StoryPlan
    from raypipe.timeline.model import SegmentSpec

ENCODER_CORE = 0
QUALITIES: tuple[Quality, ...] = ("standard", "high")
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
    parser.add_argument("--part", choices=("stage", "edits", "all"), default="all")
    parser.add_argument(
        "--json", type=Path, default=None, help="what it has of the other part stays"
    )
    parser.add_argument("--plot", type=Path, default=Path("docs/render-actors.svg"))
    args = parser.parse_args()
    result: dict[str, Any] = {}
    if args.json and args.json.exists():
        result = json.loads(args.json.read_text())
    with tempfile.TemporaryDirectory(prefix="raypipe-bench-") as name:
        folder = Path(name)
        for kind in ("CACHE", "STATE", "CONFIG"):  # read when raypipe is imported
            os.environ[f"XDG_{kind}_HOME"] = str(folder / kind.lower())
        if args.part != "stage":  # first, for the frames of the other part fill the memory
            result["edits"] = measure_edits(args.repeats, folder)
            print(edits_table(result["edits"]))
        if args.part != "edits":
            result["stage"] = measure_stage(args.story, args.repeats, folder)
            args.plot.write_text(as_svg(result["stage"].pop("curves")))
            print(stage_table(result["stage"]))
    if args.json:
        args.json.write_text(json.dumps(result, indent=2) + "\n")


def measure_edits(repeats: int, folder: Path) -> dict[str, Any]:
    """Return what is seen when, as shares of a whole render."""
    edits = [edit_one(folder / f"edit-{n}") for n in range(repeats)]
    kinds = ("first", "edited", "edited_longest", "preview", "preview_kept", "preview_mixed")
    return {
        "question": "what is seen when, as a share of a whole render",
        "scenes": edits[0]["scenes"],
        "full_s": summary([edit["full"] for edit in edits]),
        "shares": {kind: summary([edit[kind] / edit["full"] for edit in edits]) for kind in kinds},
        "repeats": repeats,
        **machine(),
    }


def measure_stage(story: Path, repeats: int, folder: Path) -> dict[str, Any]:
    """Return what the stage takes, and under ``curves`` what the plot shows."""
    from raypipe_cluster import app

    app.up()
    try:
        stage = Stage(app.plan_source(story), folder)
        one: list[dict[str, float]] = []
        runs = {quality: StageRuns() for quality in QUALITIES}
        with stage.opened():
            stage.render(stage.specs, actors=None)  # fonts found, loops compiled, caches warm
            for _ in range(repeats):
                one.append(stage.render(stage.specs, actors=1))
                for quality, found in runs.items():
                    found.add(stage.at(quality))
            transfer = stage.transfer_ms()
    finally:
        app.down()
    costs = measured_costs(stage, runs["standard"], transfer)
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
        "by_quality": {quality: found.figures() for quality, found in runs.items()},
        "one_actor_s": seconds(one),
        "speed_up_one_to_all": ratio(one, runs["standard"].all),
        "costs_ms": asdict(costs),
        "simulated": {name: [asdict(o) for o in curve] for name, curve in curves.items()},
        "repeats": repeats,
        "curves": curves,
        **machine(),
    }


@dataclass(slots=True)
class StageRuns:
    """What was measured of the stage and of the encoder alone, at one quality, run for run."""

    all: list[dict[str, float]] = field(default_factory=list)
    encoder: list[dict[str, float]] = field(default_factory=list)
    beside: list[dict[str, float]] = field(default_factory=list)
    encoder_core: list[dict[str, float]] = field(default_factory=list)

    def add(self, stage: Stage) -> None:
        """Measure each once more."""
        self.all.append(stage.render(stage.specs, actors=None))
        self.encoder.append(stage.encode_alone())
        if os.cpu_count() != 1:
            with encoding_on(ENCODER_CORE):
                self.beside.append(stage.render(stage.specs, actors=None))
            self.encoder_core.append(stage.encode_alone({ENCODER_CORE}))

    def figures(self) -> dict[str, Any]:
        """Return medians and spreads."""
        return {
            "stage_s": seconds(self.all),
            "encoder_only_s": seconds(self.encoder),
            "ratio_stage_to_encoder": ratio(self.encoder, self.all),
            **beside_encoder(self.beside, self.encoder_core),
            "cpu_ms_per_frame": {
                name: summary([run[f"cpu_{name}"] for run in self.all])
                for name in ("RenderWorker", "Composer", "rest")
            },
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

    def at(self, quality: Quality) -> Stage:
        """Return this stage at another quality of the same size, sharing all that is at hand."""
        other = copy.copy(self)
        other.options = replace(self.options, quality=quality)
        return other

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

        store = StoreConfig(url=f"file://{tempfile.mkdtemp(dir=self.folder)}")
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


def measured_costs(stage: Stage, runs: StageRuns, transfer: dict[str, float]) -> Costs:
    """Return the simulation's costs, medians of what was measured."""
    frames = sum(spec.frame_count for spec in stage.specs)
    cores = os.cpu_count() or 1

    def median(found: Sequence[dict[str, float]], key: str) -> float:
        return statistics.median(run[key] for run in found)

    join_ms = 1e3 * median(runs.all, "join_s")
    return Costs(
        encode_ms_per_frame=1e3 * median(runs.encoder, "seconds") * cores / frames,
        compose_ms_per_frame=median(runs.encoder, "compose_ms"),
        put_ms_per_frame=transfer["put"],
        get_ms_per_frame=transfer["get"],
        start_ms_per_segment=median(runs.encoder, "start_ms"),
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


def quality_rows(quality: str, found: dict[str, Any]) -> dict[str, dict[str, float] | None]:
    """Return the rows of what was measured at one quality."""
    rows = {
        "render stage, s": found["stage_s"],
        "encoder alone, s": found["encoder_only_s"],
        "stage's share of the encoder's rate": found["ratio_stage_to_encoder"],
        "the stage, encoding on one core, s": found.get("stage_encoding_on_one_core_s"),
        "encoder alone on one core, s": found.get("encoder_only_one_core_s"),
        "stage's share of that rate": found.get("ratio_encoding_on_one_core"),
        **{f"CPU of {k}, ms a frame": v for k, v in found["cpu_ms_per_frame"].items()},
    }
    return {f"{quality}: {name}": row for name, row in rows.items()}


def stage_table(result: dict[str, Any]) -> str:
    """Return the figures of the stage as tables in Markdown."""
    rows = {
        name: row
        for quality, found in result["by_quality"].items()
        for name, row in quality_rows(quality, found).items()
    } | {
        "one render actor, s": result["one_actor_s"],
        "speed-up from one actor to all": result["speed_up_one_to_all"],
    }
    lines = [
        (
            f"{result['story']}: {result['frames']} frames in {result['segments']} segments, "
            f"{result['cores']} cores, {result['repeats']} runs each, commit {result['commit']}"
        ),
        *table_of(rows),
        "",
        "| simulated actors | " + " | ".join(result["simulated"]) + " |",
        "|---|" + "---|" * len(result["simulated"]),
    ]
    for outcomes in zip(*result["simulated"].values(), strict=True):
        cells = " | ".join(f"{o['speed_up']:.1f} ({o['bound']})" for o in outcomes)
        lines.append(f"| {outcomes[0]['actors']} | {cells} |")
    return "\n".join(lines)


def edits_table(result: dict[str, Any]) -> str:
    """Return the shares of a whole render as a table in Markdown."""
    shares = result["shares"]
    rows = {
        "the whole, s": result["full_s"],
        "first segment playable, share of the whole": shares["first"],
        f"after editing one of {result['scenes']} scenes, share": shares["edited"],
        "after editing the longest scene, share": shares["edited_longest"],
        "preview from nothing, share": shares["preview"],
        "preview of kept pictures, narration and sound, share": shares["preview_kept"],
        "preview of kept pictures and narration, share": shares["preview_mixed"],
    }
    return "\n".join([f"{result['repeats']} runs, commit {result['commit']}", *table_of(rows)])


def table_of(rows: Mapping[str, dict[str, float] | None]) -> list[str]:
    """Return the lines of a table of medians and spreads; rows without are left out."""
    return [
        "",
        "| | median | min | max |",
        "|---|---|---|---|",
        *(f"| {name} | {r['median']} | {r['min']} | {r['max']} |" for name, r in rows.items() if r),
    ]


if __name__ == "__main__":
    main()
