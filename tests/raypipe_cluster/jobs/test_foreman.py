"""Rounds with workers that die, do not stop, or are not heard of any more."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from raypipe_cluster.jobs.errors import StoreUnavailableError
from raypipe_cluster.jobs.foreman import Ended, Foreman
from raypipe_cluster.jobs.job_run import SHOW_TOPIC
from raypipe_cluster.jobs.model import JobResult, Parcel
from raypipe_cluster.jobs.outputs import JobOutputs

GRACE_S = 30.0


class Crew:
    """Workers that do what the test says."""

    def __init__(self, places=2):
        self.claims, self.told, self.killed, self._ended = [], [], [], []
        self._places = places

    def places(self):
        return self._places

    def start(self, claim):
        self.claims.append(claim)

    def working(self):
        return tuple(self.claims)

    def ended(self):
        ended, self._ended = self._ended, []
        return ended

    def stop(self, claim, reason):
        self.told.append((claim.job.job_id, reason))

    def kill(self, claim):
        self.claims.remove(claim)
        self.killed.append(claim.job.job_id)

    def end(self, claim, end):
        self.claims.remove(claim)
        self._ended.append(Ended(claim, end))


@pytest.fixture
def crew():
    return Crew()


@pytest.fixture
def now_s():
    return [1000.0]


@pytest.fixture
def foreman(store, crew, tmp_path, now_s):
    outputs = JobOutputs(tmp_path / "out")
    return Foreman(
        store, outputs, crew, owner="me", grace_s=GRACE_S, room_bytes=0, monotonic=lambda: now_s[0]
    )


def test_no_more_are_begun_than_there_are_places(store, story, foreman, crew):
    for name in "abc":
        store.submit(story(name))
    assert (foreman.round(), foreman.round()) == (2, 0)
    crew.end(crew.claims[0], "failed")
    assert foreman.round() == 1
    assert [claim.job.job_id for claim in crew.claims] == ["b.2", "c.3"]


def test_a_worker_that_died_is_replaced_in_the_same_round(store, story, foreman, crew):
    store.submit(story())
    foreman.round()
    crew.end(crew.claims[0], None)
    assert foreman.round() == 1
    assert (crew.claims[0].job.attempt, crew.claims[0].job.epoch) == (2, 2)


def test_a_worker_that_died_after_its_job_had_ended_changes_nothing(store, story, foreman, crew):
    store.submit(story())
    foreman.round()
    claim = crew.claims[0]
    store.cancel("fox.1")
    store.confirm_cancel(claim)
    crew.end(claim, None)
    foreman.round()
    assert store.get("fox.1").state == "cancelled"


def test_a_worker_that_lost_its_lease_is_told_and_then_killed(
    store, story, foreman, *, crew, clock, now_s
):
    store.submit(story(max_attempts=1))
    foreman.round()
    clock.forward(31_000)
    foreman.round()
    assert crew.told == [("fox.1", "stale")]
    assert crew.killed == []
    now_s[0] += GRACE_S + 1
    foreman.round()
    assert crew.killed == ["fox.1"], "its place is free for others"
    assert store.get("fox.1").error.type == "PoisonJobError"


def test_leases_that_nobody_could_renew_are_left_time_for_it(
    store, story, foreman, *, crew, clock, now_s, monkeypatch
):
    store.submit(story())
    foreman.round()

    def away():
        raise StoreUnavailableError("the server is gone")

    with monkeypatch.context() as patch:
        patch.setattr(store, "reap", away)
        with pytest.raises(StoreUnavailableError):
            foreman.round()
    clock.forward(40_000)
    now_s[0] += 29
    foreman.round()
    assert store.heartbeat(crew.claims[0]).state == "running"
    clock.forward(40_000)
    now_s[0] += 2
    foreman.round()
    assert [claim.job.epoch for claim in crew.claims] == [1, 2], "who is silent longer is gone"


def test_a_worker_that_does_not_mind_a_cancel_is_killed(store, story, foreman, crew, now_s):
    store.submit(story())
    foreman.round()
    store.cancel("fox.1")
    foreman.round()
    assert crew.told == [("fox.1", "cancelled")]
    assert store.get("fox.1").state == "running"
    now_s[0] += GRACE_S + 1
    foreman.round()
    assert crew.killed == ["fox.1"]
    assert store.get("fox.1").state == "cancelled"


def test_who_hands_over_begins_nothing_and_has_all_given_back(store, story, foreman, crew):
    for name in "ab":
        store.submit(story(name))
    foreman.round()
    store.submit(story("c"))
    foreman.hand_over()
    assert crew.told == [("a.1", "handover"), ("b.2", "handover")]
    crew.end(crew.claims[0], "released")
    assert foreman.round() == 0
    assert "takes over" in foreman.paused


def test_a_new_life_takes_back_what_the_old_one_had_begun(store, story, foreman, crew, tmp_path):
    store.submit(story())
    foreman.round()
    assert store.get("fox.1").owner.startswith("me/")
    outputs = JobOutputs(tmp_path / "out")
    left = outputs.stage(crew.claims[0].job)
    heirs = Crew()
    again = Foreman(store, outputs, heirs, owner="me", room_bytes=0)
    assert [job.job_id for job in again.recover()] == ["fox.1"]
    assert again.round() == 1
    assert (heirs.claims[0].job.attempt, heirs.claims[0].job.epoch) == (1, 2)
    assert not left.exists()


def made(outputs, claim):
    """Make the folder of a claim's video, and return its result and the parcel that shows it."""
    video = outputs.stage(claim.job) / f"the-{claim.job.story_id}" / "video.mp4"
    video.parent.mkdir()
    video.write_text("moving")
    pointer = outputs.keep(claim.job)
    return JobResult(pointer=pointer), [Parcel(topic=SHOW_TOPIC, body={"pointer": pointer})]


def test_runners_commit_side_by_side_and_readers_wait_for_the_folders(store, story, crew, tmp_path):
    outputs = JobOutputs(tmp_path / "out")
    both = threading.Barrier(3)

    def meet(point):
        if point == "foreman.committed":
            both.wait(60)  # nobody gets on before both are committed, and the reader has come

    foreman = Foreman(store, outputs, crew, owner="me", room_bytes=0, fault=meet)
    for name in ("fox", "owl"):
        store.submit(story(name))
    foreman.round()

    def read():
        both.wait(60)
        foreman.settled()
        return sorted(path.name for path in outputs.root.glob("the-*"))

    with ThreadPoolExecutor(3) as threads:
        commits = []
        for claim in crew.working():
            result, parcels = made(outputs, claim)
            commits.append(threads.submit(foreman.commit, claim, result, parcels=parcels))
        assert threads.submit(read).result() == ["the-fox", "the-owl"]
        assert [commit.result().state for commit in commits] == ["succeeded", "succeeded"]
    assert store.outbox() == ()


def test_what_a_forgotten_job_has_made_goes_with_it(store, story, crew, *, tmp_path, clock, now_s):
    outputs = JobOutputs(tmp_path / "out")
    foreman = Foreman(
        store, outputs, crew, owner="me", history_s=60, room_bytes=0, monotonic=lambda: now_s[0]
    )
    store.submit(story())
    foreman.round()
    claim = crew.claims[0]
    result, parcels = made(outputs, claim)
    foreman.commit(claim, result, parcels=parcels)
    crew.end(claim, "committed")
    clock.forward(61_000)
    now_s[0] += 61
    foreman.round()
    assert store.page().jobs == ()
    assert not (outputs.root / ".jobs" / "fox.1").exists()
    assert (outputs.root / "the-fox" / "video.mp4").read_text() == "moving"
