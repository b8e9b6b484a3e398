"""Whether spoken sound can be what a text says: its length, its pauses, its level.

Networks that speak by guessing on (XTTS, Tacotron) sometimes babble, fall silent or stop early.
None of that is an error to them, so every reading is measured before it is used. The measures know
nothing of the engine, and none of them costs a second pass over a network.

The length is held against `raypipe.speech.words.estimate_seconds`. Its rates are means over
speakers. For a language of which no rate is known the mean of all is taken, and Coupé, Oh, Dediu
and Pellegrino (Science Advances 5(9), 2019, figure 1) found means from 4.7 (Thai) to 8.0 syllables
a second (Japanese) about one of 6.6: a further factor of 1.4 to either side. The embedded voices
read 108 sentences in 28 languages in 0.63 to 1.31 times the estimate, and single words, a second or
less, in 0.6 to 2.6 times.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from raypipe.errors import RejectedError
from raypipe.seeds import reseed
from raypipe.speech import finish
from raypipe.speech.engine import Samples, Speech, SpeechEngine, SpeechRequest
from raypipe.speech.words import (
    NARRATION_PACE,
    SYLLABLES_PER_SECOND,
    estimate_seconds,
    find_words,
    syllable_rate,
)

RESEEDS = 1
"""How often a refused reading is read anew, by a voice that varies."""
LENGTH = 1.6
"""Times the estimate, and as many times below it: well beyond the 1.4 of the embedded voices, and
well under the 2 of a sentence that is said twice."""
UNKNOWN_RATE = 1.4
"""A further factor for languages whose syllable rate is not known."""
DIGIT_SYLLABLES = 1.5
"""What a digit may have beside the estimate's 1.5: large numbers have words for their places."""
WORD_S = 0.8
"""A word said alone is drawn out, and an abbreviation has more syllables than letters show."""
CURT_S = 0.15
"""By this much a word may be shorter still: the one syllable of an abbreviation, a silent vowel."""
SILENT_DBFS = -60.0
"""Under this there is nothing to be heard; engines bring speech to -20."""
PAUSE_S = 1.0
"""Beside one second at rate 1, of which our own longest pause, after a paragraph, takes 0.75 s."""
VOICED_SHARE = 0.25
"""Readers pause for a third of the time; embedded voices were heard in 60 % of it or more."""
CLIPPED_SHARE = 0.002
"""Of samples that lie in flat tops. Ten times the most that the embedded voices had in any text
(peaks that happen to be alike), and far below what hard clipping gives."""

_ACRONYM = re.compile(r"\b[A-Z]{2,5}\b")
_FRAME_S = 0.02
_QUIET_DB = -40.0
_FLAT = 0.999
_FLAT_SAMPLES = 4

