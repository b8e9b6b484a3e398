"""JSON as its standard has it, with the place of every mistake.

Python's reader takes NaN, numbers that overflow to infinity and repeated keys without a word
(RFC 8259 sections 4 and 6 leave the last two open); here they are errors with a field path.
"""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from raypipe.errors import StoryError
from raypipe.story.cleaning import find_forbidden
from raypipe.story.quoting import shorten, show

MAX_ENTRIES = 1_000
"""Entries of one list or object; the largest that any field can use is 60."""
MAX_DEPTH = 20


class _Object(dict[str, Any]):
    """A JSON object that remembers which of its keys came more than once."""

    repeated: str | None = None


def parse_json(text: str, *, name: str) -> Any:
    """Return the value written in ``text``.

    Args:
        text: JSON.
        name: the file's name, for messages.

    Raises:
        StoryError: not JSON (with line and column), a repeated key, a number that is not finite,
            a character that text cannot have, or a structure larger than any story.
    """
    try:
        value = json.loads(text, object_pairs_hook=_collect)
    except json.JSONDecodeError as error:
        _explain(error, text, name)
    except RecursionError:
        raise StoryError(
            "the JSON is nested deeper than any story or plan",
            where=name,
            remedy=f"use at most {MAX_DEPTH} levels",
        ) from None
    except ValueError:  # CPython refuses to convert integers of more than 4,300 digits
        raise StoryError(
            "the JSON holds a number of thousands of digits",
            where=name,
            remedy="write seconds and seeds as plain numbers",
        ) from None
    _check(value, "", 0)
    return value


def _collect(pairs: list[tuple[str, Any]]) -> _Object:
    collected = _Object(pairs)
    if len(collected) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                collected.repeated = key
                break
            seen.add(key)
    return collected


def _explain(error: json.JSONDecodeError, text: str, name: str) -> NoReturn:
    where = f"{name}, line {error.lineno} column {error.colno}"
    arrived = text[error.pos : error.pos + 20].partition("\n")[0]
    ended = not text[error.pos :].strip()
    if ended or error.msg.startswith("Unterminated string"):
        raise StoryError(
            "the JSON ends before it is complete",
            where=where,
            remedy="the file seems truncated; save or copy it again",
        ) from None
    if error.msg == "Extra data":
        raise StoryError(
            f"expected the end of the file after the JSON, got {show(arrived)}",
            where=where,
            remedy="keep one story in a file",
        ) from None
    if error.msg.startswith("Invalid control character"):
        raise StoryError(
            f"a line break or control character stands inside a text, at {show(arrived)}",
            where=where,
            remedy=r"write a line break as \n",
        ) from None
    expected = {
        "Expecting value": "a value",
        "Expecting property name enclosed in double quotes": "a field name in double quotes",
        "Illegal trailing comma before end of object": "another field after the comma",
        "Illegal trailing comma before end of array": "another value after the comma",
        "Expecting ':' delimiter": "a colon",
        "Expecting ',' delimiter": "a comma",
    }.get(error.msg)
    problem = f"expected {expected}" if expected else "the JSON cannot be read"
    raise StoryError(
        f"{problem}, got {show(arrived)}", where=where, remedy="correct the JSON there"
    ) from None


def _check(value: Any, path: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise StoryError(
            f"nested more than {MAX_DEPTH} levels deep", where=_short(path), remedy="flatten it"
        )
    if isinstance(value, str):
        _check_text(value, path)
    elif isinstance(value, float) and not math.isfinite(value):
        raise StoryError(
            f"expected a finite number, got {'NaN' if math.isnan(value) else show(value)}",
            where=_short(path),
            remedy="give a number such as 60",
        )
    elif isinstance(value, (dict, list)):
        if len(value) > MAX_ENTRIES:
            raise StoryError(
                f"expected at most {MAX_ENTRIES:,} entries, got {len(value):,}",
                where=_short(path),
                remedy="shorten it",
            )
        if isinstance(value, _Object) and value.repeated is not None:
            raise StoryError(
                "the same field is given twice",
                where=_short(_join(path, value.repeated)),
                remedy="keep one of the two",
            )
        entries = value.items() if isinstance(value, dict) else enumerate(value)
        for key, entry in entries:
            if isinstance(key, str):
                _check_text(key, _join(path, "(a field's name)"))
            _check(entry, _join(path, key), depth + 1)


def _check_text(text: str, path: str) -> None:
    found = find_forbidden(text)
    if found:
        raise StoryError(
            f"{found[1]} stands at character {found[0] + 1:,}",
            where=_short(path),
            remedy="remove it; stories hold written text only",
        )


def _join(path: str, key: str | int) -> str:
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key


def _short(path: str) -> str:
    return shorten(path) or "the file"
