"""The soundtrack of a whole video: narration, music that makes way for it, room tone, loudness."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from raypipe.errors import RenderError
from raypipe.sound.ambient import MoodSpan
from raypipe.sound.ducking import duck
from raypipe.sound.dynamics import BLOCK_SAMPLES, Levels, apply_gain
from raypipe.sound.filters import SAMPLE_RATE_HZ, Sound
from raypipe.sound.loudness import SILENCE_LUFS, integrated_lufs, normalise
from raypipe.sound.music import make_music
from raypipe.sound.resample import resample
from raypipe.sound.room_tone import VoiceTrace, add_room_tone, trace
from raypipe.sound.voice import SPEECH_LUFS, Voice, polish
from raypipe.spool import runs, zeros

MUSIC_IN_GAPS_LU = -9.5
"""Music where nobody speaks, against the speech."""

DUCKING_DB = 10.0
"""How far music goes down under speech: to 19.5 LU below it, so that each word is understood."""

MUSIC_VOLUME_DB = (-30.0, 12.0)
"""The softest and the loudest that music may be set to, against `MUSIC_IN_GAPS_LU`."""

MAX_DUCKING_DB = 30.0

_MUSIC_IN_S = 1.2
_MUSIC_OUT_S = 2.6


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


@dataclass(frozen=True, slots=True)
class PlacedVoice:
    """Speech that `prepare_voice` made ready, and where in a video it is heard."""

    voice: Voice
    start_sample: int


def mix_soundtrack(
    narrations: Iterable[PlacedSpeech | PlacedVoice],
    *,
    sample_count: int,
    music: str | None,
    moods: Sequence[MoodSpan],
    seed: int,
    music_volume_db: float = 0.0,
    ducking_db: float = DUCKING_DB,
) -> Sound:
    """Mix the soundtrack of a whole video, at -14 LUFS and below -2 dBTP.

    Every speech is brought to the same loudness, see `raypipe.sound.voice`. Narration stands in
    the middle, music and room tone to both sides. Where nothing is to be heard at all, the result
    is silence. Memory does not grow with the length; a long result lies on disk, see
    `raypipe.spool`.

    Args:
        narrations: speech and its places, taken one at a time; what goes beyond the end is faded
            out. Equal, whether it was made ready before or is now.
        sample_count: length at 48 kHz.
        music: ``ambient``, the path of a sound file, or ``none`` or None.
        moods: (mood, start, end) in samples at 48 kHz, for ``ambient``.
        seed: for ``ambient`` and the room tone.
        music_volume_db: added to the level of the music.
        ducking_db: how far music goes down under speech.

    Returns:
        float32 (sample_count, 2) at 48 kHz; equal arguments give equal samples.

    Raises:
        MediaError: the music file cannot be used.
        RenderError: a narration of the wrong shape, with NaN, or before the video's start;
            a volume or a depth out of range.
    """
    _check_levels(music_volume_db, ducking_db)
    mixed = zeros(sample_count, 2)
    traces: list[VoiceTrace] = []
    heard = cut = False
    with ThreadPoolExecutor(1, thread_name_prefix="raypipe-music") as beside:
        playing = None
        if music not in {None, "none"}:
            playing = beside.submit(make_music, music or "", sample_count, moods=moods, seed=seed)
        for number, placed in enumerate(narrations):
            voice = _voice_of(placed, where=f"narration {number}")
            traces.append(trace(voice, placed.start_sample))
            heard |= _add_voice(mixed, voice, placed.start_sample)
            cut |= placed.start_sample + len(voice.samples) > sample_count
    if playing is not None:
        bed = playing.result()
        gain = duck(_levels_of(traces, sample_count), depth_db=ducking_db)
        gain *= np.float32(_music_gain(bed, music_volume_db))
        apply_gain(bed, gain)
        _fade_ends(bed)
        for (_, part), (_, played) in zip(runs(mixed), runs(bed), strict=True):
            np.add(part, played, out=part)
        del bed, gain
    if heard:
        add_room_tone(mixed, traces, seed=seed)
    traces.clear()
    if cut:
        _fade_cut(mixed)
    normalise(mixed)
    return mixed


def _check_levels(music_volume_db: float, ducking_db: float) -> None:
    low, high = MUSIC_VOLUME_DB
    if not low <= music_volume_db <= high:
        raise RenderError(
            f"expected a music volume from {low:g} to {high:g} dB, got {music_volume_db:g}",
            remedy="0 is the usual level; use music none for no music",
            where="music_volume_db",
        )
    if not 0 <= ducking_db <= MAX_DUCKING_DB:
        raise RenderError(
            f"expected music to go down by 0 to {MAX_DUCKING_DB:g} dB, got {ducking_db:g}",
            remedy=f"{DUCKING_DB:g} is usual",
            where="ducking_db",
        )


def prepare_voice(
    samples: Sound, sample_rate_hz: int, *, gain_db: float = 0.0, where: str = "narration"
) -> Voice:
    """Make speech float32 (n,) ready to be mixed: at 48 kHz, clear, and as loud as all speech.

    Raises:
        RenderError: speech of the wrong shape, or with NaN.
    """
    if samples.ndim != 1 or samples.dtype != np.float32:
        raise RenderError(
            f"expected speech float32 (n,), got {samples.dtype} {samples.shape}", where=where
        )
    if not all(np.isfinite(part).all() for _, part in runs(samples)):
        raise RenderError("expected finite samples of speech, got NaN or infinity", where=where)
    return polish(resample(samples, sample_rate_hz), gain_db=gain_db)


def _voice_of(placed: PlacedSpeech | PlacedVoice, *, where: str) -> Voice:
    if placed.start_sample < 0:
        raise RenderError(
            f"expected speech after the video's start, got sample {placed.start_sample}",
            where=where,
        )
    if isinstance(placed, PlacedVoice):
        return placed.voice
    rate, gain_db = placed.sample_rate_hz, placed.gain_db
    return prepare_voice(placed.samples, rate, gain_db=gain_db, where=where)


def _add_voice(mixed: Sound, voice: Voice, start: int) -> bool:
    """Add a voice to the middle, in place; say whether there is anything of it to hear."""
    heard = False
    room = mixed[start : start + len(voice.samples)]
    for (_, part), (_, spoken) in zip(runs(room), runs(voice.samples[: len(room)]), strict=True):
        np.add(part, spoken[:, None], out=part)
        heard |= bool(spoken.any())
    return heard


def _levels_of(voices: Sequence[VoiceTrace], sample_count: int) -> Levels:
    """Return the RMS of all voices together in each block of the video."""
    levels: Levels = np.zeros(-(-sample_count // BLOCK_SAMPLES), np.float32)
    for voice in voices:
        first = voice.start_sample // BLOCK_SAMPLES
        part = levels[first : first + len(voice.levels)]
        np.maximum(part, voice.levels[: len(part)], out=part)
    return levels


def _music_gain(music: Sound, volume_db: float) -> float:
    loudness = integrated_lufs(music)
    if loudness <= SILENCE_LUFS:
        return 1.0
    # Speech in both channels reads 3 LU more than in one.
    wanted = SPEECH_LUFS + 3 + MUSIC_IN_GAPS_LU + volume_db
    return float(10 ** ((wanted - loudness) / 20))


def _fade_ends(music: Sound) -> None:
    third = len(music) // 3
    rise = min(round(_MUSIC_IN_S * SAMPLE_RATE_HZ), third)
    fall = min(round(_MUSIC_OUT_S * SAMPLE_RATE_HZ), third)
    music[:rise] *= np.sin(np.linspace(0, np.pi / 2, rise, dtype=np.float32))[:, None] ** 2
    music[len(music) - fall :] *= (
        np.cos(np.linspace(0, np.pi / 2, fall, dtype=np.float32))[:, None] ** 2
    )


def _fade_cut(mixed: Sound) -> None:
    """Fade out over 5 ms, for speech is cut by the end of the video."""
    length = min(SAMPLE_RATE_HZ // 200, len(mixed))
    mixed[len(mixed) - length :] *= np.linspace(1, 0, length, dtype=np.float32)[:, None]
