from __future__ import annotations

import numpy as np
import pytest

from raypipe.errors import EngineUnavailableError
from raypipe.images.diffusion.safety import RESEEDS, find_check
from raypipe.seeds import reseed


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An installed package that offers checks."""
    (tmp_path / "my_checks.py").write_text(
        "def dark(pictures):\n    return [bool(p.mean() < 50) for p in pictures]\nLEVEL = 3\n"
    )
    info = tmp_path / "my_checks-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-checks\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[raypipe.picture_checks]\nno-dark = my_checks:dark\nlevel = my_checks:LEVEL\n"
        "gone = my_checks:gone\n"
    )
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.usefixtures("package")
def test_a_check_is_found_by_the_name_that_its_package_gives_it():
    check = find_check("no-dark")
    assert check is not None
    assert check([np.zeros((2, 2, 3), np.uint8), np.full((2, 2, 3), 99, np.uint8)]) == [True, False]


def test_auto_and_off_need_no_package():
    assert find_check("auto") is None
    assert find_check("off") is None


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no-light", "found none called 'no-light'; installed are: gone, level, no-dark"),
        ("gone", "cannot be imported"),
        ("level", "to be a function of pictures, got int"),
    ],
)
def test_a_check_that_cannot_be_used_is_told(name, message):
    with pytest.raises(EngineUnavailableError, match=message):
        find_check(name)


def test_the_first_seed_is_the_one_that_was_asked_for_and_neighbours_never_meet():
    assert reseed(7, 0) == 7
    seeds = {reseed(seed, attempt) for seed in range(1000) for attempt in range(RESEEDS + 1)}
    assert len(seeds) == 1000 * (RESEEDS + 1)
    assert all(0 <= seed < 1 << 63 for seed in seeds)
