"""What a speech engine is asked for, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SpeechRequest:
    """Text to be spoken. ``rate`` is relative to the voice's own pace, 0.5 to 2.0."""

    text: str
    language: str = "en"
    voice: str | None = None
    rate: float = 1.0
    seed: int = 0
    emphasis: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WordTime:
    """One spoken word: ``text[char_start:char_end]`` of the request, as sample indices.

    ``start_sample`` <= ``end_sample``; words are in order and do not overlap.
    """

    char_start: int
    char_end: int
    start_sample: int
    end_sample: int


@dataclass(frozen=True, slots=True)
class Speech:
    """Spoken text: ``samples`` float32 (n,), mono, within [-1, 1], at ``sample_rate_hz``.

    ``words`` is empty where the engine cannot tell; ``exact_words`` says whether the times come
    from the engine's own alignment rather than an estimate. ``silent`` marks a stand-in.
    """

    samples: Samples
    sample_rate_hz: int
    words: tuple[WordTime, ...] = ()
    exact_words: bool = False
    silent: bool = False

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.sample_rate_hz

    def __repr__(self) -> str:
        return (
            f"Speech({self.duration_s:.2f} s at {self.sample_rate_hz} Hz, {len(self.words)} words"
            f"{' exact' if self.exact_words else ''}{', silent' if self.silent else ''})"
        )


class SpeechEngine(Protocol):
    """Speaks text. Constructed warm: the voice is loaded and tried in ``__init__``."""

    name: str
    """As chosen in the settings, such as ``piper:joe`` or ``coqui:/models/vits``."""
    revision: str
    """Changes whenever the same request could sound different; part of the cache key."""
    languages: tuple[str, ...]
    """Primary language subtags it can speak; empty means any."""

    def synthesize(self, request: SpeechRequest) -> Speech:
        """Speak the request; equal requests give equal samples.

        Raises:
            GenerationError: may succeed when tried again.
            EngineError: will not, for example a language or voice that it does not have.
        """
        ...

    def close(self) -> None:
        """Free what the engine holds. May be called twice."""
        ...
