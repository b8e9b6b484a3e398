"""How each scene gives way to the next, by what happens between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from raypipe.story.plan import Mood, Setting
from raypipe.timeline.model import TransitionKind

_FAST_MOODS = frozenset({"tense", "epic", "comic"})


@dataclass(frozen=True, slots=True)
class SceneEdge:
    """A scene as seen from its edges.

    ``opening_turns`` are the turn words at its beginning and ``turns`` all of them; ``hour`` and
    ``setting`` as planned.
    """

    setting: Setting
    hour: str
    mood: Mood
    turns: frozenset[str]
    opening_turns: frozenset[str]
    is_dialogue: bool


def choose_transitions(scenes: Sequence[SceneEdge]) -> tuple[TransitionKind, ...]:
    """Return the transition out of each scene; the last one's is a cut.

    A cut is the rule within a place and for pace; a dissolve for a soft change of place or mood; a
    fade where time passes or an act ends; slide (travel), zoom (a discovery) and wipe (meanwhile
    elsewhere) at most once for every four scenes, and never twice running.
    """
    chosen: list[TransitionKind] = []
    ornaments = 0
    allowed = max(1, len(scenes) // 4)
    for before, after in pairwise(scenes):
        kind = _choose(before, after)
        if kind in {"slide", "zoom", "wipe"}:
            if ornaments >= allowed or (chosen and chosen[-1] == kind):
                kind = "dissolve" if before.setting != after.setting else "cut"
            else:
                ornaments += 1
        chosen.append(kind)
    chosen.append("cut")
    return tuple(chosen[: len(scenes)])


def _choose(before: SceneEdge, after: SceneEdge) -> TransitionKind:
    moved = before.setting != after.setting
    fast = after.mood in _FAST_MOODS
    rules: tuple[tuple[bool, TransitionKind], ...] = (
        ("later" in after.opening_turns, "fade"),
        (moved and before.hour != after.hour, "fade"),
        ("memory" in after.opening_turns, "dissolve"),
        ("moral" in after.opening_turns, "fade"),
        ("meanwhile" in after.opening_turns, "wipe" if moved else "cut"),
        ("sudden" in after.opening_turns, "cut"),
        (moved and "travel" in before.turns | after.turns, "slide"),
        (before.is_dialogue and after.is_dialogue, "cut"),
        ("discovery" in after.opening_turns and after.mood == "wondrous" and not moved, "zoom"),
        (before.hour != after.hour, "dissolve"),
        (fast, "cut"),
        (moved or "return" in after.turns or before.mood != after.mood, "dissolve"),
    )
    return next((kind for applies, kind in rules if applies), "cut")
