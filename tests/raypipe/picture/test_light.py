import numpy as np
import pytest

from raypipe.picture.light import LightMap, map_light
from raypipe.timeline.model import Rect


def grey(level: int, height: int = 640, width: int = 360) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


def test_a_plain_picture_is_as_light_everywhere():
    light = map_light(grey(188))

    assert (light.columns, light.rows) == (18, 32)
    assert light.within(Rect(0.2, 0.7, 0.5, 0.1)) == pytest.approx((0.5, 0.5), abs=0.01)


def test_each_region_has_its_own_light():
    picture = grey(0)
    picture[:320] = 255
    light = map_light(picture)

    assert light.within(Rect(0, 0, 1, 0.5)) == (1, 1)
    assert light.within(Rect(0, 0.5, 1, 0.5)) == (0, 0)
    assert light.within(Rect(0, 0.25, 1, 0.5)) == (0, 1)


def test_a_small_spot_does_not_make_a_region_light():
    picture = grey(40)
    picture[300:320, 100:120] = 255

    assert map_light(picture).within(Rect(0, 0.4, 1, 0.2))[1] < 0.05


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (37, 5000), (640, 360)])
def test_pictures_of_any_shape_have_a_map(size):
    light = map_light(grey(255, *size))

    assert light.within(Rect(0, 0, 1, 1)) == (1, 1)
    assert light.within(Rect(-0.2, 0.9, 0.01, 0.4)) == (1, 1)


def test_a_map_of_another_size_is_refused():
    with pytest.raises(ValueError, match="2 x 2 cells, got 4 and 3 bytes"):
        LightMap(2, 2, bytes(4), bytes(3))
