"""A job and what belongs to it, frozen. Times are whole milliseconds since 1970, UTC (``_ms``)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from raypipe.errors import InputError, RaypipeError
from raypipe.progress import ProgressEvent, Stage
from raypipe.progress import State as StepState
from raypipe.story.model import Story, StoryId
from raypipe.story.plan import StoryPlan
from raypipe_cluster.jobs.errors import StoryConflictError
from raypipe_cluster.jobs.rules import MAX_ATTEMPTS, Priority, State, fingerprint_of

MAX_STORY_BYTES = 4_000_000
"""The longest story (200,000 characters of four bytes) and its plan, with room to spare."""

MAX_STORIES_AT_ONCE = 10_000
"""Submitted in one step, for which Redis and other writers of a file wait: about a second."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class JobError(_Record):
    """Why an attempt failed, in the words of the error that was raised."""

    type: str
    message: str
    remedy: str = ""
    retryable: bool = False

    @classmethod
    def of(cls, error: BaseException) -> Self:
        """Return ``error`` as it is kept; errors that are not ours are not tried again."""
        if isinstance(error, RaypipeError):
            message = f"{error.where}: {error.problem}" if error.where else error.problem
            return cls(
                type=type(error).__name__,
                message=message[:2000],
                remedy=error.remedy[:500],
                retryable=error.retryable,
            )
        return cls(type=type(error).__name__, message=str(error)[:2000])


class JobResult(_Record):
    """What a job made. ``pointer`` is the folder, relative to the root of all outputs.

    ``degraded`` says what is less than was asked for, a sentence each; ``facts`` are figures for
    people and reports, such as the length of the video.
    """

    pointer: str = Field(min_length=1, max_length=500)
    degraded: tuple[str, ...] = ()
    facts: dict[str, JsonValue] = Field(default_factory=dict)


class Step(_Record):
    """The latest of one stage of one scene, or (``scene_id`` None) of the whole story.

    ``at_s`` is seconds since the attempt began; the rest is as in `ProgressEvent`.
    """

    stage: Stage
    state: StepState
    at_s: float = Field(ge=0, allow_inf_nan=False)
    scene_id: str | None = Field(default=None, max_length=64)
    done: int = Field(default=0, ge=0)
    total: int = Field(default=0, ge=0)
    detail: str = Field(default="", max_length=500)

    @classmethod
    def of(cls, event: ProgressEvent) -> Self:
        """Return what a running story reported, as it is kept."""
        return cls(
            stage=event.stage,
            state=event.state,
            at_s=max(event.at_s, 0.0),
            scene_id=event.scene_id,
            done=event.done,
            total=event.total,
            detail=event.detail[:500],
        )

    @property
    def key(self) -> str:
        """What this step replaces: the earlier one of the same stage and scene."""
        return f"{self.stage}/{self.scene_id or ''}"


class Job(_Record):
    """One story to be rendered, and how far it is.

    ``epoch`` counts the claims of all time and fences writes; ``attempt`` counts those since the
    job was last submitted or retried by a person. ``version`` grows with every change of any job
    of the store. ``due_ms`` is when a queued or retrying job may start. ``result`` stays readable
    while a degraded job is made again.
    """

    job_id: str
    story_id: str
    fingerprint: str
    priority: Priority
    state: State
    attempt: int = Field(ge=0)
    max_attempts: int = Field(ge=1)
    epoch: int = Field(ge=0)
    version: int = Field(ge=1)
    owner: str = ""
    lease_until_ms: int | None = None
    cancel_requested: bool = False
    submitted_ms: int
    due_ms: int
    started_ms: int | None = None
    finished_ms: int | None = None
    progress_ms: int | None = None
    changed_ms: int
    options: dict[str, JsonValue] = Field(default_factory=dict)
    error: JobError | None = None
    result: JobResult | None = None
    steps: tuple[Step, ...] = ()


class Submission(_Record):
    """What is asked for: a story or plan, as JSON, and the options that change its video."""

    story_id: StoryId
    document: str
    options: dict[str, JsonValue] = Field(default_factory=dict)
    fingerprint: str = Field(pattern=r"^[0-9a-f]{64}$")
    priority: Priority = "normal"
    max_attempts: int = Field(default=MAX_ATTEMPTS, ge=1, le=11)

    @classmethod
    def of(
        cls,
        source: Story | StoryPlan,
        *,
        options: Mapping[str, JsonValue] | None = None,
        priority: Priority = "normal",
        max_attempts: int = MAX_ATTEMPTS,
    ) -> Self:
        """Return the submission of ``source``.

        Raises:
            InputError: it is larger than `MAX_STORY_BYTES`.
        """
        document = source.model_dump_json()
        size = len(document.encode())
        if size > MAX_STORY_BYTES:
            raise InputError(
                f"expected a story of at most {MAX_STORY_BYTES:,} bytes, got {size:,}",
                remedy="split the story",
                where=source.story_id,
            )
        given = dict(options or {})
        return cls(
            story_id=source.story_id,
            document=document,
            options=given,
            fingerprint=fingerprint_of(json.loads(document), given),
            priority=priority,
            max_attempts=max_attempts,
        )


@dataclass(frozen=True, slots=True)
class Submitted:
    """The job of a submission; ``created`` is False where it was there already."""

    job: Job
    created: bool


Outcome = Submitted | StoryConflictError
"""What came of one submission among several."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on a job, good for its epoch; ``document`` is the story as JSON."""

    job: Job
    document: str


class Parcel(_Record):
    """Something that must happen once the result is committed, such as a publication."""

    topic: str = Field(min_length=1, max_length=100)
    body: dict[str, JsonValue] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PostedParcel:
    """A parcel in the outbox, until somebody says that it is done."""

    parcel_id: int
    job_id: str
    epoch: int
    parcel: Parcel


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs to list; None takes all."""

    states: frozenset[State] | None = None
    story_id: str | None = None
    priority: Priority | None = None
    finished_since_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Jobs, newest first; ``older`` is given back to `JobStore.page` for the next page."""

    jobs: tuple[Job, ...]
    older: str | None


@dataclass(frozen=True, slots=True)
class Changes:
    """Jobs that changed, in the order of their last change; ``version`` is where to go on."""

    jobs: tuple[Job, ...]
    version: int


EVERY_JOB = JobFilter()
