from dataclasses import replace

import numpy as np
import pytest

from raypipe.picture.overlay import fit_text, place_block
from raypipe.speech.engine import Speech, WordTime
from raypipe.story.layers import SceneText
from raypipe.story.model import FRAME_SIZES
from raypipe.story.plan import ScenePlan
from raypipe.text.captions import prominent_style
from raypipe.text.layout import soft_margin
from raypipe.timeline.build import build_scene, caption_texts, title_text
from raypipe.timeline.model import Rect, TextLayer, TextStyle, Transition
from raypipe.timeline.schedule import SceneTimes

TITLED = {"language": "en", "fps": 30, "scene_frames": 90, "size": (1080, 1920)}
TIMES = SceneTimes(0, 90, 5, 60, Transition("slide", 15))
FOCUS = Rect(0.3, 0.2, 0.3, 0.3)


def build(*captions, times=TIMES, **wishes):
    plan = ScenePlan(
        scene_id="one", text="a", image_prompt="", duration=3, seed=1, transition="slide", **wishes
    )
    return build_scene(
        plan,
        times,
        index=0,
        fps=30,
        size=(1080, 1920),
        picture_key="image/1",
        picture_size=(1296, 2304),
        focus=FOCUS,
        speech_key="",
        texts=captions,
        language="ar",
    )


def test_a_scene_says_what_is_done_to_its_picture():
    scene = build(effects=("vignette", "ken_burns", "grain"))

    assert scene.visual.effects == ("vignette", "grain")
    assert scene.visual.motion.start != scene.visual.motion.end


def test_without_ken_burns_the_picture_stands_still():
    motion = build(effects=("vignette",)).visual.motion

    assert motion.start == motion.end
    assert max(motion.start.width, motion.start.height) == pytest.approx(1)


@pytest.mark.parametrize(
    ("move", "sign"), [("left", (-1, 0)), ("right", (1, 0)), ("up", (0, -1)), ("down", (0, 1))]
)
def test_the_camera_goes_where_the_plan_says(move, sign):
    motion = build(motion=move).visual.motion
    moved = motion.end.x - motion.start.x, motion.end.y - motion.start.y

    assert [round(d / max(abs(d), 1e-9)) if abs(d) > 1e-6 else 0 for d in moved] == list(sign)


def test_the_transition_goes_where_the_plan_says():
    out = build(transition_direction="down", transition_through="white").transition_out

    assert (out.kind, out.frames, out.direction, out.through) == ("slide", 15, "down", "white")


def test_own_texts_follow_the_captions_with_their_style():
    caption = TextLayer("said", 5, 40, TextStyle())
    own = SceneText(
        content="Chapter 1", position="top", size=100, colour="#ff8800", outline=6,
        outline_colour="#001020", shadow=False, box=True, animation="typewriter",
        start=0.5, end=2.0, weight="bold",
    )  # fmt: skip
    scene = build(caption, texts=(own,))

    assert scene.texts[0] == caption
    layer = scene.texts[1]
    assert (layer.content, layer.start_frame, layer.end_frame) == ("Chapter 1", 15, 60)
    assert layer.language == "ar"
    assert layer.style == TextStyle(
        position="top", weight="bold", size_px=100, colour=(255, 136, 0), outline_px=6,
        outline_colour=(0, 16, 32), shadow=False, box=True, animation="typewriter",
    )  # fmt: skip


def test_a_text_without_an_end_stays_and_one_after_the_end_is_not_shown():
    assert build(texts=(SceneText(content="x"),)).texts[0].end_frame == 90
    assert build(texts=(SceneText(content="x", start=1, end=9),)).texts[0].end_frame == 90
    assert build(texts=(SceneText(content="x", start=3.5),)).texts == ()


def test_a_scene_of_a_tenth_of_a_second_is_built_and_its_title_is_seen():
    times = SceneTimes(0, 3, 0, 3, Transition())
    scene = build(texts=(SceneText(content="x", start=0.05, end=0.06),), times=times)
    title = title_text("T", **TITLED | {"scene_frames": 3}, captions=TextStyle())

    assert scene.frame_count == 3
    assert [(text.start_frame, text.end_frame) for text in scene.texts] == [(2, 3)]
    assert title.start_frame < title.end_frame


SIZE = {"language": "en", "fps": 30, "size": (1080, 1920), "style": TextStyle()}


def speech(words=(), *, seconds=2.0, silent=False):
    return Speech(np.zeros(round(seconds * 24_000), np.float32), 24_000, words, silent=silent)


def test_what_is_said_is_captioned_where_captions_are_wanted():
    said = speech((WordTime(0, 2, 0, 12_000), WordTime(3, 6, 12_000, 48_000)))
    (caption,) = caption_texts("At sea", said, TIMES, **SIZE)

    assert caption.style == TextStyle()
    assert caption.end_frame <= TIMES.speech_frame + TIMES.speech_frames
    assert caption_texts("At sea", said, TIMES, **SIZE, wanted=False) == ()


@pytest.mark.parametrize("wanted", [True, False])
@pytest.mark.parametrize("text", ["At sea", "🐉🔥"])
def test_what_nobody_says_is_prominent_and_stands_as_long_as_its_scene(text, wanted):
    unsaid = speech(silent=text == "At sea", seconds=0.3)
    times = replace(TIMES, speech_frames=9, end_frame=TIMES.end_frame + 20, hold_frames=20)
    (caption,) = caption_texts(text, unsaid, times, **SIZE, wanted=wanted)

    assert caption.style == prominent_style(TextStyle())
    assert (caption.start_frame, caption.end_frame) == (times.speech_frame, 90 - 15)


def _stands(layer, size):
    """Return the first row of a text's letters, outline included, and that after the last."""
    layout = fit_text(layer, width=size[0], height=size[1])
    soft = soft_margin(layout.typeface.size_px, layer.style)
    block = layout.width, layout.height
    _, top = place_block(layout, layer.style, block, width=size[0], height=size[1])
    return top + soft, top + layout.height - soft


@pytest.mark.parametrize("size", FRAME_SIZES.values())
@pytest.mark.parametrize("title", ["word " * 40, "W" * 200, "山" * 200, "ab " * 20])
def test_a_long_title_leaves_the_captions_their_place(title, size):
    wished = TITLED | {"size": size}
    layer = title_text(title, **wished, captions=TextStyle())
    _, title_end = _stands(layer, size)
    captions_start, _ = _stands(TextLayer("A\nB", 0, 9, TextStyle()), size)

    assert title_end < captions_start
    assert layer.style.size_px >= 40
    assert title_text("The Lost Artifact", **wished, captions=TextStyle()).style.size_px == 92


def test_the_title_gives_way_to_captions_at_the_top():
    style = TextStyle(position="top", area="youtube", outline_colour=(1, 2, 3), box=True)
    below = title_text("T", **TITLED, captions=style)
    above = title_text("T", **TITLED, captions=replace(style, position="center"))

    assert (below.style.position, above.style.position) == ("center", "top")
    silent = title_text("T", **TITLED, captions=prominent_style(style))
    assert silent.style.position == "top"
    assert (below.style.area, below.style.outline_colour) == ("youtube", (1, 2, 3))
    assert not below.style.box
