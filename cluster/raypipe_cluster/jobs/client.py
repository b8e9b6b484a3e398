"""Submitting stories and following their jobs from a notebook or a script.

::

    from raypipe_cluster.jobs.client import JobClient

    with JobClient() as jobs:  # or JobClient("http://head:8265")
        (submitted,) = jobs.submit("story.json", priority="high")
        for job in jobs.watch(submitted.job.job_id):
            print(job.state, len(job.steps))
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from raypipe.errors import ClusterError, InputError
from raypipe.settings import Settings
from raypipe.story.collection import Gathered, gather_stories
from raypipe.story.model import Story
from raypipe.story.plan import StoryPlan
from raypipe_cluster.app import Fit
from raypipe_cluster.jobs.answers import answer
from raypipe_cluster.jobs.day import DaySummary
from raypipe_cluster.jobs.desk import JobDesk
from raypipe_cluster.jobs.model import MAX_STORIES_AT_ONCE, Job, Submission, Submitted
from raypipe_cluster.jobs.preparing import Wish, prepare
from raypipe_cluster.jobs.reach import Carry, Reaching, reach
from raypipe_cluster.jobs.rules import Priority, State
from raypipe_cluster.jobs.wire import (
    Cancel,
    List,
    Logs,
    Reply,
    Report,
    Request,
    Retry,
    Show,
    Submit,
    Watch,
)
from raypipe_cluster.overrides import Overrides

StoryLike = Story | StoryPlan | Path | str
"""A story or a plan, or where one or many stand: a file, a folder, JSON Lines."""

_DAY_MS = 86_400_000
_END = Reply(end=True)


class JobClient:
    """The verbs of durable jobs. Errors are those of `raypipe.errors`.

    Args:
        address: ``http://HEAD:8265`` of a cluster's dashboard; requests then travel as Ray jobs,
            with a token from RAY_AUTH_TOKEN, RAY_AUTH_TOKEN_PATH or ``~/.ray/auth_token``.
            ``HOST:PORT`` or ``auto`` joins a cluster of this network. None is the local cluster of
            ``raypipe up``, which is started where it does not run and there is something to do.
        settings: the defaults if None; those that change a video travel with each job.
        reaching: what may be started to reach a desk, and who is told.
        carry: what carries requests, instead of ``address``; see `over`.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        settings: Settings | None = None,
        reaching: Reaching | None = None,
        carry: Carry | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.address = address
        self._reaching = reaching or Reaching()
        self._carry = carry
        self._close: Callable[[], None] | None = None

    @classmethod
    def over(cls, desk: JobDesk, *, settings: Settings | None = None) -> Self:
        """Return a client of a desk in this process, such as a `JobStore`."""
        return cls(settings=settings, carry=lambda request: answer(desk, request))

    def submit(
        self,
        *stories: StoryLike,
        priority: Priority = "normal",
        replace: bool = False,
        fit: Fit = "natural",
        overrides: Overrides | None = None,
    ) -> tuple[Submitted, ...]:
        """Queue stories; one whose content has a job already gets that job, not a second one.

        Args:
            stories: stories, plans, files, folders or files of JSON Lines.
            priority: of the jobs.
            replace: give up jobs of other content under the same story ids.
            fit: whether sentences may be dropped to meet the target duration.
            overrides: what goes before the stories' own metadata.

        Raises:
            StoryConflictError: a story has a job of other content, and not ``replace``; both
                fingerprints are named, and none of the stories is queued.
            InputError: a story cannot be used; none is queued.
        """
        wish = Wish(
            settings=self.settings,
            overrides=overrides or Overrides(),
            fit=fit,
            priority=priority,
            far=self.is_far,
        )
        prepared = prepare(_gathered(stories), wish)
        for each in prepared:
            if each.error is not None:
                raise each.error
        submissions = tuple(each.submission for each in prepared if each.submission is not None)
        replies = tuple(self.ask_submit(submissions, replace=replace))
        for reply in replies:
            if reply.error is not None:
                raise reply.error.error()
        return tuple(
            Submitted(reply.job, created=bool(reply.created)) for reply in replies if reply.job
        )

    def ask_submit(
        self,
        submissions: Iterable[Submission],
        *,
        replace: bool = False,
        keep_going: bool = False,
    ) -> Iterator[Reply]:
        """Queue prepared submissions and yield a reply for each that was queued or refused.

        Raises:
            InputError: there are more than `MAX_STORIES_AT_ONCE`.
        """
        given = tuple(submissions)
        if len(given) > MAX_STORIES_AT_ONCE:
            raise InputError(
                f"expected at most {MAX_STORIES_AT_ONCE:,} stories at once, got {len(given):,}",
                remedy="submit them in several goes",
            )
        return self.ask(Submit(submissions=given, replace=replace, keep_going=keep_going))

    def list(
        self,
        *,
        states: Iterable[State] = (),
        story_id: str | None = None,
        priority: Priority | None = None,
        limit: int = 100,
    ) -> tuple[Job, ...]:
        """Return jobs, the newest first."""
        wanted = List(states=tuple(states), story_id=story_id, priority=priority, limit=limit)
        return tuple(reply.job for reply in self.ask(wanted) if reply.job)

    def get(self, name: str) -> Job:
        """Return a job by its id, its story's id (the newest), or the beginning of either.

        Raises:
            UnknownJobError: none or several are meant; near ones are named.
        """
        return next(reply.job for reply in self.ask(Show(name=name)) if reply.job)

    def watch(self, *names: str) -> Iterator[Job]:
        """Yield each job as it is, then after every change, until all have ended.

        Without names, all that wait or run now. It survives a service that is started anew.
        """
        return (reply.job for reply in self.ask(Watch(names=names)) if reply.job)

    def wait(self, *names: str) -> tuple[Job, ...]:
        """Return the jobs, in the order of ``names``, when all have ended."""
        latest: dict[str, Job] = {}
        for job in self.watch(*names):
            latest[job.job_id] = job
        return tuple(latest.values())

    def logs(self, name: str, *, follow: bool = False) -> Iterator[str]:
        """Yield what was logged of a job, a JSON object a line.

        With ``follow`` until the job has ended; it survives a service that is started anew.
        """
        wanted = Logs(name=name, follow=follow)
        return (reply.log for reply in self.ask(wanted) if reply.log is not None)

    def cancel(self, *names: str) -> tuple[Job, ...]:
        """Cancel jobs: at once if they wait; what renders a running one is told at once.

        Raises:
            JobStateError: one has ended otherwise; the others are cancelled.
        """
        return _jobs(self.ask(Cancel(names=names)))

    def retry(self, *names: str) -> tuple[Job, ...]:
        """Queue failed, cancelled or degraded jobs again, with all their attempts.

        Raises:
            JobStateError: one has not ended so; the others are queued.
        """
        return _jobs(self.ask(Retry(names=names)))

    def report(self, *, since_ms: int | None = None, until_ms: int | None = None) -> DaySummary:
        """Sum up what ended in a span, milliseconds since 1970; the last 24 hours if not given."""
        until = until_ms if until_ms is not None else time.time_ns() // 1_000_000
        since = since_ms if since_ms is not None else until - _DAY_MS
        wanted = Report(since_ms=since, until_ms=until)
        return next(reply.day for reply in self.ask(wanted) if reply.day)

    @property
    def is_far(self) -> bool:
        """Whether requests travel as Ray jobs."""
        return self.address is not None and self.address.startswith(("http://", "https://"))

    def ask(self, request: Request) -> Iterator[Reply]:
        """Send ``request`` and yield the replies, without the mere `Reply.end`.

        Raises:
            ClusterError: the replies broke off.
        """
        if self._carry is None:
            self._carry, self._close = reach(self.address, self.settings, self._reaching)
        for reply in self._carry(request):
            if reply != _END:
                yield reply
            if reply.end:
                return
        raise ClusterError(
            "expected all replies of the job service, they broke off",
            remedy="ask again; nothing that was accepted is lost",
        )

    def close(self) -> None:
        """Disconnect; what was submitted goes on."""
        if self._close is not None:
            self._close()
        self._close = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _gathered(stories: Iterable[StoryLike]) -> list[Gathered]:
    found: list[Gathered] = []
    for story in stories:
        if isinstance(story, Story | StoryPlan):
            found.append(Gathered(story.story_id, story))
        else:
            found += gather_stories([Path(story)])
    return found


def _jobs(replies: Iterable[Reply]) -> tuple[Job, ...]:
    answered = tuple(replies)
    for reply in answered:
        if reply.error is not None:
            raise reply.error.error()
    return tuple(reply.job for reply in answered if reply.job)
