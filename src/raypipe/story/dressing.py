"""Effects and directions of scenes, where a plan leaves them open: chosen by the story, sparingly.

An effect that is noticed is too strong or too frequent: most scenes get the moving camera alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from raypipe.story.genres import name_genre
from raypipe.story.language import primary
from raypipe.story.layers import SceneEffect
from raypipe.story.plan import ScenePlan, StoryPlan
from raypipe.timeline.model import Direction, TransitionKind

EffectsWish = Sequence[SceneEffect] | Literal["auto"]

RTL_LANGUAGES = frozenset({"ar", "fa", "he", "ur", "ps", "sd", "yi", "dv", "ug"})
"""Languages read from right to left: pictures follow each other in that direction."""

_HEAVY_MOODS = frozenset({"dark", "tense"})
_WARM_MOODS = frozenset({"romantic", "joyful", "calm"})
_LEAK_EVERY = 3
"""A light leak is seen in no more than one of three scenes."""
_HIGH = frozenset({"sky", "space", "mountain"})
_LOW = frozenset({"cave", "underwater"})
_BRIGHT_MOODS = frozenset({"wondrous", "joyful"})
_OPPOSITE: dict[Direction, Direction] = {
    "left": "right", "right": "left", "up": "down", "down": "up",
}  # fmt: skip


def dress_plan(
    plan: StoryPlan,
    *,
    effects: EffectsWish = "auto",
    transitions: TransitionKind | Literal["auto"] = "auto",
) -> StoryPlan:
    """Return ``plan`` with every scene's effects, direction and colour of fade said.

    What the plan says already stays, except that ``transitions`` replaces every scene's kind.

    Args:
        plan: as planned, or as edited by hand.
        effects: for scenes that name none; "auto" chooses them by mood, hour and genre.
        transitions: one kind for the whole story; "auto" keeps the plan's.
    """
    scenes: list[ScenePlan] = []
    leaked = -_LEAK_EVERY
    for index, scene in enumerate(plan.scenes):
        following = plan.scenes[index + 1] if index + 1 < len(plan.scenes) else None
        if effects == "auto":
            may_leak = index - leaked >= _LEAK_EVERY
            chosen = choose_effects(scene, genre=plan.genre, may_leak=may_leak)
            # No fade-in: players show the first frame before anybody presses play.
            chosen += ("fade_out",) if following is None else ()
        else:
            chosen = tuple(effects)
        dressed = scene.effects if scene.effects is not None else chosen
        leaked = index if "light_leak" in dressed else leaked
        kind = scene.transition
        if transitions != "auto" and following is not None:
            kind = transitions
        seen = frozenset(before.setting for before in plan.scenes[:index])
        rtl = primary(plan.language) in RTL_LANGUAGES
        scenes.append(
            scene.model_copy(
                update={
                    "effects": dressed,
                    "transition": kind,
                    "transition_direction": scene.transition_direction
                    or choose_direction(scene, following, seen=seen, rtl=rtl),
                    "transition_through": scene.transition_through or choose_through(following),
                }
            )
        )
    return plan.model_copy(update={"scenes": tuple(scenes)})


def choose_effects(scene: ScenePlan, *, genre: str, may_leak: bool) -> tuple[SceneEffect, ...]:
    """Return what suits one scene.

    The camera always moves; what is dark or tense is darker at the
    edges; warm light falls in at dawn and dusk, where nothing is dark. Film grain is
    never chosen: it costs more of the picture than it gives, for an encoder cannot follow it.
    """
    told = name_genre(genre)
    chosen: list[SceneEffect] = ["ken_burns"]
    if scene.mood in _HEAVY_MOODS:
        chosen.append("vignette")
    low_sun = scene.hour in ("dawn", "dusk") and scene.weather in ("clear", "wind", "cloud")
    warm = scene.mood in _WARM_MOODS and scene.setting not in (*_LOW, "space", "indoors")
    if may_leak and warm and (low_sun or (told == "romance" and scene.mood == "romantic")):
        chosen.append("light_leak")
    return tuple(chosen)


def choose_direction(
    scene: ScenePlan, following: ScenePlan | None, *, seen: frozenset[str], rtl: bool
) -> Direction:
    """Return where the picture of ``scene`` moves when it gives way.

    Stories go forward as they are read, and back where a place is seen again; on the way up the
    pictures move down, as they do for one who looks up.

    Args:
        scene: the scene that ends.
        following: the one it leads to, None for the last.
        seen: settings of the scenes before ``scene``.
        rtl: the story is read from right to left.
    """
    forward: Direction = "right" if rtl else "left"
    if following is None or following.setting == scene.setting:
        return forward
    if following.setting in _HIGH or scene.setting in _LOW:
        return "down"
    if following.setting in _LOW or scene.setting in _HIGH:
        return "up"
    return _OPPOSITE[forward] if following.setting in seen else forward


def choose_through(following: ScenePlan | None) -> Literal["black", "white"]:
    """Return the colour that a fade goes through: white into a bright, happy scene."""
    if following is None:
        return "black"
    bright = following.mood in _BRIGHT_MOODS and following.hour in ("dawn", "day")
    return "white" if bright else "black"
