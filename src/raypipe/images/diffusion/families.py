"""What each family of text-to-image models likes: size, steps, guidance.

A family is told from the files of a checkpoint, never from weights.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Family:
    """How a kind of model wants to be used.

    ``side_px`` is the side of the square it was trained on. ``steps`` and ``guidance`` of None
    leave the pipeline's own default. ``multiple_px`` divides both sides. ``half`` is the 16-bit
    type that its weights are published in and known to stay finite in. ``buckets`` says that it
    was trained at a constant area in many aspect ratios.
    """

    name: str
    side_px: int
    multiple_px: int = 8
    steps: int | None = None
    guidance: float | None = None
    half: str = "float16"
    buckets: bool = False


BUCKET_FILL = 0.9
"""A bucket has at least this part of the full area, as in the list of the SDXL report, app. I."""
TURBO_SIDE_PX = 512
"""SDXL Turbo was distilled at this side; the other few-step XL models kept 1024."""
_FEW_STEPS = ("turbo", "lightning", "hyper", "lcm")
_SD2_WIDTH = 1024
"""Width of the text embeddings of OpenCLIP ViT-H; Stable Diffusion 1 has CLIP ViT-L's 768."""

_KNOWN = {
    "sd1": Family("sd1", 512, steps=30, guidance=7.5),
    "sd2": Family("sd2", 768, steps=30, guidance=7.5),
    # https://huggingface.co/stabilityai/sd-turbo: one to four steps, no guidance.
    "sd1-turbo": Family("sd1-turbo", 512, steps=4, guidance=0.0),
    "sd2-turbo": Family("sd2-turbo", 512, steps=2, guidance=0.0),
    "sdxl": Family("sdxl", 1024, 64, steps=30, guidance=5.0, buckets=True),
    # https://huggingface.co/stabilityai/sdxl-turbo (512 px) and
    # https://huggingface.co/ByteDance/SDXL-Lightning (1024 px): few steps, no guidance.
    "sdxl-turbo": Family("sdxl-turbo", 512, steps=4, guidance=0.0),
    "sdxl-lightning": Family("sdxl-lightning", 1024, 64, steps=4, guidance=0.0, buckets=True),
    "sd3": Family("sd3", 1024, 64, 28, 7.0, "bfloat16", buckets=True),
    # https://huggingface.co/stabilityai/stable-diffusion-3.5-large-turbo
    "sd3-turbo": Family("sd3-turbo", 1024, 64, 4, 0.0, "bfloat16", buckets=True),
    # https://huggingface.co/SimianLuo/LCM_Dreamshaper_v7: guidance is an input of the UNet.
    "lcm": Family("lcm", 768, steps=4, guidance=8.0),
    "flux-dev": Family("flux-dev", 1024, 64, 28, 3.5, "bfloat16", buckets=True),
    "flux-schnell": Family("flux-schnell", 1024, 64, 4, 0.0, "bfloat16", buckets=True),
}


def known_family(name: str) -> Family | None:
    """Return a family by its name, as published; None for one that is not known."""
    return _KNOWN.get(name)


def find_family(
    pipeline: str, *, name: str, denoiser: Mapping[str, Any], scheduler: Mapping[str, Any]
) -> Family:
    """Tell the family of a checkpoint.

    Args:
        pipeline: class name in model_index.json, such as ``StableDiffusionXLPipeline``.
        name: hub id or folder name, for the few-step models that look like their teachers.
        denoiser: config.json of the UNet or transformer.
        scheduler: scheduler_config.json.
    """
    latent = denoiser.get("sample_size") or 64
    side_px = 8 * (latent if isinstance(latent, int) else latent[0])
    distilled = _is_distilled(name, scheduler)
    label = "other"
    if pipeline == "StableDiffusionPipeline":
        label = "sd2" if denoiser.get("cross_attention_dim") == _SD2_WIDTH else "sd1"
        label += "-turbo" if distilled else ""
    elif pipeline == "StableDiffusionXLPipeline" and distilled:
        label = "sdxl-turbo" if side_px <= TURBO_SIDE_PX else "sdxl-lightning"
    elif pipeline == "StableDiffusionXLPipeline":
        label = "sdxl"
    elif pipeline == "StableDiffusion3Pipeline":
        label = "sd3-turbo" if distilled else "sd3"
    elif pipeline == "LatentConsistencyModelPipeline":
        label = "lcm"
    elif pipeline == "FluxPipeline":  # its latents have no size of their own
        return _KNOWN["flux-dev" if denoiser.get("guidance_embeds") else "flux-schnell"]
    if label == "other":
        return Family(label, max(side_px, 512), 64, half="bfloat16", buckets=True)
    return replace(_KNOWN[label], side_px=side_px)


def _is_distilled(name: str, scheduler: Mapping[str, Any]) -> bool:
    """Whether this is a few-step model: by its name, or the trailing Euler steps of Turbo."""
    if any(word in name.lower() for word in _FEW_STEPS):
        return True
    euler = str(scheduler.get("_class_name", "")).startswith("Euler")
    return euler and scheduler.get("timestep_spacing") == "trailing"


def native_size(family: Family, *, width: int, height: int) -> tuple[int, int]:
    """Return (width, height) in pixels to generate at, nearest the asked aspect ratio.

    Models trained in buckets keep their area. The others were trained on squares and repeat
    figures in tall pictures, so the short side is at most the trained side and the long side at
    most 1.5 times that; the largest size within a half per cent of the ratio is taken.
    """
    wanted = width / height

    def rank(size: tuple[int, int]) -> tuple[float, int, float]:
        off = abs(size[0] / size[1] / wanted - 1)
        return round(off, 2), -size[0] * size[1], off

    return min(_candidates(family), key=rank)


def _candidates(family: Family) -> Iterator[tuple[int, int]]:
    side, step = family.side_px, family.multiple_px
    longest = side * 2 if family.buckets else side * 3 // 2
    sides = range(max(step, side // 2 // step * step), longest + 1, step)
    for wide in sides:
        for tall in sides:
            if family.buckets:
                fits = BUCKET_FILL * side * side <= wide * tall <= side * side
            else:
                fits = min(wide, tall) <= side
            if fits:
                yield wide, tall
