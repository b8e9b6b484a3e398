"""Stable Diffusion 1 to 3, XL, Turbo and other text-to-image pipelines, through diffusers."""

from __future__ import annotations

import hashlib
import inspect
import math
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from raypipe.device import find_device, free_memory, is_out_of_memory
from raypipe.errors import EngineError, EngineUnavailableError, GenerationError, SettingsError
from raypipe.images.diffusion import pipeline as loading
from raypipe.images.diffusion import prompts as prompting
from raypipe.images.diffusion.checkpoint import open_checkpoint
from raypipe.images.diffusion.families import native_size
from raypipe.images.diffusion.fit import fit_picture
from raypipe.images.engine import ImageRequest, SceneFacts, check_picture, type_uint8

if TYPE_CHECKING:
    import torch

PREFIX = "diffusers:"
CODE_VERSION = 1
"""Raised whenever this module would draw the same request differently."""
MAX_STEPS = 150
MAX_GUIDANCE = 30.0
_DTYPES = ("auto", "float32", "float16", "bfloat16")


@dataclass(frozen=True, slots=True)
class _Job:
    """One request of a call, at ``place`` in it, as it will be drawn."""

    place: int
    request: ImageRequest
    native: tuple[int, int]
    prompt: prompting.Windows
    negative: prompting.Windows

    @property
    def shape(self) -> tuple[tuple[int, int], int]:
        """What all of a batch share; a window more of padding would change a picture."""
        return self.native, max(len(self.prompt), len(self.negative))


