"""Ctrl-C and SIGTERM in the middle of a render that started Ray itself leave nothing behind."""

import os
import signal
import subprocess
import sys

import psutil
import pytest


@pytest.mark.usefixtures("plain_signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_no_process_and_no_half_output_is_left(tmp_path, examples, number, code):
    command = [sys.executable, "-m", "raypipe_cluster.cli.main", "render", examples / "wolf.md"]
    out, cache = tmp_path / "videos", f"storage.cache_url=file://{tmp_path}/cache"
    with subprocess.Popen(
        [*command, "--quality", "draft", "--out", out, "--set", cache],
        # A token and a Ray of its own, whatever the other tests of this process are connected to.
        env={k: v for k, v in os.environ.items() if not k.startswith("RAY_")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        for line in process.stderr:
            if "image done" in line:
                break
        started = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(number)
        said, told = process.communicate(timeout=60)
    assert started
    _, alive = psutil.wait_procs(started, timeout=15)
    assert alive == []
    assert process.returncode == code
    assert said == ""
    assert f"stopped by {number.name}" in told
    assert "Traceback" not in told
    assert list(out.rglob("*")) == []
