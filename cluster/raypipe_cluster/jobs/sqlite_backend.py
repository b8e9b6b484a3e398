"""Jobs in one SQLite file: the embedded store, for one machine and its local disk."""

from __future__ import annotations

import errno
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import apsw

from raypipe.errors import DiskFullError, StorageError
from raypipe_cluster.jobs import sqlite_schema as schema
from raypipe_cluster.jobs.backend import Clock, FaultHook, no_fault, wall_ms
from raypipe_cluster.jobs.changes import Change, Found, refusal, verdict
from raypipe_cluster.jobs.errors import (
    JobStoreError,
    StoreUnavailableError,
    StoryConflictError,
    newer_schema,
    story_conflict,
    unknown_job,
)
from raypipe_cluster.jobs.group_commit import GroupCommit
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
from raypipe_cluster.jobs.records import COLUMNS, SCHEMA, job_of, new_record
from raypipe_cluster.jobs.rules import ENDED, TRANSITIONS, WAITING, State, job_id_of, split_job_id

_BUSY_MS: Final = 30_000
"""How long a write waits for that of another process; one takes about a millisecond."""
_OPEN_AGAIN_S: Final = 0.01
_COLUMNS: Final = ", ".join((*COLUMNS, "steps"))
_SELECT: Final = f"SELECT {_COLUMNS} FROM jobs"  # noqa: S608 - our own columns
_CLAIM: Final = f"""
UPDATE jobs SET state = 'running', attempt = attempt + 1, epoch = epoch + 1, owner = :owner,
    lease_until_ms = :now + :lease, started_ms = :now, finished_ms = NULL, progress_ms = NULL,
    cancel_requested = 0, mark = '', steps = '{{}}', version = :version, changed_ms = :now
WHERE seq = :seq
RETURNING {_COLUMNS}
"""  # noqa: S608 - our own columns
_ENDED: Final = ", ".join(f"'{state}'" for state in sorted(ENDED))
_PRUNE: Final = f"""
DELETE FROM jobs WHERE seq IN (
    SELECT seq FROM jobs WHERE finished_ms <= ? AND state IN ({_ENDED})
        AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.seq = jobs.seq)
    ORDER BY finished_ms LIMIT ?)
RETURNING story_id, seq
"""  # noqa: S608 - our own states

Made = TypeVar("Made")


class _RefusedError(Exception):
    """Undoes a transaction in which some stories were refused."""

    def __init__(self, refused: Sequence[StoryConflictError]) -> None:
        super().__init__(f"{len(refused)} stories")
        self.refused = refused


