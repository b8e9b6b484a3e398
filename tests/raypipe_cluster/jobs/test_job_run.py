"""One claim to its end: stopped, stuck, too long, out of space, and a store that is away."""

# ruff: noqa: ARG001 - every render has the same arguments
import asyncio
import threading

import pytest

from raypipe.errors import DiskFullError, GenerationError
from raypipe.progress import ProgressEvent
from raypipe_cluster.jobs.errors import StoreUnavailableError
from raypipe_cluster.jobs.job_run import JobRun, Made, RunLimits
from raypipe_cluster.jobs.outputs import JobOutputs

QUICK = RunLimits(job_s=60, stage_s=60, beat_s=0.01, flush_s=0.002, grace_s=60, patience_s=60)


@pytest.fixture
def outputs(tmp_path):
    return JobOutputs(tmp_path / "out")


@pytest.fixture
def claim(store, story):
    store.submit(story())
    return store.claim("worker")


def file_in(folder):
    (folder / "the-fox").mkdir()
    (folder / "the-fox" / "video.mp4").write_text("moving")


async def for_ever(claim, folder, on_event):
    file_in(folder)
    await asyncio.Event().wait()


def left(outputs):
    return [path for path in outputs.root.rglob("*") if path.is_file()]


class Lossy:
    """A ledger that cannot be reached the first ``times`` that a verb is used."""

    def __init__(self, store, verb, times):
        self._store, self._verb, self.times = store, verb, times

    def __getattr__(self, name):
        def call(*args, **named):
            done = getattr(self._store, name)(*args, **named)
            if name == self._verb and self.times:
                self.times -= 1
                raise StoreUnavailableError("the answer is lost")
            return done

        return call


def test_what_was_made_is_committed_with_its_progress(store, claim, outputs):
    async def render(claim, folder, on_event):
        for done in range(3):
            on_event(ProgressEvent("render", "running", 0.5, "s1", done=done, total=3))
        file_in(folder)
        return Made(facts={"frames": 3})

    assert JobRun(claim, store, outputs, render, limits=QUICK).run() == "committed"
    job = store.get("fox.1")
    assert job.state == "succeeded"
    assert job.result.pointer == ".jobs/fox.1/1"
    assert job.result.facts == {"frames": 3}
    assert [(step.key, step.done) for step in job.steps] == [("render/s1", 2)]
    assert left(outputs) == [outputs.root / ".jobs/fox.1/1/the-fox/video.mp4"]


def test_heartbeats_come_while_the_work_blocks_its_loop(store, claim, outputs):
    beaten = threading.Event()

    class Counting(Lossy):
        def heartbeat(self, claim):
            beaten.set()
            return store.heartbeat(claim)

    async def render(claim, folder, on_event):
        beaten.clear()
        assert beaten.wait(60), "no heartbeat while a thread was blocked"
        file_in(folder)
        return Made()

    assert JobRun(claim, Counting(store, "", 0), outputs, render, limits=QUICK).run() == "committed"


def test_a_cancel_reaches_the_work_with_the_next_heartbeat(store, claim, outputs):
    stopped = []

    async def render(claim, folder, on_event):
        file_in(folder)
        store.cancel(claim.job.job_id)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            stopped.append(claim.job.job_id)
            raise

    assert JobRun(claim, store, outputs, render, limits=QUICK).run() == "cancelled"
    assert stopped == ["fox.1"]
    assert store.get("fox.1").state == "cancelled"
    assert left(outputs) == []


def test_a_cancel_after_the_work_is_done_still_cancels(store, claim, outputs):
    async def render(claim, folder, on_event):
        file_in(folder)
        store.cancel(claim.job.job_id)
        return Made()

    slow = RunLimits(flush_s=60)
    assert JobRun(claim, store, outputs, render, limits=slow).run() == "cancelled"
    assert left(outputs) == []


