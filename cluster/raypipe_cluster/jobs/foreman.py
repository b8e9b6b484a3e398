"""What keeps jobs going, one round after the other; knows nothing of Ray.

A round takes jobs back from workers that are gone, shows results that were committed, and claims
as many jobs as there are places for. Every round may be the first after a crash: what it needs to
know is in the store and on the disk.
"""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Protocol

from raypipe.errors import RaypipeError
from raypipe_cluster.jobs.backend import FaultHook, no_fault
from raypipe_cluster.jobs.errors import (
    StaleClaimError,
    StoreUnavailableError,
    UnknownJobError,
)
from raypipe_cluster.jobs.job_run import SHOW_TOPIC, End, StopReason
from raypipe_cluster.jobs.model import Claim, Job, JobResult, Parcel, PostedParcel
from raypipe_cluster.jobs.outputs import JobOutputs
from raypipe_cluster.jobs.store import JobStore

logger = logging.getLogger(__name__)

ROOM_BYTES: Final = 300_000_000
"""A 60 s video with its sheets, its segments in the cache, and a margin."""
_FULL_S: Final = 10.0
"""How long nothing is begun after a disk was found full in mid-job; doubles while it stays so."""
_LONGEST_FULL_S: Final = 120.0
_HOUSEKEEPING_S: Final = 60.0
_SHOW_AGAIN_S: Final = 10.0
_ORPHANS_S: Final = 7 * 86_400.0
_MOST_PARCELS: Final = 1000


@dataclass(frozen=True, slots=True)
class Ended:
    """A worker that has ended with its claim; ``end`` is None where it died instead."""

    claim: Claim
    end: End | None


class Crew(Protocol):
    """The workers: starts them, tells them to stop, and sees them end."""

    def places(self) -> int:
        """Return how many claims may be worked on at once."""
        ...

    def start(self, claim: Claim) -> None:
        """Have a worker begin with ``claim``; does not wait."""
        ...

    def working(self) -> Sequence[Claim]:
        """Return the claims that are worked on, or were given to a worker that has died."""
        ...

    def ended(self) -> Sequence[Ended]:
        """Return, once, the claims whose workers have ended since the last call."""
        ...

    def stop(self, claim: Claim, reason: StopReason) -> None:
        """Tell the worker of ``claim`` to stop; does not wait."""
        ...

    def kill(self, claim: Claim) -> None:
        """End the worker of ``claim`` and forget it."""
        ...


