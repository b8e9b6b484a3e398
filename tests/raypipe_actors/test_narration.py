"""Narration in one voice, in several, and by others, with real engines in this process."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import lru_cache
from types import SimpleNamespace

import numpy as np
import pytest

from raypipe.choice import Choice
from raypipe.errors import EngineUnavailableError, RejectedError, VoiceError
from raypipe.revisions import embedded_revision
from raypipe.speech.engine import SpeechRequest
from raypipe.speech.guard import speak_checked
from raypipe.speech.open import open_speech_engine
from raypipe.store.content import ContentStore, StoreConfig
from raypipe.store.keys import content_key
from raypipe.store.products import put_speech
from raypipe.story.model import Story
from raypipe.story.planner import plan_story
from raypipe.timeline.model import TextStyle
from raypipe_actors.engine_choice import choose_cast, speaker_revision
from raypipe_actors.link import ClusterLink
from raypipe_actors.messages import Reply
from raypipe_actors.narration import Narrator
from raypipe_actors.options import Engines, RenderOptions

STORY = Story(
    story_id="lamp",
    title="The Lamp",
    content='Elena found a lamp on the beach. "It is warm, and it glows," she whispered. '
    'Her guide Tomas shouted, "Run to the boat!" Nobody saw the lamp again.',
)


open_engine = lru_cache(open_speech_engine)


class Pool:
    """A pool whose one worker is this process."""

    def __init__(self, engine, asked):
        self.engine = engine
        self.asked = asked

    async def submit(self, ticket):
        self.asked.append((self.engine.name, ticket.job.request))
        speech = speak_checked(self.engine, ticket.job.request)
        put_speech(ContentStore(ticket.job.store), ticket.job.key, speech)
        return Reply(speech, (), "here", attempts=1, queue_s=0, run_s=0)

    async def describe(self):
        engine = self.engine
        return SimpleNamespace(
            revision=engine.revision, languages=engine.languages, voices=engine.voices
        )


class DirectLink(ClusterLink):
    """Pools without a cluster; ``broken`` are engines that fail, with how."""

    def __init__(self, broken=None):
        super().__init__(lambda: None, local=True)
        self.broken = broken or {}
        self.asked = []

    async def pool(self, kind, engine):
        assert kind == "speech"
        if engine in self.broken:
            raise self.broken[engine]
        return Pool(open_engine(engine), self.asked)


@pytest.fixture
def plan():
    return plan_story(STORY, target_duration=30, aspect_ratio="9:16")


def options_for(tmp_path, *, speech="espeak:en", voice=None, cast=()):
    return RenderOptions(
        fps=30,
        quality="draft",
        max_bitrate=8_000_000,
        images="storybook",
        speech=speech,
        encoder="libx264",
        voice=voice,
        music="none",
        captions=True,
        caption_style=TextStyle(),
        platforms=(),
        store=StoreConfig(url=f"file://{tmp_path}/store"),
        cast=tuple(cast),
    )


def narrator_for(plan, options, link):
    choice = Choice(options.speech, "asked for")
    cast = asyncio.run(choose_cast(plan, options, link, choice))
    engines = Engines(
        Choice("storybook", ""),
        choice,
        Choice("libx264", ""),
        "",
        embedded_revision(options.speech) or "1",
        cast,
    )
    return Narrator(plan, options, engines, link)


def speak_all(narrator, plan, *, rate=1.0):
    reasons = []

    async def speak():
        return await asyncio.gather(
            *(
                narrator.speak(index, rate=rate, on_retry=reasons.append)
                for index in range(len(plan.scenes))
            )
        )

    return asyncio.run(speak()), reasons


def find_scene(plan, said):
    return next(i for i, each in enumerate(plan.audio_script.segments) if said in each.text)


def test_without_a_cast_a_scene_is_one_request_under_its_own_key(plan, tmp_path):
    options, link = options_for(tmp_path), DirectLink()
    assets, reasons = speak_all(narrator_for(plan, options, link), plan)
    assert reasons == []
    assert sorted(request.text for _, request in link.asked) == sorted(
        each.text for each in plan.audio_script.segments
    )
    for asset, segment, scene in zip(assets, plan.audio_script.segments, plan.scenes, strict=True):
        request = SpeechRequest(segment.text, seed=scene.seed, emphasis=segment.emphasis)
        assert asset.key == content_key(
            "speech", engine="espeak:en", revision=embedded_revision("espeak:en"), request=request
        )
        assert asset.engine == "espeak:en"


def test_a_cast_changes_nothing_where_nobody_of_it_speaks(plan, tmp_path):
    plain = speak_all(narrator_for(plan, options_for(tmp_path), DirectLink()), plan)[0]
    options = options_for(tmp_path, cast=[("Elena", "f3")])
    cast = speak_all(narrator_for(plan, options, DirectLink()), plan)[0]
    hers = find_scene(plan, "It is warm")
    for index, (one, other) in enumerate(zip(plain, cast, strict=True)):
        assert (one.key == other.key) == (index != hers)


def test_each_character_speaks_with_a_voice_of_its_own(plan, tmp_path, measure_pitch_hz):
    cast = [("Elena", "f3"), ("man", "m7")]
    options, link = options_for(tmp_path, cast=cast), DirectLink()
    assets, reasons = speak_all(narrator_for(plan, options, link), plan)
    assert reasons == []
    voices = {request.text: request.voice for _, request in link.asked}
    assert voices['"It is warm, and it glows,"'] == "f3"
    assert voices['"Run to the boat!"'] == "m7"
    assert {voice for text, voice in voices.items() if '"' not in text} == {None}
    index = find_scene(plan, "It is warm")
    text, speech = plan.audio_script.segments[index].text, assets[index].speech
    words = {text[word.char_start : word.char_end]: word for word in speech.words}
    assert [text[word.char_start : word.char_end] for word in speech.words][-2:] == [
        "she",
        "whispered",
    ]
    hers = slice(words["It"].start_sample, words["glows"].end_sample)
    narrated = slice(words["she"].start_sample, words["whispered"].end_sample)
    assert measure_pitch_hz(speech, hers) > 1.6 * measure_pitch_hz(speech, narrated)
    between = speech.samples[words["glows"].end_sample : words["she"].start_sample]
    assert 0.15 < len(between) / speech.sample_rate_hz < 0.5


def test_a_cast_may_name_another_engine(plan, tmp_path):
    options = options_for(tmp_path, speech="piper:joe", cast=[("Elena", "espeak:+f3")])
    link = DirectLink()
    narrator = narrator_for(plan, options, link)
    assets, reasons = speak_all(narrator, plan)
    assert reasons == []
    asset = assets[find_scene(plan, "It is warm")]
    assert asset.engine == "espeak:en, piper:joe"
    assert asset.speech.sample_rate_hz == 22_050
    assert ("espeak:en", "f3") in {(engine, request.voice) for engine, request in link.asked}


def test_a_second_run_finds_all_parts_in_the_store(plan, tmp_path):
    options = options_for(tmp_path, cast=[("Elena", "f3")])
    first = speak_all(narrator_for(plan, options, DirectLink()), plan)[0]
    link = DirectLink()
    second = speak_all(narrator_for(plan, options, link), plan)[0]
    assert link.asked == []
    assert all(asset.cached for asset in second)
    for one, other in zip(first, second, strict=True):
        assert one.key == other.key
        np.testing.assert_array_equal(one.speech.samples, other.speech.samples)
        assert one.speech.words == other.speech.words


def test_a_voice_of_the_cast_that_is_not_there_is_told_before_anything_is_spoken(plan, tmp_path):
    link = DirectLink()
    with pytest.raises(VoiceError, match=r"espeak:en has the voices .* got 'f33'"):
        narrator_for(plan, options_for(tmp_path, cast=[("Elena", "f33")]), link)
    with pytest.raises(VoiceError, match="expected an engine for the language 'en'"):
        narrator_for(plan, options_for(tmp_path, cast=[("Elena", "espeak:es")]), link)
    assert link.asked == []
    unused = options_for(tmp_path, cast=[("Somebody", "f33")])
    assert narrator_for(plan, unused, link)


def test_who_cannot_speak_is_read_by_the_narrator_with_the_reason(plan, tmp_path):
    broken = {"espeak:en": EngineUnavailableError("the package is gone")}
    options = options_for(tmp_path, speech="piper:joe", cast=[("Elena", "espeak:+f3")])
    link = DirectLink(broken)
    assets, reasons = speak_all(narrator_for(plan, options, link), plan)
    index = find_scene(plan, "It is warm")
    assert reasons == [assets[index].degraded]
    assert reasons[0] == "read by piper:joe instead of espeak:en (f3): the package is gone"
    assert assets[index].engine == "piper:joe"
    assert not any(asset.speech.silent for asset in assets)


def test_a_narrator_who_is_refused_is_replaced_by_the_next_engine(plan, tmp_path):
    broken = {"coqui:/m": RejectedError("coqui:/m did not say it: babble")}
    link = DirectLink(broken)
    options = options_for(tmp_path, speech="coqui:/m", voice="Ana")
    choice = Choice("coqui:/m", "")
    engines = Engines(choice, choice, choice, "", "1")
    assets, reasons = speak_all(Narrator(plan, options, engines, link), plan)
    assert {asset.engine for asset in assets} == {"piper:joe"}
    expected = "read by piper:joe instead of coqui:/m (Ana): coqui:/m did not say it: babble"
    assert set(reasons) == {expected}
    link.broken["piper:joe"] = EngineUnavailableError("no piper")
    plan_later = plan.model_copy(update={"seed": 5})
    options = replace(options, store=StoreConfig(url=f"file://{tmp_path}/other"))
    assets, reasons = speak_all(Narrator(plan_later, options, engines, link), plan_later)
    assert {asset.engine for asset in assets} == {"espeak:en"}
    assert all(reason.endswith("babble; no piper") for reason in reasons)


def test_when_nobody_can_read_a_part_the_scene_is_silent_and_held_longer(plan, tmp_path):
    gone = EngineUnavailableError("gone")
    link = DirectLink({"espeak:en": gone, "piper:joe": gone})
    options = options_for(tmp_path, speech="espeak:en", cast=[("Elena", "f3")])
    assets, reasons = speak_all(narrator_for_broken(plan, options, link), plan)
    assert all(asset.speech.silent for asset in assets)
    assert {asset.engine for asset in assets} == {"silence"}
    assert all(reason.startswith("no voice, prominent text: gone") for reason in reasons)
    index = find_scene(plan, "It is warm")
    words = assets[index].speech.words
    assert words[-1].char_end <= len(plan.audio_script.segments[index].text)
    assert len(words) > 6


def narrator_for_broken(plan, options, link):
    broken, link.broken = link.broken, {}
    narrator = narrator_for(plan, options, link)
    link.broken = broken
    return narrator


def test_a_narrator_without_the_voice_or_the_language_is_refused_by_what_its_worker_says(plan):
    class Foreign(DirectLink):
        async def pool(self, kind, engine):
            assert kind == "speech"
            return Pool(
                SimpleNamespace(name=engine, revision="r7", languages=("fr",), voices=("Anne",)), []
            )

    def run(language, voice):
        story = plan.model_copy(update={"language": language})
        return speaker_revision(story, Foreign(), "coqui:/m", voice)

    assert asyncio.run(run("fr-CA", "Anne")) == "r7"
    with pytest.raises(VoiceError, match="coqui:/m speaks fr, got the language 'en'"):
        asyncio.run(run("en", "Anne"))
    with pytest.raises(VoiceError, match="coqui:/m has the voices Anne, got 'Ana'"):
        asyncio.run(run("fr", "Ana"))
