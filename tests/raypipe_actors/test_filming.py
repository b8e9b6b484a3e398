"""Who may be watching decides what is asked for first."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest

from raypipe.encode.live import LiveVideo
from raypipe.settings import Settings
from raypipe.speech.engine import Speech
from raypipe.spool import Spool
from raypipe.story.model import Story
from raypipe.story.planner import plan_story
from raypipe.timeline.model import Rect, SegmentSpec
from raypipe.timeline.schedule import make_schedule
from raypipe_actors.assets import PictureAsset
from raypipe_actors.filming import Filming, LiveShow
from raypipe_actors.narration import SpeechAsset
from raypipe_actors.rendering import Segment
from raypipe_actors.steps import Soundtrack
from raypipe_actors.story_clock import StoryClock
from raypipe_cluster.running import render_options


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


class _Shop:
    """Takes orders for segments, and makes one at once."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, tuple[int, ...]]] = []

    async def watch(self) -> None:
        """Watch nothing."""

    async def get(self, spec: SegmentSpec, shown: Sequence[int]) -> Segment:
        """Note what is asked for."""
        self.asked.append((spec.index, tuple(shown)))
        data = Spool().put(b"coded")
        return Segment(spec.index, data, cached=False, encode_s=0.1, attempts=1)


async def _filmed_while_a_picture_is_missing() -> tuple[list, list]:
    """Return what is asked for of two scenes before the second picture is there, and in all."""
    story = Story(
        story_id="two",
        title="Two",
        content="The lamp went out in the old tower.\n\nThe wind pulled at the heavy door.",
    )
    plan = plan_story(story, target_duration=12, aspect_ratio="9:16", style="")
    assert len(plan.scenes) == 2
    spoken = Speech(np.zeros(5 * 24_000, np.float32), 24_000)
    said = SpeechAsset("said", spoken, "piper:joe", cached=False, attempts=1, degraded=None)
    loop = asyncio.get_running_loop()
    pictures: list[asyncio.Future] = [loop.create_future() for _ in plan.scenes]
    drawn = PictureAsset(
        "drawn",
        (1080, 1920),
        Rect(0, 0, 1, 1),
        light=None,
        engine="storybook",
        cached=False,
        attempts=1,
        degraded=None,
    )
    filming = Filming(
        plan,
        render_options(plan, Settings()),
        size=(270, 480),
        schedule=make_schedule([5.0, 5.0], ["dissolve", "cut"], fps=30, target_s=12),
        speech=[said, said],
        pictures=pictures,  # type: ignore[arg-type] - a task is a future
        show=LiveShow(None, one_machine=True),
        readings=None,
        clock=StoryClock(lambda _: None),
    )
    shop = _Shop()
    running = asyncio.ensure_future(filming.run(shop))  # type: ignore[arg-type] - takes orders
    pictures[0].set_result(drawn)
    for _ in range(20):  # all that can be asked for is asked for without waiting
        await asyncio.sleep(0)
    before = list(shop.asked)
    pictures[1].set_result(drawn)
    await running
    return before, shop.asked


def test_only_a_transition_waits_for_the_next_picture():
    before, asked = asyncio.run(_filmed_while_a_picture_is_missing())
    mixed = [index for index, shown in asked if shown == (0, 1)]
    assert len(mixed) == 1
    assert before
    assert before == [(index, (0,)) for index in range(mixed[0])]
