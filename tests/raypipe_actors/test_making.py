import numpy as np
import pytest

from raypipe.images.engine import ImageRequest, SceneFacts
from raypipe.images.open import open_image_engine
from raypipe.picture.focus import find_focus
from raypipe_actors.making import thin_out


@pytest.mark.parametrize(
    ("size", "thinned"),
    [((1080, 1920), (216, 384)), ((1920, 1080), (384, 216)), ((1350, 1081), (450, 361))],
)
def test_a_thinned_picture_has_its_aspect(size, thinned):
    width, height = size
    picture = thin_out(np.zeros((height, width, 3), np.uint8))
    assert picture.shape == (thinned[1], thinned[0], 3)


def test_a_small_picture_is_left_as_it_is():
    picture = np.zeros((700, 500, 3), np.uint8)
    assert thin_out(picture) is picture


@pytest.mark.parametrize("setting", ["forest", "city", "sea"])
def test_the_focus_is_found_in_a_thinned_picture_where_it_is_in_the_whole(setting):
    scene = SceneFacts(text="x", setting=setting, subjects=("wolf", "boat"), story_seed=7)
    request = ImageRequest("", "", 1080, 1920, 3, scene)
    (picture,) = open_image_engine("storybook").generate([request])
    whole, thin = find_focus(picture), find_focus(thin_out(picture))
    for side in ("x", "y", "width", "height"):
        assert getattr(thin, side) == pytest.approx(getattr(whole, side), abs=0.02)
