"""How a diffusion engine is to draw: everything but the model and the request."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from raypipe.engine_name import Pairs
from raypipe.engine_options import (
    Readers,
    check_choice,
    check_range,
    read_flag,
    read_options,
    read_path,
)
from raypipe.errors import SettingsError

MAX_STEPS = 150
MAX_GUIDANCE = 30.0
MAX_SCALE = 2.0
"""Beyond this a LoRA or an IP-Adapter drowns the model it was trained on."""
MAX_NEGATIVE_CHARS = 2000
DType = Literal["auto", "float32", "float16", "bfloat16"]
Memory = Literal["auto", "full", "sliced", "offload", "layers"]


@dataclass(frozen=True, slots=True)
class Adapter:
    """A LoRA: the file or its name in the folder of adapters, and how strongly it works."""

    name: str
    scale: float = 1.0

    @classmethod
    def parse(cls, text: str) -> Adapter:
        """Read ``name`` or ``name:scale``, such as ``ink:0.8``."""
        name, mark, scale = text.rpartition(":")
        if not mark:
            return cls(text)
        try:
            return cls(name, float(scale))
        except ValueError:
            return cls(text)

    def __str__(self) -> str:
        return f"{self.name}:{self.scale:g}"


@dataclass(frozen=True, slots=True)
class DiffusionOptions:
    """Options of a `raypipe.images.diffusers_engine.DiffusersEngine`.

    Args:
        device: ``auto`` (the GPU where there is one), ``cuda``, ``cuda:<n>`` or ``cpu``.
        dtype: ``float32``, ``float16``, ``bfloat16`` or ``auto``: float32 on a CPU, on a GPU the
            16 bits in which the family is known to stay finite.
        steps: denoising steps, 1 to 150; None for what the family likes (Turbo: 2 or 4).
        guidance: classifier-free guidance scale, 0 to 30; None for what the family likes.
        scheduler: one of `raypipe.images.diffusion.schedulers.NAMES`; None for the model's own.
        negative: words added to every negative prompt.
        lora: LoRAs that are merged into the weights, in this order.
        embedding: textual inversions, each used by writing its name as ``<name>`` in a prompt.
        adapters: folder in which LoRAs and embeddings are found by name.
        second_pass: how freely a picture is drawn again at a higher resolution, 0 (not at all) to
            1; 0.3 adds detail and keeps the composition.
        ip_adapter: weights (.safetensors) of an IP-Adapter, beside its ``image_encoder`` folder.
        ip_scale: how strongly it holds on to a reference, 0 to 2.
        reference: (name of a character, picture of it).
        safety: ``auto`` (the checker that comes with the model, if one does), ``off``, or the name
            of an installed check; see `raypipe.images.diffusion.safety`.
        memory: ``auto`` is ``full``, or ``offload`` on a GPU that turns out to be too small for
            that; ``full`` keeps all on the device; ``sliced`` decodes one picture at a time, in
            tiles; ``offload`` holds in the device's memory only the part that works,
            ``layers`` only the layer.
        channels_last: order of an image's numbers in memory; None for last on a GPU, whose tensor
            cores want it so.
        compile: compile the denoiser, which takes minutes once for each size and saves a quarter
            of each step after.
        max_batch: pictures drawn at once; None for 4 on a GPU and 1 on a CPU.

    Raises:
        SettingsError: a value is out of its range.
    """

    device: str = "auto"
    dtype: str = "auto"
    steps: int | None = None
    guidance: float | None = None
    scheduler: str | None = None
    negative: str = ""
    lora: tuple[Adapter, ...] = ()
    embedding: tuple[str, ...] = ()
    adapters: Path | None = None
    second_pass: float = 0.0
    ip_adapter: Path | None = None
    ip_scale: float = 0.6
    reference: tuple[tuple[str, Path], ...] = ()
    safety: str = "auto"
    memory: str = "auto"
    channels_last: bool | None = None
    compile: bool = False
    max_batch: int | None = None

    def __post_init__(self) -> None:
        check_choice("dtype", self.dtype, get_args(DType))
        check_choice("memory", self.memory, get_args(Memory))
        if self.scheduler is not None:
            from raypipe.images.diffusion.schedulers import NAMES

            check_choice("scheduler", self.scheduler, NAMES)
        hints = {
            "steps": "20 to 50 are usual, Turbo models take 1 to 4",
            "guidance": "5 to 8 are usual, Turbo models take 0",
            "second_pass": "0.2 to 0.4 add detail and keep the composition",
        }
        check_range("steps", self.steps, 1, MAX_STEPS, hints)
        check_range("guidance", self.guidance, 0, MAX_GUIDANCE, hints)
        check_range("second_pass", self.second_pass, 0, 1, hints)
        check_range("ip_scale", self.ip_scale, 0, MAX_SCALE, hints)
        for adapter in self.lora:
            check_range(f"lora {adapter.name}", adapter.scale, -MAX_SCALE, MAX_SCALE, hints)
        if self.max_batch is not None and self.max_batch < 1:
            raise SettingsError(
                f"expected a batch of at least 1, got {self.max_batch}", where="max_batch"
            )
        if len(self.negative) > MAX_NEGATIVE_CHARS:
            raise SettingsError(
                f"expected at most {MAX_NEGATIVE_CHARS} characters, got {len(self.negative):,}",
                where="negative",
            )
        if self.reference and self.ip_adapter is None:
            raise SettingsError(
                "pictures of characters need an IP-Adapter to look at them, and none is given",
                remedy="name its .safetensors file as ip_adapter, or leave the pictures out: "
                "characters are then described by the same words in each scene",
                where="reference",
            )

    @classmethod
    def parse(cls, pairs: Pairs) -> DiffusionOptions:
        """Read the options of an engine's name.

        Raises:
            SettingsError: an option is unknown, unreadable or out of its range.
        """
        return read_options(pairs, cls, engine="diffusers", one=_ONE, many=_MANY)


def _read_reference(text: str) -> tuple[str, Path]:
    name, mark, path = text.partition("=")
    if not (mark and name.strip() and path):
        raise ValueError("<name>=<picture>")
    return name.strip(), Path(path).expanduser()


_ONE: Final[Readers] = {
    "steps": int, "guidance": float, "second_pass": float, "ip_scale": float, "max_batch": int,
    "adapters": read_path, "ip_adapter": read_path, "compile": read_flag,
    "channels_last": read_flag,
}  # fmt: skip
_MANY: Final[Readers] = {
    "lora": Adapter.parse, "embedding": str, "reference": _read_reference,
}  # fmt: skip
