"""What must be known of a cluster before a job is sent to its dashboard: is it Ray, may we?"""

from __future__ import annotations

import json
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from raypipe.errors import ClusterError, InputError
from raypipe_cluster import local_cluster
from raypipe_cluster.ray_environment import Token, find_token, token_file

OLDEST_RAY: Final = (2, 56)
"""Ray's tokens protect all of its job API since this version."""
_ANSWER_S: Final = 10.0
_MOST_BYTES: Final = 16_000_000
_REFUSALS: Final = frozenset({401, 403})
_ALIVE: Final = "filter_keys=state&filter_predicates=%3D&filter_values=ALIVE"
_NODES: Final = f"/api/v0/nodes?limit=10000&{_ALIVE}"


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A cluster's dashboard that answers us.

    Attributes:
        url: without a path, such as ``http://head:8265``.
        headers: with our token, where the cluster wants one.
        others_than: id of the head node where there are other nodes, which a job should prefer.
    """

    url: str
    headers: Mapping[str, str]
    others_than: str | None


def look_at(address: str) -> Dashboard:
    """Return the dashboard at ``address``.

    The token is sent only where it is asked for.

    Raises:
        InputError: ``address`` is no such URL.
        ClusterError: nothing answers there, it is no Ray or too old a one, or it refuses our token.
    """
    url = _root(address)
    status, body = _get(url, "/api/version", {})
    headers: dict[str, str] = {}
    nodes_status, nodes = _get(url, _NODES, headers)
    if status in _REFUSALS or nodes_status in _REFUSALS:
        token = _token_for(url)
        if token is None:
            raise ClusterError(
                f"the cluster at {url} wants a token, none was found",
                remedy="set RAY_AUTH_TOKEN, or RAY_AUTH_TOKEN_PATH to a file with the token",
                where="--address",
            )
        headers["Authorization"] = f"Bearer {token.value}"
        status, body = _get(url, "/api/version", headers)
        nodes_status, nodes = _get(url, _NODES, headers)
        if status in _REFUSALS or nodes_status in _REFUSALS:
            raise ClusterError(
                f"the cluster at {url} refuses the token from {token.origin}",
                remedy="ask who runs it for its token; on Kubernetes it is in a Secret",
                where="--address",
            )
    _require_ray(url, status, body)
    return Dashboard(url, headers, _head_among_others(nodes_status, nodes))


def _token_for(url: str) -> Token | None:
    """Return the token of the local cluster if ``url`` is its own, else the one Ray would use."""
    local = local_cluster.find()
    if local is None or local.dashboard_url != url:
        return find_token()
    path = token_file()
    return Token(path.read_text(encoding="ascii").strip(), str(path))


def _root(address: str) -> str:
    parts = urlsplit(address)
    try:
        fine = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        fine = False
    if not fine or parts.query or parts.fragment or parts.username:
        raise InputError(
            f"expected the URL of a cluster's dashboard, got {address!r}",
            remedy="give it as http://HEAD:8265 or https://HOST",
            where="--address",
        )
    return address.rstrip("/")


def _get(url: str, path: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
    """Return status and body of what ``url`` answers.

    Raises:
        ClusterError: it does not answer.
    """
    asked = urllib.request.Request(url + path, headers=dict(headers))  # noqa: S310 - http(s), checked
    try:
        with urllib.request.urlopen(asked, timeout=_ANSWER_S) as answer:  # noqa: S310 - as above
            return int(answer.status), answer.read(_MOST_BYTES)
    except urllib.error.HTTPError as error:
        return error.code, b""
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"nothing answers at {url} ({_reason(error)})",
            remedy="check the address, or forward the port: kubectl port-forward "
            "service/NAME-head-svc 8265, or ssh -L 8265:127.0.0.1:8265 HEAD",
            where="--address",
        ) from None
    except Exception as error:  # http.client has errors of its own for what is no HTTP
        raise _no_ray(url) from error


def _reason(error: Exception) -> str:
    reason = getattr(error, "reason", error)
    if isinstance(reason, socket.gaierror):
        return "there is no such host"
    if isinstance(reason, ssl.SSLError):
        return f"TLS: {reason.reason or reason}"
    if isinstance(reason, TimeoutError):
        return f"no answer within {_ANSWER_S:.0f} s"
    return str(getattr(reason, "strerror", None) or reason)


def _require_ray(url: str, status: int, body: bytes) -> None:
    try:
        version = str(json.loads(body)["ray_version"])
        found = tuple(int(part) for part in version.split(".")[:2])
    except (ValueError, KeyError, TypeError):
        raise _no_ray(url, status) from None
    if found < OLDEST_RAY:
        oldest = ".".join(str(part) for part in OLDEST_RAY)
        raise ClusterError(
            f"expected Ray {oldest} or newer at {url}, found {version}",
            remedy="upgrade Ray on the cluster",
            where="--address",
        )


def _no_ray(url: str, status: int = 0) -> ClusterError:
    said = f", which said {status}" if status else ""
    return ClusterError(
        f"expected a Ray dashboard at {url}, found something else{said}",
        remedy="give the dashboard's address; its port is 8265 unless it was changed",
        where="--address",
    )


def _head_among_others(status: int, body: bytes) -> str | None:
    """Return the head's id if there are other nodes; None too where the list cannot be read."""
    try:
        rows: list[dict[str, Any]] = json.loads(body)["data"]["result"]["result"]
        heads = [str(row["node_id"]) for row in rows if row["is_head_node"]]
    except (ValueError, KeyError, TypeError):
        return None
    return heads[0] if status == 200 and heads and len(rows) > len(heads) else None  # noqa: PLR2004
