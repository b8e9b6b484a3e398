"""What becomes of requests, without Ray: workers here are never called."""

import asyncio
import gc
import weakref
from dataclasses import replace

import pytest

from raypipe.errors import CancelledError, DeadlineError, EngineError, WorkerLostError
from raypipe.images.engine import ImageRequest, SceneFacts
from raypipe.store.content import StoreConfig
from raypipe.timeline.model import Rect
from raypipe_actors.decisions import PoolLimits
from raypipe_actors.figures import Figures
from raypipe_actors.fleet import Worker
from raypipe_actors.messages import ImageDone, ImageJob, Ticket
from raypipe_actors.metrics import PoolMetrics
from raypipe_actors.pending import Requests, Running
from raypipe_actors.pool_config import PoolConfig

CONFIG = PoolConfig(
    "pool:image:x", "image", "x", PoolLimits(max_batch=4), num_cpus=1, num_gpus=0.5, max_attempts=2
)
LIMITS = PoolLimits(max_batch=4, max_wait_s=0)


def ticket(n: int, **changes) -> Ticket:
    job = ImageJob(
        f"image/{n}", ImageRequest("", "", 8, 8, n, SceneFacts(text="")), StoreConfig("")
    )
    return replace(Ticket(f"image/{n}", "story", n, job, batch_key="s"), **changes)


def made(n: int) -> ImageDone:
    from raypipe.picture.light import LightMap

    return ImageDone(f"image/{n}", 8, 8, Rect(0, 0, 1, 1), LightMap(1, 1, b"\0", b"\0"))


class Desk:
    """Requests of a pool, with the figures that they count into."""

    def __init__(self) -> None:
        self.figures = Figures()
        self.requests = Requests(CONFIG, self.figures, PoolMetrics("image", "x"))

    def accept(self, *tickets: Ticket, now_s: float = 0.0) -> list[asyncio.Future]:
        return [self.requests.accept(each, now_s)[0] for each in tickets]

    def start(self, now_s: float = 0.0) -> Running:
        """Give a worker the next batch."""
        ids = self.requests.next_batch(LIMITS, now_s).request_ids
        call = Running("call", Worker("w", None, "busy", 0.0), self.requests.take(ids))
        call.begin(now_s)
        return call


def with_desk(test):
    """Run ``test`` with a desk on an event loop, which futures belong to."""

    def run():
        async def on_loop():
            test(Desk())

        asyncio.run(on_loop())

    run.__name__ = test.__name__
    return run


@with_desk
def test_equal_requests_are_one_and_as_urgent_as_the_more_urgent(desk):
    (first,) = desk.accept(ticket(1, priority=2))
    desk.accept(ticket(2, priority=1))
    again, is_new = desk.requests.accept(ticket(1, priority=0, story="other"), 0.0)
    assert (again is first, is_new, desk.requests.queued) == (True, False, 2)
    assert desk.requests.next_batch(PoolLimits(), 1.0).request_ids == ("image/1",)


@with_desk
def test_a_call_answers_its_requests_in_their_order(desk):
    futures = desk.accept(ticket(1), ticket(2), now_s=1.0)
    call = desk.start(now_s=2.0)
    assert (desk.requests.queued, desk.requests.running) == (0, 2)
    desk.requests.succeed(call, [made(1), made(2)], ["a", "b"], 5.0)
    replies = [future.result() for future in futures]
    assert [(reply.done.key, reply.refs) for reply in replies] == [
        ("image/1", ("a",)), ("image/2", ("b",))
    ]  # fmt: skip
    assert {(reply.queue_s, reply.run_s, reply.gpu_s) for reply in replies} == {(1.0, 3.0, 0.75)}
    assert (desk.figures.done, desk.requests.running) == (2, 0)


@with_desk
def test_one_bad_request_of_a_batch_costs_its_neighbours_no_attempt_and_they_go_on_alone(desk):
    desk.accept(ticket(1), ticket(2))
    desk.requests.fail(desk.start(), EngineError("no"), 1.0, death=False)
    call = desk.start(now_s=2.0)
    assert [pending.attempts for pending in call.batch] == [1]
    assert desk.requests.queued == 1


