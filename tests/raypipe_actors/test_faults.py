import asyncio
import pickle

import pytest
import ray
import ray.exceptions as rx

from raypipe.errors import (
    ClusterError,
    EngineUnavailableError,
    GenerationError,
    StoryError,
    WorkerLostError,
)
from raypipe_actors.faults import ObjectGoneError, as_raypipe_error, fetch, fetched, is_death


def task_error(cause: Exception) -> rx.RayTaskError:
    return rx.RayTaskError("run", "traceback", cause)


@pytest.mark.parametrize(
    ("error", "kind", "death", "retryable"),
    [
        (task_error(GenerationError("black picture")), GenerationError, False, True),
        (task_error(EngineUnavailableError("no weights")), EngineUnavailableError, False, False),
        (task_error(ValueError("a bug")), ClusterError, False, False),
        (rx.ActorDiedError(), WorkerLostError, True, True),
        (rx.ActorUnavailableError("gone for now", b"0" * 16), WorkerLostError, True, True),
        (rx.WorkerCrashedError(), WorkerLostError, True, True),
        (rx.OutOfMemoryError("too much"), WorkerLostError, True, True),
        (rx.ObjectLostError("00" * 28, None, ""), ObjectGoneError, False, True),
        (rx.OwnerDiedError("00" * 28, None, ""), ObjectGoneError, False, True),
        (task_error(rx.OwnerDiedError("00" * 28, None, "")), ObjectGoneError, False, True),
        (rx.RaySystemError("a bug"), ClusterError, False, False),
    ],
)
def test_what_went_wrong_is_told_apart(error, kind, death, retryable):
    ours = as_raypipe_error(error, where="image of scene_3")
    assert type(ours) is kind
    assert is_death(error) is death
    assert ours.retryable is retryable


def test_every_error_survives_pickling_with_its_parts():
    error = StoryError("expected a title, got ''", remedy="add one", where="title")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(again) is StoryError
    assert str(again) == str(error) == "title: expected a title, got ''; add one"
    assert (again.problem, again.remedy, again.where) == (error.problem, error.remedy, error.where)


@ray.remote(num_cpus=0)
def fail():
    raise StoryError("no scenes")


@pytest.mark.usefixtures("ray_cluster")
def test_what_is_fetched_comes_as_a_value_or_as_an_error_of_ours():
    assert fetch(ray.put(7), where="scene 1") == 7
    with pytest.raises(StoryError, match="no scenes"):
        fetch(fail.remote(), where="scene 1")


@pytest.mark.usefixtures("ray_cluster")
def test_what_is_waited_for_comes_as_a_value_or_as_an_error_of_ours():
    assert asyncio.run(fetched(ray.put(7), where="scene 1")) == 7
    with pytest.raises(StoryError, match="no scenes"):
        asyncio.run(fetched(fail.remote(), where="scene 1"))


def test_what_was_made_here_is_fetched_as_it_is():
    made = object()
    assert asyncio.run(fetched(made, where="picture")) is made
