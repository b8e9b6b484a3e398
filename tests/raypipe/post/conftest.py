"""Small real videos, good ones and broken ones, and the timelines they should show."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from raypipe.story.plan import AudioScript, CharacterInScene, ScenePlan, ScriptSegment, StoryPlan
from raypipe.timeline.model import (
    AudioLayer,
    KenBurns,
    Rect,
    TextLayer,
    TextStyle,
    Timeline,
    TimelineScene,
    Transition,
    VisualLayer,
)

WIDTH, HEIGHT, FPS = 192, 320, 30
SCENE_FRAMES = 60
"""Frames of a scene of a timeline that is not rendered."""
SHOT_FRAMES = 30
"""Frames of a scene of the clips, which last three seconds in all."""
LOUD_TONE = 0.216
"""Peak of a 440 Hz sine in both channels that measures -14 LUFS."""


@dataclass
class Clip:
    """What a test video holds; each field can be broken on its own."""

    frames: list[np.ndarray] = field(default_factory=list)
    sound: np.ndarray | None = None
    faststart: bool = True
    edit_list: bool = False
    b_frames: int = 0
    gop: int = 30
    open_gop: bool = False
    tags: bool = True
    times: Sequence[int] | None = None
    profile: str = "high"


@functools.cache
def shots() -> tuple[np.ndarray, ...]:
    """Return RGB frames of a textured plane under a moving camera, another texture each scene."""
    frames = []
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    for index in range(3 * SHOT_FRAMES):
        scene, local = divmod(index, SHOT_FRAMES)
        moved = x + local * 1.7 + scene * 311
        wave = np.sin(moved / 9) * np.cos(y / (7 + scene)) + 0.5 * np.sin((moved + y) / 23)
        luma = 128 + 60 * wave
        frames.append(np.stack([luma, luma * 0.8 + 20, 255 - luma], -1).clip(0, 255).astype("u1"))
    return tuple(frames)


def moving_frames() -> list[np.ndarray]:
    return list(shots())


def tone(seconds: float, peak: float = LOUD_TONE) -> np.ndarray:
    """Return a stereo sine, float32 (n, 2) at 48 kHz."""
    t = np.arange(round(seconds * 48_000)) / 48_000
    mono = (peak * np.sin(2 * np.pi * 440 * t)).astype(np.float32)
    return np.stack([mono, mono], axis=1)


def mux_pictures(target: av.container.OutputContainer, packets: list[av.Packet]) -> None:
    for packet in packets:
        packet.duration = 1  # libav guesses the last one's length otherwise
        target.mux(packet)


def write_clip(path: Path, clip: Clip) -> Path:
    """Encode ``clip`` with libav."""
    options = {"use_editlist": str(int(clip.edit_list))}
    if clip.faststart:
        options["movflags"] = "+faststart"
    with av.open(str(path), "w", format="mp4", options=options) as target:
        height, width = clip.frames[0].shape[:2]
        codec = {
            "preset": "ultrafast", "crf": "20", "bf": str(clip.b_frames), "sc_threshold": "0",
            "coder": "ac", "profile": clip.profile, "8x8dct": "1",
            "x264-params": f"keyint={clip.gop}:open-gop={int(clip.open_gop)}",
        }  # fmt: skip
        picture = target.add_stream("libx264", rate=FPS, options=codec)
        picture.width, picture.height, picture.pix_fmt = width, height, "yuv420p"
        context = picture.codec_context
        context.gop_size, context.thread_count = clip.gop, 1
        if clip.tags:
            context.color_primaries = context.color_trc = context.colorspace = 1
            context.color_range = 1
        voice = None
        if clip.sound is not None:
            voice = target.add_stream("aac", rate=48_000, layout="stereo")
            voice.bit_rate = 128_000
        for index, rgb in enumerate(clip.frames):
            frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
            frame.pts = clip.times[index] if clip.times else index
            mux_pictures(target, picture.encode(frame))
        mux_pictures(target, picture.encode())
        if voice is not None and clip.sound is not None:
            for start in range(0, len(clip.sound), 1024):
                block = np.ascontiguousarray(clip.sound[start : start + 1024].T)
                sound = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
                sound.sample_rate = 48_000
                sound.pts = start + 1024  # the encoder puts its priming before the first sample
                sound.time_base = Fraction(1, 48_000)
                target.mux(voice.encode(sound))
            target.mux(voice.encode())
    return path


@pytest.fixture(scope="session")
def good_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("good") / "good.mp4"
    return write_clip(path, Clip(moving_frames(), tone(3)))


@pytest.fixture
def clip(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes the good clip with some fields changed."""

    def write(**changes: object) -> Path:
        fields: dict[str, object] = {"frames": moving_frames(), "sound": tone(3), **changes}
        return write_clip(tmp_path / "clip.mp4", Clip(**fields))  # type: ignore[arg-type]

    return write


