"""What tests of several pools share: a store, segments to be rendered, the composers' processes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from raypipe.store.content import StoreConfig
from raypipe.timeline.model import (
    KenBurns,
    Rect,
    SegmentSpec,
    TextStyle,
    TimelineScene,
    Transition,
    VisualLayer,
)
from raypipe_actors.messages import Encoding, RenderJob, Sealed, Ticket
from raypipe_actors.options import RenderOptions

MOTION = KenBurns(Rect(0, 0, 1, 1), Rect(0.05, 0.05, 0.9, 0.9))


@pytest.fixture
def store(tmp_path: Path) -> StoreConfig:
    return StoreConfig(url=f"file://{tmp_path}/store")


@pytest.fixture(scope="session")
def options_for() -> Callable[..., RenderOptions]:
    """Make the options of a draft with pictures of the storybook; ``changes`` are its fields."""

    def make(store: StoreConfig, **changes: Any) -> RenderOptions:
        options = RenderOptions(
            fps=30,
            quality="draft",
            max_bitrate=8_000_000,
            images="storybook",
            speech="silence",
            encoder="auto",
            voice=None,
            music="none",
            captions=False,
            caption_style=TextStyle(),
            platforms=(),
            store=store,
        )
        return replace(options, **changes)

    return make


@pytest.fixture(scope="session")
def segment() -> Callable[..., Ticket]:
    """Make the ticket of a segment: frames ``first`` to ``frames`` of a scene with one picture.

    ``picture`` is a reference; numbers that end alike name the same picture. ``changes`` are
    fields of the ticket.
    """

    def make(
        store: StoreConfig,
        picture: Any,
        n: int,
        *,
        frames: int,
        size: tuple[int, int] = (96, 160),
        first: int = 0,
        **changes: Any,
    ) -> Ticket:
        key = f"p{n % 10}"
        cut = Transition(kind="cut")
        scene = TimelineScene(f"s{n}", 0, frames, VisualLayer(key, MOTION), (), None, cut)
        spec = SegmentSpec(n, *size, 30, 0, first, frames, scene, None)
        encoding = Encoding("libx264", "draft", 8_000_000)
        job = RenderJob(f"segment/{n}", Sealed.of(spec), ((key, picture),), encoding, store)
        return replace(Ticket(job.key, "story", n, job), **changes)

    return make


@pytest.fixture(scope="session")
def composers() -> Callable[[], set[psutil.Process]]:
    """Find the composers' processes of this test run's own Ray."""

    def find() -> set[psutil.Process]:
        found = set()
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):  # it may end while it is looked at
                if (process.cmdline() or [""])[0].startswith(("ray::Composer", "ray::frames:")):
                    found.add(process)
        return found

    return find
