"""The task that composes a segment's frames and streams them to the render worker beside it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from raypipe.timeline.model import SegmentSpec

CHUNK_FRAMES = 10
"""Frames a chunk: 31 MB at 1080x1920, large enough to hide the object store's latency."""

CHUNKS_AHEAD = 2
"""Chunks that may wait for the encoder. More would only cost memory: the encoder is the limit."""


def compose_frames(
    spec: SegmentSpec, picture_keys: tuple[str, ...], *pictures: npt.NDArray[np.uint8]
) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield the segment's frames in chunks uint8 (n, height * 3 // 2, width), planar I420.

    Args:
        spec: what is seen.
        picture_keys: the content keys of ``pictures``, in their order.
        pictures: arrays uint8 (h, w, 3) RGB, read-only, from the object store.
    """
    from raypipe.picture.compose import (
        compose_segment,
    )  # with a compiler: only where frames are made

    named = dict(zip(picture_keys, pictures, strict=True))
    yield from compose_segment(spec, named, chunk_frames=CHUNK_FRAMES)
