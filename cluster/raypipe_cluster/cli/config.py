"""``raypipe config show``."""

from __future__ import annotations

import json
from typing import Any

import click

from raypipe_cluster.cli.options import debug_option, examples, json_option, load, setting_options


@click.group()
def config() -> None:
    """Look at the settings."""


@config.command(
    epilog=examples(
        "raypipe config show",
        "RAYPIPE_VIDEO_FPS=24 raypipe config show --json",
    ),
)
@setting_options()
@json_option
@debug_option
def show(*, as_json: bool, **values: Any) -> None:
    """Show every setting with its origin: flag, environment, file or default."""
    loaded = load(values)
    if as_json:
        settings = {
            key: {"value": value, "origin": origin.kind, "from": origin.name}
            for key, value, origin in loaded.items()
        }
        file = str(loaded.file) if loaded.file else None
        click.echo(
            json.dumps({"file": file, "settings": settings}, default=_plain, ensure_ascii=False)
        )
        return
    from rich.table import Table

    from raypipe_cluster.cli.screen import open_stdout

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("setting", "value", "origin"):
        table.add_column(heading, overflow="fold")
    for key, value, origin in loaded.items():
        style = "" if origin.kind == "default" else "cyan"
        table.add_row(key, _readable(value), str(origin), style=style)
    console = open_stdout()
    console.print(table)
    console.print(f"\nsettings file: {loaded.file or 'none'}", style="dim")
    console.print("variables: RAYPIPE_<SECTION>_<NAME>, such as RAYPIPE_VIDEO_FPS", style="dim")


def _plain(value: Any) -> Any:
    return str(value)


def _readable(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value) or "(none)"
    if isinstance(value, dict):
        return ", ".join(f"{name}={part}" for name, part in value.items()) or "(none)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "(none)" if value in (None, "") else str(value)
