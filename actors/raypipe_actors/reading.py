"""What was made is read back while the rest is made, so that the finished file is soon checked.

Every segment that was made now is decoded once, and one frame of it compared with what was
composed; so is the soundtrack, and measured. What is found is named by the coded frames
themselves: where the finished file has the same, byte for byte, it holds for that too.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from raypipe.errors import QualityError
from raypipe.post.facts import FrameRun
from raypipe.post.pictures import structural_similarity
from raypipe.post.runs import read_run
from raypipe.post.sound_run import SoundRun, read_sound
from raypipe.spool import Spooled, let_go
from raypipe_actors.rendering import Sample, Segment


@dataclass(frozen=True, slots=True)
class Reading:
    """What a segment without damage told; ``likeness`` is the SSIM of its ``sample_frame``."""

    digest: str
    frames: FrameRun
    sample_frame: int
    likeness: float


@dataclass(frozen=True, slots=True)
class Readings:
    """What was read ahead: ``segments`` by the digest of their coded frames, and the sound."""

    segments: Mapping[str, Reading]
    sound: SoundRun | None = None


class ReadingAhead:
    """Reads the segments and the sound of one story back, each in a thread, a core each."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="raypipe-read")
        self._readings: list[Future[Reading | None]] = []
        self._sound: Future[SoundRun | None] | None = None

    def begin(self, segment: Segment) -> Segment:
        """Begin with ``segment`` and return it without its sample, which is needed no more.

        Of what was kept, the findings were too.
        """
        if segment.sample is None:
            return segment
        self._readings.append(self._threads.submit(_read, segment.data, segment.sample))
        return replace(segment, sample=None)

    def begin_sound(self, soundtrack: Spooled) -> None:
        """Begin with the sound of the whole video."""
        self._sound = self._threads.submit(_read_sound, soundtrack)

    def finish(self) -> Readings:
        """Wait for what was begun, and return it.

        What could not be read is left out: it is found to be broken in the finished file.
        """
        with self._threads:
            found = [reading.result() for reading in self._readings]
        return Readings(
            {reading.digest: reading for reading in found if reading is not None},
            self._sound.result() if self._sound is not None else None,
        )

    def drop(self) -> None:
        """Begin with nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _read(data: Spooled, sample: Sample) -> Reading | None:
    try:
        digest, run = read_run(data, keep=[sample.frame])
    except QualityError:
        return None
    shown = run.kept.get(sample.frame)
    if run.faults or shown is None or shown.shape != sample.luma.shape:
        return None
    likeness = structural_similarity(sample.luma, shown)
    let_go(sample.luma)
    return Reading(digest, run.frames, sample.frame, likeness)


def _read_sound(soundtrack: Spooled) -> SoundRun | None:
    try:
        return read_sound(soundtrack)
    except QualityError:
        return None
