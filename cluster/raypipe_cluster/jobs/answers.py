"""Answering a client's requests from a desk, wherever either is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, assert_never, cast

from raypipe.errors import ClusterError, InputError, RaypipeError
from raypipe_cluster.jobs.day import day_of
from raypipe_cluster.jobs.desk import JobDesk
from raypipe_cluster.jobs.errors import (
    StoreUnavailableError,
    StoryConflictError,
    UnknownJobError,
)
from raypipe_cluster.jobs.log_files import KeepsLogs
from raypipe_cluster.jobs.model import Job, JobFilter
from raypipe_cluster.jobs.rules import ENDED, State, is_story_id, split_job_id
from raypipe_cluster.jobs.wire import (
    Cancel,
    List,
    Logs,
    Refusal,
    Reply,
    Report,
    Request,
    Retry,
    Show,
    Submit,
    Watch,
)

_LOOK_S: Final = 0.25
"""How often a watcher looks for changes: often enough for a smooth bar, 2 ms of work each time."""
_PATIENCE_S: Final = 120.0
"""How long a watcher waits for a store or a service that does not answer: a head's restart."""
_LAST_WORDS_S: Final = 1.5
"""How long a log is followed after its job has ended: runners hand in records twice a second."""
_RECENT: Final = 1000
"""How many of the newest jobs an id is compared with, to guess which was meant."""
_OPEN: Final[frozenset[State]] = frozenset({"queued", "retrying", "running"})


@dataclass(frozen=True, slots=True)
class Pace:
    """How a watcher passes the time; tests pass it faster."""

    pause: Callable[[float], None] = time.sleep
    now_s: Callable[[], float] = time.monotonic


REAL_TIME: Final = Pace()


def answer(desk: JobDesk, request: Request, *, pace: Pace = REAL_TIME) -> Iterator[Reply]:
    """Do what ``request`` asks and yield the replies, the last of them with ``end``.

    An error of one job among several is a reply; of the whole request, it is raised.

    Raises:
        RaypipeError: see `JobDesk`.
    """
    match request:
        case Submit():
            yield from _submit(desk, request)
        case List():
            if request.story_id is not None and not is_story_id(request.story_id):
                yield Reply(end=True)  # no story has such an id
                return
            page = desk.page(request.wanted, limit=request.limit)
            yield from (Reply(job=job) for job in page.jobs)
            yield Reply(more=page.older is not None, end=True)
            return
        case Show(name=name):
            yield Reply(name=name, job=find_job(desk, name))
        case Watch(names=names):
            yield from _watch(desk, names, pace)
        case Cancel(names=names):
            yield from _each(desk, names, desk.cancel)
        case Retry(names=names):
            yield from _each(desk, names, desk.retry)
        case Logs():
            yield from _logs(desk, request, pace)
        case Report(since_ms=since_ms, until_ms=until_ms):
            yield Reply(day=day_of(desk, since_ms=since_ms, until_ms=until_ms))
        case _:
            assert_never(request)
    yield Reply(end=True)


def find_job(desk: JobDesk, name: str) -> Job:
    """Return the job that ``name`` means: its id, its story's id (the newest job), or a beginning.

    Raises:
        UnknownJobError: none or several are meant; near ones are named.
    """
    try:
        return desk.get(name)
    except UnknownJobError as error:
        unknown = error
    if split_job_id(name) is None:
        of_story = desk.page(JobFilter(story_id=name), limit=1).jobs if is_story_id(name) else ()
        if of_story:
            return of_story[0]
    recent = desk.page(limit=_RECENT).jobs
    begin_so = [job for job in recent if name and job.job_id.startswith(name)]
    if len(begin_so) == 1:
        return begin_so[0]
    if begin_so:
        raise UnknownJobError(
            f"expected the id of one job, {name!r} is the beginning of {len(begin_so)}",
            remedy=f"give one whole, such as {_some(job.job_id for job in begin_so)}",
        )
    ids = [job.job_id for job in recent]
    # A number that was mistyped leaves the story right, and the other way round.
    near = [each for each in ids if each.rpartition(".")[0] == name.rpartition(".")[0]]
    near = near or get_close_matches(name, ids, n=3, cutoff=0.5)
    if not near:
        raise unknown
    raise UnknownJobError(unknown.problem, remedy=f"did you mean {_some(near)}?")


