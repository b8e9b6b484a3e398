"""A client that plans and submits stories has none of the heavy packages."""

import subprocess
import sys

import pytest

HEAVY = (
    "PIL", "TTS", "av", "cv2", "diffusers", "numba", "numpy", "onnx", "piper", "ray", "torch",
    "transformers",
)  # fmt: skip

BLOCKED = f"""
import importlib.abc, sys

class Blocker(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] in {HEAVY!r}:
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
        "from raypipe_cluster.cli.main import main; main(['plan', 'examples/wolf.md', '--json'])",
        "from raypipe_cluster.cli.main import main; main(['config', 'show', '--json'])",
    ],
)
def test_runs_with_all_heavy_packages_blocked(program, pytestconfig):
    run = subprocess.run(
        [sys.executable, "-c", BLOCKED + program],
        cwd=pytestconfig.rootpath,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr


def test_the_block_itself_blocks():
    run = subprocess.run(
        [sys.executable, "-c", BLOCKED + "import numpy"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "numpy is heavy" in run.stderr
