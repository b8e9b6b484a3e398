"""What went wrong, told apart: Ray's errors as raypipe's.

* The request failed (`RayTaskError`): the worker's own error, as it was raised.
* The worker or its node died (`ActorDiedError`, `WorkerCrashedError`, `NodeDiedError`,
  `OutOfMemoryError`, `LocalRayletDiedError`): `WorkerLostError`; try another worker.
* It may or may not have run (`ActorUnavailableError`): the same; requests are idempotent by key.
* An object is gone (`ObjectLostError` with `OwnerDiedError`, `ObjectFreedError`,
  `ObjectFetchTimedOutError`): `ObjectGoneError`; whoever made it makes it again.

Errors of Ray that say the program is wrong (`RaySystemError`, `RuntimeEnvSetupError`,
`ActorUnschedulableError` ...) are not retried.

Ray is imported when it is needed: a story that is kept, or made without a cluster, does not wait
for it.
"""

from __future__ import annotations

import sys
from inspect import isawaitable
from typing import Any

from raypipe.errors import ClusterError, RaypipeError, WorkerLostError


class ObjectGoneError(WorkerLostError):
    """An object that a request needs was lost with its owner or node."""


def _deaths() -> tuple[type[Exception], ...]:
    import ray.exceptions as rx

    return (
        rx.ActorDiedError,
        rx.ActorUnavailableError,
        rx.WorkerCrashedError,
        rx.NodeDiedError,
        rx.OutOfMemoryError,
        rx.LocalRayletDiedError,
        rx.RayActorError,
    )


def as_raypipe_error(error: BaseException, *, where: str) -> RaypipeError:  # noqa: PLR0911 - a table
    """Return ``error`` as one of ours; ``where`` names the stage and scene."""
    import ray.exceptions as rx

    if isinstance(error, rx.RayTaskError):
        cause = error.cause
        if isinstance(cause, BaseException) and not isinstance(cause, rx.RayTaskError):
            return as_raypipe_error(cause, where=where)
        return ClusterError(str(error).strip().splitlines()[-1][:500], where=where)
    if isinstance(error, RaypipeError):
        return error
    if isinstance(error, rx.ObjectLostError):
        return ObjectGoneError(
            f"an intermediate result was lost ({type(error).__name__})", where=where
        )
    if isinstance(error, rx.OutOfMemoryError):
        return WorkerLostError(
            "a worker was ended because its node ran out of memory",
            remedy="give the node more memory, or run fewer workers",
            where=where,
        )
    if isinstance(error, _deaths()):
        return WorkerLostError(f"a worker died ({_first_line(error)})", where=where)
    if isinstance(error, rx.RayError):
        return ClusterError(_first_line(error), where=where)
    return ClusterError(f"{type(error).__name__}: {_first_line(error)}", where=where)


def is_reference(value: object) -> bool:
    """Tell whether ``value`` is a reference of Ray's; where Ray was not imported there are none."""
    ray = sys.modules.get("ray")
    return ray is not None and isinstance(value, ray.ObjectRef)


def fetch(reference: Any, *, where: str) -> Any:
    """Return what a reference stands for; ``where`` names who needs it.

    Raises:
        RaypipeError: it is lost, or could not be made.
    """
    import ray
    import ray.exceptions as rx

    try:
        return ray.get(reference)
    except rx.RayError as error:
        raise as_raypipe_error(error, where=where) from error


async def fetched(reference: Any, *, where: str) -> Any:
    """Return what a reference stands for when it is there; see `fetch`.

    What was made in this process is no reference, and returned as it is.
    """
    if not isawaitable(reference):
        return reference
    import ray.exceptions as rx

    try:
        return await reference
    except rx.RayError as error:
        raise as_raypipe_error(error, where=where) from error


def is_death(error: BaseException) -> bool:
    """Tell whether ``error`` means that the called worker should no longer be used."""
    import ray.exceptions as rx

    return isinstance(error, _deaths()) and not isinstance(error, rx.RayTaskError)


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__)[:300]
