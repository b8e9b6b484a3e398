"""How fast to speak and how long to pause so that a story takes its target duration.

All steps are coarse on purpose: an edit of one scene then leaves the pace, and with it the frames
of the other scenes, as they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from raypipe.timeline.model import TransitionKind

RATES = (1.0, 0.95, 1.05, 0.9, 1.1, 1.15)
"""Speech rates relative to the voice's own, nearest to natural first. Beyond 0.9 to 1.15 a
synthetic voice drawls or hurries."""

_LOOSENESS_STEP = 0.25


@dataclass(frozen=True, slots=True)
class _Pause:
    """Seconds of a pause: at its tightest, as a reader would, and at its widest."""

    tight: float
    natural: float
    wide: float

    def at(self, looseness: float) -> float:
        """Seconds at ``looseness`` -1 (tight) to 1 (wide)."""
        far = self.wide if looseness > 0 else self.tight
        return self.natural + abs(looseness) * (far - self.natural)


# A transition needs room between two sentences, or it would play under speech.
_BETWEEN: dict[TransitionKind, _Pause] = {
    "cut": _Pause(0.25, 0.45, 1.60),
    "dissolve": _Pause(0.60, 0.85, 2.00),
    "slide": _Pause(0.60, 0.80, 1.90),
    "wipe": _Pause(0.60, 0.80, 1.90),
    "zoom": _Pause(0.50, 0.70, 1.80),
    "fade": _Pause(0.95, 1.20, 2.50),
}
_LEAD = _Pause(0.30, 0.50, 1.00)
_TAIL = _Pause(0.80, 1.40, 3.00)
MAX_HOLD_S = 1.5
"""How much longer than at its widest the end may be held to meet the target exactly."""
_TOLERANCE = 0.05
"""A video this much shorter than wished is as good as wished."""
_RESERVE_S = 0.7
"""Of the hold, what an edit may take, two or three words, and leave the pace as it was. It is set
aside where the target is met all the same."""


@dataclass(frozen=True, slots=True)
class Pace:
    """A speech ``rate`` (1.0 is the voice's own) and how loose the pauses are (-1 to 1).

    ``problem`` says, in a sentence for people, what could not be met, or is None.
    """

    rate: float
    looseness: float
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Pauses:
    """Whole frames of silence: before the first word, between scenes, after the last word.

    ``hold`` more at the end bring the video to its target duration.
    """

    lead: int
    between: tuple[int, ...]
    tail: int
    hold: int


def choose_rate(
    speech_s: float,
    transitions: Sequence[TransitionKind],
    target_s: float,
    *,
    before: Pace | None = None,
) -> float:
    """Return the speech rate nearest to natural with which the story takes ``target_s``.

    Args:
        speech_s: seconds of all narration at rate 1.
        transitions: of each scene into the next; the last scene's is ignored.
        target_s: seconds that the video should take.
        before: how it was paced before it was edited; it stays so while that comes near enough.
    """
    if before is not None and _may_stay(before, speech_s / before.rate, transitions, target_s):
        return before.rate
    for rate in RATES:
        spoken = speech_s / rate
        if spoken + _total(transitions, -0.5) <= target_s <= spoken + _total(transitions, 0.75):
            return rate
    least = speech_s + _total(transitions, 0.0)
    return min(RATES) if least < target_s else max(RATES)


def choose_pace(
    speech_s: float,
    transitions: Sequence[TransitionKind],
    target_s: float,
    *,
    rate: float,
    before: Pace | None = None,
) -> Pace:
    """Return the pauses with which narration of ``speech_s`` seconds, spoken, takes ``target_s``.

    Args:
        speech_s: seconds of all narration as it was spoken, at ``rate``.
        transitions: as for `choose_rate`.
        target_s: seconds that the video should take.
        rate: the rate at which it was spoken; passed through.
        before: as for `choose_rate`.
    """
    same = before is not None and before.rate == rate
    if before is not None and same and _may_stay(before, speech_s, transitions, target_s):
        return before
    steps = [_LOOSENESS_STEP * step for step in range(-4, 5)]
    holds = {loose: target_s - speech_s - _total(transitions, loose) for loose in steps}
    fitting = [loose for loose in steps if holds[loose] >= 0]
    looseness = max(fitting, default=-1.0)
    reserved = max((loose for loose in fitting if holds[loose] >= _RESERVE_S), default=looseness)
    if holds[reserved] <= MAX_HOLD_S:
        looseness = reserved
    reach = target_s - holds[looseness]
    problem = None
    if not fitting:
        problem = (
            f"the narration takes {reach:.0f} s even at {rate:.2f} times the voice's pace, "
            f"{reach - target_s:.0f} s more than the target of {target_s:.0f} s; shorten the "
            "text, raise target_duration, or use --fit condense"
        )
    elif reach + MAX_HOLD_S < target_s * (1 - _TOLERANCE):
        problem = (
            f"the text is too short for {target_s:.0f} s: the video takes "
            f"{reach + MAX_HOLD_S:.0f} s; add "
            "text or lower target_duration"
        )
    return Pace(rate=rate, looseness=looseness, problem=problem)


def pauses(
    pace: Pace,
    transitions: Sequence[TransitionKind],
    *,
    fps: int,
    speech_frames: int,
    target_s: float,
) -> Pauses:
    """Return the pauses in whole frames; the hold takes up what is left to the target."""
    between = tuple(round(_BETWEEN[kind].at(pace.looseness) * fps) for kind in transitions[:-1])
    lead = round(_LEAD.at(pace.looseness) * fps)
    tail = round(_TAIL.at(pace.looseness) * fps)
    missing = round(target_s * fps) - (lead + sum(between) + tail + speech_frames)
    hold = min(max(missing, 0), int(MAX_HOLD_S * fps))
    return Pauses(lead=lead, between=between, tail=tail, hold=hold)


def _may_stay(
    pace: Pace, speech_s: float, transitions: Sequence[TransitionKind], target_s: float
) -> bool:
    """Tell whether ``speech_s`` seconds, as spoken, come near the target at a pace of before."""
    reach = speech_s + _total(transitions, pace.looseness)
    return target_s * (1 - _TOLERANCE) - MAX_HOLD_S <= reach <= target_s


def _total(transitions: Sequence[TransitionKind], looseness: float) -> float:
    inner = sum(_BETWEEN[kind].at(looseness) for kind in transitions[:-1])
    return _LEAD.at(looseness) + inner + _TAIL.at(looseness)
