"""Do all jobs end, each once, while processes and nodes of the cluster are killed all the time?

A cluster of a head and two nodes, each with raylet, agents and workers of its own, renders many
tiny stories that `raypipe submit` handed in: drafts of five seconds, title cards, eSpeak NG. The
head keeps Ray's state in Redis, where the jobs are too. Every few seconds something is killed
(SIGKILL), of a kind drawn by lot: an image, speech or render worker, a composer, a dispatcher, a
story-runner (the driver of a story), the service of jobs, or a whole node, in whose place another
joins a few seconds later. Once, the head is killed with all that runs there, and started again::

    .venv/bin/python benchmarks/chaos.py --stories 200 --every 10 --json chaos.json
    .venv/bin/python benchmarks/chaos.py --stories 15 --seed 2 --json chaos.json --add  # and more

``lost``: an accepted job that has not ended, or whose folder is not whole. ``doubled``: a story
with two jobs, two kept results, or a folder that is not its result. ``recovery_s`` is from a kill
until the last of the stories that were being rendered then gets on again, or has ended; the next
kills, which come meanwhile, are in it. Prints a table and writes JSON (--json FILE) with commit,
hardware and versions, the figures of several runs added up (--add); exits with 1 if a job was lost
or doubled, or more than 0.5 % failed.
Needs Debian's redis-server.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psutil
from cluster_of_nodes import NodesCluster
from machine import machine

from raypipe.settings import load_settings
from raypipe.story.model import Story
from raypipe_cluster.jobs.desk import JobDesk
from raypipe_cluster.jobs.errors import StoreUnavailableError
from raypipe_cluster.jobs.model import Job
from raypipe_cluster.jobs.open import store_of
from raypipe_cluster.jobs.rules import ENDED
from raypipe_cluster.ray_environment import prepare_ray

PROCESSES: Final = {
    "image worker": "ray::ImageWorker",
    "speech worker": "ray::SpeechWorker",
    "render worker": "ray::RenderWorker",
    "composer": "ray::Composer",
    "dispatcher": "ray::Dispatcher",
    "story-runner": "ray::StoryRunner",
    "service": "ray::JobService",
}
NODE, HEAD = "node", "head"
KINDS: Final = (*PROCESSES, NODE)
_WHO = ("Mara", "Tobias", "the old keeper", "a fox", "two brothers", "the captain")
_WHAT = ("a lantern", "a brass key", "the letter", "a broken clock", "a map", "the red kite")
_WHERE = ("in the sand", "under the bridge", "in the forest", "on the roof", "by the sea")
_POLL_S = 0.5
_MOST_FAILED = 0.005
_AWAY_S = 5.0
"""How long a killed node or head is away before its successor is started."""
_PEACE_S = 600.0
_HEAD_AFTER = 1 / 3
"""Of all stories, how many have ended when the head is killed."""


@dataclass
class Kill:
    """One kill, and the jobs that had been worked on and have not got on since."""

    at_s: float
    kind: str
    what: str
    waiting: set[str] | None = None
    recovery_s: float | None = None
    """Until all of them had got on; None if none was worked on, or not all of them ever did."""

    def note(self, jobs: dict[str, Job], running: set[str]) -> None:
        """See which of ``running``, those at the moment of the kill, have got on by now."""
        if self.waiting is None:
            self.waiting = set(running)
        for job_id in list(self.waiting):
            job = jobs[job_id]
            moved_s = max(job.progress_ms or 0, job.finished_ms or 0) / 1000
            if moved_s > self.at_s:
                self.recovery_s = max(self.recovery_s or 0.0, moved_s - self.at_s)
            if moved_s > self.at_s or job.state in ENDED:  # perhaps just before the kill
                self.waiting.remove(job_id)

    @property
    def is_over(self) -> bool:
        """Whether all has got on."""
        return self.waiting is not None and not self.waiting


@dataclass
class Killer:
    """Kills something of the cluster now and then, until `stop`."""

    cluster: NodesCluster
    every_s: float
    kinds: Sequence[str]
    lot: random.Random
    kills: list[Kill] = field(default_factory=list)
    problem: str = ""
    _head_is_due: threading.Event = field(default_factory=threading.Event)
    _head_is_done: bool = False
    _over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Kill until told to stop."""
        try:
            while not self._over.wait(self.every_s):
                self._kill_something()
        except RuntimeError as error:  # the head did not start again: nothing can go on
            self.problem = str(error)

    def stop(self) -> None:
        """Kill nothing more."""
        self._over.set()

    def want_head(self) -> None:
        """Let the next kill be that of the head, once."""
        self._head_is_due.set()

    def _kill_something(self) -> None:
        self.cluster.mend()
        if self._head_is_due.is_set() and not self._head_is_done:
            self._head_is_done = True
            self._restart_head()
            return
        for kind in self.lot.sample(self.kinds, len(self.kinds)):
            if self._kill_node() if kind == NODE else self._kill_process(kind):
                return

    def _kill_process(self, kind: str) -> bool:
        found = [p for p in self.cluster.processes() if name_of(p).startswith(PROCESSES[kind])]
        if not found:
            return False
        process = self.lot.choice(found)
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)
            self.kills.append(Kill(time.time(), kind, str(process.pid)))
        return True

    def _kill_node(self) -> bool:
        if len(self.cluster.workers) < self.cluster.nodes:
            return False
        node = self.lot.choice(self.cluster.workers)
        self.kills.append(Kill(time.time(), NODE, node.address))
        self.cluster.kill_node(node)
        if not self._over.wait(_AWAY_S):
            self.cluster.add_node()
        return True

    def _restart_head(self) -> None:
        self.kills.append(Kill(time.time(), HEAD, self.cluster.address))
        self.cluster.kill_head()
        self._over.wait(_AWAY_S)
        self.cluster.start_head()