class DiffusersEngine:
    """Draws with a text-to-image pipeline whose safetensors weights are on this machine.

    May be called from several threads, which take turns.

    The same request gives the same picture alone or in a batch: each has its own generator on the
    CPU, whose numbers depend on no device. On a GPU the kernels may differ with the batch in the
    last bit of a 16-bit float.

    Args:
        name: ``<hub id or folder>[@revision]``, with or without the prefix ``diffusers:``.
        device: ``auto`` (the GPU where there is one), ``cuda``, ``cuda:<n>`` or ``cpu``.
        dtype: ``float32``, ``float16``, ``bfloat16`` or ``auto``: float32 on a CPU, on a GPU the
            16 bits in which the family is known to stay finite.
        steps: denoising steps, 1 to 150; None for what the family likes (Turbo: 2 or 4).
        guidance: classifier-free guidance scale, 0 to 30; None for what the family likes.
        max_batch: pictures drawn at once; None for 4 on a GPU and 1 on a CPU.
        hub_cache: folder of the Hugging Face cache; None for where huggingface_hub puts it.

    Raises:
        EngineUnavailableError: package, device, memory or weights are missing, or not whole.
        SettingsError: an option is out of its range.
    """

    def __init__(
        self,
        name: str,
        *,
        device: str = "auto",
        dtype: str = "auto",
        steps: int | None = None,
        guidance: float | None = None,
        max_batch: int | None = None,
        hub_cache: Path | None = None,
    ) -> None:
        _check_options(dtype=dtype, steps=steps, guidance=guidance, max_batch=max_batch)
        source = name.removeprefix(PREFIX)
        self.name = PREFIX + source
        self.checkpoint = open_checkpoint(source, hub_cache=hub_cache)
        family = self.checkpoint.family
        self.steps = family.steps if steps is None else steps
        self.guidance = family.guidance if guidance is None else guidance
        self.device = find_device(device)
        self.dtype = loading.find_dtype(dtype, device=self.device, half=family.half)
        self.max_batch = max_batch or (1 if self.device == "cpu" else 4)
        self._lock = threading.Lock()
        self._pipeline: Any = loading.load_pipeline(
            self.checkpoint, device=self.device, dtype=self.dtype
        )
        self._parameters = frozenset(inspect.signature(self._pipeline.__call__).parameters)
        self._joins = self.checkpoint.pipeline in prompting.JOINED_PIPELINES
        self.revision = self._make_revision()
        self._warm()

    def generate(self, requests: Sequence[ImageRequest]) -> list[type_uint8]:
        """Draw each request, those of equal shape together; see `raypipe.images.engine`.

        Raises:
            GenerationError: the model's own checker rejected a picture, or it has no finite
                pixels; another seed may help.
            EngineError: the request cannot be drawn here.
        """
        pictures: dict[int, type_uint8] = {}
        with self._lock:  # a scheduler keeps the state of the picture that it is at
            if self._pipeline is None:
                raise EngineError(f"{self.name} is closed", remedy="construct it again")
            jobs = [self._plan(place, request) for place, request in enumerate(requests)]
            for batch in _batches(jobs, self.max_batch):
                for job, native in zip(batch, self._draw(batch), strict=True):
                    width, height = job.request.width, job.request.height
                    picture = fit_picture(native, width=width, height=height)
                    pictures[job.place] = check_picture(picture, width=width, height=height)
        return [pictures[place] for place in range(len(jobs))]

    def close(self) -> None:
        """Free the model and its device memory. May be called twice."""
        with self._lock:
            if self._pipeline is not None:
                self._pipeline = None
                free_memory(self.device)

    def _make_revision(self) -> str:
        checkpoint = self.checkpoint
        facts = (
            CODE_VERSION,
            (checkpoint.revision, checkpoint.variant),
            (self.device.split(":")[0], self.dtype, self.steps, self.guidance),
            [(package, version(package)) for package in ("diffusers", "torch", "transformers")],
        )
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:24]

    def _warm(self) -> None:
        """Draw one step, on a GPU at full size, so that lack of memory shows now."""
        side_px = self.checkpoint.family.side_px if self.device != "cpu" else 64
        request = ImageRequest("a lamp", "", side_px, side_px, seed=0, scene=SceneFacts(text=""))
        job = _Job(0, request, (side_px, side_px), *self._windows(request))
        try:
            # What the safety checker thinks of one step of noise does not matter here.
            self._to_pictures(self._sample([job], steps=1).images)
        except GenerationError as error:
            raise EngineUnavailableError(error.problem, remedy=error.remedy) from None
        except loading.LOAD_ERRORS as error:
            if is_out_of_memory(error):
                raise loading.out_of_memory(self.checkpoint, self.device, doing="draw") from None
            raise loading.misfit(self.checkpoint, error) from error

    def _plan(self, place: int, request: ImageRequest) -> _Job:
        if not request.prompt.strip():
            raise EngineError(
                "expected an image prompt, got an empty one", remedy="describe the scene"
            )
        native = native_size(self.checkpoint.family, width=request.width, height=request.height)
        return _Job(place, request, native, *self._windows(request))

    def _windows(self, request: ImageRequest) -> tuple[prompting.Windows, prompting.Windows]:
        if not self._joins:
            return ((),), ((),)
        tokenizer = self._pipeline.tokenizer or self._pipeline.tokenizer_2
        prompt = prompting.prompt_windows(tokenizer, request.prompt)
        if not self._is_guided:
            return prompt, ((),)
        return prompt, prompting.prompt_windows(tokenizer, request.negative_prompt)

    @property
    def _is_guided(self) -> bool:
        takes_negative = "negative_prompt" in self._parameters
        return takes_negative and (self.guidance is None or self.guidance > 1)

    def _draw(self, batch: Sequence[_Job]) -> list[type_uint8]:
        """Draw a batch; if the memory is too small for it, its halves one after the other."""
        try:
            result = self._sample(batch, steps=self.steps)
            _check_accepted(result, batch)
            return self._to_pictures(result.images)
        except (*loading.LOAD_ERRORS, MemoryError) as error:
            if not is_out_of_memory(error):
                raise EngineError(
                    f"{self.name} failed on a picture of {batch[0].native}: {error}"
                ) from error
        free_memory(self.device)
        if len(batch) == 1:
            raise loading.out_of_memory(self.checkpoint, self.device, doing="draw")
        middle = len(batch) // 2
        return self._draw(batch[:middle]) + self._draw(batch[middle:])

    def _sample(self, batch: Sequence[_Job], *, steps: int | None) -> Any:
        """Return the pipeline's result for a batch, with ``images`` float (n, 3, h, w)."""
        import torch

        arguments = self._prompt_arguments(batch)
        if steps is not None:
            arguments["num_inference_steps"] = steps
        if self.guidance is not None and "guidance_scale" in self._parameters:
            arguments["guidance_scale"] = self.guidance
        width, height = batch[0].native
        seeds = [job.request.seed % (1 << 63) for job in batch]
        return self._pipeline(
            width=width,
            height=height,
            generator=[torch.Generator("cpu").manual_seed(seed) for seed in seeds],
            output_type="pt",
            **arguments,
        )

    def _prompt_arguments(self, batch: Sequence[_Job]) -> dict[str, Any]:
        if self._joins:
            negatives = [job.negative for job in batch] if self._is_guided else None
            return dict(
                prompting.encode_windows(self._pipeline, [job.prompt for job in batch], negatives)
            )
        return dict(
            prompting.shortened_arguments(
                self._parameters,
                self._pipeline,
                prompts=[job.request.prompt for job in batch],
                negatives=[job.request.negative_prompt for job in batch],
            )
        )

    def _to_pictures(self, images: torch.Tensor) -> list[type_uint8]:
        """Turn float (n, 3, h, w) of 0 to 1 into pictures; to bytes on the device, then over."""
        import torch

        # A sum is the cheapest test that no pixel is NaN or infinite.
        if not math.isfinite(images.sum(dtype=torch.float64).item()):
            raise GenerationError(
                f"{self.name} gave pixels that are not numbers in {self.dtype}",
                remedy="use the dtype bfloat16 or float32",
            )
        bytes_ = images.mul(255).round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1)
        return list(cast("type_uint8", bytes_.contiguous().cpu().numpy()))