def test_a_claim_that_others_took_is_stopped_and_leaves_nothing(store, claim, outputs, clock):
    async def render(claim, folder, on_event):
        clock.forward(31_000)
        store.reap()
        return await for_ever(claim, folder, on_event)

    assert JobRun(claim, store, outputs, render, limits=QUICK).run() == "stale"
    assert store.get("fox.1").state == "retrying"
    assert left(outputs) == []


def test_a_story_that_takes_too_long_fails_for_good(store, claim, outputs):
    limits = RunLimits(job_s=0, beat_s=60, flush_s=0.002)
    assert JobRun(claim, store, outputs, for_ever, limits=limits).run() == "failed"
    job = store.get("fox.1")
    assert (job.state, job.error.type) == ("failed", "JobTimeoutError")
    assert "raypipe jobs retry fox.1" in job.error.remedy


def test_a_story_without_progress_is_tried_again(store, claim, outputs):
    async def render(claim, folder, on_event):
        on_event(ProgressEvent("image", "queued", 0.0, "s1"))
        return await for_ever(claim, folder, on_event)

    # Heartbeats go on all the time: they are no progress.
    limits = RunLimits(stage_s=0.05, beat_s=0.01, flush_s=0.002)
    assert JobRun(claim, store, outputs, render, limits=limits).run() == "failed"
    job = store.get("fox.1")
    assert (job.state, job.error.type, job.error.retryable) == (
        "retrying", "StageStalledError", True,
    )  # fmt: skip
    assert "'image'" in job.error.message


def test_a_service_that_hands_over_gets_the_job_back_uncounted(store, claim, outputs):
    run = None

    async def render(claim, folder, on_event):
        run.stop("handover")
        return await for_ever(claim, folder, on_event)

    run = JobRun(claim, store, outputs, render, limits=QUICK)
    assert run.run() == "released"
    job = store.get("fox.1")
    assert (job.state, job.attempt) == ("queued", 0)


def test_a_full_disk_costs_the_job_no_attempt(store, claim, outputs):
    async def render(claim, folder, on_event):
        file_in(folder)
        raise DiskFullError("no space left")

    assert JobRun(claim, store, outputs, render, limits=QUICK).run() == "no room"
    assert (store.get("fox.1").state, store.get("fox.1").attempt) == ("queued", 0)
    assert left(outputs) == []


@pytest.mark.parametrize(
    ("error", "state"), [(GenerationError("no"), "retrying"), (ValueError("bug"), "failed")]
)
def test_only_what_may_succeed_is_tried_again(store, claim, outputs, error, state):
    async def render(claim, folder, on_event):
        raise error

    assert JobRun(claim, store, outputs, render, limits=QUICK).run() == "failed"
    assert store.get("fox.1").state == state


def test_an_empty_result_is_refused(store, claim, outputs):
    async def render(claim, folder, on_event):
        file_in(folder)
        (folder / "the-fox" / "captions.srt").touch()
        return Made()

    assert JobRun(claim, store, outputs, render, limits=QUICK).run() == "failed"
    assert "captions.srt" in store.get("fox.1").error.message
    assert left(outputs) == []


@pytest.mark.parametrize("verb", ["commit", "heartbeat", "progress"])
def test_answers_that_are_lost_lose_nothing(store, claim, outputs, verb):
    async def render(claim, folder, on_event):
        on_event(ProgressEvent("image", "done", 0.0, "s1"))
        file_in(folder)
        await asyncio.to_thread(beaten.wait, 60)
        return Made()

    beaten = threading.Event()
    ledger = Lossy(store, verb, 2)
    beat = ledger.heartbeat

    def heartbeat(claim):
        try:
            return beat(claim)
        finally:
            if verb != "heartbeat" or not ledger.times:
                beaten.set()

    ledger.heartbeat = heartbeat
    assert JobRun(claim, ledger, outputs, render, limits=QUICK).run() == "committed"
    assert ledger.times == 0 or verb == "progress"
    job = store.get("fox.1")
    assert job.state == "succeeded"
    assert [step.key for step in job.steps] == ["image/s1"]
    assert len(store.outbox()) == 1
