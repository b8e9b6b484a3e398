"""A checkpoint becomes a pipeline on a device, or one sentence that says why not."""

from __future__ import annotations

from typing import Any

from raypipe.device import is_out_of_memory, missing_package
from raypipe.errors import EngineUnavailableError
from raypipe.images.diffusion.checkpoint import Checkpoint
from raypipe.images.diffusion.options import DiffusionOptions

LOAD_ERRORS = (OSError, ValueError, RuntimeError, TypeError, KeyError, AttributeError, ImportError)
"""What diffusers and transformers raise for a checkpoint that does not fit its own index."""

_DECODED_TOGETHER_PX = 512
"""The largest side of pictures that are decoded all of a batch at once."""


def find_dtype(wanted: str, *, device: str, half: str) -> str:
    """Return the name of a torch dtype: ``half`` on a GPU where it is native, float32 on a CPU."""
    import torch

    if wanted != "auto":
        return wanted
    if device == "cpu":
        return "float32"
    if half == "bfloat16" and not torch.cuda.is_bf16_supported(including_emulation=False):
        return "float16"
    return half


def load_pipeline(checkpoint: Checkpoint, *, dtype: str) -> Any:
    """Return the pipeline, whole, silent and still in the machine's own memory.

    Raises:
        EngineUnavailableError: a package is missing, the memory is too small, or the parts of the
            checkpoint do not fit together.
    """
    try:
        import torch
        from diffusers import AutoPipelineForText2Image
        from diffusers.utils import logging as diffusers_logging
    except ImportError as error:
        raise missing_package(error) from None
    from transformers.utils import logging as transformers_logging

    diffusers_logging.disable_progress_bar()
    transformers_logging.disable_progress_bar()
    try:
        pipeline = AutoPipelineForText2Image.from_pretrained(
            checkpoint.folder,
            dtype=getattr(torch, dtype),
            variant=checkpoint.variant,
            use_safetensors=True,
            local_files_only=True,
            # Optional in principle, but the pipeline wants to hear it (SD3 without T5).
            **dict.fromkeys(checkpoint.absent),
        )
        _check_complete(pipeline, checkpoint)
    except EngineUnavailableError:
        raise
    except Exception as error:
        if is_out_of_memory(error):
            raise out_of_memory(checkpoint, "cpu", doing="load") from None
        if isinstance(error, LOAD_ERRORS):
            raise misfit(checkpoint, error) from error
        raise
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


class TooLargeError(EngineUnavailableError):
    """The model does not fit into the memory of its device."""


def ways_to_fit(memory: str, *, device: str) -> tuple[str, ...]:
    """Return the ways of holding a model that may be tried, in order, where ``memory`` is asked."""
    if memory != "auto":
        return (memory,)
    return ("full",) if device == "cpu" else ("full", "offload")


def place_pipeline(
    pipeline: Any, checkpoint: Checkpoint, options: DiffusionOptions, *, device: str
) -> None:
    """Put a pipeline on its device, in the way that its options ask for.

    Raises:
        EngineUnavailableError: the memory is too small, or there is nothing to offload from.
    """
    is_offloaded = options.memory in ("offload", "layers")
    if is_offloaded and device == "cpu":
        raise EngineUnavailableError(
            f"memory={options.memory} moves parts between a GPU and the machine, and there is no "
            "GPU here",
            remedy="leave it out, or use memory=sliced",
            where="memory",
        )
    try:
        if options.memory == "layers":
            pipeline.enable_sequential_cpu_offload(device=device)
        elif is_offloaded:
            pipeline.enable_model_cpu_offload(device=device)
        else:
            pipeline.to(device)
    except Exception as error:
        if is_out_of_memory(error):
            raise out_of_memory(checkpoint, device, doing="load") from None
        raise
    _save_memory(pipeline, checkpoint, options)
    _arrange(pipeline, options, device=device)


def settle_pipeline(pipeline: Any, *, dtype: str) -> None:
    """Undo what a pipeline left half done that ended by an error.

    That of XL decodes in float32 and turns the decoder back to 16 bits afterwards; if memory ran
    out meanwhile, every later picture would meet a decoder of another type than its latents. Under
    offload the part that worked is still on the device.
    """
    import torch

    wanted = getattr(torch, dtype)
    if pipeline.vae.dtype != wanted:
        pipeline.vae.to(dtype=wanted)
    pipeline.maybe_free_model_hooks()


