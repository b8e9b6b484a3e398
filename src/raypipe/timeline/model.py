"""The timeline: what is seen and heard at which frame. Whole frames, declarative layers.

Scene *i* shows frames ``[start_frame, end_frame)``. Where its ``transition_out`` is not a cut, the
next scene starts ``transition_out.frames`` before this one ends, and both are seen at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TransitionKind = Literal["cut", "fade", "dissolve", "slide", "wipe", "zoom"]
Direction = Literal["left", "right", "up", "down"]
TextPosition = Literal["bottom_third", "center", "top"]
TextAnimation = Literal["none", "fade_in", "rise", "typewriter"]
TextWeight = Literal["regular", "bold", "heavy"]
TextArea = Literal["all", "tiktok", "instagram", "youtube"]
"""Whose buttons and bars text keeps clear of; ``all`` clears every platform's."""
Effect = Literal["fade_in", "fade_out", "vignette", "grain", "light_leak"]
Colour = tuple[int, int, int]
"""sRGB, 0 to 255 each."""


@dataclass(frozen=True, slots=True)
class Rect:
    """A crop of the picture as fractions of its width and height; ``x + width <= 1``."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class KenBurns:
    """A slow camera move from crop ``start`` to crop ``end``, eased; both of the frame's aspect."""

    start: Rect
    end: Rect


@dataclass(frozen=True, slots=True)
class VisualLayer:
    """A still picture under a moving camera. ``image_key`` names it in the content store.

    ``motion_frames`` is how long the whole move takes; None is as long as the scene is seen. The
    last scene's move takes as long as its end may be held, wherever the video ends in it.
    """

    image_key: str
    motion: KenBurns
    effects: tuple[Effect, ...] = ()
    motion_frames: int | None = None


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How text looks.

    ``size_px`` and ``outline_px`` are for a frame whose shorter side is 1080 pixels, and scale
    with it. ``shadow`` is a soft dark halo with a slight drop. ``highlight`` is the colour that a
    word takes while it is spoken, where the layer knows its words' frames; None lights no word.
    ``area`` is the platform whose safe area the text keeps to. ``emoji_font`` is the path of a font
    with coloured emoji; empty, or where that font is missing, emoji are outlines.
    """

    position: TextPosition = "bottom_third"
    font: str = "sans"
    weight: TextWeight = "heavy"
    size_px: int = 68
    colour: Colour = (255, 255, 255)
    outline_px: int = 4
    outline_colour: Colour = (0, 0, 0)
    shadow: bool = True
    box: bool = False
    animation: TextAnimation = "fade_in"
    highlight: Colour | None = None
    area: TextArea = "all"
    emoji_font: str = ""


@dataclass(frozen=True, slots=True)
class TextLayer:
    """Text shown during scene-local frames ``[start_frame, end_frame)``.

    ``word_frames`` gives, per word of ``content`` in order, (char_start, char_end, start_frame,
    end_frame), scene-local, where known.
    """

    content: str
    start_frame: int
    end_frame: int
    style: TextStyle
    language: str = "en"
    word_frames: tuple[tuple[int, int, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class AudioLayer:
    """The scene's narration, ``start_sample`` after the video's start at 48 kHz."""

    speech_key: str
    start_sample: int
    gain_db: float = 0.0


@dataclass(frozen=True, slots=True)
class Transition:
    """How a scene gives way to the next, over ``frames`` frames (0 for a cut)."""

    kind: TransitionKind = "cut"
    frames: int = 0
    direction: Direction = "left"
    through: Literal["black", "white"] = "black"


@dataclass(frozen=True, slots=True)
class TimelineScene:
    """One scene on the timeline, frames ``[start_frame, end_frame)`` of the video.

    The last ``hold_frames`` of it only bring the video to its target duration.
    """

    scene_id: str
    start_frame: int
    end_frame: int
    visual: VisualLayer
    texts: tuple[TextLayer, ...]
    audio: AudioLayer | None
    transition_out: Transition
    hold_frames: int = 0

    @property
    def frame_count(self) -> int:
        """Frames that the scene is seen, overlaps included."""
        return self.end_frame - self.start_frame


@dataclass(frozen=True, slots=True)
class Timeline:
    """The whole video: ``width`` x ``height`` pixels at ``fps`` frames a second."""

    width: int
    height: int
    fps: int
    scenes: tuple[TimelineScene, ...]

    @property
    def frame_count(self) -> int:
        """Frames of the whole video."""
        return self.scenes[-1].end_frame

    @property
    def sample_count(self) -> int:
        """Audio samples of the whole video at 48 kHz; exact, for 48000 is a multiple of fps."""
        return self.frame_count * 48_000 // self.fps


@dataclass(frozen=True, slots=True)
class SegmentSpec:
    """A run of frames that is encoded as one closed-GOP segment.

    Shows ``scene`` from its local frame ``first_frame`` for ``frame_count`` frames; where the
    scene's ``transition_out`` falls inside, ``following`` is the scene it leads to. Nothing here
    depends on where in the video the segment stands except ``start_frame``, which is not part of
    its content key.
    """

    index: int
    width: int
    height: int
    fps: int
    start_frame: int
    first_frame: int
    frame_count: int
    scene: TimelineScene
    following: TimelineScene | None

    @property
    def mixes(self) -> bool:
        """Whether the scene's transition falls inside."""
        start = self.scene.frame_count - self.scene.transition_out.frames
        return self.first_frame + self.frame_count > start

    @property
    def shown(self) -> tuple[TimelineScene, ...]:
        """The scenes whose pictures are needed: this one, and the one that it leads to here."""
        return (self.scene, self.following) if self.following else (self.scene,)

    @property
    def sample_frame(self) -> int:
        """The middle frame of these, by which is judged how they were encoded."""
        return self.frame_count // 2
