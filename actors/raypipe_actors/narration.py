"""The narration of a story: from the store, from the pools, in one voice or several.

The ladder of a part: the voice that it is cast with, the narrator's voice, then the embedded
engines that speak the language, best first. If none of them can say a part, the whole scene is
silent and its text prominent. What does not come from the first rung is marked degraded, with the
reasons. A mistake of the caller's, such as a voice that does not exist, is told instead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from raypipe.errors import CancelledError, InputError, RaypipeError
from raypipe.speech.cast import Part, VoiceCast
from raypipe.speech.casting import scene_parts
from raypipe.speech.engine import Speech, SpeechRequest
from raypipe.speech.joining import SpokenPart, find_pauses, join_speech
from raypipe.speech.open import next_engines
from raypipe.spool import Spool
from raypipe.store.keys import code_revision, content_key
from raypipe.store.products import get_speech, put_speech
from raypipe.story.plan import StoryPlan
from raypipe_actors.assets import StoryClient
from raypipe_actors.link import ClusterLink
from raypipe_actors.messages import SpeechJob
from raypipe_actors.options import Engines, Reader, RenderOptions

SILENT_STRETCH = 1.5
"""A scene without a voice is held longer, so that its text can be read (the specification's)."""


@dataclass(frozen=True, slots=True)
class SpeechAsset:
    """A scene's narration; ``engine`` names all that speak in it."""

    key: str
    speech: Speech
    engine: str
    cached: bool
    attempts: int
    degraded: str | None
    gpu_s: float = 0.0


class Narrator(StoryClient):
    """Gets the narration of one story, each scene and rate once."""

    def __init__(
        self, plan: StoryPlan, options: RenderOptions, engines: Engines, link: ClusterLink
    ) -> None:
        super().__init__(plan, options, engines, link)
        self._spoken: dict[tuple[int, float], SpeechAsset] = {}
        self._spool = Spool()
        self._narrator = Reader("", engines.speech, options.voice, engines.speech_revision)
        self._readers = {reader.wanted: reader for reader in engines.cast}
        self._substitutes: tuple[str, ...] | None = None
        self.on_ask: Callable[[], None] | None = None
        """Told when a pool is asked to speak what is not in the store."""

    async def speak(
        self, index: int, *, rate: float, on_retry: Callable[[str], None]
    ) -> SpeechAsset:
        """Return the narration of scene ``index`` at ``rate`` times the voice's own pace."""
        held = self._spoken.get((index, rate))
        if held is not None:
            if held.degraded is not None:
                on_retry(held.degraded)
            return replace(held, cached=True, attempts=0, gpu_s=0.0)
        asset = await self._speak(index, rate)
        if asset.degraded is not None:
            on_retry(asset.degraded)
        # Its samples wait on disk until they are mixed: ten minutes of speech are 53 MB.
        samples = await asyncio.to_thread(self._spool.keep, asset.speech.samples)
        asset = replace(asset, speech=replace(asset.speech, samples=samples))
        self._spoken[index, rate] = asset
        return asset

    async def _speak(self, index: int, rate: float) -> SpeechAsset:
        segment = self._plan.audio_script.segments[index]
        request = SpeechRequest(
            text=segment.text,
            language=self._plan.language,
            voice=self._narrator.voice,
            rate=rate,
            seed=self._plan.scenes[index].seed,
            emphasis=segment.emphasis,
        )
        parts = scene_parts(self._plan, index, VoiceCast(self._options.cast))
        if len(parts) == 1 and parts[0].voice is None:
            return await self._read(index, request, self._narrator)
        assets = await asyncio.gather(*(self._read_part(index, request, part) for part in parts))
        silent = next((each for each in assets if each.speech.silent), None)
        if silent is not None:
            return await self._silent(request, (silent.degraded or "").partition(": ")[2])
        return await self._joined(request, parts, assets)

    async def _read_part(self, index: int, request: SpeechRequest, part: Part) -> SpeechAsset:
        text = request.text[part.start : part.end]
        reader = self._readers[part.voice] if part.voice else self._narrator
        emphasis = tuple(word for word in request.emphasis if word in text)
        own = replace(request, text=text, voice=reader.voice, emphasis=emphasis)
        return await self._read(index, own, reader)

    async def _joined(
        self, request: SpeechRequest, parts: Sequence[Part], assets: Sequence[SpeechAsset]
    ) -> SpeechAsset:
        pauses = find_pauses(request.text, request.language, parts, rate=request.rate)
        key = content_key(
            "speech",
            engine="cast",
            revision=code_revision("raypipe.speech"),
            parts=[
                (asset.key, part.start, pause)
                for asset, part, pause in zip(assets, parts, pauses, strict=True)
            ],
        )
        speech = await asyncio.to_thread(get_speech, self._store, key)
        if speech is None:
            together = [
                SpokenPart(asset.speech, part.start, pause)
                for asset, part, pause in zip(assets, parts, pauses, strict=True)
            ]
            speech = await asyncio.to_thread(join_speech, together)
            await asyncio.to_thread(put_speech, self._store, key, speech)
        reasons = dict.fromkeys(asset.degraded for asset in assets if asset.degraded)
        return SpeechAsset(
            key,
            speech,
            ", ".join(dict.fromkeys(asset.engine for asset in assets)),
            cached=all(asset.cached for asset in assets),
            attempts=sum(asset.attempts for asset in assets),
            degraded="; ".join(reasons) or None,
            gpu_s=sum(asset.gpu_s for asset in assets),
        )

    # -- the ladder ----------------------------------------------------------------------------

    async def _read(self, index: int, request: SpeechRequest, reader: Reader) -> SpeechAsset:
        """Read a text with ``reader``, else with the next best that can."""
        try:
            return await self._ask(index, request, reader)
        except (InputError, CancelledError):
            raise
        except RaypipeError as error:
            reasons = [str(error)]
        for other in await self._others(reader):
            try:
                asset = await self._ask(index, replace(request, voice=other.voice), other)
            except CancelledError:
                raise
            except RaypipeError as error:
                reasons.append(str(error))
            else:
                who = f"{other.name} instead of {reader.name}"
                return replace(asset, degraded=f"read by {who}: {'; '.join(reasons)}")
        return await self._silent(request, "; ".join(reasons))

    async def _ask(self, index: int, request: SpeechRequest, reader: Reader) -> SpeechAsset:
        engine = reader.choice.name
        key = content_key("speech", engine=engine, revision=reader.revision, request=request)
        kept = await asyncio.to_thread(get_speech, self._store, key)
        if kept is not None:
            return SpeechAsset(key, kept, engine, cached=True, attempts=0, degraded=None)
        if self.on_ask is not None:
            self.on_ask()
        maker = await self._link.maker("speech", engine)
        job = SpeechJob(key, request, self._options.store)
        reply = await maker.submit(self.ticket(key, index, job))
        return SpeechAsset(
            key,
            reply.done,
            engine,
            cached=False,
            attempts=reply.attempts,
            degraded=None,
            gpu_s=reply.gpu_s,
        )

    async def _others(self, reader: Reader) -> list[Reader]:
        """Return who reads in place of ``reader``, best first."""
        if self._substitutes is None:
            find = partial(next_engines, self._narrator.choice.name, language=self._plan.language)
            self._substitutes = await self._link.ask(find)
        others = [self._narrator] if reader is not self._narrator else []
        return others + [Reader.embedded(engine) for engine in self._substitutes]

    async def _silent(self, request: SpeechRequest, reason: str) -> SpeechAsset:
        slow = replace(request, rate=request.rate / SILENT_STRETCH)
        key = content_key("speech", engine="silence", request=slow)
        speech = await asyncio.to_thread(_keep_silent, slow)
        await asyncio.to_thread(put_speech, self._store, key, speech)
        degraded = f"no voice, prominent text: {reason}"
        return SpeechAsset(key, speech, "silence", cached=False, attempts=1, degraded=degraded)


def _keep_silent(request: SpeechRequest) -> Speech:
    from raypipe.speech.open import open_speech_engine

    return open_speech_engine("silence").synthesize(request)
