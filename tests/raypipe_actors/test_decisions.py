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
    next_batch,
    overdue,
    pick_worker,
    urgency,
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


@given(queue=st.lists(waiting, max_size=30), limits=limits, now_s=st.floats(1000, 3000))
def test_a_batch_is_due_compatible_small_enough_and_led_by_the_most_urgent(queue, limits, now_s):
    by_id = {request.request_id: request for request in queue}
    decision = next_batch(queue, limits, now_s)
    due = [request for request in queue if request.not_before_s <= now_s]
    if not decision.request_ids:
        assert decision.look_again_s is None or decision.look_again_s >= 0
        assert (decision.look_again_s is None) == (not queue)
        return
    batch = [by_id[request_id] for request_id in decision.request_ids]
    assert len(set(decision.request_ids)) == len(batch) <= limits.max_batch
    assert len({request.batch_key for request in batch}) == 1
    assert all(request in due for request in batch)
    assert batch[0] == min(due, key=lambda request: urgency(request, now_s))


@given(queue=st.lists(waiting, min_size=1, max_size=30), limits=limits)
def test_whoever_looks_again_when_told_gets_a_batch_in_the_end(queue, limits):
    now_s = 1000.0
    for _ in range(5):
        decision = next_batch(queue, limits, now_s)
        if decision.request_ids:
            return
        assert decision.look_again_s is not None
        now_s += decision.look_again_s
    raise AssertionError(decision)


def test_high_priority_goes_before_a_long_queue_of_normal():
    queue = [Waiting(f"normal-{n}", 1, 0.0, n, "a") for n in range(200)]
    queue.append(Waiting("high", 0, 5.0, 0, "a"))
    decision = next_batch(queue, PoolLimits(max_batch=4, max_wait_s=0), now_s=6.0)
    assert decision.request_ids[0] == "high"


def test_an_older_story_goes_first_and_its_scenes_in_order():
    queue = [
        Waiting("new-0", 1, 1.0, 0, "a", story_since_s=20.0),
        Waiting("old-1", 1, 1.2, 1, "a", story_since_s=10.0),
        Waiting("old-0", 1, 1.3, 0, "a", story_since_s=10.0),
    ]
    decision = next_batch(queue, PoolLimits(max_batch=3, max_wait_s=0), now_s=2.0)
    assert decision.request_ids == ("old-0", "old-1", "new-0")


def test_low_priority_does_not_starve():
    old = Waiting("low", 2, 0.0, 0, "a")
    fresh = Waiting("high", 0, 2 * AGEING_S + 1, 0, "a", story_since_s=2 * AGEING_S)
    now_s = 2 * AGEING_S + 2
    assert next_batch([fresh, old], PoolLimits(max_wait_s=0), now_s).request_ids == ("low",)


def test_a_batch_waits_a_little_to_fill_but_not_longer():
    limits = PoolLimits(max_batch=4, max_wait_s=0.1)
    queue = [Waiting("a", 1, 10.0, 0, "k")]
    early = next_batch(queue, limits, 10.02)
    assert early.request_ids == ()
    assert abs((early.look_again_s or 0) - 0.08) < 1e-9
    assert next_batch(queue, limits, 10.1).request_ids == ("a",)


@given(workers=workers, near=st.sampled_from(["", "n1", "n3"]))
def test_only_idle_workers_are_picked_and_those_nearby_first(workers, near):
    picked = pick_worker(workers, near_node=near)
    idle = [worker for worker in workers if worker.state == "idle"]
    assert (picked is None) == (not idle)
    if picked is not None:
        assert picked in idle
        if any(worker.node_id == near for worker in idle):
            assert picked.node_id == near


@given(due_s=st.dictionaries(st.text(), st.floats(0, 100) | st.just(float("inf"))))
def test_what_is_overdue_is_told_latest_first_and_nothing_else(due_s):
    late = overdue(due_s, 50.0)
    assert set(late) == {request for request, due in due_s.items() if due <= 50.0}
    assert [due_s[request] for request in late] == sorted(due_s[request] for request in late)


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
