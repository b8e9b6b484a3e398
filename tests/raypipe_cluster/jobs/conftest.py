"""Stores for the tests: SQLite files, and one Redis server on a socket of its own."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from raypipe_cluster.jobs.model import Submission
from raypipe_cluster.jobs.redis_backend import RedisBackend, RedisOptions
from raypipe_cluster.jobs.rules import fingerprint_of
from raypipe_cluster.jobs.sqlite_backend import SqliteBackend
from raypipe_cluster.jobs.store import JobStore

PASSWORD = "correct horse"  # noqa: S105 - of a server that lives for the tests
START_MS = 1_700_000_000_000


class ManualClock:
    """A clock that moves when it is told to."""

    def __init__(self, now_ms: int = START_MS) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        return self.now_ms

    def forward(self, ms: int) -> None:
        self.now_ms += ms


class RedisServer:
    """Debian's redis-server on a socket in ``folder``; it can be ended and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.url = f"unix://{folder}/redis.sock"
        self.start()

    def start(self, *more: str) -> None:
        command = [
            "redis-server",
            *("--port", "0", "--unixsocket", f"{self._folder}/redis.sock"),
            *("--dir", str(self._folder), "--save", "", "--appendonly", "yes"),
            *("--requirepass", PASSWORD, "--daemonize", "no", *more),
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if "ready to accept connections" in line:
                return
        raise AssertionError("the Redis server did not start")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed (Debian: apt install redis-server)")
    folder = Path(tmp_path_factory.mktemp("redis"))
    # A socket's path holds 107 bytes at most.
    short = Path("/tmp") / f"raypipe-{secrets.token_hex(4)}"  # noqa: S108 - a link to pytest's folder
    short.symlink_to(folder)
    server = RedisServer(short)
    yield server
    server.kill()
    short.unlink()


@dataclass
class Place:
    """Where a test's jobs are: enough to open them again, from another process too."""

    kind: str
    url: str
    prefix: str

    def backend(self, **more: Any) -> SqliteBackend | RedisBackend:
        if self.kind == "sqlite":
            return SqliteBackend(Path(self.url), **more)
        return RedisBackend(RedisOptions(self.url, password=PASSWORD, prefix=self.prefix), **more)

    def store(self, **more: Any) -> JobStore:
        return JobStore(self.backend(**more))

    def another(self, name: str) -> Place:
        """Return a place like this, empty."""
        if self.kind == "sqlite":
            return Place(self.kind, f"{self.url}-{name}", "")
        return Place(self.kind, self.url, f"{self.prefix[:-1]}-{name}}}")

    def told(self) -> list[str]:
        """Return this as a victim is told it."""
        return [self.kind, self.url, self.prefix, PASSWORD]


@pytest.fixture
def sqlite_place(tmp_path: Path) -> Place:
    return Place("sqlite", str(tmp_path / "jobs.db"), "")


@pytest.fixture
def redis_place(redis_server: RedisServer) -> Place:
    return Place("redis", redis_server.url, f"{{test-{secrets.token_hex(4)}}}")


@pytest.fixture(params=["sqlite", "redis"])
def place(request: pytest.FixtureRequest) -> Place:
    """An empty store of each kind."""
    return request.getfixturevalue(f"{request.param}_place")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(place: Place, clock: ManualClock) -> Iterator[JobStore]:
    with place.store(clock=clock) as opened:
        yield opened


Submit = Callable[..., Submission]


@pytest.fixture
def story() -> Submit:
    """Make submissions without a whole story in them."""

    def make(story_id: str = "fox", text: str = "A fox ran.", **more: Any) -> Submission:
        document = {"story_id": story_id, "content": text}
        return Submission(
            story_id=story_id,
            document=json.dumps(document),
            fingerprint=fingerprint_of(document, more.get("options", {})),
            **more,
        )

    return make


class Zygote:
    """A process with all imports done, that forks a victim for each command."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("victim.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ.copy(),
        )

    def run(self, **command: Any) -> list[dict[str, Any]]:
        """Fork ``forks`` victims, wait, and return what each wrote and how it ended."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(command) + "\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    process = Zygote()
    yield process
    process.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    mount = tmp_path / "small"
    mount.mkdir()
    command = ["/bin/mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(mount)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system needs root")
    yield mount
    subprocess.run(["/bin/umount", str(mount)], check=True)