def make_timeline(
    *,
    captions: Sequence[Sequence[TextLayer]] = ((), (), ()),
    transition: Transition | None = None,
    effects: tuple[str, ...] = (),
    still: bool = False,
    width: int = WIDTH,
    height: int = HEIGHT,
    frames: int = SCENE_FRAMES,
) -> Timeline:
    """Return a timeline of three scenes that follow each other, each of ``frames`` frames."""
    out = transition or Transition()
    crop = Rect(0.0, 0.0, 0.9, 0.9)
    motion = KenBurns(crop, crop if still else Rect(0.1, 0.1, 0.9, 0.9))
    scenes, start = [], 0
    for index, texts in enumerate(captions):
        last = index == len(captions) - 1
        visual = VisualLayer("k", motion, effects)  # type: ignore[arg-type]
        voice = AudioLayer("s", start * 1600)
        scenes.append(
            TimelineScene(
                f"scene_{index + 1}", start, start + frames, visual, tuple(texts), voice,
                Transition() if last else out,
            )
        )  # fmt: skip
        start += frames - (0 if last else out.frames)
    return Timeline(width, height, FPS, tuple(scenes))


def caption(text: str, start: int, end: int, *, language: str = "en") -> TextLayer:
    return TextLayer(text, start, end, TextStyle(), language)


def make_plan(
    texts: Sequence[str],
    *,
    title: str = "The Lost Artifact",
    language: str = "en",
    genre: str = "adventure",
    aspect_ratio: str = "9:16",
    people: Sequence[str] = (),
    subjects: Sequence[str] = (),
    duration: float = 6.0,
    target_duration: float = 18.0,
) -> StoryPlan:
    scenes = tuple(
        ScenePlan(
            scene_id=f"scene_{index + 1}",
            text=text,
            image_prompt=f"a picture of {index}",
            duration=duration,
            transition="dissolve",
            characters=tuple(
                CharacterInScene(name=name) for name in people if name.split()[-1] in text
            ),
            subjects=tuple(subject for subject in subjects if subject in text),
            seed=index,
        )
        for index, text in enumerate(texts)
    )
    script = AudioScript(
        segments=tuple(
            ScriptSegment(scene_id=scene.scene_id, text=scene.text, start_time=index * duration)
            for index, scene in enumerate(scenes)
        )
    )
    return StoryPlan(
        story_id="story_1", title=title, genre=genre, language=language,
        aspect_ratio=aspect_ratio, target_duration=target_duration, scenes=scenes,
        audio_script=script,
    )  # fmt: skip


def painting(width: int, height: int, *, hue: int = 0, busy: bool = True) -> np.ndarray:
    """Return a colourful picture, uint8 (height, width, 3), with a subject in its middle."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    sky = np.stack([90 + 80 * y / height, 60 + 40 * x / width, 150 - 60 * y / height], -1)
    sky = np.roll(sky, hue, axis=-1)
    if busy:
        inside = ((x - width / 2) / (width * 0.2)) ** 2 + ((y - height / 2) / (height * 0.2)) ** 2
        stripes = (np.sin(x / 11) > 0)[..., None] * np.array([250, 190, 60], np.float32)
        sky = np.where((inside < 1)[..., None], stripes, sky)
    return sky.clip(0, 255).astype(np.uint8)


@pytest.fixture
def timeline() -> Timeline:
    texts = ((caption("Once upon a time", 5, 40),), (caption("there was <a> & b", 0, 55),), ())
    return make_timeline(captions=texts)


@pytest.fixture
def timelines() -> Callable[..., Timeline]:
    return make_timeline


@pytest.fixture
def plans() -> Callable[..., StoryPlan]:
    return make_plan


@pytest.fixture
def captions() -> Callable[..., TextLayer]:
    return caption


@pytest.fixture
def paintings() -> Callable[..., np.ndarray]:
    return painting


@pytest.fixture
def motion() -> Callable[[], list[np.ndarray]]:
    return moving_frames


@pytest.fixture
def sine() -> Callable[..., np.ndarray]:
    return tone
