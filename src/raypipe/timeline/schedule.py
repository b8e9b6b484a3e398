"""When each scene is seen and each narration heard, in whole frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

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

VIDEO_STEP = 2
"""Frames of a video that all its times are multiples of: a preview, which has half as many frames,
then has the very same times, and its sound is the video's own."""


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

    def stretched(self, times: int) -> SceneTimes:
        """Return the same times in frames so many times shorter."""
        out = self.transition_out
        return SceneTimes(
            start_frame=self.start_frame * times,
            end_frame=self.end_frame * times,
            speech_frame=self.speech_frame * times,
            speech_frames=self.speech_frames * times,
            transition_out=replace(out, frames=out.frames * times),
            hold_frames=self.hold_frames * times,
        )


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
    step: int = VIDEO_STEP,
    before: Pace | None = None,
) -> Schedule:
    """Place scenes and narrations.

    Args:
        speech_s: seconds of each scene's narration, as spoken at ``rate``.
        transitions: of each scene into the next; the last is ignored.
        fps: frames a second, a multiple of ``step`` and a divisor of 48,000.
        target_s: seconds that the video should take.
        rate: the speech rate that was used.
        step: frames that all times are multiples of.
        before: how the story was paced before it was edited, see `choose_rate`.

    Raises:
        InputError: the frame rate is no multiple of the step, or does not divide the sample rate.
    """
    if fps <= 0 or 48_000 % fps or fps % step:
        raise InputError(
            f"expected a frame rate that divides 48000 and is a multiple of {step}, got {fps}",
            remedy="use 24, 30, 50 or 60",
            where="video.fps",
        )
    hz = fps // step
    speech = [max(1, -int(-seconds * hz // 1)) for seconds in speech_s]
    pace = choose_pace(sum(speech) / hz, transitions, target_s, rate=rate, before=before)
    scenes = _place(speech, transitions, pace, hz=hz, target_s=target_s)
    return Schedule(fps=fps, scenes=tuple(scene.stretched(step) for scene in scenes), pace=pace)


def _place(
    speech: Sequence[int],
    transitions: Sequence[TransitionKind],
    pace: Pace,
    *,
    hz: int,
    target_s: float,
) -> list[SceneTimes]:
    """Return the scenes' times in steps, of which there are ``hz`` a second, as ``speech`` is."""
    gaps = pauses(pace, transitions, fps=hz, speech_frames=sum(speech), target_s=target_s)
    scenes: list[SceneTimes] = []
    start, voice = 0, gaps.lead
    for index, frames in enumerate(speech):
        last = index == len(speech) - 1
        spoken = voice + frames
        gap = gaps.tail if last else gaps.between[index]
        out = _transition("cut" if last else transitions[index], gap, hz=hz)
        following = spoken + gap if last else spoken + round((gap - out.frames) * 0.6)
        # A scene too short to be taken in is held longer, whatever the pace says.
        following = max(following, start + round(MIN_SCENE_S * hz) - out.frames)
        hold = gaps.hold if last else 0
        end = following + out.frames + hold
        scenes.append(SceneTimes(start, end, voice - start, frames, out, hold))
        start, voice = following, max(spoken + gap, end)
    return scenes


def _transition(kind: TransitionKind, gap: int, *, hz: int) -> Transition:
    frames = min(round(TRANSITION_S[kind] * hz), max(0, gap - 1))
    return Transition(kind=kind, frames=frames) if frames else Transition()
