"""What each mood plays: chords of one key, tempo of change, register, instruments.

All moods draw on the seven notes of one major key; the dark ones lean on its relative minor. So
the moods of successive scenes follow each other without a change of key.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Instrument = Literal["bell", "kalimba", "piano", "pizzicato", "harp"]
Pulse = Literal["none", "heartbeat", "drum"]

MAJOR = (0, 2, 4, 5, 7, 9, 11)
"""Semitones of the scale's degrees 0 to 6 above the tonic."""

TONICS = (48, 50, 51, 53, 55, 57)
"""MIDI notes that a piece may take as its tonic: C3 to A3, where pads are full but not muddy."""

Chord = tuple[int, tuple[int, ...]]
"""Root, a degree of the scale, and its notes in scale steps above the root."""

TRIAD = (0, 2, 4)
SEVENTH = (0, 2, 4, 6)
NINTH = (0, 2, 4, 8)
SUS2 = (0, 1, 4)
SUS4 = (0, 3, 4)
FIFTH = (0, 4, 7)


@dataclass(frozen=True, slots=True)
class MoodStyle:
    """How one mood sounds.

    ``chords`` go round, each for ``bars`` bars. ``rolloff`` is the exponent by which a pad's
    harmonics fall: 1 is bright, 2.5 dark. ``beats`` are where in a bar (0 to 4) a note may fall,
    each with probability ``density``; ``register`` is the MIDI note about which they lie. The
    gains are linear, relative to a pad of gain 1; ``level`` is a gain on everything, by which moods
    sound equally loud.
    """

    chords: tuple[Chord, ...]
    bars: int
    rolloff: float
    instrument: Instrument
    beats: tuple[float, ...]
    density: float
    register: int
    note_gain: float
    level: float = 1.0
    pad_gain: float = 1.0
    bass_gain: float = 0.5
    shimmer_gain: float = 0.25
    pulse: Pulse = "none"
    pulse_gain: float = 0.0


STYLES: dict[str, MoodStyle] = {
    "calm": MoodStyle(
        chords=((0, NINTH), (5, SEVENTH), (3, NINTH), (4, SUS4)),
        bars=2, rolloff=1.9, instrument="kalimba", beats=(0, 1.5, 3), density=0.6,
        register=74, note_gain=0.55,
    ),
    "joyful": MoodStyle(
        chords=((0, TRIAD), (4, TRIAD), (5, SEVENTH), (3, NINTH)),
        bars=1, rolloff=1.6, instrument="harp", beats=(0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5),
        density=0.75, register=76, level=1.35, note_gain=0.5, pad_gain=0.6, shimmer_gain=0.4,
    ),
    "tense": MoodStyle(
        chords=((5, FIFTH), (5, SUS2), (3, SEVENTH), (2, FIFTH)),
        bars=2, rolloff=2.0, instrument="piano", beats=(0, 2.5), density=0.45,
        register=64, level=1.35, note_gain=0.4, pad_gain=0.75, bass_gain=0.8, shimmer_gain=0.12,
        pulse="heartbeat", pulse_gain=0.8,
    ),
    "dark": MoodStyle(
        chords=((5, FIFTH), (3, SEVENTH), (5, SUS2), (1, SEVENTH)),
        bars=2, rolloff=2.4, instrument="bell", beats=(0, 2), density=0.35,
        register=59, level=1.15, note_gain=0.4, bass_gain=1.0, shimmer_gain=0.08,
    ),
    "sad": MoodStyle(
        chords=((5, SEVENTH), (3, NINTH), (0, NINTH), (4, SUS4)),
        bars=2, rolloff=2.1, instrument="piano", beats=(0, 1, 2, 3), density=0.55,
        register=69, note_gain=0.65, shimmer_gain=0.15,
    ),
    "wondrous": MoodStyle(
        chords=((3, SEVENTH), (0, NINTH), (3, NINTH), (1, SEVENTH)),
        bars=2, rolloff=1.6, instrument="bell", beats=(0, 0.5, 1.5, 2.5, 3), density=0.6,
        register=81, level=1.1, note_gain=0.4, pad_gain=0.8, shimmer_gain=0.6,
    ),
    "epic": MoodStyle(
        chords=((5, FIFTH), (3, TRIAD), (0, FIFTH), (4, TRIAD)),
        bars=1, rolloff=1.4, instrument="piano", beats=(0, 1, 2, 3), density=0.5,
        register=62, note_gain=0.45, pad_gain=0.9, bass_gain=1.0, shimmer_gain=0.35,
        pulse="drum", pulse_gain=1.1,
    ),
    "romantic": MoodStyle(
        chords=((1, SEVENTH), (4, SUS4), (0, SEVENTH), (3, SEVENTH)),
        bars=2, rolloff=1.8, instrument="piano", beats=(0, 0.5, 1, 1.5, 2, 3), density=0.65,
        register=71, note_gain=0.55, shimmer_gain=0.3,
    ),
    "comic": MoodStyle(
        chords=((0, TRIAD), (1, SEVENTH), (4, TRIAD), (0, TRIAD)),
        bars=1, rolloff=2.0, instrument="pizzicato", beats=(0, 0.5, 1, 2, 2.5, 3, 3.5),
        density=0.7, register=67, level=1.8, note_gain=0.9, pad_gain=0.4, bass_gain=0.35,
        shimmer_gain=0.1,
    ),
}  # fmt: skip
"""One style for each mood of `raypipe.story.plan`."""


def degree_note(tonic: int, degree: int) -> int:
    """Return the MIDI note of a scale degree, which may lie octaves above or below."""
    octave, step = divmod(degree, len(MAJOR))
    return tonic + 12 * octave + MAJOR[step]


def chord_notes(tonic: int, chord: Chord) -> tuple[int, ...]:
    """Return a chord's MIDI notes as written, from its root up."""
    root, steps = chord
    return tuple(degree_note(tonic, root + step) for step in steps)


def lead_voices(notes: Sequence[int], previous: Sequence[int], *, low: int = 50) -> tuple[int, ...]:
    """Place each note of a chord in the octave nearest to the chord before.

    A pad whose voices move by small steps sounds as one instrument, not as jumps. Notes stay
    within ``low`` and two octaves above.
    """
    centre = previous or (low + 7, low + 12, low + 16)
    placed = []
    for note in notes:
        octaves = [low + (note - low) % 12 + 12 * k for k in range(2)]
        placed.append(min(octaves, key=lambda n: min(abs(n - other) for other in centre)))
    return _spread_semitones(sorted(set(placed)), low)


def _spread_semitones(voices: list[int], low: int) -> tuple[int, ...]:
    """Turn each semitone between neighbours into a major seventh, which does not bite."""
    for under, over in itertools.pairwise(list(voices)):
        if over - under == 1:
            voices.remove(over if over - 12 >= low else under)
            voices.append(over - 12 if over - 12 >= low else under + 12)
    return tuple(sorted(set(voices)))


def nearest_note(wanted: float, classes: Sequence[int]) -> int:
    """Return the MIDI note nearest to ``wanted`` among all octaves of ``classes``."""
    return min(
        (int(wanted) - 12 + k for k in range(25) if (int(wanted) - 12 + k) % 12 in classes),
        key=lambda note: abs(note - wanted),
    )
