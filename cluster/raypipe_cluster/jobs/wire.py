"""What a client and a desk say to each other: requests and replies, as JSON lines.

A client on the cluster asks a desk directly; one elsewhere sends the request with a Ray job and
reads the replies from its log. Both speak this, so both mean the same by each verb.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from raypipe.errors import ClusterError, RaypipeError
from raypipe_cluster.jobs.day import DaySummary
from raypipe_cluster.jobs.model import Job, JobFilter, Submission
from raypipe_cluster.jobs.rules import Priority, State

MARK: Final = '{"raypipe":'
"""How every reply begins, so that it is found among other lines of a log."""


def _writable(value: object) -> object:
    """Write what no text holds, such as half a character of a terminal, as its code."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    return value


Name = Annotated[str, BeforeValidator(_writable)]
"""What a person called a job or a story, whatever it is."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Submit(_Part):
    """Queue stories. Unless ``keep_going``, one that is refused keeps all from being queued."""

    verb: Literal["submit"] = "submit"
    submissions: tuple[Submission, ...]
    replace: bool = False
    keep_going: bool = False


class List(_Part):
    """Tell jobs, newest first."""

    verb: Literal["list"] = "list"
    states: tuple[State, ...] = ()
    story_id: Name | None = None
    priority: Priority | None = None
    limit: int = Field(default=100, ge=1, le=100_000)

    @property
    def wanted(self) -> JobFilter:
        """Which jobs these are."""
        states = frozenset(self.states) or None
        return JobFilter(states=states, story_id=self.story_id, priority=self.priority)


class Show(_Part):
    """Tell one job, by its id, its story's id, or the beginning of either."""

    verb: Literal["show"] = "show"
    name: Name


class Watch(_Part):
    """Tell each change of these jobs, or of all open ones, until all have ended."""

    verb: Literal["watch"] = "watch"
    names: tuple[Name, ...] = ()


class Cancel(_Part):
    """Cancel jobs; each is answered."""

    verb: Literal["cancel"] = "cancel"
    names: tuple[Name, ...]


class Retry(_Part):
    """Queue ended jobs again; each is answered."""

    verb: Literal["retry"] = "retry"
    names: tuple[Name, ...]


class Logs(_Part):
    """Tell what was logged of a job; with ``follow`` until it has ended."""

    verb: Literal["logs"] = "logs"
    name: Name
    follow: bool = False


class Report(_Part):
    """Sum up the jobs that ended in a span of time, milliseconds since 1970."""

    verb: Literal["report"] = "report"
    since_ms: int
    until_ms: int


Request = Annotated[
    Submit | List | Show | Watch | Cancel | Retry | Logs | Report, Field(discriminator="verb")
]

_REQUEST: TypeAdapter[Request] = TypeAdapter(Request)


class Refusal(_Part):
    """An error on its way: enough to raise it again on the other side."""

    type: str
    problem: str
    remedy: str = ""
    where: str = ""

    @classmethod
    def of(cls, error: RaypipeError) -> Self:
        """Return ``error`` as it travels."""
        return cls(
            type=type(error).__name__,
            problem=error.problem,
            remedy=error.remedy,
            where=error.where,
        )

    def error(self) -> RaypipeError:
        """Return the error, of its own class where this version knows it."""
        kind = error_class(self.type) or ClusterError
        return kind(self.problem, remedy=self.remedy, where=self.where)


class Reply(_Part):
    """One answer; which field is set says what it is.

    Attributes:
        raypipe: the version of this form.
        name: what was asked for, where several things were.
        job: a job as it is now, and
        created: whether this submission made it.
        error: why it was refused; if ``fatal``, why nothing of the request was or will be done.
        log: a line of a log.
        day: a summary.
        more: jobs were left out, for there are more than the limit.
        end: this was all; a log that ends without it was cut off.
    """

    raypipe: Literal[1] = 1
    name: str = ""
    job: Job | None = None
    created: bool | None = None
    error: Refusal | None = None
    fatal: bool = False
    log: str | None = None
    day: DaySummary | None = None
    more: bool = False
    end: bool = False

    def line(self) -> str:
        """Return this as one line of ASCII, which no log can break."""
        facts = self.model_dump(mode="json", exclude_defaults=True)
        return json.dumps({"raypipe": self.raypipe, **facts}, separators=(",", ":"))

    @classmethod
    def of_line(cls, line: str) -> Self | None:
        """Return the reply in ``line``, or None where it is another program's.

        Raises:
            ClusterError: it is a reply that this version cannot read.
        """
        if not line.startswith(MARK):
            return None
        try:
            return cls.model_validate_json(line)
        except ValidationError as error:
            raise ClusterError(
                "expected a reply that this raypipe can read, the cluster's is of another version",
                remedy="install the version of raypipe that the cluster runs",
                where="--address",
            ) from error


def request_json(request: Request) -> str:
    """Return ``request`` as it travels."""
    return _REQUEST.dump_json(request).decode()


def read_request(text: str) -> Request:
    """Return the request in ``text``.

    Raises:
        ClusterError: this version does not know such a request.
    """
    try:
        return _REQUEST.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ClusterError(
            f"expected a request that the cluster's raypipe can read ({first['msg']})",
            remedy="install the version of raypipe that the cluster runs",
            where="--address",
        ) from None


def error_class(name: str) -> type[RaypipeError] | None:
    """Return the error class of that name, or None."""
    return next((kind for kind in _subclasses(RaypipeError) if kind.__name__ == name), None)


def _subclasses(kind: type[Any]) -> Iterator[type[Any]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _subclasses(below)
