"""The asynchronous work behind `raypipe_cluster.app`; imports Ray where a cluster is asked."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from raypipe.encode.join import join_video
from raypipe.encode.live import LiveVideo
from raypipe.errors import MediaError
from raypipe.heap import trim_heap
from raypipe.images.open import image_engine_name
from raypipe.output import StagedFolder, folder_error
from raypipe.progress import ProgressEvent, ProgressSink, Stage, State
from raypipe.settings import Settings, user_cache_dir
from raypipe.speech.cast import VoiceCast, split_voice
from raypipe.speech.open import speech_engine_name
from raypipe.store.content import DEFAULT_TTL_S, ContentStore, StoreConfig
from raypipe.story.model import AspectRatio, frame_size
from raypipe.story.plan import StoryPlan
from raypipe.timeline.caption_style import choose_caption_style
from raypipe.timeline.schedule import VIDEO_STEP
from raypipe.timeline.segments import MAX_SEGMENT_S
from raypipe_actors.assets import PictureAsset
from raypipe_actors.finish import (
    check_products,
    file_stem,
    finish_story,
    format_stem,
    join_story,
    preview_report,
)
from raypipe_actors.inspection import inspect_story
from raypipe_actors.messages import DISPATCHER_PREFIX, NAMESPACE
from raypipe_actors.metrics import add_stages, count_products
from raypipe_actors.options import RenderOptions
from raypipe_actors.pipeline import StoryRun
from raypipe_actors.rendered import RenderedStory, StoryAssets
from raypipe_actors.story_clock import StageTime
from raypipe_cluster.outcome import ClusterStatus, NodeStatus, RenderOutcome
from raypipe_cluster.session import RaySession

if TYPE_CHECKING:
    from raypipe_actors.link import ClusterLink
    from raypipe_actors.messages import PoolKind, PoolStatus

__all__ = [
    "cluster_status",
    "draw_storyboard",
    "file_stem",
    "format_stem",
    "preview_story",
    "render_options",
    "render_story",
    "require_music",
    "write_whole",
]


def render_options(
    plan: StoryPlan, settings: Settings, *, aspects: tuple[AspectRatio, ...] = ()
) -> RenderOptions:
    """Return how ``plan`` is rendered with ``settings``; the plan's own wishes go first.

    ``aspects`` are all formats that are made of its pictures, where they are several.
    """
    video, storage = settings.video, settings.storage
    url = storage.cache_url or f"file://{user_cache_dir() / 'products'}"
    ttl_s = {
        **DEFAULT_TTL_S,
        "image": settings.images.cache_ttl_s,
        "speech": settings.tts.cache_ttl_s,
    }
    speech, voice = _narrating_voice(plan, settings)
    return RenderOptions(
        fps=video.fps,
        quality=video.quality,
        max_bitrate=video.max_bitrate,
        images=image_engine_name(settings.images),
        speech=speech,
        encoder=video.encoder,
        voice=voice,
        cast=tuple(settings.tts.cast.items()),
        music=plan.music or settings.music.default,
        music_volume_db=settings.music.volume_db,
        ducking_db=settings.music.ducking_db,
        captions=video.captions,
        caption_style=choose_caption_style(plan, video),
        platforms=settings.publishing.platforms,
        store=StoreConfig(url=url, max_bytes=storage.cache_max_bytes, ttl_s=tuple(ttl_s.items())),
        submitted_s=time.time(),
        models_dirs=settings.storage.models_dirs,
        aspects=aspects,
    )


def _narrating_voice(plan: StoryPlan, settings: Settings) -> tuple[str, str | None]:
    """Return the engine and the voice that narrate: the story's, the cast's, the settings'."""
    engine = speech_engine_name(settings.tts)
    narrator = VoiceCast(tuple(settings.tts.cast.items())).narrator(plan.genre)
    if plan.voice or narrator is None:
        return engine, plan.voice or settings.tts.voice
    own, voice = split_voice(narrator)
    return own or engine, voice


def require_music(music: str) -> None:
    """Refuse a music file that is not there or is no sound, before anything is started.

    Raises:
        MediaError: says which file and what was expected.
    """
    if music in {"ambient", "none", ""}:
        return
    path = Path(music)
    if not path.is_file():
        raise MediaError(
            f"expected a sound file, 'ambient' or 'none', found no file {music!r}",
            remedy="correct the path in metadata.music or --music",
            where="music",
        )
    from raypipe.media import read_sound

    read_sound(path)


