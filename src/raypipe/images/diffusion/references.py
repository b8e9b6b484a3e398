"""Characters that keep their look: an IP-Adapter sees a picture of each and draws after it.

Only Stable Diffusion 1 and XL have adapters that can be mixed freely with prompts and LoRAs. Other
families keep a character's look by its words, which the story's plan repeats in each scene.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from raypipe.errors import EngineUnavailableError
from raypipe.images.diffusion.checkpoint import find_weights
from raypipe.images.diffusion.safetensors_file import read_names
from raypipe.media import read_picture

if TYPE_CHECKING:
    import torch

ADAPTED_PIPELINES = ("StableDiffusionPipeline", "StableDiffusionXLPipeline")
MAX_REFERENCES = 3
"""Pictures that one scene follows: each takes as much of the attention as a short prompt."""
_LOAD_ERRORS = (OSError, ValueError, RuntimeError, TypeError, KeyError, AttributeError, IndexError)


def find_ip_adapter(path: Path) -> tuple[Path, Path]:
    """Return the weights of an IP-Adapter and the folder of its image encoder, both whole.

    The encoder lies beside the weights as ``image_encoder``; as published, adapters for XL whose
    name says vit-h use that of the folder ``models``
    (https://huggingface.co/h94/IP-Adapter).

    Raises:
        EngineUnavailableError: one of them is not there, cut off or a pickle.
    """
    remedy = "download it with: hf download h94/IP-Adapter"
    if path.suffix != ".safetensors" or not path.is_file():
        raise EngineUnavailableError(
            f"expected the weights of an IP-Adapter, a .safetensors file, got {path}",
            remedy=remedy,
            where="ip_adapter",
        )
    names = read_names(path, remedy=remedy)
    parts = {name.partition(".")[0] for name in names}
    if not {"image_proj", "ip_adapter"} <= parts:
        raise EngineUnavailableError(
            f"expected tensors image_proj and ip_adapter in {path}, found {', '.join(parts)}",
            remedy=remedy,
            where="ip_adapter",
        )
    encoder = path.parent / "image_encoder"
    if "vit-h" in path.name and path.parent.name == "sdxl_models":
        encoder = path.parent.parent / "models" / "image_encoder"
    for file in find_weights(encoder, None, remedy=remedy):
        read_names(file, remedy=remedy)
    return path, encoder


class References:
    """The characters that a pipeline knows by a picture.

    Args:
        pipeline: a pipeline of `ADAPTED_PIPELINES`, before it is put on its device; the adapter's
            layers are added to its UNet.
        adapter: weights and image encoder, from `find_ip_adapter`.
        pictures: (name, picture file).
        scale: how strongly a reference is followed.

    Raises:
        EngineUnavailableError: the family has no such adapter, or it is for another one.
        MediaError: a picture cannot be read, see `raypipe.media.read_picture`.
    """

    def __init__(
        self,
        pipeline: Any,
        adapter: tuple[Path, Path],
        *,
        pictures: Sequence[tuple[str, Path]],
        scale: float,
    ) -> None:
        kind = type(pipeline).__name__
        if kind not in ADAPTED_PIPELINES:
            raise EngineUnavailableError(
                f"{kind} takes no IP-Adapter",
                remedy="leave ip_adapter out: characters are described by the same words in each "
                "scene; or use a model of Stable Diffusion 1.5 or XL",
                where="ip_adapter",
            )
        self._pictures = {
            name.casefold(): Image.fromarray(read_picture(path)) for name, path in pictures
        }
        self._embeds: dict[str, tuple[torch.Tensor, torch.Tensor]] = {}
        self._weights, encoder = adapter
        self._scale = scale
        with self._explained(kind):
            _add_encoder(pipeline, encoder)  # first, or diffusers adds one of its own measures
            pipeline.load_ip_adapter(
                self._weights.parent,
                subfolder="",
                weight_name=self._weights.name,
                image_encoder_folder=None,
                local_files_only=True,
            )
        pipeline.set_ip_adapter_scale(0.0)

    def look(self, pipeline: Any) -> None:
        """Look at all pictures, once, with the pipeline on its device.

        Raises:
            EngineUnavailableError: the image encoder is not the one that the adapter learnt from.
        """
        with self._explained(type(pipeline).__name__):
            pictures: list[Any] = [*self._pictures.values()]
            if not pictures:  # the layers want something, which at scale 0 they pass by
                pictures = [_grey()]
            embeds = [_embed(pipeline, picture) for picture in pictures]
        self._embeds = dict(zip(self._pictures or ("",), embeds, strict=True))
        keep_batches(pipeline)

    @contextlib.contextmanager
    def _explained(self, kind: str) -> Iterator[None]:
        try:
            yield
        except _LOAD_ERRORS as error:
            lines = str(error).splitlines() or [type(error).__name__]
            raise EngineUnavailableError(
                f"{self._weights} does not fit {kind}: {lines[0]}",
                remedy="take the adapter of the model's own family, sd15 or sdxl",
                where="ip_adapter",
            ) from error

    def names_in(self, characters: Sequence[str]) -> tuple[str, ...]:
        """Return which of a scene's characters are known by a picture, the first few."""
        known = (name.casefold() for name in characters)
        return tuple(name for name in dict.fromkeys(known) if name in self._pictures)[
            :MAX_REFERENCES
        ]

    def arguments(
        self, pipeline: Any, batch: Sequence[tuple[str, ...]], *, is_guided: bool
    ) -> Mapping[str, Any]:
        """Return the keyword arguments of a call, for the characters of each picture.

        Args:
            pipeline: the pipeline that is about to be called.
            batch: names from `names_in`, equally many for each picture.
            is_guided: whether it draws with and without the prompt.
        """
        import torch

        # At scale 0 the attention passes the adapter by, so that no reference is no difference.
        pipeline.set_ip_adapter_scale(self._scale if batch[0] else 0.0)
        shown = [names or (None,) for names in batch]
        with_, without = (
            torch.cat([torch.cat([self._find(name)[side] for name in names], 1) for names in shown])
            for side in (0, 1)
        )
        embeds = torch.cat([without, with_]) if is_guided else with_
        return {"ip_adapter_image_embeds": [embeds]}

    def _find(self, name: str | None) -> tuple[torch.Tensor, torch.Tensor]:
        return self._embeds[name] if name else next(iter(self._embeds.values()))


def keep_batches(pipeline: Any) -> None:
    """Let a pipeline take what it is given for each picture of a batch.

    diffusers repeats the references of one picture for all of a batch, and without a word gives
    every picture of a batch the last ones where it gets them for each.
    """

    def as_given(_image: Any, embeds: list[Any], device: Any, *_: Any, **__: Any) -> list[Any]:
        return [each.to(device) for each in embeds]

    pipeline.prepare_ip_adapter_image_embeds = as_given


def _add_encoder(pipeline: Any, folder: Path) -> None:
    from transformers import CLIPImageProcessor, CLIPVisionModelWithProjection

    encoder = CLIPVisionModelWithProjection.from_pretrained(
        folder, dtype=pipeline.unet.dtype, local_files_only=True, use_safetensors=True
    )
    pipeline.register_modules(image_encoder=encoder.to(pipeline.unet.device))
    if pipeline.feature_extractor is None:  # else the safety checker's, which sees the same size
        side = encoder.config.image_size
        processor = CLIPImageProcessor(
            size={"shortest_edge": side}, crop_size={"height": side, "width": side}
        )
        pipeline.register_modules(feature_extractor=processor)


def _embed(pipeline: Any, picture: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Return what the adapter sees in a picture and in none, each (1, 1, ...)."""
    import torch

    with torch.no_grad():
        (both,) = pipeline.prepare_ip_adapter_image_embeds(
            picture,
            None,
            pipeline._execution_device,  # noqa: SLF001 - right also under CPU offload
            1,
            do_classifier_free_guidance=True,
        )
    without, with_ = both.chunk(2)
    return with_, without


def _grey() -> Image.Image:
    return Image.new("RGB", (64, 64), (128, 128, 128))
