"""One story, from plan to encoded segments and soundtrack: a graph that runs as wide as it can.

Per scene, picture and narration are asked for at once. When all narration is there, the timeline
is fixed. A segment is asked for as soon as its pictures are there; the soundtrack is mixed beside
that. Whatever the store already holds is not made again.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from raypipe.choice import Choice
from raypipe.encode.live import LiveVideo
from raypipe.progress import ProgressEvent, ProgressSink, Stage, State
from raypipe.revisions import embedded_revision
from raypipe.speech.cast import VoiceCast, split_voice
from raypipe.speech.casting import scene_parts
from raypipe.spool import Spool, let_go
from raypipe.store.content import ContentStore
from raypipe.store.keys import code_revision, content_key
from raypipe.story.model import frame_size
from raypipe.story.plan import StoryPlan
from raypipe.text.captions import prominent_style
from raypipe.timeline.build import build_scene, caption_texts, title_text
from raypipe.timeline.model import SegmentSpec, TextLayer, Timeline, TimelineScene
from raypipe.timeline.pace import choose_rate
from raypipe.timeline.schedule import Schedule, make_schedule
from raypipe.timeline.segments import scene_segments, segment_lengths
from raypipe_actors.assets import PictureAsset, PictureShop
from raypipe_actors.link import ClusterLink
from raypipe_actors.narration import Narrator, SpeechAsset
from raypipe_actors.options import Engines, Reader, RenderOptions
from raypipe_actors.rendering import Segment, SegmentShop
from raypipe_actors.sheets import Sheets, get_sheets
from raypipe_actors.steps import (
    SoundOrder,
    Soundtrack,
    kept_soundtrack,
    make_soundtrack,
)


@dataclass(frozen=True, slots=True)
class StageTime:
    """Seconds from the first start to the last end of a stage; stages overlap."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class RenderedStory:
    """All products of a story, before they are joined and checked."""

    timeline: Timeline
    schedule: Schedule
    pictures: tuple[PictureAsset, ...]
    speech: tuple[SpeechAsset, ...]
    segments: tuple[Segment, ...]
    soundtrack: Soundtrack
    sheets: Sheets
    engines: Engines
    stages: tuple[StageTime, ...]
    degraded: tuple[str, ...]
    notes: tuple[str, ...]

    def with_stages(self, *more: StageTime) -> RenderedStory:
        """Return this story with further stage times."""
        return replace(self, stages=(*self.stages, *more))

    @property
    def cache_hits(self) -> int:
        """Products that came from the store."""
        found = [asset.cached for asset in self.pictures]
        found += [asset.cached for asset in self.speech]
        found += [segment.cached for segment in self.segments]
        return sum(found) + self.soundtrack.cached + self.sheets.cached

    @property
    def cache_misses(self) -> int:
        """Products that had to be made."""
        made = len(self.pictures) + len(self.speech) + len(self.segments) + 2
        return made - self.cache_hits


@dataclass(slots=True)
class StoryAssets:
    """What the formats of one story have in common: made for the first, used for all.

    Empty at first. The same one is given to each run, one after the other.
    """

    opened: tuple[Engines, PictureShop, Narrator] | None = None
    soundtracks: dict[str, Soundtrack] = field(default_factory=dict)
    spool: Spool = field(default_factory=Spool)


@dataclass(slots=True)
class _Clock:
    """When stages began and ended, and who is told."""

    sink: ProgressSink
    story_start_s: float = field(default_factory=time.perf_counter)
    spans: dict[str, tuple[float, float]] = field(default_factory=dict)

    def tell(
        self,
        stage: Stage,
        state: State,
        *,
        scene_id: str | None = None,
        done: int = 0,
        total: int = 0,
        detail: str = "",
    ) -> None:
        now = time.perf_counter() - self.story_start_s
        first, _ = self.spans.get(stage, (now, now))
        self.spans[stage] = (first, now)
        self.sink(ProgressEvent(stage, state, now, scene_id, done, total, detail))

    def stages(self) -> tuple[StageTime, ...]:
        return tuple(
            StageTime(name, round(last - first, 3)) for name, (first, last) in self.spans.items()
        )


