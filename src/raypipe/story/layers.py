"""What a plan may say of a scene's layers: effects, camera, further texts, how it gives way.

All of it is optional. What a plan leaves out is chosen by `raypipe.story.dressing`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from raypipe.timeline.model import Colour, TextAnimation, TextPosition, TextWeight

SceneEffect = Literal["ken_burns", "fade_in", "fade_out", "vignette", "grain", "light_leak"]
"""What is done to a scene's picture; ``ken_burns`` is the moving camera."""

CameraMove = Literal["in", "out", "left", "right", "up", "down"]

HexColour = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]
"""sRGB as in a style sheet: ``#ffd70a``."""


class SceneText(BaseModel):
    """A text over a scene, beside its captions.

    ``size`` and ``outline`` are pixels of a frame whose shorter side has 1080. ``start`` and
    ``end`` are seconds of the scene; without an end, the text stays to the scene's own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    content: str = Field(min_length=1, max_length=2000)
    position: TextPosition = "center"
    font: str = Field(default="sans", min_length=1, max_length=1000)
    weight: TextWeight = "heavy"
    size: int = Field(default=84, ge=12, le=400)
    colour: HexColour = "#ffffff"
    outline: int = Field(default=5, ge=0, le=40)
    outline_colour: HexColour = "#000000"
    shadow: bool = True
    box: bool = False
    animation: TextAnimation = "fade_in"
    start: float = Field(default=0.0, ge=0, le=600, allow_inf_nan=False)
    end: float | None = Field(default=None, gt=0, le=600, allow_inf_nan=False)


def read_colour(code: str) -> Colour:
    """Return the colour of a ``#rrggbb`` code."""
    red, green, blue = bytes.fromhex(code.removeprefix("#"))
    return red, green, blue
