"""Processes to be killed: reads commands, forks a victim for each, says how it ended.

A victim works on jobs like any client. Its fault hook counts the points between changes of state
and kills or stops the process at the chosen one. What it was told by the store, it has written
down before the next call: that is what must hold afterwards.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from raypipe.errors import RaypipeError
from raypipe_cluster.jobs.model import JobError, JobResult, Parcel, Step, Submission
from raypipe_cluster.jobs.redis_backend import RedisBackend, RedisOptions
from raypipe_cluster.jobs.rules import fingerprint_of
from raypipe_cluster.jobs.sqlite_backend import SqliteBackend
from raypipe_cluster.jobs.store import JobStore

LOST = JobError(type="WorkerLostError", message="it died", retryable=True)


class Victim:
    """One process with a store, told to die at a point."""

    def __init__(self, command: dict[str, Any], say: Callable[[str, str], None]) -> None:
        self._command = command
        self._say = say
        self.now_ms = command["now_ms"]
        self.points: list[str] = []

    def clock(self) -> int:
        return self.now_ms

    def reach(self, point: str) -> None:
        self.points.append(point)
        if len(self.points) - 1 == self._command.get("kill_at"):
            os.kill(os.getpid(), signal.SIGKILL)

    def open(self) -> JobStore:
        kind, url, prefix, password = self._command["place"]
        clock = self.clock if self.now_ms else None
        if kind == "sqlite":
            more = {} if clock is None else {"clock": clock}
            return JobStore(SqliteBackend(Path(url), fault=self.reach, **more))
        options = RedisOptions(url, password=password, prefix=prefix)
        return JobStore(RedisBackend(options, clock=clock, fault=self.reach))

    def live(self) -> None:
        """Take four stories through every verb of the store."""
        store, say = self.open(), self._say
        for name in "abcd":
            say("accepted", store.submit(submission(name)).job.job_id)
        say("accepted", store.submit(submission("d", "other"), replace=True).job.job_id)
        a = store.claim("victim")
        store.heartbeat(a)
        store.progress(a, [Step(stage="image", scene_id="s1", state="done", at_s=1)])
        say("committed", store.commit(a, result_of(a), parcels=[Parcel(topic="publish")]).job_id)
        store.fail(store.claim("victim"), LOST)
        c = store.claim("victim")
        store.cancel(c.job.job_id)
        say("cancelled", store.confirm_cancel(c).job_id)
        say("again", store.retry(c.job.job_id).job_id)
        store.release(store.claim("victim"))
        store.claim("victim")
        self.now_ms += 31_000
        store.reap()
        store.acknowledge([parcel.parcel_id for parcel in store.outbox()])
        store.close()

    def drain(self) -> None:
        """Commit jobs until there are none."""
        store = self.open()
        while (claim := store.claim(str(os.getpid()))) is not None:
            store.heartbeat(claim)
            job = store.commit(claim, result_of(claim), parcels=[Parcel(topic="publish")])
            self._say("committed", job.job_id)
        store.close()

    def stall(self) -> None:
        """Claim, be stopped for longer than the lease, and go on as if nothing had been."""
        store = self.open()
        claim = store.claim("victim")
        os.kill(os.getpid(), signal.SIGSTOP)
        for write in (
            lambda: store.heartbeat(claim),
            lambda: store.progress(claim, [Step(stage="image", state="done", at_s=1)]),
            lambda: store.commit(claim, result_of(claim), parcels=[Parcel(topic="publish")]),
            lambda: store.fail(claim, LOST),
        ):
            try:
                write()
            except RaypipeError as error:
                self._say("refused", type(error).__name__)
            else:
                self._say("taken", "")
        store.close()


def submission(name: str, text: str = "") -> Submission:
    document = {"story_id": name, "text": text}
    return Submission(
        story_id=name, document=json.dumps(document), fingerprint=fingerprint_of(document, {})
    )


def result_of(claim: Any) -> JobResult:
    return JobResult(pointer=f"{claim.job.job_id}/{claim.job.epoch}")


def run(command: dict[str, Any], output: int) -> None:
    def say(what: str, about: str) -> None:
        os.write(output, (json.dumps([what, about]) + "\n").encode())

    victim = Victim(command, say)
    getattr(victim, command["do"])()
    for point in victim.points:
        say("point", point)


def fork(command: dict[str, Any]) -> tuple[int, int]:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writer)
        return pid, reader
    try:
        os.close(reader)
        run(command, writer)
    except BaseException as error:  # noqa: BLE001 - the parent reports it
        os.write(writer, (json.dumps(["error", repr(error)]) + "\n").encode())
    os._exit(0)


def outcome(pid: int, reader: int) -> dict[str, Any]:
    with os.fdopen(reader) as pipe:
        said = [json.loads(line) for line in pipe]
    _, status = os.waitpid(pid, 0)
    return {"said": said, "killed": os.WIFSIGNALED(status)}


def main() -> None:
    stalled: dict[int, int] = {}
    for line in sys.stdin:
        command = json.loads(line)
        if command["do"] == "wake":
            pid, reader = stalled.popitem()
            os.kill(pid, signal.SIGCONT)
            answer = [outcome(pid, reader)]
        elif command["do"] == "stall":
            pid, reader = fork(command)
            _, status = os.waitpid(pid, os.WUNTRACED)
            stalled[pid] = reader
            answer = [{"stopped": os.WIFSTOPPED(status)}]
        else:
            children = [fork(command) for _ in range(command.get("forks", 1))]
            answer = [outcome(*child) for child in children]
        print(json.dumps(answer), flush=True)  # noqa: T201 - this is the protocol


if __name__ == "__main__":
    main()
