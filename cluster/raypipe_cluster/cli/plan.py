"""``raypipe plan``: what would be made of a story. Starts nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from raypipe_cluster.cli.options import (
    debug_option,
    examples,
    fit_option,
    json_option,
    load,
    setting_options,
    story_overrides,
)

if TYPE_CHECKING:
    from rich.console import Console

    from raypipe.speech.cast import VoiceCast
    from raypipe.story.layers import SceneText
    from raypipe.story.plan import ScenePlan, StoryPlan


_MANY_LINES = 20
"""Of a list under a plan as many are shown as fit a screen."""


@click.command(
    short_help="Cut a story into scenes with prompts and a script.",
    epilog=examples(
        "raypipe plan story.md",
        "raypipe plan story.json --duration 45 --json > plan.json",
    ),
)
@click.argument("story", type=click.Path(path_type=Path))
@setting_options("--aspect", "--duration", "--language", "--style", "--voice", "--music")
@fit_option
@json_option
@debug_option
def plan(story: Path, *, fit: Literal["natural", "condense"], as_json: bool, **values: Any) -> None:
    """Cut STORY into scenes with prompts and a script, and show them.

    The JSON is a plan: edit it and render it with 'raypipe render plan.json'.
    """
    from raypipe_cluster.app import plan_source

    loaded = load(values)
    source = plan_source(
        story, settings=loaded.settings, fit=fit, overrides=story_overrides(loaded)
    )
    if as_json:
        click.echo(source.model_dump_json(indent=2))
        return
    from raypipe_cluster.cli.screen import open_stdout

    print_plan(source, open_stdout(), cast=tuple(loaded.settings.tts.cast.items()))


def print_plan(
    plan: StoryPlan, console: Console, *, cast: tuple[tuple[str, str], ...] = ()
) -> None:
    """Print a plan for reading: the story's facts, then scene by scene, and who says what."""
    from rich.text import Text

    from raypipe.speech.cast import VoiceCast

    total_s = sum(scene.duration for scene in plan.scenes)
    facts = (
        plan.story_id,
        plan.genre,
        plan.language,
        plan.aspect_ratio,
        f"{len(plan.scenes)} scene{'s' * (len(plan.scenes) != 1)}",
        f"about {total_s:.0f} s of {plan.target_duration:.0f} s",
    )
    console.print(Text(plan.title, style="bold"))
    console.print(Text(" · ".join(fact for fact in facts if fact), style="dim"))
    starts = {part.scene_id: part.start_time for part in plan.audio_script.segments}
    at_s = 0.0
    for number, scene in enumerate(plan.scenes, start=1):
        _print_scene(
            scene,
            number=number,
            at_s=starts.get(scene.scene_id, at_s),
            last=number == len(plan.scenes),
            console=console,
        )
        _print_lines(plan, number - 1, VoiceCast(cast), console)
        at_s += scene.duration
    _print_list("Left out to fit the time:", plan.dropped_sentences, console)
    length = (plan.length_note,) if plan.length_note else ()
    _print_list("Notes:", (*plan.notes, *length), console)


def _print_scene(
    scene: ScenePlan, *, number: int, at_s: float, last: bool, console: Console
) -> None:
    from rich.padding import Padding
    from rich.text import Text

    from raypipe_cluster.cli.screen import as_clock

    times = f"{as_clock(at_s)} + {scene.duration:.1f} s"
    place = f"{scene.setting}, {scene.hour}, {scene.weather} · {scene.mood}"
    console.print()
    console.print(
        Text.assemble(
            (f"{number:2d}  ", "bold"),
            (times, "cyan"),
            f"  {place}",
            ("" if last else f"  → {_describe_transition(scene)}", "dim"),
        )
    )
    console.print(Padding(Text(" ".join(scene.text.split())), (0, 0, 0, 4)))
    people = ", ".join(
        f"{person.name} ({person.look or person.kind})" for person in scene.characters
    )
    lines = (
        ("prompt", scene.image_prompt),
        ("not", scene.negative_prompt),
        ("people", people),
        ("places", ", ".join(scene.locations)),
        ("action", ", ".join(scene.actions)),
        ("effects", ", ".join(scene.effects or ())),
        ("camera", scene.motion or ""),
        *(("text", _describe_text(text)) for text in scene.texts),
    )
    for label, content in lines:
        if content:
            line = Text.assemble((f"{label}: ", "magenta"), (content, "dim"))
            console.print(Padding(line, (0, 0, 0, 4)))


def _print_lines(plan: StoryPlan, index: int, cast: VoiceCast, console: Console) -> None:
    """Print what others than the narrator say in a scene, each with its voice."""
    from rich.padding import Padding
    from rich.text import Text

    from raypipe.speech.casting import scene_parts

    text = plan.audio_script.segments[index].text
    for part in scene_parts(plan, index, cast):
        if part.voice is not None:
            said = " ".join(text[part.start : part.end].split())
            head = (f"{part.who}, {part.voice}: ", "magenta")
            console.print(Padding(Text.assemble(head, (said, "dim")), (0, 0, 0, 4)))


def _describe_transition(scene: ScenePlan) -> str:
    if scene.transition in ("slide", "wipe"):
        return f"{scene.transition} {scene.transition_direction or ''}".rstrip()
    if scene.transition == "fade":
        return f"fade through {scene.transition_through or 'black'}"
    return scene.transition


def _describe_text(text: SceneText) -> str:
    until = "" if text.end is None else f" to {text.end:g} s"
    return f"{' '.join(text.content.split())} ({text.position}, from {text.start:g} s{until})"


def _print_list(heading: str, lines: tuple[str, ...], console: Console) -> None:
    if not lines:
        return
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    console.print(f"\n{heading}", style="yellow")
    rows = Table.grid(padding=(0, 1))
    for line in lines[:_MANY_LINES]:
        rows.add_row("-", Text(line))
    more = len(lines) - _MANY_LINES
    if more > 0:
        rows.add_row("", Text(f"and {more} more; --json lists all", style="dim"))
    console.print(Padding(rows, (0, 0, 0, 2)))
