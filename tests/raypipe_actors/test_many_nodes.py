import json
import subprocess
import sys
from pathlib import Path


def test_work_leaves_a_node_that_is_drained_and_nothing_is_lost():
    script = Path(__file__).parent / "draining_story.py"
    ran = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=200, check=False
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    seen = json.loads(ran.stdout.splitlines()[-1])
    assert seen["accepted"], seen["problem"]
    assert seen["done"] == 40
    assert seen["leaving"] in seen["nodes_before"]
    assert len(set(seen["nodes_before"])) == 2
    assert seen["leaving"] not in seen["nodes_after"]
