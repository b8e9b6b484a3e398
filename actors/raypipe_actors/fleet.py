"""The workers of a pool: started, watched, probed and ended.

A worker is pending until a node has room for it, starting while it warms up, then idle or busy;
quarantined after a call that may or may not have run, and draining once it is to end.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import ray
from ray.util import list_named_actors

from raypipe.errors import RaypipeError
from raypipe_actors.background import Background
from raypipe_actors.decisions import WorkerState, WorkerView, pick_worker
from raypipe_actors.faults import as_raypipe_error
from raypipe_actors.messages import NAMESPACE, WorkerInfo, WorkerMemory, WorkerStatus
from raypipe_actors.pool_config import PoolConfig
from raypipe_actors.ray_private import draining_nodes, free_by_node

logger = logging.getLogger(__name__)

_MOST_STREAMS = 16
"""Calls that a render worker may be given at once; it says itself how many are useful."""
_PING_TIMEOUT_S = 5.0


@dataclass(slots=True)
class Worker:
    """A worker as its pool knows it; ``since_s`` is when it entered its state."""

    worker_id: str
    handle: Any
    state: WorkerState
    since_s: float
    info: WorkerInfo | None = None
    running: tuple[str, ...] = ()
    """The requests that it has."""

    def view(self) -> WorkerView:
        """Return what decisions know of it."""
        node = self.info.node_id if self.info else ""
        free = self.info.streams - len(self.running) if self.info else 0
        return WorkerView(self.worker_id, node, self.state, self.since_s, max(free, 0))

    def enter(self, state: WorkerState) -> None:
        """Note that it is in ``state`` from now on."""
        self.state, self.since_s = state, time.monotonic()
        if state == "idle":
            self.running = ()

    def take(self, request_ids: Sequence[str]) -> None:
        """Note that it works on ``request_ids`` from now on."""
        self.running += tuple(request_ids)
        self.enter("busy")

    def release(self, request_ids: Sequence[str]) -> None:
        """Note that it is done with ``request_ids``, though perhaps not with others."""
        self.running = tuple(name for name in self.running if name not in request_ids)
        if self.state == "busy" and not self.running:
            self.enter("idle")

    async def memory(self) -> WorkerMemory:
        """Ask it what it takes; nothing is known of one that does not answer."""
        if self.info is None:
            return WorkerMemory()
        try:
            async with asyncio.timeout(_PING_TIMEOUT_S):
                memory: WorkerMemory = await self.handle.memory.remote()
                return memory
        except (TimeoutError, ray.exceptions.RayError):
            return WorkerMemory()

    async def status(self) -> WorkerStatus:
        """Return what people are told of it."""
        info = self.info
        return WorkerStatus(
            worker_id=self.worker_id,
            state=self.state,
            node_id=info.node_id if info else "",
            pid=info.pid if info else 0,
            started_s=info.started_s if info else 0.0,
            device=info.device if info else "",
            memory=await self.memory(),
        )


class Fleet:
    """Holds the workers of one pool.

    Args:
        config: of the pool.
        worker_class: an actor's class, built from (worker id, engine, pool's name, ...).
        background: runs what takes longer than a call.
        changed: called when a worker has become warm, or was lost while it did not answer.
        hopeless: called with the reason when no worker can be had.
    """

    def __init__(
        self,
        config: PoolConfig,
        worker_class: type,
        background: Background,
        *,
        changed: Callable[[], None],
        hopeless: Callable[[RaypipeError], None],
    ) -> None:
        self._config = config
        self._worker_class = worker_class
        self._background = background
        self._changed = changed
        self._hopeless = hopeless
        self._workers: dict[str, Worker] = {}
        self._draining_nodes: frozenset[str] = frozenset()
        self._failure: RaypipeError | None = None
        self._failures = 0
        self._replaced = 0
        self._ready = asyncio.Event()

    def __len__(self) -> int:
        return len(self._workers)

    def __iter__(self) -> Iterator[Worker]:
        """Yield all, which may be lost meanwhile."""
        return iter(list(self._workers.values()))

    def __getitem__(self, worker_id: str) -> Worker:
        return self._workers[worker_id]

    def get(self, worker_id: str) -> Worker | None:
        """Return a worker, or None if it is not here."""
        return self._workers.get(worker_id)

    def count_states(self) -> dict[str, int]:
        """Return how many workers are in each state, those that none is in included."""
        states = Counter(worker.state for worker in self)
        return {state: states[state] for state in get_args(WorkerState)}

    def any_info(self) -> WorkerInfo | None:
        """Return what a warm worker said of itself, if there is one."""
        return next((worker.info for worker in self if worker.info), None)

    def free(self, near_node: str) -> Worker | None:
        """Return the worker to use next, on ``near_node`` if one is there; None if all are busy."""
        staying = [worker.view() for worker in self if not self._is_leaving(worker)]
        view = pick_worker(staying, near_node=near_node)
        return self._workers[view.worker_id] if view else None

    def longest_idle(self) -> Worker | None:
        """Return the idle worker that has been idle the longest, if any is."""
        idle = [worker for worker in self if worker.state == "idle"]
        return min(idle, key=lambda worker: worker.since_s, default=None)

    def waits_for_room(self, wait_s: float) -> bool:
        """Tell whether no node had room for a worker for ``wait_s`` or longer."""
        return bool(self._unplaced(wait_s))

    def _unplaced(self, wait_s: float) -> list[Worker]:
        """Return the workers that have waited for their place for ``wait_s`` or longer."""
        now = time.monotonic()
        return [
            worker
            for worker in self
            if worker.state == "pending" and now - worker.since_s >= wait_s
        ]

    def wait_anew(self) -> None:
        """Give workers that wait for room time to move in, before more room is asked for."""
        for worker in self:
            if worker.state == "pending":
                worker.enter("pending")

    # -- their beginning -----------------------------------------------------------------------

    async def first_info(self) -> WorkerInfo:
        """Return what a warm worker says of itself, starting one if there is none.

        Raises:
            RaypipeError: no worker can be started; the reason is the engine's own.
        """
        while True:
            info = self.any_info()
            if info is not None:
                return info
            if self._failure is not None and not self._workers:
                failure, self._failure = self._failure, None
                raise failure
            if not self._workers:
                self.add()
            self._ready.clear()
            await self._ready.wait()

    def add(self) -> None:
        """Start a worker."""
        config = self._config
        worker_id = secrets.token_hex(4)
        handle: Any = (
            # Ray's annotations do not know concurrency groups, its documentation does.
            ray.remote(concurrency_groups={"control": 1})(self._worker_class)  # type: ignore[call-overload]
            .options(
                name=self._name(worker_id),
                namespace=NAMESPACE,
                lifetime="detached",
                num_cpus=config.num_cpus,
                num_gpus=config.num_gpus,
                max_restarts=0,
                max_task_retries=0,
                enable_task_events=False,  # as for dispatchers
                max_concurrency=_MOST_STREAMS if config.kind == "render" else 1,
            )
            .remote(worker_id, config.engine, config.name, **config.worker)
        )
        self._watch(Worker(worker_id, handle, "pending", time.monotonic()))

    def adopt(self) -> None:
        """Take over the workers that an earlier life of this pool's dispatcher started."""
        prefix = self._name("")
        for name in list_named_actors():
            if name.startswith(prefix):
                with contextlib.suppress(ValueError):
                    handle = ray.get_actor(name, namespace=NAMESPACE)
                    worker_id = name.removeprefix(prefix)
                    self._watch(Worker(worker_id, handle, "starting", time.monotonic()))

    async def replace_unplaced(self) -> None:
        """Start others for workers that find no place though a node has room for them.

        Where the head is lost while Ray places an actor, the node may hold that place for the lost
        request: the actor then waits until something else on that node ends, perhaps for ever.
        It is not told from one whose process takes long to start, so each further wait is twice as
        long, until a worker is there.
        """
        wait_s = self._config.place_s * 2**self._replaced
        if not self.waits_for_room(wait_s) or not await asyncio.to_thread(self._fits_somewhere):
            return
        self._replaced += 1
        for worker in self._unplaced(wait_s):  # looked for again: some may have come meanwhile
            logger.warning("worker not placed", extra={"pool": self._config.name})
            self.lose(worker, kill=True)
            self.add()

    def _fits_somewhere(self) -> bool:
        config = self._config
        return any(
            free.get("CPU", 0.0) >= config.num_cpus and free.get("GPU", 0.0) >= config.num_gpus
            for free in free_by_node().values()
        )

    def _name(self, worker_id: str) -> str:
        return f"{self._config.name}#{worker_id}"

    def _watch(self, worker: Worker) -> None:
        self._workers[worker.worker_id] = worker
        self._background.spawn(self._await_ready(worker))

    async def _await_ready(self, worker: Worker) -> None:
        try:
            worker.info = await worker.handle.ready.remote()
        except Exception as error:  # noqa: BLE001 - the actor's boundary: everything is told apart
            if self._workers.get(worker.worker_id) is not worker:
                return  # it had been given up, and was ended by us
            self._failures += 1
            self._failure = as_raypipe_error(error, where=self._config.name)
            self.lose(worker, kill=True)
            self._give_up_if_hopeless(self._failure)
        else:
            self._failure, self._failures, self._replaced = None, 0, 0
            worker.enter("idle")
        self._ready.set()
        self._changed()

    def _give_up_if_hopeless(self, failure: RaypipeError) -> None:
        """Tell that no worker can be had: at once if trying again cannot help."""
        may_help = failure.retryable and self._failures < self._config.max_attempts
        if self.any_info() is None and not may_help:
            self._hopeless(failure)

    # -- their end -----------------------------------------------------------------------------

    def lose(self, worker: Worker, *, kill: bool = False) -> None:
        """Forget a worker that is dead, or shall be (``kill``)."""
        self._workers.pop(worker.worker_id, None)
        if kill:
            with contextlib.suppress(ray.exceptions.RayError, ValueError):
                ray.kill(worker.handle)

    def quarantine(self, worker: Worker) -> None:
        """Give no work to a worker that did not answer until it says that it lives."""
        worker.enter("quarantined")
        self._background.spawn(self._probe(worker))

    async def _probe(self, worker: Worker) -> None:
        try:
            async with asyncio.timeout(_PING_TIMEOUT_S):
                worker.info = await worker.handle.ready.remote()
        except (TimeoutError, ray.exceptions.RayError, RaypipeError):
            self.lose(worker, kill=True)
        else:
            worker.enter("idle")
        self._changed()

    def drain(self, worker: Worker) -> None:
        """End an idle worker, in the background."""
        worker.enter("draining")
        self._background.spawn(self.end(worker))

    async def end(self, worker: Worker) -> None:
        """Have a worker close, then end it."""
        worker.enter("draining")
        with contextlib.suppress(TimeoutError, ray.exceptions.RayError):
            async with asyncio.timeout(_PING_TIMEOUT_S):
                await worker.handle.close.remote()
        self.lose(worker, kill=True)

    async def leave_draining_nodes(self) -> None:
        """Give no new work to workers whose node is about to go; others are started elsewhere."""
        self._draining_nodes = await asyncio.to_thread(draining_nodes)
        for worker in self:
            if worker.state == "idle" and self._is_leaving(worker):
                self.drain(worker)

    def _is_leaving(self, worker: Worker) -> bool:
        return worker.info is not None and worker.info.node_id in self._draining_nodes

    async def flush(self) -> None:
        """Return once the products of all workers are in the store, or cannot get there."""
        await asyncio.gather(
            *(worker.handle.flush.remote() for worker in self if worker.info),
            return_exceptions=True,
        )
