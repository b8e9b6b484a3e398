"""Pools on a real Ray, with engines that need no weights; faults are real kills."""

import asyncio
import os
import signal
import time
import uuid
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from raypipe.errors import DeadlineError, DeviceLostError, EngineError, RaypipeError
from raypipe.images.engine import ImageRequest, SceneFacts
from raypipe.speech.engine import SpeechRequest
from raypipe.store.content import ContentStore, StoreConfig
from raypipe.store.products import get_picture
from raypipe_actors.decisions import PoolLimits
from raypipe_actors.dispatcher import Dispatcher
from raypipe_actors.fleet import Worker
from raypipe_actors.messages import ImageJob, SpeechJob, Ticket
from raypipe_actors.pools import open_pool, pool_config
from raypipe_actors.shares import share_out
from raypipe_actors.workers import ImageWorker

SHARES = share_out(2, 0, image_on_gpu=False, speech_on_gpu=False)


@pytest.fixture
def store(tmp_path) -> StoreConfig:
    return StoreConfig(url=f"file://{tmp_path}/store")


@pytest.fixture
def pool(request, ray_cluster):  # noqa: ARG001 - Ray must run
    """A pool of its own for one test: kind and engine by parameter; closed afterwards."""
    kind, engine, changes = request.param
    dispatcher = changes.get("dispatcher", Dispatcher)
    changes = {name: value for name, value in changes.items() if name != "dispatcher"}
    config = pool_config(kind, engine, SHARES)
    config = replace(config, name=f"{config.name}-{uuid.uuid4().hex[:8]}", **changes)
    opened = open_pool(config, dispatcher=dispatcher)
    yield opened
    asyncio.run(_close(opened))


async def _close(pool) -> None:
    import ray

    await pool._handle.close.remote()
    ray.kill(pool._handle)


def image_ticket(store: StoreConfig, n: int, **changes) -> Ticket:
    request = ImageRequest("", "", 96, 160, n, SceneFacts(text=f"Scene number {n}."))
    return replace(
        Ticket(f"image/{n}", "story", n, ImageJob(f"image/{n}", request, store), batch_key="s"),
        **changes,
    )


def speech_ticket(store: StoreConfig, n: int) -> Ticket:
    job = SpeechJob(f"speech/{n}", SpeechRequest(text=f"Sentence number {n}."), store)
    return Ticket(f"speech/{n}", "story", n, job)


def on_pool(kind, engine, **changes):
    return pytest.mark.parametrize("pool", [(kind, engine, changes)], indirect=True)


@on_pool("image", "card")
def test_pictures_come_by_reference_and_are_kept(pool, store):
    async def draw():
        replies = await asyncio.gather(*(pool.submit(image_ticket(store, n)) for n in range(6)))
        await pool.flush()
        return [(reply, await reply.refs[0]) for reply in replies]

    for n, (reply, picture) in enumerate(asyncio.run(draw())):
        assert reply.done.key == f"image/{n}"
        assert picture.shape == (160, 96, 3)
        kept = get_picture(ContentStore(store), f"image/{n}")
        assert kept is not None
        np.testing.assert_array_equal(kept[0], picture)
        assert kept[1] == reply.done.focus


@on_pool("image", "card")
def test_equal_requests_share_one_piece_of_work(pool, store):
    async def draw():
        await asyncio.gather(*(pool.submit(image_ticket(store, 1)) for _ in range(10)))
        return await pool.status()

    assert asyncio.run(draw()).done == 1


@on_pool("speech", "silence")
def test_speech_comes_by_value_with_its_word_times(pool, store):
    async def speak():
        return await pool.submit(speech_ticket(store, 3))

    reply = asyncio.run(speak())
    assert reply.done.silent
    assert len(reply.done.words) == 3
    assert reply.attempts == 1


@on_pool("image", "diffusers:/nowhere/at/all")
def test_an_engine_that_cannot_run_fails_every_request_with_its_reason(pool, store):
    async def draw():
        return await asyncio.gather(
            *(pool.submit(image_ticket(store, n)) for n in range(3)), return_exceptions=True
        )

    for error in asyncio.run(draw()):
        assert isinstance(error, EngineError)
        assert "/nowhere/at/all" in str(error)


@on_pool("image", "card")
def test_an_engine_error_of_one_request_does_not_touch_its_neighbours(pool, store):
    bad = image_ticket(store, 99)
    bad = replace(bad, job=replace(bad.job, request=replace(bad.job.request, width=0)))

    async def draw():
        tickets = [image_ticket(store, n) for n in range(3)]
        return await asyncio.gather(
            *(pool.submit(ticket) for ticket in (*tickets, bad)), return_exceptions=True
        )

    *good, failed = asyncio.run(draw())
    assert [reply.done.key for reply in good] == ["image/0", "image/1", "image/2"]
    assert isinstance(failed, RaypipeError)