def _check_accepted(result: Any, batch: Sequence[_Job]) -> None:
    """Refuse the black frames that a pipeline gives for what its safety checker rejects."""
    rejected = list(getattr(result, "nsfw_content_detected", None) or ())
    if any(rejected):
        prompt = batch[rejected.index(True)].request.prompt
        raise GenerationError(
            f"the model's safety checker rejected the picture of {prompt[:80]!r}",
            remedy="use another seed or another prompt",
        )


def _batches(jobs: Sequence[_Job], size: int) -> Iterator[list[_Job]]:
    """Yield the jobs of each shape, at most ``size`` at once."""
    shapes: dict[tuple[tuple[int, int], int], list[_Job]] = {}
    for job in jobs:
        shapes.setdefault(job.shape, []).append(job)
    for alike in shapes.values():
        for start in range(0, len(alike), size):
            yield alike[start : start + size]


def _check_options(
    *, dtype: str, steps: int | None, guidance: float | None, max_batch: int | None
) -> None:
    if dtype not in _DTYPES:
        raise SettingsError(f"expected one of {', '.join(_DTYPES)}, got {dtype!r}", where="dtype")
    if steps is not None and not 1 <= steps <= MAX_STEPS:
        raise SettingsError(
            f"expected 1 to {MAX_STEPS} steps, got {steps}",
            remedy="20 to 50 are usual, Turbo models take 1 to 4",
            where="steps",
        )
    if guidance is not None and not 0 <= guidance <= MAX_GUIDANCE:
        raise SettingsError(
            f"expected a guidance scale of 0 to {MAX_GUIDANCE:g}, got {guidance}",
            remedy="5 to 8 are usual, Turbo models take 0",
            where="guidance",
        )
    if max_batch is not None and max_batch < 1:
        raise SettingsError(f"expected a batch of at least 1, got {max_batch}", where="max_batch")
