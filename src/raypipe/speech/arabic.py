"""How Arabic is read: the short vowels that writers leave out.

eSpeak NG knows the vowels of common words and speaks the rest as bare consonants. The diacritizer
that piper-tts carries (libtashkeel's network, 5 MB) writes them in; it is GPL-3.0 with its package,
optional, and loaded only for Arabic.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from raypipe.speech.phrases import Reading, clean_word
from raypipe.speech.words import find_words

_CERTAINTY = 0.8
"""Below it a letter is left without a vowel: the default of piper-tts for its Arabic voices."""
_PIECE = re.compile(r"[^.!?؟\n]{1,800}[.!?؟\n]*|[.!?؟\n]+")
"""A sentence, which is what the network looks at; it takes no more than 12,000 characters."""
_VOWEL_MARKS = re.compile("[\u064b-\u0652\u0670]")
_ARABIC = re.compile("[\u0621-\u064a]")
_NOT_SOUNDS = "ʲˈˌːˑ"
_BARE = re.compile(r"^[^aeiou]{2}|[^aeiou]{3}|^[^aeiou]+$")
"""Consonants that no Arabic syllable has: one at its start, two within a word."""


def can_vocalize() -> bool:
    """Whether piper-tts, which carries the diacritizer, is installed."""
    return find_spec("piper") is not None and find_spec("onnxruntime") is not None


class ArabicReader:
    """Reads Arabic text aloud with its vowels.

    A word that eSpeak NG already speaks as syllables stays as it is written: its dictionary is
    surer of names than the network.
    """

    def __init__(self) -> None:
        tashkeel: Any = import_module("piper.tashkeel")
        self._diacritize: Any = tashkeel.TashkeelDiacritizer()
        # Its own session takes a thread for each core, and several workers share a machine.
        runtime: Any = import_module("onnxruntime")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._diacritize.session = runtime.InferenceSession(
            tashkeel.TASHKEEL_DIR / "model.onnx", options, providers=["CPUExecutionProvider"]
        )
        self.revision = f"tashkeel{version('piper-tts')}"

    def read(self, text: str, phonemize: Callable[[str], str]) -> tuple[Reading, ...]:
        """Return the words of ``text``, with vowels where they need them.

        Args:
            text: what is to be spoken.
            phonemize: gives the phonemes (IPA) that eSpeak NG would speak for a word.
        """
        readings: list[Reading] = []
        for piece in _PIECE.finditer(text):
            spans = find_words(piece[0], "ar")
            words = [clean_word(piece[0][start:end]) for start, end in spans]
            if not words:
                continue
            vocalized = self._vocalize(piece[0])
            if len(vocalized) != len(words):
                vocalized = words
            readings += [
                Reading(
                    piece.start() + start, piece.start() + end, _choose(word, written, phonemize)
                )
                for (start, end), word, written in zip(spans, words, vocalized, strict=True)
            ]
        return tuple(readings)

    def _vocalize(self, text: str) -> list[str]:
        plain = "".join(char for char in text if unicodedata.category(char) != "Cf")
        written = str(self._diacritize(plain, taskeen_threshold=_CERTAINTY))
        return [written[start:end] for start, end in find_words(written, "ar")]


def _choose(word: str, written: str, phonemize: Callable[[str], str]) -> str:
    if _VOWEL_MARKS.search(word) or not _ARABIC.search(word):
        return word
    sounds = "".join(char for char in phonemize(word) if char.isalpha() and char not in _NOT_SOUNDS)
    return written if _BARE.search(sounds) else word
