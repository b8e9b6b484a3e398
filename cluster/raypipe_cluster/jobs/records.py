"""Jobs as flat records: what a row of SQLite and a hash of Redis both hold."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import ValidationError

from raypipe_cluster.jobs.errors import JobStoreError
from raypipe_cluster.jobs.model import Job, Step, Submission
from raypipe_cluster.jobs.rules import job_id_of, rank_ms

SCHEMA: Final = 1
"""Raised with every change that older code cannot read."""

INTEGERS: Final = (
    "seq",
    "attempt",
    "max_attempts",
    "epoch",
    "version",
    "lease_until_ms",
    "submitted_ms",
    "due_ms",
    "started_ms",
    "finished_ms",
    "progress_ms",
    "changed_ms",
    "rank_ms",
    "cancel_requested",
    "newest",
)
TEXTS: Final = ("story_id", "fingerprint", "priority", "state", "owner", "mark")
DOCUMENTS: Final = ("options", "error", "result")
"""Columns that hold JSON."""

COLUMNS: Final = INTEGERS + TEXTS + DOCUMENTS
_HIDDEN: Final = frozenset({"seq", "rank_ms", "newest", "mark"})
"""What only the stores use."""

Record = Mapping[str, str | int | None]


def new_record(submission: Submission, now_ms: int) -> dict[str, str | int | None]:
    """Return the record of a fresh job, without its number and version."""
    return {
        "attempt": 0,
        "max_attempts": submission.max_attempts,
        "epoch": 0,
        "lease_until_ms": None,
        "submitted_ms": now_ms,
        "due_ms": now_ms,
        "started_ms": None,
        "finished_ms": None,
        "progress_ms": None,
        "changed_ms": now_ms,
        "rank_ms": rank_ms(submission.priority, now_ms),
        "cancel_requested": 0,
        "newest": 1,
        "story_id": submission.story_id,
        "fingerprint": submission.fingerprint,
        "priority": submission.priority,
        "state": "queued",
        "owner": "",
        "mark": "",
        "options": json.dumps(submission.options),
        "error": None,
        "result": None,
    }


def job_of(record: Record, steps: Iterable[Any], *, where: str) -> Job:
    """Return the job of a record.

    Args:
        record: all of `COLUMNS`.
        steps: the steps, as objects of JSON.
        where: the store, for the message.

    Raises:
        JobStoreError: the record is not one of ours.
    """
    try:
        fields: dict[str, Any] = {
            name: value for name, value in record.items() if name not in _HIDDEN
        }
        for name in DOCUMENTS:
            fields[name] = None if record[name] is None else json.loads(str(record[name]))
        fields["job_id"] = job_id_of(str(record["story_id"]), int(record["seq"] or 0))
        fields["steps"] = tuple(Step.model_validate(step) for step in steps)
        return Job.model_validate(fields)
    except (ValidationError, ValueError, KeyError, TypeError) as error:
        raise JobStoreError(
            f"expected the record of a job, found one that cannot be read ({error})",
            remedy="restore the store from a copy",
            where=where,
        ) from error
