"""The limits of all checkpoints, each with its source."""

from __future__ import annotations

from typing import Final

from raypipe.post.checks.model import Limit

_SPECIFICATION = "raypipe's specification"
_RELIABILITY = "raypipe's reliability targets"

SCENES: Final = Limit(3, 15, "scenes", _SPECIFICATION)
SCENE_S: Final = Limit(2, None, "s", _SPECIFICATION)
TARGET_RATIO: Final = Limit(0.75, 1.25, "of the target", "speech rate 0.9 to 1.15, and pauses")

UPSCALE: Final = Limit(None, 2.5, "times", "beyond it Lanczos looks soft at arm's length")
PICTURE_CONTRAST: Final = Limit(2, None, "levels", "a flat field under coding noise")
SPEECH_CLIPPED: Final = Limit(None, 0.001, "of the samples", "audible crackle")
SPEECH_LEVEL: Final = Limit(-40, -6, "dBFS", "what gain can mend without lifting noise")
SPEECH_SILENCE: Final = Limit(None, 0.6, "of the time", "a voice pauses for a third of the time")
SPEECH_PACE: Final = Limit(4, 32, "columns a second", "half to twice a natural voice")

CONTRAST: Final = Limit(4.5, None, ": 1", "WCAG 2.2, success criterion 1.4.3")
CAPTION_S: Final = Limit(0.4, None, "s", "a fixation and a half: shorter is a flicker")
READING_SPEED: Final = Limit(None, 25, "columns a second", "Netflix: 20, with a margin for speech")

LENGTH_DIFFERENCE_MS: Final = Limit(-55, 55, "ms", _RELIABILITY)
START_OFFSET_MS: Final = Limit(-60, 40, "ms", "ITU-R BT.1359: sound late or early at the start")
KEYFRAME_GAP_S: Final = Limit(None, 2, "s", "platforms: closed GOP of 2 s")
LEVEL: Final = Limit(None, 42, "tenths", "H.264 level 4.2, what every phone decodes")
BLACK_SHARE: Final = Limit(None, 0.98, "of the pixels", "libav blackdetect: pic_th 0.98")
FROZEN_S: Final = Limit(None, 1, "s", "a camera in motion never stands longer")
SIMILARITY: Final = Limit(0.97, None, "SSIM", _RELIABILITY)
GRAIN_SIMILARITY: Final = Limit(0.9, None, "SSIM", "grain is noise, which no encoder follows")
BLEND_SIMILARITY: Final = Limit(
    0.92, None, "SSIM", "half a second in which every pixel changes; dissolves, fades: 0.93, 0.94"
)
DRAFT_SIMILARITY: Final = Limit(0.85, None, "SSIM", "a draft is for looking at, not for keeping")
REPEAT_RATIO: Final = 0.4
"""A frame that differs from its forerunner by less than this share of its neighbours' change."""
REPEAT_FLOOR: Final = 1.5
"""Mean change in luma levels under which motion drowns in the noise of a new keyframe, which is
0.5 to 1 level at the default quality."""
FROZEN_CHANGE: Final = 0.01
"""Mean change in luma levels under which a frame is the one before."""

LOUDNESS_LUFS: Final = Limit(-15, -13, "LUFS", "-14 +-1, the platforms' playback loudness")
TRUE_PEAK_DBTP: Final = Limit(None, -1, "dBTP", "EBU R 128 s2 and " + _RELIABILITY)
CLIPPED: Final = Limit(None, 0, "of the samples", _RELIABILITY)
THUMBNAIL_BYTES: Final = Limit(1, 2 * 1024 * 1024, "bytes", "YouTube thumbnails.set: 2 MB")
