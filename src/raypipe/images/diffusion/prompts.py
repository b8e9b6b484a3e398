"""Prompts of any length for text encoders that see 77 tokens, never cut in silence.

CLIP reads 75 tokens and two marks. Longer prompts are cut into windows of 75 at commas, each
window is encoded by itself, and the embeddings are joined: the cross-attention of a UNet and the
joint attention of SD3 take any length. T5 of SD3 reads 512 tokens at once. Pipelines that cannot
take embeddings this way get a prompt shortened at a comma. What was left out is logged.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

logger = logging.getLogger(__name__)

MAX_WINDOWS = 4
"""300 tokens, about 200 words: beyond that the attention is too thin for any phrase to show."""
CLIP_TOKENS = 77
T5_TOKENS, T5_LONG = 256, 512
"""``max_sequence_length`` that SD3's pipeline takes by default, and the most that it takes."""
COMMA_REACH = 20
"""How many tokens a window may give up to end at a comma instead of inside a phrase."""
JOINED_PIPELINES = (
    "StableDiffusionPipeline",
    "StableDiffusionXLPipeline",
    "LatentConsistencyModelPipeline",
    "StableDiffusion3Pipeline",
)

Windows = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class ReadPrompt:
    """A prompt as the encoders of one pipeline read it.

    ``windows`` are token ids for CLIP, ``t5_ids`` for T5 with its end mark, empty where the
    pipeline has none. Two prompts share a batch if their `shape` is equal: a window more of
    padding would change a picture.
    """

    windows: Windows = ((),)
    t5_ids: tuple[int, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """How many windows of CLIP and tokens of T5 it takes."""
        return len(self.windows), T5_LONG if len(self.t5_ids) > T5_TOKENS else T5_TOKENS


def cut_windows(ids: Sequence[int], *, size: int, commas: frozenset[int]) -> Windows:
    """Cut token ids into windows of at most ``size``, at commas where one is near the end."""
    windows: list[tuple[int, ...]] = []
    start = 0
    while len(ids) - start > size:
        end = start + size
        near = range(end - 1, max(end - COMMA_REACH, start), -1)
        end = next((place + 1 for place in near if ids[place] in commas), end)
        windows.append(tuple(ids[start:end]))
        start = end
    return (*windows, tuple(ids[start:]))


def _tokenize(tokenizer: Any, prompt: str) -> list[int]:
    ids: list[int] = tokenizer(
        prompt, add_special_tokens=False, truncation=False, verbose=False
    ).input_ids
    return ids


def prompt_windows(tokenizer: Any, prompt: str) -> Windows:
    """Return the windows of a prompt, at most `MAX_WINDOWS`; the rest is logged."""
    commas = frozenset(
        place for token, place in tokenizer.get_vocab().items() if token in {",", ",</w>"}
    )
    size = tokenizer.model_max_length - 2
    windows = cut_windows(_tokenize(tokenizer, prompt), size=size, commas=commas)
    if len(windows) > MAX_WINDOWS:
        left_out = [token for window in windows[MAX_WINDOWS:] for token in window]
        logger.warning(
            "prompt too long, its end was left out",
            extra={"kept_tokens": size * MAX_WINDOWS, "left_out": tokenizer.decode(left_out)},
        )
    return windows[:MAX_WINDOWS]


def read_prompt(pipeline: Any, prompt: str) -> ReadPrompt:
    """Return how one of `JOINED_PIPELINES` reads a prompt; what it cannot read is logged."""
    tokenizer = pipeline.tokenizer or pipeline.tokenizer_2
    if hasattr(pipeline, "maybe_convert_prompt"):  # a learnt word may stand for several vectors
        prompt = pipeline.maybe_convert_prompt(prompt, tokenizer)
    windows = prompt_windows(tokenizer, prompt)
    t5 = getattr(pipeline, "tokenizer_3", None)
    if t5 is None:
        return ReadPrompt(windows)
    kept = shorten(prompt, tokenizer=t5, limit=T5_LONG - 1)
    return ReadPrompt(windows, (*_tokenize(t5, kept), t5.eos_token_id))


def encode_prompts(
    pipeline: Any, prompts: Sequence[ReadPrompt], negatives: Sequence[ReadPrompt] | None
) -> dict[str, torch.Tensor]:
    """Return the keyword arguments of a pipeline call that stand for these prompts.

    Args:
        pipeline: one of `JOINED_PIPELINES`.
        prompts: what each picture is to show.
        negatives: likewise what not, or None where there is no guidance.
    """
    shapes = [prompt.shape for prompt in (*prompts, *(negatives or ()))]
    count, t5_length = max(one for one, _ in shapes), max(other for _, other in shapes)
    embeds, pooled = _embed(pipeline, prompts, count, t5_length)
    arguments = {"prompt_embeds": embeds}
    if pooled is not None:
        arguments["pooled_prompt_embeds"] = pooled
    if negatives is None:
        return arguments
    embeds, pooled = _embed(pipeline, negatives, count, t5_length)
    if pooled is not None and pipeline.config.get("force_zeros_for_empty_prompt"):
        # XL was trained with zeros for no prompt, not with the encoding of an empty text.
        for place, prompt in enumerate(negatives):
            if not any(prompt.windows):
                embeds[place], pooled[place] = 0, 0
    arguments["negative_prompt_embeds"] = embeds
    if pooled is not None:
        arguments["negative_pooled_prompt_embeds"] = pooled
    return arguments


def _embed(
    pipeline: Any, prompts: Sequence[ReadPrompt], count: int, t5_length: int
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Encode each window by itself and join them; also the pooled text of the first windows."""
    import torch

    double = hasattr(pipeline, "text_encoder_2")
    device = pipeline._execution_device  # noqa: SLF001 - right also under CPU offload
    stages = [(pipeline.tokenizer, pipeline.text_encoder)] if pipeline.text_encoder else []
    if double:
        stages.append((pipeline.tokenizer_2, pipeline.text_encoder_2))
    parts, pooled = [], []
    with torch.no_grad():
        for tokenizer, encoder in stages:
            ids = torch.tensor(
                [_mark(tokenizer, w) for p in prompts for w in _fill(p.windows, count)],
                device=device,
            )
            output = encoder(ids, output_hidden_states=double)
            hidden = output.hidden_states[-2] if double else output[0]
            parts.append(hidden.reshape(len(prompts), -1, hidden.shape[-1]))
            if double and output[0].ndim == 2:  # noqa: PLR2004 - (n, width): the projected text
                pooled.append(output[0].reshape(len(prompts), count, -1)[:, 0])
        embeds = torch.cat(parts, dim=-1)
        if hasattr(pipeline, "text_encoder_3"):
            embeds = _append_t5(pipeline, embeds, prompts, t5_length)
    return embeds, torch.cat(pooled, dim=-1).clone() if pooled else None


def _append_t5(
    pipeline: Any, clip: torch.Tensor, prompts: Sequence[ReadPrompt], length: int
) -> torch.Tensor:
    """Put what T5 reads after what CLIP reads, as SD3 learnt it: zeros where there is no T5."""
    import torch

    width = pipeline.transformer.config.joint_attention_dim
    clip = torch.nn.functional.pad(clip, (0, width - clip.shape[-1]))
    if pipeline.text_encoder_3 is None:
        t5 = clip.new_zeros(len(prompts), length, width)
    else:
        pad = pipeline.tokenizer_3.pad_token_id
        rows = [[*p.t5_ids, *[pad] * (length - len(p.t5_ids))] for p in prompts]
        t5 = pipeline.text_encoder_3(torch.tensor(rows, device=clip.device))[0]
    return torch.cat([clip, t5.to(clip)], dim=-2)


def _fill(windows: Windows, count: int) -> Windows:
    return windows + ((),) * (count - len(windows))


def _mark(tokenizer: Any, window: tuple[int, ...]) -> list[int]:
    """Put a window between its marks and fill it up, as the tokenizer itself would."""
    marked = [tokenizer.bos_token_id, *window, tokenizer.eos_token_id]
    return marked + [tokenizer.pad_token_id] * (tokenizer.model_max_length - len(marked))


def shorten(prompt: str, *, tokenizer: Any, limit: int) -> str:
    """Return the prompt, or as many of its phrases as have at most ``limit`` tokens.

    A first phrase that is itself too long ends at a word. What was left out is logged.
    """
    if len(_tokenize(tokenizer, prompt)) <= limit:
        return prompt
    parts = prompt.split(",")
    joint = ","
    if len(_tokenize(tokenizer, parts[0])) > limit:
        parts, joint = parts[0].split(" "), " "
    few, many = 0, len(parts)
    while many - few > 1:
        middle = (few + many) // 2
        fits = len(_tokenize(tokenizer, joint.join(parts[:middle]))) <= limit
        few, many = (middle, many) if fits else (few, middle)
    kept = joint.join(parts[:few])
    logger.warning(
        "prompt too long for this model, its end was left out",
        extra={"kept_tokens": limit, "left_out": prompt[len(kept) :].strip(", ")},
    )
    return kept


def shortened_arguments(
    parameters: frozenset[str], pipeline: Any, prompts: Sequence[str], negatives: Sequence[str]
) -> dict[str, list[str]]:
    """Return prompts for a pipeline that encodes text itself, each as long as its encoder reads.

    Pipelines such as Flux take ``prompt_2`` for their T5, which reads several hundred tokens; so
    only CLIP misses the end of a long prompt.
    """
    arguments: dict[str, list[str]] = {}
    for field, texts in (("prompt", prompts), ("negative_prompt", negatives)):
        for suffix in ("", "_2", "_3"):
            tokenizer = getattr(pipeline, f"tokenizer{suffix}", None)
            if field + suffix not in parameters:
                continue
            if tokenizer is None:
                if not suffix:
                    arguments[field] = list(texts)
                continue
            limit = _token_limit(tokenizer, parameters)
            arguments[field + suffix] = [
                shorten(text, tokenizer=tokenizer, limit=limit) for text in texts
            ]
    return arguments


def _token_limit(tokenizer: Any, parameters: frozenset[str]) -> int:
    """Content tokens that the encoder behind this tokenizer reads, marks not counted."""
    length = int(min(tokenizer.model_max_length, T5_TOKENS))
    if "max_sequence_length" not in parameters:
        length = min(length, CLIP_TOKENS)
    return length - 2
