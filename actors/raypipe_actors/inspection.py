"""Reading the finished file back: every coded frame is decoded once in its life.

Segments are bit-identical from run to run, and so is the file that is joined of them. Findings
are kept under the file's own SHA-256, so that a cached story is checked without decoding it again;
and those of each segment under that of its coded frames, as they stand in the finished file, so
that of an edited story only the new ones are decoded. Those were read ahead, as a rule, while
others were still encoded (`raypipe_actors.reading`); what the finished file says otherwise, or a
segment whose findings have gone from the store, is decoded here.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from raypipe.errors import QualityError, StorageError
from raypipe.post.boxes import Box, ContainerFacts
from raypipe.post.checks.model import Check
from raypipe.post.checks.rendering import check_render, compare_frames
from raypipe.post.facts import (
    AudioStreamFacts,
    ColourTags,
    FrameCurves,
    VideoFacts,
    VideoStreamFacts,
)
from raypipe.post.inspect import inspect_video
from raypipe.post.runs import Run, pack_run, run_digests, unpack_run
from raypipe.post.sound_run import SoundRun
from raypipe.store.content import ContentStore
from raypipe.store.keys import code_revision, content_key
from raypipe.store.products import get_picture
from raypipe.timeline.model import SegmentSpec, Timeline
from raypipe.timeline.segments import split_timeline
from raypipe_actors.keeping import try_to_keep
from raypipe_actors.options import RenderOptions
from raypipe_actors.reading import ReadingAhead

Luma = npt.NDArray[np.uint8]

_SAMPLES = 4
_SAMPLE_EVERY_S = 5
"""Of what is decoded here, at most ``_SAMPLES`` frames are composed again and compared: one for
each ``_SAMPLE_EVERY_S`` seconds, and at least one. To compose one takes 0.1 s."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found in a finished file, and how that compares with its timeline.

    Found again in the store, ``facts`` has no per-frame curves: they have served their purpose.
    """

    facts: VideoFacts
    checks: tuple[Check, ...]


def inspect_story(
    path: Path, timeline: Timeline, options: RenderOptions, readings: ReadingAhead
) -> Inspection:
    """Read all of ``path``, unless this very file was read before.

    Args:
        path: the finished file.
        timeline: what it should show.
        options: what it was rendered with.
        readings: of segments that were made for it; those that go on are waited for.

    Raises:
        QualityError: it is no video at all.
    """
    store = ContentStore(options.store)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    key = content_key(
        "sheet",
        file=digest,
        timeline=timeline,
        max_bitrate=options.max_bitrate,
        quality=options.quality,
        code=code_revision("raypipe.post", "raypipe.picture", "raypipe.text", "raypipe.libav"),
    )
    entry = store.get(key)
    if entry is not None:
        readings.drop()
        return _unpack(entry.header)
    specs = split_timeline(timeline)
    found_runs, sound = _find_runs(path, specs, store, readings)
    runs = found_runs.runs
    samples = choose_samples(specs, runs)
    keep = [frame for _, frame in samples]
    with ThreadPoolExecutor(1, thread_name_prefix="raypipe-compose") as beside:
        composing = beside.submit(_compose_luma, samples, timeline.height, store)
        facts = inspect_video(path, keep=keep, threads=os.cpu_count() or 1, runs=runs, sound=sound)
        likeness = dict(found_runs.likeness)
        if facts.video is not None:
            likeness |= compare_frames(facts.video, composing.result())
    checks = check_render(
        facts,
        timeline,
        joins={spec.start_frame for spec in specs},
        likeness=likeness,
        max_bitrate=options.max_bitrate,
        draft=options.quality == "draft",
    )
    found = Inspection(facts, checks)
    if not facts.decode_errors:
        _keep_runs(facts, found_runs, store)
        try_to_keep(store.put, key, b"", _pack(found))
    return found


@dataclass(frozen=True, slots=True)
class _FoundRuns:
    """The segments in a file with what is known of each, and their ``keys`` in the store.

    Those at ``kept`` are there. ``likeness`` is that of samples, by frame of the video.
    """

    runs: tuple[Run, ...] = ()
    keys: tuple[str, ...] = ()
    kept: frozenset[str] = frozenset()
    likeness: Mapping[int, float] = field(default_factory=dict)


def _find_runs(
    path: Path,
    specs: Sequence[SegmentSpec],
    store: ContentStore,
    readings: ReadingAhead,
) -> tuple[_FoundRuns, SoundRun | None]:
    """Return what is known of the segments in the file by their coded frames, and of its sound.

    None where the file is not what was to be joined; it is then read as a whole.
    """
    starts = [spec.start_frame for spec in specs]
    try:
        digests = run_digests(path, starts)
    except QualityError:
        return _FoundRuns(), readings.finish().sound
    found = readings.finish()
    code = code_revision("raypipe.post.pictures", "raypipe.post.runs", "raypipe.libav")
    keys = tuple(content_key("sheet", frames=digest, code=code) for digest in digests)
    runs, kept, likeness = [], set(), {}
    for start, digest, key in zip(starts, digests, keys, strict=True):
        reading = found.segments.get(digest)
        if reading is not None:
            runs.append(Run(start, reading.frames))
            likeness[start + reading.sample_frame] = reading.likeness
            continue
        entry = store.get(key)
        if entry is not None:
            kept.add(key)
        runs.append(Run(start, unpack_run(entry.payload, entry.header) if entry else None))
    return _FoundRuns(tuple(runs), keys, frozenset(kept), likeness), found.sound


def _keep_runs(facts: VideoFacts, found: _FoundRuns, store: ContentStore) -> None:
    for run, key in zip(found.runs, found.keys, strict=True):
        if key not in found.kept and facts.video is not None:
            try_to_keep(store.put, key, *pack_run(facts.video.runs[run.start]))


def choose_samples(
    specs: Sequence[SegmentSpec], runs: Sequence[Run]
) -> list[tuple[SegmentSpec, int]]:
    """Return the frames to compare, evenly spread over what is not known, with their segments."""
    known = {run.start for run in runs if run.known is not None}
    fresh = [
        (spec, frame)
        for spec in specs
        if spec.start_frame not in known
        for frame in range(spec.start_frame, spec.start_frame + spec.frame_count)
    ]
    if not fresh:
        return []
    seconds = len(fresh) / specs[0].fps
    count = min(max(1, round(seconds / _SAMPLE_EVERY_S)), _SAMPLES)
    return [fresh[(2 * index + 1) * len(fresh) // (2 * count)] for index in range(count)]


def _compose_luma(
    samples: Sequence[tuple[SegmentSpec, int]], height: int, store: ContentStore
) -> dict[int, Luma]:
    """Compose single frames again; none where a node's store cannot be seen from here."""
    # With a compiler: imported only where frames are made.
    from raypipe.picture.compose import compose_segment

    composed: dict[int, Luma] = {}
    for spec, frame in samples:
        pictures = {
            scene.visual.image_key: picture
            for scene in spec.shown
            if (picture := _kept_picture(store, scene.visual.image_key)) is not None
        }
        if len(pictures) < len({scene.visual.image_key for scene in spec.shown}):
            continue
        first = spec.first_frame + frame - spec.start_frame
        single = replace(spec, start_frame=frame, first_frame=first, frame_count=1)
        (chunk,) = compose_segment(single, pictures, chunk_frames=1)
        composed[frame] = chunk[0, :height]
    return composed


