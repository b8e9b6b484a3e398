"""Opening and closing Ray: what this process opened it closes, and nothing else."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from raypipe.errors import ClusterError, InputError, RaypipeError
from raypipe_actors.ray_private import (
    ask_head,
    divert_cluster_messages,
    end_half_started_node,
    find_cluster_address,
)
from raypipe_cluster.patience import SlowStartError, start_patiently, was_too_slow
from raypipe_cluster.ray_environment import prepare_ray

_GIB = 1024**3
_LISTEN_TIMEOUT_S = 5.0
_ANSWER_TIMEOUT_S = 10.0
"""A head answers in 10 ms, and on a machine with twenty times more to do than cores too."""


@dataclass(slots=True)
class RaySession:
    """A connection to Ray, made by `connect` and ended by `close`.

    Args:
        address: of a running cluster (``auto``, ``host:6379``); None starts one in this machine
            that ends with `close`.
        own_cluster: the address is that of a cluster started by `raypipe up`.
        on_retry: told, in a phrase for people, that Ray was too slow and is started once more.
    """

    address: str | None
    own_cluster: bool = False
    on_retry: Callable[[str], None] | None = None
    _opened: bool = False
    _failed: Exception | None = None
    _settled: threading.Event = field(default_factory=threading.Event)
    _over: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def connect(self) -> None:
        """Connect this process to Ray; blocks for a few seconds where Ray must be started.

        `close`, from another thread, ends the wait at once, however long Ray goes on trying.

        Raises:
            ClusterError: the cluster does not answer, Ray could not be started, or `close` came.
        """
        prepare_ray(own_cluster=self.address is None or self.own_cluster)
        import ray

        if ray.is_initialized():
            return
        self._failed, self._settled, self._over = None, threading.Event(), threading.Event()
        threading.Thread(target=self._hold, name="ray session", daemon=True).start()
        self._settled.wait()
        if self._failed is not None:
            raise self._failed
        if not self._opened:
            raise _given_up()

    def close(self) -> None:
        """Disconnect; end Ray if `connect` started it."""
        with self._lock:
            opened, self._opened = self._opened, False
            if not opened:
                self._over.set()
        if opened:
            import ray

            ray.shutdown()
        self._over.set()
        self._settled.set()

    def _hold(self) -> None:
        """Open Ray and stay: Ray's processes end with the thread that started them."""
        settled, over = self._settled, self._over
        try:
            self._open()
            with self._lock:
                self._opened = not over.is_set()
            if not self._opened:
                import ray

                ray.shutdown()
        except Exception as error:  # noqa: BLE001 - `connect` raises it
            self._failed = error
        settled.set()
        over.wait()

    def _open(self) -> None:
        import ray

        divert_cluster_messages()
        logging.getLogger("ray").setLevel(logging.ERROR)
        warnings.filterwarnings("ignore", module=r"ray\.")
        common: dict[str, Any] = {
            "namespace": "raypipe",
            "log_to_driver": False,
            "logging_level": logging.ERROR,
        }
        try:
            if self.address is None:
                start_patiently(lambda: self._start(common), tell=self._tell_retry)
            else:
                address = find_cluster_address() if self.address == "auto" else self.address
                _require_listener(address)
                if not self.own_cluster:
                    require_head(address)
                ray.init(address=address, **common)
        except RaypipeError:
            raise
        except Exception as error:
            # Some of Ray's are bare, such as that of a node that took too long to start.
            raise self._failure(error) from error

    def _start(self, common: dict[str, Any]) -> None:
        """Start Ray in this machine.

        Raises:
            SlowStartError: Ray gave up its own node; nothing is left of it.
            ClusterError: `close` came.
        """
        import ray

        if self._over.is_set():
            raise _given_up()
        try:
            ray.init(
                address="local",
                include_dashboard=False,
                object_store_memory=object_store_bytes(),
                **common,
            )
        except Exception as error:
            if was_too_slow(str(error)):
                end_half_started_node(error)
                raise SlowStartError(str(error)) from error
            raise

    def _tell_retry(self, phrase: str) -> None:
        if self.on_retry is not None:
            self.on_retry(phrase)

    def _failure(self, error: Exception) -> ClusterError:
        lines = str(error).strip().splitlines()
        text = (lines[0] if lines else type(error).__name__)[:300]
        if self.address is None:
            return ClusterError(
                f"Ray could not be started on this machine ({text})",
                remedy="see 'raypipe doctor' for memory and disk, or use --address",
            )
        return ClusterError(
            f"no Ray cluster answers at {self.address} ({text})",
            remedy="start one with 'raypipe up', correct --address, or set RAY_AUTH_MODE=token and "
            "RAY_AUTH_TOKEN if that cluster wants a token",
            where="--address",
        )


def _given_up() -> ClusterError:
    return ClusterError("the connection to Ray was given up", remedy="try again")


def require_head(address: str, *, timeout_s: float = _ANSWER_TIMEOUT_S) -> None:
    """Refuse an address at which something listens that is no Ray head: Ray would wait for minutes.

    Raises:
        ClusterError: what it is instead.
    """
    problems = {
        "token": (
            f"the Ray cluster at {address} wants another token",
            "set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN to that cluster's token",
        ),
        "silent": (
            f"something listens at {address}, but does not answer as Ray within {timeout_s:g} s",
            "correct --address, such as 10.0.0.5:6379, or try again if that cluster is very busy",
        ),
        "other": (
            f"what answers at {address} is not the head of a Ray cluster",
            "give the address that 'ray start --head' printed, such as 10.0.0.5:6379",
        ),
    }
    found = problems.get(ask_head(address, timeout_s=timeout_s))
    if found is not None:
        problem, remedy = found
        raise ClusterError(problem, remedy=remedy, where="--address")


def _require_listener(address: str) -> None:
    """Refuse an address at which nothing listens: Ray itself would wait there for many minutes.

    Raises:
        InputError: ``address`` is not HOST:PORT.
        ClusterError: nothing answers there.
    """
    host, _, port = address.rpartition(":")
    if "/" in address or not host or not port.isdigit():
        raise InputError(
            f"expected auto or HOST:PORT of a cluster's head, got {address!r}",
            remedy="give the address that 'ray start --head' printed, such as 10.0.0.5:6379",
            where="--address",
        )
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_LISTEN_TIMEOUT_S).close()
    except (OSError, OverflowError) as error:
        raise ClusterError(
            f"nothing answers at {address} ({error})",
            remedy="start a cluster with 'raypipe up', or correct --address",
            where="--address",
        ) from error


def object_store_bytes() -> int:
    """Return how much shared memory the local object store takes.

    Frames in flight need about 150 MB a render worker, pictures 8 MB a scene. /dev/shm, where Ray
    keeps the store, may be small in a container; Ray then uses the disk, which is slow but works.
    """
    wanted = max(_GIB, (os.cpu_count() or 1) * 300_000_000)
    shm = Path("/dev/shm")  # noqa: S108 - not a temporary file; where Linux keeps shared memory
    room = shutil.disk_usage(shm).free if shm.is_dir() else 0
    if room < 200_000_000:  # noqa: PLR2004 - Docker's default of 64 MB, and a little more
        return wanted
    return min(wanted, int(room * 0.8))
