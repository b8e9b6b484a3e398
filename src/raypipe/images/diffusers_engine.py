"""Stable Diffusion 1 to 3, XL, Turbo and other text-to-image pipelines, through diffusers."""

from __future__ import annotations

import hashlib
import inspect
import math
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from raypipe.device import find_device, free_memory, is_device_lost, is_out_of_memory
from raypipe.engine_name import split_options
from raypipe.errors import (
    DeviceLostError,
    EngineError,
    EngineUnavailableError,
    GenerationError,
    RejectedError,
)
from raypipe.images.diffusion import adapters, safety, second_pass
from raypipe.images.diffusion import pipeline as loading
from raypipe.images.diffusion import prompts as prompting
from raypipe.images.diffusion.checkpoint import open_checkpoint
from raypipe.images.diffusion.families import native_size
from raypipe.images.diffusion.fit import fit_picture
from raypipe.images.diffusion.options import DiffusionOptions
from raypipe.images.diffusion.references import References, find_ip_adapter, keep_batches
from raypipe.images.diffusion.schedulers import set_scheduler
from raypipe.images.engine import ImageRequest, SceneFacts, check_picture, type_uint8
from raypipe.seeds import reseed
from raypipe.stopping import check_stop

if TYPE_CHECKING:
    import torch

PREFIX = "diffusers:"
_SHOWN_CHARS = 120
CODE_VERSION = 2
"""Raised whenever this module would draw the same request differently."""


@dataclass(frozen=True, slots=True)
class _Job:
    """One request of a call, at ``place`` in it, as it will be drawn.

    ``larger`` is the size of the second pass, None without one; ``characters`` are those whose
    picture is followed; ``attempt`` counts the seeds that were tried.
    """

    place: int
    request: ImageRequest
    native: tuple[int, int]
    prompt: prompting.ReadPrompt
    negative: prompting.ReadPrompt
    larger: tuple[int, int] | None = None
    characters: tuple[str, ...] = ()
    attempt: int = 0

    @property
    def shape(self) -> tuple[object, ...]:
        """What all of a batch share, so that each is drawn as it would be alone."""
        prompts = tuple(map(max, self.prompt.shape, self.negative.shape))
        return self.native, self.larger, prompts, len(self.characters)


