import cv2
import numpy as np
import pytest

from raypipe.errors import RenderError
from raypipe.picture.focus import find_focus, saliency_map


def centre(rect):
    return rect.x + rect.width / 2, rect.y + rect.height / 2


def scene_with(place, size=(540, 960), colour=(220, 60, 40)):
    """A soft ground with one figure: a face-like disc with features on a body."""
    width, height = size
    y = np.linspace(0, 1, height)[:, None, None]
    ground = np.broadcast_to((1 - y) * (120, 160, 210) + y * (60, 90, 60), (height, width, 3))
    picture = np.ascontiguousarray(ground, np.uint8)
    x, y = int(place[0] * width), int(place[1] * height)
    side = min(width, height) // 8
    cv2.rectangle(picture, (x - side, y), (x + side, y + 2 * side), colour, -1)
    cv2.circle(picture, (x, y), side, (230, 190, 160), -1)
    for dx in (-side // 3, side // 3):
        cv2.circle(picture, (x + dx, y), side // 6, (20, 20, 20), -1)
    return picture


@pytest.mark.parametrize("place", [(0.3, 0.35), (0.7, 0.3), (0.5, 0.6), (0.25, 0.65)])
@pytest.mark.parametrize("size", [(540, 960), (960, 540), (600, 600)])
def test_the_figure_is_found(place, size):
    focus = find_focus(scene_with(place, size))
    x, y = centre(focus)

    assert x == pytest.approx(place[0], abs=0.12)
    assert y == pytest.approx(place[1] + 0.05, abs=0.14)
    assert focus.y <= place[1] - 0.02
    assert 0.1 < focus.width < 0.7


def test_a_plain_picture_has_its_focus_in_the_middle():
    x, y = centre(find_focus(np.full((90, 160, 3), 77, np.uint8)))

    assert x == pytest.approx(0.5, abs=0.03)
    assert y == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (3000, 2)])
def test_any_size_has_a_focus_inside_it(size):
    rng = np.random.default_rng(5)
    focus = find_focus(rng.integers(0, 255, (*size, 3), dtype=np.uint8))

    assert 0 <= focus.x < focus.x + focus.width <= 1 + 1e-9
    assert 0 <= focus.y < focus.y + focus.height <= 1 + 1e-9


def test_saliency_is_a_distribution():
    saliency = saliency_map(scene_with((0.4, 0.4)))

    assert saliency.dtype == np.float32
    assert max(saliency.shape) == 96
    assert saliency.min() >= 0
    assert saliency.sum() == pytest.approx(1, abs=1e-4)


def test_a_picture_has_one_focus_wherever_it_lies_in_memory():
    rng = np.random.default_rng(7)
    picture = scene_with((0.4, 0.4), (243, 432))
    picture += rng.integers(0, 24, picture.shape, np.uint8)
    found = set()
    for size in rng.integers(1, 20_000, 60):  # temporary arrays then lie elsewhere, too
        held = np.empty(size, np.uint8), np.empty(size * 8, np.uint8)
        found.add(find_focus(picture.copy()))
        del held

    assert len(found) == 1


def test_a_misshapen_picture_is_refused():
    with pytest.raises(RenderError, match="expected a picture of uint8"):
        find_focus(np.zeros((4, 4), np.uint8))
