"""Tiny real checkpoints, built and saved by the libraries that load them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

os.environ["HF_HUB_OFFLINE"] = "1"  # read when huggingface_hub is imported, so before any fixture

NO_CUDA = "needs a CUDA device"


def pytest_collection_modifyitems(items):
    """Skip GPU tests without a GPU, unless RAYPIPE_REQUIRE_GPU=1 says that there must be one."""
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if not marked or os.environ.get("RAYPIPE_REQUIRE_GPU") == "1":
        return
    import torch

    if not torch.cuda.is_available():
        for item in marked:
            item.add_marker(pytest.mark.skip(reason=NO_CUDA))


@pytest.fixture(autouse=True)
def require_gpu(request):
    if request.node.get_closest_marker("gpu"):
        import torch

        assert torch.cuda.is_available(), f"RAYPIPE_REQUIRE_GPU=1, but this {NO_CUDA}"


def write_clip_tokenizer(folder: Path, *, pad: str) -> None:
    """Write CLIP's own file format: a byte-level BPE whose merges spell a few words."""
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    letters = list(bytes_to_unicode().values())
    merges, words = [], ["lamp", "fox", "red", "sea", "old"]
    for word in words:
        built = word[0]
        for place, letter in enumerate(word[1:], 2):
            end = letter + ("</w>" if place == len(word) else "")
            merges.append(f"{built} {end}")
            built += end
    merges = list(dict.fromkeys(merges))
    tokens = letters + [f"{letter}</w>" for letter in letters]
    tokens += [merge.replace(" ", "") for merge in merges]
    vocabulary = dict.fromkeys([*tokens, "<|startoftext|>", "<|endoftext|>"])
    folder.mkdir(parents=True)
    (folder / "vocab.json").write_text(
        json.dumps({token: place for place, token in enumerate(vocabulary)})
    )
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *merges]) + "\n")
    marks = {"bos": "<|startoftext|>", "eos": "<|endoftext|>", "unk": "<|endoftext|>", "pad": pad}
    (folder / "tokenizer_config.json").write_text(
        json.dumps(
            {
                "tokenizer_class": "CLIPTokenizer",
                "model_max_length": 77,
                **{f"{kind}_token": mark for kind, mark in marks.items()},
            }
        )
    )


def _text_encoder(folder: Path, *, pad: str, projected: bool = False):
    """A tokenizer and a CLIP text encoder of three narrow layers."""
    from transformers import (
        CLIPTextConfig,
        CLIPTextModel,
        CLIPTextModelWithProjection,
        CLIPTokenizer,
    )

    write_clip_tokenizer(folder, pad=pad)
    tokenizer = CLIPTokenizer.from_pretrained(folder)
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        projection_dim=32,
        intermediate_size=37,
        num_hidden_layers=3,
        num_attention_heads=4,
        max_position_embeddings=77,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return tokenizer, (CLIPTextModelWithProjection if projected else CLIPTextModel)(config)


def _vae(**options):
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        block_out_channels=(8, 8, 8, 8),
        norm_num_groups=4,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=1,
        sample_size=64,
        **{"latent_channels": 4, **options},
    )


def _unet(**options):
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        block_out_channels=(8, 16),
        norm_num_groups=4,
        layers_per_block=1,
        sample_size=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=4,
        **options,
    )


NOISE = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
"""The noise schedule of Stable Diffusion 1, 2 and XL, as their scheduler_config.json has it."""


