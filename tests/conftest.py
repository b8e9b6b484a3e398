"""What all tests share: no network, no user folders, one Ray."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from raypipe.speech.engine import Speech

# Set before any import of a model library or of Ray, which read them once.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_OFFLINE"] = "1"
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
# How often metrics are told to their node; ten seconds are long for a test that reads them.
os.environ["RAY_metrics_report_interval_ms"] = "1000"  # noqa: SIM112 - Ray's own spelling

# How long an example takes says how busy the machine is.
hypothesis.settings.register_profile("raypipe", deadline=None)
hypothesis.settings.load_profile("raypipe")


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


@pytest.fixture(scope="session")
def measure_pitch_hz() -> Callable[..., float]:
    """Measure the median pitch of a `raypipe.speech.engine.Speech`, or of some samples of it.

    By autocorrelation of frames of 60 ms (Rabiner, IEEE Trans. ASSP 25(1), 1977), 60 to 400 Hz.
    """
    import numpy as np

    def measure(speech: Speech, part: slice = slice(None)) -> float:
        samples, rate_hz = speech.samples[part], speech.sample_rate_hz
        size, shortest, longest = round(0.06 * rate_hz), rate_hz // 400, rate_hz // 60
        loud = 0.5 * float(np.sqrt(np.mean(np.square(samples))))
        found = []
        for start in range(0, len(samples) - size, size // 2):
            frame = samples[start : start + size].astype(np.float64)
            if np.sqrt(np.mean(np.square(frame))) < loud:
                continue
            alike = np.correlate(frame, frame, "full")[size - 1 :]
            # Frames that overlap less are alike by less; the first of equal peaks is the period.
            alike /= np.linspace(1, 1 / size, size) * alike[0]
            lags = np.arange(shortest, longest)
            peak = alike[lags].max()
            if peak > 0.5:
                found.append(rate_hz / lags[alike[lags] > 0.9 * peak][0])
        return float(np.median(found))

    return measure
