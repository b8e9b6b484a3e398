"""Narrations are made ready for the mix while others are spoken."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import ray

from raypipe.sound.voice import Voice
from raypipe.speech.engine import Speech
from raypipe_actors.link import ClusterLink
from raypipe_actors.narration import SpeechAsset
from raypipe_actors.sounding import VoicesAhead

TONE = (0.3 * np.sin(np.arange(22_050) * 0.05)).astype(np.float32)
SPOKEN = SpeechAsset(
    "speech-1", Speech(TONE, 22_050), "piper:joe", cached=False, attempts=1, degraded=None
)


def _taken(asset: SpeechAsset, *, local: bool) -> Any:
    async def begin_and_take() -> Any:
        voices = VoicesAhead(ClusterLink(lambda: None, local=local))
        voices.begin(asset)
        return await voices.take(asset)

    return asyncio.run(begin_and_take())


def test_what_was_just_spoken_is_ready():
    voice = _taken(SPOKEN, local=True)
    assert isinstance(voice, Voice)
    assert len(voice.samples) == 48_000


def test_what_was_kept_is_left_to_the_mix():
    assert _taken(replace(SPOKEN, cached=True), local=True) is SPOKEN.speech


def test_what_was_kept_is_ready_if_something_new_is_spoken():
    async def take_all() -> list[Any]:
        voices = VoicesAhead(ClusterLink(lambda: None, local=True))
        assets = [replace(SPOKEN, key=f"speech-{n}", cached=n != 1) for n in range(3)]
        voices.begin(assets[0])
        voices.expect_mix()
        for asset in assets[1:]:
            voices.begin(asset)
        return [await voices.take(asset) for asset in assets]

    taken = asyncio.run(take_all())
    assert all(isinstance(voice, Voice) for voice in taken)
    assert all(np.array_equal(voice.samples, taken[0].samples) for voice in taken)


def test_what_was_kept_at_another_rate_is_left_alone():
    async def take() -> Any:
        voices = VoicesAhead(ClusterLink(lambda: None, local=True))
        voices.begin(replace(SPOKEN, cached=True))
        voices.forget_kept()
        voices.expect_mix()
        return await voices.take(SPOKEN)

    assert asyncio.run(take()) is SPOKEN.speech


def test_silence_is_not_made_ready():
    silent = replace(SPOKEN, speech=replace(SPOKEN.speech, silent=True))
    assert _taken(silent, local=True) is silent.speech


@pytest.mark.usefixtures("ray_cluster")
def test_a_mix_elsewhere_is_given_a_reference():
    reference = _taken(SPOKEN, local=False)
    assert np.array_equal(ray.get(reference).samples, TONE)
