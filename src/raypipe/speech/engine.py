"""What a speech engine is asked for, and what it gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from raypipe.errors import EngineError, VoiceError

Samples = npt.NDArray[np.float32]
Quality = Literal["natural", "robotic", "silent"]
"""What a listener would call it; the report says so."""
Readings = Literal["varied", "fixed", "checked"]
"""Another seed gives another reading, or the same, or the engine has checked each by itself."""
RATES = (0.5, 2.0)
"""The slowest and the fastest ``SpeechRequest.rate``."""
_FEW_VOICES = 6
"""As many as can be read in a message."""


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
    voices: tuple[str, ...]
    """What a request's voice may be; empty means that it is of no matter."""
    quality: Quality
    """Of its speech, honestly."""
    readings: Readings
    """What is known of them; `raypipe.speech.guard` acts on it."""

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


def check_request(
    request: SpeechRequest, *, engine: str, languages: tuple[str, ...], voices: tuple[str, ...]
) -> None:
    """Refuse what ``engine`` cannot do.

    Args:
        request: what is asked for.
        engine: its name, for the message.
        languages: primary subtags that it speaks; empty means any.
        voices: the voices that it has; empty means that ``request.voice`` is of no matter.

    Raises:
        VoiceError: it has no such language or voice.
        EngineError: the rate is out of range.
    """
    primary = request.language.partition("-")[0].lower()
    if languages and primary not in languages:
        raise VoiceError(
            f"{engine} speaks {', '.join(languages)}, got the language {request.language!r}",
            remedy="choose an engine for this language, such as espeak:" + primary,
            where="language",
        )
    if voices and request.voice is not None and request.voice not in voices:
        raise VoiceError(
            f"{engine} has the voices {list_voices(voices, request.voice)}, got {request.voice!r}",
            remedy="choose one of these, or leave the voice out",
            where="voice",
        )
    if not RATES[0] <= request.rate <= RATES[1]:
        raise EngineError(
            f"expected a rate from {RATES[0]} to {RATES[1]}, got {request.rate}",
            remedy="choose a rate in this range; narration sounds natural from 0.9 to 1.15",
            where="rate",
        )


def list_voices(voices: Sequence[str], wanted: str) -> str:
    """Return ``voices`` in words; of many those that are most like the one that is ``wanted``."""
    known = [voice.strip() for voice in voices]
    if len(known) <= _FEW_VOICES:
        return ", ".join(known)
    near = get_close_matches(wanted, known, n=_FEW_VOICES, cutoff=0.4) or known[:_FEW_VOICES]
    return f"{', '.join(near)} and {len(known) - len(near)} more"
