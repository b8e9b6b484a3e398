"""A day's figures, counted by hand."""

import pytest

from raypipe_cluster.jobs.day import day_of, sum_up
from raypipe_cluster.jobs.model import JobError, JobResult, Step

HOUR_MS = 3_600_000
LOST = JobError(type="WorkerLostError", message="it died", retryable=True)


def steps(*states):
    return [
        Step(stage="image", scene_id=f"s{number}", state=state, at_s=1.0)
        for number, state in enumerate(states)
    ]


@pytest.fixture
def day(store, story, clock):
    """Four jobs that end at 10, 20, 70 and 80 minutes, and one that waits."""
    begin_ms = clock.now_ms
    for name in ("a", "b", "c", "d", "e"):
        store.submit(story(name, max_attempts=1 if name == "c" else 4))

    def run(name, minutes, states, end):
        clock.now_ms = begin_ms + minutes * 60_000 - 30_000
        claim = store.claim("w")
        assert claim.job.story_id == name
        store.progress(claim, steps(*states))
        clock.now_ms = begin_ms + minutes * 60_000
        end(claim)

    facts = {
        "stages": {"image": 4.0, "total": 30.0},
        "cache_hits": 3,
        "cache_misses": 1,
        "engine_calls": {"storybook": 2, "openai:x": 1},
        "cloud_calls": 1,
        "gpu_s": 1.5,
        "duration_s": 60.0,
    }
    odd = {**facts, "stages": {"image": "soon", "total": 50.0}, "gpu_s": None, "cache_hits": True}
    run("a", 10, ["done", "cached"], lambda c: store.commit(c, JobResult(pointer="a", facts=facts)))
    less = JobResult(pointer="b", degraded=("a card",), facts=odd)
    run("b", 20, ["done", "degraded"], lambda c: store.commit(c, less))
    run("c", 70, ["failed", "running"], lambda c: store.fail(c, LOST))
    run("d", 80, [], lambda c: (store.cancel("d.4"), store.confirm_cancel(c)))
    return store, begin_ms


def test_the_figures_of_a_day(day):
    store, begin_ms = day
    found = day_of(store, since_ms=begin_ms, until_ms=begin_ms + 4 * HOUR_MS)
    assert found.outcomes == {"cancelled": 1, "degraded": 1, "failed": 1, "succeeded": 1}
    assert (found.ended, found.by_hour, found.jobs_per_hour) == (4, (2, 2, 0, 0), 1.0)
    assert found.success_rate == pytest.approx(2 / 3)
    assert found.errors == {"WorkerLostError": 1}
    assert found.processing.model_dump() == {"p50_s": 30.0, "p95_s": 30.0, "longest_s": 30.0}
    assert found.waiting.longest_s == 80 * 60 - 30
    image = found.stages["image"]
    assert (image.made, image.missed, image.success_rate, image.mean_s) == (3, 2, 0.6, 4.0)
    assert found.stages["total"].mean_s == 40.0
    assert (found.cache_hits, found.cache_misses) == (3, 2)
    assert found.cache_hit_rate == 0.6
    assert found.engine_calls == {"openai:x": 2, "storybook": 4}
    assert (found.cloud_calls, found.gpu_s, found.video_s) == (2, 1.5, 120.0)


def test_only_what_ended_in_the_span_counts(day):
    store, begin_ms = day
    found = day_of(store, since_ms=begin_ms + HOUR_MS, until_ms=begin_ms + 80 * 60_000)
    assert found.outcomes == {"cancelled": 0, "degraded": 0, "failed": 1, "succeeded": 0}
    assert found.by_hour == (1,)


def test_a_day_without_jobs_has_no_rates():
    found = sum_up([], since_ms=0, until_ms=24 * HOUR_MS)
    assert (found.ended, found.success_rate, found.cache_hit_rate) == (0, None, None)
    assert (found.processing, found.stages, found.jobs_per_hour) == (None, {}, 0.0)
    assert found.by_hour == (0,) * 24


def test_quantiles_are_interpolated(day):
    store, begin_ms = day
    template = store.get("a.1")
    jobs = [
        template.model_copy(update={"started_ms": begin_ms, "finished_ms": begin_ms + ms})
        for ms in range(0, 101_000, 1000)
    ]
    found = sum_up(jobs, since_ms=begin_ms, until_ms=begin_ms + HOUR_MS)
    assert (found.processing.p50_s, found.processing.p95_s) == (50.0, 95.0)
