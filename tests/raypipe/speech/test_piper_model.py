from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import onnx
import pytest

from raypipe.errors import EngineUnavailableError
from raypipe.speech import piper_model
from raypipe.speech.piper_engine import VOICES, read_voice
from raypipe.speech.piper_model import load_prepared, prepare


@pytest.fixture(scope="module")
def model() -> bytes:
    return read_voice(VOICES["joe"])[0]


def test_takes_noise_and_pace_and_gives_frames(model: bytes):
    graph = onnx.load_from_string(prepare(model)).graph
    assert {each.name for each in graph.input} >= {"duration_noise", "sound_noise", "pace"}
    assert [each.name for each in graph.output] == ["output", "frames"]
    assert not [node for node in graph.node if node.op_type == "RandomNormalLike"]


def test_preparing_twice_gives_the_same_bytes(model: bytes):
    assert prepare(model) == prepare(model)


def test_several_processes_may_prepare_at_once(tmp_path: Path):
    code = (
        "import hashlib, pathlib, sys\n"
        "from raypipe.speech.piper_engine import VOICES, read_voice\n"
        "from raypipe.speech.piper_model import load_prepared\n"
        "prepared = load_prepared(read_voice(VOICES['joe'])[0], pathlib.Path(sys.argv[1]))\n"
        "print(hashlib.sha256(prepared).hexdigest())\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    digests = {process.communicate(timeout=120)[0].strip() for process in running}
    (kept,) = tmp_path.iterdir()
    assert digests == {hashlib.sha256(kept.read_bytes()).hexdigest()}


def test_a_damaged_file_in_the_cache_is_made_again(
    model: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    prepared = load_prepared(model, tmp_path)
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(prepared[:1000])
    assert load_prepared(model, tmp_path) == prepared
    assert kept.read_bytes() == prepared
    assert "damaged" in caplog.text


def test_what_is_in_the_cache_is_used(
    model: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    prepared = load_prepared(model, tmp_path)
    monkeypatch.setattr(piper_model, "prepare", lambda _: pytest.fail("prepared again"))
    assert load_prepared(model, tmp_path) == prepared


def test_a_folder_that_cannot_be_written_only_costs_time(model: bytes, tmp_path: Path):
    occupied = tmp_path / "file"
    occupied.write_text("not a folder")
    assert load_prepared(model, occupied / "voices") == load_prepared(model, None)


def test_another_network_is_refused():
    helper = onnx.helper
    node = helper.make_node("Identity", ["a"], ["b"])
    info = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1]) for name in "ab"]
    other = helper.make_model(helper.make_graph([node], "other", info[:1], info[1:]))
    with pytest.raises(EngineUnavailableError, match="got 0 and 0"):
        prepare(other.SerializeToString())
