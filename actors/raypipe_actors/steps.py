"""Steps of a story that run as plain tasks: small, pure, tried again if their node dies."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from raypipe.speech.engine import Speech
from raypipe.spool import Spool, Spooled, let_go, mapped_bytes, unnamed_file
from raypipe.store.content import ContentStore, StoreConfig
from raypipe_actors.faults import fetch
from raypipe_actors.keeping import try_to_keep

if TYPE_CHECKING:
    from raypipe.sound.mix import PlacedSpeech, PlacedVoice


@dataclass(frozen=True, slots=True)
class SoundOrder:
    """What the soundtrack is mixed from.

    ``narrations`` are (what is said, start sample at 48 kHz): a `Speech`, a `Voice` that is ready
    to be mixed, or a reference to a `Speech`, of which one at a time is fetched. ``moods`` are
    (mood, start, end sample). ``music`` is ``ambient``, ``none``, or ``file``; then
    ``music_bytes`` is the file's content and ``music_suffix`` its ending. See
    `raypipe.sound.mix` for the decibels.
    """

    narrations: tuple[tuple[Any, int], ...]
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

    data: Spooled
    sample_count: int
    cached: bool = False


def make_soundtrack(order: SoundOrder, config: StoreConfig, key: str) -> npt.NDArray[np.uint8]:
    """Mix, normalise and encode the soundtrack, keep it under ``key``, and return its bytes.

    Memory does not grow with the length of the video, but for the levels of each millisecond.
    """
    from raypipe.encode.soundtrack import write_within
    from raypipe.sound.mix import mix_soundtrack

    with tempfile.TemporaryDirectory(prefix="raypipe-") as folder:
        music: str | None = order.music
        if order.music == "file":
            path = Path(folder) / f"music{order.music_suffix}"
            path.write_bytes(order.music_bytes)
            music = str(path)
        samples = mix_soundtrack(
            _placed(order),
            sample_count=order.sample_count,
            music=music,
            moods=order.moods,
            seed=order.seed,
            music_volume_db=order.volume_db,
            ducking_db=order.ducking_db,
        )
    with unnamed_file() as file:
        write_within(samples, file)
        del samples
        data = mapped_bytes(file)
    header = {"samples": order.sample_count}
    try_to_keep(ContentStore(config).put, key, data.data, header)
    return data


def _placed(order: SoundOrder) -> Iterator[PlacedSpeech | PlacedVoice]:
    from raypipe.sound.mix import PlacedSpeech, PlacedVoice
    from raypipe.sound.voice import Voice

    for given, start in order.narrations:
        if isinstance(given, Voice):
            yield PlacedVoice(given, start)
            continue
        speech: Speech = given if isinstance(given, Speech) else fetch(given, where="narration")
        if not speech.silent:
            yield PlacedSpeech(speech.samples, speech.sample_rate_hz, start)
            let_go(speech.samples)


def kept_soundtrack(store: ContentStore, key: str, spool: Spool) -> Soundtrack | None:
    """Return the soundtrack kept under ``key``, or None."""
    entry = store.get(key)
    if entry is None:
        return None
    return Soundtrack(spool.put(entry.payload), int(entry.header["samples"]), cached=True)


def call_in_task(function: Callable[[], Any]) -> Any:
    """Return ``function()``; so that a choice is made where the work will be done."""
    return function()
