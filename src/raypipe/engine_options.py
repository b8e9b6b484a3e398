"""Reading the options in an engine's name, and telling what is wrong with one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final, TypeVar

from raypipe.engine_name import Pairs
from raypipe.errors import SettingsError
from raypipe.settings import nearest_key

Options = TypeVar("Options")
Readers = Mapping[str, Callable[[str], Any]]

_FLAGS: Final[Mapping[str, bool]] = {
    "1": True, "true": True, "yes": True, "on": True,
    "0": False, "false": False, "no": False, "off": False,
}  # fmt: skip


def read_options(
    pairs: Pairs, kind: type[Options], *, engine: str, one: Readers, many: Readers
) -> Options:
    """Return a dataclass ``kind`` with the values that an engine's name gives to its fields.

    Args:
        pairs: the options, as `raypipe.engine_name.split_options` gives them.
        kind: the dataclass; each field is an option.
        engine: kind of engine, for messages.
        one: how the text of an option is read, where it is no text; the first of several wins.
        many: the same for options that may stand several times, which become tuples.

    Raises:
        SettingsError: an option is unknown, unreadable or out of its range.
    """
    values: dict[str, Any] = {}
    known = tuple(field.name for field in fields(kind))  # type: ignore[arg-type]
    for key, text in pairs:
        if key not in known:
            raise SettingsError(
                f"unknown option {key!r} of a {engine} engine", remedy=nearest_key(key, known)
            )
        if key in many:
            values[key] = (*values.get(key, ()), _read(key, text, many[key]))
        elif key not in values:
            values[key] = _read(key, text, one.get(key, str))
    return kind(**values)


def read_path(text: str) -> Path:
    """Read a path, in which ``~`` is the user's home."""
    return Path(text).expanduser()


def read_flag(text: str) -> bool:
    """Read yes or no, in any of the usual words."""
    if text.lower() not in _FLAGS:
        raise ValueError("true or false")
    return _FLAGS[text.lower()]


def check_choice(key: str, value: str, known: tuple[str, ...]) -> None:
    """Raise `SettingsError` if ``value`` is not one of ``known``."""
    if value not in known:
        raise SettingsError(
            f"expected one of {', '.join(known)}, got {value!r}",
            remedy=nearest_key(value, known),
            where=key,
        )


def check_range(
    key: str, value: float | None, least: float, most: float, hints: Mapping[str, str]
) -> None:
    """Raise `SettingsError` if a value is not in [least, most]; ``hints`` are remedies by key."""
    if value is None or least <= value <= most:
        return
    raise SettingsError(
        f"expected {key} from {least:g} to {most:g}, got {value:g}",
        remedy=hints.get(key, ""),
        where=key,
    )


def _read(key: str, text: str, read: Callable[[str], Any]) -> Any:
    try:
        return read(text)
    except ValueError as error:
        wanted = {int: "a whole number", float: "a number"}.get(read, str(error))  # type: ignore[call-overload]
        raise SettingsError(f"expected {wanted}, got {text!r}", where=key) from None
