"""What the chaos benchmark counts."""

import chaos
import pytest

from raypipe_cluster.jobs.model import Job


def test_a_kill_is_got_over_when_the_last_story_gets_on(job_of):
    kill = chaos.Kill(10.0, "node", "127.0.0.11")
    jobs = {"a": job_of(progress_ms=9_000), "b": job_of(progress_ms=9_900), "c": job_of()}
    kill.note(jobs, {"a", "b"})
    assert not kill.is_over
    kill.note(jobs | {"b": job_of(progress_ms=11_500), "c": job_of(finished_ms=90_000)}, set())
    assert not kill.is_over
    kill.note(jobs | {"a": job_of(progress_ms=None, finished_ms=14_000)}, set())
    assert (kill.is_over, kill.recovery_s) == (True, 4.0)


def test_a_kill_beside_which_nothing_was_made_has_no_time(job_of):
    kill = chaos.Kill(10.0, "composer", "1")
    kill.note({"a": job_of()}, set())
    assert chaos.recoveries([kill]) == {"composer": [None]}


@pytest.fixture
def job_of():
    """Make jobs of which only the times matter."""

    def make(**times):
        return Job(
            job_id="x.1",
            story_id="x",
            fingerprint="0",
            priority="normal",
            state="running",
            attempt=1,
            max_attempts=4,
            epoch=1,
            version=1,
            submitted_ms=0,
            due_ms=0,
            changed_ms=0,
            **times,
        )

    return make


def test_figures_of_two_runs_add_up():
    one = dict.fromkeys(chaos._SUMS, 1) | {"stories": 10, "failed": 0}
    one |= {"what": ["a"], "not_clean": [], "seeds": [1], "errors": {"X": 1}, "attempts": {"1": 9}}
    one |= {"recoveries_s": {"node": [1.0, None]}, "commit": "old"}
    other = one | {"failed": 1, "seeds": [2], "recoveries_s": {"node": [4.0], "head": [2.5]}}
    both = chaos.summed_up(chaos.added(one, other | {"commit": "new"}))
    assert (both["stories"], both["failed"], both["failed_share"]) == (20, 1, 0.05)
    assert (both["what"], both["seeds"], both["errors"]) == (["a", "a"], [1, 2], {"X": 2})
    assert both["commit"] == "new"
    assert both["faults"] == [
        {"fault": "head", "runs": 1, "recovery_s_median": 2.5, "recovery_s_max": 2.5},
        {"fault": "node", "runs": 3, "recovery_s_median": 2.5, "recovery_s_max": 4.0},
    ]
