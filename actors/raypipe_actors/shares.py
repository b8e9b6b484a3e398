"""How the CPUs and GPUs of a cluster are shared among the pools.

On one small machine everything must fit at once, or a story would wait for ever for its own
workers: there, actors take fractions of a core. On larger nodes a worker takes what it uses, so
that the autoscaler counts rightly.
"""

from __future__ import annotations

from dataclasses import dataclass

from raypipe.engine_name import split_options

_MODELS = frozenset({"diffusers", "coqui"})
SMALL_NODE_CPUS = 4
"""Up to this many cores in all, actors take fractions."""


@dataclass(frozen=True, slots=True)
class Shares:
    """CPUs per worker and the number of workers of each pool."""

    image_cpus: float
    speech_cpus: float
    render_cpus: float
    step_cpus: float
    image_workers: int
    speech_workers: int
    render_workers: int

    @property
    def held_cpus(self) -> float:
        """CPUs that all workers and one step hold when every pool is full."""
        return (
            self.image_cpus * self.image_workers
            + self.speech_cpus * self.speech_workers
            + self.render_cpus * self.render_workers
            + self.step_cpus
        )


def share_out(cpus: float, gpus: float, *, image_on_gpu: bool, speech_on_gpu: bool) -> Shares:
    """Share ``cpus`` and ``gpus`` of a cluster among the pools.

    A render worker keeps one core busy with x264, and its composers, who hold nothing themselves,
    a fifth of one (measured at 1080x1920), so there is about one render worker a core; images and
    speech come first in a story and yield the cores to rendering afterwards. On a small machine
    steps hold nothing either: they take a second or two, and must not wait for a pool that keeps
    the last share while it is idle. The share that is left there is for one more pool.

    Returns:
        Shares whose ``held_cpus`` never exceed ``cpus``, with at least one worker a pool.
    """
    if cpus <= SMALL_NODE_CPUS:
        render = max(1, int(cpus))
        unit = cpus / (render * 3 + 3)
        return Shares(
            image_cpus=_floor(unit),
            speech_cpus=_floor(unit),
            render_cpus=_floor(3 * unit),
            step_cpus=0.0,
            image_workers=1,
            speech_workers=1,
            render_workers=render,
        )
    image_workers = max(1, int(gpus)) if image_on_gpu else max(1, int(cpus // 6))
    speech_workers = max(1, int(gpus)) if speech_on_gpu else max(1, int(cpus // 12))
    left = cpus - 0.5 * (image_workers + speech_workers) - 0.5
    return Shares(
        image_cpus=0.5,
        speech_cpus=0.5,
        render_cpus=1.25,
        step_cpus=0.5,
        image_workers=image_workers,
        speech_workers=speech_workers,
        render_workers=max(1, int(left / 1.25)),
    )


def gpu_share(engine: str, gpus: float) -> float:
    """Return the GPUs that a worker of ``engine`` holds, on a cluster that has ``gpus`` now.

    A model takes one where there is one. One whose options name a GPU takes it always: where nodes
    with GPUs come only when they are asked for, there is none at first. One that is to run on the
    CPU leaves it to others.
    """
    kind, options = split_options(engine)
    if kind.partition(":")[0] not in _MODELS:
        return 0.0
    device = next((value for key, value in options if key == "device"), "auto")
    if device == "auto":
        return 1.0 if gpus >= 1 else 0.0
    return 0.0 if device == "cpu" else 1.0


def _floor(share: float) -> float:
    # Ray keeps shares to 1/10,000; rounding up could make a full machine wait for 0.0001 CPU.
    return int(share * 1000) / 1000
