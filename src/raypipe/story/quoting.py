"""Values as they are shown in messages: short, on one line, nothing that a terminal obeys."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable

_MAX_SHOWN_CHARS = 60


def show(value: object) -> str:
    """Return ``value`` as JSON would write it, at most about 60 characters, printable.

    Lists and objects are shown by their size, for their content says little about an error.
    """
    if isinstance(value, dict):
        return f"an object with {len(value)} field{'s' * (len(value) != 1)}"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}"
    if isinstance(value, str):
        return _shorten_text(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**20:
        return f"an integer of about {value.bit_length() * 3 // 10} digits"
    try:
        return json.dumps(value)
    except (TypeError, ValueError):
        return type(value).__name__


def nearest(wanted: str, known: Iterable[str]) -> str | None:
    """Return the one of ``known`` that ``wanted`` was most likely meant to be, or None."""
    by_lower = {name.lower(): name for name in known}
    key = wanted[:80].lower().replace("-", "_").replace(" ", "_")
    found = difflib.get_close_matches(key, by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def shorten(text: str) -> str:
    """Return at most 60 characters of ``text``, those that cannot be printed written as codes."""
    cut = text if len(text) <= _MAX_SHOWN_CHARS else text[: _MAX_SHOWN_CHARS - 1] + "…"
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in cut)


def _shorten_text(value: str) -> str:
    length = f" ({len(value):,} characters)" if len(value) > _MAX_SHOWN_CHARS else ""
    return f'"{shorten(value)}"{length}'
