"""A story's progress, with what it costs to start Ray for it told among it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from raypipe.progress import ProgressEvent, ProgressSink, State
from raypipe_cluster.session import RaySession


class StartProgress:
    """Passes a story's events on, and tells in its stage ``start`` when Ray is started once more.

    Args:
        session: what `connect` connects.
        sink: where events go; may be told from any thread.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        session: RaySession,
        sink: ProgressSink,
        *,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._session = session
        self._sink = sink
        self._clock = clock
        self._lock = threading.Lock()
        self._latest = ProgressEvent("start", "queued", 0.0)
        self._latest_s = clock()
        self._retried = False
        session.on_retry = self._tell_retry

    def on_event(self, event: ProgressEvent) -> None:
        """Pass on an event of the story."""
        with self._lock:
            self._latest, self._latest_s = event, self._clock()
        self._sink(event)

    def connect(self) -> None:
        """Connect the session, as `RaySession.connect` does."""
        self._session.connect()
        if self._retried:
            self._tell("done", "Ray runs")

    def _tell_retry(self, phrase: str) -> None:
        self._retried = True
        self._tell("retrying", phrase)

    def _tell(self, state: State, detail: str) -> None:
        """Tell of the start in the format that is being made, on the story's own clock."""
        with self._lock:
            latest, passed_s = self._latest, self._clock() - self._latest_s
        at_s = latest.at_s + passed_s
        self._sink(
            replace(
                latest, stage="start", state=state, at_s=at_s, scene_id=None, done=0, total=0,
                detail=detail,
            )
        )  # fmt: skip