class Foreman:
    """Runs rounds over a store with a crew; all methods may be called from any thread.

    Args:
        store: the jobs.
        outputs: their folders.
        crew: who renders.
        owner: the name under which jobs are claimed.
        history_s: how long ended jobs are remembered.
        grace_s: how long a worker whose claim is over may take to end before it is killed.
        room_bytes: free space below which nothing is begun.
        on_taken: told of each job whose holder is gone, as it is then.
        fault: called at each point between changes.
        monotonic: seconds on a clock that is never set.
    """

    def __init__(
        self,
        store: JobStore,
        outputs: JobOutputs,
        crew: Crew,
        *,
        owner: str,
        history_s: float = 2_592_000.0,
        grace_s: float = 30.0,
        room_bytes: int = ROOM_BYTES,
        on_taken: Callable[[Job], object] | None = None,
        fault: FaultHook = no_fault,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._outputs = outputs
        self._crew = crew
        self._owner = owner
        self._history_s = history_s
        self._grace_s = grace_s
        self._room_bytes = room_bytes
        self._on_taken = on_taken or _tell_nobody
        self._fault = fault
        self._now = monotonic
        self._showing = threading.RLock()
        self._settling = threading.Condition()
        self._commits = 0
        self._house_s = float("-inf")
        self._reap_from_s = float("-inf")
        self._full_until_s = float("-inf")
        self._full_wait_s = _FULL_S
        self._over_since_s: dict[tuple[str, int], float] = {}
        self._show_again_s: dict[int, float] = {}
        self._handing_over = False

    # -- rounds --------------------------------------------------------------------------------

    def recover(self) -> tuple[Job, ...]:
        """Take back what an earlier life of this owner had claimed: its workers died with it."""
        taken = self._store.interrupt(self._owner)
        for job in taken:
            logger.info("job taken back", extra={"job_id": job.job_id, "state": job.state})
            self._on_taken(job)
        self._fault("foreman.recovered")
        return taken

    def round(self) -> int:
        """Make one round and return how many jobs it has begun.

        Raises:
            StorageError: the store cannot be used now; the next round goes on from there.
        """
        try:
            return self._round()
        except StoreUnavailableError:
            # Nobody could renew a lease meanwhile: holders get the time of one to do it.
            self._reap_from_s = self._now() + self._store.lease_ms / 1000
            raise

    def _round(self) -> int:
        self._take_back()
        self.show_results()
        if self._now() - self._house_s >= _HOUSEKEEPING_S:
            self._keep_house()
            self._house_s = self._now()
        return self._begin()

    def hand_over(self) -> None:
        """Begin nothing any more, and have all workers give their jobs back, uncounted."""
        self._handing_over = True
        for claim in self._crew.working():
            self._crew.stop(claim, "handover")

    @property
    def paused(self) -> str:
        """Why no job is begun now, or nothing."""
        if self._handing_over:
            return "another service takes over"
        if self._now() < self._full_until_s:
            return f"a disk is full (jobs go to {self._outputs.root})"
        return ""

    def _take_back(self) -> None:
        for ended in self._crew.ended():
            self._over_since_s.pop((ended.claim.job.job_id, ended.claim.job.epoch), None)
            if ended.end == "no room":
                self._full_until_s = self._now() + self._full_wait_s
                self._full_wait_s = min(2 * self._full_wait_s, _LONGEST_FULL_S)
            elif ended.end == "committed":
                self._full_wait_s = _FULL_S
            elif ended.end is None:
                self._lose(ended.claim)
        for job in self._store.reap() if self._now() >= self._reap_from_s else ():
            logger.warning("lease ran out", extra={"job_id": job.job_id, "state": job.state})
            self._on_taken(job)
        self._fault("foreman.reaped")
        self._end_the_obsolete()

    def _lose(self, claim: Claim) -> None:
        about = {"job_id": claim.job.job_id, "story_id": claim.job.story_id}
        try:
            job = self._store.lose(claim)
        except StaleClaimError:
            return  # it had ended the claim before it died
        except UnknownJobError:
            return
        logger.warning("worker died", extra={**about, "state": job.state})
        self._on_taken(job)
        self._fault("foreman.lost")

    def _end_the_obsolete(self) -> None:
        """Stop workers whose claims are over or cancelled; kill those that do not stop."""
        for claim in self._crew.working():
            key = (claim.job.job_id, claim.job.epoch)
            job = self._find(claim.job.job_id)
            over = job is None or job.state != "running" or job.epoch != claim.job.epoch
            if not over and not (job and job.cancel_requested):
                continue
            since_s = self._over_since_s.setdefault(key, self._now())
            if self._now() - since_s > self._grace_s:
                del self._over_since_s[key]
                logger.warning("worker killed", extra={"job_id": claim.job.job_id})
                self._crew.kill(claim)
                self._lose(claim)
            else:
                self._crew.stop(claim, "stale" if over else "cancelled")

    def _begin(self) -> int:
        begun = 0
        places = self._crew.places() - len(self._crew.working())
        while begun < places and not self.paused and self._has_room():
            claim = self._store.claim(f"{self._owner}/{begun}")
            if claim is None:
                break
            self._fault("foreman.claimed")
            about = {"job_id": claim.job.job_id, "story_id": claim.job.story_id}
            logger.info("job begun", extra={**about, "attempt": claim.job.attempt})
            self._crew.start(claim)
            self._fault("foreman.started")
            begun += 1
        return begun

    def _has_room(self) -> bool:
        """Tell whether the disk of the outputs has room for one more video."""
        try:
            self._outputs.root.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(self._outputs.root).free
        except OSError:
            return True  # the job itself says what is wrong with the folder
        if free < self._room_bytes:
            self._full_until_s = self._now() + _FULL_S
            logger.warning("disk full", extra={"folder": str(self._outputs.root), "free": free})
        return free >= self._room_bytes

    # -- results -------------------------------------------------------------------------------

    def commit(self, claim: Claim, result: JobResult, *, parcels: Sequence[Parcel] = ()) -> Job:
        """Commit a result and show it, so that who reads through this sees both or neither.

        Runners that commit at the same time do not wait for each other, but for the showing.
        """
        with self._half_done():
            job = self._store.commit(claim, result, parcels=parcels)
            self._fault("foreman.committed")
            self.show_results()
        return job

    @contextmanager
    def _half_done(self) -> Iterator[None]:
        with self._settling:
            self._commits += 1
        try:
            yield
        finally:
            with self._settling:
                self._commits -= 1
                self._settling.notify_all()

    def settled(self) -> None:
        """Return when no result is between its commit and its folder."""
        with self._settling:
            self._settling.wait_for(lambda: not self._commits)

    def show_results(self) -> None:
        """Show what was committed and not shown yet; what cannot be shown now stays to be."""
        with self._showing:
            shown = [
                posted.parcel_id
                for posted in self._store.outbox(limit=_MOST_PARCELS)
                if self._is_due(posted) and self._show(posted)
            ]
            if shown:
                self._store.acknowledge(shown)
                self._fault("foreman.acknowledged")

    def _is_due(self, posted: PostedParcel) -> bool:
        due_s = self._show_again_s.get(posted.parcel_id, float("-inf"))
        return posted.parcel.topic == SHOW_TOPIC and self._now() >= due_s

    def _show(self, posted: PostedParcel) -> bool:
        """Show one result, and tell whether that went well."""
        try:
            folders = self._outputs.show(str(posted.parcel.body["pointer"]))
        except RaypipeError as error:
            # Nothing is lost: the result is kept, and the parcel stays.
            about = {"job_id": posted.job_id, "error": str(error)}
            logger.warning("result not shown", extra=about)
            self._show_again_s[posted.parcel_id] = self._now() + _SHOW_AGAIN_S
            return False
        self._fault("foreman.shown")
        self._show_again_s.pop(posted.parcel_id, None)
        logger.info(
            "result shown", extra={"job_id": posted.job_id, "folders": [str(f) for f in folders]}
        )
        return True

    # -- order ---------------------------------------------------------------------------------

    def _keep_house(self) -> None:
        for job_id in self._store.prune(older_ms=round(self._history_s * 1000)):
            self._outputs.forget(job_id)
            logger.info("job forgotten", extra={"job_id": job_id})
        self._fault("foreman.pruned")
        with self._showing:
            self._outputs.sweep(self._find, orphans_older_s=max(self._history_s, _ORPHANS_S))
        self._fault("foreman.swept")

    def _find(self, job_id: str) -> Job | None:
        try:
            return self._store.get(job_id)
        except UnknownJobError:
            return None


def _tell_nobody(job: Job) -> None:
    """Take no notice of a job."""
