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
from raypipe.spool import let_go, runs, zeros

_LOOP_FADE_S = 1.5
_AUDIBLE = 10 ** (-60 / 20)


def make_music(music: str, sample_count: int, *, moods: Sequence[MoodSpan], seed: int) -> Sound:
    """Return music float32 (sample_count, 2) at 48 kHz, at its own level, free to be written to.

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
    return loop(_stereo(resample(samples, rate)), sample_count)


def loop(samples: Sound, sample_count: int) -> Sound:
    """Return ``sample_count`` samples of music (n, 2), repeated where it is too short, else a view.

    Silence at both ends is cut off. Where a piece is long enough, it goes back at a stroke to one
    after which it goes on alike, see `find_joint`; else from its end to its start. Joints
    cross-fade at constant power over 1.5 s, or a quarter of a very short piece.
    """
    piece = _trim(samples)
    if len(piece) >= sample_count:
        return piece[:sample_count]
    result = zeros(sample_count, 2)
    if not len(piece):
        return result
    fade = min(round(_LOOP_FADE_S * SAMPLE_RATE_HZ), len(piece) // 4)
    half = fade // 2
    joint = find_joint(piece, fade=fade)
    # The fade lies about both points; without a choice it takes the last and the first samples.
    start, end = joint or (half, len(piece) - (fade - half))
    turn = piece[start - half : end - half + fade]
    seam = cross_fade(turn[len(turn) - fade :], turn[:fade]) if fade else turn[:0]
    place = _copy(piece[: end - half], result, 0)
    while place < sample_count:
        place = _copy(seam, result, place)
        place = _copy(turn[fade : len(turn) - fade], result, place)
    return result


def _copy(source: Sound, target: Sound, place: int) -> int:
    """Copy what there is room for to ``place`` and return where it ends."""
    for start, part in runs(source[: max(0, len(target) - place)]):
        target[place + start : place + start + len(part)] = part
        let_go(target)
    return place + len(source)


def _stereo(samples: Sound) -> Sound:
    if samples.shape[1] == 2:  # noqa: PLR2004 - left and right
        return samples
    both = zeros(len(samples), 2)
    for (_, part), (_, mono) in zip(runs(both), runs(samples), strict=True):
        part[:] = mono
    return both


def _trim(samples: Sound) -> Sound:
    loudest = max((float(np.abs(part).max()) for _, part in runs(samples)), default=0.0)
    first = last = 0
    for start, part in runs(samples):
        # Column by column: reducing along an axis of two is many times slower.
        level = np.maximum(np.abs(part[:, 0]), np.abs(part[:, 1]))
        heard = np.flatnonzero(level > _AUDIBLE * loudest)
        if len(heard):
            first = first if last else start + int(heard[0])
            last = start + int(heard[-1]) + 1
    return samples[first:last]
