import cv2
import numpy as np
import pytest

from raypipe.timeline.model import (
    KenBurns,
    Rect,
    SegmentSpec,
    TimelineScene,
    Transition,
    VisualLayer,
)

WIDTH, HEIGHT = 180, 320
WHOLE = Rect(0.0, 0.0, 1.0, 1.0)


def draw_picture(seed, width=270, height=480):
    """A smooth ground with hard-edged discs: soft and sharp parts, every hue."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    picture = np.stack([90 + 120 * x, 60 + 150 * y, 200 - 120 * x * y], axis=2).astype(np.uint8)
    for _ in range(25):
        centre = (int(rng.integers(width)), int(rng.integers(height)))
        colour = tuple(int(value) for value in rng.integers(0, 255, 3))
        cv2.circle(picture, centre, int(rng.integers(4, 40)), colour, -1, cv2.LINE_AA)
    picture.flags.writeable = False
    return picture


@pytest.fixture(scope="session")
def pictures():
    return {"a": draw_picture(1), "b": draw_picture(2)}


@pytest.fixture
def make_scene():
    def make(name="s1", key="a", *, frames=60, texts=(), effects=(), motion=None, **transition):
        motion = motion or KenBurns(WHOLE, Rect(0.05, 0.03, 0.9, 0.9))
        visual = VisualLayer(key, motion, effects)
        return TimelineScene(name, 0, frames, visual, texts, None, Transition(**transition))

    return make


@pytest.fixture
def make_spec():
    def make(scene, following=None, *, first=0, count=None, size=(WIDTH, HEIGHT)):
        count = scene.frame_count - first if count is None else count
        return SegmentSpec(0, size[0], size[1], 30, 0, first, count, scene, following)

    return make
