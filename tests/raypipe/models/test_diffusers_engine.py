from __future__ import annotations

import json
import logging
import shutil
from dataclasses import replace

import numpy as np
import pytest

from raypipe.errors import (
    CancelledError,
    DeviceLostError,
    EngineError,
    EngineUnavailableError,
    GenerationError,
    RejectedError,
)
from raypipe.images.diffusers_engine import DiffusersEngine
from raypipe.images.diffusion.options import DiffusionOptions
from raypipe.images.diffusion.pipeline import ways_to_fit
from raypipe.images.diffusion.schedulers import SCHEDULERS
from raypipe.images.engine import ImageRequest, SceneFacts
from raypipe.stopping import stop_when

LONG = ", ".join(f"an old red lamp number {place} by the sea" for place in range(40))


def open_engine(folder, **options):
    return DiffusersEngine(str(folder), options=DiffusionOptions(**{"device": "cpu", **options}))


def ask(prompt="a red fox by the sea", *, seed=1, width=90, height=160, negative=""):
    return ImageRequest(prompt, negative, width, height, seed, SceneFacts(text=prompt))


def largest_difference(one, other):
    return int(np.abs(one.astype(int) - other.astype(int)).max())


@pytest.fixture(scope="module")
def engine(sd_folder):
    engine = open_engine(sd_folder, steps=3, max_batch=4)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def xl_engine(sdxl_folder):
    engine = open_engine(sdxl_folder, steps=2, max_batch=4)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def sd3_engine(sd3_t5_folder):
    engine = open_engine(sd3_t5_folder, steps=2, max_batch=4)
    yield engine
    engine.close()


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


@pytest.mark.parametrize("folder", ["sd_folder", "sdxl_folder", "sd3_folder", "sd3_t5_folder"])
@pytest.mark.parametrize("negative", ["", "lamp"])
def test_short_prompts_give_what_the_plain_pipeline_gives(folder, negative, request):
    import torch
    from diffusers import AutoPipelineForText2Image

    path = request.getfixturevalue(folder)
    engine = open_engine(path, steps=2)
    (ours,) = engine.generate([ask(width=64, height=64, negative=negative)])
    absent = dict.fromkeys(engine.checkpoint.absent)
    pipeline = AutoPipelineForText2Image.from_pretrained(path, **absent)
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


@pytest.mark.parametrize("which", ["engine", "xl_engine", "sd3_engine"])
def test_the_end_of_a_long_prompt_counts(which, request, caplog):
    engine = request.getfixturevalue(which)
    start = ", ".join(LONG.split(", ")[:6])  # two windows
    one, other = engine.generate([ask(f"{start}, a fox"), ask(f"{start}, the sea at night")])
    assert not np.array_equal(one, other)
    assert "left out" not in caplog.text


def test_t5_reads_what_stands_beyond_its_usual_length(sd3_engine, caplog):
    # 8 windows for CLIP, of which it reads 4; the last words are seen by T5 alone, at 512 tokens.
    start = ", ".join(["old lamp"] * 110)
    one, other = sd3_engine.generate([ask(f"{start}, fox"), ask(f"{start}, sea")])
    assert not np.array_equal(one, other)
    (alone,) = sd3_engine.generate([ask(f"{start}, sea")])
    assert largest_difference(alone, other) <= 1
    assert "left out" in caplog.text


def test_what_a_prompt_of_ten_thousand_characters_loses_is_logged(engine, caplog):
    with caplog.at_level(logging.WARNING):
        (picture,) = engine.generate([ask(LONG * 8)])
    assert picture.shape == (160, 90, 3)
    (record,) = [record for record in caplog.records if "left out" in record.message]
    assert "lamp number" in record.left_out