class DiffusersEngine:
    """Draws with a text-to-image pipeline whose safetensors weights are on this machine.

    May be called from several threads, which take turns.

    The same request gives the same picture alone or in a batch: each has its own generator on the
    CPU, whose numbers depend on no device. On a GPU the kernels may differ with the batch in the
    last bit of a 16-bit float.

    Args:
        name: ``<hub id or folder>[@revision][?options]``, with or without the prefix
            ``diffusers:``; see `raypipe.engine_name`.
        options: how to draw; None for what the name says.
        check: looks at each picture before it leaves; None for what the options name.
        hub_cache: folder of the Hugging Face cache; None for where huggingface_hub puts it.

    Raises:
        EngineUnavailableError: package, device, memory, weights or adapters are missing, not
            whole, or not for each other.
        MediaError: a reference picture cannot be read.
        SettingsError: an option of the name is unknown or out of its range.
    """

    def __init__(
        self,
        name: str,
        *,
        options: DiffusionOptions | None = None,
        check: safety.PictureCheck | None = None,
        hub_cache: Path | None = None,
    ) -> None:
        source, pairs = split_options(name.removeprefix(PREFIX))
        self.options = options = options or DiffusionOptions.parse(pairs)
        self.name = PREFIX + name.removeprefix(PREFIX)
        self.checkpoint = open_checkpoint(source, hub_cache=hub_cache)
        family = self.checkpoint.family
        fast = adapters.few_steps(options.lora)
        self.steps = options.steps or (fast.steps if fast else family.steps)
        usual = fast.guidance if fast else family.guidance
        self.guidance = usual if options.guidance is None else options.guidance
        self.scheduler = options.scheduler or (fast.scheduler if fast else None)
        self.device = find_device(options.device)
        self.dtype = loading.find_dtype(options.dtype, device=self.device, half=family.half)
        self.max_batch = options.max_batch or (1 if self.device == "cpu" else 4)
        self._check = check or safety.find_check(options.safety)
        self._lock = threading.Lock()
        self._is_settled = True
        self._second: Any = None
        self._references: References | None = None
        self._pipeline: Any = None
        self._joins = self.checkpoint.pipeline in prompting.JOINED_PIPELINES
        files = self._find_files()
        self._open(loading.ways_to_fit(options.memory, device=self.device))
        self.revision = self._make_revision(files)

    def generate(self, requests: Sequence[ImageRequest]) -> list[type_uint8]:
        """Draw each request, those of equal shape together; see `raypipe.images.engine`.

        Raises:
            GenerationError: a picture has no finite pixels.
            RejectedError: a check refuses a picture, drawn with three seeds.
            DeviceLostError: the GPU failed; this process can draw nothing more.
            EngineError: the request cannot be drawn here.
        """
        fitted: dict[int, Future[type_uint8]] = {}
        # Scaling takes 40 ms of a core for each picture: side by side, and while the GPU goes on.
        # A scheduler keeps the state of the picture that it is at, hence the lock.
        with ThreadPoolExecutor(thread_name_prefix="fit") as threads, self._lock:
            if self._pipeline is None:
                raise EngineError(f"{self.name} is closed", remedy="construct it again")
            jobs = [self._plan(place, request) for place, request in enumerate(requests)]
            for batch in _batches(jobs, self.max_batch):
                for job, native in zip(batch, self._draw_accepted(batch), strict=True):
                    fitted[job.place] = threads.submit(_fit, native, job.request)
        return [fitted[place].result() for place in range(len(jobs))]

    def notes_on(self, request: ImageRequest) -> tuple[str, ...]:
        """Say which end of a prompt this model cannot read, if it is too long for it."""
        with self._lock:
            if self._joins:
                end = prompting.read_prompt(self._pipeline, request.prompt).left_out
            else:
                end = prompting.unread_end(self._parameters, self._pipeline, request.prompt)
        if not end:
            return ()
        shown = end if len(end) <= _SHOWN_CHARS else f"{end[:_SHOWN_CHARS]}..."
        return (f"its prompt is too long for this model, which left out the end: {shown}",)

    def close(self) -> None:
        """Free the model and its device memory. May be called twice."""
        with self._lock:
            if self._pipeline is not None:
                self._drop()

    def _drop(self) -> None:
        self._pipeline = self._second = self._references = None
        free_memory(self.device)

    def _find_files(self) -> list[Path]:
        """Find every file beside the checkpoint, before anything is loaded."""
        options, folder = self.options, self.options.adapters
        self._loras = [
            (adapters.find_adapter(each.name, folder, kind="LoRA"), each.scale)
            for each in options.lora
        ]
        self._words = [
            (Path(name).stem, adapters.find_adapter(name, folder, kind="embedding"))
            for name in options.embedding
        ]
        files = [path for path, _ in self._loras] + [path for _, path in self._words]
        self._ip_adapter = find_ip_adapter(options.ip_adapter) if options.ip_adapter else None
        if self._ip_adapter:
            files += [self._ip_adapter[0], *(p for _, p in options.reference if p.is_file())]
        return files

    def _open(self, ways: Sequence[str]) -> None:
        """Load the pipeline and draw with it, in the first of ``ways`` to hold it that fits."""
        self.options = replace(self.options, memory=ways[0])
        try:
            self._pipeline = self._load()
            self._parameters = frozenset(inspect.signature(self._pipeline.__call__).parameters)
            self._warm()
        except loading.TooLargeError:
            if not ways[1:]:
                raise
        else:
            return
        self._drop()  # only now, for what the error held is free only after it
        self._is_settled = True
        self._open(ways[1:])

    def _load(self) -> Any:
        """Load, adapt and place the pipeline."""
        options = self.options
        pipeline = loading.load_pipeline(self.checkpoint, dtype=self.dtype)
        if self.scheduler:
            set_scheduler(pipeline, self.scheduler)
        if options.safety != "auto" and getattr(pipeline, "safety_checker", None) is not None:
            pipeline.safety_checker = None
        adapters.load_loras(pipeline, self._loras)
        adapters.load_embeddings(pipeline, self._words)
        if self._ip_adapter:
            self._references = References(
                pipeline, self._ip_adapter, pictures=options.reference, scale=options.ip_scale
            )
        loading.place_pipeline(pipeline, self.checkpoint, options, device=self.device)
        if self._references:
            self._references.look(pipeline)
        if options.second_pass:
            self._second = second_pass.open_second_pass(pipeline)
            if self._references:
                keep_batches(self._second)
        return pipeline

    def _make_revision(self, files: Sequence[Path]) -> str:
        checkpoint, options = self.checkpoint, self.options
        facts = (
            CODE_VERSION,
            (checkpoint.revision, checkpoint.variant),
            (self.device.split(":")[0], self.dtype, self.steps, self.guidance, self.scheduler),
            (options.negative, options.second_pass, options.ip_scale, options.safety),
            ([scale for _, scale in self._loras], [name for name, _ in self._words]),
            ([name for name, _ in options.reference], adapters.digests(files)),
            (options.memory, options.channels_last, options.compile, self._check is None),
            [(package, version(package)) for package in ("diffusers", "torch", "transformers")],
        )
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:24]

    def _warm(self) -> None:
        """Draw one step, on a GPU at full size, so that lack of memory shows now."""
        side_px = self.checkpoint.family.side_px if self.device != "cpu" else 64
        request = ImageRequest("a lamp", "", side_px, side_px, seed=0, scene=SceneFacts(text=""))
        native = (side_px, side_px)
        job = replace(self._plan(0, request), native=native, larger=self._larger(native, 2))
        try:
            # What a safety checker thinks of one step of noise does not matter here.
            self._to_pictures(self._sample([job], steps=1)[0])
        except GenerationError as error:
            raise EngineUnavailableError(error.problem, remedy=error.remedy) from None
        except loading.LOAD_ERRORS as error:
            if is_out_of_memory(error):
                raise loading.out_of_memory(self.checkpoint, self.device, doing="draw") from None
            if is_device_lost(error):
                raise loading.device_unusable(self.device, error) from error
            raise loading.misfit(self.checkpoint, error) from error

    def _larger(self, native: tuple[int, int], factor: float) -> tuple[int, int] | None:
        if self._second is None:
            return None
        return second_pass.second_size(self.checkpoint.family, native, factor=factor)

    def _plan(self, place: int, request: ImageRequest) -> _Job:
        if not request.prompt.strip():
            raise EngineError(
                "expected an image prompt, got an empty one", remedy="describe the scene"
            )
        width, height = request.width, request.height
        native = native_size(self.checkpoint.family, width=width, height=height)
        names = [name for name, _, _ in request.scene.characters]
        return _Job(
            place,
            request,
            native,
            *self._read(request),
            self._larger(native, max(width / native[0], height / native[1])),
            self._references.names_in(names) if self._references else (),
        )

    def _read(self, request: ImageRequest) -> tuple[prompting.ReadPrompt, prompting.ReadPrompt]:
        if not self._joins:
            return prompting.ReadPrompt(), prompting.ReadPrompt()
        prompt = negative = prompting.read_prompt(self._pipeline, request.prompt)
        if self._is_guided:
            negative = prompting.read_prompt(self._pipeline, self._negative(request))
        for read in dict.fromkeys((prompt, negative)):
            prompting.log_cuts(*{read.beyond_clip, read.beyond_t5})
        return prompt, negative if self._is_guided else prompting.ReadPrompt()

    def _negative(self, request: ImageRequest) -> str:
        return ", ".join(filter(None, (request.negative_prompt, self.options.negative)))

    @property
    def _is_guided(self) -> bool:
        takes_negative = "negative_prompt" in self._parameters
        return takes_negative and (self.guidance is None or self.guidance > 1)

    def _draw_accepted(self, batch: Sequence[_Job]) -> list[type_uint8]:
        """Draw a batch, and what a check refuses again with other seeds."""
        found: dict[int, type_uint8] = {}
        left = list(batch)
        while left:
            refused: list[_Job] = []
            for job, (picture, flagged) in zip(left, self._draw(left), strict=True):
                if flagged:
                    refused.append(replace(job, attempt=job.attempt + 1))
                else:
                    found[job.place] = picture
            left = refused
            if left and left[0].attempt > safety.RESEEDS:
                raise RejectedError(
                    f"the safety check rejected the picture of {left[0].request.prompt[:80]!r}, "
                    f"with {safety.RESEEDS + 1} seeds",
                    remedy="change the prompt, or choose another check (safety)",
                )
        return [found[job.place] for job in batch]

    def _draw(self, batch: Sequence[_Job]) -> list[tuple[type_uint8, bool]]:
        """Return (picture, whether it is rejected) of each; halves a batch that needs too much.

        Later batches are then no larger, or each would be begun for nothing.
        """
        try:
            images, flagged = self._sample(batch, steps=self.steps)
            pictures = self._to_pictures(images)
            if self._check is not None:
                ours = [bool(bad) for bad in self._check(pictures)]
                flagged = [one or other for one, other in zip(flagged, ours, strict=True)]
            return list(zip(pictures, flagged, strict=True))
        except (*loading.LOAD_ERRORS, MemoryError) as error:
            if is_device_lost(error):
                raise DeviceLostError(
                    f"{self.device} failed while it drew: {_first_line(error)}",
                    remedy="look at nvidia-smi and the kernel's log (Xid) if it happens again",
                ) from error
            if not is_out_of_memory(error):
                raise EngineError(
                    f"{self.name} failed on a picture of {batch[0].native}: {error}"
                ) from error
        free_memory(self.device)
        if len(batch) == 1:
            raise loading.out_of_memory(self.checkpoint, self.device, doing="draw")
        self.max_batch = middle = len(batch) // 2
        return self._draw(batch[:middle]) + self._draw(batch[middle:])

    def _sample(
        self, batch: Sequence[_Job], *, steps: int | None
    ) -> tuple[torch.Tensor, list[bool]]:
        """Return images float (n, 3, h, w) of 0 to 1, and which the model's checker rejects."""
        import torch

        if not self._is_settled:
            loading.settle_pipeline(self._pipeline, dtype=self.dtype)
        self._is_settled = False
        seeds = [reseed(job.request.seed, job.attempt) for job in batch]
        arguments = self._prompt_arguments(batch)
        arguments["generator"] = [torch.Generator("cpu").manual_seed(seed) for seed in seeds]
        if self.guidance is not None and "guidance_scale" in self._parameters:
            arguments["guidance_scale"] = self.guidance
        if "callback_on_step_end" in self._parameters:
            arguments["callback_on_step_end"] = _look_up
        if self._references:
            names = [job.characters for job in batch]
            arguments |= self._references.arguments(
                self._pipeline, names, is_guided=self._is_guided
            )
        width, height = batch[0].native
        how_many = {} if steps is None else {"num_inference_steps": steps}
        result = self._pipeline(
            width=width, height=height, output_type="pt", **how_many, **arguments
        )
        flagged = _flags(result, batch)
        if batch[0].larger is None:
            self._is_settled = True
            return result.images, flagged
        again = self._sample_again(result.images, batch[0].larger, steps, arguments)
        self._is_settled = True
        later = _flags(again, batch)
        return again.images, [one or other for one, other in zip(flagged, later, strict=True)]

    def _sample_again(
        self, images: torch.Tensor, size: tuple[int, int], steps: int | None, arguments: Any
    ) -> Any:
        """Draw on from enlarged images; the generators go on where they are."""
        strength = self.options.second_pass
        sizes = {"width": size[0], "height": size[1]}
        taken = inspect.signature(self._second.__call__).parameters
        return self._second(
            image=second_pass.enlarge(images, size),
            strength=strength,
            num_inference_steps=second_pass.steps_for(steps, strength),
            output_type="pt",
            **{key: value for key, value in sizes.items() if key in taken},
            **arguments,
        )

    def _prompt_arguments(self, batch: Sequence[_Job]) -> dict[str, Any]:
        if self._joins:
            negatives = [job.negative for job in batch] if self._is_guided else None
            return dict(
                prompting.encode_prompts(self._pipeline, [job.prompt for job in batch], negatives)
            )
        return dict(
            prompting.shortened_arguments(
                self._parameters,
                self._pipeline,
                prompts=[job.request.prompt for job in batch],
                negatives=[self._negative(job.request) for job in batch],
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


def _look_up(*_: object) -> dict[str, Any]:
    """Let a pipeline end between two steps if it is asked to; change nothing of what it holds."""
    check_stop()
    return {}


def _flags(result: Any, batch: Sequence[_Job]) -> list[bool]:
    """Return which pictures the pipeline's own checker turned into black frames."""
    flags = getattr(result, "nsfw_content_detected", None)
    return [bool(flag) for flag in flags] if flags else [False] * len(batch)


def _fit(native: type_uint8, request: ImageRequest) -> type_uint8:
    width, height = request.width, request.height
    picture = fit_picture(native, width=width, height=height)
    return check_picture(picture, width=width, height=height)


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


def _batches(jobs: Sequence[_Job], size: int) -> Iterator[list[_Job]]:
    """Yield the jobs of each shape, at most ``size`` at once."""
    shapes: dict[tuple[object, ...], list[_Job]] = {}
    for job in jobs:
        shapes.setdefault(job.shape, []).append(job)
    for alike in shapes.values():
        for start in range(0, len(alike), size):
            yield alike[start : start + size]
