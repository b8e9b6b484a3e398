"""Checkpoints of the frames where segments join, and of frames that should move."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from raypipe.post.checks import limits
from raypipe.post.checks.model import Check, within

if TYPE_CHECKING:
    from collections.abc import Collection

    from raypipe.post.facts import Curve, FrameCurves
    from raypipe.timeline.model import Timeline

_NEIGHBOURS = 4


def check_seams(
    curves: FrameCurves, timeline: Timeline, *, joins: Collection[int] | None = None
) -> tuple[Check, ...]:
    """Return the checks of the per-frame curves of a finished file.

    Args:
        curves: of the decoded frames.
        timeline: what should be seen.
        joins: first frames of segments; None takes the starts and ends of scenes.
    """
    marks = scene_joins(timeline) if joins is None else frozenset(joins)
    inside = sorted(mark for mark in marks if 0 < mark < len(curves.luma))
    return (
        no_black_frame(curves, timeline),
        no_repeated_frame(curves, inside),
        no_frozen_picture(curves, timeline),
    )


def scene_joins(timeline: Timeline) -> frozenset[int]:
    """Return the frames at which a scene begins or the one before has gone."""
    starts = {scene.start_frame for scene in timeline.scenes[1:]}
    return frozenset(starts | {scene.end_frame for scene in timeline.scenes[:-1]})


def no_black_frame(curves: FrameCurves, timeline: Timeline) -> Check:
    """No frame is black but where the story fades through black."""
    allowed = _black_allowed(timeline, len(curves.luma))
    high = limits.BLACK_SHARE.high or 1.0
    black = np.flatnonzero((curves.dark_share > high) & ~allowed)
    named = ", ".join(str(frame) for frame in black[:5])
    return Check(
        "rendering", "black_frames", len(black) == 0, len(black), 0,
        f"frames {named}" if named else "",
    )  # fmt: skip


def no_repeated_frame(curves: FrameCurves, joins: Collection[int]) -> Check:
    """No frame at a join repeats the one before it.

    Told by comparison with the change of the frames around; where these hardly move, coding noise
    hides a repetition, and the join counts as not judged.
    """
    judged, repeated = 0, []
    for join in joins:
        around = _around(curves.change, join)
        if len(around) < _NEIGHBOURS or float(np.median(around)) < limits.REPEAT_FLOOR:
            continue
        judged += 1
        if curves.change[join] < limits.REPEAT_RATIO * float(np.median(around)):
            repeated.append(join)
    if not judged:
        reason = "no joins" if not joins else f"motion at {len(joins)} joins too slow to tell"
        return Check("rendering", "repeated_frames", None, None, 0, reason)
    detail = f"{judged} of {len(joins)} joins move enough to tell"
    if repeated:
        detail = f"frames {', '.join(str(frame) for frame in repeated[:5])}; {detail}"
    return Check("rendering", "repeated_frames", not repeated, len(repeated), 0, detail)


def no_frozen_picture(curves: FrameCurves, timeline: Timeline) -> Check:
    """The picture never stands still longer than a second, but where the camera is told to.

    A keyframe draws a still picture anew with other noise, so one frame of small change between
    two of none does not count as motion.
    """
    change = curves.change[1:]
    frozen = change < limits.FROZEN_CHANGE
    frozen[1:-1] |= frozen[:-2] & frozen[2:] & (change[1:-1] < limits.REPEAT_FLOOR)
    for scene in timeline.scenes:
        if scene.visual.motion.start == scene.visual.motion.end:
            frozen[max(0, scene.start_frame - 1) : scene.end_frame] = False
    longest = run = end = 0
    for index, still in enumerate(frozen.tolist(), 1):
        run = run + 1 if still else 0
        if run > longest:
            longest, end = run, index
    detail = f"frames {end - longest} to {end}" if longest else ""
    return within(
        "rendering", "frozen_picture", longest / timeline.fps, limits.FROZEN_S, detail=detail
    )


def _around(change: Curve, join: int) -> Curve:
    """Return the change of the frames before and after ``join``, without its own."""
    before = change[max(1, join - _NEIGHBOURS) : join]
    return np.concatenate((before, change[join + 1 : join + 1 + _NEIGHBOURS]))


def _black_allowed(timeline: Timeline, count: int) -> np.typing.NDArray[np.bool_]:
    """Return for each frame whether a fade may have blackened it, bool (count,)."""
    allowed = np.zeros(count, dtype=np.bool_)
    for scene in timeline.scenes:
        out = scene.transition_out
        if out.kind == "fade" and out.through == "black":
            # A cut of length 0 at the end of the last scene is no fade; a fade there is a close.
            allowed[max(0, scene.end_frame - out.frames) : scene.end_frame + 1] = True
        if "fade_in" in scene.visual.effects:
            allowed[scene.start_frame : scene.start_frame + timeline.fps // 2] = True
        if "fade_out" in scene.visual.effects:
            allowed[max(0, scene.end_frame - timeline.fps // 2) : scene.end_frame] = True
    return allowed
