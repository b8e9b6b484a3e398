"""``raypipe jobs``: list, show, watch, logs, cancel and retry."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

from raypipe_cluster.cli.boundary import StillRunning, say_error
from raypipe_cluster.cli.options import debug_option, examples, json_option, load, quiet_option

if TYPE_CHECKING:
    from raypipe.settings import LoadedSettings
    from raypipe_cluster.jobs.client import JobClient
    from raypipe_cluster.jobs.model import Job
    from raypipe_cluster.jobs.rules import Priority, State
    from raypipe_cluster.jobs.wire import Reply

Command = TypeVar("Command", bound=Callable[..., Any])

EXIT_BAD_INPUT = 2
_STATES = ("queued", "running", "retrying", "succeeded", "degraded", "failed", "cancelled")


def client_options(command: Command) -> Command:
    """Add ``--address`` and ``--json``."""
    command = json_option(command)
    return click.option(
        "--address",
        metavar="A",
        help="http://HEAD:8265 of a cluster, or HOST:PORT of its head  [the local one of 'up']",
    )(command)


def open_client(
    address: str | None, loaded: LoadedSettings, *, quiet: bool = False, start: bool = True
) -> JobClient:
    """Return the client that a command talks through; what it starts is told on stderr."""
    from raypipe_cluster.jobs.client import JobClient
    from raypipe_cluster.jobs.reach import Reaching

    def say(sentence: str) -> None:
        if not quiet:
            click.echo(sentence, err=True)

    return JobClient(address, settings=loaded.settings, reaching=Reaching(start=start, say=say))


@click.group(
    short_help="List, show, watch, cancel and retry jobs.",
    epilog=examples(
        "raypipe jobs list --state failed",
        "raypipe jobs watch story_12345",
        "raypipe jobs retry story_12345.17",
    ),
)
def jobs() -> None:
    """Look after the jobs that 'raypipe submit' made.

    A job is named by its id, by its story's id (its newest job), or by the beginning of its id.
    """


@jobs.command("list", short_help="List jobs, newest first.")
@click.option(
    "--state",
    "states",
    type=click.Choice(_STATES),
    multiple=True,
    help="Only these; may be repeated.",
)
@click.option("--story", metavar="ID", help="Only the jobs of this story.")
@click.option("--priority", type=click.Choice(["high", "normal", "low"]), help="Only these.")
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=30, show_default=True, help="How many."
)
@client_options
@debug_option
def list_jobs(
    *,
    states: tuple[State, ...],
    story: str | None,
    priority: Priority | None,
    limit: int,
    address: str | None,
    as_json: bool,
) -> None:
    """List jobs, newest first; with --json an object a line."""
    from raypipe_cluster.cli.jobs_view import print_jobs
    from raypipe_cluster.cli.screen import open_stdout
    from raypipe_cluster.jobs.wire import List

    loaded = load({})
    wanted = List(states=states, story_id=story, priority=priority, limit=limit)
    with open_client(address or loaded.address, loaded) as client:
        replies = list(client.ask(wanted))
    found = [reply.job for reply in replies if reply.job is not None]
    if as_json:
        for job in found:
            click.echo(_as_json(job))
        return
    print_jobs(found, open_stdout(), more=any(reply.more for reply in replies))


@jobs.command(short_help="Show all that is known of a job.")
@click.argument("name", metavar="ID")
@client_options
@debug_option
def show(*, name: str, address: str | None, as_json: bool) -> None:
    """Show a job: its state and why, its times, its result, and each step of each scene."""
    from raypipe_cluster.cli.jobs_view import print_job
    from raypipe_cluster.cli.screen import open_stdout

    loaded = load({})
    with open_client(address or loaded.address, loaded) as client:
        job = client.get(name)
    if as_json:
        click.echo(_as_json(job))
        return
    print_job(job, open_stdout())


@jobs.command(short_help="Follow jobs until they have ended.")
@click.argument("names", metavar="[ID]...", nargs=-1)
@click.option("--strict", is_flag=True, help="Exit with 3 if anything is degraded.")
@client_options
@quiet_option
@debug_option
def watch(
    *, names: tuple[str, ...], strict: bool, address: str | None, quiet: bool, as_json: bool
) -> int:
    """Show the progress of jobs until all have ended; without ID, of all that are open.

    The exit code is the job's: 0 done, 1 failed or cancelled, 2 its story cannot be used, 3
    degraded (with --strict). With --json every change is a line. Ctrl-C only stops watching.
    """
    loaded = load({})
    with open_client(address or loaded.address, loaded, quiet=quiet) as client:
        return watched(client, names, strict=strict, quiet=quiet, as_json=as_json)


def watched(
    client: JobClient, names: Sequence[str], *, strict: bool, quiet: bool, as_json: bool
) -> int:
    """Follow jobs to their end, print what came of them, and return the exit code.

    Raises:
        StillRunning: somebody interrupted the watching.
        ClusterError: the local cluster was stopped.
    """
    from raypipe_cluster.cli.cluster_guard import ClusterGuard, gone_cluster
    from raypipe_cluster.cli.jobs_view import print_ended
    from raypipe_cluster.cli.screen import open_stderr
    from raypipe_cluster.cli.watching import exit_code, follow, open_jobs_display
    from raypipe_cluster.jobs.wire import error_class

    console = open_stderr()
    display = open_jobs_display(console, count=len(names), quiet=quiet, as_json=as_json)
    guard = ClusterGuard(local=client.address is None)
    try:
        with guard:
            ended = follow(client.watch(*names), display)
    except KeyboardInterrupt:
        if guard.gone:
            raise gone_cluster() from None
        again = "raypipe jobs watch" + "".join(f" {name}" for name in names[:3])
        raise StillRunning(f"the jobs go on; watch them again with '{again}'") from None
    for job in ended:
        if not quiet and not display.tells_ends:
            print_ended(job, console)
        if not as_json and (video := _video(job)):
            click.echo(video)
    if not ended and not quiet:
        console.print("no job is waiting or running")

    def code_of(kind: str) -> int:
        found = error_class(kind)
        return found.exit_code if found is not None else 1

    return exit_code(ended, strict=strict, code_of=code_of)


def _video(job: Job) -> str:
    if job.result is None or job.state not in {"succeeded", "degraded"}:
        return ""
    return str(job.result.facts.get("video") or job.result.pointer)


@jobs.command(short_help="Print what was logged of a job.")
@click.argument("name", metavar="ID")
@click.option("-f", "--follow", is_flag=True, help="Go on until the job has ended.")
@client_options
@debug_option
def logs(*, name: str, follow: bool, address: str | None, as_json: bool) -> None:
    """Print what was logged of a job: a line each, or with --json the JSON objects as kept.

    Ctrl-C stops following, never the job.
    """
    loaded = load({})
    with open_client(address or loaded.address, loaded) as client:
        print_log(client, name, follow=follow, as_json=as_json)


def print_log(client: JobClient, name: str, *, follow: bool, as_json: bool) -> None:
    """Print the log of a job, with ``follow`` to the job's end.

    Raises:
        StillRunning: somebody interrupted the following.
        ClusterError: the local cluster was stopped.
    """
    from raypipe.logs import readable
    from raypipe_cluster.cli.cluster_guard import ClusterGuard, gone_cluster

    guard = ClusterGuard(local=follow and client.address is None)
    try:
        with guard:
            for line in client.logs(name, follow=follow):
                click.echo(line if as_json else readable(line))
    except KeyboardInterrupt:
        if guard.gone:
            raise gone_cluster() from None
        if not follow:
            raise
        again = f"raypipe jobs logs --follow {name}"
        raise StillRunning(f"the job goes on; follow it again with '{again}'") from None


@jobs.command(short_help="Cancel jobs.")
@click.argument("names", metavar="ID...", nargs=-1, required=True)
@client_options
@debug_option
def cancel(*, names: tuple[str, ...], address: str | None, as_json: bool) -> int:
    """Cancel jobs: at once if they wait; running ones stop their scenes and free the workers."""
    return _change("cancel", names, address=address, as_json=as_json)


@jobs.command(short_help="Queue failed, cancelled or degraded jobs again.")
@click.argument("names", metavar="ID...", nargs=-1, required=True)
@client_options
@debug_option
def retry(*, names: tuple[str, ...], address: str | None, as_json: bool) -> int:
    """Queue failed, cancelled or degraded jobs again, with all their attempts.

    What was finished of them is in the cache and is not made again.
    """
    return _change("retry", names, address=address, as_json=as_json)


def _change(
    verb: Literal["cancel", "retry"], names: tuple[str, ...], *, address: str | None, as_json: bool
) -> int:
    from raypipe_cluster.jobs.wire import Cancel, Retry

    loaded = load({})
    request = Cancel(names=names) if verb == "cancel" else Retry(names=names)
    code = 0
    with open_client(address or loaded.address, loaded) as client:
        for reply in client.ask(request):
            code = max(code, _tell(reply, as_json=as_json))
    return code


def _tell(reply: Reply, *, as_json: bool) -> int:
    from raypipe_cluster.cli.jobs_view import describe_job

    if reply.error is not None:
        refusal = reply.error
        say_error(refusal.problem, where=refusal.where or reply.name, remedy=refusal.remedy)
        if as_json:
            facts = refusal.model_dump(exclude={"type"})
            line = {"job_id": reply.name, "error": {"kind": refusal.type, **facts}}
            click.echo(json.dumps(line, ensure_ascii=False))
        return reply.error.error().exit_code
    if reply.job is not None:
        click.echo(_as_json(reply.job) if as_json else describe_job(reply.job).plain)
    return 0


def _as_json(job: Job) -> str:
    return json.dumps(job.model_dump(mode="json"), ensure_ascii=False)
