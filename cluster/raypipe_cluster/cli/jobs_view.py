"""How jobs look on a terminal: a line, a table, a page."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from pydantic import JsonValue
from rich.console import Console
from rich.table import Table
from rich.text import Text

from raypipe.progress import ProgressEvent
from raypipe_cluster.cli.display import describe_event
from raypipe_cluster.cli.progress import Tracker
from raypipe_cluster.cli.screen import as_age, as_clock, as_size
from raypipe_cluster.jobs.model import Job, Step
from raypipe_cluster.jobs.rules import ENDED, State

STATE_STYLES: dict[State, str] = {
    "queued": "dim", "running": "cyan", "retrying": "yellow", "succeeded": "green",
    "degraded": "yellow", "failed": "red", "cancelled": "dim",
}  # fmt: skip
_MARKS: dict[State, str] = {
    "queued": "·", "running": "▸", "retrying": "↻", "succeeded": "✓",
    "degraded": "◆", "failed": "✗", "cancelled": "-",
}  # fmt: skip


def describe_job(job: Job) -> Text:
    """Say in a line what state the job is in, and why."""
    return Text.assemble(
        (_MARKS[job.state], STATE_STYLES[job.state]),
        "  ",
        (job.job_id, "bold"),
        f"  {_state_in_words(job)}",
    )


def _state_in_words(job: Job) -> str:
    error = f"{job.error.type}: {job.error.message}" if job.error else ""
    if job.state == "queued":
        urgency = "" if job.priority == "normal" else f", {job.priority} priority"
        return f"queued{urgency}"
    if job.state == "running":
        if job.cancel_requested:
            return "is being cancelled"
        return f"running, attempt {job.attempt} of {job.max_attempts}"
    if job.state == "retrying":
        due = f"{_time(job.due_ms):%H:%M:%S}"
        return f"attempt {job.attempt} of {job.max_attempts} failed ({error}); again at {due}"
    if job.state == "failed":
        return f"failed after {job.attempt} attempt{'s' * (job.attempt != 1)} ({error})"
    return job.state


def print_ended(job: Job, console: Console) -> None:
    """Print what came of a job that has ended: the video, or why there is none."""
    line = describe_job(job)
    if job.result is not None and job.state != "cancelled":
        facts = job.result.facts
        duration_s, size_bytes = facts.get("duration_s"), facts.get("size_bytes")
        if isinstance(duration_s, int | float):
            line.append(f", {duration_s:.1f} s")
        if isinstance(size_bytes, int | float):
            line.append(f", {as_size(size_bytes)}")
        if took_s(job) is not None:
            line.append(f", made in {as_clock(took_s(job) or 0)}")
    console.print(line, soft_wrap=True)
    if job.state == "degraded" and job.result is not None:
        for sentence in job.result.degraded:
            _print_note("degraded", sentence, console, style="yellow")
    if job.state == "failed" and job.error is not None and job.error.remedy:
        remedy = job.error.remedy
        console.print(f"   {remedy[:1].upper()}{remedy[1:]}.", soft_wrap=True)


def print_jobs(jobs: Sequence[Job], console: Console, *, more: bool) -> None:
    """Print a table of jobs, newest first."""
    if not jobs:
        console.print("no jobs; submit one with: raypipe submit STORY")
        return
    now_ms = time.time_ns() // 1_000_000
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for name in ("job", "state", "priority", "attempt", "submitted", "took", ""):
        table.add_column(name, no_wrap=name != "", overflow="ellipsis" if name == "" else "fold")
    for job in jobs:
        took = took_s(job)
        table.add_row(
            Text(job.job_id, style="bold"),
            Text(f"{_MARKS[job.state]} {job.state}", style=STATE_STYLES[job.state]),
            job.priority,
            f"{job.attempt}/{job.max_attempts}",
            f"{as_age((now_ms - job.submitted_ms) / 1000)} ago",
            as_clock(took) if took is not None else "",
            Text(_remark(job), style="dim"),
        )
    console.print(table)
    if more:
        console.print(Text("there are older ones: use --limit", style="dim"))


def _remark(job: Job) -> str:
    if job.state == "running":
        return "is being cancelled" if job.cancel_requested else f"{share_done(job):.0%}"
    if job.state in {"failed", "retrying"} and job.error is not None:
        return job.error.type
    if job.state == "degraded" and job.result is not None:
        count = len(job.result.degraded)
        return f"{count} thing{'s' * (count != 1)} less than asked for"
    return ""


def print_job(job: Job, console: Console) -> None:
    """Print all that is known of a job."""
    print_ended(job, console) if job.state in ENDED else console.print(describe_job(job))
    console.print()
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _facts(job):
        table.add_row(name, value)
    console.print(table)
    if job.steps:
        console.print()
        for event in sorted(job.steps, key=lambda step: step.at_s):
            said = describe_event(as_event(event))
            console.print(f"{event.at_s:7.1f} s  {said}", soft_wrap=True)


def _facts(job: Job) -> list[tuple[str, str]]:
    found = [
        ("story", job.story_id),
        ("fingerprint", job.fingerprint),
        ("priority", job.priority),
        ("attempts", f"{job.attempt} of {job.max_attempts}"),
        ("submitted", _stamp(job.submitted_ms)),
        ("started", _stamp(job.started_ms)),
        ("ended", _stamp(job.finished_ms)),
        ("worker", job.owner),
    ]
    if job.state not in ENDED and job.error is not None:
        found.append(("last error", f"{job.error.type}: {job.error.message}"))
    if job.result is not None:
        facts = job.result.facts
        found.append(("folder", str(facts.get("folder") or job.result.pointer)))
        if facts.get("video"):
            found.append(("video", str(facts["video"])))
    if job.options:
        pairs = (pair.removeprefix("settings.") for pair in _pairs(job.options))
        found.append(("options", ", ".join(pairs)))
    return [(name, value) for name, value in found if value]


def _pairs(tree: Mapping[str, JsonValue], above: str = "") -> Iterator[str]:
    """Yield the values of ``tree`` as ``--set`` takes them, such as ``video.fps=24``."""
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from _pairs(value, f"{above}{name}.")
        elif isinstance(value, list):
            yield f"{above}{name}={','.join(map(str, value))}"
        else:
            yield f"{above}{name}={value}"


def share_done(job: Job) -> float:
    """Return the share of a running job's work that is done, 0 to 1."""
    tracker = Tracker()
    for step in sorted(job.steps, key=lambda step: step.at_s):
        tracker.update(as_event(step))
    return tracker.fraction()


def took_s(job: Job) -> float | None:
    """Return how long the last attempt took, or takes so far, seconds."""
    if job.started_ms is None or job.state in {"queued", "retrying"}:
        return None
    end_ms = job.finished_ms or time.time_ns() // 1_000_000
    return max(0.0, (end_ms - job.started_ms) / 1000)


def as_event(step: Step) -> ProgressEvent:
    """Return a kept step as the event that it was."""
    return ProgressEvent(
        step.stage, step.state, step.at_s, step.scene_id, step.done, step.total, step.detail
    )


def _time(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000).astimezone()


def _stamp(ms: int | None) -> str:
    return "" if ms is None else f"{_time(ms):%Y-%m-%d %H:%M:%S}"


def _print_note(label: str, line: str, console: Console, *, style: str) -> None:
    row = Table.grid(padding=(0, 1))
    row.add_row("  ", Text(f"{label}:", style=style), Text(line))
    console.print(row)
