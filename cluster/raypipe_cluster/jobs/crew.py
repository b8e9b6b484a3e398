"""The workers of the service: story-runners, each a process of its own on the cluster.

They are owned by the service and die with it. One that has finished is used again; one that died,
or does not stop when it is told to, is ended, and the next is another.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from raypipe.logs import configure_wanted_logging
from raypipe.settings import Settings
from raypipe_actors.link import ClusterLink
from raypipe_cluster.jobs.admission import ClusterRoom, stories_at_once
from raypipe_cluster.jobs.foreman import Ended
from raypipe_cluster.jobs.handing_in import RecordsOfJob
from raypipe_cluster.jobs.job_run import End, JobRun, RunLimits, StopReason
from raypipe_cluster.jobs.model import Claim
from raypipe_cluster.jobs.outputs import JobOutputs
from raypipe_cluster.jobs.rules import LEASE_MS
from raypipe_cluster.jobs.service_calls import ServiceCalls, ServiceLedger
from raypipe_cluster.jobs.story_render import StoryRender

logger = logging.getLogger(__name__)

_HEAD: Final = "node:__internal_head__"
"""The resource that Ray gives to the head alone."""
_ROOM_S: Final = 5.0
_IDLE_S: Final = 300.0
"""A runner holds a few hundred MB of imports; after so long without work it is ended."""
_READY_S: Final = 5.0
_MOST_JOBS: Final = 50
"""A process that renders for days keeps what its libraries forget to free."""


@dataclass(frozen=True, slots=True)
class JobsConfig:
    """What the service and its runners are made with; small, for restarts repeat it.

    Attributes:
        settings: limits and storage; paths are absolute.
        service_id: the first part of the names under which jobs are claimed.
        lease_ms: how long a claim holds without a heartbeat.
    """

    settings: Settings
    service_id: str
    lease_ms: int = LEASE_MS

    def limits(self) -> RunLimits:
        """Return the times of a run."""
        processing = self.settings.processing
        return RunLimits(
            job_s=processing.job_timeout_s,
            stage_s=processing.stage_timeout_s,
            beat_s=self.lease_ms / 3000,
        )


class StoryRunner:
    """An actor that renders one job after the other. Ray's."""

    def __init__(self, config: JobsConfig) -> None:
        configure_wanted_logging()
        self._config = config
        self._outputs = JobOutputs(config.settings.storage.output_dir)
        self._run: JobRun | None = None
        self._stopped: dict[tuple[str, int], StopReason] = {}
        self._lock = threading.Lock()

    def ready(self) -> None:
        """Answer, which only a living runner does."""

    def run(self, claim: Claim) -> End:
        """Work on ``claim`` to its end."""
        key = (claim.job.job_id, claim.job.epoch)
        run = JobRun(
            claim,
            ServiceLedger(ServiceCalls(patience_s=0.0)),
            self._outputs,
            StoryRender(self._config.settings, _open_link),
            limits=self._config.limits(),
        )
        with self._lock:
            self._run = run
            told = self._stopped.pop(key, None)
        if told is not None:
            run.stop(told)
        about = {
            "job_id": claim.job.job_id,
            "story_id": claim.job.story_id,
            "attempt": claim.job.attempt,
        }
        calls = ServiceCalls(patience_s=0.0)
        try:
            with RecordsOfJob(about, partial(calls.ask, "add_log", claim.job.job_id)):
                return run.run()
        finally:
            with self._lock:
                self._run = None
                self._stopped.clear()

    def stop(self, job_id: str, epoch: int, reason: StopReason) -> None:
        """Stop the work on that claim, now or when it is begun."""
        with self._lock:
            run = self._run
            if run is None or (run.job.job_id, run.job.epoch) != (job_id, epoch):
                self._stopped[job_id, epoch] = reason
                return
        run.stop(reason)


def _open_link() -> ClusterLink:
    """Return a link to the cluster of this very process, which needs no connecting."""
    return ClusterLink(lambda: None, local=len(_nodes()) == 1)


@dataclass(slots=True)
class _Runner:
    handle: Any
    node_id: str
    jobs: int = 0
    idle_since_s: float = field(default_factory=time.monotonic)


