"""Warming the pools that the settings name, the voices of the cast included; imports Ray."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from raypipe.images.open import choose_image_engine, image_engine_name
from raypipe.settings import Settings
from raypipe.speech.cast_check import find_cast_engine
from raypipe.speech.engine import SpeechRequest, check_request
from raypipe.speech.open import choose_speech_engine, speech_engine_name
from raypipe_cluster.outcome import WarmStep

if TYPE_CHECKING:
    from raypipe_actors.link import ClusterLink
    from raypipe_actors.messages import PoolKind, WorkerInfo


async def warm_pools(
    link: ClusterLink, settings: Settings, *, on_step: Callable[[WarmStep], None]
) -> None:
    """Start a worker of each pool that the settings name, and wait until all are warm.

    So are the engines of the cast. ``on_step`` is told when each pool begins and when it is warm.

    Raises:
        VoiceError: an engine lacks a voice that the cast has of it.
        RaypipeError: an engine cannot run there; it says why.
    """
    images = choose_image_engine(
        image_engine_name(settings.images), roots=settings.storage.models_dirs
    )
    speech = choose_speech_engine(
        speech_engine_name(settings.tts), language="en", roots=settings.storage.models_dirs
    )
    shares = await link.shares()

    cast = cast_by_engine(settings, narrator=speech.name)

    async def warm(kind: PoolKind, engine: str, workers: int) -> None:
        since_s = time.perf_counter()
        on_step(WarmStep(kind, engine, "starting", 0.0))
        info = await (await link.pool(kind, engine)).warm(workers)
        took_s = time.perf_counter() - since_s
        # A render worker's revision is the encoder that it found to work.
        name = info.revision if kind == "render" else engine
        if kind == "speech":
            _check_voices(info, cast.get(engine, ()))
        on_step(WarmStep(kind, name, "warm", took_s, info.detail.partition("|")[0]))

    await asyncio.gather(
        warm("image", images.name, 1),
        *(warm("speech", engine, 1) for engine in dict.fromkeys((speech.name, *cast))),
        warm("render", settings.video.encoder, shares.render_workers),
    )


def cast_by_engine(settings: Settings, *, narrator: str) -> dict[str, list[str | None]]:
    """Return the engines of the cast, and the voices that it has of each."""
    found: dict[str, list[str | None]] = {}
    for wanted in settings.tts.cast.values():
        engine, voice = find_cast_engine(wanted, narrator=narrator)
        found.setdefault(engine, []).append(voice)
    return found


def _check_voices(info: WorkerInfo, voices: Iterable[str | None]) -> None:
    language = next(iter(info.languages), "en")
    for voice in voices:
        check_request(
            SpeechRequest("", language, voice),
            engine=info.engine,
            languages=info.languages,
            voices=info.voices,
        )