async def render_story(
    plan: StoryPlan,
    options: RenderOptions,
    staged: StagedFolder,
    *,
    link: ClusterLink,
    on_event: ProgressSink,
    live: bool = False,
    last: bool = False,
    assets: StoryAssets | None = None,
) -> RenderOutcome:
    """Render ``plan`` into ``staged``, publish the folder, and say what came of it.

    With ``live`` a folder beside it shows what is finished, for players of HLS. After the ``last``
    nothing more is asked of ``link``: the cluster is left while the video is joined and checked.
    ``assets`` are those of the story's other formats.
    """
    began_s = time.perf_counter()

    def playable(playlist: Path) -> None:
        seconds = time.perf_counter() - began_s
        on_event(ProgressEvent("live", "done", seconds, detail=str(playlist)))

    with _live_video(plan, options, staged, playable) if live else nullcontext() as shown:
        story = await _run_story(
            plan, options, link=link, on_event=on_event, live=shown, assets=assets
        )
        if shown is not None:
            await asyncio.to_thread(shown.finish)
    leaving = asyncio.create_task(link.leave()) if last else None
    try:
        return await _finish(plan, story, options, staged, on_event=on_event, began_s=began_s)
    finally:
        if leaving is not None:
            await leaving


async def _finish(
    plan: StoryPlan,
    story: RenderedStory,
    options: RenderOptions,
    staged: StagedFolder,
    *,
    on_event: ProgressSink,
    began_s: float,
) -> RenderOutcome:
    """Join and check the video of ``story``, and publish its folder."""

    def tell(stage: Stage, state: State) -> None:
        on_event(ProgressEvent(stage, state, time.perf_counter() - began_s))

    marks = {"join": time.perf_counter()}
    tell("join", "running")
    video = await asyncio.to_thread(join_story, plan, story, staged)
    tell("join", "done")
    marks["check"] = time.perf_counter()
    tell("check", "running")
    inspection, products = await asyncio.gather(
        asyncio.to_thread(inspect_story, video, story.timeline, options, story.readings),
        asyncio.to_thread(check_products, plan, story),
    )
    trim_heap()
    marks["end"] = time.perf_counter()
    story = story.with_stages(
        StageTime("join", round(marks["check"] - marks["join"], 3)),
        StageTime("check", round(marks["end"] - marks["check"], 3)),
        StageTime("total", round(marks["end"] - began_s, 3)),
    )
    finished = await asyncio.to_thread(finish_story, plan, story, products, inspection, staged)
    tell("check", "done")
    folder = await asyncio.to_thread(staged.publish)
    await asyncio.to_thread(ContentStore(options.store).prune)
    tell("publish", "done")
    report = finished.report
    return RenderOutcome(
        folder=folder,
        video=folder / finished.video_name,
        status=report.status,
        duration_s=finished.duration_s,
        degraded=tuple(
            f"{mark.what} of {mark.scene_id}: {mark.reason}"
            if mark.scene_id
            else f"{mark.what}: {mark.reason}"
            for mark in report.degraded
        ),
        notes=report.notes,
        cached=story.cache_misses == 0,
        stages={stage.name: stage.seconds for stage in report.stages},
        aspect_ratio=plan.aspect_ratio,
    )


