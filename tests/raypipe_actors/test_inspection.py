from __future__ import annotations

import numpy as np
import pytest

from raypipe.post.facts import FrameRun
from raypipe.post.runs import Run
from raypipe.timeline.model import (
    KenBurns,
    Rect,
    SegmentSpec,
    TimelineScene,
    Transition,
    VisualLayer,
)
from raypipe_actors.inspection import choose_samples

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
