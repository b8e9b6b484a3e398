"""Segments from a render pool: the same bytes however many streams one worker encodes at once."""

import asyncio
import io
import uuid
from dataclasses import replace

import av
import numpy as np
import pytest

from raypipe.errors import RenderError
from raypipe.store.content import ContentStore, StoreConfig
from raypipe_actors.messages import DISPATCHER_PREFIX
from raypipe_actors.pools import open_pool, pool_config
from raypipe_actors.shares import share_out

SHARES = share_out(2, 0, image_on_gpu=False, speech_on_gpu=False)
FRAMES = 45


def open_render_pool(streams):
    config = pool_config("render", "libx264", SHARES)
    return open_pool(
        replace(
            config,
            # Not another revision of one pool: that would retire the one before.
            name=f"{DISPATCHER_PREFIX}render:{uuid.uuid4().hex[:8]}@test",
            limits=replace(config.limits, max_workers=1),
            worker={"streams": streams},
            backoff_s=0.01,
        )
    )


@pytest.fixture(scope="module")
def three_streams(ray_cluster, composers):  # noqa: ARG001 - Ray must run
    before = composers()
    pool = open_render_pool(3)
    asyncio.run(pool.describe())
    yield pool, before
    asyncio.run(close(pool))


@pytest.fixture
def one_stream(ray_cluster):  # noqa: ARG001 - Ray must run
    pool = open_render_pool(1)
    yield pool
    asyncio.run(close(pool))


async def close(pool):
    import ray

    await pool._handle.close.remote()
    ray.kill(pool._handle)


def put_pictures(count):
    import ray

    rng = np.random.default_rng(5)
    return [ray.put(rng.integers(0, 255, (200, 120, 3), dtype=np.uint8)) for _ in range(count)]


async def render(pool, tickets):
    replies = await asyncio.gather(*(pool.submit(t) for t in tickets), return_exceptions=True)
    return [
        reply if isinstance(reply, BaseException) else bytes(await reply.refs[0])
        for reply in replies
    ]


def frame_count(made):
    with av.open(io.BytesIO(made)) as container:
        return sum(1 for _ in container.decode(video=0))


def test_three_streams_in_one_worker_give_the_bytes_of_one(
    three_streams, one_stream, store, segment, tmp_path
):
    pictures = put_pictures(6)
    other = StoreConfig(url=f"file://{tmp_path}/other")

    async def busy_streams(pool):
        together = asyncio.gather(
            *(
                pool.submit(segment(store, picture, n, frames=FRAMES))
                for n, picture in enumerate(pictures)
            )
        )
        most = 0
        while not together.done():
            status = await pool.status()
            most = max(most, status.running)
        replies = await together
        return most, [bytes(await reply.refs[0]) for reply in replies]

    most, segments = asyncio.run(busy_streams(three_streams[0]))
    asyncio.run(three_streams[0].flush())
    alone = asyncio.run(
        render(one_stream, [segment(other, p, n, frames=FRAMES) for n, p in enumerate(pictures)])
    )

    assert most == 3, "no more than three, and all three at times"
    assert segments == alone
    assert [frame_count(made) for made in segments] == [FRAMES] * 6
    assert ContentStore(store).get("segment/4").payload == segments[4]


def test_a_broken_stream_does_not_hurt_the_others(three_streams, store, segment):
    pictures = put_pictures(4)
    pool, _ = three_streams
    failed = asyncio.run(pool.status()).failed
    tickets = [segment(store, picture, n, frames=FRAMES) for n, picture in enumerate(pictures)]
    # This one asks for frames that its scene has not.
    tickets[1] = segment(store, pictures[1], 1, first=7, frames=FRAMES)
    first = asyncio.run(render(pool, tickets))
    again = asyncio.run(render(pool, [segment(store, pictures[1], 11, frames=FRAMES)]))
    status = asyncio.run(pool.status())

    assert isinstance(first[1], RenderError)
    assert "expected frames within 0 to 45" in str(first[1])
    assert [frame_count(first[n]) for n in (0, 2, 3)] == [FRAMES] * 3
    assert frame_count(again[0]) == FRAMES
    assert status.failed == failed + 1
    assert len(status.workers) == 1


def test_a_killed_composer_costs_a_retry_and_nothing_else(three_streams, store, segment, composers):
    pictures = put_pictures(3)
    pool, before = three_streams
    failed = asyncio.run(pool.status()).failed

    async def kill_one():
        info = await pool.describe()
        tickets = [
            segment(store, picture, 20 + n, frames=FRAMES) for n, picture in enumerate(pictures)
        ]
        work = asyncio.ensure_future(render(pool, tickets))
        (composers() - before).pop().kill()
        return info, await work, await pool.status()

    info, segments, status = asyncio.run(kill_one())

    assert [frame_count(made) for made in segments] == [FRAMES] * 3
    assert [worker.worker_id for worker in status.workers] == [info.worker_id]
    assert status.failed == failed
