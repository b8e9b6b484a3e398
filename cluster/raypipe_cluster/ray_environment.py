"""What Ray reads from the environment when it is imported: set here, before that.

Ray decides at import whether calls carry a token. Clusters that raypipe starts always want one;
for a cluster elsewhere, the caller's own ``RAY_AUTH_MODE`` and ``RAY_AUTH_TOKEN`` count.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from raypipe.errors import StorageError
from raypipe.heap import share_one_heap
from raypipe.settings import user_state_dir

_ADDRESSES = ("RAY_ADDRESS", "RAY_API_SERVER_ADDRESS")
_MODE = "RAY_AUTH_MODE"
_TOKEN = "RAY_AUTH_TOKEN"  # noqa: S105 - the name of a variable
_TOKEN_PATH = "RAY_AUTH_TOKEN_PATH"  # noqa: S105 - the name of a variable


def prepare_ray(*, own_cluster: bool) -> None:
    """Set the environment for the first import of Ray in this process; later calls do nothing.

    Args:
        own_cluster: the cluster to be used is one that raypipe starts, or `raypipe up` started.
    """
    if "ray" in sys.modules:
        return
    share_one_heap()
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # Without this Ray hides all GPUs from actors that ask for none, and warns about the change.
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    if not own_cluster or os.environ.get(_MODE):
        return
    os.environ[_MODE] = "token"
    if not os.environ.get(_TOKEN) and not os.environ.get(_TOKEN_PATH):
        os.environ[_TOKEN_PATH] = str(token_file())


def token_file() -> Path:
    """Return the file with this user's token, made on first use, readable by nobody else.

    Raises:
        StorageError: the file cannot be made.
    """
    path = user_state_dir() / "ray-token"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(
            path, "x", encoding="ascii", opener=lambda name, flags: os.open(name, flags, 0o600)
        ) as file:
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    except OSError as error:
        raise StorageError(
            f"cannot write the token that protects the local cluster ({error.strerror})",
            remedy="set XDG_STATE_HOME to a folder that can be written",
            where=str(path),
        ) from error
    return path


@dataclass(frozen=True, slots=True)
class Token:
    """A token for a cluster, and where it was found; its value is never shown."""

    value: str = field(repr=False)
    origin: str


def find_token() -> Token | None:
    """Return the token for a cluster elsewhere, where Ray itself looks for it, in its order.

    Raises:
        StorageError: the file that RAY_AUTH_TOKEN_PATH names cannot be read.
    """
    value = os.environ.get(_TOKEN, "").strip()
    if value:
        return Token(value, _TOKEN)
    named = os.environ.get(_TOKEN_PATH)
    path = Path(named) if named else Path.home() / ".ray" / "auth_token"
    try:
        value = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        if not named:
            return None
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise StorageError(
            f"cannot read the cluster's token: {reason}",
            remedy=f"correct {_TOKEN_PATH}, or set {_TOKEN} to the token itself",
            where=str(path),
        ) from None
    return Token(value, str(path)) if value else None


@contextlib.contextmanager
def without_ray_address() -> Iterator[None]:
    """Let an address that was given count: Ray's job client prefers what the environment says."""
    kept = {name: os.environ.pop(name) for name in _ADDRESSES if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)
