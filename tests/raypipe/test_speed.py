import pytest

from raypipe.speed import expect_picture_speed, expect_voice_speed


@pytest.mark.parametrize(
    ("family", "on_gpu", "label"),
    [
        ("sdxl", True, "seconds a picture"),
        ("sdxl", False, "half an hour or more a picture"),
        ("sd1", False, "minutes a picture"),
        ("sd2-turbo", False, "seconds a picture"),
        ("flux-dev", True, "tens of seconds a picture"),
    ],
)
def test_pictures_take_as_long_as_their_network_computes(family, on_gpu, label):
    assert expect_picture_speed(family, on_gpu=on_gpu).label == label


def test_the_reason_counts_evaluations_guidance_twice():
    assert expect_picture_speed("sd1", on_gpu=True).reason == (
        "60 evaluations of 0.86 billion parameters at 512 px on a GPU"
    )
    assert expect_picture_speed("sdxl-turbo", on_gpu=False).reason.startswith("4 evaluations")


def test_voices_that_speak_token_by_token_want_a_gpu():
    assert expect_voice_speed("vits", on_gpu=False).label == "faster than speech"
    assert expect_voice_speed("xtts", on_gpu=True).label == "faster than speech"
    assert expect_voice_speed("xtts", on_gpu=False).label == "slower than speech"


@pytest.mark.parametrize("expect", [expect_picture_speed, expect_voice_speed])
def test_of_an_unknown_family_nothing_is_said(expect):
    assert expect("other", on_gpu=True) is None
