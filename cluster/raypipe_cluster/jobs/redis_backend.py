"""Jobs in Redis 7: the store of a cluster, where clients and dispatchers are on many machines.

Every method is one Lua script (`lua/`), so one atomic step, under the server's own time. What is
accepted is as durable as the server's append-only file: run it with ``appendonly yes``, and with
``appendfsync always`` where no accepted job may be lost when the server's machine loses power.
"""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import urlsplit

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from raypipe.errors import DiskFullError, SettingsError, StorageError
from raypipe_cluster.jobs.backend import Clock, FaultHook
from raypipe_cluster.jobs.changes import Change, Found, Verdict, refusal
from raypipe_cluster.jobs.errors import (
    JobStoreError,
    StoreUnavailableError,
    newer_schema,
    story_conflict,
    unknown_job,
)
from raypipe_cluster.jobs.model import (
    Changes,
    Claim,
    Job,
    JobFilter,
    Outcome,
    Page,
    Parcel,
    PostedParcel,
    Submission,
    Submitted,
)
from raypipe_cluster.jobs.records import INTEGERS, SCHEMA, TEXTS, job_of, new_record
from raypipe_cluster.jobs.rules import TRANSITIONS, State, job_id_of, rank_ms, split_job_id

_CONNECT_S: Final = 5.0
_ANSWER_S: Final = 10.0
_IDLE_CHECK_S: Final = 15
"""A connection that was idle for so long is tried before it is used."""

DEFAULT_PREFIX: Final = "{raypipe}"
"""In braces, which keep all keys in one slot of a Redis Cluster."""


@dataclass(frozen=True, slots=True)
class RedisOptions:
    """How to reach the server.

    Attributes:
        url: ``redis://HOST:PORT/DB``, ``rediss://`` for TLS, ``unix:///path/to/socket``.
        password: the server's ``requirepass``; better here than in the URL.
        username: the user of an access list, if it has them.
        prefix: what all keys begin with; one server can hold several stores.
        ca_file: certificates that may have signed the server's, instead of the system's.
        cert_file: our own certificate, if the server asks for one, and
        key_file: its key.
    """

    url: str
    password: str | None = None
    username: str | None = None
    prefix: str = DEFAULT_PREFIX
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None