def test_what_a_model_cannot_read_of_a_prompt_is_told(engine, sd3_engine):
    short = ", ".join(LONG.split(", ")[:10])
    assert engine.notes_on(ask(short)) == () == sd3_engine.notes_on(ask(short))
    (note,) = engine.notes_on(ask(LONG * 8))
    assert note.startswith("its prompt is too long for this model, which left out the end: ")
    assert "lamp number" in note
    assert len(note) < 200
    # What CLIP does not read of this, T5 does.
    middling = ", ".join(["old lamp"] * 110)
    assert engine.notes_on(ask(middling)) != ()
    assert sd3_engine.notes_on(ask(middling)) == ()
    assert sd3_engine.notes_on(ask(LONG * 8)) != ()


def test_a_few_step_model_takes_few_steps_and_no_guidance(sd_turbo_folder):
    engine = open_engine(sd_turbo_folder, max_batch=2)
    assert (engine.checkpoint.family.name, engine.steps, engine.guidance) == ("sd1-turbo", 4, 0.0)
    # Its scheduler adds noise at each step, from the generator of each request.
    alone = engine.generate([ask(seed=5)])[0]
    together = engine.generate([ask(seed=4), ask(seed=5)])[1]
    assert largest_difference(alone, together) <= 1


def test_the_revision_tells_everything_that_changes_pictures(engine, sd_folder, tmp_path):
    from safetensors.torch import load_file, save_file

    def revision(folder, **options):
        return open_engine(folder, **{"steps": 3, **options}).revision

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
    engine = open_engine(checked_sd_folder, steps=1)
    with pytest.raises(RejectedError, match="rejected the picture of 'a red fox") as why:
        engine.generate([ask()])
    assert "with 3 seeds" in why.value.problem
    assert not why.value.retryable
    assert open_engine(checked_sd_folder, steps=1, safety="off").generate([ask()])[0].std() > 1


def test_a_rejected_picture_is_drawn_again_with_another_seed_and_the_others_stay(sd_folder):
    engine = open_engine(sd_folder, steps=1, max_batch=3)
    requests = [ask(seed=seed) for seed in range(3)]
    plain = engine.generate(requests)
    seen = []

    def reject_the_second(pictures):
        seen.append(len(pictures))
        return [len(seen) == 1 and place == 1 for place in range(len(pictures))]

    watched = DiffusersEngine(
        str(sd_folder), options=engine.options, check=reject_the_second
    ).generate(requests)
    assert seen == [3, 1]
    assert np.array_equal(watched[0], plain[0])
    assert np.array_equal(watched[2], plain[2])
    assert largest_difference(watched[1], plain[1]) > 2


def test_pixels_that_are_not_numbers_are_an_error(sd_folder):
    import torch

    engine = open_engine(sd_folder, steps=1)
    with torch.no_grad():
        engine._pipeline.vae.decoder.conv_out.bias.fill_(float("nan"))
    with pytest.raises(GenerationError, match="not numbers in float32"):
        engine.generate([ask()])


def test_too_little_memory_for_a_batch_halves_it(sd_folder, monkeypatch):
    engine = open_engine(sd_folder, steps=1, max_batch=4)
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
    sizes.clear()
    engine.generate(requests)
    assert sizes == [1, 1, 1, 1], "what did not fit once is not tried again"


def test_memory_that_runs_out_while_xl_decodes_spoils_no_later_picture(sdxl_folder, monkeypatch):
    import torch

    engine = open_engine(sdxl_folder, dtype="float16", steps=1, max_batch=2)
    vae = engine._pipeline.vae
    (expected,) = engine.generate([ask()])
    decode, types = vae.decode, []

    def run_out_once(latents, *rest, **options):
        types.append(vae.dtype)
        if len(types) == 1:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1.00 GiB.")
        return decode(latents, *rest, **options)

    monkeypatch.setattr(vae, "decode", run_out_once)
    pictures = engine.generate([ask(), ask(seed=2)])
    assert types == [torch.float32] * 3, "XL decodes in 32 bits"
    assert vae.dtype == torch.float16
    assert largest_difference(pictures[0], expected) <= 1


def test_a_gpu_that_failed_is_told_apart_from_a_picture_that_did(sd_folder, monkeypatch):
    import torch

    engine = open_engine(sd_folder, steps=1)

    def fail(*_, **__):
        raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered\nmore")

    monkeypatch.setattr(engine._pipeline.unet, "forward", fail)
    with pytest.raises(DeviceLostError, match=r"failed while it drew: CUDA error: an illegal mem"):
        engine.generate([ask()])


