"""The one place where errors become messages and exit codes.

==========================  ==========================================
0                           done
1                           failed: rendering, cluster, disk, a bug
2                           usage or bad input
3                           done but degraded, with ``--strict``
130, 143, 129               interrupted (Ctrl-C), terminated, hung up
==========================  ==========================================
"""

from __future__ import annotations

import contextlib
import errno
import io
import json
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from types import FrameType

import click

from raypipe.errors import DiskFullError, RaypipeError

EXIT_FAILED = 1


class StillRunning(Exception):  # noqa: N818 - no error: somebody stopped watching
    """A command was interrupted that leaves work going on; says so, and how to see it again."""


def run_command(cli: click.Group, arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; nothing but a message ever escapes."""
    _never_fail_to_print()
    received: list[int] = []
    try:
        with _signals_as_interrupts() as received:
            result = cli.main(list(arguments), prog_name="raypipe", standalone_mode=False)
    except click.ClickException as error:
        return _report_usage(error, as_json="--json" in arguments)
    except (click.Abort, KeyboardInterrupt, StillRunning) as error:
        number = received[0] if received else signal.SIGINT
        rest = str(error) if isinstance(error, StillRunning) else "nothing is left"
        click.echo(f"raypipe: stopped by {signal.Signals(number).name}; {rest}", err=True)
        return 128 + number
    except Exception as error:  # noqa: BLE001 (the outermost boundary: a person reads the message)
        return report_error(error, as_json="--json" in arguments, debug=_debug(arguments))
    return result if isinstance(result, int) else 0


def report_error(error: BaseException, *, as_json: bool, debug: bool) -> int:
    """Write one message about ``error`` and return the exit code that goes with it."""
    known = _as_raypipe_error(error)
    if debug:
        click.echo("".join(traceback.format_exception(error)).rstrip(), err=True)
    if known is not None:
        say_error(known.problem, where=known.where, remedy=known.remedy)
        kind, code = type(known).__name__, known.exit_code
        facts = {"where": known.where, "problem": known.problem, "remedy": known.remedy}
    else:
        problem = f"internal error: {type(error).__name__}: {error}"
        remedy = "this is a bug in raypipe, sorry; run it again with --debug to see the traceback"
        say_error(problem, remedy="" if debug else remedy)
        kind, code = type(error).__name__, EXIT_FAILED
        facts = {"where": "", "problem": problem, "remedy": remedy}
    if as_json:
        _print_json({"kind": kind, **facts})
    return code


def _as_raypipe_error(error: BaseException) -> RaypipeError | None:
    """Find what is meant: Ray wraps an error of a worker, the system has errors of its own."""
    cause = getattr(error, "cause", None)
    if isinstance(cause, RaypipeError):
        return cause
    if isinstance(error, RaypipeError):
        return error
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DiskFullError(
            "no space left on the disk",
            remedy="free some space, or choose another folder with --out",
            where=str(error.filename or ""),
        )
    return None


def say_error(problem: str, *, where: str = "", remedy: str = "") -> None:
    """Write one message about an error on stderr."""
    from rich.text import Text

    from raypipe_cluster.cli.screen import open_stderr

    console = open_stderr()  # which knows NO_COLOR and dumb terminals
    head = ("raypipe: error:", "bold red")
    told = f" {where + ': ' if where else ''}{problem}"
    console.print(Text.assemble(head, told), soft_wrap=True)
    if remedy:
        advice = f"  {remedy[:1].upper()}{remedy[1:]}.".replace("?.", "?")
        console.print(Text(advice), soft_wrap=True)


def _report_usage(error: click.ClickException, *, as_json: bool) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return error.exit_code
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "raypipe"
    message = error.format_message().rstrip(".")
    say_error(message, remedy=f"see '{command} --help'")
    if as_json:
        _print_json({"kind": "UsageError", "where": "", "problem": message, "remedy": ""})
    return error.exit_code


def _print_json(facts: dict[str, str]) -> None:
    # Stdout itself may be what failed, such as a file on a full disk: stderr has been told.
    with contextlib.suppress(OSError):
        click.echo(json.dumps({"error": facts}, ensure_ascii=False))


def _debug(arguments: Sequence[str]) -> bool:
    # Imported here: the settings need pydantic, which --help should not wait for.
    from raypipe.settings import debug_wanted

    return "--debug" in arguments or debug_wanted()


def _never_fail_to_print() -> None:
    """Let a terminal that cannot show a character show its number instead."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@contextlib.contextmanager
def _signals_as_interrupts() -> Iterator[list[int]]:
    """Let SIGTERM and SIGHUP do what Ctrl-C does: cancel the work, so that all opened is closed.

    Ctrl-C itself keeps Python's own handler: `asyncio.Runner` replaces only that one, to cancel
    its main task rather than to interrupt it anywhere. What is ignored at the start stays so:
    SIGHUP under ``nohup``, and Ctrl-C in the background of a script.

    Yields:
        The signals that came, Ctrl-C excepted.
    """
    received: list[int] = []

    def interrupt(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.raise_signal(signal.SIGINT)

    try:
        former = {
            number: signal.signal(number, interrupt)
            for number in (signal.SIGTERM, signal.SIGHUP)
            if signal.getsignal(number) is not signal.SIG_IGN
        }
    except ValueError:  # not the main thread: its signals are not ours
        former = {}
    try:
        yield received
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
