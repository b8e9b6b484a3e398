"""Content keys: equal inputs and equal code give the equal key, on every machine."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import importlib.resources
import json
from importlib.resources.abc import Traversable
from typing import Literal

from pydantic import BaseModel

ProductKind = Literal["image", "speech", "segment", "soundtrack", "sheet"]

UNLESS_DEFAULT = {"key": "unless default"}
"""Metadata of a dataclass field that a key leaves out while it has its default value, so that a
field added later leaves the keys of what was made before as they are."""


def content_key(kind: ProductKind, /, **parts: object) -> str:
    """Return the key of a product: ``kind`` and 64 hexadecimal digits.

    Args:
        kind: what the product is; it chooses how long the store keeps it.
        parts: everything the product depends on: text, numbers, tuples, mappings, dataclasses,
            pydantic models. Their order does not matter.

    Raises:
        TypeError: a part has no canonical form (a function, an array).
    """
    text = json.dumps(
        parts, default=_plain, sort_keys=True, separators=(",", ":"), ensure_ascii=True
    )
    return f"{kind}/{hashlib.sha256(f'{kind}:{text}'.encode()).hexdigest()}"


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: getattr(value, field.name)
            for field in dataclasses.fields(value)
            if field.metadata != UNLESS_DEFAULT or getattr(value, field.name) != field.default
        }
    raise TypeError(f"no canonical form for a key: {type(value).__name__}")


@functools.cache
def code_revision(*packages: str) -> str:
    """Return 16 hexadecimal digits that change with any source or data file of ``packages``.

    A product made by code that has since changed is thus never taken from the store, and nobody
    has to remember to raise a number.
    """
    digest = hashlib.sha256()
    for package in sorted(packages):
        module = importlib.import_module(package)
        if hasattr(module, "__path__"):
            _feed(digest, importlib.resources.files(package), package)
        elif module.__file__ is not None:
            with open(module.__file__, "rb") as source:  # noqa: PTH123 - one read of our own file
                digest.update(source.read())
    return digest.hexdigest()[:16]


def _feed(digest: hashlib._Hash, folder: Traversable, path: str) -> None:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name == "__pycache__" or entry.name.endswith(".pyc"):
            continue
        name = f"{path}/{entry.name}"
        if entry.is_dir():
            _feed(digest, entry, name)
        else:
            digest.update(name.encode())
            digest.update(entry.read_bytes())
