"""What the holder of a claim writes; `JobStore` is a ledger itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from raypipe_cluster.jobs.model import Claim, Job, JobError, JobResult, Parcel, Step


class Ledger(Protocol):
    """The verbs of a worker; see `JobStore`.

    All raise `StaleClaimError` where the claim is over. Each may be called again if it failed
    otherwise: what was done already is known by its mark.
    """

    def heartbeat(self, claim: Claim) -> Job:
        """Renew the lease; the job returned says whether somebody asked to cancel it."""
        ...

    def progress(self, claim: Claim, steps: Sequence[Step]) -> Job:
        """Note progress."""
        ...

    def commit(self, claim: Claim, result: JobResult, *, parcels: Sequence[Parcel] = ()) -> Job:
        """End the job with its result.

        Raises:
            CancelRequestedError: somebody asked to cancel it. So for the two that follow.
        """
        ...

    def fail(self, claim: Claim, error: JobError) -> Job:
        """End the attempt with an error."""
        ...

    def release(self, claim: Claim) -> Job:
        """Give the job back, its attempt not counted."""
        ...

    def confirm_cancel(self, claim: Claim) -> Job:
        """End the job as cancelled."""
        ...
