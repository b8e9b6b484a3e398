"""How many stories a cluster renders at once, as a pure function of what it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

FEWEST: Final = 2
"""Two stories keep a machine busy: one is narrated while the other is encoded."""
MOST: Final = 8
"""More at once delay each other's first result and fill the object store."""
CPUS_A_STORY: Final = 4.0
"""Cores that a story of 60 s keeps busy over its length, encoding most of the time."""
STORIES_A_GPU: Final = 2
"""While pictures of one story are drawn, those of another are shown."""
BYTES_A_STORY: Final = 1_500_000_000
"""A runner's process, 8 MB a picture, 150 MB of frames in flight a render worker, and a margin."""


@dataclass(frozen=True, slots=True)
class ClusterRoom:
    """What the living nodes have in all. ``memory_bytes`` is what Ray may give to workers."""

    cpus: float
    gpus: float
    memory_bytes: float


def stories_at_once(room: ClusterRoom, *, max_concurrent_jobs: int) -> int:
    """Return how many stories may run at once, from 1 to `MOST`.

    A cluster that has anything takes `FEWEST`, and more with its cores and GPUs; memory and
    ``max_concurrent_jobs`` limit that, down to 1. A story takes no shares of its own: more of
    them than the pools can serve wait in the pools, with their pictures held in memory.
    """
    by_work = int(room.cpus / CPUS_A_STORY) + int(room.gpus * STORIES_A_GPU)
    by_memory = int(room.memory_bytes / BYTES_A_STORY)
    return max(1, min(max(by_work, FEWEST), by_memory, max_concurrent_jobs, MOST))
