"""When each scene is seen and each narration heard, in whole frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from raypipe.errors import InputError
from raypipe.timeline.model import Transition, TransitionKind
from raypipe.timeline.pace import Pace, choose_pace, pauses

TRANSITION_S: dict[TransitionKind, float] = {
    "cut": 0.0,
    "dissolve": 0.5,
    "slide": 0.5,
    "wipe": 0.5,
    "zoom": 0.4,
    "fade": 0.8,
}
"""Seconds that two scenes are seen at once."""

MIN_SCENE_S = 2.0


@dataclass(frozen=True, slots=True)
class SceneTimes:
    """Frames ``[start_frame, end_frame)`` of the video.

    The narration takes ``speech_frames`` frames from ``speech_frame`` after the scene's own start.
    The last ``hold_frames`` only bring the video to its target duration.
    """

    start_frame: int
    end_frame: int
    speech_frame: int
    speech_frames: int
    transition_out: Transition
    hold_frames: int = 0

    @property
    def frame_count(self) -> int:
        """Frames that the scene is seen, overlaps included."""
        return self.end_frame - self.start_frame


@dataclass(frozen=True, slots=True)
class Schedule:
    """The times of all scenes, and the pace that led to them."""

    fps: int
    scenes: tuple[SceneTimes, ...]
    pace: Pace

    @property
    def frame_count(self) -> int:
        """Frames of the whole video."""
        return self.scenes[-1].end_frame


def make_schedule(
    speech_s: Sequence[float],
    transitions: Sequence[TransitionKind],
    *,
    fps: int,
    target_s: float,
    rate: float = 1.0,
) -> Schedule:
    """Place scenes and narrations.

    Args:
        speech_s: seconds of each scene's narration, as spoken at ``rate``.
        transitions: of each scene into the next; the last is ignored.
        fps: frames a second, a divisor of 48,000.
        target_s: seconds that the video should take.
        rate: the speech rate that was used.

    Raises:
        InputError: the frame rate does not divide the sample rate.
    """
    if fps <= 0 or 48_000 % fps:
        raise InputError(
            f"expected a frame rate that divides 48000, got {fps}",
            remedy="use 24, 25, 30, 50 or 60",
            where="video.fps",
        )
    speech = [max(1, -int(-seconds * fps // 1)) for seconds in speech_s]
    pace = choose_pace(sum(speech) / fps, transitions, target_s, rate=rate)
    gaps = pauses(pace, transitions, fps=fps, speech_frames=sum(speech), target_s=target_s)
    scenes: list[SceneTimes] = []
    start, voice = 0, gaps.lead
    for index, frames in enumerate(speech):
        last = index == len(speech) - 1
        spoken = voice + frames
        gap = gaps.tail if last else gaps.between[index]
        out = _transition("cut" if last else transitions[index], gap, fps=fps)
        following = spoken + gap if last else spoken + round((gap - out.frames) * 0.6)
        # A scene too short to be taken in is held longer, whatever the pace says.
        following = max(following, start + round(MIN_SCENE_S * fps) - out.frames)
        hold = gaps.hold if last else 0
        end = following + out.frames + hold
        scenes.append(SceneTimes(start, end, voice - start, frames, out, hold))
        start, voice = following, max(spoken + gap, end)
    return Schedule(fps=fps, scenes=tuple(scenes), pace=pace)


def _transition(kind: TransitionKind, gap_frames: int, *, fps: int) -> Transition:
    frames = min(round(TRANSITION_S[kind] * fps), max(0, gap_frames - 2))
    return Transition(kind=kind, frames=frames) if frames else Transition()
