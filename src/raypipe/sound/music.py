"""The music under a story: a file, looped as long as need be, or the built-in ambient bed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from raypipe.media import read_sound
from raypipe.sound.ambient import MoodSpan, compose_ambient
from raypipe.sound.filters import SAMPLE_RATE_HZ, Sound
from raypipe.sound.looping import cross_fade, find_joint
from raypipe.sound.resample import resample

_LOOP_FADE_S = 1.5
_AUDIBLE = 10 ** (-60 / 20)


def make_music(music: str, sample_count: int, *, moods: Sequence[MoodSpan], seed: int) -> Sound:
    """Return music float32 (sample_count, 2) at 48 kHz, at its own level.

    Args:
        music: ``ambient``, or the path of a sound file.
        sample_count: at 48 kHz.
        moods: for ``ambient``, see `raypipe.sound.ambient.compose_ambient`.
        seed: for ``ambient``.

    Raises:
        MediaError: the file cannot be used.
    """
    if music == "ambient":
        return compose_ambient(sample_count, moods=moods, seed=seed)
    needed_s = sample_count / SAMPLE_RATE_HZ + _LOOP_FADE_S
    samples, rate = read_sound(Path(music), limit_s=needed_s)
    if samples.shape[1] == 1:
        samples = np.repeat(samples, 2, axis=1)
    return loop(resample(samples, rate), sample_count)


def loop(samples: Sound, sample_count: int) -> Sound:
    """Return ``sample_count`` samples of music (n, 2), repeated where it is too short.

    Silence at both ends is cut off. Where a piece is long enough, it goes back at a stroke to one
    after which it goes on alike, see `find_joint`; else from its end to its start. Joints
    cross-fade at constant power over 1.5 s, or a quarter of a very short piece.
    """
    piece = _trim(samples)
    if len(piece) >= sample_count:
        return piece[:sample_count].copy()
    result = np.zeros((sample_count, 2), np.float32)
    if not len(piece):
        return result
    fade = min(round(_LOOP_FADE_S * SAMPLE_RATE_HZ), len(piece) // 4)
    half = fade // 2
    joint = find_joint(piece, fade=fade)
    # The fade lies about both points; without a choice it takes the last and the first samples.
    start, end = joint or (half, len(piece) - (fade - half))
    turn = piece[start - half : end - half + fade]
    seam = cross_fade(turn[len(turn) - fade :], turn[:fade]) if fade else turn[:0]
    opening = piece[: end - half]
    result[: len(opening)] = opening[:sample_count]
    body = np.concatenate([seam, turn[fade : len(turn) - fade]])
    for place in range(len(opening), sample_count, len(body)):
        result[place : place + len(body)] = body[: sample_count - place]
    return result


def _trim(samples: Sound) -> Sound:
    level = np.abs(samples).max(axis=1, initial=0)
    heard = np.flatnonzero(level > _AUDIBLE * level.max(initial=0))
    return samples[heard[0] : heard[-1] + 1] if len(heard) else samples[:0]
