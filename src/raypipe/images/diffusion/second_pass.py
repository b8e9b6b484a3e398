"""Drawing a picture again at a higher resolution, so that detail is invented and not smeared.

The first picture, enlarged, is covered with a little noise and drawn on from there (image to
image). What remains to the size of the frame is one Lanczos scaling, as without it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from raypipe.errors import EngineUnavailableError
from raypipe.images.diffusion.families import Family

if TYPE_CHECKING:
    import torch

MAX_FACTOR = 2.0
"""Beyond twice the native side a model begins to draw things twice even from a picture."""
MIN_FACTOR = 1.15
"""Less than this is not worth a second pass."""


def second_size(
    family: Family, native: tuple[int, int], *, factor: float
) -> tuple[int, int] | None:
    """Return the (width, height) of the second pass, None if the frame is hardly larger.

    Args:
        family: of the model; its multiple divides both sides.
        native: size of the first pass.
        factor: how much larger the frame is. The second pass is at most `MAX_FACTOR` as large.
    """
    factor = min(MAX_FACTOR, factor)
    if factor < MIN_FACTOR:
        return None
    step = family.multiple_px
    wide, tall = (int(side * factor) // step * step for side in native)
    return (wide, tall) if wide * tall > native[0] * native[1] else None


def open_second_pass(pipeline: Any) -> Any:
    """Return an image-to-image pipeline of the same weights.

    Raises:
        EngineUnavailableError: the family has none.
    """
    from diffusers import AutoPipelineForImage2Image

    try:
        second = AutoPipelineForImage2Image.from_pipe(pipeline)
    except ValueError:
        raise EngineUnavailableError(
            f"{type(pipeline).__name__} cannot draw a picture a second time",
            remedy="leave second_pass out",
            where="second_pass",
        ) from None
    second.set_progress_bar_config(disable=True)
    return second


def enlarge(images: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Return images, float (n, 3, h, w) of 0 to 1, at ``size`` (width, height), cubic."""
    import torch

    large = torch.nn.functional.interpolate(
        images.float(), size=size[::-1], mode="bicubic", antialias=True
    )
    return large.clamp(0, 1).to(images.dtype)


def steps_for(steps: int | None, strength: float) -> int:
    """Return the steps to ask for, of which ``strength`` are taken, so that it is one at least."""
    return max(steps or 0, math.ceil(1 / strength + 1e-6))
