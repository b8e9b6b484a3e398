"""Whether a running story still gets on, as a pure function of what it reported.

A heartbeat says that a process lives, not that it works. Progress is a step that says something
new; a story without any for too long is stuck, in the earliest stage that is not finished.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from raypipe.progress import ProgressEvent, Stage

_ORDER: Final[tuple[Stage, ...]] = (
    "start", "speech", "image", "sound", "render", "join", "check", "publish",
)  # fmt: skip
_OPEN: Final = frozenset({"queued", "running", "retrying"})


@dataclass(slots=True)
class StageWatch:
    """Follows the steps of one attempt.

    Args:
        since_s: when the attempt began, on the clock that the other times are of.
        limit_s: how long it may go on without progress.
    """

    since_s: float
    limit_s: float
    _last_s: float = field(init=False)
    _latest: dict[tuple[Stage, str | None], tuple[str, int]] = field(
        default_factory=dict, init=False
    )

    def __post_init__(self) -> None:
        self._last_s = self.since_s

    def note(self, event: ProgressEvent, now_s: float) -> None:
        """Take notice of ``event``; one that repeats what is known is no progress.

        A retry is none either: a worker that fails again and again gets nowhere.
        """
        key, told = (event.stage, event.scene_id), (event.state, event.done)
        if self._latest.get(key) != told and event.state != "retrying":
            self._last_s = now_s
        self._latest[key] = told

    def stalled(self, now_s: float) -> Stage | None:
        """Return the stage in which the story is stuck, or None while it gets on."""
        if now_s - self._last_s <= self.limit_s:
            return None
        waiting = {stage for (stage, _), (state, _) in self._latest.items() if state in _OPEN}
        return next((stage for stage in _ORDER if stage in waiting), "start")