@on_pool("image", "storybook")
def test_a_killed_worker_loses_no_request(pool, store):
    async def draw():
        await pool.describe()
        (worker,) = (await pool.status()).workers
        tickets = [image_ticket(store, n) for n in range(8)]
        asked = [asyncio.ensure_future(pool.submit(ticket)) for ticket in tickets]
        await asked[0]
        os.kill(worker.pid, signal.SIGKILL)
        replies = await asyncio.gather(*asked)
        pictures = [await reply.refs[0] for reply in replies]
        return worker, replies, pictures, await pool.status()

    killed, replies, pictures, status = asyncio.run(draw())
    assert [reply.done.key for reply in replies] == [f"image/{n}" for n in range(8)]
    assert all(picture.shape == (160, 96, 3) for picture in pictures)
    assert killed.worker_id not in {worker.worker_id for worker in status.workers}


class UnluckyWorker(ImageWorker):
    """Loses its GPU at the first picture, and with it all later ones; its successor does not."""

    def _work(self, jobs):
        lost = Path(jobs[0].store.url.removeprefix("file://")) / "lost"
        lost.parent.mkdir(exist_ok=True)
        if not lost.exists():
            lost.write_text(self.worker_id)
        if lost.read_text() == self.worker_id:
            raise DeviceLostError("cuda failed while it drew: an illegal memory access")
        return super()._work(jobs)


class UnluckyDispatcher(Dispatcher):
    worker_classes: ClassVar = {"image": UnluckyWorker}


@on_pool("image", "card", dispatcher=UnluckyDispatcher)
def test_a_worker_whose_gpu_failed_is_ended_and_another_does_its_work(pool, store):
    async def draw():
        reply = await pool.submit(image_ticket(store, 1))
        return reply, await pool.status()

    reply, status = asyncio.run(draw())
    lost = Path(store.url.removeprefix("file://"), "lost").read_text()
    assert reply.done.key == "image/1"
    assert [worker.worker_id for worker in status.workers] == [reply.worker_id]
    assert reply.worker_id != lost


@on_pool("image", "card")
def test_a_killed_dispatcher_comes_back_with_its_workers_and_callers_go_on(pool, store):
    import ray

    async def draw():
        before = await pool.describe()
        asked = [asyncio.ensure_future(pool.submit(image_ticket(store, n))) for n in range(4)]
        ray.kill(pool._handle, no_restart=False)
        replies = await asyncio.gather(*asked)
        after = await pool.describe()
        return before, replies, after, await pool.status()

    before, replies, after, status = asyncio.run(draw())
    assert [reply.done.key for reply in replies] == [f"image/{n}" for n in range(4)]
    assert after.pid == before.pid, "the warm worker was taken over, not started anew"
    assert len(status.workers) == 1


@on_pool("speech", "silence")
def test_cancel_drops_what_waits_for_that_story_only(pool, store):
    async def speak():
        mine = [
            asyncio.ensure_future(pool.submit(replace(speech_ticket(store, n), story="mine")))
            for n in range(5)
        ]
        other = asyncio.ensure_future(pool.submit(speech_ticket(store, 77)))
        # The first worker is still starting, so that all of them wait.
        while (await pool.status()).queued < 6:  # noqa: ASYNC110 - another process counts
            await asyncio.sleep(0)
        await pool.cancel("mine")
        return await asyncio.gather(*mine, return_exceptions=True), await other

    dropped, kept = asyncio.run(speak())
    assert all("cancelled" in str(error) for error in dropped)
    assert kept.done.silent


@on_pool("speech", "silence")
def test_cancel_leaves_what_another_story_shares(pool, store):
    async def speak():
        mine, other = (
            asyncio.ensure_future(pool.submit(replace(speech_ticket(store, 1), story=story)))
            for story in ("mine", "other")
        )
        while (await pool.status()).queued < 1:  # noqa: ASYNC110 - another process counts
            await asyncio.sleep(0)
        await pool.submit(replace(speech_ticket(store, 2), story="other"))
        await pool.cancel("mine")
        return await other, await mine

    other, mine = asyncio.run(speak())
    assert other.done.silent
    assert mine.done.samples.shape == other.done.samples.shape


@on_pool("image", "storybook")
def test_a_request_that_is_not_done_in_its_time_fails_and_says_so(pool, store):
    async def draw():
        late = pool.submit(image_ticket(store, 1, timeout_s=1e-3))
        with pytest.raises(DeadlineError, match=r"within the 0\.001 s") as error:
            await late
        again = await pool.submit(image_ticket(store, 1))
        return error.value, again, await pool.status()

    error, again, status = asyncio.run(draw())
    assert not error.retryable
    assert "allow more time" in error.remedy
    assert again.done.key == "image/1", "the same request may be made again"
    assert status.queued == status.running == 0


@on_pool("speech", "silence")
def test_warm_keeps_a_worker_and_tells_what_it_is(pool):
    async def warm():
        return await pool.warm(1), await pool.status()

    info, status = asyncio.run(warm())
    assert info.engine == "silence"
    assert info.revision == status.revision != ""
    (worker,) = status.workers
    assert worker.device == info.device == "cpu"
    assert worker.memory.rss_bytes > 10_000_000
    assert worker.memory.gpu_total_bytes == 0


