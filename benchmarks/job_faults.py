"""What do faults cost a job: is one lost, is one done twice, how soon does it go on?

A process that is a whole service (store, foreman, runs, folders, with a render that takes no time)
takes five stories through all that can become of them, and is killed at each point between two
changes, every time that it is reached; what is left is taken up by another process. Others are
killed again while they take up, and stopped (SIGSTOP) until their lease is over::

    .venv/bin/python benchmarks/job_faults.py --repeats 3 --json job_faults.json

``lost``: an accepted job that did not end, or ended without its folder. ``doubled``: a job with two
results, two folders, or done again after it was committed. ``recovery_ms`` is from the restart
until every job has ended. The processes and checks are those of the tests (tests/raypipe_cluster/
jobs). Prints a table and writes JSON (--json FILE) with commit, hardware and versions.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import logging
import secrets
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from job_store import redis_server
from machine import machine

_TESTS = Path(__file__).parents[1] / "tests" / "raypipe_cluster" / "jobs"
_LEASE_MS = 31_000


@dataclass
class Fault:
    """What came of all runs with one kind of fault."""

    runs: int = 0
    lost: int = 0
    doubled: int = 0
    refused: int = 0
    recovery_ms: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def row(self) -> dict[str, Any]:
        """Return the figures."""
        median = statistics.median(self.recovery_ms) if self.recovery_ms else None
        return {
            "runs": self.runs,
            "lost": self.lost,
            "doubled": self.doubled,
            "stale_commits_refused": self.refused,
            "recovery_ms_median": None if median is None else round(median, 1),
            "recovery_ms_max": round(max(self.recovery_ms, default=0.0), 1),
            "failures": self.failures[:5],
        }


def load(name: str) -> ModuleType:
    """Import a file of the tests, which are no package."""
    spec = importlib.util.spec_from_file_location(name, _TESTS / f"{name}.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"no {name}.py in {_TESTS}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


conftest, crash = load("conftest"), load("test_crash_points")


class Bench:
    """Runs faults against stores of one kind.

    Args:
        new_place: makes an empty store.
        folder: where folders of outputs are made.
    """

    def __init__(self, new_place: Callable[[], Any], folder: Path, zygote: Any) -> None:
        self._new_place, self._folder, self._zygote = new_place, folder, zygote

    def points(self) -> list[str]:
        """Return the points that a service reaches, in order, kills left out."""
        (whole,) = self._zygote.run(**self._command(self._new_place(), self._root()))
        return crash.said(whole, "point")

    def kill(self, points: list[int], fault: Fault) -> None:
        """Kill a service at each of ``points`` in turn, then have it taken up and judged."""
        place, root = self._new_place(), self._root()
        ended = {"said": []}
        for point in points:
            (died,) = self._zygote.run(**self._command(place, root), kill_at=point)
            ended["said"] += died["said"]
        clock = conftest.ManualClock(conftest.START_MS + 60_000)
        began_s = time.perf_counter()
        crash.recover(place, root, clock)
        fault.recovery_ms.append((time.perf_counter() - began_s) * 1000)
        fault.runs += 1
        self._judge((place, root, clock, ended), fault, what=f"killed at {points}")

    def stop(self, fault: Fault) -> None:
        """Stop a worker until others have done its job, then let it go on."""
        place, root = self._new_place(), self._root()
        clock = conftest.ManualClock()
        told = crash.command(place, root, clock, do="stall_work", stories=["s1"], stall="s1")
        self._zygote.run(**told)
        clock.forward(_LEASE_MS)
        began_s = time.perf_counter()
        with place.store(clock=clock) as store:
            store.reap()
            shop = crash.victim.Workshop(store, root, owner="another")
            while not shop.foreman.round():
                clock.forward(1000)
            fault.recovery_ms.append((time.perf_counter() - began_s) * 1000)
            before = store.get("s1.1")
            (woken,) = self._zygote.run(do="wake")
            after = store.get("s1.1")
        fault.runs += 1
        fault.refused += bool(crash.said(woken, "stale"))
        shown = root / "the-s1" / "video.mp4"
        fault.lost += not (after.state == "succeeded" and shown.read_text() == "s1.1 2")
        fault.doubled += after != before or (root / ".jobs" / "s1.1" / "1").exists()
        shutil.rmtree(root)

    def _judge(self, left: tuple[Any, Path, Any, Any], fault: Fault, *, what: str) -> None:
        place, root, clock, ended = left
        with place.store(clock=clock) as store:
            jobs = store.page(limit=1000).jobs
        accepted = set(crash.said(ended, "accepted"))
        fault.lost += len(accepted - {job.job_id for job in jobs if job.state in crash.ENDED})
        fault.doubled += len(jobs) - len({job.story_id for job in jobs})
        try:
            crash.check(*left)
        except (AssertionError, OSError) as error:
            said = str(error) or type(error).__name__
            fault.failures.append(f"{what}: {said.splitlines()[0]}")
            again = "again" in said or "kept ==" in said
            fault.doubled += again
            fault.lost += not again
        shutil.rmtree(root, ignore_errors=True)

    def _command(self, place: Any, root: Path) -> dict[str, Any]:
        return crash.command(place, root, conftest.ManualClock())

    def _root(self) -> Path:
        return self._folder / secrets.token_hex(6)


@contextmanager
def places(kind: str, folder: Path) -> Iterator[Callable[[], Any]]:
    """Give what makes an empty store of that kind."""
    if kind == "sqlite":
        yield lambda: conftest.Place(kind, str(folder / f"{secrets.token_hex(6)}.db"), "")
        return
    with redis_server(folder / "r") as url:
        conftest.PASSWORD = None
        yield lambda: conftest.Place(kind, url, f"{{f-{secrets.token_hex(6)}}}")


def measure(kind: str, folder: Path, *, repeats: int, every: int) -> dict[str, Any]:
    """Return the figures of all faults for one kind of store."""
    kills, again, stops = Fault(), Fault(), Fault()
    zygote = conftest.Zygote()
    try:
        with places(kind, folder) as new_place:
            bench = Bench(new_place, folder, zygote)
            bench.points()  # the first of all also loads the scripts into Redis
            points = bench.points()
            for repeat in range(repeats):
                for number in range(repeat % every, len(points), every):
                    bench.kill([number], kills)
                for number in range(repeat, len(points), 7 * every):
                    bench.kill([number, 3 + number % 50], again)
                    bench.stop(stops)
    finally:
        zygote.close()
    return {
        "points": len(points),
        "points_by_name": len(set(points)),
        "faults": {
            "SIGKILL at a point": kills.row(),
            "SIGKILL, and again while it is taken up": again.row(),
            "SIGSTOP past the lease, then SIGCONT": stops.row(),
        },
    }


def as_table(result: dict[str, Any]) -> str:
    """Return the figures for people."""
    lines = [f"{'store':8}{'fault':42}{'runs':>6}{'lost':>6}{'doubled':>9}{'recovery':>11}"]
    for kind, found in result["stores"].items():
        for name, row in found["faults"].items():
            recovery = f"{row['recovery_ms_median']:.0f} ms"
            lines.append(
                f"{kind:8}{name:42}{row['runs']:>6}{row['lost']:>6}{row['doubled']:>9}{recovery:>11}"
            )
    return "\n".join(lines)


def main() -> None:
    """Measure, print, write; exit with 1 if a job was lost or doubled."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--every", type=int, default=1, help="take every n-th point only")
    parser.add_argument("--stores", nargs="+", default=["sqlite", "redis"])
    parser.add_argument("--json", type=Path, default=None)
    args = parser.parse_args()
    logging.disable()  # what fails here fails on purpose
    stores = {}
    for kind in args.stores:
        with tempfile.TemporaryDirectory(prefix="raypipe-faults-") as folder:
            stores[kind] = measure(kind, Path(folder), repeats=args.repeats, every=args.every)
    result = {
        "question": "jobs lost or doubled by killed and stopped processes, and how soon they go on",
        "stores": stores,
        "repeats": args.repeats,
        **machine(("apsw", "redis", "raypipe")),
    }
    print(as_table(result))
    if args.json:
        args.json.write_text(json.dumps(result, indent=2) + "\n")
    rows = [row for found in stores.values() for row in found["faults"].values()]
    if any(row["lost"] or row["doubled"] or row["failures"] for row in rows):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
