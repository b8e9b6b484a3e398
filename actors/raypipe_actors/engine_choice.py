"""Which engines a story is made with, and who of them reads whom."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial

from raypipe.choice import Choice
from raypipe.revisions import embedded_revision
from raypipe.speech.cast import VoiceCast, split_voice
from raypipe.speech.casting import scene_parts
from raypipe.story.plan import StoryPlan
from raypipe_actors.link import ClusterLink
from raypipe_actors.options import Engines, Reader, RenderOptions


async def choose_engines(plan: StoryPlan, options: RenderOptions, link: ClusterLink) -> Engines:
    """Choose the engines of a story where the work will be done.

    Raises:
        VoiceError: a voice or language that an engine does not have; told before anything is drawn.
        SettingsError: an engine that is not known.
        EngineUnavailableError: it cannot run there.
    """
    from raypipe.encode.probe import choose_encoder
    from raypipe.images.open import choose_image_engine
    from raypipe.speech.open import choose_speech_engine

    roots = options.models_dirs
    images: Choice = await link.ask(partial(choose_image_engine, options.images, roots=roots))
    speech: Choice = await link.ask(
        partial(
            choose_speech_engine,
            options.speech,
            language=plan.language,
            roots=roots,
        )
    )
    if options.preview:  # encoded in this process, whatever encoder the video will have
        encoder = await asyncio.to_thread(choose_encoder, software_first=True)
    else:
        encoder = await link.ask(partial(choose_encoder, options.encoder))
    image_revision = await _image_revision(images.name, link)
    speech_revision = await speaker_revision(plan, link, speech.name, options.voice)
    cast = await choose_cast(plan, options, link, speech)
    return Engines(images, speech, encoder, image_revision, speech_revision, cast)


async def choose_cast(
    plan: StoryPlan, options: RenderOptions, link: ClusterLink, speech: Choice
) -> tuple[Reader, ...]:
    """Return the voices of those who speak in this story, and refuse those that are not there.

    Raises:
        VoiceError: a voice or language that its engine does not have.
        SettingsError: an engine that is not known.
    """
    from raypipe.speech.open import choose_speech_engine

    cast = VoiceCast(options.cast)
    scenes = range(len(plan.scenes))
    parts = [part for index in scenes for part in scene_parts(plan, index, cast)]
    speakers: dict[str, list[str]] = {}
    for part in parts:
        if part.voice and part.who:
            speakers.setdefault(part.voice, []).append(part.who)
    readers: list[Reader] = []
    for wanted, who in speakers.items():
        engine, voice = split_voice(wanted)
        choice = speech
        if engine is not None:
            language = plan.language
            choose = partial(choose_speech_engine, engine, language=language)
            choice = replace(await link.ask(choose), reason="asked for in the cast")
        revision = await speaker_revision(plan, link, choice.name, voice)
        readers.append(Reader(wanted, choice, voice, revision, tuple(dict.fromkeys(who))))
    return tuple(readers)


async def _image_revision(engine: str, link: ClusterLink) -> str:
    known = embedded_revision(engine)
    return known or (await (await link.pool("image", engine)).describe()).revision


async def speaker_revision(
    plan: StoryPlan, link: ClusterLink, engine: str, voice: str | None
) -> str:
    """Return the revision of a speech engine, if it has the voice and the story's language.

    Raises:
        VoiceError: it has not; told before anything is drawn.
    """
    from raypipe.speech.engine import SpeechRequest, check_request
    from raypipe.speech.open import check_voice

    known = embedded_revision(engine)
    if known is not None:
        await link.ask(partial(check_voice, engine, voice))
        return known
    info = await (await link.pool("speech", engine)).describe()
    request = SpeechRequest("", plan.language, voice)
    check_request(request, engine=engine, languages=info.languages, voices=info.voices)
    return info.revision
