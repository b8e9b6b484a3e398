"""What all tests share: no network, no user folders, one Ray."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

# Set before any import of a model library or of Ray, which read them once.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_OFFLINE"] = "1"
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"


@pytest.fixture(scope="session", autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep cache, state and configuration of the tests away from the user's."""
    root = tmp_path_factory.mktemp("user")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CACHE", "STATE", "CONFIG"):
            patch.setenv(f"XDG_{name}_HOME", str(root / name.lower()))
        yield


@pytest.fixture(scope="session")
def ray_cluster(_own_folders: None) -> Iterator[str]:
    """Start the one local Ray of all tests and return its address."""
    from raypipe_cluster.session import RaySession

    session = RaySession(None)
    session.connect()
    import ray

    yield ray.get_runtime_context().gcs_address
    session.close()


@pytest.fixture
def examples() -> Path:
    """The folder of example stories."""
    return Path(__file__).parent.parent / "examples"
