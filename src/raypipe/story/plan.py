"""The plan: scenes, prompts and script. JSON that a person can edit and render."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from raypipe.story.layers import CameraMove, SceneEffect, SceneText
from raypipe.story.model import AspectRatio, StoryId
from raypipe.timeline.model import Direction, TransitionKind

Mood = Literal["calm", "joyful", "tense", "dark", "sad", "wondrous", "epic", "romantic", "comic"]
Setting = Literal[
    "indoors", "forest", "sea", "shore", "river", "desert", "city", "village", "mountain",
    "snow", "field", "garden", "cave", "ruins", "castle", "road", "sky", "space", "underwater",
]  # fmt: skip
Hour = Literal["dawn", "day", "golden", "dusk", "night"]
"""In the order of a day; "golden" is the hour before sunset."""
Weather = Literal["clear", "cloud", "rain", "storm", "snow", "fog", "wind"]

SceneId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]


class CharacterInScene(BaseModel):
    """A person or talking animal, described by the same words in each scene.

    ``kind`` is one of woman, man, girl, boy, old woman, old man, person, or an English animal or
    creature noun ("wolf", "fox"); engines that draw figures rely on it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    look: str = Field(default="", max_length=500)
    kind: str = Field(default="person", max_length=40)


class ScenePlan(BaseModel):
    """One scene. ``duration`` is seconds and a wish: narration decides the real length.

    ``subjects`` are English nouns of visible things ("crystal", "torch", "sheep") in order of
    weight, whatever the story's language; ``text`` and ``caption`` stay in its own language.

    ``effects``, ``motion``, ``transition_direction`` and ``transition_through`` are chosen by the
    story where they are None. ``effects`` names all that is done to the picture: without
    ``ken_burns`` it stands still. ``texts`` are shown beside the captions.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    scene_id: SceneId
    text: str = Field(min_length=1, max_length=20_000)
    image_prompt: str = Field(max_length=10_000)
    negative_prompt: str = Field(default="", max_length=10_000)
    duration: float = Field(ge=0.1, le=600, allow_inf_nan=False)
    transition: TransitionKind = "cut"
    transition_direction: Direction | None = None
    transition_through: Literal["black", "white"] | None = None
    effects: tuple[SceneEffect, ...] | None = Field(default=None, max_length=6)
    motion: CameraMove | None = None
    texts: tuple[SceneText, ...] = Field(default=(), max_length=20)
    characters: tuple[CharacterInScene, ...] = ()
    locations: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    mood: Mood = "calm"
    setting: Setting = "field"
    hour: Hour = "day"
    weather: Weather = "clear"
    seed: int = Field(ge=0, le=2**32 - 1)


class ScriptSegment(BaseModel):
    """What is spoken over one scene. ``start_time`` is seconds from the video's start (planned).

    ``emphasis`` holds the words of ``text`` that carry the stress.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    scene_id: SceneId
    text: str = Field(min_length=1, max_length=20_000)
    start_time: float = Field(ge=0, allow_inf_nan=False)
    emphasis: tuple[str, ...] = ()


class AudioScript(BaseModel):
    """The narration of the whole story."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    segments: tuple[ScriptSegment, ...] = Field(min_length=1)


class PlanPace(BaseModel):
    """How a plan was paced when it was rendered; see `raypipe.timeline.pace.Pace`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rate: float = Field(ge=0.9, le=1.15)
    looseness: float = Field(ge=-1, le=1)


class StoryPlan(BaseModel):
    """Everything that later stages need to know about a story; a pure function of it.

    A render adds its ``pace``, which stays as it is while the video comes out near its target: so
    an edit of one scene leaves the frames of the others as they were. None chooses one.

    ``notes`` say what people should know of the plan. ``length_note`` says where its length, as
    it is estimated, is not the target; a render knows it better.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    story_id: StoryId
    title: str = Field(min_length=1, max_length=200)
    genre: str = ""
    language: str = "en"
    aspect_ratio: AspectRatio = "9:16"
    target_duration: float = Field(default=60.0, ge=5, le=600, allow_inf_nan=False)
    style: str = ""
    voice: str | None = None
    music: str | None = None
    seed: int = Field(default=0, ge=0, le=2**32 - 1)
    scenes: tuple[ScenePlan, ...] = Field(min_length=1, max_length=60)
    audio_script: AudioScript
    pace: PlanPace | None = None
    dropped_sentences: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    length_note: str | None = None