async def preview_story(
    plan: StoryPlan,
    options: RenderOptions,
    video: Path,
    *,
    link: ClusterLink,
    on_event: ProgressSink,
    assets: StoryAssets | None = None,
) -> RenderOutcome:
    """Render a small draft of ``plan`` into the file ``video``: all of it, nothing checked.

    It has fewer frames at the video's own times, so its sound is the video's. A report of the same
    name says what it is made of.
    """
    began_s = time.perf_counter()
    options = replace(options, preview=True, fps=options.fps // VIDEO_STEP)
    story = await _run_story(plan, options, link=link, on_event=on_event, assets=assets)
    on_event(ProgressEvent("join", "running", time.perf_counter() - began_s))
    segments = [segment.data for segment in story.segments]
    await asyncio.to_thread(
        join_video, segments, story.soundtrack.data, video, title=f"{plan.title} (preview)"
    )
    report = await asyncio.to_thread(preview_report, plan, story)
    await asyncio.to_thread(write_whole, report.to_json().encode(), video.with_suffix(".json"))
    on_event(ProgressEvent("join", "done", time.perf_counter() - began_s))
    return RenderOutcome(
        folder=video.parent,
        video=video,
        status="degraded" if story.degraded else "clean",
        duration_s=story.timeline.frame_count / story.timeline.fps,
        degraded=story.degraded,
        notes=(*plan.notes, *story.notes),
        cached=story.cache_misses == 0,
        stages={stage.name: stage.seconds for stage in story.stages},
        preview=True,
        aspect_ratio=plan.aspect_ratio,
    )


async def _run_story(
    plan: StoryPlan,
    options: RenderOptions,
    *,
    link: ClusterLink,
    on_event: ProgressSink,
    live: LiveVideo | None = None,
    assets: StoryAssets | None = None,
) -> RenderedStory:
    try:
        story = await StoryRun(plan, options, link, on_event, live, assets=assets).run()
    except BaseException:
        with contextlib.suppress(Exception):
            await link.cancel(options.asker or plan.story_id)
        raise
    _count(story)
    return replace(story, notes=(*story.notes, *picture_notes(plan, story.pictures)))


def picture_notes(plan: StoryPlan, pictures: Sequence[PictureAsset]) -> tuple[str, ...]:
    """Return what pictures leave out of what their scenes ask for, a sentence each."""
    return tuple(
        f"picture of {scene.scene_id}: {note}"
        for scene, picture in zip(plan.scenes, pictures, strict=True)
        for note in picture.notes
    )


def _count(story: RenderedStory) -> None:
    """Tell the metrics what a story found in its store, what was made for it, and its stages."""
    engines = story.engines
    found: tuple[tuple[PoolKind, str, list[bool]], ...] = (
        ("image", engines.images.name, [each.cached for each in story.pictures]),
        ("speech", engines.speech.name, [each.cached for each in story.speech]),
        ("render", engines.encoder.name, [each.cached for each in story.segments]),
    )
    for kind, engine, cached in found:
        count_products(kind, engine, cached=sum(cached), made=len(cached) - sum(cached))
    add_stages({stage.name: stage.seconds for stage in story.stages})


def _live_video(
    plan: StoryPlan,
    options: RenderOptions,
    staged: StagedFolder,
    on_playable: Callable[[Path], None],
) -> LiveVideo:
    return LiveVideo(
        staged.target.with_name(f"{staged.target.name}.live"),
        size=frame_size(plan.aspect_ratio, options.quality),
        fps=options.fps,
        longest_s=MAX_SEGMENT_S,
        on_playable=on_playable,
    )


async def draw_storyboard(
    plan: StoryPlan, options: RenderOptions, *, link: ClusterLink, on_event: ProgressSink
) -> bytes:
    """Return the contact sheet of a plan's pictures, a JPEG file."""
    return await StoryRun(plan, options, link, on_event).storyboard()


def write_whole(data: bytes, out: Path) -> Path:
    """Write ``data`` to ``out`` whole or not at all.

    Raises:
        InputError: the place cannot be written.
        DiskFullError: no space is left.
    """
    part = out.with_name(f".{out.name}.{secrets.token_hex(4)}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(out)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise folder_error(error, out) from error
    return out


async def cluster_status(session: RaySession) -> ClusterStatus:
    """Return the nodes and pools of the cluster that this process is connected to."""
    import ray

    nodes = tuple(
        NodeStatus(
            node_id=node["NodeID"],
            address=node["NodeManagerAddress"],
            cpus=node["Resources"].get("CPU", 0.0),
            gpus=node["Resources"].get("GPU", 0.0),
            memory_bytes=node["Resources"].get("memory", 0.0),
        )
        for node in ray.nodes()  # type: ignore[no-untyped-call]
        if node["Alive"]
    )
    return ClusterStatus(session.address or "local", nodes, tuple(await _pool_statuses()))


async def _pool_statuses() -> Sequence[PoolStatus]:
    from ray.util import list_named_actors

    named = cast("list[dict[str, str]]", list_named_actors(all_namespaces=True))
    names = [
        actor["name"]
        for actor in named
        if actor["namespace"] == NAMESPACE
        and actor["name"].startswith(DISPATCHER_PREFIX)
        and "#" not in actor["name"]
    ]
    found = await asyncio.gather(*(_pool_status(name) for name in sorted(names)))
    return [status for status in found if status is not None]


async def _pool_status(name: str) -> PoolStatus | None:
    import ray

    with contextlib.suppress(ValueError, ray.exceptions.RayError):
        handle = ray.get_actor(name, namespace=NAMESPACE)
        return cast("PoolStatus", await handle.status.remote())
    return None
