"""report.json: what was done, how long it took, what was checked, and what is not as wished."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from raypipe.choice import Choice
    from raypipe.post.checks.model import Check

Status = Literal["clean", "degraded"]
Scalar = str | int | float | bool | None


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StageTime(_Part):
    """How long a stage took, seconds of wall clock; stages may overlap."""

    name: str
    seconds: float = Field(ge=0, allow_inf_nan=False)


class CheckLine(_Part):
    """One checkpoint; ``ok`` is null where it could not be made, and ``detail`` says why."""

    stage: str
    name: str
    ok: bool | None
    value: Scalar
    limit: Scalar
    detail: str = ""
    severity: Literal["fatal", "degrades", "advises"] = "degrades"


class ChosenPart(_Part):
    """A part that was chosen, why, and what was passed over and why not."""

    name: str
    reason: str
    rejected: tuple[tuple[str, str], ...] = ()


class CacheUse(_Part):
    """Products that were found made, and that had to be made."""

    hits: int = Field(default=0, ge=0)
    misses: int = Field(default=0, ge=0)


class Degradation(_Part):
    """Something that is less than was asked for; ``scene_id`` is null for the whole video."""

    what: str
    reason: str
    scene_id: str | None = None


class SceneLine(_Part):
    """How one scene came about.

    ``attempts`` counts all tries of both engines' requests, 0 where the product was at hand;
    ``segments_made`` and ``segments_cached`` count its segments that were encoded and found;
    ``gpu_s`` is how many seconds of a whole GPU its picture and narration took.
    """

    scene_id: str
    seconds: float = Field(ge=0, allow_inf_nan=False)
    image_engine: str
    speech_engine: str
    image_attempts: int = Field(default=1, ge=0)
    speech_attempts: int = Field(default=1, ge=0)
    gpu_s: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    segments_made: int = Field(default=0, ge=0)
    segments_cached: int = Field(default=0, ge=0)
    retry_reasons: tuple[str, ...] = ()
    cached: tuple[str, ...] = ()
    degraded: bool = False


class Report(_Part):
    """The whole report; its JSON is report.json. Of a ``preview`` no check was made."""

    status: Status
    preview: bool = False
    story_id: str
    title: str
    stages: tuple[StageTime, ...]
    checks: tuple[CheckLine, ...]
    engines: dict[str, ChosenPart]
    encoder: ChosenPart
    cache: CacheUse
    degraded: tuple[Degradation, ...]
    scenes: tuple[SceneLine, ...] = ()
    missing_glyphs: tuple[str, ...] = ()
    dropped_sentences: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    versions: dict[str, str] = Field(default_factory=dict)
    hardware: dict[str, Scalar] = Field(default_factory=dict)

    def to_json(self) -> str:
        """Return the text of report.json, with a final line break."""
        return self.model_dump_json(indent=2) + "\n"


def build_report(
    *,
    story_id: str,
    title: str,
    stages: Sequence[tuple[str, float]],
    checks: Sequence[Check],
    engines: Mapping[str, Choice],
    encoder: Choice,
    cache_hits: int,
    cache_misses: int,
    degraded: Sequence[Degradation] = (),
    scenes: Sequence[SceneLine] = (),
    missing_glyphs: Sequence[str] = (),
    dropped_sentences: Sequence[str] = (),
    notes: Sequence[str] = (),
    versions: Mapping[str, str] | None = None,
    hardware: Mapping[str, Scalar] | None = None,
) -> Report:
    """Put the report together: degraded if a fallback was taken or a check that counts failed.

    Args:
        story_id: of the story.
        title: of the story.
        stages: (name, seconds) in order.
        checks: of all stages.
        engines: by use, such as ``images`` and ``speech``.
        encoder: the video encoder.
        cache_hits: products found made.
        cache_misses: products that had to be made.
        degraded: fallbacks that were taken; failed checks are added to them.
        scenes: one line for each scene.
        missing_glyphs: Unicode names.
        dropped_sentences: what was left out to fit the time.
        notes: what else a reader should know.
        versions: of raypipe and what it stands on.
        hardware: cores, memory, GPU.
    """
    marks = [*degraded]
    for check in checks:
        if check.ok is False and check.severity != "advises":
            measured = f"{check.value} where the limit is {check.limit}"
            reason = f"{measured} ({check.detail})" if check.detail else measured
            marks.append(Degradation(what=f"{check.stage}.{check.name}", reason=reason))
    return Report(
        status="degraded" if marks else "clean",
        story_id=story_id,
        title=title,
        stages=tuple(StageTime(name=name, seconds=round(s, 3)) for name, s in stages),
        checks=tuple(check_line(check) for check in checks),
        engines={use: chosen_part(choice) for use, choice in engines.items()},
        encoder=chosen_part(encoder),
        cache=CacheUse(hits=cache_hits, misses=cache_misses),
        degraded=tuple(marks),
        scenes=tuple(scenes),
        missing_glyphs=tuple(missing_glyphs),
        dropped_sentences=tuple(dropped_sentences),
        notes=tuple(notes),
        versions=dict(versions or {}),
        hardware=dict(hardware or {}),
    )


def check_line(check: Check) -> CheckLine:
    """Return ``check`` as the report writes it."""
    return CheckLine(
        stage=check.stage,
        name=check.name,
        ok=check.ok,
        value=check.value,
        limit=check.limit,
        detail=check.detail,
        severity=check.severity,
    )


def chosen_part(choice: Choice) -> ChosenPart:
    """Return ``choice`` as the report writes it."""
    return ChosenPart(name=choice.name, reason=choice.reason, rejected=choice.rejected)
