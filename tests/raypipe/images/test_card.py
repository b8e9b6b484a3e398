from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from raypipe.images.card import GROUND, CardEngine
from raypipe.timeline.model import Rect


def _ink(picture):
    """Return where the picture differs from its ground."""
    return np.abs(picture.astype(int) - GROUND).max(axis=2) > 40


def test_the_ground_is_the_specifications(request_for):
    (picture,) = CardEngine().generate([request_for(text="Hello")])
    assert tuple(picture[0, 0]) == GROUND == (0x1A, 0x1A, 0x2E)
    assert tuple(picture[-1, -1]) == GROUND


def test_the_text_is_centred_with_margins(request_for):
    (picture,) = CardEngine().generate(
        [request_for(text="The old doors began to close.", width=360, height=640)]
    )
    rows, columns = np.nonzero(_ink(picture))
    assert abs((columns.min() + columns.max()) / 2 - 180) < 6
    assert columns.min() > 30
    assert columns.max() < 330
    assert 120 < rows.min() < rows.max() < 480


def test_the_text_is_readable(request_for):
    (picture,) = CardEngine().generate([request_for(text="Readable", width=360, height=640)])
    brightest = picture.max(axis=(0, 1)).astype(float) / 255
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in brightest]
    luminance = float(np.dot(linear, (0.2126, 0.7152, 0.0722)))
    # WCAG 2.2 asks for a contrast of 7 at its highest level; the ground's luminance is 0.011.
    assert (luminance + 0.05) / (0.0109 + 0.05) > 7


def test_longer_text_is_set_smaller_and_still_fits(request_for):
    short, long = CardEngine().generate(
        [
            request_for(text="Go!", width=360, height=640),
            request_for(text="A sentence of some length. " * 12, width=360, height=640),
        ]
    )
    assert _ink(short).sum() < _ink(long).sum()
    rows = np.nonzero(_ink(long))[0]
    assert rows.min() > 30
    assert rows.max() < 610


@pytest.mark.parametrize("language", ["ar", "he"])
def test_right_to_left_text_differs_from_its_reverse(request_for, language):
    text = {"ar": "افتح يا سمسم", "he": "שלום עולם"}[language]
    engine = CardEngine()
    forward, backward = engine.generate(
        [request_for(text=text, language=language), request_for(text=text[::-1], language=language)]
    )
    assert not np.array_equal(forward, backward)


def test_every_word_stands_in_the_part_that_all_frames_show(request_for):
    request = request_for(text="A sentence of some length. " * 8, width=640, height=640)
    (picture,) = CardEngine().generate([replace(request, safe=Rect(0.22, 0.22, 0.56, 0.56))])
    rows, columns = np.nonzero(_ink(picture))
    assert 0.22 * 640 < rows.min() < rows.max() < 0.78 * 640
    assert 0.22 * 640 < columns.min() < columns.max() < 0.78 * 640
