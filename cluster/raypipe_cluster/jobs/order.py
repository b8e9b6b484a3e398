"""How a story is to be rendered, as a job's options keep it: what differs from the defaults.

Settings of the cluster itself (how many stories at once, where things are kept) are the service's
own. What a person asks for beside the settings (`Overrides`) is written into the story or plan
before it is submitted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from raypipe.errors import SettingsError
from raypipe.settings import Settings

ORDERED_SECTIONS: Final = ("video", "images", "tts", "music", "publishing")
"""The sections of the settings that change a video; the others belong to who renders."""

_MAYBE_FILES: Final = frozenset({"music.default", "video.caption_font", "video.emoji"})
"""Settings that hold a word or a file."""


class JobOrder(BaseModel):
    """What `Submission.options` holds.

    ``settings`` are values by section and name, those of `ORDERED_SECTIONS` that differ from the
    defaults; ``fit`` is as in `raypipe_cluster.app.render`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    settings: dict[str, dict[str, JsonValue]] = {}
    fit: Literal["natural", "condense"] = "natural"

    @classmethod
    def of(cls, settings: Settings, *, fit: Literal["natural", "condense"] = "natural") -> Self:
        """Return the order for ``settings``; its files are named by absolute paths.

        It is carried out in another process, whose working directory is another.
        """
        chosen = settings.model_dump(exclude_defaults=True, include=set(ORDERED_SECTIONS))
        tree = {
            section: {name: _portable(f"{section}.{name}", value) for name, value in values.items()}
            for section, values in chosen.items()
            if values
        }
        return cls(settings=tree, fit=fit)

    @classmethod
    def read(cls, options: Mapping[str, JsonValue]) -> Self:
        """Return the order that a job's ``options`` hold.

        Raises:
            SettingsError: they are those of another version of raypipe, or of no order.
        """
        try:
            return cls.model_validate_json(json.dumps(dict(options)))
        except ValidationError as error:
            raise _not_ours(error) from None

    def options(self) -> dict[str, JsonValue]:
        """Return this as `Submission.options`; equal orders give equal options."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def settings_on(self, own: Settings) -> Settings:
        """Return the settings of this order, with the cluster's ``own`` beside them.

        Raises:
            SettingsError: a value is not one that this version of raypipe knows.
        """
        tree = {name: self.settings.get(name, {}) for name in ORDERED_SECTIONS}
        unknown = set(self.settings) - set(ORDERED_SECTIONS)
        if unknown:
            raise SettingsError(
                f"expected settings of {', '.join(ORDERED_SECTIONS)}, got {', '.join(unknown)}",
                remedy="submit the story again with the raypipe that the cluster runs",
                where="the job's options",
            )
        try:
            ordered = Settings.model_validate_json(json.dumps(tree))
        except ValidationError as error:
            raise _not_ours(error) from None
        return ordered.model_copy(update={"processing": own.processing, "storage": own.storage})


def _portable(key: str, value: Any) -> JsonValue:
    """Return a setting's value as JSON, with absolute paths."""
    if isinstance(value, Path) or (key in _MAYBE_FILES and Path(value).is_file()):
        return str(Path(value).absolute())
    if isinstance(value, dict):
        return {name: _portable(key, part) for name, part in value.items()}
    if isinstance(value, tuple | list):
        return [_portable(key, part) for part in value]
    plain: JsonValue = value
    return plain


def _not_ours(error: ValidationError) -> SettingsError:
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return SettingsError(
        f"expected the options of a job, {place or 'the whole'} is none: {first['msg']}",
        remedy="submit the story again with the raypipe that the cluster runs",
        where="the job's options",
    )
