"""What the command line says of itself."""

import re
import subprocess
import sys
from typing import get_args

import pytest

import raypipe
from raypipe.settings import KNOWN_KEYS, Quality
from raypipe.story.model import FRAME_SIZES
from raypipe_cluster.cli.main import cli
from raypipe_cluster.cli.options import FLAG_KEYS

COMMANDS = (
    "render",
    "plan",
    "storyboard",
    "submit",
    "jobs",
    "report",
    "doctor",
    "config",
    "up",
    "down",
    "status",
)


def test_help_lists_the_commands_that_exist_and_no_other(run):
    ran = run("--help")
    assert ran.code == 0
    listed = re.findall(r"^  (\w+)  +[A-Z]", ran.out, re.MULTILINE)
    assert sorted(listed) == sorted(COMMANDS)
    assert "..." not in ran.out.split("Commands:")[1]  # no help is cut short


@pytest.mark.parametrize("command", [c for c in COMMANDS if c not in {"down", "status"}])
def test_each_command_explains_itself_with_an_example(run, command):
    arguments = (command, "show") if command == "config" else (command,)
    ran = run(*arguments, "--help")
    assert ran.code == 0
    lines = ran.out.splitlines()
    (first, *_) = lines[lines.index("  Examples:") + 1 :]  # a line each, not filled to a paragraph
    assert re.match(rf"    (RAYPIPE_\w+=\S+ )?raypipe {command}\b", first)


def test_without_a_command_the_help_is_shown_and_no_error(run):
    ran = run()
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err == run("--help").out


@pytest.mark.parametrize("command", ["render", "status", "doctor", "submit"])
def test_the_help_tells_that_the_cluster_of_up_is_found(run, command):
    told = " ".join(run(command, "--help").out.split())
    assert re.search(r"of its head \[(that|the local one) of '(raypipe )?up'", told)


def test_version(run):
    assert run("--version").out == f"raypipe {raypipe.__version__}\n"


def test_every_flag_of_a_setting_is_one():
    assert set(FLAG_KEYS.values()) <= set(KNOWN_KEYS)


def test_the_help_names_the_values_that_are_taken(run):
    text = run("render", "--help").out
    assert all(value in text for value in (*FRAME_SIZES, *get_args(Quality)))


def test_completion_comes_with_it(pytestconfig):
    ran = subprocess.run(
        [sys.executable, "-c", "from raypipe_cluster.cli.main import main; main()"],
        env={"_RAYPIPE_COMPLETE": "bash_complete", "COMP_WORDS": "raypipe ren", "COMP_CWORD": "1"},
        cwd=pytestconfig.rootpath,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ran.stdout == "plain,render\n"


def test_the_group_has_the_commands():
    assert tuple(cli.commands) == COMMANDS