def test_too_little_memory_for_one_picture_says_what_would_help(sd_folder, monkeypatch):
    engine = open_engine(sd_folder, steps=1)

    def fail(*_, **__):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried 9 GB")

    monkeypatch.setattr(engine._pipeline.unet, "forward", fail)
    with pytest.raises(EngineUnavailableError, match="out of memory on cpu to draw tiny-sd") as why:
        engine.generate([ask()])
    assert "smaller model" in why.value.remedy


def test_an_empty_prompt_is_an_error(engine):
    with pytest.raises(EngineError, match="expected an image prompt"):
        engine.generate([ask(" ")])


def test_no_requests_give_no_pictures(engine):
    assert engine.generate([]) == []


def test_other_scripts_are_drawn(engine):
    pictures = engine.generate([ask("一只红狐狸在海边"), ask("ثعلب أحمر"), ask("🦊")])
    assert all(picture.std() > 1 for picture in pictures)


def test_a_closed_engine_says_so(sd_folder):
    engine = open_engine(sd_folder, steps=1)
    engine.close()
    engine.close()
    with pytest.raises(EngineError, match="is closed"):
        engine.generate([ask()])


def test_a_device_that_is_not_there_is_told(sd_folder):
    with pytest.raises(EngineUnavailableError, match="cuda:63 was asked for") as why:
        open_engine(sd_folder, device="cuda:63")
    assert "auto or cpu" in why.value.remedy
    with pytest.raises(EngineUnavailableError, match="got 'tpu'"):
        open_engine(sd_folder, device="tpu")


def test_parts_of_another_model_are_told_at_once(sd_folder, sdxl_folder, tmp_path):
    mixed = tmp_path / "mixed"
    shutil.copytree(sd_folder, mixed)
    shutil.rmtree(mixed / "unet")
    shutil.copytree(sdxl_folder / "unet", mixed / "unet")
    with pytest.raises(EngineUnavailableError, match=r"mixed does not work as StableDiffusionPi"):
        open_engine(mixed)


