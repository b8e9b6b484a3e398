"""What a person asks for on the command line, which goes before what the story says of itself."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from raypipe.errors import InputError
from raypipe.story.model import AspectRatio, Story
from raypipe.story.plan import StoryPlan

_FIXED = {"target_duration": "--duration", "language": "--language", "style": "--style"}
"""What a plan has fixed, and the flag that asks for another."""


@dataclass(frozen=True, slots=True)
class Overrides:
    """Values that replace those of a story or a plan; None leaves them.

    ``target_duration`` is seconds. Neither it nor the language or style can change a plan, whose
    scenes are cut and described already.
    """

    aspect_ratio: AspectRatio | None = None
    target_duration: float | None = None
    language: str | None = None
    style: str | None = None
    voice: str | None = None
    music: str | None = None

    def apply(self, source: Story | StoryPlan) -> Story | StoryPlan:
        """Return ``source`` with these values in it.

        Raises:
            InputError: a length, language or style is asked of a plan, which has fixed them.
        """
        given = {name: value for name, value in asdict(self).items() if value is not None}
        if not given:
            return source
        if isinstance(source, Story):
            metadata = source.metadata.model_copy(update=given)
            return source.model_copy(update={"metadata": metadata})
        for name, flag in _FIXED.items():
            if name in given:
                fixed = getattr(source, name)
                raise InputError(
                    f"a plan has its {name} already, {fixed!r}, got {given[name]!r}",
                    remedy="plan the story again with that flag, or edit the plan",
                    where=flag,
                )
        return source.model_copy(update=given)
