"""Ray that cannot be reached: in processes of their own, as the tests' is connected already."""

import os
import re
import signal
import socket
import subprocess
import sys

import pytest

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
    # At all addresses: Ray asks for this machine's own in place of 127.0.0.1.
    with socket.create_server(("", 0)) as deaf:
        process = start("status", "--address", f"127.0.0.1:{deaf.getsockname()[1]}")
        deaf.settimeout(200)
        deaf.accept()  # a look whether anything listens
        deaf.accept()  # Ray, which waits for an answer
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=200)
    assert process.returncode == 130
    assert "stopped by SIGINT" in told
    assert "Traceback" not in told
