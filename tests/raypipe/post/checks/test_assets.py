from __future__ import annotations

import numpy as np
import pytest

from raypipe.post.checks.assets import check_picture, check_speech
from raypipe.speech.engine import Speech

TEXT = "In a dusty ancient temple she found a crystal."


def speech(seconds: float = 3.0, *, peak: float = 0.3, silent: bool = False) -> Speech:
    t = np.arange(round(seconds * 22_050)) / 22_050
    voice = peak * np.sin(2 * np.pi * 180 * t) * (np.sin(2 * np.pi * 1.5 * t) > -0.5)
    return Speech(voice.astype(np.float32), 22_050, silent=silent)


def verdicts(checks) -> dict[str, bool | None]:
    return {check.name: check.ok for check in checks}


def test_a_good_picture_passes(paintings):
    checks = check_picture(paintings(270, 480), frame_width=270, frame_height=480)
    assert verdicts(checks) == {"image_resolution": True, "image_not_blank": True}


def test_a_small_picture_fails_with_both_sizes(paintings):
    (size, _) = check_picture(paintings(269, 480), frame_width=270, frame_height=480)
    assert (size.ok, size.value, size.limit) == (False, "269x480", "at least 270x480")


def test_a_picture_enlarged_too_far_is_advice_not_degradation(paintings):
    checks = check_picture(
        paintings(270, 480), frame_width=270, frame_height=480, native_size=(90, 160)
    )
    (upscale,) = (check for check in checks if check.name == "image_upscale")
    assert (upscale.ok, upscale.value, upscale.severity) == (False, 3.0, "advises")
    assert upscale.detail == "made at 90x160"


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_blank_picture_fails_even_with_noise(level: int):
    noise = np.random.default_rng(1).integers(-4, 5, (480, 270, 3))
    picture = np.clip(level + noise, 0, 255).astype(np.uint8)
    assert verdicts(check_picture(picture, frame_width=270, frame_height=480)) == {
        "image_resolution": True,
        "image_not_blank": False,
    }


def test_good_speech_passes():
    assert all(verdicts(check_speech(speech(), TEXT)).values())


@pytest.mark.parametrize(
    ("voice", "failed"),
    [
        (Speech(np.sign(speech().samples), 22_050), {"speech_clipping", "speech_level"}),
        (speech(peak=0.002), {"speech_level"}),
        (speech(0.6), {"speech_pace"}),
        (speech(30.0), {"speech_pace"}),
    ],
)
def test_speech_fails_where_it_is_wrong(voice: Speech, failed: set[str]):
    found = verdicts(check_speech(voice, TEXT))
    assert {name for name, ok in found.items() if ok is False} == failed


def test_speech_that_is_mostly_silence_fails():
    samples = np.concatenate([speech(1).samples, np.zeros(22_050 * 3, np.float32)])
    assert verdicts(check_speech(Speech(samples, 22_050), TEXT))["speech_silence"] is False


def test_a_silent_stand_in_fails_only_for_what_it_is():
    found = verdicts(check_speech(speech(peak=0.0, silent=True), TEXT))
    assert found.pop("speech_present") is False
    assert set(found.values()) == {None}
    assert len(found) == 4


def test_no_sample_at_all_is_not_a_pass():
    found = verdicts(check_speech(Speech(np.zeros(0, np.float32), 22_050), TEXT))
    assert found["speech_present"] is False
    assert found["speech_level"] is None
    assert found["speech_pace"] is None
