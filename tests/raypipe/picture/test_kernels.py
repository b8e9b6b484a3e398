import numpy as np
import pytest

from raypipe.picture.kernels import blend_rows, find_rows


def places(offset, step, count):
    first, weight = np.empty(count, np.int32), np.empty(count, np.uint16)
    find_rows(offset, step, first, weight)
    return first, weight


@pytest.mark.parametrize(("offset", "step"), [(0.0, 1.0), (3.999, 1.382), (0.25, 0.7), (7.5, 2.0)])
def test_places_are_right_to_half_a_256th(offset, step):
    first, weight = places(offset, step, 50)

    assert weight.max() < 256
    wanted = offset + step * np.arange(50)
    assert np.abs(first + weight / 256 - wanted).max() <= 0.5 / 256 + 1e-9


@pytest.mark.parametrize("count", [1, 7, 33, 64, 200])
def test_rows_are_mixed_and_rounded_exactly(count):
    rng = np.random.default_rng(count)
    source = rng.integers(0, 256, (40, 250), dtype=np.uint8)
    first, weight = places(0.3, 1.21, 30)
    out = np.full((30, 260), 77, np.uint8)
    blend_rows(source, 11, first, weight, out, 5, count)

    upper = source[first, 11 : 11 + count].astype(int)
    lower = source[first + 1, 11 : 11 + count].astype(int)
    share = weight[:, None].astype(int)
    assert np.array_equal(
        out[:, 5 : 5 + count], (upper * (256 - share) + lower * share + 128) // 256
    )
    # Nothing beside it is touched.
    assert (out[:, :5] == 77).all()
    assert (out[:, 5 + count :] == 77).all()


def test_white_stays_white_and_black_black():
    first, weight = places(0.37, 1.0, 20)
    for value in (0, 255):
        source = np.full((30, 64), value, np.uint8)
        out = np.empty((20, 64), np.uint8)
        blend_rows(source, 0, first, weight, out, 0, 64)
        assert (out == value).all()
