"""One segment's frames: pictures under a moving camera, effects, transitions, text; all in I420.

A frame depends on its scene, its place in the scene and nothing else: not on the chunk it is sent
in, nor on the segment that it is part of. So segments may be cut anywhere and frames never change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import cv2
import numpy as np

from raypipe.errors import RenderError
from raypipe.picture.camera import Camera
from raypipe.picture.colour import BLACK, WHITE, Plane, check_size, planes_of
from raypipe.picture.effects import EffectChain
from raypipe.picture.overlay import TextPainter
from raypipe.picture.transitions import (
    blend_transition,
    camera_zooms,
    darken,
    text_weights,
    transition_progress,
)
from raypipe.timeline.model import KenBurns, SegmentSpec, TimelineScene


class CameraShelf:
    """Keeps the last few cameras: neighbouring segments often film the same picture.

    To be used only where a picture's key names its content.
    """

    def __init__(self, room: int = 3) -> None:
        self._room = room
        self._cameras: dict[tuple[str, KenBurns, int, int], Camera] = {}

    def get(self, key: str, picture: Plane, motion: KenBurns, *, width: int, height: int) -> Camera:
        """Return the camera for a picture and motion, prepared before or now."""
        name = (key, motion, width, height)
        camera = self._cameras.pop(name, None)
        while camera is None and len(self._cameras) >= self._room:
            self._cameras.pop(next(iter(self._cameras)))
        camera = camera or Camera(picture, motion, width=width, height=height)
        self._cameras[name] = camera
        return camera


class _ScenePainter:
    """Draws one scene without its transition: camera, effects; and, apart from them, its text."""

    def __init__(
        self,
        scene: TimelineScene,
        spec: SegmentSpec,
        pictures: Mapping[str, Plane],
        cameras: CameraShelf,
    ) -> None:
        key = scene.visual.image_key
        if key not in pictures:
            raise RenderError(
                f"expected the picture {key!r}, got {', '.join(map(repr, pictures)) or 'none'}",
                where=scene.scene_id,
            )
        size = {"width": spec.width, "height": spec.height}
        self._last = max(1, (scene.visual.motion_frames or scene.frame_count) - 1)
        self._camera = cameras.get(key, pictures[key], scene.visual.motion, **size)
        self._effects = EffectChain(
            scene.visual.effects, fps=spec.fps, frame_count=scene.frame_count, **size
        )
        self.text = TextPainter(scene.texts, fps=spec.fps, **size)

    def draw(self, first: int, outs: Sequence[Plane], *, zoom: float = 1.0) -> None:
        progress = [(first + index) / self._last for index in range(len(outs))]
        self._camera.draw(progress, [planes_of(out) for out in outs], zoom=zoom)
        for index, out in enumerate(outs):
            self._effects.apply(first + index, out)


class _SegmentPainter:
    """Draws any frame of a segment."""

    def __init__(
        self, spec: SegmentSpec, pictures: Mapping[str, Plane], cameras: CameraShelf
    ) -> None:
        self._spec = spec
        self._transition = spec.scene.transition_out
        self._overlap = 0 if self._transition.kind == "cut" else self._transition.frames
        self._scene = _ScenePainter(spec.scene, spec, pictures, cameras)
        self._following: _ScenePainter | None = None
        shape = (spec.height * 3 // 2, spec.width)
        overlaps = spec.first_frame + spec.frame_count > spec.scene.frame_count - self._overlap
        if overlaps and self._overlap and spec.following is not None:
            self._following = _ScenePainter(spec.following, spec, pictures, cameras)
            self._old, self._new = np.empty(shape, np.uint8), np.empty(shape, np.uint8)

    def draw(self, first: int, chunk: Plane) -> None:
        """Draws scene-local frames from ``first`` on to the I420 frames of a chunk."""
        start = self._spec.scene.frame_count - self._overlap  # of the transition
        plain = min(len(chunk), max(0, start - first))
        self._scene.draw(first, list(chunk[:plain]))
        for index, out in enumerate(chunk):
            frame = first + index
            if index < plain:
                self._scene.text.draw(frame, out)
            elif self._following is None:
                self._fade_away(frame, frame - start, out)
            else:
                self._lead_over(self._following, frame, frame - start, out)

    def _lead_over(self, following: _ScenePainter, frame: int, into: int, out: Plane) -> None:
        """Frame ``into`` of the transition to another scene."""
        progress = transition_progress(into, self._overlap)
        zooms = camera_zooms(self._transition, progress)
        self._scene.draw(frame, [self._old], zoom=zooms[0])
        following.draw(into, [self._new], zoom=zooms[1])
        blend_transition(self._transition, progress, self._old, self._new, out)
        weights = text_weights(progress)
        self._scene.text.draw(frame, out, opacity=weights[0])
        following.text.draw(into, out, opacity=weights[1])

    def _fade_away(self, frame: int, into: int, out: Plane) -> None:
        """The video's last frames: text and picture go together, to plain black or white."""
        self._scene.draw(frame, [out])
        self._scene.text.draw(frame, out)
        left = 1 - (into + 1) / self._overlap
        darken(out, left, BLACK if self._transition.through == "black" else WHITE, out)


