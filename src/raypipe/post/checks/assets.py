"""Checkpoints of the assets: each scene's picture and narration, before they are used.

They are made scene by scene, where the asset is; `raypipe.post.checks.model.merge_scenes` joins
them for the report.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

from raypipe.post.checks import limits
from raypipe.post.checks.model import Check, within
from raypipe.post.loudness_meter import FULL_SCALE, SILENCE_DBFS
from raypipe.post.wrapping import columns

if TYPE_CHECKING:
    from raypipe.images.engine import type_uint8
    from raypipe.speech.engine import Samples, Speech

_WINDOW_S = 0.05


def check_picture(
    picture: type_uint8,
    *,
    frame_width: int,
    frame_height: int,
    native_size: tuple[int, int] | None = None,
) -> tuple[Check, ...]:
    """Return the checks of one scene's picture.

    Args:
        picture: uint8 (height, width, 3), RGB, as the compositor gets it.
        frame_width: of the video, pixels.
        frame_height: of the video, pixels.
        native_size: (width, height) as the engine made it, where it was upscaled since.
    """
    height, width = picture.shape[:2]
    checks = [resolution(width, height, frame_width=frame_width, frame_height=frame_height)]
    if native_size is not None:
        checks.append(upscale(native_size, width=width, height=height))
    checks.append(not_blank(picture))
    return tuple(checks)


def resolution(width: int, height: int, *, frame_width: int, frame_height: int) -> Check:
    """The picture has at least the frame's pixels."""
    return Check(
        "assets",
        "image_resolution",
        width >= frame_width and height >= frame_height,
        f"{width}x{height}",
        f"at least {frame_width}x{frame_height}",
    )


def upscale(native_size: tuple[int, int], *, width: int, height: int) -> Check:
    """The engine's own picture was not enlarged too far; advises, for models have their sizes."""
    factor = max(width / native_size[0], height / native_size[1])
    detail = f"made at {native_size[0]}x{native_size[1]}" if factor > 1 else ""
    return within(
        "assets", "image_upscale", factor, limits.UPSCALE, detail=detail, severity="advises"
    )


def not_blank(picture: type_uint8) -> Check:
    """The picture shows something: the spread of its luma is more than noise."""
    small = cv2.resize(picture, (96, 96), interpolation=cv2.INTER_AREA)
    spread = float(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).std())
    return within("assets", "image_not_blank", spread, limits.PICTURE_CONTRAST)


def check_speech(speech: Speech, text: str) -> tuple[Check, ...]:
    """Return the checks of one scene's narration, where ``text`` is what should be heard."""
    if speech.silent:
        reason = "a silent stand-in was used"
        silent = Check("assets", "speech_present", ok=False, value=False, limit=True, detail=reason)
        limited = (
            ("speech_clipping", limits.SPEECH_CLIPPED),
            ("speech_level", limits.SPEECH_LEVEL),
            ("speech_silence", limits.SPEECH_SILENCE),
            ("speech_pace", limits.SPEECH_PACE),
        )
        unmade = (within("assets", name, None, limit, detail=reason) for name, limit in limited)
        return (silent, *unmade)
    present = len(speech.samples) > 0
    return (
        Check("assets", "speech_present", present, present, limit=True),
        within("assets", "speech_clipping", clipped_share(speech.samples), limits.SPEECH_CLIPPED),
        *_levels(speech),
        _pace(speech, text),
    )


def clipped_share(samples: Samples) -> float:
    """Return the share of ``samples``, float32 (n,) or (n, channels), at full scale."""
    if samples.size == 0:
        return 0.0
    return float(np.count_nonzero(np.abs(samples) >= FULL_SCALE)) / samples.size


def _levels(speech: Speech) -> tuple[Check, Check]:
    window = max(1, round(speech.sample_rate_hz * _WINDOW_S))
    whole = len(speech.samples) // window * window
    powers = np.square(speech.samples[:whole].reshape(-1, window)).mean(axis=1)
    voiced = powers[powers >= 10 ** (SILENCE_DBFS / 10)]
    level = 10 * math.log10(float(voiced.mean())) if len(voiced) else None
    silence = 1 - len(voiced) / len(powers) if len(powers) else 1.0
    detail = "" if len(voiced) else "nothing to be heard"
    return (
        within("assets", "speech_level", level, limits.SPEECH_LEVEL, detail=detail),
        within("assets", "speech_silence", silence, limits.SPEECH_SILENCE, detail=detail),
    )


def _pace(speech: Speech, text: str) -> Check:
    """Speech that is far too short or long for its words was cut off or ran away."""
    pace = columns(text) / speech.duration_s if speech.duration_s else None
    return within("assets", "speech_pace", pace, limits.SPEECH_PACE, detail="" if pace else "empty")
