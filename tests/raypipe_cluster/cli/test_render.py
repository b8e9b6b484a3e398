"""``raypipe render`` and ``storyboard`` on the shared Ray, from flags to files."""

import json
from pathlib import Path

import av
import pytest
from PIL import Image

STORY = (
    "# The Lantern\n\n"
    "Mara found a lantern on the beach at dawn. The light in it was green and it never went out. "
    "She followed it to the old ship. Nobody saw her again until spring, when the ice broke."
)
QUICK = ("--quality", "draft", "--aspect", "1:1", "--duration", "12", "--music", "none")


@pytest.fixture
def story(home):
    path = home / "lantern.md"
    path.write_text(STORY)
    return path


def test_a_story_becomes_a_video_and_the_second_time_it_is_there_at_once(
    run, home, story, ray_cluster
):
    first = run("render", story, *QUICK, "--address", ray_cluster)
    assert first.code == 0
    (path,) = first.out.splitlines()
    with av.open(path) as video:
        assert video.streams.video[0].width == video.streams.video[0].height
        assert len(video.streams.audio) == 1
    assert path == str(next((home / "videos").glob("*/*.mp4")))
    for scene in ("scene_01", "scene_02", "scene_03"):
        assert f"{scene}: render done" in first.err
    assert "the-lantern_lantern" in first.err.splitlines()[-1] or "degraded" in first.err

    again = run("render", story, *QUICK, "--address", ray_cluster, "--json", "-q")
    told = json.loads(again.out)
    assert told["cached"]
    assert told["video"] == path
    assert told["size_bytes"] == Path(path).stat().st_size
    assert told["status"] in {"clean", "degraded"}
    assert bool(told["degraded"]) == (told["status"] == "degraded")
    assert "render" not in again.err


def test_a_language_that_nobody_speaks_is_degraded_and_strict_says_so(run, home, ray_cluster):
    told = {
        "story_id": "klingon",
        "title": "Klingon",
        "content": "Heghlu'meH QaQ jajvam. Qapla' batlh je. nuqneH tlhIngan maH.",
        "metadata": {"language": "tlh", "music": "none"},
    }
    (home / "klingon.json").write_text(json.dumps(told))
    flags = ("--quality", "draft", "--aspect", "1:1", "--duration", "8")
    ran = run("render", "klingon.json", *flags, "--address", ray_cluster, "--strict", "-q")
    assert ran.code == 3
    assert Path(ran.out.strip()).is_file()
    warnings = [line for line in ran.err.splitlines() if "degraded: " in line]
    assert any("speech" in line for line in warnings)
    assert "raypipe doctor" in ran.err


def test_a_storyboard_is_one_picture(run, home, story, ray_cluster):
    ran = run("storyboard", story, "--aspect", "1:1", "--address", ray_cluster, "--json")
    assert ran.code == 0
    sheet = json.loads(ran.out)["storyboard"]
    with Image.open(home / sheet) as picture:
        assert picture.format == "JPEG"
        assert picture.width > 400


def test_preview_and_live_exclude_each_other(run, story):
    ran = run("render", story, "--preview", "--live")
    assert ran.code == 2
    assert "give one" in ran.err
    assert "Traceback" not in ran.err
