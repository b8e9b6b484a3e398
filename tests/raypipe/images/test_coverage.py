"""One picture that several frames are cut from."""

import itertools

import pytest

from raypipe.errors import RenderError
from raypipe.images.coverage import OVERSCAN, cover_frames
from raypipe.images.engine import WHOLE
from raypipe.story.model import FRAME_SIZES

SETS = [s for n in (2, 3, 4) for s in itertools.combinations(FRAME_SIZES, n)]


@pytest.mark.parametrize("aspect", FRAME_SIZES)
def test_a_single_frame_has_a_picture_of_its_own_shape_and_shows_all_of_it(aspect):
    width, height = FRAME_SIZES[aspect]
    picture = cover_frames([(width, height)])
    assert picture.width / width == pytest.approx(OVERSCAN, rel=0.002)
    assert picture.height / height == pytest.approx(OVERSCAN, rel=0.002)
    assert picture.safe == WHOLE


@pytest.mark.parametrize("aspects", SETS)
def test_no_frame_is_enlarged_and_each_shows_the_safe_part(aspects):
    picture = cover_frames([FRAME_SIZES[aspect] for aspect in aspects])
    assert picture.width % 2 == picture.height % 2 == 0
    shown = []
    for aspect in aspects:
        width, height = FRAME_SIZES[aspect]
        scale = min(picture.width / width, picture.height / height)
        assert scale >= 1.12, "there is room to move in"
        shown.append((scale * width / picture.width, scale * height / picture.height))
    safe = picture.safe
    assert safe.width == pytest.approx(min(width for width, _ in shown), abs=0.002)
    assert safe.height == pytest.approx(min(height for _, height in shown), abs=0.002)
    assert safe.x == pytest.approx((1 - safe.width) / 2)
    assert safe.y == pytest.approx((1 - safe.height) / 2)


def test_their_order_does_not_matter():
    frames = [FRAME_SIZES[aspect] for aspect in ("9:16", "16:9", "4:5")]
    assert len({cover_frames(order) for order in itertools.permutations(frames)}) == 1
    assert (cover_frames(frames).width, cover_frames(frames).height) == (2160, 2160)


@pytest.mark.parametrize("frames", [[], [(0, 9)]])
def test_frames_of_no_size_are_refused(frames):
    with pytest.raises(RenderError, match="at least 1 px"):
        cover_frames(frames)
