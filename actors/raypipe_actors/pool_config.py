"""What a pool is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from raypipe_actors.decisions import PoolLimits
from raypipe_actors.messages import PoolKind


@dataclass(frozen=True, slots=True)
class PoolConfig:
    """What a pool is made of; small, for it is a constructor argument of a restartable actor.

    A worker takes ``num_cpus`` cores and ``num_gpus`` GPUs, or shares of them. A request is made up
    to ``max_attempts`` times, after ``backoff_s``, twice that, and so on; a call of a worker may
    take ``request_timeout_s``.
    """

    name: str
    kind: PoolKind
    engine: str
    limits: PoolLimits
    num_cpus: float
    num_gpus: float = 0.0
    max_attempts: int = 3
    backoff_s: float = 1.0
    request_timeout_s: float = 600.0
    place_s: float = 20.0
    """How long a worker may wait for a place that is there, at first; Ray takes a second or two."""
    worker: Mapping[str, Any] = field(default_factory=dict)
    """Further arguments of the worker's class."""
