"""Who may be watching decides what is asked for first."""

from __future__ import annotations

import asyncio

import pytest

from raypipe.encode.live import LiveVideo
from raypipe_actors.filming import LiveShow


@pytest.fixture
def live(tmp_path):
    return LiveVideo(
        tmp_path / "live", size=(270, 480), fps=30, longest_s=5.0, on_playable=lambda _: None
    )


async def _waits(show: LiveShow, index: int, engine: str) -> bool:
    """Return whether a picture has to wait until something can be watched."""
    turn = asyncio.ensure_future(show.picture_turn(index, engine=engine))
    await asyncio.sleep(0)
    waited = not turn.done()
    show.begin()
    await turn
    return waited


@pytest.mark.parametrize(
    ("index", "engine", "waits"),
    [(0, "storybook", False), (1, "storybook", False), (2, "storybook", True)],
)
def test_pictures_after_the_first_segment_wait_for_what_is_watched(live, index, engine, waits):
    assert asyncio.run(_waits(LiveShow(live), index, engine)) == waits


def test_a_model_on_a_gpu_never_waits_for_the_narration(live):
    assert not asyncio.run(_waits(LiveShow(live), 5, "diffusers:/models/sdxl"))


def test_no_picture_waits_where_nobody_watches():
    assert not asyncio.run(_waits(LiveShow(None), 5, "storybook"))
