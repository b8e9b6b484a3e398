"""Options that several commands share, and how they become settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from raypipe.settings import LoadedSettings
    from raypipe_cluster.overrides import Overrides

Command = TypeVar("Command", bound=Callable[..., Any])
T = TypeVar("T")

FLAG_KEYS: dict[str, str] = {
    "--out": "storage.output_dir",
    "--aspect": "video.aspect_ratio",
    "--duration": "video.target_duration",
    "--language": "video.language",
    "--fps": "video.fps",
    "--quality": "video.quality",
    "--encoder": "video.encoder",
    "--captions": "video.captions",
    "--images": "images.engine",
    "--style": "images.style",
    "--speech": "tts.engine",
    "--voice": "tts.voice",
    "--music": "music.default",
}
"""Flag -> the setting that it gives."""

_METAVARS = {
    "--out": ("DIR", "Folder of finished videos  [videos]"),
    "--aspect": ("RATIO", "9:16, 1:1, 16:9 or 4:5{}  [the story's, else 9:16]"),
    "--duration": ("SECONDS", "Length to aim at, 5 to 600  [the story's, else 60]"),
    "--language": ("TAG", "Its language, such as en or pt-BR  [the story's, else by its text]"),
    "--fps": ("FPS", "Frames a second, 24 or 30  [30]"),
    "--quality": ("LEVEL", "draft, standard or high  [standard]"),
    "--encoder": ("NAME", "auto, or one such as libx264  [auto]"),
    "--images": ("ENGINE", "auto, storybook, card, diffusers:<hub id or folder>  [auto]"),
    "--style": ("WORDS", "Words added to every image prompt"),
    "--speech": (
        "ENGINE",
        "auto, piper:<voice>, espeak:<language>, silence, coqui:<name or folder>  [auto]",
    ),
    "--voice": ("VOICE", "A voice of that engine"),
    "--music": ("MUSIC", "ambient, none, or a sound file  [the story's, else ambient]"),
}


def setting_options(
    *flags: str, repeated: frozenset[str] = frozenset()
) -> Callable[[Command], Command]:
    """Add these flags of `FLAG_KEYS` and the two that every setting can be given by.

    Those ``repeated`` may be given several times, for a list.
    Values stay text here: the settings check them, with one message for flag, variable and file.
    """

    def decorate(command: Command) -> Command:
        command = click.option(
            "--set",
            "assignments",
            metavar="KEY=VALUE",
            multiple=True,
            help="Any other setting, such as video.max_bitrate=6000000; may be repeated.",
        )(command)
        command = click.option(
            "--config",
            "config_file",
            metavar="FILE",
            type=click.Path(path_type=Path),
            help="Settings file  [./raypipe.yaml, ~/.config/raypipe/config.yaml]",
        )(command)
        for flag in reversed(flags):
            if flag == "--captions":
                command = click.option(
                    "--captions/--no-captions",
                    _parameter(flag),
                    default=None,
                    help="Draw captions into the picture  [yes]",
                )(command)
                continue
            metavar, text = _METAVARS[flag]
            several = flag in repeated
            command = click.option(
                flag,
                _parameter(flag),
                metavar=metavar,
                multiple=several,
                help=text.format("; may be repeated" if several else ""),
            )(command)
        return command

    return decorate


def _parameter(flag: str) -> str:
    """Name the Python parameter of a flag: a dotted key is no identifier."""
    return FLAG_KEYS[flag].replace(".", "__")


def examples(*commands: str) -> str:
    """Return the end of a command's help: ``commands`` as they are typed, a line each."""
    # A line of one backspace keeps click from filling what follows it into a paragraph.
    return "\b\nExamples:\n" + "\n".join(f"  {command}" for command in commands)


def debug_option(command: Command) -> Command:
    """Add ``--debug``; the error boundary looks for it itself."""
    return click.option(
        "--debug", is_flag=True, expose_value=False, help="Show the traceback of an error."
    )(command)


def json_option(command: Command) -> Command:
    """Add ``--json``."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print one JSON object on stdout, for programs."
    )(command)


def fit_option(command: Command) -> Command:
    """Add ``--fit``."""
    return click.option(
        "--fit",
        type=click.Choice(["natural", "condense"]),
        default="natural",
        show_default=True,
        help="Too long for the time: let it run on, or drop the least important sentences.",
    )(command)


def quiet_option(command: Command) -> Command:
    """Add ``--quiet``."""
    return click.option("--quiet", "-q", is_flag=True, help="Show no progress.")(command)


def address_option(default: str) -> Callable[[Command], Command]:
    """Add ``--address``; ``default`` says what is used without it."""
    return click.option(
        "--address",
        metavar="A",
        help=f"Ray cluster to use: auto, or HOST:PORT of its head  [{default}]",
    )


RENDER_ADDRESS = "that of 'raypipe up', else one started for this run"
"""What `address_option` says where a story is made."""


def load(values: Mapping[str, Any]) -> LoadedSettings:
    """Load the settings from a command's parameters: section__name, assignments, config_file.

    Raises:
        SettingsError: a value that cannot be used, naming the flag it came by.
    """
    from raypipe.errors import SettingsError
    from raypipe.settings import KNOWN_KEYS, load_settings, nearest_key

    flags = {
        key.replace("__", "."): (",".join(value) or None) if isinstance(value, tuple) else value
        for key, value in values.items()
        if "__" in key
    }
    names = {key: flag for flag, key in FLAG_KEYS.items()}
    for assignment in values.get("assignments", ()):
        key, equals, value = assignment.partition("=")
        if not equals:
            raise SettingsError(
                f"expected KEY=VALUE, got {assignment!r}",
                remedy="write for example --set video.fps=24",
                where="--set",
            )
        if key not in KNOWN_KEYS:
            raise SettingsError(
                f"unknown setting {key!r}", remedy=nearest_key(key, KNOWN_KEYS), where="--set"
            )
        flags[key], names[key] = value, "--set"
    return load_settings(flags, file=values.get("config_file"), flag_names=names)


def story_overrides(loaded: LoadedSettings) -> Overrides:
    """Return what was asked for by flag, which goes before what a story says of itself."""
    from raypipe_cluster.overrides import Overrides

    settings = loaded.settings

    def given(key: str, value: T) -> T | None:
        return value if loaded.origins[key].kind == "flag" else None

    return Overrides(
        aspect_ratio=given("video.aspect_ratio", settings.video.aspect_ratio[0]),
        target_duration=given("video.target_duration", settings.video.target_duration),
        language=given("video.language", settings.video.language),
        style=given("images.style", settings.images.style),
        voice=given("tts.voice", settings.tts.voice),
        music=given("music.default", settings.music.default),
    )