@pytest.fixture(scope="session")
def weights(tmp_path_factory):
    """Folder of all checkpoints; torch runs on one thread, which suits networks this small."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield tmp_path_factory.mktemp("weights")
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def sd_folder(weights):
    """Stable Diffusion 1's architecture with the sizes of a toy: 64 px, random weights."""
    import torch
    from diffusers import PNDMScheduler, StableDiffusionPipeline

    torch.manual_seed(0)
    folder = weights / "tiny-sd"
    tokenizer, text_encoder = _text_encoder(folder / "tokenizer", pad="<|endoftext|>")
    StableDiffusionPipeline(
        vae=_vae(),
        text_encoder=text_encoder,
        tokenizer=tokenizer,
        unet=_unet(cross_attention_dim=32),
        scheduler=PNDMScheduler(skip_prk_steps=True, steps_offset=1, **NOISE),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def sd_turbo_folder(sd_folder):
    """The same, with the scheduler by which Turbo shows."""
    import shutil

    from diffusers import EulerAncestralDiscreteScheduler

    folder = sd_folder.with_name("tiny-few-steps")
    shutil.copytree(sd_folder, folder)
    EulerAncestralDiscreteScheduler(timestep_spacing="trailing", **NOISE).save_pretrained(
        folder / "scheduler"
    )
    index = json.loads((folder / "model_index.json").read_text())
    index["scheduler"] = ["diffusers", "EulerAncestralDiscreteScheduler"]
    (folder / "model_index.json").write_text(json.dumps(index))
    return folder


@pytest.fixture(scope="session")
def checked_sd_folder(sd_folder):
    """The same, with a safety checker that rejects every picture."""
    import torch
    from diffusers import StableDiffusionPipeline
    from diffusers.pipelines.stable_diffusion import StableDiffusionSafetyChecker
    from transformers import CLIPConfig, CLIPImageProcessor

    config = CLIPConfig(
        text_config={"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1},
        vision_config={
            "hidden_size": 8,
            "intermediate_size": 8,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "image_size": 32,
            "patch_size": 16,
        },
        projection_dim=8,
    )
    checker = StableDiffusionSafetyChecker(config)
    with torch.no_grad():
        checker.concept_embeds_weights.fill_(-2)  # below any cosine
        checker.concept_embeds.fill_(1)
    folder = sd_folder.with_name("tiny-checked")
    size = {"height": 32, "width": 32}
    StableDiffusionPipeline.from_pretrained(
        sd_folder,
        safety_checker=checker,
        feature_extractor=CLIPImageProcessor(size={"shortest_edge": 32}, crop_size=size),
    ).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def sdxl_folder(weights):
    """Stable Diffusion XL's architecture: two text encoders, pooled text, size conditioning."""
    import torch
    from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline

    torch.manual_seed(0)
    folder = weights / "tiny-xl"
    tokenizer, text_encoder = _text_encoder(folder / "tokenizer", pad="<|endoftext|>")
    tokenizer_2, text_encoder_2 = _text_encoder(folder / "tokenizer_2", pad="!", projected=True)
    StableDiffusionXLPipeline(
        vae=_vae(),
        text_encoder=text_encoder,
        text_encoder_2=text_encoder_2,
        tokenizer=tokenizer,
        tokenizer_2=tokenizer_2,
        unet=_unet(
            cross_attention_dim=64,
            addition_embed_type="text_time",
            addition_time_embed_dim=8,
            projection_class_embeddings_input_dim=6 * 8 + 32,
            use_linear_projection=True,
        ),
        scheduler=EulerDiscreteScheduler(steps_offset=1, **NOISE),
        add_watermarker=False,
    ).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def sd3_folder(weights):
    """Stable Diffusion 3's architecture without T5, which its authors allow to leave out."""
    return save_sd3(weights / "tiny-sd3")


@pytest.fixture(scope="session")
def sd3_t5_folder(weights):
    """The same with a T5 of one narrow layer."""
    return save_sd3(weights / "tiny-sd3-t5", with_t5=True)


def _t5():
    """A tokenizer that knows a few words and all ASCII letters, and an encoder of one layer."""
    from transformers import T5Config, T5EncoderModel, T5TokenizerFast

    words = ["▁", "▁lamp", "▁fox", "▁red", "▁sea", "▁old", *map(chr, range(33, 127))]
    vocabulary = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    vocabulary += [(word, -1.0 - place / 100) for place, word in enumerate(words)]
    tokenizer = T5TokenizerFast(vocab=vocabulary, extra_ids=0)
    config = T5Config(
        vocab_size=len(vocabulary), d_model=64, d_kv=8, d_ff=16, num_layers=1, num_heads=2
    )
    return tokenizer, T5EncoderModel(config)


def save_sd3(folder: Path, *, with_t5: bool = False) -> Path:
    """Build and save Stable Diffusion 3 at the size of a toy."""
    import torch
    from diffusers import (
        FlowMatchEulerDiscreteScheduler,
        SD3Transformer2DModel,
        StableDiffusion3Pipeline,
    )

    torch.manual_seed(0)
    tokenizer, text_encoder = _text_encoder(
        folder / "tokenizer", pad="<|endoftext|>", projected=True
    )
    tokenizer_2, text_encoder_2 = _text_encoder(folder / "tokenizer_2", pad="!", projected=True)
    tokenizer_3, text_encoder_3 = _t5() if with_t5 else (None, None)
    StableDiffusion3Pipeline(
        transformer=SD3Transformer2DModel(
            sample_size=8,
            patch_size=1,
            in_channels=4,
            num_layers=1,
            attention_head_dim=8,
            num_attention_heads=4,
            caption_projection_dim=32,
            joint_attention_dim=64,
            pooled_projection_dim=64,
            out_channels=4,
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=_vae(use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.06),
        text_encoder=text_encoder,
        tokenizer=tokenizer,
        text_encoder_2=text_encoder_2,
        tokenizer_2=tokenizer_2,
        text_encoder_3=text_encoder_3,
        tokenizer_3=tokenizer_3,
    ).save_pretrained(folder)
    return folder


LORA_LAYER = "mid_block.attentions.0.transformer_blocks.0.attn2.to_q"
"""A layer that every UNet of these tests has."""


def save_lora(path: Path, folder: Path, *, strength: float = 1.0, kohya: bool = False) -> Path:
    """Save a LoRA of rank 2 for one layer of the UNet in ``folder``, as two trainers write it."""
    import torch
    from safetensors.torch import load_file, save_file

    (weights,) = (folder / "unet").glob("*.safetensors")
    high, wide = load_file(weights)[f"{LORA_LAYER}.weight"].shape
    generator = torch.Generator().manual_seed(3)
    down, up = (torch.randn(size, generator=generator) for size in [(2, wide), (high, 2)])
    if kohya:
        layer = f"lora_unet_{LORA_LAYER.replace('.', '_')}"
        tensors = {
            f"{layer}.lora_down.weight": down,
            f"{layer}.lora_up.weight": up * strength,
            f"{layer}.alpha": torch.tensor(2.0),
        }
    else:
        layer = f"unet.{LORA_LAYER}"
        tensors = {f"{layer}.lora_A.weight": down, f"{layer}.lora_B.weight": up * strength}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path)
    return path


def save_ip_adapter(folder: Path, checkpoint: Path) -> Path:
    """Save an IP-Adapter for the UNet of a checkpoint, with an image encoder of one layer."""
    import torch
    from diffusers import AutoPipelineForText2Image
    from safetensors.torch import save_file
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    unet = AutoPipelineForText2Image.from_pretrained(checkpoint).unet
    width, tokens = unet.config.cross_attention_dim, 4
    torch.manual_seed(5)
    tensors = {
        "image_proj.proj.weight": torch.randn(tokens * width, 8),
        "image_proj.proj.bias": torch.randn(tokens * width),
        "image_proj.norm.weight": torch.ones(width),
        "image_proj.norm.bias": torch.zeros(width),
    }
    layers = [name for name in unet.attn_processors if name.endswith("attn2.processor")]
    for place, name in enumerate(layers):
        high = unet.get_submodule(name.removesuffix(".processor")).to_k.weight.shape[0]
        for which in ("k", "v"):
            tensors[f"ip_adapter.{2 * place + 1}.to_{which}_ip.weight"] = torch.randn(high, width)
    folder.mkdir(parents=True)
    save_file(tensors, folder / "ip-adapter.safetensors")
    config = CLIPVisionConfig(
        hidden_size=8,
        intermediate_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        image_size=32,
        patch_size=16,
        projection_dim=8,
    )
    encoder = CLIPVisionModelWithProjection(config)
    with torch.no_grad():  # fresh weights are so small that all pictures look alike
        for name, parameter in encoder.named_parameters():
            if "proj" in name or "patch_embedding" in name:
                parameter.mul_(50)
    encoder.save_pretrained(folder / "image_encoder")
    return folder / "ip-adapter.safetensors"


@pytest.fixture(scope="session")
def studio():
    """Open an engine on the processor, ask it for a picture of somebody, compare two pictures."""
    import numpy as np

    from raypipe.images.diffusers_engine import DiffusersEngine
    from raypipe.images.diffusion.options import DiffusionOptions
    from raypipe.images.engine import ImageRequest, SceneFacts

    def open_with(folder, **options):
        return DiffusersEngine(
            str(folder), options=DiffusionOptions(**{"device": "cpu", **options})
        )

    def ask_for(prompt="a red fox by the sea", *, seed=1, size=(90, 160), negative="", who=()):
        people = tuple((name, "person", "") for name in who)
        scene = SceneFacts(text=prompt, characters=people)
        return ImageRequest(prompt, negative, *size, seed, scene)

    def difference(one, other):
        return int(np.abs(one.astype(int) - other.astype(int)).max())

    return SimpleNamespace(open=open_with, ask=ask_for, difference=difference)


@pytest.fixture(scope="session")
def lora_writer():
    """Save a LoRA for a checkpoint: ``save_lora``."""
    return save_lora


@pytest.fixture(scope="session")
def sd_ip_adapter(weights, sd_folder):
    """Weights of an IP-Adapter for `sd_folder`, beside their image encoder."""
    return save_ip_adapter(weights / "ip-sd", sd_folder)


@pytest.fixture(scope="session")
def xl_ip_adapter(weights, sdxl_folder):
    """The same for `sdxl_folder`."""
    return save_ip_adapter(weights / "ip-xl", sdxl_folder)


def save_vits(folder: Path, **options) -> Path:
    """Build a VITS of a few thousand weights with Coqui's own configuration and save it."""
    import torch
    from TTS.config.shared_configs import BaseAudioConfig
    from TTS.tts.configs.vits_config import VitsArgs, VitsConfig
    from TTS.tts.models.vits import Vits, VitsCharacters

    small = {
        "hidden_channels": 16,
        "hidden_channels_ffn_text_encoder": 16,
        "num_heads_text_encoder": 2,
        "num_layers_text_encoder": 1,
        "num_layers_posterior_encoder": 1,
        "num_layers_flow": 1,
        "out_channels": 129,
        "resblock_kernel_sizes_decoder": [3],
        "resblock_dilation_sizes_decoder": [[1, 3, 5]],
        "upsample_rates_decoder": [8, 4, 4],
        "upsample_initial_channel_decoder": 32,
        "upsample_kernel_sizes_decoder": [16, 8, 8],
        "init_discriminator": False,
        "use_sdp": False,
    }
    arguments = {key: options.pop(key) for key in list(options) if hasattr(VitsArgs, key)}
    config = VitsConfig(
        model_args=VitsArgs(**small, **arguments),
        audio=BaseAudioConfig(sample_rate=16000, hop_length=128, win_length=256, fft_size=256),
        characters=VitsCharacters().to_config(),
        text_cleaner="basic_cleaners",
        **options,
    )
    torch.manual_seed(0)
    model = Vits(config)
    with torch.no_grad():  # about three frames a letter, loud enough to be heard
        model.duration_predictor.proj.bias.fill_(1.0)
        model.waveform_decoder.conv_post.weight.mul_(40)
    folder.mkdir()
    config.save_json(str(folder / "config.json"))
    torch.save({"model": model.state_dict()}, folder / "model_file.pth")
    return folder


@pytest.fixture(scope="session")
def vits_folder(weights):
    """A voice of one speaker and one language."""
    return save_vits(weights / "tiny-vits")


@pytest.fixture(scope="session")
def many_voices_folder(weights):
    """A voice of three speakers and two languages, whose paths are another machine's."""
    folder = save_vits(
        weights / "tiny-many",
        use_speaker_embedding=True,
        speaker_embedding_channels=8,
        speakers=["ED\n", "anna", "bert"],
        use_language_embedding=True,
        embedded_language_dim=4,
        languages=["en", "pt-br"],
    )
    config = json.loads((folder / "config.json").read_text())
    config["speakers_file"] = "/home/trainer/run-7/speakers.pth"
    config["model_args"]["speakers_file"] = "/home/trainer/run-7/speakers.pth"
    (folder / "config.json").write_text(json.dumps(config))
    return folder


@pytest.fixture(scope="session")
def xtts_folder(weights):
    """XTTS with a language model of one narrow layer, which stops after 40 audio tokens."""
    import torch
    from tokenizers import Tokenizer, models
    from TTS.tts.configs.xtts_config import XttsArgs, XttsConfig
    from TTS.tts.layers.xtts import hifigan_decoder
    from TTS.tts.models.xtts import Xtts
    from TTS.vocoder.models.hifigan_generator import HifiganGenerator

    folder = weights / "tiny-xtts"
    folder.mkdir()
    tokens = ["[UNK]", "[START]", "[STOP]", "[SPACE]", "[en]", "[pt]"]
    tokenizer = Tokenizer(
        models.BPE(
            {token: place for place, token in enumerate([*tokens, *map(chr, range(33, 127))])},
            [],
            unk_token="[UNK]",  # noqa: S106 - a token of text
        )
    )
    tokenizer.add_special_tokens(tokens)
    tokenizer.save(str(folder / "vocab.json"))
    config = XttsConfig(
        languages=["en", "pt"],
        model_args=XttsArgs(
            gpt_layers=1,
            gpt_n_model_channels=16,
            gpt_n_heads=2,
            gpt_max_audio_tokens=40,
            gpt_num_audio_tokens=66,
            gpt_start_audio_token=64,
            gpt_stop_audio_token=65,
            gpt_use_perceiver_resampler=True,
            decoder_input_dim=16,
            gpt_number_text_tokens=tokenizer.get_vocab_size(),
            gpt_start_text_token=tokenizer.token_to_id("[START]"),
            gpt_stop_text_token=tokenizer.token_to_id("[STOP]"),
        ),
    )
    narrow = pytest.MonkeyPatch()  # its configuration cannot say how wide the vocoder is
    narrow.setattr(
        hifigan_decoder,
        "HifiganGenerator",
        lambda *sizes, **options: HifiganGenerator(*sizes[:6], 32, *sizes[7:], **options),
    )
    torch.manual_seed(0)
    model = Xtts(config)
    config.save_json(str(folder / "config.json"))
    torch.save({"model": model.state_dict()}, folder / "model.pth")
    voice = {
        "gpt_cond_latent": torch.randn(1, 32, 16),
        "speaker_embedding": torch.randn(1, 512, 1),
    }
    torch.save({"Ana": voice}, folder / "speakers_xtts.pth")
    yield folder
    narrow.undo()
