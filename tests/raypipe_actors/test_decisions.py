from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from raypipe_actors.decisions import (
    AGEING_S,
    Load,
    PoolLimits,
    Waiting,
    WorkerView,
    decide_scale,
    fill_batch,
    level,
    pick_worker,
)

waiting = st.builds(
    Waiting,
    request_id=st.uuids().map(str),
    priority=st.integers(0, 2),
    submitted_s=st.floats(0, 1000),
    order=st.integers(0, 15),
    batch_key=st.sampled_from(["a", "b"]),
    not_before_s=st.sampled_from([0.0, 500.0, 2000.0]),
    story_since_s=st.sampled_from([1.0, 2.0]),
)
workers = st.lists(
    st.builds(
        WorkerView,
        worker_id=st.uuids().map(str),
        node_id=st.sampled_from(["n1", "n2"]),
        state=st.sampled_from(["starting", "idle", "busy", "quarantined", "draining"]),
        since_s=st.floats(0, 1000),
    ),
    max_size=12,
)
limits = st.builds(
    PoolLimits,
    min_workers=st.integers(0, 3),
    max_workers=st.integers(3, 10),
    max_batch=st.integers(1, 8),
    max_wait_s=st.floats(0, 2),
    idle_s=st.floats(1, 300),
    patience_s=st.sampled_from([0.0, 5.0]),
    cool_down_s=st.sampled_from([0.0, 30.0]),
)


@given(best=st.lists(waiting, max_size=30), limits=limits, now_s=st.floats(1000, 3000))
def test_a_batch_is_the_best_and_small_enough_or_says_when_to_look_again(best, limits, now_s):
    decision = fill_batch(best, limits, now_s)
    if not decision.request_ids:
        assert decision.look_again_s is None or decision.look_again_s >= 0
        assert (decision.look_again_s is None) == (not best)
        return
    assert decision.request_ids == tuple(each.request_id for each in best[: limits.max_batch])


@given(best=st.lists(waiting, min_size=1, max_size=30), limits=limits)
def test_whoever_looks_again_when_told_gets_a_batch_in_the_end(best, limits):
    now_s = 1000.0
    for _ in range(5):
        decision = fill_batch(best, limits, now_s)
        if decision.request_ids:
            return
        assert decision.look_again_s is not None
        now_s += decision.look_again_s
    raise AssertionError(decision)


def test_where_nothing_is_due_the_next_due_time_is_waited_for():
    assert fill_batch([], PoolLimits(), 10.0, next_due_s=12.5).look_again_s == 2.5
    assert fill_batch([], PoolLimits(), 10.0).look_again_s is None


def test_a_batch_waits_a_little_to_fill_but_not_longer():
    limits = PoolLimits(max_batch=4, max_wait_s=0.1)
    best = [Waiting("a", 1, 10.0, 0, "k")]
    early = fill_batch(best, limits, 10.02)
    assert early.request_ids == ()
    assert abs((early.look_again_s or 0) - 0.08) < 1e-9
    assert fill_batch(best, limits, 10.1).request_ids == ("a",)


@given(request=waiting, waited_s=st.floats(0, 4 * AGEING_S))
def test_a_request_gains_a_level_for_each_span_that_it_has_waited(request, waited_s):
    now_s = request.submitted_s + waited_s
    gained = request.priority - level(request, now_s)
    assert level(request, now_s) >= 0
    # Within the rounding of a sum of floats near 1000.
    assert gained in {
        min(int((waited_s + slack) / AGEING_S), request.priority) for slack in (-1e-9, 1e-9)
    }


@given(workers=workers, near=st.sampled_from(["", "n1", "n3"]))
def test_only_idle_workers_are_picked_and_those_nearby_first(workers, near):
    picked = pick_worker(workers, near_node=near)
    idle = [worker for worker in workers if worker.state == "idle"]
    assert (picked is None) == (not idle)
    if picked is not None:
        assert picked in idle
        if any(worker.node_id == near for worker in idle):
            assert picked.node_id == near


loads = st.builds(
    Load,
    queued=st.integers(0, 50),
    eldest_wait_s=st.floats(0, 60),
    scaled_s=st.floats(0, 1000),
)


@given(load=loads, workers=workers, limits=limits)
def test_scaling_never_leaves_its_bounds(load, workers, limits):
    decision = decide_scale(load, workers, limits, 1000.0)
    useful = [worker for worker in workers if worker.state in {"starting", "idle", "busy"}]
    assert not (decision.start and decision.stop)
    assert decision.start >= 0
    if decision.start:
        assert len(useful) + decision.start <= limits.max_workers
    stopped = [worker for worker in workers if worker.worker_id in decision.stop]
    assert all(worker.state == "idle" for worker in stopped)
    if stopped:
        assert load.queued == 0
        assert len(useful) - len(stopped) >= limits.min_workers
        assert 1000.0 - load.scaled_s >= limits.cool_down_s


@given(load=loads, limits=limits)
def test_whoever_waits_in_an_empty_pool_gets_a_worker(load, limits):
    load = replace(load, queued=load.queued + 1)
    decision = decide_scale(load, [], limits, 1000.0)
    assert 1 <= decision.start <= limits.max_workers


def test_more_workers_are_started_once_the_eldest_has_waited_long_enough():
    limits = PoolLimits(max_workers=8, max_batch=4, patience_s=2.0)
    busy = [WorkerView("0", "n", "busy", 0.0)]
    assert decide_scale(Load(12, eldest_wait_s=1.0), busy, limits, 9.0).start == 0
    assert decide_scale(Load(12, eldest_wait_s=2.0), busy, limits, 9.0).start == 3


def test_an_idle_pool_goes_back_to_its_minimum():
    workers = [WorkerView(str(n), "n", "idle", float(n)) for n in range(5)]
    limits = PoolLimits(min_workers=2, max_workers=8, idle_s=10)
    assert decide_scale(Load(0), workers, limits, 100.0).stop == ("0", "1", "2")


def test_a_pool_that_has_just_grown_does_not_shrink_at_once():
    workers = [WorkerView(str(n), "n", "idle", 0.0) for n in range(3)]
    limits = PoolLimits(max_workers=8, idle_s=10, cool_down_s=30)
    assert not decide_scale(Load(0, scaled_s=80.0), workers, limits, 100.0).stop
    assert decide_scale(Load(0, scaled_s=70.0), workers, limits, 100.0).stop == ("0", "1", "2")


def test_a_worker_with_a_free_stream_is_used_after_idler_ones():
    full = WorkerView("full", "n1", "busy", 9.0, free=0)
    half = WorkerView("half", "n1", "busy", 5.0, free=1)
    idle = WorkerView("idle", "n1", "idle", 1.0, free=3)

    assert pick_worker([full, half, idle]) == idle
    assert pick_worker([full, half]) == half
    assert pick_worker([full]) is None


def test_free_streams_count_as_spare_workers():
    busy = WorkerView("w", "n1", "busy", 0.0, free=2)
    load = Load(3, eldest_wait_s=1.0, scaled_s=0.0)

    assert decide_scale(load, [busy], PoolLimits(max_workers=5), 10.0).start == 1
