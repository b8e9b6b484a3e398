"""The service on the shared Ray: real small stories, its processes killed, nothing made twice."""

import contextlib
import json
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from raypipe.errors import ClusterError
from raypipe.settings import load_settings
from raypipe.story.model import Story
from raypipe_actors.messages import DISPATCHER_PREFIX
from raypipe_cluster.jobs.client import JobClient
from raypipe_cluster.jobs.desk import open_desk
from raypipe_cluster.jobs.errors import StoryConflictError, UnknownJobError
from raypipe_cluster.jobs.model import Submission
from raypipe_cluster.jobs.order import JobOrder
from raypipe_cluster.jobs.rules import ENDED
from raypipe_cluster.jobs.service_calls import JOBS_ACTOR
from raypipe_cluster.session import RaySession

STORE_LOGGER = "raypipe_cluster.jobs.logged_store"
TEXT = (
    "Mara found lantern {} half buried in the sand of the beach. Its light was as green and cold "
    "as the glass of the sea. Nobody saw her again until spring."
)


class Desk:
    """The desk of a service of its own, with what tests do at it."""

    def __init__(self, address, folder):
        values = {
            "storage.cache_url": f"file://{folder}/cache",
            "storage.output_dir": folder / "out",
            "storage.jobs_url": f"sqlite://{folder}/jobs.db",
            "video.quality": "draft",
            "video.target_duration": 8,
            "video.aspect_ratio": "1:1",
            "images.engine": "card",
            "tts.engine": "espeak:en",
            "music.default": "none",
        }
        self.settings = load_settings(values, env={}, file=None).settings
        self.folder = folder
        self.calls = open_desk(address, self.settings)

    def submit(self, name, **more):
        story = Story(story_id=name, title="The Lantern", content=TEXT.format(name))
        submission = Submission.of(story, options=JobOrder.of(self.settings).options())
        return self.queued(submission, **more)

    def queued(self, submission, **more):
        """Return the id of the job of ``submission``, or raise why it has none."""
        (outcome,) = self.calls.submit_many([submission], **more)
        if isinstance(outcome, StoryConflictError):
            raise outcome
        return outcome.job.job_id

    def client(self):
        return JobClient.over(self.calls)

    def until(self, job_id, reached):
        """Return the job once it is as ``reached`` wants it, however long that takes."""
        pause = threading.Event()
        while not reached(job := self.calls.get(job_id)):
            assert job.state not in ENDED, f"it has ended before that: {job}"
            pause.wait(0.05)
        return job

    def ended(self, job_id):
        return self.until(job_id, lambda job: job.state in ENDED)

    def working(self, job_id, stage, state="done"):
        """Return the job once a scene's ``stage`` is there."""

        def reached(job):
            return any(step.stage == stage and step.state == state for step in job.steps)

        return self.until(job_id, reached)

    def kept(self):
        """Return how many pictures, readings and segments are in the cache."""
        kinds = ("image", "speech", "segment")
        return sum(len(list((self.folder / "cache" / kind).glob("*"))) for kind in kinds)

    def made(self):
        """Return how many of them the pools have made so far."""
        return sum(status.done for status in pools())

    def report(self, job):
        return json.loads((Path(job.result.facts["folder"]) / "report.json").read_text())


def pools():
    """Return the figures of all pools of these stories."""
    import ray
    from ray.util import list_named_actors

    names = [name for name in list_named_actors() if name.startswith(DISPATCHER_PREFIX)]
    handles = [ray.get_actor(name, namespace="raypipe") for name in names if "#" not in name]
    found = ray.get([handle.status.remote() for handle in handles])
    return [status for status in found if status.engine in {"card", "espeak:en", "auto"}]


def kill_own(name):
    """Kill the processes of that name among those that this very test run has started."""
    killed = 0
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if (process.cmdline() or [""])[0].startswith(f"ray::{name}"):
                os.kill(process.pid, signal.SIGKILL)
                killed += 1
    return killed


@pytest.fixture(scope="module")
def desk(ray_cluster, tmp_path_factory):
    made = Desk(ray_cluster, tmp_path_factory.mktemp("service"))
    yield made
    import ray

    ray.kill(ray.get_actor(JOBS_ACTOR, namespace="raypipe"))


def test_a_job_ends_with_its_folder_shown(desk):
    job_id = desk.submit("whole")
    version = desk.calls.changes().version
    job = desk.ended(job_id)
    assert (job.state, job.attempt, job.error) == ("succeeded", 1, None)
    shown = desk.folder / "out" / "the-lantern_whole"
    assert job.result.facts["folder"] == str(shown)
    assert Path(job.result.facts["video"]).read_bytes()[4:8] == b"ftyp"
    kept = desk.folder / "out" / job.result.pointer / shown.name
    assert {path.name for path in shown.iterdir()} == {path.name for path in kept.iterdir()}
    assert all(path.samefile(kept / path.name) for path in shown.iterdir())
    assert job.result.facts["cache_misses"] == desk.report(job)["cache"]["misses"] > 0
    states = {(step.stage, step.scene_id): step.state for step in job.steps}
    assert states["publish", None] == "done"
    assert {states[stage, "scene_01"] for stage in ("image", "speech", "render")} == {"done"}
    assert [changed.job_id for changed in desk.calls.changes(version).jobs] == [job_id]
    assert json.loads(desk.calls.document(job_id))["story_id"] == "whole"
    assert desk.calls.counts()["succeeded"] == 1
    messages = [json.loads(line)["message"] for line in desk.calls.log(job_id).lines]
    assert {"submitted", "claimed", "step", "committed"} <= set(messages)


