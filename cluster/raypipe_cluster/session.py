"""Opening and closing Ray: what this process opened it closes, and nothing else."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from raypipe.errors import ClusterError, InputError
from raypipe_actors.ray_private import divert_cluster_messages
from raypipe_cluster.ray_environment import prepare_ray

_GIB = 1024**3
_ANSWER_TIMEOUT_S = 5.0


@dataclass(slots=True)
class RaySession:
    """A connection to Ray, made by `connect` and ended by `close`.

    Args:
        address: of a running cluster (``auto``, ``host:6379``); None starts one in this machine
            that ends with `close`.
        own_cluster: the address is that of a cluster started by `raypipe up`.
    """

    address: str | None
    own_cluster: bool = False
    _opened: bool = False

    def connect(self) -> None:
        """Connect this process to Ray; blocks for a few seconds where Ray must be started.

        Raises:
            ClusterError: the cluster does not answer, or Ray could not be started.
        """
        prepare_ray(own_cluster=self.address is None or self.own_cluster)
        import ray

        if ray.is_initialized():
            return
        divert_cluster_messages()
        logging.getLogger("ray").setLevel(logging.ERROR)
        warnings.filterwarnings("ignore", module=r"ray\.")
        common: dict[str, Any] = {
            "namespace": "raypipe",
            "log_to_driver": False,
            "logging_level": logging.ERROR,
        }
        if self.address not in {None, "auto"}:
            _require_answer(str(self.address))
        try:
            if self.address is None:
                ray.init(
                    address="local",
                    include_dashboard=False,
                    object_store_memory=object_store_bytes(),
                    **common,
                )
            else:
                ray.init(address=self.address, **common)
        except (ConnectionError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
            raise self._failure(error) from error
        self._opened = True

    def close(self) -> None:
        """Disconnect; end Ray if `connect` started it."""
        if not self._opened:
            return
        import ray

        self._opened = False
        ray.shutdown()

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


def _require_answer(address: str) -> None:
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
        socket.create_connection((host.strip("[]"), int(port)), timeout=_ANSWER_TIMEOUT_S).close()
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
