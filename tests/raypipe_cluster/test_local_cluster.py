"""How long a start of the local cluster is waited for."""

import subprocess
import sys

import pytest

from raypipe.errors import ClusterError
from raypipe_cluster import local_cluster
from raypipe_cluster.local_cluster import StartWatch


def test_a_start_that_gets_on_may_take_as_long_as_it_needs():
    watch = StartWatch(60, 0)
    assert not any(
        watch.is_stuck(range(10, 11 + step), said=100, now_s=50 * step) for step in range(20)
    )


def test_words_in_the_log_count_as_getting_on():
    watch = StartWatch(60, 0)
    assert not watch.is_stuck([10], said=1, now_s=50)
    assert not watch.is_stuck([10], said=2, now_s=100)
    assert not watch.is_stuck([10], said=2, now_s=150)
    assert watch.is_stuck([10], said=2, now_s=161)


def test_processes_that_only_end_do_not():
    watch = StartWatch(60, 0)
    assert not watch.is_stuck([10, 11, 12], said=0, now_s=1)
    assert not watch.is_stuck([10, 11], said=0, now_s=50)
    assert watch.is_stuck([10], said=0, now_s=62)


def test_a_head_that_ends_is_told_with_its_last_word(tmp_path):
    log = tmp_path / "cluster.log"
    with log.open("wb") as sink:
        head = subprocess.Popen([sys.executable, "-c", "print('no disk'); exit(3)"], stdout=sink)
    head.wait()
    with pytest.raises(ClusterError, match="exit code 3") as told:
        local_cluster._await_start(head, 1, log)
    assert "no disk" in told.value.problem
    assert str(log) in told.value.remedy