def _save_memory(pipeline: Any, checkpoint: Checkpoint, options: DiffusionOptions) -> None:
    """Decode the pictures of a batch one by one where they are large, and in tiles if asked to.

    One picture of 1024 px keeps a GPU busy, and four at once would take some 20 GB in float32, in
    which XL decodes. Tiles overlap; where a picture is larger than one it may differ a little along
    their seams. Attention is not sliced: torch's own takes no more memory than its input.
    """
    is_saving = options.memory != "full"
    if is_saving or checkpoint.family.side_px > _DECODED_TOGETHER_PX:
        getattr(pipeline.vae, "enable_slicing", _nothing)()
    if is_saving:
        getattr(pipeline.vae, "enable_tiling", _nothing)()


def _arrange(pipeline: Any, options: DiffusionOptions, *, device: str) -> None:
    """Lay the weights out for the device, and compile what is run at every step."""
    import torch

    denoiser = getattr(pipeline, "unet", None) or getattr(pipeline, "transformer", None)
    wanted = options.channels_last
    if wanted or (wanted is None and device != "cpu" and options.memory != "layers"):
        for part in filter(None, (denoiser, pipeline.vae)):
            part.to(memory_format=torch.channels_last)
    if options.compile and denoiser is not None:
        denoiser.compile()


def _nothing() -> None:
    """Stand in for a saving that a decoder does not have."""


def _check_complete(pipeline: Any, checkpoint: Checkpoint) -> None:
    """Refuse weights that lack tensors: transformers would fill them in at random.

    Names are compared for the text encoders of CLIP and T5 only, whose spelling in old files is
    known to differ in a prefix alone; diffusers leaves what it did not find without memory.
    """
    for component, stored in checkpoint.tensors.items():
        model: Any = getattr(pipeline, component, None)
        if not hasattr(model, "named_parameters"):
            continue
        named = dict(model.named_parameters())
        absent = [name for name, parameter in named.items() if parameter.is_meta]
        if type(model).__name__.startswith(("CLIPText", "T5Encoder")):
            tails = {name.removeprefix("text_model.") for name in stored}
            absent += [name for name in named if name.removeprefix("text_model.") not in tails]
            if "shared.weight" in stored:  # T5 stores its embeddings once, under this name
                absent = [name for name in absent if name != "encoder.embed_tokens.weight"]
        if absent:
            raise EngineUnavailableError(
                f"the weights are half there: {checkpoint.folder / component} lacks {absent[0]}"
                + (f" and {len(absent) - 1} more tensors" if len(absent) > 1 else ""),
                remedy=checkpoint.remedy,
            )


def out_of_memory(checkpoint: Checkpoint, device: str, *, doing: str) -> TooLargeError:
    """Return the error for a model that does not fit, with what is there and what would help."""
    import torch

    gib = 1 << 30
    room = ""
    if device != "cpu":
        free, total = torch.cuda.mem_get_info(device)
        room = f", {free / gib:.1f} of {total / gib:.1f} GiB are free"
    return TooLargeError(
        f"out of memory on {device} to {doing} {checkpoint.folder.name} "
        f"({checkpoint.size_bytes / gib:.1f} GiB of weights){room}",
        remedy="end what else uses the device, keep only the part that works on it "
        "(memory=offload), or take a smaller model or a 16-bit dtype"
        if device != "cpu"
        else "end what else uses the machine's memory, or take a smaller model",
    )


def misfit(checkpoint: Checkpoint, error: Exception) -> EngineUnavailableError:
    """Return the error for weights that are whole but not those of the pipeline they claim."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return EngineUnavailableError(
        f"{checkpoint.folder} does not work as {checkpoint.pipeline}: "
        f"{lines[0] if lines else type(error).__name__}",
        remedy="check that it is a text-to-image model and that all its parts belong together, or "
        "download it again",
    )


def device_unusable(device: str, error: Exception) -> EngineUnavailableError:
    """Return the error for a GPU that fails at the first picture."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return EngineUnavailableError(
        f"{device} cannot be used: {lines[0] if lines else type(error).__name__}",
        remedy="look at nvidia-smi, and whether this build of torch is for this GPU and driver",
    )
