import numpy as np
import pytest

from raypipe.errors import RenderError
from raypipe.picture.colour import (
    check_size,
    colour_to_yuv,
    frame_to_rgb,
    halve,
    planes_of,
    rgb_to_frame,
)


# 75 % and 100 % colour bars in 8 bit, BT.709 limited range (SMPTE RP 219 and ITU-R BT.709-6).
@pytest.mark.parametrize(
    ("rgb", "yuv"),
    [
        ((0, 0, 0), (16, 128, 128)),
        ((255, 255, 255), (235, 128, 128)),
        ((191, 191, 191), (180, 128, 128)),
        ((191, 191, 0), (168, 44, 136)),
        ((0, 191, 191), (145, 147, 44)),
        ((0, 191, 0), (134, 63, 52)),
        ((191, 0, 191), (63, 193, 204)),
        ((191, 0, 0), (51, 109, 212)),
        ((0, 0, 191), (28, 212, 120)),
        ((255, 0, 0), (63, 102, 240)),
        ((0, 255, 0), (173, 42, 26)),
        ((0, 0, 255), (32, 240, 118)),
    ],
)
def test_colours_are_those_of_bt709_bars(rgb, yuv):
    assert np.abs(np.array(colour_to_yuv(rgb)) - yuv).max() <= 1


def test_a_frame_comes_back_as_the_picture():
    y, x = np.mgrid[0:96, 0:64]
    picture = np.stack([x * 3, y * 2, 255 - x], axis=2).astype(np.uint8)
    back = frame_to_rgb(rgb_to_frame(picture))

    assert back.shape == picture.shape
    assert np.abs(back[4:-4, 4:-4].astype(int) - picture[4:-4, 4:-4]).max() <= 4


@pytest.mark.parametrize("size", [(64, 96), (64, 98), (66, 34)])
def test_planes_are_views_of_the_frame(size):
    width, height = size
    frame = np.zeros((height * 3 // 2, width), np.uint8)
    y, u, v = planes_of(frame)
    y[:], u[:], v[:] = 1, 2, 3

    assert y.shape == (height, width)
    assert u.shape == v.shape == (height // 2, width // 2)
    assert np.bincount(frame.ravel()).tolist() == [0, y.size, u.size, v.size]
    assert frame.ravel()[y.size] == 2
    assert frame.ravel()[-1] == 3


def test_chroma_sits_beside_the_even_columns():
    plane = np.zeros((4, 16), np.uint8)
    plane[:, 8] = 200

    assert halve(plane)[0].tolist() == [0, 0, 0, 0, 100, 0, 0, 0]
    plane[:, 8], plane[:, 9] = 0, 200
    assert halve(plane)[0].tolist() == [0, 0, 0, 0, 50, 50, 0, 0]


@pytest.mark.parametrize("size", [(1081, 1920), (1080, 1921), (0, 0), (8, 8)])
def test_odd_and_tiny_frames_are_refused(size):
    with pytest.raises(RenderError, match=f"got {size[0]} x {size[1]}"):
        check_size(*size)
