"""LoRAs, textual inversions and references: tiny ones, in the formats that trainers write."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from PIL import Image

from raypipe.errors import EngineUnavailableError, MediaError, SettingsError
from raypipe.images.diffusion.adapters import few_steps, find_adapter
from raypipe.images.diffusion.options import Adapter


@pytest.fixture(scope="module")
def plain(sd_folder, studio):
    engine = studio.open(sd_folder, steps=2, max_batch=3)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory, sd_folder, lora_writer):
    """A folder of adapters: the same LoRA as two trainers write it, and an embedding."""
    import torch
    from safetensors.torch import save_file

    folder = tmp_path_factory.mktemp("adapters")
    lora_writer(folder / "ink.safetensors", sd_folder)
    lora_writer(folder / "ink-kohya.safetensors", sd_folder, kohya=True)
    save_file({"emb_params": torch.randn(2, 32)}, folder / "brush.safetensors")
    return folder


# -- LoRA ----------------------------------------------------------------------------------------


def test_a_lora_by_name_changes_the_picture_by_its_scale(sd_folder, folder, plain, studio):
    def draw(**options):
        engine = studio.open(sd_folder, steps=2, adapters=folder, **options)
        return engine.generate([studio.ask()])[0], engine.revision

    without = plain.generate([studio.ask()])[0]
    full, full_revision = draw(lora=(Adapter("ink"),))
    half, half_revision = draw(lora=(Adapter("ink", 0.5),))
    none, _ = draw(lora=(Adapter("ink", 0.0),))
    assert studio.difference(full, without) > 2
    assert studio.difference(half, without) > 0
    assert studio.difference(half, full) > 0
    assert studio.difference(none, without) <= 1
    assert len({plain.revision, full_revision, half_revision}) == 3


def test_the_format_of_the_trainer_does_not_matter(sd_folder, folder, studio):
    pictures = [
        studio.open(sd_folder, steps=2, adapters=folder, lora=(Adapter(name),)).generate(
            [studio.ask()]
        )[0]
        for name in ("ink", "ink-kohya")
    ]
    assert studio.difference(*pictures) <= 1


def test_a_lora_is_merged_and_leaves_no_layer_behind(sd_folder, folder, plain, studio):
    engine = studio.open(sd_folder, steps=2, adapters=folder, lora=(Adapter("ink"), Adapter("ink")))
    names = [name for name, _ in engine._pipeline.unet.named_parameters()]
    assert names == [name for name, _ in plain._pipeline.unet.named_parameters()]


@pytest.mark.parametrize("which", ["sdxl_folder", "sd3_folder"])
def test_other_families_take_loras_too(which, request, tmp_path, studio):
    import torch
    from safetensors.torch import save_file

    path = request.getfixturevalue(which)
    part, layer = (
        ("transformer", "transformer_blocks.0.attn.to_q")
        if which == "sd3_folder"
        else ("unet", "mid_block.attentions.0.transformer_blocks.0.attn2.to_q")
    )
    plain = studio.open(path, steps=1)
    high, wide = getattr(plain._pipeline, part).get_submodule(layer).weight.shape
    generator = torch.Generator().manual_seed(3)
    tensors = {
        f"{part}.{layer}.lora_A.weight": torch.randn(2, wide, generator=generator),
        f"{part}.{layer}.lora_B.weight": torch.randn(high, 2, generator=generator),
    }
    save_file(tensors, tmp_path / "ink.safetensors")
    inked = studio.open(path, steps=1, adapters=tmp_path, lora=(Adapter("ink"),))
    assert (
        studio.difference(inked.generate([studio.ask()])[0], plain.generate([studio.ask()])[0]) > 0
    )


def test_a_lora_for_few_steps_sets_steps_guidance_and_scheduler(
    sdxl_folder, tmp_path, lora_writer, studio
):
    lora_writer(tmp_path / "sdxl_lightning_4step_lora.safetensors", sdxl_folder)
    options = {"adapters": tmp_path, "lora": (Adapter("sdxl_lightning_4step_lora"),)}
    engine = studio.open(sdxl_folder, **options)
    assert (engine.steps, engine.guidance, engine.scheduler) == (4, 0.0, "euler-trailing")
    assert engine._pipeline.scheduler.config.timestep_spacing == "trailing"
    assert engine.generate([studio.ask()])[0].std() > 1
    own = studio.open(sdxl_folder, steps=6, guidance=1.5, scheduler="ddim", **options)
    assert (own.steps, own.guidance, own.scheduler) == (6, 1.5, "ddim")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sdxl_lightning_8step_lora", (8, 0.0, "euler-trailing")),
        ("Hyper-SDXL-4steps-lora", (4, 0.0, "ddim-trailing")),
        ("/loras/lcm-lora-sdxl.safetensors", (4, 1.0, "lcm")),
        ("watercolour", None),
    ],
)
def test_few_steps_show_in_the_name(name, expected):
    found = few_steps([Adapter("ink"), Adapter(name)])
    assert (found and (found.steps, found.guidance, found.scheduler)) == expected


def test_a_lora_of_another_model_is_told(sd_folder, tmp_path, studio):
    import torch
    from safetensors.torch import save_file

    layer = "unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_q"
    wide = {
        f"{layer}.lora_A.weight": torch.ones(2, 99),
        f"{layer}.lora_B.weight": torch.ones(99, 2),
    }
    save_file(wide, tmp_path / "wide.safetensors")
    elsewhere = {key.replace("mid_block", "no_block"): tensor for key, tensor in wide.items()}
    save_file(elsewhere, tmp_path / "elsewhere.safetensors")
    save_file({"a": torch.ones(3)}, tmp_path / "nothing.safetensors")
    for name in ("wide", "elsewhere", "nothing"):
        with pytest.raises(EngineUnavailableError, match="does not fit StableDiffusionP") as why:
            studio.open(sd_folder, adapters=tmp_path, lora=(Adapter(name),))
        assert "same family" in why.value.remedy


def test_adapters_that_are_missing_cut_off_or_pickled_are_told(folder, tmp_path):
    with pytest.raises(EngineUnavailableError, match="expected the LoRA 'inc' in") as why:
        find_adapter("inc", folder, kind="LoRA")
    assert why.value.remedy == "did you mean 'ink'?"
    with pytest.raises(EngineUnavailableError, match="no folder of adapters is set"):
        find_adapter("ink", None, kind="LoRA")
    whole = (folder / "ink.safetensors").read_bytes()
    (tmp_path / "cut.safetensors").write_bytes(whole[:-10])
    with pytest.raises(EngineUnavailableError, match="bytes where"):
        find_adapter("cut", tmp_path, kind="LoRA")
    (tmp_path / "old.pt").write_bytes(pickle.dumps({}))
    for name in ("old", str(tmp_path / "old.pt")):
        with pytest.raises(EngineUnavailableError, match="pickle"):
            find_adapter(name, tmp_path, kind="embedding")
    assert find_adapter(str(folder / "ink.safetensors"), None, kind="LoRA").stem == "ink"


# -- textual inversion -----------------------------------------------------------------------------


def test_a_learnt_word_of_two_vectors_draws_what_it_learnt(sd_folder, folder, plain, studio):
    engine = studio.open(sd_folder, steps=2, adapters=folder, embedding=("brush",), max_batch=3)
    with_word, without = engine.generate([studio.ask("a fox, <brush>"), studio.ask("a fox")])
    assert studio.difference(with_word, without) > 0
    assert studio.difference(without, plain.generate([studio.ask("a fox")])[0]) <= 1
    assert studio.difference(with_word, plain.generate([studio.ask("a fox, <brush>")])[0]) > 0
    read = engine._read(studio.ask("<brush>"))[0]
    assert len(read.windows[0]) == 2
    in_negative = engine.generate([studio.ask("a fox", negative="<brush>")])[0]
    assert studio.difference(in_negative, without) > 0


def test_xl_learns_a_word_in_both_of_its_encoders(sdxl_folder, tmp_path, studio):
    import torch
    from safetensors.torch import save_file

    save_file(
        {"clip_l": torch.randn(1, 32), "clip_g": torch.randn(1, 32)}, tmp_path / "b.safetensors"
    )
    engine = studio.open(sdxl_folder, steps=1, adapters=tmp_path, embedding=("b",))
    with_word, without = (engine.generate([studio.ask(p)])[0] for p in ("a fox <b>", "a fox"))
    assert studio.difference(with_word, without) > 0
    save_file({"emb_params": torch.randn(1, 32)}, tmp_path / "one.safetensors")
    with pytest.raises(EngineUnavailableError, match="expected clip_l and clip_g"):
        studio.open(sdxl_folder, adapters=tmp_path, embedding=("one",))


def test_a_word_of_another_model_is_told(sd_folder, tmp_path, studio):
    import torch
    from safetensors.torch import save_file

    save_file({"emb_params": torch.randn(1, 77)}, tmp_path / "wide.safetensors")
    with pytest.raises(EngineUnavailableError, match=r"wide\.safetensors does not fit"):
        studio.open(sd_folder, adapters=tmp_path, embedding=("wide",))


# -- references ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def portraits(tmp_path_factory):
    folder = tmp_path_factory.mktemp("portraits")
    random = np.random.default_rng(0)
    for name in ("Mira", "Bo"):
        small = random.integers(0, 255, (4, 4, 3), np.uint8)
        Image.fromarray(small).resize((48, 48)).save(folder / f"{name}.png")
    return tuple((name, folder / f"{name}.png") for name in ("Mira", "Bo"))


@pytest.mark.parametrize("family", ["sd", "xl"])
def test_a_character_with_a_picture_is_drawn_after_it(family, request, portraits, studio):
    path = request.getfixturevalue({"sd": "sd_folder", "xl": "sdxl_folder"}[family])
    adapter = request.getfixturevalue(f"{family}_ip_adapter")
    engine = studio.open(
        path, steps=2, max_batch=4, ip_adapter=adapter, ip_scale=1.0, reference=portraits
    )
    requests = [studio.ask(who=who) for who in [("Mira",), ("Bo",), (), ("mira", "BO"), ("Zoe",)]]
    mira, bo, nobody, both, stranger = engine.generate(requests)
    assert studio.difference(mira, nobody) > 2
    assert studio.difference(mira, bo) > 2
    assert studio.difference(both, mira) > 2
    assert np.array_equal(stranger, nobody)
    # Without a reference it is the picture of the model without an adapter.
    assert studio.difference(nobody, studio.open(path, steps=2).generate([studio.ask()])[0]) <= 1
    for wanted, together in zip(requests, (mira, bo, nobody, both, stranger), strict=True):
        assert studio.difference(engine.generate([wanted])[0], together) <= 1


def test_another_picture_of_a_character_is_another_revision(
    sd_folder, sd_ip_adapter, portraits, tmp_path, studio
):
    (name, path), _ = portraits
    options = {"steps": 1, "ip_adapter": sd_ip_adapter}
    one = studio.open(sd_folder, reference=((name, path),), **options)
    copy = tmp_path / "copy.png"
    copy.write_bytes(path.read_bytes())
    assert studio.open(sd_folder, reference=((name, copy),), **options).revision == one.revision
    Image.new("RGB", (9, 9)).save(copy)
    assert studio.open(sd_folder, reference=((name, copy),), **options).revision != one.revision


def test_a_picture_of_a_character_is_read_as_any_picture(
    sd_folder, sd_ip_adapter, portraits, tmp_path, studio
):
    upright = Image.open(portraits[0][1])
    grey = np.asarray(upright.convert("L"))
    clear = upright.convert("RGBA")
    clear.putalpha(0)
    turned = Image.Exif()
    turned[0x0112] = 3
    same = [
        (upright, upright.transpose(Image.Transpose.ROTATE_180), {"exif": turned}),
        (Image.fromarray(grey), Image.fromarray(grey.astype(np.uint16) * 257), {}),
        (Image.new("RGB", upright.size, "white"), clear, {}),
    ]

    def draw(image, **saving):
        path = tmp_path / "mira.png"
        image.save(path, **saving)
        engine = studio.open(
            sd_folder, steps=1, ip_adapter=sd_ip_adapter, ip_scale=1.0, reference=(("Mira", path),)
        )
        return engine.generate([studio.ask(who=("Mira",))])[0]

    drawn = [(draw(usual), draw(odd, **saving)) for usual, odd, saving in same]
    assert all(np.array_equal(usual, odd) for usual, odd in drawn)
    assert studio.difference(drawn[0][0], drawn[1][0]) > 2


def test_an_adapter_without_pictures_draws_as_without(sd_folder, sd_ip_adapter, plain, studio):
    engine = studio.open(sd_folder, steps=2, ip_adapter=sd_ip_adapter)
    assert np.array_equal(
        engine.generate([studio.ask(who=("Mira",))])[0], plain.generate([studio.ask()])[0]
    )


def test_references_draw_through_a_second_pass_and_without_guidance(
    sd_folder, sd_ip_adapter, portraits, studio
):
    engine = studio.open(
        sd_folder,
        steps=2,
        guidance=0.0,
        second_pass=0.5,
        memory="sliced",
        ip_adapter=sd_ip_adapter,
        ip_scale=1.0,
        reference=portraits,
    )
    size = (128, 128)
    one, other = engine.generate([studio.ask(size=size, who=("Mira",)), studio.ask(size=size)])
    assert studio.difference(one, other) > 2


def test_families_without_an_adapter_say_so(sd3_folder, sd_ip_adapter, portraits, studio):
    with pytest.raises(EngineUnavailableError, match="takes no IP-Adapter") as why:
        studio.open(sd3_folder, ip_adapter=sd_ip_adapter, reference=portraits)
    assert "described by the same words" in why.value.remedy
    with pytest.raises(SettingsError, match="need an IP-Adapter"):
        studio.open(sd3_folder, reference=portraits)


def test_an_adapter_of_another_family_or_half_there_is_told(
    sd_folder, sdxl_folder, sd_ip_adapter, tmp_path, studio
):
    def refuse(path, match, checkpoint=sd_folder):
        with pytest.raises(EngineUnavailableError, match=match):
            studio.open(checkpoint, ip_adapter=path)

    refuse(tmp_path / "none.safetensors", "expected the weights of an IP-Adapter")
    refuse(
        next((sd_folder / "unet").glob("*.safetensors")), "expected tensors image_proj and ip_ada"
    )
    refuse(sd_ip_adapter, "does not fit StableDiffusionXLPipeline", sdxl_folder)
    alone = tmp_path / "alone.safetensors"
    alone.write_bytes(sd_ip_adapter.read_bytes())
    refuse(alone, "image_encoder/config.json")
    alone.write_bytes(alone.read_bytes()[:-1])
    refuse(alone, "bytes where")


def test_a_picture_of_a_character_that_is_not_there_is_told(
    sd_folder, sd_ip_adapter, tmp_path, studio
):
    who = (("Mira", tmp_path / "none.png"),)
    with pytest.raises(MediaError, match="expected a picture, got none"):
        studio.open(sd_folder, ip_adapter=sd_ip_adapter, reference=who)
