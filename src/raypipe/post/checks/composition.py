"""Checkpoints of composition: does the timeline add up, and can its captions be read?"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from raypipe.picture.light import LightMap
from raypipe.post.checks import limits
from raypipe.post.checks.captions import (
    CaptionBox,
    caption_safe_area,
    captions_whole,
    measure_captions,
)
from raypipe.post.checks.model import Check, equals, within
from raypipe.post.wrapping import columns
from raypipe.timeline.legible import least_contrast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from raypipe.timeline.model import Colour, TextLayer, Timeline, TimelineScene


def check_timeline(
    timeline: Timeline,
    *,
    sample_count: int | None,
    missing_glyphs: Sequence[str],
    caption_boxes: Sequence[CaptionBox] | None = None,
    narration_samples: Mapping[str, int] | None = None,
    lights: Mapping[str, LightMap] | None = None,
) -> tuple[Check, ...]:
    """Return the checks of a timeline.

    Args:
        timeline: what will be rendered.
        sample_count: samples of the mixed soundtrack at 48 kHz; None if it was not mixed.
        missing_glyphs: names of characters that no font has.
        caption_boxes: where the captions stand; None measures them here.
        narration_samples: by scene id, samples of its narration at 48 kHz.
        lights: by scene id, how light its picture is where.
    """
    boxes = measure_captions(timeline) if caption_boxes is None else tuple(caption_boxes)
    return (
        total_frames(timeline),
        scene_durations(timeline),
        sound_length(timeline, sample_count),
        narration_fits(timeline, narration_samples),
        caption_times(timeline),
        caption_reading_speed(timeline),
        caption_contrast(timeline),
        contrast_on_pictures(timeline, lights or {}),
        caption_safe_area(boxes, width=timeline.width, height=timeline.height),
        captions_whole(boxes),
        glyphs(missing_glyphs),
    )


def total_frames(timeline: Timeline) -> Check:
    """Scenes follow each other without gap: the total is their sum less the overlaps."""
    scenes = timeline.scenes
    expected = sum(scene.frame_count for scene in scenes)
    expected -= sum(scene.transition_out.frames for scene in scenes[:-1])
    torn = [
        after.scene_id
        for before, after in pairwise(scenes)
        if after.start_frame != before.end_frame - before.transition_out.frames
    ]
    detail = f"torn before {', '.join(torn)}" if torn else ""
    ok = timeline.frame_count == expected and not torn and scenes[0].start_frame == 0
    return Check("composition", "total_frames", ok, timeline.frame_count, expected, detail, "fatal")


def scene_durations(timeline: Timeline) -> Check:
    """No scene is on screen shorter than 2 s."""
    shortest = min(timeline.scenes, key=lambda scene: scene.frame_count)
    return within(
        "composition",
        "scene_duration",
        shortest.frame_count / timeline.fps,
        limits.SCENE_S,
        detail=shortest.scene_id,
    )


def sound_length(timeline: Timeline, sample_count: int | None) -> Check:
    """The soundtrack has exactly the samples that the frames last."""
    if sample_count is None:
        return Check(
            "composition", "sound_length", None, None, timeline.sample_count, "no soundtrack mixed"
        )
    return equals("composition", "sound_length", sample_count, timeline.sample_count)


def narration_fits(timeline: Timeline, narration_samples: Mapping[str, int] | None) -> Check:
    """No narration outlasts its scene, so that no sentence is spoken over the next picture."""
    if not narration_samples:
        return Check("composition", "narration_fits", None, None, 0, "no narration lengths given")
    late = [
        scene.scene_id
        for scene in timeline.scenes
        if scene.audio is not None
        and scene.audio.start_sample + narration_samples.get(scene.scene_id, 0)
        > scene.end_frame * 48_000 // timeline.fps
    ]
    return Check("composition", "narration_fits", not late, len(late), 0, ", ".join(late))


def caption_times(timeline: Timeline) -> Check:
    """Captions lie within their scene and stay long enough to be seen."""
    outside = [
        scene.scene_id
        for scene, text in _captions(timeline)
        if not 0 <= text.start_frame < text.end_frame <= scene.frame_count
    ]
    if outside:
        return Check(
            "composition", "caption_times", ok=False, value=len(outside), limit=0,
            detail=f"outside its scene: {', '.join(dict.fromkeys(outside))}",
        )  # fmt: skip
    shown = [
        ((text.end_frame - text.start_frame) / timeline.fps, scene.scene_id)
        for scene, text in _captions(timeline)
    ]
    if not shown:
        return Check("composition", "caption_times", None, None, None, "no captions")
    seconds, scene_id = min(shown)
    return within("composition", "caption_times", seconds, limits.CAPTION_S, detail=scene_id)


def caption_reading_speed(timeline: Timeline) -> Check:
    """Captions can be read in their time; advises, for they go with the voice."""
    speeds = [
        (columns(text.content) * timeline.fps / (text.end_frame - text.start_frame), scene.scene_id)
        for scene, text in _captions(timeline)
        if text.end_frame > text.start_frame
    ]
    speed, scene_id = max(speeds, default=(None, "no captions"))
    return within(
        "composition",
        "caption_reading_speed",
        speed,
        limits.READING_SPEED,
        detail=scene_id,
        severity="advises",
    )


def caption_contrast(timeline: Timeline) -> Check:
    """Letters stand out from their outline or box, whatever the picture behind them."""
    ratios = []
    for scene, text in _captions(timeline):
        style = text.style
        if style.outline_px or style.box:
            ratios.append((contrast_ratio(style.colour, style.outline_colour), scene.scene_id))
    if not ratios:
        reason = "letters without outline or box: contrast depends on the picture"
        return within("composition", "caption_contrast", None, limits.CONTRAST, detail=reason)
    ratio, scene_id = min(ratios)
    return within("composition", "caption_contrast", ratio, limits.CONTRAST, detail=scene_id)


def contrast_on_pictures(timeline: Timeline, lights: Mapping[str, LightMap]) -> Check:
    """Letters stand out from their own scene's picture, with outline, shadow and box between."""
    size = (timeline.width, timeline.height)
    ratios = [
        (ratio, scene.scene_id)
        for scene in timeline.scenes
        if (light := lights.get(scene.scene_id)) is not None
        and (
            ratio := least_contrast(
                scene.texts, light, scene.visual.motion, size=size, effects=scene.visual.effects
            )
        )
    ]
    ratio, detail = min(ratios, default=(None, "no text on a picture whose light is known"))
    return within("composition", "contrast_on_pictures", ratio, limits.CONTRAST, detail=detail)


def glyphs(missing: Sequence[str]) -> Check:
    """Every character that is shown has a glyph in some font."""
    return Check("composition", "glyphs", not missing, len(missing), 0, ", ".join(missing))


def contrast_ratio(first: Colour, second: Colour) -> float:
    """Return the contrast of two sRGB colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Colour) -> float:
    """Return the relative luminance of an sRGB colour (WCAG 2.2, "relative luminance")."""
    linear = [
        level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4  # noqa: PLR2004
        for level in (channel / 255 for channel in colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _captions(timeline: Timeline) -> list[tuple[TimelineScene, TextLayer]]:
    return [(scene, text) for scene in timeline.scenes for text in scene.texts]
