"""The storyboard by itself, of pictures that are kept."""

from __future__ import annotations

import asyncio

import numpy as np

from raypipe.picture.light import map_light
from raypipe.revisions import embedded_revision
from raypipe.store.content import ContentStore
from raypipe.store.keys import content_key
from raypipe.store.products import put_picture
from raypipe.story.model import Story
from raypipe.story.planner import plan_story
from raypipe.timeline.model import Rect
from raypipe_actors.assets import picture_request
from raypipe_actors.link import ClusterLink
from raypipe_actors.pipeline import StoryRun

TEXT = "A fox ran. It saw a hen.\n\nThe hen slept. Night fell.\n\nThe fox went home. It sang."


def refuse_to_connect():
    raise AssertionError("nothing that needs Ray was asked for")


def test_of_kept_pictures_it_needs_no_cluster(store, options_for):
    story = Story(story_id="fox", title="The Fox", content=TEXT)
    plan = plan_story(story, target_duration=15, aspect_ratio="9:16")
    options = options_for(store)
    for index in range(len(plan.scenes)):
        picture = np.full((1920, 1080, 3), 60 * index, np.uint8)
        key = content_key(
            "image",
            engine="storybook",
            revision=embedded_revision("storybook"),
            request=picture_request(plan, index),
        )
        whole = Rect(0.0, 0.0, 1.0, 1.0)
        put_picture(ContentStore(store), key, picture, focus=whole, light=map_light(picture))
    events = []
    link = ClusterLink(refuse_to_connect, local=True)
    sheet = asyncio.run(StoryRun(plan, options, link, events.append).storyboard())
    assert sheet[:2] == b"\xff\xd8"
    assert [event.state for event in events if event.stage == "image"][-1] == "cached"
