"""Colours between sRGB pictures and the video's I420 frames: BT.709 matrix, limited range.

Luma is 16 to 235, chroma 16 to 240 about 128 (Rec. ITU-R BT.709-6, section 4). OpenCV's own
``COLOR_RGB2YUV_I420`` is BT.601 and would tint every player that believes the bt709 tag.

A frame is uint8 (height * 3 // 2, width): the Y plane, then U, then V, each of those half as
wide and half as high. Chroma sits as H.264 assumes it (``chroma_sample_loc_type`` 0): beside the
even luma columns, between two luma rows.
"""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from raypipe.errors import RenderError

Plane = NDArray[np.uint8]

_KR, _KB = 0.2126, 0.0722
_LUMA = np.array([_KR, 1 - _KR - _KB, _KB])
_CB = (np.array([0, 0, 1]) - _LUMA) / (2 * (1 - _KB))
_CR = (np.array([1, 0, 0]) - _LUMA) / (2 * (1 - _KR))
_TO_YUV = np.column_stack(
    [np.stack([219 * _LUMA, 224 * _CB, 224 * _CR]) / 255, np.array([16.0, 128.0, 128.0])]
)
_TO_RGB = np.linalg.inv(_TO_YUV[:, :3])

_Number = TypeVar("_Number", np.uint8, np.float32)

BLACK = (16, 128, 128)
WHITE = (235, 128, 128)


class Planes(NamedTuple):
    """Views of the Y, U and V planes of one frame; writing to them writes the frame."""

    y: Plane
    u: Plane
    v: Plane


def planes_of(frame: Plane) -> Planes:
    """The planes of a contiguous I420 frame as views: (h, w), (h/2, w/2), (h/2, w/2)."""
    rows, width = frame.shape
    height = rows * 2 // 3
    half = (height // 2, width // 2)
    flat = frame.reshape(-1)
    luma, chroma = height * width, half[0] * half[1]
    return Planes(
        frame[:height],
        flat[luma : luma + chroma].reshape(half),
        flat[luma + chroma :].reshape(half),
    )


def rgb_to_yuv(rgb: Plane) -> Plane:
    """uint8 (h, w, 3) sRGB to uint8 (h, w, 3) Y, Cb, Cr of full resolution."""
    return np.asarray(cv2.transform(rgb, _TO_YUV), np.uint8)


def premultiplied_to_yuv(rgba: Plane) -> Plane:
    """uint8 (h, w, 4) premultiplied sRGB and alpha to uint8 (h, w, 3) premultiplied Y, Cb, Cr."""
    matrix = np.hstack([_TO_YUV[:, :3], _TO_YUV[:, 3:] / 255])
    return np.asarray(cv2.transform(rgba, matrix), np.uint8)


def colour_to_yuv(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    """One sRGB colour as Y, Cb, Cr."""
    y, u, v = rgb_to_yuv(np.array([[colour]], np.uint8))[0, 0]
    return int(y), int(u), int(v)


def rgb_to_frame(rgb: Plane) -> Plane:
    """uint8 (h, w, 3) sRGB, even sides, to one I420 frame uint8 (h * 3 // 2, w)."""
    height, width = rgb.shape[:2]
    check_size(width, height)
    yuv = rgb_to_yuv(rgb)
    chroma = [halve(np.ascontiguousarray(yuv[..., channel])) for channel in (1, 2)]
    flat = np.concatenate([yuv[..., 0].ravel(), *(plane.ravel() for plane in chroma)])
    return flat.reshape(height * 3 // 2, width)


def frame_to_rgb(frame: Plane) -> Plane:
    """One I420 frame to uint8 (h, w, 3) sRGB, for thumbnails and for looking at."""
    y, u, v = planes_of(np.ascontiguousarray(frame))
    size = (y.shape[1], y.shape[0])
    shift = np.array([[0.5, 0, 0], [0, 0.5, -0.25]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    full = [
        cv2.warpAffine(plane, shift, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        for plane in (u, v)
    ]
    offset = -_TO_RGB @ _TO_YUV[:, 3:]
    rgb = cv2.transform(np.dstack([y, *full]), np.hstack([_TO_RGB, offset]))
    return np.asarray(rgb, np.uint8)


def halve(plane: NDArray[_Number]) -> NDArray[_Number]:
    """A full-resolution plane at half the resolution, where the frame's chroma sits."""
    smooth = cv2.sepFilter2D(
        plane,
        -1,
        np.array([0.25, 0.5, 0.25]),
        np.array([1.0]),
        borderType=cv2.BORDER_REPLICATE,
    )
    rows = plane.shape[0] // 2
    return np.asarray(
        cv2.resize(smooth[:, ::2], (plane.shape[1] // 2, rows), interpolation=cv2.INTER_AREA)
    )


def check_size(width: int, height: int) -> None:
    """Refuses frame sizes that I420 cannot hold.

    Raises:
        RenderError: a side is odd or below 16 pixels, x264's smallest useful frame.
    """
    if width % 2 or height % 2 or min(width, height) < 16:  # noqa: PLR2004 - named in the docstring
        raise RenderError(
            f"expected an even frame width and height of at least 16 px, got {width} x {height}",
            remedy="choose one of the aspect ratios, or even sizes",
            where="frame size",
        )
