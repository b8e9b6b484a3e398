"""The pictures of a story set in motion: scenes laid out, cut into segments, and encoded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from raypipe.encode.live import LiveVideo
from raypipe.revisions import embedded_revision
from raypipe.story.plan import StoryPlan
from raypipe.timeline.build import build_scene, caption_texts, title_text
from raypipe.timeline.model import SegmentSpec, TextLayer, TimelineScene
from raypipe.timeline.schedule import Schedule
from raypipe.timeline.segments import leading_to, scene_segments, segment_lengths
from raypipe_actors.assets import PictureAsset
from raypipe_actors.narration import SpeechAsset
from raypipe_actors.options import RenderOptions
from raypipe_actors.reading import ReadingAhead
from raypipe_actors.rendering import Segment, SegmentShop
from raypipe_actors.steps import Soundtrack
from raypipe_actors.story_clock import StoryClock

_FIRST_SHOWN = 2
"""Pictures of the first segment, where it is the whole first scene: its own and the next one's."""


class LiveShow:
    """Shows what is finished of a story to somebody who may be watching.

    What somebody waits to watch, the first segment and the sound, goes before all else. The others'
    turn comes when both are there or, where each has cores of its own, when either is.

    Args:
        live: what is watched; None shows nothing, and makes nobody wait.
        one_machine: everything is made on the same cores.
    """

    def __init__(self, live: LiveVideo | None, *, one_machine: bool) -> None:
        self._live = live
        self._lock = asyncio.Lock()
        self._begun = asyncio.Event()
        self._missing = {"segment", "sound"} if one_machine else set()

    @property
    def watched(self) -> bool:
        """Whether anything is shown."""
        return self._live is not None

    async def turn(self, index: int) -> None:
        """Wait until segment ``index`` may be asked for."""
        if self.watched and index > 0:
            await self._begun.wait()

    async def picture_turn(self, index: int, *, engine: str) -> None:
        """Wait until picture ``index`` may be asked for.

        Embedded engines draw on the cores that narrate, which all that is watched waits for. The
        first segment shows two pictures at most; the others' turn is that of the other segments.
        """
        if self.watched and index >= _FIRST_SHOWN and embedded_revision(engine) is not None:
            await self._begun.wait()

    def begin(self) -> None:
        """Let all segments be asked for."""
        self._begun.set()

    async def add_segment(self, segment: Segment) -> None:
        """Show a segment."""
        self._came("segment")
        if self._live is not None:
            await self._show(self._live.add_segment, segment.index, segment.data.read())

    async def add_sound(self, sound: Soundtrack) -> None:
        """Show the sound."""
        self._came("sound")
        if self._live is not None:
            await self._show(self._live.add_sound, sound.data.read())

    def _came(self, part: str) -> None:
        self._missing.discard(part)
        if not self._missing:
            self.begin()

    async def _show(self, add: Callable[..., None], *parts: Any) -> None:
        async with self._lock:  # a playlist has one writer at a time
            writing = asyncio.ensure_future(asyncio.to_thread(add, *parts))
            try:
                await asyncio.shield(writing)
            finally:
                await asyncio.wait([writing])  # its thread ends later than who is cancelled


@dataclass(slots=True)
class _FramesTold:
    """How many frames of each scene are encoded, told to ``clock``."""

    plan: StoryPlan
    clock: StoryClock
    owned: Sequence[int]
    scene_of: Sequence[int]
    _done: list[int] = field(init=False)
    _by_segment: dict[int, int] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._done = [0] * len(self.owned)
        for scene, frames in zip(self.plan.scenes, self.owned, strict=True):
            self.clock.tell("render", "queued", scene_id=scene.scene_id, total=frames)

    def __call__(self, segment: int, frames: int) -> None:
        scene = self.scene_of[segment]
        self._done[scene] += frames - self._by_segment.get(segment, 0)
        self._by_segment[segment] = frames
        self.clock.tell(
            "render",
            "done" if self._done[scene] >= self.owned[scene] else "running",
            scene_id=self.plan.scenes[scene].scene_id,
            done=self._done[scene],
            total=self.owned[scene],
        )


