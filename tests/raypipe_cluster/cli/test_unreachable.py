"""Ray that cannot be reached: in processes of their own, as the tests' is connected already."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import ray

from raypipe.errors import ClusterError
from raypipe_cluster.session import require_head

RAYPIPE = (sys.executable, "-m", "raypipe_cluster.cli.main")


@pytest.fixture
def start(tmp_path):
    """Return a function that starts a command in a home of its own, with no cluster of `up`."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("RAY_")}
    begun = []

    def call(*arguments, **variables):
        begun.append(
            subprocess.Popen(
                [*RAYPIPE, *arguments],
                env=kept | {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)} | variables,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return begun[-1]

    yield call
    for process in begun:
        process.kill()
        process.communicate()


def test_auto_is_looked_at_before_ray_waits_for_it(start):
    process = start("status", "--address", "auto", RAY_ADDRESS="127.0.0.1:1")
    _, told = process.communicate(timeout=200)
    assert process.returncode == 1
    assert re.search(r"nothing answers at \S+:1 ", told)


@pytest.mark.usefixtures("plain_signals")
def test_a_command_that_waits_for_ray_can_be_interrupted(start):
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        process = start("status", "--address", f"127.0.0.1:{deaf.getsockname()[1]}")
        deaf.settimeout(200)
        deaf.accept()  # a look whether anything listens
        deaf.accept()  # the question whether it is Ray, which waits for an answer
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=200)
    assert process.returncode == 130
    assert "stopped by SIGINT" in told
    assert "Traceback" not in told


def test_what_listens_but_never_answers_is_told():
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        address = f"127.0.0.1:{deaf.getsockname()[1]}"
        with pytest.raises(ClusterError, match="does not answer as Ray") as told:
            require_head(address, timeout_s=0.3)
    assert address in told.value.problem
    assert told.value.where == "--address"


def test_a_web_server_is_told_from_a_head_at_once():
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        server.RequestHandlerClass.log_message = lambda *_: None
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(ClusterError, match="is not the head of a Ray cluster"):
            require_head(f"127.0.0.1:{server.server_port}", timeout_s=60)
        server.shutdown()


def test_another_of_rays_own_servers_is_told_from_a_head(ray_cluster):
    host = ray_cluster.rpartition(":")[0]
    (node,) = ray.nodes()
    with pytest.raises(ClusterError, match="is not the head of a Ray cluster"):
        require_head(f"{host}:{node['NodeManagerPort']}", timeout_s=60)


def test_a_head_is_taken(ray_cluster):
    require_head(ray_cluster, timeout_s=60)


def test_a_head_that_wants_another_token_is_told_at_once(start, ray_cluster):
    process = start("status", "--address", ray_cluster)  # which has none
    _, told = process.communicate(timeout=200)
    assert process.returncode == 1
    assert "wants another token" in told
    assert "RAY_AUTH_TOKEN" in told
