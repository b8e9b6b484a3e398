"""The hush of the room in which a voice was recorded, where the voice itself leaves none.

Between phrases engines give digital silence, and each phrase brings its own faint noise along: the
room would switch on and off with the voice. So the noise of the voice is measured in its softest
moments, and as much of it is laid under everything as is missing.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from raypipe.sound.dynamics import BLOCK_SAMPLES, Levels, apply_gain, smooth
from raypipe.sound.filters import SAMPLE_RATE_HZ, Sound
from raypipe.sound.voice import Voice
from raypipe.spool import let_go

FLOOR_DBFS = -72.0
"""RMS of the tone under a voice that has none: below what is heard as noise, above silence."""

CEILING_DBFS = -56.0
"""A voice noisier than this is not imitated any louder."""

_PERIOD = 1 << 18
_FRAME_BLOCKS = 20
_FRAME = _FRAME_BLOCKS * BLOCK_SAMPLES
_FEWEST_FRAMES = 6
_MOST_FRAMES = 60  # of a voice: more than a second of its pauses tells all there is to know
_FRAMES_AT_ONCE = 64
_SPOKEN_DB = -34.0  # softer frames, against the loudest, are pauses or the noise between words
_NOTHING = 1e-6  # RMS of -120 dBFS: digital silence
_BANDS = 48
_EDGE_MS = 12
_FADE_IN_S, _FADE_OUT_S = 0.4, 1.2


@dataclass(frozen=True, slots=True)
class VoiceTrace:
    """What is left to know of a voice once it is mixed.

    ``levels`` are its RMS a block from ``start_sample`` on; ``pauses`` float32 (k, 960) are moments
    of it in which nobody speaks and which are not digital silence.
    """

    start_sample: int
    levels: Levels
    pauses: Sound


def trace(voice: Voice, start_sample: int) -> VoiceTrace:
    """Return what room tone and ducking need of a voice that starts at ``start_sample``."""
    return VoiceTrace(start_sample, voice.levels, _soft_frames(voice))


def add_room_tone(mixed: Sound, voices: Sequence[VoiceTrace], *, seed: int) -> None:
    """Add room tone to a mix (n, 2) at 48 kHz, in place.

    Args:
        mixed: sound with the voices in it.
        voices: what is known of them.
        seed: of the noise; equal arguments give equal samples.
    """
    own, shape = noise_of(voices)
    level = float(np.clip(own, 10 ** (FLOOR_DBFS / 20), 10 ** (CEILING_DBFS / 20)))
    gain: Levels = np.full(-(-len(mixed) // BLOCK_SAMPLES), level, np.float32)
    within = np.sqrt(max(0.0, level**2 - own**2))
    for voice in voices:
        first = voice.start_sample // BLOCK_SAMPLES
        carried = (voice.levels > 0.3 * own) & (voice.levels > _NOTHING)
        part = gain[first : first + len(carried)]
        part[carried[: len(part)]] = within
    smooth(gain, np.hanning(2 * _EDGE_MS + 1).astype(np.float32))
    _fade(gain)
    tone = _noise(shape, seed)
    per_period = _PERIOD // BLOCK_SAMPLES
    period = per_period * BLOCK_SAMPLES
    join = _PERIOD - period
    for index in range(0, len(gain), per_period):
        part = mixed[index * BLOCK_SAMPLES : index * BLOCK_SAMPLES + period]
        # The noise is periodic in `_PERIOD`; each turn starts where the last one ended.
        turn = np.roll(tone, join * (index // per_period), axis=0)[: len(part)]
        apply_gain(turn, gain[index : index + per_period])
        part += turn
        let_go(mixed)


def noise_of(voices: Sequence[VoiceTrace]) -> tuple[float, Sound]:
    """Return the noise under voices: its RMS, and its amplitude by frequency of a `_PERIOD`.

    It is looked for in the softest of the pauses that are not digital silence. Where there is
    none, as in speech without pauses or with silent ones, the RMS is 0 and the shape that of a
    quiet room, which falls by 6 dB an octave above 300 Hz.
    """
    frames = np.concatenate([np.zeros((0, _FRAME), np.float32), *(v.pauses for v in voices)])
    hertz = np.fft.rfftfreq(_PERIOD, 1 / SAMPLE_RATE_HZ)
    hush = ((hertz > 30) / (1 + hertz / 300)).astype(np.float32)  # noqa: PLR2004 - nothing below hearing
    if len(frames) < _FEWEST_FRAMES:
        return 0.0, hush
    power = np.einsum("ij,ij->i", frames, frames, dtype=np.float64) / _FRAME
    # The noise itself is steady; what is 6 dB above its softest tenth is the end of a word.
    softest = power <= 4 * np.percentile(power, 10)
    own = float(np.sqrt(power[softest].mean()))
    if own < 10 ** ((FLOOR_DBFS - 10) / 20):
        return own, hush  # nobody hears its colour
    spectrum = _mean_spectrum(frames[softest])
    bins = np.fft.rfftfreq(_FRAME, 1 / SAMPLE_RATE_HZ)
    edges = np.geomspace(60, SAMPLE_RATE_HZ / 2, _BANDS + 1)
    centres, levels = [], []
    for low, high in itertools.pairwise(edges.tolist()):
        chosen = (bins >= low) & (bins < high)
        if chosen.any():
            centres.append(float(np.sqrt(low * high)))
            levels.append(float(spectrum[chosen].mean()))
    bands = np.sqrt(np.array(levels))
    shape = np.interp(hertz, centres, bands) * np.minimum(1, (hertz / 60) ** 2)
    return own, shape.astype(np.float32)


def _soft_frames(voice: Voice) -> Sound:
    """Return the pauses of a voice that are not digital silence, float32 (k, 960)."""
    count = len(voice.samples) // _FRAME
    levels = voice.levels[: count * _FRAME_BLOCKS].reshape(count, _FRAME_BLOCKS)
    loudest = float(voice.levels.max(initial=0.0))
    steady = (levels.min(axis=1) > _NOTHING) & (
        levels.max(axis=1) < loudest * 10 ** (_SPOKEN_DB / 20)
    )
    # One that is far louder at its end than at its start is the edge of a word.
    steady &= levels.max(axis=1) < 8 * levels.min(axis=1)
    places = np.flatnonzero(steady)
    places = places[:: max(1, -(-len(places) // _MOST_FRAMES))]
    frames: Sound = voice.samples[: count * _FRAME].reshape(count, _FRAME)[places]
    let_go(voice.samples)
    return frames


def _mean_spectrum(frames: Sound) -> Sound:
    """Return the mean power of frames (k, 960) by frequency."""
    total = np.zeros(_FRAME // 2 + 1)
    window = np.hanning(_FRAME)
    for first in range(0, len(frames), _FRAMES_AT_ONCE):
        part = np.fft.rfft(frames[first : first + _FRAMES_AT_ONCE] * window, axis=1)
        total += (part.real**2 + part.imag**2).sum(axis=0)
    return (total / len(frames)).astype(np.float32)


def _fade(gain: Levels) -> None:
    third = len(gain) // 3
    rise = min(round(_FADE_IN_S * 1000), third)
    fall = min(round(_FADE_OUT_S * 1000), third)
    gain[:rise] *= np.linspace(0, 1, rise)
    gain[len(gain) - fall :] *= np.linspace(1, 0, fall)


def _noise(shape: Sound, seed: int) -> Sound:
    """Return stereo noise float32 (`_PERIOD`, 2) of RMS 1 whose end joins its start."""
    rng = np.random.default_rng([seed, 9])
    phases = rng.random((2, len(shape)), np.float32) * np.float32(2 * np.pi)
    spectrum = np.empty(phases.shape, np.complex64)
    spectrum.real, spectrum.imag = np.cos(phases), np.sin(phases)
    spectrum *= shape
    noise: Sound = np.ascontiguousarray(np.fft.irfft(spectrum, _PERIOD).T, dtype=np.float32)
    level = float(np.sqrt(np.square(noise).mean()))
    noise /= np.float32(level)
    return noise
