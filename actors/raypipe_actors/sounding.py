"""The soundtrack of a story: found in the store, or mixed on the cluster."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from raypipe.speech.engine import Speech
from raypipe.spool import let_go
from raypipe.store.content import ContentStore
from raypipe.store.keys import code_revision, content_key
from raypipe.story.plan import StoryPlan
from raypipe.timeline.schedule import Schedule
from raypipe_actors.link import ClusterLink
from raypipe_actors.narration import SpeechAsset
from raypipe_actors.options import RenderOptions
from raypipe_actors.rendered import StoryAssets
from raypipe_actors.steps import SoundOrder, Soundtrack, kept_soundtrack, make_soundtrack

if TYPE_CHECKING:
    from raypipe.sound.voice import Voice


class VoicesAhead:
    """Makes narrations ready for the mix while the next ones are spoken, where it is mixed here.

    The cores that narrate have room for that, one after the other, and the sound is there the
    sooner.

    Args:
        link: the cluster.
    """

    def __init__(self, link: ClusterLink) -> None:
        self._link = link
        self._voices: dict[str, asyncio.Task[Voice]] = {}
        self._kept: list[SpeechAsset] = []
        self._turn = asyncio.Lock()
        self._mixing = False

    def forget_kept(self) -> None:
        """Leave what was kept so far to the mix: all is narrated again, at another rate."""
        self._kept.clear()

    def expect_mix(self) -> None:
        """Begin with what was kept, too: something new is spoken, so that all is mixed anew."""
        self._mixing = True
        while self._kept:
            self.begin(self._kept.pop(0))

    def begin(self, asset: SpeechAsset) -> None:
        """Begin with what was just spoken; of what was kept, the soundtrack may be kept too."""
        if not self._link.local or asset.speech.silent or asset.key in self._voices:
            return
        if asset.cached and not self._mixing:
            self._kept.append(asset)
            return
        work = self._prepared(asset.speech)
        self._voices[asset.key] = asyncio.get_running_loop().create_task(work)

    async def _prepared(self, speech: Speech) -> Voice:
        async with self._turn:
            return await asyncio.to_thread(_prepare, speech)

    async def take(self, asset: SpeechAsset) -> Voice | Speech | Any:
        """Return what the mix is given of a narration: ready, as it is, or a reference to it.

        Raises:
            RenderError: it has NaN or the wrong shape.
        """
        begun = self._voices.get(asset.key)
        if begun is not None:
            return await begun
        return asset.speech if self._link.local else await self._link.put(asset.speech)


def _prepare(speech: Speech) -> Voice:
    from raypipe.sound.mix import prepare_voice

    voice = prepare_voice(speech.samples, speech.sample_rate_hz)
    let_go(speech.samples)
    return voice


async def get_soundtrack(
    plan: StoryPlan,
    options: RenderOptions,
    schedule: Schedule,
    speech: Sequence[SpeechAsset],
    *,
    voices: VoicesAhead,
    assets: StoryAssets,
    link: ClusterLink,
) -> Soundtrack:
    """Return the sound of the whole video, from another format, the store, or mixed now.

    The samples of ``speech`` may leave this process's memory; they stay on disk.

    Args:
        plan: what is told, and how it feels.
        options: music and levels.
        schedule: when each narration is heard.
        speech: one a scene.
        voices: those of them that are made ready already.
        assets: of the story's formats; what is mixed is kept there for the others.
        link: the cluster.
    """
    per_frame = 48_000 // schedule.fps
    music, content, suffix = await asyncio.to_thread(_read_music, options.music)
    starts = [(times.start_frame + times.speech_frame) * per_frame for times in schedule.scenes]
    order = SoundOrder(
        narrations=(),
        sample_count=schedule.frame_count * per_frame,
        moods=tuple(
            (scene.mood, times.start_frame * per_frame, times.end_frame * per_frame)
            for scene, times in zip(plan.scenes, schedule.scenes, strict=True)
        ),
        music=music,
        seed=plan.seed,
        volume_db=options.music_volume_db,
        ducking_db=options.ducking_db,
        music_bytes=content,
        music_suffix=suffix,
    )
    key = content_key(
        "soundtrack",
        narrations=[(asset.key, start) for asset, start in zip(speech, starts, strict=True)],
        samples=order.sample_count,
        moods=order.moods,
        music=(music, hashlib.sha256(content).hexdigest()),
        seed=order.seed,
        levels=(order.volume_db, order.ducking_db),
        code=code_revision("raypipe.sound", "raypipe.encode"),
    )
    store = ContentStore(options.store)
    held = assets.soundtracks.get(key)
    spool = assets.spool
    kept = held or await asyncio.to_thread(kept_soundtrack, store, key, spool)
    if kept is not None:
        return replace(kept, cached=True)
    narrations = [await voices.take(asset) for asset in speech]
    for asset in speech:
        let_go(asset.speech.samples)
    order = replace(order, narrations=tuple(zip(narrations, starts, strict=True)))
    data = (await link.step(make_soundtrack, order, options.store, key)).data
    made = Soundtrack(await asyncio.to_thread(spool.put, data), order.sample_count)
    assets.soundtracks[key] = made
    return made


def _read_music(music: str) -> tuple[str, bytes, str]:
    from raypipe.media import carry_sound

    if music in {"ambient", "none", ""}:
        return music or "none", b"", ""
    return "file", *carry_sound(Path(music))
