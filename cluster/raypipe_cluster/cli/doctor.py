"""``raypipe doctor``."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from raypipe_cluster.cli.options import (
    address_option,
    debug_option,
    examples,
    json_option,
    load,
    setting_options,
)

if TYPE_CHECKING:
    from rich.console import Console

    from raypipe_cluster.doctor import Finding

_STYLES = {"ok": "green", "note": "dim", "warning": "yellow", "missing": "red"}


@click.command(
    short_help="Tell what this machine has, what would be used, and why.",
    epilog=examples(
        "raypipe doctor",
        "raypipe doctor --images diffusers:/models/sd15 --json",
    ),
)
@setting_options("--out", "--images", "--speech", "--encoder")
@address_option("that of 'raypipe up'")
@json_option
@debug_option
def doctor(*, address: str | None, as_json: bool, **values: Any) -> int:
    """Tell what this machine has and what would be used, and why.

    Encoders are tried by encoding, engines are asked, fonts are searched. The exit code is 0 if a
    story can be rendered here, else 1.
    """
    from raypipe_cluster.doctor import Diagnosis, examine

    loaded = load(values)
    findings = []
    topic = ""
    console = _open_console(as_json=as_json)
    for finding in examine(loaded.settings, address=address or loaded.address):
        findings.append(finding)
        if console is not None:
            _print_finding(finding, console, heading=finding.topic != topic)
            topic = finding.topic
    diagnosis = Diagnosis(tuple(findings))
    if console is None:
        facts = {"can_render": diagnosis.can_render, "findings": [asdict(f) for f in findings]}
        click.echo(json.dumps(facts, ensure_ascii=False))
    elif diagnosis.can_render:
        console.print("\nThis machine can render stories.", style="bold green")
    else:
        console.print("\nThis machine cannot render yet: see what is missing.", style="bold red")
    return 0 if diagnosis.can_render else 1


def _open_console(*, as_json: bool) -> Console | None:
    if as_json:
        return None
    from raypipe_cluster.cli.screen import open_stdout

    return open_stdout()


def _print_finding(finding: Finding, console: Console, *, heading: bool) -> None:
    from rich.table import Table
    from rich.text import Text

    if heading:
        console.print(Text(finding.topic, style="bold"))
    style = _STYLES[finding.verdict]
    told = Text(finding.value, style="bold")
    for line, line_style in ((finding.why, "dim"), (f"→ {finding.remedy}", style)):
        if line.strip("→ "):
            told.append(f"\n{line}", style=f"not bold {line_style}")
    row = Table.grid(padding=(0, 1))
    row.add_column(width=10)
    row.add_column(width=14)
    row.add_column(overflow="fold")
    row.add_row(Text(f"  {finding.verdict}", style=style), finding.name, told)
    console.print(row)
