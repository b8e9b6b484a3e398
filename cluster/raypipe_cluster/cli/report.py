"""``raypipe report``: a day's jobs in figures."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import click

from raypipe_cluster.cli.jobs import client_options, open_client
from raypipe_cluster.cli.options import debug_option, examples, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console
    from rich.table import Table

    from raypipe_cluster.jobs.day import DaySummary, Spread


@click.command(
    short_help="Sum up a day: outcomes, times, errors, cache, cost.",
    epilog=examples(
        "raypipe report",
        "raypipe report --day 2026-11-24 --json",
    ),
)
@click.option(
    "--day",
    metavar="YYYY-MM-DD",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day, in this machine's time zone  [today]",
)
@client_options
@debug_option
def report(*, day: datetime | None, address: str | None, as_json: bool) -> None:
    """Sum up the jobs that ended in a day."""
    from raypipe_cluster.cli.screen import open_stdout

    chosen = day.date() if day is not None else datetime.now().astimezone().date()
    since_ms, until_ms = span_of(chosen, now_ms=time.time_ns() // 1_000_000)
    loaded = load({})
    with open_client(address or loaded.address, loaded) as client:
        summary = client.report(since_ms=since_ms, until_ms=until_ms)
    if as_json:
        click.echo(_as_json(chosen, summary))
        return
    print_summary(chosen, summary, open_stdout())


def span_of(day: date, *, now_ms: int) -> tuple[int, int]:
    """Return begin and end of ``day`` in this machine's time zone, milliseconds since 1970.

    A day that is not over ends now. One when clocks change has 23 or 25 hours.
    """
    begin = datetime(day.year, day.month, day.day).astimezone()
    next_day = day + timedelta(days=1)
    end = datetime(next_day.year, next_day.month, next_day.day).astimezone()
    since_ms = round(begin.timestamp() * 1000)
    return since_ms, max(since_ms + 1, min(round(end.timestamp() * 1000), now_ms))


def _as_json(day: date, summary: DaySummary) -> str:
    import json

    facts = {"day": day.isoformat(), **summary.model_dump(mode="json"), "ended": summary.ended}
    facts["cache_hit_rate"] = summary.cache_hit_rate
    for name, stage in summary.stages.items():
        facts["stages"][name]["success_rate"] = stage.success_rate
    return json.dumps(facts, ensure_ascii=False)


def print_summary(day: date, summary: DaySummary, console: Console) -> None:
    """Print the figures, the most important first."""
    from rich.text import Text

    console.print(
        Text(
            f"{day.isoformat()}: {summary.ended} job{'s' * (summary.ended != 1)} ended",
            style="bold",
        )
    )
    if not summary.ended:
        return
    table = _grid()
    for name, value in _lines(summary):
        table.add_row(name, value)
    console.print(table)
    if summary.stages:
        console.print()
        console.print(_stage_table(summary))
    if summary.errors:
        console.print()
        errors = _grid()
        for name, count in sorted(summary.errors.items(), key=lambda item: -item[1]):
            errors.add_row(name, f"{count} job{'s' * (count != 1)}")
        console.print(errors)


def _lines(summary: DaySummary) -> Iterator[tuple[str, str]]:
    outcomes = [f"{count} {state}" for state, count in summary.outcomes.items() if count]
    yield "outcomes", ", ".join(outcomes)
    yield "success", _percent(summary.success_rate)
    yield "jobs per hour", f"{summary.jobs_per_hour:.1f}, at most {max(summary.by_hour)}"
    yield "processing", _times(summary.processing)
    yield "waiting", _times(summary.waiting)
    yield "further attempts", str(summary.further_attempts)
    made = summary.cache_hits + summary.cache_misses
    yield "cache", f"{_percent(summary.cache_hit_rate)} of {made:,} products were at hand"
    calls = [f"{name} {count:,}" for name, count in summary.engine_calls.items()]
    yield "engine calls", ", ".join(calls) or "none"
    yield "cost", f"{summary.gpu_s:,.1f} GPU seconds, {summary.cloud_calls:,} paid calls"
    yield "video", f"{summary.video_s:,.0f} s"


def _stage_table(summary: DaySummary) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for name in ("stage", "made", "missed", "success", "mean of a job"):
        table.add_column(name, justify="left" if name == "stage" else "right")
    for name, stage in summary.stages.items():
        table.add_row(
            name,
            f"{stage.made:,}" if stage.made + stage.missed else "",
            f"{stage.missed:,}" if stage.made + stage.missed else "",
            _percent(stage.success_rate) if stage.made + stage.missed else "",
            f"{stage.mean_s:.1f} s" if stage.mean_s is not None else "",
        )
    return table


def _grid() -> Table:
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    return table


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _times(spread: Spread | None) -> str:
    if spread is None:
        return "-"
    return f"p50 {spread.p50_s:.1f} s, p95 {spread.p95_s:.1f} s, longest {spread.longest_s:.1f} s"
