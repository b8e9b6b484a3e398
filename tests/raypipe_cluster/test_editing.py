"""What an edit of one sentence costs, counted in what is made again; on the shared Ray."""

import json
from pathlib import Path

import pytest

from raypipe.settings import load_settings
from raypipe.timeline.schedule import TRANSITION_S, VIDEO_STEP
from raypipe.timeline.segments import segment_lengths
from raypipe_cluster import app

STORY = (
    "The Lantern\n\n"
    "Mara found a lantern half buried in the sand. Its light was green and cold as the sea.\n\n"
    "That night she carried it through the dark forest. Wolves looked at it and went away.\n\n"
    "At dawn she came to the old ship. Nobody had sailed it for many years.\n\n"
    "She hung the lantern on the mast. The ship began to move by itself.\n\n"
    "Nobody saw Mara again until spring. Then the ice broke and she came home."
)
EDITED = 2


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    values = {
        "storage.cache_url": f"file://{tmp_path_factory.mktemp('cache')}",
        "video.quality": "draft",
        "video.target_duration": 30,
        "video.aspect_ratio": "1:1",
        "video.transitions": "dissolve",
    }
    return load_settings(values, env={}, file=None).settings


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("editing")


@pytest.fixture(scope="module")
def render(folder, settings, ray_cluster):
    """Return a function that renders a plan: (report, frames by scene, products made)."""
    cache = Path(settings.storage.cache_url.removeprefix("file://"))

    def call(name: str, plan: dict):
        source = folder / f"{name}.json"
        source.write_text(json.dumps(plan))
        kept, events = set(cache.rglob("*")), []
        outcome = app.render(
            source,
            settings=settings,
            out_dir=folder / name,
            address=ray_cluster,
            on_event=events.append,
        )
        done = [event for event in events if event.stage == "render" and event.state == "done"]
        new = [path.parent.name for path in set(cache.rglob("*")) - kept if path.is_file()]
        report = json.loads((outcome.folder / "report.json").read_text())
        return report, {event.scene_id: event.total for event in done}, new

    return call


def test_an_edited_sentence_costs_its_own_scene_and_what_shows_it(folder, settings, render):
    story = folder / "lantern.txt"
    story.write_text(STORY)
    plan = json.loads(app.plan_source(story, settings=settings).model_dump_json())
    whole, before, _ = render("before", plan)
    ids = [scene["scene_id"] for scene in plan["scenes"]]
    assert len(ids) >= 4
    assert whole["cache"]["hits"] == 0

    plan = json.loads(next((folder / "before").glob("*/plan.json")).read_text())
    for part in (plan["scenes"][EDITED], plan["audio_script"]["segments"][EDITED]):
        part["text"] = part["text"].replace("many", "ever so many")
    report, after, new = render("after", plan)

    lines = {line["scene_id"]: line["cached"] for line in report["scenes"]}
    assert lines.pop(ids[EDITED]) == []
    assert all(cached == ["image", "speech"] for cached in lines.values())
    assert {i: after[i] for i in ids[:-1] if i != ids[EDITED]} == {
        i: before[i] for i in ids[:-1] if i != ids[EDITED]
    }
    # Its own segments, and the transition of the scene before, which shows its picture coming in.
    mixed = VIDEO_STEP * round(TRANSITION_S["dissolve"] * 30 / VIDEO_STEP)
    own_before, own = (
        len(segment_lengths(frames[ids[EDITED]], fps=30, mixed_frames=mixed))
        for frames in (before, after)
    )
    segments = own + 1
    # The end is held to meet the target, which is the video's last segment.
    assert after[ids[-1]] != before[ids[-1]]
    segments += 1
    assert new.count("segment") == segments
    assert (new.count("image"), new.count("speech"), new.count("soundtrack")) == (1, 1, 1)
    made = {line["scene_id"]: line["segments_made"] for line in report["scenes"]}
    assert sum(made.values()) == segments
    assert {scene for scene, count in made.items() if count} == {ids[1], ids[EDITED], ids[-1]}
    assert all(line["segments_cached"] for line in report["scenes"] if line["scene_id"] != ids[2])
    # Besides the sheets, a look at the new picture and the findings in the new file, those in each
    # segment are kept. So what was kept is what was decoded. Thumbnails are drawn if they now show
    # another picture.
    assert new.count("sheet") - segments in {3, 4}
    assert report["cache"]["misses"] == segments + 4, "picture, speech, soundtrack and sheets"
    others = whole["cache"]["misses"] - (segments - own + own_before) - 4
    assert report["cache"]["hits"] == others
    assert report["cache"]["hits"] > report["cache"]["misses"]