class Filming:
    """Gets all segments of a story whose time is fixed, each as soon as its pictures are there.

    Args:
        plan: the story.
        options: how it looks.
        size: of the video, width and height in pixels.
        schedule: when each scene is seen.
        speech: one narration a scene.
        pictures: tasks that get one picture a scene.
        show: somebody who may be watching.
        readings: read segments back; None leaves them unread.
        clock: told of frames.
    """

    def __init__(
        self,
        plan: StoryPlan,
        options: RenderOptions,
        *,
        size: tuple[int, int],
        schedule: Schedule,
        speech: Sequence[SpeechAsset],
        pictures: Sequence[asyncio.Task[PictureAsset]],
        show: LiveShow,
        readings: ReadingAhead | None,
        clock: StoryClock,
    ) -> None:
        self._plan, self._options = plan, options
        self._size, self._schedule = size, schedule
        self._speech, self._pictures = speech, pictures
        self._show, self._readings = show, readings
        owned = owned_frames(schedule)
        self._last = len(owned) - 1
        counts = [
            len(
                segment_lengths(
                    frames,
                    fps=schedule.fps,
                    mixed_frames=times.transition_out.frames,
                    hold_frames=times.hold_frames,
                    opening=index == 0,
                    closing=index == self._last,
                )
            )
            for index, (frames, times) in enumerate(zip(owned, schedule.scenes, strict=True))
        ]
        self._first_index = list(accumulate(counts, initial=0))
        scene_of = [index for index, count in enumerate(counts) for _ in range(count)]
        self.on_frames = _FramesTold(plan, clock, owned, scene_of)

    async def run(self, segments: SegmentShop) -> tuple[list[TimelineScene], list[Segment]]:
        """Return the scenes as they were laid out, and their segments, in order.

        Raises:
            RaypipeError: a picture or a segment could not be made; no other is waited for any more.
        """
        scenes = range(len(self._schedule.scenes))
        layers = [asyncio.ensure_future(self._lay_out(index)) for index in scenes]
        watcher = asyncio.ensure_future(segments.watch())
        filmed = [asyncio.ensure_future(self._scene(segments, layers, index)) for index in scenes]
        try:
            parts = await asyncio.gather(*filmed)
        finally:
            for task in (watcher, *filmed):
                task.cancel()
            await asyncio.gather(watcher, *filmed, return_exceptions=True)
        return [task.result() for task in layers], [part for scene in parts for part in scene]

    async def _lay_out(self, index: int) -> TimelineScene:
        asset = await asyncio.shield(self._pictures[index])
        return build_scene(
            self._plan.scenes[index],
            self._schedule.scenes[index],
            index=index,
            fps=self._schedule.fps,
            size=self._size,
            picture_key=asset.key,
            picture_size=asset.size,
            focus=asset.focus,
            light=asset.light,
            speech_key=self._speech[index].key,
            texts=self._texts(index, self._speech[index]),
            language=self._plan.language,
            last=index == self._last,
        )

    def _texts(self, index: int, asset: SpeechAsset) -> tuple[TextLayer, ...]:
        style = self._options.caption_style
        times = self._schedule.scenes[index]
        said = caption_texts(
            self._plan.audio_script.segments[index].text,
            asset.speech,
            times,
            language=self._plan.language,
            fps=self._schedule.fps,
            size=self._size,
            style=style,
            wanted=self._options.captions,
        )
        if index > 0:
            return said
        title = title_text(
            self._plan.title,
            language=self._plan.language,
            fps=self._schedule.fps,
            scene_frames=times.frame_count,
            size=self._size,
            captions=said[0].style if said else style,
        )
        return (title, *said)

    async def _scene(
        self, shop: SegmentShop, layers: Sequence[asyncio.Future[TimelineScene]], index: int
    ) -> list[Segment]:
        specs = scene_segments(
            await layers[index],
            overlap_in=self._schedule.scenes[index - 1].transition_out.frames if index else 0,
            size=self._size,
            fps=self._schedule.fps,
            first_index=self._first_index[index],
            closing=index == self._last,
        )
        return list(
            await asyncio.gather(*(self._segment(shop, layers, spec, index) for spec in specs))
        )

    async def _segment(
        self,
        shop: SegmentShop,
        layers: Sequence[asyncio.Future[TimelineScene]],
        spec: SegmentSpec,
        index: int,
    ) -> Segment:
        shown: tuple[int, ...] = (index,)
        if spec.mixes and index < self._last:
            shown = (index, index + 1)
            spec = leading_to(spec, await layers[index + 1])
        await self._show.turn(spec.index)
        made = await shop.get(spec, shown)
        await self._show.add_segment(made)
        return made if self._readings is None else self._readings.begin(made)


def owned_frames(schedule: Schedule) -> list[int]:
    """Return the frames of each scene less those of its overlap with the one before."""
    overlaps = [0, *(times.transition_out.frames for times in schedule.scenes[:-1])]
    return [
        times.frame_count - overlap
        for times, overlap in zip(schedule.scenes, overlaps, strict=True)
    ]
