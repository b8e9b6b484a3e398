"""eSpeak NG: the embedded floor for a hundred languages. Robotic, small, and always there."""

from __future__ import annotations

import difflib
import threading
from bisect import bisect_right
from collections.abc import Callable, Collection, Mapping
from itertools import pairwise

import numpy as np

from raypipe.errors import EngineError, VoiceError
from raypipe.speech import finish
from raypipe.speech.arabic import ArabicReader, can_vocalize
from raypipe.speech.engine import (
    Quality,
    Readings,
    Samples,
    Speech,
    SpeechRequest,
    WordTime,
    check_request,
)
from raypipe.speech.espeak_library import EspeakSession, open_library
from raypipe.speech.japanese import JapaneseReader, can_read
from raypipe.speech.phrases import Phrase, Reading, clean_word, phrase_readings, read_words
from raypipe.speech.tone import soften
from raypipe.speech.words import count_syllables
from raypipe.stopping import check_stop

_CODE_VERSION = 1
"""Raised whenever this module or those it builds on would make other sound of the same request."""

_WORDS_PER_MINUTE = 160
"""A calm narrator; eSpeak's own default of 175 is harder to follow in a voice without colour."""
_PARAMETERS: Mapping[str, int] = {"pitch": 42, "range": 60, "volume": 60}
"""A little lower and livelier than the default of 50, and quiet enough never to clip inside."""
_PACES = {"fr": 0.9, "it": 0.85, "ja": 0.85, "pt": 0.9, "ru": 0.88, "zh": 1.05}
"""Of its own pace: these voices are quicker or slower than narrators (`raypipe.speech.words`)."""
_MAX_PHRASE_CHARS = 400

_EVENT_SLACK_S = 0.03
"""How far from its word event a word may really begin."""
_MARKS = {"—": ",", "…": ".", "¶": "."}
_FALLBACKS = {
    "en": "en-us", "zh-hk": "yue", "zh-mo": "yue", "nn": "nb", "iw": "he", "in": "id", "ji": "he",
    "yi": "he", "fil": "ms", "tl": "ms", "gl": "pt", "ast": "es", "oc": "ca", "prs": "fa",
    "tg": "fa", "ckb": "ku", "kmr": "ku", "arz": "ar", "apc": "ar", "ary": "ar", "sh": "hr",
    "cnr": "sr", "mo": "ro", "zsm": "ms", "jv": "id", "su": "id", "dz": "ne", "sa": "hi",
    "bho": "hi", "mai": "hi", "lzh": "cmn", "wuu": "cmn", "nan": "hak", "gsw": "de", "nds": "nl",
    "fy": "nl", "rue": "uk",
}  # fmt: skip
"""Languages without a voice, and those with another name, read by the nearest voice."""


