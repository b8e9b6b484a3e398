"""Every change of a job, as data: what it requires, what it sets, where it leads.

A store does not know what a heartbeat or a commit is. It reads the job, asks `verdict` whether the
change is allowed, and writes what the change names, all in one transaction. So both stores follow
the same rules; the one in Lua repeats only `verdict`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from raypipe.errors import RaypipeError
from raypipe_cluster.jobs.errors import CancelRequestedError, JobStateError, StaleClaimError
from raypipe_cluster.jobs.model import Job, JobError, JobResult, Parcel, Step
from raypipe_cluster.jobs.rules import (
    AGAIN,
    MAX_INTERRUPTIONS,
    RUNNING,
    WAITING,
    State,
    backoff_ms,
)

FieldValue = str | int | None
Verdict = Literal["apply", "repeated", "stale", "cancelled", "superseded"]

QUARANTINED = "PoisonJobError"
"""The error type of a job whose workers died with every attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of one job.

    Attributes:
        verb: what it is called in messages and at fault points.
        job_id: the job, and
        epoch: the claim under which it is made.
        since: the states it may start from.
        to: the state it leads to; None leaves it.
        fields: columns to set.
        stamps: columns to set to so many milliseconds after the store's own now.
        steps: progress to merge.
        parcels: rows for the outbox.
        unless_cancelled: refuse if somebody asked to cancel the job.
        if_expired: refuse if the lease has not run out.
        if_newest: refuse if the story has a newer job.
    """

    verb: str
    job_id: str
    epoch: int
    since: frozenset[State]
    to: State | None = None
    fields: Mapping[str, FieldValue] = field(default_factory=dict)
    stamps: Mapping[str, int] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    parcels: tuple[Parcel, ...] = ()
    unless_cancelled: bool = False
    if_expired: bool = False
    if_newest: bool = False

    @property
    def mark(self) -> str:
        """What the job remembers of a change of state, so that a repeat of it is known.

        A caller that lost the answer asks again; equal verb, epoch and fields are the same change.
        """
        if self.to is None:
            return ""
        text = json.dumps([self.verb, self.epoch, dict(self.fields)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Found:
    """What a store holds of a job, as far as `refusal` needs it."""

    state: State
    epoch: int
    mark: str
    cancel_requested: bool
    lease_until_ms: int | None
    newest: bool


def verdict(change: Change, found: Found, now_ms: int) -> Verdict:
    """Decide whether ``change`` may be applied to what was ``found`` at ``now_ms``."""
    if change.mark and found.mark == change.mark:
        return "repeated"
    if found.epoch != change.epoch or found.state not in change.since:
        return "stale"
    if change.if_expired and (found.lease_until_ms or 0) > now_ms:
        return "stale"
    if change.if_newest and not found.newest:
        return "superseded"
    if change.unless_cancelled and found.cancel_requested:
        return "cancelled"
    return "apply"


def refusal(change: Change, said: Verdict, found: Found) -> RaypipeError:
    """Return the error for a change that was not applied."""
    if said == "cancelled":
        return CancelRequestedError(
            f"expected a job that nobody asked to cancel for {change.verb}",
            remedy="stop this work",
            where=change.job_id,
        )
    if said == "superseded":
        return JobStateError(
            f"expected the newest job of its story for {change.verb}, got one that was replaced",
            remedy="submit the story again with --replace",
            where=change.job_id,
        )
    return StaleClaimError(
        f"expected epoch {change.epoch} and state {' or '.join(sorted(change.since))} "
        f"for {change.verb}, found epoch {found.epoch} and state {found.state}",
        remedy="stop this work: its claim is over",
        where=change.job_id,
    )


_LET_GO: Mapping[str, FieldValue] = {"owner": "", "lease_until_ms": None}


def heartbeat(job: Job, *, lease_ms: int) -> Change:
    """Renew the lease for ``lease_ms`` from now."""
    return replace(_held(job, "heartbeat"), stamps={"lease_until_ms": lease_ms})


def progress(job: Job, steps: Sequence[Step]) -> Change:
    """Note what the job's stages have done."""
    return replace(_held(job, "progress"), stamps={"progress_ms": 0}, steps=tuple(steps))


