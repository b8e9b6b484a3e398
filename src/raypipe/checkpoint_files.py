"""Files that every kind of checkpoint has: configurations to read, weights to tell apart."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from raypipe.errors import EngineUnavailableError

_SAMPLES = 16
_SAMPLE_BYTES = 65_536


def read_config(path: Path, *, remedy: str) -> dict[str, Any]:
    """Return the JSON object in ``path``.

    Raises:
        EngineUnavailableError: not there, not readable, not JSON, or not an object.
    """
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise EngineUnavailableError(
            f"expected {path}, but it is not there", remedy=remedy
        ) from None
    except (OSError, ValueError) as error:
        raise EngineUnavailableError(
            f"expected JSON in {path}, found: {error}", remedy=remedy
        ) from None
    if not isinstance(value, dict):
        raise EngineUnavailableError(
            f"expected a JSON object in {path}, found {type(value).__name__}", remedy=remedy
        )
    return value


def fingerprint(path: Path) -> bytes:
    """Return a digest that differs between any two trained weights, in milliseconds.

    Two fine-tunes of one model have equal headers and sizes, so slices of the tensors count too.
    """
    size_bytes = path.stat().st_size
    digest = hashlib.sha256(str(size_bytes).encode())
    step = max(size_bytes // _SAMPLES, 1)
    with path.open("rb") as file:
        for start in range(0, size_bytes, step):
            file.seek(start)
            digest.update(file.read(_SAMPLE_BYTES))
    return digest.digest()
