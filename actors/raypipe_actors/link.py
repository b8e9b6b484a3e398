"""A story's link to the cluster: opened when it is first needed, which a cached story never is."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from raypipe.heap import trim_heap
from raypipe_actors.faults import fetch, fetched, is_reference
from raypipe_actors.messages import PoolKind, Reply, Ticket
from raypipe_actors.shares import Shares, gpu_share, share_out
from raypipe_actors.steps import call_in_task

if TYPE_CHECKING:
    from raypipe_actors.pools import Pool

Found = TypeVar("Found")

_STEP_RETRIES = 2
_STEP_PATIENCE_S = 10.0
"""How long a step may wait before an idle worker has to make room; most have ended by then."""


class Maker(Protocol):
    """Makes pictures or narrations: a pool, or an engine of this process."""

    async def submit(self, ticket: Ticket) -> Reply:
        """Do the work of ``ticket``; see `raypipe_actors.pools.Pool`."""
        ...


class ClusterLink:
    """Opens Ray through ``connect`` once, then pools and steps on it.

    Args:
        connect: blocks until this process is connected to Ray; called at most once.
        local: the cluster is this machine, so that what is found here is found there.
        disconnect: undoes ``connect``, or what there is of it; None leaves Ray to somebody else.
    """

    def __init__(
        self,
        connect: Callable[[], None],
        *,
        local: bool,
        disconnect: Callable[[], None] | None = None,
    ) -> None:
        self.local = local
        self._connect = connect
        self._disconnect = disconnect
        self._opening: asyncio.Task[Shares] | None = None
        self._pools: dict[tuple[PoolKind, str], Pool] = {}
        self._helpers: set[asyncio.Task[None]] = set()

    def begin(self) -> None:
        """Start to connect in the background."""
        if self._opening is None:
            self._opening = asyncio.get_running_loop().create_task(self._open())

    async def shares(self) -> Shares:
        """Return how the cluster is shared out, connecting first if need be."""
        self.begin()
        if self._opening is None:
            raise RuntimeError("begin() did not begin")
        return await asyncio.shield(self._opening)

    async def _open(self) -> Shares:
        await asyncio.to_thread(self._connect)
        _take_back_sigterm()
        found = _resources()
        gpus = found.get("GPU", 0.0)
        return share_out(
            max(found.get("CPU", 1.0), 1.0), gpus, image_on_gpu=gpus > 0, speech_on_gpu=gpus > 0
        )

    async def pool(self, kind: PoolKind, engine: str) -> Pool:
        """Return the pool of ``engine``, making its dispatcher if nobody has yet."""
        from raypipe_actors.pools import open_pool, pool_config

        shares = await self.shares()
        known = self._pools.get((kind, engine))
        if known is None:
            gpus = gpu_share(engine, _resources().get("GPU", 0.0))
            known = open_pool(pool_config(kind, engine, shares, gpus=gpus))
            self._pools[(kind, engine)] = known
        return known

    async def maker(self, kind: PoolKind, engine: str) -> Maker:
        """Return what makes pictures or narrations with ``engine``."""
        return await self.pool(kind, engine)

    @property
    def pools(self) -> tuple[Pool, ...]:
        """The pools opened so far."""
        return tuple(self._pools.values())

    async def ask(self, find: Callable[[], Found]) -> Found:
        """Find something out where the work will be done."""
        if self.local:
            return await asyncio.to_thread(find)
        found: Found = await self.step(call_in_task, find)
        return found

    async def step(self, function: Callable[..., Any], *args: Any) -> Any:
        """Run ``function`` on the cluster and return its result; references are given as values.

        Where the cluster is this machine, a thread of this process does it: a task would first have
        to start a process, which takes a second of a core.

        Raises:
            RaypipeError: as ``function``, or a value was lost with its owner.
        """
        if self.local:
            return await asyncio.to_thread(_call_here, function, args)
        return await fetched(await self.step_ref(function, *args), where=function.__name__)

    async def step_ref(self, function: Callable[..., Any], *args: Any) -> Any:
        """Start ``function`` as a task and return the reference to its result."""
        shares = await self.shares()
        import ray

        task = ray.remote(_do).options(
            name=function.__name__, num_cpus=shares.step_cpus, max_retries=_STEP_RETRIES
        )
        ref = task.remote(function, *args)
        if shares.step_cpus:
            helper = asyncio.get_running_loop().create_task(self._find_room(ref, shares.step_cpus))
            self._helpers.add(helper)
            helper.add_done_callback(self._helpers.discard)
        return ref

    async def _find_room(self, ref: Any, num_cpus: float) -> None:
        """Have one idle worker ended if a step does not get on because the cluster is full."""
        import ray

        from raypipe_actors.room import Share, make_room

        while True:
            ready, _ = await asyncio.to_thread(
                ray.wait, [ref], timeout=_STEP_PATIENCE_S, fetch_local=False
            )
            if ready or await make_room("", Share(num_cpus, 0.0)):
                return

    async def put(self, value: object) -> Any:
        """Put ``value`` into the object store and return its reference."""
        await self.shares()
        import ray

        return ray.put(value)

    async def flush(self) -> None:
        """Return once what the pools have made is in the store; Ray may then be closed."""
        await asyncio.gather(*(pool.flush() for pool in self.pools))

    async def leave(self) -> None:
        """Disconnect from Ray, of which nothing more may be asked; waits where Ray does."""
        if self._disconnect is not None:
            await asyncio.to_thread(self._disconnect)

    async def cancel(self, story: str) -> None:
        """Drop what still waits for ``story`` in all pools."""
        await asyncio.gather(*(pool.cancel(story) for pool in self.pools), return_exceptions=True)


def _call_here(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    where = function.__name__
    return _do(
        function,
        *(fetch(arg, where=where) if is_reference(arg) else arg for arg in args),
    )


def _do(function: Callable[..., Any], *values: Any) -> Any:
    """Return ``function(*values)``, and give back the memory that it needed meanwhile."""
    try:
        return function(*values)
    finally:
        trim_heap()


def _take_back_sigterm() -> None:
    """Put this process's own handler of SIGTERM back in place.

    Connecting installs one of Ray's, in C++, that prints a stack and aborts: nothing is closed, and
    Ray's processes stay behind. Python still knows ours, but does not know that it was replaced.
    """
    handler = signal.getsignal(signal.SIGTERM)
    if handler is not None and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, handler)


def _resources() -> dict[str, float]:
    import ray

    found: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
    return found
