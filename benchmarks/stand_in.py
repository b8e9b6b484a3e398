"""A model that only sleeps, and pools of it: what is measured is then the pool.

Ray must have been prepared (`raypipe_cluster.ray_environment.prepare_ray`) before this is imported.
"""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import ray

from raypipe.images.engine import ImageRequest, SceneFacts
from raypipe.store.content import StoreConfig
from raypipe_actors.dispatcher import Dispatcher
from raypipe_actors.messages import ImageJob, Ticket
from raypipe_actors.pools import Pool, open_pool, pool_config
from raypipe_actors.shares import share_out
from raypipe_actors.workers import ImageWorker

SMALL = (256, 256)
"""Width and height of a picture, in pixels."""
NO_STORE = StoreConfig(url="")


class StandIn:
    """Sleeps as long as a model would compute, and gives pictures with a patch to look at."""

    name, revision = "stand-in", "1"

    def __init__(self, first_s: float, next_s: float, max_batch: int) -> None:
        self.first_s, self.next_s, self.max_batch = first_s, next_s, max_batch

    def generate(self, requests: Sequence[ImageRequest]) -> list[np.ndarray]:
        """uint8 (h, w, 3) for each request, its corners filled with its seed modulo 256."""
        time.sleep(self.first_s + self.next_s * (len(requests) - 1))
        return [_picture(request) for request in requests]

    def close(self) -> None:
        """Nothing is held."""


def _picture(request: ImageRequest) -> np.ndarray:
    width, height = request.width, request.height
    picture = np.full((height, width, 3), request.seed % 256, np.uint8)
    picture[height // 4 : height // 2, width // 4 : width // 2] = (request.seed + 128) % 256
    return picture


class StandInWorker(ImageWorker):
    """A worker whose engine is written into its name: first ms, next ms, largest batch."""

    def _warm_up(self) -> None:
        first, following, most = (float(part) for part in self.engine_name.split("-"))
        self._engine = StandIn(first / 1000, following / 1000, int(most))


class StandInDispatcher(Dispatcher):
    """The real dispatcher with stand-in workers."""

    worker_classes = {**Dispatcher.worker_classes, "image": StandInWorker}  # noqa: RUF012 - as there


async def with_pool(
    work: Callable[[Pool], Awaitable[Any]],
    *,
    engine: str = "200-20-4",
    num_cpus: float = 1,
    dispatcher: type[Dispatcher] = StandInDispatcher,
    **limits: Any,
) -> Any:
    """Return what ``work`` gives on a fresh pool, which is closed afterwards."""
    config = pool_config("image", engine, share_out(2, 0, image_on_gpu=False, speech_on_gpu=False))
    limits = {"max_batch": 1, "max_wait_s": 0.02, "cool_down_s": 0.0, **limits}
    config = replace(
        config,
        name=f"{config.name}-{random.randrange(10**9)}",  # noqa: S311 - a name
        limits=replace(config.limits, **limits),
        num_cpus=num_cpus,
    )
    pool = open_pool(config, dispatcher=dispatcher)
    handle = ray.get_actor(config.name)
    try:
        return await work(pool)
    finally:
        await handle.close.remote()
        ray.kill(handle)


def ticket(number: int, size: tuple[int, int] = SMALL, **changes: Any) -> Ticket:
    """Return a request for picture ``number``."""
    request = ImageRequest("", "", *size, number, SceneFacts(text=""))
    base = Ticket(
        f"image/{number}", "story", number, ImageJob(f"image/{number}", request, NO_STORE)
    )
    return replace(base, **changes)
