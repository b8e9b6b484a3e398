"""Processes killed and stopped at every point: nothing lost, nothing doubled, in both stores."""

import json
from collections import Counter

import apsw
import pytest

from raypipe_cluster.jobs.model import JobFilter, JobResult, Parcel, Submission
from raypipe_cluster.jobs.rules import ENDED, fingerprint_of

HOUR_MS = 3_600_000


def said(ended, what):
    return [about for kind, about in ended["said"] if kind == what]


def recover(place, clock):
    """Do what a restarted system does: submit again, reap, render what waits."""
    with place.store(clock=clock) as store:
        for name, text in [("a", ""), ("b", ""), ("c", ""), ("d", "other")]:
            document = {"story_id": name, "text": text}
            store.submit(
                Submission(
                    story_id=name,
                    document=json.dumps(document),
                    fingerprint=fingerprint_of(document, {}),
                ),
                replace=True,
            )
        while any(job.state not in ENDED for job in store.page().jobs):
            clock.forward(HOUR_MS)
            store.reap()
            while (claim := store.claim("recovery")) is not None:
                result = JobResult(pointer=f"{claim.job.job_id}/{claim.job.epoch}")
                store.commit(claim, result, parcels=[Parcel(topic="publish")])


def check(place, clock, ended):
    """Compare the store with what the victim had been told, and with itself."""
    with place.store(clock=clock) as store:
        jobs = {job.job_id: job for job in store.page().jobs}
        assert set(said(ended, "accepted")) <= set(jobs), "an accepted job is lost"
        assert Counter(job.story_id for job in jobs.values()) in (
            Counter("abcd"),
            Counter("abcdd"),
        ), "a job is doubled"
        parcels = Counter(posted.job_id for posted in store.outbox())
        for job in jobs.values():
            if job.state == "succeeded":
                assert job.result.pointer == f"{job.job_id}/{job.epoch}"
                # The victim may have taken the parcel of its own commit out of the outbox.
                assert parcels[job.job_id] == 1 or (job.story_id, parcels[job.job_id]) == ("a", 0)
            else:
                assert job.state == "cancelled"
                assert job.story_id in "cd"
                assert parcels[job.job_id] == 0
        for job_id in said(ended, "committed"):
            assert jobs[job_id].epoch == 1, "a committed job ran again"
        for job_id in said(ended, "again"):
            assert jobs[job_id].state == "succeeded"
        (newest,) = [job for job in jobs.values() if job.story_id == "d" and job.result]
        assert newest.fingerprint == fingerprint_of({"story_id": "d", "text": "other"}, {})
        counts = Counter(job.state for job in jobs.values())
        assert {state: count for state, count in store.counts().items() if count} == counts
        assert len(store.changes().jobs) == len(jobs)
        assert store.page(JobFilter(states=ENDED)).jobs == store.page().jobs
    if place.kind == "sqlite":
        connection = apsw.Connection(place.url)
        assert connection.execute("PRAGMA integrity_check").get == "ok"
        connection.close()


def test_a_kill_at_any_point_loses_and_doubles_nothing(zygote, place, clock):
    command = {"do": "live", "now_ms": clock.now_ms}
    # The first life of all also loads the scripts into the Redis server, which takes more points.
    zygote.run(**command, place=place.another("first").told())
    (whole,) = zygote.run(**command, place=place.another("whole").told())
    assert said(whole, "error") == []
    points = said(whole, "point")
    assert len(points) >= 40
    assert {"submit", "claim", "commit", "fail", "expire", "retry"} <= {
        point.partition(".")[0] for point in points
    }
    for number, point in enumerate(points):
        there = place.another(f"{number}")
        (ended,) = zygote.run(**command, place=there.told(), kill_at=number)
        assert ended["killed"], f"not killed at {point}"
        later = type(clock)(clock.now_ms)
        recover(there, later)
        check(there, later, ended)


def test_processes_that_drain_one_queue_never_share_a_job(zygote, place, story):
    jobs = 24
    with place.store() as store:
        for number in range(jobs):
            store.submit(story(f"s{number}"))
        ended = zygote.run(do="drain", now_ms=0, forks=3, place=place.told())
        committed = [job_id for each in ended for job_id in said(each, "committed")]
        assert [said(each, "error") for each in ended] == [[]] * 3
        assert len(committed) == len(set(committed)) == jobs
        assert store.counts()["succeeded"] == jobs
        assert all(job.epoch == job.attempt == 1 for job in store.page().jobs)


def test_a_kill_among_threads_takes_nothing_that_one_was_told(zygote, place, clock):
    """Threads share transactions; where each is when the process dies is left to chance."""
    command = {"do": "crowd", "now_ms": clock.now_ms}
    zygote.run(**command, place=place.another("first").told())
    (whole,) = zygote.run(**command, place=place.another("whole").told())
    assert said(whole, "error") == []
    assert len(said(whole, "committed")) == 18
    for number in range(2, len(said(whole, "point")), 9):
        there = place.another(f"{number}")
        (ended,) = zygote.run(**command, place=there.told(), kill_at=number)
        assert ended["killed"]
        with there.store(clock=clock) as store:
            jobs = {job.job_id: job for job in store.page().jobs}
            assert set(said(ended, "accepted")) <= set(jobs), "an accepted job is lost"
            assert len({job.story_id for job in jobs.values()}) == len(jobs), "a job is doubled"
            succeeded = {name for name, job in jobs.items() if job.state == "succeeded"}
            assert set(said(ended, "committed")) <= succeeded, "a committed result is lost"
            assert sorted(posted.job_id for posted in store.outbox()) == sorted(succeeded)
            assert {job.epoch for job in jobs.values() if job.state != "queued"} <= {1}


@pytest.mark.parametrize("state", ["retrying", "running", "succeeded"])
def test_a_process_stopped_past_its_lease_writes_nothing(zygote, place, story, clock, state):
    with place.store(clock=clock) as store:
        store.submit(story())
        (stalled,) = zygote.run(do="stall", now_ms=clock.now_ms, place=place.told())
        assert stalled["stopped"]
        clock.forward(HOUR_MS)
        assert [job.state for job in store.reap()] == ["retrying"]
        if state != "retrying":
            claim = store.claim("other")
        if state == "succeeded":
            store.commit(claim, JobResult(pointer="fox.1/2"))
        before = store.get("fox.1")
        assert before.state == state
        (woken,) = zygote.run(do="wake")
        assert said(woken, "refused") == ["StaleClaimError"] * 4
        assert said(woken, "taken") == []
        assert store.get("fox.1") == before
        assert store.outbox() == ()
