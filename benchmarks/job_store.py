"""How many jobs a second can the stores take: submitted, claimed and finished?

Each store is fed 10,000 jobs, which are then claimed and committed one by one, each step its own
durable transaction, by one process or several. Beside the SQLite figures stands how often a
second this disk can sync a block, for three syncs a job are what durability costs, and the same
store in memory (``/dev/shm``), which shows what is left::

    .venv/bin/python benchmarks/job_store.py --json job_store.json

Redis runs as the tests run it: Debian's redis-server, on a socket, with an append-only file.
Prints a table and writes JSON (--json FILE) with commit, hardware, versions, median and spread.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import apsw

from raypipe_cluster.jobs.model import JobResult, Submission
from raypipe_cluster.jobs.open import open_store
from raypipe_cluster.jobs.rules import fingerprint_of

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
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--folder", type=Path, default=None, help="where the files are made")
    parser.add_argument("--json", type=Path, default=None)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="raypipe-bench-", dir=args.folder) as folder:
        result = measure(Path(folder), args.jobs, args.repeats, args.clients)
    print(as_table(result))
    if args.json:
        args.json.write_text(json.dumps(result, indent=2) + "\n")


def measure(folder: Path, jobs: int, repeats: int, clients: Sequence[int]) -> dict[str, Any]:
    """Return all figures; the cases are repeated in turn, so that drift is shared."""
    cases: dict[str, list[dict[str, float]]] = {}
    syncs = []
    for repeat in range(repeats):
        syncs.append(syncs_per_s(folder / f"sync-{repeat}"))
        for count in clients:
            for name, place in (("sqlite", folder), ("sqlite in memory", _MEMORY)):
                with tempfile.TemporaryDirectory(prefix="raypipe-bench-", dir=place) as files:
                    case = f"{name}, {count} clients"
                    figures = run_case(f"sqlite://{files}/jobs.db", jobs, count)
                    cases.setdefault(case, []).append(figures)
            if shutil.which("redis-server"):
                with redis_server(folder / f"redis-{repeat}-{count}") as url:
                    figures = run_case(url, jobs, count)
                    cases.setdefault(f"redis, {count} clients", []).append(figures)
    return {
        "question": "jobs a second, each submitted, claimed and finished",
        "jobs": jobs,
        "cases": {name: summary(runs) for name, runs in cases.items()},
        "disk_syncs_per_s": round(statistics.median(syncs), 1),
        "repeats": repeats,
        **machine(),
    }


def run_case(url: str, jobs: int, clients: int) -> dict[str, float]:
    """Return the figures of one run on an empty store, which is left full."""
    open_store(url).close()
    context = multiprocessing.get_context("spawn")
    with context.Pool(clients) as pool:
        pool.map(warm_up, [url] * clients)
        began = time.perf_counter()
        share = [(url, n, jobs * (n + 1) // clients - jobs * n // clients) for n in range(clients)]
        pool.starmap(submit_share, share)
        submitted = time.perf_counter()
        claims = [ms for part in pool.map(finish_all, [url] * clients) for ms in part]
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


def warm_up(url: str) -> None:
    """Import, connect and look, which is not measured."""
    with open_store(url) as store:
        store.counts()


def submit_share(url: str, client: int, jobs: int) -> None:
    """Submit ``jobs`` stories of this client."""
    document = json.loads(_STORY)
    with open_store(url) as store:
        for number in range(jobs):
            given = document | {"story_id": f"s{client}-{number}"}
            store.submit(
                Submission(
                    story_id=given["story_id"],
                    document=json.dumps(given),
                    fingerprint=fingerprint_of(given, {}),
                )
            )


def finish_all(url: str) -> list[float]:
    """Claim and commit until nothing waits; return the milliseconds of each claim."""
    claims = []
    with open_store(url) as store:
        while True:
            began = time.perf_counter()
            claim = store.claim("bench")
            took_ms = (time.perf_counter() - began) * 1000
            if claim is None:
                return claims
            claims.append(took_ms)
            store.commit(claim, JobResult(pointer=f"{claim.job.job_id}/{claim.job.epoch}"))


def syncs_per_s(path: Path) -> float:
    """Return how often a second a block can be appended to ``path`` and synced."""
    count = 300
    handle = os.open(path, os.O_CREAT | os.O_WRONLY)
    try:
        began = time.perf_counter()
        for _ in range(count):
            os.write(handle, bytes(4096))
            os.fdatasync(handle)
        return count / (time.perf_counter() - began)
    finally:
        os.close(handle)


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


def machine() -> dict[str, Any]:
    """Return commit, hardware and versions."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    server = shutil.which("redis-server")
    return {
        "commit": commit.stdout.strip(),
        "cpu": next(
            (
                line.partition(":")[2].strip()
                for line in Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")
            ),
            platform.processor(),
        ),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "versions": {
            "sqlite": apsw.sqlite_lib_version(),
            "redis-server": subprocess.run(
                [server, "--version"], capture_output=True, text=True, check=True
            ).stdout.split()[2]
            if server
            else None,
            **{name: version(name) for name in ("apsw", "redis", "raypipe")},
        },
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
