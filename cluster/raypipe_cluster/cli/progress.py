"""What is done of a story, and how long the rest will take: events folded into one state."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from raypipe.progress import ProgressEvent, Stage, State

SCENE_STAGES: tuple[Stage, ...] = ("image", "speech", "render")
STORY_STAGES: tuple[Stage, ...] = ("start", "sound", "join", "check")
ENDED: frozenset[State] = frozenset({"done", "cached", "degraded", "failed"})

_WEIGHTS: dict[Stage, float] = {
    "start": 1, "image": 1, "speech": 1, "render": 6, "sound": 1, "join": 1, "check": 1,
}  # fmt: skip
"""Shares of the bar: rendering is most of the work, see benchmarks/."""

RATE_MEMORY_S = 8.0
"""Time constant of the frame rate's exponential average: long enough to smooth the bursts in
which chunks of frames arrive, short enough to follow a machine that gets busy."""
MIN_OBSERVED_S = 2.0
"""Seconds of rendering before an estimate is worth showing."""


@dataclass(frozen=True, slots=True)
class StageStatus:
    """The latest event of one stage."""

    state: State = "queued"
    done: int = 0
    total: int = 0
    detail: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen in this stage."""
        return self.state in ENDED

    @property
    def fraction(self) -> float:
        """Share that is done, 0 to 1."""
        if self.ended:
            return 1.0
        return min(1.0, self.done / self.total) if self.total > 0 else 0.0


@dataclass(slots=True)
class FrameRate:
    """Frames a second, averaged over the last `RATE_MEMORY_S` seconds or so of rendering."""

    _weighted: float = 0.0
    _weight: float = 0.0
    _since_s: float | None = None
    _last_s: float = 0.0

    def observe(self, frames: int, *, at_s: float) -> None:
        """Note that ``frames`` were finished between the last observation and ``at_s``."""
        if self._since_s is None:
            self._since_s = self._last_s = at_s
            return
        span_s = at_s - self._last_s
        if span_s <= 0:
            self._weighted += frames / RATE_MEMORY_S
            return
        self._weighted, self._weight = self._decayed(frames, span_s)
        self._last_s = at_s

    def per_second(self, now_s: float) -> float | None:
        """Return the rate at ``now_s``; a pause since the last observation lowers it."""
        if self._since_s is None or now_s - self._since_s < MIN_OBSERVED_S:
            return None
        weighted, weight = self._decayed(0, max(0.0, now_s - self._last_s))
        return weighted / weight if weighted > 0 else None

    def _decayed(self, frames: int, span_s: float) -> tuple[float, float]:
        keep = math.exp(-span_s / RATE_MEMORY_S)
        gain = (1 - keep) * frames / span_s if span_s > 0 else 0.0
        return self._weighted * keep + gain, self._weight * keep + 1 - keep


@dataclass(slots=True)
class Tracker:
    """The state of one story, from its events. Not thread-safe: the display locks.

    Of a story in several formats, scenes and stages are those of the one that is being made
    (number ``video`` of ``videos``); shares, frames and times count all.
    """

    scenes: dict[str, dict[Stage, StageStatus]] = field(default_factory=dict)
    story: dict[Stage, StageStatus] = field(default_factory=dict)
    at_s: float = 0.0
    video: int = 1
    videos: int = 1
    aspect_ratio: str = ""
    _rate: FrameRate = field(default_factory=FrameRate)
    _shown: float = 0.0

    def update(self, event: ProgressEvent) -> bool:
        """Take in one event; return whether its stage is now in another state."""
        if event.video != self.video:
            self.scenes.clear()
            self.story.clear()
        self.video, self.videos = event.video, event.videos
        self.aspect_ratio = event.aspect_ratio
        stages = (
            self.story if event.scene_id is None else self.scenes.setdefault(event.scene_id, {})
        )
        before = stages.get(event.stage)
        now = StageStatus(event.state, event.done, event.total, event.detail)
        stages[event.stage] = now
        self.at_s = max(self.at_s, event.at_s)
        if event.stage == "render" and event.state not in {"queued", "cached"}:
            fresh = max(0, now.done - (before.done if before else 0))
            self._rate.observe(fresh, at_s=event.at_s)
        return before is None or before.state != now.state

    def status(self, stage: Stage, scene_id: str | None = None) -> StageStatus:
        """Return how far a stage of a scene, or of the story, is."""
        stages = self.story if scene_id is None else self.scenes.get(scene_id, {})
        return stages.get(stage, StageStatus())

    def fraction(self) -> float:
        """Return the share of all work that is done, 0 to 1; it never falls."""
        if not self.scenes:  # how much there is to do is not known yet
            return self._shown
        parts = [(_WEIGHTS[stage], self.status(stage).fraction) for stage in STORY_STAGES]
        for scene_id in self.scenes:
            parts += [(_WEIGHTS[s], self.status(s, scene_id).fraction) for s in SCENE_STAGES]
        share = sum(weight * part for weight, part in parts) / sum(weight for weight, _ in parts)
        self._shown = max(self._shown, (self.video - 1 + share) / self.videos)
        return self._shown

    def frame_counts(self) -> tuple[int, int]:
        """Return (frames finished, frames in all); scenes not begun count as the mean of others.

        All formats of a story have the same number of frames.
        """
        renders = [self.status("render", scene_id) for scene_id in self.scenes]
        known = [render for render in renders if render.total > 0]
        if not known:
            return 0, 0
        done = sum(render.total if render.ended else render.done for render in known)
        mean = sum(render.total for render in known) / len(known)
        open_count = sum(1 for render in renders if render.total == 0 and not render.ended)
        total = sum(render.total for render in known) + round(mean * open_count)
        return done + total * (self.video - 1), total * self.videos

    def frames_per_second(self, now_s: float) -> float | None:
        """Return the present frame rate, None while there is none to speak of."""
        done, total = self.frame_counts()
        return self._rate.per_second(now_s) if done < total else None

    def remaining_s(self, now_s: float) -> float | None:
        """Estimate the seconds until the last frame, from the frames left and the present rate.

        None before rendering has been watched for `MIN_OBSERVED_S`, and once all frames are done.
        """
        done, total = self.frame_counts()
        rate = self.frames_per_second(now_s)
        return (total - done) / rate if rate else None

    def ended_in(self, states: Iterable[State]) -> list[tuple[str | None, Stage, StageStatus]]:
        """List (scene, stage, status) of the stages that are in one of ``states``."""
        wanted = frozenset(states)
        everything = [(None, stage, status) for stage, status in self.story.items()]
        found: list[tuple[str | None, Stage, StageStatus]] = [*everything]
        for scene_id, stages in self.scenes.items():
            found += [(scene_id, stage, status) for stage, status in stages.items()]
        return [entry for entry in found if entry[2].state in wanted]
