"""A client that plans and submits stories has none of the heavy packages."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "PIL", "TTS", "av", "cv2", "diffusers", "numba", "numpy", "onnx", "piper", "ray", "torch",
    "transformers",
)  # fmt: skip

BLOCKED = """
import importlib.abc, sys

class Blocker(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] in {heavy!r}:
            raise ImportError(name + ' is heavy and must not be imported here', name=name)

sys.meta_path.insert(0, Blocker())
"""


@pytest.mark.parametrize(
    "program",
    [
        "import raypipe.errors, raypipe.progress, raypipe.choice, raypipe.settings",
        "import raypipe.story.read, raypipe.story.planner, raypipe.story.naming",
        "import raypipe.timeline.model",
        "import raypipe_cluster.cli.main",
        "import raypipe_cluster.jobs.open, raypipe_cluster.jobs.sqlite_backend",
        "import raypipe_cluster.jobs.redis_backend",
        "from raypipe_cluster.cli.main import main; main(['--help'])",
        "from raypipe_cluster.cli.main import main; main(['plan', 'examples/ali.json', '--json'])",
        "from raypipe_cluster.cli.main import main; main(['config', 'show', '--json'])",
    ],
)
def test_runs_with_all_heavy_packages_blocked(program, pytestconfig):
    run = _run(BLOCKED.format(heavy=HEAVY) + program, pytestconfig.rootpath)
    assert run.returncode == 0, run.stderr


def test_numpy_is_enough_to_tell_a_language_and_to_show_a_plan(pytestconfig):
    blocked = BLOCKED.format(heavy=tuple(name for name in HEAVY if name != "numpy"))
    plan = "from raypipe_cluster.cli.main import main; main(['plan', 'examples/wolf.md'])"
    run = _run(blocked + plan, pytestconfig.rootpath)
    assert run.returncode == 0, run.stderr


def test_the_block_itself_blocks(pytestconfig):
    run = _run(BLOCKED.format(heavy=HEAVY) + "import numpy", pytestconfig.rootpath)
    assert "numpy is heavy" in run.stderr


def _run(program: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
