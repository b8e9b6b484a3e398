"""The instruments of the ambient bed, synthesised: pad, bass, struck and plucked notes, a room."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from raypipe.sound.filters import Sound
from raypipe.sound.harmony import Instrument

SYNTH_RATE_HZ = 24_000
"""Half of the mix's rate: nothing in a quiet bed reaches 12 kHz, and it costs half."""

_A4_HZ, _A4_NOTE = 440.0, 69


def note_hz(note: float) -> float:
    """Return the frequency of a MIDI note in equal temperament."""
    return float(_A4_HZ * 2 ** ((note - _A4_NOTE) / 12))


def pad(notes: Sequence[int], sample_count: int, *, rolloff: float, seed: Sequence[int]) -> Sound:
    """Return a soft ensemble chord, float32 (n, 2), about 0.2 RMS.

    Each harmonic is a narrow band of noise rather than a line, as of many players who never agree
    (P. Nasca's PADsynth): one inverse FFT gives the whole chord, each channel with its own phases.
    """
    size = _fft_size(sample_count)
    rng = np.random.default_rng(seed)
    bins_per_hz = size / SYNTH_RATE_HZ
    magnitude = np.zeros(size // 2 + 1, np.float32)
    for note in notes:
        base = note_hz(note)
        for harmonic in range(1, max(2, min(24, int(5500 / base)))):
            width = base * harmonic * (2 ** (_ENSEMBLE_CENTS / 1200) - 1) * bins_per_hz
            centre = base * harmonic * bins_per_hz
            first, last = int(centre - 3.2 * width), int(centre + 3.2 * width) + 2
            offset = ((np.arange(first, last) - centre) / width).astype(np.float32)
            # Amplitude over the root of the width keeps each harmonic's power as it is.
            strength = harmonic**-rolloff / np.sqrt(width) * (220 / base) ** 0.3
            magnitude[first:last] += np.float32(strength) * np.exp(-0.5 * offset**2)
    used = np.flatnonzero(magnitude)
    phases = rng.random((2, len(used)), np.float32) * np.float32(2 * np.pi)
    spectrum = np.zeros((2, len(magnitude)), np.complex64)
    spectrum.real[:, used] = magnitude[used] * np.cos(phases)
    spectrum.imag[:, used] = magnitude[used] * np.sin(phases)
    waves: Sound = np.fft.irfft(spectrum, size)[:, :sample_count].astype(np.float32, copy=False)
    level = float(np.sqrt(np.square(waves).mean())) or 1.0
    return np.ascontiguousarray((waves * np.float32(0.2 / level)).T)


def _fft_size(sample_count: int) -> int:
    """Return the least even size from ``sample_count`` on that has no factor above 5."""
    low = max(sample_count, 2)
    sizes = (
        int(2**twos * 3**threes * 5**fives)
        for fives in range(9)
        for threes in range(13)
        for twos in [max(1, math.ceil(math.log2(low / (3**threes * 5**fives))))]
    )
    return min(size for size in sizes if size >= low)


_ENSEMBLE_CENTS = 14.0


def bass(note: int, sample_count: int) -> Sound:
    """Return a soft low tone that sinks as a bowed string's does, float32 (n,), peak near 0.3."""
    turns = np.arange(sample_count, dtype=np.float64) * (note_hz(note) / SYNTH_RATE_HZ)
    # Exact so far; what follows is many times quicker in single precision and without powers.
    turns -= np.floor(turns)
    turn = turns.astype(np.float32) * np.float32(2 * np.pi)
    time = np.arange(sample_count, dtype=np.float32) * np.float32(1 / SYNTH_RATE_HZ)
    sine = np.sin(turn)
    # A sine and a little of its octave and its twelfth, by the angle sum formulas.
    wave = sine * (1.3 + 0.7 * np.cos(turn) - 0.4 * sine * sine)
    fall = 0.45 + 0.55 * np.exp(time * np.float32(-1 / _BASS_FALL_S))
    return np.asarray(0.25 * wave * fall, np.float32)


_BASS_FALL_S = 1.4


@dataclass(frozen=True, slots=True)
class _Partials:
    """Ratios to the base frequency, amplitudes, and times in seconds to fall by 60 dB."""

    ratios: tuple[float, ...]
    amplitudes: tuple[float, ...]
    decays_s: tuple[float, ...]
    attack_s: float


# Ratios of bars and tines: N. Fletcher and T. Rossing, The Physics of Musical Instruments.
_INSTRUMENTS: dict[Instrument, _Partials] = {
    "bell": _Partials((1, 2.0, 2.76, 5.4), (1, 0.25, 0.2, 0.06), (3.6, 2.6, 1.6, 0.7), 0.003),
    "kalimba": _Partials((1, 2.0, 5.42, 6.3), (1, 0.18, 0.1, 0.04), (1.9, 1.0, 0.35, 0.2), 0.002),
    "piano": _Partials(
        (1, 2.001, 3.004, 4.01, 5.02, 6.03),
        (1, 0.45, 0.22, 0.12, 0.06, 0.03),
        (3.2, 2.4, 1.8, 1.3, 1.0, 0.8),
        0.008,
    ),
    "harp": _Partials(
        (1, 2, 3, 4, 5), (1, 0.5, 0.28, 0.14, 0.06), (2.2, 1.6, 1.1, 0.8, 0.5), 0.002
    ),
    "pizzicato": _Partials(
        (1, 2, 3, 4, 5), (1, 0.6, 0.35, 0.2, 0.1), (0.7, 0.5, 0.4, 0.3, 0.2), 0.002
    ),
}


@functools.lru_cache(maxsize=32)  # up to 350 kB each
def struck(instrument: Instrument, note: int) -> Sound:
    """Return one note that rings out, float32 (n,), peak near 0.5. Not to be written to."""
    sound = _INSTRUMENTS[instrument]
    base = note_hz(note)
    time = np.arange(int(sound.decays_s[0] * SYNTH_RATE_HZ)) / SYNTH_RATE_HZ
    wave = np.zeros(len(time))
    for ratio, amplitude, decay in zip(sound.ratios, sound.amplitudes, sound.decays_s, strict=True):
        if base * ratio < 0.45 * SYNTH_RATE_HZ:
            wave += (
                amplitude * np.exp(-6.9 * time / decay) * np.sin(2 * np.pi * base * ratio * time)
            )
    wave *= 1 - np.exp(-time / sound.attack_s)
    wave *= np.minimum(1, (time[-1] - time) / 0.05)  # the last 50 ms end without a step
    wave *= 0.5 / max(float(np.abs(wave).max()), 1e-9)
    result = wave.astype(np.float32)
    result.flags.writeable = False
    return result


@functools.lru_cache(maxsize=32)
def thump(note: int) -> Sound:
    """Return a soft low drum, float32 (n,), peak near 0.6; its pitch sinks as a skin's does."""
    time = np.arange(int(0.9 * SYNTH_RATE_HZ)) / SYNTH_RATE_HZ
    base = note_hz(note)
    turn = 2 * np.pi * base * (time + 0.03 * (1 - np.exp(-time / 0.03)))
    wave = 0.6 * np.sin(turn) * np.exp(-6.9 * time / 0.8) * (1 - np.exp(-time / 0.006))
    wave *= np.minimum(1, (time[-1] - time) / 0.05)
    result: Sound = wave.astype(np.float32)
    result.flags.writeable = False
    return result


@functools.cache
def room() -> Sound:
    """Return the impulse response of a warm hall, float32 (n, 2), of unit energy a channel.

    Decaying noise after 18 ms, 2.6 s long (to -60 dB) below about 1.5 kHz and 1.1 s above: high
    notes die first, as in air.
    """
    count, delay = int(2.4 * SYNTH_RATE_HZ), int(0.018 * SYNTH_RATE_HZ)
    noise = np.random.default_rng(20_240_607).normal(size=(count, 2))
    time = np.arange(count)[:, None] / SYNTH_RATE_HZ
    spectrum = np.fft.rfft(noise, axis=0)
    hertz = np.fft.rfftfreq(count, 1 / SYNTH_RATE_HZ)[:, None]
    low = 1 / (1 + (hertz / 1500) ** 2)
    air = 1 / (1 + (hertz / 6000) ** 4) * (hertz > 120)  # noqa: PLR2004 - no mud under 120 Hz
    warm = np.fft.irfft(spectrum * low * air, count, axis=0) * np.exp(-6.9 * time / 2.6)
    crisp = np.fft.irfft(spectrum * (1 - low) * air, count, axis=0) * np.exp(-6.9 * time / 1.1)
    tail = warm + 0.7 * crisp
    tail *= np.minimum(1, (time[-1] - time) / 0.2)
    tail /= np.sqrt((tail**2).sum(axis=0))
    return np.concatenate([np.zeros((delay, 2)), tail]).astype(np.float32)