def _kept_picture(store: ContentStore, key: str) -> npt.NDArray[np.uint8] | None:
    try:
        found = get_picture(store, key)
    except StorageError:
        return None
    return None if found is None else found[0]


def _no_curves() -> FrameCurves:
    none = np.zeros(0, np.float32)
    return FrameCurves(luma=none, dark_share=none, change=none, sharpness=none.reshape(0, 2))


def _pack(found: Inspection) -> dict[str, Any]:
    facts = found.facts
    if facts.video is not None:
        facts = replace(facts, video=replace(facts.video, curves=_no_curves(), kept={}, runs={}))
    plain = asdict(facts)
    if facts.video is not None:
        for name in ("curves", "kept", "runs"):
            del plain["video"][name]
        plain["video"]["fps"] = str(facts.video.fps)
    return {"facts": plain, "checks": [asdict(check) for check in found.checks]}


def _unpack(header: dict[str, Any]) -> Inspection:
    plain = header["facts"]
    video, audio, container = plain["video"], plain["audio"], plain["container"]
    container["boxes"] = tuple(Box(**box) for box in container["boxes"])
    if video is not None:
        video = VideoStreamFacts(
            **{
                **video,
                "colour": ColourTags(**video["colour"]),
                "fps": Fraction(video["fps"]),
                "keyframes": tuple(video["keyframes"]),
                "open_keyframes": tuple(video["open_keyframes"]),
                "curves": _no_curves(),
            }
        )
    facts = VideoFacts(
        **{
            **plain,
            "container": ContainerFacts(**container),
            "video": video,
            "audio": None if audio is None else AudioStreamFacts(**audio),
            "decode_errors": tuple(plain["decode_errors"]),
        }
    )
    return Inspection(facts, tuple(Check(**check) for check in header["checks"]))
