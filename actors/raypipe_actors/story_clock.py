"""When the stages of a story begin and end."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from raypipe.progress import ProgressEvent, ProgressSink, Stage, State


@dataclass(frozen=True, slots=True)
class StageTime:
    """Seconds from the first start to the last end of a stage; stages overlap."""

    name: str
    seconds: float


@dataclass(slots=True)
class StoryClock:
    """When stages began and ended, and who is told."""

    sink: ProgressSink
    story_start_s: float = field(default_factory=time.perf_counter)
    spans: dict[str, tuple[float, float]] = field(default_factory=dict)

    def tell(
        self,
        stage: Stage,
        state: State,
        *,
        scene_id: str | None = None,
        done: int = 0,
        total: int = 0,
        detail: str = "",
    ) -> None:
        """Tell of a step, now."""
        now = time.perf_counter() - self.story_start_s
        first, _ = self.spans.get(stage, (now, now))
        self.spans[stage] = (first, now)
        self.sink(ProgressEvent(stage, state, now, scene_id, done, total, detail))

    def stages(self) -> tuple[StageTime, ...]:
        """Return how long each stage has taken so far."""
        return tuple(
            StageTime(name, round(last - first, 3)) for name, (first, last) in self.spans.items()
        )
