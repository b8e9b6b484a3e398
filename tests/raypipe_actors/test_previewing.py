"""Segments of a preview: made here, of pictures that are kept or were just made."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
import ray.exceptions as rx

from raypipe.choice import Choice
from raypipe.errors import RaypipeError
from raypipe.picture.compose import compose_segment
from raypipe.picture.light import map_light
from raypipe.store.content import ContentStore
from raypipe.store.products import put_picture
from raypipe.story.model import Story
from raypipe.story.planner import plan_story
from raypipe.timeline.model import (
    KenBurns,
    Rect,
    SegmentSpec,
    TimelineScene,
    Transition,
    VisualLayer,
)
from raypipe_actors.assets import PictureAsset, PictureShop
from raypipe_actors.link import ClusterLink
from raypipe_actors.messages import Encoding
from raypipe_actors.options import Engines
from raypipe_actors.previewing import PreviewShop, core_turns, film_segment
from raypipe_actors.rendering import Segment

WHOLE = Rect(0.0, 0.0, 1.0, 1.0)
MOTION = KenBurns(WHOLE, Rect(0.05, 0.05, 0.9, 0.9))
SIZE = (96, 160)


def scene_of(key: str, *, out: Transition = Transition()) -> TimelineScene:  # noqa: B008 - frozen
    return TimelineScene(key, 0, 40, VisualLayer(key, MOTION), (), None, out)


SPEC = SegmentSpec(
    0,
    *SIZE,
    15,
    0,
    first_frame=10,
    frame_count=30,
    scene=scene_of("image/a", out=Transition("dissolve", 8)),
    following=scene_of("image/b"),
)


@pytest.fixture
def pictures() -> dict[str, np.ndarray]:
    down, right = np.mgrid[0:640, 0:384]
    blue = np.zeros_like(down)
    first = np.stack([down * 255 // 640, right * 255 // 384, blue], axis=2).astype(np.uint8)
    return {"image/a": first, "image/b": np.ascontiguousarray(first[::-1, ::-1])}


def luma_of(segment: bytes) -> np.ndarray:
    with av.open(io.BytesIO(segment)) as container:
        return np.stack(
            [f.to_ndarray(format="yuv420p")[: SIZE[1]] for f in container.decode(video=0)]
        )


@pytest.fixture
def shop_for(store, pictures, options_for):
    """Make a shop whose two pictures lie in the store."""

    def make(link) -> PreviewShop:
        options = options_for(store, fps=15, quality="standard", speech="espeak:en", preview=True)
        story = Story(story_id="s", title="T", content="Mara ran. Then she slept.")
        plan = plan_story(story, target_duration=10, aspect_ratio="9:16")
        drawn, coded = Choice("storybook", ""), Choice("libx264", "")
        shop = PictureShop(plan, options, Engines(drawn, drawn, coded, "1", "1"), link)
        for index, (key, picture) in enumerate(pictures.items()):
            put_picture(ContentStore(store), key, picture, focus=WHOLE, light=map_light(picture))
            shop._assets[index] = PictureAsset(
                key, (384, 640), WHOLE, None, "storybook", cached=True, attempts=0, degraded=None
            )
        return PreviewShop(
            "s",
            options,
            encoder="libx264",
            pictures=shop,
            link=link,
            on_frames=lambda *_: None,
            turns=core_turns(),
        )

    return make


def _refuse_to_connect() -> None:
    raise AssertionError("nothing that needs Ray was asked for")


def test_a_segment_shows_what_was_composed(pictures):
    coded = luma_of(film_segment(SPEC, pictures, Encoding("libx264", "draft", 8_000_000)))
    composed = np.concatenate(list(compose_segment(SPEC, pictures)))[:, : SIZE[1]]
    assert coded.shape == composed.shape
    assert np.abs(coded.astype(int) - composed).mean() < 3


def test_kept_pictures_are_filmed_without_a_cluster_and_segments_kept(shop_for):
    link = ClusterLink(_refuse_to_connect, local=True)
    made = asyncio.run(shop_for(link).get(SPEC, (0, 1)))
    found = asyncio.run(shop_for(link).get(SPEC, (0, 1)))
    assert (made.cached, found.cached) == (False, True)
    assert found.data.read() == made.data.read()
    assert len(luma_of(made.data.read())) == SPEC.frame_count


def test_a_picture_whose_reference_is_lost_is_fetched_anew(shop_for):
    shop = shop_for(ClusterLink(_refuse_to_connect, local=True))
    assets = shop._pictures._assets

    async def get() -> Segment:
        lost = asyncio.get_running_loop().create_future()
        lost.set_exception(rx.OwnerDiedError("00" * 28, None, ""))
        assets[0] = replace(assets[0], ref=lost)
        return await shop.get(SPEC, (0, 1))

    assert len(luma_of(asyncio.run(get()).data.read())) == SPEC.frame_count
    assert assets[0].ref is None


def test_a_picture_that_has_gone_from_the_store_is_told(store, shop_for):
    shop = shop_for(ClusterLink(_refuse_to_connect, local=True))
    Path(store.url.removeprefix("file://"), "image/b").unlink()
    with pytest.raises(RaypipeError, match="gone from the store"):
        asyncio.run(shop.get(SPEC, (0, 1)))