class RedisBackend:
    """Jobs on the server of ``options``. Connections are made anew after it was gone.

    Args:
        options: how to reach the server.
        clock: a time instead of the server's own, for tests.
        fault: called at each point between changes of state.

    Raises:
        StoreVersionError: a newer raypipe wrote the store.
        StoreUnavailableError: the server does not answer.
        JobStoreError: it refuses us.
        SettingsError: ``url`` is not one of Redis.
    """

    def __init__(
        self,
        options: RedisOptions,
        *,
        clock: Clock | None = None,
        fault: FaultHook | None = None,
    ) -> None:
        self.where = _without_password(options.url)
        self._prefix = options.prefix
        self._clock = clock
        self._fault = fault
        self._client = _connect(options, fault)
        folder = importlib.resources.files("raypipe_cluster.jobs") / "lua"
        prelude = (folder / "prelude.lua").read_text()
        self._scripts = {
            name: self._client.register_script(prelude + (folder / f"{name}.lua").read_text())
            for name in ("open", "submit", "claim", "apply", "read", "prune", "outbox")
        }
        found = int(self._run("open", SCHEMA))
        if found > SCHEMA:
            self.close()
            raise newer_schema(self.where, found, SCHEMA)

    def submit(
        self, submissions: Sequence[Submission], *, replace: bool, keep_going: bool
    ) -> Sequence[Outcome]:
        """See `Backend.submit`."""
        if not submissions:
            return ()
        records = [new_record(submission, 0) for submission in submissions]
        words: list[str | int] = ["1" if replace else "", "1" if keep_going else ""]
        words += [len(records[0]), *records[0]]
        for submission, record in zip(submissions, records, strict=True):
            words += [submission.story_id, submission.fingerprint, submission.document]
            words += [rank_ms(submission.priority, 0), *map(_text, record.values())]
        answers = self._run("submit", *words)
        outcomes = [
            self._outcome(submission, answer)
            for submission, answer in zip(submissions, answers, strict=True)
        ]
        return [outcome for outcome in outcomes if outcome is not None]

    def _outcome(self, submission: Submission, answer: Sequence[Any]) -> Outcome | None:
        match answer:
            case ["left"]:
                return None
            case ["conflict", known]:
                return story_conflict(submission.story_id, known, submission.fingerprint)
            case [said, job]:
                return Submitted(self._job(job), created=said == "created")
        raise JobStoreError(
            f"expected what became of a submission, got {str(answer)[:100]}", where=self.where
        )

    def claim(self, owner: str, *, lease_ms: int) -> Claim | None:
        """See `Backend.claim`."""
        # Made again after a lost answer, it would take a second job and leave the first to expire.
        found = self._run("claim", owner, lease_ms, again=False)
        return None if found is None else Claim(self._job(found[0]), found[1])

    def apply(self, change: Change) -> Job:
        """See `Backend.apply`."""
        parts = split_job_id(change.job_id)
        if parts is None:
            raise unknown_job(change.job_id)
        said, *answer = self._run(
            "apply", _member(parts[1]), parts[0], _as_json(change), verb=change.verb
        )
        if said == "unknown":
            raise unknown_job(change.job_id)
        job = self._job(answer[0])
        if said in ("apply", "repeated"):
            return job
        found = Found(
            state=job.state,
            epoch=job.epoch,
            mark="",
            cancel_requested=job.cancel_requested,
            lease_until_ms=job.lease_until_ms,
            newest=said != "superseded",
        )
        raise refusal(change, cast("Verdict", said), found)

    def get(self, job_id: str) -> Job | None:
        """See `Backend.get`."""
        parts = split_job_id(job_id)
        if parts is None:
            return None
        jobs, _ = self._run("read", "get", _member(parts[1]), parts[0], verb="get")
        return self._job(jobs[0]) if jobs else None

    def document(self, job_id: str) -> str | None:
        """See `Backend.document`."""
        job = self.get(job_id)
        parts = split_job_id(job_id)
        if job is None or parts is None:
            return None
        with _TypedErrors(self.where):
            found = self._client.get(f"{self._prefix}:document:{_member(parts[1])}")
        return None if found is None else str(found)

    def page(self, wanted: JobFilter, *, limit: int, before: str | None) -> Page:
        """See `Backend.page`."""
        jobs: tuple[Job, ...] = ()
        since = wanted.finished_since_ms
        older = before or ""
        while len(jobs) < limit:
            found, older = self._run(
                "read",
                "page",
                older,
                limit - len(jobs),
                "" if wanted.states is None else ",".join(sorted(wanted.states)) or "-",
                wanted.story_id or "",
                wanted.priority or "",
                "" if since is None else since,
                verb="page",
            )
            jobs += tuple(self._job(answer) for answer in found)
            if not older:
                break
        return Page(jobs, older or None)

    def changes(self, since: int, *, limit: int) -> Changes:
        """See `Backend.changes`."""
        found, _ = self._run("read", "changes", since, limit, verb="changes")
        jobs = tuple(self._job(answer) for answer in found)
        return Changes(jobs, jobs[-1].version if jobs else since)

    def counts(self) -> dict[State, int]:
        """See `Backend.counts`."""
        with _TypedErrors(self.where):
            found = cast("Mapping[str, str]", self._client.hgetall(f"{self._prefix}:counts"))
        return {state: int(found.get(state, 0)) for state in TRANSITIONS}

    def expired(self, *, limit: int) -> Sequence[Job]:
        """See `Backend.expired`."""
        found, _ = self._run("read", "expired", limit, verb="expired")
        return [self._job(answer) for answer in found]

    def prune(self, *, older_ms: int, limit: int) -> Sequence[str]:
        """See `Backend.prune`."""
        return cast("list[str]", self._run("prune", older_ms, limit, again=False))

    def outbox(self, *, limit: int) -> Sequence[PostedParcel]:
        """See `Backend.outbox`."""
        found = self._run("outbox", "list", limit)
        return [
            _posted(int(number), json.loads(body))
            for number, body in zip(found[::2], found[1::2], strict=True)
        ]

    def acknowledge(self, parcel_ids: Sequence[int]) -> None:
        """See `Backend.acknowledge`."""
        self._run("outbox", "acknowledge", *parcel_ids, verb="acknowledge")

    def close(self) -> None:
        """See `Backend.close`."""
        self._client.close()

    def _run(
        self, script: str, *arguments: str | int, verb: str | None = None, again: bool = True
    ) -> Any:
        """Run a script; once more if the connection broke, where a repeat changes nothing."""
        now = "" if self._clock is None else str(self._clock())
        self._reach(f"{verb or script}.before")
        with _TypedErrors(self.where):
            try:
                answer = self._scripts[script](keys=[self._prefix], args=[now, *arguments])
            except redis.AuthenticationError:
                raise
            except redis.ConnectionError:
                if not again:
                    raise
                answer = self._scripts[script](keys=[self._prefix], args=[now, *arguments])
        self._reach(f"{verb or script}.committed")
        return answer

    def _reach(self, point: str) -> None:
        if self._fault is not None:
            self._fault(point)

    def _job(self, answer: Sequence[Sequence[str]]) -> Job:
        flat, steps = answer
        words = dict(zip(flat[::2], flat[1::2], strict=True))
        record: dict[str, str | int | None] = {}
        for name, text in words.items():
            if name in TEXTS:
                record[name] = text
            elif text == "":
                record[name] = None
            else:
                record[name] = int(text) if name in INTEGERS else text
        return job_of(record, [json.loads(step) for step in steps], where=self.where)


