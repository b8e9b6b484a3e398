"""The story as it arrives: validated, frozen, nothing unknown in it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

AspectRatio = Literal["9:16", "1:1", "16:9", "4:5"]

LanguageTag = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
"""A language as BCP 47 writes it, such as ``en`` or ``pt-BR``."""

FRAME_SIZES: dict[AspectRatio, tuple[int, int]] = {
    "9:16": (1080, 1920),
    "1:1": (1080, 1080),
    "16:9": (1920, 1080),
    "4:5": (1080, 1350),
}
"""Width and height in pixels of the finished picture."""

DRAFT_SIZES: dict[AspectRatio, tuple[int, int]] = {
    "9:16": (540, 960),
    "1:1": (540, 540),
    "16:9": (960, 540),
    "4:5": (540, 676),
}
"""The same at draft quality: half the size, in even numbers."""

PREVIEW_SIZES: dict[AspectRatio, tuple[int, int]] = {
    "9:16": (270, 480),
    "1:1": (270, 270),
    "16:9": (480, 270),
    "4:5": (270, 338),
}
"""The same in a preview: a quarter of the size."""


def frame_size(
    aspect_ratio: AspectRatio, quality: str, *, preview: bool = False
) -> tuple[int, int]:
    """Return width and height in pixels of the finished picture at ``quality``."""
    if preview:
        return PREVIEW_SIZES[aspect_ratio]
    return (DRAFT_SIZES if quality == "draft" else FRAME_SIZES)[aspect_ratio]


StoryId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]


class StoryMetadata(BaseModel):
    """What the author says about the story. Durations are seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    genre: str = Field(default="", max_length=64)
    target_duration: float | None = Field(default=None, ge=5, le=600, allow_inf_nan=False)
    aspect_ratio: AspectRatio | None = None
    language: LanguageTag | None = None
    style: str | None = Field(default=None, max_length=500)
    voice: str | None = Field(default=None, max_length=200)
    music: str | None = Field(default=None, max_length=1000)
    characters: dict[str, str] = Field(default_factory=dict, max_length=50)
    seed: int | None = Field(default=None, ge=0, le=2**32 - 1)


class Story(BaseModel):
    """One written story."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    story_id: StoryId
    title: str = Field(min_length=1, max_length=200)
    content: str = Field(min_length=1, max_length=200_000)
    metadata: StoryMetadata = Field(default_factory=StoryMetadata)
