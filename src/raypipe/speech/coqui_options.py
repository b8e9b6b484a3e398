"""How a Coqui voice is to speak: everything but the model and the request."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from raypipe.engine_name import Pairs
from raypipe.engine_options import Readers, check_range, read_flag, read_options, read_path
from raypipe.errors import SettingsError
from raypipe.speech.engine import RATES

MAX_RECORDINGS = 10
"""XTTS hears 30 s of each at most; more recordings of one voice change nothing any more."""
MAX_SEED = 2**32 - 1


@dataclass(frozen=True, slots=True)
class CoquiOptions:
    """Options of a `raypipe.speech.coqui_engine.CoquiEngine`.

    Args:
        device: ``auto`` (the GPU where there is one), ``cpu``, ``cuda`` or ``cuda:<n>``.
        speaker: who speaks where a request names no voice; None for the first of the model.
        language: a language of the model in which every text is read, whatever its own; None for
            the text's.
        speaker_wav: recordings of the voice to speak with, 6 to 30 s each, for XTTS and YourTTS;
            several give a steadier likeness than one.
        speed: pace of the voice, 0.5 to 2; a request's rate is relative to it.
        seed: added to the seed of each request: another reading of the whole story.
        guard: check each phrase that was spoken, and speak it again where it cannot be its text;
            see `raypipe.speech.guard`.

    Raises:
        SettingsError: a value is out of its range.
    """

    device: str = "auto"
    speaker: str | None = None
    language: str | None = None
    speaker_wav: tuple[Path, ...] = ()
    speed: float = 1.0
    seed: int = 0
    guard: bool = True

    def __post_init__(self) -> None:
        hints = {"speed": "narration sounds natural from 0.9 to 1.15"}
        check_range("speed", self.speed, *RATES, hints)
        check_range("seed", self.seed, 0, MAX_SEED, hints)
        if len(self.speaker_wav) > MAX_RECORDINGS:
            raise SettingsError(
                f"expected at most {MAX_RECORDINGS} recordings, got {len(self.speaker_wav)}",
                remedy="keep the cleanest ones",
                where="speaker_wav",
            )

    @classmethod
    def parse(cls, pairs: Pairs) -> CoquiOptions:
        """Read the options of an engine's name.

        Raises:
            SettingsError: an option is unknown, unreadable or out of its range.
        """
        return read_options(pairs, cls, engine="coqui", one=_ONE, many=_MANY)


_ONE: Final[Readers] = {"speed": float, "seed": int, "guard": read_flag}
_MANY: Final[Readers] = {"speaker_wav": read_path}
