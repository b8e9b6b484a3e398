"""What the commands return."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from raypipe.story.model import AspectRatio

if TYPE_CHECKING:
    from raypipe_actors.messages import PoolStatus


@dataclass(frozen=True, slots=True)
class RenderOutcome:
    """A finished video. ``degraded`` says what is less than was asked for, a sentence each.

    A ``preview`` stands in ``folder`` by itself; another video is one of many files of its folder.
    ``further`` are the story's other formats, in the order in which they were asked for.
    """

    folder: Path
    video: Path
    status: Literal["clean", "degraded"]
    duration_s: float
    degraded: tuple[str, ...]
    notes: tuple[str, ...]
    cached: bool
    stages: dict[str, float]
    preview: bool = False
    aspect_ratio: AspectRatio = "9:16"
    seconds: float = 0.0
    further: tuple[RenderOutcome, ...] = ()

    @property
    def formats(self) -> tuple[RenderOutcome, ...]:
        """This video and those of the other formats."""
        return self, *self.further


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """A node of the cluster and its resources."""

    node_id: str
    address: str
    cpus: float
    gpus: float
    memory_bytes: float


@dataclass(frozen=True, slots=True)
class ClusterStatus:
    """A cluster at one moment."""

    address: str
    nodes: tuple[NodeStatus, ...]
    pools: tuple[PoolStatus, ...]


@dataclass(frozen=True, slots=True)
class WarmStep:
    """One part of a cluster that `up` starts: Ray itself, or the pool of an engine.

    ``seconds`` is how long it took so far; ``detail`` is what a warm worker says of itself, or why
    a start takes longer.
    """

    part: Literal["ray", "image", "speech", "render"]
    name: str
    state: Literal["starting", "warm"]
    seconds: float
    detail: str = ""
