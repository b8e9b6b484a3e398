from __future__ import annotations

import json
import logging
import shutil

import numpy as np
import pytest

from raypipe.errors import EngineError, EngineUnavailableError, GenerationError, SettingsError
from raypipe.images.diffusers_engine import DiffusersEngine
from raypipe.images.engine import ImageRequest, SceneFacts

LONG = ", ".join(f"an old red lamp number {place} by the sea" for place in range(40))


def ask(prompt="a red fox by the sea", *, seed=1, width=90, height=160, negative=""):
    return ImageRequest(prompt, negative, width, height, seed, SceneFacts(text=prompt))


@pytest.fixture(scope="module")
def engine(sd_folder):
    engine = DiffusersEngine(f"diffusers:{sd_folder}", device="cpu", steps=3, max_batch=4)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def xl_engine(sdxl_folder):
    engine = DiffusersEngine(str(sdxl_folder), device="cpu", steps=2, max_batch=4)
    yield engine
    engine.close()


def largest_difference(one, other):
    return int(np.abs(one.astype(int) - other.astype(int)).max())


@pytest.mark.parametrize(("width", "height"), [(90, 160), (101, 57), (64, 64), (30, 30), (9, 300)])
def test_pictures_have_exactly_the_size_that_was_asked_for(engine, width, height):
    (picture,) = engine.generate([ask(width=width, height=height)])
    assert (picture.dtype, picture.shape) == (np.uint8, (height, width, 3))
    assert picture.flags.c_contiguous
    assert picture.std() > 1


def test_equal_requests_give_equal_bytes(engine):
    one, two = engine.generate([ask()]), engine.generate([ask()])
    assert np.array_equal(one[0], two[0])


def test_seed_prompt_and_negative_prompt_each_change_the_picture(engine):
    requests = [ask(), ask(seed=2), ask("an old lamp"), ask(negative="lamp")]
    pictures = engine.generate(requests)
    for place, picture in enumerate(pictures):
        for other in pictures[:place]:
            assert largest_difference(picture, other) > 2


def test_a_picture_is_the_same_alone_and_in_a_batch(engine):
    requests = [ask(seed=seed, prompt=f"a red fox, {seed}") for seed in range(6)]
    requests[2] = ask(LONG, seed=2)  # more windows than the others
    requests[4] = ask(seed=4, width=160, height=90)  # another shape
    for request, together in zip(requests, engine.generate(requests), strict=True):
        (alone,) = engine.generate([request])
        # Sums over a batch may be added in another order: one grey level is the last bit.
        assert largest_difference(alone, together) <= 1


@pytest.mark.parametrize("folder", ["sd_folder", "sdxl_folder"])
@pytest.mark.parametrize("negative", ["", "lamp"])
def test_short_prompts_give_what_the_plain_pipeline_gives(folder, negative, request):
    import torch
    from diffusers import AutoPipelineForText2Image

    path = request.getfixturevalue(folder)
    engine = DiffusersEngine(str(path), device="cpu", steps=2)
    (ours,) = engine.generate([ask(width=64, height=64, negative=negative)])
    pipeline = AutoPipelineForText2Image.from_pretrained(path)
    pipeline.set_progress_bar_config(disable=True)
    plain = pipeline(
        "a red fox by the sea",
        negative_prompt=negative or None,
        width=64,
        height=64,
        num_inference_steps=2,
        guidance_scale=engine.guidance,
        generator=torch.Generator().manual_seed(1),
    ).images[0]
    assert largest_difference(ours, np.asarray(plain)) <= 1


@pytest.mark.parametrize("which", ["engine", "xl_engine"])
def test_the_end_of_a_long_prompt_counts(which, request, caplog):
    engine = request.getfixturevalue(which)
    start = ", ".join(LONG.split(", ")[:6])  # two windows
    one, other = engine.generate([ask(f"{start}, a fox"), ask(f"{start}, the sea at night")])
    assert not np.array_equal(one, other)
    assert "left out" not in caplog.text


def test_what_a_prompt_of_ten_thousand_characters_loses_is_logged(engine, caplog):
    with caplog.at_level(logging.WARNING):
        (picture,) = engine.generate([ask(LONG * 8)])
    assert picture.shape == (160, 90, 3)
    (record,) = [record for record in caplog.records if "left out" in record.message]
    assert "lamp number" in record.left_out


