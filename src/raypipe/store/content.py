"""A content-addressed store over obstore: a folder, S3, Google Cloud Storage or Azure.

One product is one object, so a write appears whole or not at all, and two writers of the same key
write the same thing. The object is ``RAYPIPE1``, the header's length (4 bytes, big endian), a JSON
header with the payload's SHA-256, and the payload. Nothing in it is ever executed.
"""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from raypipe.errors import DiskFullError, SettingsError, StorageError

logger = logging.getLogger(__name__)

_MAGIC = b"RAYPIPE1"
_FAILURES = (OSError, BaseError)
"""What obstore raises: of its own where a disk is full or a service refuses, else Python's."""
_NO_SPACE = ("No space left on device", "StorageFull", "Disk quota exceeded")

DAY_S = 86_400
DEFAULT_TTL_S: dict[str, int] = {
    "image": 7 * DAY_S,
    "speech": 30 * DAY_S,
    "segment": 7 * DAY_S,
    "soundtrack": 7 * DAY_S,
    "sheet": 7 * DAY_S,
}
"""Seconds that a product of each kind is kept; image and speech are the specification's."""


@dataclass(frozen=True, slots=True)
class StoreConfig:
    """Where the store is and how long it keeps what; small, so that it travels to workers.

    ``url`` is ``file:///folder``, ``s3://bucket/prefix``, ``gs://`` or ``az://``, or empty for no
    store at all. ``max_bytes`` bounds all products together after `ContentStore.prune`.
    """

    url: str
    max_bytes: int = 20_000_000_000
    ttl_s: tuple[tuple[str, int], ...] = tuple(DEFAULT_TTL_S.items())


@dataclass(frozen=True, slots=True)
class Entry:
    """One stored product: its JSON ``header`` and the ``payload`` it describes."""

    header: dict[str, Any]
    payload: memoryview


class ContentStore:
    """Reads and writes products by key. Built from its configuration in each process."""

    def __init__(self, config: StoreConfig) -> None:
        self.config = config
        self._ttl_s = dict(config.ttl_s)
        self._store = _open(config.url) if config.url else None

    def get(self, key: str) -> Entry | None:
        """Return the product, or None where it is missing, too old, or damaged.

        A damaged entry is deleted, so that it is made anew.

        Raises:
            StorageError: the store itself cannot be read.
        """
        if self._store is None:
            return None
        try:
            result = obstore.get(self._store, key)
            age_s = time.time() - result.meta["last_modified"].timestamp()
            if age_s > self._ttl_s.get(key.partition("/")[0], DAY_S):
                return None
            blob = memoryview(result.bytes())
        except FileNotFoundError:
            return None
        except _FAILURES as error:
            raise self._failure("read", key, error) from error
        entry = _unpack(blob)
        if entry is None:
            logger.warning("damaged cache entry deleted", extra={"key": key})
            self._discard(key)
        return entry

    def put(self, key: str, payload: bytes | memoryview, header: Mapping[str, Any]) -> None:
        """Keep ``payload`` under ``key`` with a JSON ``header``.

        Raises:
            DiskFullError: no space is left; nothing was written.
            StorageError: the store cannot be written.
        """
        if self._store is None:
            return
        full = {**header, "sha256": hashlib.sha256(payload).hexdigest(), "bytes": len(payload)}
        head = json.dumps(full, separators=(",", ":")).encode()
        parts = (_MAGIC, len(head).to_bytes(4, "big"), head, payload)
        try:
            obstore.put(self._store, key, b"".join(parts))
        except _FAILURES as error:
            raise self._failure("write", key, error) from error

    def has(self, key: str) -> bool:
        """Tell whether a fresh entry seems to be there, without reading it."""
        if self._store is None:
            return False
        try:
            meta = obstore.head(self._store, key)
        except FileNotFoundError:
            return False
        except _FAILURES as error:
            raise self._failure("read", key, error) from error
        age_s = time.time() - meta["last_modified"].timestamp()
        return age_s <= self._ttl_s.get(key.partition("/")[0], DAY_S)

    def prune(self) -> int:
        """Delete what is too old, then the oldest until ``max_bytes`` holds; return bytes freed."""
        if self._store is None:
            return 0
        try:
            entries = [meta for batch in obstore.list(self._store) for meta in batch]
        except _FAILURES as error:
            raise self._failure("list", "what is kept", error) from error
        entries.sort(key=lambda meta: meta["last_modified"])
        excess = sum(meta["size"] for meta in entries) - self.config.max_bytes
        now, freed = time.time(), 0
        for meta in entries:
            kind = meta["path"].partition("/")[0]
            if kind not in self._ttl_s:
                continue
            stale = now - meta["last_modified"].timestamp() > self._ttl_s[kind]
            if stale or freed < excess:
                self._discard(meta["path"])
                freed += meta["size"]
        return freed

    def _discard(self, key: str) -> None:
        if self._store is None:
            return
        try:
            obstore.delete(self._store, key)
        except _FAILURES as error:
            logger.warning("cache entry not deleted", extra={"key": key, "error": str(error)})

    def _failure(self, verb: str, key: str, error: Exception) -> StorageError:
        text = str(error).strip().splitlines()[0][:300]
        full = getattr(error, "errno", None) in {errno.ENOSPC, errno.EDQUOT} or any(
            mark in str(error) for mark in _NO_SPACE
        )
        if full:
            return DiskFullError(
                f"no space left to {verb} {key}",
                remedy="free some space, or put the cache elsewhere with storage.cache_url",
                where=self.config.url,
            )
        return StorageError(
            f"cannot {verb} {key} ({text})",
            remedy="check storage.cache_url, its permissions and credentials",
            where=self.config.url,
        )


def _open(url: str) -> ObjectStore:
    if url.startswith("file://"):
        folder = Path(url.removeprefix("file://"))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return LocalStore(prefix=folder)
        except OSError as error:
            raise StorageError(
                f"cannot make the cache folder ({error.strerror})",
                remedy="choose another with storage.cache_url",
                where=str(folder),
            ) from error
    try:
        return from_url(url)
    except Exception as error:
        why = str(error).partition("\n")[0]  # the rest is obstore's debugging
        raise SettingsError(
            f"expected file://, s3://, gs:// or az:// with a bucket, got {url!r} ({why})",
            remedy="set storage.cache_url to such an address, or leave it out",
            where="storage.cache_url",
        ) from error


def _unpack(blob: memoryview) -> Entry | None:
    start = len(_MAGIC) + 4
    if len(blob) < start or bytes(blob[: len(_MAGIC)]) != _MAGIC:
        return None
    end = start + int.from_bytes(blob[len(_MAGIC) : start], "big")
    try:
        header = json.loads(bytes(blob[start:end]))
    except ValueError:
        return None
    payload = blob[end:]
    if not isinstance(header, dict) or header.get("bytes") != len(payload):
        return None
    if header.get("sha256") != hashlib.sha256(payload).hexdigest():
        return None
    return Entry(header=header, payload=payload)
