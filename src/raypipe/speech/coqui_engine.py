"""Coqui TTS: VITS, XTTS and the older two-step voices, from weights on this machine."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import re
import threading
from dataclasses import replace
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import numpy as np

from raypipe.device import free_memory, is_device_lost, is_out_of_memory, missing_package
from raypipe.engine_name import split_options
from raypipe.errors import (
    DeviceLostError,
    EngineError,
    EngineUnavailableError,
    GenerationError,
    RejectedError,
    VoiceError,
)
from raypipe.seeds import reseed
from raypipe.speech import finish, guard
from raypipe.speech.alignment import align_words
from raypipe.speech.coqui_checkpoint import open_checkpoint
from raypipe.speech.coqui_model import LOAD_ERRORS, CoquiModel, Sound
from raypipe.speech.coqui_options import CoquiOptions
from raypipe.speech.engine import (
    Quality,
    Readings,
    Samples,
    Speech,
    SpeechRequest,
    WordTime,
    check_request,
)
from raypipe.speech.phrases import Phrase, Respell, SpokenWord, join_short, split_phrases
from raypipe.speech.pronounce import ends_sentence, respell_english
from raypipe.speech.words import estimate_words
from raypipe.stopping import check_stop

logger = logging.getLogger(__name__)

PREFIX = "coqui:"
CODE_VERSION = 2
"""Raised whenever this module would make other sound of the same request."""
_WARM_UP = {
    "zh": "你好。",
    "ja": "こんにちは。",
    "ko": "안녕하세요.",
    "ar": "مرحبا.",
    "ru": "Привет.",
}
_NUMBER = re.compile(r"\d+(?:[.,٫٬]\d+)*")
_DECIMAL = re.compile(r"[.,٫](\d{1,2}|\d{4,})$")
"""Three digits after a mark are thousands, in text more often than thousandths."""
_MARKS = {"—": ",", "…": ".", "¶": ".", "": ""}


class CoquiEngine:
    """Speaks with a voice of Coqui TTS. May be called from several threads, which take turns.

    Word times are exact for VITS, whose network says how long it dwells on each letter, and
    estimated from syllables within each phrase for the others: what XTTS attends to is spread over
    many heads and steps, and is no alignment. Emphasis is left to the voice.

    Each phrase is checked (`raypipe.speech.guard`) and, by a voice that varies, spoken once more
    with another seed if it cannot be its text.

    Args:
        name: a folder with config.json and weights, or a model of Coqui's list such as
            ``tts_models/en/ljspeech/vits``, with or without the prefix ``coqui:``; options may
            follow, as in ``coqui:/models/xtts?speaker_wav=/voices/ana.wav&speed=1.1``.
        options: how to speak; None for what the name says.
        cache_dir: folder of Coqui's downloads; None for the usual one.
        hub_cache: folder of the Hugging Face cache; None for the usual one.

    Raises:
        EngineUnavailableError: package, device, memory, weights or speaker are missing, the
            weights are not whole, or not safe to load.
        VoiceError: the model has no such speaker or language.
        MediaError: a recording cannot be read.
        SettingsError: an option of the name is unknown or out of its range.
    """

    quality: Quality = "natural"
    readings: Readings = "checked"

    def __init__(
        self,
        name: str,
        *,
        options: CoquiOptions | None = None,
        cache_dir: Path | None = None,
        hub_cache: Path | None = None,
    ) -> None:
        source, pairs = split_options(name.removeprefix(PREFIX))
        self.options = options = options or CoquiOptions.parse(pairs)
        self.name = PREFIX + name.removeprefix(PREFIX)
        checkpoint = open_checkpoint(source, cache_dir=cache_dir, hub_cache=hub_cache)
        self._lock = threading.Lock()
        self._model: CoquiModel | None = CoquiModel(
            checkpoint, device=options.device, reference=options.speaker_wav
        )
        self.device = self._model.device
        self.sample_rate_hz = self._model.sample_rate_hz
        self._language = self._find_language(options.language)
        spoken = tuple(dict.fromkeys(_primary(each) for each in self._model.languages))
        self.languages = () if self._language else spoken
        self.voices = self._model.speakers
        self._speaker = self._find_speaker(options.speaker)
        self._attempts = 1 + (guard.RESEEDS if options.guard and self._model.varies else 0)
        self._letters_alone = lru_cache(maxsize=4096)(self._model.letters)
        facts = (
            (CODE_VERSION, checkpoint.revision, self._speaker, self._model.device.split(":")[0]),
            (self._language, options.speed, options.seed, options.guard),
            [hashlib.sha256(path.read_bytes()).hexdigest() for path in options.speaker_wav],
            [(package, version(package)) for package in ("coqui-tts", "torch")],
        )
        self.revision = hashlib.sha256(repr(facts).encode()).hexdigest()[:24]
        self._warm()

    def synthesize(self, request: SpeechRequest) -> Speech:
        """Speak ``request``; see `SpeechEngine`. Text with nothing to speak gives 0.3 s of silence.

        Raises:
            VoiceError: it has no such language or voice.
            EngineError: it knows none of the letters, or is closed.
            GenerationError: the network failed.
            DeviceLostError: the GPU failed; this process can speak nothing more.
            RejectedError: what it made of a phrase cannot be that phrase.
        """
        check_request(request, engine=self.name, languages=self.languages, voices=self.voices)
        request = self._own(request)
        rate_hz = self.sample_rate_hz
        pieces: list[Samples] = []
        words: list[WordTime] = []
        length = 0
        is_exact = True
        for index, phrase in enumerate(self._split(request)):
            check_stop()
            with self._lock:
                sound, times, exact = self._speak(phrase, request, index)
            is_exact &= exact
            words += [
                WordTime(start, end, length + first, length + last)
                for (start, end), (first, last) in times
            ]
            gap = finish.silence(phrase.pause_s / request.rate, rate_hz)
            pieces += [sound, gap]
            length += len(sound) + len(gap)
        if not pieces:
            return Speech(finish.silence(finish.UNSPOKEN_S, rate_hz), rate_hz, exact_words=True)
        level = finish.set_level(np.concatenate(pieces), rate_hz)
        return Speech(level, rate_hz, tuple(words), exact_words=is_exact)

    def close(self) -> None:
        """Free the network and its device memory. May be called twice."""
        with self._lock:
            if self._model is not None:
                self._model.close()
                self._model = None
                self._letters_alone.cache_clear()

    def _own(self, request: SpeechRequest) -> SpeechRequest:
        """Return a request as the options of this engine change it."""
        options = self.options
        return replace(
            request,
            language=self._language or request.language,
            rate=request.rate * options.speed,
            seed=request.seed + options.seed,
        )

    def _find_language(self, wanted: str | None) -> str | None:
        known = self._open_model().languages
        if wanted is None or not known:
            return wanted
        by_case = {each.lower(): each for each in known}
        if wanted.lower() not in by_case:
            raise VoiceError(
                f"{self.name} speaks {', '.join(known)}, got the language {wanted!r}",
                remedy="choose one of these, or leave the language out",
                where="language",
            )
        return by_case[wanted.lower()]

    def _find_speaker(self, wanted: str | None) -> str | None:
        if wanted is not None and wanted not in self.voices:
            voices = ", ".join(name.strip() for name in self.voices)
            raise VoiceError(
                f"{self.name} has {f'the voices {voices}' if voices else 'one voice, unnamed'}, "
                f"got {wanted!r}",
                remedy="choose one of these, or leave the speaker out",
                where="speaker",
            )
        if wanted is not None or self._open_model().is_cloned:
            return wanted
        # VCTK's first name is "ED\n", left over from its training.
        tidy = (name for name in self.voices if name == name.strip())
        return next(tidy, next(iter(self.voices), None))

    def _warm(self) -> None:
        language = next(iter(self.languages), _primary(self._language or "en"))
        text = _WARM_UP.get(language, "Hello.")
        try:
            with contextlib.suppress(RejectedError):  # of one word, said by chance
                self.synthesize(SpeechRequest(text, language=language))
        except GenerationError as error:
            raise EngineUnavailableError(
                f"{self.name} was loaded but cannot speak: {error.problem}",
                remedy="check that weights and config.json belong together",
            ) from error

    def _split(self, request: SpeechRequest) -> tuple[Phrase, ...]:
        model = self._open_model()
        is_english = _primary(request.language) == "en"
        language = model.find_language(request.language)
        max_chars = model.max_chars(language)
        phrases = split_phrases(
            request.text,
            request.language,
            respell=self._respell(request.language, respell_english if is_english else _as_is),
            stops=ends_sentence if is_english else _ends_sentence,
            max_chars=max_chars,
        )
        return join_short(phrases, min_chars=model.min_chars(language), max_chars=max_chars)

    def _respell(self, language: str, respell: Respell) -> Respell:
        """Return a respelling that spells numbers too, for a voice that has no digits."""
        model = self._open_model()
        if not model.reads_letters or self._letters_alone("5", model.find_language(language)):
            return respell

        def in_words(word: str, before: str, after: str, gap: str) -> str:
            return spell_numbers(respell(word, before, after, gap), language)

        return in_words

    def _speak(
        self, phrase: Phrase, request: SpeechRequest, index: int
    ) -> tuple[Samples, list[tuple[tuple[int, int], tuple[int, int]]], bool]:
        """Return the sound of a phrase, each word's characters and samples, and if exact."""
        model = self._open_model()
        language = model.find_language(request.language)
        speaker = request.voice if self.voices and request.voice else self._speaker
        text = _join(phrase)
        if model.reads_letters and not any(
            letter.isalpha() for word in phrase.words for letter in self._alone(word, language)
        ):
            raise EngineError(
                f"{self.name} knows none of the letters of {text[:60]!r}",
                remedy="choose a voice for the language of the text",
            )
        spoken = self._read_checked(text, language, speaker, request, index)
        sound, cut = finish.trim(spoken.samples, self.sample_rate_hz)
        exact = self._time_words(phrase, spoken, language)
        if exact is not None:
            inside = [(_clip(a - cut, len(sound)), _clip(b - cut, len(sound))) for a, b in exact]
            spans = [(word.char_start, word.char_end) for word in phrase.words]
            return sound, list(zip(spans, inside, strict=True)), True
        return sound, _estimate(phrase, request, sound), False

    def _read_checked(
        self, text: str, language: str | None, speaker: str | None, request: SpeechRequest,
        index: int,
    ) -> Sound:  # fmt: skip
        """Return the first reading of a phrase that passes the guard."""
        fault: guard.Fault | None = None
        for attempt in range(self._attempts):
            seed = reseed(request.seed * 1_000_003 + index, attempt)
            spoken = self._read(text, language, speaker, request.rate, seed)
            fault = guard.find_fault(
                spoken.samples,
                self.sample_rate_hz,
                text=text,
                language=request.language,
                rate=request.rate,
            )
            # Without a guard too: nothing can be made of silence, nor of what is no number.
            if fault is None or not (self.options.guard or fault.kind in ("broken", "silent")):
                return spoken
            logger.info("refused a reading: %s", fault.detail, extra={"attempt": attempt})
        raise guard.reject(self.name, text, fault, self._attempts)

    def _read(
        self, text: str, language: str | None, speaker: str | None, rate: float, seed: int
    ) -> Sound:
        try:
            return self._open_model().speak(
                text, language=language, speaker=speaker, rate=rate, seed=seed
            )
        except ImportError as error:
            raise missing_package(error) from None
        except LOAD_ERRORS as error:
            if is_device_lost(error):
                raise DeviceLostError(f"{self.device} failed while it spoke: {error}") from error
            failure = GenerationError(f"{self.name} could not speak {text[:60]!r}: {error}")
            if not is_out_of_memory(error):
                raise failure from error
        free_memory(self.device)  # what the error held is free only after it
        raise failure

    def _time_words(
        self, phrase: Phrase, spoken: Sound, language: str | None
    ) -> list[tuple[int, int]] | None:
        """Return the samples of each word in the untrimmed sound, or None if they are unknown."""
        if spoken.starts is None:
            return None
        alone = [self._alone(word, language) for word in phrase.words]
        starts = spoken.starts
        times: list[tuple[int, int]] = []
        last = 0
        for run in align_words(spoken.letters, alone):
            first = max(last, int(starts[run.start])) if run else last
            last = max(first, int(starts[run.stop])) if run else first
            times.append((first, last))
        return times

    def _alone(self, word: SpokenWord, language: str | None) -> tuple[str, ...]:
        return self._letters_alone(word.spoken, language)

    def _open_model(self) -> CoquiModel:
        if self._model is None:
            raise EngineError(f"{self.name} is closed", remedy="open the engine again")
        return self._model


