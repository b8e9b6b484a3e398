"""`raypipe up` goes on with jobs that wait, and is not kept from starting by their store."""

import pytest

from raypipe.errors import ClusterError
from raypipe.settings import load_settings
from raypipe.story.model import Story
from raypipe_cluster.app import _resume_jobs
from raypipe_cluster.jobs.model import Submission
from raypipe_cluster.jobs.open import store_of
from raypipe_cluster.session import RaySession


@pytest.fixture
def settings(tmp_path):
    flags = {"storage.jobs_url": f"sqlite://{tmp_path}/jobs.db"}
    return load_settings(flags, env={}, file=None).settings


def test_nothing_is_started_for_a_store_without_open_jobs(settings):
    _resume_jobs(RaySession(None), settings)


def test_a_store_that_cannot_be_read_stops_nothing(settings, tmp_path, caplog):
    (tmp_path / "jobs.db").write_text("no database")
    _resume_jobs(RaySession(None), settings)
    assert "jobs not resumed" in caplog.text


def test_waiting_jobs_have_the_service_started(settings):
    waiting = Story(story_id="fox", title="Fox", content="A fox ran.")
    with store_of(settings.storage) as store:
        store.submit(Submission.of(waiting))
    with pytest.raises(ClusterError, match="no cluster is running"):
        _resume_jobs(RaySession(None), settings)