def commit(job: Job, result: JobResult, parcels: Sequence[Parcel] = ()) -> Change:
    """Make ``result`` the one that readers follow, and post ``parcels`` with it."""
    return replace(
        _held(job, "commit"),
        to="degraded" if result.degraded else "succeeded",
        fields={**_LET_GO, "result": result.model_dump_json(), "error": None},
        stamps={"finished_ms": 0},
        parcels=tuple(parcels),
        unless_cancelled=True,
    )


def fail(job: Job, error: JobError, *, chance: float) -> Change:
    """End the attempt: try again later if that may help and attempts are left, else fail."""
    ended = replace(
        _held(job, "fail"),
        fields={**_LET_GO, "error": error.model_dump_json()},
        unless_cancelled=True,
    )
    if error.retryable and job.attempt < job.max_attempts:
        return replace(ended, to="retrying", stamps={"due_ms": backoff_ms(job.attempt, chance)})
    return replace(ended, to="failed", stamps={"finished_ms": 0})


def release(job: Job) -> Change:
    """Give the job back unharmed, as if this claim had not been made."""
    return replace(
        _held(job, "release"),
        to="queued",
        fields={**_LET_GO, "attempt": job.attempt - 1},
        stamps={"due_ms": 0},
        unless_cancelled=True,
    )


def confirm_cancel(job: Job) -> Change:
    """End the job because somebody asked for that."""
    return replace(
        _held(job, "confirm_cancel"), to="cancelled", fields=_LET_GO, stamps={"finished_ms": 0}
    )


def expire(job: Job) -> Change:
    """Take the job from a holder whose lease ran out."""
    return _taken(
        replace(_held(job, "expire"), fields=_LET_GO, if_expired=True), job, "sent no heartbeat"
    )


def lose(job: Job) -> Change:
    """Take the job from a holder that was seen to die; its lease need not run out first."""
    return _taken(replace(_held(job, "lose"), fields=_LET_GO), job, "died")


def interrupt(job: Job) -> Change:
    """Take the job from a holder that died with whoever started it, through no fault of the job.

    The attempt is not counted. A job after `MAX_INTERRUPTIONS` claims may well be what kills, and
    its attempts are counted again.
    """
    if job.cancel_requested or job.epoch >= MAX_INTERRUPTIONS:
        return lose(job)
    return replace(
        _held(job, "interrupt"),
        to="queued",
        fields={**_LET_GO, "attempt": job.attempt - 1},
        stamps={"due_ms": 0},
        unless_cancelled=True,
    )


def _taken(expired: Change, job: Job, how: str) -> Change:
    """Return what becomes of a job whose holder is gone.

    An attempt was counted at the claim, so a job that kills its workers comes to an end here.
    """
    if job.cancel_requested:
        return replace(expired, to="cancelled", stamps={"finished_ms": 0})
    expired = replace(expired, unless_cancelled=True)
    lost = f"{job.owner or 'its worker'} {how} in attempt {job.attempt}"
    if job.attempt < job.max_attempts:
        error = JobError(type="WorkerLostError", message=lost, retryable=True)
        return replace(
            expired,
            to="retrying",
            fields={**_LET_GO, "error": error.model_dump_json()},
            stamps={"due_ms": 0},
        )
    poison = JobError(
        type=QUARANTINED,
        message=f"the last of {job.attempt} attempts ended without a word: {lost}",
        remedy=f"find out what kills its workers, then: raypipe jobs retry {job.job_id}",
    )
    return replace(
        expired,
        to="failed",
        fields={**_LET_GO, "error": poison.model_dump_json()},
        stamps={"finished_ms": 0},
    )


def cancel(job: Job) -> Change:
    """Cancel a waiting job at once; ask the holder of a running one to stop."""
    if job.state not in WAITING:
        return replace(_held(job, "cancel"), fields={"cancel_requested": 1})
    return replace(_held(job, "cancel"), since=WAITING, to="cancelled", stamps={"finished_ms": 0})


def retry(job: Job) -> Change:
    """Queue an ended job again, with all its attempts."""
    return replace(
        _held(job, "retry"),
        since=AGAIN,
        to="queued",
        fields={"attempt": 0, "error": None, "finished_ms": None, "cancel_requested": 0},
        stamps={"due_ms": 0},
        if_newest=True,
    )


def _held(job: Job, verb: str) -> Change:
    """Return what all changes under a claim have in common."""
    return Change(verb=verb, job_id=job.job_id, epoch=job.epoch, since=RUNNING)
