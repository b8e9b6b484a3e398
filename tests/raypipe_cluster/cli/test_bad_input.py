"""Bad input from the command line: one clear message, the right code, nothing half-written."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass

import pytest

RAYPIPE = (sys.executable, "-m", "raypipe_cluster.cli.main")
GOOD = {
    "story_id": "lantern",
    "title": "The Lantern",
    "content": "Mara found a lantern on the beach. The light was green. She followed it home.",
}


def story(**metadata):
    return json.dumps({**GOOD, "metadata": metadata})


BAD_STORIES = {
    "empty.json": ("", "the file is empty"),
    "empty.md": ("", "the file is empty"),
    "blank.txt": (" \n\t\n", "the file is empty"),
    "truncated.json": (json.dumps(GOOD)[:50], "line 1 column"),
    "list.json": ("[1, 2]", "a list of 2"),
    "bytes.json": (bytes(range(128, 256)), "UTF-8"),
    "text_for_number.json": (story(target_duration="long"), "target_duration: expected a number"),
    "nan.json": (story(target_duration=float("nan")), "target_duration: expected a finite"),
    "infinite.json": (story(target_duration=float("inf")), "target_duration: expected a finite"),
    "negative.json": (story(target_duration=-5), "got -5"),
    "aspect.json": (story(aspect_ratio="3:7"), 'got "3:7"'),
    "unknown.json": (story(aspect_ration="9:16"), "aspect_ratio?"),
    "path.json": (json.dumps({**GOOD, "story_id": "../../etc/x"}), 'got "../../etc/x"'),
    "untitled.json": (json.dumps({**GOOD, "title": ""}), "title"),
    "music.json": (story(music="nowhere.mp3"), "'nowhere.mp3'"),
    "large.txt": ("Word and more. " * 3_500_000, "52.5 MB"),
}


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


def check_refusal(ran, home, *, code=2):
    """Hold a run against what every refusal must be."""
    assert ran.code == code
    assert ran.out == ""
    assert "Traceback" not in ran.err
    assert "internal error" not in ran.err
    (problem, remedy) = [line for line in ran.err.splitlines() if " s  start" not in line]
    assert problem.startswith("raypipe: error: ")
    assert remedy.startswith("  ")
    assert len(remedy) > len("  Retry.")
    assert len(problem) < 300
    assert not [path for path in (home / "videos").rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", BAD_STORIES)
@pytest.mark.parametrize("command", ["render", "plan"])
def test_a_bad_story_is_refused(run, home, command, name):
    content, named = BAD_STORIES[name]
    if (command, name) == ("plan", "music.json"):
        pytest.skip("a plan may name music that only the render machine has")
    (home / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    ran = run(command, name)
    check_refusal(ran, home)
    assert named in ran.err
    assert name == "music.json" or ran.err.startswith(f"raypipe: error: {name}")


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (["--aspect", "2:3"], "got '2:3'"),
        (["--duration", "nan"], "got 'nan'"),
        (["--duration=-5"], "--duration: expected at least 5, got '-5'"),
        (["--set", "video.target_duration=3"], "video.target_duration: expected at least 5"),
        (["--fps", "25"], "24 or 30"),
        (["--language", "German"], "--language: expected a language tag, got 'German'"),
        (["--set", "video.caption_colour=red"], "expected a colour as #rrggbb, got 'red'"),
        (["--quality", "best"], "'draft', 'standard' or 'high'"),
        (["--images", "dalle"], "got 'dalle'"),
        (["--speech", "festival"], "got 'festival'"),
        (["--speech", "piper:nobody"], "has the voices joe, got 'nobody'"),
        (["--speech", "espeak:en+nobody"], "got 'nobody'"),
        (["--encoder", "x265"], "got 'x265'"),
        (["--music", "nowhere.wav"], "'nowhere.wav'"),
        (["--config", "nowhere.yaml"], "nowhere.yaml"),
        (["--set", "video.bitrate=5"], "video.max_bitrate"),
        (["--set", "storage.cache_url=ftp://host/cache"], "ftp://host/cache"),
        (["--out", "story.json"], "story.json"),
    ],
)
def test_a_bad_flag_is_refused(run, home, ray_cluster, flags, named):
    assert ray_cluster
    (home / "story.json").write_text(json.dumps(GOOD))
    ran = run("render", "story.json", *flags)
    check_refusal(ran, home)
    assert named in ran.err


@pytest.mark.parametrize(("name", "named"), [("nowhere.json", "no such file"), (".", "a folder")])
def test_a_story_that_is_no_file_is_refused(run, home, name, named):
    ran = run("render", name)
    check_refusal(ran, home)
    assert named in ran.err


@pytest.mark.parametrize("out", ["afile/sheet.jpg", "/proc/sheet.jpg"])
def test_a_storyboard_that_cannot_be_written_is_refused_before_anything_is_drawn(run, home, out):
    (home / "afile").write_text("no folder")
    (home / "story.json").write_text(json.dumps(GOOD))
    ran = run("storyboard", "story.json", "--out", out)
    check_refusal(ran, home)
    assert "image" not in ran.err
    assert out.rpartition("/")[0] in ran.err


@pytest.mark.parametrize(
    ("address", "code", "named"),
    [("http://head:8265", 2, "HOST:PORT"), ("localhost:1", 1, "nothing answers at localhost:1")],
)
def test_an_address_where_no_cluster_is_is_told_at_once(home, address, code, named):
    # In a process of its own: the one that runs the tests is connected to a cluster already.
    (home / "story.json").write_text(json.dumps(GOOD))
    ran = subprocess.run(
        [*RAYPIPE, "render", "story.json", "-q", "--address", address],
        cwd=home,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    check_refusal(Ran(ran.returncode, ran.stdout, ran.stderr), home, code=code)
    assert named in ran.stderr


def test_an_output_folder_that_may_not_be_written_is_refused(home):
    closed = home / "closed"
    closed.mkdir(mode=0o555)
    (home / "story.json").write_text(json.dumps(GOOD))
    if os.access(closed, os.W_OK):
        pytest.skip("this user may write everywhere (root)")
    ran = subprocess.run(
        [*RAYPIPE, "render", "story.json", "--out", closed],
        cwd=home,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 2
    assert str(closed) in ran.stderr
    assert list(closed.iterdir()) == []


@pytest.mark.parametrize("arguments", [["plan", "--json"], ["plan"], ["config", "show"]])
def test_a_full_disk_under_the_output_is_told(arguments, pytestconfig):
    story = ["examples/lost_artifact.json"] if arguments[0] == "plan" else []
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        ran = subprocess.run(
            [*RAYPIPE, *arguments, *story],
            cwd=pytestconfig.rootpath,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert ran.returncode == 1
    assert "no space left" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert "Exception ignored" not in ran.stderr
