"""``raypipe render`` and ``raypipe storyboard``: one story, now."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from raypipe_cluster.cli.options import (
    RENDER_ADDRESS,
    address_option,
    debug_option,
    examples,
    fit_option,
    json_option,
    load,
    quiet_option,
    setting_options,
    story_overrides,
)

if TYPE_CHECKING:
    from rich.console import Console

    from raypipe_cluster.outcome import RenderOutcome

EXIT_DEGRADED = 3


@click.command(
    short_help="Make a video of a story.",
    epilog=examples(
        "raypipe render story.json",
        "raypipe render story.md --aspect 1:1 --quality draft --music none",
        "raypipe render story.md --preview",
        "raypipe render story.md --aspect 9:16 --aspect 1:1 --aspect 16:9",
        "raypipe render story.txt --images diffusers:/models/sd15 --address auto --json",
    ),
)
@click.argument("story", type=click.Path(path_type=Path))
@setting_options(
    "--out",
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
    "--encoder",
    repeated=frozenset({"--aspect"}),
)
@fit_option
@address_option(RENDER_ADDRESS)
@click.option(
    "--preview", is_flag=True, help="A small draft of the whole, in a fraction of the time."
)
@click.option(
    "--live", is_flag=True, help="Let it be watched while it is rendered, with a player of HLS."
)
@click.option("--strict", is_flag=True, help="Exit with 3 if anything had to be degraded.")
@quiet_option
@json_option
@debug_option
def render(
    story: Path,
    *,
    fit: Literal["natural", "condense"],
    address: str | None,
    preview: bool,
    live: bool,
    strict: bool,
    quiet: bool,
    as_json: bool,
    **values: Any,
) -> int:
    """Make a video of STORY: a .json, .md or .txt story, or a plan.

    The folder DIR/<title>_<story_id>/ appears when everything is finished: the video, captions,
    thumbnails, metadata, storyboard and a report. Stdout gets the video's path.

    Several formats are cut from the same pictures and sound. The first stands in that folder, each
    further one beside it, such as DIR/<title>_<story_id>_1x1/; stdout gets a path for each.

    --preview makes DIR/<title>_<story_id>_preview.mp4 instead: a quarter of the size, without
    thumbnails and checks, as the .json beside it says. Its pictures, narration and sound are kept
    for the video. With --live,
    DIR/<title>_<story_id>.live/live.m3u8 plays what is finished while the rest is rendered.
    """
    from raypipe_cluster import app
    from raypipe_cluster.cli.display import open_display
    from raypipe_cluster.cli.screen import open_stderr

    if preview and live:
        raise click.UsageError("--preview is finished before it could be watched live: give one")
    loaded = load(values)
    console = open_stderr()
    began_s = time.monotonic()
    with open_display(console, title=story.name, quiet=quiet) as display:
        outcome = app.render(
            story,
            settings=loaded.settings,
            out_dir=loaded.settings.storage.output_dir,
            address=address or loaded.address,
            fit=fit,
            overrides=story_overrides(loaded),
            live=live,
            preview=preview,
            on_event=display.on_event,
        )
    took_s = time.monotonic() - began_s
    if not quiet:
        print_summary(outcome, took_s=took_s, console=console)
    print_degraded(outcome, console=console)
    if as_json:
        click.echo(json.dumps(_as_json(outcome, took_s), ensure_ascii=False))
    else:
        click.echo("\n".join(str(made.video) for made in outcome.formats))
    degraded = any(made.status == "degraded" for made in outcome.formats)
    return EXIT_DEGRADED if strict and degraded else 0


@click.command(
    short_help="Draw a story's pictures on one sheet, before rendering.",
    epilog=examples(
        "raypipe storyboard story.json",
        "raypipe storyboard plan.json --out sheet.jpg",
    ),
)
@click.argument("story", type=click.Path(path_type=Path))
@click.option(
    "--out",
    "out",
    metavar="FILE",
    default="storyboard.jpg",
    show_default=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The contact sheet, a JPEG file.",
)
@setting_options(
    *("--aspect", "--duration", "--language", "--images", "--style"),
    repeated=frozenset({"--aspect"}),
)
@address_option(RENDER_ADDRESS)
@quiet_option
@json_option
@debug_option
def storyboard(
    story: Path, *, out: Path, address: str | None, quiet: bool, as_json: bool, **values: Any
) -> None:
    """Draw the pictures of STORY and put them on one sheet, before rendering anything."""
    from raypipe_cluster import app
    from raypipe_cluster.cli.display import open_display
    from raypipe_cluster.cli.screen import open_stderr

    loaded = load(values)
    title = f"{story.name}: storyboard"
    with open_display(open_stderr(), title=title, quiet=quiet) as display:
        sheet = app.storyboard(
            story,
            settings=loaded.settings,
            out=out,
            address=address or loaded.address,
            overrides=story_overrides(loaded),
            on_event=display.on_event,
        )
    click.echo(json.dumps({"storyboard": str(sheet)}) if as_json else str(sheet))


def print_summary(outcome: RenderOutcome, *, took_s: float, console: Console) -> None:
    """Print what was made, in how long: a line for each format."""
    from rich.text import Text

    from raypipe_cluster.cli.screen import as_clock, as_size

    for made in outcome.formats:
        # The first format's time holds the pictures and the narration of all.
        seconds = made.seconds if outcome.further else took_s
        size = as_size(made.video.stat().st_size)
        cached = ", from the cache" if made.cached else ""
        facts = f"{made.duration_s:.1f} s, {size}, made in {as_clock(seconds)}{cached}"
        done = ("✓", "green") if made.status == "clean" else ("◆", "yellow")
        name = made.video.stem if made.preview else made.folder.name
        console.print(Text.assemble(done, "  ", (name, "bold"), f"  {facts}"))
    for line in dict.fromkeys(note for made in outcome.formats for note in made.notes):
        _print_mark("note", line, console, style="dim")


def print_degraded(outcome: RenderOutcome, *, console: Console) -> None:
    """Print what is less than was asked for; a reason that several scenes share stands once."""
    from rich.text import Text

    by_reason: dict[str, list[str]] = {}
    lines = tuple(dict.fromkeys(line for made in outcome.formats for line in made.degraded))
    for line in lines:
        what, _, reason = line.partition(": ")
        by_reason.setdefault(reason, []).append(what)
    for reason, parts in by_reason.items():
        _print_mark("degraded", f"{', '.join(parts)}: {reason}", console, style="yellow")
    missed = ("image", "speech", "assets.speech_present")
    if any(line.startswith(missed) for line in lines):
        remedy = "   'raypipe doctor' tells what is missing here and how to get it."
        console.print(Text(remedy, style="dim"))


def _print_mark(label: str, line: str, console: Console, *, style: str) -> None:
    from rich.table import Table
    from rich.text import Text

    row = Table.grid(padding=(0, 1))
    row.add_row("  ", Text(f"{label}:", style=style), Text(line))
    console.print(row)


def _as_json(outcome: RenderOutcome, took_s: float) -> dict[str, Any]:
    """Return the first format's facts, and in ``formats`` those of every one."""
    seconds = [made.seconds if outcome.further else took_s for made in outcome.formats]
    every = [_facts(made, took_s) for made, took_s in zip(outcome.formats, seconds, strict=True)]
    return {**every[0], "seconds": round(took_s, 3), "formats": every}


def _facts(outcome: RenderOutcome, took_s: float) -> dict[str, Any]:
    return {
        "aspect_ratio": outcome.aspect_ratio,
        "status": outcome.status,
        "video": str(outcome.video),
        "folder": str(outcome.folder),
        "duration_s": round(outcome.duration_s, 3),
        "size_bytes": outcome.video.stat().st_size,
        "seconds": round(took_s, 3),
        "cached": outcome.cached,
        "preview": outcome.preview,
        "degraded": list(outcome.degraded),
        "notes": list(outcome.notes),
        "stages": outcome.stages,
    }