def test_the_same_story_is_the_same_job_and_another_is_refused(desk):
    job_id = desk.submit("twin")
    assert desk.submit("twin") == job_id
    other = Story(story_id="twin", title="Another", content=TEXT.format("that is different"))
    with pytest.raises(StoryConflictError, match="fingerprint"):
        desk.queued(Submission.of(other))
    with pytest.raises(UnknownJobError, match="raypipe jobs list"):
        desk.calls.get("nobody.1")
    assert desk.ended(job_id).state == "succeeded"


def test_a_killed_runner_costs_an_attempt_and_nothing_that_was_finished(desk):
    kept_before, made_before = desk.kept(), desk.made()
    job_id = desk.submit("runner")
    desk.working(job_id, "render")
    finished = desk.kept() - kept_before
    assert kill_own("StoryRunner") >= 1
    job = desk.ended(job_id)
    assert (job.state, job.attempt, job.epoch) == ("succeeded", 2, 2)
    assert job.result.pointer == f".jobs/{job_id}/2"
    report = desk.report(job)
    # What was finished at the kill, all pictures and readings among it, was found and not made
    # again: all attempts together have made each product once.
    assert report["cache"]["hits"] >= finished >= 7
    assert all(set(line["cached"]) == {"image", "speech"} for line in report["scenes"])
    assert desk.made() - made_before == desk.kept() - kept_before
    assert not list((desk.folder / "out" / ".jobs" / job_id).glob("1"))


def test_a_runner_killed_while_it_is_idle_costs_nothing(desk):
    assert kill_own("StoryRunner") >= 1
    job = desk.ended(desk.submit("idle"))
    assert (job.state, job.attempt, job.epoch) == ("succeeded", 1, 1)


def test_a_killed_service_goes_on_and_the_job_keeps_its_attempt(desk):
    job_id = desk.submit("service")
    desk.working(job_id, "image")
    before = desk.calls.info().pid
    with ThreadPoolExecutor(1) as threads:
        followed = threads.submit(list, desk.client().logs(job_id, follow=True))
        os.kill(before, signal.SIGKILL)
        job = desk.ended(job_id)
        assert (job.state, job.attempt) == ("succeeded", 1)
        assert job.epoch == 2
        assert desk.calls.info().pid != before
        said = [json.loads(line) for line in followed.result(timeout=60)]
    assert [line["epoch"] for line in said if line["message"] == "claimed"] == [1, 2]
    assert "committed" in {line["message"] for line in said}
    assert followed.result() == list(desk.client().logs(job_id)), "nothing twice, nothing left out"


def test_killed_workers_of_the_pools_cost_the_job_nothing(desk):
    job_id = desk.submit("workers")
    desk.working(job_id, "image")
    assert kill_own("RenderWorker") >= 1
    job = desk.ended(job_id)
    assert (job.state, job.attempt) == ("succeeded", 1)


def test_a_cancel_stops_the_work_and_frees_the_pools(desk):
    job_id = desk.submit("unwanted")
    desk.working(job_id, "image")
    assert desk.calls.cancel(job_id).cancel_requested
    job = desk.ended(job_id)
    assert job.state == "cancelled"
    assert job.result is None
    assert not (desk.folder / "out" / "the-lantern_unwanted").exists()
    assert {status.queued for status in pools()} == {0}
    for kept in (desk.folder / "cache" / "image").iterdir():
        kept.write_bytes(b"no longer a picture")
    again = desk.calls.retry(job_id)
    assert again.state == "queued"
    assert desk.ended(job_id).state == "succeeded"
    said = [json.loads(line) for line in desk.client().logs(job_id, follow=True)]
    found = {line["message"]: line for line in said if line["logger"] != STORE_LOGGER}
    assert found["job told to stop"]["reason"] == "cancelled", "its runner's own words"
    damaged = found["damaged cache entry deleted"]
    assert (damaged["job_id"], damaged["story_id"], damaged["attempt"]) == (job_id, "unwanted", 1)
    assert damaged["scene_id"].startswith("scene_")


def test_a_story_that_cannot_be_rendered_fails_once_with_its_reason(desk):
    story = Story(
        story_id="songless",
        title="The Song",
        content=TEXT.format("of songs"),
        metadata={"music": str(desk.folder / "nowhere.mp3")},
    )
    order = JobOrder.of(desk.settings).options()
    job_id = desk.queued(Submission.of(story, options=order))
    job = desk.ended(job_id)
    assert (job.state, job.attempt, job.error.type) == ("failed", 1, "MediaError")
    assert "nowhere.mp3" in job.error.message


def test_a_service_of_other_code_hands_over_its_jobs_uncounted(desk, ray_cluster, monkeypatch):
    job_id = desk.submit("heir")
    desk.working(job_id, "image")
    before = desk.calls.info()
    monkeypatch.setattr("raypipe_cluster.jobs.service.jobs_revision", lambda: "newer")
    desk.calls = open_desk(ray_cluster, desk.settings)
    after = desk.calls.info()
    assert after.pid != before.pid
    assert (after.store, after.outputs) == (before.store, before.outputs)
    job = desk.ended(job_id)
    assert (job.state, job.attempt, job.epoch) == ("succeeded", 1, 2)
    assert "given back" in [json.loads(line)["message"] for line in desk.calls.log(job_id).lines]


def test_without_a_cluster_there_is_no_desk(desk):
    with pytest.raises(ClusterError, match="raypipe up"):
        open_desk(RaySession(None), desk.settings)
