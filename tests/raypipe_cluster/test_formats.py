"""One story in several formats, from one generation of pictures and sound; on the shared Ray."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import av
import pytest

from raypipe.errors import InputError, QualityError
from raypipe.images.storybook.engine import StorybookEngine
from raypipe.output import StagedFolder
from raypipe.picture.motion import choose_motion
from raypipe.progress import ProgressEvent
from raypipe.settings import Settings, load_settings
from raypipe.store.content import StoreConfig
from raypipe.story.model import FRAME_SIZES
from raypipe.story.plan import StoryPlan
from raypipe_actors.assets import picture_request
from raypipe_actors.link import ClusterLink
from raypipe_actors.pipeline import StoryRun
from raypipe_actors.rendered import StoryAssets
from raypipe_cluster import app, running
from raypipe_cluster.formats import make_formats, plan_formats
from raypipe_cluster.outcome import RenderOutcome
from raypipe_cluster.overrides import Overrides

STORY = (
    "The Lantern\n\n"
    "Mara found a lantern half buried in the sand of the beach. "
    "That night she carried it through the dark forest to the old ship. "
    "Nobody saw Mara again until spring."
)
ASPECTS = ("9:16", "16:9")


def settings_for(folder: Path, aspects: str = ",".join(ASPECTS)) -> Settings:
    values = {
        "storage.cache_url": f"file://{folder}/cache",
        "video.quality": "draft",
        "video.target_duration": 12,
        "video.aspect_ratio": aspects,
    }
    return load_settings(values, env={}, file=None).settings


def read(outcome: RenderOutcome, name: str):
    return json.loads((outcome.folder / name).read_text())


@pytest.fixture(scope="module")
def story(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("story") / "lantern.txt"
    path.write_text(STORY)
    return path


@pytest.fixture(scope="module")
def made(story, ray_cluster, tmp_path_factory):
    """Two formats of one story: (outcome, events, folder of cache and output)."""
    folder, events = tmp_path_factory.mktemp("formats"), []
    outcome = app.render(
        story,
        settings=settings_for(folder),
        out_dir=folder / "out",
        address=ray_cluster,
        live=True,
        on_event=events.append,
    )
    return outcome, events, folder


def test_each_format_can_be_watched_while_it_is_made(made):
    outcome, events, _ = made
    lists = [Path(event.detail) for event in events if event.stage == "live"]
    assert lists == [
        one.folder.with_name(f"{one.folder.name}.live") / "live.m3u8" for one in outcome.formats
    ]
    for playlist, one in zip(lists, outcome.formats, strict=True):
        with av.open(str(playlist), options={"allowed_extensions": "ALL"}) as shown:
            frames = sum(1 for _ in shown.decode(video=0))
        assert frames == round(one.duration_s * 30)


def test_each_format_has_a_whole_folder_of_its_own(made):
    outcome, _, folder = made
    wide = outcome.further[0]
    assert [one.aspect_ratio for one in outcome.formats] == list(ASPECTS)
    assert outcome.folder == folder / "out" / "the-lantern_lantern"
    assert wide.folder == folder / "out" / "the-lantern_lantern_16x9"
    assert {path.name for path in (folder / "out").iterdir()} == {
        "the-lantern_lantern",
        "the-lantern_lantern.live",
        "the-lantern_lantern_16x9",
        "the-lantern_lantern_16x9.live",
    }
    for one, size in zip(outcome.formats, ((540, 960), (960, 540)), strict=True):
        assert one.video == one.folder / f"{one.folder.name}.mp4"
        with av.open(str(one.video)) as container:
            stream = container.streams.video[0]
            assert (stream.width, stream.height) == size
            assert sum(1 for _ in container.decode(stream)) == round(one.duration_s * 30)
        assert read(one, "plan.json")["aspect_ratio"] == one.aspect_ratio
        assert f'"{one.aspect_ratio}"' in (one.folder / "metadata.json").read_text()
    tall_names = {path.name for path in outcome.folder.iterdir()}
    assert tall_names == {path.name.replace("_16x9", "") for path in wide.folder.iterdir()}


def test_pictures_speech_and_soundtrack_are_made_once(made):
    outcome, _, folder = made
    first, second = (read(one, "report.json") for one in outcome.formats)
    scenes = len(first["scenes"])
    assert scenes == 3
    assert first["cache"]["hits"] == 0
    assert all(line["cached"] == [] for line in first["scenes"])
    assert all(line["cached"] == ["image", "speech"] for line in second["scenes"])
    # Of the second format only segments and sheets had to be made.
    assert second["cache"]["hits"] == 2 * scenes + 1
    assert second["cache"]["misses"] == first["cache"]["misses"] - 2 * scenes - 1
    assert len(list((folder / "cache" / "image").iterdir())) == scenes
    assert len(list((folder / "cache" / "soundtrack").iterdir())) == 1
    assert first["status"] == second["status"] == "clean"


def test_all_formats_sound_the_same_to_the_bit(made):
    sounds = []
    for one in made[0].formats:
        with av.open(str(one.video)) as container:
            sounds.append([bytes(packet) for packet in container.demux(audio=0)])
    assert sounds[0] == sounds[1]


def test_progress_tells_of_one_format_after_the_other_on_one_clock(made):
    _, events, _ = made
    assert {(event.video, event.videos, event.aspect_ratio) for event in events} == {
        (1, 2, "9:16"),
        (2, 2, "16:9"),
    }
    order = [event.video for event in events]
    assert order == sorted(order)
    first = [event.at_s for event in events if event.video == 1]
    assert min(event.at_s for event in events if event.video == 2) >= max(first)


def test_no_format_cuts_off_a_head(made):
    """The camera's moves of both formats, over the pictures that both were cut from."""
    plan = StoryPlan.model_validate(read(made[0], "plan.json"))
    engine, peopled = StorybookEngine(), 0
    for index, scene in enumerate(plan.scenes):
        requests = {
            picture_request(plan.model_copy(update={"aspect_ratio": one}), index, aspects=ASPECTS)
            for one in ASPECTS
        }
        (request,) = requests
        assert (request.width, request.height) == (2160, 2160)
        focus = engine.focus_of(request)
        if focus is None:
            continue
        peopled += 1
        for aspect in ASPECTS:
            motion = choose_motion(
                focus=focus, picture_width=request.width, picture_height=request.height,
                frame_width=FRAME_SIZES[aspect][0], frame_height=FRAME_SIZES[aspect][1],
                seed=scene.seed, scene_index=index, move=scene.motion,
            )  # fmt: skip
            for crop in (motion.start, motion.end):
                assert crop.x <= focus.x + 1e-9
                assert focus.x + focus.width <= crop.x + crop.width + 1e-9
                assert crop.y <= focus.y + 1e-9
    assert peopled


