"""Do all jobs end, each once, while processes of the cluster are killed all the time?

A Ray of its own renders many tiny stories: drafts of five seconds, title cards, eSpeak
NG. Every few seconds one process is killed (SIGKILL), of a kind drawn by lot: an image, speech or
render worker, a composer, a dispatcher, a story-runner, or the service itself::

    .venv/bin/python benchmarks/chaos.py --stories 200 --every 10 --json chaos.json

``lost``: an accepted job that has not ended, or whose folder is not whole. ``doubled``: a story
with two jobs, two kept results, or a folder that is not its result. ``recovery_s`` is from a kill
until a story of any job gets on again. Prints a table and writes JSON (--json FILE) with commit,
hardware and versions; exits with 1 if a job was lost or doubled, or more than 0.5 % failed.
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
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
from machine import machine

from raypipe.settings import Settings, load_settings
from raypipe.story.model import Story
from raypipe_cluster.jobs.errors import StoreUnavailableError
from raypipe_cluster.jobs.model import Job, Submission
from raypipe_cluster.jobs.order import JobOrder
from raypipe_cluster.jobs.rules import ENDED
from raypipe_cluster.session import RaySession

if TYPE_CHECKING:  # it imports Ray, which reads at once what is only known with the cluster
    from raypipe_cluster.jobs.service_calls import ServiceDesk

KINDS = {
    "image worker": "ray::ImageWorker",
    "speech worker": "ray::SpeechWorker",
    "render worker": "ray::RenderWorker",
    "composer": "ray::Composer",
    "dispatcher": "ray::Dispatcher",
    "story-runner": "ray::StoryRunner",
    "service": "ray::JobService",
}
_WHO = ("Mara", "Tobias", "the old keeper", "a fox", "two brothers", "the captain")
_WHAT = ("a lantern", "a brass key", "the letter", "a broken clock", "a map", "the red kite")
_WHERE = ("in the sand", "under the bridge", "in the forest", "on the roof", "by the sea")
_POLL_S = 0.5
_MOST_FAILED = 0.005


@dataclass
class Kill:
    """One kill; ``recovery_s`` until a story got on again, None if none had to."""

    at_s: float
    kind: str
    pid: int
    recovery_s: float | None = None


@dataclass
class Killer:
    """Kills one of our processes now and then, until `stop`."""

    every_s: float
    kinds: Sequence[str]
    lot: random.Random
    kills: list[Kill] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Kill until told to stop."""
        while not self._over.wait(self.every_s):
            kind = self.lot.choice(self.kinds)
            found = [
                process
                for process in psutil.Process().children(recursive=True)  # no other cluster's
                if name_of(process).startswith(KINDS[kind])
            ]
            if not found:
                continue
            process = self.lot.choice(found)
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
                self.kills.append(Kill(time.time(), kind, process.pid))

    def stop(self) -> None:
        """Kill nothing more."""
        self._over.set()


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


@contextmanager
def cluster_in(folder: Path) -> Iterator[RaySession]:
    """Run Ray for this process, with jobs, cache and settings in ``folder``."""
    for name in ("STATE", "CACHE", "CONFIG"):
        os.environ[f"XDG_{name}_HOME"] = str(folder / name.lower())
    session = RaySession(None)
    session.connect()
    try:
        yield session
    finally:
        session.close()