class _FaultyClient(redis.Redis):
    """A client that passes a fault point between sending a script and reading the answer."""

    fault: FaultHook

    def parse_response(self, connection: Any, command_name: str, **options: Any) -> Any:
        if command_name == "EVALSHA":
            self.fault("script.sent")
        return super().parse_response(connection, command_name, **options)  # type: ignore[no-untyped-call]


class _TypedErrors:
    """Turns errors of the client into ours."""

    def __init__(self, where: str) -> None:
        self._where = where

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, redis.RedisError):
            raise self._typed(error) from error

    def _typed(self, error: redis.RedisError) -> StorageError:
        if isinstance(error, redis.AuthenticationError | redis.exceptions.NoPermissionError):
            return JobStoreError(
                "expected a Redis server that lets us in, got a refusal",
                remedy="check the password, and the user if the server has an access list",
                where=self._where,
            )
        if isinstance(error, redis.OutOfMemoryError) or str(error).startswith("MISCONF"):
            return DiskFullError(
                f"the Redis server has no space left ({_first_line(error)}); "
                "nothing of this change was kept",
                remedy="free some space or raise maxmemory; the store goes on by itself",
                where=self._where,
            )
        if isinstance(
            error, redis.ConnectionError | redis.TimeoutError | redis.ReadOnlyError
        ) or str(error).startswith(("LOADING", "BUSY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN")):
            return StoreUnavailableError(
                f"expected an answer of the Redis server, got none ({_first_line(error)})",
                remedy="check that it runs; what was accepted is still there",
                where=self._where,
            )
        return JobStoreError(
            f"expected a Redis 7 server, got an error ({_first_line(error)})",
            remedy="check the server's version and log",
            where=self._where,
        )


def _connect(options: RedisOptions, fault: FaultHook | None) -> redis.Redis:
    """Return a client; nothing is sent yet."""
    files = {
        "ssl_ca_certs": options.ca_file,
        "ssl_certfile": options.cert_file,
        "ssl_keyfile": options.key_file,
    }
    given: dict[str, Any] = {"password": options.password, "username": options.username}
    given |= files
    kind = redis.Redis if fault is None else _FaultyClient
    try:
        client = kind.from_url(
            options.url,
            decode_responses=True,
            socket_connect_timeout=_CONNECT_S,
            socket_timeout=_ANSWER_S,
            health_check_interval=_IDLE_CHECK_S,
            retry=Retry(NoBackoff(), 0),
            **{name: value for name, value in given.items() if value is not None},
        )
    except (ValueError, TypeError) as error:
        raise SettingsError(
            f"expected redis://HOST:PORT/DB, rediss:// or unix://, got {options.url!r} ({error})",
            where="the job store",
        ) from error
    if isinstance(client, _FaultyClient) and fault is not None:
        client.fault = fault
    return client


def _as_json(change: Change) -> str:
    """Return a change as apply.lua reads it: texts, but for epoch, stamps and conditions."""
    fields = {name: _text(value) for name, value in change.fields.items()}
    if change.to is not None:
        fields |= {"state": change.to, "mark": change.mark}
    return json.dumps(
        {
            "mark": change.mark,
            "epoch": change.epoch,
            "since": sorted(change.since),
            "fields": fields,
            "stamps": dict(change.stamps),
            "steps": {step.key: step.model_dump_json() for step in change.steps},
            "parcels": [parcel.model_dump_json() for parcel in change.parcels],
            "unless_cancelled": change.unless_cancelled,
            "if_expired": change.if_expired,
            "if_newest": change.if_newest,
        }
    )


def _text(value: str | int | None) -> str:
    return "" if value is None else str(value)


def _member(seq: int) -> str:
    return f"{seq:015d}"


def _posted(number: int, body: Mapping[str, Any]) -> PostedParcel:
    return PostedParcel(
        number,
        job_id_of(body["story_id"], int(body["member"])),
        int(body["epoch"]),
        Parcel.model_validate_json(body["parcel"]),
    )


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"
