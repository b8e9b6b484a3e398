from __future__ import annotations

from pathlib import Path

import pytest

from raypipe.engine_name import join_options, split_options
from raypipe.errors import SettingsError
from raypipe.images.diffusion.options import Adapter, DiffusionOptions
from raypipe.settings import ImageSettings


def parse(query):
    return DiffusionOptions.parse(split_options(f"diffusers:a/b?{query}")[1])


def test_options_are_read_from_the_name_of_an_engine():
    options = parse(
        "steps=4&guidance=0&scheduler=euler-a&lora=ink:0.8&lora=/l/lcm.safetensors&embedding=neg"
        "&reference=Mira=/p/mira.png&ip_adapter=~/ip.safetensors&compile=true&memory=sliced"
    )
    assert (options.steps, options.guidance, options.scheduler) == (4, 0.0, "euler-a")
    assert options.lora == (Adapter("ink", 0.8), Adapter("/l/lcm.safetensors", 1.0))
    assert options.embedding == ("neg",)
    assert options.reference == (("Mira", Path("/p/mira.png")),)
    assert options.ip_adapter == Path.home() / "ip.safetensors"
    assert options.compile
    assert options.memory == "sliced"


@pytest.mark.parametrize(
    ("query", "message", "remedy"),
    [
        ("steps=0", "expected steps from 1 to 150, got 0", "20 to 50"),
        ("steps=500", "expected steps from 1 to 150, got 500", "Turbo models take 1 to 4"),
        ("steps=many", "expected a whole number, got 'many'", ""),
        ("guidance=-1", "expected guidance from 0 to 30, got -1", "5 to 8"),
        ("guidance=nan", "expected guidance from 0 to 30, got nan", ""),
        ("dtype=int8", "expected one of auto, float32, float16, bfloat16, got 'int8'", ""),
        ("scheduler=eular-a", "got 'eular-a'", "did you mean 'euler-a'?"),
        ("memory=tiny", "expected one of auto, full, sliced, offload, layers, got 'tiny'", ""),
        ("max_batch=0", "at least 1, got 0", ""),
        ("second_pass=2", "from 0 to 1, got 2", "0.2 to 0.4"),
        ("lora=ink:9", "lora ink from -2 to 2, got 9", ""),
        ("compile=maybe", "expected true or false, got 'maybe'", ""),
        ("reference=mira.png&ip_adapter=x", "expected <name>=<picture>, got 'mira.png'", ""),
        ("reference=Mira=mira.png", "need an IP-Adapter", "described by the same words"),
        ("sheduler=ddim", "unknown option 'sheduler'", "did you mean 'scheduler'?"),
        ("negative=" + "x" * 2001, "at most 2000 characters, got 2,001", ""),
        ("steps", "expected options like ?steps=4&guidance=0", "write key=value"),
    ],
)
def test_what_cannot_be_done_is_told_before_anything_is_loaded(query, message, remedy):
    with pytest.raises(SettingsError) as why:
        parse(query)
    assert message in why.value.problem
    assert remedy in why.value.remedy


def test_the_first_of_two_values_wins_so_that_a_name_goes_before_settings():
    name = join_options("diffusers:a/b?steps=4", [("steps", "30"), ("guidance", "2")])
    options = DiffusionOptions.parse(split_options(name)[1])
    assert (options.steps, options.guidance) == (4, 2.0)


def test_options_survive_the_way_through_a_name():
    pairs = (("negative", "blurry, text & logo = bad"), ("reference", "Müller=/a b/c?.png"))
    name, found = split_options(join_options("diffusers:/models/sd", pairs))
    assert (name, found) == ("diffusers:/models/sd", pairs)
    assert join_options("storybook", ()) == "storybook"


def test_a_folder_with_a_question_mark_is_a_folder(tmp_path):
    folder = tmp_path / "what?steps=4"
    folder.mkdir()
    assert split_options(f"diffusers:{folder}") == (f"diffusers:{folder}", ())
    assert split_options(str(folder)) == (str(folder), ())


@pytest.mark.parametrize("memory", ["auto", "full", "offload"])
def test_what_the_settings_say_of_memory_reaches_the_engine(memory):
    pairs = ImageSettings(memory=memory).diffusion_options()
    assert DiffusionOptions.parse(pairs) == DiffusionOptions(memory=memory)
