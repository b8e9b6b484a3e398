"""How fast a model is to be expected, to the order of magnitude, before anybody has loaded it.

Estimated from what a network computes and what a device of its kind sustains; a measurement of the
machine at hand may differ by a factor of three, and says more.
"""

from __future__ import annotations

from dataclasses import dataclass

from raypipe.images.diffusion.families import known_family

_SD1_FLOP = 0.7e12
"""One evaluation of the UNet of Stable Diffusion 1 at 512 px: 340 G multiply-adds."""
_PARAMETERS = {"sd1": 0.86, "sd2": 0.86, "lcm": 0.86, "sdxl": 2.6, "sd3": 2.0, "flux": 12.0}
"""Billions, of the denoiser: SDXL report (arXiv 2307.01952) table 1, SD3 (2403.03206), Flux.1."""
_GPU_FLOPS, _CPU_FLOPS = 60e12, 0.3e12
"""What a data centre's GPU sustains in 16 bits, and eight cores of a server in 32."""
_SPANS = ((10.0, "seconds"), (100.0, "tens of seconds"), (1000.0, "minutes"))


@dataclass(frozen=True, slots=True)
class ExpectedSpeed:
    """``label`` is an order of magnitude, such as ``tens of seconds a picture``."""

    label: str
    reason: str


def expect_picture_speed(family: str, *, on_gpu: bool) -> ExpectedSpeed | None:
    """Return how long a picture takes to the order of magnitude; None for an unknown family.

    Args:
        family: such as ``sdxl-turbo``, see `raypipe.images.diffusion.families`.
        on_gpu: whether it would run on a GPU.
    """
    known, size = known_family(family), _PARAMETERS.get(family.partition("-")[0])
    if known is None or known.steps is None or size is None:
        return None
    guided = known.guidance is not None and known.guidance > 1 and family != "lcm"
    evaluations = known.steps * (2 if guided else 1)
    work = evaluations * _SD1_FLOP * (known.side_px / 512) ** 2 * size / _PARAMETERS["sd1"]
    seconds = work / (_GPU_FLOPS if on_gpu else _CPU_FLOPS)
    label = next((label for most, label in _SPANS if seconds < most), "half an hour or more")
    where = "a GPU" if on_gpu else "processors"
    network = f"{size:g} billion parameters at {known.side_px} px"
    return ExpectedSpeed(f"{label} a picture", f"{evaluations} evaluations of {network} on {where}")


def expect_voice_speed(family: str, *, on_gpu: bool) -> ExpectedSpeed | None:
    """Return how fast a voice speaks; None for an unknown family.

    Args:
        family: such as ``vits`` or ``xtts``.
        on_gpu: whether it would run on a GPU.
    """
    if family == "vits":
        # Kim et al., arXiv 2106.06103, table 6: 67 times real time on a V100.
        return ExpectedSpeed("faster than speech", "all of a sentence in one pass")
    if family == "xtts" and on_gpu:
        return ExpectedSpeed("faster than speech", "a token after the other, on a GPU")
    if family == "xtts":
        return ExpectedSpeed("slower than speech", "a token after the other, on processors")
    return None
