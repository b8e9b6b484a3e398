"""A client that reaches nothing but the dashboard of a real cluster that wants a token."""

import json
import os
import queue
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest

from raypipe.errors import ClusterError
from raypipe.story.model import Story
from raypipe_cluster.jobs.client import JobClient
from raypipe_cluster.jobs.errors import StoryConflictError
from raypipe_cluster.jobs.model import Submission
from raypipe_cluster.jobs.wire import Cancel

TOKEN = secrets.token_hex(32)
TEXT = "Mara found a lantern on the beach. The light was green. She followed it home."
START = "from ray.scripts.scripts import main; main()"


def free_ports(count):
    with_sockets = [socket.socket() for _ in range(count)]
    for each in with_sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in with_sockets]
    for each in with_sockets:
        each.close()
    return ports


def answers(url):
    request = urllib.request.Request(  # noqa: S310 - our own
        f"{url}/api/version", headers={"Authorization": f"Bearer {TOKEN}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=1) as answer:  # noqa: S310
            return answer.status == 200
    except (OSError, urllib.error.HTTPError):
        return False


@pytest.fixture(scope="module")
def head(tmp_path_factory):
    """The URL of a head with a dashboard and a token; without cores, so that nothing is rendered.

    It is another cluster than that of the other tests: Ray turns tokens on for a whole process.
    """
    folder = Path("/tmp") / f"rp-{secrets.token_hex(3)}"  # noqa: S108 - Ray's sockets need short paths
    port, dashboard, agent = free_ports(3)
    home = tmp_path_factory.mktemp("head")
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": TOKEN,
        # A busy machine is slow to answer; the head must not take that for its end.
        "RAY_agent_register_timeout_ms": "300000",
        "XDG_STATE_HOME": str(home),
        "RAYPIPE_STORAGE_OUTPUT_DIR": str(home / "videos"),
    }
    environment.pop("RAY_ADDRESS", None)
    command = [
        *(sys.executable, "-c", START, "start", "--head", "--block", f"--port={port}"),
        *("--include-dashboard=true", f"--dashboard-port={dashboard}"),
        *("--dashboard-host=127.0.0.1", "--node-ip-address=127.0.0.1"),
        # Else it is 52365, which the agent of another Ray on this machine has.
        f"--dashboard-agent-listen-port={agent}",
        *("--num-cpus=0", "--object-store-memory=100000000"),
        *(f"--temp-dir={folder}", "--disable-usage-stats"),
    ]
    with (home / "head.log").open("wb") as log:
        process = subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    url = f"http://127.0.0.1:{dashboard}"
    wait, until_s = threading.Event(), time.monotonic() + 200
    while not answers(url):
        said = (home / "head.log").read_text(errors="replace")[-2000:]
        assert process.poll() is None, said
        assert time.monotonic() < until_s, said
        wait.wait(0.2)
    yield url
    members = [each for each in psutil.process_iter() if session_of(each.pid) == process.pid]
    for each in members:
        try:
            each.send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            continue
    process.wait()
    shutil.rmtree(folder, ignore_errors=True)


def session_of(pid):
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return -1


@pytest.fixture
def token(monkeypatch, tmp_path):
    """Set the token as a user does, or not."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("RAY_AUTH_TOKEN_PATH", raising=False)
    monkeypatch.setenv("RAY_AUTH_TOKEN", TOKEN)
    # Ray's job client would prefer this address to the one it is given.
    monkeypatch.setenv("RAY_ADDRESS", "http://127.0.0.1:1")
    return monkeypatch


def story(name, **more):
    return Story(story_id=name, title="The Lantern", content=TEXT, **more)


def test_no_token_and_a_wrong_one_are_one_sentence_each(head, token):
    token.delenv("RAY_AUTH_TOKEN")
    with pytest.raises(ClusterError, match="wants a token, none was found"):
        JobClient(head).list()
    token.setenv("RAY_AUTH_TOKEN", "0" * 64)
    with pytest.raises(ClusterError, match="refuses the token from RAY_AUTH_TOKEN"):
        JobClient(head).list()


def test_jobs_are_submitted_watched_and_cancelled_through_the_dashboard(head, token):
    assert token
    fox, other = story("fox"), story("fox", metadata={"seed": 7})
    long_one = story("long").model_copy(update={"content": " ".join(_words())})
    with JobClient(head) as client:
        made = client.submit(fox, long_one)  # too long for a command line: uploaded
        assert [each.job.job_id for each in made] == ["fox.1", "long.2"]
        assert all(each.created for each in made)

        mixed = [Submission.of(each) for each in (fox, other)]
        again, refused = client.ask_submit(mixed, keep_going=True)
        assert (again.job.job_id, again.created) == ("fox.1", False)
        assert isinstance(refused.error.error(), StoryConflictError)
        assert all(each.fingerprint in refused.error.problem for each in mixed)

        seen: queue.Queue = queue.Queue()

        def watch():
            for job in client.watch("fox", "long"):
                seen.put(job)

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        logged: list[str] = []
        follower = threading.Thread(
            target=lambda: logged.extend(client.logs("fox", follow=True)), daemon=True
        )
        follower.start()
        assert {seen.get(timeout=120).job_id for _ in range(2)} == {"fox.1", "long.2"}
        *cancelled, unknown = client.ask(Cancel(names=("long", "fox", "fox.7")))
        assert {reply.job.job_id for reply in cancelled} == {"fox.1", "long.2"}
        assert unknown.error.type == "UnknownJobError"
        assert unknown.error.remedy == "did you mean fox.1?"
        watcher.join(timeout=120)
        assert not watcher.is_alive(), "watching ends with the jobs"
        follower.join(timeout=120)
        assert not follower.is_alive(), "following ends with the job"
        said = [json.loads(line)["message"] for line in logged]
        assert {"submitted", "cancel asked for"} <= set(said)
        last = {job.job_id: job.state for job in seen.queue}
        assert last == {"fox.1": "cancelled", "long.2": "cancelled"}


def _words():
    chance = random.Random(4)  # noqa: S311 - the same words each time
    return ["".join(chance.choices("aeiourstlnmk", k=6)) + "." * (n % 9 == 0) for n in range(4000)]
