"""Steps of a story run where the cluster is: here, or in a task."""

from __future__ import annotations

import asyncio
import os

import pytest
import ray

from raypipe.errors import RenderError
from raypipe_actors.link import ClusterLink


def _where(value: int) -> tuple[int, int]:
    return value, os.getpid()


def _fail() -> None:
    raise RenderError("no sound")


def _refuse_to_connect() -> None:
    raise AssertionError("nothing that needs Ray was asked for")


def test_on_this_machine_a_step_starts_neither_ray_nor_a_process():
    link = ClusterLink(_refuse_to_connect, local=True)
    assert asyncio.run(link.step(_where, 7)) == (7, os.getpid())


@pytest.mark.usefixtures("ray_cluster")
def test_a_step_is_given_values_for_references():
    for local in (True, False):
        link = ClusterLink(lambda: None, local=local)
        value, pid = asyncio.run(link.step(_where, ray.put(7)))
        assert value == 7
        assert (pid == os.getpid()) == local


@pytest.mark.usefixtures("ray_cluster")
def test_errors_of_a_step_arrive_as_they_are():
    for local in (True, False):
        link = ClusterLink(lambda: None, local=local)
        with pytest.raises(RenderError, match="no sound"):
            asyncio.run(link.step(_fail))
