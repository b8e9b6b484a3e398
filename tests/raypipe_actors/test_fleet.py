"""A worker as its pool knows it; test_dispatcher.py has how they come and go, on a real Ray."""

from raypipe_actors.fleet import Worker
from raypipe_actors.messages import WorkerInfo

INFO = WorkerInfo("w", "node", 1, "libx264", "r", 1, 0.5, streams=2)


def test_a_worker_is_busy_until_all_that_it_was_given_is_done():
    worker = Worker("w", None, "idle", 0.0, info=INFO)
    worker.take(["a"])
    worker.take(["b"])
    assert (worker.state, worker.view().free) == ("busy", 0)
    worker.release(("a",))
    assert (worker.state, worker.view().free) == ("busy", 1)
    worker.release(("b",))
    assert (worker.state, worker.view().free) == ("idle", 2)
    assert worker.since_s > 0


def test_a_worker_that_is_to_end_does_not_become_idle_when_it_is_done():
    worker = Worker("w", None, "idle", 0.0, info=INFO)
    worker.take(["a"])
    worker.enter("draining")
    worker.release(("a",))
    assert worker.state == "draining"


def test_a_worker_that_is_not_warm_has_nothing_free():
    view = Worker("w", None, "starting", 0.0).view()
    assert (view.free, view.node_id) == (0, "")
