"""What `raypipe up` and `raypipe status` show, read off a console of fixed width."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from raypipe_actors.messages import PoolStatus, WorkerMemory, WorkerStatus
from raypipe_cluster.cli.cluster_view import (
    LiveWarming,
    PlainWarming,
    open_warming,
    print_cluster,
    print_next,
)
from raypipe_cluster.cli.screen import as_age
from raypipe_cluster.outcome import ClusterStatus, NodeStatus, WarmStep

NOW_S = 10_000.0
READY = WorkerStatus(
    "aa", "busy", "0123456789", 12, started_s=NOW_S - 7500, device="cpu",
    memory=WorkerMemory(300_000_000),
)  # fmt: skip
STARTING = WorkerStatus("bb", "starting", "", 0)
POOL = PoolStatus(
    kind="image", engine="storybook", revision="r", detail="", queued=4, running=2, done=9,
    failed=1, retried=0, p50_s=1.25, p95_s=12.3, workers=(READY, STARTING), batch=2.5, max_batch=4,
    speed=1.934,
)  # fmt: skip
NODE = NodeStatus("0123456789", "10.0.0.1", 8.0, 1.0, 32e9)
STATUS = ClusterStatus("10.0.0.1:6379", (NODE,), (POOL,))


def console(*, terminal: bool = False) -> Console:
    return Console(
        file=io.StringIO(), width=110, force_terminal=terminal, markup=False, highlight=False
    )


def shown(status: ClusterStatus) -> list[str]:
    screen = console()
    print_cluster(status, screen, now_s=NOW_S)
    return screen.file.getvalue().splitlines()


def table(lines: list[str], first: str) -> list[list[str]]:
    """The words of a table's rows, its header first; ``first`` is how the header begins."""
    start = next(index for index, line in enumerate(lines) if line.startswith(first))
    end = lines.index("", start)
    return [line.split() for line in lines[start:end]]


def test_a_pool_is_one_row_with_all_that_matters():
    lines = shown(STATUS)
    assert table(lines, "pool") == [
        ["pool", "model", "workers", "busy", "queue", "batch", "p50", "p95", "speed", "done",
         "failed"],
        ["pictures", "storybook", "1+1", "2", "4", "2.5/4", "1.2", "s", "12", "s", "1.9",
         "images/s", "9", "1"],
    ]  # fmt: skip
    assert lines[0] == "cluster 10.0.0.1:6379"
    assert "8 CPUs, 1 GPU, 32 GB" in lines[1]
    assert lines[-1] == "2 at work, 4 waiting"


def test_each_worker_tells_where_it_is_and_what_it_takes():
    assert table(shown(STATUS), "workers of")[1:] == [
        ["pictures", "cpu", "01234567", "busy", "300", "MB", "-", "2", "h", "5", "min"],
        ["pictures", "-", "-", "starting", "-", "-", "-"],
    ]


def test_a_worker_on_a_gpu_names_it_and_the_memory_that_is_taken_there():
    taken = WorkerMemory(2_000_000_000, 14_300_000_000, 80_000_000_000)
    on_gpu = replace(READY, device="cuda:0 NVIDIA H100", memory=taken)
    pool = replace(POOL, gpus=1.0, workers=(on_gpu,))
    _, row = table(shown(replace(STATUS, pools=(pool,))), "workers of")
    assert " ".join(row) == (
        "pictures cuda:0 NVIDIA H100 01234567 busy 2 GB 14.3 GB of 80 GB 2 h 5 min"
    )


def test_a_pool_that_has_done_nothing_yet_shows_no_figures():
    idle = replace(
        POOL, queued=0, running=0, done=0, workers=(), p50_s=0.0, p95_s=0.0, batch=0.0, speed=0.0
    )
    lines = shown(replace(STATUS, pools=(idle,)))
    row = next(line for line in lines if line.startswith("pictures"))
    assert row.split() == ["pictures", "storybook", "0", "0", "0", "-/4", "-", "-", "-", "0", "1"]
    assert not any(line.startswith("workers of") for line in lines)
    assert lines[-1] == "idle"


def test_speech_and_frames_have_a_speed_of_their_own():
    voice = replace(POOL, kind="speech", engine="piper:joe", unit="s of speech", speed=9.81)
    frames = replace(POOL, kind="render", engine="auto", revision="x", unit="frames", speed=88.4)
    lines = shown(replace(STATUS, pools=(voice, frames)))
    assert any(line.startswith("voice") and "9.8 s/s" in line for line in lines)
    assert any(line.startswith("encoders") and "88 frames/s" in line for line in lines)


def test_encoders_are_named_by_what_was_found_to_work():
    found = replace(POOL, kind="render", engine="auto", revision="libx264")
    assert any(
        line.startswith("encoders  libx264") for line in shown(replace(STATUS, pools=(found,)))
    )
    cold = replace(found, revision="", workers=())
    assert any(line.startswith("encoders  auto") for line in shown(replace(STATUS, pools=(cold,))))


def test_a_cluster_without_pools_says_how_to_get_them():
    assert "raypipe up" in shown(replace(STATUS, pools=()))[-1]


def test_a_long_model_name_keeps_the_table_within_the_screen():
    long = replace(POOL, engine="diffusers:/a/very/long/folder/of/models/stable-diffusion-xl-base")
    assert max(map(len, shown(replace(STATUS, pools=(long,))))) <= 110


def test_in_a_pipe_each_warm_part_is_a_line():
    screen = console()
    with open_warming(screen) as warming:
        assert isinstance(warming, PlainWarming)
        warming.on_step(WarmStep("image", "storybook", "starting", 0.0))
        warming.on_step(WarmStep("image", "storybook", "warm", 3.21, "palettes"))
    assert screen.file.getvalue().split() == ["✓", "pictures", "storybook", "3.2", "s", "palettes"]


def test_on_a_terminal_all_parts_are_shown_until_they_are_warm():
    screen = console(terminal=True)
    with open_warming(screen) as warming:
        assert isinstance(warming, LiveWarming)
        warming.on_step(WarmStep("ray", "", "starting", 0.0))
        warming.on_step(WarmStep("ray", "127.0.0.1:1", "warm", 5.0))
        warming.on_step(WarmStep("speech", "piper", "starting", 0.0))
        warming.on_step(WarmStep("speech", "espeak:en", "starting", 0.0))
        warming.on_step(WarmStep("speech", "espeak:en", "warm", 0.5))
    last = screen.file.getvalue().rsplit("Ray", 1)[-1]
    assert "127.0.0.1:1" in last
    assert "piper" in last
    assert "espeak:en" in last
    assert "encoders" in last


@pytest.mark.parametrize(("local", "stops"), [(True, True), (False, False)])
def test_what_to_do_next_names_the_cluster(local, stops):
    screen = console()
    print_next(STATUS, screen, local=local)
    told = screen.file.getvalue()
    assert "raypipe render STORY" in told
    assert ("--address" in told) != local  # a local one is found without
    assert ("raypipe down" in told) == stops
    assert ("10.0.0.1:6379" in told) != local


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (59.4, "59 s"), (60, "1 min"), (3725, "1 h 2 min"), (90_000, "1 d 1 h")],
)
def test_ages(seconds, said):
    assert as_age(seconds) == said
