"""The client of scripts and notebooks, over a store of this process."""

import itertools
import json

import pytest

from raypipe.errors import ClusterError, InputError, StoryError
from raypipe.story.model import Story
from raypipe_cluster.jobs.client import JobClient
from raypipe_cluster.jobs.errors import (
    JobStateError,
    StoreVersionError,
    StoryConflictError,
    UnknownJobError,
)
from raypipe_cluster.jobs.model import MAX_STORIES_AT_ONCE, JobResult
from raypipe_cluster.jobs.records import SCHEMA
from raypipe_cluster.jobs.wire import Reply

TEXT = "A fox ran over the hill. It slept there. Night came."
FOX = Story(story_id="fox", title="Fox", content=TEXT)


@pytest.fixture
def client(store):
    with JobClient.over(store) as made:
        yield made


def test_stories_files_and_folders_are_submitted_alike(client, tmp_path):
    (tmp_path / "owl.txt").write_text("The Owl\n\nAn owl woke up. It flew away. It came back.")
    lines = [FOX.model_copy(update={"story_id": name}).model_dump_json() for name in ("a", "b")]
    (tmp_path / "more.jsonl").write_text("\n".join(lines))
    made = client.submit(FOX, tmp_path, priority="high")
    assert [each.job.job_id for each in made] == ["fox.1", "a.2", "b.3", "owl.4"]
    assert {each.job.priority for each in made} == {"high"}
    (again,) = client.submit(str(tmp_path / "owl.txt"))
    assert (again.created, again.job.job_id) == (False, "owl.4")


def test_one_bad_story_keeps_all_from_being_queued(client, tmp_path):
    (tmp_path / "bad.json").write_text(json.dumps({"story_id": "x"}))
    with pytest.raises(StoryError, match="title"):
        client.submit(FOX, tmp_path)
    assert client.list() == ()


def test_another_content_is_refused_unless_it_replaces(client):
    client.submit(FOX)
    other = FOX.model_copy(update={"title": "Another"})
    with pytest.raises(StoryConflictError):
        client.submit(other)
    (made,) = client.submit(other, replace=True)
    assert made.job.job_id == "fox.2"
    assert [job.state for job in client.list(story_id="fox")] == ["queued", "cancelled"]


def test_more_stories_than_a_store_takes_in_one_step_are_refused(client, story):
    too_many = itertools.repeat(story(), MAX_STORIES_AT_ONCE + 1)
    with pytest.raises(InputError, match="at most 10,000 stories at once, got 10,001"):
        list(client.ask_submit(too_many))
    assert client.list() == ()


def test_every_verb(client, store, clock):
    client.submit(FOX)
    assert client.get("fox").state == "queued"
    assert client.cancel("fox")[0].state == "cancelled"
    with pytest.raises(UnknownJobError):
        client.get("owl")
    assert client.retry("fox.1")[0].state == "queued"
    store.commit(store.claim("w"), JobResult(pointer="fox.1/1"))
    assert [job.state for job in client.watch("fox")] == ["succeeded"]
    with pytest.raises(JobStateError):
        client.retry("fox.1")
    (ended,) = client.wait("fox")
    assert ended.result.pointer == "fox.1/1"
    assert [job.state for job in client.list(states=["succeeded"], limit=1)] == ["succeeded"]
    day = client.report(since_ms=clock.now_ms, until_ms=clock.now_ms + 1)
    assert day.outcomes["succeeded"] == 1


def test_replies_that_break_off_are_told():
    client = JobClient(carry=lambda _: iter([Reply(name="x")]))
    with pytest.raises(ClusterError, match="broke off"):
        client.get("fox")


def test_a_store_of_a_newer_version_is_told(place, store):
    store.close()
    if place.kind == "sqlite":
        import apsw

        apsw.Connection(place.url).execute(f"PRAGMA user_version = {SCHEMA + 1}")
    else:
        place.backend()._client.set(f"{place.prefix}:schema", SCHEMA + 1)
    with pytest.raises(StoreVersionError, match=f"schema {SCHEMA + 1}") as caught:
        place.store()
    assert "upgrade raypipe" in caught.value.remedy
