from __future__ import annotations

import json
import pickle
import shutil
import sys
from pathlib import Path

import pytest

from raypipe.errors import EngineUnavailableError
from raypipe.images.diffusion.checkpoint import find_folder, open_checkpoint, split_name

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def copy(sd_folder, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(sd_folder, folder)
    return folder


@pytest.fixture
def hub_cache(sd_folder, tmp_path):
    """A cache in the layout of huggingface_hub, with one model at one commit."""
    repository = tmp_path / "hub" / "models--someone--tiny-sd"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(COMMIT)
    shutil.copytree(sd_folder, repository / "snapshots" / COMMIT)
    return tmp_path / "hub"


def refusal(folder) -> EngineUnavailableError:
    with pytest.raises(EngineUnavailableError) as caught:
        open_checkpoint(str(folder))
    return caught.value


def test_a_whole_folder_is_opened_without_torch(sd_folder):
    checkpoint = open_checkpoint(str(sd_folder))
    assert checkpoint.pipeline == "StableDiffusionPipeline"
    assert checkpoint.family.name == "sd1"
    assert checkpoint.family.side_px == 64
    assert checkpoint.variant is None
    assert set(checkpoint.tensors) == {"unet", "vae", "text_encoder"}
    assert 300_000 < checkpoint.size_bytes < 700_000
    code = Path(sys.modules["raypipe.images.diffusion.checkpoint"].__file__).read_text()
    assert "import torch" not in code


def test_a_hub_id_is_found_in_the_cache_at_its_commit(hub_cache):
    for name in ("someone/tiny-sd", "someone/tiny-sd@main", f"someone/tiny-sd@{COMMIT}"):
        checkpoint = open_checkpoint(name, hub_cache=hub_cache)
        assert checkpoint.revision == COMMIT
        assert checkpoint.folder.name == COMMIT


def test_a_hub_id_that_is_not_there_says_how_to_get_it(hub_cache):
    with pytest.raises(EngineUnavailableError) as caught:
        open_checkpoint("someone/other@v2", hub_cache=hub_cache)
    assert str(hub_cache) in caught.value.problem
    assert caught.value.remedy == "download it with: hf download someone/other --revision v2"
    with pytest.raises(EngineUnavailableError, match="at revision v2 is not in"):
        open_checkpoint("someone/tiny-sd@v2", hub_cache=hub_cache)


def test_the_remedy_for_a_damaged_download_is_to_download_it_again(hub_cache):
    (path,) = hub_cache.glob("*/snapshots/*/unet/*.safetensors")
    path.unlink()
    with pytest.raises(EngineUnavailableError, match="half there: none in") as caught:
        open_checkpoint("someone/tiny-sd", hub_cache=hub_cache)
    assert caught.value.remedy == "download it with: hf download someone/tiny-sd"


@pytest.mark.parametrize("name", ["/no/such/folder", "../up/there", "plain-word", "a/b/c"])
def test_what_is_neither_folder_nor_hub_id_is_told(name):
    with pytest.raises(EngineUnavailableError, match="found neither at"):
        find_folder(name)


def test_a_folder_with_an_at_sign_is_a_folder(tmp_path):
    folder = tmp_path / "model@home"
    folder.mkdir()
    assert split_name(str(folder)) == (str(folder), None)
    assert split_name("owner/model@v1") == ("owner/model", "v1")


def test_a_folder_without_an_index_is_told(tmp_path):
    error = refusal(tmp_path)
    assert str(tmp_path / "model_index.json") in error.problem
    assert "copy the folder" in error.remedy


def test_a_cut_off_file_is_told_with_its_sizes(copy):
    path = copy / "unet" / "diffusion_pytorch_model.safetensors"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1000])
    assert f"has {len(whole) - 1000} bytes where {len(whole)} belong" in refusal(copy).problem
    path.write_bytes(whole[:500])
    assert "ends inside its header" in refusal(copy).problem
    path.write_bytes(b"")
    assert "has 0 bytes" in refusal(copy).problem


def test_something_else_under_the_name_of_weights_is_told(copy):
    path = copy / "vae" / "diffusion_pytorch_model.safetensors"
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 7\n")
    assert "does not begin with a safetensors header" in refusal(copy).problem
    path.write_bytes((8).to_bytes(8, "little") + b"not json")
    assert "unreadable safetensors header" in refusal(copy).problem


def test_a_missing_shard_is_named(copy):
    folder = copy / "unet"
    (folder / "diffusion_pytorch_model.safetensors").rename(
        folder / "diffusion_pytorch_model-00001-of-00002.safetensors"
    )
    shards = [f"diffusion_pytorch_model-0000{place}-of-00002.safetensors" for place in (1, 2)]
    index = {"metadata": {}, "weight_map": {"a": shards[0], "b": shards[1]}}
    (folder / "diffusion_pytorch_model.safetensors.index.json").write_text(json.dumps(index))
    error = refusal(copy)
    assert f"{shards[1]} is missing" in error.problem


def test_a_pickle_is_refused_and_never_opened(copy):
    folder = copy / "text_encoder"
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps({"a": 1}))
    error = refusal(copy)
    assert "only the pickle" in error.problem
    assert "save_pretrained" in error.remedy


def test_a_missing_configuration_is_named(copy):
    (copy / "vae" / "config.json").unlink()
    assert str(copy / "vae" / "config.json") in refusal(copy).problem


@pytest.mark.parametrize("text", ["{", "[1]", "\xff"])
def test_an_unreadable_index_is_told(copy, text):
    (copy / "model_index.json").write_text(text)
    assert "JSON" in refusal(copy).problem


def test_code_in_a_checkpoint_is_never_run(copy):
    index = json.loads((copy / "model_index.json").read_text())
    (copy / "unet" / "mine.py").write_text("raise SystemExit")
    (copy / "model_index.json").write_text(json.dumps({**index, "unet": ["mine", "Model"]}))
    assert "brings its own code" in refusal(copy).problem
    (copy / "model_index.json").write_text(json.dumps({**index, "_class_name": ["mine", "Pipe"]}))
    assert "which is never run" in refusal(copy).problem
    (copy / "model_index.json").write_text(json.dumps({**index, "unet": ["../up", "Model"]}))
    assert "brings its own code" in refusal(copy).problem


def test_weights_in_half_precision_only_are_taken_as_such(copy):
    for component, name in [
        ("unet", "diffusion_pytorch_model"),
        ("vae", "diffusion_pytorch_model"),
        ("text_encoder", "model"),
    ]:
        path = copy / component / f"{name}.safetensors"
        path.rename(path.with_name(f"{name}.fp16.safetensors"))
    assert open_checkpoint(str(copy)).variant == "fp16"


def test_a_half_precision_copy_beside_the_full_one_is_left_alone(copy, sd_folder):
    path = copy / "unet" / "diffusion_pytorch_model.safetensors"
    shutil.copy(path, path.with_name("diffusion_pytorch_model.fp16.safetensors"))
    checkpoint = open_checkpoint(str(copy))
    assert checkpoint.variant is None
    assert checkpoint.size_bytes == open_checkpoint(str(sd_folder)).size_bytes