def _some(ids: Iterator[str] | Sequence[str]) -> str:
    listed = list(ids)
    shown = ", ".join(listed[:3])
    return f"{shown} or {len(listed) - 3} more" if len(listed) > 3 else shown  # noqa: PLR2004


def _submit(desk: JobDesk, request: Submit) -> Iterator[Reply]:
    outcomes = desk.submit_many(
        request.submissions, replace=request.replace, keep_going=request.keep_going
    )
    for outcome in outcomes:
        if isinstance(outcome, StoryConflictError):
            yield Reply(name=outcome.where, error=Refusal.of(outcome))
        else:
            job = outcome.job
            yield Reply(name=job.story_id, job=job, created=outcome.created)


def _each(desk: JobDesk, names: Sequence[str], verb: Callable[[str], Job]) -> Iterator[Reply]:
    for name in names:
        try:
            yield Reply(name=name, job=verb(find_job(desk, name).job_id))
        except InputError as error:
            yield Reply(name=name, error=Refusal.of(error))


def _watch(desk: JobDesk, names: Sequence[str], pace: Pace) -> Iterator[Reply]:
    """Yield each job as it is, then again with every change, until all have ended."""
    if names:
        jobs = {job.job_id: job for job in (find_job(desk, name) for name in names)}
    else:
        found = desk.page(JobFilter(states=_OPEN), limit=_RECENT).jobs
        jobs = {job.job_id: job for job in reversed(found)}
    for job in jobs.values():
        yield Reply(job=job)
    # A job that changed while the others were looked up is told again rather than missed.
    version = min((job.version for job in jobs.values()), default=0)
    open_ids = {job_id for job_id, job in jobs.items() if job.state not in ENDED}
    since_s: float | None = None
    while open_ids:
        pace.pause(_LOOK_S)
        try:
            changes = desk.changes(version)
        except (StoreUnavailableError, ClusterError) as error:
            since_s = _still_patient(since_s, pace, error)
            continue
        since_s, version = None, changes.version
        for job in changes.jobs:
            if job.job_id in open_ids and job.version > jobs[job.job_id].version:
                jobs[job.job_id] = job
                yield Reply(job=job)
                if job.state in ENDED:
                    open_ids.discard(job.job_id)


def _still_patient(since_s: float | None, pace: Pace, error: RaypipeError) -> float:
    began_s = pace.now_s() if since_s is None else since_s
    if pace.now_s() - began_s > _PATIENCE_S:
        raise error
    return began_s


def _logs(desk: JobDesk, request: Logs, pace: Pace) -> Iterator[Reply]:
    """Yield the lines of a job's log that are there, or follow it to the job's end."""
    job = find_job(desk, request.name)
    if not callable(getattr(desk, "log", None)):
        raise ClusterError(
            "expected a service that keeps the logs of jobs, this desk keeps none",
            remedy=f"see what became of the job with: raypipe jobs show {job.job_id}",
        )
    keeper = cast("KeepsLogs", desk)
    offset = 0
    since_s: float | None = None
    ended_s = float("-inf") if job.state in ENDED or not request.follow else None
    while True:
        try:
            part = keeper.log(job.job_id, offset=offset)
            if ended_s is None and desk.get(job.job_id).state in ENDED:
                ended_s = pace.now_s()
        except (StoreUnavailableError, ClusterError) as error:
            if not request.follow:
                raise
            since_s = _still_patient(since_s, pace, error)
            pace.pause(_LOOK_S)
            continue
        since_s = None
        yield from (Reply(name=job.job_id, log=line) for line in part.lines)
        if part.offset > offset:
            offset = part.offset
        elif ended_s is not None and pace.now_s() - ended_s > _LAST_WORDS_S:
            return
        else:
            pace.pause(_LOOK_S)
