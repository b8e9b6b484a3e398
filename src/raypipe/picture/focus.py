"""Where a picture's subject is: saliency from its spectrum, its colours and its edges.

Four cheap measures at low resolution are added: the spectral residual of the luma (Hou and Zhang,
CVPR 2007), edges, how far a colour is from the picture's mean colour (Achanta et al., CVPR 2009),
and skin-like chroma, for people matter most. OpenCV 5 carries no face detector without a model
file, so faces count through these. Everything is deterministic.

Who asked for a picture waits while this runs, so transforms are OpenCV's, which on maps as small as
these cost a third of NumPy's.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from raypipe.errors import RenderError
from raypipe.picture.colour import Plane, rgb_to_yuv
from raypipe.timeline.model import Rect

_SIDE = 96
"""Longer side of the map in pixels: details smaller than a hundredth don't make a subject."""
_CENTRE_PULL = 0.55
_SKIN_CB, _SKIN_CR = (77, 127), (133, 173)
"""Chroma of skin (Chai and Ngan, IEEE TCSVT 9:4, 1999)."""
_PLAIN = 1.0
"""A picture whose colours deviate less than this from their mean has nothing to look at."""
_MOST_SKIN = 0.35
_SPREAD = 1.6
"""Half the sides of the focus in standard deviations of the salient mass."""
_SMALLEST = 0.16
_HEADROOM = 0.12
"""The focus reaches this much higher, in its own height: what is salient in a person is the face
and the clothes, not the hair."""

_Map = NDArray[np.float32]


def find_focus(picture: Plane) -> Rect:
    """Finds the region of a picture that a camera must keep in view.

    Args:
        picture: uint8 (h, w, 3) sRGB of any size and aspect.

    Returns:
        A rectangle in fractions of the picture; the middle of it if nothing stands out.

    Raises:
        RenderError: the picture isn't uint8 (h, w, 3).
    """
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or not picture.size:  # noqa: PLR2004 - rank and channels
        raise RenderError(
            f"expected a picture of uint8 (height, width, 3), got {picture.dtype} {picture.shape}",
            where="picture",
        )
    saliency = saliency_map(picture)
    return _region(saliency)


def saliency_map(picture: Plane) -> NDArray[np.float32]:
    """How much each part of a picture draws the eye.

    Returns:
        float32 (h, w), at most 96 pixels a side, not negative, its sum 1.
    """
    height, width = picture.shape[:2]
    scale = _SIDE / max(height, width)
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    _, deviation = cv2.meanStdDev(small)
    if float(deviation.max()) < _PLAIN:
        weight = _centre_weight(size)
        return np.asarray(weight / weight.sum(), np.float32)
    yuv = rgb_to_yuv(small).astype(np.float32)
    luma = np.ascontiguousarray(yuv[..., 0])
    total = _unit(_residual(luma)) + 0.8 * _unit(_edges(luma)) + 0.7 * _unit(_distinct(yuv))
    total += 0.5 * _unit(_skin(yuv))
    total = cv2.GaussianBlur(total, (0, 0), _SIDE / 32) * _centre_weight(size)
    total = np.maximum(total - _quantile(total, 0.6), 0)
    return np.asarray(total / total.sum(), np.float32)


def _residual(luma: _Map) -> _Map:
    """The part of the log spectrum that its neighbourhood doesn't predict, as a picture."""
    spectrum = cv2.dft(luma, flags=cv2.DFT_COMPLEX_OUTPUT)
    size = _length(spectrum[..., 0], spectrum[..., 1])
    log = np.log1p(size)
    residual = log - cv2.blur(log, (3, 3), borderType=cv2.BORDER_REPLICATE)
    # The phase stays, the size becomes exp(residual).
    gain = np.exp(residual) / np.maximum(size, np.finfo(np.float32).tiny)
    back = cv2.dft(spectrum * gain[..., None], flags=cv2.DFT_INVERSE | cv2.DFT_SCALE)
    power = np.asarray(np.square(back).sum(axis=2), np.float32)
    return np.asarray(cv2.GaussianBlur(power, (0, 0), 2.5), np.float32)


