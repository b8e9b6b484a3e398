from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from raypipe.images.diffusion.fit import fit_picture

sides = st.integers(1, 200)


@given(st.integers(8, 200), st.integers(8, 200), sides, sides)
def test_any_size_becomes_exactly_any_other(wide, tall, width, height):
    picture = np.full((tall, wide, 3), 77, np.uint8)
    fitted = fit_picture(picture, width=width, height=height)
    assert (fitted.dtype, fitted.shape) == (np.uint8, (height, width, 3))
    assert (fitted == 77).all()


def test_what_is_cut_off_is_cut_off_evenly():
    picture = np.zeros((100, 300, 3), np.uint8)
    picture[:, 100:200] = 255
    assert (fit_picture(picture, width=100, height=100) == 255).all()


def test_growing_keeps_edges_sharper_than_linear_would():
    picture = np.zeros((8, 8, 3), np.uint8)
    picture[:, 4:] = 200
    row = fit_picture(picture, width=32, height=32)[16, :, 0].astype(int)
    assert row.max() > 200  # Lanczos overshoots at an edge, linear never does
    assert np.abs(np.diff(row)).max() > 50