class StoryRun:
    """Renders one plan. Make one for each run.

    Args:
        plan: what to render.
        options: with what.
        link: the cluster, opened when it is needed.
        on_event: told of each step, from the event loop's thread.
        live: shows what is finished, if given.
        assets: those of the story's other formats; its plans differ in nothing but the format.
    """

    def __init__(
        self,
        plan: StoryPlan,
        options: RenderOptions,
        link: ClusterLink,
        on_event: ProgressSink,
        live: LiveVideo | None = None,
        *,
        assets: StoryAssets | None = None,
    ) -> None:
        self._plan = plan
        self._options = options
        self._link = link
        self._clock = _Clock(on_event)
        self._store = ContentStore(options.store)
        self._size = frame_size(plan.aspect_ratio, options.quality, preview=options.preview)
        self._live = live
        self._live_lock = asyncio.Lock()
        self._opening = asyncio.Event()
        self._assets = assets or StoryAssets()
        self._degraded: list[str] = []

    async def run(self) -> RenderedStory:
        """Make everything.

        Raises:
            RaypipeError: a stage failed for good; it names the stage and the scene.
        """
        self._clock.tell("start", "running", total=len(self._plan.scenes))
        engines, shop, narrator = await self._open_assets()
        self._clock.tell("start", "done", detail=_summary(engines))
        try:
            made = await self._make(engines, shop, narrator)
        except BaseExceptionGroup as group:
            # The first failure cancels the rest; it alone is the reason.
            raise first_failure(group) from None
        await self._link.flush()
        return made

    async def _make(self, engines: Engines, shop: PictureShop, narrator: Narrator) -> RenderedStory:
        async with asyncio.TaskGroup() as group:
            pictures = [
                group.create_task(self._picture(shop, index))
                for index in range(len(self._plan.scenes))
            ]
            warming = group.create_task(self._warm_encoders(pictures))
            speech, rate = await self._narrate(narrator)
            schedule = self._schedule(speech, rate)
            sound = group.create_task(self._soundtrack(schedule, speech))
            durations_s = tuple(frames / schedule.fps for frames in _owned_frames(schedule))
            watched = None if self._live is None else sound
            sheets = group.create_task(self._sheets(durations_s, pictures, shop, after=watched))
            warming.cancel()
            sound.add_done_callback(lambda _: self._opening.set())
            scenes, segments = await self._render(schedule, speech, pictures, shop, engines)
        return RenderedStory(
            timeline=Timeline(*self._size, self._options.fps, tuple(scenes)),
            schedule=schedule,
            pictures=tuple(task.result() for task in pictures),
            speech=tuple(speech),
            segments=tuple(segments),
            soundtrack=sound.result(),
            sheets=sheets.result(),
            engines=engines,
            stages=self._clock.stages(),
            degraded=tuple(self._degraded),
            notes=(schedule.pace.problem,) if schedule.pace.problem else (),
        )

    async def storyboard(self) -> bytes:
        """Draw the pictures only, and return their contact sheet, a JPEG file.

        Raises:
            RaypipeError: as `run`.
        """
        _, shop, _ = await self._open_assets()
        try:
            async with asyncio.TaskGroup() as group:
                pictures = [
                    group.create_task(self._picture(shop, index))
                    for index in range(len(self._plan.scenes))
                ]
                durations_s = tuple(scene.duration for scene in self._plan.scenes)
                sheets = group.create_task(self._sheets(durations_s, pictures, shop))
        except BaseExceptionGroup as failures:
            raise first_failure(failures) from None
        await self._link.flush()
        return sheets.result().files["storyboard"]

    # -- engines -------------------------------------------------------------------------------

    async def _open_assets(self) -> tuple[Engines, PictureShop, Narrator]:
        if self._assets.opened is None:
            engines = await self._choose_engines()
            client = (self._plan, self._options, engines, self._link)
            self._assets.opened = engines, PictureShop(*client), Narrator(*client)
        return self._assets.opened

    async def _choose_engines(self) -> Engines:
        from raypipe.encode.probe import choose_encoder
        from raypipe.images.open import choose_image_engine
        from raypipe.speech.open import choose_speech_engine

        roots = self._options.models_dirs
        images: Choice = await self._ask(
            partial(choose_image_engine, self._options.images, roots=roots)
        )
        speech: Choice = await self._ask(
            partial(
                choose_speech_engine,
                self._options.speech,
                language=self._plan.language,
                roots=roots,
            )
        )
        encoder: Choice = await self._ask(partial(choose_encoder, self._options.encoder))
        image_revision = await self._image_revision(images.name)
        speech_revision = await self._speaker_revision(speech.name, self._options.voice)
        cast = await self._choose_cast(speech)
        return Engines(images, speech, encoder, image_revision, speech_revision, cast)

    async def _choose_cast(self, speech: Choice) -> tuple[Reader, ...]:
        """Return the voices of those who speak in this story, and refuse those that are not there.

        Raises:
            VoiceError: a voice or language that its engine does not have.
            SettingsError: an engine that is not known.
        """
        from raypipe.speech.open import choose_speech_engine

        cast = VoiceCast(self._options.cast)
        scenes = range(len(self._plan.scenes))
        parts = [part for index in scenes for part in scene_parts(self._plan, index, cast)]
        speakers: dict[str, list[str]] = {}
        for part in parts:
            if part.voice and part.who:
                speakers.setdefault(part.voice, []).append(part.who)
        readers: list[Reader] = []
        for wanted, who in speakers.items():
            engine, voice = split_voice(wanted)
            choice = speech
            if engine is not None:
                language = self._plan.language
                choose = partial(choose_speech_engine, engine, language=language)
                choice = replace(await self._ask(choose), reason="asked for in the cast")
            revision = await self._speaker_revision(choice.name, voice)
            readers.append(Reader(wanted, choice, voice, revision, tuple(dict.fromkeys(who))))
        return tuple(readers)

    async def _ask(self, choose: Callable[[], Choice]) -> Choice:
        """Make a choice where the work will be done."""
        return await self._link.ask(choose)

    async def _image_revision(self, engine: str) -> str:
        known = embedded_revision(engine)
        return known or (await (await self._link.pool("image", engine)).describe()).revision

    async def _speaker_revision(self, engine: str, voice: str | None) -> str:
        """Return the revision of a speech engine, if it has the voice and the story's language.

        Raises:
            VoiceError: it has not; told before anything is drawn.
        """
        from raypipe.speech.engine import SpeechRequest, check_request
        from raypipe.speech.open import check_voice

        known = embedded_revision(engine)
        if known is not None:
            await self._link.ask(partial(check_voice, engine, voice))
            return known
        info = await (await self._link.pool("speech", engine)).describe()
        request = SpeechRequest("", self._plan.language, voice)
        check_request(request, engine=engine, languages=info.languages, voices=info.voices)
        return info.revision

    # -- assets --------------------------------------------------------------------------------

    async def _picture(self, shop: PictureShop, index: int) -> PictureAsset:
        scene_id = self._plan.scenes[index].scene_id
        self._clock.tell("image", "queued", scene_id=scene_id)

        def on_retry(reason: str) -> None:
            self._mark_degraded("image", scene_id, f"shown as a card: {reason}")

        asset = await shop.get(index, on_retry=on_retry)
        if asset.degraded is None:
            self._clock.tell("image", "cached" if asset.cached else "done", scene_id=scene_id)
        return asset

    async def _warm_encoders(self, pictures: Sequence[asyncio.Task[PictureAsset]]) -> None:
        """Start the render workers while the first pictures are drawn and narrated.

        Their start then costs the story no time; a story whose pictures are kept may need none.
        """
        done, _ = await asyncio.wait(pictures, return_when=asyncio.FIRST_COMPLETED)
        if any(not task.exception() and not task.result().cached for task in done):
            pool = await self._link.pool("render", self._options.encoder)
            await pool.prepare((await self._link.shares()).render_workers)

    async def _narrate(self, narrator: Narrator) -> tuple[list[SpeechAsset], float]:
        """Speak all scenes; once more at a better rate where the first guess misses the target."""
        transitions = [scene.transition for scene in self._plan.scenes]
        rate = choose_rate(self._expected_s(), transitions, self._plan.target_duration)
        tried: set[float] = set()
        while True:
            tried.add(rate)
            speech = await asyncio.gather(
                *(self._speak(narrator, index, rate) for index in range(len(transitions)))
            )
            natural_s = sum(asset.speech.duration_s for asset in speech) * rate
            better = choose_rate(natural_s, transitions, self._plan.target_duration)
            # Rates are few and speech scales with them, so this ends after one correction;
            # the set guards against two rates that each ask for the other.
            if better in tried or all(asset.speech.silent for asset in speech):
                return list(speech), rate
            rate = better

    def _expected_s(self) -> float:
        from raypipe.speech.words import estimate_seconds

        language = self._plan.language
        return sum(
            estimate_seconds(segment.text, language) for segment in self._plan.audio_script.segments
        )

    async def _speak(self, narrator: Narrator, index: int, rate: float) -> SpeechAsset:
        scene_id = self._plan.scenes[index].scene_id
        self._clock.tell("speech", "queued", scene_id=scene_id)

        def on_retry(reason: str) -> None:
            self._mark_degraded("speech", scene_id, reason)

        asset = await narrator.speak(index, rate=rate, on_retry=on_retry)
        if asset.degraded is None:
            self._clock.tell("speech", "cached" if asset.cached else "done", scene_id=scene_id)
        return asset

    def _mark_degraded(self, stage: Stage, scene_id: str, reason: str) -> None:
        self._degraded.append(f"{stage} of {scene_id}: {reason}")
        self._clock.tell(stage, "degraded", scene_id=scene_id, detail=reason)

    # -- time ----------------------------------------------------------------------------------

    def _schedule(self, speech: Sequence[SpeechAsset], rate: float) -> Schedule:
        return make_schedule(
            [asset.speech.duration_s for asset in speech],
            [scene.transition for scene in self._plan.scenes],
            fps=self._options.fps,
            target_s=self._plan.target_duration,
            rate=rate,
        )

    def _texts(self, index: int, schedule: Schedule, asset: SpeechAsset) -> list[TextLayer]:
        times = schedule.scenes[index]
        language = self._plan.language
        prominent = asset.speech.silent
        texts: list[TextLayer] = []
        if index == 0:
            texts.append(
                title_text(
                    self._plan.title,
                    language=language,
                    fps=schedule.fps,
                    scene_frames=times.frame_count,
                    captions=self._options.caption_style,
                )
            )
        if self._options.captions or prominent:
            style = self._options.caption_style
            texts += caption_texts(
                self._plan.audio_script.segments[index].text,
                asset.speech,
                times,
                language=language,
                fps=schedule.fps,
                size=self._size,
                style=prominent_style(style) if prominent else style,
            )
        return texts

    # -- sound ---------------------------------------------------------------------------------

    async def _soundtrack(self, schedule: Schedule, speech: Sequence[SpeechAsset]) -> Soundtrack:
        self._clock.tell("sound", "running")
        per_frame = 48_000 // schedule.fps
        music, data, suffix = await asyncio.to_thread(_read_music, self._options.music)
        starts = [(times.start_frame + times.speech_frame) * per_frame for times in schedule.scenes]
        order = SoundOrder(
            narrations=(),
            sample_count=schedule.frame_count * per_frame,
            moods=tuple(
                (scene.mood, times.start_frame * per_frame, times.end_frame * per_frame)
                for scene, times in zip(self._plan.scenes, schedule.scenes, strict=True)
            ),
            music=music,
            seed=self._plan.seed,
            volume_db=self._options.music_volume_db,
            ducking_db=self._options.ducking_db,
            music_bytes=data,
            music_suffix=suffix,
        )
        key = content_key(
            "soundtrack",
            narrations=[(asset.key, start) for asset, start in zip(speech, starts, strict=True)],
            samples=order.sample_count,
            moods=order.moods,
            music=(music, hashlib.sha256(data).hexdigest()),
            seed=order.seed,
            levels=(order.volume_db, order.ducking_db),
            code=code_revision("raypipe.sound", "raypipe.encode"),
        )
        held = self._assets.soundtracks.get(key)
        spool = self._assets.spool
        kept = held or await asyncio.to_thread(kept_soundtrack, self._store, key, spool)
        if kept is not None:
            self._clock.tell("sound", "cached")
            kept = replace(kept, cached=True)
        else:
            references = []
            for asset in speech:
                references.append(await self._link.put(asset.speech))
                let_go(asset.speech.samples)
            order = replace(order, narrations=tuple(zip(references, starts, strict=True)))
            made = await self._link.step(make_soundtrack, order, self._options.store, key)
            track = await asyncio.to_thread(spool.put, made.data)
            kept = Soundtrack(track, order.sample_count)
            self._assets.soundtracks[key] = kept
            self._clock.tell("sound", "done")
        if self._live is not None:
            await self._show(self._live.add_sound, kept.data.read())
        return kept

    # -- sheets --------------------------------------------------------------------------------

    async def _sheets(
        self,
        durations_s: tuple[float, ...],
        pictures: Sequence[asyncio.Task[PictureAsset]],
        shop: PictureShop,
        *,
        after: asyncio.Task[Soundtrack] | None = None,
    ) -> Sheets:
        if self._options.preview:
            return Sheets({}, {})
        if after is not None:  # the sound is waited for by somebody who watches, the sheets are not
            await asyncio.wait([after])
        assets = [await asyncio.shield(task) for task in pictures]
        return await get_sheets(
            self._plan,
            durations_s,
            picture_keys=tuple(asset.key for asset in assets),
            config=self._options.store,
            pictures=shop,
            link=self._link,
        )

    # -- pictures in motion --------------------------------------------------------------------

    async def _render(
        self,
        schedule: Schedule,
        speech: Sequence[SpeechAsset],
        pictures: Sequence[asyncio.Task[PictureAsset]],
        shop: PictureShop,
        engines: Engines,
    ) -> tuple[list[TimelineScene], list[Segment]]:
        owned = _owned_frames(schedule)
        frames_done = [0] * len(owned)
        final = len(owned) - 1
        counts = [
            len(
                segment_lengths(
                    frames,
                    fps=schedule.fps,
                    hold_frames=times.hold_frames,
                    opening=index == 0,
                    closing=index == final,
                )
            )
            for index, (frames, times) in enumerate(zip(owned, schedule.scenes, strict=True))
        ]
        scene_of = [index for index, count in enumerate(counts) for _ in range(count)]
        by_segment: dict[int, int] = {}

        def on_frames(segment: int, frames: int) -> None:
            scene = scene_of[segment]
            frames_done[scene] += frames - by_segment.get(segment, 0)
            by_segment[segment] = frames
            self._clock.tell(
                "render",
                "done" if frames_done[scene] >= owned[scene] else "running",
                scene_id=self._plan.scenes[scene].scene_id,
                done=frames_done[scene],
                total=owned[scene],
            )

        for scene, frames in zip(self._plan.scenes, owned, strict=True):
            self._clock.tell("render", "queued", scene_id=scene.scene_id, total=frames)
        segments = SegmentShop(
            self._options.asker or self._plan.story_id,
            self._options,
            encoder=engines.encoder.name,
            pictures=shop,
            link=self._link,
            on_frames=on_frames,
        )

        async def scene_layers(index: int) -> TimelineScene:
            asset = await asyncio.shield(pictures[index])
            texts = self._texts(index, schedule, speech[index])
            return build_scene(
                self._plan.scenes[index],
                schedule.scenes[index],
                index=index,
                fps=schedule.fps,
                size=self._size,
                picture_key=asset.key,
                picture_size=asset.size,
                focus=asset.focus,
                speech_key=speech[index].key,
                texts=texts,
                language=self._plan.language,
                last=index == final,
            )

        async def encoded_parts(index: int) -> list[Segment]:
            scene = await layers[index]
            mixing = schedule.scenes[index].transition_out.frames > 0
            following = await layers[index + 1] if mixing else None
            overlap_in = schedule.scenes[index - 1].transition_out.frames if index else 0
            specs = scene_segments(
                scene,
                following,
                overlap_in=overlap_in,
                size=self._size,
                fps=schedule.fps,
                first_index=sum(counts[:index]),
                closing=index == final,
            )
            shown = [(index, index + 1) if spec.following else (index,) for spec in specs]
            return list(
                await asyncio.gather(
                    *(self._segment(segments, s, p) for s, p in zip(specs, shown, strict=True))
                )
            )

        layers = [asyncio.ensure_future(scene_layers(index)) for index in range(len(owned))]
        watcher = asyncio.ensure_future(segments.watch())
        try:
            parts = await asyncio.gather(*(encoded_parts(index) for index in range(len(owned))))
        finally:
            watcher.cancel()
            with suppress(asyncio.CancelledError):
                await watcher
        return [task.result() for task in layers], [part for scene in parts for part in scene]

    async def _segment(
        self, segments: SegmentShop, spec: SegmentSpec, shown: tuple[int, ...]
    ) -> Segment:
        if self._live is None:
            return await segments.get(spec, shown)
        # What somebody waits to watch, the first segment and the sound, goes before all else.
        if spec.index > 0:
            await self._opening.wait()
        made = await segments.get(spec, shown)
        self._opening.set()
        await self._show(self._live.add_segment, spec.index, made.data.read())
        return made

    async def _show(self, add: Callable[..., None], *parts: Any) -> None:
        async with self._live_lock:  # a playlist has one writer at a time
            await asyncio.to_thread(add, *parts)


def first_failure(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the first error of ``group`` that is no group itself."""
    first: BaseException = group
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first


def _owned_frames(schedule: Schedule) -> list[int]:
    overlaps = [0, *(times.transition_out.frames for times in schedule.scenes[:-1])]
    return [
        times.frame_count - overlap
        for times, overlap in zip(schedule.scenes, overlaps, strict=True)
    ]


def _read_music(music: str) -> tuple[str, bytes, str]:
    from raypipe.media import carry_sound

    if music in {"ambient", "none", ""}:
        return music or "none", b"", ""
    return "file", *carry_sound(Path(music))


def _summary(engines: Engines) -> str:
    return f"{engines.images.name}, {engines.speech.name}, {engines.encoder.name}"
