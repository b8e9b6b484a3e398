from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from raypipe.errors import EngineUnavailableError
from raypipe.speech import piper_engine, piper_model
from raypipe.speech.engine import SpeechRequest
from raypipe.speech.piper_engine import VOICES, PiperEngine, read_voice
from raypipe.speech.piper_model import default_cache_dir, load_prepared, optimise, prepare


@pytest.fixture(scope="module")
def model() -> bytes:
    return read_voice(VOICES["joe"])[0]


@pytest.fixture(scope="module")
def prepared(model: bytes) -> bytes:
    return prepare(model)


@pytest.fixture
def count(prepared: bytes, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Prepare at once, what was prepared before; one entry for each time."""
    times: list[int] = []

    def prepare_again(model: bytes) -> bytes:
        times.append(len(model))
        return prepared

    monkeypatch.setattr(piper_model, "prepare", prepare_again)
    return times


def test_takes_noise_and_pace_and_gives_frames(prepared: bytes):
    graph = onnx.load_from_string(prepared).graph
    assert {each.name for each in graph.input} >= {"duration_noise", "sound_noise", "pace"}
    assert [each.name for each in graph.output] == ["output", "frames"]
    assert not [node for node in graph.node if node.op_type == "RandomNormalLike"]


def test_preparing_twice_gives_the_same_bytes(model: bytes, prepared: bytes):
    assert prepare(model) == prepared


def test_several_processes_may_prepare_at_once(tmp_path: Path):
    code = (
        "import hashlib, pathlib, sys\n"
        "from raypipe.speech.piper_engine import VOICES, read_voice\n"
        "from raypipe.speech.piper_model import load_prepared\n"
        "prepared = load_prepared(read_voice(VOICES['joe'])[0], pathlib.Path(sys.argv[1]))\n"
        "print(hashlib.sha256(prepared).hexdigest())\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    digests = {process.communicate(timeout=120)[0].strip() for process in running}
    (kept,) = tmp_path.iterdir()
    assert digests == {hashlib.sha256(kept.read_bytes()).hexdigest()}


def test_a_damaged_file_in_the_cache_is_made_again(
    model: bytes, tmp_path: Path, count: list[int], caplog: pytest.LogCaptureFixture
):
    prepared = load_prepared(model, tmp_path)
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(prepared[:1000])
    assert load_prepared(model, tmp_path) == prepared
    assert kept.read_bytes() == prepared
    assert len(count) == 2
    assert "damaged" in caplog.text


def test_what_is_in_the_cache_is_used(model: bytes, tmp_path: Path, count: list[int]):
    assert load_prepared(model, tmp_path) == load_prepared(model, tmp_path)
    assert len(count) == 1


def test_another_voice_has_a_file_of_its_own(model: bytes, tmp_path: Path, count: list[int]):
    load_prepared(model, tmp_path)
    load_prepared(model + b"\0", tmp_path)
    assert len(count) == 2
    assert len(list(tmp_path.iterdir())) == 2


def test_a_folder_that_cannot_be_written_only_costs_time(
    model: bytes, prepared: bytes, tmp_path: Path, count: list[int]
):
    occupied = tmp_path / "file"
    occupied.write_text("not a folder")
    assert load_prepared(model, occupied / "voices") == optimise(prepared, onnxruntime)
    assert load_prepared(model, None) == prepared
    assert len(count) == 2


def test_what_is_kept_is_optimised_and_gives_the_same_sound(
    model: bytes, prepared: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    request = SpeechRequest("The lamp is lit.", seed=3)
    kept = PiperEngine(cache_dir=tmp_path).synthesize(request)
    graph = onnx.load_from_string(load_prepared(model, tmp_path)).graph
    assert {"FusedConv", "FusedMatMul"} <= {node.op_type for node in graph.node}
    monkeypatch.setattr(piper_engine, "load_prepared", lambda *_: prepared)
    assert np.array_equal(PiperEngine().synthesize(request).samples, kept.samples)


def test_without_room_for_a_file_the_network_stays_as_it_is(
    prepared: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    assert optimise(prepared, onnxruntime) == prepared


def test_another_network_is_refused():
    helper = onnx.helper
    node = helper.make_node("Identity", ["a"], ["b"])
    info = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1]) for name in "ab"]
    other = helper.make_model(helper.make_graph([node], "other", info[:1], info[1:]))
    with pytest.raises(EngineUnavailableError, match="got 0 and 0"):
        prepare(other.SerializeToString())


def test_voices_are_kept_beside_the_store_or_in_a_private_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert default_cache_dir() == tmp_path / "cache" / "raypipe-voices"
    (tmp_path / "occupied").write_text("not a folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "occupied"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    private = default_cache_dir()
    assert private is not None
    assert private.parent == tmp_path
    assert private.stat().st_mode & 0o077 == 0
    private.rmdir()
    private.symlink_to(tmp_path / "cache")
    assert default_cache_dir() is None
