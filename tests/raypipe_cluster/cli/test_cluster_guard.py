"""A local cluster that is stopped under a command that waits for it."""

import json
import threading

import psutil
import pytest

from raypipe.settings import user_state_dir
from raypipe_cluster.cli.cluster_guard import ClusterGuard


@pytest.fixture
def record(home):
    """The record of a running cluster, which is this very process."""
    me = psutil.Process()
    facts = {"address": "a", "dashboard_url": "b", "pid": me.pid, "log": ""}
    path = user_state_dir() / "cluster.json"
    assert str(path).startswith(str(home))
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({**facts, "started_s": me.create_time()}))
    return path


def test_a_cluster_that_is_stopped_interrupts(record):
    told = threading.Event()
    with ClusterGuard(look_s=0.01, interrupt=told.set) as guard:
        assert not told.wait(0.05)
        record.unlink()
        assert told.wait(10)
    assert guard.gone


@pytest.mark.parametrize("local", [True, False])
def test_what_is_not_used_is_not_watched(record, local):
    if local:
        record.unlink()  # none runs
    told = threading.Event()
    with ClusterGuard(local=local, look_s=0.01, interrupt=told.set) as guard:
        record.unlink(missing_ok=True)
        assert not told.wait(0.1)
    assert not guard.gone