def compose_segment(
    spec: SegmentSpec,
    pictures: Mapping[str, Plane],
    *,
    chunk_frames: int = 15,
    cameras: CameraShelf | None = None,
) -> Iterator[Plane]:
    """Draws the frames of a segment, a chunk at a time.

    Args:
        spec: which frames of which scene.
        pictures: uint8 (h, w, 3) sRGB by ``image_key``, for the scene and, where its transition
            falls into the segment, the scene that follows. Never written to.
        chunk_frames: frames a chunk; the last may have fewer. Frames don't depend on it.
        cameras: kept from segment to segment, where keys name content.

    Yields:
        uint8 (n, height * 3 // 2, width): planar I420, BT.709, limited range; each chunk is the
        caller's own.

    Raises:
        RenderError: an odd frame size, a missing or misshapen picture, frames outside the scene,
            an unknown effect, or a transition without a scene to lead to (a fade may end in
            black or white).
    """
    _check(spec, chunk_frames)
    cv2.setNumThreads(1)  # one core a segment: the pool runs as many segments as there are cores
    painter = _SegmentPainter(spec, pictures, cameras or CameraShelf())
    shape = (spec.height * 3 // 2, spec.width)
    end = spec.first_frame + spec.frame_count
    for first in range(spec.first_frame, end, chunk_frames):
        chunk = np.empty((min(chunk_frames, end - first), *shape), np.uint8)
        painter.draw(first, chunk)
        yield chunk


def _check(spec: SegmentSpec, chunk_frames: int) -> None:
    check_size(spec.width, spec.height)
    scene = spec.scene
    end = spec.first_frame + spec.frame_count
    if chunk_frames < 1 or spec.frame_count < 1 or spec.first_frame < 0 or end > scene.frame_count:
        raise RenderError(
            f"expected frames within 0 to {scene.frame_count} in chunks of at least 1, "
            f"got {spec.first_frame} to {end} in chunks of {chunk_frames}",
            where=scene.scene_id,
        )
    transition = scene.transition_out
    if transition.kind == "cut" or not transition.frames:
        return
    longest = min(
        scene.frame_count, spec.following.frame_count if spec.following else transition.frames
    )
    if not 0 < transition.frames <= longest:
        raise RenderError(
            f"expected a transition of 1 to {longest} frames, got {transition.frames}",
            remedy="shorten the transition or lengthen the scene",
            where=scene.scene_id,
        )
    if (
        spec.following is None
        and transition.kind != "fade"
        and end > scene.frame_count - transition.frames
    ):
        raise RenderError(
            f"a {transition.kind} needs a scene to lead to, and none follows",
            remedy="end the last scene with a cut or a fade",
            where=scene.scene_id,
        )