class SqliteBackend:
    """Jobs in the file ``path``, which is made if it is missing.

    Several processes may use the file at once, on one machine. Every commit is synced before the
    call that made it returns; threads of one process share commits (`GroupCommit`).

    Args:
        path: the file; its folder must be on a local disk.
        clock: the store's time.
        fault: called at each point between changes of state.

    Raises:
        StoreVersionError: a newer raypipe wrote the file.
        JobStoreError: the file cannot be opened or is something else.
        DiskFullError: there is no space to make it.
    """

    def __init__(self, path: Path, *, clock: Clock = wall_ms, fault: FaultHook = no_fault) -> None:
        self.where = f"sqlite://{path}"
        self._clock = clock
        self._fault = fault
        self._lock = threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise self._os_error(error) from error
        with self._typed_errors():
            self._connection = apsw.Connection(str(path))
            self._connection.set_busy_timeout(_BUSY_MS)
        self._commits = GroupCommit(self._connection, self._lock)
        try:
            self._prepare()
        except StorageError:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        """Check whose file it is, and make the tables if it is new."""
        with self._typed_errors():
            # One transaction: else another process may make the tables between two looks.
            self._connection.execute("BEGIN")
            try:
                self._check_owner()
            finally:
                self._connection.execute("ROLLBACK")
            for pragma in schema.PRAGMAS:
                self._set(pragma)
        self._change("open", self._make_tables)

    def _make_tables(self, _now_ms: int) -> None:
        if self._check_owner() == 0:
            self._connection.execute(schema.TABLES)
            self._connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
            self._connection.execute(f"PRAGMA user_version = {SCHEMA}")

    def _set(self, pragma: str) -> None:
        """Set a mode of the connection, waiting for others that open the file at the same time.

        SQLite does not use its own waiting for the step into WAL mode (it could deadlock there).
        """
        until_s = time.monotonic() + _BUSY_MS / 1000
        while True:
            try:
                self._connection.execute(pragma).fetchall()
            except apsw.BusyError:
                if time.monotonic() > until_s:
                    raise
                time.sleep(_OPEN_AGAIN_S)
            else:
                return

    def _check_owner(self) -> int:
        """Return the file's schema, 0 if it is empty, before anything is written to it."""
        application = int(self._value("PRAGMA application_id"))
        version = int(self._value("PRAGMA user_version"))
        if application == schema.APPLICATION_ID:
            if version > SCHEMA:
                raise newer_schema(self.where, version, SCHEMA)
            return version
        if self._value("SELECT count(*) FROM sqlite_schema"):
            raise JobStoreError(
                "expected a job store or an empty file, found another program's database",
                remedy="name another file",
                where=self.where,
            )
        return 0

    def submit(
        self, submissions: Sequence[Submission], *, replace: bool, keep_going: bool
    ) -> Sequence[Outcome]:
        """See `Backend.submit`."""

        def submit_all(now_ms: int) -> Sequence[Outcome]:
            outcomes = [self._submit(each, replace=replace, now_ms=now_ms) for each in submissions]
            refused = [each for each in outcomes if isinstance(each, StoryConflictError)]
            if refused and not keep_going:
                raise _RefusedError(refused)
            return outcomes

        try:
            return self._change("submit", submit_all)
        except _RefusedError as error:
            return error.refused

    def _submit(self, submission: Submission, *, replace: bool, now_ms: int) -> Outcome:
        row = self._row("WHERE story_id = ? AND newest = 1", (submission.story_id,))
        if row is not None:
            if row["fingerprint"] == submission.fingerprint:
                return Submitted(self._job(row), created=False)
            if not replace:
                return story_conflict(
                    submission.story_id, row["fingerprint"], submission.fingerprint
                )
            self._give_up(row, now_ms)
        record = {**new_record(submission, now_ms), "version": self._next_version()}
        names = ", ".join(record)
        marks = ", ".join(f":{name}" for name in record)
        # The names are our own columns; values are bound.
        self._connection.execute(f"INSERT INTO jobs ({names}) VALUES ({marks})", record)  # noqa: S608
        seq = self._connection.last_insert_rowid()
        self._connection.execute("INSERT INTO documents VALUES (?, ?)", (seq, submission.document))
        return Submitted(job_of({**record, "seq": seq}, (), where=self.where), created=True)

    def _give_up(self, row: Mapping[str, Any], now_ms: int) -> None:
        """Make room for the story's next job."""
        fields: dict[str, Any] = {"newest": 0}
        if row["state"] in WAITING:
            fields |= {"state": "cancelled", "finished_ms": now_ms, "mark": ""}
        elif row["state"] == "running":
            fields["cancel_requested"] = 1
        self._write(row["seq"], fields, now_ms)

    def claim(self, owner: str, *, lease_ms: int) -> Claim | None:
        """See `Backend.claim`."""

        def claim_next(now_ms: int) -> Claim | None:
            seq = self._value(schema.NEXT_JOB, {"now": now_ms})
            if seq is None:
                return None
            values = {
                "seq": seq,
                "owner": owner,
                "now": now_ms,
                "lease": lease_ms,
                "version": self._next_version(),
            }
            (claimed,) = self._connection.execute(_CLAIM, values).fetchall()
            row = _as_mapping(claimed)
            document = self._value("SELECT document FROM documents WHERE seq = ?", (seq,))
            return Claim(self._job(row), str(document))

        return self._change("claim", claim_next)

    def apply(self, change: Change) -> Job:
        """See `Backend.apply`."""
        return self._change(change.verb, lambda now_ms: self._apply(change, now_ms))

    def _apply(self, change: Change, now_ms: int) -> Job:
        row = self._find(change.job_id)
        if row is None:
            raise unknown_job(change.job_id)
        found = Found(
            state=row["state"],
            epoch=row["epoch"],
            mark=row["mark"],
            cancel_requested=bool(row["cancel_requested"]),
            lease_until_ms=row["lease_until_ms"],
            newest=bool(row["newest"]),
        )
        said = verdict(change, found, now_ms)
        if said == "repeated":
            return self._job(row)
        if said != "apply":
            raise refusal(change, said, found)
        fields = {**change.fields}
        fields |= {name: now_ms + after_ms for name, after_ms in change.stamps.items()}
        if change.to is not None:
            fields |= {"state": change.to, "mark": change.mark}
        if change.steps:
            steps = json.loads(row["steps"])
            steps |= {step.key: step.model_dump(mode="json") for step in change.steps}
            fields["steps"] = json.dumps(steps)
        self._connection.executemany(
            "INSERT INTO outbox (seq, epoch, parcel) VALUES (?, ?, ?)",
            [(row["seq"], row["epoch"], parcel.model_dump_json()) for parcel in change.parcels],
        )
        return self._job({**row, **self._write(row["seq"], fields, now_ms)})

    def get(self, job_id: str) -> Job | None:
        """See `Backend.get`."""
        with self._lock, self._typed_errors():
            row = self._find(job_id)
            return None if row is None else self._job(row)

    def document(self, job_id: str) -> str | None:
        """See `Backend.document`."""
        with self._lock, self._typed_errors():
            row = self._find(job_id)
            if row is None:
                return None
            return str(self._value("SELECT document FROM documents WHERE seq = ?", (row["seq"],)))

    def page(self, wanted: JobFilter, *, limit: int, before: str | None) -> Page:
        """See `Backend.page`."""
        clauses = {
            "seq < ?": None if before is None else (int(before),),
            f"state IN ({', '.join('?' * len(wanted.states or ()))})": (
                None if wanted.states is None else tuple(sorted(wanted.states))
            ),
            "story_id = ?": None if wanted.story_id is None else (wanted.story_id,),
            "priority = ?": None if wanted.priority is None else (wanted.priority,),
            "finished_ms >= ?": (
                None if wanted.finished_since_ms is None else (wanted.finished_since_ms,)
            ),
        }
        used = {clause: values for clause, values in clauses.items() if values is not None}
        where = f"WHERE {' AND '.join(used)}" if used else ""
        values = [value for values in used.values() for value in values]
        with self._lock, self._typed_errors():
            rows = self._rows(f"{where} ORDER BY seq DESC LIMIT ?", (*values, limit + 1))
        jobs = tuple(self._job(row) for row in rows[:limit])
        return Page(jobs, str(rows[limit - 1]["seq"]) if len(rows) > limit else None)

    def changes(self, since: int, *, limit: int) -> Changes:
        """See `Backend.changes`."""
        with self._lock, self._typed_errors():
            rows = self._rows("WHERE version > ? ORDER BY version LIMIT ?", (since, limit))
        return Changes(
            tuple(self._job(row) for row in rows), rows[-1]["version"] if rows else since
        )

    def counts(self) -> dict[State, int]:
        """See `Backend.counts`."""
        with self._lock, self._typed_errors():
            rows = self._connection.execute("SELECT state, count(*) FROM jobs GROUP BY state")
            found = {str(state): int(str(count)) for state, count in rows}
        return {state: found.get(state, 0) for state in TRANSITIONS}

    def expired(self, *, limit: int) -> Sequence[Job]:
        """See `Backend.expired`."""
        with self._lock, self._typed_errors():
            rows = self._rows(
                "WHERE state = 'running' AND lease_until_ms <= ? ORDER BY lease_until_ms LIMIT ?",
                (self._clock(), limit),
            )
        return [self._job(row) for row in rows]

    def prune(self, *, older_ms: int, limit: int) -> Sequence[str]:
        """See `Backend.prune`."""

        def forget(now_ms: int) -> list[Any]:
            return self._connection.execute(_PRUNE, (now_ms - older_ms, limit)).fetchall()

        rows = self._change("prune", forget)
        return [job_id_of(str(story_id), int(str(seq))) for story_id, seq in rows]

    def outbox(self, *, limit: int) -> Sequence[PostedParcel]:
        """See `Backend.outbox`."""
        with self._lock, self._typed_errors():
            rows = self._connection.execute(
                "SELECT parcel_id, story_id, outbox.seq, outbox.epoch, parcel"
                " FROM outbox JOIN jobs ON jobs.seq = outbox.seq ORDER BY parcel_id LIMIT ?",
                (limit,),
            ).fetchall()
        return [
            PostedParcel(
                int(str(parcel_id)),
                job_id_of(str(story_id), int(str(seq))),
                int(str(epoch)),
                Parcel.model_validate_json(str(parcel)),
            )
            for parcel_id, story_id, seq, epoch, parcel in rows
        ]

    def acknowledge(self, parcel_ids: Sequence[int]) -> None:
        """See `Backend.acknowledge`."""

        def take_out(_now_ms: int) -> None:
            self._connection.executemany(
                "DELETE FROM outbox WHERE parcel_id = ?", [(number,) for number in parcel_ids]
            )

        self._change("acknowledge", take_out)

    def close(self) -> None:
        """See `Backend.close`."""
        with self._lock:
            self._connection.close()

    def _change(self, verb: str, change: Callable[[int], Made]) -> Made:
        """Make ``change``, given the time, in a transaction that is synced when this returns."""

        def part() -> Made:
            made = change(self._clock())
            self._fault(f"{verb}.written")
            return made

        self._fault(f"{verb}.before")
        with self._typed_errors():
            made = self._commits.run(part)
        self._fault(f"{verb}.committed")
        return made

    def _next_version(self) -> int:
        return int(self._value("UPDATE counter SET version = version + 1 RETURNING version"))

    def _write(self, seq: int, fields: Mapping[str, Any], now_ms: int) -> dict[str, Any]:
        """Set ``fields`` of a job, with the next version, and return what was set."""
        written = {**fields, "version": self._next_version(), "changed_ms": now_ms}
        columns = ", ".join(f"{name} = :{name}" for name in written)
        # The names are our own columns; values are bound.
        self._connection.execute(
            f"UPDATE jobs SET {columns} WHERE seq = :seq",  # noqa: S608
            {**written, "seq": seq},
        )
        return written

    def _find(self, job_id: str) -> dict[str, Any] | None:
        parts = split_job_id(job_id)
        return None if parts is None else self._row("WHERE story_id = ? AND seq = ?", parts)

    def _row(self, rest: str, values: Sequence[Any]) -> dict[str, Any] | None:
        return next(iter(self._rows(rest, values)), None)

    def _rows(self, rest: str, values: Sequence[Any]) -> list[dict[str, Any]]:
        return [_as_mapping(row) for row in self._connection.execute(f"{_SELECT} {rest}", values)]

    def _value(self, statement: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> Any:
        return self._connection.execute(statement, values).get

    def _job(self, row: Mapping[str, Any]) -> Job:
        record = {name: row[name] for name in COLUMNS}
        return job_of(record, json.loads(row["steps"]).values(), where=self.where)

    @contextmanager
    def _typed_errors(self) -> Iterator[None]:
        try:
            yield
        except (apsw.BusyError, apsw.LockedError) as error:
            raise StoreUnavailableError(
                f"expected a turn within {_BUSY_MS / 1000:.0f} s, the store stayed locked",
                remedy="look for a process that holds it",
                where=self.where,
            ) from error
        except apsw.FullError as error:
            raise self._full() from error
        except apsw.Error as error:
            if getattr(error, "extendedresult", 0) == apsw.SQLITE_IOERR_SHMSIZE:
                raise self._full() from error
            raise JobStoreError(
                f"expected a job store that can be read and written ({error})",
                remedy="check the file, its folder and the disk",
                where=self.where,
            ) from error

    def _full(self) -> DiskFullError:
        return DiskFullError(
            "no space left for the job store; nothing of this change was kept",
            remedy="free some space; the store goes on by itself",
            where=self.where,
        )

    def _os_error(self, error: OSError) -> StorageError:
        if error.errno == errno.ENOSPC:
            return self._full()
        return JobStoreError(
            f"expected a folder that can be made ({error.strerror})",
            remedy="name another file",
            where=self.where,
        )


def _as_mapping(row: Sequence[Any]) -> dict[str, Any]:
    return dict(zip((*COLUMNS, "steps"), row, strict=True))
