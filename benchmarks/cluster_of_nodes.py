"""A Ray cluster of several nodes on this machine, whose head keeps its state in Redis.

Each node is a `ray start` in a process session of its own, with an address of its own in
127.0.0.0/8, so that a whole node can be killed and another can join, as pods do. Ray's state
outlives the head in Redis ("GCS fault tolerance",
https://docs.ray.io/en/latest/cluster/kubernetes/user-guides/kuberay-gcs-ft.html).
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import psutil

_START_S = 120.0
_POLL_S = 0.2
_END_S = 10.0
_HEAD_IP = "127.0.0.1"
_FIRST_OCTET = 11
"""The last number of the first node's address; each node that joins gets the next."""
_PATIENCE: Mapping[str, str] = {
    # A node that is gone refuses connections at once and is given up after 6 s; one that is only
    # slow has 15 s, for all nodes share this machine.
    "RAY_health_check_period_ms": "2000",
    "RAY_health_check_failure_threshold": "3",
    "RAY_health_check_timeout_ms": "5000",
    "RAY_raylet_start_wait_time_s": "120",
}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Node:
    """A node: the leader of its process session, and its address."""

    process: subprocess.Popen[bytes]
    address: str

    def processes(self) -> list[psutil.Process]:
        """Return the living processes of this node and of no other."""
        leader = self.process.pid
        return [each for each in psutil.process_iter() if _session_of(each.pid) == leader]

    def kill(self) -> None:
        """Kill all its processes (SIGKILL), as a machine that loses its power."""
        # Those that were just being started are found the second time.
        while found := self.processes():
            for each in found:
                with contextlib.suppress(psutil.NoSuchProcess):
                    each.send_signal(signal.SIGKILL)
            psutil.wait_procs(found, timeout=_END_S)
            self.process.poll()  # or it stays as a zombie


@dataclass
class NodesCluster:
    """A head without work and ``nodes`` nodes of ``cpus`` each, for as long as it is entered.

    Args:
        folder: where Redis, Ray and logs are; its path is short, for sockets lie in it.
        nodes: how many nodes work.
        cpus: what Ray is told that each of them has.
    """

    folder: Path
    nodes: int = 2
    cpus: int = 2
    head: Node | None = None
    workers: list[Node] = field(default_factory=list)
    _port: int = field(default_factory=_free_port)
    _redis_port: int = field(default_factory=_free_port)
    _redis: subprocess.Popen[bytes] | None = None
    _joined: int = 0
    _password: str = field(default_factory=lambda: secrets.token_hex(16))

    def __enter__(self) -> Self:
        """Start Redis, the head, and all nodes."""
        try:
            self._start_redis()
            self.start_head()
            while len(self.workers) < self.nodes:
                # One after the other: Ray may give two that start at once the same socket.
                self._await(self.add_node())
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End all processes of the cluster."""
        for node in [*self.workers, *([self.head] if self.head else [])]:
            node.kill()
        if self._redis is not None:
            self._redis.kill()
            self._redis.wait()

    @property
    def address(self) -> str:
        """Where Ray's drivers reach it."""
        return f"{_HEAD_IP}:{self._port}"

    @property
    def redis_url(self) -> str:
        """A database for jobs beside Ray's, whose password is in `password_file`."""
        return f"redis://127.0.0.1:{self._redis_port}/1"

    @property
    def password_file(self) -> Path:
        """The file with the password of the Redis server."""
        return self.folder / "redis-password"

    def add_node(self) -> Node:
        """Have another node join, without waiting until it has."""
        ip = f"127.0.0.{_FIRST_OCTET + self._joined}"
        self._joined += 1
        node = self._ray("start", f"--address={self.address}", f"--num-cpus={self.cpus}", ip=ip)
        self.workers.append(node)
        return node

    def mend(self) -> None:
        """Have another node join for each that ended by itself, such as one that came up late."""
        for node in [each for each in self.workers if each.process.poll() is not None]:
            self.kill_node(node)
            self.add_node()

    def kill_node(self, node: Node) -> None:
        """Kill one node, which does not come back."""
        self.workers.remove(node)
        node.kill()

    def start_head(self) -> None:
        """Start the head, or start it again after `kill_head`, on the same port and Redis."""
        # Of one head to another on this machine; a new pod would have none.
        (self.folder / "ray" / "ray_current_cluster").unlink(missing_ok=True)
        self.head = self._ray(
            *("start", "--head", f"--port={self._port}", "--num-cpus=0"),
            *("--include-dashboard=false", f"--temp-dir={self.folder / 'ray'}"),
            f"--redis-password={self._password}",
            f"--ray-client-server-port={_free_port()}",
            ip=_HEAD_IP,
            more={
                "RAY_REDIS_ADDRESS": f"127.0.0.1:{self._redis_port}",
                "RAY_external_storage_namespace": "chaos",
            },
        )
        self._await(self.head)

    def kill_head(self) -> None:
        """Kill the head: Ray's control (GCS), its raylet, and what runs there."""
        if self.head is not None:
            self.head.kill()
            self.head = None

    def processes(self) -> list[psutil.Process]:
        """Return all processes of all nodes."""
        nodes = [*self.workers, *([self.head] if self.head else [])]
        return [process for node in nodes for process in node.processes()]

    def _ray(self, *arguments: str, ip: str, more: Mapping[str, str] | None = None) -> Node:
        command = [
            *(sys.executable, "-c", "from ray.scripts.scripts import main; main()"),
            *(*arguments, "--block", f"--node-ip-address={ip}", "--disable-usage-stats"),
            f"--dashboard-agent-listen-port={_free_port()}",
            "--include-log-monitor=false",
            "--object-store-memory=400000000",
        ]
        environment = {**os.environ, **_PATIENCE, **(more or {})}
        with self._log(ip).open("wb") as log:
            process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return Node(process, ip)

    def _log(self, ip: str) -> Path:
        return self.folder / f"{ip}.log"

    def _start_redis(self) -> None:
        if shutil.which("redis-server") is None:
            raise SystemExit("redis-server is not installed (Debian: apt install redis-server)")
        self.password_file.write_text(self._password)
        command = [
            *("redis-server", "--bind", "127.0.0.1", "--port", str(self._redis_port)),
            *("--dir", str(self.folder), "--save", "", "--appendonly", "yes"),
            *("--requirepass", self._password),
        ]
        with (self.folder / "redis.log").open("wb") as log:
            self._redis = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        until_s = time.monotonic() + _START_S
        while not _answers(self._redis_port) and time.monotonic() < until_s:
            time.sleep(_POLL_S)

    def _await(self, node: Node) -> None:
        log = self._log(node.address)
        until_s = time.monotonic() + _START_S
        while time.monotonic() < until_s and node.process.poll() is None:
            if "Ray runtime started" in log.read_text(errors="replace"):
                return
            time.sleep(_POLL_S)
        raise RuntimeError(f"no node at {node.address}:\n{log.read_text(errors='replace')[-2000:]}")


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _session_of(pid: int) -> int:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return -1
