"""Several voices in one narration: their parts joined, with the pauses of a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from raypipe.speech import finish
from raypipe.speech.cast import Part
from raypipe.speech.engine import Samples, Speech, WordTime
from raypipe.speech.phrases import PAUSE_S, read_mark
from raypipe.speech.words import find_words

TURN_S = 0.2
"""At least this between two voices: the usual gap between turns in ten languages is 0 to 0.2 s
(Stivers et al., PNAS 106(26), 2009), and a reader leaves no less."""
_GOES_ON = 0.5
"""Of a pause that stays where the sentence goes on in small letters: "No!" she said."""


@dataclass(frozen=True, slots=True)
class SpokenPart:
    """A part of a text, spoken; ``char_start`` is where it begins in the whole."""

    speech: Speech
    char_start: int
    pause_s: float
    """Silence after it, in seconds."""


def find_pauses(
    text: str, language: str, parts: Sequence[Part], *, rate: float
) -> tuple[float, ...]:
    """Return the seconds of silence after each part, by the marks between them; none at the end."""
    pauses: list[float] = []
    for part, following in pairwise(parts):
        words = find_words(text[part.start : part.end], language)
        heads = find_words(text[following.start : following.end], language)
        end = part.start + words[-1][1] if words else part.end
        start = following.start + heads[0][0] if heads else following.start
        mark = read_mark(text[end:start])
        pause_s = PAUSE_S[mark]
        if mark in {"!", "?", "…"} and text[start : start + 1].islower():
            pause_s *= _GOES_ON
        pauses.append(max(pause_s, TURN_S) / rate)
    return (*pauses, 0.0)


def join_speech(parts: Sequence[SpokenPart]) -> Speech:
    """Return the parts as one narration, at the highest of their sample rates.

    Word times are those of the parts, moved; exact if all are. Engines bring what they say to the
    same level, so nothing is done to it here.
    """
    from raypipe.sound.resample import resample

    rate_hz = max(part.speech.sample_rate_hz for part in parts)
    pieces: list[Samples] = []
    words: list[WordTime] = []
    length = 0
    for part in parts:
        own_hz = part.speech.sample_rate_hz
        sound = resample(part.speech.samples, own_hz, to_hz=rate_hz)
        for word in part.speech.words:
            first, last = (
                length + min(round(at * rate_hz / own_hz), len(sound))
                for at in (word.start_sample, word.end_sample)
            )
            start, end = (part.char_start + at for at in (word.char_start, word.char_end))
            words.append(WordTime(start, end, first, last))
        gap = finish.silence(part.pause_s, rate_hz)
        pieces += [sound, gap]
        length += len(sound) + len(gap)
    return Speech(
        np.concatenate(pieces),
        rate_hz,
        tuple(words),
        exact_words=all(part.speech.exact_words for part in parts),
    )
