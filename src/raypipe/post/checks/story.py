"""Checkpoints of story processing: is the plan whole, and can it be told in the time?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from raypipe.post.checks import limits
from raypipe.post.checks.model import Check, within

if TYPE_CHECKING:
    from raypipe.story.plan import StoryPlan


def check_plan(plan: StoryPlan) -> tuple[Check, ...]:
    """Return all checks that can be made of a plan alone."""
    return (
        structure(plan),
        script(plan),
        prompts(plan),
        scene_count(plan),
        scene_durations(plan),
        target_duration(plan),
        nothing_dropped(plan),
    )


def structure(plan: StoryPlan) -> Check:
    """Scene ids are unique and every scene has words."""
    ids = [scene.scene_id for scene in plan.scenes]
    faults = [f"{i} appears twice" for i in dict.fromkeys(ids) if ids.count(i) > 1]
    faults += [f"{scene.scene_id} has no words" for scene in plan.scenes if not scene.text.strip()]
    return Check("story", "structure", not faults, len(faults), 0, "; ".join(faults), "fatal")


def script(plan: StoryPlan) -> Check:
    """Every scene has one script segment, in its order, at rising times."""
    ids = [scene.scene_id for scene in plan.scenes]
    spoken = [segment.scene_id for segment in plan.audio_script.segments]
    starts = [segment.start_time for segment in plan.audio_script.segments]
    detail = ""
    if spoken != ids:
        unlike = set(ids) ^ set(spoken)
        detail = f"unmatched: {', '.join(sorted(unlike))}" if unlike else "not in the scenes' order"
    elif starts != sorted(set(starts)):
        detail = "start times do not rise"
    return Check("story", "script", not detail, len(spoken), len(ids), detail, "fatal")


def prompts(plan: StoryPlan) -> Check:
    """Every scene says what is to be seen."""
    empty = [scene.scene_id for scene in plan.scenes if not scene.image_prompt.strip()]
    return Check("story", "prompts", not empty, len(empty), 0, ", ".join(empty))


def scene_count(plan: StoryPlan) -> Check:
    """There are 3 to 15 scenes; a text of one or two sentences has no more than these."""
    return within("story", "scene_count", len(plan.scenes), limits.SCENES, severity="advises")


def scene_durations(plan: StoryPlan) -> Check:
    """No scene is planned shorter than a viewer can take in."""
    shortest = min(plan.scenes, key=lambda scene: scene.duration)
    return within(
        "story", "scene_duration", shortest.duration, limits.SCENE_S, detail=shortest.scene_id
    )


def target_duration(plan: StoryPlan) -> Check:
    """The scenes' sum is near the wish; narration decides in the end, so this advises."""
    planned = sum(scene.duration for scene in plan.scenes)
    return within(
        "story",
        "target_duration",
        planned / plan.target_duration,
        limits.TARGET_RATIO,
        detail=f"{planned:.1f} s planned, {plan.target_duration:g} s wished",
        severity="advises",
    )


def nothing_dropped(plan: StoryPlan) -> Check:
    """No sentence was left out; if some were, they were asked to be, so this advises."""
    dropped = plan.dropped_sentences
    return Check(
        "story", "sentences_dropped", not dropped, len(dropped), 0, " | ".join(dropped), "advises"
    )
