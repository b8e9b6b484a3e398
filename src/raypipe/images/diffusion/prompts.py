"""Prompts of any length for text encoders that see 77 tokens, never cut in silence.

CLIP reads 75 tokens and two marks. Longer prompts are cut into windows of 75 at commas, each
window is encoded by itself, and the embeddings are joined: the cross-attention of a UNet takes
any length. Pipelines that cannot take embeddings this way get a prompt shortened at a comma, and
what was left out is logged.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

logger = logging.getLogger(__name__)

MAX_WINDOWS = 4
"""300 tokens, about 200 words: beyond that the attention is too thin for any phrase to show."""
COMMA_REACH = 20
"""How many tokens a window may give up to end at a comma instead of inside a phrase."""
JOINED_PIPELINES = (
    "StableDiffusionPipeline",
    "StableDiffusionXLPipeline",
    "LatentConsistencyModelPipeline",
)

Windows = tuple[tuple[int, ...], ...]


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


def encode_windows(
    pipeline: Any, prompts: Sequence[Windows], negatives: Sequence[Windows] | None
) -> dict[str, torch.Tensor]:
    """Return the keyword arguments of a pipeline call that stand for these prompts.

    Args:
        pipeline: one of `JOINED_PIPELINES`.
        prompts: the windows of each prompt, all equally many.
        negatives: likewise for the negative prompts, or None where there is no guidance.
    """
    count = max(len(windows) for windows in (*prompts, *(negatives or ())))
    embeds, pooled = _embed(pipeline, prompts, count)
    arguments = {"prompt_embeds": embeds}
    if pooled is not None:
        arguments["pooled_prompt_embeds"] = pooled
    if negatives is None:
        return arguments
    embeds, pooled = _embed(pipeline, negatives, count)
    if pooled is not None and pipeline.config.force_zeros_for_empty_prompt:
        # XL was trained with zeros for no prompt, not with the encoding of an empty text.
        for place, windows in enumerate(negatives):
            if not any(windows):
                embeds[place], pooled[place] = 0, 0
    arguments["negative_prompt_embeds"] = embeds
    if pooled is not None:
        arguments["negative_pooled_prompt_embeds"] = pooled
    return arguments


def _embed(
    pipeline: Any, prompts: Sequence[Windows], count: int
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Encode each window by itself and join them; also the pooled text of the first, for XL."""
    import torch

    double = hasattr(pipeline, "text_encoder_2")
    stages = [(pipeline.tokenizer, pipeline.text_encoder)] if pipeline.text_encoder else []
    if double:
        stages.append((pipeline.tokenizer_2, pipeline.text_encoder_2))
    parts, pooled = [], None
    with torch.no_grad():
        for tokenizer, encoder in stages:
            ids = torch.tensor(
                [_mark(tokenizer, w) for windows in prompts for w in _fill(windows, count)],
                device=pipeline._execution_device,  # noqa: SLF001 - right also under CPU offload
            )
            output = encoder(ids, output_hidden_states=double)
            hidden = output.hidden_states[-2] if double else output[0]
            parts.append(hidden.reshape(len(prompts), -1, hidden.shape[-1]))
            if double and output[0].ndim == 2:  # noqa: PLR2004 - (n, width): the projected text
                pooled = output[0].reshape(len(prompts), count, -1)[:, 0].clone()
    return torch.cat(parts, dim=-1), pooled


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

    Pipelines such as SD3 and Flux take ``prompt_2`` and ``prompt_3`` for their further encoders,
    of which T5 reads several hundred tokens; so only CLIP misses the end of a long prompt.
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


CLIP_TOKENS = 77
T5_TOKENS = 256
"""``max_sequence_length`` that SD3's pipeline takes by default; other T5 pipelines take more."""


def _token_limit(tokenizer: Any, parameters: frozenset[str]) -> int:
    """Content tokens that the encoder behind this tokenizer reads, marks not counted."""
    length = int(min(tokenizer.model_max_length, T5_TOKENS))
    if "max_sequence_length" not in parameters:
        length = min(length, CLIP_TOKENS)
    return length - 2
