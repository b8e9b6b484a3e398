"""Prompts of any length for text encoders that see 77 tokens, never cut in silence.

CLIP reads 75 tokens and two marks. Longer prompts are cut into windows of 75 at commas, each
window is encoded by itself, and the embeddings are joined: the cross-attention of a UNet and the
joint attention of SD3 take any length. T5 of SD3 reads 512 tokens at once. Pipelines that cannot
take embeddings this way get a prompt shortened at a comma. What was left out is logged, and what no
encoder reads is told to whoever asked.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
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
    pipeline has none. ``beyond_clip`` and ``beyond_t5`` are the ends that they do not read. Two
    prompts share a batch if their `shape` is equal: one more window of padding would show.
    """

    windows: Windows = ((),)
    t5_ids: tuple[int, ...] = ()
    beyond_clip: str = ""
    beyond_t5: str = ""

    @property
    def shape(self) -> tuple[int, int]:
        """How many windows of CLIP and tokens of T5 it takes."""
        return len(self.windows), T5_LONG if len(self.t5_ids) > T5_TOKENS else T5_TOKENS

    @property
    def left_out(self) -> str:
        """The end of the prompt that no encoder reads; empty if all of it is read."""
        return self.beyond_t5 if self.t5_ids else self.beyond_clip


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


def prompt_windows(tokenizer: Any, prompt: str) -> tuple[Windows, str]:
    """Return the windows of a prompt, at most `MAX_WINDOWS`, and what is beyond them."""
    commas = frozenset(
        place for token, place in tokenizer.get_vocab().items() if token in {",", ",</w>"}
    )
    size = tokenizer.model_max_length - 2
    windows = cut_windows(_tokenize(tokenizer, prompt), size=size, commas=commas)
    beyond = [token for window in windows[MAX_WINDOWS:] for token in window]
    return windows[:MAX_WINDOWS], str(tokenizer.decode(beyond)).strip() if beyond else ""


def read_prompt(pipeline: Any, prompt: str) -> ReadPrompt:
    """Return how one of `JOINED_PIPELINES` reads a prompt, and what it cannot read of it."""
    tokenizer = pipeline.tokenizer or pipeline.tokenizer_2
    if hasattr(pipeline, "maybe_convert_prompt"):  # a learnt word may stand for several vectors
        prompt = pipeline.maybe_convert_prompt(prompt, tokenizer)
    windows, beyond_clip = prompt_windows(tokenizer, prompt)
    t5 = getattr(pipeline, "tokenizer_3", None)
    if t5 is None:
        return ReadPrompt(windows, beyond_clip=beyond_clip)
    kept, beyond_t5 = shorten(prompt, tokenizer=t5, limit=T5_LONG - 1)
    if pipeline.text_encoder_3 is None:
        beyond_t5 = beyond_clip
    return ReadPrompt(windows, (*_tokenize(t5, kept), t5.eos_token_id), beyond_clip, beyond_t5)


def log_cuts(*ends: str) -> None:
    """Log the ends of prompts that an encoder does not read, where there are any."""
    for end in filter(None, ends):
        logger.warning("prompt too long, its end was left out", extra={"left_out": end})


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


def shorten(prompt: str, *, tokenizer: Any, limit: int) -> tuple[str, str]:
    """Return as many phrases of a prompt as have at most ``limit`` tokens, and what is left out.

    A first phrase that is itself too long ends at a word.
    """
    if len(_tokenize(tokenizer, prompt)) <= limit:
        return prompt, ""
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
    return kept, prompt[len(kept) :].strip(", ")


def shortened_arguments(
    parameters: frozenset[str], pipeline: Any, prompts: Sequence[str], negatives: Sequence[str]
) -> dict[str, list[str]]:
    """Return prompts for a pipeline that encodes text itself, each as long as its encoder reads.

    Pipelines such as Flux take ``prompt_2`` for their T5, which reads several hundred tokens; so
    only CLIP misses the end of a long prompt. What an encoder does not read is logged.
    """
    arguments: dict[str, list[str]] = {}
    for field, texts in (("prompt", prompts), ("negative_prompt", negatives)):
        for suffix, tokenizer in _encoders(field, parameters, pipeline):
            if tokenizer is None:
                arguments[field] = list(texts)
                continue
            limit = _token_limit(tokenizer, parameters)
            cut = [shorten(text, tokenizer=tokenizer, limit=limit) for text in texts]
            arguments[field + suffix] = [kept for kept, _ in cut]
            log_cuts(*(end for _, end in cut))
    return arguments


def unread_end(parameters: frozenset[str], pipeline: Any, prompt: str) -> str:
    """Return the end of a prompt that no encoder reads, of a pipeline that encodes text itself."""
    ends = [
        shorten(prompt, tokenizer=tokenizer, limit=_token_limit(tokenizer, parameters))[1]
        for _, tokenizer in _encoders("prompt", parameters, pipeline)
        if tokenizer is not None
    ]
    return min(ends, key=len, default="")


def _encoders(field: str, parameters: frozenset[str], pipeline: Any) -> Iterator[tuple[str, Any]]:
    """Yield the suffix and tokenizer of each parameter for a prompt; None for one not known."""
    for suffix in ("", "_2", "_3"):
        tokenizer = getattr(pipeline, f"tokenizer{suffix}", None)
        if field + suffix in parameters and (tokenizer is not None or not suffix):
            yield suffix, tokenizer


def _token_limit(tokenizer: Any, parameters: frozenset[str]) -> int:
    """Content tokens that the encoder behind this tokenizer reads, marks not counted."""
    length = int(min(tokenizer.model_max_length, T5_TOKENS))
    if "max_sequence_length" not in parameters:
        length = min(length, CLIP_TOKENS)
    return length - 2
