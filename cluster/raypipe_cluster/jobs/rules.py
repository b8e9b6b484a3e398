"""What holds for jobs in every store, as pure functions: states, order, waiting, sameness."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Final, Literal

from pydantic import JsonValue

State = Literal["queued", "running", "retrying", "succeeded", "degraded", "failed", "cancelled"]
Priority = Literal["high", "normal", "low"]

PRIORITIES: Final[tuple[Priority, ...]] = ("high", "normal", "low")
WAITING: Final[frozenset[State]] = frozenset({"queued", "retrying"})
RUNNING: Final[frozenset[State]] = frozenset({"running"})
ENDED: Final[frozenset[State]] = frozenset({"succeeded", "degraded", "failed", "cancelled"})
AGAIN: Final[frozenset[State]] = frozenset({"failed", "cancelled", "degraded"})
"""Ended jobs that a person may ask for again."""

TRANSITIONS: Final[Mapping[State, frozenset[State]]] = {
    "queued": frozenset({"running", "cancelled"}),
    "retrying": frozenset({"running", "cancelled"}),
    "running": frozenset(
        {"queued", "retrying", "succeeded", "degraded", "failed", "cancelled"},
    ),
    "succeeded": frozenset(),
    "degraded": frozenset({"queued"}),
    "failed": frozenset({"queued"}),
    "cancelled": frozenset({"queued"}),
}
"""Where each state may lead. `running` goes back to `queued` when its worker gives it back."""

MAX_ATTEMPTS: Final = 4
"""The first attempt and three more."""
MAX_INTERRUPTIONS: Final = 20
"""Claims after which a job is counted for what died beside it, too."""
_STORY_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
"""As `raypipe.story.model.StoryId`."""
LEASE_MS: Final = 30_000
"""How long a claim holds without a heartbeat, which comes every third of it."""
AGEING_MS: Final = 300_000
"""A waiting job overtakes a newer one of the next higher priority once it is so much older."""
FIRST_BACKOFF_MS: Final = 1000
LONGEST_BACKOFF_MS: Final = 60_000


def rank_ms(priority: Priority, submitted_ms: int) -> int:
    """Return the place in the queue, the smallest first.

    A lower priority counts as a later submission, by `AGEING_MS` a level. So the order of two jobs
    never changes and an index can keep it, and no job waits for more than those submitted within
    two levels after it.
    """
    return submitted_ms + PRIORITIES.index(priority) * AGEING_MS


def backoff_ms(attempt: int, chance: float) -> int:
    """Return how long to wait after failed ``attempt`` (from 1): 1, 2, 4 ... s, +-25 %.

    Args:
        attempt: the attempt that failed, from 1.
        chance: from 0 to 1, drawn by the caller, so that jobs that failed together part.
    """
    step = min(FIRST_BACKOFF_MS << min(attempt - 1, 20), LONGEST_BACKOFF_MS)
    return round(step * (0.75 + 0.5 * chance))


def fingerprint_of(document: Mapping[str, JsonValue], options: Mapping[str, JsonValue]) -> str:
    """Return 64 hexadecimal digits, equal for what makes the same video.

    The order of keys does not matter. Priority and attempts are not part of it.
    """
    text = json.dumps([document, options], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def job_id_of(story_id: str, seq: int) -> str:
    """Return the id of the store's job number ``seq``: ``story_12345.17``.

    A story id has no point, so neither can be taken for the other; a number is never used again.
    """
    return f"{story_id}.{seq}"


def is_story_id(text: str) -> bool:
    """Return whether a story may have this id."""
    return _STORY_ID.fullmatch(text) is not None


def split_job_id(job_id: str) -> tuple[str, int] | None:
    """Return story id and number of a job id, or None if it is not one."""
    story_id, point, digits = job_id.rpartition(".")
    if not point or not is_story_id(story_id) or not digits.isascii() or not digits.isdigit():
        return None
    if digits.startswith("0") or len(digits) > 15:  # noqa: PLR2004 - below 2**53, exact everywhere
        return None
    return story_id, int(digits)
