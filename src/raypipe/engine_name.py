"""Engine names with options, such as ``diffusers:stabilityai/sd-turbo?steps=4&lora=ink:0.8``.

A name chooses an engine all the way from the settings to a worker on another machine, and is what
pools and cache keys know an engine by. So whatever makes it draw or speak differently is in it,
written like the query of a URL.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode

from raypipe.errors import SettingsError

Pairs = tuple[tuple[str, str], ...]
"""Options as (key, value); a key may stand several times."""


def split_options(name: str) -> tuple[str, Pairs]:
    """Return the name without its options, and these; a folder that exists is taken whole.

    Raises:
        SettingsError: what stands after the ``?`` is no list of options.
    """
    head, mark, query = name.partition("?")
    if not mark or Path(name.partition(":")[2] or name).expanduser().is_dir():
        return name, ()
    try:
        return head, tuple(parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)))
    except ValueError:
        raise SettingsError(
            f"expected options like ?steps=4&guidance=0 after the engine {head!r}, got {query!r}",
            remedy="write key=value, joined by &",
        ) from None


def join_options(name: str, options: Iterable[tuple[str, str]]) -> str:
    """Return the name with ``options`` after those that it has, which come first and so win."""
    query = urlencode(tuple(options), safe=":/,~", quote_via=quote)
    if not query:
        return name
    return f"{name}{'&' if split_options(name)[1] else '?'}{query}"
