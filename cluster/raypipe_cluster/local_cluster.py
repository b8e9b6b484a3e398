"""The local warm cluster: `raypipe up` starts it, `raypipe down` ends it, renders find it.

It is a Ray head in a process session of its own. Only that session is ever ended: `ray stop`
would end every Ray on the machine.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from raypipe.errors import ClusterError, StorageError
from raypipe.settings import user_state_dir
from raypipe_cluster.patience import SlowStartError, start_patiently, was_too_slow
from raypipe_cluster.ray_environment import prepare_ray
from raypipe_cluster.session import object_store_bytes

_STALL_S = 60.0
"""How long a start may show nothing new. Ray's head is a dozen processes, one after the other; on a
machine with ten times more to do than cores, more than a minute in all, seconds for each."""
_LOOK_S = 1.0
_STOP_TIMEOUT_S = 10.0
_POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class LocalCluster:
    """A cluster that `start` made: its Ray ``address``, dashboard, and head process."""

    address: str
    dashboard_url: str
    pid: int
    started_s: float
    log: str


def find() -> LocalCluster | None:
    """Return the running local cluster, or None. A stale record is removed."""
    path = _record()
    try:
        found = LocalCluster(**json.loads(path.read_text()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError):
        path.unlink(missing_ok=True)
        return None
    try:
        # A pid may be used again by another process; its start time is not.
        alive = abs(psutil.Process(found.pid).create_time() - found.started_s) < 1
    except psutil.Error:
        alive = False
    if not alive:
        path.unlink(missing_ok=True)
        return None
    return found


def start(tell: Callable[[str], None]) -> LocalCluster:
    """Start the cluster, or return the one that runs.

    Args:
        tell: told, in a phrase for people, that Ray was too slow and is started once more.

    Raises:
        ClusterError: the head did not come up; the end of its log says why.
    """
    running = find()
    if running is not None:
        return running
    prepare_ray(own_cluster=True)
    return start_patiently(_start_head, tell=tell)


def _start_head() -> LocalCluster:
    """Start the head and note its address; of one that does not come up nothing is left.

    Raises:
        ClusterError: as `start`; `SlowStartError` where Ray gave up its own node.
    """
    folder = user_state_dir()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    log = folder / "cluster.log"
    port, dashboard_port = _free_port(), _free_port()
    command = [
        *(sys.executable, "-c", "from ray.scripts.scripts import main; main()"),
        *("start", "--head", "--block", f"--port={port}", "--include-dashboard=true"),
        *("--dashboard-host=127.0.0.1", f"--dashboard-port={dashboard_port}"),
        # Its default is one port for all: with another Ray on this machine no job could be sent.
        f"--dashboard-agent-listen-port={_free_port()}",
        *("--node-ip-address=127.0.0.1", "--disable-usage-stats"),
        f"--object-store-memory={object_store_bytes()}",
    ]
    with log.open("wb") as sink:
        head = subprocess.Popen(  # noqa: S603 - our own interpreter and arguments
            command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True
        )
    cluster = LocalCluster(
        address=f"127.0.0.1:{port}",
        dashboard_url=f"http://127.0.0.1:{dashboard_port}",
        pid=head.pid,
        started_s=psutil.Process(head.pid).create_time(),
        log=str(log),
    )
    try:
        _await_start(head, port, log)
        _record().write_text(json.dumps(asdict(cluster)))
    except OSError as error:
        _end_session(head.pid)
        raise StorageError(
            f"cannot note the cluster's address ({error.strerror})",
            remedy="set XDG_STATE_HOME to a folder that can be written",
            where=str(_record()),
        ) from error
    except BaseException:
        _end_session(head.pid)
        raise
    return cluster


def stop() -> LocalCluster | None:
    """End the local cluster and return it, or None if there was none."""
    cluster = find()
    if cluster is None:
        return None
    _end_session(cluster.pid)
    _record().unlink(missing_ok=True)
    return cluster


class StartWatch:
    """Tells whether a start still gets on: whether processes or words of it are added.

    Args:
        patience_s: how long nothing may be added.
        now_s: when it began.
    """

    def __init__(self, patience_s: float, now_s: float) -> None:
        self._patience_s = patience_s
        self._advanced_s = now_s
        self._seen: set[int] = set()
        self._said = 0

    def is_stuck(self, members: Collection[int], said: int, now_s: float) -> bool:
        """Tell whether nothing was added for too long.

        Args:
            members: ids of the processes that it consists of now.
            said: the length of its log.
            now_s: the time.
        """
        if said > self._said or not self._seen.issuperset(members):
            self._advanced_s = now_s
            self._said = said
            self._seen.update(members)
        return now_s - self._advanced_s > self._patience_s


def _await_start(head: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Return once the head is up, however long it takes while it gets on.

    Raises:
        ClusterError: it ended, or it has stopped to get on.
    """
    looked_s = time.monotonic()
    watch = StartWatch(_STALL_S, looked_s)
    while True:
        said = log.read_text(errors="replace")
        if "Ray runtime started" in said and _answers(port):
            return
        if head.poll() is not None:
            raise _not_up(f"its head ended with exit code {head.returncode}", log)
        now = time.monotonic()
        if now - looked_s >= _LOOK_S:
            looked_s = now
            if watch.is_stuck(_members(head.pid), len(said), now):
                raise _not_up(f"nothing more of it has started for {_STALL_S:.0f} s", log)
        time.sleep(_POLL_S)


def _not_up(why: str, log: Path) -> ClusterError:
    said = log.read_text(errors="replace")
    lines = said.strip().splitlines()
    last = lines[-1][:200] if lines else "no output"
    kind = SlowStartError if was_too_slow(said) else ClusterError
    return kind(f"the local cluster did not come up: {why} ({last})", remedy=f"read {log}")


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _end_session(leader: int) -> None:
    """End every process of the session that ``leader`` leads, gently first."""
    members = []
    for pid in _members(leader):
        with contextlib.suppress(psutil.NoSuchProcess):
            members.append(psutil.Process(pid))
    for process in members:
        _signal(process, signal.SIGTERM)
    _, alive = psutil.wait_procs(members, timeout=_STOP_TIMEOUT_S)
    for process in alive:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(alive, timeout=_STOP_TIMEOUT_S)


def _members(leader: int) -> list[int]:
    """Return the ids of the processes in the session that ``leader`` leads."""
    return [pid for pid in psutil.pids() if _session_of(pid) == leader]


def _session_of(pid: int) -> int:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return -1


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _record() -> Path:
    return user_state_dir() / "cluster.json"
