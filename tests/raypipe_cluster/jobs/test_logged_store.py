"""What happens to a job is in its log, in order, and nothing of others."""

import json
import logging

import pytest

from raypipe_cluster.jobs.errors import UnknownJobError
from raypipe_cluster.jobs.log_files import LOGGERS, JobLogs
from raypipe_cluster.jobs.logged_store import LoggedStore
from raypipe_cluster.jobs.model import JobError, JobResult, Step
from raypipe_cluster.jobs.rules import LEASE_MS

LOST = JobError(type="WorkerLostError", message="it died", retryable=True)


@pytest.fixture
def logged(place, clock, tmp_path):
    logs = JobLogs(tmp_path / "logs")
    levels = {name: logging.getLogger(name).level for name in LOGGERS}
    logs.attach()
    with LoggedStore(place.backend(clock=clock), logs=logs) as store:
        yield store
    logs.detach()
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def lines(store, job_id):
    return [json.loads(line) for line in store.log(job_id).lines]


def test_a_job_s_life_is_in_its_log(logged, story, clock):
    logged.submit(story("fox", max_attempts=2))
    logged.submit(story("owl"))
    claim = logged.claim("worker-1")
    logged.progress(claim, [Step(stage="image", scene_id="s1", state="done", at_s=1.0)])
    logged.fail(claim, LOST)
    clock.forward(100_000)
    logged.claim("worker-2")
    clock.forward(LEASE_MS)
    logged.reap()
    logged.retry("fox.1")
    logged.cancel("fox.1")
    logged.retry("fox.1")
    logged.release(logged.claim("worker-3"))
    logged.lose(logged.claim("worker-3"))
    clock.forward(100_000)
    logged.claim("crew/worker-4")
    logged.interrupt("crew/")
    clock.forward(100_000)
    logged.commit(logged.claim("worker-3"), JobResult(pointer="fox.1/4", degraded=("a card",)))
    said = lines(logged, "fox.1")
    assert [line["message"] for line in said] == [
        "submitted", "claimed", "step", "attempt failed", "claimed", "lease ran out",
        "queued again", "cancel asked for", "queued again", "claimed", "given back", "claimed",
        "worker lost", "claimed", "interrupted", "claimed", "committed",
    ]  # fmt: skip
    assert {(line["job_id"], line["story_id"]) for line in said} == {("fox.1", "fox")}
    assert (said[2]["scene_id"], said[2]["stage"], said[2]["state"]) == ("s1", "image", "done")
    assert (said[3]["level"], said[3]["error"], said[3]["attempt"]) == (
        "warning", "WorkerLostError", 1,
    )  # fmt: skip
    assert said[5]["error"] == "PoisonJobError"
    assert said[-1]["degraded"] == ["a card"]
    assert [line["message"] for line in lines(logged, "owl.2")] == ["submitted"]


def test_a_forgotten_job_has_no_log(logged, story, clock):
    logged.submit(story())
    logged.cancel("fox.1")
    clock.forward(1)
    path = next(logged._logs._folder.iterdir())
    assert logged.prune(older_ms=0) == ("fox.1",)
    assert not path.exists()
    with pytest.raises(UnknownJobError):
        logged.log("fox.1")
    with pytest.raises(UnknownJobError):
        logged.add_log("fox.1", ['{"message": "late"}'])
    assert not path.exists()


def test_what_a_runner_hands_in_is_in_the_log_of_its_job(logged, story):
    logged.submit(story())
    logged.add_log("fox.1", ['{"message": "from elsewhere"}'])
    assert [line["message"] for line in lines(logged, "fox.1")] == ["submitted", "from elsewhere"]