@on_pool("image", "card", limits=PoolLimits(max_batch=4))
def test_status_tells_batches_times_and_speed(pool, store):
    async def draw():
        await pool.warm(1)
        await asyncio.gather(*(pool.submit(image_ticket(store, n)) for n in range(8)))
        return await pool.status()

    status = asyncio.run(draw())
    assert (status.done, status.max_batch, status.batch) == (8, 1, 1.0)  # the engine takes no more
    assert 0 < status.p50_s <= status.p95_s
    assert status.unit == "images"
    assert status.speed > 0


@on_pool("speech", "silence")
def test_prepare_starts_workers_before_the_first_request_and_no_more_than_allowed(pool):
    async def prepare():
        await pool.prepare(1)
        first = await pool.status()
        await pool.prepare(100)
        await pool.describe()
        return first, await pool.status()

    first, status = asyncio.run(prepare())
    assert len(first.workers) == 1
    assert first.workers[0].state in {"pending", "starting", "idle"}
    assert first.workers[0].worker_id in {worker.worker_id for worker in status.workers}
    assert len(status.workers) == pool.config.limits.max_workers
    assert status.done == status.queued == 0


def test_newer_code_retires_the_pool_of_older_code_once_its_work_is_done(ray_cluster, store):  # noqa: ARG001 - Ray must run
    head = f"pool:speech:silence-{uuid.uuid4().hex[:8]}"
    config = pool_config("speech", "silence", SHARES)
    older = open_pool(replace(config, name=f"{head}@old"))
    bystander = open_pool(replace(config, name=f"{head}-of-another-engine@old"))

    async def upgrade():
        await asyncio.gather(older.warm(1), bystander.warm(1))
        accepted = [asyncio.ensure_future(older.submit(speech_ticket(store, n))) for n in range(4)]
        while (await older.status()).done + (await older.status()).queued < 1:  # noqa: ASYNC110 - another process counts
            await asyncio.sleep(0)
        newer = open_pool(replace(config, name=f"{head}@new"))
        done = await asyncio.gather(*accepted)
        while (await older.status()).workers:  # noqa: ASYNC110 - another process counts
            await asyncio.sleep(0)
        fresh = await newer.submit(speech_ticket(store, 9))
        kept = (await bystander.status()).workers
        for pool in (older, newer, bystander):
            await _close(pool)
        return done, fresh, kept

    done, fresh, kept = asyncio.run(upgrade())
    assert [reply.done.silent for reply in done] == [True] * 4
    assert fresh.done.silent
    assert len(kept) == 1


def test_a_pool_that_nobody_uses_gives_its_share_to_one_that_finds_no_room(ray_cluster, store):  # noqa: ARG001 - Ray must run
    import ray

    most = 0.75 * ray.cluster_resources()["CPU"]
    idle, asked = (
        open_pool(replace(config, name=f"{config.name}-{uuid.uuid4().hex[:8]}", num_cpus=most))
        for config in (
            pool_config("image", "card", SHARES),
            pool_config("speech", "silence", SHARES),
        )
    )

    async def speak():
        await idle.warm(1)
        reply = await asked.submit(speech_ticket(store, 1))
        left = (await idle.status()).workers
        drawn = await idle.submit(image_ticket(store, 1))
        return reply, left, drawn

    reply, left, drawn = asyncio.run(speak())
    assert reply.done.silent
    assert not left, "the idle model went, though it was to be kept warm"
    assert drawn.done.key == "image/1", "and it comes back when it is asked for"
    asyncio.run(_close(idle))
    asyncio.run(_close(asked))


@on_pool("speech", "silence", limits=PoolLimits(max_workers=2), num_cpus=0.1)
def test_a_closed_pool_keeps_no_workers_any_more(pool, store):
    async def reopen():
        await pool.warm(2)
        await pool._handle.close.remote()
        await pool.submit(speech_ticket(store, 1))
        return await pool.status()

    status = asyncio.run(reopen())
    assert len(status.workers) == 1, "as many as the request needs, not the two of before"


class Nowhere:
    """A worker that Ray never places."""

    def ready(self) -> None: ...


class MisplacingDispatcher(Dispatcher):
    """Has a worker whose place is never found, as one that was lost with a head."""

    def _start(self) -> None:
        import ray

        first = not self._started
        super()._start()
        if first:
            handle = ray.remote(Nowhere).options(num_cpus=0, resources={"nowhere": 1}).remote()
            self._fleet._watch(Worker("lost", handle, "pending", time.monotonic()))


@on_pool("image", "card", dispatcher=MisplacingDispatcher, place_s=0.5)
def test_a_worker_that_ray_has_lost_sight_of_is_replaced(pool, store):
    async def draw():
        reply = await pool.submit(image_ticket(store, 1))
        return reply, await pool.status()

    reply, status = asyncio.run(draw())
    assert [worker.worker_id for worker in status.workers] == [reply.worker_id] != ["lost"]
    assert (status.done, status.failed, status.retried) == (1, 0, 0)
