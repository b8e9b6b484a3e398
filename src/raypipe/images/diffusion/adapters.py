"""LoRAs and textual inversions: found by name, whole and harmless, then put into a pipeline.

A LoRA is merged into the weights once, so that a picture costs no more with it than without.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from raypipe.checkpoint_files import fingerprint
from raypipe.device import missing_package
from raypipe.errors import EngineUnavailableError
from raypipe.images.diffusion.options import Adapter
from raypipe.images.diffusion.safetensors_file import read_names

_PICKLES = (".bin", ".ckpt", ".pt", ".pth")
_STEPS = re.compile(r"(\d+)[\s_-]?steps?", re.IGNORECASE)
_LOAD_ERRORS = (OSError, ValueError, RuntimeError, TypeError, KeyError, AttributeError, IndexError)


@dataclass(frozen=True, slots=True)
class FewSteps:
    """How a LoRA that distils a model into few steps wants it to be used."""

    steps: int
    guidance: float
    scheduler: str


_FEW_STEPS = {
    # https://huggingface.co/ByteDance/SDXL-Lightning: Euler, trailing, no guidance.
    "lightning": FewSteps(4, 0.0, "euler-trailing"),
    # https://huggingface.co/ByteDance/Hyper-SD: DDIM, trailing, no guidance.
    "hyper": FewSteps(8, 0.0, "ddim-trailing"),
    # https://huggingface.co/latent-consistency/lcm-lora-sdxl: 2 to 8 steps, guidance 1 is none.
    "lcm": FewSteps(4, 1.0, "lcm"),
    "turbo": FewSteps(4, 0.0, "euler-trailing"),
}


def few_steps(loras: Sequence[Adapter]) -> FewSteps | None:
    """Return how to draw with the first LoRA whose name says that it is for few steps, or None."""
    for adapter in loras:
        name = Path(adapter.name).name.lower()
        for word, usual in _FEW_STEPS.items():
            if word in name:
                said = _STEPS.search(name)
                return FewSteps(int(said[1]), usual.guidance, usual.scheduler) if said else usual
    return None


def find_adapter(name: str, folder: Path | None, *, kind: str) -> Path:
    """Return the safetensors file of a LoRA or an embedding, whole.

    Args:
        name: a file, or its name in ``folder`` without ``.safetensors``.
        folder: where files are found by name; None for nowhere.
        kind: ``LoRA`` or ``embedding``, for the message.

    Raises:
        EngineUnavailableError: not there, cut off, or a pickle.
    """
    given = Path(name).expanduser()
    candidates = [given] if given.is_absolute() or given.parts[1:] else []
    if folder is not None:
        candidates += [folder / name, folder / f"{name}.safetensors"]
    path = next((each for each in candidates if each.is_file()), None)
    if path is None:
        raise _not_found(name, folder, candidates, kind)
    if path.suffix in _PICKLES:
        raise EngineUnavailableError(
            f"expected safetensors weights, found the pickle {path}, which could run code",
            remedy="take a file with .safetensors, or convert it on a machine you trust",
        )
    read_names(path, remedy=f"copy {path} again, whole")
    return path


def _not_found(
    name: str, folder: Path | None, candidates: Sequence[Path], kind: str
) -> EngineUnavailableError:
    pickle = next((p for c in candidates for s in _PICKLES if (p := c.with_suffix(s)).exists()), "")
    if pickle:
        return EngineUnavailableError(
            f"expected safetensors weights, found only the pickle {pickle}, which could run code",
            remedy="take a file with .safetensors, or convert it on a machine you trust",
        )
    known = sorted(path.stem for path in folder.glob("*.safetensors")) if folder else []
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    where = f"in {folder}" if folder else "(no folder of adapters is set)"
    return EngineUnavailableError(
        f"expected the {kind} {name!r} {where}, but it is not there",
        remedy=f"did you mean {near[0]!r}?"
        if near
        else f"known there are: {', '.join(known) or 'none'}; or give the path of a file",
    )


def digests(paths: Sequence[Path]) -> list[str]:
    """Return a digest of each file for a revision; see `fingerprint`."""
    return [fingerprint(path).hex() for path in paths]


def load_loras(pipeline: Any, loras: Sequence[tuple[Path, float]]) -> None:
    """Merge LoRAs into the weights of a pipeline, each with its scale.

    Raises:
        EngineUnavailableError: the package peft is missing, or a LoRA is for another model.
    """
    if not loras:
        return
    try:
        import peft  # noqa: F401 - diffusers needs it, and says so in a riddle
    except ImportError as error:
        raise missing_package(error) from None
    if not hasattr(pipeline, "load_lora_weights"):
        raise EngineUnavailableError(f"{type(pipeline).__name__} takes no LoRA")
    names = [f"lora-{place}" for place in range(len(loras))]
    for name, (path, _) in zip(names, loras, strict=True):
        try:
            pipeline.load_lora_weights(
                path.parent,
                weight_name=path.name,
                adapter_name=name,
                use_safetensors=True,
                local_files_only=True,
            )
        except _LOAD_ERRORS as error:
            raise _misfit(path, pipeline, error) from error
        if name not in {each for known in pipeline.get_list_adapters().values() for each in known}:
            raise _misfit(path, pipeline, "none of its layers is in this model")
    pipeline.set_adapters(names, adapter_weights=[scale for _, scale in loras])
    parts = [part for part in pipeline.get_list_adapters() if part in pipeline.components]
    pipeline.fuse_lora(components=parts, adapter_names=names, safe_fusing=True)
    pipeline.unload_lora_weights()


def load_embeddings(pipeline: Any, embeddings: Sequence[tuple[str, Path]]) -> None:
    """Teach a pipeline words, written ``<name>`` in prompts.

    Raises:
        EngineUnavailableError: the pipeline cannot learn words, or one is for another model.
    """
    from safetensors.torch import load_file

    for name, path in embeddings:
        if not hasattr(pipeline, "load_textual_inversion"):
            raise EngineUnavailableError(f"{type(pipeline).__name__} takes no textual inversion")
        tensors = load_file(path)
        token = f"<{name}>"
        try:
            for encoder, tokenizer, vectors in _targets(pipeline, tensors):
                pipeline.load_textual_inversion(
                    {token: vectors}, token=token, text_encoder=encoder, tokenizer=tokenizer
                )
        except _LOAD_ERRORS as error:
            raise _misfit(path, pipeline, error) from error


def _targets(pipeline: Any, tensors: dict[str, Any]) -> list[tuple[Any, Any, Any]]:
    """Return (text encoder, tokenizer, vectors) for one embedding file.

    XL has two encoders, whose vectors are called clip_l and clip_g in the files of every trainer.
    """
    if getattr(pipeline, "text_encoder_2", None) is None:
        first = tensors.get("emb_params", next(iter(tensors.values())))
        return [(pipeline.text_encoder, pipeline.tokenizer, first)]
    if not {"clip_l", "clip_g"} <= tensors.keys():
        raise ValueError(f"expected clip_l and clip_g, found {', '.join(sorted(tensors))}")
    return [
        (pipeline.text_encoder, pipeline.tokenizer, tensors["clip_l"]),
        (pipeline.text_encoder_2, pipeline.tokenizer_2, tensors["clip_g"]),
    ]


def _misfit(path: Path, pipeline: Any, error: object) -> EngineUnavailableError:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return EngineUnavailableError(
        f"{path} does not fit {type(pipeline).__name__}: "
        f"{lines[0] if lines else type(error).__name__}",
        remedy="take one that was trained on a model of the same family",
    )
