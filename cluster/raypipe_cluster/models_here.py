"""The models on this machine: what they are, how fast to expect them, and which are used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from raypipe.choice import Choice
from raypipe.engine_name import split_options

if TYPE_CHECKING:
    from raypipe.speed import ExpectedSpeed
    from raypipe.weights import FoundWeights

PICTURES_REMEDY = (
    "download one with: hf download stabilityai/stable-diffusion-xl-base-1.0 "
    "--include '*.json' '*.txt' '*.fp16.safetensors'"
)
"""Seven of its seventy gigabytes: the 16-bit weights that diffusers reads."""
VOICE = "tts_models/en/ljspeech/vits"


@dataclass(frozen=True, slots=True)
class ModelHere:
    """One model of this machine.

    Args:
        name: chooses it as an engine.
        makes: ``pictures`` or ``speech``.
        family: such as ``sdxl`` or ``vits``; empty if unknown.
        folder: where it lies.
        size_bytes: of its weights; 0 if unknown.
        licence: as its model card says; empty if unknown.
        languages: that it speaks.
        whole: whether it can be loaded; else ``problem`` and ``remedy`` say why not.
        problem: one sentence.
        remedy: one imperative.
        speed: an order of magnitude, such as ``seconds a picture``; empty if unknown.
        speed_reason: what that is derived from.
        used_for: the pictures and languages that it would be used for here.
        not_used: why it is not, where it is not; empty if it is.
    """

    name: str
    makes: str
    family: str
    folder: str
    size_bytes: int
    licence: str
    languages: tuple[str, ...]
    whole: bool
    problem: str
    remedy: str
    speed: str
    speed_reason: str
    used_for: tuple[str, ...]
    not_used: str

    @property
    def facts(self) -> str:
        """What is known of it, for reading: a line each."""
        first = (
            self.family or "unknown family",
            _size(self.size_bytes) if self.size_bytes else "size unknown",
            f"licence {self.licence}" if self.licence else "licence unknown",
            f"speaks {', '.join(self.languages)}" if self.languages else "",
        )
        lines = [", ".join(filter(None, first))]
        if self.problem:
            return "\n".join([*lines, self.problem])
        if self.speed:
            lines.append(f"expected: {self.speed} ({self.speed_reason})")
        if self.used_for:
            lines.append(f"used for {', '.join(self.used_for)}")
        else:
            lines.append(f"not used: {self.not_used}")
        return "\n".join(lines)


def find_models(roots: Sequence[Path], choices: Mapping[str, Choice]) -> tuple[ModelHere, ...]:
    """Return the models in ``roots``, in the Hugging Face cache and in Coqui's.

    Args:
        roots: folders of models, ``storage.models_dirs``.
        choices: by use (``pictures``, or ``speech in en``) what would be taken, and why not others.

    Raises:
        ImportError: the packages that know models are not installed.
    """
    from raypipe.gpu import gpu_summary
    from raypipe.speed import expect_picture_speed, expect_voice_speed
    from raypipe.weights import find_image_weights, find_speech_weights

    on_gpu = not gpu_summary().obstacle
    pictures = [
        _model(each, "pictures", expect_picture_speed(each.family, on_gpu=on_gpu), choices)
        for each in find_image_weights(roots)
    ]
    voices = [
        _model(each, "speech", expect_voice_speed(each.family, on_gpu=on_gpu), choices)
        for each in find_speech_weights(roots=roots)
    ]
    return (*pictures, *voices)


def _size(byte_count: int) -> str:
    """Format a size: ``6.9 GB``, ``83 MB``; tiny models are of tests."""
    gigabytes = byte_count / 1e9
    return f"{gigabytes:.1f} GB" if gigabytes >= 1 else f"{byte_count / 1e6:.2g} MB"


def voice_remedy() -> str:
    """Return how a Coqui voice is downloaded, in one line."""
    from raypipe.errors import EngineUnavailableError
    from raypipe.speech.coqui_checkpoint import open_checkpoint

    try:
        open_checkpoint(VOICE)
    except EngineUnavailableError as error:
        return error.remedy
    return ""


def _model(
    found: FoundWeights, makes: str, speed: ExpectedSpeed | None, choices: Mapping[str, Choice]
) -> ModelHere:
    mine = {use: choice for use, choice in choices.items() if use.startswith(makes)}
    used_for = tuple(use for use, choice in mine.items() if _is(choice.name, found))
    reasons = {
        reason for choice in mine.values() for name, reason in choice.rejected if _is(name, found)
    }
    taken = sorted({split_options(choice.name)[0] for choice in mine.values()})
    not_used = "; ".join(sorted(reasons)) or f"{' or '.join(taken) or 'nothing'} goes before it"
    return ModelHere(
        name=found.name,
        makes=makes,
        family=found.family,
        folder=str(found.folder),
        size_bytes=found.size_bytes,
        licence=found.licence,
        languages=found.languages,
        whole=not found.problem,
        problem=found.problem,
        remedy=found.remedy,
        speed=speed.label if speed else "",
        speed_reason=speed.reason if speed else "",
        used_for=used_for,
        not_used="" if used_for else found.problem or not_used,
    )


def _is(name: str, found: FoundWeights) -> bool:
    return split_options(name)[0] == found.name
