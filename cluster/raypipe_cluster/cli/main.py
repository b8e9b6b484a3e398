"""``raypipe``: the entry point and its list of commands.

Nothing heavy is imported before a command needs it: ``raypipe --help`` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

import click

from raypipe import __version__
from raypipe_cluster.cli.boundary import run_command
from raypipe_cluster.cli.cluster import down, status, up
from raypipe_cluster.cli.config import config
from raypipe_cluster.cli.doctor import doctor
from raypipe_cluster.cli.jobs import jobs
from raypipe_cluster.cli.options import debug_option
from raypipe_cluster.cli.plan import plan
from raypipe_cluster.cli.render import render, storyboard
from raypipe_cluster.cli.report import report
from raypipe_cluster.cli.submit import submit

if TYPE_CHECKING:
    from raypipe.logs import LogFormat

EPILOG = """
\b
Begin here:
  raypipe doctor                  what this machine has, and what would be used
  raypipe render story.json       a video in the folder videos/
  raypipe submit stories/         a job for each; raypipe jobs watch shows them

Exit codes: 0 done, 1 failed, 2 usage or bad input, 3 done but degraded (with --strict),
130 interrupted.

Shell completion, for bash (zsh and fish alike): put
eval "$(_RAYPIPE_COMPLETE=bash_source raypipe)" in ~/.bashrc.
"""


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EPILOG,
)
@click.version_option(__version__, prog_name="raypipe", message="%(prog)s %(version)s")
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    help="Write log records to stderr: for people, or as JSON lines  [none; RAYPIPE_LOG]",
)
@debug_option
def cli(log_format: LogFormat | None) -> None:
    """Turn a written story into a narrated, captioned video on a Ray cluster."""
    from raypipe.logs import configure_logging, configure_wanted_logging

    if log_format is None:
        configure_wanted_logging()
    else:
        configure_logging(log_format)


for command in (render, plan, storyboard, submit, jobs, report, doctor, config, up, down, status):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code."""
    sys.exit(run_command(cli, sys.argv[1:] if arguments is None else list(arguments)))


if __name__ == "__main__":
    main()
