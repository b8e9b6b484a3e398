"""Steps of a story that run as plain tasks: small, pure, tried again if their node dies."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from raypipe.errors import StorageError
from raypipe.speech.engine import Speech
from raypipe.store.content import ContentStore, StoreConfig

Picture = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class SoundOrder:
    """What the soundtrack is mixed from.

    ``narrations`` are (speech, start sample at 48 kHz); ``moods`` are (mood, start, end sample).
    ``music`` is ``ambient``, ``none``, or ``file``; then ``music_bytes`` is the file's content
    and ``music_suffix`` its ending. See `raypipe.sound.mix` for the decibels.
    """

    narrations: tuple[tuple[Speech, int], ...]
    sample_count: int
    moods: tuple[tuple[str, int, int], ...]
    music: str
    seed: int
    volume_db: float = 0.0
    ducking_db: float = 10.0
    music_bytes: bytes = b""
    music_suffix: str = ""


@dataclass(frozen=True, slots=True)
class Soundtrack:
    """The whole video's sound: AAC in a container, of ``sample_count`` samples at 48 kHz."""

    data: bytes
    sample_count: int
    cached: bool = False


def load_picture(config: StoreConfig, key: str) -> Picture:
    """Return a picture of the store, uint8 (h, w, 3) RGB."""
    from raypipe.store.products import get_picture

    found = get_picture(ContentStore(config), key)
    if found is None:
        raise StorageError(
            "the picture is not in this node's store",
            remedy="set storage.cache_url to a store that all nodes share",
            where=key,
        )
    return found[0]


def make_soundtrack(order: SoundOrder, config: StoreConfig, key: str) -> Soundtrack:
    """Mix, normalise and encode the soundtrack, keep it under ``key``, and return it."""
    from raypipe.encode.soundtrack import encode_within
    from raypipe.sound.mix import PlacedSpeech, mix_soundtrack

    placed = [
        PlacedSpeech(samples=speech.samples, sample_rate_hz=speech.sample_rate_hz, start_sample=at)
        for speech, at in order.narrations
        if not speech.silent
    ]
    with tempfile.TemporaryDirectory(prefix="raypipe-") as folder:
        music: str | None = order.music
        if order.music == "file":
            path = Path(folder) / f"music{order.music_suffix}"
            path.write_bytes(order.music_bytes)
            music = str(path)
        samples = mix_soundtrack(
            placed,
            sample_count=order.sample_count,
            music=music,
            moods=order.moods,
            seed=order.seed,
            music_volume_db=order.volume_db,
            ducking_db=order.ducking_db,
        )
    made = Soundtrack(encode_within(samples), len(samples))
    ContentStore(config).put(key, made.data, {"samples": made.sample_count})
    return made


def kept_soundtrack(store: ContentStore, key: str) -> Soundtrack | None:
    """Return the soundtrack kept under ``key``, or None."""
    entry = store.get(key)
    if entry is None:
        return None
    return Soundtrack(bytes(entry.payload), int(entry.header["samples"]), cached=True)


def call_in_task(function: Callable[[], Any]) -> Any:
    """Return ``function()``; so that a choice is made where the work will be done."""
    return function()
