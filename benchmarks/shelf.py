"""Pictures in the object store for a benchmark, which needs no pool to draw them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt


class Shelf:
    """The pictures of a story, as a `PictureShop` gives them.

    Args:
        pictures: one a scene, uint8 (h, w, 3) RGB.
    """

    def __init__(self, pictures: Iterable[npt.NDArray[np.uint8]]) -> None:
        import ray

        self._refs = [ray.put(picture) for picture in pictures]

    async def reference(self, index: int) -> Any:
        """Return the reference to a scene's picture."""
        return self._refs[index]

    async def renew(self, index: int) -> None:
        """Refuse: nothing is lost in a benchmark."""
        raise SystemExit(f"the picture of scene {index} was lost")
