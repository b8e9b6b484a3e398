from __future__ import annotations

import json
import shutil

import pytest

from raypipe.errors import EngineUnavailableError
from raypipe.speech.coqui_checkpoint import open_checkpoint, published_models


@pytest.fixture
def copy(vits_folder, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(vits_folder, folder)
    return folder


@pytest.fixture
def cache_dir(vits_folder, tmp_path):
    """A folder of downloads as Coqui's model manager keeps it."""
    folder = tmp_path / "tts" / "tts_models--de--css10--vits-neon"
    shutil.copytree(vits_folder, folder)
    change(folder, languages=[])
    return tmp_path / "tts"


def refusal(folder) -> EngineUnavailableError:
    with pytest.raises(EngineUnavailableError) as caught:
        open_checkpoint(str(folder))
    return caught.value


def change(folder, **fields):
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def test_a_whole_folder_is_opened(vits_folder):
    checkpoint = open_checkpoint(str(vits_folder))
    assert checkpoint.architecture == "vits"
    assert checkpoint.weights.name == "model_file.pth"
    assert checkpoint.vocoder is None
    assert checkpoint.size_bytes > 100_000


@pytest.mark.parametrize("name", ["tts_models/de/css10/vits-neon", "de/css10/vits-neon"])
def test_a_voice_of_coquis_list_is_found_where_coqui_keeps_it(cache_dir, name):
    checkpoint = open_checkpoint(name, cache_dir=cache_dir)
    assert checkpoint.folder.parent == cache_dir
    assert checkpoint.languages == ("de",)  # by its name, for its configuration says nothing


def test_a_voice_that_is_not_there_says_how_to_get_it(cache_dir, tmp_path):
    with pytest.raises(EngineUnavailableError) as caught:
        open_checkpoint("en/ljspeech/vits", cache_dir=cache_dir)
    assert str(cache_dir) in caught.value.problem
    assert "tts --model_name tts_models/en/ljspeech/vits" in caught.value.remedy
    with pytest.raises(EngineUnavailableError) as caught:
        open_checkpoint("multilingual/multi-dataset/xtts_v2", hub_cache=tmp_path)
    assert "XTTS-v2 is not in" in caught.value.problem
    assert caught.value.remedy.startswith("if you accept its licence, CPML, download it")


def test_a_spectrogram_voice_needs_its_vocoder_too(cache_dir, vits_folder):
    shutil.copytree(vits_folder, cache_dir / "tts_models--en--ljspeech--glow-tts")
    with pytest.raises(EngineUnavailableError) as caught:
        open_checkpoint("en/ljspeech/glow-tts", cache_dir=cache_dir)
    assert "vocoder_models/en/ljspeech/multiband-melgan" in caught.value.problem


def test_a_misspelt_name_is_answered_with_near_ones():
    with pytest.raises(EngineUnavailableError) as caught:
        open_checkpoint("en/ljspeach/vits")
    assert "choose en/ljspeech/vits" in caught.value.remedy


def test_coquis_list_is_read_from_its_package():
    models = published_models()
    assert models["tts_models/en/ljspeech/vits"]["license"] == "apache 2.0"
    assert models["tts_models/multilingual/multi-dataset/xtts_v2"]["tos_required"]


def test_an_empty_folder_is_told(tmp_path):
    assert f"expected {tmp_path / 'config.json'}" in refusal(tmp_path).problem


def test_missing_weights_are_told(copy):
    (copy / "model_file.pth").unlink()
    error = refusal(copy)
    assert "model_file.pth" in error.problem
    assert "found none" in error.problem


def test_cut_off_weights_are_told(copy):
    path = copy / "model_file.pth"
    path.write_bytes(path.read_bytes()[:-5000])
    assert "half there" in refusal(copy).problem
    path.write_text("<html>not found</html>")
    assert "something else" in refusal(copy).problem


def test_the_last_checkpoint_of_a_training_is_taken(copy):
    path = copy / "model_file.pth"
    for name in ("checkpoint_900.pth", "checkpoint_10000.pth"):
        shutil.copy(path, copy / name)
    path.unlink()
    assert open_checkpoint(str(copy)).weights.name == "checkpoint_10000.pth"


@pytest.mark.parametrize("kind", ["bark", "tortoise", "nonsense", ""])
def test_kinds_that_do_not_load_safely_are_refused(copy, kind):
    change(copy, model=kind)
    error = refusal(copy)
    assert "loads safely" in error.problem
    assert "vits" in error.remedy


def test_code_in_a_configuration_is_never_imported(copy):
    config = json.loads((copy / "config.json").read_text())
    change(copy, characters={**config["characters"], "characters_class": "antigravity.Fly"})
    assert "antigravity.Fly, which is never run" in refusal(copy).problem


def test_a_voice_that_needs_espeak_says_so_where_it_is_not_installed(copy, monkeypatch, tmp_path):
    change(copy, use_phonemes=True, phonemizer="espeak")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "apt-get install espeak-ng" in refusal(copy).remedy


def test_an_xtts_folder_without_its_vocabulary_is_told(copy):
    change(copy, model="xtts")
    assert "vocab.json" in refusal(copy).problem


def test_paths_of_the_training_machine_are_replaced(copy):
    (copy / "speakers.pth").write_bytes(b"PK")
    config = json.loads((copy / "config.json").read_text())
    change(
        copy,
        d_vector_file=["s3://bucket/speakers.pth"],
        language_ids_file="https://example.org/language_ids.json",
        audio={**config["audio"], "stats_path": "/home/trainer/scale_stats.npy"},
    )
    checkpoint = open_checkpoint(str(copy))
    assert checkpoint.config["d_vector_file"] == [str(copy / "speakers.pth")]
    assert checkpoint.config["language_ids_file"] is None
    assert checkpoint.config["audio"]["stats_path"] is None


def test_the_revision_does_not_depend_on_the_folder(copy, vits_folder):
    (copy / "notes.txt").write_text("nothing that is heard")
    assert open_checkpoint(str(copy)).revision == open_checkpoint(str(vits_folder)).revision
