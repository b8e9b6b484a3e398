"""One story, from plan to encoded segments and soundtrack: a graph that runs as wide as it can.

Per scene, picture and narration are asked for at once. When all narration is there, the timeline
is fixed. A segment is asked for as soon as its pictures are there; the soundtrack is mixed beside
that. Whatever the store already holds is not made again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial

from raypipe.choice import Choice
from raypipe.encode.live import LiveVideo
from raypipe.encode.sessions import is_software
from raypipe.errors import EncoderError
from raypipe.logs import log_fields
from raypipe.progress import ProgressSink, Stage
from raypipe.story.model import frame_size
from raypipe.story.plan import StoryPlan
from raypipe.timeline.model import Timeline, TimelineScene
from raypipe.timeline.pace import Pace, choose_rate
from raypipe.timeline.schedule import VIDEO_STEP, Schedule, make_schedule
from raypipe_actors.assets import PictureAsset, PictureShop
from raypipe_actors.engine_choice import choose_engines
from raypipe_actors.filming import Filming, LiveShow, owned_frames
from raypipe_actors.link import ClusterLink
from raypipe_actors.narration import Narrator, SpeechAsset
from raypipe_actors.options import Engines, RenderOptions
from raypipe_actors.previewing import PreviewShop, core_turns
from raypipe_actors.reading import ReadingAhead
from raypipe_actors.rendered import RenderedStory, StoryAssets
from raypipe_actors.rendering import Segment, SegmentShop
from raypipe_actors.sheets import Sheets, get_sheets
from raypipe_actors.sounding import VoicesAhead, get_soundtrack
from raypipe_actors.steps import Soundtrack
from raypipe_actors.story_clock import StoryClock


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
        self._clock = StoryClock(on_event)
        self._size = frame_size(plan.aspect_ratio, options.quality, preview=options.preview)
        # The sound takes longest of what a preview makes beside its segments, so it has a core.
        self._turns = core_turns() if options.preview else None
        self._show = LiveShow(live, one_machine=link.local)
        self._assets = assets or StoryAssets()
        self._voices = VoicesAhead(link)
        self._readings = ReadingAhead()
        self._degraded: list[str] = []
        self._notes: list[str] = []

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
        except BaseException as error:
            self._readings.drop()
            if isinstance(error, BaseExceptionGroup):
                # The first failure cancels the rest; it alone is the reason.
                raise first_failure(error) from None
            raise
        await self._link.flush()
        return made

    async def _make(self, engines: Engines, shop: PictureShop, narrator: Narrator) -> RenderedStory:
        async with asyncio.TaskGroup() as group:
            pictures = [
                group.create_task(self._picture(shop, index, engine=engines.images.name))
                for index in range(len(self._plan.scenes))
            ]
            warming = group.create_task(self._warm_encoders(pictures))
            narrator.on_ask = self._voices.expect_mix
            speech, rate = await self._narrate(narrator)
            schedule = self._schedule(speech, rate)
            sound = group.create_task(self._soundtrack(schedule, speech))
            durations_s = tuple(frames / schedule.fps for frames in owned_frames(schedule))
            watched = sound if self._show.watched else None
            sheets = group.create_task(self._sheets(durations_s, pictures, shop, after=watched))
            warming.cancel()
            scenes, segments, engines = await self._film(engines, schedule, speech, pictures, shop)
        return RenderedStory(
            timeline=Timeline(*self._size, self._options.fps, tuple(scenes)),
            schedule=schedule,
            pictures=tuple(task.result() for task in pictures),
            speech=tuple(speech),
            segments=tuple(segments),
            readings=self._readings,
            soundtrack=sound.result(),
            sheets=sheets.result(),
            engines=engines,
            stages=self._clock.stages(),
            degraded=tuple(self._degraded),
            notes=tuple(filter(None, (schedule.pace.problem, *self._notes))),
        )

    async def storyboard(self) -> bytes:
        """Draw the pictures only, and return their contact sheet, a JPEG file.

        Raises:
            RaypipeError: as `run`.
        """
        engines, shop, _ = await self._open_assets()
        try:
            async with asyncio.TaskGroup() as group:
                pictures = [
                    group.create_task(self._picture(shop, index, engine=engines.images.name))
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
            engines = await choose_engines(self._plan, self._options, self._link)
            client = (self._plan, self._options, engines, self._link)
            self._assets.opened = engines, PictureShop(*client), Narrator(*client)
        return self._assets.opened

    # -- assets --------------------------------------------------------------------------------

    async def _picture(self, shop: PictureShop, index: int, *, engine: str) -> PictureAsset:
        scene_id = self._plan.scenes[index].scene_id
        self._clock.tell("image", "queued", scene_id=scene_id)
        await self._show.picture_turn(index, engine=engine)

        def on_retry(reason: str) -> None:
            self._mark_degraded("image", scene_id, f"shown as a card: {reason}")

        with log_fields(scene_id=scene_id):
            asset = await shop.get(index, on_retry=on_retry)
        if asset.degraded is None:
            self._clock.tell("image", "cached" if asset.cached else "done", scene_id=scene_id)
        return asset

    async def _warm_encoders(self, pictures: Sequence[asyncio.Task[PictureAsset]]) -> None:
        """Start the render workers while the first pictures are drawn and narrated.

        Their start then costs the story no time; a story whose pictures are kept may need none, and
        a preview never does.
        """
        if self._options.preview:
            return
        done, _ = await asyncio.wait(pictures, return_when=asyncio.FIRST_COMPLETED)
        if any(not task.exception() and not task.result().cached for task in done):
            pool = await self._link.pool("render", self._options.encoder)
            await pool.prepare((await self._link.shares()).render_workers)

    async def _narrate(self, narrator: Narrator) -> tuple[list[SpeechAsset], float]:
        """Speak all scenes; once more at a better rate where the first guess misses the target."""
        transitions = [scene.transition for scene in self._plan.scenes]
        target_s, before = self._plan.target_duration, self._pace_before()
        rate = before.rate if before else choose_rate(self._expected_s(), transitions, target_s)
        tried: set[float] = set()
        while True:
            tried.add(rate)
            self._voices.forget_kept()
            speech = await asyncio.gather(
                *(self._speak(narrator, index, rate) for index in range(len(transitions)))
            )
            natural_s = sum(asset.speech.duration_s for asset in speech) * rate
            better = choose_rate(natural_s, transitions, target_s, before=before)
            # Rates are few and speech scales with them, so this ends after one correction;
            # the set guards against two rates that each ask for the other.
            if better in tried or all(asset.speech.silent for asset in speech):
                return list(speech), rate
            rate = better

    def _pace_before(self) -> Pace | None:
        pace = self._plan.pace
        return Pace(pace.rate, pace.looseness) if pace is not None else None

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

        with log_fields(scene_id=scene_id):
            asset = await narrator.speak(index, rate=rate, on_retry=on_retry)
        self._voices.begin(asset)
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
            before=self._pace_before(),
            step=1 if self._options.preview else VIDEO_STEP,
        )

    # -- sound ---------------------------------------------------------------------------------

    async def _soundtrack(self, schedule: Schedule, speech: Sequence[SpeechAsset]) -> Soundtrack:
        self._clock.tell("sound", "running")
        try:
            async with self._turns or nullcontext():
                sound = await get_soundtrack(
                    self._plan,
                    self._options,
                    schedule,
                    speech,
                    voices=self._voices,
                    assets=self._assets,
                    link=self._link,
                )
        except BaseException:
            self._show.begin()  # nobody waits for it any more
            raise
        self._clock.tell("sound", "cached" if sound.cached else "done")
        if not (sound.cached or self._options.preview):
            self._readings.begin_sound(sound.data)
        await self._show.add_sound(sound)
        return sound

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

    async def _film(
        self,
        engines: Engines,
        schedule: Schedule,
        speech: Sequence[SpeechAsset],
        pictures: Sequence[asyncio.Task[PictureAsset]],
        shop: PictureShop,
    ) -> tuple[list[TimelineScene], list[Segment], Engines]:
        """Return the scenes, their segments, and the engines with the encoder that made them.

        Segments of two encoders cannot be joined. So where one in hardware fails for one segment
        (no session is left, the driver was lost, a node has none), all are made in software.
        """
        film = partial(self._film_with, schedule, speech, pictures, shop)
        try:
            return *await film(engines.encoder.name), engines
        except EncoderError as error:
            if is_software(engines.encoder.name):
                raise
            engines = _in_software(engines, error)
        self._notes.append(engines.encoder.reason)
        if self._assets.opened is not None:  # nor do the story's other formats try it again
            self._assets.opened = (engines, *self._assets.opened[1:])
        return *await film(engines.encoder.name), engines

    async def _film_with(
        self,
        schedule: Schedule,
        speech: Sequence[SpeechAsset],
        pictures: Sequence[asyncio.Task[PictureAsset]],
        shop: PictureShop,
        encoder: str,
    ) -> tuple[list[TimelineScene], list[Segment]]:
        filming = Filming(
            self._plan,
            self._options,
            size=self._size,
            schedule=schedule,
            speech=speech,
            pictures=pictures,
            show=self._show,
            # Of a preview nothing is checked.
            readings=None if self._options.preview else self._readings,
            clock=self._clock,
        )
        make_shop = PreviewShop if self._options.preview else SegmentShop
        segments = make_shop(
            self._options.asker or self._plan.story_id,
            self._options,
            encoder=encoder,
            pictures=shop,
            link=self._link,
            on_frames=filming.on_frames,
            turns=self._turns,
        )
        try:
            return await filming.run(segments)
        except EncoderError:
            if not is_software(encoder):  # the next try would wait behind what nobody needs
                await segments.give_up()
            raise


def _in_software(engines: Engines, error: EncoderError) -> Engines:
    """Return ``engines`` with x264 in place of an encoder that failed."""
    failed = engines.encoder
    reason = f"{failed.name} failed, so all was encoded in software: {error.problem}"
    rejected = ((failed.name, error.problem), *failed.rejected)
    return replace(engines, encoder=Choice("libx264", reason, rejected))


def first_failure(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the first error of ``group`` that is no group itself."""
    first: BaseException = group
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first


def _summary(engines: Engines) -> str:
    return f"{engines.images.name}, {engines.speech.name}, {engines.encoder.name}"