class EspeakEngine:
    """Speaks ``language`` with eSpeak NG. May be called from several threads, which take turns.

    A request's voice is one of its variants: ``f1`` to ``f5`` are women, ``m1`` to ``m8`` men, and
    many have names. They change pitch and timbre, not the language.

    Word times are eSpeak's own word events, less the pauses at punctuation. Emphasis is ignored:
    eSpeak stresses by pitch alone, and overdoes it.

    Args:
        language: a language tag such as ``es``, ``pt-BR`` or ``zh``; the variant to speak with
            may follow, as in ``en+f3``.

    Raises:
        EngineUnavailableError: the package is missing.
        VoiceError: eSpeak NG has no voice for the language, or no such variant; says which it has.
    """

    quality: Quality = "robotic"
    readings: Readings = "fixed"

    def __init__(self, language: str) -> None:
        self._library = open_library()
        self.name = f"espeak:{language}"
        language, _, variant = language.partition("+")
        self.voice = find_voice(language, self._library.voices)
        self.voices = self._library.variants
        self._variant = variant or None
        self.language = language
        self.languages: tuple[str, ...] = (language.partition("-")[0].lower(),)
        self.sample_rate_hz = self._library.sample_rate_hz
        self._read, reader = _choose_reader(self.voice, language)
        self.revision = f"espeak-{self._library.version}-code{_CODE_VERSION}{reader}"
        self._closed = threading.Event()
        self.synthesize(SpeechRequest("a", language, voice=self._variant))

    def synthesize(self, request: SpeechRequest) -> Speech:
        """Speak ``request``; see `SpeechEngine`. Text with nothing to speak gives 0.3 s of silence.

        Raises:
            VoiceError: the language is another one, or there is no such variant.
            EngineError: the engine was closed.
            GenerationError: eSpeak NG refused the text.
        """
        check_request(request, engine=self.name, languages=self.languages, voices=self.voices)
        if self._closed.is_set():
            raise EngineError(f"{self.name} was closed", remedy="open the engine again")
        rate = self.sample_rate_hz
        pace = _WORDS_PER_MINUTE * _PACES.get(self.languages[0], 1.0)
        parameters = {**_PARAMETERS, "rate": round(pace * request.rate)}
        pieces: list[Samples] = []
        words: list[WordTime] = []
        length = 0
        exact = True
        with self._library.session() as session:
            variant = request.voice or self._variant
            voice = self._library.voices[self.voice]
            session.choose(f"{voice}+{variant}" if variant else voice, parameters)
            phrases = phrase_readings(
                request.text,
                self._read(request.text, session.phonemize),
                stops=_ends_sentence,
                max_chars=_MAX_PHRASE_CHARS,
            )
            for phrase in phrases:
                check_stop()
                sound, times, is_exact = self._speak(session, phrase)
                exact = exact and is_exact
                words += [
                    WordTime(word.char_start, word.char_end, length + start, length + end)
                    for word, (start, end) in zip(phrase.words, times, strict=True)
                ]
                gap = finish.silence(phrase.pause_s / request.rate, rate)
                pieces += [sound, gap]
                length += len(sound) + len(gap)
        if not words:
            return Speech(finish.silence(finish.UNSPOKEN_S, rate), rate, exact_words=True)
        sound = finish.set_level(np.concatenate(pieces), rate)
        return Speech(sound, rate, tuple(words), exact_words=exact)

    def close(self) -> None:
        """Refuse further work; nothing is held between requests. May be called twice."""
        self._closed.set()

    def _speak(
        self, session: EspeakSession, phrase: Phrase
    ) -> tuple[Samples, list[tuple[int, int]], bool]:
        """Return the sound of a phrase, the samples of each word in it, and if all are exact."""
        text = ""
        offsets: list[int] = []
        for index, word in enumerate(phrase.words):
            offsets.append(len(text))
            text += word.spoken + _MARKS.get(word.mark, word.mark)
            following = phrase.words[index + 1 : index + 2]
            if following and (word.mark or following[0].char_start > word.char_end):
                text += " "
        spoken = session.speak(text)
        sound, cut = finish.trim(soften(spoken.samples, self.sample_rate_hz), self.sample_rate_hz)
        found: dict[int, int] = {}
        for position, sample in spoken.word_starts:
            found.setdefault(bisect_right(offsets, position) - 1, max(0, sample - cut))
        exact = len(found | {0: 0}) == len(phrase.words)
        found[0] = 0
        starts = _fill(found, [word.spoken for word in phrase.words], self.language, len(sound))
        times = list(pairwise(starts))
        for index, word in enumerate(phrase.words[:-1]):
            if word.mark:
                self._part(sound, times, index)
        for index in (0, len(times) - 1):
            start, end = times[index]
            heard = finish.find_sound(sound[start:end], self.sample_rate_hz)
            if heard:
                times[index] = (start + heard.start, start + heard.stop)
        return sound, times, exact

    def _part(self, sound: Samples, times: list[tuple[int, int]], index: int) -> None:
        """Leave the pause after a word out of its time, and out of the next word's."""
        start, end = times[index]
        slack = round(_EVENT_SLACK_S * self.sample_rate_hz)
        limit = min(times[index + 1][1], end + slack)
        pause = finish.find_pause(sound[start:limit], self.sample_rate_hz)
        if pause and start + pause.stop >= end - slack:
            times[index] = (start, start + pause.start)
            times[index + 1] = (start + pause.stop, max(start + pause.stop, times[index + 1][1]))


def find_voice(language: str, available: Collection[str]) -> str:
    """Return the tag of the voice for ``language`` among ``available``, or the nearest one.

    Raises:
        VoiceError: there is none; near tags are named.
    """
    tag = language.replace("_", "-").lower()
    primary = tag.partition("-")[0]
    for candidate in (_FALLBACKS.get(tag, tag), _FALLBACKS.get(primary, primary), primary):
        if candidate in available:
            return candidate
    same = [each for each in available if each.partition("-")[0] == primary]
    if same:
        return same[0]
    near = difflib.get_close_matches(primary, available, n=3, cutoff=0.5)
    raise VoiceError(
        f"eSpeak NG has no voice for the language {language!r}"
        + (f"; near ones are {', '.join(near)}" if near else ""),
        remedy=f"choose one of its languages: {', '.join(available)}",
        where="language",
    )


def _fill(found: dict[int, int], spoken: list[str], language: str, end: int) -> list[int]:
    """Return a start for each word and the end, in order: what was not found lies in between."""
    starts: list[int] = []
    known = [*sorted(found), len(spoken)]
    for first, following in pairwise(known):
        begin = max(found[first], starts[-1] if starts else 0)
        until = max(begin, found.get(following, end))
        weights = [count_syllables(word, language) for word in spoken[first:following]]
        shares = np.concatenate([[0.0], np.cumsum(weights)[:-1]]) / sum(weights)
        starts += [begin + round((until - begin) * float(share)) for share in shares]
    return [*starts, max(starts[-1], end)]


Phonemize = Callable[[str], str]
_Read = Callable[[str, Phonemize], tuple[Reading, ...]]


def _choose_reader(voice: str, language: str) -> tuple[_Read, str]:
    """Return how text becomes words that eSpeak NG can read, and the reader's revision."""
    if voice == "ja" and can_read():
        japanese = JapaneseReader()
        return lambda text, _: japanese.read(text), f"-{japanese.revision}"
    if voice == "ar" and can_vocalize():
        arabic = ArabicReader()
        return arabic.read, f"-{arabic.revision}"
    # It knows numbers and abbreviations of its languages itself.
    return lambda text, _: read_words(text, language, lambda word, *_: clean_word(word)), ""


def _ends_sentence(word: str, gap: str, after: str) -> bool:
    """Whether a full stop ends a sentence: not before a small letter, nor after an initial."""
    touches = gap.startswith(".")
    initial = len(word) == 1 and word.isupper()
    return not touches or not (after[:1].islower() or initial)
