"""The soundtrack of a whole video: narration, music that makes way for it, room tone, loudness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from raypipe.errors import RenderError
from raypipe.sound.ambient import MoodSpan
from raypipe.sound.dynamics import apply_gain, compress, duck, limit
from raypipe.sound.filters import SAMPLE_RATE_HZ, Sound, convolve, high_pass
from raypipe.sound.loudness import CEILING_DBTP, SILENCE_LUFS, integrated_lufs, normalise
from raypipe.sound.music import make_music
from raypipe.sound.resample import REVISION as RESAMPLER_REVISION
from raypipe.sound.resample import resample

REVISION = f"mix 1, {RESAMPLER_REVISION}"
"""Changes whenever the same sounds could be mixed to other samples; part of cache keys."""

SPEECH_LUFS = -17.0
"""Each speech is brought here, measured in one channel; in both it reads -14."""

MUSIC_IN_GAPS_LU = -9.5
"""Music where nobody speaks, against the speech."""

DUCKING_DB = 10.0
"""How far music goes down under speech: to 19.5 LU below it, so that each word is understood."""

ROOM_TONE_DBFS = -72.0
"""RMS of the room tone: below what anyone hears as noise, above digital silence."""

_RUMBLE_HZ = 70.0
_EDGE_S = 0.005
_MUSIC_IN_S = 1.2
_MUSIC_OUT_S = 2.6
_MAX_SPEECH_GAIN_DB = 24.0
_HEARD_LUFS = -55.0
_HEADROOM_DB = 1.0  # what music and the final gain add


@dataclass(frozen=True, slots=True)
class PlacedSpeech:
    """Speech float32 (n,) in a video: its first sample is heard at ``start_sample`` at 48 kHz.

    ``gain_db`` comes on top of the level that all speech is brought to.
    """

    samples: Sound
    sample_rate_hz: int
    start_sample: int
    gain_db: float = 0.0

    def __repr__(self) -> str:
        return (
            f"PlacedSpeech({len(self.samples) / self.sample_rate_hz:.2f} s at "
            f"{self.sample_rate_hz} Hz from sample {self.start_sample}, {self.gain_db:+.1f} dB)"
        )


def mix_soundtrack(
    narrations: Sequence[PlacedSpeech],
    *,
    sample_count: int,
    music: str | None,
    moods: Sequence[MoodSpan],
    seed: int,
) -> Sound:
    """Mix the soundtrack of a whole video, at -14 LUFS and below -2 dBTP.

    Every speech is brought to the same loudness, freed of rumble and lightly compressed. Where
    nothing is to be heard at all, the result is silence.

    Args:
        narrations: speech and its places; what goes beyond the end is faded out.
        sample_count: length at 48 kHz.
        music: ``ambient``, the path of a sound file, or ``none`` or None.
        moods: (mood, start, end) in samples at 48 kHz, for ``ambient``.
        seed: for ``ambient`` and the room tone.

    Returns:
        float32 (sample_count, 2) at 48 kHz; equal arguments give equal samples.

    Raises:
        MediaError: the music file cannot be used.
        RenderError: a narration of the wrong shape, with NaN, or before the video's start.
    """
    voice = np.zeros(sample_count, np.float32)
    for number, speech in enumerate(narrations):
        _place(voice, speech, where=f"narration {number}")
    spoken = bool(voice.any())
    if music in (None, "none"):
        mixed = np.zeros((sample_count, 2), np.float32)
    else:
        mixed = make_music(music or "", sample_count, moods=moods, seed=seed)
        _set_music_level(mixed)
        apply_gain(mixed, duck(voice, depth_db=DUCKING_DB))
        _fade_ends(mixed)
    mixed += voice[:, None]
    if spoken:
        _add_room_tone(mixed, seed)
    normalise(mixed)
    return mixed


def _place(voice: Sound, speech: PlacedSpeech, *, where: str) -> None:
    samples = speech.samples
    if samples.ndim != 1 or samples.dtype != np.float32:
        raise RenderError(
            f"expected speech float32 (n,), got {samples.dtype} {samples.shape}", where=where
        )
    if not np.isfinite(samples).all():
        raise RenderError("expected finite samples of speech, got NaN or infinity", where=where)
    if speech.start_sample < 0:
        raise RenderError(
            f"expected speech after the video's start, got sample {speech.start_sample}",
            where=where,
        )
    room = len(voice) - speech.start_sample
    polished = _polish(resample(samples, speech.sample_rate_hz), speech.gain_db)[: max(0, room)]
    if len(polished):
        _fade_edges(polished)
        voice[speech.start_sample : speech.start_sample + len(polished)] += polished


def _polish(samples: Sound, gain_db: float) -> Sound:
    """Free speech of rumble and bring it to `SPEECH_LUFS`; silence stays as it is."""
    if not samples.any():
        return samples.copy()
    clear = convolve(samples, high_pass(_RUMBLE_HZ))[: len(samples)]
    loudness = integrated_lufs(clear[:, None])
    if loudness < _HEARD_LUFS:
        return clear
    clear *= _gain(SPEECH_LUFS - loudness)
    # Peaks of speech stand some 15 dB above its loudness; 5 dB less lets it reach -14 LUFS
    # with little work for the limiter.
    even = compress(clear, threshold_db=SPEECH_LUFS - 3, ratio=3.0)
    even *= _gain(SPEECH_LUFS - integrated_lufs(even[:, None]))
    # Limited here, before music joins it: else its peaks would push the music down for a moment.
    limit(even[:, None], ceiling_dbtp=CEILING_DBTP - _HEADROOM_DB)
    even *= _gain(gain_db)
    return even


def _gain(decibels: float) -> np.float32:
    return np.float32(10 ** (min(decibels, _MAX_SPEECH_GAIN_DB) / 20))


def _fade_edges(samples: Sound) -> None:
    length = min(round(_EDGE_S * SAMPLE_RATE_HZ), len(samples) // 2)
    ramp = np.linspace(0, 1, length, dtype=np.float32)
    samples[:length] *= ramp
    samples[len(samples) - length :] *= ramp[::-1]


def _set_music_level(music: Sound) -> None:
    loudness = integrated_lufs(music)
    if loudness > SILENCE_LUFS:
        # Speech in both channels reads 3 LU more than in one.
        wanted = SPEECH_LUFS + 3 + MUSIC_IN_GAPS_LU
        music *= np.float32(10 ** ((wanted - loudness) / 20))


def _fade_ends(music: Sound) -> None:
    third = len(music) // 3
    rise = min(round(_MUSIC_IN_S * SAMPLE_RATE_HZ), third)
    fall = min(round(_MUSIC_OUT_S * SAMPLE_RATE_HZ), third)
    music[:rise] *= np.sin(np.linspace(0, np.pi / 2, rise, dtype=np.float32))[:, None] ** 2
    music[len(music) - fall :] *= (
        np.cos(np.linspace(0, np.pi / 2, fall, dtype=np.float32))[:, None] ** 2
    )


def _add_room_tone(mixed: Sound, seed: int) -> None:
    """Add the hush of a quiet room: noise that falls by 6 dB an octave above 300 Hz.

    Made by an inverse FFT, so its period of 11 s joins itself without a seam.
    """
    period = 1 << 19
    rng = np.random.default_rng([seed, 9])
    hertz = np.fft.rfftfreq(period, 1 / SAMPLE_RATE_HZ)
    shape = (hertz > 30) / (1 + hertz / 300)  # noqa: PLR2004 - nothing below hearing
    phases = rng.uniform(0, 2 * np.pi, (2, len(hertz)))
    tone = np.fft.irfft((shape * np.exp(1j * phases)).astype(np.complex64), period).T
    tone *= np.float32(10 ** (ROOM_TONE_DBFS / 20) / np.sqrt((tone**2).mean()))
    for start in range(0, len(mixed), period):
        part = mixed[start : start + period]
        part += tone[: len(part)]