@with_desk
def test_a_request_that_fails_for_good_is_not_tried_again(desk):
    (future,) = desk.accept(ticket(1))
    error = EngineError("no")
    assert not error.retryable
    desk.requests.fail(desk.start(), error, 1.0, death=False)
    assert future.exception() is error
    assert (desk.figures.failed, desk.figures.retried) == (1, 0)


@with_desk
def test_a_request_that_sees_too_many_workers_die_is_taken_for_the_cause(desk):
    (future,) = desk.accept(ticket(1))
    deaths = 0
    while not future.done():
        desk.requests.fail(desk.start(), WorkerLostError("died"), 0.0, death=True)
        deaths += 1
    assert deaths == 5
    assert isinstance(future.exception(), WorkerLostError)


@pytest.mark.parametrize("ending", ["done", "failed"])
def test_nothing_of_a_request_that_ended_waits_for_the_garbage_collector(ending):
    class Picture:
        """What a reply refers to."""

    def end_one(desk: Desk) -> weakref.ref[Picture]:
        picture = Picture()
        desk.accept(replace(ticket(1), job=picture))
        call = desk.start()
        if ending == "done":
            desk.requests.succeed(call, [made(1)], [], 1.0)
        else:
            desk.requests.fail(call, EngineError("no"), 1.0, death=False)
        return weakref.ref(picture)

    async def on_loop() -> None:
        gc.disable()
        try:
            assert end_one(Desk())() is None
        finally:
            gc.enable()

    asyncio.run(on_loop())


@with_desk
def test_what_is_overdue_ends_and_a_late_answer_changes_nothing(desk):
    late, patient = desk.accept(ticket(1, timeout_s=3), ticket(2, timeout_s=9))
    call = desk.start()
    desk.requests.expire(5.0)
    assert isinstance(late.exception(), DeadlineError)
    desk.requests.succeed(call, [made(1), made(2)], ["a", "b"], 6.0)
    assert patient.result().done.key == "image/2"
    assert (desk.figures.done, desk.figures.failed) == (1, 1)


@with_desk
def test_only_what_nobody_else_wants_is_cancelled(desk):
    mine, shared = desk.accept(ticket(1), ticket(2))
    desk.accept(ticket(2, story="other"))
    assert desk.requests.cancel("story") == 1
    assert isinstance(mine.exception(), CancelledError)
    assert not shared.done()
    assert desk.figures.cancelled == 1


@with_desk
def test_progress_is_told_of_running_requests_of_a_story_only(desk):
    desk.accept(ticket(1), ticket(2, story="other"))
    for n in (1, 2, 3):
        desk.requests.note_progress(f"image/{n}", 10 * n)
    assert desk.requests.progress("story") == {"image/1": 10}


@with_desk
def test_all_that_waits_ends_when_no_worker_can_be_had(desk):
    (running,) = desk.accept(ticket(1))
    desk.start()
    (waiting,) = desk.accept(ticket(2))
    error = EngineError("no weights")
    desk.requests.end_waiting(error)
    assert waiting.exception() is error
    assert not running.done()


def test_a_call_is_wanted_while_one_of_its_requests_is():
    async def on_loop() -> tuple[bool, bool]:
        desk = Desk()
        desk.accept(ticket(1), ticket(2, story="other"))
        call = desk.start()
        call.batch[0].future.cancel()
        before = call.is_wanted()
        call.batch[1].future.cancel()
        return before, call.is_wanted()

    assert asyncio.run(on_loop()) == (True, False)


@pytest.mark.parametrize("count", [1, 3])
def test_a_batch_is_taken_out_of_the_queue(count):
    async def on_loop() -> tuple[tuple[str, ...], int]:
        desk = Desk()
        desk.accept(*(ticket(n) for n in range(count)))
        return desk.start().request_ids, desk.requests.queued

    assert asyncio.run(on_loop()) == (tuple(f"image/{n}" for n in range(count)), 0)