def name_of(process: psutil.Process) -> str:
    """Return what a process of Ray calls itself."""
    try:
        return (process.cmdline() or [""])[0]
    except psutil.Error:
        return ""


def story_of(number: int, lot: random.Random) -> Story:
    """Return a story of three sentences, unlike the others."""
    lines = [
        f"{lot.choice(_WHO)} found {lot.choice(_WHAT)} {lot.choice(_WHERE)} on day {number}.",
        f"Nobody but {lot.choice(_WHO)} knew what {lot.choice(_WHAT)} was for.",
        f"In the end it lay {lot.choice(_WHERE)} again.",
    ]
    text = " ".join(line[0].upper() + line[1:] for line in lines)
    return Story(story_id=f"chaos-{number}", title=f"Day {number}", content=text)


def submit(folder: Path, address: str, values: dict[str, Any], stories: list[Story]) -> set[str]:
    """Hand in ``stories`` by the command, as users do, and return the ids of their jobs."""
    file = folder / "stories.jsonl"
    file.write_text("".join(f"{story.model_dump_json()}\n" for story in stories))
    variables = {
        f"RAYPIPE_{name.upper().replace('.', '_')}": str(value) for name, value in values.items()
    }
    command = [sys.executable, "-m", "raypipe_cluster.cli.main"]
    ran = subprocess.run(
        [*command, "submit", str(file), "--address", address, "--json", "--quiet"],
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return {json.loads(line)["job_id"] for line in ran.stdout.splitlines()}


def follow(desk: JobDesk, wanted: set[str], killer: Killer, limit_s: float) -> list[Job]:
    """Return the jobs as they have ended, noting when each kill was got over.

    After ``limit_s`` nothing is killed any more, and what is left may end in peace.
    """
    jobs: dict[str, Job] = {}
    running: set[str] = set()
    version, began_s = 0, time.monotonic()
    while time.monotonic() < began_s + limit_s + _PEACE_S and not killer.problem:
        with contextlib.suppress(StoreUnavailableError):
            changes = desk.changes(version)
            version = changes.version
            jobs |= {job.job_id: job for job in changes.jobs}
        for kill in list(killer.kills):
            if not kill.is_over:
                kill.note(jobs, running)
        running = {job.job_id for job in jobs.values() if job.state in {"running", "retrying"}}
        ended = {job_id for job_id in wanted if job_id in jobs and jobs[job_id].state in ENDED}
        if len(ended) >= len(wanted) * _HEAD_AFTER:
            killer.want_head()
        if ended == wanted:
            break
        if time.monotonic() > began_s + limit_s:
            killer.stop()
        line = f"\r{len(ended)} of {len(wanted)} ended, {len(killer.kills)} kills "
        print(line, end="", flush=True, file=sys.stderr)
        time.sleep(_POLL_S)
    print(killer.problem, file=sys.stderr)
    return [jobs[job_id] for job_id in wanted if job_id in jobs]


def judge(jobs: list[Job], accepted: set[str], root: Path) -> tuple[list[str], list[str]]:
    """Return what was lost and what was doubled, a line each."""
    lost = sorted(accepted - {job.job_id for job in jobs if job.state in ENDED})
    doubled = [f"{s}: jobs" for s, n in Counter(job.story_id for job in jobs).items() if n > 1]
    for job in jobs:
        kept = [path for path in (root / ".jobs" / job.job_id).glob("*") if any(path.iterdir())]
        if job.result is None:
            doubled += [f"{job.job_id}: kept {path.name}" for path in kept]
            continue
        if [path.relative_to(root).as_posix() for path in kept] != [job.result.pointer]:
            doubled.append(f"{job.job_id}: kept {[path.name for path in kept]}")
        facts = job.result.facts
        video, folder = Path(str(facts["video"])), Path(str(facts["folder"]))
        own = root / job.result.pointer / folder.name
        if not video.is_file() or video.stat().st_size != facts["size_bytes"]:
            lost.append(f"{job.job_id}: no whole video")
        elif not (own / video.name).samefile(video):
            doubled.append(f"{job.job_id}: another video is shown")
    return lost, doubled


def measure(args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Return all figures."""
    lot = random.Random(args.seed)  # noqa: S311 - so that a run can be repeated
    for name in ("STATE", "CACHE", "CONFIG"):
        os.environ[f"XDG_{name}_HOME"] = str(folder / name.lower())
    prepare_ray(own_cluster=True)
    stories = [story_of(number, lot) for number in range(args.stories)]
    with NodesCluster(folder, nodes=args.nodes, cpus=args.cpus) as cluster:
        values = values_of(folder, cluster, args.speech)
        settings = load_settings(values, env={}, file=None).settings
        began_s = time.time()
        accepted = submit(folder, cluster.address, values, stories)
        killer = Killer(cluster, args.every, args.kinds, lot)
        thread = threading.Thread(target=killer.run, daemon=True)
        thread.start()
        with store_of(settings.storage) as desk:
            jobs = follow(desk, accepted, killer, args.limit)
        killer.stop()
        thread.join()
        took_s = time.time() - began_s
        lost, doubled = judge(jobs, accepted, settings.storage.output_dir)
    return {
        "question": "jobs that end, and end once, while processes and nodes are killed",
        "runs": 1,
        "stories": args.stories,
        "accepted": len(accepted),
        "nodes": args.nodes,
        "seconds": round(took_s, 1),
        **outcomes(jobs),
        "lost": len(lost),
        "doubled": len(doubled),
        "what": [*lost, *doubled],
        "kills": len(killer.kills),
        "recoveries_s": recoveries(killer.kills),
        "not_recovered": sum(not kill.is_over for kill in killer.kills),
        "every_s": args.every,
        "away_s": _AWAY_S,
        "seeds": [args.seed],
        **machine(),
    }


def outcomes(jobs: list[Job]) -> dict[str, Any]:
    """Return how the jobs ended, and what it took."""
    states = Counter(job.state for job in jobs)
    return {
        "clean": states["succeeded"],
        "degraded": states["degraded"],
        "failed": states["failed"],
        "errors": dict(Counter(job.error.type for job in jobs if job.error)),
        "attempts": dict(Counter(str(job.attempt) for job in jobs)),
        "claims": sum(job.epoch for job in jobs),
        "not_clean": [
            {
                "job": job.job_id,
                "state": job.state,
                "attempt": job.attempt,
                "error": job.error.message if job.error else "",
                "degraded": list(job.result.degraded) if job.result else [],
            }
            for job in jobs
            if job.state != "succeeded"
        ],
    }


def values_of(folder: Path, cluster: NodesCluster, speech: str) -> dict[str, Any]:
    """Return the settings of the smallest videos, whose jobs are in the cluster's Redis."""
    return {
        "storage.output_dir": folder / "out",
        "storage.cache_url": (folder / "products").as_uri(),
        "storage.jobs_url": cluster.redis_url,
        "storage.jobs_password_file": cluster.password_file,
        "video.quality": "draft",
        "video.target_duration": 5,
        "video.aspect_ratio": "1:1",
        "images.engine": "card",
        "tts.engine": speech,
        "music.default": "none",
    }


def recoveries(kills: list[Kill]) -> dict[str, list[float | None]]:
    """Return, for each kind of kill, how long each took; None where no story was worked on."""
    found: dict[str, list[float | None]] = {}
    for kill in kills:
        took_s = kill.recovery_s if kill.is_over else None
        found.setdefault(kill.kind, []).append(None if took_s is None else round(took_s, 2))
    return found


_SUMS: Final = (
    *("runs", "stories", "accepted", "seconds", "clean", "degraded", "failed", "lost", "doubled"),
    *("claims", "kills", "not_recovered"),
)


def added(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return the figures of two runs together, the rest as in the second."""
    lists = ("what", "not_clean", "seeds")
    kinds = dict.fromkeys([*one["recoveries_s"], *other["recoveries_s"]])
    return {
        **other,
        **{name: round(one[name] + other[name], 1) for name in _SUMS},
        **{name: one[name] + other[name] for name in lists},
        **{
            name: dict(Counter(one[name]) + Counter(other[name])) for name in ("errors", "attempts")
        },
        "recoveries_s": {
            kind: one["recoveries_s"].get(kind, []) + other["recoveries_s"].get(kind, [])
            for kind in kinds
        },
    }


def summed_up(result: dict[str, Any]) -> dict[str, Any]:
    """Return ``result`` with what follows from its counts."""
    rows = []
    for kind, runs in sorted(result["recoveries_s"].items()):
        times = [took_s for took_s in runs if took_s is not None]
        rows.append(
            {
                "fault": kind,
                "runs": len(runs),
                "recovery_s_median": round(statistics.median(times), 1) if times else None,
                "recovery_s_max": round(max(times), 1) if times else None,
            }
        )
    return {
        **result,
        "failed_share": round(result["failed"] / result["stories"], 4),
        "faults": rows,
    }


def as_table(result: dict[str, Any]) -> str:
    """Return the figures for people."""
    lines = [f"{'SIGKILL of':16}{'times':>6}{'all get on after (median, max)':>34}"]
    for row in result["faults"]:
        times = f"{row['recovery_s_median']} s, {row['recovery_s_max']} s"
        lines.append(f"{row['fault']:16}{row['runs']:>6}{times:>34}")
    lines.append(
        f"{result['stories']} stories in {result['seconds']} s: {result['clean']} clean, "
        f"{result['degraded']} degraded, {result['failed']} failed, {result['lost']} lost, "
        f"{result['doubled']} doubled"
    )
    return "\n".join(lines)


def main() -> None:
    """Measure, print, write; exit with 1 if too much went wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--stories", type=int, default=200)
    parser.add_argument("--every", type=float, default=10.0, help="seconds between kills")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--nodes", type=int, default=2, help="nodes beside the head")
    parser.add_argument("--cpus", type=int, default=2, help="what each node offers to Ray")
    parser.add_argument("--speech", default="espeak:en")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--limit", type=float, default=7200.0, help="seconds after which nothing is killed"
    )
    parser.add_argument(
        "--folder", type=Path, default=None, help="where it works and leaves all logs; a short path"
    )
    parser.add_argument("--json", type=Path, default=None)
    parser.add_argument("--add", action="store_true", help="to the figures in that file")
    args = parser.parse_args()
    logging.disable()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # and the cluster ends with this
    if args.folder:
        args.folder.mkdir(parents=True)
        result = measure(args, args.folder.absolute())
    else:
        with tempfile.TemporaryDirectory(prefix="rp-") as folder:
            result = measure(args, Path(folder))
    if args.json and args.add and args.json.exists():
        result = added(json.loads(args.json.read_text()), result)
    result = summed_up(result)
    print(as_table(result))
    if args.json:
        args.json.write_text(json.dumps(result, indent=2) + "\n")
    if result["lost"] or result["doubled"] or result["failed_share"] > _MOST_FAILED:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