def test_a_pipeline_that_encodes_by_itself_gets_a_prompt_cut_at_a_comma(sd3_folder, caplog):
    engine = DiffusersEngine(str(sd3_folder), device="cpu", steps=1)
    assert engine.checkpoint.family.name == "sd3"
    with caplog.at_level(logging.WARNING):
        (picture,) = engine.generate([ask(LONG, width=64, height=64)])
    assert picture.std() > 1
    left_out = [record.left_out for record in caplog.records if hasattr(record, "left_out")]
    assert left_out
    assert all(text.startswith("an old red lamp") for text in left_out)
    # Nothing was left for the pipeline itself to cut without a word.
    assert "was truncated because CLIP" not in caplog.text


def test_a_few_step_model_takes_few_steps_and_no_guidance(sd_turbo_folder):
    engine = DiffusersEngine(str(sd_turbo_folder), device="cpu", max_batch=2)
    assert (engine.checkpoint.family.name, engine.steps, engine.guidance) == ("sd1-turbo", 4, 0.0)
    # Its scheduler adds noise at each step, from the generator of each request.
    alone = engine.generate([ask(seed=5)])[0]
    together = engine.generate([ask(seed=4), ask(seed=5)])[1]
    assert largest_difference(alone, together) <= 1


def test_the_revision_tells_everything_that_changes_pictures(engine, sd_folder, tmp_path):
    from safetensors.torch import load_file, save_file

    def revision(folder, **options):
        return DiffusersEngine(str(folder), device="cpu", **{"steps": 3, **options}).revision

    assert revision(sd_folder) == engine.revision
    assert revision(sd_folder, steps=4) != engine.revision
    assert revision(sd_folder, guidance=3.0) != engine.revision
    copy = tmp_path / "elsewhere"
    shutil.copytree(sd_folder, copy)
    assert revision(copy) == engine.revision
    weights = copy / "unet" / "diffusion_pytorch_model.safetensors"
    tensors = load_file(weights)
    tensors["conv_out.weight"] += 0.01  # a fine-tune: equal names, shapes and size
    save_file(tensors, weights, metadata={"format": "pt"})
    assert revision(copy) != engine.revision


def test_a_picture_that_the_checker_rejects_is_an_error_not_a_black_frame(checked_sd_folder):
    engine = DiffusersEngine(str(checked_sd_folder), device="cpu", steps=1)
    with pytest.raises(GenerationError, match="safety checker rejected the picture of 'a red fox"):
        engine.generate([ask()])


def test_pixels_that_are_not_numbers_are_an_error(sd_folder):
    import torch

    engine = DiffusersEngine(str(sd_folder), device="cpu", steps=1)
    with torch.no_grad():
        engine._pipeline.vae.decoder.conv_out.bias.fill_(float("nan"))
    with pytest.raises(GenerationError, match="not numbers in float32"):
        engine.generate([ask()])


def test_too_little_memory_for_a_batch_halves_it(sd_folder, monkeypatch):
    engine = DiffusersEngine(str(sd_folder), device="cpu", steps=1, max_batch=4)
    requests = [ask(seed=seed) for seed in range(4)]
    expected = engine.generate(requests)
    sizes = []
    forward = engine._pipeline.unet.forward

    def small(sample, *rest, **options):
        sizes.append(len(sample) // 2)  # with and without the prompt
        if sizes[-1] > 1:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")
        return forward(sample, *rest, **options)

    monkeypatch.setattr(engine._pipeline.unet, "forward", small)
    pictures = engine.generate(requests)
    assert sizes == [4, 2, 1, 1, 2, 1, 1]
    for one, other in zip(pictures, expected, strict=True):
        assert largest_difference(one, other) <= 1


def test_too_little_memory_for_one_picture_says_what_would_help(sd_folder, monkeypatch):
    engine = DiffusersEngine(str(sd_folder), device="cpu", steps=1)

    def fail(*_, **__):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried 9 GB")

    monkeypatch.setattr(engine._pipeline.unet, "forward", fail)
    with pytest.raises(EngineUnavailableError, match="out of memory on cpu to draw tiny-sd") as why:
        engine.generate([ask()])
    assert "smaller model" in why.value.remedy


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "expected 1 to 150 steps, got 0"),
        ({"steps": 500}, "expected 1 to 150 steps, got 500"),
        ({"guidance": -1.0}, "guidance scale of 0 to 30, got -1"),
        ({"dtype": "int8"}, "got 'int8'"),
        ({"max_batch": 0}, "at least 1, got 0"),
    ],
)
def test_options_out_of_range_are_told_before_anything_is_loaded(options, message):
    with pytest.raises(SettingsError, match=message):
        DiffusersEngine("nowhere", **options)


