from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from raypipe.gpu import gpu_summary
from raypipe.weights import find_image_weights, find_speech_weights

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def hub_cache(sd_folder, sdxl_folder, tmp_path):
    """A Hugging Face cache with Stable Diffusion and XL; of the latter a download broke off."""
    hub = tmp_path / "hub"
    for name, folder in [("models--a--sd", sd_folder), ("models--b--x--l", sdxl_folder)]:
        (hub / name / "refs").mkdir(parents=True)
        (hub / name / "refs" / "main").write_text(COMMIT)
        shutil.copytree(folder, hub / name / "snapshots" / COMMIT)
    (hub / "models--b--x--l" / "snapshots" / COMMIT / "vae" / "config.json").unlink()
    (hub / "models--c--words").mkdir()
    return hub


def test_models_of_folders_and_cache_are_found_best_first(hub_cache, sd_turbo_folder, tmp_path):
    root = tmp_path / "models"
    shutil.copytree(sd_turbo_folder, root / "pictures" / "someone" / "few-steps")
    (root / "pictures" / "someone" / "few-steps" / "README.md").write_text(
        "---\nlanguage: en\nlicense: other\nlicense_name: sai-nc-community\n---\n# Few steps\n"
    )
    found = find_image_weights([root, tmp_path / "not-there"], hub_cache=hub_cache)
    assert [each.name for each in found] == [
        f"diffusers:{root}/pictures/someone/few-steps",
        "diffusers:a/sd",
        "diffusers:b/x--l",
    ]
    few, plain, broken = found
    assert (few.family, few.licence) == ("sd1-turbo", "sai-nc-community")
    assert (plain.family, plain.licence, plain.problem) == ("sd1", "", "")
    assert 300_000 < plain.size_bytes < 700_000
    assert "vae/config.json" in broken.problem
    assert broken.remedy == "download it with: hf download b/x--l"


def test_a_second_snapshot_is_named_with_its_commit(hub_cache, sd_folder):
    other = "f" * 40
    shutil.copytree(sd_folder, hub_cache / "models--a--sd" / "snapshots" / other)
    names = [each.name for each in find_image_weights(hub_cache=hub_cache)]
    assert f"diffusers:a/sd@{other}" in names
    assert "diffusers:a/sd" in names


def test_what_is_found_can_be_opened_by_its_name(hub_cache):
    from raypipe.images.diffusers_engine import DiffusersEngine

    best = find_image_weights(hub_cache=hub_cache)[0]
    engine = DiffusersEngine(f"{best.name}?device=cpu&steps=1", hub_cache=hub_cache)
    assert engine.name == f"{best.name}?device=cpu&steps=1"
    assert engine.steps == 1
    engine.close()


def test_voices_are_found_by_language(vits_folder, many_voices_folder, tmp_path):
    root, cache = tmp_path / "voices", tmp_path / "tts"
    shutil.copytree(vits_folder, root / "english")
    shutil.copytree(many_voices_folder, root / "two")
    shutil.copytree(vits_folder, cache / "tts_models--en--ljspeech--vits")
    (cache / "tts_models--de--thorsten--vits").mkdir()
    options = {"roots": [root], "cache_dir": cache, "hub_cache": tmp_path}
    everything = find_speech_weights(**options)
    assert [each.name for each in everything] == [
        f"coqui:{root}/english",
        f"coqui:{root}/two",
        "coqui:tts_models/en/ljspeech/vits",
        "coqui:tts_models/de/thorsten/vits",
    ]
    assert everything[2].licence == "apache 2.0"
    assert everything[1].languages == ("en", "pt")
    assert "config.json" in everything[3].problem
    portuguese = find_speech_weights("pt-BR", **options)
    assert [each.name for each in portuguese if not each.problem] == [f"coqui:{root}/two"]


def test_nothing_is_found_where_there_is_nothing(tmp_path):
    assert find_image_weights([tmp_path], hub_cache=tmp_path) == ()
    assert find_speech_weights(roots=[tmp_path], cache_dir=tmp_path, hub_cache=tmp_path) == ()


def test_links_are_not_followed(sd_folder, tmp_path):
    (tmp_path / "link").symlink_to(sd_folder, target_is_directory=True)
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert find_image_weights([tmp_path], hub_cache=tmp_path / "none") == ()


def test_looking_imports_neither_torch_nor_a_library_that_does(sd_folder, vits_folder):
    code = (
        "import sys; from pathlib import Path; from raypipe.gpu import gpu_summary;"
        "from raypipe.weights import find_image_weights, find_speech_weights;"
        f"none = Path('/nonexistent'); a = find_image_weights([Path({str(sd_folder.parent)!r})],"
        "hub_cache=none);"
        f"b = find_speech_weights(roots=[Path({str(vits_folder.parent)!r})], cache_dir=none,"
        "hub_cache=none);"
        "gpu_summary(); assert a and b;"
        "heavy = {'torch', 'diffusers', 'transformers', 'TTS', 'numpy', 'cv2'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_gpu_summary_agrees_with_torch():
    import torch

    summary = gpu_summary()
    assert summary.torch_version == torch.__version__
    assert summary.torch_cuda == torch.version.cuda
    assert summary.usable == torch.cuda.is_available()
    assert len(summary.gpus) >= torch.cuda.device_count()
    if not summary.usable:
        assert summary.obstacle


@pytest.mark.gpu
def test_a_gpu_is_named_with_its_memory():
    import torch

    gpu = gpu_summary().gpus[0]
    assert gpu.name == torch.cuda.get_device_name(0)
    assert abs(gpu.memory_bytes - torch.cuda.mem_get_info(0)[1]) < 2 << 30
    assert 0 < gpu.free_bytes <= gpu.memory_bytes