def follow(desk: ServiceDesk, wanted: set[str], kills: list[Kill], limit_s: float) -> list[Job]:
    """Return the jobs as they have ended, noting when each kill was got over."""
    jobs: dict[str, Job] = {}
    version, until_s = 0, time.monotonic() + limit_s
    while time.monotonic() < until_s:
        with contextlib.suppress(StoreUnavailableError):
            changes = desk.changes(version)
            version = changes.version
            jobs |= {job.job_id: job for job in changes.jobs}
            latest_ms = max((job.progress_ms or 0 for job in jobs.values()), default=0)
            for kill in kills:
                if kill.recovery_s is None and latest_ms / 1000 > kill.at_s:
                    kill.recovery_s = latest_ms / 1000 - kill.at_s
            ended = [job for job in jobs.values() if job.job_id in wanted and job.state in ENDED]
            if len(ended) == len(wanted):
                break
            line = f"\r{len(ended)} of {len(wanted)} ended, {len(kills)} kills "
            print(line, end="", flush=True, file=sys.stderr)
        time.sleep(_POLL_S)
    print(file=sys.stderr)
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
    with cluster_in(folder):
        from raypipe_cluster.jobs.service import open_service

        settings = settings_of(folder, args.speech)
        desk = open_service(settings)
        options = JobOrder.of(settings).options()
        began_s = time.time()
        accepted = {
            desk.submit(Submission.of(story_of(number, lot), options=options)).job.job_id
            for number in range(args.stories)
        }
        killer = Killer(args.every, args.kinds, lot)
        thread = threading.Thread(target=killer.run, daemon=True)
        thread.start()
        jobs = follow(desk, accepted, killer.kills, args.limit)
        killer.stop()
        thread.join()
        took_s = time.time() - began_s
        lost, doubled = judge(jobs, accepted, settings.storage.output_dir)
    states = Counter(job.state for job in jobs)
    return {
        "question": "jobs that end, and end once, while processes are killed",
        "stories": args.stories,
        "seconds": round(took_s, 1),
        "clean": states["succeeded"],
        "degraded": states["degraded"],
        "failed": states["failed"],
        "failed_share": round(states["failed"] / args.stories, 4),
        "lost": len(lost),
        "doubled": len(doubled),
        "what": [*lost, *doubled][:20],
        "errors": dict(Counter(job.error.type for job in jobs if job.error)),
        "attempts_max": max((job.attempt for job in jobs), default=0),
        "claims": sum(job.epoch for job in jobs),
        "kills": len(killer.kills),
        "faults": [fault_row(kind, killer.kills) for kind in args.kinds],
        "every_s": args.every,
        "seed": args.seed,
        **machine(),
    }


def settings_of(folder: Path, speech: str) -> Settings:
    """Return the settings of the smallest videos."""
    values = {
        "storage.output_dir": folder / "out",
        "storage.cache_url": (folder / "products").as_uri(),
        "video.quality": "draft",
        "video.target_duration": 5,
        "video.aspect_ratio": "1:1",
        "images.engine": "card",
        "tts.engine": speech,
        "music.default": "none",
    }
    return load_settings(values, env={}, file=None).settings


def fault_row(kind: str, kills: list[Kill]) -> dict[str, Any]:
    """Return the figures of one kind of kill."""
    times = [k.recovery_s for k in kills if k.kind == kind and k.recovery_s is not None]
    return {
        "fault": kind,
        "runs": sum(kill.kind == kind for kill in kills),
        "recovery_s_median": round(statistics.median(times), 2) if times else None,
        "recovery_s_max": round(max(times), 2) if times else None,
    }


def as_table(result: dict[str, Any]) -> str:
    """Return the figures for people."""
    lines = [f"{'SIGKILL of':16}{'runs':>6}{'gets on after (median, max)':>32}"]
    for row in result["faults"]:
        times = f"{row['recovery_s_median']} s, {row['recovery_s_max']} s" if row["runs"] else "-"
        lines.append(f"{row['fault']:16}{row['runs']:>6}{times:>32}")
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
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--speech", default="espeak:en")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--limit", type=float, default=7200.0, help="seconds after which to give up"
    )
    parser.add_argument("--folder", type=Path, default=None, help="where it works")
    parser.add_argument("--json", type=Path, default=None)
    args = parser.parse_args()
    logging.disable()
    with tempfile.TemporaryDirectory(prefix="raypipe-chaos-", dir=args.folder) as folder:
        result = measure(args, Path(folder))
    print(as_table(result))
    if args.json:
        args.json.write_text(json.dumps(result, indent=2) + "\n")
    if result["lost"] or result["doubled"] or result["failed_share"] > _MOST_FAILED:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
