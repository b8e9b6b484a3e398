"""``raypipe up``, ``down`` and ``status``: a local cluster that stays warm."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import Any

import click

from raypipe_cluster.cli.options import (
    address_option,
    debug_option,
    examples,
    json_option,
    load,
    setting_options,
)


@click.command(
    short_help="Start a local cluster that stays warm.",
    epilog=examples(
        "raypipe up",
        "raypipe render story.json",
        "raypipe down",
    ),
)
@setting_options("--images", "--speech")
@address_option("a local one, started if it does not run")
@json_option
@debug_option
def up(*, address: str | None, as_json: bool, **values: Any) -> None:
    """Start a local Ray cluster with warm workers and leave it running.

    Renders find it and begin at once. With --address the pools are started on that cluster
    instead.
    """
    from raypipe_cluster import app
    from raypipe_cluster.cli.cluster_view import open_warming, print_cluster, print_next
    from raypipe_cluster.cli.screen import open_stderr, open_stdout

    loaded = load(values)
    chosen = address or loaded.address
    with open_warming(open_stderr()) as warming:
        cluster = app.up(settings=loaded.settings, address=chosen, on_step=warming.on_step)
    if as_json:
        click.echo(json.dumps(asdict(cluster)))
        return
    console = open_stdout()
    console.print()
    print_cluster(cluster, console, now_s=time.time())
    print_next(cluster, console, local=chosen is None)


@click.command(short_help="Stop the cluster that 'raypipe up' started.")
@json_option
@debug_option
def down(*, as_json: bool) -> None:
    """Stop the cluster that 'raypipe up' started, and nothing else."""
    from raypipe_cluster import app

    said = app.down()
    click.echo(json.dumps({"message": said}) if as_json else said)


@click.command(short_help="Show the cluster's nodes, pools, workers and queues.")
@address_option("that of 'raypipe up'")
@json_option
@debug_option
def status(*, address: str | None, as_json: bool) -> None:
    """Show the cluster's nodes, pools, workers and queues."""
    from raypipe_cluster import app

    found = app.status(address or load({}).address)
    if as_json:
        click.echo(json.dumps(asdict(found)))
        return
    from raypipe_cluster.cli.cluster_view import print_cluster
    from raypipe_cluster.cli.screen import open_stdout

    print_cluster(found, open_stdout(), now_s=time.time())