def test_an_empty_prompt_is_an_error(engine):
    with pytest.raises(EngineError, match="expected an image prompt"):
        engine.generate([ask(" ")])


def test_no_requests_give_no_pictures(engine):
    assert engine.generate([]) == []


def test_other_scripts_are_drawn(engine):
    pictures = engine.generate([ask("一只红狐狸在海边"), ask("ثعلب أحمر"), ask("🦊")])
    assert all(picture.std() > 1 for picture in pictures)


def test_a_closed_engine_says_so(sd_folder):
    engine = DiffusersEngine(str(sd_folder), device="cpu", steps=1)
    engine.close()
    engine.close()
    with pytest.raises(EngineError, match="is closed"):
        engine.generate([ask()])


def test_a_device_that_is_not_there_is_told(sd_folder):
    with pytest.raises(EngineUnavailableError, match="cuda:63 was asked for") as why:
        DiffusersEngine(str(sd_folder), device="cuda:63")
    assert "auto or cpu" in why.value.remedy
    with pytest.raises(EngineUnavailableError, match="got 'tpu'"):
        DiffusersEngine(str(sd_folder), device="tpu")


def test_parts_of_another_model_are_told_at_once(sd_folder, sdxl_folder, tmp_path):
    mixed = tmp_path / "mixed"
    shutil.copytree(sd_folder, mixed)
    shutil.rmtree(mixed / "unet")
    shutil.copytree(sdxl_folder / "unet", mixed / "unet")
    with pytest.raises(EngineUnavailableError, match=r"mixed does not work as StableDiffusionPi"):
        DiffusersEngine(str(mixed), device="cpu")


def test_a_pipeline_for_something_else_is_told(sd_folder, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(sd_folder, other)
    index = json.loads((other / "model_index.json").read_text())
    index["_class_name"] = "StableVideoDiffusionPipeline"
    (other / "model_index.json").write_text(json.dumps(index))
    with pytest.raises(EngineUnavailableError, match="does not work as StableVideoDiffusion"):
        DiffusersEngine(str(other), device="cpu")


@pytest.mark.parametrize("component", ["unet", "text_encoder", "vae"])
def test_weights_that_lack_a_tensor_are_never_filled_in_at_random(sd_folder, tmp_path, component):
    from safetensors.torch import load_file, save_file

    lacking = tmp_path / "lacking"
    shutil.copytree(sd_folder, lacking)
    (path,) = (lacking / component).glob("*.safetensors")
    tensors = load_file(path)
    name = sorted(tensors)[5]
    del tensors[name]
    save_file(tensors, path, metadata={"format": "pt"})
    with pytest.raises(EngineUnavailableError, match=f"{component} lacks {name}"):
        DiffusersEngine(str(lacking), device="cpu")


def test_old_names_of_text_encoder_weights_are_known(sd_folder, engine, tmp_path):
    from safetensors.torch import load_file, save_file

    older = tmp_path / "older"
    shutil.copytree(sd_folder, older)
    path = older / "text_encoder" / "model.safetensors"
    tensors = load_file(path)
    save_file({f"text_model.{name}": tensor for name, tensor in tensors.items()}, path)
    (ours,) = DiffusersEngine(str(older), device="cpu", steps=3).generate([ask()])
    assert np.array_equal(ours, engine.generate([ask()])[0])


@pytest.mark.gpu
@pytest.mark.parametrize("dtype", ["auto", "bfloat16", "float16"])
def test_a_gpu_draws_what_a_cpu_draws(sd_folder, engine, dtype):
    gpu = DiffusersEngine(str(sd_folder), device="cuda", dtype=dtype, steps=3)
    (ours,) = gpu.generate([ask()])
    (wanted,) = engine.generate([ask()])
    # Random weights amplify rounding; the mean still shows the same picture.
    assert np.abs(ours.astype(float) - wanted).mean() < 8
    gpu.close()


@pytest.mark.gpu
def test_a_picture_is_the_same_alone_and_in_a_batch_on_a_gpu(sd_folder):
    gpu = DiffusersEngine(str(sd_folder), device="cuda", steps=3)
    requests = [ask(seed=seed) for seed in range(4)]
    for request, together in zip(requests, gpu.generate(requests), strict=True):
        (alone,) = gpu.generate([request])
        assert np.abs(alone.astype(float) - together).mean() < 2
    gpu.close()
