"""The driver's side of the pools: opening dispatchers and asking them."""

from __future__ import annotations

import contextlib
import re
from typing import Any

import ray
from ray.util import list_named_actors

from raypipe.store.keys import code_revision
from raypipe_actors.decisions import PoolLimits
from raypipe_actors.dispatcher import Dispatcher
from raypipe_actors.faults import as_raypipe_error
from raypipe_actors.messages import (
    DISPATCHER_PREFIX,
    NAMESPACE,
    PoolKind,
    PoolStatus,
    Reply,
    Ticket,
    WorkerInfo,
)
from raypipe_actors.packing import pack, unpack
from raypipe_actors.pool_config import PoolConfig
from raypipe_actors.shares import Shares

_PATIENCE_S = 2.0
"""How long a queue may stand before another model is loaded onto a GPU, which takes longer."""

_COOL_DOWN_S = 30.0
"""Seconds between the last change of a pool's size and its shrinking."""


class Pool:
    """A handle on one pool's dispatcher; errors arrive as raypipe's own."""

    def __init__(self, handle: Any, config: PoolConfig) -> None:
        self._handle = handle
        self.config = config

    async def submit(self, ticket: Ticket) -> Reply:
        """Do the work of ``ticket``; see `Dispatcher.serve`."""
        return unpack(await self._ask("submit", pack(ticket)), Reply)

    async def describe(self) -> WorkerInfo:
        """Return what a warm worker is; see `Dispatcher.describe`."""
        info: WorkerInfo = await self._ask("describe")
        return info

    async def warm(self, workers: int) -> WorkerInfo:
        """Keep ``workers`` workers warm; see `Dispatcher.warm`."""
        info: WorkerInfo = await self._ask("warm", workers)
        return info

    async def prepare(self, workers: int) -> None:
        """Start workers ahead of their first request; see `Dispatcher.prepare`."""
        await self._ask("prepare", workers)

    async def progress(self, story: str) -> dict[str, int]:
        """Return steps done per running request of ``story``."""
        done: dict[str, int] = await self._ask("progress", story)
        return done

    async def cancel(self, story: str) -> None:
        """Drop what still waits for ``story``."""
        await self._ask("cancel", story)

    async def flush(self) -> None:
        """Return once all products so far are in the store."""
        await self._ask("flush")

    async def status(self) -> PoolStatus:
        """Return the pool's figures."""
        status: PoolStatus = await self._ask("status")
        return status

    async def _ask(self, method: str, *args: object) -> Any:
        try:
            return await getattr(self._handle, method).remote(*args)
        except ray.exceptions.RayError as error:
            raise as_raypipe_error(error, where=self.config.name) from error


def pool_config(kind: PoolKind, engine: str, shares: Shares, *, gpus: float = 0.0) -> PoolConfig:
    """Return how the pool for ``engine`` is made on a cluster with these ``shares``."""
    workers = {
        "image": (shares.image_cpus, shares.image_workers),
        "speech": (shares.speech_cpus, shares.speech_workers),
        "render": (shares.render_cpus, shares.render_workers),
    }
    num_cpus, max_workers = workers[kind]
    return PoolConfig(
        name=pool_name(kind, engine),
        kind=kind,
        engine=engine,
        limits=PoolLimits(
            max_workers=max_workers,
            max_batch=4 if kind == "image" else 1,
            patience_s=_PATIENCE_S if gpus else 0.0,
            cool_down_s=_COOL_DOWN_S,
        ),
        num_cpus=num_cpus,
        num_gpus=gpus,
    )


def pool_name(kind: PoolKind, engine: str) -> str:
    """Return the actor name of a pool: its kind, engine and the code's revision.

    A cluster that outlives an upgrade thus never serves a new client with old code.
    """
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", engine)
    code = code_revision("raypipe", "raypipe_actors")
    return f"{DISPATCHER_PREFIX}{kind}:{plain}@{code[:8]}"


def open_pool(config: PoolConfig, *, dispatcher: type[Dispatcher] = Dispatcher) -> Pool:
    """Return the pool of that name, making its dispatcher if nobody has yet.

    Another class of ``dispatcher`` may bring workers of its own (`Dispatcher.worker_classes`).

    Pools of older code are told to end their workers, or these would keep what ours need.
    """
    _retire_older(config.name)
    handle = (
        ray.remote(dispatcher)
        .options(
            name=config.name,
            namespace=NAMESPACE,
            get_if_exists=True,
            lifetime="detached",
            num_cpus=0,
            max_restarts=-1,
            # Requests are idempotent by key, so a call that a restart cut off is made again.
            max_task_retries=-1,
            max_concurrency=10_000,
            # Ray's own record of each call (`ray list tasks`) takes a twentieth of a call's time.
            enable_task_events=False,
        )
        .remote(config)
    )
    return Pool(handle, config)


def _retire_older(name: str) -> None:
    head, _, code = name.rpartition("@")
    for other in list_named_actors():
        found, _, other_code = other.rpartition("@")
        if found == head and "#" not in other and other_code != code:
            with contextlib.suppress(ValueError):
                ray.get_actor(other, namespace=NAMESPACE).retire.remote()
