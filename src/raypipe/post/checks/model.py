"""One validation checkpoint: what was measured, against what, and whether it held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

CheckStage = Literal["story", "assets", "composition", "rendering", "post"]
Severity = Literal["fatal", "degrades", "advises"]
Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Check:
    """The finding of one checkpoint.

    Attributes:
        stage: the stage whose work was checked.
        name: what was checked, in snake_case; unique within its stage.
        ok: whether it held; None where it could not be made, and ``detail`` says why.
        value: what was measured.
        limit: what was demanded, in words or as a number.
        detail: which scene, which frame, or why not; a phrase for people.
        severity: what a failure means. ``fatal``: the video must not be handed out; ``degrades``:
            it may, and its report says degraded; ``advises``: worth knowing, nothing is wrong.
    """

    stage: CheckStage
    name: str
    ok: bool | None
    value: Value
    limit: Value
    detail: str = ""
    severity: Severity = "degrades"


@dataclass(frozen=True, slots=True)
class Limit:
    """A range, ends included; None is open. ``source`` is who demands it."""

    low: float | None
    high: float | None
    unit: str
    source: str

    def holds(self, value: float) -> bool:
        """Return whether ``value`` lies in the range."""
        above = self.low is None or value >= self.low
        return above and (self.high is None or value <= self.high)

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        if self.low is None:
            return f"at most {_plain(self.high)}{unit}"
        if self.high is None:
            return f"at least {_plain(self.low)}{unit}"
        if self.low == self.high:
            return f"exactly {_plain(self.low)}{unit}"
        return f"{_plain(self.low)} to {_plain(self.high)}{unit}"


def within(
    stage: CheckStage,
    name: str,
    value: float | None,
    limit: Limit,
    *,
    detail: str = "",
    severity: Severity = "degrades",
) -> Check:
    """Return the check that ``value`` lies within ``limit``; not made where it is None."""
    if value is None:
        return Check(stage, name, None, None, str(limit), detail, severity)
    shown = round(value, 3) if isinstance(value, float) else value
    return Check(stage, name, limit.holds(value), shown, str(limit), detail, severity)


def equals(
    stage: CheckStage,
    name: str,
    value: Value,
    expected: Value,
    *,
    detail: str = "",
    severity: Severity = "degrades",
) -> Check:
    """Return the check that ``value`` is ``expected``."""
    return Check(stage, name, value == expected, value, expected, detail, severity)


def merge_scenes(scenes: Mapping[str, Sequence[Check]]) -> tuple[Check, ...]:
    """Join the checks of single scenes to one check for each name, in order of first sight.

    The merged check has the value of the first scene that failed, else of the first that could
    not be checked, else of the first; its detail names all scenes that failed or were not checked.

    Args:
        scenes: checks by scene id.
    """
    grouped: dict[tuple[str, str], list[tuple[str, Check]]] = {}
    for scene_id, checks in scenes.items():
        for check in checks:
            grouped.setdefault((check.stage, check.name), []).append((scene_id, check))
    return tuple(_merged(group) for group in grouped.values())


def fatal_failures(checks: Sequence[Check]) -> tuple[Check, ...]:
    """Return the failed checks after which the video must not be handed out."""
    return tuple(check for check in checks if check.ok is False and check.severity == "fatal")


def _merged(group: list[tuple[str, Check]]) -> Check:
    for verdict in (False, None):
        hits = [(scene_id, check) for scene_id, check in group if check.ok is verdict]
        if hits:
            named = "; ".join(f"{i}: {c.detail}" if c.detail else i for i, c in hits)
            return replace(hits[0][1], detail=named)
    first = group[0][1]
    said = "; ".join(f"{scene_id}: {c.detail}" for scene_id, c in group if c.detail)
    return replace(first, detail=said or f"{len(group)} scenes")


def _plain(number: float | None) -> str:
    return "?" if number is None else f"{number:,.10g}".replace(",", " ")
