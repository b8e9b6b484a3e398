"""What a running story reports about itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Stage = Literal["start", "image", "speech", "render", "sound", "join", "check", "publish", "live"]
State = Literal["queued", "running", "done", "cached", "retrying", "degraded", "failed"]


@dataclass(frozen=True, slots=True)
class ProgressEvent:
    """One step of one stage, of one scene or (``scene_id`` None) of the whole story.

    ``done`` of ``total`` counts frames for the stage ``render``, else steps; ``detail`` is a short
    phrase for people. ``at_s`` is seconds since the story began. Where several formats are made,
    this is of number ``video`` of ``videos``, of ``aspect_ratio``.
    """

    stage: Stage
    state: State
    at_s: float
    scene_id: str | None = None
    done: int = 0
    total: int = 0
    detail: str = ""
    video: int = 1
    videos: int = 1
    aspect_ratio: str = ""


ProgressSink = Callable[[ProgressEvent], None]
