from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from raypipe.post.inspect import inspect_video, nal_kinds


@pytest.fixture(scope="module")
def facts(good_video: Path):
    return inspect_video(good_video, keep=(0, 47))


def test_the_picture_is_told_as_it_was_encoded(facts):
    video = facts.video
    assert (video.codec, video.profile, video.pixel_format) == ("h264", "High", "yuv420p")
    assert (video.width, video.height) == (192, 320)
    assert video.frame_count == video.packet_count == 90
    assert video.fps == 30
    assert video.constant_rate
    assert video.dts_monotonic
    assert not video.interlaced
    assert video.start_ms == 0
    assert video.duration_s == 3.0
    assert video.keyframes == (0, 30, 60)
    assert video.open_keyframes == ()
    tags = video.colour
    assert (tags.primaries, tags.transfer, tags.matrix, tags.limited_range) == (1, 1, 1, True)
    assert facts.decode_errors == ()


def test_the_sound_is_measured_after_decoding(facts):
    audio = facts.audio
    assert (audio.codec, audio.profile, audio.channels) == ("aac", "LC", 2)
    assert audio.sample_rate_hz == 48_000
    assert audio.duration_s == pytest.approx(3.0, abs=0.05)
    assert audio.integrated_lufs == pytest.approx(-14.0, abs=0.2)
    assert audio.true_peak_dbtp == pytest.approx(20 * np.log10(0.216), abs=0.3)
    assert audio.clipped_share == 0
    assert audio.silent_share < 0.02
    assert abs(facts.length_difference_ms) < 55


def test_loudness_agrees_with_another_instrument(facts, sine):
    import pyloudnorm

    expected = pyloudnorm.Meter(48_000).integrated_loudness(sine(3).astype(np.float64))
    assert facts.audio.integrated_lufs == pytest.approx(expected, abs=0.15)


def test_curves_follow_the_frames(facts, motion):
    luma = facts.video.curves.luma
    assert luma.shape == (90,)
    frame = motion()[50].astype(np.float32)
    grey = frame @ np.array([0.2126, 0.7152, 0.0722])
    assert luma[50] == pytest.approx(16 + grey.mean() * 219 / 255, abs=3)
    change = facts.video.curves.change
    assert change[0] == 0
    assert change[60] > 3 * np.median(change[31:60])
    assert len(facts.video.curves.sharpness) == 3


def test_asked_frames_are_kept_whole(facts):
    assert sorted(facts.video.kept) == [0, 47]
    assert facts.video.kept[47].shape == (320, 192)
    assert facts.video.kept[47].std() > 20


def test_sound_that_clips_is_counted(clip, sine):
    square = np.sign(sine(3)).astype(np.float32)
    audio = inspect_video(clip(sound=square)).audio
    assert audio.clipped_share > 0.1
    assert audio.true_peak_dbtp > 0


def test_silence_has_no_loudness(clip, sine):
    audio = inspect_video(clip(sound=sine(3, peak=0.0))).audio
    assert audio.integrated_lufs is None
    assert audio.true_peak_dbtp is None
    assert audio.silent_share == 1
    assert audio.longest_silence_s == pytest.approx(3, abs=0.1)


def test_a_missing_sound_track_is_none(clip):
    facts = inspect_video(clip(sound=None))
    assert facts.audio is None
    assert facts.video is not None
    assert facts.length_difference_ms is None


def test_a_pause_is_timed(clip, sine):
    sound = sine(3)
    sound[24_000 : 2 * 48_000] = 0
    audio = inspect_video(clip(sound=sound)).audio
    assert audio.longest_silence_s == pytest.approx(1.5, abs=0.15)


def test_b_frames_without_edit_list_start_late(clip):
    video = inspect_video(clip(b_frames=2)).video
    assert video.start_ms > 0
    assert video.frame_count == 90
    assert video.keyframes[0] == 0


def test_a_varying_rate_is_seen(clip):
    times = [index + (index > 45) for index in range(90)]
    assert not inspect_video(clip(times=times)).video.constant_rate


def test_open_gops_are_told_from_closed_ones(clip):
    video = inspect_video(clip(open_gop=True, b_frames=2)).video
    assert video.open_keyframes
    assert 0 not in video.open_keyframes


def test_a_cut_file_is_decoded_as_far_as_it_goes(good_video: Path, tmp_path: Path):
    data = good_video.read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(data[: len(data) // 2])
    facts = inspect_video(cut)
    assert facts.decode_errors
    assert 0 < facts.video.frame_count < 90


def test_damage_inside_is_an_error_with_its_place(good_video: Path, tmp_path: Path):
    data = bytearray(good_video.read_bytes())
    for index in range(len(data) // 2, len(data) // 2 + 3000):
        data[index] ^= 0x5A
    path = tmp_path / "damaged.mp4"
    path.write_bytes(bytes(data))
    errors = inspect_video(path).decode_errors
    assert errors
    assert any("packet" in error or "frame" in error for error in errors)


@pytest.mark.parametrize("content", [b"", b"not a video at all" * 100])
def test_no_video_at_all_is_a_finding(tmp_path: Path, content: bytes):
    path = tmp_path / "junk.mp4"
    path.write_bytes(content)
    facts = inspect_video(path)
    assert facts.video is None
    assert facts.audio is None
    assert facts.decode_errors


def test_a_name_that_looks_like_a_protocol_is_a_file(good_video: Path, tmp_path: Path):
    path = tmp_path / "concat:a|b.mp4"
    path.write_bytes(good_video.read_bytes())
    assert inspect_video(path).video.frame_count == 90


def test_nal_kinds_reads_length_prefixes():
    packet = b"\x00\x00\x00\x02\x67\x00" + b"\x00\x00\x00\x03\x65\x88\x84"
    assert nal_kinds(packet, 4) == [7, 5]
