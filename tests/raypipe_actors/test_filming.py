"""Who may be watching decides what is asked for first."""

from __future__ import annotations

import asyncio

import pytest

from raypipe.encode.live import LiveVideo
from raypipe.spool import Spool
from raypipe_actors.filming import LiveShow
from raypipe_actors.rendering import Segment
from raypipe_actors.steps import Soundtrack


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
    assert asyncio.run(_waits(LiveShow(live, one_machine=True), index, engine)) == waits


def test_a_model_on_a_gpu_never_waits_for_the_narration(live):
    assert not asyncio.run(_waits(LiveShow(live, one_machine=True), 5, "diffusers:/models/sdxl"))


def test_no_picture_waits_where_nobody_watches():
    assert not asyncio.run(_waits(LiveShow(None, one_machine=True), 5, "storybook"))


async def _turns(show: LiveShow, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Return whether a later segment's turn has come at first, after the sound, after the first."""
    monkeypatch.setattr(LiveVideo, "add_segment", lambda *_: None)
    monkeypatch.setattr(LiveVideo, "add_sound", lambda *_: None)
    data = Spool().put(b"coded")
    turn = asyncio.ensure_future(show.turn(3))
    come = []
    for add in (
        None,
        show.add_sound(Soundtrack(data, 48_000)),
        show.add_segment(Segment(0, data, cached=False, encode_s=0.1, attempts=1)),
    ):
        if add is not None:
            await add
        await asyncio.sleep(0)
        come.append(turn.done())
    return come


@pytest.mark.parametrize(
    ("one_machine", "come"), [(True, [False, False, True]), (False, [False, True, True])]
)
def test_on_one_machine_the_rest_waits_for_both_picture_and_sound(
    live, monkeypatch, one_machine, come
):
    show = LiveShow(live, one_machine=one_machine)
    assert asyncio.run(_turns(show, monkeypatch)) == come
