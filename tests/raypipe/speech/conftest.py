"""Engines are opened once for all speech tests, the voice's cache in a folder of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from raypipe.speech.engine import SpeechEngine
from raypipe.speech.open import open_speech_engine
from raypipe.speech.piper_engine import PiperEngine

OpenEngine = Callable[[str], SpeechEngine]


@pytest.fixture(scope="session")
def voice_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("voices")


@pytest.fixture(scope="session")
def open_engine(voice_cache: Path) -> Iterator[OpenEngine]:
    opened: list[SpeechEngine] = []

    @lru_cache
    def open_once(name: str) -> SpeechEngine:
        opened.append(open_speech_engine(name, cache_dir=voice_cache))
        return opened[-1]

    yield open_once
    for engine in opened:
        engine.close()


@pytest.fixture(scope="session")
def piper(open_engine: OpenEngine) -> PiperEngine:
    engine = open_engine("piper:joe")
    assert isinstance(engine, PiperEngine)
    return engine
