"""Following jobs by the changes of their store: one like a render, several in a table."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

import click
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from raypipe.progress import ProgressEvent, ProgressSink
from raypipe_cluster.cli.display import PlainDisplay, open_display
from raypipe_cluster.cli.jobs_view import (
    STATE_STYLES,
    as_event,
    describe_job,
    print_ended,
    share_done,
)
from raypipe_cluster.cli.redrawn import Redrawn
from raypipe_cluster.cli.screen import can_redraw
from raypipe_cluster.jobs.model import Job, Step
from raypipe_cluster.jobs.rules import ENDED


class StepFeed:
    """Turns what a job is now into the events that it has had since the last look."""

    def __init__(self) -> None:
        self._epoch = -1
        self._steps: dict[str, Step] = {}

    def events(self, job: Job) -> list[ProgressEvent]:
        """Return the steps that are new, in the order of their times.

        Before the first of a scene comes one that it is queued, scenes in the order of their names:
        the store keeps only the latest step of each, whose times say nothing of their order.
        """
        if job.epoch != self._epoch:
            self._epoch, self._steps = job.epoch, {}
        fresh = [step for step in job.steps if self._steps.get(step.key) != step]
        known = {step.scene_id for step in self._steps.values()}
        scenes = {step.scene_id for step in fresh if step.scene_id is not None} - known
        self._steps.update({step.key: step for step in fresh})
        begin = [ProgressEvent("render", "queued", 0.0, scene) for scene in sorted(scenes)]
        return begin + [as_event(step) for step in sorted(fresh, key=lambda step: step.at_s)]


class JobsDisplay(Protocol):
    """Shows jobs while they change; ``tells_ends`` if what came of each is told already."""

    tells_ends: bool

    def on_job(self, job: Job) -> None:
        """Take in a job as it is now."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


def open_jobs_display(
    console: Console, *, count: int, quiet: bool = False, as_json: bool = False
) -> JobsDisplay:
    """Choose what suits ``count`` jobs (0: not known) and where ``console`` writes to."""
    if as_json:
        return JsonLines()
    if quiet:
        return Quiet()
    if count == 1:
        return OneJob(console)
    return ManyJobs(console) if can_redraw(console) else PlainJobs(console)


class _Entered:
    tells_ends = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None


class Quiet(_Entered):
    """Shows nothing."""

    def on_job(self, job: Job) -> None:
        """Take no notice."""


class JsonLines(_Entered):
    """Prints each change as a line on stdout."""

    def on_job(self, job: Job) -> None:
        """Print ``job``."""
        click.echo(json.dumps(job.model_dump(mode="json"), ensure_ascii=False))


class PlainJobs(_Entered):
    """A line for each change of a job's state, for logs and pipes; an end is told at once."""

    tells_ends = True

    def __init__(self, console: Console) -> None:
        self._console = console
        self._seen: dict[str, tuple[str, int]] = {}

    def on_job(self, job: Job) -> None:
        """Print the job, if its state is another than before."""
        if self._seen.get(job.job_id) != (job.state, job.epoch):
            self._seen[job.job_id] = (job.state, job.epoch)
            if job.state in ENDED:
                print_ended(job, self._console)
            else:
                self._console.print(describe_job(job), soft_wrap=True)


class OneJob:
    """One job, as `raypipe render` shows a story: stages, scenes, frames and the time left."""

    tells_ends = False

    def __init__(self, console: Console) -> None:
        self._console = console
        self._feed = StepFeed()
        self._said = ""
        self._epoch: int | None = None
        self._display = open_display(console, title="")
        self._inner: ProgressSink | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end_display()

    def on_job(self, job: Job) -> None:
        """Show the job's new steps, or what else became of it."""
        if job.state == "running" and not job.cancel_requested:
            if job.epoch != self._epoch:
                self._begin_display(job)
            for event in self._feed.events(job):
                if self._inner is not None:
                    self._inner(event)
            return
        if job.state in ENDED:
            for event in self._feed.events(job):
                if self._inner is not None:
                    self._inner(event)
            return
        said = describe_job(job)
        if said.plain != self._said:
            self._said = said.plain
            self._end_display()
            self._console.print(said, soft_wrap=True)

    def _begin_display(self, job: Job) -> None:
        self._end_display()
        self._epoch = job.epoch
        again = f", attempt {job.attempt} of {job.max_attempts}" if job.attempt > 1 else ""
        display = open_display(self._console, title=f"{job.job_id}{again}")
        if again and isinstance(display, PlainDisplay):
            self._console.print(f"{job.job_id}{again}")
        self._display = display
        self._display.__enter__()
        self._inner = display.on_event

    def _end_display(self) -> None:
        if self._inner is not None:
            self._inner = None
            self._display.__exit__(None, None, None)
        self._epoch = None


class ManyJobs(Redrawn):
    """A table of jobs, redrawn in place: those that run, what waits, and how many have ended."""

    tells_ends = False

    def __init__(self, console: Console) -> None:
        self._jobs: dict[str, Job] = {}
        super().__init__(console)

    def on_job(self, job: Job) -> None:
        """Take in a job as it is now."""
        self._jobs = {**self._jobs, job.job_id: job}

    def draw(self) -> RenderableType:
        """Draw the present state."""
        jobs = [*self._jobs.values()]
        if not jobs:
            return Text()
        still = [job for job in jobs if job.state not in ENDED]
        # Those that run before those that wait: there something happens.
        still.sort(key=lambda job: (job.state != "running", job.submitted_ms, job.job_id))
        room = max(3, self._console.height - 4)
        table = Table.grid(padding=(0, 2))
        for job in still[:room]:
            table.add_row(
                Text(job.job_id, style="bold"),
                Text(job.state, style=STATE_STYLES[job.state]),
                Text(f"{share_done(job):4.0%}" if job.state == "running" else ""),
                Text(_doing(job), style="dim", overflow="ellipsis", no_wrap=True),
            )
        over = len(jobs) - len(still)
        hidden = f", {len(still) - room} more open" if len(still) > room else ""
        return Group(table, Text(f"{over} of {len(jobs)} ended{hidden}", style="dim"))


def _doing(job: Job) -> str:
    if job.state == "retrying" and job.error is not None:
        due = datetime.fromtimestamp(job.due_ms / 1000).astimezone()
        return f"{job.error.type}; again at {due:%H:%M:%S}"
    running = dict.fromkeys(step.stage for step in job.steps if step.state == "running")
    return ", ".join(running)


def follow(jobs: Iterable[Job], display: JobsDisplay) -> list[Job]:
    """Show ``jobs`` as they change and return each as it was last, in the order of appearance."""
    latest: dict[str, Job] = {}
    with display:
        for job in jobs:
            latest[job.job_id] = job
            display.on_job(job)
    return [*latest.values()]


def exit_code(jobs: Iterable[Job], *, strict: bool, code_of: Callable[[str], int]) -> int:
    """Return the worst exit code of ended ``jobs``: 0, 3 (degraded, with ``strict``), 2 or 1."""
    codes = set()
    for job in jobs:
        if job.state in {"failed", "cancelled"}:
            codes.add(code_of(job.error.type) if job.error and job.state == "failed" else 1)
        elif job.state == "degraded" and strict:
            codes.add(3)
    return next((code for code in (1, 2, 3) if code in codes), 0)
