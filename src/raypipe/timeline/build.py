"""From times, pictures and spoken words to the timeline's layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from raypipe.picture.light import LightMap
from raypipe.picture.motion import choose_motion, stand_still
from raypipe.picture.overlay import fit_text
from raypipe.speech.engine import Speech
from raypipe.speech.words import find_words
from raypipe.story.layers import SceneText, read_colour
from raypipe.story.plan import ScenePlan
from raypipe.text.captions import caption_layers, prominent_style
from raypipe.text.layout import soft_margin
from raypipe.text.safe_area import text_height
from raypipe.timeline.legible import legible_texts
from raypipe.timeline.model import (
    AudioLayer,
    Effect,
    KenBurns,
    Rect,
    TextLayer,
    TextStyle,
    TimelineScene,
    VisualLayer,
)
from raypipe.timeline.pace import MAX_HOLD_S
from raypipe.timeline.schedule import SceneTimes

SAMPLE_RATE_HZ = 48_000
_TITLE_PX, _TITLE_OUTLINE_PX = 92, 5
_SMALLEST_TITLE_PX = 40
_TITLE_SHARE = 0.4
"""Of the height that text may take: captions may stand below, above or in the middle."""


def word_frames(
    speech: Speech, *, fps: int, speech_frame: int
) -> tuple[tuple[int, int, int, int], ...]:
    """Return (char_start, char_end, start_frame, end_frame) per spoken word, scene-local."""
    rate = speech.sample_rate_hz
    return tuple(
        (
            word.char_start,
            word.char_end,
            speech_frame + word.start_sample * fps // rate,
            speech_frame + -(-word.end_sample * fps // rate),
        )
        for word in speech.words
    )


def build_scene(
    scene: ScenePlan,
    times: SceneTimes,
    *,
    index: int,
    fps: int,
    size: tuple[int, int],
    picture_key: str,
    picture_size: tuple[int, int],
    focus: Rect,
    speech_key: str,
    texts: Sequence[TextLayer],
    light: LightMap | None = None,
    language: str = "en",
    last: bool = False,
) -> TimelineScene:
    """Lay one scene's picture, texts and sound on the timeline.

    Args:
        scene: the plan's scene.
        times: its frames.
        index: its place in the story, which varies the camera.
        fps: frames a second.
        size: width and height of the video in pixels.
        picture_key: the picture's name in the content store.
        picture_size: width and height of the picture in pixels.
        focus: what the camera must keep in view.
        speech_key: the narration's name in the content store, empty for none.
        texts: captions and titles, scene-local.
        light: of the picture; texts are then helped where they could not be read on it.
        language: of the scene's own texts.
        last: no scene follows.
    """
    effects: tuple[Effect, ...] = tuple(
        effect for effect in scene.effects or () if effect != "ken_burns"
    )
    moving = scene.effects is None or "ken_burns" in scene.effects
    # The last scene's end is held; how long, must not change what is seen before.
    unheld = times.frame_count - times.hold_frames
    motion_frames = unheld + int(MAX_HOLD_S * fps) if last else None
    motion: KenBurns
    if moving:
        motion = choose_motion(
            focus=focus,
            picture_width=picture_size[0],
            picture_height=picture_size[1],
            frame_width=size[0],
            frame_height=size[1],
            seed=scene.seed,
            scene_index=index,
            duration_s=(motion_frames or times.frame_count) / fps,
            move=scene.motion,
        )
    else:
        motion = stand_still(focus=focus, picture_size=picture_size, frame_size=size)
    shown = (*texts, *_own_texts(scene.texts, language=language, times=times, fps=fps))
    if light is not None:
        shown = legible_texts(shown, light, motion, size=size, effects=effects)
    sound_frame = times.start_frame + times.speech_frame
    audio = AudioLayer(speech_key, sound_frame * SAMPLE_RATE_HZ // fps) if speech_key else None
    return TimelineScene(
        scene_id=scene.scene_id,
        start_frame=times.start_frame,
        end_frame=times.end_frame,
        visual=VisualLayer(picture_key, motion, effects, motion_frames),
        texts=shown,
        audio=audio,
        transition_out=replace(
            times.transition_out,
            direction=scene.transition_direction or "left",
            through=scene.transition_through or "black",
        ),
        hold_frames=times.hold_frames,
    )


def _own_texts(
    texts: Sequence[SceneText], *, language: str, times: SceneTimes, fps: int
) -> list[TextLayer]:
    """Return the texts that a plan names for its scene, those that are ever seen."""
    layers = []
    for text in texts:
        start = round(text.start * fps)
        end = times.frame_count if text.end is None else round(text.end * fps)
        end = min(max(end, start + 1), times.frame_count)
        if start < end:
            layers.append(TextLayer(text.content, start, end, _own_style(text), language))
    return layers


def _own_style(text: SceneText) -> TextStyle:
    return TextStyle(
        position=text.position,
        font=text.font,
        weight=text.weight,
        size_px=text.size,
        colour=read_colour(text.colour),
        outline_px=text.outline,
        outline_colour=read_colour(text.outline_colour),
        shadow=text.shadow,
        box=text.box,
        animation=text.animation,
    )


def caption_texts(
    text: str,
    speech: Speech,
    times: SceneTimes,
    *,
    language: str,
    fps: int,
    size: tuple[int, int],
    style: TextStyle,
    wanted: bool = True,
) -> tuple[TextLayer, ...]:
    """Return the captions of one scene, timed by its spoken words.

    What nobody says, for no voice could or it has no word (an emoji), is prominent and stands as
    long as its scene, whether or not captions are ``wanted``: it is all that there is.
    """
    prominent = speech.silent or not find_words(text, language)
    if not (wanted or prominent):
        return ()
    words = word_frames(speech, fps=fps, speech_frame=times.speech_frame)
    end_frame = min(times.speech_frame + times.speech_frames, times.frame_count)
    if prominent:
        words = ()
        end_frame = times.frame_count - times.transition_out.frames - times.hold_frames
    return caption_layers(
        text,
        language=language,
        words=words,
        start_frame=times.speech_frame,
        end_frame=end_frame,
        fps=fps,
        width=size[0],
        height=size[1],
        style=prominent_style(style) if prominent else style,
    )


def title_text(
    title: str,
    *,
    language: str,
    fps: int,
    scene_frames: int,
    size: tuple[int, int],
    captions: TextStyle,
) -> TextLayer:
    """Return the opening title: at the top, for the first three seconds, dressed as ``captions``.

    Captions at the top give way: the title then stands in the middle. A long title is set smaller,
    so that it leaves the captions their place.

    Args:
        title: of the story.
        language: BCP 47 tag.
        fps: frames a second.
        scene_frames: frames of the first scene.
        size: width and height of the video in pixels.
        captions: how they look.
    """
    style = replace(
        captions,
        position="center" if captions.position == "top" else "top",
        size_px=_TITLE_PX,
        outline_px=_TITLE_OUTLINE_PX,
        animation="rise",
        box=False,
        highlight=None,
    )
    start = round(0.2 * fps)
    layer = TextLayer(
        content=title,
        start_frame=start,
        end_frame=max(start + 1, min(round(3.2 * fps), scene_frames - round(0.3 * fps))),
        style=style,
        language=language,
    )
    return _within(layer, round(_TITLE_SHARE * text_height(*size, style.area)), size)


def _within(layer: TextLayer, room_px: int, size: tuple[int, int]) -> TextLayer:
    """Return the layer with its text so small that it is no taller than ``room_px``, if it can."""
    while (px := layer.style.size_px) > _SMALLEST_TITLE_PX:
        layout = fit_text(layer, width=size[0], height=size[1])
        tall_px = layout.height - 2 * soft_margin(layout.typeface.size_px, layer.style)
        if tall_px <= room_px:
            break
        # A text's area goes with the square of its size; at least a tenth smaller each time.
        px = max(_SMALLEST_TITLE_PX, int(px * min(0.9, (room_px / tall_px) ** 0.5)))
        outline_px = round(_TITLE_OUTLINE_PX * px / _TITLE_PX)
        layer = replace(layer, style=replace(layer.style, size_px=px, outline_px=outline_px))
    return layer
