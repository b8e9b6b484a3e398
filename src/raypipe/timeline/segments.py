"""Cutting the timeline into segments that are encoded apart and keyed by content."""

from __future__ import annotations

import itertools
from dataclasses import replace

from raypipe.store.keys import content_key
from raypipe.timeline.model import SegmentSpec, Timeline, TimelineScene, Transition

MAX_SEGMENT_S = 5.0
"""Longer runs are split, so that the last ones keep all cores busy and little is redone."""

OPENING_S = 2.0
"""The video's first segment is no longer, so that its beginning can be watched soon."""

CLOSING_S = 1.0
"""The end that the video's last frame bears upon, by a fade-out, is a segment of its own."""

MIXED_S = 0.5
"""What shows the next scene too, a transition, is a segment of its own, no shorter than this: all
before it stays as it is when the next scene is edited, and need not wait for its picture."""


def scene_segments(
    scene: TimelineScene,
    *,
    overlap_in: int,
    size: tuple[int, int],
    fps: int,
    first_index: int,
    closing: bool = False,
) -> tuple[SegmentSpec, ...]:
    """Return the segments that a scene owns: its frames less the overlap with the one before.

    Those that mix, see `SegmentSpec.mixes`, are `leading_to` the next scene when that is known.

    How long the end is held changes with the length of every scene. So what comes before the
    closing does not know of the hold, and stays as it is when another scene is edited.

    Args:
        scene: the scene.
        overlap_in: frames at its start that belong to the scene before.
        size: width and height in pixels.
        fps: frames a second.
        first_index: the number of the first of these segments in the video.
        closing: the video ends with the scene.
    """
    lengths = segment_lengths(
        scene.frame_count - overlap_in,
        fps=fps,
        mixed_frames=scene.transition_out.frames,
        hold_frames=scene.hold_frames,
        opening=first_index == 0,
        closing=closing,
    )
    edges = list(itertools.accumulate(lengths, initial=overlap_in))
    return tuple(
        SegmentSpec(
            index=first_index + part,
            width=size[0],
            height=size[1],
            fps=fps,
            start_frame=scene.start_frame + first,
            first_frame=first,
            frame_count=last - first,
            scene=scene if last == edges[-1] else _unheld(scene),
            following=None,
        )
        for part, (first, last) in enumerate(itertools.pairwise(edges))
    )


def leading_to(spec: SegmentSpec, following: TimelineScene) -> SegmentSpec:
    """Return a segment that mixes with the scene that its transition leads to."""
    return replace(spec, following=_unheld(following))


def segment_lengths(
    owned_frames: int,
    *,
    fps: int,
    mixed_frames: int = 0,
    hold_frames: int = 0,
    opening: bool = False,
    closing: bool = False,
) -> tuple[int, ...]:
    """Return the frames of each segment that a scene is cut into.

    Args:
        owned_frames: of the scene, those of the overlap with the one before left out.
        fps: frames a second.
        mixed_frames: how many of them, the last ones, show the next scene too.
        hold_frames: how many of them are the hold at the video's end.
        opening: the video begins with it.
        closing: the video ends with it.
    """
    first = round(OPENING_S * fps) if opening else 0
    if closing:
        last = round(CLOSING_S * fps) + hold_frames
    else:
        last = max(mixed_frames, round(MIXED_S * fps)) if mixed_frames else 0
    middle = owned_frames - first - last
    if middle < fps:  # too short to be cut there
        return _even(owned_frames, fps)
    return tuple(part for part in (first, *_even(middle, fps), last) if part)


def _unheld(scene: TimelineScene) -> TimelineScene:
    return replace(scene, end_frame=scene.end_frame - scene.hold_frames, hold_frames=0)


def _even(frames: int, fps: int) -> tuple[int, ...]:
    count = max(1, -(-frames // round(MAX_SEGMENT_S * fps)))
    edges = [frames * part // count for part in range(count + 1)]
    return tuple(end - start for start, end in itertools.pairwise(edges))


def split_timeline(timeline: Timeline) -> tuple[SegmentSpec, ...]:
    """Return all segments of a timeline in order; together they show each frame once."""
    segments: list[SegmentSpec] = []
    overlap_in = 0
    size = (timeline.width, timeline.height)
    for scene, following in zip(timeline.scenes, (*timeline.scenes[1:], None), strict=True):
        owned = scene_segments(
            scene,
            overlap_in=overlap_in,
            size=size,
            fps=timeline.fps,
            first_index=len(segments),
            closing=following is None,
        )
        segments += (leading_to(s, following) if following and s.mixes else s for s in owned)
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
    # Of a hold only the frames that it adds are seen.
    scene = replace(scene, hold_frames=0)
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
