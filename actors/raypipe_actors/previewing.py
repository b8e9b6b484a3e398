"""The segments of a preview: composed and encoded by threads of the caller's process.

They are so small that to start render workers for them, or only to pass their frames through the
object store, takes longer than to make them all. So a preview needs the cluster for pictures and
narration that are not kept, and for nothing else.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping

from raypipe.encode.segment import SegmentEncoder
from raypipe.store.products import Picture
from raypipe.timeline.model import SegmentSpec
from raypipe_actors.keeping import try_to_keep
from raypipe_actors.messages import Encoding
from raypipe_actors.rendering import Segment, SegmentShop


def core_turns() -> asyncio.Semaphore:
    """Return a turn for each core of this machine."""
    return asyncio.Semaphore(os.cpu_count() or 1)


class PreviewShop(SegmentShop):
    """Gets the segments of one story's preview; what else takes a turn has a core to itself."""

    async def _make(self, spec: SegmentSpec, key: str, scenes: tuple[int, ...]) -> Segment:
        async with self._turns:
            began_s = time.perf_counter()
            found = [await self._pictures.array(scene) for scene in scenes]
            pictures = {
                scene.visual.image_key: picture
                for scene, picture in zip(spec.shown, found, strict=True)
            }
            coded = await asyncio.to_thread(film_segment, spec, pictures, self._encoding)
            header = {"frames": spec.frame_count}
            await asyncio.to_thread(try_to_keep, self._store.put, key, coded, header)
            data = await asyncio.to_thread(self._spool.put, coded)
        self._on_frames(spec.index, spec.frame_count)
        spent_s = time.perf_counter() - began_s
        return Segment(spec.index, data, cached=False, encode_s=spent_s, attempts=1)

    async def watch(self) -> None:
        """Tell nothing: a segment takes a fraction of a second, and is told of when it is there."""


def film_segment(spec: SegmentSpec, pictures: Mapping[str, Picture], encoding: Encoding) -> bytes:
    """Compose and encode a segment; return it as `SegmentEncoder.close` does.

    Args:
        spec: what is seen.
        pictures: uint8 (h, w, 3) RGB by their content keys.
        encoding: with what.

    Raises:
        RenderError: the specification is wrong, or the encoder failed.
    """
    from raypipe.picture.compose import compose_segment

    with SegmentEncoder(
        width=spec.width,
        height=spec.height,
        fps=spec.fps,
        encoder=encoding.encoder,
        quality=encoding.quality,
        max_bitrate=encoding.max_bitrate,
    ) as encoder:
        for frames in compose_segment(spec, pictures):
            encoder.feed(frames)
        return encoder.close()
