"""Does our engine keep up with a plain diffusers loop over the same batches?

It builds a Stable Diffusion 1.5 of full size with random weights, so nothing is downloaded; speed
does not depend on what the weights mean. Both sides draw the same prompts with the same steps::

    .venv/bin/python benchmarks/diffusers_engine.py --batches 1 4 --repeats 3

On a CPU a picture takes minutes; ``--small`` draws with a toy of the same architecture, which
shows our own overhead. Prints a table and writes JSON (--json FILE).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

WIDTH, HEIGHT = 1080, 1920
PROMPT = "a red fox on a cliff by the sea, evening, warm low light, wide shot, oil painting"


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--json", type=Path, default=None)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="raypipe-bench-") as folder:
        build(Path(folder) / "sd15", small=args.small)
        result = measure(Path(folder) / "sd15", args)
    print(as_table(result))
    if args.json:
        args.json.write_text(json.dumps(result, indent=2) + "\n")


def build(folder: Path, *, small: bool) -> None:
    """Save Stable Diffusion 1.5's architecture with random weights, in half precision."""
    import torch
    from diffusers import (
        AutoencoderKL,
        PNDMScheduler,
        StableDiffusionPipeline,
        UNet2DConditionModel,
    )
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    divisor = 16 if small else 1
    groups = 4 if small else 32
    tokens = [chr(code) + end for end in ("", "</w>") for code in range(33, 127)]
    marks = ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {token: place for place, token in enumerate([*tokens, *marks])}
    torch.manual_seed(0)
    StableDiffusionPipeline(
        vae=AutoencoderKL(
            block_out_channels=tuple(size // divisor for size in (128, 256, 512, 512)),
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            layers_per_block=2,
            latent_channels=4,
            norm_num_groups=groups,
        ),
        text_encoder=CLIPTextModel(
            CLIPTextConfig(
                hidden_size=768 // divisor,
                intermediate_size=3072 // divisor,
                num_hidden_layers=12,
                num_attention_heads=12,
                bos_token_id=vocabulary[marks[0]],
                eos_token_id=vocabulary[marks[1]],
                pad_token_id=vocabulary[marks[1]],
            )
        ),
        tokenizer=CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=77),
        unet=UNet2DConditionModel(
            sample_size=16 if small else 64,
            block_out_channels=tuple(size // divisor for size in (320, 640, 1280, 1280)),
            cross_attention_dim=768 // divisor,
            attention_head_dim=8 if not small else 4,
            norm_num_groups=groups,
        ),
        scheduler=PNDMScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            skip_prk_steps=True,
            steps_offset=1,
        ),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).to(torch.float16 if not small else torch.float32).save_pretrained(folder)


def measure(folder: Path, args: argparse.Namespace) -> dict[str, Any]:
    """Return all figures; the two sides take turns, so that drift is shared."""
    import torch
    from diffusers import AutoPipelineForText2Image

    from raypipe.images.diffusers_engine import DiffusersEngine
    from raypipe.images.diffusion.families import native_size
    from raypipe.images.diffusion.options import DiffusionOptions
    from raypipe.images.engine import ImageRequest, SceneFacts

    began = time.perf_counter()
    options = DiffusionOptions(device=args.device, steps=args.steps, max_batch=max(args.batches))
    engine = DiffusersEngine(str(folder), options=options)
    load_s = time.perf_counter() - began
    on_gpu = engine.device != "cpu"
    width, height = native_size(engine.checkpoint.family, width=WIDTH, height=HEIGHT)
    pipeline = AutoPipelineForText2Image.from_pretrained(
        folder, dtype=getattr(torch, engine.dtype), use_safetensors=True
    ).to(engine.device)
    pipeline.set_progress_bar_config(disable=True)
    scene = SceneFacts(text="")
    cases = []
    for batch in args.batches:
        requests = [ImageRequest(PROMPT, "text", WIDTH, HEIGHT, n, scene) for n in range(batch)]

        def plain(batch: int = batch) -> None:
            pipeline(
                [PROMPT] * batch,
                negative_prompt=["text"] * batch,
                width=width,
                height=height,
                num_inference_steps=args.steps,
                generator=[torch.Generator("cpu").manual_seed(n) for n in range(batch)],
            )

        def ours(requests: list[ImageRequest] = requests) -> None:
            engine.generate(requests)

        plain()
        ours()
        if on_gpu:
            torch.cuda.reset_peak_memory_stats()
        pairs = [(clock(plain), clock(ours)) for _ in range(args.repeats)]
        cases.append(
            {
                "batch": batch,
                "plain_images_per_s": summary([batch / seconds for seconds, _ in pairs]),
                "engine_images_per_s": summary([batch / seconds for _, seconds in pairs]),
                "engine_to_plain": statistics.median(p / o for p, o in pairs),
                "peak_vram_bytes": torch.cuda.max_memory_allocated() if on_gpu else None,
            }
        )
    return {
        "question": "images a second at native size with upscaling, against plain diffusers",
        "model": f"Stable Diffusion 1.5{' at a sixteenth' if args.small else ''}, random weights",
        "device": torch.cuda.get_device_name() if on_gpu else platform.processor() or "cpu",
        "dtype": engine.dtype,
        "native": [width, height],
        "frame": [WIDTH, HEIGHT],
        "steps": args.steps,
        "load_and_warm_s": load_s,
        "cases": cases,
        "batch_to_single_grey_levels": batch_difference(engine, scene),
        "repeats": args.repeats,
        "cores": os.cpu_count(),
        "versions": {name: version(name) for name in ("torch", "diffusers", "transformers")},
        "commit": subprocess.run(
            ["git", "rev-parse", "HEAD"],
            capture_output=True,
            text=True,
            check=False,
        ).stdout.strip(),
    }


def clock(call: Callable[[], None]) -> float:
    """Return the seconds of a call, whose result is on the CPU when it returns."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def batch_difference(engine: Any, scene: Any) -> dict[str, float]:
    """Return how far pictures drawn together are from the same drawn alone."""
    import numpy as np

    from raypipe.images.engine import ImageRequest

    count = min(4, engine.max_batch)
    requests = [ImageRequest(PROMPT, "", WIDTH, HEIGHT, n, scene) for n in range(count)]
    together = np.stack(engine.generate(requests)).astype(float)
    alone = np.stack([engine.generate([request])[0] for request in requests])
    return {"mean": float(np.abs(together - alone).mean()), "max": np.abs(together - alone).max()}


def summary(values: list[float]) -> dict[str, float]:
    """Return median and spread."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def as_table(result: dict[str, Any]) -> str:
    """Return the figures for a reader."""
    wide, tall = result["native"]
    head = (
        f"{result['model']} on {result['device']}, {result['dtype']}, {result['steps']} steps at "
        f"{wide}x{tall}; loaded in {result['load_and_warm_s']:.1f} s"
    )
    lines = [head, "batch  plain/s  engine/s  engine to plain  peak VRAM"]
    for case in result["cases"]:
        vram = case["peak_vram_bytes"]
        lines.append(
            f"{case['batch']:>5}  {case['plain_images_per_s']['median']:>7.3f}"
            f"  {case['engine_images_per_s']['median']:>8.3f}  {case['engine_to_plain']:>15.3f}"
            f"  {f'{vram / (1 << 30):.2f} GiB' if vram else '-':>9}"
        )
    difference = result["batch_to_single_grey_levels"]
    lines.append(
        f"in a batch against alone: {difference['mean']:.3f} grey levels, at most "
        f"{difference['max']:.0f}"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
