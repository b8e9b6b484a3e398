"""Places, before they are painted."""

from __future__ import annotations

from itertools import pairwise

import pytest

from raypipe.images.engine import SceneFacts
from raypipe.images.storybook.canvas import Canvas
from raypipe.images.storybook.chance import Chance
from raypipe.images.storybook.composition import compose
from raypipe.images.storybook.grounds.furniture import picture_places
from raypipe.images.storybook.palette import FAMILIES, make_scheme
from raypipe.images.storybook.stage import Stage


def stage_of(seed: int, size: tuple[int, int]) -> Stage:
    scene = SceneFacts(text="", setting="indoors", story_seed=seed, scene_index=seed % 4)
    width, height = size
    return Stage(
        Canvas(width, height, seed=1),
        make_scheme(FAMILIES["expedition"], hour="day", weather="clear", mood="calm", progress=0.0),
        compose(scene, width=width, height=height, seed=seed),
        scene,
        Chance("test", seed),
    )


@pytest.mark.parametrize("size", [(108, 192), (192, 108), (108, 108), (108, 135)])
def test_pictures_hang_beside_each_other_and_beside_the_shelves(size):
    numbers = set()
    for seed in range(30):
        stage = stage_of(seed, size)
        places = sorted(picture_places(stage))
        numbers.add(len(places))
        for (x0, _, half0), (x1, _, half1) in pairwise(places):
            assert x1 - x0 > 1.15 * (half0 + half1)
        shelf = stage.width * (0.5 + stage.composition.side * 0.15)
        for x, _, half in places:
            assert abs(shelf - x) >= 1.15 * half - 0.005 * stage.width
    assert numbers == ({1, 2} if size[0] > 1.25 * size[1] else {1})
