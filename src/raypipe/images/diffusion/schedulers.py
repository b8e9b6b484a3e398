"""Schedulers (samplers) by name: how the noise is taken away, step by step."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from raypipe.errors import EngineUnavailableError


@dataclass(frozen=True, slots=True)
class SchedulerChoice:
    """A class of diffusers, and what is changed in the model's own scheduler configuration."""

    kind: str
    changes: dict[str, Any] = field(default_factory=dict)
    flow: bool = False


_DPM = "DPMSolverMultistepScheduler"
_TRAILING = {"timestep_spacing": "trailing"}
SCHEDULERS: Final[dict[str, SchedulerChoice]] = {
    "ddim": SchedulerChoice("DDIMScheduler"),
    "ddim-trailing": SchedulerChoice("DDIMScheduler", _TRAILING),
    "ddpm": SchedulerChoice("DDPMScheduler"),
    "deis": SchedulerChoice("DEISMultistepScheduler"),
    "dpm++2m": SchedulerChoice(_DPM, {"algorithm_type": "dpmsolver++"}),
    "dpm++2m-karras": SchedulerChoice(
        _DPM, {"algorithm_type": "dpmsolver++", "use_karras_sigmas": True}
    ),
    "dpm++2m-sde": SchedulerChoice(_DPM, {"algorithm_type": "sde-dpmsolver++"}),
    "dpm++2m-sde-karras": SchedulerChoice(
        _DPM, {"algorithm_type": "sde-dpmsolver++", "use_karras_sigmas": True}
    ),
    "euler": SchedulerChoice("EulerDiscreteScheduler"),
    "euler-a": SchedulerChoice("EulerAncestralDiscreteScheduler"),
    "euler-karras": SchedulerChoice("EulerDiscreteScheduler", {"use_karras_sigmas": True}),
    "euler-trailing": SchedulerChoice("EulerDiscreteScheduler", _TRAILING),
    "heun": SchedulerChoice("HeunDiscreteScheduler"),
    "lcm": SchedulerChoice("LCMScheduler"),
    "lms": SchedulerChoice("LMSDiscreteScheduler"),
    "pndm": SchedulerChoice("PNDMScheduler", {"skip_prk_steps": True}),
    "tcd": SchedulerChoice("TCDScheduler"),
    "unipc": SchedulerChoice("UniPCMultistepScheduler"),
    "flow-euler": SchedulerChoice("FlowMatchEulerDiscreteScheduler", flow=True),
    "flow-heun": SchedulerChoice("FlowMatchHeunDiscreteScheduler", flow=True),
}
"""By the names that other front ends know them by. Models of flow matching (SD3, Flux) take those
whose name begins with ``flow``, all others take the rest."""
NAMES: Final = tuple(SCHEDULERS)


def set_scheduler(pipeline: Any, name: str) -> None:
    """Give a pipeline another scheduler, which keeps the model's noise schedule and prediction.

    Raises:
        EngineUnavailableError: the scheduler is for the other kind of model.
    """
    import diffusers

    choice = SCHEDULERS[name]
    is_flow = type(pipeline.scheduler).__name__.startswith("FlowMatch")
    if choice.flow != is_flow:
        fitting = ", ".join(key for key, each in SCHEDULERS.items() if each.flow == is_flow)
        raise EngineUnavailableError(
            f"the scheduler {name} is not for {type(pipeline).__name__}, whose model learnt "
            f"{'flow matching' if is_flow else 'to predict noise'}",
            remedy=f"choose one of {fitting}",
        )
    kind = getattr(diffusers, choice.kind)
    pipeline.scheduler = kind.from_config(pipeline.scheduler.config, **choice.changes)
