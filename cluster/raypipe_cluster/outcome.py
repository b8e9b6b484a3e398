"""What the commands return."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from raypipe_actors.messages import PoolStatus


@dataclass(frozen=True, slots=True)
class RenderOutcome:
    """A finished video. ``degraded`` says what is less than was asked for, a sentence each."""

    folder: Path
    video: Path
    status: Literal["clean", "degraded"]
    duration_s: float
    degraded: tuple[str, ...]
    notes: tuple[str, ...]
    cached: bool
    stages: dict[str, float]


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

    def __str__(self) -> str:
        lines = [f"cluster at {self.address}"]
        for node in self.nodes:
            gpus = f", {node.gpus:g} GPUs" if node.gpus else ""
            memory = f"{node.memory_bytes / 1e9:.0f} GB"
            lines.append(
                f"  node {node.node_id[:8]} {node.address}: {node.cpus:g} CPUs{gpus}, {memory}"
            )
        for pool in self.pools:
            lines.append(
                f"  {pool.kind:<7}{pool.engine}: {len(pool.workers)} workers, "
                f"{pool.running} running, {pool.queued} queued, {pool.done} done, "
                f"{pool.failed} failed, "
                f"p50 {pool.p50_s:.1f} s, p95 {pool.p95_s:.1f} s"
            )
            lines += [
                f"    {worker.worker_id} {worker.state}, pid {worker.pid}, "
                f"{worker.rss_bytes / 1e6:.0f} MB"
                for worker in pool.workers
            ]
        return "\n".join(lines if self.pools else [*lines, "  no pools yet"])
