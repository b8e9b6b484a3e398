"""The header of a safetensors file, and whether the file is whole, without loading a tensor."""

from __future__ import annotations

import json
import struct
from pathlib import Path

from raypipe.errors import EngineUnavailableError

MAX_HEADER_BYTES = 100_000_000
"""The limit that the format's own reader sets, https://github.com/huggingface/safetensors."""


def read_names(path: Path, *, remedy: str) -> tuple[str, ...]:
    """Return the names of the tensors in the file if all its bytes are there.

    The format is an unsigned 64-bit length, a JSON header of that length with the offsets of each
    tensor, then the tensors; so a cut-off download shows without reading gigabytes.

    Raises:
        EngineUnavailableError: the file is cut off or not in this format.
    """
    size_bytes = path.stat().st_size
    with path.open("rb") as file:
        prefix = file.read(8)
        if len(prefix) < 8:  # noqa: PLR2004 - the format's first field
            raise _damaged(path, f"has {size_bytes} bytes", remedy)
        header_bytes = struct.unpack("<Q", prefix)[0]
        if header_bytes > MAX_HEADER_BYTES:
            raise _damaged(path, "does not begin with a safetensors header", remedy)
        raw = file.read(header_bytes)
    if len(raw) < header_bytes:
        raise _damaged(path, f"ends inside its header, at {size_bytes} bytes", remedy)
    try:
        header = json.loads(raw)
        header.pop("__metadata__", None)
        ends = [entry["data_offsets"][1] for entry in header.values()]
        expected_bytes = 8 + header_bytes + max(ends, default=0)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        raise _damaged(path, "has an unreadable safetensors header", remedy) from None
    if size_bytes != expected_bytes:
        raise _damaged(path, f"has {size_bytes} bytes where {expected_bytes} belong", remedy)
    return tuple(header)


def _damaged(path: Path, fact: str, remedy: str) -> EngineUnavailableError:
    return EngineUnavailableError(
        f"expected whole safetensors weights, but {path} {fact}", remedy=remedy
    )
