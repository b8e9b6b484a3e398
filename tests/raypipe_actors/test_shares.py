import pytest
from hypothesis import given
from hypothesis import strategies as st

from raypipe_actors.shares import gpu_share, share_out


@given(
    cpus=st.floats(1, 512),
    gpus=st.integers(0, 64),
    image_on_gpu=st.booleans(),
    speech_on_gpu=st.booleans(),
)
def test_everything_fits_at_once_so_that_no_story_waits_for_itself(
    cpus, gpus, image_on_gpu, speech_on_gpu
):
    # A GPU comes with cores: no machine has more GPUs than half its cores.
    gpus = min(gpus, int(cpus // 2))
    shares = share_out(cpus, gpus, image_on_gpu=image_on_gpu, speech_on_gpu=speech_on_gpu)
    assert shares.image_workers >= 1
    assert shares.speech_workers >= 1
    assert shares.render_workers >= 1
    assert shares.held_cpus <= cpus


@pytest.mark.parametrize(("cpus", "render_workers"), [(1, 1), (2, 2), (4, 4), (16, 11), (64, 44)])
def test_there_is_about_one_render_worker_a_core(cpus, render_workers):
    shares = share_out(cpus, 0, image_on_gpu=False, speech_on_gpu=False)
    assert shares.render_workers == render_workers


@given(cpus=st.floats(1, 4))
def test_on_a_small_machine_one_more_pool_fits_and_steps_never_wait(cpus):
    shares = share_out(cpus, 0, image_on_gpu=False, speech_on_gpu=False)
    assert shares.step_cpus == 0
    assert shares.held_cpus + max(shares.image_cpus, shares.speech_cpus) <= cpus


@pytest.mark.parametrize(
    ("engine", "gpus", "share"),
    [
        ("storybook", 8, 0),
        ("piper:joe", 8, 0),
        ("diffusers:/models/sdxl", 1, 1),
        ("coqui:/models/xtts?speed=1.1", 2, 1),
        ("diffusers:/models/sdxl", 0, 0),
        ("diffusers:/models/sdxl", 0.5, 0),
        ("diffusers:/models/sdxl?steps=4&device=cuda", 0, 1),
        ("diffusers:/models/sdxl?device=cpu", 4, 0),
    ],
)
def test_a_model_takes_a_gpu_that_is_there_or_that_it_asks_for(engine, gpus, share):
    assert gpu_share(engine, gpus) == share
