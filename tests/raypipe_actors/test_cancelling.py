"""A cancelled story leaves running workers at once: real actors, real engines."""

import asyncio
import uuid
from dataclasses import replace

import numpy as np
import pytest

from raypipe.errors import CancelledError, DeadlineError
from raypipe.images.engine import ImageRequest, SceneFacts
from raypipe.speech.engine import SpeechRequest
from raypipe.store.content import ContentStore
from raypipe_actors.decisions import PoolLimits
from raypipe_actors.dispatcher import Dispatcher
from raypipe_actors.messages import ImageJob, SpeechJob, Ticket
from raypipe_actors.pools import open_pool, pool_config
from raypipe_actors.shares import share_out
from raypipe_actors.workers import ImageWorker

SHARES = share_out(2, 0, image_on_gpu=False, speech_on_gpu=False)


@pytest.fixture
def pool(request, ray_cluster):  # noqa: ARG001 - Ray must run
    """A pool of one worker: kind, engine and dispatcher by parameter; closed afterwards."""
    kind, engine, dispatcher = request.param
    config = pool_config(kind, engine, SHARES)
    config = replace(
        config,
        name=f"{config.name}-{uuid.uuid4().hex[:8]}",
        limits=PoolLimits(max_workers=1, max_batch=2),
    )
    opened = open_pool(config, dispatcher=dispatcher)
    yield opened

    async def close():
        import ray

        await opened._handle.close.remote()
        ray.kill(opened._handle)

    asyncio.run(close())


def on_pool(kind, engine, dispatcher=Dispatcher):
    return pytest.mark.parametrize("pool", [(kind, engine, dispatcher)], indirect=True)


def narration(store, n, *, sentences, **changes) -> Ticket:
    text = " ".join(f"This is sentence number {k} of a very long story." for k in range(sentences))
    job = SpeechJob(f"speech/{n}", SpeechRequest(text=text), store)
    return replace(Ticket(job.key, "story", n, job), **changes)


async def until(pool, condition):
    """Return the first status that fulfils ``condition``."""
    while not condition(status := await pool.status()):
        pass
    return status


def is_idle(status) -> bool:
    return [worker.state for worker in status.workers] == ["idle"]


@on_pool("speech", "piper:joe")
def test_a_voice_stops_between_sentences(pool, store):
    async def speak():
        before = await pool.warm(1)
        long = asyncio.ensure_future(pool.submit(narration(store, 1, sentences=60)))
        await until(pool, lambda status: status.running)
        await pool.cancel("story")
        with pytest.raises(CancelledError, match="was cancelled"):
            await long
        freed = await until(pool, is_idle)
        after = await pool.submit(narration(store, 2, sentences=1))
        await pool.flush()
        return before, freed, after

    before, freed, after = asyncio.run(speak())
    assert (freed.cancelled, freed.failed, freed.done) == (1, 0, 0)
    assert freed.batch == 0, "the call did not come to its end"
    assert freed.workers[0].pid == before.pid, "the warm worker was not ended"
    assert after.done.words
    assert ContentStore(store).get("speech/1") is None


@on_pool("speech", "piper:joe")
def test_what_is_overdue_stops_too(pool, store):
    async def speak():
        await pool.warm(1)
        late = narration(store, 1, sentences=60, timeout_s=0.5)
        with pytest.raises(DeadlineError):
            await pool.submit(late)
        return await until(pool, is_idle)

    freed = asyncio.run(speak())
    assert (freed.failed, freed.cancelled, freed.batch) == (1, 0, 0)


@on_pool("render", "libx264")
def test_an_encoder_stops_between_chunks_and_its_composer_stays(pool, store, segment, composers):
    import ray

    picture = ray.put(np.random.default_rng(5).integers(0, 255, (600, 340, 3), dtype=np.uint8))

    async def render():
        await pool.warm(1)
        running = composers()
        endless = segment(store, picture, 1, frames=30_000, size=(270, 480))
        long = asyncio.ensure_future(pool.submit(endless))
        while not await pool.progress("story"):
            pass
        await pool.cancel("story")
        with pytest.raises(CancelledError):
            await long
        freed = await until(pool, is_idle)
        after = await pool.submit(segment(store, picture, 2, frames=30))
        return running, freed, after

    running, freed, after = asyncio.run(render())
    assert (freed.cancelled, freed.failed, freed.batch) == (1, 0, 0)
    assert after.done.frame_count == 30
    assert running <= composers(), "the composer had been warm and still is"


class SlowEngine:
    """Takes step after step, for as long as it is not asked to stop, or until 3 of a request."""

    name, revision, max_batch = "slow", "1", 2

    def generate(self, requests):
        from raypipe.stopping import check_stop

        while not all(request.seed == 3 for request in requests):
            check_stop()
        return [np.zeros((r.height, r.width, 3), np.uint8) for r in requests]

    def close(self):
        pass


class SlowWorker(ImageWorker):
    def _warm_up(self):
        self._engine = SlowEngine()


class SlowDispatcher(Dispatcher):
    worker_classes = {**Dispatcher.worker_classes, "image": SlowWorker}  # noqa: RUF012 - as there


def picture(store, n, **changes) -> Ticket:
    request = ImageRequest("", "", 64, 64, n, SceneFacts(text=""))
    return replace(
        Ticket(f"image/{n}", "story", n, ImageJob(f"image/{n}", request, store)), **changes
    )


@on_pool("image", "slow", SlowDispatcher)
def test_a_batch_goes_on_for_as_long_as_anybody_waits_for_some_of_it(pool, store):
    async def draw():
        await pool.warm(1)
        mine = asyncio.ensure_future(pool.submit(picture(store, 1, story="mine")))
        yours = asyncio.ensure_future(pool.submit(picture(store, 2, story="yours")))
        await until(pool, lambda status: status.running == 2)
        await pool.cancel("mine")
        with pytest.raises(CancelledError):
            await mine
        half = await pool.status()
        await pool.cancel("yours")
        with pytest.raises(CancelledError):
            await yours
        freed = await until(pool, is_idle)
        return half, freed, await pool.submit(picture(store, 3))

    half, freed, after = asyncio.run(draw())
    assert [worker.state for worker in half.workers] == ["busy"]
    assert freed.cancelled == 2
    assert after.done.key == "image/3"


@on_pool("image", "slow", SlowDispatcher)
def test_a_cancelled_request_may_be_made_again_while_it_stops(pool, store):
    async def draw():
        await pool.warm(1)
        first = asyncio.ensure_future(pool.submit(picture(store, 1)))
        await until(pool, lambda status: status.running)
        await pool.cancel("story")
        again = asyncio.ensure_future(pool.submit(picture(store, 1, story="other")))
        with pytest.raises(CancelledError):
            await first
        running = await until(pool, lambda status: status.running)
        await pool.cancel("other")
        with pytest.raises(CancelledError):
            await again
        return running

    assert asyncio.run(draw()).cancelled == 1
