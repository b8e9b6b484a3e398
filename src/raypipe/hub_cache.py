"""The cache of the Hugging Face hub on this machine, read without a network.

Its layout is documented: https://huggingface.co/docs/huggingface_hub/guides/manage-cache.
"""

from __future__ import annotations

import re
from pathlib import Path

from raypipe.errors import EngineUnavailableError

COMMIT = re.compile(r"[0-9a-f]{40}")


def hub_cache_dir() -> Path | None:
    """Return the cache as huggingface_hub itself finds it, or None where that is not installed."""
    try:
        from huggingface_hub import constants
    except ImportError:
        return None
    return Path(constants.HF_HUB_CACHE)


def find_snapshot(
    repository: str, *, revision: str | None, cache_dir: Path | None, remedy: str
) -> Path:
    """Return the folder of a model's files at a revision.

    Args:
        repository: hub id, such as ``stabilityai/sd-turbo``.
        revision: branch, tag or commit; None for main.
        cache_dir: the cache; None for where huggingface_hub puts it.
        remedy: what to tell the reader if it is not there.

    Raises:
        EngineUnavailableError: it is not there.
    """
    cache = cache_dir or hub_cache_dir()
    if cache is None:
        raise EngineUnavailableError(
            f"cannot look for {repository}, the package huggingface_hub is not installed",
            remedy="pip install 'raypipe[models]'",
        )
    folder = cache / f"models--{repository.replace('/', '--')}"
    wanted = revision or "main"
    reference = folder / "refs" / wanted
    commit = reference.read_text().strip() if reference.is_file() else wanted
    snapshot = folder / "snapshots" / commit
    if not snapshot.is_dir():
        at = f" at revision {revision}" if revision else ""
        raise EngineUnavailableError(f"{repository}{at} is not in {cache}", remedy=remedy)
    return snapshot
