"""``raypipe submit``: stories become durable jobs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from raypipe_cluster.cli.boundary import StillRunning
from raypipe_cluster.cli.jobs import EXIT_BAD_INPUT, client_options, open_client, watched
from raypipe_cluster.cli.options import (
    debug_option,
    examples,
    fit_option,
    load,
    quiet_option,
    setting_options,
    story_overrides,
)

if TYPE_CHECKING:
    from rich.console import Console

    from raypipe.errors import RaypipeError
    from raypipe.settings import LoadedSettings
    from raypipe_cluster.jobs.client import JobClient
    from raypipe_cluster.jobs.model import Job
    from raypipe_cluster.jobs.preparing import Prepared
    from raypipe_cluster.jobs.rules import Priority


_MANY = 200
"""Stories whose checking takes so long that it should be told; one takes about 11 ms."""
_NOTES = 10
"""Stories of which each is told that it was submitted before."""


@click.command(
    short_help="Queue stories as jobs that survive whatever happens.",
    epilog=examples(
        "raypipe submit story.json --wait",
        "raypipe submit stories/ --priority low",
        "raypipe submit episodes.jsonl --quality draft --address http://head:8265 --json",
    ),
)
@click.argument(
    "stories", metavar="STORY...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "--priority",
    type=click.Choice(["high", "normal", "low"]),
    default="normal",
    show_default=True,
    help="Which jobs go first; one that waits long enough overtakes any.",
)
@click.option(
    "--replace", is_flag=True, help="Give up jobs of other content under the same story ids."
)
@click.option(
    "--keep-going", is_flag=True, help="Queue the good stories even if others cannot be used."
)
@click.option("--wait", is_flag=True, help="Watch them to their end; Ctrl-C only stops watching.")
@click.option("--strict", is_flag=True, help="With --wait: exit with 3 if anything is degraded.")
@click.option("--no-start", is_flag=True, help="Start no cluster; the next 'raypipe up' begins.")
@setting_options(
    "--aspect",
    "--duration",
    "--language",
    "--fps",
    "--quality",
    "--images",
    "--style",
    "--speech",
    "--voice",
    "--music",
    "--captions",
    repeated=frozenset({"--aspect"}),
)
@fit_option
@client_options
@quiet_option
@debug_option
def submit(
    stories: tuple[Path, ...],
    *,
    priority: Priority,
    replace: bool,
    keep_going: bool,
    wait: bool,
    strict: bool,
    no_start: bool,
    fit: Literal["natural", "condense"],
    address: str | None,
    quiet: bool,
    as_json: bool,
    **values: Any,
) -> int:
    """Queue every STORY as a job: files, folders of stories, or JSON Lines with a story a line.

    All are checked and planned here first. If one cannot be used, each such one is named with its
    file and line, and nothing is queued (unless --keep-going). Stdout gets a job id for each.

    The same story with the same options is the same job, however often it is submitted. Another
    content under the same story id is refused, unless --replace.

    Without --address the local cluster of 'raypipe up' renders; it is started if it does not run.
    With http://HEAD:8265 the stories travel as a Ray job, with the token in RAY_AUTH_TOKEN.
    """
    from raypipe_cluster.cli.screen import open_stderr

    loaded = load(values)
    console = open_stderr()
    with open_client(address or loaded.address, loaded, quiet=quiet, start=not no_start) as client:
        prepared = _prepare(stories, loaded, client, fit=fit, priority=priority, quiet=quiet)
        refused = [each for each in prepared if each.error is not None]
        for each in refused:
            if each.error is not None:
                report_refusal(each.place, each.error, as_json=as_json)
        good = {each.submission.story_id: each for each in prepared if each.submission is not None}
        if refused and not keep_going:
            if len(prepared) > 1 and not as_json:
                console.print(
                    f"{len(refused)} of {len(prepared)} stories cannot be used; nothing was queued",
                    soft_wrap=True,
                )
            return EXIT_BAD_INPUT
        queue = _Queue(client, good, console, quiet=quiet, as_json=as_json)
        queue.submit(replace=replace, keep_going=keep_going)
        code = EXIT_BAD_INPUT if refused or queue.refused else 0
        if wait and queue.job_ids:
            ended = watched(client, queue.job_ids, strict=strict, quiet=quiet, as_json=as_json)
            return code or ended
        return code


class _Queue:
    """Queues stories that are fit, and prints what became of each."""

    def __init__(
        self,
        client: JobClient,
        good: Mapping[str, Prepared],
        console: Console,
        *,
        quiet: bool,
        as_json: bool,
    ) -> None:
        self.job_ids: list[str] = []
        self.refused = 0
        self._client = client
        self._good = good
        self._console = console
        self._quiet = quiet
        self._as_json = as_json

    def submit(self, *, replace: bool, keep_going: bool) -> None:
        """Queue all of them, by the ids of their stories.

        Raises:
            StillRunning: somebody interrupted it.
        """
        known = 0
        submissions = [each.submission for each in self._good.values() if each.submission]
        if not submissions:
            return
        replies = self._client.ask_submit(submissions, replace=replace, keep_going=keep_going)
        try:
            for reply in replies:
                given = self._good[reply.name]
                if reply.error is not None:
                    self.refused += 1
                    report_refusal(given.place, reply.error.error(), as_json=self._as_json)
                elif reply.job is not None:
                    self.job_ids.append(reply.job.job_id)
                    known += not reply.created
                    self._print(reply.job, given, created=bool(reply.created), known=known)
        except KeyboardInterrupt:
            raise StillRunning("what was accepted stays queued: raypipe jobs list") from None
        if known > _NOTES:
            self._note(f"{known - _NOTES:,} more were submitted before")

    def _print(self, job: Job, given: Prepared, *, created: bool, known: int) -> None:
        if self._as_json:
            facts = {
                "story": given.place,
                "story_id": job.story_id,
                "job_id": job.job_id,
                "state": job.state,
                "created": created,
                "fingerprint": job.fingerprint,
            }
            click.echo(json.dumps(facts, ensure_ascii=False))
            return
        click.echo(job.job_id)
        if not created and known <= _NOTES:
            self._note(f"{given.place} was submitted before: {job.job_id} is {job.state}")

    def _note(self, sentence: str) -> None:
        from rich.text import Text

        if not self._quiet and not self._as_json:
            self._console.print(Text(sentence, style="dim"), soft_wrap=True)


def _prepare(
    stories: tuple[Path, ...],
    loaded: LoadedSettings,
    client: JobClient,
    *,
    fit: Literal["natural", "condense"],
    priority: Priority,
    quiet: bool,
) -> list[Prepared]:
    from raypipe.story.collection import gather_stories
    from raypipe_cluster.jobs.preparing import Wish, prepare

    wish = Wish(
        settings=loaded.settings,
        overrides=story_overrides(loaded),
        fit=fit,
        priority=priority,
        far=client.is_far,
    )
    gathered = gather_stories(stories)
    if len(gathered) >= _MANY and not quiet:
        click.echo(f"checking {len(gathered):,} stories; nothing is sent before that", err=True)
    return prepare(gathered, wish)


def report_refusal(place: str, error: RaypipeError, *, as_json: bool) -> None:
    """Print why the story at ``place`` is not queued."""
    from raypipe_cluster.cli.boundary import say_error

    where = f"{place}: {error.where}" if error.where and error.where not in place else place
    say_error(error.problem, where=where, remedy=error.remedy)
    if as_json:
        facts = {"kind": type(error).__name__, "where": error.where, "problem": error.problem}
        line = {"story": place, "error": {**facts, "remedy": error.remedy}}
        click.echo(json.dumps(line, ensure_ascii=False))
