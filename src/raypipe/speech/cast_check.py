"""Whether the voices of a cast are on this machine: asked before a story needs them."""

from __future__ import annotations

from raypipe.engine_name import split_options
from raypipe.errors import EngineUnavailableError
from raypipe.speech.cast import split_voice
from raypipe.speech.open import check_voice, choose_speech_engine, find_obstacle


def find_cast_engine(wanted: str, *, narrator: str) -> tuple[str, str | None]:
    """Return the engine that speaks with a cast's voice, and which of its voices.

    Args:
        wanted: the voice as the cast has it: ``f3``, ``espeak:de+m2``, ``coqui:/models/vits``.
        narrator: the engine that narrates, whose voice is meant where none is named.

    Returns:
        Its name; in English where it is to speak each story's language. None for its own voice.

    Raises:
        SettingsError: there is no such engine, or it has no such option.
    """
    engine, voice = split_voice(wanted)
    if engine is None:
        return narrator, voice
    kind, _, argument = engine.partition(":")
    language = argument if kind == "espeak" and argument else "en"
    return choose_speech_engine(engine, language=language).name, voice


def check_cast_voice(engine: str, voice: str | None) -> None:
    """Refuse a voice that cannot speak here; loads no model.

    Which speakers a Coqui model has is known only when it is loaded.

    Raises:
        EngineUnavailableError: its package or weights are not here, or not whole.
        VoiceError: the engine has no such voice.
    """
    kind, _, argument = split_options(engine)[0].partition(":")
    if kind == "coqui":
        from raypipe.speech.coqui_checkpoint import open_checkpoint

        open_checkpoint(argument)
        return
    obstacle = find_obstacle(engine)
    if obstacle:
        remedy = "install what is missing, or name another voice in tts.cast"
        raise EngineUnavailableError(obstacle, remedy=remedy, where=engine)
    check_voice(engine, voice or (argument if kind == "piper" else None))
