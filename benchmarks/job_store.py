"""How many jobs a second can the stores take: submitted, claimed and finished?

Each store is fed 10,000 jobs, one by one or as a folder (all in one request, as ``raypipe submit
stories/`` does), which are then claimed and committed one by one, each step durable before the
next. SQLite is used as the service of jobs uses it: by one process, a thread for each caller, 1 or
8 at once. Redis is used by 1 or 2 processes. Beside the SQLite figures stands how often a second
this disk can sync a block, for syncs are what durability costs, and the same store in memory
(``/dev/shm``), which shows what is left::

    .venv/bin/python benchmarks/job_store.py --json benchmarks/results/job_store.json

Redis runs as the tests run it: Debian's redis-server, on a socket, with an append-only file.
Prints a table and writes JSON (--json FILE) with commit, hardware, versions, median and spread.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import apsw
from machine import machine

from raypipe_cluster.jobs.model import JobResult, Submission
from raypipe_cluster.jobs.open import open_store
from raypipe_cluster.jobs.rules import fingerprint_of
from raypipe_cluster.jobs.store import JobStore

Given = Literal["one by one", "folder"]
GIVEN: Final[tuple[Given, ...]] = ("one by one", "folder")
SQLITE_CALLERS: Final = (1, 8)
"""One, and as many as stories run at once at most."""
REDIS_CALLERS: Final = (1, 2)

_STORY = json.dumps(
    {"story_id": "s", "title": "A fox", "content": "A fox ran over the hill. " * 40}
)
"""About a kilobyte, as a short story has."""
_MEMORY = Path("/dev/shm")  # noqa: S108 - the point is that it is memory


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=None, help="where the files are made")
    parser.add_argument("--json", type=Path, default=None)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="raypipe-bench-", dir=args.folder) as folder:
        result = measure(Path(folder), args.jobs, args.repeats)
    print(as_table(result))
    if args.json:
        args.json.write_text(json.dumps(result, indent=2) + "\n")


def measure(folder: Path, jobs: int, repeats: int) -> dict[str, Any]:
    """Return all figures; the cases are repeated in turn, so that drift is shared."""
    cases: dict[str, list[dict[str, float]]] = {}
    syncs = []
    for repeat in range(repeats):
        syncs.append(syncs_per_s(folder / f"sync-{repeat}"))
        for given in GIVEN:
            for callers in SQLITE_CALLERS:
                for name, place in (("SQLite", folder), ("SQLite in memory", _MEMORY)):
                    figures = run_sqlite(place, jobs, callers, given)
                    cases.setdefault(f"{name}, {callers} at once, {given}", []).append(figures)
            for callers in REDIS_CALLERS if shutil.which("redis-server") else ():
                figures = run_redis(folder / f"redis-{len(cases)}-{repeat}", jobs, callers, given)
                cases.setdefault(f"Redis, {callers} at once, {given}", []).append(figures)
    return {
        "question": "jobs a second, each submitted, claimed and finished",
        "jobs": jobs,
        "cases": {name: summary(runs) for name, runs in cases.items()},
        "disk_syncs_per_s": round(statistics.median(syncs), 1),
        "repeats": repeats,
        "load": round(os.getloadavg()[0], 2),
        **machine(("apsw", "redis", "hiredis", "raypipe")),
        **servers(),
    }


def run_sqlite(place: Path, jobs: int, callers: int, given: Given) -> dict[str, float]:
    """Return the figures of one run on a new file, with a thread for each caller."""
    with tempfile.TemporaryDirectory(prefix="raypipe-bench-", dir=place) as files:
        url = f"sqlite://{files}/jobs.db"
        with opened(url), ThreadPoolExecutor(callers) as threads:
            figures = run_case(url, jobs, callers, given, threads)
        opened.cache_clear()
        return figures


def run_redis(folder: Path, jobs: int, callers: int, given: Given) -> dict[str, float]:
    """Return the figures of one run on a new server, with a process for each caller."""
    context = multiprocessing.get_context("spawn")
    with redis_server(folder) as url, ProcessPoolExecutor(callers, mp_context=context) as processes:
        return run_case(url, jobs, callers, given, processes)


def run_case(
    url: str, jobs: int, callers: int, given: Given, executor: Executor
) -> dict[str, float]:
    """Return the figures of one run on an empty store, which is left full."""
    list(executor.map(warm_up, [url] * callers))
    began = time.perf_counter()
    if given == "folder":
        executor.submit(submit_folder, url, jobs).result()
    else:
        shares = [jobs * (n + 1) // callers - jobs * n // callers for n in range(callers)]
        list(executor.map(submit_one_by_one, [url] * callers, range(callers), shares))
    submitted = time.perf_counter()
    claims = [ms for part in executor.map(finish_all, [url] * callers) for ms in part]
    finished = time.perf_counter()
    with open_store(url) as store:
        counts = store.counts()
    if counts["succeeded"] != jobs or len(claims) != jobs:
        raise SystemExit(f"{url}: expected {jobs} finished jobs, found {counts}")
    quantiles = statistics.quantiles(claims, n=100)
    return {
        "jobs_per_s": jobs / (finished - began),
        "submits_per_s": jobs / (submitted - began),
        "claims_and_commits_per_s": jobs / (finished - submitted),
        "claim_p50_ms": quantiles[49],
        "claim_p99_ms": quantiles[98],
        "claim_max_ms": max(claims),
    }


@cache
def opened(url: str) -> JobStore:
    """Return the store of this process."""
    return open_store(url)


def warm_up(url: str) -> None:
    """Import, connect and look, which is not measured."""
    opened(url).counts()


def stories(caller: int, jobs: int) -> Iterator[Submission]:
    """Yield ``jobs`` submissions of one caller."""
    document = json.loads(_STORY)
    for number in range(jobs):
        given = document | {"story_id": f"s{caller}-{number}"}
        yield Submission(
            story_id=given["story_id"],
            document=json.dumps(given),
            fingerprint=fingerprint_of(given, {}),
        )


def submit_one_by_one(url: str, caller: int, jobs: int) -> None:
    """Submit ``jobs`` stories of this caller, each once the one before is accepted."""
    for submission in stories(caller, jobs):
        opened(url).submit(submission)


def submit_folder(url: str, jobs: int) -> None:
    """Submit ``jobs`` stories in one request."""
    opened(url).submit_many(list(stories(0, jobs)))


def finish_all(url: str) -> list[float]:
    """Claim and commit until nothing waits; return the milliseconds of each claim."""
    claims = []
    store = opened(url)
    while True:
        began = time.perf_counter()
        claim = store.claim("bench")
        took_ms = (time.perf_counter() - began) * 1000
        if claim is None:
            return claims
        claims.append(took_ms)
        store.commit(claim, JobResult(pointer=f"{claim.job.job_id}/{claim.job.epoch}"))


def syncs_per_s(path: Path) -> float:
    """Return how often a second a block of the file ``path`` can be written anew and synced.

    A write-ahead log is such a file: it is written over from its beginning after each checkpoint.
    """
    count, blocks, block = 300, 1000, bytes(4096)
    with path.open("wb", buffering=0) as file:
        file.write(block * blocks)
        os.fsync(file)
        began = time.perf_counter()
        for number in range(count):
            os.pwrite(file.fileno(), block, number % blocks * len(block))
            os.fdatasync(file)
        return count / (time.perf_counter() - began)


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Run a server in ``folder`` and give its URL."""
    folder.mkdir()
    command = [
        *("redis-server", "--port", "0", "--unixsocket", str(folder / "s"), "--dir", str(folder)),
        *("--save", "", "--appendonly", "yes", "--appendfsync", "everysec"),
    ]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        for line in server.stdout or ():
            if "ready to accept connections" in line:
                break
        yield f"unix://{folder}/s"
    finally:
        server.terminate()
        server.communicate()


