"""Whose voice speaks for whom: a cast of voices, and a scene's text shared out among them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from raypipe.errors import SettingsError
from raypipe.speech.words import find_words

NARRATOR = "narrator"
_WITH_ENGINE = ("piper", "espeak", "coqui")
_STAYS_BEFORE = frozenset(" \t\n\r,.;:!?…،؛؟。，、；：！？।—–")
"""What stands between a quotation and the words after it belongs to the quotation's breath."""


@dataclass(frozen=True, slots=True)
class VoiceCast:
    """Who speaks with which voice; ``entries`` are (who, voice) as the settings have them.

    Who is ``narrator``, a character's name or a part of it, or a kind of character such as
    ``woman`` or ``wolf``; ``who@genre`` holds for stories of a genre and goes first. A voice is
    one of the chosen engine, or an engine with its own, such as ``espeak:en+f3``.
    """

    entries: tuple[tuple[str, str], ...] = ()

    def narrator(self, genre: str) -> str | None:
        """Return the narrator's voice in stories of ``genre``; None if it is not cast."""
        return self._find(lambda who: who == NARRATOR, genre)

    def voice_of(self, name: str, kind: str, genre: str) -> str | None:
        """Return the voice of a character: by name, else by kind; None if neither is cast."""
        words = _words(name)
        by_name = self._find(lambda who: who != NARRATOR and _words(who) <= words, genre)
        return by_name or self._find(lambda who: who == kind.casefold(), genre)

    def names(self) -> tuple[str, ...]:
        """Return who is cast, without genres and narrator: names and kinds."""
        found = (_split_genre(who)[0] for who, _ in self.entries)
        return tuple(dict.fromkeys(who for who in found if who.casefold() != NARRATOR))

    def _find(self, fits: Callable[[str], bool], genre: str) -> str | None:
        from raypipe.story.genres import name_genre

        wanted = name_genre(genre)
        always: str | None = None
        for entry, voice in self.entries:
            who, where = _split_genre(entry)
            if not fits(who.casefold()):
                continue
            if where and wanted and name_genre(where) == wanted:
                return voice
            if not where and always is None:
                always = voice
        return always


@dataclass(frozen=True, slots=True)
class CastLine:
    """``text[start:end]`` is said by ``who``, with ``voice`` as the cast has it."""

    start: int
    end: int
    who: str
    voice: str


@dataclass(frozen=True, slots=True)
class Part:
    """``text[start:end]``, spoken in one voice; None for the narrator's."""

    start: int
    end: int
    who: str | None = None
    voice: str | None = None


def check_cast(entries: dict[str, str]) -> dict[str, str]:
    """Return the entries of a cast as they are, or say what is wrong with one.

    Raises:
        ValueError: says what was expected.
    """
    from raypipe.story.genres import name_genre

    for entry, voice in entries.items():
        who, mark, genre = entry.partition("@")
        if not who.strip() or not voice.strip():
            raise ValueError("who: voice, neither of them empty")
        if mark and not name_genre(genre):
            raise ValueError(f"a genre that is known after {who}@, such as horror")
    return entries


def split_voice(voice: str) -> tuple[str | None, str | None]:
    """Return the engine that a cast's voice names, else the voice of the chosen one.

    eSpeak NG's variants are voices of one engine, so that one worker speaks them all.

    Raises:
        SettingsError: it names no engine and no voice.
    """
    kind, mark, argument = voice.partition(":")
    if kind not in _WITH_ENGINE or (kind == "coqui" and not mark):
        if not voice:
            raise SettingsError("expected a voice, got nothing", where="tts.cast")
        return None, voice
    if kind == "espeak":
        language, _, variant = argument.partition("+")
        return (f"espeak:{language}" if language else "espeak"), variant or None
    return voice, None


def share_out(text: str, language: str, lines: tuple[CastLine, ...]) -> tuple[Part, ...]:
    """Cut ``text`` where the voice changes.

    Args:
        text: of one scene.
        language: its tag.
        lines: what others than the narrator say, in order and apart from each other.

    Returns:
        Parts in order, each with a word to be spoken, that hold all words of the text; one alone
        where nobody else speaks.
    """
    edges: list[tuple[int, CastLine | None]] = [(0, None)]
    for line in lines:
        end = line.end
        while end < len(text) and text[end] in _STAYS_BEFORE:
            end += 1
        edges += [(line.start, line), (end, None)]
    parts: list[Part] = []
    ends = [start for start, _ in edges[1:]] + [len(text)]
    for (start, said), end in zip(edges, ends, strict=True):
        if not find_words(text[start:end], language):
            continue
        who, voice = (said.who, said.voice) if said else (None, None)
        if parts and parts[-1].voice == voice:
            parts[-1] = Part(parts[-1].start, end, parts[-1].who, voice)
        else:
            parts.append(Part(start, end, who, voice))
    return tuple(_strip(text, part) for part in parts)


def _strip(text: str, part: Part) -> Part:
    said = text[part.start : part.end]
    start = part.start + len(said) - len(said.lstrip())
    return Part(start, part.start + len(said.rstrip()), part.who, part.voice)


def _split_genre(entry: str) -> tuple[str, str]:
    who, _, genre = entry.partition("@")
    return who.strip(), genre.strip()


def _words(name: str) -> frozenset[str]:
    return frozenset(name.casefold().split())
