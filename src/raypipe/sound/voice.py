"""Narration made ready for the mix, as an editor would: clear, even, equally loud, not sharp."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from raypipe.sound.dynamics import (
    Levels,
    apply_gain,
    block_peaks,
    block_rms,
    compressor_gain,
    de_esser_gain,
    limiter_gain,
)
from raypipe.sound.filters import SAMPLE_RATE_HZ, Sound, convolve, high_pass
from raypipe.sound.loudness import CEILING_DBTP, block_energy, gated_lufs
from raypipe.spool import runs, zeros

SPEECH_LUFS = -17.0
"""Each speech is brought here, measured in one channel; in both it reads -14."""

_RUMBLE_HZ = 70.0
_SIBILANT_HZ = 4500.0
_SIBILANT_TAPS = 63
# Of synthetic voices the sharpest "s" stands 2 dB above the mean of all speech, 8 dB above the
# usual one. What is over this, measured against `SPEECH_LUFS`, is halved, and no more than 6 dB.
_SIBILANT_DB = -10.0
_MOST_DE_ESSING_DB = 6.0
# Peaks of speech stand some 15 dB above its loudness; 5 dB less lets it reach -14 LUFS with little
# work for the limiter.
_COMPRESSOR_DB = -3.0
_RATIO = 3.0
_HEADROOM_DB = 1.0  # what music and the final gain add
_EDGE_S = 0.005
_ROUNDS = 3
_MAX_GAIN_DB = 24.0
_HEARD_LUFS = -55.0


@dataclass(frozen=True, slots=True)
class Voice:
    """Speech ready to be mixed: float32 (n,) at 48 kHz, and its RMS a block, linear."""

    samples: Sound
    levels: Levels


def polish(samples: Sound, *, gain_db: float = 0.0) -> Voice:
    """Free speech at 48 kHz of rumble, soften its sharpest sibilants and bring it to `SPEECH_LUFS`.

    What is softer than -55 LUFS is not spoken and is not lifted. The samples given stay as they
    are; ``gain_db`` comes on top of the common level.
    """
    if not any(part.any() for _, part in runs(samples)):
        return Voice(zeros(len(samples)), block_rms(samples))
    clear = high_pass(samples, _RUMBLE_HZ)
    loudness = gated_lufs(block_energy(clear[:, None]), len(clear))
    if loudness >= _HEARD_LUFS:
        lift = np.float32(10 ** (min(SPEECH_LUFS - loudness, _MAX_GAIN_DB) / 20))
        for _, part in runs(clear):
            np.multiply(part, lift, out=part)
        _de_ess(clear)
        apply_gain(clear, _even_gain(clear) * np.float32(10 ** (gain_db / 20)))
    _fade_edges(clear)
    return Voice(clear, block_rms(clear))


def _de_ess(samples: Sound) -> None:
    taps = _sibilant_band()
    half = len(taps) // 2
    # In phase with the speech, or taking it away would add rather than subtract.
    sharp = convolve(samples, taps)[half : half + len(samples)]
    gain = de_esser_gain(
        block_rms(sharp), threshold_db=SPEECH_LUFS + _SIBILANT_DB, most_db=_MOST_DE_ESSING_DB
    )
    if gain.min(initial=1.0) < 1:
        apply_gain(sharp, gain - 1)
        for (_, part), (_, taken) in zip(runs(samples), runs(sharp), strict=True):
            np.add(part, taken, out=part)


@functools.cache
def _sibilant_band() -> Sound:
    """Return a symmetric high-pass: an impulse less a windowed sinc."""
    place = np.arange(_SIBILANT_TAPS) - _SIBILANT_TAPS // 2
    width = 2 * _SIBILANT_HZ / SAMPLE_RATE_HZ
    low = width * np.sinc(width * place) * np.hanning(_SIBILANT_TAPS + 2)[1:-1]
    taps: Sound = ((place == 0) - low / low.sum()).astype(np.float32)
    taps.flags.writeable = False
    return taps


def _even_gain(samples: Sound) -> Levels:
    """Return the gain per block that evens speech out, at its loudness and under the ceiling."""
    energy = block_energy(samples[:, None])
    gain = compressor_gain(
        block_rms(samples), threshold_db=SPEECH_LUFS + _COMPRESSOR_DB, ratio=_RATIO
    )
    loudness = gated_lufs(energy, len(samples), gain=gain)
    gain *= 10 ** (min(SPEECH_LUFS - loudness, _MAX_GAIN_DB) / 20)
    # Limited here, before music joins it: else its peaks would push the music down for a moment.
    ceiling_dbtp = CEILING_DBTP - _HEADROOM_DB
    floor = 10 ** (ceiling_dbtp / 20) / (2 * float(gain.max()))
    peaks = block_peaks(samples[:, None], floor=floor)
    limited = gain
    for _ in range(_ROUNDS):
        limiting = limiter_gain(peaks * _greatest_near(gain), ceiling_dbtp=ceiling_dbtp)
        if limiting is None:
            return gain
        limited = gain * limiting
        # What the limiter takes from one voice and not from another is given back.
        missing = SPEECH_LUFS - gated_lufs(energy, len(samples), gain=limited)
        gain = gain * 10 ** (min(missing, 1.0) / 20)
    return limited


def _greatest_near(gain: Levels) -> Levels:
    """Return the greatest gain that any sample of each block may see, for gain is interpolated."""
    padded = np.pad(gain, 1, mode="edge")
    greatest: Levels = np.maximum(np.maximum(padded[:-2], padded[2:]), gain)
    return greatest


def _fade_edges(samples: Sound) -> None:
    length = min(round(_EDGE_S * SAMPLE_RATE_HZ), len(samples) // 2)
    ramp = np.linspace(0, 1, length, dtype=np.float32)
    samples[:length] *= ramp
    samples[len(samples) - length :] *= ramp[::-1]
