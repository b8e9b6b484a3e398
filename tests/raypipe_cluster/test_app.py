"""Whole stories on the shared Ray: rendered, judged by decoding, killed, cached."""

import json
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import numpy as np
import psutil
import pytest

from raypipe.errors import InputError, MediaError, VoiceError
from raypipe.post.sidecars import parse_srt, parse_vtt
from raypipe.settings import load_settings
from raypipe.speech.engine import Speech
from raypipe_cluster import app, running
from raypipe_cluster.overrides import Overrides
from raypipe_cluster.session import RaySession

STORY = (
    "The Lantern\n\n"
    "Mara found a lantern half buried in the sand of the beach. Its light was as green and cold "
    "as the glass of the sea. That night she carried it through the dark forest to the old ship. "
    "Nobody saw her again until spring."
)


def settings_for(folder: Path, **flags):
    values = {
        "storage.cache_url": f"file://{folder}/cache",
        "video.quality": "draft",
        "video.target_duration": 15,
        "video.aspect_ratio": "1:1",
        **flags,
    }
    return load_settings(values, env={}, file=None).settings


@pytest.fixture(scope="module")
def story(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("story") / "lantern.txt"
    path.write_text(STORY)
    return path


@pytest.fixture(scope="module")
def rendered(story, ray_cluster, tmp_path_factory):
    """One render that several tests look at: (outcome, events, folder of cache and output)."""
    folder = tmp_path_factory.mktemp("rendered")
    events = []
    outcome = app.render(
        story,
        settings=settings_for(folder),
        out_dir=folder / "out",
        address=ray_cluster,
        on_event=events.append,
    )
    return outcome, events, folder


def test_the_folder_holds_what_is_promised(rendered):
    outcome, _, folder = rendered
    assert outcome.folder == folder / "out" / "the-lantern_lantern"
    names = {path.name for path in outcome.folder.iterdir()}
    assert names == {
        "the-lantern_lantern.mp4",
        "the-lantern_thumb.jpg",
        "thumb_youtube.jpg",
        "thumb_instagram.jpg",
        "thumb_tiktok.jpg",
        "metadata.json",
        "captions.srt",
        "captions.vtt",
        "storyboard.jpg",
        "plan.json",
        "report.json",
    }
    assert [path.name for path in (folder / "out").iterdir()] == ["the-lantern_lantern"]


def test_the_video_decodes_to_what_the_report_says(rendered):
    outcome, _, _ = rendered
    with av.open(str(outcome.video)) as container:
        frames = sum(1 for _ in container.decode(video=0))
    with av.open(str(outcome.video)) as container:
        sound = np.concatenate([f.to_ndarray() for f in container.decode(audio=0)], axis=1)
    assert frames == round(outcome.duration_s * 30)
    assert abs(sound.shape[1] / 48_000 - outcome.duration_s) < 0.055
    assert 0.05 < float(np.abs(sound).max()) <= 1.0


def test_every_check_was_made_and_held(rendered):
    outcome, _, _ = rendered
    report = json.loads((outcome.folder / "report.json").read_text())
    failed = [check for check in report["checks"] if check["ok"] is False]
    assert [check for check in failed if check["severity"] != "advises"] == []
    assert report["status"] == outcome.status == "clean"
    assert report["cache"]["hits"] == 0
    assert report["engines"]["speech"]["name"] == "piper:joe"
    measured = {(check["stage"], check["name"]): check for check in report["checks"]}
    assert measured["rendering", "fidelity"]["value"] > 0.9
    assert measured["post", "loudness"]["ok"]


def test_captions_say_the_whole_story_in_both_files(rendered):
    outcome, _, _ = rendered
    srt = parse_srt((outcome.folder / "captions.srt").read_text())
    vtt = parse_vtt((outcome.folder / "captions.vtt").read_text())
    assert [cue.text for cue in srt] == [cue.text for cue in vtt]
    said = " ".join(" ".join(cue.text.split()) for cue in srt)
    for word in ("lantern", "green", "ship", "spring"):
        assert word in said


def test_progress_tells_of_every_stage_and_scene(rendered):
    outcome, events, _ = rendered
    plan = json.loads((outcome.folder / "plan.json").read_text())
    scenes = {scene["scene_id"] for scene in plan["scenes"]}
    done = {(event.stage, event.scene_id) for event in events if event.state == "done"}
    for stage in ("image", "speech", "render"):
        assert {(stage, scene) for scene in scenes} <= done
    assert {("sound", None), ("join", None), ("check", None), ("publish", None)} <= done
    frames = [event for event in events if event.stage == "render" and event.state == "done"]
    assert sum(event.done for event in frames) == round(outcome.duration_s * 30)
    assert all(event.done == event.total for event in frames)


def test_the_same_story_again_comes_from_the_store_bit_by_bit(rendered, story):
    outcome, _, folder = rendered
    again = app.render(
        story, settings=settings_for(folder), out_dir=folder / "again", address="127.0.0.1:1"
    )
    # The address answers to nobody: a cached story needs no cluster at all.
    assert again.cached
    assert again.video.read_bytes() == outcome.video.read_bytes()


def test_the_plan_that_was_written_renders_to_the_same_video(rendered):
    outcome, _, folder = rendered
    again = app.render(
        outcome.folder / "plan.json",
        settings=settings_for(folder),
        out_dir=folder / "from-plan",
        address="127.0.0.1:1",
    )
    assert again.video.read_bytes() == outcome.video.read_bytes()


def test_an_edited_scene_is_the_only_one_made_anew(rendered, ray_cluster):
    outcome, _, folder = rendered
    plan = json.loads((outcome.folder / "plan.json").read_text())
    plan["scenes"][-1]["image_prompt"] += ", at dawn"
    plan["scenes"][-1]["hour"] = "dawn"
    edited = folder / "edited.json"
    edited.write_text(json.dumps(plan))
    again = app.render(
        edited, settings=settings_for(folder), out_dir=folder / "edited", address=ray_cluster
    )
    report = json.loads((again.folder / "report.json").read_text())
    made = {line["scene_id"] for line in report["scenes"] if "image" not in line["cached"]}
    assert made == {plan["scenes"][-1]["scene_id"]}
    assert all("speech" in line["cached"] for line in report["scenes"])


def test_a_voice_that_does_not_exist_is_told_with_those_that_do(story, ray_cluster, tmp_path):
    with pytest.raises(VoiceError, match="piper:joe has the voices joe, got 'nobody'"):
        app.render(
            story,
            settings=settings_for(tmp_path, **{"tts.voice": "nobody"}),
            out_dir=tmp_path / "out",
            address=ray_cluster,
        )
    assert not (tmp_path / "out").exists() or not any((tmp_path / "out").iterdir())


def test_a_character_of_the_cast_is_heard_in_its_own_voice(ray_cluster, tmp_path, measure_pitch_hz):
    told = tmp_path / "lamp.txt"
    told.write_text(
        "The Lamp\n\nMara found a lamp in the sand of the beach. "
        '"It is warm, and it is older than the sea," said Mara. Nobody answered her that night.'
    )
    cast = {"tts.cast": {"Mara": "espeak:+f3"}, "music.default": "none"}
    outcome = app.render(
        told,
        settings=settings_for(tmp_path, **cast),
        out_dir=tmp_path / "out",
        address=ray_cluster,
    )
    report = json.loads((outcome.folder / "report.json").read_text())
    assert report["degraded"] == []
    assert report["engines"]["speech of Mara"]["name"] == "espeak:en (f3)"
    assert "espeak:en, piper:joe" in {line["speech_engine"] for line in report["scenes"]}
    with av.open(outcome.video) as file:
        blocks = [frame.to_ndarray().mean(axis=0) for frame in file.decode(audio=0)]
    heard = Speech(np.concatenate(blocks).astype(np.float32), 48_000)
    pitch_hz = {
        cue.text: measure_pitch_hz(heard, slice(48 * cue.start_ms, 48 * cue.end_ms))
        for cue in parse_srt((outcome.folder / "captions.srt").read_text())
        if cue.text != "The Lamp"
    }
    hers = [pitch for text, pitch in pitch_hz.items() if "warm" in text or "older" in text]
    his = [pitch for text, pitch in pitch_hz.items() if "found" in text or "Nobody" in text]
    assert hers
    assert his
    assert min(hers) > 1.4 * max(his)


def test_killed_workers_cost_time_but_nothing_else(story, ray_cluster, tmp_path, capfd):
    killed = set()
    all_dead = threading.Event()

    def kill_one(event):
        names = {"image": "ray::ImageWorker", "render": "ray::RenderWorker"}
        name = names.get(event.stage)
        if event.state not in {"done", "running"} or name is None or event.stage in killed:
            return
        for process in psutil.process_iter(["cmdline"]):
            if (process.info["cmdline"] or [""])[0].startswith(name):
                os.kill(process.pid, signal.SIGKILL)
                killed.add(event.stage)
                break
        if len(killed) == len(names):
            all_dead.set()

    outcome = app.render(
        story,
        settings=settings_for(tmp_path),
        out_dir=tmp_path / "out",
        address=ray_cluster,
        on_event=kill_one,
    )
    assert all_dead.is_set()
    assert outcome.status == "clean"
    assert capfd.readouterr().out == "", "stdout belongs to the result"
    with av.open(str(outcome.video)) as container:
        assert sum(1 for _ in container.decode(video=0)) == round(outcome.duration_s * 30)


def test_an_encoder_that_fails_on_the_way_is_replaced_for_the_whole_video(
    story, ray_cluster, tmp_path, monkeypatch
):
    from raypipe.choice import Choice
    from raypipe.encode import probe

    def sees_a_gpu(_wanted):  # the workers, and this machine, have none
        return Choice("h264_nvenc", "the first that encoded a test picture, in hardware")

    monkeypatch.setattr(probe, "choose_encoder", sees_a_gpu)
    outcome = app.render(
        story, settings=settings_for(tmp_path), out_dir=tmp_path, address=ray_cluster
    )
    report = json.loads((outcome.folder / "report.json").read_text())
    assert report["encoder"]["name"] == "libx264"
    assert report["encoder"]["reason"].startswith("h264_nvenc failed, so all was encoded in softw")
    assert any("h264_nvenc failed" in note for note in report["notes"])
    assert not report["degraded"]


def test_a_storyboard_from_nothing_starts_no_ray(story, monkeypatch, tmp_path):
    monkeypatch.setattr(RaySession, "connect", lambda _: pytest.fail("Ray was asked for"))
    events = []
    sheet = app.storyboard(
        story,
        settings=settings_for(tmp_path),
        out=tmp_path / "sheet.jpg",
        on_event=events.append,
    )
    assert sheet.read_bytes()[:2] == b"\xff\xd8"
    assert ("image", "done") in {(event.stage, event.state) for event in events}


def test_the_storyboard_is_drawn_without_rendering(story, ray_cluster, tmp_path):
    events = []
    sheet = app.storyboard(
        story,
        settings=settings_for(tmp_path),
        out=tmp_path / "sheet.jpg",
        address=ray_cluster,
        on_event=events.append,
    )
    assert sheet.read_bytes()[:2] == b"\xff\xd8"
    assert {event.stage for event in events} <= {"start", "image"}
    assert list(tmp_path.glob(".*")) == []


def test_missing_music_is_refused_before_anything_starts(story, tmp_path):
    with pytest.raises(MediaError, match=r"nowhere\.mp3"):
        app.render(
            story,
            settings=settings_for(tmp_path),
            out_dir=tmp_path / "out",
            address="127.0.0.1:1",
            overrides=Overrides(music=str(tmp_path / "nowhere.mp3")),
        )
    assert not (tmp_path / "out").exists()


def test_an_output_that_cannot_be_written_is_refused_before_anything_starts(story, tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(InputError, match=r"--out"):
        app.render(
            story,
            settings=settings_for(tmp_path),
            out_dir=tmp_path / "out",
            address="127.0.0.1:1",
        )


def test_a_damaged_product_is_made_anew(rendered, story, ray_cluster):
    outcome, _, folder = rendered
    segments = list((folder / "cache" / "segment").iterdir())
    for segment in segments:
        data = bytearray(segment.read_bytes())
        data[len(data) // 2] ^= 0xFF
        segment.write_bytes(data)
    again = app.render(
        story, settings=settings_for(folder), out_dir=folder / "mended", address=ray_cluster
    )
    assert not again.cached
    assert again.video.read_bytes() == outcome.video.read_bytes()


def test_runs_that_write_one_sheet_at_the_same_time_both_end_well(tmp_path):
    together = threading.Barrier(4, timeout=20)
    sheet = tmp_path / "sheet.jpg"

    def write(number):
        for _ in range(50):
            together.wait()
            running.write_whole(bytes([number]) * 100_000, sheet)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    assert list(tmp_path.iterdir()) == [sheet]
    assert sheet.read_bytes() in {bytes([number]) * 100_000 for number in range(4)}