FaultKind = Literal["broken", "silent", "clipped", "short", "long", "pause", "mostly silent"]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a reading; ``detail`` says what was expected and what was heard."""

    kind: FaultKind
    detail: str


def find_fault(
    samples: Samples, sample_rate_hz: int, *, text: str, language: str, rate: float = 1.0
) -> Fault | None:
    """Return why ``samples`` cannot be ``text`` read aloud, or None if they can.

    Args:
        samples: float (n,), mono; silence at both ends does not count.
        sample_rate_hz: of the samples.
        text: what was to be said; without a word that can be spoken, silence is right.
        language: of the text, a tag.
        rate: that was asked for, relative to the voice's own pace.
    """
    if not np.isfinite(samples).all():
        return Fault("broken", "samples that are no numbers")
    if not find_words(text, language):
        return None
    sound = finish.find_sound(samples, sample_rate_hz)
    heard = samples[sound.start : sound.stop]
    level = float(np.sqrt(np.mean(np.square(heard, dtype=np.float64)))) if len(heard) else 0.0
    if level < 10 ** (SILENT_DBFS / 20):
        return Fault("silent", "nothing to be heard")
    return (
        _judge_length(len(heard) / sample_rate_hz, text, language, rate)
        or _judge_pauses(heard, sample_rate_hz, rate)
        or _judge_peaks(heard)
    )


def length_bounds(text: str, language: str, rate: float = 1.0) -> tuple[float, float]:
    """Return the fewest and the most seconds that ``text`` may take to say at ``rate``."""
    primary = language.partition("-")[0].lower()
    doubt = 1.0 if primary in SYLLABLES_PER_SECOND else UNKNOWN_RATE
    expected_s = estimate_seconds(text, language) / rate
    least_s = expected_s / (LENGTH * doubt) - CURT_S / rate
    spelt_s = _spelt_syllables(text) / (syllable_rate(language) * NARRATION_PACE * rate)
    return max(0.0, least_s), (expected_s + spelt_s) * LENGTH * doubt + WORD_S / rate


def _spelt_syllables(text: str) -> float:
    """Return syllables that do not show in what is spelt out: numbers, and letters of "FBI"."""
    digits = sum(char.isdigit() for char in text)
    letters = sum(len(word) for word in _ACRONYM.findall(text))
    return DIGIT_SYLLABLES * digits + letters


def speak_checked(engine: SpeechEngine, request: SpeechRequest) -> Speech:
    """Speak ``request`` and check what was said; once more with another seed, where that helps.

    An engine that checks its readings phrase by phrase is believed.

    Raises:
        RejectedError: no reading passed; says what was wrong with the last.
        EngineError: as the engine.
    """
    if engine.readings == "checked":
        return engine.synthesize(request)
    attempts = 1 + (RESEEDS if engine.readings == "varied" else 0)
    fault: Fault | None = None
    for attempt in range(attempts):
        speech = engine.synthesize(replace(request, seed=reseed(request.seed, attempt)))
        if speech.silent:
            return speech
        fault = find_fault(
            speech.samples,
            speech.sample_rate_hz,
            text=request.text,
            language=request.language,
            rate=request.rate,
        )
        if fault is None:
            return speech
    raise reject(engine.name, request.text, fault, attempts)


def reject(engine: str, text: str, fault: Fault | None, attempts: int) -> RejectedError:
    """Return the error that says why no reading of ``text`` was good enough."""
    return RejectedError(
        f"{engine} did not say {text[:60]!r}, in {attempts} reading{'s' * (attempts > 1)}: "
        f"{fault.detail if fault else 'unknown'}",
        remedy="choose another voice or another seed (tts.seed)",
    )


def _judge_length(heard_s: float, text: str, language: str, rate: float) -> Fault | None:
    least_s, most_s = length_bounds(text, language, rate)
    if heard_s > most_s:
        return Fault("long", f"expected at most {most_s:.1f} s of sound, got {heard_s:.1f} s")
    if heard_s < least_s:
        return Fault("short", f"expected at least {least_s:.1f} s of sound, got {heard_s:.1f} s")
    return None


def _judge_pauses(heard: Samples, sample_rate_hz: int, rate: float) -> Fault | None:
    levels = finish.frame_levels(heard, max(1, round(_FRAME_S * sample_rate_hz)))
    # The loudest twentieth is speech; a single click would be the loudest of all.
    loud = float(np.quantile(levels, 0.95))
    quiet = levels <= loud * 10 ** (_QUIET_DB / 20)
    edges = np.flatnonzero(np.diff(quiet.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    longest_s = float((edges[:, 1] - edges[:, 0]).max(initial=0)) * _FRAME_S
    allowed_s = PAUSE_S + 1.0 / rate
    if longest_s > allowed_s:
        return Fault(
            "pause", f"expected pauses of at most {allowed_s:.1f} s, got one of {longest_s:.1f} s"
        )
    voiced = 1.0 - float(quiet.mean())
    if voiced < VOICED_SHARE:
        return Fault(
            "mostly silent",
            f"expected a voice in {VOICED_SHARE:.0%} of the time or more, got {voiced:.0%}",
        )
    return None


def _judge_peaks(heard: Samples) -> Fault | None:
    """Find runs of samples that stand at the peak, which sound never does by itself."""
    size = np.abs(heard)
    flat = size >= _FLAT * float(size.max())
    edges = np.flatnonzero(np.diff(flat.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    runs = edges[:, 1] - edges[:, 0]
    share = float(runs[runs >= _FLAT_SAMPLES].sum()) / len(heard)
    if share > CLIPPED_SHARE:
        return Fault(
            "clipped",
            f"expected at most {CLIPPED_SHARE:.1%} of the samples in clipped peaks, got "
            f"{share:.1%}",
        )
    return None
