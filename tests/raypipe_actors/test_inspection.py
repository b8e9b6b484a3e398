from __future__ import annotations

import numpy as np
import pytest

from raypipe.encode.join import join_video
from raypipe.encode.segment import SegmentEncoder
from raypipe.encode.soundtrack import encode_soundtrack
from raypipe.post.facts import FrameRun
from raypipe.post.runs import Run
from raypipe.spool import Spool
from raypipe.store.content import StoreConfig
from raypipe.timeline.model import (
    KenBurns,
    Rect,
    SegmentSpec,
    TextStyle,
    Timeline,
    TimelineScene,
    Transition,
    VisualLayer,
)
from raypipe_actors.inspection import choose_samples, inspect_story
from raypipe_actors.options import RenderOptions
from raypipe_actors.reading import ReadingAhead
from raypipe_actors.rendering import Sample, Segment

FPS = 30
KNOWN = FrameRun(
    np.zeros((1, 3), np.float32), np.zeros((1, 2), np.float32), None, None, interlaced=False
)


def segments(*lengths: int) -> list[SegmentSpec]:
    whole = Rect(0, 0, 1, 1)
    specs, start = [], 0
    for index, length in enumerate(lengths):
        scene = TimelineScene(
            scene_id=f"scene_{index}",
            start_frame=start,
            end_frame=start + length,
            visual=VisualLayer(f"picture_{index}", KenBurns(whole, whole)),
            texts=(),
            audio=None,
            transition_out=Transition(),
        )
        specs.append(SegmentSpec(index, 64, 64, FPS, start, 0, length, scene, None))
        start += length
    return specs


@pytest.mark.parametrize(
    ("seconds", "count"), [(0.1, 1), (2, 1), (5, 1), (10, 2), (20, 4), (600, 4)]
)
def test_longer_videos_are_compared_at_more_frames_up_to_four(seconds, count):
    specs = segments(round(seconds * FPS))
    assert len(choose_samples(specs, [Run(0)])) == count


def test_samples_lie_within_their_segments_and_far_apart():
    specs = segments(300, 300, 300)
    found = choose_samples(specs, [Run(spec.start_frame) for spec in specs])
    assert [frame for _, frame in found] == [112, 337, 562, 787]
    for spec, frame in found:
        assert spec.start_frame <= frame < spec.start_frame + spec.frame_count


def test_only_what_was_not_decoded_before_is_compared():
    specs = segments(300, 150, 300)
    runs = [Run(0, KNOWN), Run(300), Run(450, KNOWN)]
    assert choose_samples(specs, runs) == [(specs[1], 375)]


def test_nothing_new_is_compared_with_nothing():
    specs = segments(300)
    assert choose_samples(specs, [Run(0, KNOWN)]) == []


def encoded(level):
    """Return a segment of 30 grey frames that get lighter, and the luma of the middle one."""
    frames = np.full((30, 96, 64), 128, np.uint8)
    frames[:, :64] = (level + np.arange(30))[:, None, None]
    with SegmentEncoder(width=64, height=64, fps=FPS) as encoder:
        encoder.feed(frames)
        return encoder.close(), frames[15, :64]


def test_what_stands_in_the_file_is_believed_only_if_it_was_read(tmp_path):
    """Of two segments that were read ahead, another one has taken the second's place."""
    specs = segments(30, 30)
    timeline = Timeline(64, 64, FPS, tuple(spec.scene for spec in specs))
    config = StoreConfig(url=f"file://{tmp_path}/store")
    options = RenderOptions(
        FPS, "standard", 8_000_000, "card", "silence", "libx264", None, "none",
        captions=False, caption_style=TextStyle(), platforms=(), store=config,
    )  # fmt: skip
    made, spool, readings = [encoded(level) for level in (40, 90, 180)], Spool(), ReadingAhead()
    for index, (data, luma) in enumerate(made[:2]):
        segment = Segment(
            index, spool.put(data), cached=False, encode_s=0.1, attempts=1, sample=Sample(15, luma)
        )
        readings.begin(segment)
    path = tmp_path / "joined.mp4"
    sound = encode_soundtrack(np.zeros((96_000, 2), np.float32))
    join_video([made[0][0], made[2][0]], sound, path, title="x")

    found = inspect_story(path, timeline, options, readings)
    (fidelity,) = (check for check in found.checks if check.name == "fidelity")
    assert fidelity.ok
    assert fidelity.detail == "frame 15, worst of 1"
    assert sorted(found.facts.video.runs) == [0, 30]
    assert found.facts.video.runs[30].first.mean() == pytest.approx(180, abs=3)
