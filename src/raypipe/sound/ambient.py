"""The built-in music: a quiet bed that follows the moods of a story, synthesised from a seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from raypipe.errors import RenderError
from raypipe.sound import instruments
from raypipe.sound.filters import SAMPLE_RATE_HZ, Sound, convolve
from raypipe.sound.harmony import (
    STYLES,
    TONICS,
    MoodStyle,
    chord_notes,
    lead_voices,
    nearest_note,
)
from raypipe.sound.instruments import SYNTH_RATE_HZ
from raypipe.sound.resample import resample
from raypipe.spool import let_go, runs, zeros

MoodSpan = tuple[str, int, int]
"""A mood, and the samples at 48 kHz [start, end) of the video during which it holds."""

_BEATS_PER_BAR = 4
_WET = 0.55
_CROSSFADE_S = 1.6


@dataclass(frozen=True, slots=True)
class _Slot:
    """One chord on the bar grid, samples at the synthesiser's rate."""

    index: int
    style: MoodStyle
    mood_number: int
    start: int
    length: int
    voices: tuple[int, ...]
    root: int
    classes: tuple[int, ...]


def compose_ambient(sample_count: int, *, moods: Sequence[MoodSpan], seed: int) -> Sound:
    """Compose the bed: float32 (n, 2) at 48 kHz; equal arguments give equal samples.

    Key, tempo and melody come from ``seed``; chords, timbre and instruments from the moods. A
    change of mood takes effect at the nearest bar line and cross-fades. Before the first and
    after the last span the nearest mood holds; without any, it is calm.

    Raises:
        RenderError: a mood that is not among those of the plan.
    """
    for mood, _, _ in moods:
        if mood not in STYLES:
            raise RenderError(f"expected a mood among {', '.join(STYLES)}, got {mood!r}")
    if sample_count <= 0:
        return zeros(0, 2)
    count = -(-sample_count * SYNTH_RATE_HZ // SAMPLE_RATE_HZ)
    rng = np.random.default_rng([seed, 1])
    tonic = int(rng.choice(TONICS))
    bar = round(_BEATS_PER_BAR * 60 / float(rng.uniform(66, 76)) * SYNTH_RATE_HZ)
    dry, sent = zeros(count, 2), zeros(count, 2)
    for slot in _slots(count, bar, moods, tonic):
        _play_pad(dry, sent, slot, seed)
        _play_notes(dry, sent, slot, bar, seed)
        _play_pulse(dry, slot, bar)
        let_go(dry)
        let_go(sent)
    sent = convolve(sent, instruments.room())[:count]
    for (_, part), (_, wet) in zip(runs(dry), runs(sent), strict=True):
        np.add(part, np.float32(_WET) * wet, out=part)
    del sent
    return resample(dry, SYNTH_RATE_HZ)[:sample_count]


def _slots(count: int, bar: int, moods: Sequence[MoodSpan], tonic: int) -> Iterator[_Slot]:
    """Yield the chords of the piece: mood by bar, chord by its place in the mood."""
    by_bar = [_mood_at(moods, bar * number + bar // 2) for number in range(-(-count // bar))]
    voices: tuple[int, ...] = ()
    number = place = index = 0
    while number < len(by_bar):
        mood = by_bar[number]
        place = place + 1 if number and by_bar[number - 1] == mood else 0
        style = STYLES[mood]
        bars = 1
        while bars < style.bars and by_bar[number + bars : number + bars + 1] == [mood]:
            bars += 1
        chord = style.chords[place % len(style.chords)]
        if number + bars >= len(by_bar) and place:
            chord = style.chords[0]  # the piece ends where its last mood is at home
        notes = chord_notes(tonic, chord)
        voices = lead_voices(notes, voices)
        yield _Slot(
            index, style, list(STYLES).index(mood), number * bar, bars * bar,
            voices, notes[0], tuple(note % 12 for note in notes),
        )  # fmt: skip
        number, index = number + bars, index + 1


def _mood_at(moods: Sequence[MoodSpan], position: int) -> str:
    """Return the mood at a sample of the synthesiser's rate."""
    at = position * SAMPLE_RATE_HZ // SYNTH_RATE_HZ
    started = [mood for mood, start, _ in moods if start <= at]
    return started[-1] if started else (moods[0][0] if moods else "calm")


def _play_pad(dry: Sound, sent: Sound, slot: _Slot, seed: int) -> None:
    fade = round(_CROSSFADE_S * SYNTH_RATE_HZ)
    length = slot.length + fade
    style, key = slot.style, (seed, 2, slot.index)
    envelope = _swell(length, fade)
    chord = instruments.pad(slot.voices, length, rolloff=style.rolloff, seed=(*key, 0))
    # A brighter layer an octave up breathes in and out once a chord.
    breath = np.square(np.sin(np.linspace(0, np.pi, length, endpoint=False, dtype=np.float32)))
    upper = [note + 12 for note in slot.voices]
    shimmer = instruments.pad(upper, length, rolloff=style.rolloff - 0.4, seed=(*key, 1))
    chord += shimmer * (style.shimmer_gain * breath)[:, None]
    # The pad itself swells a little towards the middle of its chord, as players do.
    chord *= (style.level * style.pad_gain * envelope * (0.8 + 0.25 * breath))[:, None]
    # Two basses at once would growl, so theirs is a short cross-fade.
    brief = fade // 5
    low = instruments.bass(_bass_note(slot.root), slot.length + brief)
    chord[: len(low)] += (style.level * style.bass_gain * low * _swell(len(low), brief))[:, None]
    _add(dry, slot.start, chord)
    _add(sent, slot.start, 0.35 * chord)


def _play_notes(dry: Sound, sent: Sound, slot: _Slot, bar: int, seed: int) -> None:
    """Play a line of notes; every other chord repeats its contour, as a motif does."""
    style = slot.style
    rng = np.random.default_rng([seed, 3, slot.mood_number, slot.index % 2])
    pitch = style.register + float(rng.uniform(-4, 4))
    for bar_start in range(0, slot.length, bar):
        for beat in style.beats:
            chance, step, strength, pan = (
                rng.uniform(0, 1),
                rng.normal(0, 3.2),
                rng.uniform(),
                rng.uniform(0.3, 0.7),
            )
            if chance > style.density:
                continue
            pitch += step + 0.25 * (style.register - pitch)
            note = nearest_note(pitch, slot.classes)
            gain = (
                style.level
                * style.note_gain
                * (0.55 + 0.45 * strength)
                * (1.15 if beat == 0 else 0.9)
            )
            place = slot.start + bar_start + round(beat * bar / _BEATS_PER_BAR)
            place += round(0.012 * SYNTH_RATE_HZ * (strength - 0.5))  # nobody plays on the dot
            wave = instruments.struck(style.instrument, note)
            angle = pan * np.pi / 2
            stereo = wave[:, None] * np.array([np.cos(angle), np.sin(angle)], np.float32)
            stereo *= np.float32(gain)
            _add(dry, place, stereo)
            _add(sent, place, stereo)


def _play_pulse(dry: Sound, slot: _Slot, bar: int) -> None:
    style = slot.style
    if style.pulse == "none":
        return
    beats = {
        "heartbeat": ((0, 1.0), (0.5, 0.6), (2, 0.9), (2.5, 0.55)),
        "drum": ((0, 1.0), (2.5, 0.5), (3, 0.7)),
    }
    wave = instruments.thump(_bass_note(slot.root))
    for bar_start in range(0, slot.length, bar):
        for beat, strength in beats[style.pulse]:
            place = slot.start + bar_start + round(beat * bar / _BEATS_PER_BAR)
            _add(
                dry,
                place,
                np.float32(0.5 * style.level * style.pulse_gain * strength) * wave[:, None],
            )


def _bass_note(root: int) -> int:
    """Return ``root`` in the octave from E1 to D#2, deep but still heard on small speakers."""
    return 40 + (root - 40) % 12


def _swell(length: int, fade: int) -> Sound:
    """Return an envelope that fades in and out over ``fade`` samples with constant power."""
    ramp = np.sin(np.linspace(0, np.pi / 2, fade))
    envelope = np.ones(length)
    envelope[:fade] *= ramp
    envelope[length - fade :] *= ramp[::-1]
    return envelope.astype(np.float32)


def _add(target: Sound, start: int, wave: Sound) -> None:
    """Add ``wave`` at ``start``, cut off at both ends of ``target``."""
    skip = max(0, -start)
    part = wave[skip : max(skip, len(target) - start)]
    target[start + skip : start + skip + len(part)] += part
