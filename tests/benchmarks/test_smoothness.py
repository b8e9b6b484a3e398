import numpy as np
import pytest
from peers.smoothness import Path2D, displacement, ideal_luma, jitter, movement
from peers.storyboard import HEIGHT, WIDTH, dots_chart

from raypipe.picture.colour import rgb_to_yuv
from raypipe.timeline.model import Rect

CROP = Rect(0.1, 0.1, 0.85, 0.85)


@pytest.fixture(scope="module")
def luma():
    return np.ascontiguousarray(rgb_to_yuv(dots_chart())[..., 0])


@pytest.mark.parametrize("shift", [(0.1, 0.0), (0.5, -0.3), (1.7, 0.8), (-2.2, 2.6)])
def test_finds_a_shift_to_a_thirtieth_of_a_pixel(luma, shift):
    here = ideal_luma(luma, CROP, WIDTH, HEIGHT)
    moved = Rect(
        CROP.x - shift[0] * CROP.width / WIDTH,
        CROP.y - shift[1] * CROP.height / HEIGHT,
        CROP.width,
        CROP.height,
    )
    there = ideal_luma(luma, moved, WIDTH, HEIGHT)
    box = (slice(400, 592), slice(300, 492))
    assert displacement(here[box], there[box]) == pytest.approx(shift, abs=0.035)


def path(error):
    frames = len(error)
    ideal = np.zeros((frames, 5, 2))
    ideal[:, :, 0] = 1.5 * np.arange(frames)[:, None]
    off = np.zeros((frames, 5, 2))
    off[:, :, 0] = np.asarray(error)[:, None]
    return Path2D("scene", ideal, off)


def test_a_constant_offset_is_no_jitter():
    assert jitter([path([0.4] * 30)]) == {"rms_px": 0.0, "max_px": 0.0, "off_px": 0.0}


def test_whole_pixel_steps_are_jitter():
    # A camera that moves by 0, 2, 0, 2 ... pixels where it should move by 1 each frame.
    found = jitter([path([0.5, -0.5] * 15)])
    assert found["rms_px"] == pytest.approx(2.0)
    assert found["max_px"] == pytest.approx(2.0)
    assert found["off_px"] == pytest.approx(0.5)


def test_movement_is_that_of_the_direction_in_which_the_camera_goes():
    ideal, seen = movement(path([0.5, -0.5, 0.5]))
    assert ideal.tolist() == [1.5, 1.5]
    assert seen.tolist() == [0.5, 2.5]
