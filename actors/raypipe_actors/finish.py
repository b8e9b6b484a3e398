"""From rendered products to the finished folder: join, measure, describe, write."""

from __future__ import annotations

import datetime as dt
import os
import platform
from collections import Counter
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import get_args

import raypipe
from raypipe.choice import Choice
from raypipe.encode.join import join_video
from raypipe.errors import QualityError
from raypipe.output import StagedFolder
from raypipe.picture.light import LightMap
from raypipe.post.checks.assets import check_speech
from raypipe.post.checks.composition import check_timeline
from raypipe.post.checks.finishing import check_finish
from raypipe.post.checks.model import Check, CheckStage, fatal_failures, merge_scenes
from raypipe.post.checks.story import check_plan
from raypipe.post.metadata import build_metadata
from raypipe.post.report import Degradation, Report, SceneLine, build_report
from raypipe.post.sidecars import to_srt, to_vtt
from raypipe.spool import let_go
from raypipe.story.naming import slug
from raypipe.story.plan import PlanPace, StoryPlan
from raypipe.text.fonts import missing_glyphs
from raypipe.timeline.segments import split_timeline
from raypipe_actors.inspection import Inspection
from raypipe_actors.rendered import RenderedStory


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished folder: the report, and the names of its main files."""

    video_name: str
    report: Report
    duration_s: float
    size_bytes: int


def file_stem(plan: StoryPlan) -> str:
    """Return ``<slug of the title>_<story_id>``, the name of the folder and of the video."""
    return f"{slug(plan.title)}_{plan.story_id}"


def format_stem(plan: StoryPlan) -> str:
    """Return the name of a further format's folder and video, such as ``..._1x1``."""
    return f"{file_stem(plan)}_{plan.aspect_ratio.replace(':', 'x')}"


def join_story(plan: StoryPlan, story: RenderedStory, staged: StagedFolder) -> Path:
    """Join segments and soundtrack in the staged folder and return the video's path.

    The video is named as the folder will be.
    """
    path = staged.path / f"{staged.target.name}.mp4"
    join_video(
        [part.data for part in story.segments], story.soundtrack.data, path, title=plan.title
    )
    return path


@dataclass(frozen=True, slots=True)
class CheckedProducts:
    """Checks of what a video is joined from, and characters that no font has."""

    checks: tuple[Check, ...]
    missing_glyphs: tuple[str, ...]


def check_products(plan: StoryPlan, story: RenderedStory) -> CheckedProducts:
    """Check what needs no finished file: plan, pictures, narration and timeline."""
    glyphs = _missing_glyphs(plan)
    checks = (
        *check_plan(plan),
        *merge_scenes(story.sheets.picture_checks),
        *_speech_checks(plan, story),
        *check_timeline(
            story.timeline,
            sample_count=story.soundtrack.sample_count,
            missing_glyphs=glyphs,
            narration_samples=_narration_samples(plan, story),
            lights=_lights(plan, story),
        ),
    )
    return CheckedProducts(checks, glyphs)


def finish_story(
    plan: StoryPlan,
    story: RenderedStory,
    products: CheckedProducts,
    inspection: Inspection,
    staged: StagedFolder,
) -> Finished:
    """Write everything but the video into the staged folder.

    Raises:
        QualityError: a check failed after which the video must not be handed out.
    """
    stem, sheets = staged.target.name, story.sheets
    duration_s = story.timeline.frame_count / story.timeline.fps
    metadata = build_metadata(
        plan,
        duration_s=duration_s,
        width=story.timeline.width,
        height=story.timeline.height,
        file_size_bytes=inspection.facts.file_size_bytes,
        created_at=dt.datetime.now(dt.UTC),
    )
    srt, vtt = to_srt(story.timeline), to_vtt(story.timeline)
    checks = (
        *products.checks,
        *inspection.checks,
        *check_finish(
            inspection.facts,
            story.timeline,
            aspect_ratio=plan.aspect_ratio,
            metadata=metadata,
            thumbnails={k: v for k, v in sheets.files.items() if k.startswith("thumb")},
            srt=srt,
            vtt=vtt,
            storyboard=sheets.files.get("storyboard"),
        ),
    )
    _refuse_if_fatal(checks)
    report = _report(plan, story, checks, products.missing_glyphs)
    for name, data in sheets.files.items():
        # The main thumbnail carries the title's slug, as the specification names it.
        file = f"{slug(plan.title)}_thumb.jpg" if name == "thumb" else f"{name}.jpg"
        staged.write(file, data)
    staged.write("captions.srt", srt)
    staged.write("captions.vtt", vtt)
    staged.write("metadata.json", metadata.to_json())
    pace = PlanPace(rate=story.schedule.pace.rate, looseness=story.schedule.pace.looseness)
    paced = plan.model_copy(update={"pace": pace})
    staged.write("plan.json", paced.model_dump_json(indent=2) + "\n")
    staged.write("report.json", report.to_json())
    return Finished(
        video_name=f"{stem}.mp4",
        report=report,
        duration_s=duration_s,
        size_bytes=inspection.facts.file_size_bytes,
    )


