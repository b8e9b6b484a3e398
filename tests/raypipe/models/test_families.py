from __future__ import annotations

import pytest

from raypipe.images.diffusion.families import find_family, native_size

SD1 = {"sample_size": 64, "cross_attention_dim": 768}
SD2 = {"sample_size": 96, "cross_attention_dim": 1024}
TRAILING = {"_class_name": "EulerDiscreteScheduler", "timestep_spacing": "trailing"}


@pytest.mark.parametrize(
    ("pipeline", "name", "denoiser", "scheduler", "expected"),
    [
        ("StableDiffusionPipeline", "sd15", SD1, {}, ("sd1", 512, 30, 7.5)),
        ("StableDiffusionPipeline", "sd21", SD2, {}, ("sd2", 768, 30, 7.5)),
        ("StableDiffusionPipeline", "x", {**SD2, "sample_size": 64}, {}, ("sd2", 512, 30, 7.5)),
        (
            "StableDiffusionPipeline",
            "x",
            {**SD2, "sample_size": 64},
            TRAILING,
            ("sd2-turbo", 512, 2, 0.0),
        ),
        ("StableDiffusionXLPipeline", "xl", {"sample_size": 128}, {}, ("sdxl", 1024, 30, 5.0)),
        (
            "StableDiffusionXLPipeline",
            "org/sdxl-turbo",
            {"sample_size": 64},
            {},
            ("sdxl-turbo", 512, 4, 0.0),
        ),
        (
            "StableDiffusionXLPipeline",
            "x/XL-Lightning-4step",
            {"sample_size": 128},
            {},
            ("sdxl-lightning", 1024, 4, 0.0),
        ),
        ("StableDiffusion3Pipeline", "sd3", {"sample_size": 128}, {}, ("sd3", 1024, 28, 7.0)),
        (
            "StableDiffusion3Pipeline",
            "sd-3.5-large-turbo",
            {"sample_size": 128},
            {},
            ("sd3-turbo", 1024, 4, 0.0),
        ),
        ("LatentConsistencyModelPipeline", "x", {"sample_size": 96}, {}, ("lcm", 768, 4, 8.0)),
        ("FluxPipeline", "x", {"guidance_embeds": True}, {}, ("flux-dev", 1024, 28, 3.5)),
        ("FluxPipeline", "x", {}, {}, ("flux-schnell", 1024, 4, 0.0)),
        ("SanaPipeline", "x", {"sample_size": [32, 32]}, {}, ("other", 512, None, None)),
    ],
)
def test_a_family_shows_in_its_configuration(pipeline, name, denoiser, scheduler, expected):
    family = find_family(pipeline, name=name, denoiser=denoiser, scheduler=scheduler)
    assert (family.name, family.side_px, family.steps, family.guidance) == expected


@pytest.mark.parametrize(
    ("frame", "sd1", "sdxl"),
    [
        ((1080, 1920), (432, 768), (768, 1344)),
        ((1080, 1080), (512, 512), (1024, 1024)),
        ((1920, 1080), (768, 432), (1344, 768)),
        ((1080, 1350), (512, 640), (896, 1152)),
    ],
)
def test_native_sizes_of_the_four_aspect_ratios(frame, sd1, sdxl):
    width, height = frame
    small = find_family("StableDiffusionPipeline", name="a", denoiser=SD1, scheduler={})
    large = find_family(
        "StableDiffusionXLPipeline", name="a", denoiser={"sample_size": 128}, scheduler={}
    )
    assert native_size(small, width=width, height=height) == sd1
    assert native_size(large, width=width, height=height) == sdxl


@pytest.mark.parametrize("frame", [(3000, 200), (200, 3000), (1, 1)])
def test_native_sizes_stay_within_what_the_model_knows(frame):
    family = find_family("StableDiffusionPipeline", name="a", denoiser=SD1, scheduler={})
    width, height = native_size(family, width=frame[0], height=frame[1])
    assert width % 8 == height % 8 == 0
    assert 256 <= min(width, height) <= 512
    assert max(width, height) <= 768
