from __future__ import annotations

import io

import numpy as np
import PIL.Image
import pytest

from raypipe.errors import RenderError
from raypipe.post.checks.composition import contrast_ratio
from raypipe.post.thumbnails import choose_layout, encode_jpeg, make_thumbnails

INK = (255, 252, 246)


def decode(data: bytes) -> np.ndarray:
    return np.asarray(PIL.Image.open(io.BytesIO(data), formats=["JPEG"]))


def make(picture, title="The Lost Artifact", language="en", frame_size=(540, 960)):
    return make_thumbnails(
        picture, title=title, language=language, genre="adventure", frame_size=frame_size
    )


def ink_box(picture: np.ndarray) -> tuple[float, float, float, float]:
    """Return left, top, right, bottom of the near-white letters, fractions of the picture."""
    near = np.all(np.abs(picture.astype(int) - INK) < 24, axis=-1)
    rows, cols = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
    height, width = near.shape
    return cols[0] / width, rows[0] / height, cols[-1] / width, rows[-1] / height


def test_every_platform_gets_its_size_under_two_megabytes(paintings):
    thumbs = make(paintings(540, 960))
    sizes = {name: decode(data).shape for name, data in thumbs.items()}
    assert sizes == {
        "thumb": (960, 540, 3),
        "thumb_youtube": (720, 1280, 3),
        "thumb_instagram": (1080, 1080, 3),
        "thumb_tiktok": (1920, 1080, 3),
    }
    assert max(len(data) for data in thumbs.values()) < 2_000_000


def test_the_same_story_gives_the_same_files(paintings):
    assert make(paintings(270, 480)) == make(paintings(270, 480))


@pytest.mark.parametrize(
    ("source", "title", "language"),
    [
        ((540, 960), "The Lost Artifact", "en"),
        ((960, 540), "桃太郎", "ja"),
        ((540, 960), "علي بابا والأربعون حرامي", "ar"),
        ((600, 600), "An uncommonly long name for a rather short tale " * 4, "en"),
    ],
)
def test_the_title_keeps_clear_of_what_platforms_lay_over_it(paintings, source, title, language):
    thumbs = make(paintings(*source, busy=False), title=title[:200], language=language)
    left, top, right, bottom = ink_box(decode(thumbs["thumb_tiktok"]))
    assert top >= 0.12
    assert bottom <= 0.79
    assert left >= 0.08
    assert right <= 0.92
    left, top, right, bottom = ink_box(decode(thumbs["thumb_youtube"]))
    assert (left >= 0.05, right <= 0.95) == (True, True)
    assert top >= 0.05
    assert bottom <= 0.92


def test_a_white_picture_still_carries_the_title(paintings):
    glare = np.full((960, 540, 3), 250, np.uint8)
    glare[300:600, 100:400] = paintings(300, 300)
    picture = decode(make(glare)["thumb"])
    left, top, right, bottom = ink_box(picture[480:])
    rows = slice(480 + int(top * 480) - 4, 480 + int(bottom * 480) + 4)
    region = picture[rows, int(left * 540) : int(right * 540)]
    ground = region[region.sum(axis=-1) < 600]
    light = tuple(int(v) for v in np.percentile(ground.reshape(-1, 3), 50, axis=0))
    assert contrast_ratio(INK, light) >= 4.5


def test_the_title_is_large_enough_to_read_as_a_stamp(paintings):
    stamp = decode(make(paintings(540, 960, busy=False))["thumb_youtube"])
    _, top, right, bottom = ink_box(stamp)
    assert right < 0.6
    # Two lines of capitals; each is then at least 8 pixels high in a stamp of 120x68.
    assert (bottom - top) * 68 >= 18


@pytest.mark.parametrize(
    ("picture", "frame", "layout"),
    [
        ((1080, 1920), (1080, 1920), "poster"),
        ((1080, 1920), (1080, 1080), "poster"),
        ((1080, 1920), (1280, 720), "split"),
        ((1080, 1080), (1280, 720), "poster"),
        ((1920, 1080), (1080, 1080), "poster"),
        ((1920, 1080), (1080, 1920), "stack"),
        ((1080, 1080), (1080, 1920), "stack"),
    ],
)
def test_the_layout_follows_what_a_crop_would_cost(picture, frame, layout):
    assert choose_layout(picture, frame) == layout


def test_right_to_left_titles_stand_on_the_right(paintings):
    picture = paintings(540, 960, busy=False)
    arabic = ink_box(decode(make(picture, title="علي بابا", language="ar")["thumb_youtube"]))
    assert arabic[0] > 0.4


def test_a_picture_full_of_noise_is_compressed_harder_or_refused():
    noise = np.random.default_rng(0).integers(0, 256, (400, 400, 3), dtype=np.uint8)
    best = len(encode_jpeg(noise, max_bytes=10**9))
    small = encode_jpeg(noise, max_bytes=best - 1)
    assert len(small) < best
    with pytest.raises(RenderError, match="at most 1000 bytes"):
        encode_jpeg(noise, max_bytes=1000)