def summary(runs: Sequence[dict[str, float]]) -> dict[str, Any]:
    """Return the median of each figure, and the spread of the first."""
    rates = [run["jobs_per_s"] for run in runs]
    medians = {name: round(statistics.median(run[name] for run in runs), 2) for name in runs[0]}
    return medians | {
        "jobs_per_s_min": round(min(rates), 1),
        "jobs_per_s_max": round(max(rates), 1),
    }


def servers() -> dict[str, str | None]:
    """Return the versions of what is no Python package."""
    server = shutil.which("redis-server")
    command = [server or "", "--version"]
    return {
        "sqlite": apsw.sqlite_lib_version(),
        "redis_server": subprocess.run(
            command, capture_output=True, text=True, check=True
        ).stdout.split()[2]
        if server
        else None,
    }


def as_table(result: dict[str, Any]) -> str:
    """Return the figures as a small table in Markdown."""
    lines = [
        (
            f"{result['jobs']:,} jobs, {result['repeats']} runs each, {result['cores']} cores; "
            f"this disk syncs {result['disk_syncs_per_s']:.0f} blocks a second"
        ),
        "",
        "| store | jobs/s | min | max | submits/s | claims and commits/s | claim p99 ms |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {row['jobs_per_s']:.0f} | {row['jobs_per_s_min']:.0f} | "
        f"{row['jobs_per_s_max']:.0f} | {row['submits_per_s']:.0f} | "
        f"{row['claims_and_commits_per_s']:.0f} | {row['claim_p99_ms']:.2f} |"
        for name, row in result["cases"].items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
