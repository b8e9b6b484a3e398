"""Each error becomes one message with its remedy, and the exit code that goes with it."""

import json
import os
import pty
import signal
import subprocess
import sys

import click
import pytest

from raypipe import errors
from raypipe_cluster.cli.boundary import StillRunning, run_command


@pytest.fixture
def raising():
    """Return a group whose command ``fail`` raises what it is told to."""

    def build(error):
        @click.group()
        def group():
            pass

        @group.command()
        @click.option("--json", "as_json", is_flag=True)
        @click.option("--debug", is_flag=True)
        def fail(**_):
            raise error

        return group

    return build


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.StoryError, 2),
        (errors.SettingsError, 2),
        (errors.MediaError, 2),
        (errors.EngineUnavailableError, 1),
        (errors.DiskFullError, 1),
        (errors.ClusterError, 1),
    ],
)
def test_an_error_of_ours_says_what_got_and_remedy(raising, capsys, kind, code):
    error = kind("expected 5 to 600, got nan", remedy="give seconds", where="metadata.duration")
    assert run_command(raising(error), ["fail"]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "raypipe: error: metadata.duration: expected 5 to 600, got nan",
        "  Give seconds.",
    ]


def test_json_puts_the_error_on_stdout_as_well(raising, capsys):
    error = errors.StoryError("expected a title", remedy="add one", where="title")
    assert run_command(raising(error), ["fail", "--json"]) == 2
    captured = capsys.readouterr()
    told = {"kind": "StoryError", "where": "title", "problem": "expected a title"}
    assert json.loads(captured.out) == {"error": told | {"remedy": "add one"}}
    assert "expected a title" in captured.err


def test_a_bug_is_owned_up_to_without_a_traceback(raising, capsys, monkeypatch):
    monkeypatch.delenv("RAYPIPE_DEBUG", raising=False)
    assert run_command(raising(KeyError("scene_3")), ["fail"]) == 1
    said = capsys.readouterr().err
    assert "internal error: KeyError: 'scene_3'" in said
    assert "--debug" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("asked_by", ["flag", "variable"])
def test_debug_shows_the_traceback(raising, capsys, monkeypatch, asked_by):
    monkeypatch.setenv("RAYPIPE_DEBUG", "1" if asked_by == "variable" else "0")
    arguments = ["fail", "--debug"] if asked_by == "flag" else ["fail"]
    assert run_command(raising(KeyError("scene_3")), arguments) == 1
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_an_error_that_crossed_ray_is_the_error_itself(raising, capsys):
    from ray.exceptions import RayTaskError

    cause = errors.StoryError("expected a title", remedy="add one", where="title")
    wrapped = RayTaskError("plan", "Traceback of a worker", cause, pid=1, ip="127.0.0.1")
    assert run_command(raising(wrapped.as_instanceof_cause()), ["fail"]) == 2
    said = capsys.readouterr().err
    assert said.splitlines()[0] == "raypipe: error: title: expected a title"
    assert "worker" not in said


def test_interrupting_a_watcher_says_that_the_work_goes_on(raising, capsys):
    group = raising(StillRunning("the jobs go on"))
    assert run_command(group, ["fail"]) == 130
    assert capsys.readouterr().err == "raypipe: stopped by SIGINT; the jobs go on\n"


def test_a_full_disk_is_told_as_one(capsys):
    @click.group()
    def group():
        pass

    @group.command()
    def fill():
        with open("/dev/full", "w", encoding="ascii") as device:  # noqa: PTH123
            device.write("frames")

    assert run_command(group, ["fill"]) == 1
    said = capsys.readouterr().err
    assert "no space left" in said
    assert "--out" in said
    assert "internal error" not in said


def test_wrong_usage_is_2_and_points_to_the_help(run):
    ran = run("render")
    assert ran.code == 2
    assert "STORY" in ran.err
    assert "raypipe render --help" in ran.err
    assert run("rendre").code == 2
    assert run("render", "a.json", "--fit", "squeeze").code == 2


PROGRAM = """
import asyncio, signal, sys
import click
for name in sys.argv[1:]:
    signal.signal(signal.Signals[name], signal.SIG_IGN)
from raypipe_cluster.cli.boundary import StillRunning, run_command

async def work():
    try:
        print("working", flush=True)
        await asyncio.Event().wait()
    finally:
        await asyncio.sleep(0)
        print("closed", flush=True)

@click.group()
def group(): pass

@group.command()
def wait():
    with asyncio.Runner() as runner:
        runner.run(work())

sys.exit(run_command(group, ["wait"]))
"""


def ended_by(*numbers, ignored=()):
    """Return code, output and errors of a program that gets these signals while it works."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *ignored],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout.readline() == "working\n"
            for number in numbers:
                process.send_signal(number)
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()
    assert "Traceback" not in err
    return process.returncode, out, err


@pytest.mark.usefixtures("plain_signals")
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_closes_everything_and_ends_with_its_code(number, code):
    returned, out, err = ended_by(number)
    assert (returned, out) == (code, "closed\n")
    assert signal.Signals(number).name in err


@pytest.mark.usefixtures("plain_signals")
@pytest.mark.parametrize("ignored", [signal.SIGINT, signal.SIGHUP])
def test_what_was_ignored_at_the_start_stays_so_and_a_kill_still_ends_it(ignored):
    returned, out, err = ended_by(ignored, signal.SIGTERM, ignored=[ignored.name])
    assert (returned, out) == (143, "closed\n")
    assert "stopped by SIGTERM" in err


def test_a_closed_pipe_is_quiet(pytestconfig):
    with subprocess.Popen(
        [sys.executable, "-m", "raypipe_cluster.cli.main", "config", "show", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=pytestconfig.rootpath,
    ) as process:
        process.stdout.close()
        said = process.stderr.read()
        process.wait(timeout=30)
    assert said == ""


@pytest.mark.parametrize(
    ("colours", "told"), [({}, b"\x1b[1;31m"), ({"NO_COLOR": "1"}, b"\x1b[1m")]
)
def test_an_error_on_a_terminal_is_red_unless_no_colour_is_wanted(tmp_path, colours, told):
    mine, theirs = pty.openpty()
    command = [sys.executable, "-m", "raypipe_cluster.cli.main", "plan", "nowhere.json"]
    kept = {name: text for name, text in os.environ.items() if name not in {"NO_COLOR", "TERM"}}
    subprocess.run(
        command, stderr=theirs, cwd=tmp_path, env=kept | {"TERM": "xterm"} | colours, check=False
    )
    os.close(theirs)
    shown = os.read(mine, 10_000)
    os.close(mine)
    assert shown.startswith(told + b"raypipe: error:")
    assert b"nowhere.json: there is no such file" in shown
