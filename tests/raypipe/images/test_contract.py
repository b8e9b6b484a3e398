"""What every image engine that needs no weights must do."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from raypipe.errors import EngineError
from raypipe.images.open import open_image_engine

SIZES = ((180, 320), (320, 180), (200, 200), (160, 200), (97, 131))


@pytest.fixture(params=["storybook", "card"])
def engine(request):
    engine = open_image_engine(request.param)
    yield engine
    engine.close()


def test_says_what_it_is(engine):
    assert engine.name in ("storybook", "card")
    assert len(engine.revision) > 8
    assert engine.max_batch >= 1


@pytest.mark.parametrize("size", SIZES)
def test_gives_exactly_the_size_asked_for(engine, request_for, size):
    width, height = size
    (picture,) = engine.generate([request_for(width=width, height=height)])
    assert picture.shape == (height, width, 3)
    assert picture.dtype == np.uint8
    assert picture.flags.c_contiguous


def test_equal_requests_give_equal_pictures(engine, request_for):
    first, second = (engine.generate([request_for()])[0] for _ in range(2))
    assert hashlib.sha256(first).digest() == hashlib.sha256(second).digest()


def test_a_fresh_engine_draws_the_same(engine, request_for):
    again = open_image_engine(engine.name)
    np.testing.assert_array_equal(
        engine.generate([request_for()])[0], again.generate([request_for()])[0]
    )


def test_a_batch_is_what_its_parts_are_alone(engine, request_for):
    requests = [request_for(), request_for(width=200, text="Another text."), request_for(seed=9)]
    together = engine.generate(requests)
    assert len(together) == len(requests)
    for request, picture in zip(requests, together, strict=True):
        np.testing.assert_array_equal(picture, engine.generate([request])[0])


def test_nothing_asked_gives_nothing(engine):
    assert engine.generate([]) == []


def test_the_scene_decides(engine, artifact, request_for):
    pictures = {
        engine.generate([request_for(scene, text=f"Scene {n}.")])[0].tobytes()
        for n, scene in enumerate(artifact)
    }
    assert len(pictures) == len(artifact)


@pytest.mark.parametrize(("width", "height"), [(0, 100), (100, -1), (63, 200), (200, 4097)])
def test_refuses_sizes_that_cannot_be_drawn(engine, request_for, width, height):
    with pytest.raises(EngineError, match="64 to 4096") as caught:
        engine.generate([request_for(width=width, height=height)])
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("むかしむかし、あるところに", "ja"),
        ("كان علي بابا حطابًا فقيرًا", "ar"),
        ("emoji 👩‍👩‍👧 zero\u200bwidth 🍑", "en"),
        ("", "en"),
        ("word " * 4000, "en"),
        ("Donaudampfschifffahrtsgesellschaft" * 6, "de"),
    ],
)
def test_takes_any_text(engine, request_for, text, language):
    (picture,) = engine.generate([request_for(text=text, language=language)])
    assert picture.shape == (320, 180, 3)


def test_closes_twice(engine):
    engine.close()
    engine.close()
