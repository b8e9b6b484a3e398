"""After an edit the sheets are drawn anew, and only what is new is looked at for them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from raypipe.story.model import Story
from raypipe.story.planner import plan_story
from raypipe_actors.link import ClusterLink
from raypipe_actors.sheets import get_sheets

TEXT = "A fox ran. It saw a hen.\n\nThe hen slept. Night fell.\n\nThe fox went home. It sang."


def refuse_to_connect():
    raise AssertionError("nothing that needs Ray was asked for")


class Pictures:
    """Pictures by scene, and which of them were asked for."""

    def __init__(self, seeds):
        self.seeds, self.read = list(seeds), []

    async def array(self, index):
        self.read.append(index)
        rng = np.random.default_rng(self.seeds[index])
        rough = rng.integers(0, 256, (12, 7, 3), dtype=np.uint8)
        return cv2.resize(rough, (540, 960), interpolation=cv2.INTER_CUBIC)


@pytest.fixture(scope="module")
def plan():
    story = Story(story_id="fox", title="The Fox", content=TEXT)
    return plan_story(story, target_duration=15, aspect_ratio="9:16", style="")


@pytest.fixture
def draw(plan, store):
    """Return a function that gets the sheets: (sheets, indices of the pictures that were read)."""

    def call(seeds=(1, 2, 3), *, durations=(4.0, 5.0, 6.0), config=store, **changes):
        pictures = Pictures(seeds)
        sheets = asyncio.run(
            get_sheets(
                plan.model_copy(update=changes),
                durations,
                picture_keys=tuple(f"image/{seed}" for seed in seeds),
                config=config,
                pictures=pictures,
                link=ClusterLink(refuse_to_connect, local=True),
            )
        )
        return sheets, pictures.read

    return call


def thumbnails(sheets):
    return {name: data for name, data in sheets.files.items() if name != "storyboard"}


@pytest.fixture
def first(plan, draw):
    """The sheets as first drawn, and the index of the picture that was chosen."""
    assert len(plan.scenes) == 3
    sheets, read = draw()
    assert read[:3] == [0, 1, 2]
    assert not sheets.cached
    return sheets, read[3]


def test_the_same_sheets_are_found_again(draw, first):
    again, read = draw()
    assert read == []
    assert again == replace(first[0], cached=True)


def test_of_an_edited_scene_only_its_picture_is_read(draw, first, store):
    sheets, best = first
    edited = next(index for index in range(3) if index != best)
    seeds = [1, 2, 3]
    seeds[edited] = 7
    after, read = draw(seeds)
    fresh, read_fresh = draw(seeds, config=replace(store, url=f"{store.url}-fresh"))
    assert after == fresh, "what was kept changes nothing"
    chosen = read_fresh[3]
    assert read == ([edited] if chosen == best else [edited, chosen])
    assert after.files["storyboard"] != sheets.files["storyboard"]


def test_other_times_change_the_storyboard_and_read_nothing(draw, first):
    after, read = draw(durations=(4.0, 5.0, 7.0))
    assert read == []
    assert thumbnails(after) == thumbnails(first[0])
    assert after.files["storyboard"] != first[0].files["storyboard"]


@pytest.mark.parametrize("change", [{"title": "The Hen"}, {"language": "de"}, {"genre": "horror"}])
def test_thumbnails_follow_their_words(draw, first, change):
    sheets, best = first
    after, read = draw(**change)
    assert read == [best]
    assert thumbnails(after).keys() == thumbnails(sheets).keys()
    if change != {"language": "de"}:
        assert thumbnails(after) != thumbnails(sheets)


def test_another_format_looks_at_all_pictures_anew(draw, first):
    after, read = draw(aspect_ratio="1:1")
    assert read[:3] == [0, 1, 2]
    assert len(after.files["thumb"]) != len(first[0].files["thumb"])
    checks = [checks[0].limit for checks in after.picture_checks.values()]
    assert checks == ["at least 1080x1080"] * 3


def test_scenes_with_one_picture_look_at_it_once(draw):
    sheets, read = draw((1, 1, 2))
    assert sorted(read[:2]) == [0, 2]
    assert len(sheets.picture_checks) == 3


def test_damaged_products_are_made_anew(draw, first, store):
    sheets, best = first
    for path in Path(store.url.removeprefix("file://")).rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[:-1] + b"?")
    after, read = draw()
    assert after == sheets
    assert read == [0, 1, 2, best]
