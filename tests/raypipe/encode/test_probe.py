from __future__ import annotations

import numpy as np
import pytest

from raypipe.encode import probe
from raypipe.encode.probe import CANDIDATES, choose_encoder, why_not
from raypipe.encode.segment import SegmentEncoder
from raypipe.errors import InputError, RenderError


def test_auto_takes_the_first_that_works_and_says_why_not_the_others():
    choice = choose_encoder("auto")
    passed = [name for name, _ in choice.rejected]
    assert [*passed, choice.name] == list(CANDIDATES[: len(passed) + 1])
    assert all(reason and "\n" not in reason for _, reason in choice.rejected)
    assert choice.reason


def test_software_is_tried_before_hardware_where_a_video_is_small():
    choice = choose_encoder(software_first=True)
    assert choice.name == next(n for n in ("libx264", "libopenh264") if not why_not(n))
    assert choice.reason.endswith("in software")


def test_what_was_chosen_really_encodes():
    name = choose_encoder("auto").name
    with SegmentEncoder(width=320, height=256, fps=30, encoder=name) as encoder:
        encoder.feed(np.full((2, 384, 320), 128, np.uint8))
        assert len(encoder.close()) > 500


def test_a_named_encoder_is_taken_if_it_works():
    assert choose_encoder("libx264").name == "libx264"


def test_a_named_encoder_that_does_not_work_is_an_error_with_its_reason():
    missing = [name for name in CANDIDATES if why_not(name)]
    if not missing:
        pytest.skip("every known encoder works on this machine")
    with pytest.raises(RenderError, match="does not work here") as caught:
        choose_encoder(missing[0])
    assert why_not(missing[0]) in str(caught.value)
    assert caught.value.remedy


def test_an_unknown_encoder_is_a_mistake_of_the_caller():
    with pytest.raises(InputError, match="libx264") as caught:
        choose_encoder("mpeg4")
    assert caught.value.exit_code == 2


def test_the_answer_is_kept():
    assert choose_encoder("auto") is choose_encoder("auto")


def test_a_wrong_picture_is_noticed():
    frames = probe._test_frames()
    assert probe._compare(frames, frames) == ""
    assert "PSNR" in probe._compare(frames, frames[:, ::-1])
    assert "gave" in probe._compare(frames, frames[:-1])


def test_probing_says_nothing(capfd):
    why_not.cache_clear()
    for name in CANDIDATES:
        why_not(name)
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err == ""
