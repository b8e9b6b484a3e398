"""Cutting the timeline into segments that are encoded apart and keyed by content."""

from __future__ import annotations

import itertools
from dataclasses import replace

from raypipe.store.keys import content_key
from raypipe.timeline.model import SegmentSpec, Timeline, TimelineScene, Transition

MAX_SEGMENT_S = 5.0
"""Longer runs are split, so that the last ones keep all cores busy and little is redone."""


def scene_segments(
    scene: TimelineScene,
    following: TimelineScene | None,
    *,
    overlap_in: int,
    size: tuple[int, int],
    fps: int,
    first_index: int,
) -> tuple[SegmentSpec, ...]:
    """Return the segments that a scene owns: its frames less the overlap with the one before.

    Args:
        scene: the scene.
        following: the scene after it, needed where ``scene.transition_out`` is not a cut.
        overlap_in: frames at its start that belong to the scene before.
        size: width and height in pixels.
        fps: frames a second.
        first_index: the number of the first of these segments in the video.
    """
    owned = scene.frame_count - overlap_in
    count = segment_count(owned, fps=fps)
    edges = [overlap_in + owned * part // count for part in range(count + 1)]
    mixing = scene.frame_count - scene.transition_out.frames
    return tuple(
        SegmentSpec(
            index=first_index + part,
            width=size[0],
            height=size[1],
            fps=fps,
            start_frame=scene.start_frame + first,
            first_frame=first,
            frame_count=last - first,
            scene=scene,
            following=following if last > mixing else None,
        )
        for part, (first, last) in enumerate(itertools.pairwise(edges))
    )


def segment_count(owned_frames: int, *, fps: int) -> int:
    """Return into how many segments a run of ``owned_frames`` is cut."""
    return max(1, -(-owned_frames // round(MAX_SEGMENT_S * fps)))


def split_timeline(timeline: Timeline) -> tuple[SegmentSpec, ...]:
    """Return all segments of a timeline in order; together they show each frame once."""
    segments: list[SegmentSpec] = []
    overlap_in = 0
    size = (timeline.width, timeline.height)
    for scene, following in zip(timeline.scenes, (*timeline.scenes[1:], None), strict=True):
        segments += scene_segments(
            scene,
            following,
            overlap_in=overlap_in,
            size=size,
            fps=timeline.fps,
            first_index=len(segments),
        )
        overlap_in = scene.transition_out.frames
    return tuple(segments)


def segment_key(spec: SegmentSpec, *, encoding: str, code: str) -> str:
    """Return the content key of a segment: the same wherever in the video it stands.

    Args:
        spec: what is seen; its pictures are named by their own content keys.
        encoding: encoder, settings and their versions.
        code: revision of the compositing code.
    """
    first = spec.first_frame
    scene = _local(spec.scene, shown=(first, first + spec.frame_count))
    following = spec.following
    if following is None:
        scene = replace(scene, transition_out=Transition())
    else:
        following = _local(following, shown=(0, scene.transition_out.frames))
        following = replace(following, transition_out=Transition())
    local = replace(spec, index=0, start_frame=0, scene=scene, following=following)
    return content_key("segment", spec=local, encoding=encoding, code=code)


def _local(scene: TimelineScene, *, shown: tuple[int, int]) -> TimelineScene:
    texts = tuple(
        text for text in scene.texts if text.start_frame < shown[1] and text.end_frame > shown[0]
    )
    return replace(
        scene,
        scene_id="",
        start_frame=0,
        end_frame=scene.frame_count,
        texts=texts,
        audio=None,
    )
