"""A story watched while it is rendered, and previewed; on the shared Ray."""

import asyncio
import json
import subprocess
import sys
from itertools import chain, pairwise
from pathlib import Path

import av
import pytest

from raypipe.errors import InputError
from raypipe.settings import load_settings
from raypipe_actors import pipeline
from raypipe_cluster import app
from raypipe_cluster.session import RaySession

STORY = (
    "The Lantern\n\n"
    "Mara found a lantern half buried in the sand of the beach. "
    "That night she carried it through the dark forest to the old ship. "
    "Nobody saw her again until spring."
)


@pytest.fixture(scope="module")
def story(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("story") / "lantern.txt"
    path.write_text(STORY)
    return path


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    values = {
        "storage.cache_url": f"file://{tmp_path_factory.mktemp('cache')}",
        "video.quality": "draft",
        "video.target_duration": 12,
        "video.aspect_ratio": "1:1",
    }
    return load_settings(values, env={}, file=None).settings


def listed(playlist: Path) -> list[str]:
    return [line for line in playlist.read_text().splitlines() if line and line[0] != "#"]


@pytest.fixture(scope="module")
def watched(story, settings, ray_cluster, tmp_path_factory):
    """A live render: its outcome, and the picture's playlist as it grew."""
    folder, seen, told = tmp_path_factory.mktemp("watched"), [], []

    def look(event) -> None:
        if event.stage == "live":
            told.append(Path(event.detail))
        seen.extend(path.read_text() for path in folder.glob("*.live/video.m3u8"))

    outcome = app.render(
        story, settings=settings, out_dir=folder, address=ray_cluster, live=True, on_event=look
    )
    return outcome, told, seen


def test_the_playlist_grows_at_its_end_and_is_complete_at_last(watched):
    outcome, told, seen = watched
    assert told == [outcome.folder.with_name(f"{outcome.folder.name}.live") / "live.m3u8"]
    for before, after in pairwise(seen):
        assert after.startswith(before.removesuffix("#EXT-X-ENDLIST\n"))
    assert len(seen[0]) < len(seen[-1]), "something could be watched before the rest was there"
    assert "#EXT-X-ENDLIST" not in seen[0]
    assert seen[-1].endswith("#EXT-X-ENDLIST\n")


def test_what_was_shown_is_the_finished_video(watched):
    outcome, told, _ = watched
    folder = told[0].parent
    parts = chain(["video_init.mp4"], listed(folder / "video.m3u8"))
    whole = folder.with_suffix(".mp4")
    whole.write_bytes(b"".join((folder / part).read_bytes() for part in parts))
    with av.open(str(whole)) as shown, av.open(str(outcome.video)) as video:
        for one, other in zip(shown.decode(video=0), video.decode(video=0), strict=True):
            assert one.time == pytest.approx(other.time)
            assert (one.to_ndarray() == other.to_ndarray()).all()


def test_a_preview_is_small_whole_and_made_of_what_the_video_is_made_of(
    watched, story, settings, ray_cluster, tmp_path
):
    events = []
    outcome = app.render(
        story,
        settings=settings,
        out_dir=tmp_path,
        address=ray_cluster,
        preview=True,
        on_event=events.append,
    )
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".mp4"}
    assert outcome.video == tmp_path / "the-lantern_lantern_preview.mp4"
    assert outcome.preview
    report = json.loads(outcome.video.with_suffix(".json").read_text())
    assert report["preview"]
    assert {(check["stage"], check["ok"]) for check in report["checks"]} == {
        (stage, None) for stage in ("story", "assets", "composition", "rendering", "post")
    }
    assert len(report["scenes"]) == len({e.scene_id for e in events if e.scene_id})
    made = {event.stage for event in events if event.state == "done" and event.scene_id}
    assert made == {"render"}, "pictures and narration were found"
    assert ("sound", "cached") in {(event.stage, event.state) for event in events}
    with av.open(str(outcome.video)) as container:
        stream = container.streams.video[0]
        frames = sum(1 for _ in container.decode(stream))
        assert (stream.width, stream.height, stream.average_rate) == (270, 270, 15)
        assert frames / 15 == watched[0].duration_s
        assert container.streams.audio


def test_a_preview_of_what_is_kept_starts_no_ray(watched, story, settings, monkeypatch, tmp_path):
    monkeypatch.setattr(RaySession, "connect", lambda _: pytest.fail("Ray was asked for"))
    outcome = app.render(story, settings=settings, out_dir=tmp_path, preview=True)
    assert outcome.duration_s == watched[0].duration_s


def test_a_preview_from_nothing_starts_no_ray_and_its_video_makes_nothing_anew(
    story, settings, ray_cluster, monkeypatch, tmp_path
):
    fresh = settings.model_copy(
        update={
            "storage": settings.storage.model_copy(update={"cache_url": f"file://{tmp_path}/store"})
        }
    )
    with monkeypatch.context() as patch:
        patch.setattr(RaySession, "connect", lambda _: pytest.fail("Ray was asked for"))
        events = []
        previewed = app.render(
            story, settings=fresh, out_dir=tmp_path, preview=True, on_event=events.append
        )
    made = {(event.stage, event.state) for event in events}
    assert {("image", "done"), ("speech", "done"), ("sound", "done")} <= made
    assert not {("image", "cached"), ("speech", "cached"), ("sound", "cached")} & made
    events = []
    rendered = app.render(
        story, settings=fresh, out_dir=tmp_path, address=ray_cluster, on_event=events.append
    )
    made = {(event.stage, event.state) for event in events}
    assert {("image", "cached"), ("speech", "cached"), ("sound", "cached")} <= made
    assert not {("image", "done"), ("speech", "done"), ("sound", "done")} & made
    assert previewed.duration_s == rendered.duration_s


def test_a_preview_of_embedded_engines_does_not_even_import_ray(story, tmp_path):
    code = f"""
import sys
from pathlib import Path

sys.modules["ray"] = None  # importing it fails
from raypipe.settings import load_settings
from raypipe_actors import pipeline
from raypipe_cluster import app

values = {{
    "storage.cache_url": "file://{tmp_path}/store",
    "video.target_duration": 12,
    "images.engine": "card",
    "tts.engine": "espeak:en",
}}
settings = load_settings(values, env={{}}, file=None).settings
outcome = app.render(
    Path({str(story)!r}), settings=settings, out_dir=Path({str(tmp_path)!r}), preview=True
)
print(outcome.status, outcome.video.stat().st_size > 10_000)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.stdout.strip(), ran.returncode) == ("clean True", 0), ran.stderr


def test_the_sound_of_a_preview_has_a_core_while_its_segments_are_filmed(
    story, settings, monkeypatch, tmp_path
):
    monkeypatch.setattr(pipeline, "core_turns", lambda: asyncio.Semaphore(1))
    fresh = settings.model_copy(
        update={
            "storage": settings.storage.model_copy(
                update={"cache_url": f"file://{tmp_path}/store"}
            ),
            "images": settings.images.model_copy(update={"engine": "card"}),
            "tts": settings.tts.model_copy(update={"engine": "espeak:en"}),
        }
    )
    told = []
    app.render(
        story,
        settings=fresh,
        out_dir=tmp_path,
        preview=True,
        on_event=lambda event: told.append((event.stage, event.state)),
    )
    assert told.index(("sound", "done")) < told.index(("render", "done"))


def test_a_preview_checks_its_folder_before_it_starts(story, settings, ray_cluster, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="--out"):
        app.render(
            story,
            settings=settings,
            out_dir=tmp_path / "file",
            address=ray_cluster,
            preview=True,
        )
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
