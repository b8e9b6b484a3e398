"""What an image engine is asked for, and what it gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from raypipe.errors import RenderError
from raypipe.store.keys import UNLESS_DEFAULT
from raypipe.timeline.model import Rect

type_uint8 = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class SceneFacts:
    """What is to be seen, as data, for engines that draw rather than dream.

    The literals are those of `raypipe.story.plan`. ``characters`` are (name, kind, look).
    ``story_seed`` is the same for all scenes of a story, so that they are of a piece.
    """

    text: str
    title: str = ""
    genre: str = ""
    language: str = "en"
    mood: str = "calm"
    setting: str = "field"
    hour: str = "day"
    weather: str = "clear"
    subjects: tuple[str, ...] = ()
    characters: tuple[tuple[str, str, str], ...] = ()
    actions: tuple[str, ...] = ()
    story_seed: int = 0
    scene_index: int = 0
    scene_count: int = 1


WHOLE = Rect(0.0, 0.0, 1.0, 1.0)
"""All of a picture."""


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """One picture, ``width`` x ``height`` pixels. The same request gives the same picture.

    ``safe`` is the part that every frame cut from the picture shows: an engine that can should
    keep there what matters, and fill the rest with more of the place.
    """

    prompt: str
    negative_prompt: str
    width: int
    height: int
    seed: int
    scene: SceneFacts
    safe: Rect = field(default=WHOLE, metadata=UNLESS_DEFAULT)


class ImageEngine(Protocol):
    """Draws pictures. Constructed warm: weights are loaded and tried in ``__init__``."""

    name: str
    """As chosen in the settings, such as ``storybook`` or ``diffusers:/models/sd15``."""
    revision: str
    """Changes whenever the same request could give another picture; part of the cache key."""
    max_batch: int
    """How many requests of equal size one call of `generate` takes with profit."""

    def generate(self, requests: Sequence[ImageRequest]) -> list[type_uint8]:
        """Draw each request.

        Returns:
            For each request an array uint8 (height, width, 3), RGB, C-contiguous, of exactly the
            size that was asked for.

        Raises:
            GenerationError: may succeed when tried again.
            EngineError: will not.
        """
        ...

    def close(self) -> None:
        """Free what the engine holds. May be called twice."""
        ...


@runtime_checkable
class KnowsFigures(Protocol):
    """An engine that knows where in its pictures the people are, and need not have it guessed."""

    def focus_of(self, request: ImageRequest) -> Rect | None:
        """Return what a camera must keep in view of a request's picture, None if it can't say.

        Returns:
            Fractions of the picture.
        """
        ...


@runtime_checkable
class TellsLimits(Protocol):
    """An engine that may not follow all of a request, and says so."""

    def notes_on(self, request: ImageRequest) -> tuple[str, ...]:
        """Return what of a request its picture leaves out, a sentence each without a full stop."""
        ...


def check_picture(picture: type_uint8, *, width: int, height: int) -> type_uint8:
    """Return ``picture`` if it is uint8 (height, width, 3), else raise `RenderError`."""
    if picture.dtype != np.uint8 or picture.shape != (height, width, 3):
        raise RenderError(
            f"expected a picture uint8 ({height}, {width}, 3), got {picture.dtype} {picture.shape}"
        )
    return picture