@pytest.mark.usefixtures("ray_cluster")
def test_without_a_store_the_formats_still_share_all_that_is_theirs(story, tmp_path):
    settings = settings_for(tmp_path)
    plans = plan_formats(app.plan_source(story, settings=settings), settings)
    options = running.render_options(plans[0], settings, aspects=ASPECTS)
    options = replace(options, store=StoreConfig(url=""))

    async def run():
        assets = StoryAssets()
        link = ClusterLink(lambda: None, local=True)
        return [
            await StoryRun(plan, options, link, lambda _: None, assets=assets).run()
            for plan in plans
        ]

    tall, wide = asyncio.run(run())
    assert (tall.timeline.width, wide.timeline.width) == (540, 960)
    assert not any(asset.cached for asset in (*tall.pictures, *tall.speech))
    assert all(asset.cached for asset in (*wide.pictures, *wide.speech))
    assert [asset.ref for asset in wide.pictures] == [asset.ref for asset in tall.pictures]
    assert wide.soundtrack.data is tall.soundtrack.data
    assert wide.soundtrack.cached
    assert not any(segment.cached for segment in wide.segments)
    assert not (tmp_path / "cache").exists()


@pytest.mark.usefixtures("ray_cluster")
def test_the_cluster_is_left_once_nothing_more_is_asked_of_it(made, story, tmp_path):
    _, _, folder = made
    settings = settings_for(folder)
    plans = plan_formats(app.plan_source(story, settings=settings), settings)
    options = running.render_options(plans[0], settings, aspects=ASPECTS)
    told = []

    async def run():
        link = ClusterLink(lambda: None, local=True, disconnect=lambda: told.append("left"))
        for plan, last in zip(plans, (False, True), strict=True):
            with StagedFolder(tmp_path / plan.aspect_ratio) as staged:
                await running.render_story(
                    plan,
                    options,
                    staged,
                    link=link,
                    on_event=lambda event: told.append(f"{event.stage} {event.state}"),
                    last=last,
                )

    asyncio.run(run())
    second = told.index("publish done")
    assert told.count("left") == 1
    assert second < told.index("left") < told.index("publish done", second + 1)


