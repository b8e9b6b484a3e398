"""The actor that composes segments' frames and streams them to the render worker beside it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from raypipe.timeline.model import (
    KenBurns,
    Rect,
    SegmentSpec,
    TextLayer,
    TextStyle,
    TimelineScene,
    Transition,
    VisualLayer,
)
from raypipe_actors.stops import Stops

CHUNK_FRAMES = 6
"""Frames a chunk: 19 MB at 1080x1920, large enough to hide the object store's latency."""

CHUNKS_AHEAD = 2
"""Chunks that may wait for the encoder. More would only cost memory: the encoder is the limit."""


class Composer:
    """Composes one segment after the other, in a process that stays.

    Not a task: Ray ends the idle processes of a job whose driver is gone, and on a cluster that
    outlives its stories each task would wait for a new one, which takes longer than composing.
    """

    def __init__(self) -> None:
        from raypipe.picture.compose import CameraShelf

        self._cameras = CameraShelf()
        self._stops = Stops()
        whole = Rect(0, 0, 1, 1)
        scene = TimelineScene(
            scene_id="warm-up",
            start_frame=0,
            end_frame=1,
            visual=VisualLayer("warm-up", KenBurns(whole, whole)),
            texts=(TextLayer("a", 0, 1, TextStyle()),),
            audio=None,
            transition_out=Transition(),
        )
        for _ in self.compose(
            SegmentSpec(0, 64, 64, 30, 0, 0, 1, scene, None),
            ("warm-up",),
            np.zeros((64, 64, 3), np.uint8),
        ):
            pass  # fonts are found, and loops compiled, before the first story needs them

    def compose(
        self,
        spec: SegmentSpec,
        picture_keys: tuple[str, ...],
        *pictures: npt.NDArray[np.uint8],
        call: str = "",
    ) -> Iterator[npt.NDArray[np.uint8]]:
        """Yield the segment's frames in chunks uint8 (n, height * 3 // 2, width), planar I420.

        Args:
            spec: what is seen.
            call: a name by which this stream can be told to `stop`.
            picture_keys: the content keys of ``pictures``, in their order.
            pictures: arrays uint8 (h, w, 3) RGB, read-only, from the object store.
        """
        from raypipe.picture.compose import compose_segment

        named = dict(zip(picture_keys, pictures, strict=True))
        try:
            for chunk in compose_segment(
                spec, named, chunk_frames=CHUNK_FRAMES, cameras=self._cameras
            ):
                if self._stops.is_told(call):
                    return
                yield chunk
        finally:
            self._stops.end(call)

    @ray.method(concurrency_group="control")
    def stop(self, call: str) -> None:
        """End the stream of that name at its next chunk."""
        self._stops.tell(call)


def start_composer() -> Any:
    """Start a composer on this node, for frames are too many to cross a network.

    It belongs to the calling process and ends with it. The caller's share of the CPUs is for both:
    a composer that had to find its own might wait for ever on a full node.
    """
    return (
        # Ray's annotations do not know concurrency groups, its documentation does.
        ray.remote(concurrency_groups={"control": 1})(Composer)  # type: ignore[call-overload]
        .options(
            num_cpus=0,
            max_restarts=0,
            scheduling_strategy=NodeAffinitySchedulingStrategy(
                ray.get_runtime_context().get_node_id(), soft=True
            ),
        )
        .remote()
    )


class FrameStream:
    """References to a segment's chunks of frames, as its composer makes them.

    Args:
        composer: as `start_composer` gave it.
        spec: what is seen.
        pictures: (content key, reference) of what it shows.
    """

    def __init__(
        self, composer: Any, spec: SegmentSpec, pictures: tuple[tuple[str, Any], ...]
    ) -> None:
        self._composer, self._call = composer, secrets.token_hex(4)
        self._refs: Iterator[Any] = composer.compose.options(
            name=f"frames:{spec.scene.scene_id}",
            num_returns="streaming",
            _generator_backpressure_num_objects=CHUNKS_AHEAD,
        ).remote(
            spec, tuple(key for key, _ in pictures), *(ref for _, ref in pictures), call=self._call
        )

    def __iter__(self) -> Iterator[Any]:
        return self._refs

    def stop(self) -> None:
        """Have the composer end this stream, of which nothing more will be taken."""
        self._composer.stop.remote(self._call)
        self._refs = iter(())  # a stream without a reader holds its composer back no longer