def test_a_pipeline_for_something_else_is_told(sd_folder, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(sd_folder, other)
    index = json.loads((other / "model_index.json").read_text())
    index["_class_name"] = "StableVideoDiffusionPipeline"
    (other / "model_index.json").write_text(json.dumps(index))
    with pytest.raises(EngineUnavailableError, match="does not work as StableVideoDiffusion"):
        open_engine(other)


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
        open_engine(lacking)


def test_old_names_of_text_encoder_weights_are_known(sd_folder, engine, tmp_path):
    from safetensors.torch import load_file, save_file

    older = tmp_path / "older"
    shutil.copytree(sd_folder, older)
    path = older / "text_encoder" / "model.safetensors"
    tensors = load_file(path)
    save_file({f"text_model.{name}": tensor for name, tensor in tensors.items()}, path)
    (ours,) = open_engine(older, steps=3).generate([ask()])
    assert np.array_equal(ours, engine.generate([ask()])[0])


SCHEDULER_NAMES = [name for name in SCHEDULERS if not name.startswith("flow")]


@pytest.mark.parametrize("name", SCHEDULER_NAMES)
def test_each_scheduler_draws_the_same_alone_and_in_a_batch(sd_folder, engine, name):
    other = open_engine(sd_folder, steps=3, scheduler=name, max_batch=2)
    pictures = other.generate([ask(seed=1), ask(seed=2)])
    assert largest_difference(pictures[1], other.generate([ask(seed=2)])[0]) <= 1
    if name != "pndm":  # the model's own
        assert other.revision != engine.revision
        assert largest_difference(pictures[0], engine.generate([ask(seed=1)])[0]) > 0


@pytest.mark.parametrize("name", ["flow-euler", "flow-heun"])
def test_models_of_flow_matching_have_schedulers_of_their_own(sd3_folder, name):
    assert open_engine(sd3_folder, steps=2, scheduler=name).generate([ask()])[0].std() > 1


def test_a_scheduler_for_another_kind_of_model_is_told(sd_folder, sd3_folder):
    with pytest.raises(EngineUnavailableError, match="learnt to predict noise") as why:
        open_engine(sd_folder, steps=1, scheduler="flow-euler")
    assert "euler-a" in why.value.remedy
    with pytest.raises(EngineUnavailableError, match="learnt flow matching") as why:
        open_engine(sd3_folder, steps=1, scheduler="ddim")
    assert why.value.remedy == "choose one of flow-euler, flow-heun"


@pytest.mark.parametrize("folder", ["sd_folder", "sdxl_folder", "sd3_folder"])
def test_a_second_pass_draws_detail_at_a_higher_resolution(folder, request):
    path = request.getfixturevalue(folder)
    size = {"width": 128, "height": 128}
    once = open_engine(path, steps=2).generate([ask(**size)])[0]
    engine = open_engine(path, steps=2, second_pass=0.5, max_batch=2)
    sizes = []
    decode = engine._second.vae.decode
    engine._second.vae.decode = lambda latents, *rest, **options: (
        sizes.append(tuple(latents.shape[2:])),
        decode(latents, *rest, **options),
    )[1]
    pictures = engine.generate([ask(seed=0, **size), ask(**size)])
    assert sizes == [(8, 8), (16, 16)]
    assert largest_difference(pictures[1], once) > 2
    assert largest_difference(pictures[1], engine.generate([ask(**size)])[0]) <= 1
    sizes.clear()
    engine.generate([ask(width=64, height=64)])  # no larger than the first pass
    assert sizes == [(8, 8)]


def test_a_pipeline_without_image_to_image_says_so_at_once(sd_folder, monkeypatch):
    from diffusers import AutoPipelineForImage2Image

    def refuse(pipeline):
        raise ValueError(f"can't find a pipeline linked to {type(pipeline).__name__}")

    monkeypatch.setattr(AutoPipelineForImage2Image, "from_pipe", refuse)
    with pytest.raises(EngineUnavailableError, match="cannot draw a picture a second time"):
        open_engine(sd_folder, steps=1, second_pass=0.3)


def test_slices_and_tiles_save_memory_and_keep_the_picture(sd_folder, engine):
    sliced = open_engine(sd_folder, steps=3, memory="sliced", channels_last=True)
    assert sliced._pipeline.vae.use_slicing
    assert sliced._pipeline.vae.use_tiling
    assert not engine._pipeline.vae.use_slicing, "pictures as small as these are decoded together"
    size = {"width": 64, "height": 64}  # one tile; where several meet, a picture may differ
    (ours,) = sliced.generate([ask(**size)])
    assert largest_difference(ours, engine.generate([ask(**size)])[0]) <= 1
    assert sliced.generate([ask()])[0].std() > 1


def test_a_gpu_that_is_too_small_holds_only_the_part_that_works(sd_folder, engine, monkeypatch):
    from raypipe.images.diffusion import pipeline as loading

    place, tried = loading.place_pipeline, []

    def place_on_a_small_gpu(pipeline, checkpoint, options, *, device):
        tried.append(options.memory)
        if options.memory == "full":
            raise loading.out_of_memory(checkpoint, device, doing="load")
        place(pipeline, checkpoint, replace(options, memory="full"), device=device)

    monkeypatch.setattr(loading, "place_pipeline", place_on_a_small_gpu)
    monkeypatch.setattr(loading, "ways_to_fit", lambda *_, **__: ("full", "offload"))
    small = open_engine(sd_folder, steps=3)
    assert tried == ["full", "offload"]
    assert small.revision != engine.revision
    assert np.array_equal(small.generate([ask()])[0], engine.generate([ask()])[0])


@pytest.mark.parametrize(
    ("memory", "device", "ways"),
    [
        ("auto", "cpu", ("full",)),
        ("auto", "cuda:0", ("full", "offload")),
        ("full", "cuda", ("full",)),
        ("layers", "cuda", ("layers",)),
    ],
)
def test_only_a_gpu_may_be_offloaded_from_and_only_where_that_was_left_open(memory, device, ways):
    assert ways_to_fit(memory, device=device) == ways


@pytest.mark.parametrize("memory", ["offload", "layers"])
def test_offloading_needs_a_gpu_to_offload_from(sd_folder, memory):
    with pytest.raises(EngineUnavailableError, match="there is no GPU here") as why:
        open_engine(sd_folder, memory=memory)
    assert "memory=sliced" in why.value.remedy


def test_compiling_is_asked_for(sd_folder, engine, monkeypatch):
    import torch

    calls = []

    def count(function, **_):  # to really compile takes a minute, also for a toy
        def counted(*rest, **options):
            calls.append(function)
            return function(*rest, **options)

        return counted

    monkeypatch.setattr(torch, "compile", count)
    compiled = open_engine(sd_folder, steps=3, compile=True)
    calls.clear()
    assert largest_difference(*compiled.generate([ask()]), *engine.generate([ask()])) <= 1
    assert len(calls) == 4  # PNDM takes a step more than it is asked for


def test_words_of_the_settings_are_added_to_every_negative_prompt(sd_folder, engine):
    always = open_engine(sd_folder, steps=3, negative="lamp")
    assert np.array_equal(
        always.generate([ask(negative="fox")])[0], engine.generate([ask(negative="fox, lamp")])[0]
    )


def test_the_name_says_how_to_draw(sd_folder, engine):
    name = f"diffusers:{sd_folder}?device=cpu&steps=3&max_batch=4"
    named = DiffusersEngine(name)
    assert named.name == name
    assert named.revision == engine.revision
    assert np.array_equal(named.generate([ask()])[0], engine.generate([ask()])[0])


@pytest.mark.gpu
@pytest.mark.parametrize("memory", ["sliced", "offload", "layers"])
def test_a_gpu_saves_memory_and_draws_the_same(sd_folder, memory):
    plain = open_engine(sd_folder, device="cuda", dtype="float32", steps=3, second_pass=0.5)
    saving = open_engine(
        sd_folder, device="cuda", dtype="float32", steps=3, second_pass=0.5, memory=memory
    )
    one, other = plain.generate([ask()])[0], saving.generate([ask()])[0]
    assert np.abs(one.astype(float) - other).mean() < 2


@pytest.mark.gpu
@pytest.mark.parametrize("dtype", ["auto", "bfloat16", "float16"])
def test_a_gpu_draws_what_a_cpu_draws(sd_folder, engine, dtype):
    gpu = open_engine(sd_folder, device="cuda", dtype=dtype, steps=3)
    (ours,) = gpu.generate([ask()])
    (wanted,) = engine.generate([ask()])
    # Random weights amplify rounding; the mean still shows the same picture.
    assert np.abs(ours.astype(float) - wanted).mean() < 8
    gpu.close()


@pytest.mark.gpu
def test_a_picture_is_the_same_alone_and_in_a_batch_on_a_gpu(sd_folder):
    gpu = open_engine(sd_folder, device="cuda", steps=3)
    requests = [ask(seed=seed) for seed in range(4)]
    for request, together in zip(requests, gpu.generate(requests), strict=True):
        (alone,) = gpu.generate([request])
        assert np.abs(alone.astype(float) - together).mean() < 2
    gpu.close()


@pytest.mark.parametrize("model", ["sd", "sdxl", "sd3"])
def test_drawing_stops_between_two_steps_and_the_next_picture_is_as_ever(model, request):
    name = {"sd": "engine", "sdxl": "xl_engine", "sd3": "sd3_engine"}[model]
    engine = request.getfixturevalue(name)
    (before,) = engine.generate([ask()])
    looks = iter([False, True])
    with stop_when(lambda: next(looks)), pytest.raises(CancelledError):
        engine.generate([ask()])
    assert next(looks, None) is None, "it looked after each step, until it was asked to stop"
    (after,) = engine.generate([ask()])
    assert np.array_equal(before, after)
