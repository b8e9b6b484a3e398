"""A choice made among parts that this machine may or may not have, with its reasons."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen, why, and what was passed over.

    ``rejected`` holds (name, one sentence why not), best first.
    """

    name: str
    reason: str
    rejected: tuple[tuple[str, str], ...] = ()