def preview_report(plan: StoryPlan, story: RenderedStory) -> Report:
    """Return the report of a preview: how it came about, and that no check of it was made."""
    unmade = tuple(
        Check(stage, "all", None, None, None, "not made: this is a preview", "advises")
        for stage in get_args(CheckStage)
    )
    glyphs = _missing_glyphs(plan)
    return _report(plan, story, unmade, glyphs).model_copy(update={"preview": True})


def _missing_glyphs(plan: StoryPlan) -> tuple[str, ...]:
    return missing_glyphs("".join((plan.title, *(scene.text for scene in plan.scenes))))


def _speech_checks(plan: StoryPlan, story: RenderedStory) -> tuple[Check, ...]:
    found = {}
    for segment, asset in zip(plan.audio_script.segments, story.speech, strict=True):
        found[segment.scene_id] = check_speech(asset.speech, segment.text)
        let_go(asset.speech.samples)
    return merge_scenes(found)


def _narration_samples(plan: StoryPlan, story: RenderedStory) -> dict[str, int]:
    return {
        scene.scene_id: -int(-asset.speech.duration_s * 48_000 // 1)
        for scene, asset in zip(plan.scenes, story.speech, strict=True)
    }


def _lights(plan: StoryPlan, story: RenderedStory) -> dict[str, LightMap]:
    return {
        scene.scene_id: asset.light
        for scene, asset in zip(plan.scenes, story.pictures, strict=True)
        if asset.light is not None
    }


def _refuse_if_fatal(checks: tuple[Check, ...]) -> None:
    failed = fatal_failures(checks)
    if failed:
        what = "; ".join(
            f"{check.stage}.{check.name} is {check.value}, must be {check.limit} {check.detail}"
            for check in failed
        )
        raise QualityError(
            f"the finished video failed its checks ({what})",
            remedy="nothing was published; render again, and report this if it stays",
        )


def _report(
    plan: StoryPlan, story: RenderedStory, checks: tuple[Check, ...], glyphs: tuple[str, ...]
) -> Report:
    made, found = _segment_counts(story)
    scenes = tuple(
        SceneLine(
            scene_id=scene.scene_id,
            seconds=round(times.frame_count / story.schedule.fps, 3),
            image_engine=picture.engine,
            speech_engine=speech.engine,
            image_attempts=picture.attempts,
            speech_attempts=speech.attempts,
            gpu_s=round(picture.gpu_s + speech.gpu_s, 3),
            segments_made=made[scene.scene_id],
            segments_cached=found[scene.scene_id],
            retry_reasons=tuple(r for r in (picture.degraded, speech.degraded) if r),
            cached=tuple(
                name for name, asset in (("image", picture), ("speech", speech)) if asset.cached
            ),
            degraded=bool(picture.degraded or speech.degraded),
        )
        for scene, times, picture, speech in zip(
            plan.scenes, story.schedule.scenes, story.pictures, story.speech, strict=True
        )
    )
    return build_report(
        story_id=plan.story_id,
        title=plan.title,
        stages=[(stage.name, stage.seconds) for stage in story.stages],
        checks=checks,
        engines=_engines(story),
        encoder=story.engines.encoder,
        cache_hits=story.cache_hits,
        cache_misses=story.cache_misses,
        degraded=_degradations(plan, story),
        scenes=scenes,
        missing_glyphs=glyphs,
        dropped_sentences=plan.dropped_sentences,
        notes=(*plan.notes, *story.notes),
        versions=_versions(),
        hardware={"cpus": os.cpu_count(), "machine": platform.machine()},
    )


def _segment_counts(story: RenderedStory) -> tuple[Counter[str], Counter[str]]:
    """Return by scene how many of its segments were encoded, and how many found."""
    counts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for spec, segment in zip(split_timeline(story.timeline), story.segments, strict=True):
        counts[segment.cached][spec.scene.scene_id] += 1
    return counts


def _engines(story: RenderedStory) -> dict[str, Choice]:
    engines = story.engines
    found = {"images": engines.images, "speech": engines.speech}
    for reader in engines.cast:
        found[f"speech of {', '.join(reader.who)}"] = replace(reader.choice, name=reader.name)
    return found


def _degradations(plan: StoryPlan, story: RenderedStory) -> list[Degradation]:
    marks: list[Degradation] = []
    for what, reasons in (
        ("image", [asset.degraded for asset in story.pictures]),
        ("speech", [asset.degraded for asset in story.speech]),
    ):
        for scene, reason in zip(plan.scenes, reasons, strict=True):
            if reason:
                marks.append(Degradation(what=what, reason=reason, scene_id=scene.scene_id))
    return marks


def _versions() -> dict[str, str]:
    names = ("ray", "av", "numpy", "opencv-python-headless", "pillow")
    return {
        "raypipe": raypipe.__version__,
        "python": platform.python_version(),
        **{name: version(name) for name in names},
    }
