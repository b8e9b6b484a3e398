"""Scenes to draw: three of "The Lost Artifact", and one of each kind that tests ask for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from raypipe.images.engine import ImageRequest, SceneFacts

ELENA = ("Elena", "woman", "red scarf, brown leather jacket, dark hair in a ponytail")
TOMAS = ("Tomas", "man", "grey beard, blue coat, brown hat")

_ARTIFACT = SceneFacts(
    text="In a dusty ancient temple Elena discovered a glowing crystal.",
    title="The Lost Artifact",
    genre="adventure",
    setting="ruins",
    mood="wondrous",
    subjects=("crystal", "temple"),
    characters=(ELENA,),
    actions=("discovering a crystal",),
    story_seed=7,
    scene_count=4,
)


@pytest.fixture
def artifact() -> tuple[SceneFacts, ...]:
    """Return four scenes of one story."""
    first = _ARTIFACT
    return (
        first,
        replace(
            first, setting="desert", hour="dusk", mood="calm", subjects=("map",),
            actions=("following a map",), scene_index=1,
        ),
        replace(
            first, mood="tense", hour="night", subjects=("torch", "door"),
            characters=(TOMAS, ELENA),
            actions=("holding the torch high",), scene_index=2,
        ),
        replace(
            first, setting="mountain", hour="night", subjects=("star",), characters=(ELENA, TOMAS),
            actions=("waiting",), scene_index=3,
        ),
    )  # fmt: skip


@pytest.fixture
def request_for() -> Callable[..., ImageRequest]:
    """Return a maker of requests: a scene (or changes to the first one), a size, a seed."""

    def make(
        scene: SceneFacts = _ARTIFACT,
        *,
        width: int = 180,
        height: int = 320,
        seed: int = 3,
        **changes,
    ) -> ImageRequest:
        return ImageRequest("", "", width, height, seed, replace(scene, **changes))

    return make
