"""eSpeak NG through its C interface: one synthesiser a process, used by one thread at a time.

The library keeps global state that no call resets: the phase of its oscillators, the place in its
flutter table, its random numbers. The same text would sound a little different each time, so each
session loads the library afresh (3 ms) and unloads it at the end. Library and data come with the
package espeakng-loader; eSpeak NG is GPL-3.0-or-later, optional, and loaded only when chosen.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from raypipe.errors import EngineUnavailableError, GenerationError
from raypipe.speech.engine import Samples

# speak_lib.h of eSpeak NG 1.52, where every name below stands.
_AUDIO_OUTPUT_SYNCHRONOUS = 2
_INITIALIZE_DONT_EXIT = 0x8000
_CHARS_UTF8 = 1
_PHONEMES_IPA = 2
_POS_CHARACTER = 1
_EVENT_LIST_TERMINATED = 0
_EVENT_WORD = 1
_PARAMETERS = {"rate": 1, "volume": 2, "pitch": 3, "range": 4}
_BUFFER_MS = 200


_NO_DICTIONARY = frozenset({"fo", "kaa", "xex"})
"""Languages that espeakng-loader 0.2.4 lists without the dictionary that they need."""


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


class _Voice(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.POINTER(ctypes.c_char)),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("xx1", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


@dataclass(frozen=True, slots=True)
class Utterance:
    """Sound float32 (n,) within [-1, 1], and (character, sample) where each word begins."""

    samples: Samples
    word_starts: tuple[tuple[int, int], ...]


@lru_cache(maxsize=1)
def open_library() -> EspeakLibrary:
    """Return the library of this process.

    Raises:
        EngineUnavailableError: espeakng-loader is not installed, or its library does not start.
    """
    try:
        loader: Any = import_module("espeakng_loader")
    except ImportError as error:
        raise EngineUnavailableError(
            "the package espeakng-loader, which carries eSpeak NG, is not installed",
            remedy='install it with: pip install "raypipe[local]"',
        ) from error
    try:
        return EspeakLibrary(Path(loader.get_library_path()), Path(loader.get_data_path()))
    except (OSError, RuntimeError) as error:
        raise _not_started(str(error)) from error


class EspeakLibrary:
    """The synthesiser. Use `open_library`: two of these in one process would not take turns."""

    def __init__(self, library: Path, data: Path) -> None:
        self._path, self._data = library, data
        self.variants = _list_variants(data)
        self._lock = threading.Lock()
        with self.session() as session:
            self.sample_rate_hz = session.sample_rate_hz
            self.version = session.version
            self.voices: Mapping[str, str] = MappingProxyType(session.list_voices())

    @contextmanager
    def session(self) -> Iterator[EspeakSession]:
        """Give the synthesiser in its first state; other threads wait until the session ends."""
        with self._lock:
            session = EspeakSession(self._path, self._data)
            try:
                yield session
            finally:
                session.close()


class EspeakSession:
    """A freshly loaded synthesiser; see `EspeakLibrary.session`."""

    def __init__(self, library: Path, data: Path) -> None:
        self._sound: list[Samples] = []
        self._starts: list[tuple[int, int]] = []
        self._callback = _CALLBACK(self._receive)
        self._library = _load(library)
        self.sample_rate_hz = int(
            self._library.espeak_Initialize(
                _AUDIO_OUTPUT_SYNCHRONOUS, _BUFFER_MS, str(data).encode(), _INITIALIZE_DONT_EXIT
            )
        )
        if self.sample_rate_hz <= 0:
            self.close()
            raise _not_started("it does not start with the data of its package")
        self._library.espeak_SetSynthCallback(self._callback)
        self.version = str(self._library.espeak_Info(None).decode())

    def close(self) -> None:
        """Unload the library; nothing of the session may be called afterwards."""
        self._library.espeak_Terminate()
        _unload(self._library)

    def list_voices(self) -> dict[str, str]:
        """Return the language tags that it knows, lower case, and the name of each one's voice."""
        voices = self._library.espeak_ListVoices(None)
        ranked: dict[str, tuple[int, str]] = {}
        index = 0
        while voices[index]:
            voice = voices[index].contents
            name = voice.name.decode("utf-8")
            # Pairs of a priority byte and a tag that ends with a zero; a zero priority ends all.
            entry, at = voice.languages, 0
            while entry[at] != b"\0":
                tag = ctypes.string_at(ctypes.addressof(entry.contents) + at + 1)
                rank = (entry[at][0], name)
                key = tag.decode("ascii", "replace").lower()
                ranked[key] = min(rank, ranked.get(key, rank))
                at += len(tag) + 2
            index += 1
        return {tag: name for tag, (_, name) in sorted(ranked.items()) if tag not in _NO_DICTIONARY}

    def choose(self, voice: str, parameters: Mapping[str, int]) -> None:
        """Take a voice for all that follows.

        Args:
            voice: a name that `list_voices` gives; a variant may follow, as in ``Spanish+f3``.
            parameters: of rate (words a minute, 80 to 450), volume, pitch and range (0 to 100).

        Raises:
            GenerationError: there is no such voice.
        """
        self._check(self._library.espeak_SetVoiceByName(voice.encode()), f"the voice {voice}")
        for name, value in parameters.items():
            self._library.espeak_SetParameter(_PARAMETERS[name], value, 0)

    def speak(self, text: str) -> Utterance:
        """Speak ``text`` as it stands, without markup.

        Raises:
            GenerationError: the library refused the text.
        """
        encoded = text.encode("utf-8") + b"\0"
        self._sound, self._starts = [], []
        self._check(
            self._library.espeak_Synth(
                encoded, len(encoded), 0, _POS_CHARACTER, 0, _CHARS_UTF8, None, None
            ),
            f"a text of {len(text)} characters",
        )
        self._check(self._library.espeak_Synchronize(), "the end of the text")
        sound = np.concatenate(self._sound) if self._sound else np.zeros(0, np.float32)
        return Utterance(sound, tuple(self._starts))

    def phonemize(self, text: str) -> str:
        """Return the phonemes (IPA) that the voice speaks for ``text``."""
        content = ctypes.create_string_buffer(text.encode("utf-8") + b"\0")
        rest = ctypes.c_void_p(ctypes.addressof(content))
        clauses: list[str] = []
        while rest.value:
            found = self._library.espeak_TextToPhonemes(
                ctypes.byref(rest), _CHARS_UTF8, _PHONEMES_IPA
            )
            clauses.append(found.decode("utf-8"))
        return " ".join(clauses)

    def _receive(self, wave: Any, count: int, events: Any) -> int:
        if wave and count > 0:
            block = np.ctypeslib.as_array(wave, (count,))
            self._sound.append(block.astype(np.float32) / np.float32(32768))
        index = 0
        while events[index].type != _EVENT_LIST_TERMINATED:
            event = events[index]
            if event.type == _EVENT_WORD:
                self._starts.append((event.text_position - 1, event.sample))
            index += 1
        return 0

    def _check(self, status: int, what: str) -> None:
        if status != 0:
            raise GenerationError(f"eSpeak NG refused {what} (status {status})")


def _list_variants(data: Path) -> tuple[str, ...]:
    """Return the names of the timbres that any language can be spoken with, such as ``f3``."""
    folder = data / "espeak-ng-data" if (data / "espeak-ng-data").is_dir() else data
    return tuple(sorted(path.name for path in (folder / "voices" / "!v").glob("*")))


def _load(path: Path) -> ctypes.CDLL:
    library = ctypes.CDLL(str(path))
    library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
    library.espeak_TextToPhonemes.restype = ctypes.c_char_p
    library.espeak_Info.restype = ctypes.c_char_p
    library.espeak_Synth.argtypes = (
        ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int, ctypes.c_uint,
        ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p,
    )  # fmt: skip
    return library


def _unload(library: ctypes.CDLL) -> None:
    """Take a library out of the process: ctypes loads, but has no public call for this."""
    dlclose = ctypes.CDLL(None).dlclose
    dlclose.argtypes = (ctypes.c_void_p,)
    dlclose(library._handle)  # noqa: SLF001 - documented by ctypes as the handle of dlopen


def _not_started(why: str) -> EngineUnavailableError:
    return EngineUnavailableError(
        f"eSpeak NG could not be loaded: {why}",
        remedy="install it again with: pip install --force-reinstall espeakng-loader",
    )
