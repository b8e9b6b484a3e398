"""Room for a worker: a model that nobody uses gives up its share to one that is asked for.

A cluster has few GPUs, a small machine few cores, and each warm worker keeps its share for as long
as it lives. So a pool whose worker finds no place asks the others, and the worker that has been
idle the longest is ended. What is busy, or waited for, is never taken.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

import ray
from ray.util import list_named_actors

from raypipe_actors.messages import DISPATCHER_PREFIX, NAMESPACE

WAIT_S = 3.0
"""How long a worker may wait for its place before others are asked: its process starts in less."""

_ASK_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Share:
    """What a worker needs of its node."""

    num_cpus: float
    num_gpus: float


@dataclass(frozen=True, slots=True)
class Offer:
    """A worker that a pool could do without: idle for ``idle_s``, holding ``share``."""

    pool: str
    idle_s: float
    share: Share


def choose_offer(offers: Sequence[Offer], needed: Share, free: Share) -> Offer | None:
    """Return the offer to take, the longest idle that frees what is short; None if none does."""
    short_gpus = needed.num_gpus > free.num_gpus
    short_cpus = needed.num_cpus > free.num_cpus
    helpful = [
        offer
        for offer in offers
        if (offer.share.num_gpus > 0 if short_gpus else short_cpus and offer.share.num_cpus > 0)
    ]
    return max(helpful, key=lambda offer: (offer.idle_s, offer.pool), default=None)


def free_share() -> Share:
    """Return what no worker holds, summed over all nodes."""
    found: dict[str, float] = ray.available_resources()  # type: ignore[no-untyped-call]
    return Share(found.get("CPU", 0.0), found.get("GPU", 0.0))


async def make_room(pool: str, needed: Share) -> str:
    """Let another pool than ``pool`` end an idle worker, if that helps; return that pool's name."""
    names = [
        name
        for name in list_named_actors()
        if name.startswith(DISPATCHER_PREFIX) and "#" not in name and name != pool
    ]
    found = await asyncio.gather(*(_offer_of(name) for name in names))
    offers = [offer for offer in found if offer is not None]
    chosen = choose_offer(offers, needed, await asyncio.to_thread(free_share))
    if chosen is None:
        return ""
    with contextlib.suppress(ValueError, TimeoutError, ray.exceptions.RayError):
        async with asyncio.timeout(_ASK_TIMEOUT_S):
            if await ray.get_actor(chosen.pool, namespace=NAMESPACE).give_up.remote():
                return chosen.pool
    return ""


async def _offer_of(name: str) -> Offer | None:
    # A pool that is closing or restarting has nothing to offer at this moment.
    with contextlib.suppress(ValueError, TimeoutError, ray.exceptions.RayError):
        async with asyncio.timeout(_ASK_TIMEOUT_S):
            offer: Offer | None = await ray.get_actor(name, namespace=NAMESPACE).offer.remote()
            return offer
    return None