class RayCrew:
    """Runners on the cluster that this process is in; see `raypipe_cluster.jobs.foreman.Crew`.

    Args:
        config: what they are made with.
        on_end: called, from any thread, when a runner has ended with its claim.
    """

    def __init__(self, config: JobsConfig, *, on_end: Callable[[], None]) -> None:
        self._config = config
        self._on_end = on_end
        self._lock = threading.Lock()
        self._working: dict[tuple[str, int], tuple[Claim, _Runner]] = {}
        self._ended: list[Ended] = []
        self._idle: list[_Runner] = []
        self._places = (float("-inf"), 1)

    def places(self) -> int:
        """See `Crew.places`."""
        read_s, places = self._places
        if time.monotonic() - read_s > _ROOM_S:
            found: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
            room = ClusterRoom(
                found.get("CPU", 0.0), found.get("GPU", 0.0), found.get("memory", 0.0)
            )
            limit = self._config.settings.processing.max_concurrent_jobs
            places = stories_at_once(room, max_concurrent_jobs=limit)
            self._places = (time.monotonic(), places)
            self._end_idle(places)
        return places

    def start(self, claim: Claim) -> None:
        """See `Crew.start`."""
        runner = self._take_idle() or self._new_runner()
        runner.jobs += 1
        with self._lock:
            self._working[claim.job.job_id, claim.job.epoch] = (claim, runner)
        name = f"await {claim.job.job_id}"
        threading.Thread(
            target=self._await_end, args=(claim, runner), name=name, daemon=True
        ).start()

    def working(self) -> Sequence[Claim]:
        """See `Crew.working`."""
        with self._lock:
            return tuple(claim for claim, _ in self._working.values())

    def ended(self) -> Sequence[Ended]:
        """See `Crew.ended`."""
        with self._lock:
            ended, self._ended = self._ended, []
        return ended

    def stop(self, claim: Claim, reason: StopReason) -> None:
        """See `Crew.stop`."""
        with self._lock:
            _, runner = self._working.get((claim.job.job_id, claim.job.epoch), (None, None))
        if runner is not None:
            runner.handle.stop.remote(claim.job.job_id, claim.job.epoch, reason)

    def kill(self, claim: Claim) -> None:
        """See `Crew.kill`."""
        with self._lock:
            _, runner = self._working.pop((claim.job.job_id, claim.job.epoch), (None, None))
        if runner is not None:
            _kill(runner)

    def _await_end(self, claim: Claim, runner: _Runner) -> None:
        end: End | None = None
        try:
            end = ray.get(runner.handle.run.remote(claim))
        except Exception as error:  # noqa: BLE001 - whatever it was, the runner is of no use any more
            about = {"job_id": claim.job.job_id, "error": str(error).strip().splitlines()[-1:]}
            logger.warning("runner lost", extra=about)
        with self._lock:
            known = self._working.pop((claim.job.job_id, claim.job.epoch), None) is not None
            if known:
                self._ended.append(Ended(claim, end))
            fit = known and end is not None and runner.jobs < _MOST_JOBS
            if fit:
                runner.idle_since_s = time.monotonic()
                self._idle.append(runner)
        if not fit:
            _kill(runner)
        self._on_end()

    def _take_idle(self) -> _Runner | None:
        """Return an idle runner that lives: one that died meanwhile must not cost an attempt."""
        while True:
            with self._lock:
                runner = self._idle.pop() if self._idle else None
            if runner is None:
                return None
            try:
                ray.get(runner.handle.ready.remote(), timeout=_READY_S)
            except ray.exceptions.RayError:
                _kill(runner)
            else:
                return runner

    def _end_idle(self, places: int) -> None:
        now_s = time.monotonic()
        with self._lock:
            keep = [r for r in self._idle if now_s - r.idle_since_s < _IDLE_S][-places:]
            gone = [runner for runner in self._idle if runner not in keep]
            self._idle = keep
        for runner in gone:
            _kill(runner)

    def _new_runner(self) -> _Runner:
        node_id = self._choose_node()
        strategy = NodeAffinitySchedulingStrategy(node_id, soft=True) if node_id else None
        handle = (
            ray.remote(StoryRunner)
            .options(
                num_cpus=0,
                max_restarts=0,
                max_task_retries=0,
                max_concurrency=4,
                scheduling_strategy=strategy,
            )
            .remote(self._config)
        )
        return _Runner(handle, node_id)

    def _choose_node(self) -> str:
        with self._lock:
            runners = [runner for _, runner in self._working.values()] + self._idle
        return choose_node(_nodes(), Counter(runner.node_id for runner in runners))


def choose_node(nodes: Sequence[Mapping[str, Any]], runners: Mapping[str, int]) -> str:
    """Return the id of the node for the next runner: the one with the fewest, the head last.

    Args:
        nodes: that live, as Ray tells of them, at least one.
        runners: how many runners each node id has.
    """
    others = [node for node in nodes if _HEAD not in node["Resources"]] or nodes
    return min((str(node["NodeID"]) for node in others), key=lambda node: runners.get(node, 0))


def _nodes() -> list[dict[str, Any]]:
    return [node for node in ray.nodes() if node["Alive"]]  # type: ignore[no-untyped-call]


def _kill(runner: _Runner) -> None:
    with contextlib.suppress(ray.exceptions.RayError, ValueError):
        ray.kill(runner.handle)
