"""Processes to be killed: reads commands, forks a victim for each, says how it ended.

A victim works on jobs like any client. Its fault hook counts the points between changes of state
and kills or stops the process at the chosen one. What it was told by the store, it has written
down before the next call: that is what must hold afterwards.
"""

from __future__ import annotations

import json
import logging
import math
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from raypipe.errors import GenerationError, RaypipeError, StoryError
from raypipe.progress import ProgressEvent
from raypipe_cluster.jobs.backend import no_fault
from raypipe_cluster.jobs.foreman import Ended, Foreman
from raypipe_cluster.jobs.job_run import JobRun, Made
from raypipe_cluster.jobs.model import Claim, JobError, JobResult, Parcel, Step, Submission
from raypipe_cluster.jobs.outputs import JobOutputs
from raypipe_cluster.jobs.redis_backend import RedisBackend, RedisOptions
from raypipe_cluster.jobs.rules import WAITING, fingerprint_of
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
        if len(self.points) - 1 >= self._command.get("kill_at", math.inf):
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

    def crowd(self) -> None:
        """Submit, claim and commit in six threads over one store."""
        store = self.open()

        def take_turns(thread: int) -> None:
            for number in range(3):
                name = f"t{thread}-{number}"
                self._say("accepted", store.submit(submission(name)).job.job_id)
                claim = store.claim(f"thread-{thread}")
                if claim is not None:
                    store.heartbeat(claim)
                    job = store.commit(claim, result_of(claim), parcels=[Parcel(topic="publish")])
                    self._say("committed", job.job_id)

        with ThreadPoolExecutor(6) as threads:
            list(threads.map(take_turns, range(6)))
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

    def work(self) -> None:
        """Be a whole service: take stories through all that can become of them, to the end."""
        store = self.open()
        shop = Workshop(store, Path(self._command["root"]), fault=self.reach, say=self._say)
        shop.stall = self._command.get("stall", "")
        for name in self._command["stories"]:
            self._say("accepted", store.submit(submission(name)).job.job_id)
        shop.foreman.recover()
        while True:
            begun = shop.foreman.round()
            if not begun and not any(store.counts()[state] for state in WAITING):
                break
            self.now_ms += 10_000
        store.close()


class Workshop:
    """A foreman whose crew works in this very thread, at a render that takes no time.

    The first letter of a story says what becomes of it: ``s`` succeeds, ``d`` is degraded, ``r``
    fails once and is tried again, ``f`` fails, ``c`` is cancelled while it runs.
    """

    def __init__(
        self,
        store: JobStore,
        root: Path,
        *,
        owner: str = "workshop",
        fault: Callable[[str], None] = no_fault,
        say: Callable[[str, str], None] = lambda _what, _about: None,
    ) -> None:
        self.store = store
        self.outputs = JobOutputs(root, fault=fault)
        self.foreman = Foreman(store, self.outputs, self, owner=owner, fault=fault)
        self.stall = ""
        self.ends: list[tuple[str, str]] = []
        self._fault = fault
        self._say = say
        self._ended: list[Ended] = []

    def places(self) -> int:
        return 1

    def start(self, claim: Claim) -> None:
        run = JobRun(claim, self, self.outputs, self.render, fault=self._fault)
        end = run.run()
        self.ends.append((claim.job.job_id, end))
        self._say(end, f"{claim.job.job_id} {claim.job.epoch}")
        self._ended.append(Ended(claim, end))

    def working(self) -> list[Claim]:
        return []

    def ended(self) -> list[Ended]:
        ended, self._ended = self._ended, []
        return ended

    def stop(self, claim: Claim, reason: str = "") -> None:
        raise AssertionError(f"nothing runs while a round is made: {claim} {reason}")

    kill = stop

    def __getattr__(self, verb: str) -> Any:
        """Be the ledger too: a commit goes through the foreman, the rest into the store."""
        return getattr(self.foreman if verb == "commit" else self.store, verb)

    async def render(self, claim: Claim, folder: Path, on_event: Any) -> Made:
        job = claim.job
        on_event(ProgressEvent("image", "done", 0.1, "s1"))
        made = folder / f"the-{job.story_id}"
        made.mkdir()
        (made / "video.mp4").write_text(f"{job.job_id} {job.epoch}")
        (made / "report.json").write_text("{}")
        kind = job.story_id[0]
        if job.story_id == self.stall and job.epoch == 1:
            os.kill(os.getpid(), signal.SIGSTOP)
        if kind == "f":
            raise StoryError("it is no story")
        if kind == "r" and job.attempt == 1:
            raise GenerationError("no picture came")
        if kind == "c":
            self.store.cancel(job.job_id)
        return Made(degraded=("less",) if kind == "d" else (), facts={"attempt": job.attempt})


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
    logging.disable()  # what fails here fails on purpose
    stalled: dict[int, int] = {}
    for line in sys.stdin:
        command = json.loads(line)
        if command["do"] == "wake":
            pid, reader = stalled.popitem()
            os.kill(pid, signal.SIGCONT)
            answer = [outcome(pid, reader)]
        elif command["do"].startswith("stall"):
            pid, reader = fork({**command, "do": command["do"].removeprefix("stall_")})
            _, status = os.waitpid(pid, os.WUNTRACED)
            stalled[pid] = reader
            answer = [{"stopped": os.WIFSTOPPED(status)}]
        else:
            children = [fork(command) for _ in range(command.get("forks", 1))]
            answer = [outcome(*child) for child in children]
        print(json.dumps(answer), flush=True)  # noqa: T201 - this is the protocol


if __name__ == "__main__":
    main()