def test_previews_of_all_formats_stand_side_by_side(made, story, ray_cluster, tmp_path):
    _, _, folder = made
    outcome = app.render(
        story, settings=settings_for(folder), out_dir=tmp_path, address=ray_cluster, preview=True
    )
    sizes = []
    for one in outcome.formats:
        with av.open(str(one.video)) as container:
            sizes.append((container.streams.video[0].width, container.streams.video[0].height))
    assert sizes == [(270, 480), (480, 270)]
    assert {path.name for path in tmp_path.glob("*.mp4")} == {
        "the-lantern_lantern_preview.mp4",
        "the-lantern_lantern_16x9_preview.mp4",
    }


def test_a_place_of_any_format_that_is_taken_is_refused_before_anything_starts(story, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "the-lantern_lantern_16x9").write_text("a file")
    with pytest.raises(InputError, match="found a file"):
        app.render(
            story,
            settings=settings_for(tmp_path),
            out_dir=tmp_path / "out",
            address="127.0.0.1:1",
        )
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["the-lantern_lantern_16x9"]


# -- which formats ---------------------------------------------------------------------------------


def formats(source: Path, aspects: str, flag: str | None = None) -> list[str]:
    settings = settings_for(source.parent, aspects)
    overrides = Overrides(aspect_ratio=flag) if flag else None
    plan = app.plan_source(source, settings=settings, overrides=overrides)
    return [one.aspect_ratio for one in plan_formats(plan, settings)]


def test_a_story_without_a_format_is_made_in_those_of_the_settings(story):
    assert formats(story, "1:1") == ["1:1"]
    assert formats(story, "1:1,16:9,9:16") == ["1:1", "16:9", "9:16"]


def test_a_plans_own_format_goes_first_unless_a_flag_says_otherwise(story, tmp_path):
    plan = app.plan_source(story, settings=settings_for(tmp_path, "4:5"))
    path = tmp_path / "plan.json"
    path.write_text(plan.model_dump_json())
    assert formats(path, "9:16") == ["4:5"]
    assert formats(path, "9:16,1:1") == ["4:5", "1:1"]
    assert formats(path, "9:16,4:5") == ["4:5"]
    assert formats(path, "9:16,1:1", flag="9:16") == ["9:16", "1:1"]


def test_a_format_asked_for_twice_is_made_once_and_said_so(story, tmp_path):
    settings = settings_for(tmp_path, "1:1,9:16,1:1")
    plans = plan_formats(app.plan_source(story, settings=settings), settings)
    assert [plan.aspect_ratio for plan in plans] == ["1:1", "9:16"]
    assert "1:1 was asked for more than once" in plans[0].notes[-1]
    assert plans[1].notes == plans[0].notes[:-1]


# -- one after the other ---------------------------------------------------------------------------


def outcome_of(folder: Path, aspect: str) -> RenderOutcome:
    return RenderOutcome(
        folder, folder / "v.mp4", "clean", 1.0, (), (), cached=False, stages={}, aspect_ratio=aspect
    )


def test_a_format_that_fails_its_checks_does_not_keep_the_others_from_being_made(story, tmp_path):
    settings = settings_for(tmp_path, "9:16,1:1,16:9")
    plans = plan_formats(app.plan_source(story, settings=settings), settings)
    finished, given = [], []

    def maker(aspect):
        async def make(*, on_event, assets):
            given.append(assets)
            on_event(ProgressEvent("start", "done", 0.0))
            if aspect == "1:1":
                raise QualityError("too dark")
            finished.append(aspect)
            return outcome_of(tmp_path, aspect)

        return make

    makers = [maker(plan.aspect_ratio) for plan in plans]
    with pytest.raises(QualityError, match="too dark"):
        asyncio.run(make_formats(plans, makers, on_event=lambda _: None))
    assert finished == ["9:16", "16:9"]
    assert given[0] is given[1] is given[2]
