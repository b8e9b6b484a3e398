from dataclasses import replace

import pytest

from raypipe.images.coverage import cover_frames
from raypipe.images.engine import ImageRequest, KnowsFigures, SceneFacts
from raypipe.images.storybook.attention import drawn_focus, head_box
from raypipe.images.storybook.composition import compose
from raypipe.images.storybook.engine import StorybookEngine
from raypipe.picture.motion import choose_motion

SIZES = {"9:16": (1080, 1920), "1:1": (1080, 1080), "16:9": (1920, 1080), "4:5": (1080, 1350)}
PEOPLE = (("Mira", "girl", "a girl with a red scarf"), ("Tomas", "old man", "an old man"))
OVERSCAN = 1.25


def facts(*, people=PEOPLE, index=0, **changes):
    scene = SceneFacts(
        text="Mira and Tomas walked to the village.", title="T", genre="adventure",
        language="en", mood="calm", setting="village", hour="day", weather="clear",
        subjects=(), characters=people, actions=(), story_seed=3,
        scene_index=index, scene_count=6,
    )  # fmt: skip
    return replace(scene, **changes)


def sheet(aspect):
    width, height = SIZES[aspect]
    return int(width * OVERSCAN), int(height * OVERSCAN)


def assert_heads_are_seen(scene, frame, *, index):
    """Every head of those whom the scene tells of is in every crop of the camera's move."""
    width, height = scene.camera.width, scene.camera.height
    focus = drawn_focus(scene)
    assert focus is not None
    heads = [
        head
        for figure in scene.placements
        if figure.role in ("hero", "support")
        and (head := head_box(figure, width=width, height=height)) is not None
    ]
    motion = choose_motion(
        focus=focus, picture_width=width, picture_height=height,
        frame_width=frame[0], frame_height=frame[1],
        seed=index, scene_index=index, duration_s=9.0,
    )  # fmt: skip

    assert heads
    for step in range(11):
        crop = [
            getattr(motion.start, side) * (1 - step / 10) + getattr(motion.end, side) * step / 10
            for side in ("x", "y", "width", "height")
        ]
        for head in heads:
            assert crop[0] <= head.x + 1e-6
            assert head.x + head.width <= crop[0] + crop[2] + 1e-6
            assert crop[1] <= head.y + 1e-6
            assert head.y + head.height <= crop[1] + crop[3] + 1e-6


@pytest.mark.parametrize("aspect", SIZES)
@pytest.mark.parametrize("index", range(8))
@pytest.mark.parametrize("count", [1, 2])
def test_no_head_is_cut_off_at_any_frame_of_the_move(aspect, index, count):
    width, height = sheet(aspect)
    scene = compose(
        facts(people=PEOPLE[:count], index=index), width=width, height=height, seed=index
    )
    assert_heads_are_seen(scene, SIZES[aspect], index=index)


@pytest.mark.parametrize(
    "aspects", [("9:16", "16:9"), ("9:16", "1:1"), ("1:1", "16:9"), ("4:5", "16:9"), tuple(SIZES)]
)
@pytest.mark.parametrize("index", range(8))
@pytest.mark.parametrize("count", [1, 2])
def test_no_head_is_cut_off_in_any_of_the_formats_that_share_a_picture(aspects, index, count):
    picture = cover_frames([SIZES[aspect] for aspect in aspects])
    scene = compose(
        facts(people=PEOPLE[:count], index=index),
        width=picture.width, height=picture.height, seed=index, safe=picture.safe,
    )  # fmt: skip
    for aspect in aspects:
        assert_heads_are_seen(scene, SIZES[aspect], index=index)


def test_a_scene_without_people_leaves_it_to_the_picture():
    scene = compose(facts(people=()), width=1350, height=2400, seed=1)

    assert drawn_focus(scene) is None


def test_the_engine_says_where_its_people_are():
    engine = StorybookEngine()
    width, height = sheet("9:16")
    request = ImageRequest("", "", width, height, 5, facts())
    scene = compose(facts(), width=width, height=height, seed=5)

    assert isinstance(engine, KnowsFigures)
    assert engine.focus_of(request) == drawn_focus(scene)


@pytest.mark.parametrize("aspects", [("9:16", "16:9"), ("16:9",), ("9:16",)])
@pytest.mark.parametrize("index", range(4))
def test_what_is_held_up_is_in_every_crop_of_every_format(aspects, index):
    cover = cover_frames([SIZES[aspect] for aspect in aspects])
    scene = compose(
        facts(people=PEOPLE[:1], index=index, subjects=("torch",), actions=("raising the torch",)),
        width=cover.width, height=cover.height, seed=index, safe=cover.safe,
    )  # fmt: skip
    (bearer,) = (figure for figure in scene.placements if figure.held)
    focus = drawn_focus(scene)
    assert focus is not None
    for aspect in aspects:
        motion = choose_motion(
            focus=focus, picture_width=cover.width, picture_height=cover.height,
            frame_width=SIZES[aspect][0], frame_height=SIZES[aspect][1],
            seed=index, scene_index=index, duration_s=9.0,
        )  # fmt: skip
        top = bearer.box[1] / cover.height
        assert max(motion.start.y, motion.end.y) <= top + 1e-6
