"""Embedded engines in the caller's process: previews and storyboards need no cluster for them.

They need no GPU and are open in half a second, where Ray takes seconds to start, and a cluster that
runs takes as long to be reached as they do to be opened. Models are still asked for of the pools.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from raypipe.errors import RaypipeError
from raypipe.revisions import embedded_revision
from raypipe.spool import Spool
from raypipe.stopping import check_stop, stop_when
from raypipe_actors.faults import as_raypipe_error
from raypipe_actors.keeping import Keeper
from raypipe_actors.link import ClusterLink, Maker
from raypipe_actors.making import draw_pictures, speak_text, tell_picture
from raypipe_actors.messages import ImageJob, PoolKind, Reply, SpeechJob, Ticket

_ATTEMPTS = 3
"""As many as a pool makes of a request that may succeed when it is made again."""

_READINGS = 2
"""Side by side: a reading's own threads wait for each other where cores are busy. Each takes 300 MB
at most, so there are no more."""


class NearLink(ClusterLink):
    """A link that leaves the cluster alone for what embedded engines can make in this process."""

    @cached_property
    def _spool(self) -> Spool:
        return Spool()

    @cached_property
    def _makers(self) -> dict[tuple[PoolKind, str], NearMaker]:
        return {}

    async def maker(self, kind: PoolKind, engine: str) -> Maker:
        """Return an embedded engine of this process, or the pool of another."""
        if embedded_revision(engine) is None:
            return await super().maker(kind, engine)
        known = self._makers.get((kind, engine))
        if known is None:
            # One thread draws, for drawing holds the interpreter; readings have the other cores.
            at_once = min(_READINGS, os.cpu_count() or 1) if kind == "speech" else 1
            known = NearMaker(engine, self._spool, at_once=at_once)
            self._makers[(kind, engine)] = known
        return known

    async def put(self, value: object) -> Any:
        """Return an array as it lies on disk; put anything else into the object store."""
        if isinstance(value, np.ndarray):
            return await asyncio.to_thread(self._spool.keep, value)
        return await super().put(value)

    async def flush(self) -> None:
        """Return once all that was made, here and by the pools, is in the store."""
        await asyncio.gather(*(maker.flush() for maker in self._makers.values()))
        await super().flush()


class NearMaker:
    """Does requests in turn with one engine, opened for the first of them.

    Args:
        engine: the name of an embedded engine.
        spool: where pictures wait until they are shown.
        at_once: requests that are worked on side by side.
    """

    def __init__(self, engine: str, spool: Spool, *, at_once: int = 1) -> None:
        self._name = engine
        self._spool = spool
        self._engine: Any = None
        self._keeper = Keeper()
        self._opening = threading.Lock()
        self._turns = asyncio.Semaphore(at_once)

    async def submit(self, ticket: Ticket) -> Reply:
        """Do the work of ``ticket``; a picture in the reply is the array itself.

        A call that is cancelled stops at its engine's next step.

        Raises:
            RaypipeError: the engine cannot be opened, refused, or failed each time.
        """
        asked_s = time.perf_counter()
        async with self._turns:
            began_s = time.perf_counter()
            given_up = threading.Event()
            try:
                done, refs, attempts = await asyncio.to_thread(self._work, ticket.job, given_up)
            finally:
                given_up.set()
        run_s = time.perf_counter() - began_s
        return Reply(done, refs, "here", attempts, queue_s=began_s - asked_s, run_s=run_s)

    async def flush(self) -> None:
        """Return once all that was made so far is in the store."""
        await asyncio.to_thread(self._keeper.flush)

    def _work(self, job: Any, given_up: threading.Event) -> tuple[Any, tuple[Any, ...], int]:
        """Return what was done, arrays that belong to it, and after how many attempts."""
        with stop_when(given_up.is_set):
            for attempt in range(1, _ATTEMPTS + 1):
                check_stop()
                try:
                    return *self._make(job), attempt
                except RaypipeError as error:
                    if not error.retryable or attempt == _ATTEMPTS:
                        raise
                except Exception as error:  # libraries raise anything, as in a worker
                    raise as_raypipe_error(error, where=self._name) from error
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _make(self, job: ImageJob | SpeechJob) -> tuple[Any, tuple[Any, ...]]:
        if isinstance(job, SpeechJob):
            from raypipe.speech.open import open_speech_engine

            return speak_text(self._opened(open_speech_engine), job, self._keeper), ()
        from raypipe.images.open import open_image_engine

        engine = self._opened(open_image_engine)
        (picture,) = draw_pictures(engine, [job])
        done = tell_picture(engine, job, picture, self._keeper, packed=False)
        return done, (self._spool.keep(picture),)

    def _opened(self, opener: Callable[[str], Any]) -> Any:
        with self._opening:
            if self._engine is None:
                self._engine = opener(self._name)
            return self._engine
