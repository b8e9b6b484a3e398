"""A service killed at every point between changes: each job ends once, with one whole folder."""

import importlib.util
from pathlib import Path

import pytest

from raypipe_cluster.jobs.rules import ENDED

_SPEC = importlib.util.spec_from_file_location("victim", Path(__file__).with_name("victim.py"))
victim = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(victim)

STORIES = ["s1", "d1", "r1", "f1", "c1"]
STATES = {"s1": "succeeded", "d1": "degraded", "r1": "succeeded", "f1": "failed", "c1": "cancelled"}
OWN_POINTS = {
    "foreman.recovered",
    "foreman.reaped",
    "foreman.pruned",
    "foreman.swept",
    "foreman.claimed",
    "run.claimed",
    "run.staged",
    "run.rendered",
    "keep.checked",
    "keep.synced",
    "keep.moved",
    "run.kept",
    "foreman.committed",
    "show.linked",
    "show.swapped",
    "foreman.shown",
    "foreman.acknowledged",
    "run.committed",
    "foreman.started",
    "run.discarded",
    "run.failed",
    "run.cancelled",
}


def said(ended, what):
    return [about for kind, about in ended["said"] if kind == what]


def command(place, root, clock, **more):
    told = {"do": "work", "now_ms": clock.now_ms, "stories": STORIES}
    return {**told, "place": place.told(), "root": str(root), **more}


def recover(place, root, clock):
    """Do what a restarted system does, to the end; return how each claim ended."""
    with place.store(clock=clock) as store:
        shop = victim.Workshop(store, root)
        for name in STORIES:
            store.submit(victim.submission(name))
        shop.foreman.recover()
        while shop.foreman.round() or any(job.state not in ENDED for job in store.page().jobs):
            clock.forward(10_000)
        shop.foreman._house_s = float("-inf")
        shop.foreman.round()
        return shop.ends


def check(place, root, clock, ended):
    with place.store(clock=clock) as store:
        jobs = {job.story_id: job for job in store.page().jobs}
        assert {name: job.state for name, job in jobs.items()} == STATES
        assert store.outbox() == ()
        assert {job.job_id for job in jobs.values()} >= set(said(ended, "accepted"))
    results = {name: job for name, job in jobs.items() if job.result}
    assert set(results) == {"s1", "d1", "r1"}
    for name, job in results.items():
        assert job.result.pointer == f".jobs/{job.job_id}/{job.epoch}"
        shown, kept = root / f"the-{name}", root / job.result.pointer / f"the-{name}"
        for folder in (shown, kept):
            assert {path.name for path in folder.iterdir()} == {"video.mp4", "report.json"}
            assert (folder / "video.mp4").read_text() == f"{job.job_id} {job.epoch}"
    assert {path.name for path in root.iterdir()} == {".jobs", *(f"the-{n}" for n in results)}
    assert list((root / ".jobs" / "tmp").iterdir()) == []
    kept = {path.relative_to(root).as_posix() for path in root.glob(".jobs/*.*/*")}
    assert kept == {job.result.pointer for job in results.values()}
    for about in said(ended, "committed"):
        job_id, epoch = about.split()
        job = next(job for job in results.values() if job.job_id == job_id)
        assert job.epoch == int(epoch), "what was committed was made again"


def marked(points):
    """Return the number of the first time that each point is reached.

    The store's own are those of `test_kills`, but for claim and commit, between which and the
    folders something may be lost. ``benchmarks/job_faults.py`` takes every time of every point.
    """
    chosen = {}
    for number, point in enumerate(points):
        if point.partition(".")[0] in {"foreman", "run", "keep", "show", "claim", "commit"}:
            chosen.setdefault(point, number)
    return chosen.values()


def test_a_service_killed_at_any_point_loses_and_doubles_nothing(zygote, place, clock, tmp_path):
    zygote.run(**command(place.another("first"), tmp_path / "first", clock))
    (whole,) = zygote.run(**command(place.another("whole"), tmp_path / "whole", clock))
    assert said(whole, "error") == []
    check(place.another("whole"), tmp_path / "whole", clock, whole)
    points = said(whole, "point")
    assert set(points) >= OWN_POINTS
    assert len(OWN_POINTS) >= 20
    for number in marked(points):
        point = points[number]
        there, root = place.another(f"{number}"), tmp_path / f"{number}"
        (ended,) = zygote.run(**command(there, root, clock, kill_at=number))
        assert ended["killed"], f"not killed at {point}"
        later = type(clock)(clock.now_ms)
        recover(there, root, later)
        check(there, root, later, ended)


def test_two_kills_in_a_row_lose_and_double_nothing(zygote, sqlite_place, clock, tmp_path):
    """Recovery itself is killed: every seventh point of it, after every eleventh of the first."""
    place = sqlite_place
    (whole,) = zygote.run(**command(place.another("whole"), tmp_path / "whole", clock))
    points = said(whole, "point")
    for number, first in enumerate(range(3, len(points), 11)):
        there, root = place.another(f"{number}"), tmp_path / f"{number}"
        zygote.run(**command(there, root, clock, kill_at=first))
        (ended,) = zygote.run(**command(there, root, clock, kill_at=7 * number + 5))
        later = type(clock)(clock.now_ms + 60_000)
        recover(there, root, later)
        check(there, root, later, ended)


@pytest.mark.parametrize("taken", ["retrying", "succeeded"])
def test_a_worker_stopped_past_its_lease_commits_nothing(zygote, place, clock, tmp_path, taken):
    told = command(place, tmp_path, clock, do="stall_work", stories=["s1"], stall="s1")
    (stalled,) = zygote.run(**told)
    assert stalled["stopped"]
    clock.forward(31_000)
    with place.store(clock=clock) as store:
        assert [job.state for job in store.reap()] == ["retrying"]
        if taken == "succeeded":
            shop = victim.Workshop(store, tmp_path, owner="another")
            while not shop.foreman.round():
                clock.forward(1000)
            assert shop.ends == [("s1.1", "committed")]
        before = store.get("s1.1")
        (woken,) = zygote.run(do="wake")
        assert said(woken, "error") == []
        assert next(end for end, _ in woken["said"] if end in {"stale", "committed"}) == "stale"
        if taken == "succeeded":
            assert store.get("s1.1") == before
            assert (tmp_path / "the-s1" / "video.mp4").read_text() == "s1.1 2"
    kept = {path.relative_to(tmp_path).as_posix() for path in tmp_path.glob(".jobs/*.*/*")}
    assert ".jobs/s1.1/1" not in kept, "the stale worker's folder stayed"
    assert list((tmp_path / ".jobs" / "tmp").iterdir()) == []
