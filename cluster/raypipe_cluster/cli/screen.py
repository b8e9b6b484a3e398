"""Consoles: what is shown on a terminal, and how it reads when it is a file or a pipe."""

from __future__ import annotations

import shutil

from rich.console import Console

MAX_WIDTH = 110
"""Columns; longer lines are hard to follow."""
PLAIN_WIDTH = 100
"""Columns where there is no terminal to ask."""


def open_stdout() -> Console:
    """Open a console for results."""
    return _open(stderr=False)


def open_stderr() -> Console:
    """Open a console for progress and summaries."""
    return _open(stderr=True)


def can_redraw(console: Console) -> bool:
    """Tell whether what stands on the screen can be drawn anew: on a terminal that is not dumb."""
    return console.is_terminal and not console.is_dumb_terminal


def _open(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False, soft_wrap=False, emoji=False, markup=False)
    width = shutil.get_terminal_size((PLAIN_WIDTH, 24)).columns if console.is_terminal else None
    console.width = min(width or PLAIN_WIDTH, MAX_WIDTH)
    return console


def as_clock(seconds: float) -> str:
    """Format seconds as minutes and seconds, ``1:05``."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return f"{minutes}:{rest:02d}"


def as_age(seconds: float) -> str:
    """Format how long something has lasted with one or two units, ``3 min`` or ``2 h 5 min``."""
    whole = max(0, round(seconds))
    minutes, hours, days = whole // 60, whole // 3600, whole // 86_400
    if days:
        return f"{days} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min" if minutes else f"{whole} s"


def as_size(byte_count: float) -> str:
    """Format a size in bytes with three figures and a decimal unit."""
    size = float(byte_count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:  # noqa: PLR2004 (decimal units)
            return f"{size:.0f} B" if unit == "B" else f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} TB"