def _edges(luma: _Map) -> _Map:
    """How much drawing there is about a place; a plain moon or sun has only its rim."""
    gradient = _length(cv2.Sobel(luma, cv2.CV_32F, 1, 0), cv2.Sobel(luma, cv2.CV_32F, 0, 1))
    return np.asarray(cv2.GaussianBlur(gradient, (0, 0), 3), np.float32)


def _length(across: _Map, down: _Map) -> _Map:
    # Not cv2.magnitude, whose last digit depends on where in memory its arrays lie: a focus that
    # differs by 1e-10 gives a camera, and with it segments, that differ from run to run.
    return np.asarray(np.sqrt(across * across + down * down), np.float32)


def _distinct(yuv: _Map) -> _Map:
    """Distance of each softened colour from the picture's mean; chroma counts double."""
    soft = cv2.GaussianBlur(yuv, (0, 0), 1.5)
    luma, cb, cr = cv2.split(soft - np.array(cv2.mean(soft)[:3], np.float32))
    return np.asarray(np.sqrt(luma * luma + 4 * (cb * cb + cr * cr)), np.float32)


def _skin(yuv: _Map) -> _Map:
    cb, cr = yuv[..., 1], yuv[..., 2]
    inside = (cb > _SKIN_CB[0]) & (cb < _SKIN_CB[1]) & (cr > _SKIN_CR[0]) & (cr < _SKIN_CR[1])
    # A whole picture in skin tones (a desert, a sepia print) says nothing about people.
    people = inside & (inside.mean() < _MOST_SKIN)
    return np.asarray(people, np.float32)


def _unit(values: _Map) -> _Map:
    low, high = float(values.min()), _quantile(values, 0.995)
    return np.asarray(np.clip((values - low) / max(high - low, 1e-6), 0, 1), np.float32)


def _quantile(values: _Map, share: float) -> float:
    """The value below which ``share`` of all lie; the nearest one below, so none is invented."""
    # Not np.partition, which takes ten times as long where many values are equal, as in flat art.
    return float(np.sort(values, axis=None)[int(share * (values.size - 1))])


@lru_cache(maxsize=8)
def _centre_weight(size: tuple[int, int]) -> _Map:
    """Photographers put the subject near the middle; weight falls towards the edges."""
    across, down = (np.exp(-1.6 * _CENTRE_PULL * np.linspace(-1, 1, side) ** 2) for side in size)
    weight = np.outer(down, across).astype(np.float32)
    weight.flags.writeable = False
    return weight


def _region(saliency: _Map) -> Rect:
    rows, columns = saliency.shape
    # The strongest cluster, not the mean of all: two subjects have nothing between them.
    peak_y, peak_x = np.unravel_index(
        int(np.argmax(cv2.GaussianBlur(saliency, (0, 0), _SIDE / 14))), saliency.shape
    )
    near_x, near_y = _nearness(int(peak_x), columns), _nearness(int(peak_y), rows)
    centre_x, half_x = _extent(near_x * (near_y @ saliency))
    centre_y, half_y = _extent(near_y * (saliency @ near_x))
    left, right = max(0.0, centre_x - half_x), min(1.0, centre_x + half_x)
    top = max(0.0, centre_y - half_y * (1 + 2 * _HEADROOM))
    bottom = min(1.0, centre_y + half_y)
    return Rect(left, top, right - left, bottom - top)


def _nearness(peak: int, cells: int) -> NDArray[np.float64]:
    """How much each of a row's cells belongs to what is at ``peak``, at most 1."""
    return np.exp(-(((np.arange(cells) - peak) / cells) ** 2) / (2 * 0.22**2))


def _extent(mass: NDArray[np.float64]) -> tuple[float, float]:
    """Centre and half length of what lies along one side, in fractions of that side."""
    places = (np.arange(mass.size) + 0.5) / mass.size
    share = mass / mass.sum()
    centre = float(share @ places)
    return centre, max(_SPREAD * float(np.sqrt(share @ (places - centre) ** 2)), _SMALLEST / 2)