def _clip(sample: int, length: int) -> int:
    """Return the sample, moved into a sound of ``length`` samples."""
    return min(max(sample, 0), length)


def _estimate(
    phrase: Phrase, request: SpeechRequest, sound: Samples
) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    start = phrase.words[0].char_start
    text = request.text[start : phrase.words[-1].char_end]
    return [
        ((start + word.char_start, start + word.char_end), (word.start_sample, word.end_sample))
        for word in estimate_words(text, request.language, len(sound))
    ]


def _join(phrase: Phrase) -> str:
    """Write a phrase as a text with the punctuation that voices know, ended by a mark."""
    text = ""
    for index, word in enumerate(phrase.words):
        text += word.spoken + _MARKS.get(word.mark, word.mark)
        following = phrase.words[index + 1 : index + 2]
        if following and (word.mark or following[0].char_start > word.char_end):
            text += " "
    return text if text[-1:] in {".", "!", "?", ",", ";", ":"} else f"{text}."


def _primary(language: str) -> str:
    return language.replace("_", "-").partition("-")[0].lower()


def _as_is(word: str, before: str, after: str, gap: str) -> str:
    """Leave the word as it is: the voice's own cleaners know its language."""
    del before, after, gap
    return word


def spell_numbers(text: str, language: str) -> str:
    """Return the text with its numbers in words, where num2words knows the language."""
    from num2words import num2words

    def spell(match: re.Match[str]) -> str:
        digits = match[0]
        decimal = _DECIMAL.search(digits)
        number = re.sub(r"\D", "", digits[: decimal.start()] if decimal else digits)
        if decimal:
            number += "." + decimal[1]
        try:
            return str(num2words(number, lang=language.replace("-", "_")))
        except (NotImplementedError, OverflowError, ValueError, KeyError, IndexError, TypeError):
            return digits

    return _NUMBER.sub(spell, text)


def _ends_sentence(word: str, gap: str, after: str) -> bool:
    """Whether a full stop ends a sentence: not before a small letter, nor after an initial."""
    is_initial = len(word) == 1 and word.isupper()
    return not gap.startswith(".") or not (after[:1].islower() or is_initial)
