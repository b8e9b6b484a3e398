"""The only place that touches Ray's private API; each use says why there is no public way."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import traceback
from collections.abc import Mapping
from typing import Any

logger = logging.getLogger(__name__)


def divert_cluster_messages() -> None:
    """Log what Ray would print to stdout when a worker dies anywhere on the cluster.

    Ray 2.60 prints it whatever ``log_to_driver`` says (``listen_error_messages`` in
    ``ray/_private/worker.py``), into the middle of a ``--json`` result. Deaths of our own workers
    are told by progress and report; the rest is of use to whoever turns logging on.
    """
    from ray._private import worker

    if hasattr(worker, "print_to_stdstream"):
        worker.print_to_stdstream = _log_instead


def ask_head(address: str, *, timeout_s: float) -> str:
    """Ask whether a Ray head answers at ``address`` (HOST:PORT); return what came of it.

    Ray 2.60 itself goes on for minutes where something listens that is no head. Its head answers
    this question, which its own autoscaler asks, with its version.

    Args:
        address: where something listens.
        timeout_s: how long the answer is waited for.

    Returns:
        ``ray``, ``token`` (a head that wants another token), ``silent`` (no answer in time), or
        ``other`` (an answer, but not a head's).
    """
    import grpc  # type: ignore[import-untyped]
    from ray._private import grpc_utils, ray_constants

    answers = {
        grpc.StatusCode.UNAUTHENTICATED: "token",
        grpc.StatusCode.PERMISSION_DENIED: "token",
        grpc.StatusCode.DEADLINE_EXCEEDED: "silent",
    }
    options = ray_constants.GLOBAL_GRPC_OPTIONS  # of which one keeps it from asking a proxy
    channel = grpc_utils.init_grpc_channel(address, options)
    try:
        ask = channel.unary_unary("/ray.rpc.NodeInfoGcsService/CheckAlive")
        ask(b"", timeout=timeout_s)
    except grpc.RpcError as error:
        return answers.get(error.code(), "other")
    finally:
        channel.close()
    return "ray"


def draining_nodes() -> frozenset[str]:
    """Return the ids (hex) of nodes that are about to go: preempted, or scaled down.

    Ray 2.60 tells it through no public call; its own Serve reads it here too.
    """
    from ray._private import state

    return frozenset(state.state.get_draining_nodes())


def end_half_started_node(error: BaseException) -> None:
    """End the processes of the node that ``ray.init`` was starting when it raised ``error``.

    Ray 2.60 leaves them to the end of this process, and tells nobody of them: only the frames that
    the error came through know the node.
    """
    from ray._private.node import Node

    for frame, _ in traceback.walk_tb(error.__traceback__):
        node = frame.f_locals.get("self")
        if isinstance(node, Node):
            node.kill_all_processes(check_alive=False, allow_graceful=False)
            return


def find_cluster_address() -> str:
    """Return HOST:PORT of the cluster that ``auto`` means; whether it still runs is not asked.

    Ray 2.60 tells it only to ``ray.init``, which tries an address that is long gone for a quarter
    of an hour.

    Raises:
        ConnectionError: no cluster is known on this machine.
    """
    from ray._private import services

    address = services.canonicalize_bootstrap_address("auto")
    if address is None:
        raise ConnectionError("no running Ray was found on this machine")
    return address


def free_by_node() -> Mapping[str, Mapping[str, float]]:
    """Return what no worker holds, by name of the resource, for the id (hex) of each living node.

    Ray 2.60 tells the public only the sum over all nodes (``ray.available_resources``), in which
    two halves of a GPU look like a whole one.
    """
    from ray._private import state

    free: Mapping[str, Mapping[str, float]] = state.available_resources_per_node()  # type: ignore[no-untyped-call]
    return free


def leave_job_environment() -> None:
    """Let what this driver starts live without the runtime environment of its own Ray job.

    A detached actor would otherwise keep the job's uploaded folder and variables for ever, and
    give them to every worker that it starts. Ray 2.60 hands them to the driver of a job in this
    variable only (``ray/_private/runtime_env/constants.py``). To be called before ``ray.init``.
    """
    name = "RAY_JOB_CONFIG_JSON_ENV_VAR"
    with contextlib.suppress(KeyError, ValueError):
        config = json.loads(os.environ[name])
        config.pop("runtime_env", None)
        os.environ[name] = json.dumps(config)


def _log_instead(data: dict[str, Any], ignore_prefix: bool = False) -> None:  # noqa: FBT001, FBT002, ARG001 - Ray's own signature
    for line in data.get("lines", ()):
        logger.info("cluster message", extra={"from": data.get("pid"), "text": line})
