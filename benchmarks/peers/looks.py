"""Whether a contestant's video shows what the storyboard says: frames, size, and the pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from peers.storyboard import read_picture, read_timeline

from raypipe.picture.compose import compose_segment
from raypipe.post.pictures import structural_similarity
from raypipe.timeline.model import Timeline
from raypipe.timeline.segments import split_timeline

Frame = npt.NDArray[np.uint8]

MIN_SIMILARITY = 0.7
"""Below, it is another picture, of which those of one story have 0.58 to 0.63, or one that stands
elsewhere by some pixels. Two pixels, by which zoompan jumps, leave 0.76 to 0.83, and coding then
0.73."""


class WrongVideoError(Exception):
    """A contestant's video is not the storyboard's."""


@dataclass(frozen=True, slots=True)
class Looks:
    """What was found in a video; ``similarity`` is the mean SSIM of luma in the scenes' middles."""

    frames: int
    bit_rate: int
    similarity: float


def frames_of(path: Path) -> Iterator[Frame]:
    """Decode a video to planar I420 frames uint8 (h * 3 // 2, w)."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield np.asarray(frame.to_ndarray(format="yuv420p"), np.uint8)


def composed(folder: Path, timeline: Timeline, frame: int) -> Frame:
    """Return frame ``frame`` of the whole video as raypipe composes it, before encoding."""
    spec = next(
        spec
        for spec in split_timeline(timeline)
        if spec.start_frame <= frame < spec.start_frame + spec.frame_count
    )
    keys = [scene.visual.image_key for scene in spec.shown]
    pictures = {key: read_picture(folder, key) for key in keys}
    for chunk in compose_segment(spec, pictures, chunk_frames=spec.frame_count):
        return chunk[frame - spec.start_frame]
    raise AssertionError("unreachable: a segment has at least one frame")


def middles(timeline: Timeline) -> tuple[int, ...]:
    """Return the frame in the middle of each scene, where it is seen alone."""
    found = []
    overlap = 0
    for scene in timeline.scenes:
        alone = scene.end_frame - scene.transition_out.frames
        found.append((scene.start_frame + overlap + alone) // 2)
        overlap = scene.transition_out.frames
    return tuple(found)


def reference_frames(folder: Path) -> dict[int, Frame]:
    """Return what each scene's middle should look like, by frame."""
    timeline = read_timeline(folder)
    return {frame: composed(folder, timeline, frame) for frame in middles(timeline)}


def check(path: Path, timeline: Timeline, expected: dict[int, Frame]) -> Looks:
    """Decode all of a video and hold its scenes' middles against ``expected``.

    Raises:
        WrongVideoError: other frames, another size or another picture than the storyboard's.
    """
    count = 0
    scores = []
    shape = (timeline.height * 3 // 2, timeline.width)
    for index, frame in enumerate(frames_of(path)):
        count += 1
        if frame.shape != shape:
            raise WrongVideoError(f"expected frames of {shape}, got {frame.shape} in {path.name}")
        if index in expected:
            rows = timeline.height
            scores.append(structural_similarity(expected[index][:rows], frame[:rows]))
    if count != timeline.frame_count:
        raise WrongVideoError(f"expected {timeline.frame_count} frames, got {count} in {path.name}")
    similarity = float(np.mean(scores))
    if min(scores) < MIN_SIMILARITY:
        raise WrongVideoError(
            f"expected the storyboard's pictures (SSIM {MIN_SIMILARITY}), got "
            f"{[round(score, 3) for score in scores]} in {path.name}"
        )
    bits = path.stat().st_size * 8
    return Looks(count, round(bits * timeline.fps / count), round(similarity, 4))
