"""A service whose store cannot be used must not stand in the way of another."""

import contextlib

import pytest
import ray

from raypipe.errors import StorageError
from raypipe.settings import load_settings
from raypipe_cluster.jobs.desk import open_desk
from raypipe_cluster.jobs.service_calls import JOBS_ACTOR


@pytest.fixture
def no_service(ray_cluster):
    """A cluster without a service of jobs, before and after."""

    def end():
        with contextlib.suppress(ValueError):  # there is none
            ray.kill(ray.get_actor(JOBS_ACTOR, namespace="raypipe"))

    end()
    yield ray_cluster
    end()


def settings_for(url):
    return load_settings({"storage.jobs_url": url}, env={}, file=None).settings


def test_one_that_never_could_open_its_store_makes_way(no_service, tmp_path):
    for _ in range(2):
        with pytest.raises(StorageError, match="/proc/no"):
            open_desk(no_service, settings_for("sqlite:////proc/no/jobs.db"))
    good = open_desk(no_service, settings_for(f"sqlite://{tmp_path}/jobs.db")).info()
    assert good.store.endswith(f"{tmp_path}/jobs.db")
    again = open_desk(no_service, settings_for("sqlite:////proc/no/jobs.db")).info()
    assert again == good, "one whose store is open stays"
