"""``raypipe doctor``: what is here, tried; and what is missing, with what brings it."""

import json
import subprocess
import sys

import pytest

from raypipe.encode.probe import choose_encoder
from raypipe.settings import Settings
from raypipe_cluster.doctor import Diagnosis, Finding, examine_machine

RAYPIPE = (sys.executable, "-m", "raypipe_cluster.cli.main")
WITHOUT = """
import importlib.abc, sys
class Blocker(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] in {names!r}:
            raise ModuleNotFoundError('No module named ' + name, name=name)
sys.meta_path.insert(0, Blocker())
from raypipe_cluster.cli.main import main
main({arguments!r})
"""


def find(told, name):
    return next(f for f in told["findings"] if f["name"] == name)


def test_everything_that_rendering_needs_is_here(run):
    ran = run("doctor", "--json")
    assert (ran.code, ran.err) == (0, "")
    told = json.loads(ran.out)
    assert told["can_render"]
    assert find(told, "encoder")["value"] == choose_encoder("auto").name
    assert find(told, "speech, en")["value"].startswith("piper:")
    assert find(told, "images")["value"] == "storybook"
    assert "Arabic" in find(told, "fonts")["value"]
    assert find(told, "cluster")["value"] == "none running"


def test_the_page_says_the_same_for_reading(run):
    ran = run("doctor")
    assert ran.code == 0
    assert "storybook" in ran.out
    assert "not h264_nvenc: " in ran.out or "h264_nvenc" in ran.out
    assert ran.out.rstrip().endswith("This machine can render stories.")


def test_a_client_is_told_which_extra_it_lacks(tmp_path, pytestconfig):
    blocked = ("PIL", "av", "cv2", "numpy", "onnx", "piper", "uharfbuzz")
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT.format(names=blocked, arguments=["doctor", "--json"])],
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        cwd=pytestconfig.rootpath,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (1, "")
    told = json.loads(ran.stdout)
    assert not told["can_render"]
    for name in ("encoder", "images", "fonts"):
        assert find(told, name)["verdict"] == "missing"
        assert find(told, name)["remedy"] == "pip install 'raypipe[render]'"
    assert find(told, "speech, en")["remedy"] == "pip install 'raypipe[local]'"


def test_an_engine_that_is_not_here_is_a_reason_not_to_render(run, tmp_path):
    ran = run("doctor", "--images", f"diffusers:{tmp_path / 'no-such-model'}", "--json")
    assert ran.code == 1
    images = find(json.loads(ran.out), "images")
    assert images["verdict"] == "missing"
    assert images["remedy"]


def test_each_voice_of_the_cast_is_looked_for(run, tmp_path):
    cast = f"Elena=espeak:+f3,wolf=f99,old man=coqui:{tmp_path / 'no-such-voice'}"
    ran = run("doctor", "--speech", "espeak", "--set", f"tts.cast={cast}", "--json")
    told = json.loads(ran.out)
    assert told["can_render"]
    assert find(told, "cast, Elena")["verdict"] == "ok"
    for who, problem in (("wolf", "f99"), ("old man", "no-such-voice")):
        found = find(told, f"cast, {who}")
        assert found["verdict"] == "missing"
        assert problem in found["why"]
        assert found["remedy"]


def test_an_output_folder_that_cannot_be_written_is_found(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    settings = Settings(storage={"output_dir": file / "videos"})
    findings = {f.name: f for f in examine_machine(settings)}
    assert findings["output folder"].verdict == "missing"
    assert findings["output folder"].needed
    assert findings["cores"].value != "0"


def test_a_cluster_that_was_named_must_answer(home):
    # In a process of its own: the one that runs the tests may be connected to a cluster already.
    ran = subprocess.run(
        [*RAYPIPE, "doctor", "--json", "--address", "127.0.0.1:1"],
        cwd=home,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 1
    assert find(json.loads(ran.stdout), "cluster")["verdict"] == "missing"


@pytest.mark.parametrize(("needed", "can"), [(True, False), (False, True)])
def test_only_what_is_needed_decides(needed, can):
    finding = Finding("t", "n", "missing", "none", needed=needed)
    assert Diagnosis((finding,)).can_render is can


def test_models_on_this_machine_are_listed_with_what_is_wrong(run, tmp_path):
    model = tmp_path / "models" / "half-a-model"
    model.mkdir(parents=True)
    (model / "model_index.json").write_text("{")
    ran = run("doctor", "--json", "--set", f"storage.models_dirs={tmp_path / 'models'}")
    found = [f for f in json.loads(ran.out)["findings"] if f["topic"] == "models"]
    broken, *others = found
    assert (broken["value"], broken["verdict"]) == (f"diffusers:{model}", "warning")
    assert [(each["value"], each["verdict"]) for each in others] == [
        ("no diffusion model", "note"), ("no Coqui voice", "note")
    ]  # fmt: skip
    assert all("download" in each["remedy"] for each in others)
    assert found[0]["remedy"]
    assert ran.code == 0
